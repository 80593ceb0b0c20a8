//! Which connection or wallet staff stopped: a row beside each such gate, so that what is stopped now can
//! be read, and by whom and why. The gate alone is what stops.

use jiff::Timestamp;
use kanuki_domain::{Ctx, id::StaffId};
use kanuki_record::{Unit, record};
use serde::{Deserialize, Serialize};

use super::Switch;
use crate::{Wallet, WalletError, link::Link};

/// One switch that stops one connection or one wallet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SwitchedOff {
    /// The name of its gate.
    gate: String,
    /// What it stops.
    pub switch: Switch,
    /// Who pressed last.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: String,
}

record! { SwitchedOff => "switched_off" by |off| off.gate.clone();
    many standing = |_| Some(OFF.to_owned());
}

const OFF: &str = "off";

impl Wallet {
    /// Whether there is such a thing to stop: a number that nobody has would stop nothing.
    pub async fn has_switch(&self, switch: Switch) -> Result<bool, WalletError> {
        match switch {
            Switch::Everything => Ok(true),
            Switch::Bank(code) => {
                let banks = self.asked_partners().await?;
                Ok(banks.contains(&code.to_string()))
            }
            Switch::Link(id) => Ok(self.book.find::<Link>(id).await?.is_some()),
            Switch::Wallet(id) => match self.customer_of(id).await {
                Ok(_) => Ok(true),
                Err(WalletError::NotAvailable) => Ok(false),
                Err(error) => Err(error),
            },
        }
    }

    /// The connections and wallets that staff stopped and nobody let go since, newest first.
    pub async fn stopped_now(&self, ctx: &Ctx<'_>) -> Result<Vec<SwitchedOff>, WalletError> {
        let mut found = Vec::new();
        for off in self.book.list::<SwitchedOff>("standing", OFF).await? {
            if self.is_stopped(ctx, off.switch).await? {
                found.push(off.into_inner());
            }
        }
        found.sort_by_key(|off| std::cmp::Reverse(off.at));
        Ok(found)
    }

    /// Adds to `unit` that `switch` is off; what stops everybody is shown without a row.
    pub(super) async fn write_off(
        &self,
        unit: &mut Unit,
        switch: Switch,
        (by, at, reason): (StaffId, Timestamp, &str),
    ) -> Result<(), WalletError> {
        if switch.opening().is_wide() {
            return Ok(());
        }
        let row = SwitchedOff { gate: switch.name(), switch, by, at, reason: reason.to_owned() };
        match self.book.find::<SwitchedOff>(switch.name()).await? {
            Some(mut known) => {
                *known.edit() = row;
                unit.update(&known);
            }
            None => {
                unit.insert(&row);
            }
        }
        Ok(())
    }

    /// Adds to `unit` that two people let `switch` go on.
    pub(super) async fn write_on(
        &self,
        unit: &mut Unit,
        switch: Switch,
    ) -> Result<(), WalletError> {
        if let Some(known) = self.book.find::<SwitchedOff>(switch.name()).await? {
            unit.delete(&known);
        }
        Ok(())
    }
}
