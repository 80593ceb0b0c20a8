//! What a company kept of attempts, written down for `kanuki risk backtest` and `kanuki risk train`.
//!
//! A recording is made of attempts as the engine saw them (kept for as long as they count) and of
//! movements as they were decided about ([`Past`](crate::past::Past), kept for sixteen months), each once, in the order
//! in which they came. Whether one was a fraud is what became known since: [`Labels`]. **It names
//! nobody**: whatever belongs to a person is a keyed hash of a purpose of its own, the same in every
//! recording of one company and nowhere else.

mod labels;
mod newest;
mod rows;

use std::io;

use jiff::Timestamp;
use kanuki_domain::{Ctx, Yen, id::AttemptId};
use kanuki_record::{AuditEntry, Book, Record, RecordError, Unit, vault::Vault};
use kanuki_risk::{Event, Key, Signal};
use serde::Serialize;

use self::rows::{Attempt, Rows};
pub use self::{labels::Labels, newest::newest};

/// A company's row of an attempt.
pub trait Attempted: Record {
    /// By which id it was counted.
    fn attempt_id(&self) -> AttemptId;
    /// What the engine saw.
    fn signals(&self) -> &[Signal];
}

/// From when on, and up to which instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant that is no part of it.
    pub until: Timestamp,
}

/// What is in a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// Signals.
    pub events: u64,
    /// Of these, what moved money or would have.
    pub movements: u64,
    /// Of these, frauds as far as is known.
    pub frauds: u64,
    /// Yen of these.
    pub fraud_yen: Yen,
    /// When the first one came.
    pub first: Option<Timestamp>,
    /// When the last one came.
    pub last: Option<Timestamp>,
}

/// Why there is no recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// A record could not be read, or the audit entry not be kept.
    #[error("the records could not be read")]
    Record(#[from] RecordError),
    /// An event has no text.
    #[error("an event cannot be written down")]
    Text(#[from] serde_json::Error),
    /// Wherever it goes to takes no more.
    #[error("the recording cannot be written")]
    Write(#[from] io::Error),
}

/// Writes a line for each signal of `span`. That `by` takes it is in the audit log before the first line.
pub async fn write<A: Attempted>(
    (book, vault): (&Book, &Vault),
    ctx: &Ctx<'_>,
    by: &str,
    span: Span,
    to: &mut impl io::Write,
) -> Result<Recorded, RecordingError> {
    let mut unit = Unit::new();
    unit.audit(
        AuditEntry::new(ctx.now, by, "recording.made", "risk")
            .with("from", span.from)
            .with("until", span.until),
    );
    book.commit(unit).await?;
    let labels = Labels::of(book).await?;
    let mut rows = Rows::<A>::from(book, span.from);
    let mut recorded = Recorded::default();
    while let Some(together) = rows.next_instant(span.until).await? {
        for Attempt { signal, about } in together {
            if signal.at < span.from || signal.at >= span.until {
                continue;
            }
            let is_fraud = labels.is_fraud(&signal, about.as_deref());
            recorded.add(&signal, is_fraud);
            let event = Event { signal: blinded(vault, signal), is_fraud };
            writeln!(to, "{}", event.to_line()?)?;
        }
    }
    to.flush()?;
    Ok(recorded)
}

impl Recorded {
    fn add(&mut self, signal: &Signal, is_fraud: bool) {
        self.events = self.events.saturating_add(1);
        self.movements = self.movements.saturating_add(u64::from(!signal.amount.is_zero()));
        if is_fraud {
            self.frauds = self.frauds.saturating_add(1);
            self.fraud_yen = self.fraud_yen.plus(signal.amount).unwrap_or(Yen::MAX);
        }
        self.first = self.first.or(Some(signal.at));
        self.last = Some(signal.at);
    }
}

/// The same, of nobody. What is no person's (a partner, a shop, a domain) stays readable, so that
/// rules that name it hold.
fn blinded(vault: &Vault, signal: Signal) -> Signal {
    let hidden = |key: Key| match key {
        Key::Partner(_) | Key::Merchant(_) | Key::EmailDomain(_) | Key::Everyone => key,
        Key::Account(_)
        | Key::Person(_)
        | Key::Wallet(_)
        | Key::Device(_)
        | Key::Block(_)
        | Key::Secret(_)
        | Key::Address(_)
        | Key::Phone(_)
        | Key::Email(_)
        | Key::Payee(_) => {
            let value = key.value();
            // A key without a value is nobody's, and stays so. A payee is a wallet by another name.
            if value.is_empty() {
                key
            } else {
                Key::of(key.subject(), vault.blind("recording", value.as_bytes()))
            }
        }
    };
    Signal { keys: signal.keys.into_iter().map(hidden).collect(), ..signal }
}
