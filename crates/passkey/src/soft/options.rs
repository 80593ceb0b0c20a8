//! The parts of the page's options that an authenticator looks at.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreationOptions {
    pub(super) rp: Rp,
    pub(super) user: User,
    pub(super) challenge: String,
    pub_key_cred_params: Vec<Algorithm>,
    #[serde(default)]
    exclude_credentials: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestOptions {
    pub(super) challenge: String,
    pub(super) rp_id: String,
    #[serde(default)]
    allow_credentials: Vec<Descriptor>,
}

#[derive(Deserialize)]
pub(super) struct Rp {
    pub(super) id: String,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub(super) id: String,
}

#[derive(Deserialize)]
struct Algorithm {
    alg: i64,
}

#[derive(Deserialize)]
struct Descriptor {
    id: String,
}

impl CreationOptions {
    pub(super) fn offers(&self, algorithm: i64) -> bool {
        self.pub_key_cred_params.iter().any(|offered| offered.alg == algorithm)
    }

    pub(super) fn excludes(&self, id: &str) -> bool {
        self.exclude_credentials.iter().any(|excluded| excluded.id == id)
    }
}

impl RequestOptions {
    /// An empty list allows every credential: the user is not known yet.
    pub(super) fn allows(&self, id: &str) -> bool {
        self.allow_credentials.is_empty()
            || self.allow_credentials.iter().any(|allowed| allowed.id == id)
    }
}
