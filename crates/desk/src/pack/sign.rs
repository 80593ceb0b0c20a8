//! One signature over a pack's canonical form, and its proof from published keys alone.

use kanuki_wire::{
    jcs, json,
    jws::{self, Accept, JwsError},
    keys::{AllowList, Jwks, SetSigningKey},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Pack, SCHEMA, attached, render};
use crate::evidence::hex;

/// How the names of all forms begin.
const FORMS: &str = "kanuki-evidence-";
/// A type of its own: no pack passes for an event, and no event for a pack.
const TYPE: &str = "evidence-pack+jwt";
const ACCEPT: Accept = Accept { types: &[Some(TYPE)], algorithms: AllowList::EVENTS };

/// A pack with its signature: the file.
#[derive(Clone, Debug, Serialize)]
pub struct Signed {
    /// What is signed.
    pub pack: Pack,
    /// A compact JWS (RFC 7515) over who signed what: see [`Claims`].
    pub signature: String,
}

/// What the signature says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    iat: i64,
    case: String,
    /// SHA-256 of the pack in canonical form (RFC 8785), in hex.
    sha256: String,
}

/// Why a file is no proof.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// Not a pack of this form, or a name is there twice.
    #[error("this is no evidence pack of the form {SCHEMA}")]
    Shape,
    /// A pack of an earlier or a later form: its pages follow from the program of its time.
    #[error("this pack has another form than {SCHEMA}: prove it with the program of its time")]
    OtherForm,
    /// The signature is not by a key of the set, or not for a pack.
    #[error("the signature does not hold")]
    Signature(#[from] JwsError),
    /// Signed was something else.
    #[error("the pack was changed after it was signed")]
    Changed,
    /// The company that signed is not the one that the pack names.
    #[error("it was signed as another company's")]
    Issuer,
    /// A PDF whose pages do not follow from the pack inside it.
    #[error("the pages were changed: they do not show the pack inside")]
    Pages,
}

fn digest(pack: &impl Serialize) -> Result<String, PackError> {
    jcs::digest(pack).map(hex).map_err(|_| PackError::Shape)
}

impl Signed {
    /// Signs `pack`.
    pub fn new(key: &SetSigningKey, pack: Pack) -> Result<Self, PackError> {
        let claims = Claims {
            iss: pack.company.issuer.clone(),
            iat: pack.made_at.as_second(),
            case: pack.case.number.clone(),
            sha256: digest(&pack)?,
        };
        let signature = jws::sign(key, TYPE, &claims)?;
        Ok(Self { pack, signature })
    }

    /// The file, as bytes: the pack stands in it exactly as it was signed, so that whoever has no program
    /// of ours finds its digest with any other.
    pub fn to_json(&self) -> Result<Vec<u8>, PackError> {
        jcs::canonical(self).map_err(|_| PackError::Shape)
    }

    /// The same for eyes and paper, with the file inside.
    pub fn to_pdf(&self) -> Result<Vec<u8>, PackError> {
        let marks = (&*digest(&self.pack)?, &*key_of(&self.signature));
        Ok(render(&self.pack, marks, &self.to_json()?))
    }
}

/// The key that a signature names: the thumbprint of its public half (RFC 7638). Empty where it names
/// none, as no signature of ours does.
#[must_use]
pub fn key_of(signature: &str) -> String {
    jws::key_id(signature).unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    pack: Value,
    signature: String,
}

/// Proves a file by the keys that its company has published.
pub fn verify(file: &[u8], keys: &Jwks) -> Result<Pack, PackError> {
    proven(file, keys).map(|(pack, _)| pack)
}

/// The same, with the signature.
fn proven(file: &[u8], keys: &Jwks) -> Result<(Pack, String), PackError> {
    let file: File = json::read(file).map_err(|_| PackError::Shape)?;
    let signed = digest(&file.pack)?;
    let form = file.pack.get("schema").and_then(Value::as_str);
    if form.is_some_and(|form| form != SCHEMA && form.starts_with(FORMS)) {
        return Err(PackError::OtherForm);
    }
    let pack: Pack = serde_json::from_value(file.pack).map_err(|_| PackError::Shape)?;
    let claims: Claims = jws::verify(&file.signature, keys, &ACCEPT)?;
    if claims.sha256 != signed {
        return Err(PackError::Changed);
    }
    if claims.iss != pack.company.issuer || claims.case != pack.case.number {
        return Err(PackError::Issuer);
    }
    if pack.schema != SCHEMA || claims.iat != pack.made_at.as_second() {
        return Err(PackError::Shape);
    }
    Ok((pack, file.signature))
}

/// Proves a PDF: the file inside, and that every page is what follows from it.
pub fn verify_pdf(pdf: &[u8], keys: &Jwks) -> Result<Pack, PackError> {
    let file = attached(pdf).ok_or(PackError::Shape)?;
    let (pack, signature) = proven(file, keys)?;
    let marks = (&*digest(&pack)?, &*key_of(&signature));
    if render(&pack, marks, file) == pdf { Ok(pack) } else { Err(PackError::Pages) }
}
