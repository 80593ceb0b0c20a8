//! A bank proves itself and arranges how it hears from us (SSF 1.0 section 8.1).

use std::sync::Arc;

use kanuki_desk::signal::{self, Ask, Line, Said, SignalError};
use kanuki_domain::{Ctx, id::StaffId};
use kanuki_record::{RecordError, Unit};
use kanuki_wire::{
    client_assertion,
    set::{Event, uri},
};

use crate::{PartnerBank, Wallet, WalletError, replay::Replay};

/// What a wallet tells of.
const TOLD: &[&str] = &[
    uri::LINK_STATUS_CHANGED,
    uri::ACCOUNT_DISABLED,
    uri::CASE_SHARED,
    uri::RECOVERY_ACTIVATED,
    uri::CREDENTIAL_CHANGE,
    uri::SESSION_REVOKED,
    uri::IDENTIFIER_RECYCLED,
    uri::CREDENTIAL_COMPROMISE,
    uri::DEBIT_DISPUTED,
    uri::STREAM_UPDATED,
    uri::SERVICE_STATUS_CHANGED,
];

impl Wallet {
    /// The bank that made this assertion with the key that its event tokens are signed with: the one
    /// key of it that is pinned here. An assertion is good once. The same refusal for an unknown bank
    /// and a bad signature.
    pub async fn authenticate_bank(
        &self,
        ctx: &Ctx<'_>,
        assertion: &str,
    ) -> Result<Arc<PartnerBank>, WalletError> {
        let denied = |_| WalletError::NotAvailable;
        let claimed = client_assertion::claimed_by(assertion).map_err(denied)?;
        let banks = self.partners().await?.into_iter();
        let bank = banks.into_iter().find(|bank| bank.issuer == claimed);
        let bank = bank.ok_or(WalletError::NotAvailable)?;
        let (issuer, keys) = (&self.config.issuer, &bank.event_keys);
        let proven =
            client_assertion::verify_by_event_key(assertion, &claimed, issuer, keys, ctx.now);
        let mut unit = Unit::new();
        unit.insert(&Replay::of_assertion(ctx.now, &claimed, &proven.map_err(denied)?.jti));
        match self.book.commit(unit).await {
            Ok(()) => Ok(bank),
            Err(RecordError::Duplicate { .. }) => Err(WalletError::NotAvailable),
            Err(error) => Err(error.into()),
        }
    }

    /// Does what a bank asks for about its stream. The caller has proven which it is.
    pub async fn arrange_stream(
        &self,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
        ask: Ask,
    ) -> Result<Said, SignalError> {
        let receiver = bank.code.to_string();
        let line = Line {
            receiver: &receiver,
            issuer: &self.config.issuer,
            audience: &bank.issuer,
            push_url: &format!("{}/ssf/events", bank.issuer),
            supported: TOLD,
        };
        let mut done = signal::arrange(&self.book, ctx, &line, ask).await?;
        if let Some((stream_id, state)) = done.verification {
            let about = (Event::Verification { state }, stream_id);
            let event = self.out_event(ctx, bank, about, None);
            done.unit.insert(&event.map_err(|_| SignalError::Malformed("it cannot be told"))?);
        }
        self.book.commit(done.unit).await?;
        Ok(done.said)
    }

    /// Staff put a bank's stream back to everything, pushed; the bank is told that it was us.
    pub async fn restore_stream(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (receiver, reason): (&str, &str),
    ) -> Result<(), SignalError> {
        let banks = self.partners().await.map_err(|_| SignalError::Unknown)?;
        let bank = banks.into_iter().find(|bank| bank.code.to_string() == receiver);
        let bank = bank.ok_or(SignalError::Unknown)?;
        let asked = (by, receiver);
        let (mut unit, stream_id, told) = signal::restore(&self.book, ctx, asked, reason).await?;
        let event = self.out_event(ctx, &bank, (told, stream_id), None);
        unit.insert(&event.map_err(|_| SignalError::Malformed("it cannot be told"))?);
        Ok(self.book.commit(unit).await?)
    }
}
