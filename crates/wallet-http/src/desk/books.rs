//! What of the books is the wallet's own.

use async_trait::async_trait;
use jiff::civil::Date;
use kanuki_desk::{
    journal::{Days, Encoding, Form, NotWritten, account::Settled},
    reconcile::{Compared, Kept, NotCompared, Statement},
};
use kanuki_desk_http::Books;
use kanuki_domain::{Ctx, bank_account::BankCode, id::StaffId};
use kanuki_site::Problem;

use crate::{WalletState, refusal::problem};

fn code_of(text: &str) -> Result<BankCode, Problem> {
    BankCode::parse(text).map_err(|_| Problem::unprocessable("bad_form"))
}

#[async_trait]
impl Books for WalletState {
    async fn compare_books(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        partner: &str,
        file: &[u8],
    ) -> Result<Result<(Compared, Kept), NotCompared>, Problem> {
        self.wallet.compare_books(ctx, by, code_of(partner)?, file).await.map_err(problem)
    }

    async fn statement_about(
        &self,
        ctx: &Ctx<'_>,
        partner: &str,
        day: Option<Date>,
    ) -> Result<Statement, Problem> {
        self.wallet.statement_about(ctx, code_of(partner)?, day).await.map_err(problem)
    }

    async fn journal_file(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        days: Days,
        how: (Form, Encoding),
    ) -> Result<Result<Vec<u8>, NotWritten>, Problem> {
        self.wallet.journal_file(ctx, by, days, how).await.map_err(problem)
    }

    async fn account_file(
        &self,
        by: (&Ctx<'_>, StaffId),
        partner: &str,
        days: Days,
        of: (&Settled, &str),
    ) -> Result<Result<Vec<u8>, NotWritten>, Problem> {
        self.wallet.account_file(by, code_of(partner)?, days, of).await.map_err(problem)
    }
}
