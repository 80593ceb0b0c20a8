//! Money that waits out a hold, as staff see it: two people let it go before its time is over, one gives
//! it back to whom it came from.
//!
//! Only the clock is shortened: a wallet or link that is stopped, and whoever is on a list that is watched,
//! keep it where it is, until two people end that too.

use jiff::Timestamp;
use kanuki_desk::{DeskError, approval::Approval, case::Case, outbox::Content};
use kanuki_domain::{
    Ctx, Yen,
    id::{ApprovalId, CaseId, CustomerId, PayoutId, RemittanceId, StaffId, WalletId},
};
use kanuki_record::{AuditEntry, RecordError, Unit};

use crate::{
    Wallet, WalletError,
    payout::{Payout, PayoutState},
    remittance::{Remittance, RemittanceState, Way},
};

/// The act of letting held money go before its time.
pub const HELD_RELEASE: &str = "held.release";

/// What is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeldId {
    Remittance(RemittanceId),
    Payout(PayoutId),
}

impl HeldId {
    fn parse(text: &str) -> Option<Self> {
        let remittance = text.parse().map(Self::Remittance);
        remittance.or_else(|_| text.parse().map(Self::Payout)).ok()
    }
}

/// Which way held money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldWay {
    /// To another wallet.
    Wallet(WalletId),
    /// To whoever brings a code.
    Link,
    /// To the customer's own account.
    Payout,
}

/// Money of one customer that waits out a hold.
#[derive(Clone, Debug)]
pub struct HeldMoney {
    /// Its number: of a remittance or a payout.
    pub id: String,
    /// Which way it goes.
    pub way: HeldWay,
    /// How much.
    pub amount: Yen,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Until when it waits.
    pub until: Timestamp,
    /// Somebody asked that it go before.
    pub is_asked: bool,
    /// The watch lists that keep it, also when its time is over.
    pub lists: Vec<String>,
}

/// What an approval is about: which money, from which case.
fn subject(id: &str, case_id: CaseId) -> String {
    format!("{id}|{case_id}")
}

impl Wallet {
    /// What of a customer's waits out a hold.
    pub async fn held_money(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
    ) -> Result<Vec<HeldMoney>, WalletError> {
        let mut found = Vec::new();
        for sent in self.held_remittances(id).await? {
            let RemittanceState::Held { until } = sent.state else { continue };
            let way = match sent.way {
                Way::Direct { to, .. } => HeldWay::Wallet(to),
                Way::Link { .. } => HeldWay::Link,
            };
            let (id, asked_at) = (sent.remittance_id.to_string(), sent.requested_at);
            let (amount, lists) = (sent.amount, self.remittance_kept_by(ctx, &sent));
            found.push(HeldMoney { id, way, amount, asked_at, until, is_asked: false, lists });
        }
        for payout in self.held_payouts(id).await? {
            let PayoutState::Held { until } = payout.state else { continue };
            let (id, way, asked_at) =
                (payout.payout_id.to_string(), HeldWay::Payout, payout.requested_at);
            let (amount, lists) = (payout.amount, self.payout_kept_by(ctx, &payout).await?);
            found.push(HeldMoney { id, way, amount, asked_at, until, is_asked: false, lists });
        }
        let waiting = self.waiting_approvals().await?;
        let asked = waiting.iter().filter(|one| one.act == HELD_RELEASE);
        let asked: Vec<&str> =
            asked.filter_map(|one| one.subject.split_once('|').map(|(id, _)| id)).collect();
        for one in &mut found {
            one.is_asked = asked.contains(&one.id.as_str());
        }
        Ok(found)
    }

    /// Held money by its number, of a wallet that the case is about.
    async fn held_of_case(
        &self,
        ctx: &Ctx<'_>,
        case_id: CaseId,
        id: &str,
    ) -> Result<(CustomerId, HeldMoney), WalletError> {
        let customer_id = match HeldId::parse(id).ok_or(WalletError::NotAvailable)? {
            HeldId::Remittance(id) => self.load::<Remittance>(id).await?.customer_id,
            HeldId::Payout(id) => self.load::<Payout>(id).await?.customer_id,
        };
        let wallet_id = self.customer(customer_id).await?.wallet_id;
        self.open_subject(case_id, wallet_id).await?;
        let held = self.held_money(ctx, customer_id).await?.into_iter().find(|one| one.id == id);
        Ok((customer_id, held.ok_or(DeskError::Decided)?))
    }

    /// What an approval asks to let go: nothing where it has moved on, or is about something else.
    pub async fn held_for(
        &self,
        ctx: &Ctx<'_>,
        approval: &Approval,
    ) -> Result<Option<HeldMoney>, WalletError> {
        let Some((id, case_id)) = approval.subject.split_once('|') else { return Ok(None) };
        let Ok(case_id) = case_id.parse() else { return Ok(None) };
        if approval.act != HELD_RELEASE {
            return Ok(None);
        }
        match self.held_of_case(ctx, case_id, id).await {
            Ok((_, held)) => Ok(Some(held)),
            Err(WalletError::NotAvailable | WalletError::Desk(DeskError::Decided)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One person asks that held money go before its time; another must agree.
    pub async fn ask_held_release(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, id): (CaseId, &str),
        reason: &str,
    ) -> Result<ApprovalId, WalletError> {
        let (_, held) = self.held_of_case(ctx, case_id, id).await?;
        if held.is_asked {
            return Err(DeskError::Decided.into());
        }
        let approval = Approval::ask(ctx, by, HELD_RELEASE, subject(id, case_id), reason);
        let mut case = self.load::<Case>(case_id).await?;
        case.edit().note(ctx.now, by, format!("=held_release_asked|{id}"));
        let mut unit = Unit::new();
        unit.insert(&approval).update(&case).audit(
            AuditEntry::new(ctx.now, by, "held.release_asked", id)
                .with("case", case_id)
                .with("approval", approval.approval_id)
                .with("reason", reason),
        );
        match self.book.commit(unit).await {
            Err(RecordError::Duplicate { .. }) => Err(DeskError::Decided.into()),
            other => {
                other?;
                Ok(approval.approval_id)
            }
        }
    }

    /// A second person agreed, which `unit` holds: its time is over now. What else keeps it, keeps it.
    pub(super) async fn release_early(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        (by, approval): (StaffId, &Approval),
    ) -> Result<(), WalletError> {
        let parts = approval.subject.split_once('|').ok_or(WalletError::NotAvailable)?;
        let case_id: CaseId = parts.1.parse().map_err(|_| WalletError::NotAvailable)?;
        let id = HeldId::parse(parts.0).ok_or(WalletError::NotAvailable)?;
        let (customer_id, amount, lists) = match id {
            HeldId::Remittance(id) => {
                let mut sent = self.load::<Remittance>(id).await?;
                let RemittanceState::Held { until } = sent.state else {
                    return Err(DeskError::Decided.into());
                };
                sent.edit().state = RemittanceState::Held { until: until.min(ctx.now) };
                unit.update(&sent);
                (sent.customer_id, sent.amount, self.remittance_kept_by(ctx, &sent))
            }
            HeldId::Payout(id) => {
                let mut payout = self.load::<Payout>(id).await?;
                let PayoutState::Held { until } = payout.state else {
                    return Err(DeskError::Decided.into());
                };
                let edit = payout.edit();
                edit.state = PayoutState::Held { until: until.min(ctx.now) };
                edit.next_at = ctx.now;
                unit.update(&payout);
                (payout.customer_id, payout.amount, self.payout_kept_by(ctx, &payout).await?)
            }
        };
        let note = if lists.is_empty() {
            let known = self.known(customer_id).await?;
            let content = Content::new("held_released").with("amount", amount);
            self.tell(&mut unit, ctx, &known, content)?;
            format!("=held_released|{}", parts.0)
        } else {
            // It does not go, so nobody is told that it does. Which list keeps it is on its row, as it is then.
            format!("=held_kept|{}", parts.0)
        };
        let mut case = self.load::<Case>(case_id).await?;
        case.edit().note(ctx.now, by, note);
        unit.update(&case).audit(
            AuditEntry::new(ctx.now, by, "held.released", parts.0)
                .with("case", case_id)
                .with("asked_by", approval.asked_by)
                .with("kept_by", lists.join(", ")),
        );
        self.book.commit(unit).await?;
        // What fails now is the worker's.
        let driven = match id {
            HeldId::Remittance(id) => self.drive_remittance(ctx, id).await.map(drop),
            HeldId::Payout(id) => self.drive_payout(ctx, id).await.map(drop),
        };
        if let Err(error) = driven {
            tracing::warn!(%error, "money that was let go waits for the worker");
        }
        Ok(())
    }

    /// One person gives held money back into the wallet that it came from, as its customer could: it reaches
    /// nobody else, and the customer is told.
    pub async fn give_back_held(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, id): (CaseId, &str),
        reason: &str,
    ) -> Result<(), WalletError> {
        let (customer_id, _) = self.held_of_case(ctx, case_id, id).await?;
        let mut unit = Unit::new();
        let entry = AuditEntry::new(ctx.now, by, "held.given_back", id);
        unit.audit(entry.with("case", case_id).with("reason", reason));
        self.book.commit(unit).await?;
        match HeldId::parse(id).ok_or(WalletError::NotAvailable)? {
            HeldId::Remittance(id) => {
                self.give_back_remittance(ctx, customer_id, id).await?;
            }
            HeldId::Payout(id) => {
                self.cancel_payout(ctx, customer_id, id).await?;
            }
        }
        self.note_done(ctx, by, case_id, &format!("=held_given_back|{id}")).await
    }
}
