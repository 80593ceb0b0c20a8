//! A victim gets back what was debited from their account, and each company bears its part (FT-28).
//!
//! ```text
//!  two people agree ─▶ each debit is given back (credit) ─▶ our part is booked ─▶ paid
//!                                 └── refused ─▶ it is looked into again
//! ```
//!
//! Where the policy says that this bank pays first, the money goes to the account that each debit took
//! it from, through the core, with everything that a payment in has: ids of its own, unknown answers
//! that stay states, workers that go on. The whole of it is put on the partner's account first; then
//! the bank's part comes off again. Where the wallet pays, the same is true of its refunds, and this
//! bank books its part when it was told that the victim has the money.

mod confirmed;
mod shown;
mod told;

use std::collections::BTreeSet;

use kanuki_desk::{
    DeskError,
    approval::Approval,
    case::Case,
    claim::{self, Act, Claim, NewClaim, ToldPaid},
    compensation::{self, Refused},
    matter,
    risk_record::Weighed,
    second_look,
};
use kanuki_domain::{
    Ctx, Yen,
    agreement::Side,
    claim::ClaimState,
    compensation::Policy,
    id::{ApprovalId, CaseId, PayoutId, StaffId},
    risk_record::RiskRecord,
};
use kanuki_ledger::Transfer;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::set::CaseStage;

use crate::{
    Bank, BankError, chart,
    debit::{Debit, DebitState},
    event::Event,
    holder::load,
    mandate::Mandate,
    partner::Partner,
    waiting::waiting,
};

impl Bank {
    /// The policy in force.
    pub async fn compensation(&self) -> Result<Policy, BankError> {
        Ok(compensation::in_force(&self.book).await?.0)
    }

    /// Asks that a policy be put in force. One that says something else than what was agreed with a
    /// partner is refused: two companies would tell a victim two things. One that makes good less than
    /// the one in force needs a record of its risks.
    pub async fn propose_compensation(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        read: (Policy, &str),
        (reason, record): (&str, Option<RiskRecord>),
    ) -> Result<ApprovalId, Refused> {
        for partner in self.book.list::<Partner>("all", "all").await? {
            if !read.0.contradicts(&partner.agreement.compensation).is_empty() {
                return Err(Refused::Gaps);
            }
        }
        let weighed = Weighed { record, partners: self.asked_partners().await? };
        compensation::propose((&self.book, ctx), by, read, reason, &weighed).await
    }

    pub(crate) async fn decide_compensation(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        if agrees {
            approval.edit().approve(by, ctx.now)?;
        } else {
            approval.edit().decline(by, ctx.now)?;
        }
        let mut unit = Unit::new();
        unit.update(&approval);
        let partners = self.asked_partners().await?;
        let about = (by, &*approval);
        compensation::decide((&self.book, ctx), &mut unit, about, &partners, agrees).await?;
        Ok(claim::commit(&self.book, unit).await?)
    }

    /// What of the debits of a case's person could come back, with how much is left of each. A case
    /// without a person has none: staff come to nobody by a report's words.
    pub async fn claimable(&self, case: &Case) -> Result<Vec<(Debit, Yen)>, BankError> {
        let mut all = Vec::new();
        for mandate in self.mandates_of_case(case).await? {
            for debit in self.debits_of(mandate.mandate_id).await? {
                let left = debit.amount.minus_or_zero(debit.refunded);
                if matches!(debit.state, DebitState::Booked { .. }) && !left.is_zero() {
                    all.push((debit, left));
                }
            }
        }
        Ok(all)
    }

    /// Opens the claim of a case: for these debits where this bank pays, for what the partner told
    /// where the partner does.
    pub async fn open_claim(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        chosen: &[String],
    ) -> Result<(), BankError> {
        let policy = self.compensation().await?;
        let case = load::<Case>(&self.book, case_id).await?;
        let mut unit = Unit::new();
        let new = if policy.split.pays_first == Some(Side::Bank) {
            let new = self.lost(&case, chosen).await?;
            self.tell_disputed(ctx, &mut unit, case_id, &new).await?;
            new
        } else {
            self.told(&case).await?
        };
        Ok(claim::open(&self.book, ctx, unit, (by, case_id), (&policy, new)).await?)
    }

    /// Adds to `unit` that the wallet is told which debit its holder says was not theirs: of each link the
    /// first, because whoever hears it stops the link, and the case's number stands for the rest.
    async fn tell_disputed(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        case_id: CaseId,
        new: &NewClaim,
    ) -> Result<(), BankError> {
        let mut told = BTreeSet::new();
        for (key, _) in &new.lost {
            let debit = load::<Debit>(&self.book, key).await?;
            // A wallet that is no partner any more hears nothing.
            let is_there = self.book.find_shared::<Partner>(&debit.client_id).await?.is_some();
            if is_there && told.insert(debit.mandate_id) {
                let mandate = load::<Mandate>(&self.book, debit.mandate_id).await?;
                unit.insert(&Event::disputed(ctx, &mandate, debit.debit_id, case_id));
            }
        }
        Ok(())
    }

    async fn lost(&self, case: &Case, chosen: &[String]) -> Result<NewClaim, BankError> {
        let left = self.claimable(case).await?;
        let mut lost = Vec::new();
        let mut partner = None;
        for (debit, left) in left {
            if !chosen.contains(&debit.key()) {
                continue;
            }
            // One claim is between two companies.
            if partner.get_or_insert_with(|| debit.client_id.clone()) != &debit.client_id {
                return Err(BankError::Amounts);
            }
            lost.push((debit.key(), left));
        }
        let partner = partner.filter(|_| lost.len() == chosen.len()).ok_or(BankError::Amounts)?;
        Ok(NewClaim { partner, is_payer: true, lost, told: Yen::ZERO })
    }

    /// The words of those who have to do with a case, that the victim has the money. Whoever else says
    /// so is not heard, and is in nobody's way.
    async fn words(&self, case: &Case) -> Result<Vec<ToldPaid>, BankError> {
        let mut partners = claim::named(&self.book, case).await?;
        let mandates = self.mandates_of_case(case).await?;
        partners.extend(mandates.into_iter().map(|mandate| mandate.client_id));
        let mut words = Vec::new();
        for partner in partners {
            words.extend(claim::told(&self.book, case.case_id, &partner).await?);
        }
        words.sort_by_key(|word| word.at);
        Ok(words)
    }

    /// What a partner says that it paid must have come through here: never more than what was given
    /// back of this person's debits, is booked, and was shared by no claim before.
    async fn told(&self, case: &Case) -> Result<NewClaim, BankError> {
        let words = self.words(case).await?;
        if words.is_empty() {
            return Err(BankError::NotAvailable);
        }
        for ToldPaid { partner, amount: told, .. } in words {
            let mut back = Yen::ZERO;
            for (_, left) in self.unborne(case, &partner).await? {
                back = back.plus(left).map_err(|_| BankError::Amounts)?;
            }
            if told <= back {
                return Ok(NewClaim { partner, is_payer: false, lost: Vec::new(), told });
            }
        }
        Err(BankError::Amounts)
    }

    /// The claim of a case.
    pub async fn claim_of_case(&self, case_id: CaseId) -> Result<Option<Claim>, BankError> {
        Ok(claim::find(&self.book, case_id).await?)
    }

    /// Whether a partner told that the victim of this case has the money.
    pub async fn is_told_paid(&self, case_id: CaseId) -> Result<Option<Yen>, BankError> {
        let case = load::<Case>(&self.book, case_id).await?;
        Ok(self.words(&case).await?.first().map(|word| word.amount))
    }

    /// Whether the other company says of any number of this matter that the victim has the money.
    pub(crate) async fn is_paid_there(&self, case: &Case) -> Result<bool, BankError> {
        for one in matter::cases(&self.book, case).await? {
            if !self.words(&one).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// One person does something to a claim. What it is refused by is looked for in our own records
    /// first, and by whoever agrees once more.
    pub async fn act_on_claim(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        (act, reason): (Act, &str),
    ) -> Result<Option<ApprovalId>, BankError> {
        let is_shown = match (&act, claim::find(&self.book, case_id).await?) {
            (Act::Refuse(evidence, reference), Some(claim)) => {
                self.shows(&claim, *evidence, reference).await?
            }
            _ => true,
        };
        Ok(claim::act(&self.book, ctx, (by, case_id), (act, is_shown), reason).await?)
    }

    /// Whoever was refused asks for a second look by other people, and staff write it down.
    pub async fn look_again(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        reason: &str,
    ) -> Result<(), BankError> {
        Ok(second_look::ask(&self.book, ctx, (by, case_id), reason).await?)
    }

    /// The same, by whoever has the number and the code of a report. False where those are wrong.
    pub async fn look_again_by_code(
        &self,
        ctx: &Ctx<'_>,
        number: &str,
        code: &str,
    ) -> Result<bool, BankError> {
        Ok(second_look::ask_by_code(&self.book, &self.vault, ctx, (number, code)).await?)
    }

    /// Refuses where the records do not show any more what a refusal was asked by.
    async fn require_shown(&self, approval: &Approval) -> Result<(), BankError> {
        let asked = claim::refusal(&self.book, approval).await?;
        let Some((claim, evidence, reference)) = asked else { return Ok(()) };
        if self.shows(&claim, evidence, &reference).await? {
            return Ok(());
        }
        Err(DeskError::NotShown.into())
    }

    /// A second person agrees, and the money goes; or anybody declines.
    pub(crate) async fn decide_claim(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        if agrees {
            approval.edit().approve(by, ctx.now)?;
        } else {
            approval.edit().decline(by, ctx.now)?;
        }
        let mut unit = Unit::new();
        unit.update(&approval);
        if agrees {
            self.require_shown(&approval).await?;
        }
        let decided = claim::decide(&self.book, ctx, &mut unit, (by, &approval), agrees).await;
        let mut claim = decided?;
        let is_paying = matches!(claim.state, ClaimState::Paying { .. });
        if is_paying {
            if claim.is_payer {
                self.write_payments(ctx, &mut unit, &mut claim).await?;
            } else {
                claim.edit().borne = self.bear(&mut unit, &claim).await?;
            }
            let frauds = confirmed::debits(&claim);
            self.note_frauds(ctx, &mut unit, &frauds).await?;
        }
        let case_id = claim.case_id;
        unit.update(&claim);
        claim::commit(&self.book, unit).await?;
        if is_paying && let Err(error) = self.drive_claim(ctx, case_id).await {
            tracing::warn!(%error, case = %case_id, "a claim waits for the worker");
        }
        Ok(())
    }

    /// Adds to `unit` a payment for each item, under an id that is drawn here and kept in the claim: no
    /// partner can have used it before. What a partner gave back in between is paid by nobody again,
    /// and keeps nobody from the rest.
    async fn write_payments(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        claim: &mut Stored<Claim>,
    ) -> Result<(), BankError> {
        let case_id = claim.case_id;
        let mut items = Vec::new();
        for mut item in claim.items.clone() {
            if !item.is_paid {
                let debit = load::<Debit>(&self.book, &item.movement).await?;
                item.amount = item.amount.min(debit.amount.minus_or_zero(debit.refunded));
                if item.amount.is_zero() {
                    continue;
                }
                let ids = (case_id, PayoutId::generate(ctx));
                let written =
                    self.write_claim_credit(ctx, unit, ids, (&debit, item.amount)).await?;
                item.payment = Some(written.map_err(|_| BankError::Amounts)?);
            }
            items.push(item);
        }
        if items.is_empty() {
            // All of it is back: that is what the claim is refused by.
            return Err(BankError::Amounts);
        }
        Ok(claim::lower(ctx, unit, claim, items)?)
    }

    /// Takes a claim that two people agreed to one step or all the way. Calling it twice is fine.
    pub async fn drive_claim(&self, ctx: &Ctx<'_>, case_id: CaseId) -> Result<(), BankError> {
        let mut claim = load::<Claim>(&self.book, case_id).await?;
        let ClaimState::Paying { cause, .. } = claim.state else { return Ok(()) };
        let mut refused = None;
        for item in claim.edit().items.iter_mut().filter(|item| !item.is_paid) {
            let Some(key) = &item.payment else { return Err(BankError::NotAvailable) };
            match self.drive_credit(ctx, key).await?.state {
                DebitState::Booked { .. } => item.is_paid = true,
                DebitState::Refused { .. } => refused = Some("core"),
                DebitState::Open | DebitState::OpenItem { .. } => return Ok(()),
            }
        }
        let mut unit = Unit::new();
        if let Some(why) = refused {
            claim::fell_through(&self.book, ctx, &mut unit, &mut claim, why).await?;
            return self.keep_claim(unit).await;
        }
        let about = (claim.partner.as_str(), claim.amount);
        if !claim.is_payer && !self.is_told_made_good(ctx, case_id, about).await? {
            return Ok(());
        }
        let part = claim.parts(cause).bank;
        self.book_part(ctx, &claim, part).await?;
        claim::settle(&self.book, ctx, &mut unit, &mut claim, part).await?;
        if claim.is_payer {
            let stage = CaseStage::Paid { amount: claim.amount };
            unit.insert(&Event::case_shared(ctx, &claim.partner, case_id, stage));
        }
        self.keep_claim(unit).await
    }

    /// Our part comes off what the partner was charged with.
    async fn book_part(&self, ctx: &Ctx<'_>, claim: &Claim, part: Yen) -> Result<(), BankError> {
        if part.is_zero() {
            return Ok(());
        }
        let to = chart::partner_clearing(&claim.partner);
        let code = chart::CODE_COMPENSATION;
        let booked = Transfer::posted(claim.share_id(), chart::compensation(), to, part, code)
            .with_user_data(claim.case_id.bits());
        Ok(kanuki_desk::gate::create_transfer(&*self.ledger, booked, ctx.now).await?)
    }

    /// Writes `unit`; who was faster did the same.
    async fn keep_claim(&self, unit: Unit) -> Result<(), BankError> {
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Drives every claim that is being paid. Called by the worker.
    pub async fn recover_claims(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut driven: usize = 0;
        for claim in waiting::<Claim>(&self.book, "progress", "paying").await? {
            match self.drive_claim(ctx, claim.case_id).await {
                Ok(()) => driven = driven.saturating_add(1),
                Err(error) => tracing::warn!(%error, case = %claim.case_id, "a claim waits"),
            }
        }
        Ok(driven)
    }

    /// That somebody looked at what a claim could be about is written down.
    pub async fn read_claimable(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case: &Case,
    ) -> Result<Vec<(Debit, Yen)>, BankError> {
        let found = self.claimable(case).await?;
        if !found.is_empty() {
            let mut unit = Unit::new();
            unit.audit(AuditEntry::new(ctx.now, by, "claim.looked", case.case_id));
            self.book.commit(unit).await?;
        }
        Ok(found)
    }
}
