//! Keys in files: made on first start, readable by their owner only.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use kanuki_domain::Entropy as _;
use kanuki_wire::keys::{SetSigningKey, SigningKey};
use serde::{Serialize, de::DeserializeOwned};

use crate::real::SystemEntropy;

/// The folder of one company's keys.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    folder: PathBuf,
}

impl Keys {
    /// Opens the folder, making it if need be.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// What the file `name` holds, or what `make` makes for it now.
    ///
    /// Written whole under another name first, so that a crash leaves the old state or the new.
    fn keep(&self, name: &str, make: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
        let path = self.folder.join(name);
        if path.exists() {
            return fs::read(&path).with_context(|| format!("cannot read {}", path.display()));
        }
        let fresh = make()?;
        let draft = self.folder.join(format!("{name}.new"));
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .with_context(|| format!("cannot write {}", draft.display()))?;
        file.write_all(&fresh)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        fs::File::open(&self.folder)?.sync_all()?;
        Ok(fresh)
    }

    /// 32 random bytes.
    pub(crate) fn secret(&self, name: &str) -> Result<[u8; 32]> {
        let bytes = self.keep(name, || {
            let mut bytes = [0; 32];
            SystemEntropy.fill(&mut bytes);
            Ok(bytes.to_vec())
        })?;
        bytes.try_into().map_err(|_| anyhow::anyhow!("{name} is not a key of 32 bytes"))
    }

    /// A key for event tokens.
    pub(crate) fn events(&self, name: &str) -> Result<SetSigningKey> {
        let der = self.keep(name, || Ok(SetSigningKey::generate()?.to_pkcs8_der()?.to_vec()))?;
        SetSigningKey::from_pkcs8_der(&der).with_context(|| format!("{name} is not an event key"))
    }

    /// A key for ES256.
    pub(crate) fn signing(&self, name: &str) -> Result<SigningKey> {
        let der = self.keep(name, || Ok(SigningKey::generate()?.to_pkcs8_der()?.to_vec()))?;
        SigningKey::from_pkcs8_der(&der).with_context(|| format!("{name} is not a signing key"))
    }

    /// Anything else that is made once.
    pub(crate) fn made_once<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let bytes = self.keep(name, || Ok(serde_json::to_vec(&make()?)?))?;
        serde_json::from_slice(&bytes).with_context(|| format!("{name} is not readable"))
    }
}
