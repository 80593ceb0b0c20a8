//! Crimes against limits: drawn twice, on both sides of an edge, all at once, after a long wait, from
//! borrowed money, in small pieces.
//!
//! Under the old policies the account is linked by number and PIN. Under `default` the thief from
//! outside finds no door; from inside he has the victim's own telephone.

use std::rc::Rc;

use kanuki_domain::{Yen, mandate::later};

use super::{
    Calendar, Crime,
    hands::old::Robbery,
    plan::{DAY, HOUR, OTHER_WALLET, Plan},
    thief::{Thief, got},
};
use crate::{
    browser::{Browser, Form, Page, WebError},
    measure::Answer,
    people::{Person, Town},
    report::Start,
    walk,
    world::{COMPANIES, FIRST, SECOND, World},
};

/// More than any cap gives.
pub(super) const ALL: Yen = Yen::of(500_000);

/// What goes out at a time where limits were lowered and nothing was stopped.
const PIECE: Yen = Yen::of(30_000);

/// There is another wallet company, which the same banks know.
pub(super) const fn two_wallets(town: &mut Town, _: u64) {
    town.more_wallets = 1;
}

/// One account, linked twice: by a second wallet, after the end of the link, by another person.
pub(super) fn relink(world: &Rc<World>, start: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "relink");
    if world.policy.is_old() {
        let at = later(calendar.start, plan.chance.secs(4 * 3_600, 86_400));
        for (number, person) in plan.people.clone().into_iter().enumerate() {
            for (wallet, company, wait) in [(0, &FIRST, 0), (OTHER_WALLET, &SECOND, 9 * HOUR)] {
                let (number, at) = (number.saturating_add(wallet), later(at, wait));
                let robbery = Robbery::at_once(world, number, person.clone(), at);
                robbery.with_wallet_of(company).stage(world);
            }
        }
        return plan
            .crime("each account by throwaway wallets of two companies within a day".to_owned());
    }
    if start == Start::Outside {
        return plan.outside(calendar.start);
    }
    let accomplices = world.town.accomplices.clone();
    let victims: Vec<String> = plan.people.iter().map(|person| person.key.clone()).collect();
    let stolen_at = later(calendar.start, 3 * DAY);
    plan.inside(calendar, stolen_at, move |mut thief, person| {
        // Each has one of their own: nobody verifies two wallets.
        let place = victims.iter().position(|key| *key == person.key).unwrap_or(0);
        let accomplice = accomplices.get(place).cloned();
        async move {
            thief.take(ALL).await;
            let ended = thief.unlink().await;
            thief.tried("end the drained link", &ended);
            let linked = thief.link_again(&person).await;
            thief.tried("link the drained account again", &linked);
            thief.take(ALL).await;
            let closing = thief.close_wallet().await;
            thief.tried("ask that the wallet be closed, to be free for another", &closing);
            thief.change_skin();
            let second = thief.second_wallet(&person).await;
            thief.tried("prove the victim's identity to a second wallet", &second);
            thief.take(ALL).await;
            let other = thief.wallet_elsewhere(&person).await;
            thief.tried("link the drained account to a wallet of another company", &other);
            thief.take(ALL).await;
            thief.browser.turn_to(&FIRST);
            let Some(accomplice) = accomplice else { return };
            thief.change_skin();
            let set_up = thief.set_up(&accomplice).await;
            thief.tried("a verified wallet of an accomplice", &set_up);
            let linked = thief.link_as(&person).await;
            thief.tried("link the drained account to it", &linked);
        }
    })
}

/// On both sides of midnight, of the month, and of midnight elsewhere.
pub(super) fn month_edge(world: &Rc<World>, start: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "month-edge");
    if world.policy.is_old() {
        return plan.robberies(later(calendar.edge, -2 * HOUR), HOUR, &[0, 2 * HOUR]);
    }
    if start == Start::Outside {
        return plan.outside(later(calendar.edge, -DAY));
    }
    let edge = calendar.edge;
    plan.inside(calendar, later(edge, -HOUR), move |mut thief, _| async move {
        // Japanese midnight, then midnight in Greenwich, then the evening.
        for after in [-HOUR, 5, 9 * HOUR, 20 * HOUR] {
            thief.world.bed.until(later(edge, after)).await;
            thief.take(ALL).await;
        }
    })
}

/// Linked quietly; drained when everybody has stopped looking.
pub(super) fn sleeper(world: &Rc<World>, start: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "sleeper");
    let wakes_at = later(calendar.halt.at, DAY);
    if world.policy.is_old() {
        return plan.robberies(wakes_at, 3 * DAY, &[0]);
    }
    if start == Start::Outside {
        return plan.outside(calendar.start);
    }
    let stolen_at = later(calendar.start, 2 * DAY);
    plan.inside(calendar, stolen_at, move |mut thief, _| async move {
        thief.world.bed.until(wakes_at).await;
        thief.drain_daily(8).await;
    })
}

/// Linked under 2020, before the switch: the bank knows the contract, and the thief has his wallet.
pub(super) fn legacy(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "legacy-link");
    if world.policy.is_old() {
        return plan.robberies(later(calendar.halt.at, DAY), 4 * DAY, &[0]);
    }
    let (there, people) = (Rc::clone(world), plan.people.clone());
    world.bed.spawn(calendar.start, async move {
        if let Err(error) = there.take_over_contracts(&people).await {
            there.tally.borrow_mut().find(format!("contracts were not taken over: {error:#}"));
        }
    });
    plan.each(later(calendar.start, HOUR), |mut thief, person, accomplice| async move {
        thief.with_true_name(&accomplice).await;
        for _ in 0..3 {
            let moved = thief.try_strange_link().await;
            thief.tried("debit the old link", &moved);
            let linked = thief.link_as(&person).await;
            thief.tried("renew the old link without the holder", &linked);
            thief.wait(86_400, 5 * 86_400).await;
        }
        let alive = thief.link_of_2020(&person).await;
        thief.tried("a live link of then, which nobody signed", &alive);
        thief.drain_what_there_is().await;
        thief.knock(&person, 7).await;
    })
}

/// Everybody's ordinary deposit is nearly empty, and a time deposit lies behind it.
pub(super) fn time_deposits(town: &mut Town, _: u64) {
    for person in &mut town.bystanders {
        person.opening = Yen::of(3_000);
        person.time_deposit = Yen::of(1_000_000);
    }
}

/// Money that the victim never had on the account: lent against the time deposit.
pub(super) fn overdraft(world: &Rc<World>, start: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "overdraft-drain");
    if world.policy.is_old() {
        return plan.robberies(later(calendar.start, DAY), 0, &[0]);
    }
    if start == Start::Outside {
        return plan.outside(calendar.start);
    }
    let stolen_at = later(calendar.start, 3 * DAY);
    plan.inside(calendar, stolen_at, |mut thief, _| async move {
        thief.take(ALL).await;
        thief.wait(90_000, 100_000).await;
        thief.take(ALL).await;
    })
}

/// The limits are lowered, and nobody stops anything.
pub(super) fn limit_cut(world: &Rc<World>, start: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "limit-cut");
    if world.policy.is_old() {
        return in_small_pieces(&plan, calendar);
    }
    if start == Start::Outside {
        return plan.outside(calendar.start);
    }
    let stolen_at = later(calendar.start, 3 * DAY);
    plan.inside(calendar, stolen_at, |mut thief, person| async move {
        thief.take(ALL).await;
        let pages = thief.world.pages(person.bank);
        let lowered = lower_from_elsewhere(&thief, &person, &pages).await;
        if let Err(error) = lowered {
            let found = format!("the victim could not lower a cap: {error}");
            thief.world.tally.borrow_mut().find(found);
        }
        thief.wait(90_000, 100_000).await;
        let raised = walk::bank::raise(&mut thief.browser, &pages, Yen::of(50_000)).await;
        let raised = raised.map(|page| got(walk::bank::is_raised(&page)));
        thief.tried("raise the cap again", &raised);
        let other = thief.wallet_elsewhere(&person).await;
        thief.tried("link the account to a wallet of another company", &other);
        for _ in 0..5 {
            for company in COMPANIES {
                thief.browser.turn_to(company);
                thief.take(ALL).await;
            }
            thief.wait(87_000, 90_000).await;
        }
    })
}

/// In 2020: linked before new links are halted, and drained in pieces that no lowered limit stops, for
/// days after it.
fn in_small_pieces(plan: &Plan<'_>, calendar: &Calendar) -> Crime {
    let at = later(calendar.halt.at, -2 * DAY);
    for (number, person) in plan.people.iter().enumerate() {
        for (wallet, company) in [(0, &FIRST), (OTHER_WALLET, &SECOND)] {
            let number = number.saturating_add(wallet);
            let robbery = Robbery::at_once(plan.world, number, person.clone(), at);
            let robbery = robbery.with_wallet_of(company);
            let round = |day: i64| (later(at, day.saturating_mul(DAY)), vec![PIECE; 2]);
            Robbery { rounds: (0..4).map(round).collect(), ..robbery }.stage(plan.world);
        }
    }
    plan.crime(format!(
        "{} accounts, twice {PIECE} a day by each of two wallets, on both sides of the halt",
        plan.people.len()
    ))
}

/// The victim has the passkey on another device too, and lowers the link to ¥5,000 a day.
async fn lower_from_elsewhere(
    thief: &Thief,
    person: &Person,
    pages: &str,
) -> Result<Page, WebError> {
    let world = &thief.world;
    let who = format!("{} (at home)", person.key);
    let mut browser = Browser::new(world.ground(), &who, person.network, world.seed);
    browser.keys = thief.browser.keys.clone();
    walk::bank::lower(&mut browser, pages, Yen::of(5_000)).await
}

/// Many debits in one instant, racing one cap, one page, one stop.
pub(super) fn burst(world: &Rc<World>, start: Start, calendar: &Calendar) -> Crime {
    let mut plan = Plan::of(world, "burst");
    if world.policy.is_old() {
        return plan.robberies_at(&COMPANIES, later(calendar.start, DAY), 0, &[0]);
    }
    if start == Start::Outside {
        return plan.outside(calendar.start);
    }
    let stolen_at = later(calendar.start, 3 * DAY);
    plan.inside(calendar, stolen_at, |mut thief, person| async move {
        let other = thief.wallet_elsewhere(&person).await;
        thief.tried("link the account to a wallet of another company", &other);
        // Until both links have cooled, and the other wallet is no longer new.
        thief.wait(2 * DAY.unsigned_abs(), 2 * DAY.unsigned_abs() + 7_200).await;
        let racing = [20_000, 20_000, 20_000, 20_000, 10_000, 10_000];
        let raced = thief.race_at_all(&racing.map(Yen::of)).await;
        thief.tried("six debits at each of two companies, racing one account's cap", &raced);
        thief.spend(ALL).await;
        thief.take(ALL).await;
        thief.browser.turn_to(&FIRST);
        let doubled = thief.race(&[Yen::of(5_000)], true).await;
        thief.tried("one debit, its page sent five times at once", &doubled);
        thief.spend(ALL).await;
        thief.take(ALL).await;
        let stopped = thief.race_a_stop(Yen::of(1_000)).await;
        thief.tried("debits racing a stop of the wallet", &stopped);
        thief.take(ALL).await;
    })
}

impl Thief {
    /// A link that a bank of 2020 had made of number and PIN, to the wallet in this browser.
    async fn link_of_2020(&mut self, victim: &Person) -> Result<Answer, WebError> {
        let world = Rc::clone(&self.world);
        walk::wallet::sign_in(&mut self.browser).await?;
        let code = world.bank_code(victim.bank);
        let (page, form) = walk::wallet::prepare_link(&mut self.browser, &code).await?;
        let request = self.browser.submit_and_stay(&page, &form).await?;
        let made = world.linked_in_2020(victim, &request).await;
        let back = made.map_err(|_| page.missing("bank of 2020"))?;
        let page = self.browser.open(&back).await?;
        Ok(got(walk::wallet::is_linked(&page)))
    }

    /// Takes what there is, once a day.
    pub(super) async fn drain_daily(&mut self, days: u32) {
        for _ in 0..days {
            self.take(ALL).await;
            self.wait(87_000, 90_000).await;
        }
    }

    /// Asks that the wallet in this browser be closed.
    async fn close_wallet(&mut self) -> Result<Answer, WebError> {
        let page = walk::wallet::close(&mut self.browser).await?;
        Ok(got(page.status.is_success() && page.link("/close/keep").is_ok()))
    }

    /// Opens another wallet in the victim's name, with the victim's identity card.
    pub(crate) async fn second_wallet(&mut self, person: &Person) -> Result<Answer, WebError> {
        let mail = format!("second-{}@example.net", person.key);
        let phone = format!("0801{:07}", person.serial() % 10_000_000);
        let contact = (mail.as_str(), phone.as_str());
        let page = walk::wallet::open(&mut self.browser, "guest", contact).await?;
        let card = self.world.operator.card(&person.on_card(), person.serial());
        let card = card.map_err(|_| page.missing("card"))?;
        walk::wallet::prove(&mut self.browser, &card, &person.kana).await?;
        self.link_again(person).await
    }

    /// Opens a wallet in the victim's name at another company, with the identity card that the
    /// telephone carries, and links the account to it; the browser stays turned to that company.
    async fn wallet_elsewhere(&mut self, person: &Person) -> Result<Answer, WebError> {
        self.browser.turn_to(&SECOND);
        let linked = self.second_wallet(person).await;
        if matches!(linked, Ok(Answer::Got)) {
            self.world.tally.borrow_mut().victim_linked(self.world.now());
        }
        linked
    }

    /// Prepares one debit for each amount and presses all buttons in one instant.
    pub(crate) async fn race(
        &mut self,
        amounts: &[Yen],
        doubles: bool,
    ) -> Result<Answer, WebError> {
        let mut ready = Vec::new();
        self.prepare(amounts, if doubles { 5 } else { 1 }, &mut ready).await?;
        Ok(self.press_at_once(ready).await)
    }

    /// The same at every company in one instant.
    async fn race_at_all(&mut self, amounts: &[Yen]) -> Result<Answer, WebError> {
        let mut ready = Vec::new();
        for company in COMPANIES {
            self.browser.turn_to(company);
            self.prepare(amounts, 1, &mut ready).await?;
        }
        Ok(self.press_at_once(ready).await)
    }

    /// Goes as far as the buttons that debit these amounts.
    async fn prepare(
        &mut self,
        amounts: &[Yen],
        times: usize,
        ready: &mut Vec<(Page, Form)>,
    ) -> Result<(), WebError> {
        for amount in amounts {
            let button = walk::wallet::prepare_top_up(&mut self.browser, *amount).await?;
            ready.extend(std::iter::repeat_n(button, times));
        }
        Ok(())
    }

    async fn press_at_once(&mut self, mut ready: Vec<(Page, Form)>) -> Answer {
        self.chance.shuffle(&mut ready);
        let answers = self.browser.submit_at_once(&ready).await;
        let now = self.world.now();
        self.world.tally.borrow_mut().victim_debited(now);
        got(answers.iter().any(http::StatusCode::is_redirection))
    }

    /// Presses the buttons of debits and of the wallet's stop in one instant.
    async fn race_a_stop(&mut self, amount: Yen) -> Result<Answer, WebError> {
        let debit = walk::wallet::prepare_top_up(&mut self.browser, amount).await?;
        let page = self.browser.open(&format!("{}/freeze", crate::world::WALLET)).await?;
        let form = page.form("/freeze")?;
        let answers = self.browser.submit_at_once(&[debit.clone(), (page, form), debit]).await;
        Ok(got(answers.iter().all(http::StatusCode::is_redirection)))
    }
}
