//! What the bank does without being asked: drives what a crash or a lost answer left half way,
//! pushes events, hands messages over, ages mandates, forgets what is over.
//!
//! `cli` calls [`tick`] on an interval, the lab on its simulated clock. Every step can be repeated,
//! and several nodes may run it at once.

mod events;
mod lines;
mod listen;
mod messages;
mod month;
mod pings;

use std::pin::Pin;

use kanuki_bank::replay;
use kanuki_desk::{
    drift, exchange, lookback, past,
    signal::{caution, queue::side_by_side},
    tally,
};
use kanuki_site::{courier::Courier, risk::room};

pub use self::messages::Catalog;
use crate::BankState;

/// How many things one pass moved; zero everywhere means that nothing is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Debits, payouts, open items, openings of kill switches, lists, stops that the core cut short,
    /// stops of contracts made elsewhere, letters, changes of contacts and notices of delegates' acts
    /// that were driven on.
    pub driven: usize,
    /// Events that a partner acknowledged.
    pub events: usize,
    /// Messages that left.
    pub messages: usize,
    /// Mandates that lapsed or whose caps changed.
    pub aged: usize,
}

type Turn<'a> = Pin<Box<dyn Future<Output = usize> + Send + 'a>>;

/// One pass of everything, messages last.
pub async fn tick(state: &BankState, courier: &dyn Courier) -> Ticked {
    let driven = drive(state).await;
    let events = tell(state).await;
    compare(state).await;
    Ticked { events, messages: post(state, courier).await, ..driven }
}

/// Tells partners what is due to them, all of them side by side; how many events were acknowledged.
/// Apart from [`drive`]: a partner that takes the call and never answers keeps whoever tells it
/// waiting, and neither money nor another partner may wait for that.
pub async fn tell(state: &BankState) -> usize {
    noted("events", state.bank.queue_events().await);
    let partners = state.bank.partners().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "nobody is told now");
        Vec::new()
    });
    let mut turns: Vec<Turn<'_>> = vec![Box::pin(async move {
        let moment = state.site.world.moment("");
        noted("pings", pings::send(state, &moment.ctx()).await);
        0
    })];
    for partner in &partners {
        turns.push(Box::pin(async move { noted("events", events::push(state, partner).await) }));
    }
    side_by_side(turns).await.into_iter().fold(0, usize::saturating_add)
}

/// Hands messages over; how many left. Apart from [`drive`], because a mail server that is silent
/// keeps whoever asks it waiting, and no debit may wait for that.
pub async fn post(state: &BankState, courier: &dyn Courier) -> usize {
    let moment = state.site.world.moment("");
    noted("messages", messages::deliver(state, &moment.ctx(), courier).await)
}

/// One pass of everything but messages, events and lists. What fails is logged and comes again; one thing failing does
/// not stop the others.
pub async fn drive(state: &BankState) -> Ticked {
    let moment = state.site.world.moment("");
    let ctx = moment.ctx();
    crate::lead_to_partners(state).await;
    noted("policy", state.bank.refresh_policy().await.map(usize::from));
    noted("counts", state.bank.refresh_counts(ctx.now).await);
    noted("watched", state.bank.refresh_watched().await);
    noted("drift", drift::keep(&state.bank.book, &state.bank.risk, &ctx).await);
    let debits = noted("debits", state.bank.recover_debits(&ctx).await);
    let credits = noted("credits", state.bank.recover_credits(&ctx).await);
    let claims = noted("claims", state.bank.recover_claims(&ctx).await);
    let items = noted("open items", state.bank.end_open_items(&ctx).await);
    noted("caps on payouts", state.bank.move_payout_caps(&ctx).await);
    let aged = noted("mandates", state.bank.age_mandates(&ctx).await);
    let codes = noted("codes by letter", state.bank.write_enrolment_letters(&ctx).await);
    let contacts = noted("contacts", state.bank.recover_contact_changes(&ctx).await);
    let opened = noted("openings", state.bank.finish_openings(&ctx).await);
    noted("stops that are told", state.bank.tell_stops(&ctx).await);
    noted("screening holds", state.bank.finish_holds(&ctx).await);
    let lists = noted("lists", state.bank.drive_imports(&ctx).await);
    let orders = noted("stops that wait", state.bank.drive_stop_orders(&ctx).await);
    let stops = noted("stops", state.bank.drive_contract_stops(&ctx).await);
    let letters = noted("letters", state.bank.write_contract_letters(&ctx).await);
    let months = noted("letters of the month", state.bank.write_monthly_letters(&ctx).await);
    let late = noted("acts of delegates", state.bank.tell_late_acts(&ctx).await);
    let driven = [
        months, late, debits, credits, claims, items, opened, codes, contacts, lists, orders,
        stops, letters,
    ];
    let driven = driven.into_iter().fold(0, usize::saturating_add);
    Ticked { driven, aged, ..Ticked::default() }
}

/// Compares a few more people with the lists that came. Apart from [`drive`]: it asks the core for each of them,
/// and no debit may wait for that.
pub async fn compare(state: &BankState) {
    let moment = state.site.world.moment("");
    let ctx = moment.ctx();
    noted("screening", state.bank.screen_again(&ctx).await);
    noted("lists of leaks", state.bank.search_leaks(&ctx).await);
    noted("leaks let go", state.bank.let_go_leaks(&ctx).await);
    noted("looking back", lookback::step(state.bank.lookbacks(), &ctx).await);
    noted("the month", tally::step(&state.bank.book).await);
}

/// Fetches what partners told us and pushing did not bring; how many events. Once an hour is enough.
pub async fn listen(state: &BankState) -> usize {
    let moment = state.site.world.moment("");
    noted("fetched events", listen::fetch(state, &moment.ctx()).await)
}

/// Asks partners whether their line to us lives, each about once an hour, and about whom staff or a proof ask (CL-01), and says in the metrics how much
/// the engine remembers; how many lines were asked. Twice a minute is often enough, and apart from all else: a partner may be silent.
pub async fn ask_lines(state: &BankState) -> usize {
    room::count(&state.site.metrics, &state.bank.risk.rooms());
    let asked = noted("lines", lines::ask(state).await);
    let moment = state.site.world.moment("");
    let settled = exchange::step(state.bank.exchanges(), &moment.ctx(), state).await;
    noted("questions about frauds", settled);
    asked
}

/// Looks after partners' keys, reminds of delegations and reviews, and forgets sessions, ceremonies and used ids that are over, and
/// records whose years are over. Once an hour is enough.
pub async fn sweep(state: &BankState) -> usize {
    let moment = state.site.world.moment("");
    let now = moment.ctx().now;
    noted("partners' keys", crate::oauth::partner_keys::refresh(state, &moment.ctx()).await);
    noted("every mandate", state.bank.age_every_mandate(&moment.ctx()).await);
    noted("contracts", state.bank.count_contracts(&moment.ctx()).await.map(|_| 0));
    let swept = [
        noted("sessions", state.site.sessions.sweep(now).await),
        noted("ceremonies", state.site.ceremonies.sweep(now).await),
        noted("replay", replay::sweep(&state.bank.book, now).await),
        noted("delegations", state.bank.remind_of_delegations(&moment.ctx()).await),
        noted("reviews", state.bank.open_review_cases(&moment.ctx()).await),
        noted("card trips", state.bank.sweep_card_errands(&moment.ctx()).await),
        noted("app trips", state.bank.sweep_app_errands(&moment.ctx()).await),
        noted("attempts", state.bank.forget_attempts(now).await),
        noted("the past", past::forget(&state.bank.book, now).await),
        noted("what partners said", exchange::forget(&state.bank.book, now).await),
        noted("days of a model", drift::forget(&state.bank.book, now).await),
        noted("care", caution::forget(&state.bank.book, now).await),
        noted("reports of those hit", lookback::join_cases(&state.bank.book, &moment.ctx()).await),
        noted("what is over", state.bank.forget_over(now).await),
        noted("what is due", state.bank.forget_due(&moment.ctx()).await),
    ];
    swept.into_iter().fold(0, usize::saturating_add)
}

fn noted<E: std::fmt::Display>(what: &'static str, done: Result<usize, E>) -> usize {
    done.unwrap_or_else(|error| {
        tracing::warn!(%error, what, "a worker's pass was cut short");
        0
    })
}
