//! What of the line of events is the wallet's own: a bank proves itself with an assertion made with the
//! key that its own event tokens are signed with.

use std::sync::Arc;

use async_trait::async_trait;
use kanuki_desk::signal::{Ask, Said, SignalError};
use kanuki_desk_http::Signals;
use kanuki_domain::Ctx;
use kanuki_record::RecordError;
use kanuki_site::Problem;
use kanuki_wallet::{PartnerBank, WalletError};
use kanuki_wire::set::{PollAnswer, PollRequest};

use crate::{WalletState, refusal::problem};

/// A bank that has proven itself for this request.
pub(crate) type Receiver = kanuki_desk_http::signals::Receiver<WalletState>;

#[async_trait]
impl Signals for WalletState {
    type Partner = PartnerBank;

    fn known_as(bank: &PartnerBank) -> String {
        bank.code.to_string()
    }

    async fn prove(
        &self,
        ctx: &Ctx<'_>,
        assertion: &str,
    ) -> Result<Option<Arc<PartnerBank>>, RecordError> {
        match self.wallet.authenticate_bank(ctx, assertion).await {
            Ok(bank) => Ok(Some(bank)),
            Err(WalletError::Record(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    async fn arrange_stream(
        &self,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
        ask: Ask,
    ) -> Result<Said, SignalError> {
        self.wallet.arrange_stream(ctx, bank, ask).await
    }

    async fn fetch_events(
        &self,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
        asked: &PollRequest,
    ) -> Result<PollAnswer, Problem> {
        self.wallet.fetch_events(ctx, bank, asked).await.map_err(problem)
    }
}
