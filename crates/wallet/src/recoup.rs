//! What a thief's wallet still holds after we have paid its victim comes back to us.
//!
//! ```text
//!  one person asks ─▶ proposed ─ another agrees ─▶ requested ─ the ledger ─▶ posted, or refused
//!                        └── declined
//! ```
//!
//! The victim has their money, of ours; what is left of it lies frozen in the wallet that took it. Two
//! people book it against what we have borne (`chart::compensation`): never more than our part of that
//! one claim, however many ask at once, because what was agreed to is counted in the claim's row; never
//! more than what of the claimed top-ups can still be there, because what came from elsewhere is the
//! wallet's owner's (`taken`); never on the word of the owner alone, who is a victim; and once, because
//! the transfer's id follows from the row's. A wallet goes on only once none is under way. Money that leaves a wallet without its owner's signature is told to them:
//! whoever it was taken from by mistake must be able to say so.

use jiff::Timestamp;
use kanuki_desk::{
    approval::Approval,
    case::Case,
    claim::Claim,
    gate::Gate,
    never::{self, Closed},
    outbox::Content,
};
use kanuki_domain::{
    Ctx, Yen,
    claim::ClaimState,
    id::{ApprovalId, CaseId, CustomerId, RecoupId, StaffId, WalletId},
};
use kanuki_ledger::Transfer;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use crate::{
    Customer, Refusal, Wallet, WalletError, chart,
    movement::{Guards, post_id},
};

/// The act that two members of staff agree on.
pub const RECOUP: &str = "wallet.recoup";

/// Where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RecoupState {
    /// One member of staff wants it.
    Proposed,
    /// Another did not agree.
    Declined {
        /// When.
        at: Timestamp,
    },
    /// Two agreed; the ledger may or may not have it.
    Requested,
    /// It is booked.
    Posted {
        /// When.
        at: Timestamp,
    },
    /// No money moved, and none will.
    Refused {
        /// Why.
        reason: Refusal,
        /// When.
        at: Timestamp,
    },
}

/// Money that comes back to us from a frozen wallet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recoup {
    /// Its name.
    pub recoup_id: RecoupId,
    /// The case whose claim was paid.
    pub case_id: CaseId,
    /// Whose wallet.
    pub customer_id: CustomerId,
    /// From which wallet.
    pub wallet_id: WalletId,
    /// How much.
    pub amount: Yen,
    /// Where it is.
    pub state: RecoupState,
    /// When it was asked for.
    pub asked_at: Timestamp,
}

record! { Recoup => "recoup" by |r| r.recoup_id.to_string();
    many case_id = |r| Some(r.case_id.to_string());
    many state = |r| Some(r.state_name().to_owned());
}

impl Recoup {
    /// As part of text keys.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self.state {
            RecoupState::Proposed => "proposed",
            RecoupState::Declined { .. } => "declined",
            RecoupState::Requested => "open",
            RecoupState::Posted { .. } => "posted",
            RecoupState::Refused { .. } => "refused",
        }
    }
}

/// What of our part of a claim has not come back, and was not agreed to come back.
fn left_of(claim: &Claim) -> Yen {
    let ClaimState::Paid { cause, .. } = claim.state else { return Yen::ZERO };
    claim.parts(cause).wallet.minus_or_zero(claim.recouped)
}

impl Wallet {
    /// How much could come back to us now for a case: what of our part is not back, and what of the
    /// claimed top-ups can still be in the wallet. Nothing where the victim was not paid, where the
    /// wallet is not frozen, or where its owner is who said "not me".
    pub async fn recoupable(&self, ctx: &Ctx<'_>, case: &Case) -> Result<Yen, WalletError> {
        let Some(claim) = self.claim_of_case(case.case_id).await? else { return Ok(Yen::ZERO) };
        let left = left_of(&claim);
        if left.is_zero() {
            return Ok(Yen::ZERO);
        }
        let Some(customer) = self.taker_of(case).await? else { return Ok(Yen::ZERO) };
        Ok(left.min(self.unagreed(ctx, &claim, &customer).await?))
    }

    /// What of a claim's top-ups can still be there, less what was agreed to and is not booked yet.
    async fn unagreed(
        &self,
        ctx: &Ctx<'_>,
        claim: &Claim,
        customer: &Customer,
    ) -> Result<Yen, WalletError> {
        let there = self.still_there(ctx, claim, customer).await?;
        let all = self.recoups_of(claim.case_id).await?.into_iter();
        let agreed = all.filter(|recoup| recoup.state == RecoupState::Requested);
        Ok(agreed.fold(there, |left, recoup| left.minus_or_zero(recoup.amount)))
    }

    /// One member of staff asks that `amount` come back to us.
    pub async fn propose_recoup(
        &self,
        ctx: &Ctx<'_>,
        (by, reason): (StaffId, &str),
        (case_id, amount): (CaseId, Yen),
    ) -> Result<ApprovalId, WalletError> {
        let mut case = self.load::<Case>(case_id).await?;
        let customer = self.taker_of(&case).await?.ok_or(WalletError::NotAvailable)?;
        if amount.is_zero() || amount > self.recoupable(ctx, &case).await? {
            return Err(WalletError::Amount);
        }
        let recoup = Recoup {
            recoup_id: RecoupId::generate(ctx),
            case_id,
            customer_id: customer.customer_id,
            wallet_id: customer.wallet_id,
            amount,
            state: RecoupState::Proposed,
            asked_at: ctx.now,
        };
        let approval = Approval::ask(ctx, by, RECOUP, recoup.recoup_id, reason);
        case.edit().note(ctx.now, by, format!("=recoup_asked|{}", recoup.recoup_id));
        let mut unit = Unit::new();
        unit.insert(&recoup).insert(&approval).update(&case).audit(
            AuditEntry::new(ctx.now, by, "recoup.asked", recoup.recoup_id)
                .with("case", case_id)
                .with("amount", amount.amount())
                .with("reason", reason),
        );
        self.book.commit(unit).await?;
        Ok(approval.approval_id)
    }

    /// What came back to us for a case, or is asked to, newest first.
    pub async fn recoups_of(&self, case_id: CaseId) -> Result<Vec<Recoup>, WalletError> {
        let all = self.book.list::<Recoup>("case_id", &case_id.to_string()).await?;
        Ok(all.into_iter().map(Stored::into_inner).collect())
    }

    /// The recoup that an approval is about.
    pub async fn recoup_for(&self, approval: &Approval) -> Result<Option<Recoup>, WalletError> {
        let Some(id) = recoup_id(approval) else { return Ok(None) };
        Ok(Some(self.load::<Recoup>(id).await?.into_inner()))
    }

    /// The second person agreed, in `unit`: what is taken is counted in the claim in the same unit, so
    /// that however many of these meet, they are never more than our part. The customer's row is written
    /// as it is: who lets the wallet go on at this moment, or this, has to begin again.
    pub(crate) async fn begin_recoup(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        (by, approval): (StaffId, &Approval),
    ) -> Result<(), WalletError> {
        let id = recoup_id(approval).ok_or(WalletError::NotAvailable)?;
        let mut recoup = self.load::<Recoup>(id).await?;
        let case = self.load::<Case>(recoup.case_id).await?;
        let mut claim = self.load::<Claim>(recoup.case_id).await?;
        let customer = self.taker_of(&case).await?.ok_or(WalletError::NotAvailable)?;
        let is_theirs = customer.customer_id == recoup.customer_id;
        if recoup.state != RecoupState::Proposed || !is_theirs {
            return Err(WalletError::NotAvailable);
        }
        let most = left_of(&claim).min(self.unagreed(ctx, &claim, &customer).await?);
        if recoup.amount > most {
            return Err(WalletError::Amount);
        }
        let back = claim.recouped.plus(recoup.amount).map_err(|_| WalletError::Amount)?;
        claim.edit().recouped = back;
        recoup.edit().state = RecoupState::Requested;
        unit.update(&customer).update(&claim).update(&recoup).audit(
            AuditEntry::new(ctx.now, by, "recoup.agreed", id)
                .with("case", recoup.case_id)
                .with("amount", recoup.amount.amount())
                .with("asked_by", approval.asked_by),
        );
        self.book.commit(unit).await?;
        // The worker goes on if this cannot.
        if let Err(error) = self.drive_recoup(ctx, id).await {
            tracing::warn!(%error, recoup.id = %id, "a recoup waits");
        }
        Ok(())
    }

    /// Somebody declined it, in `unit`, if the approval is about one.
    pub(crate) async fn drop_recoup(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        approval: &Approval,
    ) -> Result<(), WalletError> {
        let Some(id) = recoup_id(approval) else { return Ok(()) };
        let mut recoup = self.load::<Recoup>(id).await?;
        recoup.edit().state = RecoupState::Declined { at: ctx.now };
        unit.update(&recoup);
        Ok(())
    }

    /// Takes a recoup that two people agreed to to its end. Calling it twice, or from two places, is
    /// fine.
    pub async fn drive_recoup(&self, ctx: &Ctx<'_>, id: RecoupId) -> Result<Recoup, WalletError> {
        let recoup = self.load::<Recoup>(id).await?;
        if recoup.state != RecoupState::Requested {
            return Ok(recoup.into_inner());
        }
        let name = id.to_string();
        let (from, to) = (chart::customer(recoup.wallet_id), chart::compensation());
        let code = chart::MOVED_COMPENSATION;
        let money = Transfer::posted(post_id(&name), from, to, recoup.amount, code)
            .with_user_data(recoup.case_id.bits());
        // The wallet's own gate is closed, which is why the money is still there.
        let guards = Guards { gates: vec![Gate::everything()], limits: &[] };
        let made = match self.may_take(ctx, &recoup).await? {
            Ok(()) => self.make_chain(ctx, &guards, &name, recoup.amount, vec![money]).await?,
            // Booked before a crash, or never.
            Err(reason) => {
                let accounts = (money.debit_account, money.credit_account);
                match never::close(&*self.ledger, money.id, accounts, code, ctx.now).await? {
                    Closed::Moved => Ok(()),
                    Closed::Never => Err(reason),
                }
            }
        };
        let ended = self.end_recoup(ctx, recoup, made).await;
        match ended {
            // Somebody else drove it: what they wrote counts.
            Err(WalletError::Record(RecordError::Conflict { .. })) => {
                Ok(self.load::<Recoup>(id).await?.into_inner())
            }
            other => other,
        }
    }

    /// Whether what two people agreed to still holds when it is booked.
    async fn may_take(
        &self,
        ctx: &Ctx<'_>,
        recoup: &Recoup,
    ) -> Result<Result<(), Refusal>, WalletError> {
        let customer = self.customer(recoup.customer_id).await?;
        if customer.frozen.is_none() {
            return Ok(Err(Refusal::NotActive));
        }
        let claim = self.load::<Claim>(recoup.case_id).await?;
        let there = self.still_there(ctx, &claim, &customer).await?;
        Ok(if recoup.amount > there { Err(Refusal::NotEnoughMoney) } else { Ok(()) })
    }

    /// Refuses to let a wallet go on while money that two people agreed to is on its way out of it.
    /// The worker ends that soon, and then it may.
    pub(crate) async fn require_no_recoup(&self, id: CustomerId) -> Result<(), WalletError> {
        let open = self.book.every::<Recoup>("state", "open").await?;
        if open.iter().any(|recoup| recoup.customer_id == id) {
            return Err(WalletError::NotAvailable);
        }
        Ok(())
    }

    async fn end_recoup(
        &self,
        ctx: &Ctx<'_>,
        mut recoup: Stored<Recoup>,
        made: Result<(), Refusal>,
    ) -> Result<Recoup, WalletError> {
        let (id, amount) = (recoup.recoup_id, recoup.amount);
        let mut unit = Unit::new();
        let mut case = self.load::<Case>(recoup.case_id).await?;
        let act = match made {
            Ok(()) => {
                recoup.edit().state = RecoupState::Posted { at: ctx.now };
                case.edit().note(ctx.now, "system", format!("=recouped|{amount}"));
                let known = self.known(recoup.customer_id).await?;
                let content = Content::new("recouped").with("amount", amount);
                self.tell(&mut unit, ctx, &known, content)?;
                "recoup.posted"
            }
            Err(reason) => {
                recoup.edit().state = RecoupState::Refused { reason, at: ctx.now };
                let why = reason.name();
                case.edit().note(ctx.now, "system", format!("=recoup_refused|{why}"));
                // It did not come back, so it is left to come.
                let mut claim = self.load::<Claim>(recoup.case_id).await?;
                let back = claim.recouped.minus_or_zero(amount);
                claim.edit().recouped = back;
                unit.update(&claim);
                "recoup.refused"
            }
        };
        unit.update(&recoup).update(&case).audit(
            AuditEntry::new(ctx.now, "system", act, id)
                .with("case", recoup.case_id)
                .with("amount", amount.amount()),
        );
        self.book.commit(unit).await?;
        Ok(recoup.into_inner())
    }

    /// The customer of a case whose wallet took what its claim is about, if that is frozen. Nobody where
    /// the case is their own word: they are its victim.
    async fn taker_of(&self, case: &Case) -> Result<Option<Stored<Customer>>, WalletError> {
        let id = case.person_id.as_deref().and_then(|id| id.parse::<CustomerId>().ok());
        let Some(id) = id else { return Ok(None) };
        if !self.origin_of(case).await?.is_against_owner() {
            return Ok(None);
        }
        let customer = self.customer(id).await?;
        Ok(Some(customer).filter(|customer| customer.frozen.is_some()))
    }
}

fn recoup_id(approval: &Approval) -> Option<RecoupId> {
    if approval.act == RECOUP { approval.subject.parse().ok() } else { None }
}
