//! The same thief before Kanuki as it ships: the list, a throwaway wallet each, and every door that
//! an outsider can find. When one is shut he comes back from elsewhere and tries the next.

use std::rc::Rc;

use super::{Target, Thief};
use crate::{
    browser::WebError,
    measure::Answer,
    people::Person,
    sim::chance::Chance,
    walk::{self, wallet::Moved},
    world::World,
};

/// One account of the list.
pub(super) async fn attack(world: Rc<World>, target: Target) {
    let who = format!("thief {:02}", target.number);
    let mut thief = Thief::new(&world, &who, target.address);
    let victim = &target.person;
    let pages = world.pages(victim.bank);

    let opened = thief.open_throwaway(target.number).await;
    thief.tried("open a throwaway wallet", &opened);
    let linked = thief.try_link(victim).await;
    thief.tried("link without proving who one is", &linked);
    let forged = thief.try_forged_card(victim).await;
    thief.tried("prove the victim's name with a forged card", &forged);
    let topped_up = thief.try_strange_link().await;
    thief.tried("top up from a link of somebody else", &topped_up);

    thief.change_skin();
    let old = thief.try_old_pages(&pages).await;
    thief.tried("find the pages of 2020", &old);
    let made_up = thief.try_made_up_request(&pages).await;
    thief.tried("consent to a request that nobody pushed", &made_up);

    // At night, with another device, straight at the bank.
    let pause = thief.chance.secs(6 * 3_600, 30 * 3_600);
    world.bed.secs(pause).await;
    thief.change_skin();
    let called = thief.try_call(victim).await;
    thief.tried("enrol with a call from another telephone", &called);
    let typed = thief.try_machine_code(victim).await;
    thief.tried("enrol by guessing the machine's code, PIN first", &typed);
    thief.change_skin();
    let branch = thief.try_branch_codes(victim).await;
    thief.tried("enrol by guessing a branch's code", &branch);
    let signed_in = walk::bank::portal(&mut thief.browser, &pages).await;
    let signed_in = signed_in.map(|page| got(page.is_at("/holder")));
    thief.tried("sign in at the bank with a passkey of one's own", &signed_in);

    if let Some(again_at) = target.again_at {
        world.bed.until(again_at).await;
        let again = thief.try_link(victim).await;
        thief.tried("link without proving who one is", &again);
    }
}

/// What he wanted, or not.
const fn got(is_got: bool) -> Answer {
    if is_got { Answer::Got } else { Answer::Refused }
}

impl Thief {
    async fn open_throwaway(&mut self, number: usize) -> Result<Answer, WebError> {
        let mail = format!("throwaway{number:03}@example.net");
        let phone = format!("0800{number:07}");
        let page = walk::wallet::open(&mut self.browser, "guest", (&mail, &phone)).await?;
        Ok(got(page.status.is_success()))
    }

    /// Sets out to a bank; got only if he stands before its sign-in.
    async fn try_link(&mut self, victim: &Person) -> Result<Answer, WebError> {
        walk::wallet::sign_in(&mut self.browser).await?;
        let code = self.world.bank_code(victim.bank);
        let page = walk::wallet::start_link(&mut self.browser, &code).await?;
        Ok(got(page.url.path().starts_with("/authorize")))
    }

    /// A card of an authority that he runs himself, with the victim's name on it.
    async fn try_forged_card(&mut self, victim: &Person) -> Result<Answer, WebError> {
        walk::wallet::sign_in(&mut self.browser).await?;
        let Ok(card) = self.world.operator.forged(&victim.on_card()) else {
            return Ok(Answer::Refused);
        };
        walk::wallet::prove(&mut self.browser, &card, &victim.kana).await?;
        self.try_link(victim).await
    }

    /// Asks for a top-up from a link that is not his.
    async fn try_strange_link(&mut self) -> Result<Answer, WebError> {
        let link = format!("lnk_0{}", self.chance.digits(25));
        let moved = walk::wallet::top_up_from(&mut self.browser, &link).await?;
        Ok(got(moved == Moved::Done))
    }

    /// Starts an enrolment for the victim's account and calls from a telephone of his own.
    async fn try_call(&mut self, victim: &Person) -> Result<Answer, WebError> {
        let world = Rc::clone(&self.world);
        let page = self.browser.open(&format!("{}/enrol", world.pages(victim.bank))).await?;
        let page = walk::bank::start(&mut self.browser, &page, victim, "call").await?;
        let reference = walk::bank::reference(&page)?;
        let phone = format!("0800{}", self.chance.digits(7));
        world.call(victim.bank, &phone, &reference).await;
        let page = self.browser.follow(&page, &page.link("/enrol/wait")?).await?;
        Ok(got(page.passkey_form().is_ok()))
    }

    /// Starts an enrolment that waits for a code from the machine, and types what he knows.
    async fn try_machine_code(&mut self, victim: &Person) -> Result<Answer, WebError> {
        let pages = self.world.pages(victim.bank);
        let page = self.browser.open(&format!("{pages}/enrol")).await?;
        let mut page = walk::bank::start(&mut self.browser, &page, victim, "atm").await?;
        for guess in guesses(victim, &mut self.chance) {
            page = walk::bank::type_code(&mut self.browser, &page, &guess).await?;
            if page.passkey_form().is_ok() {
                return Ok(Answer::Got);
            }
        }
        Ok(Answer::Refused)
    }
}

/// The PIN, the birth date, then anything.
fn guesses(victim: &Person, chance: &mut Chance) -> Vec<String> {
    let born_on = victim.born_on.strftime("%Y%m%d").to_string();
    let mut guesses = vec![victim.pin.clone(), born_on];
    guesses.extend((0..4).map(|_| chance.digits(10)));
    guesses
}
