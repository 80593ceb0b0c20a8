//! Changing the `DPoP` key that tokens of one bank are bound to.
//!
//! A bank need not be told: a refresh token belongs to the client and not to one key (FAPI 2.0), so
//! a new key is simply taken at the next refresh. Until then an access token works with the key it
//! was made for and with no other, and so does a code that was asked for before the change. The old
//! key is kept for a day, which is longer than either lives, and then destroyed.

use jiff::Timestamp;
use kanuki_domain::{Ctx, bank_account::BankCode, mandate::later};
use kanuki_record::{AuditEntry, Stored, vault::Sealed};
use kanuki_wire::keys::{Signer as _, SigningKey};
use serde::{Deserialize, Serialize};

use super::keys::{BankKey, BankKeys, OVERLAP_SECS, unusable};
use crate::{Wallet, WalletError};

/// A `DPoP` key that takes no new tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PastDpop {
    thumbprint: String,
    sealed: Sealed,
    usable_until: Timestamp,
}

const PAST: &str = "bank_key|past_dpop";

impl BankKeys {
    /// The name of the key that tokens are bound to now.
    pub(crate) fn dpop_name(&self) -> String {
        self.dpop.public_jwk().thumbprint()
    }
}

impl Wallet {
    /// The keys for `bank` with the `DPoP` key of this name, if it is still there. What was kept
    /// before keys had names goes with the first one.
    pub(crate) async fn bank_keys_named(
        &self,
        ctx: &Ctx<'_>,
        bank: BankCode,
        name: Option<&str>,
    ) -> Result<Option<BankKeys>, WalletError> {
        let (kept, keys) = self.kept_keys(ctx, bank).await?;
        let past = match name {
            None if kept.past_dpop.is_empty() => return Ok(Some(keys)),
            Some(name) if name == keys.dpop_name() => return Ok(Some(keys)),
            None => return Ok(None),
            Some(name) => kept.past_dpop.iter().find(|past| past.thumbprint == name),
        };
        let Some(past) = past.filter(|past| ctx.now < past.usable_until) else { return Ok(None) };
        let owner = self.key_owner(bank).await?;
        let text: String = self.vault.open(&owner, PAST, &past.sealed)?;
        let dpop = SigningKey::from_pkcs8_pem(&text).map_err(unusable)?;
        Ok(Some(BankKeys { client: keys.client, dpop }))
    }

    /// Takes a new `DPoP` key when this one is `age` old, and destroys those that are over.
    pub(super) async fn turn_dpop_key(
        &self,
        ctx: &Ctx<'_>,
        bank: BankCode,
        age: i64,
    ) -> Result<bool, WalletError> {
        let kept = self.kept_row(ctx, bank).await?;
        let is_old = kept.dpop_since.is_none_or(|since| later(since, age) <= ctx.now);
        if is_old {
            let (kept, keys) = self.kept_keys(ctx, bank).await?;
            return self.take_new_dpop(ctx, kept, keys).await;
        }
        if kept.past_dpop.iter().all(|past| ctx.now < past.usable_until) {
            return Ok(false);
        }
        let mut kept = kept;
        kept.edit().past_dpop.retain(|past| ctx.now < past.usable_until);
        let entry = AuditEntry::new(ctx.now, "system", "bank_key.dpop_destroyed", bank);
        self.keep_turn(&kept, entry).await
    }

    async fn take_new_dpop(
        &self,
        ctx: &Ctx<'_>,
        mut kept: Stored<BankKey>,
        keys: BankKeys,
    ) -> Result<bool, WalletError> {
        let owner = self.key_owner(kept.bank).await?;
        let new = SigningKey::generate().map_err(unusable)?;
        let text = keys.dpop.to_pkcs8_pem().map_err(unusable)?.to_string();
        let past = PastDpop {
            thumbprint: keys.dpop_name(),
            sealed: self.vault.seal(ctx, &owner, PAST, &text)?,
            usable_until: later(ctx.now, OVERLAP_SECS),
        };
        let sealed = self.seal_pair(ctx, &owner, (&keys.client, &new))?;
        let entry = AuditEntry::new(ctx.now, "system", "bank_key.dpop_turned", kept.bank);
        let row = kept.edit();
        row.sealed = sealed;
        row.dpop_since = Some(ctx.now);
        row.past_dpop.retain(|past| ctx.now < past.usable_until);
        row.past_dpop.push(past);
        self.keep_turn(&kept, entry.with("kid", new.kid())).await
    }
}
