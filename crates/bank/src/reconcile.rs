//! Our books beside a partner's: what we tell of the money between us, and what its statement says
//! otherwise.

use jiff::{Timestamp, civil::Date};
use kanuki_desk::{
    DeskError,
    reconcile::{
        self, Compared, Kept, Kind, Line, Movement, NotCompared, Standing, Statement, compare,
    },
};
use kanuki_domain::{Ctx, bank_account::BankCode, id::StaffId};
use kanuki_ledger::engine::BATCH_MAX;
use kanuki_record::{Book, RecordError};

use crate::{
    Bank, BankError,
    credit::{self, Credit},
    debit::{self, Debit, DebitState},
};

/// Every movement that a partner asked for, as our rows have it, and where its money is reserved.
pub async fn movements(book: &Book, client_id: &str) -> Result<Vec<Movement>, RecordError> {
    let mut all = Vec::new();
    for progress in ["open", "done", "open_item"] {
        let debits = book.every::<Debit>("progress", progress).await?;
        let debits = debits.iter().filter(|debit| debit.client_id == client_id);
        all.extend(debits.map(|debit| of_debit(debit)));
        let credits = book.every::<Credit>("progress", progress).await?;
        // What this bank paid for a claim was no partner's movement; its part is booked apart.
        let credits = credits.iter().filter(|credit| credit.claim.is_none());
        let credits = credits.filter(|credit| credit.client_id == client_id);
        all.extend(credits.map(|credit| of_credit(credit)));
    }
    Ok(all)
}

const fn standing(state: DebitState) -> Standing {
    match state {
        DebitState::Open | DebitState::OpenItem { .. } => Standing::Open,
        DebitState::Booked { .. } => Standing::Booked,
        DebitState::Refused { .. } => Standing::Refused,
    }
}

fn of_debit(debit: &Debit) -> Movement {
    let line = Line {
        id: debit.debit_id.to_string(),
        kind: Kind::Debit,
        amount: debit.amount,
        standing: standing(debit.state),
        asked_at: debit.asked_at,
    };
    Movement { line, money: debit::drive::money_id(debit) }
}

fn of_credit(credit: &Credit) -> Movement {
    let kind = if credit.refund_of.is_some() { Kind::Refund } else { Kind::Payout };
    let line = Line {
        id: credit.credit_id.to_string(),
        kind,
        amount: credit.amount,
        standing: standing(credit.state),
        asked_at: credit.asked_at,
    };
    Movement { line, money: credit::money_id(&credit.key()) }
}

/// An empty statement about a partner, by our institution code.
#[must_use]
pub fn begin(now: Timestamp, code: BankCode, client_id: &str, day: Option<Date>) -> Statement {
    Statement::new(&code.to_string(), client_id, day, now)
}

impl Bank {
    /// What we say of the money between us and a partner: of one day, or of all time.
    pub async fn statement_about(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        day: Option<Date>,
    ) -> Result<Statement, BankError> {
        let partner = self.known_partner(client_id).await?;
        let mut statement = begin(ctx.now, self.config.code, &partner.client_id, day);
        let movements = movements(&self.book, client_id).await?;
        for some in movements.chunks(BATCH_MAX) {
            let ids: Vec<_> = some.iter().map(|movement| movement.money).collect();
            let kept =
                self.ledger.lookup_transfers(&ids, ctx.now).await.map_err(DeskError::from)?;
            for (movement, kept) in some.iter().zip(kept) {
                statement.add(movement.clone().told_by(kept.as_ref()));
            }
        }
        Ok(statement)
    }

    /// Compares a statement that a partner gave to a member of staff with our books; each difference
    /// becomes a case.
    pub async fn compare_books(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        client_id: &str,
        file: &[u8],
    ) -> Result<Result<(Compared, Kept), NotCompared>, BankError> {
        let theirs = match Statement::read(file) {
            Ok(theirs) => theirs,
            Err(error) => return Ok(Err(error.into())),
        };
        let ours = self.statement_about(ctx, client_id, theirs.day).await?;
        let compared = match compare(&ours, &theirs) {
            Ok(compared) => compared,
            Err(error) => return Ok(Err(error.into())),
        };
        let digest = reconcile::digest(file);
        let partner = (client_id, digest.as_str());
        let kept = reconcile::keep(&self.book, ctx, by, partner, &compared).await?;
        Ok(Ok((compared, kept)))
    }
}
