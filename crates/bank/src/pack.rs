//! The evidence pack of a case, put together from what was kept, proven again as it is made.

use std::collections::BTreeSet;

use kanuki_desk::{
    case::Case,
    notice::Notice,
    pack::{
        AnswerFacts, Company, Happened, LinkFacts, Movement, Pack, Reader, RequestFacts,
        SignalFacts, Signed, Told, digest, is_of_a_person, word,
    },
    registry::every,
};
use kanuki_domain::{
    Ctx,
    id::{CaseId, HolderId, StaffId},
};
use kanuki_record::{AuditEntry, Stored, Unit};

use crate::{
    Bank, BankError, Verified, debit::Debit, event::Event, holder::load, mandate::Mandate,
};

impl Bank {
    /// The pack of a case for the police, its person or the partner. Whoever makes it says why, and
    /// that is written down: nobody hands out a person's evidence on a whim.
    pub async fn evidence_pack(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, reader): (CaseId, Reader),
        reason: &str,
    ) -> Result<Signed, BankError> {
        let case = load::<Case>(&self.book, case_id).await?.into_inner();
        let signed = self.packed(ctx, &case, reader).await?;
        let mut unit = Unit::new();
        unit.audit(
            AuditEntry::new(ctx.now, by, "evidence.packed", case_id)
                .with("for", signed.pack.made_for.name())
                .with("reason", reason),
        );
        self.book.commit(unit).await?;
        Ok(signed)
    }

    /// The pack of a holder's own case. A case of somebody else's, and one that is not there, are
    /// one answer.
    pub async fn own_evidence_pack(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        case_id: CaseId,
    ) -> Result<Signed, BankError> {
        let case = load::<Case>(&self.book, case_id).await?.into_inner();
        if self.holder_of(&case).await? != Some(holder_id) {
            return Err(BankError::NotAvailable);
        }
        let signed = self.packed(ctx, &case, Reader::Person).await?;
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(ctx.now, holder_id, "evidence.packed", case_id));
        self.book.commit(unit).await?;
        Ok(signed)
    }

    /// The cases about a holder's link that they may have the evidence of, newest first.
    pub async fn cases_of_link(
        &self,
        holder_id: HolderId,
        mandate: &Mandate,
    ) -> Result<Vec<CaseId>, BankError> {
        let about = mandate.mandate_id.to_string();
        let mut cases = Vec::new();
        for case in self.book.list::<Case>("about", &about).await? {
            if is_of_a_person(case.kind) && self.holder_of(&case).await? == Some(holder_id) {
                cases.push(case.case_id);
            }
        }
        Ok(cases)
    }

    /// Whose case it is.
    async fn holder_of(&self, case: &Case) -> Result<Option<HolderId>, BankError> {
        if let Some(holder) = case.person_id.as_deref().and_then(|id| id.parse().ok()) {
            return Ok(Some(holder));
        }
        let mandates = self.mandates_of_case(case).await?;
        Ok(mandates.first().map(|mandate| mandate.holder_id))
    }

    async fn packed(
        &self,
        ctx: &Ctx<'_>,
        case: &Case,
        reader: Reader,
    ) -> Result<Signed, BankError> {
        if !is_of_a_person(case.kind) {
            return Err(BankError::NotAvailable);
        }
        let mut mandates = self.mandates_of_case(case).await?;
        if let Reader::Partner { id } = &reader {
            mandates.retain(|mandate| mandate.client_id == *id);
            if mandates.is_empty() {
                return Err(BankError::NotAvailable);
            }
        }
        let (name, issuer) = (self.config.name.clone(), self.config.issuer.clone());
        let mut pack = Pack::begin(Company { name, issuer }, case, reader, ctx.now);
        for mandate in &mandates {
            self.add_link(&mut pack, mandate).await?;
        }
        self.add_signals(&mut pack, &mandates).await?;
        self.add_told(&mut pack, case).await?;
        Signed::new(&self.set_key, pack.sorted()).map_err(|error| {
            tracing::error!(%error, "an evidence pack could not be signed");
            BankError::NotAvailable
        })
    }

    /// One link: what was asked, shown, answered and moved.
    async fn add_link(&self, pack: &mut Pack, mandate: &Mandate) -> Result<(), BankError> {
        let link = mandate.mandate_id.to_string();
        pack.links.push(link_facts(mandate));
        pack.timeline.push(Happened::new(mandate.signed_at, "link.agreed", &link));
        let is_partner = pack.made_for.is_partner();
        for answer in self.answers_of(mandate.holder_id, mandate.mandate_id).await? {
            let what = format!("answer.{}", answer.kept.answer.name());
            pack.timeline.push(Happened::new(answer.kept.at, &what, &answer.kept.hash));
            pack.answers.push(answer_facts(answer, is_partner));
        }
        let asked = self.signed_request(mandate.mandate_id).await?;
        pack.requests.extend(asked.map(|token| RequestFacts {
            at: mandate.agreed_at(),
            by: mandate.client_id.clone(),
            about: link.clone(),
            sha256: digest(token.as_bytes()),
        }));
        for (kept, token) in self.debit_requests_of(mandate.mandate_id).await? {
            pack.requests.extend(token.map(|token| RequestFacts {
                at: kept.kept_at,
                by: kept.client_id,
                about: kept.approval_id.to_string(),
                sha256: digest(token.as_bytes()),
            }));
        }
        for debit in self.debits_of(mandate.mandate_id).await? {
            let state = word(&debit.state);
            pack.timeline.push(Happened::new(debit.asked_at, "debit.asked", debit.debit_id));
            pack.movements.push(movement(&debit, state));
        }
        Ok(())
    }

    /// What partners were told of these links.
    async fn add_signals(&self, pack: &mut Pack, mandates: &[Mandate]) -> Result<(), BankError> {
        let links: BTreeSet<_> = mandates.iter().map(|mandate| mandate.mandate_id).collect();
        let is_theirs = |event: &Event| event.mandate_id.is_some_and(|id| links.contains(&id));
        for event in every::<Event>(&self.book, is_theirs).await? {
            pack.signals.push(SignalFacts {
                at: event.at,
                to: event.client_id.clone(),
                about: event.mandate_id.map(|id| id.to_string()).unwrap_or_default(),
                status: event.status.map(|status| word(&status)).unwrap_or_default(),
                acknowledged: event.due_at.is_none() && event.given_up_at.is_none(),
            });
        }
        Ok(())
    }

    /// What the person was told, since when the first of the links was agreed to. No partner hears
    /// of it, and a stop code stands nowhere.
    async fn add_told(&self, pack: &mut Pack, case: &Case) -> Result<(), BankError> {
        if pack.made_for.is_partner() {
            return Ok(());
        }
        let Some(holder_id) = self.holder_of(case).await? else { return Ok(()) };
        for notice in self.book.every::<Notice>("person_id", &holder_id.to_string()).await? {
            let notice = Stored::into_inner(notice);
            // Whoever is signed in may be a thief, and must not read here of a list: its notices go to the
            // contacts on file.
            let is_of_leak = matches!(notice.kind.as_str(), "leaked" | "leak_over");
            if !(is_of_leak && matches!(pack.made_for, Reader::Person)) {
                pack.told.push(Told { at: notice.at, kind: notice.kind });
            }
            pack.timeline.extend(notice.stopped_at.map(|at| Happened {
                at,
                what: "stop_code.used".to_owned(),
                about: notice.stops,
            }));
        }
        Ok(())
    }
}

fn link_facts(mandate: &Mandate) -> LinkFacts {
    LinkFacts {
        id: mandate.mandate_id.to_string(),
        partner: mandate.client_id.clone(),
        account: mandate.account_mask.clone(),
        route: word(&mandate.route),
        signed_at: mandate.signed_at,
        state: word(&mandate.state),
        terms: serde_json::to_value(&mandate.terms).unwrap_or_default(),
    }
}

fn answer_facts(answer: Verified, is_partner: bool) -> AnswerFacts {
    let holds = answer.verdict.is_ok();
    let content = answer.content.filter(|_| !is_partner);
    let (shown, text, assertion) = match content {
        Some(content) => (
            content.shown.map(|shown| shown.lines).unwrap_or_default(),
            Some(content.pre_image),
            content.assertion.and_then(|signature| serde_json::to_value(signature).ok()),
        ),
        None => (Vec::new(), None, None),
    };
    AnswerFacts {
        at: answer.kept.at,
        about: answer.kept.about,
        answer: answer.kept.answer.name().to_owned(),
        sha256: answer.kept.hash,
        holds,
        shown,
        text,
        assertion,
    }
}

fn movement(debit: &Debit, state: String) -> Movement {
    Movement {
        at: debit.asked_at,
        id: debit.debit_id.to_string(),
        link: debit.mandate_id.to_string(),
        amount: debit.amount,
        refunded: debit.refunded,
        state,
    }
}
