//! What of lists of leaks is the wallet's own.

use async_trait::async_trait;
use kanuki_desk::leak::{Hit, Loaded, Refused};
use kanuki_desk_http::{Leaks, refused};
use kanuki_domain::{Ctx, id::StaffId};
use kanuki_site::Problem;
use kanuki_wallet::WalletError;

use crate::{WalletState, refusal::problem};

#[async_trait]
impl Leaks for WalletState {
    async fn load_leaks(&self, ctx: &Ctx<'_>, by: StaffId, file: &[u8]) -> Result<Loaded, Refused> {
        self.wallet.load_leaks(ctx, by, file).await
    }

    async fn find_leaks(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        number: &str,
    ) -> Result<Option<Vec<Hit>>, Problem> {
        self.wallet.find_leaks(ctx, by, number).await.map_err(problem)
    }

    async fn agree_leak(&self, ctx: &Ctx<'_>, by: StaffId, about: &str) -> Result<(), Problem> {
        self.wallet.agree_leak(ctx, by, about).await.map_err(|error| match error {
            WalletError::Desk(error) => refused::hidden(error),
            other => problem(other),
        })
    }

    fn stop_page(&self, _: &str) -> Option<String> {
        None
    }
}
