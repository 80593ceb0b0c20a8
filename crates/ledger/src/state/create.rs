//! New accounts and new transfers.

use jiff::{SignedDuration, Timestamp};
use kanuki_domain::Yen;

use super::{Held, Open, State, Used, compare, overflow, undo::Undo};
use crate::{
    model::{Account, AccountId, Transfer},
    result::{CreateAccountResult as A, CreateTransferResult as R},
};

/// An account and its slot.
pub(super) type InSlot = (u32, Account);

impl State {
    /// Makes one account, or changes nothing and says why not.
    pub(super) fn create_account(&mut self, account: &Account) -> Result<(), A> {
        let flags = account.flags;
        first_of([
            (account.id.bits() == 0, A::IdMustNotBeZero),
            (account.id.bits() == u128::MAX, A::IdMustNotBeIntMax),
        ])?;
        if let Some(existing) = self.accounts.get(&account.id) {
            return Err(compare::accounts(account, existing));
        }
        let both = flags.debits_must_not_exceed_credits && flags.credits_must_not_exceed_debits;
        first_of([
            (both, A::FlagsAreMutuallyExclusive),
            (!account.debits_pending.is_zero(), A::DebitsPendingMustBeZero),
            (!account.debits_posted.is_zero(), A::DebitsPostedMustBeZero),
            (!account.credits_pending.is_zero(), A::CreditsPendingMustBeZero),
            (!account.credits_posted.is_zero(), A::CreditsPostedMustBeZero),
            (account.ledger == 0, A::LedgerMustNotBeZero),
            (account.code == 0, A::CodeMustNotBeZero),
            (self.is_late_account(account), A::ImportedEventTimestampMustNotRegress),
        ])?;
        self.remember(|state| Undo::Account { stamped: state.stamped });
        let timestamp = if flags.imported { account.timestamp } else { self.next_stamp() };
        self.stamped = self.stamped.max(timestamp);
        self.opened.insert(timestamp);
        self.accounts.push(Held { account: Account { timestamp, ..*account }, last: 0 });
        Ok(())
    }

    /// An imported account is later than every account and every transfer so far. (TigerBeetle
    /// lets it be earlier than transfers, as long as none has its very instant.)
    fn is_late_account(&self, account: &Account) -> bool {
        let last = self.opened.last().copied().unwrap_or(Timestamp::MIN);
        account.flags.imported && account.timestamp <= last.max(self.transferred)
    }

    /// Makes one transfer, or changes nothing and says why not.
    pub(super) fn create_transfer(&mut self, request: &Transfer) -> Result<(), R> {
        first_of([
            (request.id.bits() == 0, R::IdMustNotBeZero),
            (request.id.bits() == u128::MAX, R::IdMustNotBeIntMax),
        ])?;
        if self.spans.has(request.id) || request.flags.settles() {
            self.ids.keep();
        }
        match self.used(request.id) {
            None => {}
            Some(Used::Refused(_)) => return Err(R::IdAlreadyFailed),
            Some(Used::Transfer(existing)) => {
                let existing = existing.transfer;
                let pending = existing.pending_id.and_then(|id| self.transfer(id));
                let pending = pending.as_ref().map(|record| &record.transfer);
                return Err(compare::transfers(request, &existing, pending));
            }
        }
        check_flags(request)?;
        if request.flags.settles() {
            return self.settle(request);
        }
        check_fields(request)?;
        let ((debit_slot, debit), (credit_slot, credit)) = self.sides(request)?;
        let amount = balanced(request, &debit, &credit);
        let (debit_after, credit_after) =
            overflow::moved(&debit, &credit, amount, request.flags.pending)?;
        let expires_at = self.deadline_of(request)?;
        first_of([
            (overdraws(&debit_after), R::ExceedsCredits),
            (overcredits(&credit_after), R::ExceedsDebits),
        ])?;
        // Everything that can fail has been computed; from here on, only writes.
        self.remember(|state| state.undo_of(debit, credit, None));
        let transfer = Transfer { amount, pending_id: None, ..*request };
        let debit_after =
            Account { closed: debit_after.closed || request.flags.closing_debit, ..debit_after };
        let credit_after =
            Account { closed: credit_after.closed || request.flags.closing_credit, ..credit_after };
        let (number, transfer) =
            self.write(transfer, (debit_slot, debit_after), (credit_slot, credit_after));
        if transfer.flags.pending {
            self.insert_open(Open { number, transfer, expires_at });
        }
        Ok(())
    }

    /// Both accounts with their slots, if they may trade.
    fn sides(&self, request: &Transfer) -> Result<(InSlot, InSlot), R> {
        let (debit_slot, debit) =
            self.in_slot(request.debit_account).ok_or(R::DebitAccountNotFound)?;
        let (credit_slot, credit) =
            self.in_slot(request.credit_account).ok_or(R::CreditAccountNotFound)?;
        first_of([
            (debit.ledger != credit.ledger, R::AccountsMustHaveTheSameLedger),
            (request.ledger != debit.ledger, R::TransferMustHaveTheSameLedgerAsAccounts),
        ])?;
        self.check_import(request)?;
        let is_imported = request.flags.imported;
        let (at, debit_made, credit_made) = (request.timestamp, debit.timestamp, credit.timestamp);
        first_of([
            (is_imported && at <= debit_made, R::ImportedEventTimestampMustPostdateDebitAccount),
            (is_imported && at <= credit_made, R::ImportedEventTimestampMustPostdateCreditAccount),
            (is_imported && request.timeout_secs != 0, R::ImportedEventTimeoutMustBeZero),
            (debit.closed, R::DebitAccountAlreadyClosed),
            (credit.closed, R::CreditAccountAlreadyClosed),
        ])?;
        Ok(((debit_slot, debit), (credit_slot, credit)))
    }

    pub(super) fn in_slot(&self, id: AccountId) -> Option<InSlot> {
        self.accounts.find(id).map(|(slot, held)| (slot, held.account))
    }

    /// An imported transfer is later than every transfer so far, and no account has its instant.
    pub(super) fn check_import(&self, request: &Transfer) -> Result<(), R> {
        let at = request.timestamp;
        let regresses = at <= self.transferred || self.opened.contains(&at);
        first_of([(request.flags.imported && regresses, R::ImportedEventTimestampMustNotRegress)])
    }

    /// The deadline counts from the instant of the batch, so that all reservations of a chain end
    /// together.
    fn deadline_of(&self, request: &Transfer) -> Result<Option<Timestamp>, R> {
        if !request.flags.pending || request.timeout_secs == 0 {
            return Ok(None);
        }
        let timeout = SignedDuration::from_secs(i64::from(request.timeout_secs));
        self.now.checked_add(timeout).map(Some).map_err(|_| R::OverflowsTimeout)
    }
}

/// The first reason that applies.
pub(super) fn first_of<E, const N: usize>(reasons: [(bool, E); N]) -> Result<(), E> {
    reasons.into_iter().find(|(is_so, _)| *is_so).map_or(Ok(()), |(_, reason)| Err(reason))
}

fn check_flags(request: &Transfer) -> Result<(), R> {
    let flags = request.flags;
    let shapes = flags.balancing_debit
        || flags.balancing_credit
        || flags.closing_debit
        || flags.closing_credit;
    let clash = (flags.post_pending && flags.void_pending)
        || (flags.settles() && (flags.pending || shapes));
    first_of([(clash, R::FlagsAreMutuallyExclusive)])
}

fn check_fields(request: &Transfer) -> Result<(), R> {
    let flags = request.flags;
    let (debit, credit) = (request.debit_account, request.credit_account);
    let reserved = AccountId(u128::MAX);
    first_of([
        (debit.is_none(), R::DebitAccountIdMustNotBeZero),
        (debit == reserved, R::DebitAccountIdMustNotBeIntMax),
        (credit.is_none(), R::CreditAccountIdMustNotBeZero),
        (credit == reserved, R::CreditAccountIdMustNotBeIntMax),
        (debit == credit, R::AccountsMustBeDifferent),
        (request.settled_id().is_some(), R::PendingIdMustBeZero),
        (!flags.pending && request.timeout_secs != 0, R::TimeoutReservedForPendingTransfer),
        (
            !flags.pending && (flags.closing_debit || flags.closing_credit),
            R::ClosingTransferMustBePending,
        ),
        (request.ledger == 0, R::LedgerMustNotBeZero),
        (request.code == 0, R::CodeMustNotBeZero),
    ])
}

/// The amount after the balancing flags: never more than what the side has room for.
fn balanced(request: &Transfer, debit: &Account, credit: &Account) -> Yen {
    let mut amount = request.amount;
    if request.flags.balancing_debit {
        amount = amount.min(debit.available());
    }
    if request.flags.balancing_credit {
        let room = credit.debit_balance().minus_or_zero(credit.credits_pending);
        amount = amount.min(room);
    }
    amount
}

/// `after` is the account with the new debit; its sums were checked to fit.
fn overdraws(after: &Account) -> bool {
    let debits = after.debits_pending.plus(after.debits_posted);
    after.flags.debits_must_not_exceed_credits
        && debits.map_or(true, |debits| debits > after.credits_posted)
}

fn overcredits(after: &Account) -> bool {
    let credits = after.credits_pending.plus(after.credits_posted);
    after.flags.credits_must_not_exceed_debits
        && credits.map_or(true, |credits| credits > after.debits_posted)
}
