//! What the app says to its bank.

use axum::body::Bytes;
use http::{Request, header};
use kanuki_site::Visit;
use kanuki_wire::{
    bank_app::{self, Claims},
    keys::SigningKey,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::Phones;

/// What the bank tells the app to show.
#[derive(Debug, Deserialize)]
pub(super) struct Errand {
    pub(super) bank: String,
    pub(super) text: String,
    pub(super) lines: Vec<Line>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) value: String,
}

/// Where the app goes on.
#[derive(Debug, Deserialize)]
pub(super) struct Return {
    pub(super) return_url: String,
}

#[derive(Serialize)]
struct Call<'a> {
    errand: &'a str,
    token: String,
}

/// The errand that the app was opened for, by the key of the telephone. A telephone that the bank does
/// not know yet brings its key along.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) errand: &'a str,
    pub(super) key: &'a SigningKey,
    pub(super) is_new: bool,
}

impl Phones {
    /// The bank's answer at `path` to these claims; none where it says no.
    pub(super) async fn say<T: DeserializeOwned>(
        &self,
        visit: &Visit,
        path: &str,
        asking: Asking<'_>,
        claims: &Claims,
    ) -> Option<T> {
        let Asking { errand, key, is_new } = asking;
        let made = if is_new { bank_app::make_new } else { bank_app::make };
        let token = made(key, claims).ok()?;
        let body = serde_json::to_vec(&Call { errand, token }).ok()?;
        let request = Request::post(format!("{}{path}", self.issuer))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body))
            .ok()?;
        let answer = visit.site.world.transport.call(request).await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        serde_json::from_slice(answer.body()).ok()
    }

    /// What a token about this errand says, from now.
    pub(super) fn claims(&self, visit: &Visit, errand: &str) -> Claims {
        Claims::read(&self.issuer, errand, visit.now())
    }
}
