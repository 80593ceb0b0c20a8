//! One client key and one `DPoP` key per bank, made by us and kept sealed.
//!
//! How the second is changed is in `dpop_key`. A client key is changed without a gap: the next one is published for a day before it signs, so
//! that no bank meets a key it could not have fetched, and the last one stays published for a day
//! after, so that what it signed can still be checked.

use jiff::Timestamp;
use kanuki_domain::{Ctx, bank_account::BankCode, mandate::later};
use kanuki_record::{
    AuditEntry, RecordError, Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use kanuki_wire::keys::{Jwks, PublicJwk, Signer as _, SigningKey};
use serde::{Deserialize, Serialize};

use super::dpop_key::PastDpop;
use crate::{Wallet, WalletError};

/// How long a key is published before it signs, and after.
pub const OVERLAP_SECS: i64 = 86_400;

/// The keys as they are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BankKey {
    /// For which bank.
    pub bank: BankCode,
    pub(super) sealed: Sealed,
    /// Since when the client key signs; the first ones did not say.
    #[serde(default)]
    signs_since: Option<Timestamp>,
    #[serde(default)]
    next: Option<NextKey>,
    #[serde(default)]
    past: Vec<PastKey>,
    /// Since when tokens are bound to the `DPoP` key; the first ones did not say.
    #[serde(default)]
    pub(super) dpop_since: Option<Timestamp>,
    #[serde(default)]
    pub(super) past_dpop: Vec<PastDpop>,
}

record! { BankKey => "bank_key" by |k| k.bank.to_string(); }

/// A client key that is published and does not sign yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct NextKey {
    sealed: Sealed,
    public: PublicJwk,
    signs_from: Timestamp,
}

/// A client key that does not sign any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct PastKey {
    public: PublicJwk,
    published_until: Timestamp,
}

/// The keys as they are used.
#[derive(Clone, Debug)]
pub struct BankKeys {
    /// Signs client assertions, requests and holder facts.
    pub client: SigningKey,
    /// Tokens are bound to it.
    pub dpop: SigningKey,
}

const PLACE: &str = "bank_key|sealed";
const NEXT: &str = "bank_key|next";

pub(super) fn unusable<E>(_: E) -> WalletError {
    WalletError::Key("bank key")
}

impl Wallet {
    /// The keys for `bank`, made on first use.
    pub async fn bank_keys(&self, ctx: &Ctx<'_>, bank: BankCode) -> Result<BankKeys, WalletError> {
        Ok(self.kept_keys(ctx, bank).await?.1)
    }

    pub(super) async fn kept_keys(
        &self,
        ctx: &Ctx<'_>,
        bank: BankCode,
    ) -> Result<(Stored<BankKey>, BankKeys), WalletError> {
        let kept = self.kept_row(ctx, bank).await?;
        let (person, name) = (self.key_owner(bank).await?, bank.to_string());
        if let Some(keys) = self.opened.of(&name, &kept.sealed) {
            return Ok((kept, keys));
        }
        let (client, dpop): (String, String) = self.vault.open(&person, PLACE, &kept.sealed)?;
        let keys = BankKeys {
            client: SigningKey::from_pkcs8_pem(&client).map_err(unusable)?,
            dpop: SigningKey::from_pkcs8_pem(&dpop).map_err(unusable)?,
        };
        self.opened.keep(&name, &kept.sealed, &keys);
        Ok((kept, keys))
    }

    /// The keys as they are kept, made on first use.
    pub(super) async fn kept_row(
        &self,
        ctx: &Ctx<'_>,
        bank: BankCode,
    ) -> Result<Stored<BankKey>, WalletError> {
        if let Some(kept) = self.book.find::<BankKey>(bank).await? {
            return Ok(kept);
        }
        self.make_keys(ctx, bank).await?;
        Ok(self.book.load::<BankKey>(bank).await?)
    }

    pub(super) async fn key_owner(&self, bank: BankCode) -> Result<Stored<PersonKey>, WalletError> {
        Ok(self.book.load::<PersonKey>(format!("bank_{bank}")).await?)
    }

    async fn make_keys(&self, ctx: &Ctx<'_>, bank: BankCode) -> Result<(), WalletError> {
        let person = self.vault.create_person(ctx, format!("bank_{bank}"))?;
        let (client, dpop) =
            (SigningKey::generate().map_err(unusable)?, SigningKey::generate().map_err(unusable)?);
        let sealed = self.seal_pair(ctx, &person, (&client, &dpop))?;
        let signs_since = Some(ctx.now);
        let row = BankKey {
            bank,
            sealed,
            signs_since,
            next: None,
            past: Vec::new(),
            dpop_since: Some(ctx.now),
            past_dpop: Vec::new(),
        };
        let mut unit = Unit::new();
        unit.insert(&person).insert(&row);
        match self.book.commit(unit).await {
            // Another request made them first.
            Ok(()) | Err(RecordError::Duplicate { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn seal_pair(
        &self,
        ctx: &Ctx<'_>,
        owner: &PersonKey,
        (client, dpop): (&SigningKey, &SigningKey),
    ) -> Result<Sealed, WalletError> {
        let texts = (
            client.to_pkcs8_pem().map_err(unusable)?.to_string(),
            dpop.to_pkcs8_pem().map_err(unusable)?.to_string(),
        );
        Ok(self.vault.seal(ctx, owner, PLACE, &texts)?)
    }

    /// The public keys that `bank` may find signatures of: now, soon and until a while ago.
    pub async fn client_jwks(&self, ctx: &Ctx<'_>, bank: BankCode) -> Result<Jwks, WalletError> {
        if self.book.find::<BankKey>(bank).await?.is_none() {
            return Err(WalletError::NotAvailable);
        }
        let (kept, keys) = self.kept_keys(ctx, bank).await?;
        let mut all = Jwks::of([keys.client.public_jwk()]);
        all.keys.extend(kept.next.iter().map(|next| next.public.clone()));
        let past = kept.past.iter().filter(|past| ctx.now < past.published_until);
        all.keys.extend(past.map(|past| past.public.clone()));
        Ok(all)
    }

    /// Brings every bank's keys to where they should be: begins a change when a client key is old,
    /// lets the next key sign when it has been published long enough, forgets past ones; takes a new
    /// `DPoP` key when that is old. Returns how many keys were moved on.
    pub async fn turn_bank_keys(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let mut moved: usize = 0;
        for bank in self.partners().await? {
            // Opened only where something is to be done with them.
            let kept = self.kept_row(ctx, bank.code).await?;
            let age =
                bank.rotate_keys_after_days.map(|days| i64::from(days).saturating_mul(86_400));
            let is_old = |age| kept.signs_since.is_none_or(|since| later(since, age) <= ctx.now);
            let done = match &kept.next {
                Some(next) if next.signs_from <= ctx.now => {
                    let (kept, keys) = self.kept_keys(ctx, bank.code).await?;
                    self.let_sign(ctx, kept, keys).await?
                }
                None if age.is_some_and(is_old) => self.publish_next(ctx, kept).await?,
                Some(_) | None => false,
            };
            moved = moved.saturating_add(usize::from(done));
            if let Some(age) = age {
                let done = self.turn_dpop_key(ctx, bank.code, age).await?;
                moved = moved.saturating_add(usize::from(done));
            }
        }
        Ok(moved)
    }

    async fn publish_next(
        &self,
        ctx: &Ctx<'_>,
        mut kept: Stored<BankKey>,
    ) -> Result<bool, WalletError> {
        let owner = self.key_owner(kept.bank).await?;
        let key = SigningKey::generate().map_err(unusable)?;
        let text = key.to_pkcs8_pem().map_err(unusable)?.to_string();
        let sealed = self.vault.seal(ctx, &owner, NEXT, &text)?;
        let signs_from = later(ctx.now, OVERLAP_SECS);
        let public = key.public_jwk().clone();
        let entry = AuditEntry::new(ctx.now, "system", "bank_key.published", kept.bank);
        kept.edit().next = Some(NextKey { sealed, public, signs_from });
        self.keep_turn(&kept, entry.with("kid", key.kid())).await
    }

    async fn let_sign(
        &self,
        ctx: &Ctx<'_>,
        mut kept: Stored<BankKey>,
        keys: BankKeys,
    ) -> Result<bool, WalletError> {
        let Some(next) = kept.next.clone() else { return Ok(false) };
        let owner = self.key_owner(kept.bank).await?;
        let text: String = self.vault.open(&owner, NEXT, &next.sealed)?;
        let client = SigningKey::from_pkcs8_pem(&text).map_err(unusable)?;
        let sealed = self.seal_pair(ctx, &owner, (&client, &keys.dpop))?;
        let entry = AuditEntry::new(ctx.now, "system", "bank_key.turned", kept.bank);
        let row = kept.edit();
        row.sealed = sealed;
        row.signs_since = Some(ctx.now);
        row.next = None;
        row.past.retain(|past| ctx.now < past.published_until);
        row.past.push(PastKey {
            public: keys.client.public_jwk().clone(),
            published_until: later(ctx.now, OVERLAP_SECS),
        });
        self.keep_turn(&kept, entry.with("kid", client.kid())).await
    }

    pub(super) async fn keep_turn(
        &self,
        kept: &Stored<BankKey>,
        entry: AuditEntry,
    ) -> Result<bool, WalletError> {
        let mut unit = Unit::new();
        unit.update(kept).audit(entry);
        match self.book.commit(unit).await {
            Ok(()) => Ok(true),
            // Another node did it.
            Err(RecordError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
