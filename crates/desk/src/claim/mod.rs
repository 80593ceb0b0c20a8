//! A victim's claim at one company's desk: what was lost, where it stands, who bears it (FT-28).
//!
//! There is one claim on a case, and both companies have theirs under the same number. One of them
//! pays the victim, as the policy in force says (FT-27); the other books its part when it was told
//! that the victim has the money. Every id in the ledgers follows from the claim, so that nothing is
//! paid or booked twice.

mod stood_still;
mod told;

use jiff::Timestamp;
use kanuki_domain::{
    Ctx, Yen,
    claim::{ClaimState, Clock, Evidence, Pause, names_paper},
    compensation::{Cause, Parts, Policy, Split},
    id::{ApprovalId, CaseId, StaffId},
};
use kanuki_ledger::TransferId;
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

pub use self::{
    stood_still::StoodStill,
    told::{ToldPaid, named, told, told_paid},
};
use crate::{DeskError, approval::Approval, case::Case, matter, report, second_look};

/// The act of paying a claim, as an approval names it.
pub const PAY: &str = "claim.pay";
/// The act of refusing one.
pub const REFUSE: &str = "claim.refuse";
/// The most movements of one claim.
pub const ITEMS_MAX: usize = 200;

/// One movement that the victim did not make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Which: the key of a debit at the bank, a top-up at the wallet.
    pub movement: String,
    /// How much of it is to come back.
    pub amount: Yen,
    /// The payment that brings it back, once two people agreed.
    pub payment: Option<String>,
    /// It is there.
    pub is_paid: bool,
}

/// A claim.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claim {
    /// Its case, and so its number.
    pub case_id: CaseId,
    /// The other company: a client id at the bank, an institution code at the wallet.
    pub partner: String,
    /// Whether this company pays the victim.
    pub is_payer: bool,
    /// The policy that it was opened under.
    pub policy: String,
    /// How that policy shares a loss.
    pub split: Split,
    /// Who opened it.
    pub opened_by: StaffId,
    /// When.
    pub opened_at: Timestamp,
    /// By when the victim has the money.
    pub clock: Clock,
    /// When and why that clock stood still, oldest first; claims from before this was kept have none.
    #[serde(default)]
    pub stood_still: Vec<StoodStill>,
    /// What was lost. Empty at the company that does not pay.
    pub items: Vec<Item>,
    /// The movements that came back by the other company's payment, and how much of each this claim
    /// shares: known once two people agreed, and empty at the company that pays.
    #[serde(default)]
    pub borne: Vec<(String, Yen)>,
    /// What was lost in all.
    pub amount: Yen,
    /// What the evidence of a refusal is named by.
    #[serde(default)]
    pub reference: Option<String>,
    /// It is asked that it end with what is paid already, and that the rest is not paid.
    #[serde(default)]
    pub only_paid: bool,
    /// What of this company's part came back from whoever took it, or was agreed to.
    #[serde(default)]
    pub recouped: Yen,
    /// Where it stands.
    pub state: ClaimState,
}

record! { Claim => "claim" by |c| c.case_id.to_string();
    many progress = |c| Some(match c.state {
        ClaimState::Paying { .. } => "paying",
        ClaimState::Paid { .. } | ClaimState::Refused { .. } => "done",
        ClaimState::Received | ClaimState::Investigating | ClaimState::Paused { .. }
        | ClaimState::PayProposed { .. } | ClaimState::RefusalProposed { .. } => "open",
    }.to_owned());
}

/// What a new claim is about.
#[derive(Clone, Debug)]
pub struct NewClaim {
    /// The other company.
    pub partner: String,
    /// Whether this company pays the victim.
    pub is_payer: bool,
    /// What was lost: movements and how much of each.
    pub lost: Vec<(String, Yen)>,
    /// What the other company told, where it pays.
    pub told: Yen,
}

/// What one person does to a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Takes it up, or goes on after a pause.
    Investigate,
    /// Lets the clock stand still.
    Pause(Pause),
    /// Asks that it be paid; a second person decides.
    Pay(Cause),
    /// Asks that it end with what is paid already, where the rest cannot be; a second person decides.
    PayPart(Cause),
    /// Asks that it be refused, by evidence that has this name; a second person decides. Of a paper,
    /// whoever asks says that they have seen it.
    Refuse(Evidence, String),
}

impl Claim {
    /// How much the victim has, or is to have: all that was lost, or what is paid where it is to end
    /// with that.
    #[must_use]
    pub fn asked(&self) -> Yen {
        let out = self.items.iter().filter(|item| self.only_paid && !item.is_paid);
        out.fold(self.amount, |left, item| left.minus_or_zero(item.amount))
    }

    /// Whether the victim has something of it. Such a claim is not refused: its shares are booked.
    #[must_use]
    pub fn is_paid_in_part(&self) -> bool {
        self.items.iter().any(|item| item.is_paid)
    }

    /// The movements that it is about, as far as they are known here, with how much of each.
    #[must_use]
    pub fn movements(&self) -> Vec<(String, Yen)> {
        let items = self.items.iter().map(|item| (item.movement.clone(), item.amount));
        items.chain(self.borne.iter().cloned()).collect()
    }

    /// Whether two people agreed to it.
    #[must_use]
    pub const fn is_agreed(&self) -> bool {
        matches!(self.state, ClaimState::Paying { .. } | ClaimState::Paid { .. })
    }

    /// What each company bears.
    #[must_use]
    pub fn parts(&self, cause: Cause) -> Parts {
        self.split.share(self.asked(), cause)
    }

    /// The ledger's name of this company's part.
    #[must_use]
    pub fn share_id(&self) -> TransferId {
        TransferId::derive(&["claim-share", &self.case_id.to_string()])
    }

    /// Whether the money should have been there.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.clock.is_overdue(self.state, now)
    }
}

/// The claim of a case.
pub async fn find(book: &Book, case_id: CaseId) -> Result<Option<Claim>, RecordError> {
    Ok(book.find::<Claim>(case_id).await?.map(Stored::into_inner))
}

/// Claims that have no end yet, the oldest first.
pub async fn open_ones(book: &Book) -> Result<Vec<Claim>, RecordError> {
    let mut all = book.every::<Claim>("progress", "open").await?;
    all.extend(book.every::<Claim>("progress", "paying").await?);
    let mut all: Vec<Claim> = all.into_iter().map(Stored::into_inner).collect();
    all.sort_by_key(|claim| claim.opened_at);
    Ok(all)
}

/// Opens the claim of an open case, with what `unit` has to say of it. The clock is the report's, where
/// there is one: it began when the victim spoke, not when somebody had time.
pub async fn open(
    book: &Book,
    ctx: &Ctx<'_>,
    mut unit: Unit,
    (by, case_id): (StaffId, CaseId),
    (policy, new): (&Policy, NewClaim),
) -> Result<(), DeskError> {
    let mut case = book.load::<Case>(case_id).await?;
    let mut amount = new.told;
    for (_, lost) in &new.lost {
        amount = amount.plus(*lost).map_err(|_| DeskError::NotAccepted)?;
    }
    if case.closed_at.is_some() || amount.is_zero() || new.lost.len() > ITEMS_MAX {
        return Err(DeskError::NotAccepted);
    }
    second_look::require_other(book, &case, by).await?;
    require_unclaimed(book, &case, &new.lost).await?;
    let reported = report::of_case(book, case_id).await?;
    let clock = reported.and_then(|report| report.clock);
    let clock = clock.unwrap_or_else(|| report::clock(policy, case.opened_at));
    let item = |(movement, amount)| Item { movement, amount, payment: None, is_paid: false };
    let claim = Claim {
        case_id,
        partner: new.partner,
        is_payer: new.is_payer,
        policy: policy.version.clone(),
        split: policy.split.clone(),
        opened_by: by,
        opened_at: ctx.now,
        clock,
        stood_still: Vec::new(),
        items: new.lost.into_iter().map(item).collect(),
        borne: Vec::new(),
        amount,
        reference: None,
        only_paid: false,
        recouped: Yen::ZERO,
        state: ClaimState::Received,
    };
    case.edit().note(ctx.now, by, "=claim_opened|");
    // Written as they are: whoever opens a claim at another case of the matter at this moment, or joins one,
    // has seen what is not so any more, and loses.
    for id in matter::numbers(book, &case).await?.into_iter().filter(|id| *id != case_id) {
        if let Some(other) = book.find::<Case>(id).await? {
            unit.update(&other);
        }
    }
    unit.insert(&claim).update(&case).audit(
        AuditEntry::new(ctx.now, by, "claim.opened", case_id)
            .with("amount", amount.amount())
            .with("policy", &claim.policy),
    );
    match book.commit(unit).await {
        Ok(()) => Ok(()),
        Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => {
            Err(DeskError::Decided)
        }
        Err(error) => Err(error.into()),
    }
}

/// What a claim of the same matter is about is decided there, and once more in a second look.
async fn require_unclaimed(
    book: &Book,
    case: &Case,
    lost: &[(String, Yen)],
) -> Result<(), DeskError> {
    let claims = matter::claims(book, case).await?;
    for claim in claims.iter().filter(|claim| claim.case_id != case.case_id) {
        let movements = claim.movements();
        if movements.iter().any(|(one, _)| lost.iter().any(|(other, _)| one == other)) {
            return Err(DeskError::Claimed);
        }
    }
    Ok(())
}

/// One person does something to a claim; what needs a second one becomes an approval. `is_shown`:
/// whether the company's own records show what it is to be refused by, where it is to be refused; a
/// paper needs its name and number here, and no record.
pub async fn act(
    book: &Book,
    ctx: &Ctx<'_>,
    (by, case_id): (StaffId, CaseId),
    (act, is_shown): (Act, bool),
    reason: &str,
) -> Result<Option<ApprovalId>, DeskError> {
    let mut claim = book.find::<Claim>(case_id).await?.ok_or(DeskError::NotAccepted)?;
    let mut case = book.load::<Case>(case_id).await?;
    second_look::require_other(book, &case, by).await?;
    let before = claim.state;
    let mut approval = None;
    let state = match &act {
        Act::Investigate => before.investigate()?,
        Act::Pause(why) => before.pause(*why, ctx.now)?,
        Act::Pay(fault) => {
            approval = Some(Approval::ask(ctx, by, PAY, case_id, reason));
            before.propose_pay(*fault, by)?
        }
        Act::PayPart(fault) => {
            if !claim.is_paid_in_part() {
                return Err(DeskError::NotAccepted);
            }
            claim.edit().only_paid = true;
            approval = Some(Approval::ask(ctx, by, PAY, case_id, reason));
            before.propose_pay(*fault, by)?
        }
        Act::Refuse(evidence, reference) => {
            if claim.is_paid_in_part() {
                return Err(DeskError::NotAccepted);
            }
            if reference.trim().is_empty() {
                return Err(DeskError::NotNamed);
            }
            if !is_shown || (evidence.is_paper() && !names_paper(reference)) {
                return Err(DeskError::NotShown);
            }
            claim.edit().reference = Some(reference.trim().to_owned());
            approval = Some(Approval::ask(ctx, by, REFUSE, case_id, reason));
            before.propose_refusal(*evidence, by)?
        }
    };
    let edit = claim.edit();
    edit.clock = edit.clock.resumed(before, ctx.now);
    edit.state = state;
    edit.note_pause((before, state), ctx.now);
    case.edit().note(ctx.now, by, format!("=claim_{}|{reason}", state.name()));
    let mut unit = Unit::new();
    if let Some(approval) = &approval {
        unit.insert(approval);
    }
    let entry = AuditEntry::new(ctx.now, by, "claim.moved", case_id)
        .with("from", before.name())
        .with("to", state.name())
        .with("reason", reason);
    unit.update(&claim).update(&case).audit(with_what(entry, &claim, state));
    commit(book, unit).await?;
    Ok(approval.map(|approval| approval.approval_id))
}

/// A second person agreed, or anybody declined: the claim as it stands then, with its case in `unit`.
/// The caller adds what the money needs, and commits.
pub async fn decide(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (by, approval): (StaffId, &Approval),
    agrees: bool,
) -> Result<Stored<Claim>, DeskError> {
    let case_id: CaseId = approval.subject.parse().map_err(|_| DeskError::NotAccepted)?;
    let mut claim = book.find::<Claim>(case_id).await?.ok_or(DeskError::NotAccepted)?;
    let mut case = book.load::<Case>(case_id).await?;
    if agrees {
        let who = (by, approval.asked_by);
        second_look::require_agreeing(book, ctx.now, &case, who).await?;
    }
    let asked = claim.state;
    let state = if agrees { asked.agree(by, ctx.now)? } else { asked.back()? };
    claim.edit().state = state;
    case.edit().note(ctx.now, by, format!("=claim_{}|", state.name()));
    let act = if agrees { "claim.agreed" } else { "claim.declined" };
    let entry = AuditEntry::new(ctx.now, by, act, case_id)
        .with("asked_by", approval.asked_by)
        .with("to", state.name());
    unit.update(&case).audit(with_what(entry, &claim, asked));
    if claim.only_paid {
        if agrees {
            let paid = claim.items.iter().filter(|item| item.is_paid).cloned().collect();
            lower(ctx, unit, &mut claim, paid)?;
        }
        claim.edit().only_paid = false;
    }
    Ok(claim)
}

/// What two people agree to, in the audit log: how much for which cause, or by what evidence not.
fn with_what(entry: AuditEntry, claim: &Claim, state: ClaimState) -> AuditEntry {
    let entry = entry.with("amount", claim.asked().amount());
    match state {
        ClaimState::PayProposed { cause, .. } => entry.with("cause", cause.name()),
        ClaimState::RefusalProposed { evidence, by } => {
            let reference = claim.reference.as_deref().unwrap_or_default();
            let entry = entry.with("evidence", evidence.name()).with("reference", reference);
            if evidence.is_paper() { entry.with("seen_by", by) } else { entry }
        }
        _ => entry,
    }
}

/// What a claim is to be refused by, where an approval asks for that.
pub async fn refusal(
    book: &Book,
    approval: &Approval,
) -> Result<Option<(Claim, Evidence, String)>, DeskError> {
    let Some(case_id) = case_of(approval) else { return Ok(None) };
    let Some(claim) = find(book, case_id).await? else { return Ok(None) };
    let ClaimState::RefusalProposed { evidence, .. } = claim.state else { return Ok(None) };
    let reference = claim.reference.clone().unwrap_or_default();
    Ok(Some((claim, evidence, reference)))
}

/// The case of the claim that an approval is about; nothing where it is about something else.
#[must_use]
pub fn case_of(approval: &Approval) -> Option<CaseId> {
    is_about(approval).then(|| approval.subject.parse().ok()).flatten()
}

/// The items that a claim is paid with, and so its amount: what came back in the meantime is not paid
/// again. Both are only ever lowered.
pub fn lower(
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    claim: &mut Stored<Claim>,
    items: Vec<Item>,
) -> Result<(), DeskError> {
    let mut amount = Yen::ZERO;
    for item in &items {
        amount = amount.plus(item.amount).map_err(|_| DeskError::NotAccepted)?;
    }
    let before = claim.amount;
    if amount.is_zero() || amount > before {
        return Err(DeskError::NotAccepted);
    }
    if amount < before {
        unit.audit(
            AuditEntry::new(ctx.now, "system", "claim.lowered", claim.case_id)
                .with("from", before.amount())
                .with("to", amount.amount()),
        );
    }
    let edit = claim.edit();
    (edit.items, edit.amount) = (items, amount);
    Ok(())
}

/// Whether an approval is about a claim.
#[must_use]
pub fn is_about(approval: &Approval) -> bool {
    approval.act == PAY || approval.act == REFUSE
}

/// Adds to `unit` that a payment of the claim came to nothing: it is looked into again, and what is
/// there already stays counted.
pub async fn fell_through(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    claim: &mut Stored<Claim>,
    why: &str,
) -> Result<(), DeskError> {
    let state = claim.state.back()?;
    let edit = claim.edit();
    edit.state = state;
    for item in edit.items.iter_mut().filter(|item| !item.is_paid) {
        item.payment = None;
    }
    note(book, ctx, unit, claim.case_id, &format!("=claim_fell_through|{why}")).await?;
    unit.update(claim).audit(
        AuditEntry::new(ctx.now, "system", "claim.fell_through", claim.case_id).with("why", why),
    );
    Ok(())
}

/// Adds to `unit` that the victim has the money and the books say who bears it.
pub async fn settle(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    claim: &mut Stored<Claim>,
    part: Yen,
) -> Result<(), DeskError> {
    claim.edit().state = claim.state.paid(ctx.now)?;
    note(book, ctx, unit, claim.case_id, "=claim_paid|").await?;
    unit.update(claim).audit(
        AuditEntry::new(ctx.now, "system", "claim.paid", claim.case_id)
            .with("amount", claim.amount.amount())
            .with("our_part", part.amount()),
    );
    Ok(())
}

async fn note(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    case_id: CaseId,
    text: &str,
) -> Result<(), DeskError> {
    let mut case = book.load::<Case>(case_id).await?;
    case.edit().note(ctx.now, "system", text);
    unit.update(&case);
    Ok(())
}

/// Writes `unit`; who was faster decided.
pub async fn commit(book: &Book, unit: Unit) -> Result<(), DeskError> {
    match book.commit(unit).await {
        Ok(()) => Ok(()),
        Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => {
            Err(DeskError::Decided)
        }
        Err(error) => Err(error.into()),
    }
}
