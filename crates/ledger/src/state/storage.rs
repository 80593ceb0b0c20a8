//! What the books keep of what was made, and what an engine with a store may take off them.

use jiff::Timestamp;

use super::{
    Accounts, Ended, Held, Known, Open, Standing, State, Used,
    batch::Course,
    part::Written,
    spans::Spans,
    tail::{After, Chunk, Made, Row, Side},
};
use crate::{
    model::{PendingState, Transfer, TransferId, TransferRecord},
    result::CreateTransferResult,
};
use kanuki_domain::Yen;
use std::sync::Arc;

/// Where an id is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seek {
    /// In the books.
    Here(Used),
    /// Under one of these numbers in the engine's store, if at all.
    There(Vec<u64>),
    /// Nowhere: it is new.
    Nowhere,
}

/// All that the books are without the rows that a store holds.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(crate) accounts: Vec<Held>,
    pub(crate) open: Vec<Open>,
    pub(crate) now: Timestamp,
    pub(crate) stamped: Timestamp,
    pub(crate) transferred: Timestamp,
    pub(crate) next: u64,
    /// Between which ids all used ones lie, if the snapshot is not older than that question.
    pub(crate) spans: Option<Spans>,
}

/// What a store is to take over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut {
    /// Every row below it is taken over.
    pub(crate) below: u64,
    pub(crate) chunks: Vec<Arc<Chunk>>,
    pub(crate) ended: Vec<(TransferId, Ended)>,
}

impl State {
    /// Stamps and keeps a transfer like `asked` that moved `amount`, and the accounts as they are after
    /// it; its number.
    pub(super) fn write(
        &mut self,
        asked: &Transfer,
        amount: Yen,
        debit: (u32, Standing),
        credit: (u32, Standing),
    ) -> u64 {
        let timestamp = if asked.flags.imported { asked.timestamp } else { self.next_stamp() };
        self.stamped = self.stamped.max(timestamp);
        self.transferred = timestamp;
        let number = self.next;
        let debit = self.side(debit, number);
        let credit = self.side(credit, number);
        let pending_id = asked.settled_id();
        // Made where it stays, and not copied from place to place.
        let transfer = Transfer { amount, pending_id, timestamp, ..*asked };
        self.push(asked.id, Made::Transfer { transfer, debit, credit });
        self.write_down((debit.slot, credit.slot));
        number
    }

    /// Keeps the transfer that was just made for whoever keeps it elsewhere.
    fn write_down(&mut self, (debit, credit): (u32, u32)) {
        if let Some(journal) = &mut self.journal
            && let Some(Row { made: Made::Transfer { transfer, .. }, .. }) =
                self.tail.open.rows.last()
            && let Some(debit) = self.accounts.at(debit)
            && let Some(credit) = self.accounts.at(credit)
        {
            journal.push(Written {
                transfer: *transfer,
                debit: debit.account,
                credit: credit.account,
            });
        }
    }

    /// Keeps how the account in `slot` stands after the transfer `number`.
    fn side(&mut self, (slot, now): (u32, Standing), number: u64) -> Side {
        let touched = self.accounts.touch(slot, now, number);
        assert!(touched.is_some(), "a transfer's accounts are in their slots");
        if touched.is_some_and(|touched| touched.history) {
            self.tail.open.after.push(After { number, slot, sums: now.sums() });
        }
        Side { slot, before: touched.map_or(0, |touched| touched.before) }
    }

    /// Remembers that `id` was refused for a passing reason.
    pub(crate) fn burn(&mut self, id: TransferId) {
        self.push(id, Made::Refused(id));
        self.keep_ids();
    }

    fn push(&mut self, id: TransferId, made: Made) {
        let number = self.next;
        self.next = number.saturating_add(1);
        self.ids.note(id, number);
        self.spans.insert(id);
        self.tail.open.rows.push(Row { number, made });
    }

    /// What became of a reservation, as far as the books know.
    pub(crate) fn fate(&self, id: TransferId) -> Option<PendingState> {
        if let Some(open) = self.open.get(&id) {
            return Some(PendingState::Pending { expires_at: open.expires_at });
        }
        self.ended.get(&id).map(|ended| ended.state)
    }

    fn used_by(&self, row: &Row) -> Used {
        match row.made {
            Made::Refused(id) => Used::Refused(id),
            Made::Transfer { transfer, .. } => Used::Transfer(self.record(transfer)),
        }
    }

    pub(crate) fn record(&self, transfer: Transfer) -> TransferRecord {
        let pending = if transfer.flags.pending { self.fate(transfer.id) } else { None };
        TransferRecord { transfer, pending }
    }

    /// Whether `id` is a reservation that nothing has ended.
    pub(crate) fn is_open(&self, id: TransferId) -> bool {
        self.open.contains_key(&id)
    }

    /// The numbers under which `id` may be kept.
    pub(crate) fn numbers(&self, id: TransferId) -> impl Iterator<Item = u64> {
        self.ids.numbers(id)
    }

    /// What used up the id of the row `number`, if that is in memory.
    pub(crate) fn id_of(&self, number: u64) -> Option<TransferId> {
        self.tail.row(number).map(Row::id)
    }

    /// The row in memory that used up `id`.
    pub(crate) fn number_of(&self, id: TransferId) -> Option<u64> {
        self.numbers(id).find(|number| self.id_of(*number) == Some(id))
    }

    /// How many rows in memory have numbers below `below`.
    pub(crate) fn rows_below(&self, below: u64) -> u64 {
        let rows = self.tail.rows().take_while(|row| row.number < below);
        rows.fold(0, |n: u64, _| n.saturating_add(1))
    }

    /// Whether it is clear at once that nothing used `id`.
    pub(crate) fn is_new(&self, id: TransferId) -> bool {
        !self.spans.has(id)
    }

    /// Where to look for `id`.
    pub(crate) fn seek(&self, id: TransferId) -> Seek {
        if self.is_new(id) {
            return Seek::Nowhere;
        }
        let mut there = Vec::new();
        for number in self.ids.numbers(id) {
            if let Some(row) = self.tail.row(number) {
                if row.id() == id {
                    return Seek::Here(self.used_by(row));
                }
            } else if let Some(open) = self.open.get(&id) {
                return Seek::Here(Used::Transfer(self.record(open.transfer)));
            } else {
                there.push(number);
            }
        }
        if there.is_empty() { Seek::Nowhere } else { Seek::There(there) }
    }

    /// What used up `id`, be it in the books or handed in.
    pub(super) fn used(&self, id: TransferId) -> Option<Used> {
        match self.seek(id) {
            Seek::Here(used) => return Some(used),
            Seek::Nowhere => {}
            Seek::There(numbers) => {
                let all = numbers.iter().all(|number| self.known.covers(*number));
                // Outside of all spans it was new, and nobody looked: the numbers are other ids'.
                assert!(
                    all || !self.spans_before.has(id),
                    "what is not in memory is handed in with the batch that needs it"
                );
            }
        }
        let handed_in = self.known.get(id).copied()?;
        Some(match handed_in {
            Used::Refused(_) => handed_in,
            Used::Transfer(record) => {
                let pending = self.fate(id).or(record.pending);
                Used::Transfer(TransferRecord { pending, ..record })
            }
        })
    }

    /// Applies with what the books no longer hold; see [`Known`].
    pub fn apply_knowing(
        &mut self,
        batch: &super::Batch,
        known: Known,
        now: Timestamp,
    ) -> super::BatchResults {
        let results = self.apply_knowing_and_noting(batch, known, now);
        self.keep_ids();
        results
    }

    /// The same, but ids are only noted: whoever does this keeps them before the next batch.
    pub(crate) fn apply_knowing_and_noting(
        &mut self,
        batch: &super::Batch,
        known: Known,
        now: Timestamp,
    ) -> super::BatchResults {
        if let super::Batch::Transfers(transfers) = batch {
            let mut course = self.begin(transfers, known, now);
            self.go_on(transfers, &mut course, usize::MAX);
            return self.end(course);
        }
        self.known = known;
        let results = self.apply(batch, now);
        self.known = Known::default();
        results
    }

    /// Begins [`Self::apply_knowing_and_noting`] of transfers, for whoever does it part by part with
    /// [`Self::go_on`] and [`Self::end`], and nothing else in between.
    pub(crate) fn begin(
        &mut self,
        transfers: &[Transfer],
        known: Known,
        now: Timestamp,
    ) -> Course<CreateTransferResult> {
        self.known = known;
        self.spans_before.become_like(&self.spans);
        self.tick(now);
        Course::of(transfers)
    }

    /// The next transfers, as many as `most` and then to the end of a chain: nothing takes them back
    /// any more. Whether more are to come.
    pub(crate) fn go_on(
        &mut self,
        transfers: &[Transfer],
        course: &mut Course<CreateTransferResult>,
        most: usize,
    ) -> bool {
        self.create_next(transfers, course, most)
    }

    /// What became of them.
    pub(crate) fn end(&mut self, course: Course<CreateTransferResult>) -> super::BatchResults {
        self.known = Known::default();
        super::BatchResults::Transfers(course.results())
    }

    /// The number of what is made next.
    #[must_use]
    pub const fn next_number(&self) -> u64 {
        self.next
    }

    /// What is made next gets the number `number`, if that is not too low.
    pub fn number_from(&mut self, number: u64) {
        self.next = self.next.max(number);
    }

    /// How many rows are held in memory.
    #[must_use]
    pub(crate) fn held_rows(&self) -> usize {
        self.tail.len()
    }

    /// The rows of the open stretch from place `from` on: what the last batch made, if `from` is
    /// how many there were before it.
    pub(crate) fn made_from(&self, from: usize) -> &[Row] {
        self.tail.open.rows.get(from..).unwrap_or_default()
    }

    /// How many rows the open stretch has.
    pub(crate) const fn open_len(&self) -> usize {
        self.tail.open.rows.len()
    }

    /// Everything that was made since the last time, all of it below the number `below`, to be taken
    /// over by a store.
    pub(crate) fn cut(&mut self, below: u64) -> Cut {
        self.tail.seal();
        Cut {
            below,
            chunks: self.tail.sealed().cloned().collect(),
            ended: self.ended.iter().map(|(id, ended)| (*id, *ended)).collect(),
        }
    }

    /// Lets go of what a store has taken over for good.
    pub(crate) fn forget(&mut self, cut: Cut) {
        let Cut { below, chunks, ended } = cut;
        drop(chunks);
        self.tail.forget_below(below);
        for (id, _) in &ended {
            self.ended.remove(id);
        }
    }

    /// How many accounts and open reservations there are.
    pub(crate) fn size(&self) -> usize {
        self.accounts.len().saturating_add(self.open.len())
    }

    /// The sums of the account in `slot` after the transfer `number`, if that is in memory.
    pub(crate) fn sums_after(&self, number: u64, slot: u32) -> Option<[Yen; 4]> {
        self.tail.sums(number, slot)
    }

    /// The account's slot and its last transfer.
    pub(crate) fn slot_of(&self, id: crate::model::AccountId) -> Option<(u32, Held)> {
        self.accounts.find(id)
    }

    /// All but the rows.
    pub(crate) fn image(&self) -> Image {
        Image {
            accounts: self.accounts.slots().collect(),
            open: self.open.values().copied().collect(),
            now: self.now,
            stamped: self.stamped,
            transferred: self.transferred,
            next: self.next,
            spans: Some(self.spans.clone()),
        }
    }

    /// The books of an image, in which `ids` were used.
    pub(crate) fn restore(image: Image, ids: super::Ids) -> Self {
        let opened = image.accounts.iter().map(|held| held.account.timestamp).collect();
        let mut state = Self {
            accounts: Accounts::restore(image.accounts),
            ids,
            spans: image.spans.unwrap_or_else(Spans::everything),
            opened,
            now: image.now,
            stamped: image.stamped,
            transferred: image.transferred,
            next: image.next,
            ..Self::default()
        };
        for open in image.open {
            state.insert_open(open);
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Account, AccountFlags, AccountId, LEDGER_YEN};

    /// Two ids may have the same print, and the batch itself may widen a span over the second.
    #[test]
    fn an_id_with_the_print_of_an_old_row_is_new_though_the_batch_reached_around_it() {
        let mut books = State::new();
        let account = |id| Account::new(AccountId(id), LEDGER_YEN, 1, AccountFlags::NONE);
        books.apply_accounts(&[account(1), account(2)], Timestamp::UNIX_EPOCH);
        books.number_from(100);
        let paid = |id| Transfer::posted(TransferId(id), AccountId(1), AccountId(2), Yen::of(1), 1);
        let between = TransferId(1_001);
        books.ids.insert(crate::state::ids::Print::of(between), 5);
        let around = (0..41).map(|n| paid(1_000 + 2 * n)).chain([paid(1_001)]);

        let batch = crate::state::Batch::Transfers(around.collect());
        let results = books.apply_knowing(&batch, Known::default(), Timestamp::UNIX_EPOCH);

        assert!(books.spans.all().iter().any(|span| span.from < 1_001 && 1_001 < span.to));
        assert_eq!(results.created(), 42);
    }
}
