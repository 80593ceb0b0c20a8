//! Letting a frozen wallet go on: the customer's passkey, a wait, and two members of staff.

use jiff::Timestamp;
use kanuki_desk::{
    approval::Approval,
    case::{Case, CaseKind},
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, CaseId, CustomerId, StaffId},
    mandate::{StoppedBy, later},
};
use kanuki_record::{AuditEntry, RecordError, Unit};

use crate::{
    Wallet, WalletError,
    customer::ProvingPasskey,
    event::Told,
    link::LinkState,
    payout::{Payout, PayoutState},
    remittance::{Remittance, RemittanceState},
};

/// The act that two members of staff agree on.
pub const UNFREEZE: &str = "wallet.unfreeze";

impl Wallet {
    /// The customer asks for it, with a passkey; the number of the case is the answer. An
    /// alternative customer asks the desk, which has the phone.
    ///
    /// Asking again answers the same case.
    pub async fn ask_unfreeze(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        (response, state): (&str, &ProvingPasskey),
    ) -> Result<CaseId, WalletError> {
        let known = self.known(id).await?;
        if known.customer.frozen.is_none() {
            return Err(WalletError::NotAvailable);
        }
        let mut unit = Unit::new();
        self.finish_assertion(ctx, &mut unit, &known.customer, response, state).await?;
        if let Some(case) = self.unfreeze_case(id).await? {
            self.book.commit(unit).await?;
            return Ok(case.case_id);
        }
        let subject = known.customer.wallet_id;
        let mut case = Case::open(ctx, CaseKind::Unfreeze, subject, Some(id.to_string()));
        case.note(ctx.now, id, "=asked_with_passkey");
        unit.insert(&case).audit(
            AuditEntry::new(ctx.now, id, "wallet.unfreeze_asked", subject)
                .with("case", case.case_id),
        );
        self.tell(&mut unit, ctx, &known, Content::new("unfreeze_asked"))?;
        self.book.commit(unit).await?;
        Ok(case.case_id)
    }

    /// The customer's open request to be unfrozen.
    pub async fn unfreeze_case(&self, id: CustomerId) -> Result<Option<Case>, WalletError> {
        let customer = self.customer(id).await?;
        let about = customer.wallet_id.to_string();
        let cases = self.book.list::<Case>("about", &about).await?;
        Ok(cases
            .into_iter()
            .map(kanuki_record::Stored::into_inner)
            .find(|c| c.kind == CaseKind::Unfreeze && c.closed_at.is_none()))
    }

    /// A member of staff has spoken with the customer and proposes the unfreeze. It can be agreed to
    /// after the wait, counted from when the customer asked.
    pub async fn propose_unfreeze(
        &self,
        ctx: &Ctx<'_>,
        staff: StaffId,
        case_id: CaseId,
        reason: &str,
    ) -> Result<ApprovalId, WalletError> {
        let mut case = self.load::<Case>(case_id).await?;
        if case.kind != CaseKind::Unfreeze || case.closed_at.is_some() {
            return Err(WalletError::NotAvailable);
        }
        let mut approval = Approval::ask(ctx, staff, UNFREEZE, &case.about, reason);
        approval.not_before = later(case.opened_at, self.rules.unfreeze_wait_secs());
        case.edit().note(ctx.now, staff, "=proposed_unfreeze");
        let mut unit = Unit::new();
        unit.insert(&approval).update(&case).audit(
            AuditEntry::new(ctx.now, staff, "wallet.unfreeze_proposed", &case.about)
                .with("approval", approval.approval_id),
        );
        match self.book.commit(unit).await {
            Err(RecordError::Duplicate { .. }) => Err(WalletError::NotAvailable),
            other => {
                other?;
                Ok(approval.approval_id)
            }
        }
    }

    /// Does what two people agreed on, in the same unit as the approval. The caller opens the wallet's
    /// gate last, so that a crash leaves it closed and the worker opens it.
    pub(crate) async fn unfreeze(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        staff: StaffId,
        wallet_id: kanuki_domain::id::WalletId,
    ) -> Result<(), WalletError> {
        let customer = self.customer_of(wallet_id).await?;
        let id = customer.customer_id;
        let mut known = self.known(id).await?;
        if let Some(frozen) = &known.customer.frozen {
            // Before the gate opens: the next round of the worker would pay the thief.
            self.take_back_before(ctx, id, frozen.at).await?;
        }
        // Read after the customer's row, which whoever agrees to one writes too.
        self.require_no_recoup(id).await?;
        known.customer.edit().frozen = None;
        unit.update(&known.customer);
        for mut link in self.live_links(id).await? {
            // What the holder or the bank stopped is theirs to release; they may have done so while
            // the wallet was frozen.
            let is_ours = matches!(link.state, LinkState::Suspended { by: StoppedBy::Wallet, .. });
            if is_ours {
                self.queue_status(ctx, &mut unit, &link, Told::Released).await?;
            }
            if is_ours || link.bank_released_at.is_some() {
                self.release_link(ctx, &mut unit, &mut link).await?;
            }
        }
        for mut case in self.book.list::<Case>("about", &wallet_id.to_string()).await? {
            if case.kind == CaseKind::Unfreeze && case.closed_at.is_none() {
                case.edit().close(ctx.now, staff, "=unfrozen|");
                unit.update(&case);
            }
        }
        unit.audit(AuditEntry::new(ctx.now, staff, "wallet.unfrozen", wallet_id));
        self.tell(&mut unit, ctx, &known, Content::new("unfrozen"))?;
        Ok(self.book.commit(unit).await?)
    }

    /// Money that is held or waits, and was asked for before somebody said that it was not them, goes
    /// back into the wallet; its owner reads of each, and sends again what was theirs. Doing it twice
    /// is fine, and so is a crash on the way: the wallet is frozen still.
    async fn take_back_before(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        at: Timestamp,
    ) -> Result<(), WalletError> {
        let key = id.to_string();
        for sent in self.book.every::<Remittance>("customer_id", &key).await? {
            let is_open =
                matches!(sent.state, RemittanceState::Held { .. } | RemittanceState::Waiting);
            if is_open && sent.customer_id == id && sent.requested_at <= at {
                or_gone(self.cancel_remittance(ctx, id, sent.remittance_id).await)?;
            }
        }
        for payout in self.book.every::<Payout>("customer_id", &key).await? {
            let is_open = matches!(payout.state, PayoutState::Held { .. });
            if is_open && payout.requested_at <= at {
                or_gone(self.cancel_payout(ctx, id, payout.payout_id).await)?;
            }
        }
        Ok(())
    }
}

/// What has ended meanwhile needs no taking back.
fn or_gone<T>(taken: Result<T, WalletError>) -> Result<(), WalletError> {
    match taken {
        Ok(_) | Err(WalletError::NotAvailable) => Ok(()),
        Err(error) => Err(error),
    }
}
