//! Attempts and past movements as one row, in the order in which they came, a page at a time.

use std::collections::VecDeque;

use jiff::Timestamp;
use kanuki_domain::id::AttemptId;
use kanuki_record::{Book, Record, RecordError, Stored};
use kanuki_risk::Signal;

use super::Attempted;
use crate::past::Past;

/// One signal, and the movement that it was.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) signal: Signal,
    pub(super) about: Option<String>,
}

/// One table, read on.
#[derive(Debug)]
struct Pages<T> {
    after: String,
    rows: VecDeque<Stored<T>>,
    is_over: bool,
}

impl<T: Record> Pages<T> {
    fn after(first: AttemptId) -> Self {
        Self { after: first.to_string(), rows: VecDeque::new(), is_over: false }
    }

    async fn first(&mut self, book: &Book) -> Result<Option<&T>, RecordError> {
        if self.rows.is_empty() && !self.is_over {
            self.rows = book.scan::<T>(&self.after).await?.into();
            match self.rows.back() {
                Some(last) => self.after = last.id(),
                None => self.is_over = true,
            }
        }
        Ok(self.rows.front().map(|row| &**row))
    }

    fn take_first(&mut self) -> Option<T> {
        self.rows.pop_front().map(Stored::into_inner)
    }
}

/// Both tables side by side: what is in both is one attempt.
#[derive(Debug)]
pub(super) struct Rows<'a, A> {
    book: &'a Book,
    attempts: Pages<A>,
    past: Pages<Past>,
}

impl<'a, A: Attempted> Rows<'a, A> {
    pub(super) fn from(book: &'a Book, from: Timestamp) -> Self {
        let first = AttemptId::first_at(from);
        Self { book, attempts: Pages::after(first), past: Pages::after(first) }
    }

    /// All that came in the next millisecond in which something came, by their own instants; none
    /// from `until` on. Ids say no more than that about the order.
    pub(super) async fn next_instant(
        &mut self,
        until: Timestamp,
    ) -> Result<Option<Vec<Attempt>>, RecordError> {
        let Some(first) = self.next_id().await?.filter(|id| id.made_at() < until) else {
            return Ok(None);
        };
        let mut together = Vec::new();
        while let Some(id) = self.next_id().await?.filter(|id| id.made_at() == first.made_at()) {
            self.take(id, &mut together);
        }
        together.sort_by_key(|attempt| attempt.signal.at);
        Ok(Some(together))
    }

    async fn next_id(&mut self) -> Result<Option<AttemptId>, RecordError> {
        let attempt = self.attempts.first(self.book).await?.map(Attempted::attempt_id);
        let past = self.past.first(self.book).await?.map(|past| past.attempt_id);
        Ok(attempt.into_iter().chain(past).min())
    }

    /// Takes what is of this id, which is the next one of either.
    fn take(&mut self, id: AttemptId, together: &mut Vec<Attempt>) {
        let is_next = |next: Option<AttemptId>| next == Some(id);
        let past = is_next(self.past.rows.front().map(|row| row.attempt_id));
        let past = past.then(|| self.past.take_first()).flatten();
        let attempt = is_next(self.attempts.rows.front().map(|row| row.attempt_id()));
        let attempt = attempt.then(|| self.attempts.take_first()).flatten();
        let about = past.as_ref().map(|past| past.about.clone());
        let signals = match (&attempt, past) {
            (Some(attempt), _) => attempt.signals().to_vec(),
            (None, Some(past)) => vec![past.signal],
            (None, None) => Vec::new(),
        };
        let one = |signal| Attempt { signal, about: about.clone() };
        together.extend(signals.into_iter().map(one));
    }
}
