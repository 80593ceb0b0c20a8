//! Our books beside a bank's: what we tell of the money between us, and what its statement says
//! otherwise.

use jiff::{Timestamp, civil::Date};
use kanuki_desk::reconcile::{
    self, Compared, Kept, Kind, Line, Movement, NotCompared, Standing, Statement, compare,
};
use kanuki_domain::{Ctx, Yen, bank_account::BankCode, id::StaffId};
use kanuki_ledger::{TransferId, engine::BATCH_MAX};
use kanuki_record::{Book, RecordError};

use crate::{
    PartnerBank, Wallet, WalletError,
    bank::debit_id,
    movement::pend_id,
    payout::{Payout, PayoutState},
    refund::{Refund, RefundState},
    topup::{Topup, TopupState},
};

/// Every movement that a bank was asked for, as our rows have it, and where its money is reserved.
pub async fn movements(book: &Book, bank: BankCode) -> Result<Vec<Movement>, RecordError> {
    let mut all = Vec::new();
    for state in ["open", "posted", "refused", "open_item"] {
        let topups = book.every::<Topup>("state", state).await?;
        all.extend(topups.iter().filter(|topup| topup.bank == bank).map(|topup| of_topup(topup)));
        let payouts = book.every::<Payout>("state", state).await?;
        let payouts = payouts.iter().filter(|payout| payout.bank == bank);
        all.extend(payouts.filter_map(|payout| of_payout(payout)));
        let refunds = book.every::<Refund>("state", state).await?;
        let refunds = refunds.iter().filter(|refund| refund.bank == bank);
        all.extend(refunds.filter_map(|refund| of_refund(refund)));
    }
    Ok(all)
}

fn movement(
    (kind, id, money): (Kind, String, TransferId),
    (amount, standing): (Yen, Standing),
    asked_at: Timestamp,
) -> Movement {
    Movement { line: Line { id, kind, amount, standing, asked_at }, money }
}

fn of_topup(topup: &Topup) -> Movement {
    let standing = match topup.state {
        TopupState::Posted { .. } => Standing::Booked,
        TopupState::Refused { .. } => Standing::Refused,
        TopupState::Requested
        | TopupState::Asking
        | TopupState::NeedsApproval { .. }
        | TopupState::Approved { .. }
        | TopupState::Withdrawing { .. }
        | TopupState::OpenItem { .. } => Standing::Open,
    };
    let money = pend_id(&topup.topup_id.to_string());
    let id = debit_id(topup.topup_id).to_string();
    movement((Kind::Debit, id, money), (topup.amount, standing), topup.requested_at)
}

/// None while its bank was not asked yet.
fn of_payout(payout: &Payout) -> Option<Movement> {
    let standing = match payout.state {
        PayoutState::Posted { .. } => Standing::Booked,
        PayoutState::Refused { .. } | PayoutState::Cancelled { .. } => Standing::Refused,
        PayoutState::Requested
        | PayoutState::Held { .. }
        | PayoutState::Asking
        | PayoutState::GivingUp { .. }
        | PayoutState::ByHand { .. }
        | PayoutState::OpenItem { .. } => Standing::Open,
    };
    let id = payout.payout_id.to_string();
    let money = pend_id(&id);
    Some(movement((Kind::Payout, id, money), (payout.amount, standing), payout.asking_since?))
}

/// None while its bank was not asked yet.
fn of_refund(refund: &Refund) -> Option<Movement> {
    let standing = match refund.state {
        RefundState::Posted { .. } => Standing::Booked,
        RefundState::Declined { .. } | RefundState::Refused { .. } => Standing::Refused,
        RefundState::Proposed
        | RefundState::Requested
        | RefundState::Asking
        | RefundState::GivingUp { .. }
        | RefundState::OpenItem { .. } => Standing::Open,
    };
    let money = pend_id(&refund.refund_id.to_string());
    let id = refund.credit_id().to_string();
    Some(movement((Kind::Refund, id, money), (refund.amount, standing), refund.asking_since?))
}

/// An empty statement about `bank`, by the name under which that bank knows us.
#[must_use]
pub fn begin(now: Timestamp, bank: &PartnerBank, day: Option<Date>) -> Statement {
    Statement::new(&bank.client_id, &bank.code.to_string(), day, now)
}

impl Wallet {
    /// What we say of the money between us and `bank`: of one day, or of all time.
    pub async fn statement_about(
        &self,
        ctx: &Ctx<'_>,
        bank: BankCode,
        day: Option<Date>,
    ) -> Result<Statement, WalletError> {
        let mut statement = begin(ctx.now, &*self.partner(bank).await?, day);
        let movements = movements(&self.book, bank).await?;
        for some in movements.chunks(BATCH_MAX) {
            let ids: Vec<_> = some.iter().map(|movement| movement.money).collect();
            let kept = self.ledger.lookup_transfers(&ids, ctx.now).await?;
            for (movement, kept) in some.iter().zip(kept) {
                statement.add(movement.clone().told_by(kept.as_ref()));
            }
        }
        Ok(statement)
    }

    /// Compares a statement that `bank` gave to a member of staff with our books; each difference
    /// becomes a case.
    pub async fn compare_books(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        bank: BankCode,
        file: &[u8],
    ) -> Result<Result<(Compared, Kept), NotCompared>, WalletError> {
        let theirs = match Statement::read(file) {
            Ok(theirs) => theirs,
            Err(error) => return Ok(Err(error.into())),
        };
        let ours = self.statement_about(ctx, bank, theirs.day).await?;
        let compared = match compare(&ours, &theirs) {
            Ok(compared) => compared,
            Err(error) => return Ok(Err(error.into())),
        };
        let partner = (bank.to_string(), reconcile::digest(file));
        let partner = (partner.0.as_str(), partner.1.as_str());
        let kept = reconcile::keep(&self.book, ctx, by, partner, &compared).await?;
        Ok(Ok((compared, kept)))
    }
}
