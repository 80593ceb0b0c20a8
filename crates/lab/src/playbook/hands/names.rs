//! With a wallet in somebody's own true name, and bank credentials that were talked out of another.

use std::rc::Rc;

use kanuki_domain::Yen;

use super::old::DEBITS;
use crate::{
    browser::WebError,
    measure::Answer,
    people::Person,
    playbook::thief::{Thief, got},
    walk::{
        self,
        bank::{Consented, Help},
        wallet::Moved,
    },
};

impl Thief {
    /// What he is given: a wallet, verified with a genuine card; got if the wallet says so.
    pub(crate) async fn set_up(&mut self, accomplice: &Person) -> Result<Answer, WebError> {
        let contact = (accomplice.email.as_str(), accomplice.phone.as_str());
        let page = walk::wallet::open(&mut self.browser, "guest", contact).await?;
        let serial = accomplice.serial();
        let card = self.world.operator.card(&accomplice.on_card(), serial);
        let card = card.map_err(|_| page.missing("card"))?;
        let page = walk::wallet::prove(&mut self.browser, &card, &accomplice.kana).await?;
        Ok(got(page.is_at("/identity")))
    }

    /// The victim is led to call with the thief's reference, to type it at the machine or to bring it
    /// to the counter, and to read the code out.
    pub(crate) async fn enrol_as(&mut self, victim: &Person) -> Result<Answer, WebError> {
        let world = Rc::clone(&self.world);
        let page = self.browser.open(&format!("{}/holder", world.pages(victim.bank))).await?;
        let help = Help { world: &world, person: victim, mistypes: false };
        let page = walk::bank::enrol(&mut self.browser, &page, help).await?;
        Ok(got(page.passkey_form().is_ok()))
    }

    /// From his wallet to the bank, where he signs in as the victim.
    pub(crate) async fn link_as(&mut self, victim: &Person) -> Result<Answer, WebError> {
        walk::wallet::sign_in(&mut self.browser).await?;
        let code = self.world.bank_code(victim.bank);
        let page = walk::wallet::start_link(&mut self.browser, &code).await?;
        match walk::bank::consent(&mut self.browser, &page).await? {
            Consented::Mismatch => Ok(Answer::Refused),
            Consented::Signed(_) => {
                self.world.tally.borrow_mut().victim_linked(self.world.now());
                self.drain_what_there_is().await;
                Ok(Answer::Got)
            }
        }
    }

    /// If ever a link came to be, he takes what it lets him.
    pub(crate) async fn drain_what_there_is(&mut self) {
        for amount in DEBITS.into_iter().chain([Yen::of(10_000), Yen::of(1_000)]) {
            let moved = walk::wallet::top_up(&mut self.browser, amount).await;
            let answer = moved.map(|moved| got(moved == Moved::Done));
            if self.tried(&format!("debit {amount}"), &answer) == Answer::Got {
                let now = self.world.now();
                self.world.tally.borrow_mut().victim_debited(now);
            }
        }
    }

    pub(crate) async fn raise_as(&mut self, victim: &Person) -> Result<Answer, WebError> {
        let pages = self.world.pages(victim.bank);
        let page = walk::bank::raise(&mut self.browser, &pages, Yen::of(50_000)).await?;
        Ok(got(walk::bank::is_raised(&page)))
    }

    /// Signs in at the bank as one victim, and names another's account in the form.
    pub(crate) async fn link_with_account_of_another(
        &mut self,
        victim: &Person,
    ) -> Result<Answer, WebError> {
        let code = self.world.bank_code(victim.bank);
        let page = walk::wallet::start_link(&mut self.browser, &code).await?;
        let page = self.browser.submit_passkey(&page, &[]).await?;
        let other = format!("bac_0{}", self.chance.digits(25));
        let form = page.form("/authorize/account")?.with("account", other);
        let page = self.browser.submit(&page, &form).await?;
        Ok(got(page.passkey_form().is_ok()))
    }
}
