//! Proves that what counts is what was signed.
//!
//! Requests read a company's row and not its versions, so whoever could write the records beside
//! the registry could change what counts. The row must say what the live version says, that must be
//! what was signed, and the audit log's chain holds the hash of what was signed.

use std::collections::BTreeMap;

use kanuki_passkey::{PasskeyError, RelyingParty};
use kanuki_record::{AuditEntry, Book, Record, RecordError};
use serde_json::Value;

use super::{Content, Signature, Step, Version, changes, every, everyone};
use crate::evidence::{challenge, hex};

/// The act under which the audit log keeps that a signed version went live.
pub(super) const LIVE: &str = "partner.live";
/// The same of a configuration file's.
pub(super) const IMPORTED: &str = "partner.imported";

/// What the audit log says of each version that counted: its number, and the hash of its text.
#[derive(Clone, Debug, Default)]
pub struct Logged(BTreeMap<(String, String), Option<String>>);

impl Logged {
    /// Takes an entry in, if it is about a version that went live.
    pub fn take(&mut self, entry: &AuditEntry) {
        if entry.act != LIVE && entry.act != IMPORTED {
            return;
        }
        let detail = |name: &str| entry.detail.get(name).cloned();
        let number = detail("version").unwrap_or_default();
        self.0.insert((entry.subject.clone(), number), detail("sha256"));
    }
}

/// What does not agree in the registry of one company; empty where all is well. `rp` proves
/// signatures again, where its settings are known; `log` is what the audit log says, where it was
/// read.
pub async fn faults<C: Content + Record>(
    book: &Book,
    rp: Option<&RelyingParty>,
    log: Option<&Logged>,
) -> Result<Vec<String>, RecordError> {
    let mut found = Vec::new();
    let versions = everyone::<C>(book).await?;
    for row in every::<C>(book, |_| true).await? {
        let subject = row.subject();
        let live = versions.iter().find(|v| v.subject == subject && v.step == Step::Live);
        let Some(live) = live else {
            found.push(format!("{subject}: no version that counts"));
            continue;
        };
        let other: Vec<String> =
            changes(&live.content, &*row).into_iter().map(|change| change.path).collect();
        if !other.is_empty() {
            found.push(format!(
                "{subject}: not what version {} says: {}",
                live.number,
                other.join(" ")
            ));
        }
    }
    for version in &versions {
        let said = match &version.signature {
            Some(signature) => signed(version, signature, rp),
            None => imported(version),
        };
        let said = said.or_else(|| log.and_then(|log| unlogged(version, log)));
        if let Some(said) = said {
            found.push(format!("{} version {}: {said}", version.subject, version.number));
        }
    }
    Ok(found)
}

/// Why a signature is not one of this version.
fn signed<C: Content>(
    version: &Version<C>,
    signature: &Signature,
    rp: Option<&RelyingParty>,
) -> Option<&'static str> {
    let text: Value = serde_json::from_str(&signature.pre_image).unwrap_or_default();
    let is_about_it = text.get("subject").and_then(Value::as_str) == Some(&version.subject)
        && text.get("number").and_then(Value::as_u64) == Some(u64::from(version.number));
    let content = text.get("content").cloned().unwrap_or_default();
    if !is_about_it || !says(version, content) {
        return Some("not what was signed");
    }
    // Where the key was not kept beside the answer, only its text can be looked at.
    let rp = rp.filter(|_| signature.evidence.key.is_some())?;
    match rp.verify_again(&signature.evidence, challenge(&signature.pre_image)) {
        // A company whose pages have moved since cannot be asked to sign its past again.
        Ok(_) | Err(PasskeyError::OtherOrigin) => None,
        Err(_) => Some("its signature does not hold"),
    }
}

/// Why this is not what a configuration file said.
fn imported<C: Content>(version: &Version<C>) -> Option<&'static str> {
    let text = version.text.as_deref()?;
    let content = serde_json::from_str(text).unwrap_or_default();
    (!says(version, content)).then_some("not what the file said")
}

/// Whether a text says what a version says, both read as documents of today: a field that was added
/// since is no difference.
fn says<C: Content>(version: &Version<C>, content: Value) -> bool {
    let content = serde_json::from_value::<C>(content);
    content.is_ok_and(|said| changes(&said, &version.content).is_empty())
}

/// Why the audit log does not know this version as it is.
fn unlogged<C: Content>(version: &Version<C>, log: &Logged) -> Option<&'static str> {
    let counted = match version.step {
        Step::Waiting | Step::Declined => false,
        Step::Live | Step::Past | Step::Removed => true,
    };
    if !counted {
        return None;
    }
    match log.0.get(&(version.subject.clone(), version.number.to_string())) {
        None => Some("the audit log does not know it"),
        // From before hashes were logged.
        Some(None) => None,
        Some(Some(hash)) => {
            (version.hash().as_ref() != Some(hash)).then_some("the audit log has another text")
        }
    }
}

impl<C: Content> Version<C> {
    /// What the audit log keeps of it: the hash of what was signed, or of what a file said.
    pub(super) fn hash(&self) -> Option<String> {
        let signed = self.signature.as_ref().map(|signature| signature.pre_image.as_str());
        signed.or(self.text.as_deref()).map(|text| hex(challenge(text)))
    }
}
