//! `[identity]`: the platform operator whose app reads identity cards (JPKI).

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use kanuki_jpki::{AuthenticationAnchors, Profile, TrustAnchors};
use serde::Deserialize;

use super::require_https;

/// The section of either company's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentityConfig {
    /// The platform operator's page that reads the card.
    pub(crate) operator_url: String,
    /// Where the authority's revocation list is.
    pub(crate) revocation_url: String,
    /// The authority's certificates, PEM.
    anchors_file: PathBuf,
    /// The other authority, whose certificates sign people in at a bank.
    pub(crate) authentication: Option<AuthenticationConfig>,
}

/// `[identity.authentication]`: the certificates for user authentication (利用者証明用).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthenticationConfig {
    /// Where that authority's revocation list is.
    pub(crate) revocation_url: String,
    /// That authority's certificates, PEM.
    anchors_file: PathBuf,
}

impl AuthenticationConfig {
    /// The authority that is believed to sign people in.
    pub(crate) fn anchors(&self) -> Result<AuthenticationAnchors> {
        Ok(AuthenticationAnchors::from_pem(&self.anchors_text()?, Profile::production())?)
    }

    /// The same as its file says it.
    pub(crate) fn anchors_text(&self) -> Result<String> {
        text_of(&self.anchors_file)
    }
}

impl IdentityConfig {
    /// Refuses what would be unsafe.
    pub(crate) fn check(&self) -> Result<()> {
        require_https("identity.operator_url", &self.operator_url)?;
        require_https("identity.revocation_url", &self.revocation_url)?;
        match &self.authentication {
            Some(other) => {
                require_https("identity.authentication.revocation_url", &other.revocation_url)
            }
            None => Ok(()),
        }
    }

    /// The authority that is believed, and for what.
    pub(crate) fn anchors(&self) -> Result<TrustAnchors> {
        Ok(TrustAnchors::from_pem(&self.anchors_text()?, Profile::production())?)
    }

    /// The same as its file says it.
    pub(crate) fn anchors_text(&self) -> Result<String> {
        text_of(&self.anchors_file)
    }
}

fn text_of(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}
