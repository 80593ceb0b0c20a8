//! One order of what happened, for all nodes of a company (docs/adr/0011).
//!
//! Nodes that count by themselves let a burst through that is spread over them. So a node puts what
//! it notes into a [`Journal`] that all share, and takes from it what the others noted, in one order;
//! each engine counts all of it. What is asked of a count is then what one engine would answer, for
//! every measure and window, and the journal need not know any of them.
//!
//! A [`Note`] is what counting needs of a signal and no more: hashes of keys, a kind, a time, an
//! amount. Its id makes it count once, however often it is put there. A [`Place`] says how far an
//! engine has read; where the journal no longer knows what was read, something was lost, and all
//! nodes begin anew from their records.

use std::{collections::VecDeque, fmt, future::Future, pin::Pin, sync::Arc};

use crate::{
    Decision, Engine, Kind, Moment, Signal, Subject,
    id::{Id, ids},
    signal::AMOUNT_MAX,
};

/// What a note begins with; another begins another shape.
const SHAPE: u8 = 1;
/// So many notes wait for a journal that does not answer; with more of them it is begun anew.
const OWED_MAX: usize = 20_000;

/// One thing that happened, as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What counts once.
    id: Id,
    pub(crate) kind: Kind,
    /// In microseconds.
    pub(crate) at: i64,
    pub(crate) amount: u64,
    pub(crate) keys: Vec<(Subject, Id)>,
}

impl Note {
    /// Of `signal`, which is the `number`th of the attempt with this id.
    #[must_use]
    pub fn new(attempt: u128, number: u16, signal: &Signal) -> Self {
        // Ids of attempts are made of a time and of randomness: their sums do not meet.
        let id = attempt.wrapping_add(u128::from(number)).to_be_bytes();
        Self {
            id: halves(id),
            kind: signal.kind,
            at: signal.at.as_microsecond(),
            amount: signal.amount.amount().min(AMOUNT_MAX),
            keys: ids(signal).to_vec(),
        }
    }

    /// What names it, at the start of [its bytes](Self::to_bytes).
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        whole(self.id)
    }

    /// As a journal keeps it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.keys.len().saturating_mul(17).saturating_add(40));
        bytes.extend(self.id());
        bytes.push(SHAPE);
        bytes.push(u8::try_from(index_of(Kind::ALL, self.kind)).unwrap_or(u8::MAX));
        bytes.extend(self.at.to_be_bytes());
        bytes.extend(self.amount.to_be_bytes());
        for (subject, id) in &self.keys {
            bytes.push(u8::try_from(index_of(Subject::ALL, *subject)).unwrap_or(u8::MAX));
            bytes.extend(whole(*id));
        }
        bytes
    }

    /// As it was kept; nothing where it is of another version.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        let ([shape, kind], rest) = rest.split_first_chunk::<2>()?;
        let (at, rest) = rest.split_first_chunk::<8>()?;
        let (amount, rest) = rest.split_first_chunk::<8>()?;
        if *shape != SHAPE || rest.len().checked_rem(17) != Some(0) {
            return None;
        }
        let key = |chunk: &[u8]| {
            let (subject, id) = chunk.split_first()?;
            Some((*Subject::ALL.get(usize::from(*subject))?, halves(*id.first_chunk::<16>()?)))
        };
        Some(Self {
            id: halves(*id),
            kind: *Kind::ALL.get(usize::from(*kind))?,
            at: i64::from_be_bytes(*at),
            amount: u64::from_be_bytes(*amount),
            keys: rest.chunks(17).map(key).collect::<Option<_>>()?,
        })
    }
}

fn index_of<T: PartialEq>(all: &[T], one: T) -> usize {
    all.iter().position(|known| *known == one).unwrap_or(usize::MAX)
}

fn whole([first, second]: Id) -> [u8; 16] {
    let bits = (u128::from(first) << 64_u32) | u128::from(second);
    bits.to_be_bytes()
}

fn halves(bytes: [u8; 16]) -> Id {
    let bits = u128::from_be_bytes(bytes);
    let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or_default();
    [half(bits >> 64_u32), half(bits)]
}

/// How far an engine has read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// In which journal: one that is begun anew has another number. 0: in none yet.
    pub epoch: u64,
    /// So many notes.
    pub read: u64,
    /// The id of the last of them.
    pub last: Option<[u8; 16]>,
}

/// What a journal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// What follows `after`.
    Page(Page),
    /// The journal is another one, with this number; nothing was put into it.
    Other(u64),
    /// What was read last is not there: the journal lost something. Nothing was put into it.
    Lost,
    /// What was read last was forgotten long ago: read again from what is left.
    Behind,
}

/// Some of a journal, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Of which journal.
    pub epoch: u64,
    /// Whether what the company's records know was put into it.
    pub is_seeded: bool,
    /// What was read before it.
    pub after: u64,
    /// How many notes come before the first of `notes`: more than `after` only where a reader begins
    /// and the oldest were forgotten.
    pub before: u64,
    /// What follows, each once.
    pub notes: Vec<Note>,
    /// How far to read, to have read what was put there with this question.
    pub until: u64,
}

/// A journal that does not answer, or not for certain. What hangs on a count is declined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// Nothing was heard in time, or something that makes no sense.
    #[error("the journal of risk counts does not answer: {0}")]
    Gone(String),
    /// What was put there may be lost with the one server that has it.
    #[error("only {have} of {want} replicas have what was put into the journal of risk counts")]
    FewReplicas {
        /// Which said so.
        have: u64,
        /// How many it takes.
        want: u64,
    },
    /// It was begun anew and has not been told yet what the records know.
    #[error("the journal of risk counts was begun anew and is being filled from the records")]
    Filling,
}

/// What a journal says later.
pub type Hearing<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unheard>> + Send + 'a>>;

/// What all nodes of a company noted, in one order.
pub trait Journal: fmt::Debug + Send + Sync {
    /// Puts `notes` behind what is there, those that are not there yet, and says what follows
    /// `after`. Whatever it says stays, whichever single server is lost then.
    fn exchange<'a>(&'a self, after: Place, notes: &'a [Note]) -> Hearing<'a, Told>;

    /// Says that what the records know is in the journal with this number.
    fn seal(&self, epoch: u64) -> Hearing<'_, ()>;

    /// Begins anew, if the journal still has this number.
    fn renew(&self, epoch: u64) -> Hearing<'_, ()>;
}

/// What an engine knows about the journal.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) place: Place,
    /// What the journal may not have yet.
    owed: VecDeque<Note>,
    /// More than that was owed.
    has_dropped: bool,
}

/// What came of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// All that was asked for is counted.
    All,
    /// There is more to read.
    Some,
    /// The journal is not filled yet.
    Unfilled,
}

impl Reading {
    pub(crate) fn begin(&mut self, epoch: u64) {
        self.place = Place { epoch, read: 0, last: None };
        self.has_dropped = false;
    }

    /// Keeps for later what could not be put there.
    pub(crate) fn owe(&mut self, note: Note) {
        if self.owed.iter().any(|known| known.id == note.id) {
            return;
        }
        self.owed.push_back(note);
        if self.owed.len() > OWED_MAX {
            self.owed.clear();
            self.has_dropped = true;
        }
    }

    pub(crate) fn owed(&self) -> Vec<Note> {
        self.owed.iter().cloned().collect()
    }

    pub(crate) fn paid(&mut self, notes: &[Note]) {
        if !self.owed.is_empty() {
            self.owed.retain(|note| !notes.iter().any(|paid| paid.id == note.id));
        }
    }

    pub(crate) const fn has_dropped(&self) -> bool {
        self.has_dropped
    }

    /// The notes of `page` that are new here; none where it is of another journal or begins too late.
    pub(crate) fn fresh<'a>(&mut self, page: &'a Page) -> &'a [Note] {
        if self.place.epoch == 0 {
            self.begin(page.epoch);
        }
        if page.epoch != self.place.epoch || page.after > self.place.read {
            return &[];
        }
        let known = self.place.read.saturating_sub(page.before);
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        let fresh = page.notes.get(known..).unwrap_or_default();
        if let Some(last) = fresh.last() {
            let count = u64::try_from(page.notes.len()).unwrap_or(u64::MAX);
            self.place.read = page.before.saturating_add(count);
            self.place.last = Some(last.id());
        }
        fresh
    }

    pub(crate) fn after(&self, page: &Page) -> Taken {
        if page.epoch != self.place.epoch || self.place.read < page.until {
            return Taken::Some;
        }
        if page.is_seeded { Taken::All } else { Taken::Unfilled }
    }
}

impl Engine {
    /// The same, counting what all nodes of its company put into `journal`. Use cases then ask it
    /// where its journal is heard first.
    #[must_use]
    pub fn with_journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.journal = Some(journal);
        self
    }

    /// What it shares with other nodes, if it does.
    #[must_use]
    pub fn journal(&self) -> Option<&Arc<dyn Journal>> {
        self.journal.as_ref()
    }

    /// How far it has read.
    #[must_use]
    pub fn place(&self) -> Place {
        self.inner().reading.place
    }

    /// Counts what is new in `page`.
    pub fn take(&self, page: &Page) -> Taken {
        let mut inner = self.inner();
        let inner = &mut *inner;
        for note in inner.reading.fresh(page) {
            inner.features.note_shared(note);
        }
        inner.reading.after(page)
    }

    /// Forgets all counts, to read the journal with this number from its start.
    pub fn begin_reading(&self, epoch: u64) {
        let mut inner = self.inner();
        inner.features.clear();
        inner.reading.begin(epoch);
    }

    /// Keeps what could not be put into the journal, until it can be.
    pub fn owe(&self, note: Note) {
        self.inner().reading.owe(note);
    }

    /// What could not be put there yet.
    #[must_use]
    pub fn owed(&self) -> Vec<Note> {
        self.inner().reading.owed()
    }

    /// Says that the journal has `notes`.
    pub fn paid(&self, notes: &[Note]) {
        self.inner().reading.paid(notes);
    }

    /// True when more was owed than is kept: only the records know it.
    #[must_use]
    pub fn has_dropped(&self) -> bool {
        self.inner().reading.has_dropped()
    }

    /// Decides about `signal`, which was taken from the journal already.
    #[must_use]
    pub fn judge_noted(&self, signal: &Signal) -> Decision {
        let moment = Moment { is_noted: true, ..Moment::at(signal.at) };
        self.judge_as(signal, moment, false)
    }

    /// What is decided about `signal` where nobody knows the counts: no.
    #[must_use]
    pub fn undecided(&self, signal: &Signal) -> Decision {
        Decision::failed(self.policy().version_text(), signal.at, "counts-unknown")
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use kanuki_domain::Yen;

    use super::*;
    use crate::Key;

    #[test]
    fn a_note_comes_back_as_it_was_kept_and_holds_nothing_that_can_be_read() {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let keys =
            vec![Key::Account("acc_1".to_owned()), Key::Everyone, Key::Device(String::new())];
        let signal = Signal::new(Kind::Debit, at, keys).with_amount(Yen::of(30_000));

        let note = Note::new(7, 1, &signal);

        let bytes = note.to_bytes();
        assert_eq!(Note::from_bytes(&bytes).as_ref(), Some(&note));
        assert_eq!(bytes.get(..16).unwrap(), note.id());
        assert_eq!(note.keys.len(), 2);
        assert!(!bytes.windows(5).any(|part| part == b"acc_1"));
        assert_ne!(note.id(), Note::new(7, 0, &signal).id());
        for cut in 0..bytes.len() {
            let cut = Note::from_bytes(bytes.get(..cut).unwrap());
            assert!(cut.is_none_or(|cut| cut.keys.len() < note.keys.len()));
        }
    }

    #[test]
    fn what_is_owed_is_owed_once_and_too_much_of_it_begins_the_journal_anew() {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let note = |n| Note::new(n, 0, &Signal::new(Kind::Debit, at, vec![Key::Everyone]));
        let mut reading = Reading::default();
        reading.owe(note(1));
        reading.owe(note(1));
        assert_eq!(reading.owed(), [note(1)]);
        reading.paid(&[note(1)]);
        assert!(reading.owed().is_empty() && !reading.has_dropped());

        reading.owed = (0..20_000).map(note).collect();
        reading.owe(note(20_000));

        assert!(reading.has_dropped() && reading.owed().is_empty());
        reading.begin(2);
        assert!(!reading.has_dropped());
    }
}
