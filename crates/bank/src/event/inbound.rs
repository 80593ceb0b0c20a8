//! A partner tells us something about a mandate.

use std::sync::Arc;

use kanuki_desk::{
    case::{Case, CaseKind},
    gate::Gate,
    shared,
    signal::{
        flood, line, noted,
        order::{self, Said, Word},
    },
};
use kanuki_domain::{
    Ctx,
    id::{CaseId, MandateId},
    mandate::{MandateState, StoppedBy},
};
use kanuki_record::{AuditEntry, RecordError, Unit};
use kanuki_wire::{
    jws::JwsError,
    set::{self, CaseStage, LinkStatus, SetError},
};

use crate::{Bank, BankError, holder::load, mandate::Mandate, partner::Partner, replay::Replay};

/// How often a word on the line is noted anew where its row was changed meanwhile.
const WORD_TRIES_MAX: u8 = 5;

/// Why an event token was not taken.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The token is not good; the code is for the sender.
    #[error("the event token was refused")]
    Token(#[from] SetError),
    /// It could not be acted on now: send it again.
    #[error("the event could not be acted on")]
    Bank(#[from] BankError),
    /// Another event had its name before: the sender is to give it one of its own.
    #[error("the event has the name of another one")]
    Reused,
}

impl Bank {
    /// Acts on an event token of any registered partner. Told twice is fine.
    pub async fn receive_event(&self, ctx: &Ctx<'_>, token: &str) -> Result<(), EventError> {
        let (partner, told) = self.verify_event(ctx, token).await?;
        let client_id = &partner.client_id;
        // Acted on once: told again after two people released, it must not stop anew.
        let name = format!("set|{client_id}|{}", told.jti);
        let used = self.book.find::<Replay>(&name).await.map_err(BankError::from)?;
        if let Some(used) = used {
            return self.told_again(ctx, client_id, (&told, &used)).await;
        }
        // The line works, and that is all.
        if let set::Event::Verification { state } = &told.event {
            return Ok(self.hear_word(ctx, client_id, state.as_deref()).await?);
        }
        let mut unit = Unit::new();
        self.act_on(ctx, &mut unit, client_id, &told).await?;
        self.note_event(ctx, &mut unit, client_id).await?;
        // Noted last: if acting failed, the sender tells it again.
        unit.insert(&Replay::of(ctx, "set", client_id, &told.jti).saying(told.digest()));
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Duplicate { table: "replay" | "signal_taken", .. }) => Ok(()),
            Err(error) => Err(BankError::from(error).into()),
        }
    }

    /// Notes that a line works. The word may come back at the very moment in which what asked for it is noted:
    /// then that is read anew.
    async fn hear_word(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        state: Option<&str>,
    ) -> Result<(), BankError> {
        for left in (0..WORD_TRIES_MAX).rev() {
            let mut unit = Unit::new();
            if !line::heard(&self.book, ctx, &mut unit, (client_id, state)).await? {
                break;
            }
            match self.book.commit(unit).await {
                Err(RecordError::Conflict { .. }) if left > 0 => {}
                done => return Ok(done?),
            }
        }
        Ok(())
    }

    /// An event whose name is known: the same one is fine. Another one is not acted on, and is on record, once:
    /// in silence, an alarm would be lost to its sender's mistake, or to whoever used up its name before.
    async fn told_again(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        (told, used): (&set::SecurityEvent, &Replay),
    ) -> Result<(), EventError> {
        if used.said.as_ref().is_none_or(|said| *said == told.digest()) {
            return Ok(());
        }
        let mut unit = Unit::new();
        let entry = AuditEntry::new(ctx.now, client_id, "event.reused", &told.jti);
        unit.insert(&Replay::of(ctx, "set_reused", client_id, &told.jti));
        unit.audit(entry.with("event", told.event.uri()));
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Duplicate { .. }) => Err(EventError::Reused),
            Err(error) => Err(BankError::from(error).into()),
        }
    }

    async fn act_on(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        client_id: &str,
        told: &set::SecurityEvent,
    ) -> Result<(), BankError> {
        let case_id: Option<CaseId> = told.txn.as_deref().and_then(|t| t.parse().ok());
        let actions = self.config.signals.on(&told.event);
        noted::taken(ctx, unit, client_id, (told, actions));
        match &told.event {
            set::Event::LinkStatusChanged { mandate_id, status, .. } => match status {
                LinkStatus::Suspended => {
                    // However late it comes: a release by the partner releases nothing here, so none is newer.
                    let word = (client_id, told, *mandate_id);
                    self.hear(ctx, unit, word, Word::Stopped).await?;
                    self.admit_stop(ctx, client_id).await?;
                    self.partner_suspends(ctx, client_id, *mandate_id, case_id).await?;
                }
                LinkStatus::Revoked => {
                    // Suspend first, revoke later: whoever may hold its keys ends no consent for good.
                    self.require_partner_open(ctx, client_id).await?;
                    let mandate = self.mandate_of_partner(client_id, *mandate_id).await?;
                    self.end(ctx, mandate, StoppedBy::Wallet, client_id.to_owned()).await?;
                }
                // Only people here release, two of them: a partner's word alone never loosens.
                LinkStatus::Released => {
                    self.mandate_of_partner(client_id, *mandate_id).await?;
                    let word = (client_id, told, *mandate_id);
                    self.hear(ctx, unit, word, Word::Released).await?;
                }
            },
            set::Event::CaseShared { case_id, stage } => {
                shared::take(&self.book, ctx, unit, (*case_id, client_id, *stage)).await?;
                if let CaseStage::Paid { amount } = stage {
                    self.believe_made_good(ctx, unit, (*case_id, client_id, *amount)).await?;
                }
            }
            set::Event::StreamUpdated { .. } => {
                if actions.notifies {
                    self.admit_care(ctx, client_id, actions.measure).await?;
                    let about = format!("stream|{client_id}");
                    noted::notify(&self.book, ctx, unit, told, (&about, None)).await?;
                }
            }
            set::Event::ServiceStatusChanged(word) => {
                self.take_halt(ctx, unit, (client_id, told, word), actions).await?;
            }
            set::Event::Verification { .. } => {}
            // Whatever the table says of it, it only tightens.
            set::Event::DebitDisputed { .. }
            | set::Event::AccountDisabled { .. }
            | set::Event::CredentialCompromise { .. }
            | set::Event::IdentifierChanged {}
            | set::Event::IdentifierRecycled {}
            | set::Event::RecoveryActivated {}
            | set::Event::SessionRevoked {}
            | set::Event::CredentialChange { .. }
            | set::Event::AssuranceLevelChange { .. }
            | set::Event::RiskLevelChange { .. } => {
                self.tighten(ctx, unit, (client_id, told), (actions, case_id)).await?;
            }
        }
        Ok(())
    }

    /// Notes a word on a mandate in `unit`, and in the audit log where it comes late.
    pub(super) async fn hear(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (partner, told, mandate_id): (&str, &set::SecurityEvent, MandateId),
        word: Word,
    ) -> Result<(), BankError> {
        let link = mandate_id.to_string();
        let said = Said { partner, jti: &told.jti, link: &link, word, at: told.issued_at };
        order::hear(&self.book, ctx.now, unit, said).await?;
        Ok(())
    }

    /// Counts one event that stops something; beyond what an hour has, it waits at its sender.
    pub(super) async fn admit_stop(&self, ctx: &Ctx<'_>, client_id: &str) -> Result<(), BankError> {
        if flood::admit(&self.book, ctx, client_id).await? {
            Ok(())
        } else {
            Err(BankError::TooMany)
        }
    }

    async fn verify_event(
        &self,
        ctx: &Ctx<'_>,
        token: &str,
    ) -> Result<(Arc<Partner>, set::SecurityEvent), EventError> {
        let mut refusal = SetError::Token(JwsError::UnknownKey);
        for partner in self.partners().await? {
            let (from, to) = (&partner.issuer, &self.config.issuer);
            match set::verify(token, from, to, &partner.set_jwks, ctx.now) {
                Ok(told) => return Ok((partner, told)),
                // Somebody else's key says nothing of the others.
                Err(SetError::Token(JwsError::UnknownKey | JwsError::Signature)) => {}
                Err(SetError::UnknownEvent) => {
                    self.note_unknown(ctx, &partner, token).await?;
                    return Err(SetError::UnknownEvent.into());
                }
                Err(error) => refusal = error,
            }
        }
        Err(refusal.into())
    }

    /// An event that we have no word for does nothing, and is on record, once.
    async fn note_unknown(
        &self,
        ctx: &Ctx<'_>,
        partner: &Partner,
        token: &str,
    ) -> Result<(), BankError> {
        let Some((jti, uri)) = set::name_of(token, &partner.set_jwks) else { return Ok(()) };
        let entry = AuditEntry::new(ctx.now, &partner.client_id, "event.unknown", &jti);
        let mut unit = Unit::new();
        let used = Replay::of(ctx, "set", &partner.client_id, &jti);
        unit.insert(&used.saying(uri.clone()));
        unit.audit(entry.with("event", uri));
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Duplicate { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn mandate_of_partner(
        &self,
        client_id: &str,
        mandate_id: MandateId,
    ) -> Result<kanuki_record::Stored<Mandate>, BankError> {
        let mandate = load::<Mandate>(&self.book, mandate_id).await?;
        // A partner speaks only of its own mandates.
        if mandate.client_id == client_id { Ok(mandate) } else { Err(BankError::NotAvailable) }
    }

    pub(super) async fn partner_suspends(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        mandate_id: MandateId,
        case_id: Option<CaseId>,
    ) -> Result<(), BankError> {
        let mandate = self.mandate_of_partner(client_id, mandate_id).await?;
        let holder = mandate.holder_id.to_string();
        let ends_it = matches!(mandate.state, MandateState::Unconfirmed { .. });
        if ends_it && Gate::of("partner", client_id).is_closed(&*self.ledger, ctx.now).await? {
            // A link that waits has nothing to go back to. Whoever may hold a stopped partner's keys
            // ends no consent for good: nothing passes, and two people decide.
            Gate::of("mandate", mandate_id).close(&*self.ledger, ctx.now).await?;
        } else {
            self.suspend(ctx, mandate, StoppedBy::Wallet, case_id).await?;
        }
        let Some(case_id) = case_id else { return Ok(()) };
        let mut known = self.book.find::<Case>(case_id).await?;
        if let Some(case) = &mut known
            && shared::is_about_nobody(case, client_id)
        {
            // It told us of a report, and says now which mandate that is about: one number stays one.
            let mut unit = Unit::new();
            shared::name(ctx, case.edit(), (mandate_id, &holder));
            let about = self.book.list::<Case>("about", &mandate_id.to_string()).await?;
            let own = about.into_iter().find(|one| shared::is_own_stop(one, &holder));
            if let Some(mut own) = own {
                shared::join(ctx, case.edit(), own.edit());
                unit.update(&own);
            }
            let entry = AuditEntry::new(ctx.now, client_id, "case.named", case_id);
            unit.update(case).audit(entry.with("about", mandate_id));
            return Ok(self.book.commit(unit).await?);
        }
        let number = match &known {
            None => case_id,
            // We were told twice, or opened it ourselves.
            Some(case) if case.person_id.as_ref() == Some(&holder) => return Ok(()),
            // It is somebody else's: one number, told of many, must not hide all but one of them.
            Some(_) => {
                let about = self.book.list::<Case>("about", &mandate_id.to_string()).await?;
                if about.iter().any(|case| case.kind == CaseKind::ToldByPartner) {
                    return Ok(());
                }
                CaseId::generate(ctx)
            }
        };
        let kind = CaseKind::ToldByPartner;
        let case = Case::open_as(number, ctx, kind, mandate_id, Some(holder));
        let mut unit = Unit::new();
        let entry = AuditEntry::new(ctx.now, client_id, "case.opened", number);
        unit.insert(&case).audit(entry.with("told_as", case_id));
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Duplicate { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
