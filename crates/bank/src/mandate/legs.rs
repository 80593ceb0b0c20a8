//! The ledger legs that guard a debit: gates that can be shut, caps that run out.

use jiff::Timestamp;
use kanuki_desk::{
    DeskError,
    cap::Cap,
    gate::{Gate, create_accounts},
};
use kanuki_domain::Yen;
use kanuki_ledger::{AccountId, CreateTransferResult, LedgerEngine, PendingState, Transfer};

use crate::{BankError, mandate::Mandate};

/// Everything that must agree before money moves under a mandate.
#[derive(Clone, Debug)]
pub struct Guards {
    gates: Vec<Gate>,
    caps: Vec<Cap>,
}

/// The kill switches that cover a mandate, widest first.
#[must_use]
pub fn gates(mandate: &Mandate) -> Vec<Gate> {
    vec![
        Gate::everything(),
        Gate::of("partner", &mandate.client_id),
        Gate::of("person", mandate.holder_id),
        kanuki_desk::screening::gate(mandate.holder_id),
        Gate::of("account", mandate.account_id),
        Gate::of("mandate", mandate.mandate_id),
    ]
}

impl Guards {
    /// The gates of `mandate`, and `caps` as the rules gave them when the debit was asked for.
    #[must_use]
    pub fn of(mandate: &Mandate, caps: Vec<Cap>) -> Self {
        Self { gates: gates(mandate), caps }
    }

    /// What guards money that goes back to where it came from: the stops of its partner and of
    /// everything, and what a partner may pay in on one day. A holder's own stop never keeps their
    /// money from coming home.
    #[must_use]
    pub fn of_refund(mandate: &Mandate, caps: Vec<Cap>) -> Self {
        let gates = vec![Gate::everything(), Gate::of("partner", &mandate.client_id)];
        Self { gates, caps }
    }

    /// What guards what this bank itself pays to a victim: the stop of everything. That a partner is
    /// stopped is rather a reason to pay.
    #[must_use]
    pub fn of_claim() -> Self {
        Self { gates: vec![Gate::everything()], caps: Vec::new() }
    }

    /// Their legs in the chain named by `chain`.
    #[must_use]
    pub fn legs(&self, chain: &str, amount: Yen) -> Vec<Transfer> {
        let gates = self.gates.iter().map(|gate| gate.leg(chain));
        gates.chain(self.caps.iter().map(|cap| cap.leg(chain, amount))).collect()
    }

    /// Voids what the chain named by `chain` pended, its caps and its `money`, because none moved.
    /// What was never pended, or is void already, is fine.
    pub async fn void(
        &self,
        ledger: &dyn LedgerEngine,
        chain: &str,
        money: Transfer,
        now: Timestamp,
    ) -> Result<(), BankError> {
        let mut voids: Vec<Transfer> = self.caps.iter().map(|cap| cap.give_back(chain)).collect();
        voids.push(money);
        let results =
            ledger.create_transfers(voids.clone(), now).await.map_err(DeskError::Ledger)?;
        for (void, result) in voids.iter().zip(results) {
            let is_fine = match result {
                CreateTransferResult::Created
                | CreateTransferResult::Exists
                | CreateTransferResult::PendingTransferNotFound
                // The mark that nothing will ever move under this id.
                | CreateTransferResult::PendingTransferNotPending
                | CreateTransferResult::PendingTransferAlreadyVoided
                | CreateTransferResult::PendingTransferExpired => true,
                // It was asked for before, when there was nothing to void: as long as that is so.
                CreateTransferResult::IdAlreadyFailed => !is_pending(ledger, void, now).await?,
                _ => false,
            };
            if !is_fine {
                return Err(DeskError::Refused(result.name().to_owned()).into());
            }
        }
        Ok(())
    }

    /// Makes every account the legs need and that is not there yet; doing it twice is fine.
    ///
    /// A cap without any credit was cut short while it was opened: it is opened now, rather than
    /// read as a limit of nothing.
    pub async fn open_missing(
        &self,
        ledger: &dyn LedgerEngine,
        now: Timestamp,
    ) -> Result<(), BankError> {
        let gates = self.gates.iter().map(Gate::account_id);
        let ids: Vec<AccountId> = gates.chain(self.caps.iter().map(Cap::account_id)).collect();
        let found = ledger.lookup_accounts(&ids, now).await.map_err(DeskError::Ledger)?;
        let mut found = found.into_iter();
        for gate in &self.gates {
            if found.next().flatten().is_none() {
                create_accounts(ledger, gate.accounts(), now).await?;
            }
        }
        for cap in &self.caps {
            if found.next().flatten().is_none_or(|account| account.credits_posted.is_zero()) {
                cap.open(ledger, now).await?;
            }
        }
        Ok(())
    }
}

/// Whether what `void` is to give back is still reserved.
async fn is_pending(
    ledger: &dyn LedgerEngine,
    void: &Transfer,
    now: Timestamp,
) -> Result<bool, BankError> {
    let Some(id) = void.settled_id() else { return Ok(false) };
    let found = ledger.find_transfer(id, now).await.map_err(DeskError::Ledger)?;
    Ok(found.is_some_and(|record| matches!(record.pending, Some(PendingState::Pending { .. }))))
}
