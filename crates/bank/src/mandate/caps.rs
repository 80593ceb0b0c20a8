//! Lowering a cap works at once; raising it takes a passkey and a wait.

use kanuki_desk::{
    cap::Cap,
    evidence::{Answer, Content as Answered, Shown},
    outbox::Content,
};
use kanuki_domain::{
    Ctx, Yen,
    id::{HolderId, MandateId},
    limits::{DAY_SECS, MONTH_SECS, RECOVERY_WAIT_SECS},
    mandate::{Terms, later},
};
use kanuki_passkey::AssertionState;
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_wire::transaction::Signed;
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    mandate::{Mandate, PendingRaise},
};

/// What must come back with the signature that raises the caps of a mandate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RaiseState {
    mandate_id: MandateId,
    /// The terms it asks for.
    pub wanted: Terms,
    pre_image: String,
    assertion: AssertionState,
    shown: Option<Shown>,
}

impl RaiseState {
    /// Notes what the page showed, to be kept with the answer.
    pub fn showing(&mut self, shown: Shown) {
        self.shown = Some(shown);
    }
}

fn own_caps(mandate: &Mandate, terms: &Terms, generation: u32) -> [Cap; 2] {
    let id = mandate.mandate_id;
    [
        Cap::rolling("mandate-day", id, terms.max_per_day, DAY_SECS).generation(generation),
        Cap::rolling("mandate-month", id, terms.max_per_month, MONTH_SECS).generation(generation),
    ]
}

fn with_caps(terms: &Terms, per_day: Yen, per_month: Yen) -> Result<Terms, BankError> {
    let wanted = Terms {
        max_individual: terms.max_individual.min(per_day),
        max_per_day: per_day,
        max_per_month: per_month,
        ..terms.clone()
    };
    wanted.validate().map_err(|_| BankError::Amounts)?;
    Ok(wanted)
}

impl Bank {
    /// Lowers the caps of a mandate at once.
    pub async fn lower_caps(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        mandate_id: MandateId,
        per_day: Yen,
        per_month: Yen,
    ) -> Result<(), BankError> {
        let mandate = self.mandate_of(holder_id, mandate_id).await?;
        let mut mandate = self.ripen(ctx, mandate).await?;
        let wanted = with_caps(&mandate.terms, per_day, per_month)?;
        let is_wider =
            per_day > mandate.terms.max_per_day || per_month > mandate.terms.max_per_month;
        if is_wider || !mandate.state.is_alive() {
            return Err(BankError::Amounts);
        }
        // The intent is kept first, so that a crash while the ledger is changed is finished later.
        mandate.edit().raise = Some(PendingRaise { terms: wanted, effective_at: ctx.now });
        let mut unit = Unit::new();
        unit.update(&mandate);
        self.book.commit(unit).await?;
        let mandate = self.mandate_of(holder_id, mandate_id).await?;
        self.ripen(ctx, mandate).await?;
        Ok(())
    }

    /// What the holder signs to raise the caps of a mandate.
    pub async fn start_raise(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        mandate_id: MandateId,
        (per_day, per_month): (Yen, Yen),
    ) -> Result<(String, RaiseState), BankError> {
        let mandate = self.mandate_of(holder_id, mandate_id).await?;
        let (day_max, month_max) = self.rules.terms_max();
        if per_day > day_max || per_month > month_max || !mandate.state.is_active() {
            return Err(BankError::Amounts);
        }
        let mut wanted = with_caps(&mandate.terms, per_day, per_month)?;
        wanted.max_individual = per_day;
        let nonce = kanuki_domain::id::encode_base32(u128::from_be_bytes(ctx.random()));
        let signed =
            Signed::RaiseCap { mandate_id, max_per_day: per_day, max_per_month: per_month, nonce };
        let challenge = signed.challenge().map_err(|_| BankError::Amounts)?;
        let canonical = signed.canonical().map_err(|_| BankError::Amounts)?;
        let pre_image = String::from_utf8_lossy(&canonical).into_owned();
        let (options, assertion) = self.start_signature(holder_id, challenge).await?;
        Ok((options, RaiseState { mandate_id, wanted, pre_image, assertion, shown: None }))
    }

    /// The holder signed: the raise takes effect after the wait, and is told at once.
    pub async fn finish_raise(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, browser): (HolderId, &str),
        mandate_id: MandateId,
        (response, state): (&str, &RaiseState),
    ) -> Result<jiff::Timestamp, BankError> {
        if state.mandate_id != mandate_id {
            return Err(BankError::NotAvailable);
        }
        let signed = self.finish_signature(ctx, holder_id, response, &state.assertion).await?;
        let mut mandate = self.mandate_of(holder_id, mandate_id).await?;
        let mut effective_at = later(ctx.now, self.rules.raise_wait_secs());
        if signed.authenticator.route.rests_on_a_code() {
            // Whoever talked a code out of the holder must not raise what an old link may take.
            let settled = later(signed.authenticator.created_at, RECOVERY_WAIT_SECS);
            effective_at = effective_at.max(settled);
        }
        let known = self.known(holder_id).await?;
        let content = Content::new("caps_raise_asked")
            .with("partner", &mandate.partner_name)
            .with("per_day", state.wanted.max_per_day);
        mandate.edit().raise = Some(PendingRaise { terms: state.wanted.clone(), effective_at });
        let mut unit = Unit::new();
        let answered = Answered {
            shown: state.shown.clone(),
            pre_image: state.pre_image.clone(),
            assertion: Some(signed.asserted.evidence),
        };
        let from = (mandate_id.to_string(), browser, Answer::Signed);
        self.keep_answer(ctx, &mut unit, &known.key, from, &answered)?;
        unit.update(&mandate).audit(
            AuditEntry::new(ctx.now, holder_id, "mandate.raise_asked", mandate_id)
                .with("effective_at", effective_at),
        );
        self.tell(&mut unit, ctx, &known, mandate_id, content)?;
        self.book.commit(unit).await?;
        Ok(effective_at)
    }

    /// Puts a change of caps into force whose time has come. Called before each debit and by the
    /// worker; calling it twice is fine.
    ///
    /// New cap accounts first, with what is in use carried over, then the record: a debit in
    /// flight meets a closed cap account and is asked again under the new ones.
    pub(crate) async fn ripen(
        &self,
        ctx: &Ctx<'_>,
        mut mandate: Stored<Mandate>,
    ) -> Result<Stored<Mandate>, BankError> {
        let Some(change) = mandate.raise.clone().filter(|r| r.effective_at <= ctx.now) else {
            return Ok(mandate);
        };
        let generation = mandate.cap_generation.saturating_add(1);
        let old = own_caps(&mandate, &mandate.terms, mandate.cap_generation);
        let new = own_caps(&mandate, &change.terms, generation);
        for (old, new) in old.iter().zip(&new) {
            old.replace(new, &*self.ledger, ctx.now).await?;
        }
        let id = mandate.mandate_id;
        let entry = AuditEntry::new(ctx.now, mandate.holder_id, "mandate.caps_changed", id)
            .with("per_day", change.terms.max_per_day.amount())
            .with("per_month", change.terms.max_per_month.amount());
        mandate.edit().terms = change.terms;
        mandate.edit().cap_generation = generation;
        mandate.edit().raise = None;
        let mut unit = Unit::new();
        unit.update(&mandate).audit(entry);
        self.book.commit(unit).await?;
        crate::holder::load::<Mandate>(&self.book, id).await
    }
}
