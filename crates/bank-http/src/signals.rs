//! What of the line of events is the bank's own: a partner proves itself with a client assertion.

use std::sync::Arc;

use async_trait::async_trait;
use kanuki_bank::{BankError, partner::Partner};
use kanuki_desk::signal::{Ask, Said, SignalError};
use kanuki_desk_http::Signals;
use kanuki_domain::Ctx;
use kanuki_record::RecordError;
use kanuki_site::Problem;
use kanuki_wire::{
    Form, client_assertion,
    set::{PollAnswer, PollRequest},
};

use crate::{BankState, oauth::partner_keys, refusal::problem};

/// A partner that has proven itself for this request.
pub(crate) type Receiver = kanuki_desk_http::signals::Receiver<BankState>;

#[async_trait]
impl Signals for BankState {
    type Partner = Partner;

    fn known_as(partner: &Partner) -> String {
        partner.client_id.clone()
    }

    async fn prove(
        &self,
        ctx: &Ctx<'_>,
        assertion: &str,
    ) -> Result<Option<Arc<Partner>>, RecordError> {
        let form = Form::default()
            .with("client_assertion_type", client_assertion::ASSERTION_TYPE)
            .with("client_assertion", assertion);
        partner_keys::look_for_new(self, &form).await;
        match self.bank.authenticate_partner(ctx, &form).await {
            Ok(partner) => Ok(Some(partner)),
            Err(BankError::Record(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    async fn arrange_stream(
        &self,
        ctx: &Ctx<'_>,
        partner: &Partner,
        ask: Ask,
    ) -> Result<Said, SignalError> {
        self.bank.arrange_stream(ctx, partner, ask).await
    }

    async fn fetch_events(
        &self,
        ctx: &Ctx<'_>,
        partner: &Partner,
        asked: &PollRequest,
    ) -> Result<PollAnswer, Problem> {
        self.bank.fetch_events(ctx, partner, asked).await.map_err(problem)
    }
}
