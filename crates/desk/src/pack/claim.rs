//! What a victim is owed, in a pack: asked for when, due when, paid when and by whom, and who bears it.
//!
//! One company pays the victim, and the other books its share when it was told of that. Both packs say
//! which of the two it was: a share is never told as a payment.

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{
    Yen,
    agreement::{Side, today},
    business,
    claim::{ClaimState, Evidence},
    compensation::Cause,
};
use kanuki_record::{Book, RecordError};
use serde::{Deserialize, Serialize};

use super::{Happened, Pack, Reader};
use crate::{
    case::{Case, Step},
    claim::{Claim, StoodStill, ToldPaid},
    matter,
};

/// A payment to the victim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// The movement that it gives back.
    pub movement: String,
    /// How much.
    pub amount: Yen,
    /// The payment's own id, once two people agreed.
    pub payment: Option<String>,
    /// The account that it goes to, as it is shown: the one that the money was taken from.
    pub account: String,
    /// When the money was there.
    pub paid_at: Option<Timestamp>,
}

/// A time in which the clock of the refund stood still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseFacts {
    /// Why: `asked_victim`, `asked_police`, `asked_partner`.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when; none while it does.
    pub until: Option<Timestamp>,
    /// Business days that it has taken.
    pub days: u16,
}

/// That it was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedFacts {
    /// By which kind of evidence.
    pub evidence: String,
    /// The signature or the movement that is the evidence. Of a paper none: what staff typed of it may
    /// name anybody, and the paper itself is shown to whoever asks.
    pub reference: Option<String>,
    /// When two people had agreed.
    pub at: Timestamp,
}

/// A claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimFacts {
    /// The number of the case that it is kept under, where that is one which this case was joined with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Which company pays the victim: `wallet` or `bank`.
    pub payer: String,
    /// Which of the two made this pack.
    pub company: String,
    /// The other company.
    pub partner: String,
    /// The compensation policy that it was opened under.
    pub policy: String,
    /// When the claim was opened.
    pub requested_at: Timestamp,
    /// The day that the business days are counted from: that of the report, or of the second look.
    pub counted_from: Date,
    /// Business days until the money is due, without those in which the clock stood still.
    pub refund_days: u16,
    /// Business days that the clock stood still, as they count.
    pub stood_still_days: u16,
    /// When and why.
    pub stood_still: Vec<PauseFacts>,
    /// By when the victim has the money.
    pub due_on: Date,
    /// How much.
    pub amount: Yen,
    /// What this company pays; empty where the other one does.
    pub payments: Vec<Payment>,
    /// When the victim had all of it; where the other company pays, when it told that.
    pub paid_at: Option<Timestamp>,
    /// Whether that was, or is, after the day.
    pub is_late: bool,
    /// Where it stands.
    pub state: String,
    /// What let the thief in, once it was decided: it decides the shares and never whether it is paid.
    pub cause: Option<String>,
    /// What the wallet company bears, once the cause was decided.
    pub wallet_bears: Option<Yen>,
    /// What the bank bears.
    pub bank_bears: Option<Yen>,
    /// The split in percent, wallet to bank: `50:50`.
    pub split: Option<String>,
    /// When this company's share was in its books.
    pub booked_at: Option<Timestamp>,
    /// That it was refused.
    pub refused: Option<RefusedFacts>,
}

/// What a company has of a claim.
#[derive(Clone, Copy, Debug)]
pub struct ClaimRecord<'a> {
    /// Which company this is.
    pub side: Side,
    /// The claim.
    pub claim: &'a Claim,
    /// That the other company told that it paid.
    pub told: Option<&'a ToldPaid>,
    /// What this company pays.
    pub payments: &'a [Payment],
}

impl ClaimRecord<'_> {
    fn payer(&self) -> Side {
        match (self.claim.is_payer, self.side) {
            (true, side) => side,
            (false, Side::Bank) => Side::Wallet,
            (false, Side::Wallet | Side::Both) => Side::Bank,
        }
    }

    fn cause(&self) -> Option<Cause> {
        match self.claim.state {
            ClaimState::Paying { cause, .. } | ClaimState::Paid { cause, .. } => Some(cause),
            _ => None,
        }
    }

    fn split(&self, cause: Cause) -> String {
        let wallet = self.claim.split.percent(cause).unwrap_or(0).min(100);
        format!("{wallet}:{}", 100_u8.saturating_sub(wallet))
    }

    fn paid_at(&self) -> Option<Timestamp> {
        if !self.claim.is_payer {
            return self.told.map(|told| told.at);
        }
        let is_paid = self.payments.iter().all(|payment| payment.paid_at.is_some());
        self.payments.iter().filter_map(|payment| payment.paid_at).max().filter(|_| is_paid)
    }

    fn refused(&self) -> Option<RefusedFacts> {
        let ClaimState::Refused { evidence, at } = self.claim.state else { return None };
        let reference = self.claim.reference.clone().filter(|_| !evidence.is_paper());
        Some(RefusedFacts { evidence: evidence.name().to_owned(), reference, at })
    }

    fn facts(&self, now: Timestamp) -> ClaimFacts {
        let claim = self.claim;
        let (cause, paid_at) = (self.cause(), self.paid_at());
        let due_on = claim.clock.refund_by(claim.state, now);
        let ends_at = business::end_of(due_on);
        let parts = cause.map(|cause| claim.parts(cause));
        let counted = business::between(claim.clock.from, due_on);
        ClaimFacts {
            number: None,
            payer: self.payer().name().to_owned(),
            company: self.side.name().to_owned(),
            partner: claim.partner.clone(),
            policy: claim.policy.clone(),
            requested_at: claim.opened_at,
            counted_from: claim.clock.from,
            refund_days: claim.clock.refund_days,
            stood_still_days: counted.saturating_sub(claim.clock.refund_days),
            stood_still: claim.stood_still.iter().map(|one| pause(one, now)).collect(),
            due_on,
            amount: claim.asked(),
            payments: self.payments.to_vec(),
            paid_at,
            is_late: paid_at.map_or_else(|| claim.is_overdue(now), |at| at >= ends_at),
            state: claim.state.name().to_owned(),
            cause: cause.map(|cause| cause.name().to_owned()),
            wallet_bears: parts.map(|parts| parts.wallet),
            bank_bears: parts.map(|parts| parts.bank),
            split: cause.map(|cause| self.split(cause)),
            booked_at: match claim.state {
                ClaimState::Paid { at, .. } => Some(at),
                _ => None,
            },
            refused: self.refused(),
        }
    }

    /// The acts of a claim, from what its case noted, in the order in which it noted them.
    fn acts(&self, case: &Case) -> Vec<Happened> {
        let mut acts: Vec<Happened> = self
            .payments
            .iter()
            .filter_map(|paid| {
                Some(
                    Happened::new(paid.paid_at?, "claim.paid", paid.payment.as_ref()?)
                        .with("payer", self.side.name())
                        .with("amount", paid.amount)
                        .with("account", &paid.account),
                )
            })
            .collect();
        acts.extend(self.told.map(|told| {
            Happened::new(told.at, "claim.told_paid", told.case_id)
                .with("payer", self.payer().name())
                .with("amount", told.amount)
        }));
        acts.extend(case.steps.iter().filter_map(|step| self.act(case, step)));
        acts
    }

    fn act(&self, case: &Case, step: &Step) -> Option<Happened> {
        let code = step.text.strip_prefix("=claim_")?;
        let (code, _) = code.split_once('|')?;
        let claim = self.claim;
        let is_payer = claim.is_payer;
        let new = |what| Happened::new(step.at, what, case.case_id);
        Some(match (code, is_payer) {
            ("opened", _) => new("claim.opened").with("amount", claim.asked()),
            ("investigating", _) => new("claim.investigating"),
            ("pay_proposed", _) => new("claim.pay_proposed"),
            ("refusal_proposed", _) => new("claim.refusal_proposed"),
            ("fell_through", _) => new("claim.fell_through"),
            ("paused", _) => {
                let kept = claim.stood_still.iter().find(|one| one.since == step.at)?;
                new("claim.paused").with("why", kept.reason.name())
            }
            ("refused", _) => new("claim.refused").with("evidence", self.evidence()?.name()),
            ("paying", true) => {
                new("claim.pay_agreed").with("payer", self.side.name()).with("amount", claim.amount)
            }
            ("paying", false) => new("claim.share_agreed").with("company", self.side.name()),
            ("paid", _) => self.booked(step.at, case)?,
            _ => return None,
        })
    }

    fn evidence(&self) -> Option<Evidence> {
        match self.claim.state {
            ClaimState::Refused { evidence, .. } => Some(evidence),
            _ => None,
        }
    }

    fn booked(&self, at: Timestamp, case: &Case) -> Option<Happened> {
        let why = self.cause()?;
        let parts = self.claim.parts(why);
        let split = self.split(why);
        if self.claim.is_payer {
            let settled = Happened::new(at, "claim.settled", case.case_id);
            return Some(
                settled.with("wallet", parts.wallet).with("bank", parts.bank).with("split", split),
            );
        }
        let share = if self.side == Side::Bank { parts.bank } else { parts.wallet };
        Some(
            Happened::new(at, "claim.share_booked", case.case_id)
                .with("company", self.side.name())
                .with("payer", self.payer().name())
                .with("share", share)
                .with("split", split),
        )
    }
}

/// The claim that is a case's, with the case that has it: its own, or that of one which it was joined with.
/// One person is owed it, under whichever of their numbers it was opened; where more than one of those has
/// one, what was paid comes first.
pub async fn owed(book: &Book, case: &Case) -> Result<Option<(Case, Claim)>, RecordError> {
    let mut claims = matter::claims(book, case).await?;
    let rank = |claim: &Claim| match claim.state {
        _ if claim.case_id == case.case_id => 0,
        ClaimState::Paid { .. } => 1,
        ClaimState::Refused { .. } => 3,
        _ => 2,
    };
    claims.sort_by_key(rank);
    let Some(claim) = claims.into_iter().next() else { return Ok(None) };
    let of = book.load::<Case>(claim.case_id).await?.into_inner();
    Ok(Some((of, claim)))
}

fn pause(one: &StoodStill, now: Timestamp) -> PauseFacts {
    PauseFacts {
        reason: one.reason.name().to_owned(),
        since: one.since,
        until: one.until,
        days: business::between(today(one.since), today(one.until.unwrap_or(now))),
    }
}

impl Pack {
    /// Adds what is owed, for whoever may have it: the police, the company that shares the loss, and its
    /// victim, who is told what happened and not what staff are about to do. `case` is the one that has the
    /// claim: the pack's own, or one that it was joined with.
    pub fn add_claim(&mut self, case: &Case, record: ClaimRecord<'_>) {
        let is_person = matches!(self.made_for, Reader::Person);
        let is_theirs = |act: &Happened| !is_person || super::words::is_of_the_person(&act.what);
        match &self.made_for {
            Reader::Partner { id } if record.claim.partner != *id => return,
            Reader::Partner { .. } | Reader::Police | Reader::Person => {}
        }
        self.timeline.extend(record.acts(case).into_iter().filter(is_theirs));
        let mut facts = record.facts(self.made_at);
        let number = case.case_id.to_string();
        facts.number = (number != self.case.number).then_some(number);
        if is_person {
            // Whose fault it was is between the companies; what is proposed is not decided.
            (facts.cause, facts.split) = (None, None);
            (facts.wallet_bears, facts.bank_bears) = (None, None);
            if matches!(
                record.claim.state,
                ClaimState::PayProposed { .. } | ClaimState::RefusalProposed { .. }
            ) {
                ClaimState::Investigating.name().clone_into(&mut facts.state);
            }
        }
        self.claim = Some(facts);
    }
}
