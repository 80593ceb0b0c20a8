//! What the wallet does without being asked: drives what a crash or a lost answer left half way,
//! ends what has run out, tells banks, hands messages over, forgets what is over.
//!
//! `cli` calls [`tick`] on an interval, the lab on its simulated clock. Every step can be repeated,
//! and several nodes may run it at once.

mod messages;

use kanuki_desk::{
    drift, exchange, lookback, past,
    signal::{
        caution,
        gravity::Full,
        line::LineWatch,
        queue::{Heard, TURN_SECS, side_by_side},
    },
    tally,
};
use kanuki_domain::{Ctx, id::CustomerId};
use kanuki_site::{courier::Courier, risk::room, signals};
use kanuki_wallet::{PartnerBank, WalletError, close::Step};

pub use self::messages::Catalog;
use crate::WalletState;

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Movements that were driven on, as far as they go now.
    pub driven: usize,
    /// Of these, how many have to be tried again.
    pub failed: usize,
    /// Events that a bank acknowledged.
    pub events: usize,
    /// Messages that left.
    pub messages: usize,
}

/// One pass of everything, messages last.
pub async fn tick(state: &WalletState, courier: &dyn Courier) -> Ticked {
    let driven = drive(state).await;
    let events = tell(state).await;
    compare(state).await;
    Ticked { events, messages: post(state, courier).await, ..driven }
}

/// Tells banks what is due to them, all of them side by side; how many events were acknowledged.
/// Apart from [`drive`]: a bank that takes the call and never answers keeps whoever tells it
/// waiting, and neither money nor another bank may wait for that.
pub async fn tell(state: &WalletState) -> usize {
    noted("events", state.wallet.queue_events().await);
    let banks = noted("events", state.wallet.partners().await);
    let turns =
        banks.iter().map(|bank| async move { noted("events", tell_bank(state, bank).await) });
    side_by_side(turns.collect()).await.into_iter().fold(0, usize::saturating_add)
}

/// One bank's turn: pushes what is due to it until it does not answer or its time is over, and no more of
/// what it has no room for; says how many were acknowledged.
async fn tell_bank(state: &WalletState, bank: &PartnerBank) -> Result<usize, WalletError> {
    let mut acknowledged = 0_usize;
    let began = state.site.world.moment("");
    let mut full = Full::default();
    for event in state.wallet.due_events(&began.ctx(), bank).await? {
        let gravity = event.gravity();
        if full.is_for(gravity) {
            continue;
        }
        let heard = state.wallet.push_event(&began.ctx(), bank, &event).await;
        full.note(gravity, heard);
        // Each at its own moment: the answer may have been long in coming.
        let moment = state.site.world.moment("");
        let ctx = moment.ctx();
        if let Err(error) = state.wallet.event_pushed(&ctx, event, heard).await {
            tracing::warn!(%error, "a push was not noted; it comes again");
        } else if heard == Heard::Taken {
            acknowledged = acknowledged.saturating_add(1);
        }
        let lasted = ctx.now.duration_since(began.ctx().now).as_secs();
        if heard == Heard::Silent || lasted >= TURN_SECS {
            break;
        }
    }
    Ok(acknowledged)
}

/// Hands messages over; how many left. Apart from [`drive`], because a mail server that is silent
/// keeps whoever asks it waiting, and no top-up may wait for that.
pub async fn post(state: &WalletState, courier: &dyn Courier) -> usize {
    let moment = state.site.world.moment("");
    noted("messages", messages::deliver(state, &moment.ctx(), courier).await)
}

/// One pass of everything but messages, events and lists. What fails is logged and comes again; one thing failing does
/// not stop the others.
pub async fn drive(state: &WalletState) -> Ticked {
    let moment = state.site.world.moment("");
    let ctx = moment.ctx();
    crate::lead_to_banks(state).await;
    noted("policy", state.wallet.refresh_policy().await);
    noted("counts", state.wallet.refresh_counts(ctx.now).await);
    noted("lists", state.wallet.refresh_watched().await);
    noted("drift", drift::keep(&state.wallet.book, &state.wallet.risk, &ctx).await);
    let now = || state.site.world.moment("").ctx().now;
    let is_over = || now().duration_since(ctx.now).as_secs() >= TURN_SECS;
    let open = noted("movements", state.wallet.recover_in_turns(&ctx, &is_over).await);
    let ended = noted("expiry", state.wallet.expire(&ctx).await);
    Ticked {
        driven: open.driven.saturating_add(ended.driven),
        failed: open.failed.saturating_add(ended.failed),
        ..Ticked::default()
    }
}

/// Compares a few more people with the lists that came. Apart from [`drive`]: it opens the facts of each of them,
/// and no payout may wait for that.
pub async fn compare(state: &WalletState) {
    let moment = state.site.world.moment("");
    let ctx = moment.ctx();
    noted("screening", state.wallet.screen_again(&ctx).await);
    noted("lists of leaks", state.wallet.search_leaks(&ctx).await);
    noted("leaks let go", state.wallet.let_go_leaks(&ctx).await);
    noted("looking back", lookback::step(state.wallet.lookbacks(), &ctx).await);
    noted("the month", tally::step(&state.wallet.book).await);
}

/// Fetches what a bank told us and pushing did not bring; how many events. Once an hour is enough.
pub async fn listen(state: &WalletState) -> usize {
    let moment = state.site.world.moment("");
    noted("fetched events", state.wallet.listen(&moment.ctx()).await)
}

/// Asks banks whether their line to us lives, each about once an hour, and about whom staff or a proof ask (CL-01), and says in the metrics how much
/// the engine remembers; how many lines were asked. Twice a minute is often enough, and apart from all else: a bank may be silent.
pub async fn ask_lines(state: &WalletState) -> usize {
    room::count(&state.site.metrics, &state.wallet.risk.rooms());
    let mut asked = 0_usize;
    for bank in &noted("lines", state.wallet.partners().await) {
        // Each at its own moment: the one before may have been silent for long.
        let moment = state.site.world.moment("");
        let was_asked = noted("lines", state.wallet.ask_line(&moment.ctx(), bank).await);
        asked = asked.saturating_add(usize::from(was_asked));
    }
    let lines = noted("lines", state.wallet.lines().await);
    signals::count_lines(&state.site, lines.iter().map(LineWatch::lives));
    let moment = state.site.world.moment("");
    noted("questions about frauds", state.wallet.ask_exchange(&moment.ctx()).await);
    asked
}

/// Changes keys that are due, forgets sessions, ceremonies, trips and replay notes that are over and records whose years are over, tells of links that end soon and of reviews that nobody made, returns what nobody claimed, closes wallets whose owners want it, and counts who has no passkey (FT-32). Once an
/// hour is enough.
pub async fn sweep(state: &WalletState) -> usize {
    let moment = state.site.world.moment("");
    let ctx = moment.ctx();
    let now = ctx.now;
    noted("bank keys", state.wallet.turn_bank_keys(&ctx).await);
    let without = noted("share", state.wallet.count_without_passkey().await);
    let help = "Wallets whose customers sign in without a passkey";
    let without = i64::try_from(without).unwrap_or(i64::MAX);
    state.site.metrics.gauge("customers_without_passkey", help, &[], without);
    let swept = [
        noted("sessions", state.site.sessions.sweep(now).await),
        noted("ceremonies", state.site.ceremonies.sweep(now).await),
        noted("trips", state.wallet.forget(&ctx).await),
        noted("ends", state.wallet.tell_of_ends(&ctx).await),
        noted("reviews", state.wallet.open_review_cases(&ctx).await),
        noted("the past", past::forget(&state.wallet.book, now).await),
        noted("what partners said", exchange::forget(&state.wallet.book, now).await),
        noted("days of a model", drift::forget(&state.wallet.book, now).await),
        noted("care", caution::forget(&state.wallet.book, now).await),
        noted("reports of those hit", lookback::join_cases(&state.wallet.book, &ctx).await),
        noted("money by link", state.wallet.expire_every(&ctx).await),
        noted("what is due", state.wallet.forget_due(&ctx).await),
        close_wallets(state).await,
    ];
    swept.into_iter().fold(0, usize::saturating_add)
}

/// Takes every closing of a wallet as far as it goes now; how many ended. Twice a minute is often enough, and
/// apart from all else: a bank may be silent.
pub async fn close_wallets(state: &WalletState) -> usize {
    let mut closed = 0_usize;
    for id in noted("closings", state.wallet.closings().await) {
        // One that waits for its bank keeps nobody else waiting.
        let moment = state.site.world.moment("");
        let is_closed = noted("a closing", close_wallet(state, &moment.ctx(), id).await);
        closed = closed.saturating_add(usize::from(is_closed));
    }
    closed
}

/// Whoever is signed in to a wallet that ends is signed out before, so that a crash leaves nobody in, and
/// after, for whoever came meanwhile.
async fn close_wallet(
    state: &WalletState,
    ctx: &Ctx<'_>,
    id: CustomerId,
) -> Result<bool, WalletError> {
    if state.wallet.drive_closing(ctx, id).await? != Step::Ready {
        return Ok(false);
    }
    let subject = id.to_string();
    state.site.sessions.end_all(&subject).await?;
    let is_closed = state.wallet.finish_closing(ctx, id).await?;
    state.site.sessions.end_all(&subject).await?;
    Ok(is_closed)
}

fn noted<T: Default, E: std::fmt::Display>(what: &'static str, done: Result<T, E>) -> T {
    done.unwrap_or_else(|error| {
        tracing::warn!(%error, what, "a worker's pass was cut short");
        T::default()
    })
}
