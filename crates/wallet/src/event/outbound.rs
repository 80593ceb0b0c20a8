//! Events on their way out.

use kanuki_desk::{case::Case, signal::Passage};
use kanuki_domain::{
    Ctx,
    bank_account::BankCode,
    id::{CaseId, CustomerId, MessageId},
};
use kanuki_record::{RecordError, Stored, Unit};
use kanuki_wire::set::{self, CaseStage, Event, LinkStatus, SecurityEvent, TakeoverReason};

use super::{OutEvent, Told};
use crate::{PartnerBank, Wallet, WalletError, bank::ask_again_at, link::Link};

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

    /// Adds to `unit` how far a case is that a bank has too; its number is the subject.
    pub(crate) async fn queue_case(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        bank: BankCode,
        (case_id, stage): (CaseId, CaseStage),
    ) -> Result<(), WalletError> {
        let partner = self.partner(bank).await?;
        let about = (Event::CaseShared { case_id, stage }, case_id.to_string());
        unit.insert(&self.out_event(ctx, &partner, about, Some(case_id.to_string()))?);
        Ok(())
    }

    async fn queue(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (bank, id): (BankCode, CustomerId),
        (event, txn): (Event, Option<String>),
    ) -> Result<(), WalletError> {
        let partner = self.partner(bank).await?;
        let subject = self.account_ref(bank, id);
        unit.insert(&self.out_event(ctx, &partner, (event, subject), txn)?);
        Ok(())
    }

    /// The row of one event about `subject`, signed.
    pub(super) fn out_event(
        &self,
        ctx: &Ctx<'_>,
        partner: &PartnerBank,
        (event, subject): (Event, String),
        txn: Option<String>,
    ) -> Result<OutEvent, WalletError> {
        let jti = MessageId::generate(ctx).to_string();
        let uri = event.uri().to_owned();
        let event = SecurityEvent { jti, txn, subject: subject.clone(), issued_at: ctx.now, event };
        let token = set::make(&self.set_key, &self.config.issuer, &partner.issuer, &event)
            .map_err(|_| WalletError::Key("event token"))?;
        Ok(OutEvent {
            event_id: event.jti,
            bank: partner.code,
            token,
            due_at: Some(ctx.now),
            attempts: 0,
            given_up_at: None,
            uri,
            subject,
            is_held: false,
            refused: None,
        })
    }

    /// Sends every event that is due; how many were taken. What fails is tried again later.
    pub async fn send_events(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        self.release_events(ctx).await?;
        let mut sent = 0_usize;
        let mut due = self.book.list::<OutEvent>("state", "due").await?;
        due.reverse();
        for event in due {
            if event.due_at.is_none_or(|at| ctx.now < at) {
                continue;
            }
            match self.passage_of(ctx, &event).await? {
                Passage::Push => {}
                Passage::Fetch | Passage::Hold => {
                    self.note(event, |event| event.is_held = true).await?;
                    continue;
                }
                Passage::Drop => {
                    self.note(event, |event| event.give_up(ctx.now)).await?;
                    continue;
                }
            }
            let partner = match self.partner(event.bank).await {
                Ok(partner) => partner,
                Err(error) => {
                    tracing::warn!(event = event.event_id, %error, "event waits");
                    continue;
                }
            };
            let taken = self.banks.tell(ctx, &partner, &event.token).await;
            if let Err(reason) = &taken {
                tracing::info!(event = event.event_id, %reason, "event not taken yet");
            }
            let next = event.attempts.saturating_add(1);
            let due_at = if taken.is_ok() { None } else { Some(ask_again_at(ctx.now, next)) };
            sent = sent.saturating_add(usize::from(taken.is_ok()));
            self.note(event, |event| (event.attempts, event.due_at) = (next, due_at)).await?;
        }
        Ok(sent)
    }

    /// Writes one event; another node, or its bank that fetched it, was faster.
    pub(super) async fn note(
        &self,
        mut event: Stored<OutEvent>,
        change: impl FnOnce(&mut OutEvent) + Send,
    ) -> Result<(), WalletError> {
        change(event.edit());
        let mut unit = Unit::new();
        unit.update(&event);
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
