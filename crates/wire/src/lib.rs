//! All that crosses between the two companies, for both ends.
//!
//! Linking follows FAPI 2.0 (pushed requests, PKCE, `private_key_jwt`, `DPoP`, `iss`) with one
//! rich authorization type that states the mandate. Debits and payouts are two JSON bodies.
//! Incidents are security event tokens. What one end makes, the other end's function in the same
//! module checks, so that both sides of a rule are read together. What a company pushes to its
//! people's browsers is sealed here too.
//!
//! **Invariant:** pure functions. No I/O, and the time is always an argument. The one thing taken
//! from outside is the signature library's own randomness, for new keys, ECDSA nonces and
//! the salt of what is pushed.

pub mod approval;
pub mod authn;
pub mod bank_app;
pub mod callback;
pub mod ciba;
pub mod client_assertion;
pub mod client_cert;
mod clock;
pub mod debit;
pub mod dpop;
pub mod error;
pub mod exchange;
pub mod form;
pub mod holder_facts;
pub mod introspection;
pub mod jar;
pub mod jarm;
pub mod jcs;
pub mod json;
pub mod jws;
pub mod keys;
pub mod mandate;
pub mod metadata;
pub mod par;
pub mod pkce;
pub mod place;
pub mod push;
pub mod set;
pub mod token;
pub mod transaction;

pub use clock::AHEAD_SECS;
pub use error::{ErrorCode, OAuthError};
pub use form::Form;
