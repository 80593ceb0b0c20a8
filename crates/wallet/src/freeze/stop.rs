//! "It wasn't me": the code from a notice, typed without signing in.

use kanuki_desk::{
    case::{Case, CaseKind},
    notice::{Notice, find_by_code},
};
use kanuki_domain::{
    Ctx,
    id::{CaseId, WalletId},
};
use kanuki_record::{AuditEntry, Stored, Unit};

use super::Stopping;
use crate::{Customer, Wallet, WalletError, close::Closure, error::insist};

/// What one press will do. It names nobody: whoever has the code may not be the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preview {
    /// When the notice was sent.
    pub told_at: jiff::Timestamp,
    /// How many bank accounts will be stopped.
    pub links: usize,
    /// Whether somebody is waiting to get in, which will be stopped.
    pub has_recovery: bool,
    /// It is frozen already: the press ends a waiting unfreeze and recovery, and opens a new case where
    /// the first was closed.
    pub is_frozen: bool,
    /// Whether its owner wants its end, or had it.
    pub end: End,
}

/// Where a wallet is on its way to its end, as far as a press changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nobody asked for it.
    None,
    /// It is being closed, which the press stops.
    Closing,
    /// It is closed: nothing is left to stop, and the press opens a case.
    Closed,
}

impl From<&Closure> for End {
    fn from(closure: &Closure) -> Self {
        match closure {
            Closure::Open => Self::None,
            Closure::Closing(_) | Closure::Ending(_) => Self::Closing,
            Closure::Closed(_) => Self::Closed,
        }
    }
}

impl Wallet {
    async fn by_code(
        &self,
        typed: &str,
    ) -> Result<(Stored<Notice>, Stored<Customer>), WalletError> {
        let found = find_by_code(&self.book, &self.vault, typed).await?;
        let notice = found.ok_or(WalletError::NotAvailable)?;
        let wallet_id: WalletId = notice.stops.parse().map_err(|_| WalletError::NotAvailable)?;
        let customer = self.customer_of(wallet_id).await?;
        Ok((notice, customer))
    }

    /// What the code would stop. Changes nothing.
    pub async fn preview_stop(&self, ctx: &Ctx<'_>, typed: &str) -> Result<Preview, WalletError> {
        let (notice, customer) = self.by_code(typed).await?;
        let id = customer.customer_id;
        let links = self.live_links(id).await?;
        Ok(Preview {
            told_at: notice.at,
            links: links.iter().filter(|l| l.is_active()).count(),
            has_recovery: !self.waiting_recoveries(ctx, id).await?.is_empty(),
            is_frozen: customer.frozen.is_some(),
            end: End::from(&customer.closure),
        })
    }

    /// Stops everything of that wallet and answers the number of the case. Pressing twice is fine.
    pub async fn stop(&self, ctx: &Ctx<'_>, typed: &str) -> Result<CaseId, WalletError> {
        insist!(self.stop_once(ctx, typed).await)
    }

    async fn stop_once(&self, ctx: &Ctx<'_>, typed: &str) -> Result<CaseId, WalletError> {
        let (mut notice, customer) = self.by_code(typed).await?;
        let id = customer.customer_id;
        self.cancel_recoveries(ctx, id, "stop_code").await?;
        let mut case = Case::open(ctx, CaseKind::NotMe, notice.notice_id, Some(id.to_string()));
        case.note(ctx.now, "system", format!("=stop_code|{}", notice.kind));
        let mut unit = Unit::new();
        if notice.stopped_at.is_none() {
            notice.edit().stopped_at = Some(ctx.now);
            self.weigh_answer(ctx, &mut unit, &customer).await?;
            unit.update(&notice);
        }
        unit.audit(AuditEntry::new(ctx.now, "stop_code", "stop_code.used", notice.notice_id));
        let stopping = Stopping {
            by: "stop_code",
            case,
            named: None,
            joins: None,
            is_shared: false,
            except: None,
            is_alone: false,
            in_front: None,
        };
        self.freeze_in(ctx, unit, id, stopping).await
    }
}
