//! A naive ledger: a list of what was accepted, from which everything is counted anew each time.
//!
//! It knows the rules that random programs can reach and nothing of how the state machine keeps
//! its sums, undoes chains or orders deadlines.

use jiff::Timestamp;
use kanuki_ledger::{
    Account, AccountId, CreateTransferResult as R, PendingState, Transfer, TransferId,
};

#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) transfer: Transfer,
    now: Timestamp,
    settled_by: Option<Transfer>,
}

#[derive(Clone, Default)]
pub(crate) struct Oracle {
    pub(crate) accounts: Vec<Account>,
    pub(crate) kept: Vec<Kept>,
    pub(crate) failed: Vec<TransferId>,
}

/// Debits pending and posted, credits pending and posted.
pub(crate) type Sums = [u64; 4];

impl Oracle {
    pub(crate) fn state(kept: &Kept, now: Timestamp) -> Option<PendingState> {
        let t = &kept.transfer;
        let expires_at = (t.timeout_secs > 0)
            .then(|| kept.now + jiff::SignedDuration::from_secs(t.timeout_secs.into()));
        match (kept.settled_by, expires_at) {
            _ if !t.flags.pending => None,
            (Some(by), _) if by.flags.void_pending => Some(PendingState::Voided { by: by.id }),
            (Some(by), _) => Some(PendingState::Posted { by: by.id, amount: by.amount }),
            (None, Some(at)) if at <= now => Some(PendingState::Expired { at }),
            (None, expires_at) => Some(PendingState::Pending { expires_at }),
        }
    }

    fn is_open(kept: &Kept, now: Timestamp) -> bool {
        matches!(Self::state(kept, now), Some(PendingState::Pending { .. }))
    }

    pub(crate) fn sums(&self, id: AccountId, now: Timestamp) -> Sums {
        let mut sums = [0; 4];
        for kept in &self.kept {
            let t = &kept.transfer;
            let place = match (t.flags.pending, t.flags.void_pending) {
                (true, _) if Self::is_open(kept, now) => 0,
                (true, _) | (_, true) => continue,
                (false, false) => 1,
            };
            sums[place] += if t.debit_account == id { t.amount.amount() } else { 0 };
            sums[place + 2] += if t.credit_account == id { t.amount.amount() } else { 0 };
        }
        sums
    }

    pub(crate) fn is_closed(&self, id: AccountId, now: Timestamp) -> bool {
        self.kept.iter().any(|kept| {
            let t = &kept.transfer;
            t.flags.closing_debit && t.debit_account == id && Self::is_open(kept, now)
        })
    }

    fn find(&self, id: TransferId) -> Option<usize> {
        self.kept.iter().position(|kept| kept.transfer.id == id)
    }

    pub(crate) fn batch(&mut self, transfers: &[Transfer], now: Timestamp) -> Vec<R> {
        let mut results: Vec<R> = Vec::new();
        let mut rest = transfers;
        while !rest.is_empty() {
            let end = rest.iter().position(|t| !t.flags.linked);
            let (chain, after) = rest.split_at(end.map_or(rest.len(), |last| last + 1));
            rest = after;
            results.extend(self.chain(chain, end.is_none(), now));
        }
        results
    }

    fn chain(&mut self, chain: &[Transfer], is_open: bool, now: Timestamp) -> Vec<R> {
        let mut copy = self.clone();
        let checked = if is_open { &chain[..chain.len() - 1] } else { chain };
        let mut results = vec![R::LinkedEventFailed; chain.len()];
        if is_open {
            *results.last_mut().unwrap() = R::LinkedEventChainOpen;
        }
        for (index, transfer) in checked.iter().enumerate() {
            if let Err(reason) = copy.one(transfer, now) {
                results[index] = reason;
                if reason.is_transient() {
                    self.failed.push(transfer.id);
                }
                return results;
            }
        }
        if !is_open {
            *self = copy;
            results.fill(R::Created);
        }
        results
    }

    fn one(&mut self, request: &Transfer, now: Timestamp) -> Result<(), R> {
        if let Some(index) = self.find(request.id) {
            return Err(self.exists(request, &self.kept[index].transfer));
        }
        if self.failed.contains(&request.id) {
            return Err(R::IdAlreadyFailed);
        }
        let (transfer, settles) = match request.pending_id {
            Some(pending_id) => self.resolve(request, pending_id, now)?,
            None => (self.plain(request, now)?, None),
        };
        if let Some(index) = settles {
            self.kept[index].settled_by = Some(transfer);
        }
        self.kept.push(Kept { transfer, now, settled_by: None });
        Ok(())
    }

    fn exists(&self, request: &Transfer, kept: &Transfer) -> R {
        let pending = request.pending_id.and_then(|id| self.find(id));
        let whole = pending.map(|index| self.kept[index].transfer.amount);
        let amount = match request.amount {
            amount if request.flags.post_pending && amount == Transfer::ALL => {
                whole.unwrap_or(amount)
            }
            amount if request.flags.void_pending && amount.is_zero() => kept.amount,
            amount if request.flags.balancing_debit => amount.min(kept.amount),
            amount => amount,
        };
        let settles = request.pending_id.is_some();
        if request.flags != kept.flags {
            R::ExistsWithDifferentFlags
        } else if request.pending_id != kept.pending_id {
            R::ExistsWithDifferentPendingId
        } else if request.timeout_secs != kept.timeout_secs {
            R::ExistsWithDifferentTimeout
        } else if !settles && request.debit_account != kept.debit_account {
            R::ExistsWithDifferentDebitAccountId
        } else if !settles && request.credit_account != kept.credit_account {
            R::ExistsWithDifferentCreditAccountId
        } else if amount != kept.amount {
            R::ExistsWithDifferentAmount
        } else {
            R::Exists
        }
    }

    fn resolve(
        &self,
        request: &Transfer,
        pending_id: TransferId,
        now: Timestamp,
    ) -> Result<(Transfer, Option<usize>), R> {
        if pending_id == request.id {
            return Err(R::PendingIdMustBeDifferent);
        }
        let index = self.find(pending_id).ok_or(R::PendingTransferNotFound)?;
        let pending = self.kept[index].transfer;
        let state = Self::state(&self.kept[index], now).ok_or(R::PendingTransferNotPending)?;
        let is_post = request.flags.post_pending;
        let amount = match request.amount {
            amount if is_post && amount == Transfer::ALL => pending.amount,
            amount if !is_post && amount.is_zero() => pending.amount,
            amount if amount > pending.amount => return Err(R::ExceedsPendingTransferAmount),
            amount => amount,
        };
        match state {
            PendingState::Pending { .. } => {}
            PendingState::Posted { .. } => return Err(R::PendingTransferAlreadyPosted),
            PendingState::Voided { .. } => return Err(R::PendingTransferAlreadyVoided),
            PendingState::Expired { .. } => return Err(R::PendingTransferExpired),
        }
        if is_post && self.is_closed(pending.debit_account, now) {
            return Err(R::DebitAccountAlreadyClosed);
        }
        if is_post && self.is_closed(pending.credit_account, now) {
            return Err(R::CreditAccountAlreadyClosed);
        }
        let Transfer { debit_account, credit_account, ledger, code, user_data, .. } = pending;
        let resolved =
            Transfer { debit_account, credit_account, ledger, code, user_data, amount, ..*request };
        Ok((resolved, Some(index)))
    }

    fn plain(&self, request: &Transfer, now: Timestamp) -> Result<Transfer, R> {
        let (debit, credit) = (request.debit_account, request.credit_account);
        if debit == credit {
            return Err(R::AccountsMustBeDifferent);
        }
        let find = |id| self.accounts.iter().find(|account| account.id == id);
        let debit_flags = find(debit).ok_or(R::DebitAccountNotFound)?.flags;
        let credit_flags = find(credit).ok_or(R::CreditAccountNotFound)?.flags;
        if self.is_closed(debit, now) {
            return Err(R::DebitAccountAlreadyClosed);
        }
        if self.is_closed(credit, now) {
            return Err(R::CreditAccountAlreadyClosed);
        }
        let (d, c) = (self.sums(debit, now), self.sums(credit, now));
        let mut amount = request.amount.amount();
        if request.flags.balancing_debit {
            amount = amount.min(d[3].saturating_sub(d[0] + d[1]));
        }
        if debit_flags.debits_must_not_exceed_credits && d[0] + d[1] + amount > d[3] {
            return Err(R::ExceedsCredits);
        }
        if credit_flags.credits_must_not_exceed_debits && c[2] + c[3] + amount > c[1] {
            return Err(R::ExceedsDebits);
        }
        Ok(Transfer { amount: kanuki_domain::Yen::new(amount).unwrap(), ..*request })
    }
}
