//! What the wallet tells its risk engine, and where it listens to it.
//!
//! Each attempt is a row, durable before the answer to it is given, so that a restart forgets none:
//! a wallet that starts [recalls](Wallet::recall_attempts) those of the last month, and of longer where
//! a rule in force looks back further. A row of
//! something that a rule held for says what was decided and of what. Money in is looked at in
//! `topup`, money out in `outgoing`, wallets and sign-ins in `account`.

mod account;
mod challenge;
mod freeze;
mod open;
mod outgoing;
mod topup;

use std::io;

use jiff::Timestamp;
use kanuki_desk::{
    counts::{self, Recall, unheard},
    past::Past,
    recording::{self, Attempted, Recorded, RecordingError, Span},
    rule,
};
use kanuki_domain::{
    Ctx,
    id::AttemptId,
    limits::{HOUR_SECS, MONTH_SECS},
};
use kanuki_record::{Book, RecordError, Unit, record, vault::Vault};
use kanuki_risk::{Company, Decision, Event, Outcome, Policy, Record, Signal, WINDOW_SECS_MAX};
use serde::{Deserialize, Serialize};

pub use account::Browser;
pub(crate) use freeze::FreezeOrder;
pub(crate) use outgoing::{Leaving, To, reaching};
pub(crate) use topup::account_key;

use crate::{Wallet, WalletError};

/// Under which key everything is found that a rule held for.
const HELD: &str = "yes";

/// About so many signals are looked at again when two policies are compared.
const RECORDED_MAX: usize = 50_000;

/// One attempt, as the engine saw it. Values are ids or blinded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// Its id.
    attempt_id: AttemptId,
    /// The hour it belongs to, for finding it again.
    hour: i64,
    signal: Signal,
    /// What was decided, where a rule held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<Record>,
    /// Which payment it asked a proof of, before that was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    challenge: Option<String>,
}

record! { Attempt => "attempt" by |a| a.attempt_id.to_string();
    many hour = |a| Some(a.hour.to_string());
    many rule = |a| a.record.as_ref().and_then(Record::first_rule).map(str::to_owned);
    many held = |a| a.record.is_some().then(|| HELD.to_owned());
    unique challenge = |a| a.challenge.clone();
}

impl Attempt {
    /// True once no rule of `policy` looks at it any more; what a rule held for is kept longer, for
    /// whoever looks into it.
    pub(crate) fn is_over(&self, now: Timestamp, policy: &Policy) -> bool {
        let counts_for = policy.counts_for(self.signal.kind).max(MONTH_SECS);
        let kept = if self.record.is_some() { WINDOW_SECS_MAX } else { counts_for };
        now.duration_since(self.signal.at).as_secs() > kept
    }
}

impl Attempted for Attempt {
    fn attempt_id(&self) -> AttemptId {
        self.attempt_id
    }

    fn signals(&self) -> &[Signal] {
        std::slice::from_ref(&self.signal)
    }
}

/// Writes down what a wallet kept of attempts in `span`, for `kanuki risk backtest` and
/// `kanuki risk train`.
pub async fn write_recording(
    kept: (&Book, &Vault),
    ctx: &Ctx<'_>,
    by: &str,
    span: Span,
    to: &mut impl io::Write,
) -> Result<Recorded, RecordingError> {
    recording::write::<Attempt>(kept, ctx, by, span, to).await
}

fn hour_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(HOUR_SECS)
}

/// What follows from a decision, where the engine is obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    outcome: Outcome,
    hold_secs: i64,
}

impl Verdict {
    /// What follows from both: the harsher, and the longer wait.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            outcome: self.outcome.max(other.outcome),
            hold_secs: self.hold_secs().max(other.hold_secs()),
        }
    }

    /// True where nothing may move, now or after a wait.
    pub(crate) fn is_refusal(self) -> bool {
        self.outcome > Outcome::Hold
    }

    /// True where what is asked for does not go on as it came: a no of whatever can neither wait nor be
    /// signed for.
    pub(crate) fn is_no(self) -> bool {
        self.outcome > Outcome::Approve
    }

    /// True where the wallet is stopped as well.
    pub(crate) fn is_freeze(self) -> bool {
        self.outcome == Outcome::Freeze
    }

    /// True where a passkey must have signed for it.
    pub(crate) fn asks_for_proof(self) -> bool {
        self.outcome == Outcome::Challenge
    }

    /// How long it waits, in seconds; 0: not at all.
    pub(crate) fn hold_secs(self) -> i64 {
        if self.outcome == Outcome::Hold { self.hold_secs } else { 0 }
    }
}

/// What is known of a signal beside itself.
#[derive(Debug, Default)]
struct Beside<'a> {
    /// The movement that it is, which is kept for whoever looks back.
    about: Option<&'a str>,
    /// The payment that it asks a proof of.
    challenge: Option<String>,
}

impl Wallet {
    /// Notes `signal` and decides about it; `unit` keeps both, and tells the desk where a rule says
    /// so.
    pub(crate) async fn weigh(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        signal: Signal,
    ) -> Result<Verdict, WalletError> {
        self.weigh_as(ctx, unit, signal, Beside::default()).await
    }

    /// The same of a movement, which is kept for whoever looks back.
    pub(crate) async fn weigh_movement(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (signal, about): (Signal, String),
    ) -> Result<Verdict, WalletError> {
        let beside = Beside { about: Some(&about), ..Beside::default() };
        self.weigh_as(ctx, unit, signal, beside).await
    }

    async fn weigh_as(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        signal: Signal,
        Beside { about, challenge }: Beside<'_>,
    ) -> Result<Verdict, WalletError> {
        debug_assert!(Company::Wallet.may_send(&signal), "not declared: {signal:?}");
        let attempt_id = AttemptId::generate(ctx);
        let decision = counts::decide(&self.risk, attempt_id.bits(), &signal).await;
        let record = (!decision.is_plain()).then(|| self.risk.record(&signal, &decision));
        if decision.outcome > Outcome::Approve {
            tracing::warn!(kind = signal.kind.name(), outcome = decision.outcome.name(), "risk");
        }
        let verdict = self.obeyed(&decision);
        match &record {
            Some(record) if verdict.hold_secs() > 0 && open::leaves(signal.kind) => {
                rule::open_case(&self.book, ctx, unit, record).await?;
            }
            record => rule::tell_desk(&self.book, ctx, unit, record.as_ref()).await?,
        }
        if verdict.is_freeze() {
            freeze::order(ctx, unit, record.as_ref());
        }
        if let Some(about) = about {
            unit.insert(&Past::of(ctx, (attempt_id, about), &signal, &decision));
        }
        let hour = hour_of(ctx.now);
        unit.insert(&Attempt { attempt_id, hour, signal, record, challenge });
        Ok(verdict)
    }

    /// Notes what became known at once, in `unit`: nobody is refused for it, and staff are told of the
    /// first for which a rule says so.
    pub(crate) async fn note_together(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        signals: Vec<Signal>,
    ) -> Result<(), WalletError> {
        let (hour, mut told) = (hour_of(ctx.now), None);
        for signal in signals {
            debug_assert!(Company::Wallet.may_send(&signal), "not declared: {signal:?}");
            let attempt_id = AttemptId::generate(ctx);
            let decision = counts::decide(&self.risk, attempt_id.bits(), &signal).await;
            let record = (!decision.is_plain()).then(|| self.risk.record(&signal, &decision));
            told = told.or_else(|| record.clone());
            unit.insert(&Attempt { attempt_id, hour, signal, record, challenge: None });
        }
        Ok(rule::tell_desk(&self.book, ctx, unit, told.as_ref()).await?)
    }

    /// What would follow from `signal`, which is not noted: before a page is shown.
    pub(crate) fn foresee(&self, signal: &Signal) -> Verdict {
        self.obeyed(&self.risk.foresee(signal))
    }

    fn obeyed(&self, decision: &Decision) -> Verdict {
        if !self.rules.listens_to_risk() {
            return Verdict { outcome: Outcome::Approve, hold_secs: 0 };
        }
        let hold_secs = decision.hold_secs.unwrap_or_default();
        Verdict { outcome: decision.outcome, hold_secs }
    }

    /// What was decided where a rule held, newest first, at most a page.
    pub async fn decisions(&self) -> Result<Vec<Record>, WalletError> {
        let newest = self.book.list::<Attempt>("held", HELD).await?;
        Ok(newest.into_iter().filter_map(|attempt| attempt.into_inner().record).collect())
    }

    /// All of it, oldest first.
    pub async fn every_decision(&self) -> Result<Vec<Record>, WalletError> {
        let every = self.book.every::<Attempt>("held", HELD).await?;
        Ok(every.into_iter().filter_map(|attempt| attempt.into_inner().record).collect())
    }

    /// What was decided where this rule was the first to hold, newest first, at most a page.
    pub async fn decisions_of(&self, rule: &str) -> Result<Vec<Record>, WalletError> {
        let newest = self.book.list::<Attempt>("rule", rule).await?;
        Ok(newest.into_iter().filter_map(|attempt| attempt.into_inner().record).collect())
    }

    /// The newest of what is kept, oldest first, with what became known: all of a month is there.
    pub(crate) async fn recorded(&self, now: Timestamp) -> Result<Vec<Event>, RecordError> {
        recording::newest::<Attempt>(&self.book, now, (MONTH_SECS, RECORDED_MAX)).await
    }

    /// Hears what other nodes noted, and fills the journal of counts where it was begun anew. Called
    /// by the worker; returns how many attempts were recalled.
    pub async fn refresh_counts(&self, now: Timestamp) -> Result<usize, WalletError> {
        if self.risk.journal().is_none() {
            return Ok(0);
        }
        self.recall_attempts(now).await
    }

    /// Shows the engine what still counts: called once when a wallet starts. Returns how many attempts
    /// were recalled; none where a journal that nodes share knows them.
    pub async fn recall_attempts(&self, now: Timestamp) -> Result<usize, WalletError> {
        let Some(mut recall) = Recall::begin(&self.risk).await.map_err(unheard)? else {
            return Ok(0);
        };
        let mut recalled: usize = 0;
        let secs = self.risk.policy().longest_window().max(MONTH_SECS);
        for back in (0..=secs.div_euclid(HOUR_SECS)).rev() {
            let hour = hour_of(now).saturating_sub(back).to_string();
            for attempt in self.book.every::<Attempt>("hour", &hour).await? {
                let signals = std::slice::from_ref(&attempt.signal);
                recall.add(attempt.attempt_id.bits(), signals).await.map_err(unheard)?;
                recalled = recalled.saturating_add(1);
            }
        }
        recall.end().await.map_err(unheard)?;
        Ok(recalled)
    }
}
