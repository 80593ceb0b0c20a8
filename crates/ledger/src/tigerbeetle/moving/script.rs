//! What a cluster is told of books that it takes over, and in which order.
//!
//! TigerBeetle imports what happened elsewhere at the instant when it happened, but a reservation
//! with a deadline it only makes itself, from now on. So:
//!
//! 1. all accounts come first;
//! 2. then every transfer, in order. A reservation is imported without its deadline; if that came,
//!    a void of it is imported at its deadline;
//! 3. what is still open and has a deadline (the uses of caps) is made at the end, with what is left
//!    of its time. So is what closes an account and is still open, because nothing is reserved on an
//!    account that is closed.
//!
//! No step can be refused for want of money: whatever comes later than it did only leaves more
//! room in between, and at the end all stands as it stood.
//!
//! Books that are still served are told in two pieces: what there is when the move begins, and what
//! came until they stood still. What was open at the end of the first piece is held back; if it ended in
//! the second, it is told between the two, a little later than it was made.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use crate::{
    chapter::{Chapter, Moved},
    model::{Account, AccountFlags, Transfer, TransferFlags, TransferId},
};

const TICK: SignedDuration = SignedDuration::from_nanos(1);

/// How a transfer stood where it comes from, as far as a cluster keeps it otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tigerbeetle) struct Origin {
    /// One of a chain.
    pub(in crate::tigerbeetle) linked: bool,
    /// It had been imported there, too.
    pub(in crate::tigerbeetle) imported: bool,
    /// Its timeout.
    pub(in crate::tigerbeetle) timeout_secs: u32,
    /// No transfer there: the deadline of what it voids had come.
    pub(in crate::tigerbeetle) is_expiry: bool,
}

/// One transfer as the cluster is told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tigerbeetle) struct Told {
    pub(in crate::tigerbeetle) transfer: Transfer,
    pub(in crate::tigerbeetle) origin: Origin,
}

/// A reservation that is made at the end, with the deadline that it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Late {
    pub(super) transfer: Transfer,
    pub(super) deadline: Option<Timestamp>,
}

impl Late {
    /// As it is made when the cluster's clock says `now`: with what is left of its time, in whole
    /// seconds, rounded up. A deadline that has come meanwhile comes a second later.
    pub(super) fn told(&self, now: Timestamp) -> Told {
        let timeout_secs = self.deadline.map_or(0, |deadline| {
            let left = deadline.duration_since(now);
            let begun = i64::from(left.subsec_nanos() > 0);
            u32::try_from(left.as_secs().saturating_add(begun).max(1)).unwrap_or(u32::MAX)
        });
        let flags = TransferFlags { linked: false, imported: false, ..self.transfer.flags };
        let timestamp = Timestamp::UNIX_EPOCH;
        let transfer = Transfer { timeout_secs, flags, timestamp, ..self.transfer };
        Told { transfer, origin: origin(&self.transfer) }
    }
}

/// The id of the void that stands for the deadline of a moved reservation.
pub(in crate::tigerbeetle) fn expiry_of(pending: TransferId) -> TransferId {
    TransferId::derive(&["moved", "timed out", &pending.to_string()])
}

fn origin(transfer: &Transfer) -> Origin {
    let TransferFlags { linked, imported, .. } = transfer.flags;
    Origin { linked, imported, timeout_secs: transfer.timeout_secs, is_expiry: false }
}

/// Reservations that nobody has ended yet.
#[derive(Clone, Debug, Default)]
struct Waiting {
    open: HashMap<TransferId, Late>,
    /// By deadline, then by when they were made: the order in which they are released.
    deadlines: BTreeSet<(Timestamp, Timestamp, TransferId)>,
}

impl Waiting {
    /// What has timed out at `now`.
    fn release(&mut self, now: Timestamp) -> Vec<(Timestamp, Transfer)> {
        let mut due = Vec::new();
        while let Some(first) = self.deadlines.first().copied()
            && first.0 <= now
        {
            self.deadlines.remove(&first);
            due.extend(self.open.remove(&first.2).map(|late| (first.0, late.transfer)));
        }
        due
    }

    fn take(&mut self, transfer: &Transfer, now: Timestamp) {
        if let Some(settled) = transfer.settled_id()
            && let Some(Late { transfer, deadline: Some(at) }) = self.open.remove(&settled)
        {
            self.deadlines.remove(&(at, transfer.timestamp, transfer.id));
        }
        if transfer.flags.pending {
            let timeout = SignedDuration::from_secs(transfer.timeout_secs.into());
            let deadline = (transfer.timeout_secs != 0)
                .then(|| now.checked_add(timeout).unwrap_or(Timestamp::MAX));
            self.open.insert(transfer.id, Late { transfer: *transfer, deadline });
            self.deadlines.extend(deadline.map(|at| (at, transfer.timestamp, transfer.id)));
        }
    }
}

/// Books as they are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Surveyor {
    pub(super) moved: Moved,
    accounts: Vec<Account>,
    waiting: Waiting,
}

impl Surveyor {
    /// The next batch.
    pub(super) fn add(&mut self, chapter: &Chapter) {
        self.moved.count(chapter);
        self.accounts.extend(&chapter.accounts);
        self.waiting.release(chapter.now);
        chapter.transfers.iter().for_each(|transfer| self.waiting.take(transfer, chapter.now));
    }

    /// What has timed out by `until` has timed out before it was moved.
    pub(super) fn survey(&self, until: Timestamp) -> Survey {
        let Self { moved, accounts, mut waiting } = self.clone();
        waiting.release(until);
        let closes = |flags: TransferFlags| flags.closing_debit || flags.closing_credit;
        let mut late: Vec<Late> = waiting.open.into_values().collect();
        late.retain(|late| late.deadline.is_some() || closes(late.transfer.flags));
        late.sort_by_key(|late| late.transfer.timestamp);
        let is_late = late.iter().map(|late| late.transfer.id).collect();
        let opened = accounts.iter().map(|account| account.timestamp).collect();
        Survey { moved, accounts, late, is_late, opened, until }
    }
}

/// What must be known of books before the first transfer is told.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) moved: Moved,
    /// As they were made.
    pub(super) accounts: Vec<Account>,
    /// What is open at the end, in order: made last, or held back.
    pub(super) late: Vec<Late>,
    is_late: HashSet<TransferId>,
    /// When accounts were made: no transfer may have such an instant.
    opened: HashSet<Timestamp>,
    /// What has timed out by then has timed out before it was moved.
    until: Timestamp,
}

impl Survey {
    /// The accounts as the cluster is told them: each at its instant, and none depends on another.
    pub(super) fn imported(&self) -> impl Iterator<Item = Account> {
        self.accounts.iter().map(|account| {
            let flags = AccountFlags { linked: false, ..account.flags };
            Account { flags, ..*account }.imported(account.timestamp)
        })
    }
}

/// The transfers, batch by batch, each under an instant of its own.
#[derive(Debug, Default)]
pub(super) struct Script {
    waiting: Waiting,
    last: Timestamp,
}

impl Script {
    /// The instant of what was told last.
    pub(super) const fn last(&self) -> Timestamp {
        self.last
    }

    /// What the next batch of the piece that `survey` looked at becomes.
    pub(super) fn tell(&mut self, survey: &Survey, chapter: &Chapter) -> Vec<Told> {
        let mut told = self.timed_out(survey, chapter.now);
        for transfer in &chapter.transfers {
            self.waiting.take(transfer, chapter.now);
            if !survey.is_late.contains(&transfer.id) {
                told.push(self.import(survey, transfer));
            }
        }
        told
    }

    /// What has timed out between the last batch of the piece and its end.
    pub(super) fn finish(&mut self, survey: &Survey) -> Vec<Told> {
        self.timed_out(survey, survey.until)
    }

    /// What was held back of the piece `before` and has ended by the end of the one that `survey` looked
    /// at.
    pub(super) fn release(&mut self, before: &Survey, survey: &Survey) -> Vec<Told> {
        let ended = before.late.iter().filter(|late| !survey.is_late.contains(&late.transfer.id));
        ended.map(|late| self.import(survey, &late.transfer)).collect()
    }

    fn import(&mut self, survey: &Survey, transfer: &Transfer) -> Told {
        let at = self.stamp(survey, transfer.timestamp);
        let flags = TransferFlags { linked: false, ..transfer.flags };
        let plain = Transfer { flags, timeout_secs: 0, ..*transfer };
        Told { transfer: plain.imported(at), origin: origin(transfer) }
    }

    fn timed_out(&mut self, survey: &Survey, now: Timestamp) -> Vec<Told> {
        let mut told = Vec::new();
        let due = self.waiting.release(now);
        for (left, (deadline, pending)) in (0..due.len()).rev().zip(due) {
            // All of one deadline come before it, so that what follows keeps its own instant.
            let early = i64::try_from(left).unwrap_or(i64::MAX).saturating_add(1);
            let before = deadline.checked_sub(SignedDuration::from_nanos(early));
            let transfer = self.void_of(survey, &pending, before.unwrap_or(deadline));
            told.push(Told { transfer, origin: Origin { is_expiry: true, ..Origin::default() } });
        }
        told
    }

    fn void_of(&mut self, survey: &Survey, pending: &Transfer, at: Timestamp) -> Transfer {
        let id = expiry_of(pending.id);
        Transfer {
            debit_account: pending.debit_account,
            credit_account: pending.credit_account,
            amount: pending.amount,
            ledger: pending.ledger,
            code: pending.code,
            user_data: pending.user_data,
            ..Transfer::void(id, pending.id).imported(self.stamp(survey, at))
        }
    }

    /// The instant `wanted`, or the first after it that is later than all before and no account's.
    fn stamp(&mut self, survey: &Survey, wanted: Timestamp) -> Timestamp {
        let next = |at: Timestamp| at.checked_add(TICK).unwrap_or(Timestamp::MAX);
        let mut at = wanted.max(next(self.last));
        while survey.opened.contains(&at) && at < Timestamp::MAX {
            at = next(at);
        }
        self.last = at;
        at
    }
}
