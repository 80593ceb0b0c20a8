//! What of lists of leaks is the bank's own.

use async_trait::async_trait;
use kanuki_bank::BankError;
use kanuki_desk::leak::{Hit, Loaded, Refused};
use kanuki_desk_http::{Leaks, refused};
use kanuki_domain::{Ctx, id::StaffId};
use kanuki_site::Problem;

use crate::{BankState, refusal::problem};

#[async_trait]
impl Leaks for BankState {
    async fn load_leaks(&self, ctx: &Ctx<'_>, by: StaffId, file: &[u8]) -> Result<Loaded, Refused> {
        self.bank.load_leaks(ctx, by, file).await
    }

    async fn find_leaks(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        number: &str,
    ) -> Result<Option<Vec<Hit>>, Problem> {
        self.bank.find_leaks(ctx, by, number).await.map_err(problem)
    }

    async fn agree_leak(&self, ctx: &Ctx<'_>, by: StaffId, about: &str) -> Result<(), Problem> {
        self.bank.agree_leak(ctx, by, about).await.map_err(|error| match error {
            BankError::Desk(error) => refused::hidden(error),
            other => problem(other),
        })
    }

    fn stop_page(&self, about: &str) -> Option<String> {
        Some(format!("/desk/gates?kind=account&id={about}"))
    }
}
