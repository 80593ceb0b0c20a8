//! Events on their way out.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kanuki_desk::case::Case;
use kanuki_domain::{
    Ctx,
    bank_account::BankCode,
    connector::Protocol,
    id::{CaseId, CustomerId, MessageId, TopupId, derive_bits, encode_base32},
};
use kanuki_record::Unit;
use kanuki_wire::set::{self, CaseStage, Event, LinkStatus, SecurityEvent, TakeoverReason};

use super::{OutEvent, Told};
use crate::{
    PartnerBank, Wallet, WalletError,
    bank::debit_id,
    link::{Link, LinkState},
};

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

    /// Adds to `unit` that the bank is told of a taken-over wallet, under the number of the case.
    pub(crate) async fn queue_takeover(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        link: &Link,
        case_id: CaseId,
    ) -> Result<(), WalletError> {
        self.queue_alarm(ctx, unit, link, case_id).await?;
        let disabled = Event::AccountDisabled { reason: Some(TakeoverReason::Hijacking) };
        let txn = Some(case_id.to_string());
        self.queue(ctx, unit, (link.bank, link.customer_id), (disabled, txn)).await
    }

    /// Adds to `unit` that banks whose links of this customer's ended since `since` are told of a press that
    /// came too late: nothing is left to stop there, and people look into it under the number of `case`.
    /// Which banks hear no events is a line of the case, because somebody has to call them.
    pub(crate) async fn queue_late_alarms(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (id, since): (CustomerId, Timestamp),
        case: &mut Case,
    ) -> Result<(), WalletError> {
        let partners = self.partners().await?;
        for link in self.links(id).await? {
            if !matches!(link.state, LinkState::Ended { at } if at >= since) {
                continue;
            }
            let partner = partners.iter().find(|partner| partner.code == link.bank);
            if partner.is_some_and(|partner| partner.protocol != Protocol::Oauth) {
                self.queue_alarm(ctx, unit, &link, case.case_id).await?;
            } else {
                case.note(ctx.now, "system", format!("=bank_to_call|{}", link.bank));
            }
        }
        Ok(())
    }

    async fn queue_alarm(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        link: &Link,
        case_id: CaseId,
    ) -> Result<(), WalletError> {
        let event = Event::LinkStatusChanged {
            mandate_id: link.mandate_id,
            status: LinkStatus::Suspended,
            reason: "report".to_owned(),
        };
        let txn = Some(case_id.to_string());
        self.queue(ctx, unit, (link.bank, link.customer_id), (event, txn)).await
    }

    /// Adds to `unit` that the bank is told of a debit that was not its holder's, under the number of the
    /// case. A bank of plain OAuth hears no events, and one that is no partner any more hears none.
    pub(crate) async fn queue_disputed(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        link: &Link,
        (topup_id, case_id): (TopupId, CaseId),
    ) -> Result<(), WalletError> {
        let partner = match self.partner(link.bank).await {
            Err(WalletError::NotAvailable) => return Ok(()),
            partner => partner?,
        };
        if partner.protocol == Protocol::Oauth {
            return Ok(());
        }
        let (mandate_id, debit_id) = (link.mandate_id, debit_id(topup_id));
        let event = Event::DebitDisputed { mandate_id, debit_id };
        let about = (event, self.account_ref(link.bank, link.customer_id));
        unit.insert(&self.out_event(ctx, &partner, about, Some(case_id.to_string()))?);
        Ok(())
    }

    /// Adds to `unit` how far a case is that a bank has too; its number is the subject.
    pub(crate) async fn queue_case(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        bank: BankCode,
        (case_id, stage): (CaseId, CaseStage),
    ) -> Result<(), WalletError> {
        unit.insert(&self.case_word(ctx, bank, (case_id, stage)).await?);
        Ok(())
    }

    /// What tells a bank of a case under its number.
    pub(crate) async fn case_word(
        &self,
        ctx: &Ctx<'_>,
        bank: BankCode,
        (case_id, stage): (CaseId, CaseStage),
    ) -> Result<OutEvent, WalletError> {
        let partner = self.partner(bank).await?;
        let about = (Event::CaseShared { case_id, stage }, case_id.to_string());
        self.out_event(ctx, &partner, about, Some(case_id.to_string()))
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
            taken_at: None,
            attempts: 0,
            refusals: 0,
            given_up_at: None,
            uri,
            subject,
            is_held: false,
            refused: None,
        })
    }
}
