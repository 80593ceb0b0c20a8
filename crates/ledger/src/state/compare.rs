//! Is a request the same as what its id already names? Comparisons that tell a retry from a
//! mistake.

use kanuki_domain::Yen;

use crate::{
    model::{Account, Transfer},
    result::{CreateAccountResult as A, CreateTransferResult as R},
};

/// `exists`, or the first field that differs.
pub(crate) fn accounts(request: &Account, existing: &Account) -> A {
    if request.flags != existing.flags || request.closed != existing.closed {
        A::ExistsWithDifferentFlags
    } else if request.user_data != existing.user_data {
        A::ExistsWithDifferentUserData
    } else if request.ledger != existing.ledger {
        A::ExistsWithDifferentLedger
    } else if request.code != existing.code {
        A::ExistsWithDifferentCode
    } else {
        A::Exists
    }
}

/// `exists`, or the first field that differs. `pending` is the transfer that `existing` settled.
///
/// What a post or void may leave out is compared with what it took from the pending transfer.
pub(crate) fn transfers(request: &Transfer, existing: &Transfer, pending: Option<&Transfer>) -> R {
    let settles = request.flags.settles();
    let left_out = |is_blank: bool| settles && is_blank;
    let user_data = match pending {
        Some(pending) if left_out(request.user_data == 0) => pending.user_data,
        Some(_) | None => request.user_data,
    };
    let (debit, credit) = (request.debit_account, request.credit_account);
    let differences = [
        (request.flags != existing.flags, R::ExistsWithDifferentFlags),
        (request.settled_id() != existing.pending_id, R::ExistsWithDifferentPendingId),
        (request.timeout_secs != existing.timeout_secs, R::ExistsWithDifferentTimeout),
        (
            !left_out(debit.is_none()) && debit != existing.debit_account,
            R::ExistsWithDifferentDebitAccountId,
        ),
        (
            !left_out(credit.is_none()) && credit != existing.credit_account,
            R::ExistsWithDifferentCreditAccountId,
        ),
        (!same_amount(request, existing, pending.map(|p| p.amount)), R::ExistsWithDifferentAmount),
        (user_data != existing.user_data, R::ExistsWithDifferentUserData),
        (
            !left_out(request.ledger == 0) && request.ledger != existing.ledger,
            R::ExistsWithDifferentLedger,
        ),
        (!left_out(request.code == 0) && request.code != existing.code, R::ExistsWithDifferentCode),
    ];
    differences.into_iter().find(|(is_so, _)| *is_so).map_or(R::Exists, |(_, reason)| reason)
}

fn same_amount(request: &Transfer, existing: &Transfer, pending: Option<Yen>) -> bool {
    let flags = request.flags;
    if flags.post_pending && request.amount == Transfer::ALL {
        return pending == Some(existing.amount);
    }
    if flags.void_pending && request.amount.is_zero() {
        return true;
    }
    if flags.balancing_debit || flags.balancing_credit {
        // The request was an upper bound; what was moved may be less.
        return request.amount >= existing.amount;
    }
    request.amount == existing.amount
}
