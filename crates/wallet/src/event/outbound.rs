//! Events on their way out.

use std::collections::BTreeSet;

use kanuki_desk::case::Case;
use kanuki_domain::{
    Ctx,
    bank_account::BankCode,
    connector::Protocol,
    id::{CaseId, CustomerId, MessageId, derive_bits, encode_base32},
};
use kanuki_record::Unit;
use kanuki_wire::set::{self, CaseStage, Event, LinkStatus, SecurityEvent, TakeoverReason};

use super::{OutEvent, Told};
use crate::{PartnerBank, Wallet, WalletError, link::Link};

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

    /// Adds to `unit` that every bank with a living link of this customer's is told all of `said`, which
    /// came of one `cause`. Each under its own name of the person and of the cause, so that two banks
    /// cannot find out that they have the same customer. A bank of plain OAuth hears no events.
    pub(crate) async fn queue_change(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (id, cause): (CustomerId, &str),
        said: &[Event],
    ) -> Result<(), WalletError> {
        let links = self.live_links(id).await?;
        let banks: BTreeSet<BankCode> = links.iter().map(|link| link.bank).collect();
        for partner in self.partners().await? {
            if !banks.contains(&partner.code) || partner.protocol == Protocol::Oauth {
                continue;
            }
            let named = format!("{}|{id}|{cause}", partner.code);
            let blinded = self.vault.blind("event_cause", named.as_bytes());
            let cause = encode_base32(derive_bits(&[&blinded]));
            for event in said {
                let about = (event.clone(), self.account_ref(partner.code, id));
                unit.insert(&self.out_event(ctx, &partner, about, Some(cause.clone()))?);
            }
        }
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
}
