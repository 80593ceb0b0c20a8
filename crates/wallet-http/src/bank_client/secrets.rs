//! How this wallet names itself at a bank whose server takes no signed assertion: by a shared secret
//! (RFC 6749 section 2.3.1).
//!
//! A secret is what the bank could lose as well, and it crosses the wire with each request. It is taken
//! at banks of plain OAuth alone, whose caps are the lowest anyway, and comes from a file of the
//! operator's, never from a form.

use std::{collections::BTreeMap, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kanuki_domain::{Masked, bank_account::BankCode};
use kanuki_wire::Form;
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

/// Where the secret goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretMethod {
    /// Into the `Authorization` header.
    ClientSecretBasic,
    /// Into the form.
    ClientSecretPost,
}

/// The banks that are shown a secret.
#[derive(Clone, Default)]
pub struct ClientSecrets(BTreeMap<BankCode, (SecretMethod, Masked<String>)>);

impl fmt::Debug for ClientSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl ClientSecrets {
    /// With one more.
    #[must_use]
    pub fn with(mut self, bank: BankCode, method: SecretMethod, secret: Masked<String>) -> Self {
        self.0.insert(bank, (method, secret));
        self
    }

    /// The form with what names us at `bank`, and the header beside it; none where an assertion does.
    pub(super) fn add_to(
        &self,
        (bank, client_id): (BankCode, &str),
        form: Form,
    ) -> Result<(Form, Option<Masked<String>>), Form> {
        let Some((method, secret)) = self.0.get(&bank) else { return Err(form) };
        Ok(match method {
            // Both halves are form-encoded first, so that neither can hold the colon.
            SecretMethod::ClientSecretBasic => {
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encoded(client_id), encoded(secret.expose()));
                (form, Some(Masked::new(format!("Basic {}", STANDARD.encode(pair)))))
            }
            SecretMethod::ClientSecretPost => {
                let form = form.with("client_id", client_id);
                (form.with("client_secret", secret.expose().clone()), None)
            }
        })
    }
}
