//! Posting and voiding what is pending.

use kanuki_domain::Yen;

use super::{Ended, Standing, State, Used, create::first_of, overflow};
use crate::{
    model::{AccountId, PendingState, Transfer, TransferId},
    result::CreateTransferResult as R,
};

impl State {
    /// Posts or voids the transfer that `request` names.
    pub(super) fn settle(&mut self, request: &Transfer) -> Result<(), R> {
        let pending_id = check_request(request)?;
        let Some(Used::Transfer(found)) = self.used(pending_id) else {
            return Err(R::PendingTransferNotFound);
        };
        let (pending, state) = (found.transfer, found.pending.ok_or(R::PendingTransferNotPending)?);
        check_same(request, &pending)?;
        let amount = settled_amount(request, pending.amount)?;
        match state {
            PendingState::Pending { .. } => {}
            PendingState::Posted { .. } => return Err(R::PendingTransferAlreadyPosted),
            PendingState::Voided { .. } => return Err(R::PendingTransferAlreadyVoided),
            PendingState::Expired { .. } => return Err(R::PendingTransferExpired),
        }
        self.check_import(request)?;
        let (debit_slot, debit) =
            self.accounts.front(pending.debit_account).ok_or(R::DebitAccountNotFound)?;
        let (credit_slot, credit) =
            self.accounts.front(pending.credit_account).ok_or(R::CreditAccountNotFound)?;
        let (debit, credit) = (debit.standing(), credit.standing());
        // The only movement in a closed account is to give a reservation back.
        first_of([
            (debit.closed && request.flags.post_pending, R::DebitAccountAlreadyClosed),
            (credit.closed && request.flags.post_pending, R::CreditAccountAlreadyClosed),
        ])?;
        let (debit_after, credit_after) = overflow::released(&debit, &credit, pending.amount);
        let (debit_after, credit_after, becomes) = if request.flags.post_pending {
            let (d, c) = overflow::moved(&debit_after, &credit_after, amount, false)?;
            (d, c, PendingState::Posted { by: request.id, amount })
        } else {
            let (d, c) = reopened(&pending, debit_after, credit_after);
            (d, c, PendingState::Voided { by: request.id })
        };
        // Everything that can fail has been computed; from here on, only writes.
        let open = self.remove_open(pending_id);
        self.remember(|state| state.undo_of((debit_slot, credit_slot), open));
        if let Some(open) = open {
            self.ended.insert(pending_id, Ended { number: open.number, state: becomes });
        }
        let made = resolved(request, &pending, amount);
        self.write(&made, made.amount, (debit_slot, debit_after), (credit_slot, credit_after));
        Ok(())
    }
}

/// Both accounts after `pending` was given back: if it closed one, that is open again.
pub(super) fn reopened(
    pending: &Transfer,
    debit: Standing,
    credit: Standing,
) -> (Standing, Standing) {
    (
        Standing { closed: debit.closed && !pending.flags.closing_debit, ..debit },
        Standing { closed: credit.closed && !pending.flags.closing_credit, ..credit },
    )
}

fn check_request(request: &Transfer) -> Result<TransferId, R> {
    let pending_id = request.pending_id.unwrap_or(TransferId(0));
    first_of([
        (pending_id.is_none(), R::PendingIdMustNotBeZero),
        (pending_id.bits() == u128::MAX, R::PendingIdMustNotBeIntMax),
        (pending_id == request.id, R::PendingIdMustBeDifferent),
        (request.timeout_secs != 0, R::TimeoutReservedForPendingTransfer),
    ])?;
    Ok(pending_id)
}

/// What the caller repeats about the pending transfer must be true.
fn check_same(request: &Transfer, pending: &Transfer) -> Result<(), R> {
    let differs = |said: AccountId, is: AccountId| !said.is_none() && said != is;
    first_of([
        (
            differs(request.debit_account, pending.debit_account),
            R::PendingTransferHasDifferentDebitAccountId,
        ),
        (
            differs(request.credit_account, pending.credit_account),
            R::PendingTransferHasDifferentCreditAccountId,
        ),
        (
            request.ledger != 0 && request.ledger != pending.ledger,
            R::PendingTransferHasDifferentLedger,
        ),
        (request.code != 0 && request.code != pending.code, R::PendingTransferHasDifferentCode),
    ])
}

fn settled_amount(request: &Transfer, pending: Yen) -> Result<Yen, R> {
    let is_whole = if request.flags.post_pending {
        request.amount == Transfer::ALL
    } else {
        request.amount.is_zero()
    };
    if is_whole {
        return Ok(pending);
    }
    first_of([
        (request.amount > pending, R::ExceedsPendingTransferAmount),
        (
            request.flags.void_pending && request.amount < pending,
            R::PendingTransferHasDifferentAmount,
        ),
    ])?;
    Ok(request.amount)
}

/// The post or void as it is kept: what the request left out is as in the pending transfer.
fn resolved(request: &Transfer, pending: &Transfer, amount: Yen) -> Transfer {
    Transfer {
        debit_account: pending.debit_account,
        credit_account: pending.credit_account,
        ledger: pending.ledger,
        code: pending.code,
        user_data: if request.user_data == 0 { pending.user_data } else { request.user_data },
        amount,
        pending_id: Some(pending.id),
        ..*request
    }
}
