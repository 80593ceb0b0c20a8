//! New accounts and new transfers.

use jiff::{SignedDuration, Timestamp};
use kanuki_domain::Yen;

use super::{Held, Open, Standing, State, Used, accounts::Front, compare, overflow, undo::Undo};
use crate::{
    model::{Account, AccountId, Transfer},
    result::{CreateAccountResult as A, CreateTransferResult as R},
};

/// An account's slot, and what a transfer asks of it.
type InSlot<'a> = (u32, &'a Front);

impl State {
    /// Makes one account, or changes nothing and says why not.
    pub(super) fn create_account(&mut self, account: &Account) -> Result<(), A> {
        let flags = account.flags;
        first_of([
            (account.id.bits() == 0, A::IdMustNotBeZero),
            (account.id.bits() == u128::MAX, A::IdMustNotBeIntMax),
        ])?;
        if let Some(existing) = self.accounts.get(account.id) {
            return Err(compare::accounts(account, &existing));
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

    /// Makes one transfer, or changes nothing and says why not. Its accounts were `seen` in these slots.
    pub(super) fn create_transfer(
        &mut self,
        request: &Transfer,
        seen: [Option<u32>; 2],
    ) -> Result<(), R> {
        first_of([
            (request.id.bits() == 0, R::IdMustNotBeZero),
            (request.id.bits() == u128::MAX, R::IdMustNotBeIntMax),
        ])?;
        let may_be_used = self.spans.has(request.id);
        if may_be_used || request.flags.settles() {
            self.keep_ids();
        }
        if may_be_used || !self.known.is_empty() {
            self.check_new(request)?;
        }
        check_flags(request)?;
        if request.flags.settles() {
            return self.settle(request);
        }
        check_fields(request)?;
        let ((debit_slot, debit), (credit_slot, credit)) = self.sides(request, seen)?;
        let flags = request.flags;
        let (before, credit_before) = (debit.standing(), credit.standing());
        let amount = balanced(request, &before, &credit_before);
        let (mut debit_after, mut credit_after) =
            overflow::moved(&before, &credit_before, amount, flags.pending)?;
        let expires_at = self.deadline_of(request)?;
        let overdraws = debit.debits_must_not_exceed_credits && overdraws(&debit_after);
        let overcredits = credit.credits_must_not_exceed_debits && overcredits(&credit_after);
        first_of([(overdraws, R::ExceedsCredits), (overcredits, R::ExceedsDebits)])?;
        // Everything that can fail has been computed; from here on, only writes.
        self.remember(|state| state.undo_of((debit_slot, credit_slot), None));
        debit_after.closed |= flags.closing_debit;
        credit_after.closed |= flags.closing_credit;
        let (debit, credit) = ((debit_slot, debit_after), (credit_slot, credit_after));
        let number = self.write(request, amount, debit, credit);
        if flags.pending {
            let timestamp = self.transferred;
            let transfer = Transfer { amount, pending_id: None, timestamp, ..*request };
            self.insert_open(Open { number, transfer, expires_at });
        }
        Ok(())
    }

    /// What an id that may have been used before is answered.
    #[inline(never)]
    fn check_new(&self, request: &Transfer) -> Result<(), R> {
        match self.used(request.id) {
            None => Ok(()),
            Some(Used::Refused(_)) => Err(R::IdAlreadyFailed),
            Some(Used::Transfer(existing)) => {
                let existing = existing.transfer;
                let pending = existing.pending_id.and_then(|id| self.transfer(id));
                let pending = pending.as_ref().map(|record| &record.transfer);
                Err(compare::transfers(request, &existing, pending))
            }
        }
    }

    /// Both accounts with their slots, if they may trade.
    fn sides(
        &self,
        request: &Transfer,
        [debit_seen, credit_seen]: [Option<u32>; 2],
    ) -> Result<(InSlot<'_>, InSlot<'_>), R> {
        let debit = self.accounts.front_seen(request.debit_account, debit_seen);
        let credit = self.accounts.front_seen(request.credit_account, credit_seen);
        let (debit_slot, debit) = debit.ok_or(R::DebitAccountNotFound)?;
        let (credit_slot, credit) = credit.ok_or(R::CreditAccountNotFound)?;
        first_of([
            (debit.ledger != credit.ledger, R::AccountsMustHaveTheSameLedger),
            (request.ledger != debit.ledger, R::TransferMustHaveTheSameLedgerAsAccounts),
        ])?;
        if request.flags.imported {
            self.check_import(request)?;
            let at = request.timestamp;
            let precedes = |slot| self.accounts.made_at(slot).is_none_or(|made| at <= made);
            first_of([
                (precedes(debit_slot), R::ImportedEventTimestampMustPostdateDebitAccount),
                (precedes(credit_slot), R::ImportedEventTimestampMustPostdateCreditAccount),
                (request.timeout_secs != 0, R::ImportedEventTimeoutMustBeZero),
            ])?;
        }
        first_of([
            (debit.standing().closed, R::DebitAccountAlreadyClosed),
            (credit.standing().closed, R::CreditAccountAlreadyClosed),
        ])?;
        Ok(((debit_slot, debit), (credit_slot, credit)))
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
fn balanced(request: &Transfer, debit: &Standing, credit: &Standing) -> Yen {
    let mut amount = request.amount;
    if request.flags.balancing_debit {
        amount = amount.min(debit.available());
    }
    if request.flags.balancing_credit {
        amount = amount.min(credit.room());
    }
    amount
}

/// `after` is the account with the new debit; its sums were checked to fit.
fn overdraws(after: &Standing) -> bool {
    let debits = after.debits_pending.plus(after.debits_posted);
    debits.map_or(true, |debits| debits > after.credits_posted)
}

fn overcredits(after: &Standing) -> bool {
    let credits = after.credits_pending.plus(after.credits_posted);
    credits.map_or(true, |credits| credits > after.debits_posted)
}
