//! Guessing: one PIN walked over account numbers, from one place in an hour or from a new one each
//! time for weeks; and a few likely PINs for each account of a list.

use std::rc::Rc;

use jiff::Timestamp;
use kanuki_demo::people::BANKS;
use kanuki_domain::{bank_account::AccountNumber, mandate::later};

use super::{
    Calendar, Crime,
    hands::old::DEBITS,
    thief::{Thief, contacts, got},
};
use crate::{
    browser::{Pace, WebError},
    measure::Answer,
    people::{Person, Town, network},
    policy::y2020::BANK_LINK,
    report::Start,
    sim::{chance::Chance, clock::secs_since},
    walk,
    world::{WALLET, World},
};

/// The PIN that is found first (facts: the most popular one).
const PIN: &str = "1234";
/// The first account number of the town, and how many numbers there are for each person.
const FIRST: u64 = 9_500_000;
const GAP: u64 = 7;
/// Guesses at a page of 2020.
const GUESSES_MAX: usize = 6_000;
/// Enrolments begun at a bank of today: fast, and slow.
const ENROLMENTS: (usize, usize) = (60, 40);

/// In a small town perhaps nobody has the most popular PIN; one holder of the first bank has.
pub(super) fn common_pin(town: &mut Town, _: u64) {
    let branch = BANKS.first().and_then(|bank| bank.branches.first());
    let (Some(person), Some((branch, _, _))) = (town.bystanders.first_mut(), branch) else {
        return;
    };
    let Ok(account) = AccountNumber::parse(branch, person.account.number()) else { return };
    (person.bank, person.account, person.pin) = (0, account, PIN.to_owned());
}

/// In a small town perhaps nobody's PIN is their birthday; one holder's is.
pub(super) fn birthday_pin(town: &mut Town, _: u64) {
    if let Some(person) = town.bystanders.first_mut() {
        person.pin = birthdays(person).0;
    }
}

/// The birthday as month and day, and as the year: what one in eleven chooses.
fn birthdays(person: &Person) -> (String, String) {
    let born_on = person.born_on;
    let day = format!("{:02}{:02}", born_on.month(), born_on.day());
    (day, format!("{:04}", born_on.year()))
}

/// In 2020 the one code there was is the PIN: two guesses for each account of a list with birth dates, so
/// that no counter locks it, and the same again a day later.
pub(super) fn birthdays_of_2020(world: &Rc<World>, calendar: &Calendar) -> Crime {
    let mut chance = Chance::of(world.seed, "birthdays");
    let at = later(calendar.start, chance.secs(3_600, 86_400));
    let mut thief = Thief::new(world, "thief 00", network(&mut chance));
    thief.browser = thief.browser.at_pace(Pace { low: 0, high: 1 });
    let people = world.town.bystanders.clone();
    let crime = Crime {
        variant: format!("{} accounts, two birthdays and two popular PINs each", people.len()),
        shape: None,
        watched: contacts(&people),
    };
    world.bed.spawn(at, async move {
        let guess = |person: &Person, day| match day {
            0 => <[String; 2]>::from(birthdays(person)),
            _ => [PIN.to_owned(), "0000".to_owned()],
        };
        for day in 0..2 {
            for (place, person) in people.iter().enumerate() {
                for pin in guess(person, day) {
                    thief.try_pin(person, pin, place).await;
                }
            }
            thief.wait(86_400, 90_000).await;
            thief.change_skin();
        }
    });
    crime
}

/// From one address, as fast as pages come.
pub(super) fn fast(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    stage(world, calendar, false)
}

/// Each guess from an address and a device of its own, hours apart.
pub(super) fn slow(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    stage(world, calendar, true)
}

fn stage(world: &Rc<World>, calendar: &Calendar, is_slow: bool) -> Crime {
    let mut chance = Chance::of(world.seed, "reverse brute force");
    let at = later(calendar.start, chance.secs(3_600, 86_400));
    let address = network(&mut chance);
    let mut thief = Thief::new(world, "thief 00", address);
    thief.browser = thief.browser.at_pace(Pace { low: 0, high: 1 });
    let numbers =
        if world.net.is_elsewhere() { neighbors(&world.town) } else { numbers(&world.town) };
    let there = Rc::clone(world);
    let slow_until = is_slow.then_some(calendar.halt.at);
    world.bed.spawn(at, async move {
        if there.policy.is_old() {
            thief.walk_numbers(&numbers, slow_until).await;
        } else {
            thief.walk_enrolments(&numbers, is_slow).await;
        }
    });
    let places = if is_slow { "a new address for each guess" } else { "one address" };
    Crime {
        variant: format!("PIN {PIN} at consecutive numbers of one bank, {places}"),
        shape: None,
        watched: contacts(&world.town.bystanders),
    }
}

/// Consecutive account numbers of the first bank, from a place near the middle of what is used.
fn numbers(town: &Town) -> Vec<AccountNumber> {
    let people = town.customers.len().saturating_add(town.bystanders.len());
    let count = u64::try_from(people).unwrap_or(0).saturating_mul(GAP);
    let half = count.checked_div(2).unwrap_or(0);
    let order = (half..count).chain(0..half);
    let branches = BANKS.first().map(|bank| bank.branches).unwrap_or_default();
    let at_branches = |place: u64| {
        let number = FIRST.saturating_add(place).to_string();
        branches
            .iter()
            .filter_map(|(branch, _, _)| AccountNumber::parse(branch, &number).ok())
            .collect::<Vec<_>>()
    };
    order.flat_map(at_branches).take(GUESSES_MAX).collect()
}

/// Where the sample people are: every account of the first bank, and the numbers around it.
fn neighbors(town: &Town) -> Vec<AccountNumber> {
    let around = |account: &AccountNumber| -> Vec<AccountNumber> {
        let number: u64 = account.number().parse().unwrap_or(FIRST);
        let numbers = number.saturating_sub(GAP)..=number.saturating_add(GAP);
        let at = |number: u64| AccountNumber::parse(account.branch(), &number.to_string()).ok();
        numbers.filter_map(at).collect()
    };
    town.at_bank(0).flat_map(|person| around(&person.account)).collect()
}

impl Thief {
    /// At the page of 2020: whoever has this PIN is robbed.
    async fn walk_numbers(&mut self, numbers: &[AccountNumber], slow_until: Option<Timestamp>) {
        for (place, number) in numbers.iter().enumerate() {
            if let Some(halt_at) = slow_until {
                self.change_skin();
                self.wait_his_turn(halt_at, numbers.len().saturating_sub(place)).await;
            }
            let Some(stranger) = self.world.town.accomplices.first().cloned() else { return };
            let found =
                Person { bank: 0, account: number.clone(), pin: PIN.to_owned(), ..stranger };
            let guessed = self.guess_pin(&found).await;
            if self.tried("guess a PIN", &guessed) == Answer::Refused {
                continue;
            }
            let mail = format!("throwaway{place:05}@example.net");
            self.rob_with_pin(&found, &mail).await;
            // The next account goes into another wallet.
            self.change_skin();
        }
    }

    /// Types one PIN for an account, and robs it if it is right.
    async fn try_pin(&mut self, person: &Person, pin: String, place: usize) {
        let guessed = Person { pin, ..person.clone() };
        let answer = self.guess_pin(&guessed).await;
        if self.tried("guess a PIN from the birth date", &answer) == Answer::Got {
            self.rob_with_pin(&guessed, &format!("throwaway{place:05}@example.net")).await;
            self.change_skin();
        }
    }

    /// From the PIN to the goods.
    async fn rob_with_pin(&mut self, person: &Person, mail: &str) {
        let linked = self.link_by_pin(person, mail).await;
        if self.tried("link with account number and PIN", &linked) == Answer::Got {
            self.world.tally.borrow_mut().victim_linked(self.world.now());
            self.drain(&DEBITS, (1, 5)).await;
            self.cash_out(mail, &DEBITS).await;
        }
    }

    /// As long as the days until `halt_at` allow for so many guesses, and no longer than a day.
    async fn wait_his_turn(&mut self, halt_at: Timestamp, guesses: usize) {
        let left = secs_since(self.world.now(), halt_at);
        let pause = left.checked_div(u64::try_from(guesses).unwrap_or(u64::MAX)).unwrap_or(0);
        let pause = pause.clamp(60, 86_400);
        self.wait(pause.div_euclid(2), pause).await;
    }

    /// An account and a PIN, typed into a page that nothing led to.
    async fn guess_pin(&mut self, person: &Person) -> Result<Answer, WebError> {
        let pages = self.world.pages(person.bank);
        let query = "client_id=kanuki-wallet&request_uri=urn:none";
        let page = self.browser.open(&format!("{pages}{BANK_LINK}?{query}")).await?;
        let mut form = page
            .form(BANK_LINK)?
            .with("branch", person.account.branch())
            .with("number", person.account.number())
            .with("pin", &*person.pin);
        if form.asks("born_on") {
            form = form.with("born_on", person.born_on.to_string());
        }
        let page = self.browser.submit(&page, &form).await?;
        // The page says whether number and PIN fit before it looks at who asks.
        Ok(got(page.status != http::StatusCode::UNPROCESSABLE_ENTITY))
    }

    /// Today: whoever begins an enrolment is asked for a code that only its holder gets.
    async fn walk_enrolments(&mut self, numbers: &[AccountNumber], is_slow: bool) {
        let opened = self.open_throwaway(0).await;
        self.tried("open a throwaway wallet", &opened);
        let budget = if is_slow { ENROLMENTS.1 } else { ENROLMENTS.0 };
        for number in numbers.iter().take(budget) {
            let typed = self.guess_at_enrolment(number).await;
            let refused = self.tried("enrol by typing the PIN where a code is asked", &typed);
            if is_slow {
                self.wait(2_000, 6_000).await;
                self.change_skin();
            } else if refused == Answer::Refused && self.chance.happens(100) {
                self.change_skin();
            }
        }
        let back = self.browser.open(WALLET).await;
        self.tried("see whether anything was linked", &back.map(|_| Answer::Refused));
    }

    /// Typed are the PIN and one ten-digit code, the same everywhere.
    async fn guess_at_enrolment(&mut self, number: &AccountNumber) -> Result<Answer, WebError> {
        let page = self.browser.open(&format!("{}/enrol", self.world.pages(0))).await?;
        let form = page
            .form("/enrol")?
            .with("branch", number.branch())
            .with("number", number.number())
            .with("proof", "atm");
        let page = self.browser.submit(&page, &form).await?;
        let page = walk::bank::type_code(&mut self.browser, &page, PIN).await?;
        let page = walk::bank::type_code(&mut self.browser, &page, "1234123412").await?;
        Ok(got(page.passkey_form().is_ok()))
    }
}
