//! Breach assumed: verified wallets in true names of accomplices, and the victims' bank
//! credentials, phished until a passkey of the thief is registered for each victim.
//!
//! What he was given is set up by the same pages; only what he tries with it is counted.

use std::rc::Rc;

use kanuki_domain::Yen;

use super::{DAY, DEBITS, Target, Thief};
use crate::{
    browser::WebError,
    measure::Answer,
    people::Person,
    playbook::Calendar,
    walk::{
        self,
        bank::{Consented, Help},
        wallet::Moved,
    },
    world::World,
};

/// Why nothing can be lost, by the defaults table.
pub(super) const BOUND: &str = "own-name matching: a wallet in the thief's name is not the \
     victim's, so nothing is linked; a link on a code would stay at ¥0 until the letter to the \
     victim's address is answered";

/// How long a new device waits before it may do everything, and then a day.
const PATIENCE_SECS: i64 = 8 * DAY;

/// Shares the list among the accomplices, who set up one after the other.
pub(super) fn stage(world: &Rc<World>, targets: Vec<Target>, calendar: &Calendar) {
    let hands = world.town.accomplices.len().max(1);
    for (hand, accomplice) in world.town.accomplices.iter().enumerate() {
        let share = targets.iter().filter(|target| target.number % hands == hand);
        let work = work(Rc::clone(world), accomplice.clone(), share.cloned().collect());
        world.bed.spawn(calendar.start, work);
    }
}

async fn work(world: Rc<World>, accomplice: Person, targets: Vec<Target>) {
    let mut thief = Thief::new(&world, &accomplice.key, accomplice.network);
    if let Err(error) = thief.set_up(&accomplice).await {
        let found = format!("the thief could not be given a verified wallet: {error}");
        world.tally.borrow_mut().find(found);
        return;
    }
    let mut last = None;
    for target in &targets {
        let victim = &target.person;
        let phished = thief.enrol_as(victim).await;
        if thief.tried("enrol a passkey with phished codes", &phished) == Answer::Refused {
            continue;
        }
        let linked = thief.link_as(victim).await;
        thief.tried("link the victim's account to a wallet in one's own name", &linked);
        let raised = thief.raise_as(victim).await;
        thief.tried("raise the caps of the victim's links", &raised);
        thief.change_skin();
        last = Some(victim);
    }
    let Some(victim) = last else { return };
    // Patience: a device that is no longer new, another hour, and only then once more.
    world.bed.secs(PATIENCE_SECS).await;
    thief.change_skin();
    let linked = thief.link_as(victim).await;
    thief.tried("the same a week later", &linked);
    let swapped = thief.link_with_account_of_another(victim).await;
    thief.tried("name another account in the victim's consent", &swapped);
}

const fn got(is_got: bool) -> Answer {
    if is_got { Answer::Got } else { Answer::Refused }
}

impl Thief {
    /// What he is given: a wallet, verified with a genuine card.
    async fn set_up(&mut self, accomplice: &Person) -> Result<(), WebError> {
        let contact = (accomplice.email.as_str(), accomplice.phone.as_str());
        let page = walk::wallet::open(&mut self.browser, "guest", contact).await?;
        let serial = accomplice.serial();
        let card = self.world.operator.card(&accomplice.on_card(), serial);
        let card = card.map_err(|_| page.missing("card"))?;
        walk::wallet::prove(&mut self.browser, &card, &accomplice.kana).await?;
        Ok(())
    }

    /// The victim is led to call with the thief's reference, to type it at the machine or to bring it
    /// to the counter, and to read the code out.
    async fn enrol_as(&mut self, victim: &Person) -> Result<Answer, WebError> {
        let world = Rc::clone(&self.world);
        let page = self.browser.open(&format!("{}/holder", world.pages(victim.bank))).await?;
        let help = Help { world: &world, person: victim, mistypes: false };
        let page = walk::bank::enrol(&mut self.browser, &page, help).await?;
        Ok(got(page.passkey_form().is_ok()))
    }

    /// From his wallet to the bank, where he signs in as the victim.
    async fn link_as(&mut self, victim: &Person) -> Result<Answer, WebError> {
        walk::wallet::sign_in(&mut self.browser).await?;
        let code = self.world.bank_code(victim.bank);
        let page = walk::wallet::start_link(&mut self.browser, &code).await?;
        match walk::bank::consent(&mut self.browser, &page).await? {
            Consented::Mismatch => Ok(Answer::Refused),
            Consented::Signed(_) => {
                self.world.tally.borrow_mut().victim_linked();
                self.drain_what_there_is().await;
                Ok(Answer::Got)
            }
        }
    }

    /// If ever a link came to be, he takes what it lets him.
    async fn drain_what_there_is(&mut self) {
        for amount in DEBITS.into_iter().chain([Yen::of(10_000), Yen::of(1_000)]) {
            let moved = walk::wallet::top_up(&mut self.browser, amount).await;
            let answer = moved.map(|moved| got(moved == Moved::Done));
            if self.tried(&format!("debit {amount}"), &answer) == Answer::Got {
                let now = self.world.now();
                self.world.tally.borrow_mut().victim_debited(now);
            }
        }
    }

    async fn raise_as(&mut self, victim: &Person) -> Result<Answer, WebError> {
        let pages = self.world.pages(victim.bank);
        let page = walk::bank::raise(&mut self.browser, &pages, Yen::of(50_000)).await?;
        Ok(got(page.status.is_success()))
    }

    /// Signs in at the bank as one victim, and names another's account in the form.
    async fn link_with_account_of_another(&mut self, victim: &Person) -> Result<Answer, WebError> {
        let code = self.world.bank_code(victim.bank);
        let page = walk::wallet::start_link(&mut self.browser, &code).await?;
        let page = self.browser.submit_passkey(&page, &[]).await?;
        let other = format!("bac_0{}", self.chance.digits(25));
        let form = page.form("/authorize/account")?.with("account", other);
        let page = self.browser.submit(&page, &form).await?;
        Ok(got(page.passkey_form().is_ok()))
    }
}
