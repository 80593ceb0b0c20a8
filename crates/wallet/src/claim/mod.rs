//! A victim gets back what a wallet of ours took from their bank account, and each company bears its
//! part (FT-28).
//!
//! ```text
//!  two people agree ─▶ each top-up is given back, of our money ─▶ the bank's part is booked ─▶ paid
//!                                 └── refused ─▶ it is looked into again
//! ```
//!
//! Where the policy says that we pay first, each top-up goes back to where it came from as a refund
//! does (`refund`), with our money instead of the wallet's: unknown answers stay states and the
//! workers go on. Then the bank owes us its part. Where the bank pays, we book our part when we were
//! told that the victim has the money.

mod borne;
mod confirmed;
mod late;
mod shown;

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
    bank_account::BankCode,
    claim::ClaimState,
    compensation::Policy,
    id::{ApprovalId, CaseId, CustomerId, LinkId, RefundId, StaffId, TopupId},
    risk_record::RiskRecord,
};
use kanuki_ledger::Transfer;
use kanuki_record::{RecordError, Stored, Unit};
use kanuki_wire::set::CaseStage;

use crate::{
    Wallet, WalletError, chart,
    link::Link,
    refund::{Refund, RefundState, left_of},
    topup::{Topup, TopupState},
};

/// A top-up that was booked, as a case sees it.
#[derive(Clone, Debug)]
pub struct Booked {
    /// What was booked.
    pub topup: Topup,
    /// What of it is not back at its account.
    pub left: Yen,
    /// The case names it, or the link it came by.
    pub is_named: bool,
}

impl Wallet {
    /// The policy in force.
    pub async fn compensation(&self) -> Result<Policy, WalletError> {
        Ok(compensation::in_force(&self.book).await?.0)
    }

    /// Asks that a policy be put in force. One that says something else than what was agreed with a
    /// bank is refused: two companies would tell a victim two things. One that makes good less than the
    /// one in force needs a record of its risks.
    pub async fn propose_compensation(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        read: (Policy, &str),
        (reason, record): (&str, Option<RiskRecord>),
    ) -> Result<ApprovalId, Refused> {
        let banks = self.partners().await.map_err(|_| Refused::Known)?;
        for bank in banks {
            if !read.0.contradicts(&bank.agreement.compensation).is_empty() {
                return Err(Refused::Gaps);
            }
        }
        let weighed = Weighed { record, partners: self.asked_partners().await? };
        compensation::propose((&self.book, ctx), by, read, reason, &weighed).await
    }

    /// The top-ups of a case's customer that could come back to the account they were taken from, with
    /// how much is left of each.
    pub async fn claimable(&self, case: &Case) -> Result<Vec<(Topup, Yen)>, WalletError> {
        let Some(customer) = customer_of(case) else { return Ok(Vec::new()) };
        self.refundable(customer).await
    }

    /// Every top-up of a case's customer that was booked: what of it is not back, and whether the case
    /// names it, or the link it came by. Honest ones are among them: what was taken is what a claim is
    /// about, or what the case names or staff choose.
    pub async fn booked_topups(&self, case: &Case) -> Result<Vec<Booked>, WalletError> {
        let Some(customer) = customer_of(case) else { return Ok(Vec::new()) };
        let key = customer.to_string();
        let links = self.book.every::<Link>("customer_id", &key).await?;
        let named: Vec<LinkId> = links
            .iter()
            .filter(|link| case.about == link.mandate_id.to_string())
            .map(|link| link.link_id)
            .collect();
        let all = self.book.every::<Topup>("customer_id", &key).await?;
        let all = all.into_iter().map(Stored::into_inner);
        let booked = all.filter(|topup| matches!(topup.state, TopupState::Posted { .. }));
        Ok(booked
            .map(|topup| Booked {
                left: left_of(&topup),
                is_named: named.contains(&topup.link_id)
                    || case.about == topup.topup_id.to_string(),
                topup,
            })
            .collect())
    }

    /// Opens the claim of a case: for these top-ups where we pay, for what the bank told where it does.
    pub async fn open_claim(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        chosen: &[String],
    ) -> Result<(), WalletError> {
        let policy = self.compensation().await?;
        let case = self.load::<Case>(case_id).await?;
        let mut unit = Unit::new();
        let new = if policy.split.pays_first == Some(Side::Wallet) {
            let new = self.lost(&case, chosen).await?;
            self.tell_disputed(ctx, &mut unit, case_id, &new).await?;
            new
        } else {
            self.told(&case).await?
        };
        Ok(claim::open(&self.book, ctx, unit, (by, case_id), (&policy, new)).await?)
    }

    /// Adds to `unit` that the bank is told which debit was not its holder's: of each link the first,
    /// because whoever hears it stops the link, and the case's number stands for the rest.
    async fn tell_disputed(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        case_id: CaseId,
        new: &NewClaim,
    ) -> Result<(), WalletError> {
        let mut told = BTreeSet::new();
        for (key, _) in &new.lost {
            let topup = self.load::<Topup>(key).await?;
            if told.insert(topup.link_id) {
                let link = self.load::<Link>(topup.link_id).await?;
                self.queue_disputed(ctx, unit, &link, (topup.topup_id, case_id)).await?;
            }
        }
        Ok(())
    }

    async fn lost(&self, case: &Case, chosen: &[String]) -> Result<NewClaim, WalletError> {
        let mut lost = Vec::new();
        let mut partner = None;
        for (topup, left) in self.claimable(case).await? {
            if !chosen.contains(&topup.topup_id.to_string()) {
                continue;
            }
            // One claim is between two companies.
            if *partner.get_or_insert(topup.bank) != topup.bank {
                return Err(WalletError::Amount);
            }
            lost.push((topup.topup_id.to_string(), left));
        }
        let partner = partner.filter(|_| lost.len() == chosen.len()).ok_or(WalletError::Amount)?;
        Ok(NewClaim { partner: partner.to_string(), is_payer: true, lost, told: Yen::ZERO })
    }

    /// The words of those who have to do with a case, that the victim has the money. Whoever else says
    /// so is not heard, and is in nobody's way.
    async fn words(&self, case: &Case) -> Result<Vec<ToldPaid>, WalletError> {
        let mut banks = claim::named(&self.book, case).await?;
        if let Some(customer) = customer_of(case) {
            let links = self.book.every::<Link>("customer_id", &customer.to_string()).await?;
            banks.extend(links.iter().map(|link| link.bank.to_string()));
        }
        let mut words = Vec::new();
        for bank in banks {
            words.extend(claim::told(&self.book, case.case_id, &bank).await?);
        }
        words.sort_by_key(|word| word.at);
        Ok(words)
    }

    /// What a bank says that it paid is never more than what came from there into this wallet and was
    /// shared by no claim before.
    async fn told(&self, case: &Case) -> Result<NewClaim, WalletError> {
        let words = self.words(case).await?;
        if words.is_empty() {
            return Err(WalletError::NotAvailable);
        }
        for ToldPaid { partner, amount: told, .. } in words {
            let mut most = Yen::ZERO;
            for (_, left) in self.unborne(case, &partner).await? {
                most = most.plus(left).map_err(|_| WalletError::Amount)?;
            }
            if told <= most {
                return Ok(NewClaim { partner, is_payer: false, lost: Vec::new(), told });
            }
        }
        Err(WalletError::Amount)
    }

    /// The claim of a case.
    pub async fn claim_of_case(&self, case_id: CaseId) -> Result<Option<Claim>, WalletError> {
        Ok(claim::find(&self.book, case_id).await?)
    }

    /// Whether a bank told that the victim of this case has the money.
    pub async fn is_told_paid(&self, case_id: CaseId) -> Result<Option<Yen>, WalletError> {
        let case = self.load::<Case>(case_id).await?;
        Ok(self.words(&case).await?.first().map(|word| word.amount))
    }

    /// Whether the other company says of any number of this matter that the victim has the money.
    pub(crate) async fn is_paid_there(&self, case: &Case) -> Result<bool, WalletError> {
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
    ) -> Result<Option<ApprovalId>, WalletError> {
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
    ) -> Result<(), WalletError> {
        Ok(second_look::ask(&self.book, ctx, (by, case_id), reason).await?)
    }

    /// The same, by whoever has the number and the code of a report. False where those are wrong.
    pub async fn look_again_by_code(
        &self,
        ctx: &Ctx<'_>,
        number: &str,
        code: &str,
    ) -> Result<bool, WalletError> {
        Ok(second_look::ask_by_code(&self.book, &self.vault, ctx, (number, code)).await?)
    }

    /// Refuses where the records do not show any more what a refusal was asked by.
    async fn require_shown(&self, approval: &Approval) -> Result<(), WalletError> {
        let asked = claim::refusal(&self.book, approval).await?;
        let Some((claim, evidence, reference)) = asked else { return Ok(()) };
        if self.shows(&claim, evidence, &reference).await? {
            return Ok(());
        }
        Err(DeskError::NotShown.into())
    }

    /// A second person decided, in `unit`; where they agreed, the money goes.
    pub(crate) async fn decide_claim(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        (by, approval): (StaffId, &Approval),
        agrees: bool,
    ) -> Result<(), WalletError> {
        if agrees {
            self.require_shown(approval).await?;
        }
        let decided = claim::decide(&self.book, ctx, &mut unit, (by, approval), agrees).await;
        let mut claim = decided?;
        let is_paying = matches!(claim.state, ClaimState::Paying { .. });
        if is_paying && claim.is_payer {
            self.write_refunds(ctx, &mut unit, &mut claim, approval).await?;
        } else if is_paying {
            claim.edit().borne = self.bear(&mut unit, &claim).await?;
        }
        if is_paying {
            self.note_frauds(ctx, &mut unit, &claim).await?;
        }
        let case_id = claim.case_id;
        unit.update(&claim);
        claim::commit(&self.book, unit).await?;
        if is_paying && let Err(error) = self.drive_claim(ctx, case_id).await {
            tracing::warn!(%error, case = %case_id, "a claim waits for the worker");
        }
        Ok(())
    }

    /// Adds to `unit` a refund for each item, with our money. What of a top-up comes back is taken from
    /// what is left of it in the same unit, so that it never comes back twice. What went back in between
    /// is paid by nobody again, and keeps nobody from the rest.
    async fn write_refunds(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        claim: &mut Stored<Claim>,
        approval: &Approval,
    ) -> Result<(), WalletError> {
        let case_id = claim.case_id;
        let mut items = Vec::new();
        for mut item in claim.items.clone() {
            if item.is_paid {
                items.push(item);
                continue;
            }
            let id: TopupId = item.movement.parse().map_err(|_| WalletError::NotAvailable)?;
            let mut topup = self.load::<Topup>(id).await?;
            item.amount = item.amount.min(left_of(&topup));
            if item.amount.is_zero() {
                continue;
            }
            let back = topup.refunded.plus(item.amount).map_err(|_| WalletError::Amount)?;
            topup.edit().refunded = back;
            let refund = Refund {
                refund_id: RefundId::generate(ctx),
                topup_id: id,
                customer_id: topup.customer_id,
                wallet_id: topup.wallet_id,
                bank: topup.bank,
                amount: item.amount,
                case_id,
                proposed_by: approval.asked_by,
                proposed_at: approval.asked_at,
                state: RefundState::Requested,
                asking_since: None,
                asked: 0,
                next_at: ctx.now,
                claim: Some(case_id),
            };
            item.payment = Some(refund.refund_id.to_string());
            unit.update(&topup).insert(&refund);
            items.push(item);
        }
        if items.is_empty() {
            // All of it is back: that is what the claim is refused by.
            return Err(WalletError::Amount);
        }
        Ok(claim::lower(ctx, unit, claim, items)?)
    }

    /// Takes a claim that two people agreed to one step or all the way. Calling it twice is fine.
    pub async fn drive_claim(&self, ctx: &Ctx<'_>, case_id: CaseId) -> Result<(), WalletError> {
        let mut claim = self.load::<Claim>(case_id).await?;
        let ClaimState::Paying { cause, .. } = claim.state else { return Ok(()) };
        let mut refused = None;
        for item in claim.edit().items.iter_mut().filter(|item| !item.is_paid) {
            let id = item.payment.as_deref().and_then(|id| id.parse::<RefundId>().ok());
            let refund = self.drive_refund(ctx, id.ok_or(WalletError::NotAvailable)?).await?;
            match refund.state {
                RefundState::Posted { .. } => item.is_paid = true,
                RefundState::Refused { reason, .. } => refused = Some(reason.name()),
                RefundState::Proposed
                | RefundState::Declined { .. }
                | RefundState::Requested
                | RefundState::Asking
                | RefundState::GivingUp { .. }
                | RefundState::OpenItem { .. } => return Ok(()),
            }
        }
        let mut unit = Unit::new();
        if let Some(why) = refused {
            claim::fell_through(&self.book, ctx, &mut unit, &mut claim, why).await?;
            return self.keep_claim(unit).await;
        }
        let parts = claim.parts(cause);
        let bank: BankCode =
            BankCode::parse(&claim.partner).map_err(|_| WalletError::NotAvailable)?;
        self.book_part(ctx, &claim, bank, (parts.wallet, parts.bank)).await?;
        claim::settle(&self.book, ctx, &mut unit, &mut claim, parts.wallet).await?;
        if claim.is_payer {
            let stage = CaseStage::Paid { amount: claim.amount };
            self.queue_case(ctx, &mut unit, bank, (case_id, stage)).await?;
        }
        self.keep_claim(unit).await
    }

    /// Where we paid it all, the bank owes us its part; where the bank did, we owe it ours.
    async fn book_part(
        &self,
        ctx: &Ctx<'_>,
        claim: &Claim,
        bank: BankCode,
        (ours, theirs): (Yen, Yen),
    ) -> Result<(), WalletError> {
        let (clearing, borne) = (chart::bank_clearing(bank), chart::compensation());
        let (debit, credit, amount) =
            if claim.is_payer { (clearing, borne, theirs) } else { (borne, clearing, ours) };
        if amount.is_zero() {
            return Ok(());
        }
        let code = chart::MOVED_COMPENSATION;
        let booked = Transfer::posted(claim.share_id(), debit, credit, amount, code)
            .with_user_data(claim.case_id.bits());
        Ok(kanuki_desk::gate::create_transfer(&*self.ledger, booked, ctx.now).await?)
    }

    /// Writes `unit`; who was faster did the same.
    async fn keep_claim(&self, unit: Unit) -> Result<(), WalletError> {
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn customer_of(case: &Case) -> Option<CustomerId> {
    case.person_id.as_deref().and_then(|id| id.parse().ok())
}
