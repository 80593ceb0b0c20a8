//! A movement whose end the core did not tell for a day: money that needs an owner.
//!
//! The core's answer is the best there is, so it goes on being asked, and an item ends by itself when
//! there is one. Where there never will be one, two people look into the core's books and say that
//! they found it booked ([`settle`]); that it did not move, the core alone can promise. Until then the
//! money stays reserved in the ledger: it is neither the partner's nor the holder's.

mod settle;

use jiff::Timestamp;
use kanuki_desk::{approval::Approval, case::Case};
use kanuki_domain::{
    Ctx, Yen,
    id::{CaseId, MandateId, StaffId},
};
use kanuki_record::{AuditEntry, Unit};

pub use self::settle::{Asked, SETTLE, settlement};
use crate::{
    Bank, BankError,
    credit::Credit,
    debit::{Debit, DebitState, Found},
    holder::load,
};

/// What kind of movement has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// Money that a partner pulls.
    Debit,
    /// Money that it pays in.
    Payout,
    /// Money that it gives back.
    Refund,
}

impl ItemKind {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Payout => "payout",
            Self::Refund => "refund",
        }
    }
}

/// One movement whose end nobody knows yet.
#[derive(Clone, Debug)]
pub struct OpenItem {
    /// What it is.
    pub kind: ItemKind,
    /// Whose it is.
    pub client_id: String,
    /// The partner's id of it.
    pub id: String,
    /// The id under which the core knows it.
    pub core_id: String,
    /// Under which mandate.
    pub mandate_id: MandateId,
    /// How much.
    pub amount: Yen,
    /// Since when it is under way.
    pub asked_at: Timestamp,
    /// Its case.
    pub case_id: CaseId,
    /// Who sees to it.
    pub owner: Option<StaffId>,
    /// What two people found, if it is not carried out yet.
    pub found: Option<Found>,
    key: String,
    next_try_at: Timestamp,
}

impl OpenItem {
    fn of_debit(debit: &Debit, case_id: CaseId, found: Option<Found>) -> Self {
        Self {
            kind: ItemKind::Debit,
            client_id: debit.client_id.clone(),
            id: debit.debit_id.to_string(),
            core_id: debit.core_id().to_string(),
            mandate_id: debit.mandate_id,
            amount: debit.amount,
            asked_at: debit.asked_at,
            case_id,
            owner: None,
            found,
            key: debit.key(),
            next_try_at: debit.next_try_at,
        }
    }

    fn of_credit(credit: &Credit, case_id: CaseId, found: Option<Found>) -> Self {
        let is_refund = credit.refund_of.is_some();
        Self {
            kind: if is_refund { ItemKind::Refund } else { ItemKind::Payout },
            client_id: credit.client_id.clone(),
            id: credit.credit_id.to_string(),
            core_id: credit.core_id().to_string(),
            mandate_id: credit.mandate_id,
            amount: credit.amount,
            asked_at: credit.asked_at,
            case_id,
            owner: None,
            found,
            key: credit.key(),
            next_try_at: credit.next_try_at.unwrap_or(credit.asked_at),
        }
    }
}

const fn open(state: DebitState) -> Option<(CaseId, Option<Found>)> {
    match state {
        DebitState::OpenItem { case_id, found } => Some((case_id, found)),
        DebitState::Open | DebitState::Booked { .. } | DebitState::Refused { .. } => None,
    }
}

impl Bank {
    /// Every movement whose end nobody knows, the oldest first, with who sees to it.
    pub async fn open_items(&self) -> Result<Vec<OpenItem>, BankError> {
        let mut items = self.unowned_items().await?;
        for item in &mut items {
            item.owner = load::<Case>(&self.book, item.case_id).await?.owner;
        }
        Ok(items)
    }

    async fn unowned_items(&self) -> Result<Vec<OpenItem>, BankError> {
        let debits = self.book.every::<Debit>("progress", "open_item").await?;
        let debits = debits.iter().filter_map(|debit| {
            open(debit.state).map(|(case_id, found)| OpenItem::of_debit(debit, case_id, found))
        });
        let credits = self.book.every::<Credit>("progress", "open_item").await?;
        let credits = credits.iter().filter_map(|credit| {
            open(credit.state).map(|(case_id, found)| OpenItem::of_credit(credit, case_id, found))
        });
        let mut items: Vec<OpenItem> = debits.chain(credits).collect();
        items.sort_by_key(|item| item.asked_at);
        Ok(items)
    }

    /// The item of a case; none once it has its end.
    pub async fn open_item(&self, case_id: CaseId) -> Result<Option<OpenItem>, BankError> {
        let case = load::<Case>(&self.book, case_id).await?;
        let mut item = None;
        if let Some(debit) = self.book.find::<Debit>(&case.about).await? {
            item = open(debit.state).map(|(id, found)| OpenItem::of_debit(&debit, id, found));
        } else if let Some(credit) = self.book.find::<Credit>(&case.about).await? {
            item = open(credit.state).map(|(id, found)| OpenItem::of_credit(&credit, id, found));
        }
        let own = item.filter(|item| item.case_id == case_id);
        Ok(own.map(|item| OpenItem { owner: case.owner, ..item }))
    }

    /// A member of staff sees to it from now on.
    pub async fn take_open_item(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
    ) -> Result<(), BankError> {
        self.open_item(case_id).await?.ok_or(BankError::NotAvailable)?;
        let mut case = load::<Case>(&self.book, case_id).await?;
        case.edit().owner = Some(by);
        case.edit().note(ctx.now, by, "=item_mine|");
        let mut unit = Unit::new();
        unit.update(&case).audit(AuditEntry::new(ctx.now, by, "item.owned", case_id));
        Ok(self.book.commit(unit).await?)
    }

    /// Asks the core once more; true if the item has its end now.
    pub async fn ask_core_about(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
    ) -> Result<bool, BankError> {
        let item = self.open_item(case_id).await?.ok_or(BankError::NotAvailable)?;
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(ctx.now, by, "item.asked_core", case_id));
        self.book.commit(unit).await?;
        Ok(self.end_item(ctx, &item).await?.is_some())
    }

    /// Ends an item if it can be: what the movement is then.
    async fn end_item(
        &self,
        ctx: &Ctx<'_>,
        item: &OpenItem,
    ) -> Result<Option<DebitState>, BankError> {
        let state = match item.kind {
            ItemKind::Debit => self.end_open_debit(ctx, &item.key).await?.state,
            ItemKind::Payout | ItemKind::Refund => {
                self.end_open_credit(ctx, &item.key).await?.state
            }
        };
        Ok(open(state).is_none().then_some(state))
    }

    /// Asks the core about every item that is due, and carries out what two people found. Called by
    /// the worker; says how many have their end now.
    pub async fn end_open_items(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut ended: usize = 0;
        let is_due = |item: &OpenItem| item.found.is_some() || item.next_try_at <= ctx.now;
        for item in self.unowned_items().await?.into_iter().filter(is_due) {
            match self.end_item(ctx, &item).await {
                Ok(Some(_)) => ended = ended.saturating_add(1),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, case = %item.case_id, "an open item waits"),
            }
        }
        Ok(ended)
    }

    /// Adds to `unit`, in which a movement gets its `end`, that its case is closed, if it was an open
    /// item, and that nobody needs to agree on anything about it any more.
    pub(crate) async fn close_item(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        before: DebitState,
        end: DebitState,
    ) -> Result<(), BankError> {
        let (Some((case_id, found)), None) = (open(before), open(end)) else { return Ok(()) };
        let is_booked = matches!(end, DebitState::Booked { .. });
        let word = if is_booked { "=item_booked|" } else { "=item_not_booked|" };
        let mut case = load::<Case>(&self.book, case_id).await?;
        case.edit().close(ctx.now, "system", word);
        let source = if found.is_some() { "two people" } else { "the core" };
        unit.update(&case).audit(
            AuditEntry::new(ctx.now, "system", "item.ended", case_id)
                .with("booked", is_booked)
                .with("told_by", source),
        );
        for found in Found::ALL {
            let waits = format!("{SETTLE}|{}", settle::subject(case_id, found));
            if let Some(mut asked) = self.book.find_by::<Approval>("waiting_for", &waits).await? {
                let by = asked.asked_by;
                asked.edit().decline(by, ctx.now)?;
                unit.update(&asked);
            }
        }
        Ok(())
    }
}
