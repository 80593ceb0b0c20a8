//! A holder without a passkey looks at what is linked and stops it: by a call from the number on
//! file, a code from the bank's machine, or a letter.
//!
//! Such a proof can be talked out of somebody, so it shows and tightens (stop, lock, lower) and
//! never loosens; a passkey cannot be made of it either. Whoever is on file hears of each look.

use kanuki_desk::{
    case::{Case, CaseKind},
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    bank_account::AccountNumber,
    id::{CaseId, EnrolmentId, HolderId},
    mandate::StoppedBy,
    route::Route,
};
use kanuki_record::{AuditEntry, Stored, Unit};

use super::enrol::{Progress, Purpose};
use crate::{
    Bank, BankError,
    contract::Kind,
    lock::LockedBy,
    mandate::Mandate,
    stop::order::{Ordered, StopOrder},
};

/// What one press stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllStopped {
    /// The number under which staff and wallets know it.
    pub case_id: CaseId,
    /// Mandates that were going on.
    pub mandates: usize,
    /// Wallets' contracts that were made elsewhere.
    pub contracts: usize,
    /// Accounts that are locked against new links now.
    pub accounts: usize,
}

impl AllStopped {
    /// Nothing yet.
    pub(crate) const fn none(case_id: CaseId) -> Self {
        Self { case_id, mandates: 0, contracts: 0, accounts: 0 }
    }
}

impl Bank {
    /// Begins a look at an account that may not exist; the answer is what its page shows.
    pub async fn start_looking(
        &self,
        ctx: &Ctx<'_>,
        account: &AccountNumber,
        proof: Route,
        browser: &str,
    ) -> Result<(EnrolmentId, String), BankError> {
        if !proof.rests_on_a_code() {
            return Err(BankError::NotAvailable);
        }
        self.start_for(ctx, account, (proof, Purpose::Look), browser).await
    }

    /// The proof is there: whose accounts this browser may look at. It works once, and everybody on
    /// file is told that somebody looks.
    pub async fn finish_looking(
        &self,
        ctx: &Ctx<'_>,
        id: EnrolmentId,
        browser: &str,
    ) -> Result<HolderId, BankError> {
        let mut enrolment = self.enrolment(ctx, id, browser).await?;
        let is_proven =
            enrolment.progress == Progress::Proven && enrolment.purpose == Purpose::Look;
        let holder_id = enrolment.holder_id.filter(|_| is_proven).ok_or(BankError::NotAvailable)?;
        enrolment.edit().progress = Progress::Done;
        let route = enrolment.proof.name();
        let mut unit = Unit::new();
        unit.update(&enrolment)
            .audit(AuditEntry::new(ctx.now, holder_id, "holder.looked_in", id).with("by", route));
        self.tell_looked_in(ctx, &mut unit, holder_id).await?;
        self.book.commit(unit).await?;
        Ok(holder_id)
    }

    /// Adds to `unit` that every contact on file hears that somebody looks in.
    pub(crate) async fn tell_looked_in(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        holder_id: HolderId,
    ) -> Result<(), BankError> {
        let known = self.known(holder_id).await?;
        self.tell_without_code(unit, ctx, &known, &Content::new("looked_in"))
    }

    /// Stops everything that a wallet may take from a holder, and locks every account.
    ///
    /// The gates of what is linked first, which need no core. Then it is an order
    /// ([`StopOrder`]): the locks, so that no new link slips in; the links' records; what was linked
    /// elsewhere. Ordinary 口座振替 go on: rent and electricity are for their holder to end one by one.
    /// While the core is silent the order waits, and the answer is [`BankError::StoppedInPart`].
    pub async fn stop_everything(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
    ) -> Result<AllStopped, BankError> {
        let actor = holder_id.to_string();
        self.stop_everything_as(ctx, (holder_id, StoppedBy::Holder), (actor, None)).await
    }

    /// The same by whoever looks after the accounts, or by staff for a caller, of which `tells` then
    /// says which notice goes out beside those of each thing that stops.
    pub(crate) async fn stop_everything_as(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, by): (HolderId, StoppedBy),
        (actor, tells): (String, Option<&str>),
    ) -> Result<AllStopped, BankError> {
        self.close_every_gate(ctx, holder_id).await?;
        let case_id = self.case_of_all(ctx, holder_id).await?;
        let order = StopOrder {
            holder_id,
            what: Ordered::Everything { by },
            case_id,
            asked_at: ctx.now,
            tells: tells.map(str::to_owned),
            done_at: None,
        };
        self.write_order(ctx, &order, &actor).await?;
        self.carry_out_stop(ctx, &order).await
    }

    /// What of "everything" needs the core. Each step can be repeated.
    pub(crate) async fn stop_the_rest(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, by): (HolderId, StoppedBy),
        case_id: CaseId,
    ) -> Result<AllStopped, BankError> {
        let locked_by = match by {
            StoppedBy::Delegate => LockedBy::Delegate,
            StoppedBy::Holder | StoppedBy::Bank | StoppedBy::Wallet => LockedBy::Holder,
        };
        let known = self.known(holder_id).await?;
        let mut done = AllStopped::none(case_id);
        for account in &known.core.accounts {
            let account_id = self.account_id(&account.account);
            self.lock_own(ctx, (holder_id, locked_by), account_id).await?;
            done.accounts = done.accounts.saturating_add(1);
        }
        // With what was linked until the locks were there.
        for mandate in self.book.every::<Mandate>("holder_id", &holder_id.to_string()).await? {
            if mandate.state.is_alive() {
                self.suspend(ctx, mandate, by, Some(case_id)).await?;
                done.mandates = done.mandates.saturating_add(1);
            }
        }
        for contract in self.contracts_on(&known).await? {
            if contract.kind == Kind::WebKofuri && contract.standing.is_open() {
                self.end_contract(ctx, (holder_id, by), contract.contract_id).await?;
                done.contracts = done.contracts.saturating_add(1);
            }
        }
        Ok(done)
    }

    /// The case, if it is about everything of this holder and still open.
    pub async fn own_case(
        &self,
        holder_id: HolderId,
        case_id: CaseId,
    ) -> Result<Option<CaseId>, BankError> {
        let found = self.book.find::<Case>(case_id).await?;
        let is_own = |case: &Case| case.about == holder_id.to_string() && case.closed_at.is_none();
        Ok(found.filter(|case| is_own(case)).map(|case| case.case_id))
    }

    /// The open case about everything of a holder, made now if there is none.
    pub(crate) async fn case_of_all(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
    ) -> Result<CaseId, BankError> {
        let about = holder_id.to_string();
        let all = self.book.list::<Case>("about", &about).await?;
        let open = all.into_iter().map(Stored::into_inner).find(|case| case.closed_at.is_none());
        if let Some(open) = open {
            return Ok(open.case_id);
        }
        let case = Case::open(ctx, CaseKind::NotMe, &about, Some(about.clone()));
        let mut unit = Unit::new();
        unit.insert(&case);
        unit.audit(
            AuditEntry::new(ctx.now, holder_id, "case.opened", case.case_id).with("about", &about),
        );
        self.book.commit(unit).await?;
        Ok(case.case_id)
    }
}
