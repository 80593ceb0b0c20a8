//! Photos, from a script or from a plain form.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, FromRequestParts as _, Multipart, Request};
use bytes::Bytes;

use crate::{
    Problem, Visit,
    csrf::{self, check_origin},
};

/// The largest upload; a route that takes one sets `DefaultBodyLimit::max` to it.
pub const UPLOAD_BYTES_MAX: usize = 6 * 1024 * 1024;

const PARTS_MAX: usize = 10;

/// A multipart form with one `file`, after its token was checked.
#[derive(Clone, Debug, Default)]
pub struct CsrfUpload {
    /// What was uploaded; empty when nothing was chosen. Its name and type are not believed.
    pub file: Bytes,
    /// The other fields.
    pub fields: BTreeMap<String, String>,
}

impl<S: Send + Sync> FromRequest<S> for CsrfUpload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, state).await?;
        check_origin(&parts.headers, &visit.site.config.page_origin)?;
        let given = parts.headers.get(csrf::HEADER).and_then(|value| value.to_str().ok());
        let mut is_ours = given.is_some_and(|given| visit.check_csrf(given));

        let bad = || Problem::bad_request("bad_form");
        let request = Request::from_parts(parts, body);
        let mut form = Multipart::from_request(request, state).await.map_err(|_| bad())?;
        let mut upload = Self::default();
        for _ in 0..PARTS_MAX {
            let part = form.next_field().await.map_err(|error| refused(&error))?;
            let Some(part) = part else {
                return if is_ours { Ok(upload) } else { Err(Problem::forbidden("csrf")) };
            };
            let name = part.name().unwrap_or_default().to_owned();
            let value = part.bytes().await.map_err(|error| refused(&error))?;
            match name.as_str() {
                "file" => upload.file = value,
                csrf::FIELD => {
                    let given = std::str::from_utf8(&value).map_err(|_| bad())?;
                    is_ours = is_ours || visit.check_csrf(given);
                }
                _ => {
                    let text = String::from_utf8(value.into()).map_err(|_| bad())?;
                    if upload.fields.insert(name, text).is_some() {
                        return Err(bad());
                    }
                }
            }
        }
        Err(bad())
    }
}

fn refused(error: &axum::extract::multipart::MultipartError) -> Problem {
    if error.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(error.status(), "too_large")
    } else {
        Problem::bad_request("bad_form")
    }
}
