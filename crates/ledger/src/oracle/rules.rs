//! The rules, in TigerBeetle's order: the first one that is broken is the answer.

use jiff::{SignedDuration, Timestamp};
use kanuki_domain::Yen;

use super::books::{Books, Sums};
use crate::{
    model::{Account, AccountId, PendingState, Transfer, TransferId},
    result::{CreateAccountResult as A, CreateTransferResult as R},
};

/// Refuses with `reason` if `is_so`.
fn refuse<W>(is_so: bool, reason: W) -> Result<(), W> {
    if is_so { Err(reason) } else { Ok(()) }
}

/// The most that a sum may be.
const MOST: u64 = Yen::MAX.amount();

const fn is_beyond(sum: u64, amount: u64) -> bool {
    sum.saturating_add(amount) > MOST
}

impl Books {
    /// Whether an account may be made.
    pub(super) fn check_account(&self, asked: &Account) -> Result<(), A> {
        refuse(asked.id.bits() == 0, A::IdMustNotBeZero)?;
        refuse(asked.id.bits() == u128::MAX, A::IdMustNotBeIntMax)?;
        if let Some(known) = self.account(asked.id) {
            return Err(super::exists::account(asked, &known));
        }
        let flags = asked.flags;
        refuse(
            flags.debits_must_not_exceed_credits && flags.credits_must_not_exceed_debits,
            A::FlagsAreMutuallyExclusive,
        )?;
        refuse(asked.debits_pending != Yen::ZERO, A::DebitsPendingMustBeZero)?;
        refuse(asked.debits_posted != Yen::ZERO, A::DebitsPostedMustBeZero)?;
        refuse(asked.credits_pending != Yen::ZERO, A::CreditsPendingMustBeZero)?;
        refuse(asked.credits_posted != Yen::ZERO, A::CreditsPostedMustBeZero)?;
        refuse(asked.ledger == 0, A::LedgerMustNotBeZero)?;
        refuse(asked.code == 0, A::CodeMustNotBeZero)?;
        let others = self.accounts.values().map(|account| account.timestamp);
        let latest = others.chain([self.transferred()]).max();
        let is_late = flags.imported && latest.is_some_and(|latest| asked.timestamp <= latest);
        refuse(is_late, A::ImportedEventTimestampMustNotRegress)
    }

    /// The transfer as it is made, and when it times out.
    pub(super) fn check_transfer(
        &self,
        asked: &Transfer,
    ) -> Result<(Transfer, Option<Timestamp>), R> {
        let flags = asked.flags;
        refuse(asked.id.bits() == 0, R::IdMustNotBeZero)?;
        refuse(asked.id.bits() == u128::MAX, R::IdMustNotBeIntMax)?;
        if let Some(known) = self.transfer(asked.id) {
            let settled = known.transfer.pending_id.and_then(|id| self.transfer(id));
            let settled = settled.map(|settled| settled.transfer);
            return Err(super::exists::transfer(asked, &known.transfer, settled.as_ref()));
        }
        refuse(self.failed.contains(&asked.id), R::IdAlreadyFailed)?;
        let settles = flags.post_pending || flags.void_pending;
        let others = [
            flags.pending,
            flags.balancing_debit,
            flags.balancing_credit,
            flags.closing_debit,
            flags.closing_credit,
        ];
        let is_both = flags.post_pending && flags.void_pending;
        refuse(is_both || (settles && others.contains(&true)), R::FlagsAreMutuallyExclusive)?;
        if settles {
            return self.check_settling(asked).map(|made| (made, None));
        }
        self.check_moving(asked)
    }

    fn check_moving(&self, asked: &Transfer) -> Result<(Transfer, Option<Timestamp>), R> {
        let flags = asked.flags;
        let all_ones = AccountId(u128::MAX);
        refuse(asked.debit_account.is_none(), R::DebitAccountIdMustNotBeZero)?;
        refuse(asked.debit_account == all_ones, R::DebitAccountIdMustNotBeIntMax)?;
        refuse(asked.credit_account.is_none(), R::CreditAccountIdMustNotBeZero)?;
        refuse(asked.credit_account == all_ones, R::CreditAccountIdMustNotBeIntMax)?;
        refuse(asked.debit_account == asked.credit_account, R::AccountsMustBeDifferent)?;
        let names_other = asked.pending_id.is_some_and(|id| id.bits() != 0);
        refuse(names_other, R::PendingIdMustBeZero)?;
        let has_timeout = asked.timeout_secs > 0;
        refuse(!flags.pending && has_timeout, R::TimeoutReservedForPendingTransfer)?;
        let closes = flags.closing_debit || flags.closing_credit;
        refuse(!flags.pending && closes, R::ClosingTransferMustBePending)?;
        refuse(asked.ledger == 0, R::LedgerMustNotBeZero)?;
        refuse(asked.code == 0, R::CodeMustNotBeZero)?;
        let debit = self.accounts.get(&asked.debit_account).ok_or(R::DebitAccountNotFound)?;
        let credit = self.accounts.get(&asked.credit_account).ok_or(R::CreditAccountNotFound)?;
        refuse(debit.ledger != credit.ledger, R::AccountsMustHaveTheSameLedger)?;
        refuse(debit.ledger != asked.ledger, R::TransferMustHaveTheSameLedgerAsAccounts)?;
        if flags.imported {
            self.check_import(asked)?;
            let at = asked.timestamp;
            refuse(at <= debit.timestamp, R::ImportedEventTimestampMustPostdateDebitAccount)?;
            refuse(at <= credit.timestamp, R::ImportedEventTimestampMustPostdateCreditAccount)?;
            refuse(has_timeout, R::ImportedEventTimeoutMustBeZero)?;
        }
        refuse(self.is_closed(debit), R::DebitAccountAlreadyClosed)?;
        refuse(self.is_closed(credit), R::CreditAccountAlreadyClosed)?;
        let (debits, credits) = (self.sums(debit.id), self.sums(credit.id));
        let amount = bounded(asked, debits, credits);
        check_width(debits, credits, amount, flags.pending)?;
        let expires_at = if flags.pending && has_timeout {
            let timeout = SignedDuration::from_secs(asked.timeout_secs.into());
            Some(self.now().checked_add(timeout).map_err(|_| R::OverflowsTimeout)?)
        } else {
            None
        };
        let [held, spent, _, had] = debits;
        let debited = held.saturating_add(spent).saturating_add(amount);
        refuse(debit.flags.debits_must_not_exceed_credits && debited > had, R::ExceedsCredits)?;
        let [_, owed, held, given] = credits;
        let credited = held.saturating_add(given).saturating_add(amount);
        refuse(credit.flags.credits_must_not_exceed_debits && credited > owed, R::ExceedsDebits)?;
        let amount = Yen::new(amount).unwrap_or(Yen::MAX);
        Ok((Transfer { amount, pending_id: None, ..*asked }, expires_at))
    }

    fn check_settling(&self, asked: &Transfer) -> Result<Transfer, R> {
        let is_post = asked.flags.post_pending;
        let id = asked.pending_id.unwrap_or(TransferId(0));
        refuse(id.bits() == 0, R::PendingIdMustNotBeZero)?;
        refuse(id.bits() == u128::MAX, R::PendingIdMustNotBeIntMax)?;
        refuse(id == asked.id, R::PendingIdMustBeDifferent)?;
        refuse(asked.timeout_secs > 0, R::TimeoutReservedForPendingTransfer)?;
        let kept = self.kept.get(&id).ok_or(R::PendingTransferNotFound)?;
        let state = self.state(kept).ok_or(R::PendingTransferNotPending)?;
        let pending = kept.transfer;
        let is_other = |said: AccountId, is: AccountId| said.bits() != 0 && said != is;
        refuse(
            is_other(asked.debit_account, pending.debit_account),
            R::PendingTransferHasDifferentDebitAccountId,
        )?;
        refuse(
            is_other(asked.credit_account, pending.credit_account),
            R::PendingTransferHasDifferentCreditAccountId,
        )?;
        let same_ledger = [0, pending.ledger].contains(&asked.ledger);
        refuse(!same_ledger, R::PendingTransferHasDifferentLedger)?;
        let same_code = [0, pending.code].contains(&asked.code);
        refuse(!same_code, R::PendingTransferHasDifferentCode)?;
        let all = if is_post { Transfer::ALL } else { Yen::ZERO };
        let amount = if asked.amount == all { pending.amount } else { asked.amount };
        refuse(amount > pending.amount, R::ExceedsPendingTransferAmount)?;
        let is_part = !is_post && amount < pending.amount;
        refuse(is_part, R::PendingTransferHasDifferentAmount)?;
        match state {
            PendingState::Pending { .. } => {}
            PendingState::Posted { .. } => return Err(R::PendingTransferAlreadyPosted),
            PendingState::Voided { .. } => return Err(R::PendingTransferAlreadyVoided),
            PendingState::Expired { .. } => return Err(R::PendingTransferExpired),
        }
        if asked.flags.imported {
            self.check_import(asked)?;
        }
        let find = |id: AccountId| self.accounts.get(&id).is_some_and(|a| self.is_closed(a));
        refuse(is_post && find(pending.debit_account), R::DebitAccountAlreadyClosed)?;
        refuse(is_post && find(pending.credit_account), R::CreditAccountAlreadyClosed)?;
        let user_data = if asked.user_data == 0 { pending.user_data } else { asked.user_data };
        let Transfer { debit_account, credit_account, ledger, code, .. } = pending;
        // What was reserved was within the width; a part of it is too.
        Ok(Transfer { debit_account, credit_account, amount, ledger, code, user_data, ..*asked })
    }

    fn check_import(&self, asked: &Transfer) -> Result<(), R> {
        let is_taken = self.accounts.values().any(|account| account.timestamp == asked.timestamp);
        let is_late = asked.timestamp <= self.transferred();
        refuse(is_late || is_taken, R::ImportedEventTimestampMustNotRegress)
    }
}

/// What a balancing transfer moves: not more than there is, on the sides that it asks for.
fn bounded(asked: &Transfer, debits: Sums, credits: Sums) -> u64 {
    let mut amount = asked.amount.amount();
    if asked.flags.balancing_debit {
        let [held, spent, _, had] = debits;
        amount = amount.min(had.saturating_sub(held.saturating_add(spent)));
    }
    if asked.flags.balancing_credit {
        let [_, owed, held, given] = credits;
        amount = amount.min(owed.saturating_sub(held.saturating_add(given)));
    }
    amount
}

/// Each sum alone, then both sums of a side together.
fn check_width(debits: Sums, credits: Sums, amount: u64, is_pending: bool) -> Result<(), R> {
    let [debits_pending, debits_posted, _, _] = debits;
    let [_, _, credits_pending, credits_posted] = credits;
    if is_pending {
        refuse(is_beyond(debits_pending, amount), R::OverflowsDebitsPending)?;
        refuse(is_beyond(credits_pending, amount), R::OverflowsCreditsPending)?;
    }
    refuse(is_beyond(debits_posted, amount), R::OverflowsDebitsPosted)?;
    refuse(is_beyond(credits_posted, amount), R::OverflowsCreditsPosted)?;
    let debits = debits_pending.saturating_add(debits_posted);
    refuse(is_beyond(debits, amount), R::OverflowsDebits)?;
    let credits = credits_pending.saturating_add(credits_posted);
    refuse(is_beyond(credits, amount), R::OverflowsCredits)
}
