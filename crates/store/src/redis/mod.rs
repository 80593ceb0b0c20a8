//! The journal of risk counts on Redis (docs/adr/0011): one log per company, in one slot, so that a
//! decision is one question to one server of a cluster.
//!
//! A question is one script and, where there are replicas, a `WAIT` for them in the same write. What
//! only one server has is not believed: it may be cut off from the rest, or die with it. The script
//! always writes, so that what is merely read is as certain.

mod place;

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use kanuki_risk::shared::{Hearing, Journal, Note, Page, Place, Told, Unheard};
use redis::{FromRedisValue as _, Pipeline, Value};

use self::place::{Places, gone, named};

const EXCHANGE: &str = include_str!("exchange.lua");
/// So many notes are kept, the newest; about 150 bytes each.
const NOTES_MAX: usize = 2_000_000;
/// So many of the newest are known by id: a note that is put there twice comes within seconds.
const IDS_MAX: usize = 200_000;
/// So many notes are read at once.
const PAGE: usize = 1_000;
/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where a journal is, and how sure it must be.
#[derive(Clone)]
pub struct RedisConfig {
    named: Vec<redis::ConnectionInfo>,
    replicas: u32,
    company: String,
    patience: Duration,
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig").field("company", &self.company).finish_non_exhaustive()
    }
}

impl RedisConfig {
    /// At `url` (`redis://HOST:PORT,HOST:PORT`; `rediss://` to other machines), for the nodes of
    /// `company`. What is decided by was acknowledged by so many `replicas`: as many as could be
    /// made the next primary, because one that did not acknowledge may be.
    pub fn new(
        url: &str,
        password: Option<&str>,
        replicas: u32,
        company: &str,
    ) -> Result<Self, String> {
        let named = named(url, password)?;
        // Braces say which part of a key decides where it is.
        let company = company.replace(['{', '}'], "_");
        Ok(Self { named, replicas, company, patience: PATIENCE })
    }

    /// The same with so much time for one question.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }
}

/// The journal.
pub struct RedisJournal {
    places: Places,
    replicas: u32,
    patience: Duration,
    keys: [String; 3],
    /// Why the last question had no answer.
    failure: Mutex<Option<String>>,
}

impl fmt::Debug for RedisJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisJournal").field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl RedisJournal {
    /// Asks nobody yet.
    #[must_use]
    pub fn new(config: RedisConfig) -> Self {
        let RedisConfig { named, replicas, company, patience } = config;
        let key = |what: &str| format!("{{kanuki:{company}}}:risk:{what}");
        Self {
            places: Places::new(named, patience),
            replicas,
            patience,
            keys: [key("log"), key("ids"), key("about")],
            failure: Mutex::new(None),
        }
    }

    /// Why the last question had no certain answer; none: it had one.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks, and waits for the replicas.
    async fn ask(&self, add: impl Fn(&mut Pipeline, &str) + Send + Sync) -> Result<Value, Unheard> {
        let asked = self.places.ask(EXCHANGE, |script| {
            let mut pipeline = redis::pipe();
            add(&mut pipeline, script);
            if self.replicas == 0 {
                return (pipeline, 1);
            }
            // Less than what one server is waited for.
            let millis = self.patience.as_millis().div_euclid(4);
            let millis = u64::try_from(millis).unwrap_or(u64::MAX);
            pipeline.cmd("WAIT").arg(self.replicas).arg(millis.max(1));
            (pipeline, 2)
        });
        let said = asked.await.and_then(|said| self.believe(said));
        let why = said.as_ref().err().map(ToString::to_string);
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = why;
        said
    }

    fn believe(&self, said: Vec<Value>) -> Result<Value, Unheard> {
        let mut said = said.into_iter();
        let first = said.next().ok_or_else(|| gone("nothing was said"))?;
        if self.replicas == 0 {
            return Ok(first);
        }
        let have = match said.next() {
            Some(Value::Int(have)) => u64::try_from(have).unwrap_or_default(),
            _ => 0,
        };
        let want = u64::from(self.replicas);
        if have < want { Err(Unheard::FewReplicas { have, want }) } else { Ok(first) }
    }
}

impl Journal for RedisJournal {
    fn exchange<'a>(&'a self, after: Place, notes: &'a [Note]) -> Hearing<'a, Told> {
        Box::pin(async move {
            let notes: Vec<Vec<u8>> = notes.iter().map(Note::to_bytes).collect();
            let last = after.last.map(|id| id.to_vec()).unwrap_or_default();
            let said = self.ask(|pipeline, script| {
                let command = pipeline.cmd("EVALSHA").arg(script).arg(self.keys.len());
                command.arg(&self.keys).arg(NOTES_MAX).arg(IDS_MAX).arg(PAGE);
                command.arg(after.epoch).arg(after.read).arg(&last);
                for note in &notes {
                    command.arg(note);
                }
            });
            told(said.await?, after.read).ok_or_else(|| gone("an answer that makes no sense"))
        })
    }

    fn seal(&self, epoch: u64) -> Hearing<'_, ()> {
        const SEAL: &str = "if redis.call('HGET', KEYS[1], 'epoch') == ARGV[1] then \
                            redis.call('HSET', KEYS[1], 'sealed', 1) end return 1";
        self.change(SEAL, epoch)
    }

    fn renew(&self, epoch: u64) -> Hearing<'_, ()> {
        const RENEW: &str = "if redis.call('HGET', KEYS[1], 'epoch') == ARGV[1] then \
                             redis.call('DEL', KEYS[1]) end return 1";
        self.change(RENEW, epoch)
    }
}

impl RedisJournal {
    /// Changes what is known about the journal with the number `epoch`; what else it has goes with
    /// the next exchange.
    fn change<'a>(&'a self, script: &'static str, epoch: u64) -> Hearing<'a, ()> {
        Box::pin(async move {
            let [_, _, about] = &self.keys;
            let said = self.ask(|pipeline, _| {
                pipeline.cmd("EVAL").arg(script).arg(1).arg(about).arg(epoch);
            });
            said.await.map(|_| ())
        })
    }
}

/// What the script said.
fn told(said: Value, after: u64) -> Option<Told> {
    let Value::Array(said) = said else { return None };
    let mut said = said.into_iter();
    let word = String::from_redis_value(said.next()?).ok()?;
    let mut number = || u64::from_redis_value(said.next()?).ok();
    Some(match word.as_str() {
        "other" => Told::Other(number()?),
        "lost" => Told::Lost,
        "behind" => Told::Behind,
        "page" => {
            let (epoch, is_seeded, before, until) = (number()?, number()?, number()?, number()?);
            let notes: Vec<Vec<u8>> = Vec::from_redis_value(said.next()?).ok()?;
            let notes = notes.iter().map(|bytes| Note::from_bytes(bytes));
            let notes = notes.collect::<Option<_>>()?;
            Told::Page(Page { epoch, is_seeded: is_seeded == 1, after, before, notes, until })
        }
        _ => return None,
    })
}
