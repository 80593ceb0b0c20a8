//! One client key and one `DPoP` key per bank, made once and kept sealed.

use kanuki_domain::{Ctx, bank_account::BankCode};
use kanuki_record::{
    RecordError, Unit, record,
    vault::{PersonKey, Sealed},
};
use kanuki_wire::keys::SigningKey;
use serde::{Deserialize, Serialize};

use crate::{Wallet, WalletError};

/// The keys as they are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BankKey {
    /// For which bank.
    pub bank: BankCode,
    sealed: Sealed,
}

record! { BankKey => "bank_key" by |k| k.bank.to_string(); }

/// The keys as they are used.
#[derive(Clone, Debug)]
pub struct BankKeys {
    /// Signs client assertions and holder facts.
    pub client: SigningKey,
    /// Tokens are bound to it.
    pub dpop: SigningKey,
}

const PLACE: &str = "bank_key|sealed";

fn unusable<E>(_: E) -> WalletError {
    WalletError::Key("bank key")
}

impl Wallet {
    /// The keys for `bank`, made on first use.
    pub(crate) async fn bank_keys(
        &self,
        ctx: &Ctx<'_>,
        bank: BankCode,
    ) -> Result<BankKeys, WalletError> {
        if let Some(kept) = self.book.find::<BankKey>(bank).await? {
            return self.open_keys(&kept).await;
        }
        let person = self.vault.create_person(ctx, format!("bank_{bank}"))?;
        let keys = BankKeys {
            client: SigningKey::generate().map_err(unusable)?,
            dpop: SigningKey::generate().map_err(unusable)?,
        };
        let texts = (
            keys.client.to_pkcs8_pem().map_err(unusable)?.to_string(),
            keys.dpop.to_pkcs8_pem().map_err(unusable)?.to_string(),
        );
        let sealed = self.vault.seal(ctx, &person, PLACE, &texts)?;
        let mut unit = Unit::new();
        unit.insert(&person).insert(&BankKey { bank, sealed });
        match self.book.commit(unit).await {
            Ok(()) => Ok(keys),
            // Another request made them first.
            Err(RecordError::Duplicate { .. }) => {
                let kept = self.book.load::<BankKey>(bank).await?;
                self.open_keys(&kept).await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn open_keys(&self, kept: &BankKey) -> Result<BankKeys, WalletError> {
        let person = self.book.load::<PersonKey>(format!("bank_{}", kept.bank)).await?;
        let (client, dpop): (String, String) = self.vault.open(&person, PLACE, &kept.sealed)?;
        Ok(BankKeys {
            client: SigningKey::from_pkcs8_pem(&client).map_err(unusable)?,
            dpop: SigningKey::from_pkcs8_pem(&dpop).map_err(unusable)?,
        })
    }
}
