//! What the writer keeps in memory, and what a group of batches makes of it.
//!
//! All accounts, all open reservations and the ids of late are here; older transfers are in the
//! database only. A group is applied to a part of the books ([`crate::state`]'s rules), written, and
//! only then taken over, so a write that failed leaves nothing behind.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use super::{
    recent::{Known, Recent},
    stale::Stale,
};
use crate::{
    model::{Account, AccountId, PendingState, Transfer, TransferId, TransferRecord},
    result::{CreateAccountResult, CreateTransferResult},
    state::{
        Batch, BatchResults, State,
        ids::ById,
        part::{Clock, Written},
    },
};

/// How many ids are remembered before others have their turn.
const LATE_AT_ONCE: usize = 128;

/// The latest that a reservation can be in the order of release.
const LAST_ID: TransferId = TransferId(u128::MAX);

/// Accounts, open reservations, ids of late.
#[derive(Debug)]
pub(super) struct Books {
    accounts: HashMap<AccountId, Account, ById>,
    opened: BTreeSet<Timestamp>,
    open: HashMap<TransferId, TransferRecord, ById>,
    deadlines: BTreeSet<(Timestamp, Timestamp, TransferId)>,
    recent: Recent,
    /// Written, and not among the ids of late yet ([`Self::remember_late`]).
    late: Vec<TransferRecord>,
    pub(super) clock: Clock,
    pub(super) stale: Stale,
}

/// What a group changed, to be written and then taken over.
#[derive(Debug)]
pub(super) struct Changes {
    pub(super) written: Vec<Written>,
    /// New accounts, and those that a release changed.
    pub(super) accounts: Vec<Account>,
    /// Reservations made or ended.
    pub(super) pendings: Vec<TransferRecord>,
    /// Ids refused for a passing reason.
    pub(super) failed: Vec<TransferId>,
    /// Ids that were refused as if they were new, and that nobody has looked up.
    pub(super) unsure: Vec<TransferId>,
    pub(super) clock: Clock,
}

impl Changes {
    /// Nothing to write.
    pub(super) const fn is_empty(&self) -> bool {
        self.written.is_empty()
            && self.accounts.is_empty()
            && self.pendings.is_empty()
            && self.failed.is_empty()
    }
}

impl Books {
    /// Books that have come as far as `clock`.
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            accounts: HashMap::default(),
            opened: BTreeSet::new(),
            open: HashMap::default(),
            deadlines: BTreeSet::new(),
            recent: Recent::default(),
            late: Vec::new(),
            clock,
            stale: Stale::default(),
        }
    }

    /// Keeps an account as it stands.
    pub(super) fn put_account(&mut self, account: Account) {
        if self.accounts.insert(account.id, account).is_none() {
            self.opened.insert(account.timestamp);
        }
    }

    /// The account, if there is one.
    pub(super) fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    /// Keeps a transfer as it stands: as long as it is open, or among those of late.
    pub(super) fn put_transfer(&mut self, record: TransferRecord) {
        let id = record.transfer.id;
        if let Some(PendingState::Pending { expires_at }) = record.pending {
            self.deadlines.extend(expires_at.map(|at| (at, record.transfer.timestamp, id)));
            self.open.insert(id, record);
            return;
        }
        if let Some(TransferRecord {
            transfer,
            pending: Some(PendingState::Pending { expires_at: Some(at) }),
        }) = self.open.remove(&id)
        {
            self.deadlines.remove(&(at, transfer.timestamp, id));
        }
        self.recent.keep(id, Known::Made(record));
    }

    /// Keeps an id that was refused for a passing reason.
    pub(super) fn put_failed(&mut self, id: TransferId) {
        self.recent.keep(id, Known::Failed);
    }

    /// Keeps the ids of the group before, while nobody asks or the server writes the next one. Whoever
    /// asks for one of them until then is taken for new, and the server knows better: then it is
    /// looked up.
    pub(super) async fn remember_late(&mut self) {
        while !self.late.is_empty() {
            // The connection, and whoever asks next, have the same thread.
            tokio::task::yield_now().await;
            let some = self.late.len().min(LATE_AT_ONCE);
            for record in self.late.drain(..some) {
                self.recent.keep(record.transfer.id, Known::Made(record));
            }
        }
    }

    fn known(&self, id: TransferId) -> Option<Known> {
        let open = self.open.get(&id).map(|record| Known::Made(*record));
        open.or_else(|| self.recent.get(id))
    }

    fn made(&self, id: TransferId) -> Option<TransferRecord> {
        match self.known(id)? {
            Known::Made(record) => Some(record),
            Known::Failed => None,
        }
    }

    /// The latest instant of any batch; none before the first.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        (self.clock.now > Timestamp::MIN).then_some(self.clock.now)
    }

    /// When something is released next.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _, _)| *at)
    }

    /// What `batches` settle, or settled before, and what is not in memory.
    pub(super) fn missing_pendings(&self, batches: &[(Batch, Timestamp)]) -> Vec<TransferId> {
        let requests = || batches.iter().flat_map(|(batch, _)| transfers(batch));
        let asked: HashSet<TransferId, ById> = requests().map(|request| request.id).collect();
        let named = requests().flat_map(|request| {
            let before = self.made(request.id).and_then(|record| record.transfer.pending_id);
            [request.pending_id, before].into_iter().flatten()
        });
        let missing: HashSet<TransferId, ById> = named
            .filter(|id| !id.is_none() && !asked.contains(id) && self.known(*id).is_none())
            .collect();
        missing.into_iter().collect()
    }

    /// Every id that `batches` name and that is not in memory.
    pub(super) fn missing(&self, batches: &[(Batch, Timestamp)]) -> Vec<TransferId> {
        let requests = batches.iter().flat_map(|(batch, _)| transfers(batch));
        let named = requests.flat_map(|request| [Some(request.id), request.pending_id]);
        let missing: HashSet<TransferId, ById> =
            named.flatten().filter(|id| !id.is_none() && self.known(*id).is_none()).collect();
        missing.into_iter().collect()
    }

    /// Applies `batches` to a part of the books, which themselves stay as they are.
    pub(super) fn apply(&self, batches: &[(Batch, Timestamp)]) -> (Vec<BatchResults>, Changes) {
        let mut part = State::part(self.clock);
        part.make_room(batches.iter().map(|(batch, _)| transfers(batch).len()).sum());
        let latest = batches.iter().map(|(_, now)| *now).fold(self.clock.now, Timestamp::max);
        let due = self.due(latest);
        for record in &due {
            self.lend(&mut part, record);
        }
        for (batch, _) in batches {
            self.lend_all(&mut part, batch);
        }
        let results: Vec<BatchResults> =
            batches.iter().map(|(batch, now)| part.apply(batch, *now)).collect();
        let changes = self.changes(&mut part, &due, batches, &results);
        (results, changes)
    }

    fn due(&self, latest: Timestamp) -> Vec<TransferRecord> {
        let due = self.deadlines.range(..=(latest, Timestamp::MAX, LAST_ID));
        due.filter_map(|(_, _, id)| self.open.get(id).copied()).collect()
    }

    /// Puts into `part` all that `batch` can touch.
    fn lend_all(&self, part: &mut State, batch: &Batch) {
        let mut imports = false;
        if let Batch::Accounts(accounts) = batch {
            for account in accounts {
                imports |= account.flags.imported;
                self.lend_account(part, account.id);
            }
        }
        for request in transfers(batch) {
            imports |= request.flags.imported;
            self.lend_account(part, request.debit_account);
            self.lend_account(part, request.credit_account);
            match self.known(request.id) {
                Some(Known::Made(record)) => self.lend(part, &record),
                Some(Known::Failed) => part.put_failed(request.id),
                None => {}
            }
            if let Some(pending) = request.pending_id.and_then(|id| self.made(id)) {
                self.lend(part, &pending);
            }
        }
        if imports {
            part.put_opened(&self.opened);
        }
    }

    /// Puts a transfer into `part`, with its accounts and with what it settled.
    fn lend(&self, part: &mut State, record: &TransferRecord) {
        part.put_transfer(record);
        self.lend_account(part, record.transfer.debit_account);
        self.lend_account(part, record.transfer.credit_account);
        if let Some(pending) = record.transfer.pending_id.and_then(|id| self.made(id)) {
            part.put_transfer(&pending);
        }
    }

    fn lend_account(&self, part: &mut State, id: AccountId) {
        if let Some(account) = self.accounts.get(&id) {
            part.put_account(*account);
        }
    }

    fn changes(
        &self,
        part: &mut State,
        due: &[TransferRecord],
        batches: &[(Batch, Timestamp)],
        results: &[BatchResults],
    ) -> Changes {
        let written = part.take_written();
        let mut accounts: HashSet<AccountId, ById> = HashSet::default();
        let mut pendings: HashSet<TransferId, ById> = HashSet::default();
        for record in due {
            let now = part.transfer(record.transfer.id);
            if now.is_some_and(|now| matches!(now.pending, Some(PendingState::Expired { .. }))) {
                pendings.insert(record.transfer.id);
                accounts.extend([record.transfer.debit_account, record.transfer.credit_account]);
            }
        }
        for Written { transfer, .. } in &written {
            pendings.extend(transfer.pending_id);
            pendings.extend(transfer.flags.pending.then_some(transfer.id));
        }
        let mut failed: HashSet<TransferId, ById> = HashSet::default();
        let mut unsure: HashSet<TransferId, ById> = HashSet::default();
        for ((batch, _), results) in batches.iter().zip(results) {
            match (batch, results) {
                (Batch::Accounts(asked), BatchResults::Accounts(results)) => {
                    let answered = asked.iter().zip(results);
                    let made = answered.filter(|(_, r)| **r == CreateAccountResult::Created);
                    accounts.extend(made.map(|(account, _)| account.id));
                }
                (Batch::Transfers(asked), BatchResults::Transfers(results)) => {
                    let answered = || asked.iter().zip(results).map(|(t, r)| (t.id, *r));
                    failed.extend(answered().filter(|(_, r)| r.is_transient()).map(|(id, _)| id));
                    let refused = answered().filter(|(_, r)| *r != CreateTransferResult::Created);
                    unsure.extend(refused.map(|(id, _)| id));
                }
                (
                    Batch::Accounts(_) | Batch::Transfers(_) | Batch::Tick,
                    BatchResults::Accounts(_) | BatchResults::Transfers(_) | BatchResults::Tick,
                ) => {}
            }
        }
        // What was known before, or what the group itself made or burnt, is sure.
        unsure.retain(|id| {
            self.known(*id).is_none() && part.transfer(*id).is_none() && !failed.contains(id)
        });
        Changes {
            written,
            accounts: accounts.into_iter().filter_map(|id| part.account(id)).collect(),
            pendings: pendings.into_iter().filter_map(|id| part.transfer(id)).collect(),
            failed: failed.into_iter().collect(),
            unsure: unsure.into_iter().collect(),
            clock: part.clock(),
        }
    }

    /// Takes over what was written.
    pub(super) fn take(&mut self, changes: Changes) {
        self.take_pendings(&changes);
        self.take_rest(changes);
    }

    /// Of what was written, when something is released next.
    pub(super) fn take_pendings(&mut self, changes: &Changes) {
        for record in &changes.pendings {
            self.put_transfer(*record);
        }
    }

    /// Everything else of it: only the next group asks for that.
    pub(super) fn take_rest(&mut self, changes: Changes) {
        for Written { transfer, debit, credit } in changes.written {
            for account in [debit, credit] {
                self.stale.touch(account.id, transfer.timestamp);
                self.put_account(account);
            }
            if !transfer.flags.pending {
                self.late.push(TransferRecord { transfer, pending: None });
            }
        }
        for account in changes.accounts {
            self.put_account(account);
        }
        for id in changes.failed {
            self.put_failed(id);
        }
        self.clock = changes.clock;
    }
}

/// The transfers of a batch.
fn transfers(batch: &Batch) -> &[Transfer] {
    match batch {
        Batch::Transfers(transfers) => transfers,
        Batch::Accounts(_) | Batch::Tick => &[],
    }
}
