//! The events of a batch: one after the other, chains as one.
//!
//! What is the same for accounts and transfers is here, in TigerBeetle's order: chains, imports and
//! timestamps are judged before the event itself.

use std::hint::black_box;

use jiff::Timestamp;

use super::{State, TICK};
use crate::{
    model::{Account, Transfer, TransferId},
    result::{CreateAccountResult as A, CreateTransferResult as R},
};

/// How many events are looked at before the first of them is made: enough to hide how far memory is,
/// few enough that a cache still has them.
const WARM: usize = 32;

/// An account or a transfer that somebody wants made.
pub(super) trait Event {
    /// How it is answered.
    type Answer: Copy + PartialEq;
    /// Where what it needs seems to be; nothing hangs on it but time.
    type Seen: Copy + Default;

    /// It was made.
    const CREATED: Self::Answer;
    /// Another one of its chain was refused.
    const LINKED_FAILED: Self::Answer;
    /// Its chain has no end.
    const CHAIN_OPEN: Self::Answer;

    fn is_linked(&self) -> bool;
    fn is_imported(&self) -> bool;
    /// The timestamp that it asks for.
    fn asked_stamp(&self) -> Timestamp;
    /// What is wrong with its stamp.
    fn refusal(wrong: WrongStamp) -> Self::Answer;
    /// Makes it, or changes nothing and says why not.
    fn create(&self, seen: Self::Seen, state: &mut State) -> Result<(), Self::Answer>;
    /// Where what making it will need seems to be.
    fn see(&self, state: &State) -> Self::Seen;
    /// Looks at it, so that memory has brought it when it is made.
    fn bring(seen: Self::Seen, state: &State);
    /// The id to be remembered when it is refused with `answer`.
    fn burnt(&self, answer: Self::Answer) -> Option<TransferId>;
}

/// What is wrong with the timestamp of an event, or with its being imported.
#[derive(Clone, Copy, Debug)]
pub(super) enum WrongStamp {
    Expected,
    NotExpected,
    NotZero,
    OutOfRange,
    Advances,
}

macro_rules! event {
    ($answer:ident) => {
        type Answer = $answer;
        const CREATED: $answer = $answer::Created;
        const LINKED_FAILED: $answer = $answer::LinkedEventFailed;
        const CHAIN_OPEN: $answer = $answer::LinkedEventChainOpen;

        fn is_linked(&self) -> bool {
            self.flags.linked
        }

        fn is_imported(&self) -> bool {
            self.flags.imported
        }

        fn asked_stamp(&self) -> Timestamp {
            self.timestamp
        }

        fn refusal(wrong: WrongStamp) -> $answer {
            match wrong {
                WrongStamp::Expected => $answer::ImportedEventExpected,
                WrongStamp::NotExpected => $answer::ImportedEventNotExpected,
                WrongStamp::NotZero => $answer::TimestampMustBeZero,
                WrongStamp::OutOfRange => $answer::ImportedEventTimestampOutOfRange,
                WrongStamp::Advances => $answer::ImportedEventTimestampMustNotAdvance,
            }
        }
    };
}

impl Event for Account {
    event!(A);
    type Seen = ();

    fn create(&self, (): (), state: &mut State) -> Result<(), A> {
        state.create_account(self)
    }

    fn see(&self, _: &State) {}

    fn bring((): (), _: &State) {}

    /// No refusal of an account passes by itself.
    fn burnt(&self, _: A) -> Option<TransferId> {
        None
    }
}

impl Event for Transfer {
    event!(R);
    /// The slots of its accounts.
    type Seen = [Option<u32>; 2];

    fn create(&self, seen: [Option<u32>; 2], state: &mut State) -> Result<(), R> {
        state.create_transfer(self, seen)
    }

    fn see(&self, state: &State) -> [Option<u32>; 2] {
        [self.debit_account, self.credit_account].map(|id| state.accounts.guess(id))
    }

    fn bring(seen: [Option<u32>; 2], state: &State) {
        for slot in seen.into_iter().flatten() {
            black_box(state.accounts.is_open(slot));
        }
    }

    fn burnt(&self, answer: R) -> Option<TransferId> {
        answer.is_transient().then_some(self.id)
    }
}

/// A chain being applied.
struct Chain {
    start: usize,
    is_broken: bool,
}

/// How far the events of a batch have come.
pub(crate) struct Course<A> {
    results: Vec<A>,
    chain: Option<Chain>,
    imports: bool,
}

impl<A> Course<A> {
    pub(super) fn of<E: Event<Answer = A>>(events: &[E]) -> Self {
        Self {
            results: Vec::with_capacity(events.len()),
            chain: None,
            imports: events.first().is_some_and(E::is_imported),
        }
    }

    pub(super) fn results(self) -> Vec<A> {
        self.results
    }
}

impl State {
    /// Events in order, chains as one.
    pub(super) fn create_all<E: Event>(&mut self, events: &[E]) -> Vec<E::Answer> {
        let mut course = Course::of(events);
        self.create_next(events, &mut course, usize::MAX);
        course.results
    }

    /// The next events of a batch, as many as `most` and then to the end of a chain; whether more are
    /// to come. When a link fails, what the chain did so far is undone exactly, the failing link tells
    /// why, and the others answer `linked_event_failed`.
    pub(super) fn create_next<E: Event>(
        &mut self,
        events: &[E],
        course: &mut Course<E::Answer>,
        most: usize,
    ) -> bool {
        let Course { results, chain, imports } = course;
        let last = events.len().saturating_sub(1);
        let begin = results.len();
        let end = begin.saturating_add(most);
        let mut seen = [E::Seen::default(); WARM];
        for (index, event) in events.iter().enumerate().skip(begin) {
            if index >= end && chain.is_none() {
                return true;
            }
            if index.is_multiple_of(WARM) {
                self.look_ahead(events.get(index..).unwrap_or_default(), &mut seen);
            }
            let seen = index.checked_rem(WARM).and_then(|place| seen.get(place).copied());
            if event.is_linked() && chain.is_none() {
                *chain = Some(Chain { start: index, is_broken: false });
                self.undo = Some(Vec::new());
            }
            let result = if event.is_linked() && index == last {
                E::CHAIN_OPEN
            } else if chain.as_ref().is_some_and(|c| c.is_broken) {
                E::LINKED_FAILED
            } else {
                self.create_in(event, seen.unwrap_or_default(), *imports)
            };
            results.push(result);
            if let Some(c) = chain.as_mut()
                && result != E::CREATED
                && !c.is_broken
            {
                c.is_broken = true;
                self.undo_chain();
                for earlier in results.iter_mut().take(index).skip(c.start) {
                    *earlier = E::LINKED_FAILED;
                }
            }
            // After the undo: a chain that failed gives back everything but this.
            if let Some(id) = event.burnt(result) {
                self.burn(id);
            }
            if !event.is_linked() {
                *chain = None;
                self.undo = None;
            }
        }
        self.undo = None;
        false
    }

    /// Nothing of what is looked at waits for anything else, so that memory brings much at a time.
    fn look_ahead<E: Event>(&self, events: &[E], seen: &mut [E::Seen; WARM]) {
        for (seen, event) in seen.iter_mut().zip(events) {
            *seen = event.see(self);
        }
        for seen in seen.iter().take(events.len()) {
            E::bring(*seen, self);
        }
    }

    fn create_in<E: Event>(&mut self, event: &E, seen: E::Seen, imports: bool) -> E::Answer {
        let made = match self.wrong_stamp(event, imports) {
            Some(wrong) => Err(E::refusal(wrong)),
            None => event.create(seen, self),
        };
        match made {
            Ok(()) => E::CREATED,
            Err(refused) => refused,
        }
    }

    /// The first event decides whether a batch is an import. What is imported happened in the past.
    fn wrong_stamp<E: Event>(&self, event: &E, imports: bool) -> Option<WrongStamp> {
        let asked = event.asked_stamp();
        match (imports, event.is_imported()) {
            (true, false) => Some(WrongStamp::Expected),
            (false, true) => Some(WrongStamp::NotExpected),
            (false, false) => (asked != Timestamp::UNIX_EPOCH).then_some(WrongStamp::NotZero),
            (true, true) if !is_instant(asked) => Some(WrongStamp::OutOfRange),
            (true, true) => (asked >= self.next_stamp()).then_some(WrongStamp::Advances),
        }
    }

    /// The timestamp of the next event that is not imported: unlike any other's, and rising.
    pub(super) fn next_stamp(&self) -> Timestamp {
        let next = self.stamped.as_duration().checked_add(TICK);
        let next =
            next.and_then(|next| Timestamp::from_duration(next).ok()).unwrap_or(self.stamped);
        let stamp = self.now.max(next);
        assert!(stamp > self.stamped, "timestamps are unique and rise");
        stamp
    }
}

/// TigerBeetle counts nanoseconds since 1970 in 63 bits, and 0 is none.
fn is_instant(at: Timestamp) -> bool {
    at > Timestamp::UNIX_EPOCH && i64::try_from(at.as_nanosecond()).is_ok()
}
