//! What moved in and out of a customer's wallet, and what they confirmed for it.

use jiff::Timestamp;
use kanuki_desk::{
    case::{Case, CaseKind},
    claim::{self, Claim},
    matter,
    pack::{AnswerFacts, ClaimRecord, Happened, Movement, Pack, Payment, Reader, digest, owed},
    report::came_from,
};
use kanuki_domain::{
    Yen,
    agreement::Side,
    bank_account::BankCode,
    id::{CaseId, CustomerId, LinkId, RefundId, TopupId},
};
use kanuki_record::Stored;

use crate::{
    Wallet, WalletError,
    bank::debit_id,
    link::Link,
    payment::{Payment as Paid, PaymentState},
    payout::{Payout, PayoutState},
    proof::Proof,
    refund::{Refund, RefundState},
    remittance::{Remittance, RemittanceState},
    topup::{Topup, TopupState},
};

/// A movement of the wallet with what its customer gave for it.
struct Moved {
    facts: Movement,
    proof: Option<Proof>,
    /// At which bank, if at one.
    bank: Option<BankCode>,
}

impl Wallet {
    /// Adds every movement that the pack's reader may have, in the timeline too.
    pub(super) async fn add_moved(
        &self,
        pack: &mut Pack,
        (customer, links): (CustomerId, &[Stored<Link>]),
    ) -> Result<(), WalletError> {
        let mut moved = self.moved(&customer.to_string()).await?;
        if let Reader::Partner { id } = &pack.made_for {
            moved.retain(|one| one.bank.is_some_and(|bank| bank.to_string() == *id));
        }
        let is_partner = pack.made_for.is_partner();
        for mut one in moved {
            // Both companies know a link by the mandate's name.
            let link = links.iter().find(|link| link.link_id.to_string() == one.facts.link);
            one.facts.link = link.map(|link| link.mandate_id.to_string()).unwrap_or_default();
            pack.timeline.extend(happened(&one.facts));
            pack.answers.extend(one.proof.and_then(|proof| {
                self.answer_facts(&proof, (one.facts.at, &one.facts.id), is_partner)
            }));
            pack.movements.push(one.facts);
        }
        Ok(())
    }

    /// Everything that moved, or was asked to, and whose side of it is this customer's. Whom a payment
    /// or a remittance went to is another person's, and stays.
    async fn moved(&self, customer: &str) -> Result<Vec<Moved>, WalletError> {
        let mut all = Vec::new();
        for row in self.book.every::<Topup>("customer_id", customer).await? {
            // As the bank names it.
            let place = (debit_id(row.topup_id).to_string(), row.link_id.to_string());
            let ended = match row.state {
                TopupState::Posted { at } | TopupState::Refused { at, .. } => Some(at),
                _ => None,
            };
            let facts = fact((row.requested_at, ended), place, row.amount, row.state_name());
            let facts = Movement { refunded: row.refunded, ..facts };
            all.push(Moved { facts, proof: row.proof.clone(), bank: Some(row.bank) });
        }
        for row in self.book.every::<Payout>("customer_id", customer).await? {
            let place = (row.payout_id.to_string(), row.link_id.to_string());
            let ended = match row.state {
                PayoutState::Posted { at }
                | PayoutState::Refused { at, .. }
                | PayoutState::Cancelled { at } => Some(at),
                _ => None,
            };
            let facts = fact((row.requested_at, ended), place, row.amount, row.state_name());
            all.push(Moved { facts, proof: Some(row.proof.clone()), bank: Some(row.bank) });
        }
        // What was sent to this customer is its sender's evidence.
        for row in self.book.every::<Remittance>("customer_id", customer).await? {
            let place = (row.remittance_id.to_string(), String::new());
            let ended = match row.state {
                RemittanceState::Posted { at, .. }
                | RemittanceState::Returned { at, .. }
                | RemittanceState::Cancelled { at, .. }
                | RemittanceState::Refused { at, .. } => Some(at),
                _ => None,
            };
            let facts = fact((row.requested_at, ended), place, row.amount, row.state_name());
            all.push(Moved { facts, proof: Some(row.proof.clone()), bank: None });
        }
        for row in self.book.every::<Paid>("customer_id", customer).await? {
            let place = (row.payment_id.to_string(), String::new());
            let ended = match row.state {
                PaymentState::Posted { at } | PaymentState::Refused { at, .. } => Some(at),
                PaymentState::Requested => None,
            };
            let facts = fact((row.requested_at, ended), place, row.amount, row.state_name());
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

    /// Adds what was given back to the accounts that it was taken from. What this company pays for the
    /// pack's own claim is told with that; what it pays for another, its customer hears nothing of.
    pub(super) async fn add_refunds(
        &self,
        pack: &mut Pack,
        (customer, links): (CustomerId, &[Stored<Link>]),
        case_id: CaseId,
    ) -> Result<(), WalletError> {
        let is_person = matches!(pack.made_for, Reader::Person);
        for refund in self.book.every::<Refund>("customer_id", &customer.to_string()).await? {
            let is_elsewhere = refund.claim == Some(case_id);
            let is_hidden = is_person && refund.claim.is_some();
            let topup = self.load::<Topup>(refund.topup_id).await?;
            let Some(account) = mask_of(links, topup.link_id) else { continue };
            if is_elsewhere || is_hidden {
                continue;
            }
            let act = |at, what| {
                Happened::new(at, what, refund.refund_id)
                    .with("payer", Side::Wallet.name())
                    .with("amount", refund.amount)
                    .with("account", &account)
            };
            pack.timeline.extend(match refund.state {
                RefundState::Posted { at } => Some(act(at, "refund.booked")),
                RefundState::Refused { at, .. } => Some(act(at, "refund.refused")),
                RefundState::Requested | RefundState::Asking | RefundState::OpenItem { .. } => {
                    Some(act(refund.proposed_at, "refund.asked"))
                }
                // One person wants it, or wanted it: nobody decided anything.
                RefundState::Proposed
                | RefundState::Declined { .. }
                | RefundState::GivingUp { .. } => None,
            });
        }
        Ok(())
    }

    /// The claim of a case's matter that the pack's reader may have, with the case that has it. A customer
    /// whose case was joined with what somebody else reported, here or at a bank, may be who took the money,
    /// and reads nothing of it.
    pub(super) async fn owed_for(
        &self,
        pack: &Pack,
        case: &Case,
    ) -> Result<Option<(Case, Claim)>, WalletError> {
        if matches!(pack.made_for, Reader::Person) {
            let matter = matter::cases(&self.book, case).await?;
            if matter.len() > 1 && !matter.iter().all(is_own) {
                return Ok(None);
            }
        }
        Ok(owed(&self.book, case).await?)
    }

    /// Adds what the victim of the case is owed, who paid it, and what each company bears.
    pub(super) async fn add_claim(
        &self,
        pack: &mut Pack,
        (case, claim, links): (&Case, &Claim, &[Stored<Link>]),
    ) -> Result<(), WalletError> {
        let told = claim::told(&self.book, case.case_id, &claim.partner).await?;
        let mut payments = Vec::new();
        for item in &claim.items {
            let id: TopupId = item.movement.parse().map_err(|_| WalletError::NotAvailable)?;
            let topup = self.load::<Topup>(id).await?;
            let refund = item.payment.as_deref().and_then(|id| id.parse::<RefundId>().ok());
            let refund = match refund {
                Some(id) => Some(self.load::<Refund>(id).await?),
                None => None,
            };
            payments.push(Payment {
                movement: debit_id(id).to_string(),
                amount: item.amount,
                payment: item.payment.clone(),
                account: mask_of(links, topup.link_id).unwrap_or_default(),
                paid_at: refund.and_then(|refund| match refund.state {
                    RefundState::Posted { at } => Some(at),
                    _ => None,
                }),
            });
        }
        let told = told.as_ref();
        let record = ClaimRecord { side: Side::Wallet, claim, told, payments: &payments };
        pack.add_claim(case, record);
        Ok(())
    }
}

/// Whether a customer opened a case themselves: nobody else told of it.
fn is_own(case: &Case) -> bool {
    let is_report = case.about == case.case_id.to_string();
    case.kind == CaseKind::NotMe && !is_report && came_from(case).is_none()
}

fn mask_of(links: &[Stored<Link>], link_id: LinkId) -> Option<String> {
    let link = links.iter().find(|link| link.link_id == link_id);
    link.map(|link| link.account_mask.clone())
}

fn fact(
    (at, ended_at): (Timestamp, Option<Timestamp>),
    (id, link): (String, String),
    amount: Yen,
    state: &str,
) -> Movement {
    Movement { at, id, link, amount, refunded: Yen::ZERO, state: state.to_owned(), ended_at }
}

/// That a movement was asked for, and how it ended.
fn happened(facts: &Movement) -> Vec<Happened> {
    let kind = match facts.id.split_once('_').map_or("", |(kind, _)| kind) {
        "dbt" => "topup",
        "pot" => "payout",
        "rem" => "remittance",
        _ => "payment",
    };
    let act = |at, how: &str| {
        Happened::new(at, &format!("{kind}.{how}"), &facts.id).with("amount", facts.amount)
    };
    let ended = facts.ended_at.map(|at| act(at, &facts.state));
    [act(facts.at, "asked")].into_iter().chain(ended).collect()
}
