//! What time does to mandates: the unconfirmed lapse, raises come into force.

use kanuki_domain::{Ctx, id::MandateId, limits::DAY_SECS, mandate::later};
use kanuki_record::{RecordError, Stored, Unit};

use crate::{
    Bank, BankError,
    mandate::{Mandate, day_of},
};

/// So many rows are filed in one commit.
const FILED_AT_ONCE: usize = 200;

impl Bank {
    /// Lapses and ripens what is due today or was yesterday; what is left of days before is found by
    /// [`Bank::age_every_mandate`]. Called by the worker; one failing does not stop others.
    /// Says how many mandates changed.
    pub async fn age_mandates(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut changed: usize = 0;
        for day in [later(ctx.now, -DAY_SECS), ctx.now].map(day_of) {
            for mandate in self.book.every::<Mandate>("ages", &day).await? {
                changed = changed.saturating_add(usize::from(self.age(ctx, mandate).await));
            }
        }
        Ok(changed)
    }

    /// The same for every mandate there is, also for rows from before they could be found by that.
    pub async fn age_every_mandate(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut changed: usize = 0;
        let mut after = String::new();
        loop {
            let page = self.book.scan::<Mandate>(&after).await?;
            let Some(last) = page.last() else { return Ok(changed) };
            after = last.mandate_id.to_string();
            for mandate in page {
                let is_misfiled = mandate.is_misfiled();
                let id = mandate.mandate_id;
                changed = changed.saturating_add(usize::from(self.age(ctx, mandate).await));
                if is_misfiled {
                    self.file_anew(id).await?;
                }
            }
        }
    }

    /// Lets every mandate from before be found by the wallet behind it; how many were not. Called before the
    /// first request: an alarm is told once, and must find them all.
    pub async fn file_mandates(&self) -> Result<usize, BankError> {
        let (mut filed, mut after) = (0_usize, String::new());
        if self.book.unfiled::<Mandate>("wallet", 1).await?.is_empty() {
            return Ok(0);
        }
        loop {
            let page = self.book.scan_some::<Mandate>(&after, FILED_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(filed) };
            after = last.mandate_id.to_string();
            let misfiled: Vec<_> = page.iter().filter(|one| one.is_misfiled()).collect();
            let mut unit = Unit::new();
            for mandate in &misfiled {
                unit.update(mandate);
            }
            if misfiled.is_empty() {
                continue;
            }
            match self.book.commit(unit).await {
                Ok(()) => {}
                // Somebody changed one of them at this moment.
                Err(RecordError::Conflict { .. }) => {
                    for mandate in &misfiled {
                        self.file_anew(mandate.mandate_id).await?;
                    }
                }
                Err(error) => return Err(error.into()),
            }
            filed = filed.saturating_add(misfiled.len());
        }
    }

    /// Lets a row from before be found by what it is looked for by today.
    async fn file_anew(&self, id: MandateId) -> Result<(), BankError> {
        let Some(mandate) = self.book.find::<Mandate>(id).await? else { return Ok(()) };
        if !mandate.is_misfiled() {
            return Ok(());
        }
        let mut unit = Unit::new();
        unit.update(&mandate);
        match self.book.commit(unit).await {
            // Whoever changed it at this moment filed it.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// True if time did something to it.
    async fn age(&self, ctx: &Ctx<'_>, mandate: Stored<Mandate>) -> bool {
        let id = mandate.mandate_id;
        let lapses = mandate.state.aged(ctx.now) != mandate.state;
        let ripens = mandate.is_ripe(ctx.now);
        let done = if lapses {
            self.lapse(ctx, id).await
        } else if ripens {
            self.ripen(ctx, mandate).await.map(|_| ())
        } else {
            return false;
        };
        if let Err(error) = &done {
            tracing::warn!(%error, mandate.id = %id, "mandate waits");
        }
        done.is_ok()
    }
}
