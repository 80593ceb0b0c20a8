//! Kill switches: one person closes, two open. They cover old links too (the 10 September case).

use kanuki_desk::{
    approval::{Approval, ApprovalState},
    gate::Gate,
};
use kanuki_domain::{
    Ctx,
    bank_account::BankCode,
    id::{ApprovalId, LinkId, StaffId, WalletId},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use crate::{Wallet, WalletError, freeze::UNFREEZE};

/// What can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Every movement of everybody.
    Everything,
    /// Every top-up, payout and new link at one bank.
    Bank(BankCode),
    /// One connected account.
    Link(LinkId),
    /// One person's wallet.
    Wallet(WalletId),
}

/// The kinds, as the desk's form and the approval's act name them.
pub const SWITCHES: [&str; 4] = ["everything", "bank", "link", "wallet"];

impl Switch {
    /// Reads the form of the desk.
    pub fn parse(kind: &str, id: &str) -> Option<Self> {
        match kind {
            "everything" => Some(Self::Everything),
            "bank" => BankCode::parse(id).ok().map(Self::Bank),
            "link" => id.parse().ok().map(Self::Link),
            "wallet" => id.parse().ok().map(Self::Wallet),
            _ => None,
        }
    }

    fn gate(self) -> Gate {
        match self {
            Self::Everything => Gate::everything(),
            Self::Bank(code) => Gate::of("bank", code),
            Self::Link(id) => Gate::of("link", id),
            Self::Wallet(id) => Gate::of("wallet", id),
        }
    }

    fn subject(self) -> String {
        match self {
            Self::Everything => "everything".to_owned(),
            Self::Bank(code) => code.to_string(),
            Self::Link(id) => id.to_string(),
            Self::Wallet(id) => id.to_string(),
        }
    }

    const fn act(self) -> &'static str {
        match self {
            Self::Everything => "everything.release",
            Self::Bank(_) => "bank.release",
            Self::Link(_) => "link.release",
            Self::Wallet(_) => "wallet.release",
        }
    }

    fn of_act(act: &str, subject: &str) -> Option<Self> {
        Self::parse(act.strip_suffix(".release")?, subject)
    }
}

impl Wallet {
    /// Whether a switch is off.
    pub async fn is_stopped(&self, ctx: &Ctx<'_>, switch: Switch) -> Result<bool, WalletError> {
        Ok(switch.gate().is_closed(&*self.ledger, ctx.now).await?)
    }

    /// Stops it, at once, by one person.
    pub async fn pull_switch(
        &self,
        ctx: &Ctx<'_>,
        staff: StaffId,
        switch: Switch,
        reason: &str,
    ) -> Result<(), WalletError> {
        switch.gate().close(&*self.ledger, ctx.now).await?;
        let mut unit = Unit::new();
        unit.audit(
            AuditEntry::new(ctx.now, staff, "switch.closed", switch.subject())
                .with("gate", switch.gate().name())
                .with("reason", reason),
        );
        Ok(self.book.commit(unit).await?)
    }

    /// Asks to let it go on; a second person must agree.
    pub async fn ask_release(
        &self,
        ctx: &Ctx<'_>,
        staff: StaffId,
        switch: Switch,
        reason: &str,
    ) -> Result<ApprovalId, WalletError> {
        if let Switch::Wallet(wallet_id) = switch
            && self.customer_of(wallet_id).await?.frozen.is_some()
        {
            // A frozen wallet's way back begins with its customer.
            return Err(WalletError::NotAvailable);
        }
        let approval = Approval::ask(ctx, staff, switch.act(), switch.subject(), reason);
        let mut unit = Unit::new();
        unit.insert(&approval).audit(
            AuditEntry::new(ctx.now, staff, "release.asked", switch.subject())
                .with("approval", approval.approval_id),
        );
        match self.book.commit(unit).await {
            Ok(()) => Ok(approval.approval_id),
            Err(RecordError::Duplicate { .. }) => Err(WalletError::NotAvailable),
            Err(error) => Err(error.into()),
        }
    }

    /// Requests that wait for a second person.
    pub async fn waiting_approvals(&self) -> Result<Vec<Stored<Approval>>, WalletError> {
        Ok(self.book.list::<Approval>("state", "waiting").await?)
    }

    /// A second person agrees, and it is done.
    pub async fn approve(
        &self,
        ctx: &Ctx<'_>,
        staff: StaffId,
        approval_id: ApprovalId,
    ) -> Result<(), WalletError> {
        let mut approval = self.load::<Approval>(approval_id).await?;
        approval.edit().approve(staff, ctx.now)?;
        let mut unit = Unit::new();
        unit.update(&approval).audit(
            AuditEntry::new(ctx.now, staff, "approval.approved", &approval.subject)
                .with("approval", approval_id)
                .with("act", &approval.act),
        );
        if approval.act == UNFREEZE {
            let wallet_id = approval.subject.parse().map_err(|_| WalletError::NotAvailable)?;
            return self.unfreeze(ctx, unit, staff, wallet_id).await;
        }
        let switch = Switch::of_act(&approval.act, &approval.subject);
        let switch = switch.ok_or(WalletError::NotAvailable)?;
        self.book.commit(unit).await?;
        switch.gate().open(&*self.ledger, ctx.now).await?;
        Ok(())
    }

    /// Anybody declines.
    pub async fn decline(
        &self,
        ctx: &Ctx<'_>,
        staff: StaffId,
        approval_id: ApprovalId,
    ) -> Result<(), WalletError> {
        let mut approval = self.load::<Approval>(approval_id).await?;
        approval.edit().decline(staff, ctx.now)?;
        let mut unit = Unit::new();
        unit.update(&approval).audit(
            AuditEntry::new(ctx.now, staff, "approval.declined", &approval.subject)
                .with("approval", approval_id),
        );
        Ok(self.book.commit(unit).await?)
    }

    /// Opens the gates of what was approved in the last while: a crash may have come between the
    /// record and the ledger. Not for what has been closed again since, so the newest word counts.
    pub(crate) async fn finish_releases(&self, ctx: &Ctx<'_>) -> Result<(), WalletError> {
        for approval in self.book.list::<Approval>("state", "decided").await?.into_iter().take(50) {
            let ApprovalState::Approved { at, .. } = approval.state else { continue };
            if ctx.now.duration_since(at).as_secs() > RECENT_SECS {
                continue;
            }
            let wallet = approval.subject.parse::<WalletId>().ok();
            if approval.act == UNFREEZE
                && let Some(wallet_id) = wallet
                && self.customer_of(wallet_id).await?.frozen.is_none()
            {
                Gate::of("wallet", wallet_id).open(&*self.ledger, ctx.now).await?;
            }
        }
        Ok(())
    }
}

/// How long after an approval a crash is looked for.
const RECENT_SECS: i64 = 120;
