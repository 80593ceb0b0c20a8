//! Where the counts of risk are asked for, by all nodes of a company.
//!
//! A node alone counts in its engine and nothing is waited for. Where nodes share a journal
//! ([`kanuki_risk::shared`]), an attempt is put there and everything before it is counted first, in
//! one exchange; then the engine decides. What cannot be counted for certain is declined, and is put
//! there with the next exchange. A journal that lost something is begun anew and filled from the
//! records, as an engine is after a restart; until then everything that hangs on a count is declined
//! and the rest (sign-in, stops, pages) works.

use kanuki_record::RecordError;
use kanuki_risk::{
    Decision, Engine, Signal,
    shared::{Journal, Note, Page, Taken, Told, Unheard},
};

/// So many exchanges at most for one question: a node that starts reads two million notes by
/// thousands.
const EXCHANGES_MAX: usize = 4_000;
/// So many notes of the records are put into a journal at once.
const FILL: usize = 500;
/// So many signals of the records are counted at once: two threads share that work.
const RECALLED: usize = 8_192;

/// A journal that is not heard, for whoever reads records beside it.
#[must_use]
pub fn unheard(error: Unheard) -> RecordError {
    RecordError::Unavailable(Box::new(error))
}

/// Notes `signal`, the first of the attempt with the id `attempt`, at every node, and decides about
/// it.
pub async fn decide(engine: &Engine, attempt: u128, signal: &Signal) -> Decision {
    decide_as(engine, (attempt, 0), signal).await
}

/// The same for the `number`th signal of an attempt.
pub async fn decide_as(
    engine: &Engine,
    (attempt, number): (u128, u16),
    signal: &Signal,
) -> Decision {
    let decision = decided(engine, (attempt, number), signal).await;
    engine.tally(signal, &decision);
    decision
}

async fn decided(engine: &Engine, (attempt, number): (u128, u16), signal: &Signal) -> Decision {
    let Some(journal) = engine.journal() else { return engine.decide(signal) };
    // What counts for nothing here must count for nothing elsewhere.
    if let Some(refused) = engine.refuse(signal, signal.at) {
        return refused;
    }
    let note = Note::new(attempt, number, signal);
    engine.owe(note);
    match exchange(engine, &**journal).await {
        Ok(()) => engine.judge_noted(signal),
        // Whoever carries the journal says why.
        Err(_) => engine.undecided(signal),
    }
}

/// Hears what the other nodes noted, before counts are looked at.
pub async fn hear(engine: &Engine) -> Result<(), Unheard> {
    match engine.journal() {
        Some(journal) => exchange(engine, &**journal).await,
        None => Ok(()),
    }
}

/// Puts what is owed into the journal and counts all that is there.
async fn exchange(engine: &Engine, journal: &dyn Journal) -> Result<(), Unheard> {
    match read(engine, journal).await? {
        Taken::Unfilled => Err(Unheard::Filling),
        Taken::All | Taken::Some => Ok(()),
    }
}

async fn read(engine: &Engine, journal: &dyn Journal) -> Result<Taken, Unheard> {
    if engine.has_dropped() {
        journal.renew(engine.place().epoch).await?;
    }
    let notes = engine.owed();
    for _ in 0..EXCHANGES_MAX {
        let place = engine.place();
        match journal.exchange(place, &notes).await? {
            Told::Page(page) => {
                let taken = engine.take(&page);
                if taken != Taken::Some {
                    engine.paid(&notes);
                    return Ok(taken);
                }
            }
            Told::Other(epoch) => engine.begin_reading(epoch),
            Told::Behind => engine.begin_reading(place.epoch),
            Told::Lost => journal.renew(place.epoch).await?,
        }
    }
    Err(Unheard::Gone("it grows faster than it can be read".to_owned()))
}

/// What is put back into the counts at the start, or once a journal was begun anew.
#[derive(Debug)]
pub struct Recall<'a> {
    engine: &'a Engine,
    /// The journal to be filled, and its number; none: this node counts alone.
    into: Option<(&'a dyn Journal, u64)>,
    notes: Vec<Note>,
    /// What is to be counted next where this node counts alone.
    signals: Vec<Signal>,
    /// Another node was done first.
    is_done: bool,
}

impl<'a> Recall<'a> {
    const fn of(engine: &'a Engine, into: Option<(&'a dyn Journal, u64)>) -> Self {
        Self { engine, into, notes: Vec::new(), signals: Vec::new(), is_done: false }
    }

    /// Begins; none where nothing is to be recalled, because what the records know is in the journal
    /// and was counted from there.
    pub async fn begin(engine: &'a Engine) -> Result<Option<Self>, Unheard> {
        let Some(journal) = engine.journal() else {
            return Ok(Some(Self::of(engine, None)));
        };
        let journal = &**journal;
        match read(engine, journal).await? {
            Taken::Unfilled => {
                let into = Some((journal, engine.place().epoch));
                Ok(Some(Self::of(engine, into)))
            }
            Taken::All | Taken::Some => Ok(None),
        }
    }

    /// The signals of one attempt.
    pub async fn add(&mut self, attempt: u128, signals: &[Signal]) -> Result<(), Unheard> {
        if self.into.is_none() {
            self.signals.extend_from_slice(signals);
            if self.signals.len() >= RECALLED {
                self.count();
            }
            return Ok(());
        }
        if self.is_done {
            return Ok(());
        }
        let numbered = (0_u16..).zip(signals);
        self.notes.extend(numbered.map(|(number, signal)| Note::new(attempt, number, signal)));
        if self.notes.len() >= FILL { self.put().await } else { Ok(()) }
    }

    /// Counts what was put there since, and lets every node decide again.
    pub async fn end(mut self) -> Result<(), Unheard> {
        self.count();
        if !self.is_done {
            self.put().await?;
        }
        let Some((journal, epoch)) = self.into else { return Ok(()) };
        journal.seal(epoch).await?;
        exchange(self.engine, journal).await
    }

    fn count(&mut self) {
        self.engine.observe_all(&self.signals);
        self.signals.clear();
    }

    async fn put(&mut self) -> Result<(), Unheard> {
        let Some((journal, epoch)) = self.into else { return Ok(()) };
        let notes = std::mem::take(&mut self.notes);
        match journal.exchange(self.engine.place(), &notes).await? {
            Told::Page(page) if page.epoch == epoch => {
                let _: Taken = self.engine.take(&page);
                // Whoever else fills it was done first, and ids may be forgotten since: put no more.
                self.is_done |= page.is_seeded;
                Ok(())
            }
            // Begun anew meanwhile: the next pass fills it.
            Told::Page(Page { .. }) | Told::Other(_) | Told::Lost | Told::Behind => {
                Err(Unheard::Filling)
            }
        }
    }
}
