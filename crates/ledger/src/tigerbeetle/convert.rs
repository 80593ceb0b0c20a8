//! Our words and TigerBeetle's: the same ones, in other widths.
//!
//! Amounts are 128 bits there and [`Yen`] here. [`Transfer::ALL`] of a post or of a balancing
//! transfer is its `AMOUNT_MAX`. What does not fit on the way back is an error, never another sum.

use jiff::Timestamp;
use kanuki_domain::Yen;
use tigerbeetle as tb;

use super::{moved, pending::mark};
use crate::{
    engine::LedgerError,
    model::{
        Account, AccountFlags, AccountId, BalanceRow, Filter, PAGE_MAX, Transfer, TransferFlags,
        TransferId,
    },
    result::{CreateAccountResult as A, CreateTransferResult as R},
};

/// The flags that are set, as bits.
fn bits(flags: &[(bool, u16)]) -> u16 {
    flags.iter().filter(|(is_set, _)| *is_set).fold(0, |all, (_, bit)| all | bit)
}

/// An instant as nanoseconds since 1970. One that TigerBeetle cannot hold becomes one that it
/// refuses.
pub(super) fn stamp_for(at: Timestamp) -> u64 {
    i64::try_from(at.as_nanosecond())
        .ok()
        .and_then(|nanoseconds| u64::try_from(nanoseconds).ok())
        .unwrap_or(u64::MAX)
}

pub(super) fn instant_of(stamp: u64) -> Result<Timestamp, LedgerError> {
    Timestamp::from_nanosecond(stamp.into()).map_err(|_| LedgerError::TooLarge)
}

pub(super) fn yen_of(amount: u128) -> Result<Yen, LedgerError> {
    let amount = u64::try_from(amount).map_err(|_| LedgerError::TooLarge)?;
    Yen::new(amount).map_err(|_| LedgerError::TooLarge)
}

/// As it is asked for.
pub(super) fn account_for(account: &Account) -> tb::Account {
    let flags = account.flags;
    tb::Account {
        id: account.id.bits(),
        debits_pending: account.debits_pending.amount().into(),
        debits_posted: account.debits_posted.amount().into(),
        credits_pending: account.credits_pending.amount().into(),
        credits_posted: account.credits_posted.amount().into(),
        user_data_128: account.user_data,
        ledger: account.ledger,
        code: account.code,
        flags: tb::AccountFlags(bits(&[
            (flags.linked, tb::AccountFlags::Linked.0),
            (flags.debits_must_not_exceed_credits, tb::AccountFlags::DebitsMustNotExceedCredits.0),
            (flags.credits_must_not_exceed_debits, tb::AccountFlags::CreditsMustNotExceedDebits.0),
            (flags.history, tb::AccountFlags::History.0),
            (flags.imported, tb::AccountFlags::Imported.0),
            (account.closed, tb::AccountFlags::Closed.0),
        ])),
        timestamp: stamp_for(account.timestamp),
        ..Default::default()
    }
}

/// As it is kept; one that was moved, as it was kept before.
pub(super) fn account_of(account: &tb::Account) -> Result<Account, LedgerError> {
    let has = |flag: tb::AccountFlags| account.flags.0 & flag.0 != 0;
    let origin = moved::origin_of_account(account);
    Ok(Account {
        id: AccountId(account.id),
        ledger: account.ledger,
        code: account.code,
        flags: AccountFlags {
            debits_must_not_exceed_credits: has(tb::AccountFlags::DebitsMustNotExceedCredits),
            credits_must_not_exceed_debits: has(tb::AccountFlags::CreditsMustNotExceedDebits),
            history: has(tb::AccountFlags::History),
            linked: origin.map_or_else(|| has(tb::AccountFlags::Linked), |was| was.linked),
            imported: origin.map_or_else(|| has(tb::AccountFlags::Imported), |was| was.imported),
        },
        debits_pending: yen_of(account.debits_pending)?,
        debits_posted: yen_of(account.debits_posted)?,
        credits_pending: yen_of(account.credits_pending)?,
        credits_posted: yen_of(account.credits_posted)?,
        closed: has(tb::AccountFlags::Closed),
        user_data: account.user_data_128,
        timestamp: instant_of(account.timestamp)?,
    })
}

/// As it is asked for. What settles another one carries its mark.
pub(super) fn transfer_for(transfer: &Transfer) -> tb::Transfer {
    let flags = transfer.flags;
    let pending_id = transfer.settled_id().map_or(0, TransferId::bits);
    let takes_all = flags.post_pending || flags.balancing_debit || flags.balancing_credit;
    let amount = transfer.amount;
    tb::Transfer {
        id: transfer.id.bits(),
        debit_account_id: transfer.debit_account.bits(),
        credit_account_id: transfer.credit_account.bits(),
        amount: if takes_all && amount == Transfer::ALL {
            u128::MAX
        } else {
            amount.amount().into()
        },
        pending_id,
        user_data_128: transfer.user_data,
        user_data_64: if flags.settles() { mark(pending_id) } else { 0 },
        timeout: transfer.timeout_secs,
        ledger: transfer.ledger,
        code: transfer.code,
        flags: tb::TransferFlags(bits(&[
            (flags.linked, tb::TransferFlags::Linked.0),
            (flags.pending, tb::TransferFlags::Pending.0),
            (flags.post_pending, tb::TransferFlags::PostPendingTransfer.0),
            (flags.void_pending, tb::TransferFlags::VoidPendingTransfer.0),
            (flags.balancing_debit, tb::TransferFlags::BalancingDebit.0),
            (flags.balancing_credit, tb::TransferFlags::BalancingCredit.0),
            (flags.closing_debit, tb::TransferFlags::ClosingDebit.0),
            (flags.closing_credit, tb::TransferFlags::ClosingCredit.0),
            (flags.imported, tb::TransferFlags::Imported.0),
        ])),
        timestamp: stamp_for(transfer.timestamp),
        ..Default::default()
    }
}

/// As it is kept; one that was moved, as it was kept before.
pub(super) fn transfer_of(transfer: &tb::Transfer) -> Result<Transfer, LedgerError> {
    let has = |flag: tb::TransferFlags| transfer.flags.0 & flag.0 != 0;
    let origin = moved::origin_of(transfer);
    Ok(Transfer {
        id: TransferId(transfer.id),
        debit_account: AccountId(transfer.debit_account_id),
        credit_account: AccountId(transfer.credit_account_id),
        amount: yen_of(transfer.amount)?,
        pending_id: (transfer.pending_id != 0).then_some(TransferId(transfer.pending_id)),
        timeout_secs: origin.map_or(transfer.timeout, |was| was.timeout_secs),
        ledger: transfer.ledger,
        code: transfer.code,
        flags: TransferFlags {
            linked: origin.map_or_else(|| has(tb::TransferFlags::Linked), |was| was.linked),
            pending: has(tb::TransferFlags::Pending),
            post_pending: has(tb::TransferFlags::PostPendingTransfer),
            void_pending: has(tb::TransferFlags::VoidPendingTransfer),
            balancing_debit: has(tb::TransferFlags::BalancingDebit),
            balancing_credit: has(tb::TransferFlags::BalancingCredit),
            closing_debit: has(tb::TransferFlags::ClosingDebit),
            closing_credit: has(tb::TransferFlags::ClosingCredit),
            imported: origin.map_or_else(|| has(tb::TransferFlags::Imported), |was| was.imported),
        },
        user_data: transfer.user_data_128,
        timestamp: instant_of(transfer.timestamp)?,
    })
}

pub(super) fn balance_of(
    account: AccountId,
    row: &tb::AccountBalance,
) -> Result<BalanceRow, LedgerError> {
    Ok(BalanceRow {
        account,
        timestamp: instant_of(row.timestamp)?,
        debits_pending: yen_of(row.debits_pending)?,
        debits_posted: yen_of(row.debits_posted)?,
        credits_pending: yen_of(row.credits_pending)?,
        credits_posted: yen_of(row.credits_posted)?,
    })
}

/// `None` if it asks for nothing, which TigerBeetle takes for a mistake.
pub(super) fn filter_for(account: AccountId, filter: &Filter) -> Option<tb::AccountFilter> {
    // Nothing was made in or before 1970, and 0 means "any" there.
    let since = filter.since.filter(|at| *at > Timestamp::UNIX_EPOCH).map_or(0, stamp_for);
    let until = match filter.until {
        Some(at) if at <= Timestamp::UNIX_EPOCH => return None,
        Some(at) => i64::try_from(stamp_for(at)).map_or(0, i64::unsigned_abs),
        None => 0,
    };
    let is_empty = i64::try_from(since).is_err() || (until != 0 && since > until);
    let (debits, credits) = (filter.debits, filter.credits);
    if is_empty || filter.limit == 0 || !(debits || credits) {
        return None;
    }
    let flags = [
        (debits, tb::AccountFilterFlags::Debits),
        (credits, tb::AccountFilterFlags::Credits),
        (filter.reversed, tb::AccountFilterFlags::Reversed),
    ];
    Some(tb::AccountFilter {
        account_id: account.bits(),
        user_data_128: filter.user_data,
        code: filter.code,
        timestamp_min: since,
        timestamp_max: until,
        limit: filter.limit.min(PAGE_MAX),
        flags: flags
            .into_iter()
            .filter(|(is_set, _)| *is_set)
            .fold(tb::AccountFilterFlags::empty(), |all, (_, flag)| all | flag),
        ..Default::default()
    })
}

macro_rules! by_name {
    ($status:expr, $theirs:ident => $ours:ident: $($name:ident,)*) => {
        match $status {
            $(tb::$theirs::$name => Ok($ours::$name),)*
            tb::$theirs::ExistsWithDifferentUserData128
            | tb::$theirs::ExistsWithDifferentUserData64
            | tb::$theirs::ExistsWithDifferentUserData32 => {
                Ok($ours::ExistsWithDifferentUserData)
            }
            // Reserved bits, which we never set, or a word of a later version.
            _ => Err(LedgerError::Unavailable),
        }
    };
}

pub(super) fn account_result(status: tb::CreateAccountStatus) -> Result<A, LedgerError> {
    by_name!(status, CreateAccountStatus => A:
            Created,
            LinkedEventFailed,
            LinkedEventChainOpen,
            ImportedEventExpected,
            ImportedEventNotExpected,
            TimestampMustBeZero,
            ImportedEventTimestampOutOfRange,
            ImportedEventTimestampMustNotAdvance,
            IdMustNotBeZero,
            IdMustNotBeIntMax,
            ExistsWithDifferentFlags,
            ExistsWithDifferentLedger,
            ExistsWithDifferentCode,
            Exists,
            FlagsAreMutuallyExclusive,
            DebitsPendingMustBeZero,
            DebitsPostedMustBeZero,
            CreditsPendingMustBeZero,
            CreditsPostedMustBeZero,
            LedgerMustNotBeZero,
            CodeMustNotBeZero,
            ImportedEventTimestampMustNotRegress,
    )
}

pub(super) fn transfer_result(status: tb::CreateTransferStatus) -> Result<R, LedgerError> {
    by_name!(status, CreateTransferStatus => R:
            Created,
            LinkedEventFailed,
            LinkedEventChainOpen,
            ImportedEventExpected,
            ImportedEventNotExpected,
            TimestampMustBeZero,
            ImportedEventTimestampOutOfRange,
            ImportedEventTimestampMustNotAdvance,
            IdMustNotBeZero,
            IdMustNotBeIntMax,
            ExistsWithDifferentFlags,
            ExistsWithDifferentPendingId,
            ExistsWithDifferentTimeout,
            ExistsWithDifferentDebitAccountId,
            ExistsWithDifferentCreditAccountId,
            ExistsWithDifferentAmount,
            ExistsWithDifferentLedger,
            ExistsWithDifferentCode,
            Exists,
            IdAlreadyFailed,
            FlagsAreMutuallyExclusive,
            DebitAccountIdMustNotBeZero,
            DebitAccountIdMustNotBeIntMax,
            CreditAccountIdMustNotBeZero,
            CreditAccountIdMustNotBeIntMax,
            AccountsMustBeDifferent,
            PendingIdMustBeZero,
            PendingIdMustNotBeZero,
            PendingIdMustNotBeIntMax,
            PendingIdMustBeDifferent,
            TimeoutReservedForPendingTransfer,
            ClosingTransferMustBePending,
            LedgerMustNotBeZero,
            CodeMustNotBeZero,
            DebitAccountNotFound,
            CreditAccountNotFound,
            AccountsMustHaveTheSameLedger,
            TransferMustHaveTheSameLedgerAsAccounts,
            PendingTransferNotFound,
            PendingTransferNotPending,
            PendingTransferHasDifferentDebitAccountId,
            PendingTransferHasDifferentCreditAccountId,
            PendingTransferHasDifferentLedger,
            PendingTransferHasDifferentCode,
            ExceedsPendingTransferAmount,
            PendingTransferHasDifferentAmount,
            PendingTransferAlreadyPosted,
            PendingTransferAlreadyVoided,
            PendingTransferExpired,
            ImportedEventTimestampMustNotRegress,
            ImportedEventTimestampMustPostdateDebitAccount,
            ImportedEventTimestampMustPostdateCreditAccount,
            ImportedEventTimeoutMustBeZero,
            DebitAccountAlreadyClosed,
            CreditAccountAlreadyClosed,
            OverflowsDebitsPending,
            OverflowsCreditsPending,
            OverflowsDebitsPosted,
            OverflowsCreditsPosted,
            OverflowsDebits,
            OverflowsCredits,
            OverflowsTimeout,
            ExceedsCredits,
            ExceedsDebits,
    )
}
