//! A company does not start on a registry that nobody signed.

use anyhow::{Result, bail};

/// Refuses to go on where what counts is not what two people signed, or a file said.
pub(crate) fn require_whole(faults: &[String]) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    bail!(
        "the registry of partners was changed beside the desk: {}. Nothing was served. Restore the \
         records from before, or see docs/operators/partners.md",
        faults.join("; ")
    )
}
