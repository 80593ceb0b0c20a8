//! Taking back one event of a chain that failed, exactly.

use jiff::Timestamp;

use super::{Open, Standing, State, tail::Made};

/// The books before one event, as far as it changed them.
#[derive(Clone, Debug)]
pub(super) enum Undo {
    /// A new account.
    Account { stamped: Timestamp },
    /// A new transfer.
    Transfer(Box<Movement>),
}

/// The books before one transfer.
#[derive(Clone, Debug)]
pub(super) struct Movement {
    debit: Option<Standing>,
    credit: Option<Standing>,
    /// What it settled, as it was before.
    settled: Option<Open>,
    stamped: Timestamp,
    transferred: Timestamp,
    next: u64,
}

impl State {
    /// Within a chain, keeps what it takes to undo what is about to be written.
    pub(super) fn remember(&mut self, undo: impl FnOnce(&Self) -> Undo) {
        if self.undo.is_some() {
            let undo = undo(self);
            self.undo.get_or_insert_default().push(undo);
        }
    }

    /// What it takes to undo the transfer that is about to be written.
    pub(super) fn undo_of(&self, (debit, credit): (u32, u32), settled: Option<Open>) -> Undo {
        let standing = |slot| self.accounts.at(slot).map(|held| Standing::of(&held.account));
        let (debit, credit) = (standing(debit), standing(credit));
        let (stamped, transferred, next) = (self.stamped, self.transferred, self.next);
        Undo::Transfer(Box::new(Movement { debit, credit, settled, stamped, transferred, next }))
    }

    /// Takes back what the present chain did, the newest first.
    pub(super) fn undo_chain(&mut self) {
        for undo in self.undo.take().into_iter().flatten().rev() {
            match undo {
                Undo::Account { stamped } => {
                    if let Some(account) = self.accounts.pop() {
                        self.opened.remove(&account.timestamp);
                    }
                    self.stamped = stamped;
                }
                Undo::Transfer(movement) => self.undo_movement(&movement),
            }
        }
    }

    fn undo_movement(&mut self, movement: &Movement) {
        let Movement { debit, credit, settled, stamped, transferred, next } = *movement;
        if let Some(row) = self.tail.open.rows.pop() {
            self.ids.remove(row.id(), row.number);
            self.remove_open(row.id());
            while self.tail.open.after.last().is_some_and(|after| after.number == row.number) {
                self.tail.open.after.pop();
            }
            if let Made::Transfer { debit: d, credit: c, .. } = row.made {
                let sides = [(d, debit), (c, credit)];
                let before = sides.into_iter().filter_map(|(side, was)| was.map(|was| (side, was)));
                before.for_each(|(side, was)| {
                    self.accounts.touch(side.slot, was, side.before);
                });
            }
        }
        if let Some(open) = settled {
            self.ended.remove(&open.transfer.id);
            self.insert_open(open);
        }
        self.stamped = stamped;
        self.transferred = transferred;
        self.next = next;
        if let Some(journal) = &mut self.journal {
            journal.pop();
        }
    }
}
