//! Which engine keeps a company's books: the operator's choice.

use std::{fs, io, path::Path, sync::Arc};

use anyhow::{Context as _, Result, ensure};
use kanuki_ledger::{EmbeddedEngine, LedgerEngine, TigerBeetleEngine};

/// Where the books are.
#[derive(Clone, Debug, Default)]
pub(crate) enum LedgerPlan {
    /// In the data folder, in this process.
    #[default]
    Embedded,
    /// On a TigerBeetle cluster that serves nobody else.
    TigerBeetle {
        /// The number it was formatted with.
        cluster: u128,
        /// Its replicas, in order: `address:port`, separated by commas.
        addresses: String,
    },
}

impl LedgerPlan {
    /// Opens the books of the company whose data is in `data`.
    pub(crate) fn open(&self, data: &Path) -> Result<Arc<dyn LedgerEngine>> {
        let folder = data.join("ledger");
        match self {
            Self::Embedded => {
                require_the_same(data, None)?;
                Ok(Arc::new(embedded(&folder)?))
            }
            Self::TigerBeetle { cluster, addresses } => {
                require_the_same(data, Some(&format!("tigerbeetle cluster {cluster}")))?;
                let engine =
                    TigerBeetleEngine::connect(*cluster, addresses, TigerBeetleEngine::DEADLINE)
                        .context("cannot use the TigerBeetle cluster of ledger.addresses")?;
                Ok(Arc::new(engine))
            }
        }
    }
}

/// Opens the ledger in `folder`, saying so when a torn end was cut.
pub(crate) fn embedded(folder: &Path) -> Result<EmbeddedEngine> {
    let (engine, opened) = EmbeddedEngine::open(folder)
        .with_context(|| format!("cannot open the ledger in {}", folder.display()))?;
    if let Some(cut) = opened.cut {
        tracing::warn!(folder = %folder.display(), ?cut, "a write that was never answered was cut");
    }
    for mended in opened.mended {
        tracing::warn!(folder = %folder.display(), "{mended}");
    }
    Ok(engine)
}

/// Two books of one company would each believe that nothing was spent from the other: the books
/// are where they were before. `elsewhere` names them if they are not in the data folder, and is
/// noted there.
fn require_the_same(data: &Path, elsewhere: Option<&str>) -> Result<()> {
    let note = data.join("ledger-elsewhere");
    let noted = match fs::read_to_string(&note) {
        Ok(text) => Some(text.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", note.display()));
        }
    };
    if noted.as_deref() == elsewhere {
        return Ok(());
    }
    let has_books = noted.is_some() || data.join("ledger").exists();
    ensure!(
        !has_books,
        "unsafe: this company's books are in {}, and the setting ledger names others; another \
         engine is for a company that starts anew",
        noted.as_deref().unwrap_or("its data folder")
    );
    fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    fs::write(&note, elsewhere.unwrap_or_default())
        .with_context(|| format!("cannot write {}", note.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_books_are_refused() {
        let [here, there] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let elsewhere =
            |cluster| LedgerPlan::TigerBeetle { cluster, addresses: "127.0.0.1:1".to_owned() };
        drop(LedgerPlan::Embedded.open(here.path()).unwrap());
        drop(elsewhere(1).open(there.path()).unwrap());

        for (plan, data) in
            [(elsewhere(1), &here), (LedgerPlan::Embedded, &there), (elsewhere(2), &there)]
        {
            let refused = plan.open(data.path()).err().unwrap().to_string();
            assert!(refused.starts_with("unsafe"), "{refused}");
        }
        assert!(LedgerPlan::Embedded.open(here.path()).is_ok());
        assert!(elsewhere(1).open(there.path()).is_ok());
    }
}
