//! A platform operator's app with demo cards (署名用 and 利用者証明用電子証明書), at `/demo/card`.
//!
//! A browser cannot read a My Number Card, so a wallet sends the person to the app of a platform
//! operator and gets a certificate and a signature back. This one keeps the cards of the demo
//! people. It is a company of its own: it knows of the wallet only what stands in the request, and
//! sends its answer only to origins that it was set up for.

mod answer;
mod desk;
mod face;
mod office;
mod request;

pub use desk::router;
pub use office::{
    CardError, CardOffice, PASSWORD_TRIES_MAX, PIN_TRIES_MAX, StoredAuthority, StoredOffice,
};
pub use request::{CardPurpose, CardRequest, CardRequestError};
