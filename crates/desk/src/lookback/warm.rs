//! What this node remembers between two steps of a look-back: the counts that its rule asks for. Whatever is
//! lost of it is counted again from the rows.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use kanuki_domain::{
    id::{AttemptId, LookbackId},
    mandate::later,
};
use kanuki_record::RecordError;
use kanuki_risk::{DESK_LISTS, Engine, Key, Signal, Subject, WINDOW_SECS_MAX};

use super::{
    Lookback, Ports,
    pattern::{Pattern, Wrong, compile},
};
use crate::{leak, watch::Watched};

/// How far a look-back is at this node.
#[derive(Debug, Default)]
pub struct Looking(Mutex<Option<Warm>>);

/// One look-back in hand.
#[derive(Debug)]
pub(super) struct Warm {
    of: LookbackId,
    /// The last row that was counted.
    pub(super) after: String,
    sees: Sees,
}

#[derive(Debug)]
enum Sees {
    /// The engine holds the one rule and nothing else.
    Rule(Box<Engine>),
    Keys(Vec<Key>),
    Leaked(String),
}

/// Why one cannot be begun.
#[derive(Debug)]
pub(super) enum Cold {
    Record(RecordError),
    /// The rule cannot be read any more.
    Broken,
}

impl From<RecordError> for Cold {
    fn from(error: RecordError) -> Self {
        Self::Record(error)
    }
}

/// The name before all attempts of this instant and later.
fn before(at: Timestamp) -> String {
    let millis = u128::try_from(at.as_millisecond().max(0)).unwrap_or(0);
    AttemptId::from_bits(millis.checked_shl(80).unwrap_or(0)).to_string()
}

impl Looking {
    /// What is in hand of this look-back, to be put back after the step.
    pub(super) fn take(&self, of: LookbackId) -> Option<Warm> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.take().filter(|warm| warm.of == of)
    }

    pub(super) fn put(&self, warm: Warm) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(warm);
    }
}

impl Warm {
    /// Begins, or begins again: a rule is shown what its longest window holds before the first row, a list
    /// goes on at the row where it was.
    pub(super) async fn begin(ports: Ports<'_>, look: &Lookback) -> Result<Self, Cold> {
        let of = look.lookback_id;
        let first = before(look.from);
        let goes_on = look.round.after.clone().max(first.clone());
        let (after, sees) = match &look.pattern {
            Pattern::Keys { keys } => (goes_on, Sees::Keys(keys.clone())),
            Pattern::Leaked { list } => (goes_on, Sees::Leaked(list.clone())),
            Pattern::Rule { text, .. } => {
                let policy = compile(ports.engine, text).map_err(|_: Wrong| Cold::Broken)?;
                let counts = !policy.counted().is_empty();
                let window = WINDOW_SECS_MAX.saturating_neg();
                let after = if counts { before(later(look.from, window)) } else { goes_on };
                let lists: Vec<(String, Subject)> =
                    policy.lists().map(|(name, subject)| (name.to_owned(), subject)).collect();
                let engine = Engine::new(policy);
                for (list, subject) in lists {
                    if !list.starts_with(DESK_LISTS) {
                        continue;
                    }
                    let rows = ports.book.every::<Watched>("list", &list).await?;
                    let keys: Vec<Key> =
                        rows.iter().map(|row| Key::of(subject, &*row.value)).collect();
                    engine.set_list(&list, &keys).map_err(|_| Cold::Broken)?;
                }
                (after, Sees::Rule(Box::new(engine)))
            }
        };
        Ok(Self { of, after, sees })
    }

    /// Counts one signal; whether the pattern holds for it.
    pub(super) async fn sees(
        &self,
        ports: Ports<'_>,
        signal: &Signal,
    ) -> Result<bool, RecordError> {
        match &self.sees {
            Sees::Rule(engine) => {
                let decision = engine.decide(signal);
                let is_fired = |rule: &str| rule != kanuki_risk::CANNOT_DECIDE;
                let mut fired = decision.reasons.iter().chain(&decision.shadow);
                Ok(fired.any(|reason| is_fired(&reason.rule)))
            }
            Sees::Keys(keys) => Ok(signal.keys.iter().any(|key| keys.contains(key))),
            Sees::Leaked(list) => {
                for subject in [Subject::Account, Subject::Person] {
                    let Some(key) = signal.key(subject) else { continue };
                    let hit = leak::find(ports.book, key.value()).await?;
                    if hit.is_some_and(|hit| hit.lists.contains(list)) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}
