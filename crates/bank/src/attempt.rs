//! Attempts that the risk engine counts, kept for as long as they count: failures that a guesser
//! leaves behind, enrolments, links, debits.
//!
//! Each is one row, durable before the answer to it is given, so that a restart forgets none: a
//! bank that starts [recalls](Bank::recall_attempts) them into its risk engine, under the ids that
//! they were counted by. A row of something
//! that a rule held for says what was decided and of what. Values are
//! ids or blinded. Several nodes share the rows, and their counts where they share a journal
//! (`desk::counts`); a breaker that one of them opened holds at every one.

use std::io;

use jiff::Timestamp;
use kanuki_desk::{
    counts::{self, Recall, unheard},
    past::Past,
    recording::{self, Attempted, Recorded, RecordingError, Span},
};
use kanuki_domain::{
    Ctx,
    id::AttemptId,
    limits::{BREAKER_SECS, DAY_SECS, HOUR_SECS, MONTH_SECS, THROTTLE_SECS},
    mandate::later,
};
use kanuki_record::{Book, PAGE_MAX, RecordError, Unit, UnreadRow, record, vault::Vault};
use kanuki_risk::{
    Company, Event, Key, Kind, Policy, Record, Signal, WINDOW_SECS_MAX, shared::Unheard,
};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    breaker::{NEW_LINKS, partner_breaker},
};

/// So many failures of one network within an hour count bank-wide. The rest count for the network
/// alone: otherwise one of them could pause the bank.
const SHARE_OF_BLOCK: u64 = 5;

/// One attempt, as the engine saw it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// Its id.
    attempt_id: AttemptId,
    /// The hour it belongs to, for finding and forgetting.
    hour: i64,
    signals: Vec<Signal>,
    /// What was decided, where a rule held: whoever has it and the policy of its version comes to
    /// the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<Record>,
    /// What is kept for looking back, of a movement: a row of its own, written beside this one.
    #[serde(skip)]
    past: Option<Past>,
}

record! { Attempt => "attempt" by |a| a.attempt_id.to_string();
    many hour = |a| Some(hour_key(a.hour, a.counts_long()));
    many rule = |a| a.record.as_ref().and_then(Record::first_rule).map(str::to_owned);
    many held = |a| a.record.is_some().then(|| HELD.to_owned());
}

/// How the keys of hours begin that count for a month.
const LONG: &str = "link|";
/// Under which key everything is found that a rule held for.
const HELD: &str = "yes";
/// How long what a rule held for is kept, for whoever looks into it: as long as anything counts.
const HELD_SECS: i64 = WINDOW_SECS_MAX;

/// About so many signals are looked at again when two policies are compared.
const RECORDED_MAX: usize = 50_000;

/// Links and payouts are found apart from the rest: they count for a month, and there are few of
/// them.
fn hour_key(hour: i64, is_long: bool) -> String {
    if is_long { format!("{LONG}{hour}") } else { hour.to_string() }
}

/// So long an attempt is kept by any policy: a rule of tomorrow finds what happened today.
const fn least_secs(is_long: bool) -> i64 {
    if is_long { MONTH_SECS } else { DAY_SECS.saturating_mul(2) }
}

/// The hour of a row, and how long it is kept whatever the policy says, as its keys tell.
fn kept_at_least(row: &UnreadRow<Attempt>) -> Option<(i64, i64)> {
    let key = row.key("hour")?;
    let (hour, is_long) = key.strip_prefix(LONG).map_or((key, false), |hour| (hour, true));
    let least = if row.key("held").is_some() { HELD_SECS } else { least_secs(is_long) };
    Some((hour.parse().ok()?, least))
}

impl Attempt {
    /// What was decided, where a rule held.
    pub(crate) const fn record(&self) -> Option<&Record> {
        self.record.as_ref()
    }

    /// Of signals that are noted now, by this id, with what was decided about them.
    pub(crate) fn new(
        ctx: &Ctx<'_>,
        attempt_id: AttemptId,
        signals: Vec<Signal>,
        record: Option<Record>,
    ) -> Self {
        Self { attempt_id, hour: hour_of(ctx.now), signals, record, past: None }
    }

    /// The same of a movement, to be found when somebody looks back.
    pub(crate) fn of_movement(mut self, past: Past) -> Self {
        self.past = Some(past);
        self
    }

    /// Adds it to `unit`.
    pub(crate) fn keep(&self, unit: &mut Unit) {
        unit.insert(self);
        if let Some(past) = &self.past {
            unit.insert(past);
        }
    }

    /// How long it counts by `policy`, in seconds, and at least as long as it did by what ships.
    fn kept_secs(&self, policy: &Policy) -> i64 {
        let least = least_secs(self.counts_long());
        self.signals.iter().map(|signal| policy.counts_for(signal.kind)).fold(least, i64::max)
    }

    fn counts_long(&self) -> bool {
        let is_long = |kind| matches!(kind, Kind::LinkRequested | Kind::Payout);
        self.signals.iter().any(|signal| is_long(signal.kind))
    }
}

impl Attempted for Attempt {
    fn attempt_id(&self) -> AttemptId {
        self.attempt_id
    }

    fn signals(&self) -> &[Signal] {
        &self.signals
    }
}

/// Writes down what a bank kept of attempts in `span`, for `kanuki risk backtest` and `kanuki risk train`.
pub async fn write_recording(
    kept: (&Book, &Vault),
    ctx: &Ctx<'_>,
    by: &str,
    span: Span,
    to: &mut impl io::Write,
) -> Result<Recorded, RecordingError> {
    recording::write::<Attempt>(kept, ctx, by, span, to).await
}

/// A failure: what kind, whom it involves, what was typed.
#[derive(Clone, Debug)]
pub(crate) struct Failure<'a> {
    pub(crate) kind: Kind,
    pub(crate) keys: Vec<Key>,
    /// What was typed, and where; only if it could have been right.
    pub(crate) secret: Option<(&'static str, &'a str)>,
    /// There was something to guess: somebody had proven themself, or had been handed a code. What
    /// anybody can begin and type into by themself pauses nothing for everybody else.
    is_issued: bool,
}

impl<'a> Failure<'a> {
    pub(crate) const fn new(kind: Kind, keys: Vec<Key>) -> Self {
        Self { kind, keys, secret: None, is_issued: true }
    }

    /// With whether there was something to guess.
    pub(crate) const fn against(mut self, is_issued: bool) -> Self {
        self.is_issued = is_issued;
        self
    }

    /// With what was typed at `place`. A text that is no code of that place (four digits where ten
    /// are asked for) is a slip and not a guess: many people make the same one.
    pub(crate) fn typed(mut self, place: &'static str, text: &'a str, is_whole: bool) -> Self {
        self.secret = is_whole.then_some((place, text));
        self
    }
}

fn hour_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(HOUR_SECS)
}

/// Whether failures of this kind are what a thief who wants to link somebody's account leaves.
/// Guessed stop codes and junk for a sign-in page are not: pausing anything would not help.
const fn matters_for_links(kind: Kind) -> bool {
    matches!(kind, Kind::CodeRefused | Kind::LinkMismatch)
}

impl Bank {
    /// Counts a failure for everything that it involves, durably, and opens a breaker if it was one
    /// too many.
    pub(crate) async fn failed(
        &self,
        ctx: &Ctx<'_>,
        failure: Failure<'_>,
    ) -> Result<(), BankError> {
        let block = Key::Block(ctx.address_block.to_owned());
        let secret = failure.secret.map(|(place, text)| {
            Key::Secret(self.vault.blind("typed", format!("{place}|{text}").as_bytes()))
        });
        let mut keys = failure.keys.clone();
        keys.extend([block.clone(), self.address_key(ctx)]);
        keys.extend(secret.clone());
        let mut signals = vec![Signal::new(failure.kind, ctx.now, keys)];
        let partner = failure.keys.iter().find(|key| matches!(key, Key::Partner(_)));
        if failure.kind == Kind::LinkMismatch {
            let holder = failure.keys.iter().find(|key| matches!(key, Key::Person(_)));
            let keys = partner.into_iter().chain(holder).cloned().collect();
            signals.push(Signal::new(Kind::PartnerMismatch, ctx.now, keys));
        }
        if matters_for_links(failure.kind) {
            // Where the others are not heard, too few are known: then more counts bank-wide, not less.
            let _: Result<(), Unheard> = counts::hear(&self.risk).await;
            let so_far = self.risk.count(&block, Kind::Failed, ctx.now, HOUR_SECS);
            let is_new = self.is_new_network(ctx, &block).await?;
            let mut keys = vec![block];
            if failure.is_issued && is_new {
                if so_far < SHARE_OF_BLOCK && !ctx.address_block.is_empty() {
                    keys.push(Key::Everyone);
                }
                // Networks, not tries, so that one of them cannot make a code loud by itself.
                keys.extend(secret);
            }
            signals.push(Signal::new(Kind::Failed, ctx.now, keys));
        }
        self.keep(ctx, signals.clone()).await?;
        self.look(ctx, &signals, partner).await
    }

    /// Whether this network failed in nothing before the breaker closed last: those that were there
    /// when it opened do not open it again within a day, so that keeping it open wants ever more.
    async fn is_new_network(&self, ctx: &Ctx<'_>, block: &Key) -> Result<bool, BankError> {
        let Some(ended) = self.breaker_ended_at(NEW_LINKS).await? else { return Ok(true) };
        let since = ctx.now.duration_since(ended).as_secs().saturating_add(1);
        let within = |secs| self.risk.count(block, Kind::Failed, ctx.now, secs);
        Ok(within(DAY_SECS) <= within(since))
    }

    /// Shows signals to the engine, and keeps them with what it says of them.
    pub(crate) async fn keep(&self, ctx: &Ctx<'_>, signals: Vec<Signal>) -> Result<(), BankError> {
        let attempt = self.counted_together(ctx, signals).await;
        let mut unit = Unit::new();
        unit.insert(&attempt);
        Ok(self.book.commit(unit).await?)
    }

    /// Shows signals to the engine as one attempt, with what it says of the first for which a rule held.
    pub(crate) async fn counted_together(&self, ctx: &Ctx<'_>, signals: Vec<Signal>) -> Attempt {
        let (attempt_id, mut record) = (AttemptId::generate(ctx), None);
        for (number, signal) in (0..).zip(&signals) {
            debug_assert!(Company::Bank.may_send(signal), "not declared: {signal:?}");
            let attempt = (attempt_id.bits(), number);
            let decision = counts::decide_as(&self.risk, attempt, signal).await;
            if record.is_none() && !decision.is_plain() {
                record = Some(self.risk.record(signal, &decision));
            }
        }
        Attempt::new(ctx, attempt_id, signals, record)
    }

    /// Opens what a rule says must be open now.
    async fn look(
        &self,
        ctx: &Ctx<'_>,
        signals: &[Signal],
        partner: Option<&Key>,
    ) -> Result<(), BankError> {
        for signal in signals {
            let (id, secs) = match (signal.kind, partner) {
                (Kind::Failed, _) => (NEW_LINKS.to_owned(), BREAKER_SECS),
                (Kind::PartnerMismatch, Some(Key::Partner(client_id))) => {
                    (partner_breaker(client_id), THROTTLE_SECS)
                }
                _ => continue,
            };
            let since = self.breaker_ended_at(&id).await?;
            let decision = self.risk.judge_since(signal, ctx.now, since);
            // A network that fails a lot is refused by itself and opens nothing.
            if let Some(reason) = decision.reasons.iter().find(|r| r.rule != "failed-block") {
                self.open_breaker(ctx, &id, reason, secs).await?;
            }
        }
        Ok(())
    }

    /// Hears what other nodes noted, and fills the journal of counts where it was begun anew. Called
    /// by the worker; returns how many attempts were recalled.
    pub async fn refresh_counts(&self, now: Timestamp) -> Result<usize, BankError> {
        if self.risk.journal().is_none() {
            return Ok(0);
        }
        self.recall_attempts(now).await
    }

    /// Shows the engine what still counts: called once when a bank starts. Returns how many attempts
    /// were recalled; none where a journal that nodes share knows them.
    pub async fn recall_attempts(&self, now: Timestamp) -> Result<usize, BankError> {
        let Some(mut recall) = Recall::begin(&self.risk).await.map_err(unheard)? else {
            return Ok(0);
        };
        let mut recalled: usize = 0;
        // A rule of a week counts on over a restart, whatever ships.
        let policy = self.risk.policy();
        let longest = policy.longest_window();
        for is_long in [false, true] {
            let least = if is_long { MONTH_SECS } else { DAY_SECS };
            // What a rule held for is kept for longer than it counts.
            let counts = |signal: &Signal| {
                let secs = policy.counts_for(signal.kind).max(least).saturating_add(HOUR_SECS);
                now.duration_since(signal.at).as_secs() <= secs
            };
            let secs = least.max(longest);
            for back in (0..=secs.div_euclid(HOUR_SECS)).rev() {
                let hour = hour_key(hour_of(now).saturating_sub(back), is_long);
                let rows = self.book.every::<Attempt>("hour", &hour).await?;
                for attempt in rows.iter().filter(|row| row.signals.iter().any(counts)) {
                    let id = attempt.attempt_id.bits();
                    recall.add(id, &attempt.signals).await.map_err(unheard)?;
                    recalled = recalled.saturating_add(1);
                }
            }
        }
        recall.end().await.map_err(unheard)?;
        Ok(recalled)
    }

    /// What was decided where a rule held, newest first, at most a page.
    pub async fn decisions(&self) -> Result<Vec<Record>, BankError> {
        let newest = self.book.list::<Attempt>("held", HELD).await?;
        Ok(newest.into_iter().filter_map(|attempt| attempt.into_inner().record).collect())
    }

    /// All of it, oldest first.
    pub async fn every_decision(&self) -> Result<Vec<Record>, BankError> {
        let every = self.book.every::<Attempt>("held", HELD).await?;
        Ok(every.into_iter().filter_map(|attempt| attempt.into_inner().record).collect())
    }

    /// What was decided where this rule was the first to hold, newest first, at most a page.
    pub async fn decisions_of(&self, rule: &str) -> Result<Vec<Record>, BankError> {
        let newest = self.book.list::<Attempt>("rule", rule).await?;
        Ok(newest.into_iter().filter_map(|attempt| attempt.into_inner().record).collect())
    }

    /// The newest of what is kept, oldest first, with what became known; and from when on all of it is
    /// there: of a time before, movements are whole, and of the rest what a rule held for or still counts.
    pub(crate) async fn recorded(
        &self,
        now: Timestamp,
    ) -> Result<(Vec<Event>, Timestamp), RecordError> {
        let newest = recording::newest::<Attempt>(&self.book, now, (MONTH_SECS, RECORDED_MAX));
        Ok((newest.await?, later(now, least_secs(false).saturating_neg())))
    }

    /// Forgets attempts that no rule looks at any more. Called by the worker.
    pub async fn forget_attempts(&self, now: Timestamp) -> Result<usize, BankError> {
        let policy = self.risk.policy();
        let before = |secs: i64| hour_of(later(now, secs.saturating_neg()));
        let kept_from = before(least_secs(false));
        let (mut forgotten, mut after) = (0_usize, String::new());
        loop {
            // In the order in which they came.
            let page = self.book.scan_unread::<Attempt>(&after, PAGE_MAX).await?;
            if page.len() == 0 {
                return Ok(forgotten);
            }
            let kept =
                |a: &Attempt| if a.record.is_some() { HELD_SECS } else { a.kept_secs(&policy) };
            let is_over = |a: &Attempt| a.hour < before(kept(a));
            for row in page.by_keys() {
                row.id().clone_into(&mut after);
                let (hour, least) = kept_at_least(&row).unwrap_or((i64::MIN, 0));
                if hour >= kept_from {
                    // No rule has forgotten this one, nor any that came after it.
                    return Ok(forgotten);
                }
                if hour >= before(least) {
                    continue;
                }
                let attempt = row.read()?;
                if !is_over(&attempt) {
                    continue;
                }
                let mut unit = Unit::new();
                unit.delete(&attempt);
                match self.book.commit(unit).await {
                    Ok(()) => forgotten = forgotten.saturating_add(1),
                    // Another node forgot it at the same moment.
                    Err(RecordError::Conflict { .. } | RecordError::Absent { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
}
