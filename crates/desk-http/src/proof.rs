//! A passkey of a moment ago, as every approval needs one.

use kanuki_domain::limits::STAFF_PROOF_SECS;
use kanuki_site::{Problem, Visit};

/// What lets go, or goes out to people, is proven anew; whoever proves comes back to the page `back`.
///
/// # Errors
///
/// The way to the sign-in.
pub fn require(visit: &Visit, back: &str) -> Result<(), Problem> {
    let session = visit.session.as_ref();
    if session.is_some_and(|session| session.is_proven_within(visit.now(), STAFF_PROOF_SECS)) {
        return Ok(());
    }
    Err(Problem::see_other(&format!("/desk/sign-in?back={back}")))
}
