//! What a customer is told of a link: that it is there, that it waits, that it is gone.

use kanuki_desk::outbox::Content;
use kanuki_domain::Ctx;
use kanuki_record::Unit;

use super::Link;
use crate::{Wallet, WalletError};

impl Wallet {
    /// What is said of a new link: one that the bank still wants to have confirmed cannot be used yet.
    pub(super) async fn connected(&self, link: &Link) -> Content {
        match link.waits_until() {
            Some(until) => self.about_link("link_waits", link).await.with("ends_at", until),
            None => self.about_link("linked", link).await,
        }
    }

    /// A message about a link, which names its bank and its account.
    pub(super) async fn about_link(&self, what: &str, link: &Link) -> Content {
        Content::new(what)
            .with("bank", self.bank_name(link.bank).await)
            .with("account", &link.account_mask)
    }

    /// Adds to `unit` that the customer of a link is told what became of it.
    pub(crate) async fn tell_of_link(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (what, link): (&str, &Link),
    ) -> Result<(), WalletError> {
        let known = self.known(link.customer_id).await?;
        let content = self.about_link(what, link).await;
        self.tell(unit, ctx, &known, content)
    }
}
