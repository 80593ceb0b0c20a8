//! What the companies run: Kanuki as it ships, or what the incident's parties ran in 2020.
//!
//! The old ways are types of this crate. No configuration of a served wallet or bank can name them,
//! and no served router has their pages.

mod ablated;
mod changes;
pub(crate) mod control;
mod file;
pub(crate) mod y2020;

use std::sync::Arc;

use jiff::Timestamp;

use crate::report::Start;
pub(crate) use changes::Changes;
pub(crate) use control::Control;
pub use file::{PolicyFile, PolicyFileError};

/// A policy by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// What the incident's parties ran.
    Y2020,
    /// What they ran at the end of that year.
    Y2020After,
    /// Kanuki as it ships.
    Default,
}

impl Policy {
    /// Every policy that is built.
    pub(crate) const ALL: [Self; 3] = [Self::Y2020, Self::Y2020After, Self::Default];

    /// As on the command line and in reports.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Y2020 => "2020",
            Self::Y2020After => "2020-after",
            Self::Default => "default",
        }
    }

    /// In one line.
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Y2020 => {
                "what the incident's parties ran: e-mail-only wallet, account number and PIN, no notice"
            }
            Self::Y2020After => {
                "the end of that year: a photographed ID, a code called to the number on file, caps by wallet"
            }
            Self::Default => "Kanuki as it ships",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }

    /// True for what was run in 2020: e-mail, account number, PIN.
    pub(crate) const fn is_old(self) -> bool {
        matches!(self, Self::Y2020 | Self::Y2020After)
    }

    /// Whether a bank's page asks for a code that it calls to the number on file.
    pub(crate) const fn calls(self) -> bool {
        matches!(self, Self::Y2020After)
    }

    /// From where a thief starts under it: where the first wall stands, what is behind it is tried
    /// as well. In 2020 nobody needed to be inside.
    pub(crate) fn starts(self, of_playbook: &[Start]) -> Vec<Start> {
        if self.is_old() { vec![Start::Outside] } else { of_playbook.to_vec() }
    }

    /// What a bank runs under it, perhaps changed.
    pub(crate) fn bank_rules(self, changes: &Changes) -> Arc<dyn kanuki_bank::Rules> {
        let shipped = kanuki_bank::StandardRules::default();
        match self {
            Self::Y2020 | Self::Y2020After if changes.is_nothing() => {
                Arc::new(y2020::BankRules2020)
            }
            Self::Y2020 | Self::Y2020After => {
                Arc::new(y2020::AddedBank { changes: changes.clone(), shipped })
            }
            Self::Default if changes.is_nothing() => Arc::new(shipped),
            Self::Default => Arc::new(ablated::AblatedBank { changes: changes.clone(), shipped }),
        }
    }

    /// What the wallet runs under it, perhaps changed.
    pub(crate) fn wallet_rules(self, changes: &Changes) -> Arc<dyn kanuki_wallet::Rules> {
        let shipped = kanuki_wallet::StandardRules;
        match self {
            Self::Y2020 | Self::Y2020After if changes.is_nothing() => {
                Arc::new(y2020::WalletRules2020)
            }
            Self::Y2020 | Self::Y2020After => {
                Arc::new(y2020::AddedWallet { changes: changes.clone(), shipped })
            }
            Self::Default if changes.is_nothing() => Arc::new(shipped),
            Self::Default => Arc::new(ablated::AblatedWallet { changes: changes.clone(), shipped }),
        }
    }

    /// The page of a bank that a wallet sends its customers to.
    pub(crate) const fn authorize_path(self) -> &'static str {
        match self {
            Self::Y2020 | Self::Y2020After => y2020::BANK_LINK,
            Self::Default => "/authorize",
        }
    }
}

/// When new links were halted. In 2020 that was the only brake anyone had.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Halt {
    /// From this instant on.
    pub(crate) at: Timestamp,
}
