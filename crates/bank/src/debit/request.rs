//! A partner asks for a debit, or asks again.

use kanuki_desk::rule;
use kanuki_domain::{
    Ctx, Yen,
    id::{DebitApprovalId, DebitId, MandateId},
    mandate::{Interaction, MandateError},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::{ErrorCode, OAuthError, authn::AuthnEvidence, debit::RefusalReason};

use crate::{
    Bank, BankError,
    approval::DebitApproval,
    attempt::Attempt,
    debit::{
        Debit, DebitRound, DebitState,
        freeze::Freeze,
        judge::{Verdict, Why},
        key,
    },
    holder::load,
    mandate::Mandate,
};

/// Somebody else asks with the same id, and what becomes of it is not known yet.
const AGAIN: BankError = BankError::Busy { secs: 1 };

/// What a partner asks for, after its token was checked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The partner.
    pub client_id: String,
    /// The mandate its token is for.
    pub mandate_id: MandateId,
    /// The partner's id: the same id is the same debit.
    pub debit_id: DebitId,
    /// How much.
    pub amount: Yen,
    /// Whether the customer is there.
    pub interaction: Interaction,
    /// The device and sign-in behind it, in the partner's words.
    pub evidence: Option<AuthnEvidence>,
    /// What its token says was signed for it, if it is a token for one debit.
    pub approval: Option<DebitApprovalId>,
}

impl Bank {
    /// Debits, or answers what became of the debit with this id.
    ///
    /// The same id with another amount, mandate or interaction is [`BankError::NotAvailable`] and
    /// changes nothing. One that its holder must sign first is [`BankError::MustBeSigned`], and
    /// leaves no trace that stands in the way of the same id afterwards. One without evidence, from a
    /// partner that has agreed to bring it, is refused in the words of OAuth and leaves no trace either.
    pub async fn request_debit(&self, ctx: &Ctx<'_>, ask: Ask) -> Result<Debit, BankError> {
        let row = self.book.find::<Debit>(key(&ask.client_id, ask.debit_id)).await?;
        // As it stands before anything is judged: an answer that is told meanwhile changes it.
        let (known, aside) = match row {
            Some(row) if row.stepped_aside => (None, Some(row)),
            row => (row, None),
        };
        // What was signed for it opened it once; what becomes of it is told for ever.
        let is_theirs = |known: &Debit| known.approval_id == ask.approval;
        let approval = match &known {
            Some(known) if is_theirs(known) => None,
            Some(_) | None => self.approval_for(&ask).await?,
        };
        if let Some(known) = known {
            if !known.is_what_asks(ask.mandate_id, ask.amount, ask.interaction) {
                return Err(BankError::NotAvailable);
            }
            return self.drive_debit(ctx, &known.key()).await;
        }
        self.require_named(&ask).await?;
        let mandate = load::<Mandate>(&self.book, ask.mandate_id).await?;
        if mandate.client_id != ask.client_id {
            return Err(BankError::NotAvailable);
        }
        let mandate = self.ripen(ctx, mandate).await?;
        let asked = self.asking.begin(key(&ask.client_id, ask.debit_id));
        let (verdict, attempt) = if approval.is_none() && self.was_declined(&ask).await? {
            (Verdict::Refused(RefusalReason::Declined), None)
        } else {
            self.judge_debit(ctx, &ask, (&mandate, approval.as_ref())).await?
        };
        let state = match verdict {
            Verdict::Covered => DebitState::Open,
            Verdict::Refused(reason) => DebitState::Refused { reason, at: ctx.now },
            Verdict::Frozen => DebitState::Refused { reason: RefusalReason::TryLater, at: ctx.now },
            Verdict::MustBeSigned(why) if asked.is_shared() => {
                return self.what_the_other_booked(ctx, &ask, (why, attempt.as_ref())).await;
            }
            Verdict::MustBeSigned(why) => {
                return self.must_be_signed(ctx, &ask, aside, (why, attempt.as_ref())).await;
            }
        };
        let goes_beyond = approval.as_ref().is_some_and(|approval| approval.beyond_terms);
        let caps = self.caps_of(&mandate, goes_beyond, ctx.now).await?;
        let debit = Debit {
            caps: self.halved(ctx, &mandate, caps).await,
            signed_within: approval.is_some() && !goes_beyond,
            text: self.descriptor_of(&mandate.client_id).await?.map(String::from),
            ..self.asked_for(ctx, &ask, aside.as_deref(), state).await?
        };
        let is_frozen = verdict == Verdict::Frozen;
        let freeze = attempt.as_ref().filter(|_| is_frozen);
        let freeze = freeze.and_then(|attempt| Freeze::of(ctx, &mandate, attempt));
        let frozen = match &freeze {
            Some(freeze) => Some(self.order_freeze(ctx, freeze).await?),
            None => None,
        };
        self.write_debit(ctx, aside, &debit, (attempt.as_ref(), is_frozen)).await?;
        if let Some(order) = frozen {
            self.obey_freeze(ctx, &order).await;
        }
        self.drive_debit(ctx, &debit.key()).await
    }

    /// The row of a request as it comes, drawing on no caps yet.
    async fn asked_for(
        &self,
        ctx: &Ctx<'_>,
        ask: &Ask,
        aside: Option<&Debit>,
        state: DebitState,
    ) -> Result<Debit, BankError> {
        Ok(Debit {
            client_id: ask.client_id.clone(),
            debit_id: ask.debit_id,
            mandate_id: ask.mandate_id,
            amount: ask.amount,
            interaction: ask.interaction,
            caps: Vec::new(),
            approval_id: ask.approval,
            signed_within: false,
            asked_at: ctx.now,
            state,
            next_try_at: ctx.now,
            attempts: 0,
            refunded: Yen::ZERO,
            borne: Yen::ZERO,
            round: self.round_after(aside, ask).await?,
            stepped_aside: false,
            text: None,
        })
    }

    /// The same was asked for at the same moment, and the rules counted both: what the other one became, or
    /// nothing yet, and then nobody is told that nothing happened.
    async fn what_the_other_booked(
        &self,
        ctx: &Ctx<'_>,
        ask: &Ask,
        (why, attempt): (Why, Option<&Attempt>),
    ) -> Result<Debit, BankError> {
        let booked = self.what_became(ctx, ask).await;
        if matches!(booked, Err(BankError::Busy { .. })) {
            let unit = self.noted_step_up(ctx, ask, why, attempt).await?;
            self.book.commit(unit).await?;
        }
        booked
    }

    /// Says that its holder must sign it, and that nothing happened. That is written into the row in which
    /// a debit with this id would be booked: whoever is about to, at any node, judged it before and now
    /// finds the row changed. Where they were faster, their debit is the answer.
    async fn must_be_signed(
        &self,
        ctx: &Ctx<'_>,
        ask: &Ask,
        aside: Option<Stored<Debit>>,
        (why, attempt): (Why, Option<&Attempt>),
    ) -> Result<Debit, BankError> {
        let mut unit = self.noted_step_up(ctx, ask, why, attempt).await?;
        match aside {
            Some(row) => {
                unit.update(&row);
            }
            None => {
                unit.insert(&self.asked_for(ctx, ask, None, DebitState::Open).await?.unsigned());
            }
        }
        match self.book.commit(unit).await {
            Ok(()) => Err(BankError::MustBeSigned(why)),
            Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => {
                self.what_became(ctx, ask).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What somebody who asked with the same id at the same moment made of it; where that is nothing, it
    /// is to be asked for again, because a third may be about to book it.
    async fn what_became(&self, ctx: &Ctx<'_>, ask: &Ask) -> Result<Debit, BankError> {
        match self.find_debit(&ask.client_id, ask.debit_id).await? {
            Some(debit) if debit.is_what_asks(ask.mandate_id, ask.amount, ask.interaction) => {
                self.drive_debit(ctx, &debit.key()).await
            }
            Some(_) => Err(BankError::NotAvailable),
            None => Err(AGAIN),
        }
    }

    /// Refuses a debit that names no device, from a partner that has agreed to name one; nobody is at
    /// a device when one is taken off session.
    async fn require_named(&self, ask: &Ask) -> Result<(), BankError> {
        if ask.interaction == Interaction::InSession {
            let partner = self.known_partner(&ask.client_id).await?;
            partner.profile.require_evidence(ask.evidence.as_ref())?;
        }
        Ok(())
    }

    /// Writes the request down. Where one with its id stepped aside, that row goes on as this one's.
    async fn write_debit(
        &self,
        ctx: &Ctx<'_>,
        aside: Option<Stored<Debit>>,
        debit: &Debit,
        (attempt, is_frozen): (Option<&Attempt>, bool),
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        if let Some(attempt) = attempt {
            attempt.keep(&mut unit);
            // A freeze opens a case of its own.
            if !is_frozen {
                rule::tell_desk(&self.book, ctx, &mut unit, attempt.record()).await?;
            }
        }
        match aside {
            Some(mut row) => {
                *row.edit() = debit.clone();
                unit.update(&row);
            }
            None => {
                unit.insert(debit);
            }
        }
        unit.audit(
            AuditEntry::new(ctx.now, &debit.client_id, "debit.requested", debit.debit_id)
                .with("mandate", debit.mandate_id)
                .with("amount", debit.amount.amount()),
        );
        match self.book.commit(unit).await {
            Ok(()) => Ok(()),
            // Somebody asked with the same id at the same moment: theirs is the debit. If theirs was told
            // that nothing happened, this one books nothing behind their back.
            Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => {
                let theirs = load::<Debit>(&self.book, debit.key()).await?;
                if theirs.stepped_aside {
                    Err(AGAIN)
                } else if theirs.is_what_asks(debit.mandate_id, debit.amount, debit.interaction) {
                    Ok(())
                } else {
                    Err(BankError::NotAvailable)
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Under which number the chain of this request is named.
    async fn round_after(&self, aside: Option<&Debit>, ask: &Ask) -> Result<u32, BankError> {
        if let Some(aside) = aside {
            return Ok(aside.round);
        }
        let round = self.book.find::<DebitRound>(key(&ask.client_id, ask.debit_id)).await?;
        Ok(round.map_or(0, |round| round.round))
    }

    /// What the holder signed, where the token says that it is for that: exactly this debit, under
    /// the mandate as it stands. The acr of a token is a claim of ours; the evidence is what counts.
    async fn approval_for(&self, ask: &Ask) -> Result<Option<DebitApproval>, BankError> {
        let Some(id) = ask.approval else { return Ok(None) };
        let approval = load::<DebitApproval>(&self.book, id).await?.into_inner();
        let mandate = load::<Mandate>(&self.book, ask.mandate_id).await?;
        if approval.covers(&mandate, ask.debit_id, ask.amount) {
            return Ok(Some(approval));
        }
        let why = "the token is for another debit";
        Err(OAuthError::new(ErrorCode::InsufficientScope, why).into())
    }

    /// Whether the holder was asked to sign this debit and said no: it is not booked later either, when
    /// what it had to be signed for has passed. Their signature afterwards would be their word.
    async fn was_declined(&self, ask: &Ask) -> Result<bool, BankError> {
        let key = key(&ask.client_id, ask.debit_id);
        let declined = self.book.list::<DebitApproval>("declined", &key).await?;
        Ok(!declined.is_empty())
    }

    /// What is written down when a holder is to be asked.
    async fn noted_step_up(
        &self,
        ctx: &Ctx<'_>,
        ask: &Ask,
        why: Why,
        attempt: Option<&Attempt>,
    ) -> Result<Unit, BankError> {
        let mut unit = Unit::new();
        if let Some(attempt) = attempt {
            attempt.keep(&mut unit);
            rule::tell_desk(&self.book, ctx, &mut unit, attempt.record()).await?;
        }
        let what = (ask.client_id.as_str(), ask.debit_id, ask.mandate_id);
        unit.audit(to_be_signed(ctx, what, ask.amount, why));
        Ok(unit)
    }

    /// Another debit left no room in the mandate's own caps between the judgement of this one and the
    /// ledger: whether a signature would help, as if it had been judged only now.
    pub(super) async fn would_be_signed(
        &self,
        ctx: &Ctx<'_>,
        debit: &Debit,
        mandate: &Mandate,
    ) -> Result<bool, BankError> {
        Ok(self.rules.steps_up()
            && debit.counts_in_terms()
            && self.is_beyond_terms(ctx, mandate, debit.amount).await?
            && self.take_try(ctx, mandate).await?
            && self.refused_anyway(ctx, mandate, debit.amount).await?.is_none())
    }

    /// The request steps aside, so that its id can be signed for; nothing of it has moved, and its chain
    /// was closed in the ledger. Where somebody else was driving it and ended it, its end is the answer.
    pub(super) async fn step_aside(
        &self,
        ctx: &Ctx<'_>,
        mut debit: Stored<Debit>,
    ) -> Result<Debit, BankError> {
        let (why, round) = (Why::BeyondTerms, debit.round);
        debit.edit().set_aside(ctx.now);
        let what = (debit.client_id.as_str(), debit.debit_id, debit.mandate_id);
        let mut unit = Unit::new();
        unit.update(&debit).audit(to_be_signed(ctx, what, debit.amount, why));
        match self.book.commit(unit).await {
            Ok(()) => Err(BankError::MustBeSigned(why)),
            Err(RecordError::Conflict { .. }) => {
                let ended = load::<Debit>(&self.book, debit.key()).await?;
                if ended.round == round { Ok(ended.into_inner()) } else { Err(AGAIN) }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The debit with this id, as it stands.
    pub async fn find_debit(
        &self,
        client_id: &str,
        debit_id: DebitId,
    ) -> Result<Option<Debit>, BankError> {
        let found = self.book.find::<Debit>(key(client_id, debit_id)).await?;
        Ok(found.map(Stored::into_inner).filter(|debit| !debit.stepped_aside))
    }
}

fn to_be_signed(
    ctx: &Ctx<'_>,
    (client_id, debit_id, mandate_id): (&str, DebitId, MandateId),
    amount: Yen,
    why: Why,
) -> AuditEntry {
    AuditEntry::new(ctx.now, client_id, "debit.must_be_signed", debit_id)
        .with("mandate", mandate_id)
        .with("amount", amount.amount())
        .with("why", why.as_str())
}

/// A debit as it stands, for whoever drove it while somebody else did. One that stepped aside meanwhile
/// may be asked for anew by now, so that nothing is said of it.
pub(super) fn as_it_stands(debit: Stored<Debit>) -> Result<Debit, BankError> {
    if debit.stepped_aside {
        return Err(AGAIN);
    }
    Ok(debit.into_inner())
}

pub(crate) fn reason_of(error: MandateError) -> RefusalReason {
    match error {
        MandateError::WrongState | MandateError::NotValidNow => RefusalReason::NotActive,
        MandateError::OverLimit | MandateError::NotAgreed => RefusalReason::OverLimit,
    }
}
