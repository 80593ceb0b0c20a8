//! The same id again: the same thing, or the first field in which it is another.

use kanuki_domain::Yen;

use crate::{
    model::{Account, Transfer},
    result::{CreateAccountResult as A, CreateTransferResult as R},
};

pub(super) fn account(asked: &Account, known: &Account) -> A {
    if asked.flags != known.flags || asked.closed != known.closed {
        return A::ExistsWithDifferentFlags;
    }
    if asked.user_data != known.user_data {
        return A::ExistsWithDifferentUserData;
    }
    if asked.ledger != known.ledger {
        return A::ExistsWithDifferentLedger;
    }
    if asked.code != known.code {
        return A::ExistsWithDifferentCode;
    }
    A::Exists
}

/// `settled` is the reservation that `known` posted or voided; what a post or void leaves out is
/// taken from it.
pub(super) fn transfer(asked: &Transfer, known: &Transfer, settled: Option<&Transfer>) -> R {
    if asked.flags != known.flags {
        return R::ExistsWithDifferentFlags;
    }
    if asked.pending_id.filter(|id| id.bits() != 0) != known.pending_id {
        return R::ExistsWithDifferentPendingId;
    }
    if asked.timeout_secs != known.timeout_secs {
        return R::ExistsWithDifferentTimeout;
    }
    let asked = settled.map_or(*asked, |settled| completed(asked, settled));
    if asked.debit_account != known.debit_account {
        return R::ExistsWithDifferentDebitAccountId;
    }
    if asked.credit_account != known.credit_account {
        return R::ExistsWithDifferentCreditAccountId;
    }
    let is_bound = asked.flags.balancing_debit || asked.flags.balancing_credit;
    let is_same = asked.amount == known.amount || (is_bound && asked.amount > known.amount);
    if !is_same {
        return R::ExistsWithDifferentAmount;
    }
    if asked.user_data != known.user_data {
        return R::ExistsWithDifferentUserData;
    }
    if asked.ledger != known.ledger {
        return R::ExistsWithDifferentLedger;
    }
    if asked.code != known.code {
        return R::ExistsWithDifferentCode;
    }
    R::Exists
}

/// A post or void with what it left out.
fn completed(asked: &Transfer, settled: &Transfer) -> Transfer {
    let mut whole = *asked;
    if whole.debit_account.is_none() {
        whole.debit_account = settled.debit_account;
    }
    if whole.credit_account.is_none() {
        whole.credit_account = settled.credit_account;
    }
    if whole.user_data == 0 {
        whole.user_data = settled.user_data;
    }
    if whole.ledger == 0 {
        whole.ledger = settled.ledger;
    }
    if whole.code == 0 {
        whole.code = settled.code;
    }
    let is_all = if asked.flags.post_pending {
        asked.amount == Transfer::ALL
    } else {
        asked.amount == Yen::ZERO
    };
    if is_all {
        whole.amount = settled.amount;
    }
    whole
}
