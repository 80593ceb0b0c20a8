//! "It wasn't me": a stop code from a notice, typed by anyone, stops everything at once.
//!
//! A code can only tighten. Releasing takes two people of staff.

use kanuki_desk::{
    authenticator::Authenticator,
    case::{Case, CaseKind},
    notice::{self, Notice},
};
use kanuki_domain::{
    Ctx,
    id::{AuthenticatorId, CaseId, MandateId},
    mandate::StoppedBy,
};
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_risk::Kind;

use crate::{Bank, BankError, holder::load, mandate::Mandate};

/// What a stop code is about, in words that tell a stranger nothing they could use.
#[derive(Clone, Debug)]
pub enum Stoppable {
    /// A mandate.
    Mandate {
        /// Which partner debits.
        partner_name: String,
        /// How the account is shown.
        account_mask: String,
        /// It is stopped already.
        is_stopped: bool,
    },
    /// A passkey that was registered.
    Passkey {
        /// It was ended already.
        is_stopped: bool,
    },
}

impl Bank {
    /// What a press will stop. Changes nothing.
    pub async fn preview_stop(&self, ctx: &Ctx<'_>, typed: &str) -> Result<Stoppable, BankError> {
        let notice = self.notice_of(ctx, typed).await?;
        if let Ok(id) = notice.stops.parse::<MandateId>() {
            let mandate = load::<Mandate>(&self.book, id).await?;
            return Ok(Stoppable::Mandate {
                partner_name: mandate.partner_name.clone(),
                account_mask: mandate.account_mask.clone(),
                is_stopped: !mandate.state.is_active(),
            });
        }
        let id: AuthenticatorId = notice.stops.parse().map_err(|_| BankError::NotAvailable)?;
        let authenticator = load::<Authenticator>(&self.book, id).await?;
        Ok(Stoppable::Passkey { is_stopped: authenticator.revoked_at.is_some() })
    }

    /// Stops it: the mandate is suspended, the wallet is told at once so that it freezes what is
    /// left, and a case is open on both sides. Pressing twice answers with the same case.
    pub async fn stop(&self, ctx: &Ctx<'_>, typed: &str) -> Result<CaseId, BankError> {
        let mut notice = self.notice_of(ctx, typed).await?;
        let open = self.book.find_by::<Case>("about", &notice.stops).await?;
        if let Some(case) = open.filter(|case| case.closed_at.is_none()) {
            return Ok(case.case_id);
        }
        let holder = Some(notice.person_id.clone());
        let case = Case::open(ctx, CaseKind::NotMe, &notice.stops, holder);
        if let Ok(id) = notice.stops.parse::<MandateId>() {
            let mandate = load::<Mandate>(&self.book, id).await?;
            self.suspend(ctx, mandate, StoppedBy::Holder, Some(case.case_id)).await?;
        } else {
            self.stop_passkey(ctx, &notice, case.case_id).await?;
        }
        notice.edit().stopped_at = Some(ctx.now);
        let mut unit = Unit::new();
        unit.insert(&case).update(&notice).audit(
            AuditEntry::new(ctx.now, "stop_code", "case.opened", case.case_id)
                .with("about", &case.about),
        );
        self.book.commit(unit).await?;
        Ok(case.case_id)
    }

    /// A passkey that its holder did not register ends, and with it every mandate signed since.
    async fn stop_passkey(
        &self,
        ctx: &Ctx<'_>,
        notice: &Notice,
        case_id: CaseId,
    ) -> Result<(), BankError> {
        let id: AuthenticatorId = notice.stops.parse().map_err(|_| BankError::NotAvailable)?;
        let mut authenticator = load::<Authenticator>(&self.book, id).await?;
        let since = authenticator.created_at;
        if authenticator.revoked_at.is_none() {
            authenticator.edit().revoked_at = Some(ctx.now);
            let mut unit = Unit::new();
            unit.update(&authenticator);
            self.book.commit(unit).await?;
        }
        for mandate in self.book.list::<Mandate>("holder_id", &authenticator.owner_id).await? {
            if mandate.signed_at >= since && mandate.state.is_alive() {
                self.suspend(ctx, mandate, StoppedBy::Holder, Some(case_id)).await?;
            }
        }
        Ok(())
    }

    async fn notice_of(&self, ctx: &Ctx<'_>, typed: &str) -> Result<Stored<Notice>, BankError> {
        self.require_few(ctx, Kind::StopCodeRefused, Vec::new())?;
        let found = notice::find_by_code(&self.book, &self.vault, typed).await?;
        found.ok_or_else(|| {
            self.note(ctx, Kind::StopCodeRefused, Vec::new(), "stop");
            BankError::NotAvailable
        })
    }
}
