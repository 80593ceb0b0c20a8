//! What few people do, and what the walls are for: a lower cap of one's own, a higher one before a
//! journey, a telephone that is lost, and a look at what a company holds.

use jiff::Timestamp;
use kanuki_domain::{
    Yen,
    limits::{BANK_PER_DAY, RAISE_WAIT_SECS, RECOVERY_WAIT_SECS},
    mandate::later,
};
use kanuki_passkey::soft::SoftAuthenticator;

use super::{life::Life, plan::Budget};
use crate::{
    browser::{Page, WebError},
    measure::Outcome,
    people::{Enrolment, Person},
    policy::Policy,
    sim::{chance::Chance, clock::secs_since},
    walk::{self, bank::Help, wallet::Moved},
    world::World,
};

/// What careful people let their link take a day.
const CAREFUL: Yen = Yen::of(10_000);
/// How many in a thousand are careful.
const CAREFUL_SHARE: u64 = 150;
/// How many in a thousand lose their telephone.
const LOSING_SHARE: u64 = 40;
/// How much later than the page says somebody looks, in seconds.
const LOOK_AFTER_SECS: i64 = 600;
/// When what is held is looked at for the first time, in seconds.
const HELD_LOOK_SECS: i64 = 1_800;
const DAY_SECS: i64 = 86_400;

/// What somebody is waiting for.
#[derive(Clone, Debug)]
struct Wait {
    what: &'static str,
    outcome: Outcome,
    /// The page that says how it stands; none where it is found elsewhere.
    path: String,
    since: Timestamp,
    /// When they look next.
    due: Timestamp,
}

/// Where somebody's passkey of the bank is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BankKey {
    /// Where it was, or lost with the telephone.
    AsItWas,
    /// On the new telephone, fetched at the counter: what the bank wants signed is signed.
    Fetched,
}

/// What one person does besides every day's things.
#[derive(Clone, Debug)]
pub(super) struct Errands {
    chance: Chance,
    is_careful: bool,
    /// When they set out on a journey, for which the lower cap is too low.
    travels_at: Option<Timestamp>,
    /// When the telephone is gone.
    loses_at: Option<Timestamp>,
    waits: Vec<Wait>,
    /// The telephone is gone, and the run ended before there was a new one.
    is_locked_out: bool,
    /// Turned down although everything was in order: they top up no more.
    has_given_up: bool,
    bank_key: BankKey,
}

impl Errands {
    pub(super) fn of(world: &World, person: &Person) -> Self {
        let mut chance = Chance::of(world.seed, &format!("errands of {}", person.key));
        let is_new = world.policy == Policy::Default;
        // Who has online banking has the bank's passkey at hand.
        let is_careful = chance.happens(CAREFUL_SHARE) && is_new;
        let is_careful = is_careful && person.enrolment == Enrolment::Branch;
        let loses = chance.happens(LOSING_SHARE) && is_new && !is_careful;
        let loses_at = later(world.now(), chance.secs(2 * 86_400, 12 * 86_400));
        Self {
            chance,
            is_careful,
            travels_at: None,
            loses_at: loses.then_some(loses_at),
            waits: Vec::new(),
            is_locked_out: false,
            has_given_up: false,
            bank_key: BankKey::AsItWas,
        }
    }

    pub(super) const fn lowers_own_cap(&self) -> bool {
        self.is_careful
    }

    pub(super) const fn is_locked_out(&self) -> bool {
        self.is_locked_out
    }

    /// Whether what the bank wants signed from a new telephone can be.
    pub(super) const fn signs_anew(&self) -> bool {
        matches!(self.bank_key, BankKey::Fetched)
    }

    /// Whether somebody tops up: not while a top-up is held, and not again after one was turned down.
    pub(super) fn tops_up(&self) -> bool {
        !self.has_given_up && !self.waits.iter().any(|wait| wait.what == "topup")
    }

    /// The next moment at which something is looked at.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.waits.iter().map(|wait| wait.due).min()
    }

    /// A company holds what was asked for; the page at `path` says how it stands.
    pub(super) fn hold(&mut self, what: &'static str, path: &str, now: Timestamp) {
        let (path, outcome) = (path.to_owned(), Outcome::Held);
        let due = later(now, HELD_LOOK_SECS);
        self.waits.push(Wait { what, outcome, path, since: now, due });
    }

    /// Whatever is still waited for when the run ends has lasted until then at least.
    pub(super) fn end(&mut self, world: &World, until: Timestamp) {
        for wait in self.waits.drain(..) {
            let secs = secs_since(wait.since, until);
            world.tally.borrow_mut().fared.waited(wait.what, wait.outcome, secs);
        }
    }
}

impl Life {
    /// A lower cap of one's own, the day one has linked.
    pub(super) async fn lower_own_cap(&mut self, budget: &mut Budget) -> Result<(), WebError> {
        let pages = self.world.pages(self.person.bank);
        let page = walk::bank::lower(&mut self.browser, &pages, CAREFUL).await?;
        self.note_done("lower", page.status.is_success());
        budget.keep_to(Some(CAREFUL));
        let days = self.errands.chance.secs(2 * 86_400, 10 * 86_400);
        self.errands.travels_at = Some(later(self.world.now(), days));
        Ok(())
    }

    /// Whatever of the rarer things is due.
    pub(super) async fn run_errands(&mut self, budget: &mut Budget) -> Result<(), WebError> {
        let now = self.world.now();
        if self.errands.travels_at.is_some_and(|at| at <= now) {
            self.errands.travels_at = None;
            self.raise().await?;
        }
        if self.errands.loses_at.is_some_and(|at| at <= now) {
            self.errands.loses_at = None;
            self.lose_telephone(budget).await?;
        }
        let raised = |wait: &Wait| wait.what == "raise" && wait.due <= now;
        if let Some(place) = self.errands.waits.iter().position(raised) {
            self.look_after_raise(place, budget).await?;
        }
        Ok(())
    }

    /// The cap back up, before a journey. The page says that it waits.
    async fn raise(&mut self) -> Result<(), WebError> {
        let pages = self.world.pages(self.person.bank);
        let raised = match walk::bank::raise(&mut self.browser, &pages, BANK_PER_DAY).await {
            Ok(page) => walk::bank::is_raised(&page),
            Err(error) if error.is_refusal() => false,
            Err(error) => return Err(error),
        };
        if !raised {
            self.note("raise", Outcome::Declined);
            return Ok(());
        }
        self.note("raise", Outcome::Waits);
        let since = self.world.now();
        let due = later(since, RAISE_WAIT_SECS.saturating_add(LOOK_AFTER_SECS));
        let (what, outcome, path) = ("raise", Outcome::Waits, String::new());
        self.errands.waits.push(Wait { what, outcome, path, since, due });
        Ok(())
    }

    /// Whether the higher cap holds by now.
    async fn look_after_raise(
        &mut self,
        place: usize,
        budget: &mut Budget,
    ) -> Result<(), WebError> {
        let pages = self.world.pages(self.person.bank);
        let now = self.world.now();
        if walk::bank::waits_for_raise(&mut self.browser, &pages).await? {
            if let Some(wait) = self.errands.waits.get_mut(place) {
                wait.due = later(now, DAY_SECS);
            }
            return Ok(());
        }
        let wait = self.errands.waits.remove(place);
        let secs = secs_since(wait.since, now);
        self.world.tally.borrow_mut().fared.waited(wait.what, wait.outcome, secs);
        budget.keep_to(None);
        Ok(())
    }

    /// The telephone is gone, and with it the passkeys of wallet and bank: a recovery by mail and identity
    /// card, on a new one, and a walk to the bank's counter for another passkey there. Until the recovery is
    /// through, there is no wallet to pay with.
    async fn lose_telephone(&mut self, budget: &mut Budget) -> Result<(), WebError> {
        let world = std::rc::Rc::clone(&self.world);
        let since = world.now();
        let new = format!("new telephone of {}", self.person.key);
        self.browser.change_skin(self.person.network);
        self.browser.keys = SoftAuthenticator::from_seed(Chance::bytes(world.seed, &new));
        let code = walk::wallet::ask_recovery(&mut self.browser, &self.person.email).await?;
        self.note("recovery", Outcome::Waits);
        let mut due = later(since, RECOVERY_WAIT_SECS.saturating_add(LOOK_AFTER_SECS));
        loop {
            let at = self.waking(due);
            if at >= self.until {
                self.errands.is_locked_out = true;
                break;
            }
            world.bed.until(at).await;
            let card = world.operator.card(&self.person.on_card(), self.person.serial());
            let card = card.map_err(|_| WebError::Nowhere("no card".to_owned()))?;
            if walk::wallet::reclaim(&mut self.browser, &code, &card).await? {
                // For some days the page allows half.
                budget.keep_to(Some(BANK_PER_DAY.half_down()));
                self.go_to_the_counter().await?;
                break;
            }
            due = later(world.now(), DAY_SECS);
        }
        let secs = secs_since(since, world.now().max(due.min(self.until)));
        world.tally.borrow_mut().fared.waited("recovery", Outcome::Waits, secs);
        Ok(())
    }

    /// Another passkey of the bank's, on the new telephone, with a code that the counter hands out to whoever
    /// proves who they are.
    async fn go_to_the_counter(&mut self) -> Result<(), WebError> {
        let world = std::rc::Rc::clone(&self.world);
        let person = Person { enrolment: Enrolment::Branch, ..self.person.clone() };
        let help = Help { world: &world, person: &person, mistypes: false };
        let page = self.browser.open(&format!("{}/holder", world.pages(person.bank))).await?;
        let enrolled = match walk::bank::enrol(&mut self.browser, &page, help).await {
            Ok(page) => page.status.is_success(),
            Err(error) if error.is_refusal() => false,
            Err(error) => return Err(error),
        };
        self.note_done("bank-passkey", enrolled);
        if enrolled {
            self.errands.bank_key = BankKey::Fetched;
        }
        Ok(())
    }

    /// A top-up from the new telephone, which the bank wants signed: the number of the wallet's page is typed
    /// at the bank, with the new passkey. True if the bank took it.
    pub(super) async fn sign_at_the_bank(&mut self, topup: &Page) -> Result<bool, WebError> {
        let number = walk::wallet::wait_for_approval(&mut self.browser, topup).await?;
        let pages = self.world.pages(self.person.bank);
        walk::bank::approve_waiting(&mut self.browser, &pages, &number).await
    }

    /// What companies hold: whether it is done by now, or was refused after all.
    pub(super) async fn look_after_held(&mut self) -> Result<(), WebError> {
        let now = self.world.now();
        let due = |wait: &mut Wait| wait.outcome == Outcome::Held && wait.due <= now;
        let held: Vec<Wait> = self.errands.waits.extract_if(.., due).collect();
        for wait in held {
            let page = walk::wallet::visit(&mut self.browser, &wait.path).await?;
            match walk::wallet::moved(&page) {
                Moved::Waits => {
                    // Less and less often: after half an hour, an hour, two.
                    let secs = secs_since(wait.since, now).max(HELD_LOOK_SECS.unsigned_abs());
                    let pause = i64::try_from(secs).unwrap_or(DAY_SECS).min(DAY_SECS);
                    self.errands.waits.push(Wait { due: later(now, pause), ..wait });
                }
                moved => {
                    if moved == Moved::Refused {
                        self.note(wait.what, Outcome::Declined);
                        self.errands.has_given_up |= wait.what == "topup";
                    }
                    let secs = secs_since(wait.since, now);
                    self.world.tally.borrow_mut().fared.waited(wait.what, wait.outcome, secs);
                }
            }
        }
        Ok(())
    }
}
