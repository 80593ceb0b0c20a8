//! What was used once and must not be used again: `jti`s of assertions, proofs and events.
//!
//! A row with a unique id, in the shared store: a set in one process would let another node accept
//! the same proof.
//!
//! Where a token says how long it is good, its row stands at that time, with a digest of its name. A
//! second use has the same bytes and so the same row; rows of one moment stand together, which costs a
//! page for many of them where names alone, which are random, cost a page for each; and what is over
//! is swept from the front. [`Names`] refuses another token under the same name.

mod names;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use kanuki_domain::{Ctx, mandate::later};
use kanuki_record::{Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use names::Names;

/// One thing that was used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Replay {
    /// Until when a token was good and the digest of its name; of what has no such time, kind, who and
    /// what: `set|client|jti`.
    pub replay_id: String,
    /// The day it can be forgotten, where its id does not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forget_on: Option<String>,
    /// What an event said, so that another one under its name is no repetition of it; rows from before do not
    /// say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

record! { Replay => "replay" by |r| r.replay_id.clone();
    loose forget_on = |r| r.forget_on.clone();
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// How long after its end a token is remembered, which it is refused by anyway: clocks are set back.
const KEEP_SECS: i64 = 2 * 86_400;

/// Event tokens have no end of their own: they are remembered for longer than any mandate's dispute
/// is.
fn keep_secs(kind: &str) -> i64 {
    if kind == "set" { 400 * 86_400 } else { KEEP_SECS }
}

/// A signed token that is good for one use.
pub(crate) struct Token<'a> {
    /// What for.
    pub(crate) kind: &'static str,
    /// Who signed it.
    pub(crate) who: &'a str,
    /// What they called it (`jti`).
    pub(crate) jti: &'a str,
    /// The second after which it is refused by its own word. All of it follows from the token alone.
    pub(crate) good_until: i64,
}

impl Token<'_> {
    fn name(&self) -> names::Name {
        let mut digest = Sha256::new();
        for part in [self.kind, self.who, self.jti] {
            // With its length, so that two names are never one text.
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
        let digest: [u8; 32] = digest.finalize().into();
        digest.first_chunk().copied().unwrap_or_default()
    }
}

/// How ids of tokens begin that were good until `second`: in the order of time, before all others.
fn standing(second: i64) -> String {
    format!("{:010}", second.max(0))
}

impl Replay {
    /// The use of `what` now.
    pub(crate) fn of(ctx: &Ctx<'_>, kind: &str, who: &str, what: &str) -> Self {
        Self {
            replay_id: format!("{kind}|{who}|{what}"),
            forget_on: Some(day(later(ctx.now, keep_secs(kind)))),
            said: None,
        }
    }

    /// The same, of what said this.
    pub(crate) fn saying(self, digest: String) -> Self {
        Self { said: Some(digest), ..self }
    }

    /// The use of `token` now, unless `names` knows another one under its name.
    pub(crate) fn of_token(ctx: &Ctx<'_>, names: &Names, token: &Token<'_>) -> Option<Self> {
        let name = token.name();
        let digest = BASE64_URL_SAFE_NO_PAD.encode(name);
        let replay_id = format!("{}|{digest}", standing(token.good_until));
        let stands = names.stands_for(ctx.now, name, token.good_until);
        stands.then_some(Self { replay_id, forget_on: None, said: None })
    }

    /// Notes it; false if it was noted before.
    pub(crate) async fn note(&self, book: &Book) -> Result<bool, RecordError> {
        let mut unit = Unit::new();
        unit.insert(self);
        match book.commit(unit).await {
            Ok(()) => Ok(true),
            Err(RecordError::Duplicate { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Notes that `what` was used now; false if it was used before.
pub async fn first_use(
    book: &Book,
    ctx: &Ctx<'_>,
    kind: &str,
    who: &str,
    what: &str,
) -> Result<bool, RecordError> {
    Replay::of(ctx, kind, who, what).note(book).await
}

/// Whether `what` was used before.
pub async fn was_used(book: &Book, kind: &str, who: &str, what: &str) -> Result<bool, RecordError> {
    Ok(book.find::<Replay>(format!("{kind}|{who}|{what}")).await?.is_some())
}

/// How many days back a sweep looks: a bank may have been down, or its sweeper.
const SWEEP_DAYS: i64 = 30;
/// The most rows that are forgotten in one commit, so that nobody waits long behind it.
const SWEEP_ROWS_MAX: usize = 100;

/// Forgets what could be forgotten by yesterday.
pub async fn sweep(book: &Book, now: Timestamp) -> Result<usize, RecordError> {
    let mut forgotten = sweep_tokens(book, now).await?;
    for days in 1..=SWEEP_DAYS {
        let forget_on = day(later(now, days.saturating_mul(-86_400)));
        loop {
            let swept = forget(book, &book.list::<Replay>("forget_on", &forget_on).await?).await?;
            if swept == 0 {
                break;
            }
            forgotten = forgotten.saturating_add(swept);
        }
    }
    Ok(forgotten)
}

/// Forgets tokens that are over, first those that were over first.
async fn sweep_tokens(book: &Book, now: Timestamp) -> Result<usize, RecordError> {
    let until = standing(now.as_second().saturating_sub(KEEP_SECS));
    let mut forgotten: usize = 0;
    loop {
        let mut due = book.scan::<Replay>("").await?;
        due.retain(|row| row.replay_id < until);
        let swept = forget(book, &due).await?;
        if swept == 0 {
            return Ok(forgotten);
        }
        forgotten = forgotten.saturating_add(swept);
    }
}

/// Forgets these; how many of them it was.
async fn forget(book: &Book, rows: &[Stored<Replay>]) -> Result<usize, RecordError> {
    let mut forgotten: usize = 0;
    for some in rows.chunks(SWEEP_ROWS_MAX) {
        // Where another node swept one of them at the same moment, each by itself.
        if forget_at_once(book, some).await? {
            forgotten = forgotten.saturating_add(some.len());
            continue;
        }
        for row in some {
            let is_ours = forget_at_once(book, std::slice::from_ref(row)).await?;
            forgotten = forgotten.saturating_add(usize::from(is_ours));
        }
    }
    Ok(forgotten)
}

/// Forgets all of these, or none if one is gone.
async fn forget_at_once(book: &Book, rows: &[Stored<Replay>]) -> Result<bool, RecordError> {
    let mut unit = Unit::new();
    for row in rows {
        unit.delete(row);
    }
    match book.commit(unit).await {
        Ok(()) => Ok(true),
        Err(RecordError::Conflict { .. } | RecordError::Absent { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
