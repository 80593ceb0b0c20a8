//! Whom a case of a rule is about: the wallets that its rule held for. What staff may do about one of them,
//! they do through the case, whose history says so.

use jiff::Timestamp;
use kanuki_desk::{DeskError, case::Case, notice::Notice, outbox::Content, rule};
use kanuki_domain::{
    Ctx,
    id::{CaseId, CustomerId, StaffId, WalletId},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_risk::{Key, Record};

use super::Switch;
use crate::{Customer, Wallet, WalletError, error::insist, link::Link};

/// The kind of the message that asks a customer to look.
const PLEASE_LOOK: &str = "please_look";

impl Wallet {
    /// The customer of a wallet that a case is about, and the case. That somebody looked is written down;
    /// a wallet that the case is not about is not there.
    pub async fn read_subject(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, wallet_id): (CaseId, WalletId),
    ) -> Result<(Stored<Case>, Stored<Customer>), WalletError> {
        let found = self.subject(case_id, wallet_id).await?;
        let mut unit = Unit::new();
        let entry = AuditEntry::new(ctx.now, by, "case.read", case_id);
        unit.audit(entry.with("wallet", wallet_id));
        self.book.commit(unit).await?;
        Ok(found)
    }

    /// The same, for what is done.
    pub(super) async fn subject(
        &self,
        case_id: CaseId,
        wallet_id: WalletId,
    ) -> Result<(Stored<Case>, Stored<Customer>), WalletError> {
        let case = self.load::<Case>(case_id).await?;
        let customer = self.customer_of(wallet_id).await?;
        let is_its_own = case.person_id == Some(customer.customer_id.to_string());
        let is_seen = match rule::of_case(&case) {
            Some(rule) => self.decisions_of(rule).await?.iter().any(|one| names(one, wallet_id)),
            None => false,
        };
        if is_its_own || is_seen { Ok((case, customer)) } else { Err(WalletError::NotAvailable) }
    }

    /// The same for what staff do by a case that is open: a closed one is read by nobody any more.
    pub(super) async fn open_subject(
        &self,
        case_id: CaseId,
        wallet_id: WalletId,
    ) -> Result<(Stored<Case>, Stored<Customer>), WalletError> {
        let found = self.subject(case_id, wallet_id).await?;
        if found.0.closed_at.is_some() {
            return Err(DeskError::Decided.into());
        }
        Ok(found)
    }

    /// Whose wallet a switch stops, and so under which wallet a case shows it.
    pub async fn wallet_of(&self, switch: Switch) -> Result<Option<WalletId>, WalletError> {
        Ok(match switch {
            Switch::Wallet(id) => Some(id),
            Switch::Link(id) => {
                let link = self.load::<Link>(id).await?;
                Some(self.customer(link.customer_id).await?.wallet_id)
            }
            Switch::Everything | Switch::Bank(_) => None,
        })
    }

    /// Stops a wallet that a case is about, or one of its connections, and says so in the case.
    pub async fn stop_for_case(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, switch): (CaseId, Switch),
        reason: &str,
    ) -> Result<WalletId, WalletError> {
        let wallet_id = self.wallet_of(switch).await?.ok_or(WalletError::NotAvailable)?;
        self.subject(case_id, wallet_id).await?;
        self.pull_switch(ctx, by, switch, reason).await?;
        let note = format!("=stopped_for_case|{}", switch.number());
        self.note_done(ctx, by, case_id, &note).await?;
        Ok(wallet_id)
    }

    /// Asks the customer of a wallet that a case is about to look at what they did last. It says nothing of
    /// a rule, a case or anybody else, as somebody may read it who must not know; once a day.
    pub async fn write_to_subject(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, wallet_id): (CaseId, WalletId),
    ) -> Result<(), WalletError> {
        let (mut case, customer) = self.open_subject(case_id, wallet_id).await?;
        if self.was_written_to(ctx.now, customer.customer_id).await? {
            return Err(WalletError::TooMany);
        }
        let known = self.known(customer.customer_id).await?;
        let mut unit = Unit::new();
        case.edit().note(ctx.now, by, format!("=written_to|{wallet_id}"));
        unit.update(&case).audit(
            AuditEntry::new(ctx.now, by, "customer.written_to", wallet_id).with("case", case_id),
        );
        self.tell(&mut unit, ctx, &known, Content::new("please_look"))?;
        Ok(self.book.commit(unit).await?)
    }

    /// Whether they were asked so within a day, from whichever case.
    async fn was_written_to(&self, now: Timestamp, id: CustomerId) -> Result<bool, WalletError> {
        let since = later(now, DAY_SECS.saturating_neg());
        let told = self.book.list::<Notice>("person_id", &id.to_string()).await?;
        Ok(told.iter().any(|one| one.kind == PLEASE_LOOK && one.at > since))
    }

    /// Adds a line of Kanuki's own to a case, after what it tells of was done.
    pub(super) async fn note_done(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        note: &str,
    ) -> Result<(), WalletError> {
        insist!({
            let mut case = self.load::<Case>(case_id).await?;
            case.edit().note(ctx.now, by, note);
            let mut unit = Unit::new();
            unit.update(&case).audit(AuditEntry::new(ctx.now, by, "case.noted", case_id));
            Ok(self.book.commit(unit).await?)
        })
    }
}

/// Whether a decision was about this wallet, as who pays or as who is paid.
fn names(decision: &Record, wallet_id: WalletId) -> bool {
    let id = wallet_id.to_string();
    decision.signal.keys.iter().any(|key| match key {
        Key::Wallet(one) | Key::Payee(one) => *one == id,
        _ => false,
    })
}
