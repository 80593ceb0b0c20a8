//! The passkey of the second person signs the whole version and a nonce, and nothing less.

use jiff::Timestamp;
use kanuki_domain::id::StaffId;
use kanuki_passkey::{AssertionState, PasskeyError, RelyingParty};
use kanuki_record::{Book, Unit};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Content, RegistryError, Signature, Version};
use crate::{
    authenticator::{keys_of, list_passkeys},
    staff::Staff,
};

/// What must come back with the signature. Kept on the server, used once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Signing {
    /// Which company.
    pub subject: String,
    /// Which version of it.
    pub number: u32,
    /// What makes this signature unlike any other.
    pub nonce: String,
    /// The canonical form of [`pre_image`] that was shown to the passkey.
    pub canonical: String,
    assertion: AssertionState,
}

/// What is signed: everything the version says, where, and once.
#[must_use]
pub fn pre_image<C: Content>(version: &Version<C>, company: &str, nonce: &str) -> Value {
    json!({
        "act": "partner.live",
        "at": company,
        "subject": version.subject,
        "number": version.number,
        "base": version.base,
        "content": version.content,
        "changes": version.changes,
        "reason": version.reason,
        "nonce": nonce,
    })
}

/// Options for a signature by `by` over `canonical`, whose SHA-256 is `challenge`.
pub async fn start<C: Content>(
    (book, rp): (&Book, &RelyingParty),
    by: StaffId,
    version: &Version<C>,
    (canonical, challenge, nonce): (String, [u8; 32], String),
) -> Result<(String, Signing), RegistryError> {
    let keys = keys_of(&list_passkeys(book, by).await?);
    let (options, assertion) = rp.start_assertion(&keys, challenge)?;
    let (subject, number) = (version.subject.clone(), version.number);
    Ok((options, Signing { subject, number, nonce, canonical, assertion }))
}

/// Checks the answer of `by`'s passkey, whose counter is kept in `unit`.
///
/// `canonical` is what the version says now: if that is not what was signed, nothing counts.
pub async fn finish(
    (book, rp): (&Book, &RelyingParty),
    unit: &mut Unit,
    (by, now): (StaffId, Timestamp),
    (response, signing): (&str, &Signing),
    canonical: &str,
) -> Result<Signature, RegistryError> {
    let works_here = book.find::<Staff>(by).await?.is_some_and(|staff| staff.left_at.is_none());
    if !works_here {
        return Err(PasskeyError::UnknownCredential.into());
    }
    if signing.canonical != canonical {
        return Err(RegistryError::Stale);
    }
    let mut stored = list_passkeys(book, by).await?;
    let mut keys = keys_of(&stored);
    let asserted = rp.finish_assertion(response, &signing.assertion, &mut keys)?;
    for (row, key) in stored.iter_mut().zip(keys) {
        if asserted.changed && key.credential_id() == asserted.credential_id {
            row.edit().keep(key);
            unit.update(row);
        }
    }
    let pre_image = canonical.to_owned();
    Ok(Signature { by, at: now, pre_image, evidence: asserted.evidence })
}
