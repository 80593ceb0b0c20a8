//! What time does to mandates: the unconfirmed lapse, raises come into force.

use kanuki_domain::Ctx;

use crate::{Bank, BankError, mandate::Mandate};

impl Bank {
    /// Lapses and ripens whatever is due. Called by the worker; one failing does not stop others.
    /// Says how many mandates changed.
    pub async fn age_mandates(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut changed: usize = 0;
        let mut after = String::new();
        loop {
            let page = self.book.scan::<Mandate>(&after).await?;
            let Some(last) = page.last() else { return Ok(changed) };
            after = last.mandate_id.to_string();
            for mandate in page {
                let id = mandate.mandate_id;
                let lapses = mandate.state.aged(ctx.now) != mandate.state;
                let ripens = mandate.is_ripe(ctx.now);
                let done = if lapses {
                    self.lapse(ctx, id).await
                } else if ripens {
                    self.ripen(ctx, mandate).await.map(|_| ())
                } else {
                    continue;
                };
                match done {
                    Ok(()) => changed = changed.saturating_add(1),
                    Err(error) => tracing::warn!(%error, mandate.id = %id, "mandate waits"),
                }
            }
        }
    }
}
