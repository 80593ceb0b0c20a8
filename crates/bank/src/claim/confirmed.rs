//! Two people agreed that debits were frauds: the engine hears of each, with whom it was seen.

use kanuki_desk::{claim::Claim, past, rule};
use kanuki_domain::Ctx;
use kanuki_record::Unit;
use kanuki_risk::Company;

use crate::{Bank, BankError, debit::Debit, holder::load};

impl Bank {
    /// Notes in `unit` that these debits were frauds, as far as what was seen of them is kept.
    pub(super) async fn note_frauds(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        debits: &[String],
    ) -> Result<(), BankError> {
        let mut signals = Vec::new();
        for key in debits {
            let asked_at = load::<Debit>(&self.book, key).await?.asked_at;
            let seen = past::of_movement(&self.book, key, asked_at).await?;
            let seen = seen.map(|seen| seen.signal.keys);
            signals.extend(seen.map(|keys| past::confirmed(Company::Bank, ctx.now, keys)));
        }
        if signals.is_empty() {
            return Ok(());
        }
        let attempt = self.counted_together(ctx, signals).await;
        rule::tell_desk(&self.book, ctx, unit, attempt.record()).await?;
        unit.insert(&attempt);
        Ok(())
    }
}

/// Which debits a claim is about.
pub(super) fn debits(claim: &Claim) -> Vec<String> {
    claim.movements().into_iter().map(|(movement, _)| movement).collect()
}
