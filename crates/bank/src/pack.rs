//! The evidence pack of a case, put together from what was kept, proven again as it is made.

use std::collections::BTreeSet;

pub use kanuki_desk::pack::Packing;
use kanuki_desk::{
    case::Case,
    claim::{self, Claim},
    pack::{
        AnswerFacts, ClaimRecord, Company, Direction, Happened, LinkFacts, Movement, Pack, Payment,
        Reader, RequestFacts, SignalFacts, Signed, ToldTo, Wording, digest, is_of_a_person,
        line_of, owed, told_to, word,
    },
    registry::every,
    signal::{noted, policy::short},
};
use kanuki_domain::{
    agreement::Side,
    id::{CaseId, HolderId, StaffId},
};
use kanuki_record::{AuditEntry, Unit};

use crate::{
    Bank, BankError, Verified,
    channel::PostedLetter,
    credit::Credit,
    debit::{Debit, DebitState},
    event::Event,
    holder::load,
    mandate::Mandate,
};

impl Bank {
    /// The pack of a case for the police, its person or the partner. Whoever makes it says why, and
    /// that is written down: nobody hands out a person's evidence on a whim.
    pub async fn evidence_pack(
        &self,
        packing: Packing<'_>,
        by: StaffId,
        (case_id, reader): (CaseId, Reader),
        reason: &str,
    ) -> Result<Signed, BankError> {
        let case = load::<Case>(&self.book, case_id).await?.into_inner();
        let signed = self.packed(packing, &case, reader).await?;
        let mut unit = Unit::new();
        unit.audit(
            AuditEntry::new(packing.ctx.now, by, "evidence.packed", case_id)
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
        packing: Packing<'_>,
        holder_id: HolderId,
        case_id: CaseId,
    ) -> Result<Signed, BankError> {
        let case = load::<Case>(&self.book, case_id).await?.into_inner();
        if self.holder_of(&case).await? != Some(holder_id) {
            return Err(BankError::NotAvailable);
        }
        let signed = self.packed(packing, &case, Reader::Person).await?;
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(packing.ctx.now, holder_id, "evidence.packed", case_id));
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
        packing: Packing<'_>,
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
        let keys = format!("{issuer}/ssf/jwks");
        let company = Company { name, issuer, keys };
        let mut pack = Pack::begin(company, case, reader, packing.ctx.now);
        let owed = owed(&self.book, case).await?;
        let told_with = owed.as_ref().map_or(case.case_id, |(of, _)| of.case_id);
        for mandate in &mandates {
            self.add_link(&mut pack, mandate).await?;
            self.add_refunds(&mut pack, (mandate, told_with)).await?;
        }
        if let Some((of, claim)) = &owed {
            self.add_claim(&mut pack, (of, claim)).await?;
        }
        self.add_signals(&mut pack, (&mandates, case.case_id)).await?;
        self.add_told(&mut pack, case, packing.wording).await?;
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
            let (state, amount) = (word(&debit.state), debit.amount);
            let act = |at, what| {
                let act = Happened::new(at, what, debit.debit_id).with("amount", amount);
                act.with("account", &mandate.account_mask)
            };
            pack.timeline.push(act(debit.asked_at, "debit.asked"));
            pack.timeline.extend(match debit.state {
                DebitState::Booked { at } => Some(act(at, "debit.booked")),
                DebitState::Refused { at, .. } => Some(act(at, "debit.refused")),
                DebitState::Open | DebitState::OpenItem { .. } => None,
            });
            pack.movements.push(movement(&debit, state));
        }
        Ok(())
    }

    /// What the wallet paid back to the account of a link. What this bank pays for a claim is told with
    /// the claim; both say who it was.
    async fn add_refunds(
        &self,
        pack: &mut Pack,
        (mandate, case_id): (&Mandate, CaseId),
    ) -> Result<(), BankError> {
        for credit in self.credits_of(mandate).await? {
            if credit.refund_of.is_none() || credit.claim == Some(case_id) {
                continue;
            }
            let payer = if credit.claim.is_some() { Side::Bank } else { Side::Wallet };
            let act = |at, what| {
                Happened::new(at, what, credit.credit_id)
                    .with("payer", payer.name())
                    .with("amount", credit.amount)
                    .with("account", &mandate.account_mask)
            };
            pack.timeline.push(act(credit.asked_at, "refund.asked"));
            pack.timeline.extend(match credit.state {
                DebitState::Booked { at } => Some(act(at, "refund.booked")),
                DebitState::Refused { at, .. } => Some(act(at, "refund.refused")),
                DebitState::Open | DebitState::OpenItem { .. } => None,
            });
        }
        Ok(())
    }

    async fn credits_of(&self, mandate: &Mandate) -> Result<Vec<Credit>, BankError> {
        let all = self.book.every::<Credit>("mandate_id", &mandate.mandate_id.to_string()).await?;
        Ok(all.into_iter().map(kanuki_record::Stored::into_inner).collect())
    }

    /// What its victim is owed, who paid it, and what each company bears.
    async fn add_claim(
        &self,
        pack: &mut Pack,
        (case, claim): (&Case, &Claim),
    ) -> Result<(), BankError> {
        let told = claim::told(&self.book, case.case_id, &claim.partner).await?;
        let mut payments = Vec::new();
        for item in &claim.items {
            let debit = load::<Debit>(&self.book, &item.movement).await?;
            let mandate = load::<Mandate>(&self.book, debit.mandate_id).await?;
            let credit = match &item.payment {
                Some(key) => Some(load::<Credit>(&self.book, key).await?),
                None => None,
            };
            payments.push(Payment {
                movement: debit.debit_id.to_string(),
                amount: item.amount,
                payment: credit.as_ref().map(|credit| credit.credit_id.to_string()),
                account: mandate.account_mask.clone(),
                paid_at: credit.and_then(|credit| match credit.state {
                    DebitState::Booked { at } => Some(at),
                    _ => None,
                }),
            });
        }
        let told = told.as_ref();
        let record = ClaimRecord { side: Side::Bank, claim, told, payments: &payments };
        pack.add_claim(case, record);
        Ok(())
    }

    /// What this bank and the partners of these links told each other of them, of the case, or of whom
    /// both know by the name that the wallet made.
    async fn add_signals(
        &self,
        pack: &mut Pack,
        (mandates, case_id): (&[Mandate], CaseId),
    ) -> Result<(), BankError> {
        let links: BTreeSet<_> = mandates.iter().map(|mandate| mandate.mandate_id).collect();
        let is_theirs = |event: &Event| {
            event.mandate_id.is_some_and(|id| links.contains(&id)) || event.case_id == Some(case_id)
        };
        let sent = every::<Event>(&self.book, is_theirs).await?;
        let mut all: Vec<SignalFacts> = sent.iter().map(|event| sent_facts(event)).collect();
        let partners: BTreeSet<&str> =
            mandates.iter().map(|mandate| mandate.client_id.as_str()).collect();
        let about: Vec<String> =
            links.iter().map(ToString::to_string).chain([case_id.to_string()]).collect();
        for partner in partners {
            let theirs = mandates.iter().filter(|mandate| mandate.client_id == partner);
            let mut subjects: Vec<String> = theirs.map(|one| one.account_ref.clone()).collect();
            subjects.sort();
            subjects.dedup();
            let taken = noted::taken_about(&self.book, partner, (&about, &subjects)).await?;
            all.extend(taken.into_iter().map(SignalFacts::received));
        }
        all.retain(|signal| signal.is_for(&pack.made_for));
        pack.signals.extend(all);
        Ok(())
    }

    /// What the person was told. No partner hears of it, and no code stands in it.
    async fn add_told(
        &self,
        pack: &mut Pack,
        case: &Case,
        wording: &dyn Wording,
    ) -> Result<(), BankError> {
        if pack.made_for.is_partner() {
            return Ok(());
        }
        let Some(holder_id) = self.holder_of(case).await? else { return Ok(()) };
        let person_id = &*holder_id.to_string();
        let of = ToldTo { book: &self.book, vault: &self.vault, person_id, wording };
        // Whoever is signed in may be a thief, and must not read here of a list: its notices go to the
        // contacts on file.
        let is_person = matches!(pack.made_for, Reader::Person);
        let is_shown = |kind: &str| !(is_person && matches!(kind, "leaked" | "leak_over"));
        let (mut told, used) = told_to(of, is_shown).await?;
        for one in &mut told {
            let letter = self.book.find::<PostedLetter>(&one.id).await?;
            one.letter = letter.map(|letter| letter.fate.name().to_owned());
        }
        pack.told.extend(told);
        pack.timeline.extend(used);
        Ok(())
    }
}

/// What this bank told a partner.
fn sent_facts(event: &Event) -> SignalFacts {
    let told = event.told();
    SignalFacts {
        at: event.at,
        id: event.event_id.clone(),
        direction: Direction::Sent,
        partner: event.client_id.clone(),
        kind: short(told.uri()).to_owned(),
        subject: event.account_ref.clone(),
        about: noted::about_of(&told),
        status: noted::status_of(&told).to_owned(),
        line: line_of(event.due_at.is_some(), event.given_up_at.is_some(), event.refused.is_some()),
        acknowledged_at: event.taken_at,
        did: Vec::new(),
    }
}

fn link_facts(mandate: &Mandate) -> LinkFacts {
    LinkFacts {
        id: mandate.mandate_id.to_string(),
        partner: mandate.client_id.clone(),
        partner_name: mandate.partner_name.clone(),
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
        ended_at: match debit.state {
            DebitState::Booked { at } | DebitState::Refused { at, .. } => Some(at),
            DebitState::Open | DebitState::OpenItem { .. } => None,
        },
    }
}
