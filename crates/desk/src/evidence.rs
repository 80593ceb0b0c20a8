//! What a person was shown and what they answered, kept so that it can be proven years later.
//!
//! Dynamic linking (PSD2 RTS article 5) ends in a dispute: somebody must be able to show what stood
//! on the page, in which language, the text whose hash was signed, and the signature. A refusal is
//! kept with as much care as a consent: it is bound to exactly the text that was shown.

use jiff::Timestamp;
use kanuki_domain::Ctx;
use kanuki_jpki::{
    AuthenticationAnchors, AuthenticationRequest, JpkiError, RevocationEvidence, SignatureResponse,
    VerifiedCard, verify_card,
};
use kanuki_passkey::{Asserted, Evidence, PasskeyError, RelyingParty};
use kanuki_record::{
    RecordError, record,
    vault::{PersonKey, Sealed, Vault},
};
use kanuki_wire::{
    bank_app::{self, AppTokenError},
    keys::PublicJwk,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What stood on the page, as its reader saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The page's language: `ja`, `en`.
    pub lang: String,
    /// Names and values, from top to bottom.
    pub lines: Vec<(String, String)>,
}

/// What the person said to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// They signed it.
    Signed,
    /// They said no.
    Refused,
}

impl Answer {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Refused => "refused",
        }
    }
}

/// The signature of an identity card, with what it was believed by.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CardSignature {
    /// What was asked of the card: the text by its digest, and for whom.
    pub request: AuthenticationRequest,
    /// The certificate and the signature.
    pub answer: SignatureResponse,
    /// The revocation list of that moment, by the SHA-256 that it is kept under.
    pub list: String,
}

/// The signature of a key of the bank's app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AppSignature {
    /// The key as it stood.
    pub app_key: PublicJwk,
    /// What the app sent: the digest of the text, for which bank, when, and the number on the page.
    pub token: String,
}

/// What was answered with. Untagged, so that what was kept before there were cards still reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Signature {
    /// By an identity card.
    Card(CardSignature),
    /// By the bank's app.
    App(AppSignature),
    /// By a passkey.
    Passkey(Evidence),
}

impl From<Evidence> for Signature {
    fn from(evidence: Evidence) -> Self {
        Self::Passkey(evidence)
    }
}

/// Who can prove it again.
#[derive(Clone, Copy, Debug)]
pub struct Judges<'a> {
    /// For passkeys.
    pub rp: &'a RelyingParty,
    /// For cards: the authorities that are believed, and the list of the signature's moment.
    pub cards: Option<(&'a AuthenticationAnchors, &'a RevocationEvidence)>,
    /// For the bank's app: the bank's issuer identifier; none at a wallet.
    pub app_issuer: Option<&'a str>,
}

/// What still holds.
#[derive(Clone, Debug)]
pub enum Proven {
    /// A passkey signed it.
    Passkey(Box<Asserted>),
    /// A card signed it.
    Card(VerifiedCard),
    /// The key of the bank's app with this thumbprint signed it.
    App(String),
}

/// What only the person's key opens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Content {
    /// The page; none where an API's caller drew it.
    pub shown: Option<Shown>,
    /// The canonical text (RFC 8785) whose SHA-256 is the challenge.
    pub pre_image: String,
    /// What the passkey, the card or the app answered; none for a refusal.
    pub assertion: Option<Signature>,
}

/// One answer, named by the hash of what was answered: a text with a nonce is answered once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// SHA-256 of the canonical text, in hex.
    pub hash: String,
    /// What it was about: a mandate, a movement, or the request that came to nothing.
    pub about: String,
    /// Whose answer.
    pub person_id: String,
    /// Which.
    pub answer: Answer,
    /// The browser or session it came from, blinded.
    pub browser: String,
    /// When.
    pub at: Timestamp,
    sealed: Sealed,
}

record! { Kept => "evidence" by |k| k.hash.clone();
    many about = |k| Some(k.about.clone());
    many person_id = |k| Some(k.person_id.clone());
}

/// Who answered what, and from where.
#[derive(Clone, Debug)]
pub struct Given<'a> {
    /// The person's key.
    pub person: &'a PersonKey,
    /// What it is about.
    pub about: String,
    /// The browser or session, blinded.
    pub browser: &'a str,
    /// What they said.
    pub answer: Answer,
    /// To what.
    pub content: &'a Content,
}

/// Why evidence does not hold.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It does not open: a byte was changed, or its person was forgotten.
    #[error("it cannot be opened")]
    Unreadable,
    /// The text is not the one that was answered.
    #[error("the text is not the one that was answered")]
    OtherText,
    /// There is no signature where there should be one, or one where there should be none.
    #[error("the signature is missing")]
    NoSignature,
    /// The signature does not hold.
    #[error("the signature does not hold")]
    Signature(#[from] PasskeyError),
    /// The card's signature does not hold.
    #[error("the card's signature does not hold")]
    Card(#[from] JpkiError),
    /// The card was never this person's.
    #[error("it is another person's card")]
    OtherCard,
    /// The app's signature does not hold.
    #[error("the app's signature does not hold")]
    App(#[from] AppTokenError),
    /// The app's key was never this person's.
    #[error("it is a key of another person's app")]
    OtherApp,
    /// The authority or the list that the card was believed by is not there.
    #[error("nothing is there to prove a card by")]
    NoAuthority,
}

const PLACE: &str = "evidence|sealed";

/// SHA-256 of a canonical text: the challenge of its signature.
#[must_use]
pub fn challenge(pre_image: &str) -> [u8; 32] {
    Sha256::digest(pre_image.as_bytes()).into()
}

/// Bytes as they are written in names.
#[must_use]
pub fn hex(bytes: [u8; 32]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

impl Kept {
    /// Seals an answer for its person.
    pub fn seal(vault: &Vault, ctx: &Ctx<'_>, given: Given<'_>) -> Result<Self, RecordError> {
        Ok(Self {
            hash: hex(challenge(&given.content.pre_image)),
            about: given.about,
            person_id: given.person.person_id.clone(),
            answer: given.answer,
            browser: given.browser.to_owned(),
            at: ctx.now,
            sealed: vault.seal(ctx, given.person, PLACE, given.content)?,
        })
    }

    /// Opens it with the person's key.
    pub fn open(&self, vault: &Vault, person: &PersonKey) -> Result<Content, RecordError> {
        vault.open(person, PLACE, &self.sealed)
    }

    /// Proves it once more, from what was kept and nothing else. A refusal proves no signature.
    pub fn verify(&self, content: &Content, by: Judges<'_>) -> Result<Option<Proven>, Fault> {
        let challenge = challenge(&content.pre_image);
        if hex(challenge) != self.hash {
            return Err(Fault::OtherText);
        }
        match (self.answer, &content.assertion) {
            (Answer::Signed, Some(signature)) => Ok(Some(self.prove(signature, challenge, by)?)),
            (Answer::Refused, None) => Ok(None),
            (Answer::Signed, None) | (Answer::Refused, Some(_)) => Err(Fault::NoSignature),
        }
    }

    fn prove(
        &self,
        signature: &Signature,
        challenge: [u8; 32],
        by: Judges<'_>,
    ) -> Result<Proven, Fault> {
        match signature {
            Signature::Passkey(evidence) => {
                Ok(Proven::Passkey(Box::new(by.rp.verify_again(evidence, challenge)?)))
            }
            Signature::Card(CardSignature { request, answer, list: _ }) => {
                let (anchors, list) = by.cards.ok_or(Fault::NoAuthority)?;
                if request.digest() != challenge {
                    return Err(Fault::OtherText);
                }
                Ok(Proven::Card(verify_card(answer, request, anchors, list, self.at)?))
            }
            Signature::App(AppSignature { app_key, token }) => {
                let issuer = by.app_issuer.ok_or(Fault::NoAuthority)?;
                bank_app::verify_again(token, app_key, issuer, challenge)?;
                Ok(Proven::App(app_key.thumbprint()))
            }
        }
    }
}
