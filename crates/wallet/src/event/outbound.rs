//! Events on their way out.

use kanuki_desk::case::Case;
use kanuki_domain::{
    Ctx,
    bank_account::BankCode,
    id::{CustomerId, MessageId},
};
use kanuki_record::{RecordError, Unit};
use kanuki_wire::set::{self, Event, LinkStatus, SecurityEvent, TakeoverReason};

use super::{OutEvent, Told};
use crate::{Wallet, WalletError, bank::ask_again_at, link::Link};

impl Wallet {
    /// Adds to `unit` that the bank is told what became of a link.
    pub(crate) async fn queue_status(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        link: &Link,
        told: Told,
    ) -> Result<(), WalletError> {
        let status = match told {
            Told::Revoked => LinkStatus::Revoked,
            Told::Released => LinkStatus::Released,
        };
        let event = Event::LinkStatusChanged {
            mandate_id: link.mandate_id,
            status,
            reason: "wallet".to_owned(),
        };
        self.queue(ctx, unit, (link.bank, link.customer_id), (event, None)).await
    }

    /// Adds to `unit` that the bank is told of a taken-over wallet, under the number of `case`.
    pub(crate) async fn queue_takeover(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        link: &Link,
        case: &Case,
    ) -> Result<(), WalletError> {
        let event = Event::LinkStatusChanged {
            mandate_id: link.mandate_id,
            status: LinkStatus::Suspended,
            reason: "report".to_owned(),
        };
        let txn = Some(case.case_id.to_string());
        self.queue(ctx, unit, (link.bank, link.customer_id), (event, txn.clone())).await?;
        let disabled = Event::AccountDisabled { reason: Some(TakeoverReason::Hijacking) };
        self.queue(ctx, unit, (link.bank, link.customer_id), (disabled, txn)).await
    }

    async fn queue(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (bank, id): (BankCode, CustomerId),
        (event, txn): (Event, Option<String>),
    ) -> Result<(), WalletError> {
        let partner = self.partner(bank).await?;
        let jti = MessageId::generate(ctx).to_string();
        let event = SecurityEvent {
            jti: jti.clone(),
            txn,
            subject: self.account_ref(bank, id),
            issued_at: ctx.now,
            event,
        };
        let token = set::make(&self.set_key, &self.config.issuer, &partner.issuer, &event)
            .map_err(|_| WalletError::Key("event token"))?;
        unit.insert(&OutEvent {
            event_id: jti,
            bank,
            token,
            due_at: Some(ctx.now),
            attempts: 0,
            given_up_at: None,
        });
        Ok(())
    }

    /// Sends every event that is due; how many were taken. What fails is tried again later.
    pub async fn send_events(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let mut sent = 0_usize;
        let mut due = self.book.list::<OutEvent>("state", "due").await?;
        due.reverse();
        for mut event in due {
            if event.due_at.is_none_or(|at| ctx.now < at) {
                continue;
            }
            let partner = match self.partner(event.bank).await {
                Ok(partner) => partner,
                Err(error) => {
                    tracing::warn!(event = event.event_id, %error, "event waits");
                    continue;
                }
            };
            let taken = self.banks.tell(ctx, &partner, &event.token).await;
            let edit = event.edit();
            edit.attempts = edit.attempts.saturating_add(1);
            edit.due_at = match taken {
                Ok(()) => {
                    sent = sent.saturating_add(1);
                    None
                }
                Err(reason) => {
                    tracing::info!(event = edit.event_id, %reason, "event not taken yet");
                    Some(ask_again_at(ctx.now, edit.attempts))
                }
            };
            let mut unit = Unit::new();
            unit.update(&event);
            match self.book.commit(unit).await {
                Ok(()) | Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(sent)
    }
}
