//! A partner arranges how it hears from us (SSF 1.0 section 8.1).

use kanuki_desk::signal::{self, Ask, Line, Said, SignalError};
use kanuki_domain::{Ctx, id::StaffId};
use kanuki_wire::set::uri;

use super::Event;
use crate::{Bank, partner::Partner};

/// What a bank tells of.
const TOLD: &[&str] = &[
    uri::LINK_STATUS_CHANGED,
    uri::CASE_SHARED,
    uri::IDENTIFIER_CHANGED,
    uri::CREDENTIAL_CHANGE,
    uri::SESSION_REVOKED,
    uri::CREDENTIAL_COMPROMISE,
    uri::DEBIT_DISPUTED,
    uri::STREAM_UPDATED,
    uri::SERVICE_STATUS_CHANGED,
];

impl Bank {
    /// Does what a partner asks for about its stream. The caller has proven who it is.
    pub async fn arrange_stream(
        &self,
        ctx: &Ctx<'_>,
        partner: &Partner,
        ask: Ask,
    ) -> Result<Said, SignalError> {
        let line = Line {
            receiver: &partner.client_id,
            issuer: &self.config.issuer,
            audience: &partner.issuer,
            push_url: &partner.events_url,
            supported: TOLD,
        };
        let mut done = signal::arrange(&self.book, ctx, &line, ask).await?;
        if let Some((stream_id, state)) = done.verification {
            done.unit.insert(&Event::verification(ctx, &partner.client_id, stream_id, state));
        }
        self.book.commit(done.unit).await?;
        Ok(done.said)
    }

    /// Staff put a partner's stream back to everything, pushed; the partner is told that it was us.
    pub async fn restore_stream(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (client_id, reason): (&str, &str),
    ) -> Result<(), SignalError> {
        let asked = (by, client_id);
        let (mut unit, stream_id, told) = signal::restore(&self.book, ctx, asked, reason).await?;
        let word = Event::verification(ctx, client_id, stream_id, None);
        unit.insert(&Event { said: Some(told), ..word });
        Ok(self.book.commit(unit).await?)
    }
}
