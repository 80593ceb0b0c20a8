//! The evidence pack of a case at the wallet: what moved in and out of one customer's wallet, what they
//! confirmed, what they and the banks were told. Proven again as it is made.
//!
//! The same form, the same signature and the same readers as the bank's (`desk::pack`), so that who has
//! both lays them side by side by the ids that both companies share.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kanuki_desk::{
    case::{Case, CaseKind},
    notice::Notice,
    pack::{
        AnswerFacts, Company, Happened, LinkFacts, Movement, Pack, Reader, SignalFacts, Signed,
        Told, digest, is_of_a_person, word,
    },
    registry::every,
    report::came_from,
};
use kanuki_domain::{
    Ctx, Yen,
    bank_account::BankCode,
    id::{CaseId, CustomerId, StaffId},
};
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_wire::set::{self, Event};

use crate::{
    Wallet, WalletError, bank::debit_id, event::OutEvent, link::Link, payment::Payment,
    payout::Payout, proof::Proof, remittance::Remittance, topup::Topup,
};

/// A movement of the wallet with what its customer gave for it.
struct Moved {
    facts: Movement,
    proof: Option<Proof>,
    /// At which bank, if at one.
    bank: Option<BankCode>,
}

impl Wallet {
    /// The pack of a case for the police, its person or a bank. Whoever makes it says why, and that is
    /// written down: nobody hands out a person's evidence on a whim.
    pub async fn evidence_pack(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, reader): (CaseId, Reader),
        reason: &str,
    ) -> Result<Signed, WalletError> {
        let case = self.load::<Case>(case_id).await?.into_inner();
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

    /// The pack of a customer's own case. A case of somebody else's, one that others opened about this
    /// customer, and one that is not there are one answer.
    pub async fn own_evidence_pack(
        &self,
        ctx: &Ctx<'_>,
        customer_id: CustomerId,
        case_id: CaseId,
    ) -> Result<Signed, WalletError> {
        let own = self.own_cases(customer_id).await?;
        let case = own.iter().find(|case| case.case_id == case_id);
        let signed =
            self.packed(ctx, case.ok_or(WalletError::NotAvailable)?, Reader::Person).await?;
        let mut unit = Unit::new();
        unit.audit(
            AuditEntry::new(ctx.now, customer_id, "evidence.packed", case_id)
                .with("for", signed.pack.made_for.name()),
        );
        self.book.commit(unit).await?;
        Ok(signed)
    }

    /// The cases that a customer opened, by stopping their wallet or with a code of their own notices,
    /// newest first. Not what a bank or staff opened about them: a wallet that took somebody's money
    /// must not read here that it was found.
    pub async fn own_cases(&self, customer_id: CustomerId) -> Result<Vec<Case>, WalletError> {
        let person = customer_id.to_string();
        let mut about = vec![person.clone()];
        let notices = self.book.every::<Notice>("person_id", &person).await?;
        let used = notices.iter().filter(|notice| notice.stopped_at.is_some());
        about.extend(used.map(|notice| notice.notice_id.to_string()));
        let mut own = Vec::new();
        for about in about {
            let cases = self.book.every::<Case>("about", &about).await?;
            own.extend(cases.into_iter().map(Stored::into_inner));
        }
        own.retain(|case| {
            case.kind == CaseKind::NotMe
                && case.person_id.as_ref() == Some(&person)
                && came_from(case).is_none()
        });
        own.sort_by_key(|case| std::cmp::Reverse(case.opened_at));
        Ok(own)
    }

    /// The banks that a pack of this case can be made for: where its customer has, or had, a link.
    pub async fn banks_of_case(&self, case: &Case) -> Result<BTreeSet<BankCode>, WalletError> {
        let Some(customer) = customer_of(case) else { return Ok(BTreeSet::new()) };
        let links = self.book.every::<Link>("customer_id", &customer.to_string()).await?;
        Ok(links.iter().map(|link| link.bank).collect())
    }

    /// Whether the pack of a case may be made for "the person". Where somebody reported and staff joined
    /// that to another case, its customer may be who took the money, and whoever asks under the
    /// number is who reported: what is the customer's own is had under a case of their own.
    pub async fn is_persons_own(&self, case: &Case) -> Result<bool, WalletError> {
        Ok(!self.origin_of(case).await?.is_joined)
    }

    async fn packed(
        &self,
        ctx: &Ctx<'_>,
        case: &Case,
        reader: Reader,
    ) -> Result<Signed, WalletError> {
        // A report of somebody who is no customer has nothing of anybody's wallet.
        let customer = customer_of(case).filter(|_| is_of_a_person(case.kind));
        let customer = customer.ok_or(WalletError::NotAvailable)?;
        if matches!(reader, Reader::Person) && !self.is_persons_own(case).await? {
            return Err(WalletError::NotAvailable);
        }
        let key = customer.to_string();
        let mut links = self.book.every::<Link>("customer_id", &key).await?;
        let mut moved = self.moved(&key).await?;
        if let Reader::Partner { id } = &reader {
            links.retain(|link| link.bank.to_string() == *id);
            moved.retain(|one| one.bank.is_some_and(|bank| bank.to_string() == *id));
            if links.is_empty() {
                return Err(WalletError::NotAvailable);
            }
        }
        let company =
            Company { name: self.config.name.clone(), issuer: self.config.issuer.clone() };
        let mut pack = Pack::begin(company, case, reader, ctx.now);
        for link in &links {
            pack.timeline.push(Happened::new(link.connected_at, "link.connected", link.mandate_id));
            pack.links.push(link_facts(link));
        }
        // Both companies know a link by the mandate's name.
        let mandate_of = |name: &str| {
            let found = links.iter().find(|link| link.link_id.to_string() == name);
            found.map(|link| link.mandate_id.to_string())
        };
        for mut one in moved {
            one.facts.link = mandate_of(&one.facts.link).unwrap_or_default();
            let kind = one.facts.id.split_once('_').map_or("", |(kind, _)| kind);
            pack.timeline.push(Happened::new(one.facts.at, asked(kind), &one.facts.id));
            let is_partner = pack.made_for.is_partner();
            pack.answers.extend(one.proof.and_then(|proof| {
                self.answer_facts(&proof, (one.facts.at, &one.facts.id), is_partner)
            }));
            pack.movements.push(one.facts);
        }
        self.add_signals(&mut pack, &links).await?;
        self.add_told(&mut pack, customer).await?;
        Signed::new(&self.set_key, pack.sorted()).map_err(|error| {
            tracing::error!(%error, "an evidence pack could not be signed");
            WalletError::NotAvailable
        })
    }

    /// Everything that moved, or was asked to, and whose side of it is this customer's. Whom a payment
    /// or a remittance went to is another person's, and stays.
    async fn moved(&self, customer: &str) -> Result<Vec<Moved>, WalletError> {
        let mut all = Vec::new();
        for row in self.book.every::<Topup>("customer_id", customer).await? {
            // As the bank names it.
            let place = (debit_id(row.topup_id).to_string(), row.link_id.to_string());
            let facts = fact(row.requested_at, place, row.amount, row.state_name());
            let facts = Movement { refunded: row.refunded, ..facts };
            all.push(Moved { facts, proof: row.proof.clone(), bank: Some(row.bank) });
        }
        for row in self.book.every::<Payout>("customer_id", customer).await? {
            let place = (row.payout_id.to_string(), row.link_id.to_string());
            let facts = fact(row.requested_at, place, row.amount, row.state_name());
            all.push(Moved { facts, proof: Some(row.proof.clone()), bank: Some(row.bank) });
        }
        // What was sent to this customer is its sender's evidence.
        for row in self.book.every::<Remittance>("customer_id", customer).await? {
            let place = (row.remittance_id.to_string(), String::new());
            let facts = fact(row.requested_at, place, row.amount, row.state_name());
            all.push(Moved { facts, proof: Some(row.proof.clone()), bank: None });
        }
        for row in self.book.every::<Payment>("customer_id", customer).await? {
            let place = (row.payment_id.to_string(), String::new());
            let facts = fact(row.requested_at, place, row.amount, row.state_name());
            all.push(Moved { facts, proof: Some(row.proof.clone()), bank: None });
        }
        Ok(all)
    }

    /// What the customer confirmed, proven once more. What was signed for a remittance or a payment
    /// names whom it went to, so that only its digest stands here.
    fn answer_facts(
        &self,
        proof: &Proof,
        (at, about): (Timestamp, &str),
        is_partner: bool,
    ) -> Option<AnswerFacts> {
        let text = String::from_utf8(proof.signed.canonical().ok()?).ok()?;
        let names_nobody = about.starts_with("dbt_") || about.starts_with("pot_");
        let is_told = names_nobody && !is_partner;
        let shown = proof.shown.clone().filter(|_| is_told).map(|shown| shown.lines);
        let evidence = proof.evidence.as_ref().filter(|_| is_told);
        Some(AnswerFacts {
            at,
            about: about.to_owned(),
            answer: if proof.is_signed() { "signed" } else { "pressed" }.to_owned(),
            sha256: digest(text.as_bytes()),
            holds: self.verify_proof(proof).is_ok(),
            shown: shown.unwrap_or_default(),
            text: is_told.then_some(text),
            assertion: evidence.and_then(|evidence| serde_json::to_value(evidence).ok()),
        })
    }

    /// What banks were told of the customer's links, read from the tokens that they were sent.
    async fn add_signals(
        &self,
        pack: &mut Pack,
        links: &[Stored<Link>],
    ) -> Result<(), WalletError> {
        let known: BTreeSet<(BankCode, &str)> =
            links.iter().map(|link| (link.bank, link.account_ref.as_str())).collect();
        let is_theirs = |event: &OutEvent| known.contains(&(event.bank, event.subject.as_str()));
        let keys = self.event_jwks();
        for event in every::<OutEvent>(&self.book, is_theirs).await? {
            let Ok(bank) = self.partner(event.bank).await else { continue };
            let (issuer, now) = (&self.config.issuer, pack.made_at);
            let Ok(told) = set::verify(&event.token, issuer, &bank.issuer, &keys, now) else {
                continue;
            };
            let (about, status) = match told.event {
                Event::LinkStatusChanged { mandate_id, status, .. } => {
                    (mandate_id.to_string(), word(&status))
                }
                // What we told a bank beside that may be a suspicion, which is nobody's to read here.
                _ if matches!(pack.made_for, Reader::Person) => continue,
                other => (String::new(), other.uri().rsplit('/').next().unwrap_or("").to_owned()),
            };
            pack.signals.push(SignalFacts {
                at: told.issued_at,
                to: event.bank.to_string(),
                about,
                status,
                acknowledged: event.due_at.is_none() && event.given_up_at.is_none(),
            });
        }
        Ok(())
    }

    /// What the customer was told. No bank hears of it, and a stop code stands nowhere.
    async fn add_told(&self, pack: &mut Pack, customer: CustomerId) -> Result<(), WalletError> {
        if pack.made_for.is_partner() {
            return Ok(());
        }
        for notice in self.book.every::<Notice>("person_id", &customer.to_string()).await? {
            // Whoever is signed in may be a thief, and must not read here of a list: its notices go to the
            // contacts on file.
            let is_of_leak = matches!(notice.kind.as_str(), "leaked" | "leak_over");
            if is_of_leak && matches!(pack.made_for, Reader::Person) {
                continue;
            }
            pack.told.push(Told { at: notice.at, kind: notice.kind.clone() });
            let used =
                notice.stopped_at.map(|at| Happened::new(at, "stop_code.used", &notice.stops));
            pack.timeline.extend(used);
        }
        Ok(())
    }
}

/// Whose case it is.
fn customer_of(case: &Case) -> Option<CustomerId> {
    case.person_id.as_deref().and_then(|id| id.parse().ok())
}

fn fact(at: Timestamp, (id, link): (String, String), amount: Yen, state: &str) -> Movement {
    Movement { at, id, link, amount, refunded: Yen::ZERO, state: state.to_owned() }
}

/// The word of the record for what was asked for, by the kind of its id.
fn asked(kind: &str) -> &'static str {
    match kind {
        "dbt" => "topup.asked",
        "pot" => "payout.asked",
        "rem" => "remittance.asked",
        _ => "payment.asked",
    }
}

fn link_facts(link: &Link) -> LinkFacts {
    LinkFacts {
        id: link.mandate_id.to_string(),
        partner: link.bank.to_string(),
        account: link.account_mask.clone(),
        // The holder proved themself and signed there; how, is the bank's to say.
        route: "at the bank".to_owned(),
        signed_at: link.connected_at,
        state: word(&link.state),
        terms: serde_json::to_value(&link.terms).unwrap_or_default(),
    }
}
