//! Passkeys: registration, sign-in, and assertions over exactly what was shown.
//!
//! A façade over `webauthn-rs` that fixes our policy once, so that no caller can get it wrong:
//! user verification is always required, credentials are discoverable, the origin is compared
//! exactly, frames of other sites are refused, and the challenge of an assertion is the caller's
//! own 32 bytes. When those bytes are the SHA-256 of a canonical mandate or payment, the signature
//! covers that text and nothing else: dynamic linking in the sense of PSD2 RTS Art. 5.
//!
//! [`soft`] is the other side: an authenticator in software, for tests and for the attack lab.
//!
//! **Invariant:** no I/O and no clock. The one use of the operating system's randomness is the
//! registration challenge, which `webauthn-rs` draws itself.

mod client_data;
mod credential;
mod encoding;
mod error;
mod relying_party;
pub mod soft;

pub use credential::{Asserted, CredentialId, Evidence, Passkey};
pub use error::PasskeyError;
pub use relying_party::{
    AssertionState, DiscoverableState, Identified, RegistrationState, RelyingParty,
};
