//! One customer's life: joins on some day, then tops up, buys lunch and sends money to friends.

use std::rc::Rc;

use jiff::Timestamp;
use kanuki_demo::people::BANKS;
use kanuki_domain::{Yen, mandate::later};

use super::{errands::Errands, plan::Budget};
use crate::{
    browser::{Browser, Page, WebError},
    measure::Outcome,
    people::{Enrolment, Person},
    policy::Policy,
    sim::{
        chance::Chance,
        clock::{on_day, secs_since},
    },
    walk::{
        self,
        bank::{Consented, Help},
        wallet::Moved,
        y2020::Known,
    },
    world::World,
};

/// How long somebody waits before looking for the bank's letter again, in seconds.
const LETTER_SECS: i64 = 43_200;
/// How often they look.
const LETTER_LOOKS: u32 = 12;

/// One customer.
pub(super) struct Life {
    pub(super) world: Rc<World>,
    pub(super) person: Person,
    pub(super) browser: Browser,
    chance: Chance,
    pub(super) until: Timestamp,
    /// What they believe to be in the wallet: never more than there is.
    purse: u64,
    /// What few people do, and what some of it waits for.
    pub(super) errands: Errands,
}

impl Life {
    pub(super) fn new(world: Rc<World>, person: Person, until: Timestamp) -> Self {
        let mut browser = Browser::new(world.ground(), &person.key, person.network, world.seed);
        browser.turn_to(world.company_for(&person));
        let chance = Chance::of(world.seed, &format!("life of {}", person.key));
        let errands = Errands::of(&world, &person);
        Self { world, person, browser, chance, until, purse: 0, errands }
    }

    /// From the first page to the end of the run.
    pub(super) async fn live(mut self) {
        let joined =
            if self.world.policy.is_old() { self.join_2020().await } else { self.join().await };
        let mut budget = match joined {
            Ok(budget) => budget,
            Err(error) => {
                let found = format!("{} could not join: {error}", self.person.key);
                self.world.tally.borrow_mut().find(found);
                return;
            }
        };
        loop {
            let pause = self.chance.secs(12 * 3_600, 60 * 3_600);
            let next = self.waking(later(self.world.now(), pause));
            // Who waits for something looks when it is due.
            let next = match self.errands.due().map(|due| self.waking(due)) {
                Some(due) if due > self.world.now() => next.min(due),
                _ => next,
            };
            if next >= self.until || self.errands.is_locked_out() {
                self.errands.end(&self.world, self.until);
                return;
            }
            self.world.bed.until(next).await;
            if let Err(error) = self.day(&mut budget).await {
                let found = format!("{} met a page that made no sense: {error}", self.person.key);
                self.world.tally.borrow_mut().find(found);
                return;
            }
        }
    }

    /// The same moment if people are awake, else some minutes after breakfast.
    pub(super) fn waking(&mut self, at: Timestamp) -> Timestamp {
        let hour = crate::sim::clock::japan(at).hour();
        if hour >= 7 {
            return at;
        }
        on_day(at, 0, 7, i8::try_from(self.chance.below(60)).unwrap_or(0))
    }

    /// Counts how a request ended. What did not go through is also told in the trace.
    pub(super) fn note(&self, what: &'static str, outcome: Outcome) {
        let now = self.world.now();
        self.world.tally.borrow_mut().honest(now, &self.person.key, what, outcome);
        if outcome != Outcome::Fine {
            self.world.trace.write(now, &self.person.key, &format!("{outcome:?} {what}"));
        }
    }

    /// The same, for something that either went through or was refused.
    pub(super) fn note_done(&self, what: &'static str, is_done: bool) {
        self.note(what, if is_done { Outcome::Fine } else { Outcome::Declined });
    }

    /// A company's no, where the pages had promised a yes, is counted, and life goes on.
    fn took(&self, what: &'static str, result: Result<(), WebError>) -> Result<(), WebError> {
        match result {
            Err(error) if error.is_refusal() => {
                self.note(what, Outcome::Declined);
                Ok(())
            }
            other => other,
        }
    }

    /// Wallet, card, bank, first top-up, in one sitting where the route allows it.
    async fn join(&mut self) -> Result<Budget, WebError> {
        let first_page_at = self.world.now();
        let (name, mail) = (self.person.key.clone(), self.person.email.clone());
        let contact = (mail.as_str(), self.person.phone.as_str());
        let page = walk::wallet::open(&mut self.browser, &name, contact).await?;
        self.note_done("open", page.status.is_success());
        let card = self.world.operator.card(&self.person.on_card(), self.person.serial());
        let card = card.map_err(|_| page.missing("card"))?;
        let page = walk::wallet::prove(&mut self.browser, &card, &self.person.kana).await?;
        self.note_done("identity", page.is_at("/identity"));
        self.link().await?;
        if self.person.enrolment != Enrolment::Branch {
            self.confirm_letter().await?;
        }
        let now = self.world.now();
        let mut budget = Budget::of(Policy::Default, self.person.enrolment, now);
        let topped_up = self.top_up(&mut budget).await;
        self.took("topup", topped_up)?;
        self.first_topup(self.person.enrolment, first_page_at);
        if self.errands.lowers_own_cap() {
            self.lower_own_cap(&mut budget).await?;
        }
        Ok(budget)
    }

    /// To the bank and back, with whatever the person has there to enrol with.
    async fn link(&mut self) -> Result<(), WebError> {
        self.world.tally.borrow_mut().fared.link(self.person.enrolment, false);
        let code = self.world.bank_code(self.person.bank);
        let page = walk::wallet::start_link(&mut self.browser, &code).await?;
        let world = Rc::clone(&self.world);
        let mistypes = self.chance.happens(100);
        let help = Help { world: &world, person: &self.person, mistypes };
        let page = walk::bank::enrol(&mut self.browser, &page, help).await?;
        let is_linked = match walk::bank::consent(&mut self.browser, &page).await? {
            Consented::Signed(page) => walk::wallet::is_linked(&page),
            Consented::Mismatch => false,
        };
        self.note_done("link", is_linked);
        if is_linked {
            self.world.tally.borrow_mut().fared.link(self.person.enrolment, true);
        }
        Ok(())
    }

    /// Waits for the letter, then types its code at the bank.
    async fn confirm_letter(&mut self) -> Result<(), WebError> {
        let pages = self.world.pages(self.person.bank);
        for _ in 0..LETTER_LOOKS {
            let at = self.waking(later(self.world.now(), LETTER_SECS));
            self.world.bed.until(at).await;
            let letters = self.world.post.read(&self.person.address);
            // There may be letters that somebody else brought about: the newest first.
            let codes = letters.iter().rev().filter_map(|l| letter_code(&l.letter.body));
            for code in codes {
                let page = walk::bank::confirm_letter(&mut self.browser, &pages, &code).await?;
                let is_taken = page.status.is_success()
                    && page.url.query().is_some_and(|query| query.contains("confirmed"));
                if is_taken {
                    self.note_done("letter", true);
                    return Ok(());
                }
            }
        }
        self.note_done("letter", false);
        self.world.tally.borrow_mut().find("the bank's letter never came, or its code was refused");
        Ok(())
    }

    async fn join_2020(&mut self) -> Result<Budget, WebError> {
        let first_page_at = self.world.now();
        self.sign_in_2020().await?;
        self.note_done("open", true);
        self.world.tally.borrow_mut().fared.link(self.person.enrolment, false);
        let bank = BANKS.get(self.person.bank).map_or("", |bank| bank.code).to_owned();
        let known = Known {
            bank,
            branch: self.person.account.branch().to_owned(),
            number: self.person.account.number().to_owned(),
            pin: self.person.pin.clone(),
            born_on: self.person.born_on,
        };
        // Who comes after the halt of new links is turned away.
        let phone = Some(self.person.phone.as_str());
        let page = walk::y2020::link(&mut self.browser, &known, &self.world.post, phone).await;
        let is_linked = page.is_ok_and(|page| walk::wallet::is_linked(&page));
        self.note_done("link", is_linked);
        if is_linked {
            self.world.tally.borrow_mut().fared.link(self.person.enrolment, true);
        }
        let now = self.world.now();
        let mut budget = Budget::of(Policy::Y2020, self.person.enrolment, now);
        let topped_up = self.top_up(&mut budget).await;
        self.took("topup", topped_up)?;
        // There was one way for everybody.
        self.first_topup(Enrolment::Branch, first_page_at);
        Ok(budget)
    }

    /// How long it took from the first page to money in the wallet.
    fn first_topup(&self, route: Enrolment, first_page_at: Timestamp) {
        if self.purse > 0 {
            let secs = secs_since(first_page_at, self.world.now());
            self.world.tally.borrow_mut().fared.first_topup(route, secs);
        }
    }

    async fn sign_in_2020(&mut self) -> Result<(), WebError> {
        let (mail, kana) = (self.person.email.clone(), self.person.kana.clone());
        let world = Rc::clone(&self.world);
        walk::y2020::sign_in(&mut self.browser, &world.post, &mail, &kana).await?;
        Ok(())
    }

    /// What somebody does when they take out their telephone.
    async fn day(&mut self, budget: &mut Budget) -> Result<(), WebError> {
        if self.world.policy.is_old() {
            self.sign_in_2020().await?;
        }
        if self.world.policy == Policy::Default {
            self.run_errands(budget).await?;
            if self.errands.is_locked_out() {
                return Ok(());
            }
            self.look_after_held().await?;
        }
        let wants_money = self.purse < 3_000 || self.chance.happens(150);
        if wants_money && self.errands.tops_up() {
            let topped_up = self.top_up(budget).await;
            self.took("topup", topped_up)?;
        }
        let lunches = self.chance.between(1, 2);
        for _ in 0..lunches {
            let bought = self.buy().await;
            self.took("pay", bought)?;
        }
        // Remittance came later than the incident, so nobody sends under the old policy.
        if self.world.policy == Policy::Default {
            let claimed = self.claim().await;
            self.took("claim", claimed)?;
            if self.chance.happens(70) {
                let sent = self.send().await;
                self.took("send", sent)?;
            }
            if self.chance.happens(30) && budget.is_settled(self.world.now()) {
                let paid_out = self.pay_out().await;
                self.took("payout", paid_out)?;
            }
        }
        Ok(())
    }

    /// Their share of the bill, to a friend, as a link in a chat.
    async fn send(&mut self) -> Result<(), WebError> {
        let amount = self.chance.between(500, 2_000);
        let world = Rc::clone(&self.world);
        let Some(friend) = self.chance.pick(&world.town.customers) else { return Ok(()) };
        // Wallets of two companies send each other nothing.
        let is_elsewhere = world.company_for(friend) != self.browser.company();
        if amount > self.purse || friend.key == self.person.key || is_elsewhere {
            return Ok(());
        }
        let yen = Yen::new(amount).unwrap_or(Yen::ZERO);
        match walk::wallet::send_by_link(&mut self.browser, yen).await? {
            Some(link) => {
                self.purse = self.purse.saturating_sub(amount);
                self.note("send", Outcome::Fine);
                world.chats.borrow_mut().entry(friend.key.clone()).or_default().push(link);
            }
            None => self.note("send", Outcome::Declined),
        }
        Ok(())
    }

    /// What is left of a collection, back to the own account.
    async fn pay_out(&mut self) -> Result<(), WebError> {
        let amount = self.chance.between(500, 3_000).min(self.purse);
        if amount < 500 {
            return Ok(());
        }
        let yen = Yen::new(amount).unwrap_or(Yen::ZERO);
        let page = walk::wallet::pay_out_page(&mut self.browser, yen).await?;
        match walk::wallet::moved(&page) {
            Moved::Done => {
                self.purse = self.purse.saturating_sub(amount);
                self.note("payout", Outcome::Fine);
            }
            Moved::Waits => {
                // What is held is neither here nor there yet.
                self.purse = self.purse.saturating_sub(amount);
                self.note("payout", Outcome::Held);
                self.errands.hold("payout", page.url.path(), self.world.now());
            }
            Moved::Refused => self.note("payout", Outcome::Declined),
        }
        Ok(())
    }

    /// What friends have sent.
    async fn claim(&mut self) -> Result<(), WebError> {
        let links = self.world.chats.borrow_mut().remove(&self.person.key).unwrap_or_default();
        for link in links {
            match walk::wallet::claim(&mut self.browser, &link).await {
                Ok(Moved::Done) => self.note("claim", Outcome::Fine),
                Ok(Moved::Waits) => self.note("claim", Outcome::Held),
                Ok(Moved::Refused) => self.note("claim", Outcome::Declined),
                // Nobody claimed it for a week, so it went back to the sender.
                Err(WebError::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Tops up what the pages allow; now and then with a second click.
    async fn top_up(&mut self, budget: &mut Budget) -> Result<(), WebError> {
        let now = self.world.now();
        let Some(amount) = budget.choose(now, &mut self.chance) else { return Ok(()) };
        let there = self.world.deposit(&self.person).await.unwrap_or(Yen::ZERO);
        let twice = self.chance.happens(50);
        let result = if twice {
            walk::wallet::top_up_twice(&mut self.browser, amount).await
        } else {
            walk::wallet::ask_top_up(&mut self.browser, amount).await
        };
        let page = match result {
            Ok(page) => page,
            Err(error) if error.is_refusal() => return Err(error),
            // No form to fill in: nothing is linked, which was counted where it happened.
            Err(WebError::Missing { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        match walk::wallet::moved(&page) {
            Moved::Done => {
                self.note("topup", Outcome::Fine);
                budget.note(self.world.now(), amount);
                self.purse = self.purse.saturating_add(amount.amount());
            }
            Moved::Waits => {
                let is_signed = self.errands.signs_anew() && self.is_signed(&page).await?;
                // It goes on in a moment, as the page says.
                self.note("topup", if is_signed { Outcome::Challenged } else { Outcome::Held });
                self.errands.hold("topup", page.url.path(), self.world.now());
            }
            // Really not enough on the account: the page said so, and rightly.
            Moved::Refused if there < amount => self.note("topup", Outcome::Fine),
            Moved::Refused => self.note("topup", Outcome::Declined),
        }
        Ok(())
    }

    /// Whether what the bank wants signed is: a page that offers no way to is none.
    async fn is_signed(&mut self, topup: &Page) -> Result<bool, WebError> {
        match self.sign_at_the_bank(topup).await {
            Err(WebError::Missing { .. }) => Ok(false),
            other => other,
        }
    }

    /// Lunch, or something small.
    async fn buy(&mut self) -> Result<(), WebError> {
        let price = self.chance.between(350, 1_500).min(self.purse);
        if price < 350 {
            return Ok(());
        }
        let world = Rc::clone(&self.world);
        let Some(code) = self.chance.pick(&world.wallet_of(&self.browser).shop_codes).cloned()
        else {
            return Ok(());
        };
        let amount = Yen::new(price).unwrap_or(Yen::ZERO);
        let (moved, was_asked) = walk::wallet::pay(&mut self.browser, &code, amount).await?;
        match moved {
            Moved::Done => {
                self.purse = self.purse.saturating_sub(price);
                // Lunch is too small for a signature, unless the last proof is stale.
                self.note("pay", if was_asked { Outcome::Challenged } else { Outcome::Fine });
            }
            Moved::Waits => self.note("pay", Outcome::Held),
            Moved::Refused => self.note("pay", Outcome::Declined),
        }
        Ok(())
    }
}

/// The code of a letter: ten capital letters and digits in one word.
pub(crate) fn letter_code(body: &str) -> Option<String> {
    let is_code = |word: &&str| {
        word.len() == 10 && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    body.split(|c: char| !c.is_ascii_alphanumeric()).find(is_code).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_code_is_found_in_the_letter() {
        let body = "確認コード: 7X2K9M4QTZ\n14日以内に入力してください。";
        assert_eq!(letter_code(body).as_deref(), Some("7X2K9M4QTZ"));
        assert_eq!(letter_code("KANUKI 2026"), None);
    }
}
