//! Kill switches: one person closes, two open. They cover old links too (the 10 September case).

use kanuki_desk::{
    approval::{Approval, ApprovalState},
    claim, compensation,
    gate::Gate,
    reopen::{self, Opening, Reach, Refused},
    risk_record::{self, review::REVIEW},
    settings,
    signal::{caution, halt},
    staff::require_not_left,
};
use kanuki_domain::{
    Ctx,
    bank_account::BankCode,
    id::{ApprovalId, LinkId, StaffId, WalletId},
    limits::DAY_SECS,
    risk_record::RiskRecord,
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::set::StopReason;
use serde::{Deserialize, Serialize};

use super::{held::HELD_RELEASE, risk};
use crate::{
    Wallet, WalletError,
    customer::{strange::THEIRS, wallet_switch},
    freeze::UNFREEZE,
    link::link_switch,
    partner::REMOVE,
    payout::by_hand::{NOT_PAID, PAID},
    recoup::RECOUP,
    refund::REFUND,
};

/// What can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
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

    /// Its name: as its gate is named.
    #[must_use]
    pub fn name(self) -> String {
        self.gate().name().to_owned()
    }

    pub(crate) fn gate(self) -> Gate {
        match self {
            Self::Everything => Gate::everything(),
            Self::Bank(code) => Gate::of("bank", code),
            // Not the gate of the link's own state: what staff closed, no bank opens.
            Self::Link(id) => link_switch(id),
            // Nor that of the wallet's freeze, which ends with an unfreezing.
            Self::Wallet(id) => wallet_switch(id),
        }
    }

    /// What it stops, by its number.
    #[must_use]
    pub fn number(self) -> String {
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

    /// Its opening.
    #[must_use]
    pub fn opening(self) -> Opening {
        let reach = match self {
            Self::Everything => Reach::Everybody,
            Self::Bank(code) => Reach::Partner(code.to_string()),
            Self::Link(_) | Self::Wallet(_) => Reach::One,
        };
        Opening { act: self.act(), subject: self.number(), gate: self.gate(), reach }
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
        self.pull_switch_because(ctx, staff, switch, (reason, StopReason::NotSaid)).await
    }

    /// The same with the word that the banks whom it touches as a whole are told, in the same unit.
    pub async fn pull_switch_because(
        &self,
        ctx: &Ctx<'_>,
        staff: StaffId,
        switch: Switch,
        (reason, word): (&str, StopReason),
    ) -> Result<(), WalletError> {
        if !self.has_switch(switch).await? {
            return Err(WalletError::NotAvailable);
        }
        self.finish_release_of(ctx, switch).await?;
        switch.gate().close(&*self.ledger, ctx.now).await?;
        for left in (0..TRIES_MAX).rev() {
            let mut unit = Unit::new();
            unit.audit(
                AuditEntry::new(ctx.now, staff, "switch.closed", switch.number())
                    .with("gate", switch.gate().name())
                    .with("reason", reason)
                    .with("told_as", word.name()),
            );
            self.write_off(&mut unit, switch, (staff, ctx.now, reason)).await?;
            self.tell_stop(ctx, &mut unit, (switch, word)).await?;
            match self.book.commit(unit).await {
                // The worker, which follows the gates, told it at this moment.
                Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) if left > 0 => {}
                done => return Ok(done?),
            }
        }
        Ok(())
    }

    /// Asks to let it go on; a second person must agree. What is stopped for everybody, or for everybody
    /// at one bank, needs a record of the risks.
    pub async fn ask_release(
        &self,
        ctx: &Ctx<'_>,
        staff: StaffId,
        switch: Switch,
        about: (&str, Option<RiskRecord>),
    ) -> Result<ApprovalId, Refused> {
        if let Switch::Wallet(wallet_id) = switch
            && self.customer_of(wallet_id).await.map_err(|_| Refused::Known)?.frozen.is_some()
        {
            // A frozen wallet's way back begins with its customer.
            return Err(Refused::Known);
        }
        let (ports, partners) = ((&self.book, &*self.ledger, ctx), self.asked_partners().await?);
        reopen::ask(ports, staff, &switch.opening(), about, partners).await
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
        require_not_left(&self.book, [approval.asked_by, staff]).await?;
        approval.edit().approve(staff, ctx.now)?;
        let wallet_id = approval.subject.parse::<WalletId>().ok();
        if approval.act == UNFREEZE
            && let Some(wallet_id) = wallet_id
        {
            let held = Gate::of("wallet", wallet_id).generation(&*self.ledger, ctx.now).await?;
            approval.edit().generation = held;
        }
        let mut unit = Unit::new();
        unit.update(&approval).audit(
            AuditEntry::new(ctx.now, staff, "approval.approved", &approval.subject)
                .with("approval", approval_id)
                .with("act", &approval.act),
        );
        if approval.act == UNFREEZE {
            let wallet_id = wallet_id.ok_or(WalletError::NotAvailable)?;
            self.unfreeze(ctx, unit, staff, wallet_id).await?;
            return self.finish_release(ctx, &approval).await;
        }
        if risk::is_unwatch(&approval) {
            return self.unwatch(ctx, unit, staff, &approval).await;
        }
        if caution::is_about(&approval) || halt::is_about(&approval) {
            return self.agree_ease(ctx, unit, (staff, &approval)).await;
        }
        if risk::is_policy(&approval) {
            return self.make_policy_live(ctx, unit, staff, &approval).await;
        }
        if kanuki_desk::own::is_about(&approval) {
            return self.agree_own(ctx, unit, staff, &approval).await;
        }
        if claim::is_about(&approval) {
            return Box::pin(self.decide_claim(ctx, unit, (staff, &approval), true)).await;
        }
        if approval.act == compensation::LIVE {
            let about = (staff, &*approval);
            let partners = self.asked_partners().await?;
            compensation::decide((&self.book, ctx), &mut unit, about, &partners, true).await?;
            return Ok(claim::commit(&self.book, unit).await?);
        }
        if approval.act == settings::LOOSEN {
            return self.agree_settings(ctx, unit, staff, &approval).await;
        }
        if approval.act == REVIEW {
            return self.decide_review(ctx, unit, (staff, &approval), true).await;
        }
        if approval.act == RECOUP {
            return Box::pin(self.begin_recoup(ctx, unit, (staff, &approval))).await;
        }
        if approval.act == REFUND {
            return Box::pin(self.begin_refund(ctx, unit, &approval)).await;
        }
        if [PAID, NOT_PAID, THEIRS, HELD_RELEASE].contains(&approval.act.as_str()) {
            return self.agree_said(ctx, unit, (staff, &approval)).await;
        }
        if approval.act == REMOVE {
            return self.remove_bank(ctx, unit, staff, &approval).await;
        }
        self.agree_opening(ctx, unit, (staff, &approval)).await
    }

    /// A switch is opened again, as two people agreed.
    async fn agree_opening(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        about: (StaffId, &Approval),
    ) -> Result<(), WalletError> {
        let switch = Switch::of_act(&about.1.act, &about.1.subject);
        let switch = switch.ok_or(WalletError::NotAvailable)?;
        let (ports, partners) = ((&self.book, &*self.ledger, ctx), self.asked_partners().await?);
        reopen::sign(ports, &mut unit, about, &switch.opening(), partners).await?;
        self.write_on(&mut unit, switch).await?;
        self.book.commit(unit).await?;
        self.finish_and_tell(ctx, about.1).await
    }

    /// What one member of staff said was so or should be done, and a second one says too.
    async fn agree_said(
        &self,
        ctx: &Ctx<'_>,
        unit: Unit,
        about: (StaffId, &Approval),
    ) -> Result<(), WalletError> {
        match about.1.act.as_str() {
            THEIRS => self.contact_is_theirs(ctx, unit, about).await,
            HELD_RELEASE => self.release_early(ctx, unit, about).await,
            _ => self.settle_by_hand(ctx, unit, about).await,
        }
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
        if claim::is_about(&approval) {
            unit.update(&approval);
            return self.decide_claim(ctx, unit, (staff, &approval), false).await;
        }
        if approval.act == REVIEW {
            unit.update(&approval);
            return self.decide_review(ctx, unit, (staff, &approval), false).await;
        }
        if approval.act == compensation::LIVE {
            let about = (staff, &*approval);
            compensation::decide((&self.book, ctx), &mut unit, about, &[], false).await?;
        }
        if approval.act == settings::LOOSEN {
            let about = (staff, &*approval);
            settings::decide((&self.book, ctx), &mut unit, about, &[], false).await?;
        }
        if Switch::of_act(&approval.act, &approval.subject).is_some() {
            risk_record::decline((&self.book, ctx), &mut unit, (staff, &approval)).await?;
        }
        self.drop_refund(ctx, &mut unit, &approval).await?;
        self.drop_recoup(ctx, &mut unit, &approval).await?;
        self.decline_policy(ctx, &mut unit, (staff, &approval)).await?;
        unit.update(&approval).audit(
            AuditEntry::new(ctx.now, staff, "approval.declined", &approval.subject)
                .with("approval", approval_id),
        );
        Ok(self.book.commit(unit).await?)
    }

    /// Ends the one closing that was approved to end; a later one stays. Doing it twice is fine.
    async fn finish_release(&self, ctx: &Ctx<'_>, approval: &Approval) -> Result<(), WalletError> {
        let Some(generation) = approval.generation else { return Ok(()) };
        let wallet_id = approval.subject.parse::<WalletId>().ok();
        if approval.act == UNFREEZE
            && let Some(wallet_id) = wallet_id
        {
            if self.customer_of(wallet_id).await?.frozen.is_some() {
                return Ok(());
            }
            let gate = Gate::of("wallet", wallet_id);
            gate.open_generation(&*self.ledger, generation, ctx.now).await?;
            // Somebody pressed in between, and found the gate still closed.
            if self.customer_of(wallet_id).await?.frozen.is_some() {
                gate.close(&*self.ledger, ctx.now).await?;
            }
        } else if let Some(switch) = Switch::of_act(&approval.act, &approval.subject) {
            switch.gate().open_generation(&*self.ledger, generation, ctx.now).await?;
        }
        Ok(())
    }

    /// The same, and banks are told. It is open then: a word that fails now is the worker's.
    async fn finish_and_tell(&self, ctx: &Ctx<'_>, approval: &Approval) -> Result<(), WalletError> {
        self.finish_release(ctx, approval).await?;
        if let Err(error) = self.tell_stops(ctx).await {
            tracing::warn!(%error, "an opening is told later");
        }
        Ok(())
    }

    /// A link, or all of a bank's, goes on as before its word.
    async fn agree_ease(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        about: (StaffId, &Approval),
    ) -> Result<(), WalletError> {
        if halt::is_about(about.1) {
            halt::end(&self.book, ctx, &mut unit, about).await?;
        } else {
            caution::end(&self.book, ctx, &mut unit, about).await?;
        }
        Ok(self.book.commit(unit).await?)
    }

    /// Finishes a release of `switch` that was approved and not done yet, so that closing it now
    /// is a new closing and not the one that is about to end.
    async fn finish_release_of(&self, ctx: &Ctx<'_>, switch: Switch) -> Result<(), WalletError> {
        for approval in self.decided(ctx).await? {
            if approval.act == switch.act() && approval.subject == switch.number() {
                self.finish_release(ctx, &approval).await?;
            }
        }
        Ok(())
    }

    /// What was approved in the last week, by when it was decided and not by when it was asked.
    async fn decided(&self, ctx: &Ctx<'_>) -> Result<Vec<Stored<Approval>>, WalletError> {
        let (mut decided, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.book.scan::<Approval>(&after).await?;
            let Some(last) = page.last() else { return Ok(decided) };
            after = last.approval_id.to_string();
            decided.extend(page.into_iter().filter(|approval| match approval.state {
                ApprovalState::Approved { at, .. } => {
                    ctx.now.duration_since(at).as_secs() <= RECENT_SECS
                }
                ApprovalState::Waiting | ApprovalState::Declined { .. } => false,
            }));
        }
    }

    /// Ends the closings whose end was approved: a crash may have come between the record and the
    /// ledger. Never what has been closed since.
    pub(crate) async fn finish_releases(&self, ctx: &Ctx<'_>) -> Result<(), WalletError> {
        for approval in self.decided(ctx).await? {
            self.finish_release(ctx, &approval).await?;
        }
        Ok(())
    }
}

/// So often a press is written again that met the worker.
const TRIES_MAX: usize = 4;

/// How long after an approval a crash is looked for; what is left after that stays closed.
const RECENT_SECS: i64 = 7 * DAY_SECS;
