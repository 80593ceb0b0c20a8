//! A link ends soon: its customer is told once, while there is time to agree anew at the bank.

use kanuki_domain::{Ctx, limits::DAY_SECS, mandate::later};
use kanuki_record::{AuditEntry, Stored, Unit};

use super::Link;
use crate::{Wallet, WalletError};

/// How many days before its end a customer is told that a link ends.
const TOLD_DAYS: i64 = 14;

impl Link {
    /// True once its customer should hear of the end that its terms have now.
    fn is_to_be_told(&self, now: jiff::Timestamp) -> bool {
        self.is_renewable(now)
            && self.end_told != Some(self.terms.valid_to)
            && later(now, TOLD_DAYS.saturating_mul(DAY_SECS)) > self.terms.valid_to
    }
}

impl Wallet {
    /// Tells whoever has a link that ends soon; says how many. One that cannot be told now does not
    /// stop the others.
    pub async fn tell_of_ends(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let (mut told, mut after): (usize, _) = (0, String::new());
        loop {
            let page = self.book.scan::<Link>(&after).await?;
            let Some(last) = page.last() else { return Ok(told) };
            after = last.link_id.to_string();
            for link in page.into_iter().filter(|link| link.is_to_be_told(ctx.now)) {
                let id = link.link_id;
                match self.tell_of_end(ctx, link).await {
                    Ok(()) => told = told.saturating_add(1),
                    Err(error) => tracing::warn!(%error, link.id = %id, "a reminder waits"),
                }
            }
        }
    }

    async fn tell_of_end(&self, ctx: &Ctx<'_>, mut link: Stored<Link>) -> Result<(), WalletError> {
        let known = self.known(link.customer_id).await?;
        let content = self.about_link("link_ends_soon", &link).await;
        let content = content.with("ends_at", link.terms.valid_to);
        link.edit().end_told = Some(link.terms.valid_to);
        let mut unit = Unit::new();
        unit.update(&link).audit(AuditEntry::new(ctx.now, "system", "link.end_told", link.link_id));
        self.tell(&mut unit, ctx, &known, content)?;
        Ok(self.book.commit(unit).await?)
    }
}
