//! Lowering a cap works at once; raising it takes a passkey and a wait.

use std::num::NonZeroU32;

use jiff::Timestamp;
use kanuki_desk::{
    authenticator::Authenticator,
    cap::{Cap, Edges},
    evidence::{Answer, Content as Answered, Shown},
    outbox::Content,
};
use kanuki_domain::{
    Ctx, Yen,
    id::{HolderId, MandateId},
    limits::RECOVERY_WAIT_SECS,
    mandate::{Alignment, PeriodicCap, Terms, Window, later},
};
use kanuki_passkey::AssertionState;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::transaction::Signed;
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    debit::Debit,
    holder::Known,
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
    /// How often its caps had changed and its holder had agreed anew, when the page was shown: what
    /// the holder compared with must still be so.
    #[serde(default)]
    seen: (u32, u32),
}

impl RaiseState {
    /// Notes what the page showed, to be kept with the answer.
    pub fn showing(&mut self, shown: Shown) {
        self.shown = Some(shown);
    }
}

/// Terms as notices and the audit log keep them: whoever reads them puts them into words.
pub(crate) fn written(terms: &Terms) -> String {
    serde_json::to_string(terms).unwrap_or_default()
}

/// Every cap of `terms` at `now`, amounts and numbers of debits.
pub(crate) fn own_caps(id: MandateId, terms: &Terms, generation: u32, now: Timestamp) -> Vec<Cap> {
    let mut caps = Vec::new();
    let uses =
        |cap: &Cap, most: Option<NonZeroU32>| most.map(|most| cap.clone().counting(most.get()));
    for periodic in &terms.periodic {
        let kind = kind_of(periodic, terms.valid_from);
        let amount = periodic.amount;
        let cap = match periodic.window(terms.valid_from, now) {
            Window::Rolling { secs } => Cap::rolling(&kind, id, amount, secs),
            Window::Aligned { from, until } => {
                Cap::aligned(&kind, id, amount, Edges { from, until }, now)
            }
        };
        let cap = cap.generation(generation);
        caps.extend(uses(&cap, periodic.max_debits));
        caps.push(cap);
    }
    let in_all = Cap::rolling("mandate-all", id, Yen::ZERO, 0).generation(generation);
    caps.extend(uses(&in_all, terms.max_debits));
    caps
}

/// How often a lowering that somebody else's change crossed is begun again.
const LOWER_TRIES: u8 = 8;

/// Part of the name of a cap's account: two limits over other periods are other limits. Those by
/// rolling day and month have the names that they had when there were no others.
fn kind_of(cap: &PeriodicCap, valid_from: Timestamp) -> String {
    let period = cap.period.name();
    match &cap.alignment {
        Alignment::Rolling => format!("mandate-{period}"),
        Alignment::Calendar(zone) => format!("mandate-{period}-calendar-{}", zone.name()),
        Alignment::Consent(zone) => {
            format!("mandate-{period}-consent-{}-{valid_from}", zone.name())
        }
    }
}

/// The same terms with these amounts, in their order.
fn with_amounts(terms: &Terms, amounts: &[Yen]) -> Result<Terms, BankError> {
    if amounts.len() != terms.periodic.len() {
        return Err(BankError::Amounts);
    }
    let mut wanted = terms.clone();
    for (cap, amount) in wanted.periodic.iter_mut().zip(amounts) {
        cap.amount = *amount;
    }
    wanted.max_individual = wanted.max_individual.min(least(&wanted));
    Ok(wanted)
}

/// The least of what the terms allow within one of their periods.
fn least(terms: &Terms) -> Yen {
    terms.periodic.iter().map(|cap| cap.amount).min().unwrap_or(Yen::ZERO)
}

/// The same terms with these amounts. What one debit may be follows the least of them where it did
/// so before; where the holder had agreed to less, that was said on purpose and stays.
fn raised(terms: &Terms, amounts: &[Yen]) -> Result<Terms, BankError> {
    let mut wanted = with_amounts(terms, amounts)?;
    if terms.max_individual >= least(terms) {
        wanted.max_individual = least(&wanted);
    }
    Ok(wanted)
}

impl Bank {
    /// Lowers the caps of a mandate at once: `amounts` in the order of its terms.
    pub async fn lower_caps(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        mandate_id: MandateId,
        amounts: &[Yen],
    ) -> Result<(), BankError> {
        for _ in 0..LOWER_TRIES {
            // A worker may put it into force in the same moment, which is no reason to refuse.
            match self.lower_once(ctx, holder_id, mandate_id, amounts).await {
                Err(BankError::Record(RecordError::Conflict { .. })) => {}
                done => return done,
            }
        }
        self.lower_once(ctx, holder_id, mandate_id, amounts).await
    }

    async fn lower_once(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        mandate_id: MandateId,
        amounts: &[Yen],
    ) -> Result<(), BankError> {
        let mandate = self.mandate_of(holder_id, mandate_id).await?;
        let mut mandate = self.ripen(ctx, mandate).await?;
        let wanted = with_amounts(&mandate.terms, amounts)?;
        if wanted == mandate.terms && mandate.raise.is_none() && mandate.state.is_alive() {
            return Ok(());
        }
        if wanted.check_amounts().is_err()
            || !wanted.is_within(&mandate.terms)
            || !mandate.state.is_alive()
        {
            return Err(BankError::Amounts);
        }
        // The intent is kept first, so that a crash while the ledger is changed is finished later.
        mandate.edit().raise =
            Some(PendingRaise { terms: wanted, effective_at: ctx.now, then: None });
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
        amounts: &[Yen],
    ) -> Result<(String, RaiseState), BankError> {
        let mandate = self.mandate_of(holder_id, mandate_id).await?;
        let mandate = self.ripen(ctx, mandate).await?;
        let wanted = raised(&mandate.terms, amounts)?;
        let (day_max, month_max) = self.caps_max(&mandate).await?;
        let is_granted = wanted == wanted.narrowed(day_max, month_max);
        if !is_granted || wanted.validate().is_err() || !mandate.state.is_active() {
            return Err(BankError::Amounts);
        }
        let nonce = kanuki_domain::id::encode_base32(u128::from_be_bytes(ctx.random()));
        let signed = Signed::RaiseCap { mandate_id, terms: wanted.clone(), nonce };
        let challenge = signed.challenge().map_err(|_| BankError::Amounts)?;
        let canonical = signed.canonical().map_err(|_| BankError::Amounts)?;
        let pre_image = String::from_utf8_lossy(&canonical).into_owned();
        let (options, assertion) = self.start_signature(holder_id, challenge).await?;
        let seen = (mandate.cap_generation, mandate.renewals);
        Ok((options, RaiseState { mandate_id, wanted, pre_image, assertion, shown: None, seen }))
    }

    /// The holder signed: the raise takes effect after the wait, and is told at once.
    pub async fn finish_raise(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, browser): (HolderId, &str),
        mandate_id: MandateId,
        (response, state): (&str, &RaiseState),
    ) -> Result<Timestamp, BankError> {
        if state.mandate_id != mandate_id {
            return Err(BankError::NotAvailable);
        }
        let signed = self.finish_signature(ctx, holder_id, response, &state.assertion).await?;
        let mandate = self.mandate_of(holder_id, mandate_id).await?;
        // What is due comes first: its caps may be moving in the ledger at this moment, and a narrowing
        // is not to be written over.
        let mut mandate = self.ripen(ctx, mandate).await?;
        let is_as_shown = state.seen == (mandate.cap_generation, mandate.renewals);
        let is_due = mandate.raise.as_ref().is_some_and(|change| change.effective_at <= ctx.now);
        if !is_as_shown || is_due || !mandate.state.is_active() {
            return Err(BankError::NotAvailable);
        }
        let known = self.known(holder_id).await?;
        let settled = self.settled_from(&known, &signed.authenticator).await?;
        let effective_at = self.raised_from(ctx, settled);
        let content = Content::new("caps_raise_asked")
            .with("partner", &mandate.partner_name)
            .with("terms", written(&state.wanted));
        let terms = state.wanted.clone();
        mandate.edit().raise = Some(PendingRaise { terms, effective_at, then: None });
        let mut unit = Unit::new();
        let answered = Answered {
            shown: state.shown.clone(),
            pre_image: state.pre_image.clone(),
            assertion: Some(signed.signature),
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

    /// From when on a passkey may widen something: whoever talked a code out of the holder, changed
    /// a contact or brought a new device must not raise what an old link may take.
    pub(crate) async fn settled_from(
        &self,
        known: &Known,
        authenticator: &Authenticator,
    ) -> Result<Timestamp, BankError> {
        let mut settled = Timestamp::MIN;
        if authenticator.route.rests_on_a_code() {
            settled = later(authenticator.created_at, RECOVERY_WAIT_SECS);
        }
        if self.rules.waits_for_contacts() {
            let device = self.device_settles_at(authenticator).await?;
            settled = settled.max(known.settles_at()).max(device);
        }
        Ok(settled)
    }

    /// From when on something wider holds that is signed now.
    pub(crate) fn raised_from(&self, ctx: &Ctx<'_>, settled: Timestamp) -> Timestamp {
        later(ctx.now, self.rules.raise_wait_secs()).max(settled)
    }

    /// Puts a change of caps into force whose time has come. Called before each debit and by the
    /// worker; calling it twice is fine.
    ///
    /// The record says first which generation the ledger is about to hear of; then the new cap
    /// accounts, with what is in use carried over; then the record again: a debit in flight meets a
    /// closed cap account and is asked again under the new ones.
    pub(crate) async fn ripen(
        &self,
        ctx: &Ctx<'_>,
        mut mandate: Stored<Mandate>,
    ) -> Result<Stored<Mandate>, BankError> {
        while mandate.is_ripe(ctx.now)
            && let Some(change) = mandate.raise.clone()
        {
            let held = self.held_until(ctx, &mandate, &change).await;
            if !matches!(held, Ok(None)) && mandate.has_narrower_part(&change) {
                mandate = self.narrow_first(ctx, mandate, change).await?;
                continue;
            }
            match held {
                Ok(None) => {}
                Ok(Some(until)) => return self.put_off(ctx, mandate, until).await,
                Err(error) => {
                    // Nothing is widened unseen; the terms in force go on.
                    tracing::warn!(%error, mandate.id = %mandate.mandate_id, "a raise waits");
                    return Ok(mandate);
                }
            }
            mandate = self.ripen_one(ctx, mandate, change).await?;
        }
        Ok(mandate)
    }

    async fn ripen_one(
        &self,
        ctx: &Ctx<'_>,
        mut mandate: Stored<Mandate>,
        change: PendingRaise,
    ) -> Result<Stored<Mandate>, BankError> {
        let id = mandate.mandate_id;
        let generation = mandate.cap_generation.max(mandate.caps_taken).saturating_add(1);
        mandate.edit().caps_taken = generation;
        let mut unit = Unit::new();
        unit.update(&mandate);
        self.book.commit(unit).await?;
        let mut mandate = crate::holder::load::<Mandate>(&self.book, id).await?;
        if mandate.raise.as_ref() != Some(&change) {
            // Somebody else was faster.
            return Ok(mandate);
        }
        self.move_caps(ctx, &mandate, &change.terms, generation).await?;
        let entry = AuditEntry::new(ctx.now, mandate.holder_id, "mandate.caps_changed", id)
            .with("terms", written(&change.terms));
        mandate.edit().terms = change.terms;
        mandate.edit().cap_generation = generation;
        mandate.edit().raise = change.then.map(|next| *next);
        let mut unit = Unit::new();
        unit.update(&mandate).audit(entry);
        self.book.commit(unit).await?;
        crate::holder::load::<Mandate>(&self.book, id).await
    }

    /// Opens the caps of `next` with what is in use of them, after closing those in force: from there
    /// on nothing moves under the old terms, so nothing is missed.
    ///
    /// What is in use is counted from the debits themselves, all of them, newest first. A cap that was
    /// lowered forgets what it has no room for; a cap account is therefore no witness for the next one.
    async fn move_caps(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
        next: &Terms,
        generation: u32,
    ) -> Result<(), BankError> {
        let (id, ledger) = (mandate.mandate_id, &*self.ledger);
        for cap in own_caps(id, &mandate.terms, mandate.cap_generation, ctx.now) {
            cap.close(ledger, ctx.now).await?;
        }
        let mut counted = self.debits_of(id).await?;
        counted.retain(Debit::counts_in_terms);
        for cap in own_caps(id, next, generation, ctx.now) {
            cap.open(ledger, ctx.now).await?;
            for debit in &counted {
                let used = (debit.chain(), debit.amount);
                cap.charge((&used.0, used.1), debit.asked_at, ledger, ctx.now).await?;
            }
        }
        Ok(())
    }
}
