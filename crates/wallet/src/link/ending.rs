//! Ending a mandate at a bank that takes no events: asked until it answers.
//!
//! A bank of plain OAuth hears of an end by `DELETE /mandate` alone. Here the link has ended at once and
//! nothing moves under it any more; there the mandate lives on until the bank has said that it does not.
//! So what is still to be asked is a row of its own, written in the unit that ends the link, and after a
//! day without an answer it has a case: somebody asks the bank.

use jiff::Timestamp;
use kanuki_desk::case::{Case, CaseKind};
use kanuki_domain::{
    Ctx,
    bank_account::BankCode,
    connector::Protocol,
    id::{CaseId, CustomerId, LinkId},
    limits::{ASK_AGAIN_SECS, HOUR_SECS},
    mandate::later,
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use super::Link;
use crate::{Wallet, WalletError, bank::ask_again_at};

/// A mandate that a bank has not said to have ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ending {
    /// The link, which has ended here.
    pub link_id: LinkId,
    /// Whose.
    pub customer_id: CustomerId,
    /// At which bank.
    pub bank: BankCode,
    /// Since when it is asked.
    pub asked_at: Timestamp,
    /// When it is asked next.
    pub next_at: Timestamp,
    /// How often it was asked.
    pub asked: u32,
    /// Its case, once it has one.
    pub case_id: Option<CaseId>,
}

record! { Ending => "link_ending" by |e| e.link_id.to_string();
    many standing = |_| Some(WAITS.to_owned());
}

const WAITS: &str = "waits";

impl Wallet {
    /// Adds to `unit`, in which a link ends, that its bank is to be asked, if events do not tell it.
    pub(super) async fn queue_ending(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        link: &Link,
    ) -> Result<(), WalletError> {
        if link.grant_id.is_some() && self.partner(link.bank).await?.protocol == Protocol::Oauth {
            unit.insert(&Ending {
                link_id: link.link_id,
                customer_id: link.customer_id,
                bank: link.bank,
                asked_at: ctx.now,
                next_at: ctx.now,
                asked: 0,
                case_id: None,
            });
        }
        Ok(())
    }

    /// Asks the bank once more to end the mandate of a link; true once nothing is left to ask.
    pub(crate) async fn drive_ending(
        &self,
        ctx: &Ctx<'_>,
        link_id: LinkId,
    ) -> Result<bool, WalletError> {
        let Some(ending) = self.book.find::<Ending>(link_id).await? else { return Ok(true) };
        let link = self.load::<Link>(link_id).await?;
        let mut case = match ending.case_id {
            Some(case_id) => Some(self.load::<Case>(case_id).await?),
            None => None,
        };
        // Somebody saw to it with the bank and closed the case.
        let is_settled = case.as_ref().is_some_and(|case| case.closed_at.is_some());
        if !is_settled && !self.ask_end(ctx, &link).await? {
            return self.ask_end_later(ctx, ending).await;
        }
        let mut unit = Unit::new();
        if let Some(case) = case.as_mut().filter(|_| !is_settled) {
            case.edit().close(ctx.now, "system", format!("=ended_at_bank|{}", link.bank));
            unit.update(case);
        }
        unit.delete(&ending).audit(
            AuditEntry::new(ctx.now, "system", "link.ended_at_bank", link_id)
                .with("by_people", is_settled),
        );
        self.keep_ending(unit).await?;
        Ok(true)
    }

    async fn ask_end_later(
        &self,
        ctx: &Ctx<'_>,
        mut ending: Stored<Ending>,
    ) -> Result<bool, WalletError> {
        let mut unit = Unit::new();
        let row = ending.edit();
        row.next_at = ask_again_at(ctx.now, row.asked);
        row.asked = row.asked.saturating_add(1);
        if ctx.now >= later(row.asked_at, ASK_AGAIN_SECS) {
            row.next_at = later(ctx.now, HOUR_SECS);
            if row.case_id.is_none() {
                let person = Some(row.customer_id.to_string());
                let mut case = Case::open(ctx, CaseKind::OpenItem, row.link_id, person);
                case.note(ctx.now, "system", format!("=end_unknown|{}", row.bank));
                row.case_id = Some(case.case_id);
                unit.insert(&case);
            }
        }
        unit.update(&ending);
        self.keep_ending(unit).await?;
        Ok(false)
    }

    async fn keep_ending(&self, unit: Unit) -> Result<(), WalletError> {
        match self.book.commit(unit).await {
            // Somebody else asked at the same moment.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Every mandate that a bank is to be asked about now.
    pub(crate) async fn due_endings(
        &self,
        ctx: &Ctx<'_>,
    ) -> Result<Vec<Stored<Ending>>, WalletError> {
        let waiting = self.book.every::<Ending>("standing", WAITS).await?;
        Ok(waiting.into_iter().filter(|ending| ending.next_at <= ctx.now).collect())
    }
}
