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

/// Who is believed about cards, with the text of each authority's certificates as it was read: once.
pub(crate) struct Identity {
    /// The authority that is believed for signatures.
    pub(crate) anchors: TrustAnchors,
    /// What its file said.
    pub(crate) text: String,
    /// The same of the one that is believed to sign people in.
    pub(crate) authentication: Option<(AuthenticationAnchors, String)>,
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

    /// Reads the authorities' files.
    pub(crate) fn read(&self) -> Result<Identity> {
        let text = text_of(&self.anchors_file)?;
        let authentication = match &self.authentication {
            Some(other) => {
                let text = text_of(&other.anchors_file)?;
                Some((AuthenticationAnchors::from_pem(&text, Profile::production())?, text))
            }
            None => None,
        };
        let anchors = TrustAnchors::from_pem(&text, Profile::production())?;
        Ok(Identity { anchors, text, authentication })
    }

    /// Where both authorities' lists of revoked cards are.
    pub(crate) fn lists(&self) -> String {
        let other = self.authentication.as_ref().map(|other| other.revocation_url.as_str());
        std::iter::once(self.revocation_url.as_str()).chain(other).collect::<Vec<_>>().join(" ")
    }
}

fn text_of(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}
