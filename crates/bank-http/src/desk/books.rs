//! What of the books is the bank's own.

use async_trait::async_trait;
use jiff::civil::Date;
use kanuki_desk::{
    journal::{Days, Encoding, Form, NotWritten, account::Settled},
    reconcile::{Compared, Kept, NotCompared, Statement},
};
use kanuki_desk_http::Books;
use kanuki_domain::{Ctx, id::StaffId};
use kanuki_site::Problem;

use crate::{BankState, refusal::problem};

#[async_trait]
impl Books for BankState {
    async fn compare_books(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        partner: &str,
        file: &[u8],
    ) -> Result<Result<(Compared, Kept), NotCompared>, Problem> {
        self.bank.compare_books(ctx, by, partner, file).await.map_err(problem)
    }

    async fn statement_about(
        &self,
        ctx: &Ctx<'_>,
        partner: &str,
        day: Option<Date>,
    ) -> Result<Statement, Problem> {
        self.bank.statement_about(ctx, partner, day).await.map_err(problem)
    }

    async fn journal_file(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        days: Days,
        how: (Form, Encoding),
    ) -> Result<Result<Vec<u8>, NotWritten>, Problem> {
        self.bank.journal_file(ctx, by, days, how).await.map_err(problem)
    }

    async fn account_file(
        &self,
        by: (&Ctx<'_>, StaffId),
        partner: &str,
        days: Days,
        of: (&Settled, &str),
    ) -> Result<Result<Vec<u8>, NotWritten>, Problem> {
        self.bank.account_file(by, partner, days, of).await.map_err(problem)
    }
}
