//! Who must be signed in before anything of a request's body is read.
//!
//! A handler that takes an upload names one of these before it: what nobody may send is not
//! buffered.

use axum::extract::FromRequestParts;
use http::request::Parts;
use kanuki_domain::id::{CustomerId, StaffId};

use crate::{Problem, Visit};

/// The wallet's customer, or the way to sign in.
#[derive(Clone, Copy, Debug)]
pub struct CustomerOnly(pub CustomerId);

impl<S: Send + Sync> FromRequestParts<S> for CustomerOnly {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Visit::from_request_parts(parts, state).await?.require_customer().map(Self)
    }
}

/// A member of staff, or the way to sign in.
#[derive(Clone, Copy, Debug)]
pub struct StaffOnly(pub StaffId);

impl<S: Send + Sync> FromRequestParts<S> for StaffOnly {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Visit::from_request_parts(parts, state).await?.require_staff().map(Self)
    }
}
