//! `kanuki lab`.

use anyhow::Result;

use crate::{Outcome, args::Lab};

/// Lists or runs playbooks.
pub(crate) fn run(command: &Lab) -> Result<Outcome> {
    match command {
        Lab::List(_) | Lab::Run(_) => anyhow::bail!("not connected yet"),
    }
}
