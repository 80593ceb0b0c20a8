//! Coming back from the bank with other terms for the same link.

use kanuki_desk::outbox::Content;
use kanuki_domain::{
    Ctx,
    id::{CustomerId, LinkId},
    mandate::later,
};
use kanuki_record::{AuditEntry, RecordError, Unit, vault::PersonKey};
use kanuki_wire::{ErrorCode, OAuthError, mandate::Granted, token::TokenResponse};

use super::{
    Linking,
    token::{TOKENS, Tokens},
};
use crate::{Wallet, WalletError};

/// How often it begins again because something else changed the link meanwhile.
const TRIES_MAX: u32 = 5;

impl Wallet {
    /// Writes down what the bank granted. The link keeps its name, its account and its state: what
    /// was stopped here meanwhile stays stopped.
    pub(super) async fn keep_renewal(
        &self,
        ctx: &Ctx<'_>,
        (id, link_id): (CustomerId, LinkId),
        (granted, response, key_name): (Granted, TokenResponse, String),
    ) -> Result<LinkId, WalletError> {
        let key = self.load::<PersonKey>(id).await?;
        let tokens = Tokens {
            access: response.access_token,
            refresh: response.refresh_token,
            expires_at: later(ctx.now, i64::from(response.expires_in)),
            key: Some(key_name),
        };
        let sealed = self.vault.seal(ctx, &key, TOKENS, &tokens)?;
        let known = self.known(id).await?;
        for _ in 0..TRIES_MAX {
            let mut link = self.link_of(id, link_id).await?;
            let is_same = granted.mandate_id == link.mandate_id
                && granted.account.handle == link.account_handle
                && response.grant_id == link.grant_id;
            if !is_same {
                return Err(WalletError::NotAvailable);
            }
            link.edit().terms = granted.terms.clone();
            link.edit().standing = granted.standing;
            link.edit().tokens = sealed.clone();
            link.edit().renewed_at = Some(ctx.now);
            let content = Content::new("link_renewed")
                .with("bank", &self.partner(link.bank).await?.name)
                .with("account", &link.account_mask);
            let mut unit = Unit::new();
            unit.update(&link).audit(
                AuditEntry::new(ctx.now, id, "link.renewed", link_id)
                    .with("mandate", link.mandate_id),
            );
            self.tell(&mut unit, ctx, &known, content)?;
            match self.book.commit(unit).await {
                Ok(()) => return Ok(link_id),
                Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(WalletError::BankSilent)
    }

    /// A code that is no good any more may belong to a tab that was overtaken by another one: then
    /// the link is renewed, and nothing is wrong.
    pub(super) async fn if_renewed(
        &self,
        linking: &Linking,
        refusal: OAuthError,
    ) -> Result<LinkId, WalletError> {
        if let Some(link_id) = linking.renews
            && refusal.code == ErrorCode::InvalidGrant
        {
            let link = self.link_of(linking.customer_id, link_id).await?;
            if link.renewed_at.is_some() && link.renewed_at >= linking.started_at {
                return Ok(link_id);
            }
        }
        Err(WalletError::Bank(refusal))
    }
}
