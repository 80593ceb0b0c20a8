//! Stopping everything that a wallet can do, at once, and letting it go on, slowly.
//!
//! A freeze is a ledger fact: the wallet's gate is closed first, so that no movement in flight can
//! race a flag in a record. What is left stays where it is, held for its owner.

mod stop;
mod unfreeze;

use kanuki_desk::{
    approval::Approval,
    case::{Case, CaseKind},
    gate::Gate,
    outbox::Content,
    shared,
};
use kanuki_domain::{
    Ctx, case_number,
    id::{CaseId, CustomerId, LinkId, StaffId, WalletId},
    mandate::StoppedBy,
};
use kanuki_record::{AuditEntry, Stored, Unit};

pub use stop::{End, Preview};
pub use unfreeze::UNFREEZE;

use crate::{
    Wallet, WalletError, close::Closing, customer::Frozen, error::insist, link::LinkState,
};

/// How many lines a case may have before a repeated press is only in the audit log.
const STEPS_MAX: usize = 100;

/// A freeze in the making.
#[derive(Debug)]
pub(crate) struct Stopping<'a> {
    /// Who: the customer's id, a staff id, `bank`, `stop_code`.
    pub(crate) by: &'a str,
    /// The case that is opened with it.
    pub(crate) case: Case,
    /// The same as it was kept, where the bank had told its number before it said whom it is about.
    pub(crate) named: Option<Stored<Case>>,
    /// The open case of its owner that `case` says it was joined with, and that says the same in one unit with it.
    pub(crate) joins: Option<CaseId>,
    /// The bank knows the case by this number.
    pub(crate) is_shared: bool,
    /// A link that was dealt with already.
    pub(crate) except: Option<LinkId>,
    /// Only what one bank told of its own links: nothing is said to any bank, because nobody said that the
    /// wallet was taken over.
    pub(crate) is_alone: bool,
    /// The device that its owner sits in front of, by the hash of its name: the one screen that goes on showing
    /// notices.
    pub(crate) in_front: Option<&'a str>,
}

impl Stopping<'_> {
    /// Adds the case to `unit`.
    fn put(&self, unit: &mut Unit) {
        match self.named.clone() {
            Some(mut kept) => {
                *kept.edit() = self.case.clone();
                unit.update(&kept);
            }
            None => {
                unit.insert(&self.case);
            }
        }
    }
}

impl Wallet {
    /// The customer freezes their own wallet: one tap, no proof, because it can only stop. Its notices show on no
    /// screen any more.
    pub async fn freeze(&self, ctx: &Ctx<'_>, id: CustomerId) -> Result<CaseId, WalletError> {
        self.freeze_from(ctx, id, None).await
    }

    /// The same from the device with this hash of its name, which is the one screen that goes on showing notices.
    pub async fn freeze_from(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        device_hash: Option<&str>,
    ) -> Result<CaseId, WalletError> {
        let case = Case::open(ctx, CaseKind::NotMe, id, Some(id.to_string()));
        let by = id.to_string();
        insist!({
            let stopping = Stopping {
                by: &by,
                case: case.clone(),
                named: None,
                joins: None,
                is_shared: false,
                except: None,
                is_alone: false,
                in_front: device_hash,
            };
            self.freeze_in(ctx, Unit::new(), id, stopping).await
        })
    }

    /// Freezes the wallet of `id`, commits `unit` with it, and answers the number of the case.
    ///
    /// Gate first, then the record, the links and the case, the screens that show notices, the events to the
    /// banks and the notice in one unit. Freezing twice is fine; the first case stays while it is open. A
    /// conflict is the caller's to [`insist`] on.
    pub(crate) async fn freeze_in(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        id: CustomerId,
        mut stopping: Stopping<'_>,
    ) -> Result<CaseId, WalletError> {
        let mut known = self.known(id).await?;
        let wallet_id = known.customer.wallet_id;
        if known.customer.closure.closed_at().is_some() {
            return self.look_into_closed(ctx, unit, (&known.customer, stopping)).await;
        }
        Gate::of("wallet", wallet_id).close(&*self.ledger, ctx.now).await?;
        let kept = (stopping.in_front, stopping.by);
        self.end_screens_but(ctx, &mut unit, &mut known, kept).await?;
        if let Some(frozen) = known.customer.frozen.clone() {
            let case_id = self.case_again(&mut unit, frozen.case_id, &stopping).await?;
            // What was one bank's word alone is a press on everything now.
            let is_alone = frozen.is_alone && stopping.is_alone;
            if frozen.is_alone && !is_alone {
                self.stop_links(ctx, &mut unit, id, (stopping.except, case_id)).await?;
            }
            if case_id != frozen.case_id || is_alone != frozen.is_alone {
                known.customer.edit().frozen = Some(Frozen { case_id, is_alone, ..frozen });
            }
            // Written as it is: who lets it go on at this moment must lose to this press.
            unit.update(&known.customer);
            // The case that is looked into is written there; another one is here.
            let other = stopping.joins.filter(|own| *own != case_id);
            self.join_own(ctx, &mut unit, other, stopping.case.case_id).await?;
            self.stop_unfreezing(ctx, &mut unit, wallet_id, (case_id, &stopping)).await?;
            self.book.commit(unit).await?;
            Gate::of("wallet", wallet_id).close(&*self.ledger, ctx.now).await?;
            return Ok(case_id);
        }
        let case_id = stopping.case.case_id;
        let is_alone = stopping.is_alone;
        if !is_alone {
            self.stop_links(ctx, &mut unit, id, (stopping.except, case_id)).await?;
        }
        // What its closing ended meanwhile is no link any more, and was perhaps its thief's to end.
        if !is_alone && let Some(since) = known.customer.closure.asked_at() {
            self.queue_late_alarms(ctx, &mut unit, (id, since), &mut stopping.case).await?;
        }
        let row = known.customer.edit();
        row.frozen = Some(Frozen { at: ctx.now, by: stopping.by.to_owned(), case_id, is_alone });
        let closing_case = row.closure.asked().and_then(Closing::case_id);
        row.closure = std::mem::take(&mut row.closure).stop();
        self.end_case(ctx, &mut unit, (closing_case, "=closing_stopped")).await?;
        stopping.put(&mut unit);
        self.join_own(ctx, &mut unit, stopping.joins, case_id).await?;
        unit.update(&known.customer).audit(
            AuditEntry::new(ctx.now, stopping.by, "wallet.frozen", wallet_id).with("case", case_id),
        );
        let content = Content::new("frozen").with("case", case_number::said(case_id));
        self.tell(&mut unit, ctx, &known, content)?;
        self.book.commit(unit).await?;
        // Once more: a release that was approved before may have ended the closing found above.
        Gate::of("wallet", wallet_id).close(&*self.ledger, ctx.now).await?;
        Ok(case_id)
    }

    /// Adds to `unit` that the links of `id` but one stop and that their banks are told, under the number of
    /// the case. What this side had stopped for one bank's word stays so, and its bank is told now.
    async fn stop_links(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        id: CustomerId,
        (except, case_id): (Option<LinkId>, CaseId),
    ) -> Result<(), WalletError> {
        for mut link in self.live_links(id).await? {
            let is_ours = matches!(link.state, LinkState::Suspended { by: StoppedBy::Wallet, .. });
            if except != Some(link.link_id) && (link.is_active() || is_ours) {
                self.suspend_link(ctx, unit, &mut link, StoppedBy::Wallet).await?;
                self.queue_takeover(ctx, unit, &link, case_id).await?;
            }
        }
        Ok(())
    }

    /// A wallet that is closed has nothing to stop: nobody signs in, its gate is closed and its links have
    /// ended. Whoever presses still has somebody who looks into what happened, here and at each bank whose
    /// link ended with it.
    async fn look_into_closed(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        (customer, mut stopping): (&crate::Customer, Stopping<'_>),
    ) -> Result<CaseId, WalletError> {
        let person = Some(customer.customer_id.to_string());
        let open = self.book.every::<Case>("state", "open").await?;
        let same = open.iter().find(|case| {
            case.person_id == person && case.kind == stopping.case.kind && !stopping.is_shared
        });
        let case_id = if let Some(case) = same {
            case.case_id
        } else {
            stopping.case.note(ctx.now, "system", "=wallet_is_closed");
            // What a bank tells of is known there, and the bank that tells it has its number.
            if !stopping.is_shared
                && !stopping.is_alone
                && let Some(since) = customer.closure.asked_at()
            {
                let of = (customer.customer_id, since);
                self.queue_late_alarms(ctx, &mut unit, of, &mut stopping.case).await?;
            }
            stopping.put(&mut unit);
            let number = stopping.case.case_id;
            self.join_own(ctx, &mut unit, stopping.joins, number).await?;
            number
        };
        unit.audit(
            AuditEntry::new(ctx.now, stopping.by, "wallet.stopped_when_closed", customer.wallet_id)
                .with("case", case_id),
        );
        self.book.commit(unit).await?;
        Ok(case_id)
    }

    /// The case that a wallet which is frozen is looked into with. A first one that was closed is
    /// followed by the new one, and the number that a bank shares is kept beside it: whoever presses
    /// has somebody who works on it, and both companies find the same number.
    async fn case_again(
        &self,
        unit: &mut Unit,
        first: CaseId,
        stopping: &Stopping<'_>,
    ) -> Result<CaseId, WalletError> {
        let known = self.book.find::<Case>(first).await?;
        let is_open = known.is_some_and(|case| case.closed_at.is_none());
        if !is_open {
            stopping.put(unit);
            return Ok(stopping.case.case_id);
        }
        if stopping.is_shared {
            stopping.put(unit);
        }
        Ok(first)
    }

    /// Adds to `unit` that the case `own` is one matter with `told`.
    async fn join_own(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        own: Option<CaseId>,
        told: CaseId,
    ) -> Result<(), WalletError> {
        let Some(own) = own else { return Ok(()) };
        let mut own = self.load::<Case>(own).await?;
        shared::join_one(ctx, own.edit(), told);
        unit.update(&own);
        Ok(())
    }

    /// A press on a wallet that is frozen: whoever asked to let it go on has to ask again.
    async fn stop_unfreezing(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        wallet_id: WalletId,
        (case_id, stopping): (CaseId, &Stopping<'_>),
    ) -> Result<(), WalletError> {
        let by = stopping.by;
        for mut case in self.book.list::<Case>("about", &wallet_id.to_string()).await? {
            if case.kind == CaseKind::Unfreeze && case.closed_at.is_none() {
                case.edit().close(ctx.now, by, "=stopped_again|");
                unit.update(&case);
            }
        }
        let waiting = format!("{UNFREEZE}|{wallet_id}");
        let approval = self.book.find_by::<Approval>("waiting_for", &waiting).await?;
        if let Some(mut approval) = approval {
            approval.edit().decline(StaffId::derive(&["system"]), ctx.now)?;
            unit.update(&approval).audit(
                AuditEntry::new(ctx.now, by, "approval.declined", wallet_id)
                    .with("approval", approval.approval_id),
            );
        }
        let is_joined = stopping.joins == Some(case_id);
        let found = match case_id {
            // It is written with this press already.
            id if id == stopping.case.case_id => None,
            id => self.book.find::<Case>(id).await?,
        };
        if let Some(mut case) = found.filter(|case| is_joined || case.steps.len() < STEPS_MAX) {
            if is_joined {
                shared::join_one(ctx, case.edit(), stopping.case.case_id);
            }
            case.edit().note(ctx.now, by, "=stopped_again");
            unit.update(&case);
        }
        unit.audit(AuditEntry::new(ctx.now, by, "wallet.stopped_again", wallet_id));
        Ok(())
    }

    /// Refuses whatever a frozen wallet may not start.
    pub(crate) fn require_unfrozen(customer: &crate::Customer) -> Result<(), WalletError> {
        if customer.frozen.is_some() { Err(WalletError::Stopped) } else { Ok(()) }
    }
}
