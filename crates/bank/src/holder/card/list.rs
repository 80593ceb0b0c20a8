//! The revocation lists that cards were believed by, one row for each list and not for each signature.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use kanuki_desk::evidence::hex;
use kanuki_domain::Ctx;
use kanuki_jpki::RevocationEvidence;
use kanuki_record::{RecordError, Unit, record};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Bank, BankError};

/// A list, kept for as long as what it was used for can be disputed. It holds numbers of revoked
/// certificates, and nobody's name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CardList {
    /// SHA-256 of it, in hex.
    pub hash: String,
    /// The list, DER in base64.
    der: String,
    /// When it was first used.
    pub kept_at: Timestamp,
}

record! { CardList => "card_list" by |l| l.hash.clone(); }

impl Bank {
    /// Keeps a list, once; returns its name.
    pub(super) async fn keep_list(
        &self,
        ctx: &Ctx<'_>,
        list: &RevocationEvidence,
    ) -> Result<String, BankError> {
        let der = list.crl().ok_or(BankError::Card)?;
        let hash = hex(Sha256::digest(der).into());
        if self.book.find::<CardList>(&hash).await?.is_none() {
            let der = BASE64_STANDARD.encode(der);
            let mut unit = Unit::new();
            unit.insert(&CardList { hash: hash.clone(), der, kept_at: ctx.now });
            match self.book.commit(unit).await {
                Ok(()) | Err(RecordError::Duplicate { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(hash)
    }

    /// A list that was kept; [`RevocationEvidence::missing`] if it is not there or not whole.
    pub(crate) async fn kept_list(&self, hash: &str) -> Result<RevocationEvidence, BankError> {
        let found = self.book.find::<CardList>(hash).await?;
        let der = found.and_then(|list| BASE64_STANDARD.decode(&list.der).ok());
        let is_it = |der: &Vec<u8>| hex(Sha256::digest(der).into()) == hash;
        Ok(der.filter(is_it).map_or_else(RevocationEvidence::missing, RevocationEvidence::from_crl))
    }
}
