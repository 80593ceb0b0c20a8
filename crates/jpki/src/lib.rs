//! JPKI: proof of identity by a signature certificate (公的個人認証サービス, 署名用電子証明書).
//!
//! The customer signs the server's nonce and the terms with the key in their My Number Card; the
//! certificate carries the four basic facts (name, address, birth date, sex). [`verify`] believes
//! those facts only if everything holds at once: content, signature, pinned issuer, purpose,
//! validity and revocation. Whatever is missing refuses; nothing is skipped.
//!
//! It is the only identity proof in this project: picture-based methods end on 2027-04-01, and do
//! not exist here. A verifier that is not registered itself (the JPKI act, Art. 17 and 36)
//! receives the same certificate, signature and revocation list through a platform operator.
//!
//! The card's other certificate, for user authentication (利用者証明用電子証明書), names nobody.
//! [`verify_card`] believes that a card and its PIN answered; whose card it is must be known already.
//! It has another authority, another type of trust and another signed context, so that neither
//! certificate is ever taken for the other.
//!
//! [`demo`] issues cards that look the same and that no real trust anchor accepts.
//!
//! **Invariant:** verification performs no I/O and reads no clock. The demo draws RSA keys from
//! the operating system's randomness, and nothing else does.

pub mod demo;
mod der;
mod error;
mod facts;
mod profile;
mod request;
mod revocation;
mod trust;
mod verify;

pub use error::JpkiError;
pub use facts::{Sex, VerifiedPerson};
pub use profile::Profile;
pub use request::{AuthenticationRequest, IdentityRequest, SignatureResponse};
pub use revocation::{HeldList, RevocationEvidence};
pub use trust::{AuthenticationAnchors, TrustAnchors};
pub use verify::{
    Unlisted, VerifiedCard, verify, verify_card, verify_card_without_list, verify_without_list,
};
