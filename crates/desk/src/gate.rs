//! Kill switches as ledger facts.
//!
//! A gate is a ledger account that is a leg of every chain it guards, with amount zero. Closing
//! the account makes every such chain fail inside the ledger, so a debit in flight cannot race a
//! flag in another database. Closing is one pending transfer; voiding it opens the gate again.

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_ledger::{
    Account, AccountFlags, AccountId, CreateAccountResult, CreateTransferResult, LedgerEngine,
    PendingState, Transfer, TransferId,
};

use crate::DeskError;

/// Ledger number of gates: they hold no money.
pub const LEDGER_GATES: u32 = 3;
/// Code of gate accounts and their legs in the chart of accounts.
pub const CODE_GATE: u16 = 3_001;
/// Code of the account that gates face.
pub const CODE_GATE_SINK: u16 = 3_000;

/// Most often that one gate is closed and opened again; beyond it, closing still works once more.
const GENERATIONS_MAX: u32 = 10_000;

/// One kill switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    name: String,
}

impl Gate {
    /// The gate of everything.
    #[must_use]
    pub fn everything() -> Self {
        Self { name: "everything".to_owned() }
    }

    /// The gate of one thing: `Gate::of("mandate", id)`.
    #[must_use]
    pub fn of(kind: &str, id: impl ToString) -> Self {
        Self { name: format!("{kind}|{}", id.to_string()) }
    }

    /// The gate of this name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned() }
    }

    /// Its name, as in the audit log.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The account that is closed when it is.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        AccountId::derive(&["gate", &self.name])
    }

    fn sink_id() -> AccountId {
        AccountId::derive(&["gate-sink"])
    }

    /// The accounts it needs; creating them twice is fine.
    #[must_use]
    pub fn accounts(&self) -> Vec<Account> {
        vec![
            Account::new(Self::sink_id(), LEDGER_GATES, CODE_GATE_SINK, AccountFlags::NONE),
            Account::new(self.account_id(), LEDGER_GATES, CODE_GATE, AccountFlags::NONE),
        ]
    }

    /// Its leg in the chain named by `chain`.
    #[must_use]
    pub fn leg(&self, chain: &str) -> Transfer {
        let id = TransferId::derive(&["gate-leg", &self.name, chain]);
        Transfer::posted(id, self.account_id(), Self::sink_id(), Yen::ZERO, CODE_GATE)
            .in_ledger(LEDGER_GATES)
    }

    fn closing_id(&self, generation: u32) -> TransferId {
        TransferId::derive(&["gate-close", &self.name, &generation.to_string()])
    }

    /// The latest closing, and whether it still holds.
    async fn latest(
        &self,
        ledger: &dyn LedgerEngine,
        now: Timestamp,
    ) -> Result<(u32, bool), DeskError> {
        let mut generation = 0;
        while generation < GENERATIONS_MAX {
            let found = ledger.find_transfer(self.closing_id(generation), now).await?;
            match found {
                None => return Ok((generation, false)),
                Some(record) if matches!(record.pending, Some(PendingState::Pending { .. })) => {
                    return Ok((generation, true));
                }
                Some(_) => generation = generation.saturating_add(1),
            }
        }
        Ok((generation, false))
    }

    /// True when nothing passes.
    pub async fn is_closed(
        &self,
        ledger: &dyn LedgerEngine,
        now: Timestamp,
    ) -> Result<bool, DeskError> {
        Ok(self.latest(ledger, now).await?.1)
    }

    /// Closes it, making it first if need be. Closing twice is fine.
    pub async fn close(&self, ledger: &dyn LedgerEngine, now: Timestamp) -> Result<(), DeskError> {
        create_accounts(ledger, self.accounts(), now).await?;
        let (generation, is_closed) = self.latest(ledger, now).await?;
        if is_closed {
            return Ok(());
        }
        let id = self.closing_id(generation);
        let closing = Transfer::closing(id, self.account_id(), Self::sink_id(), CODE_GATE)
            .in_ledger(LEDGER_GATES);
        create_transfer(ledger, closing, now).await
    }

    /// The closing that holds now, if it is closed: what [`Gate::open_generation`] opens.
    ///
    /// Whoever agrees to a release agrees to the end of this closing, not of a later one.
    pub async fn generation(
        &self,
        ledger: &dyn LedgerEngine,
        now: Timestamp,
    ) -> Result<Option<u32>, DeskError> {
        let (generation, is_closed) = self.latest(ledger, now).await?;
        Ok(is_closed.then_some(generation))
    }

    /// Since when it is closed, if it is.
    pub async fn closed_since(
        &self,
        ledger: &dyn LedgerEngine,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, DeskError> {
        let (generation, is_closed) = self.latest(ledger, now).await?;
        if !is_closed {
            return Ok(None);
        }
        let closing = ledger.find_transfer(self.closing_id(generation), now).await?;
        Ok(closing.map(|record| record.transfer.timestamp))
    }

    /// Ends exactly the closing `generation`; one that has ended, or never was, is fine. A later
    /// closing stays.
    pub async fn open_generation(
        &self,
        ledger: &dyn LedgerEngine,
        generation: u32,
        now: Timestamp,
    ) -> Result<(), DeskError> {
        let closing_id = self.closing_id(generation);
        let found = ledger.find_transfer(closing_id, now).await?;
        let holds = found
            .is_some_and(|record| matches!(record.pending, Some(PendingState::Pending { .. })));
        if !holds {
            return Ok(());
        }
        let id = TransferId::derive(&["gate-open", &self.name, &generation.to_string()]);
        create_transfer(ledger, Transfer::void(id, closing_id), now).await
    }

    /// Opens it again. Opening an open gate is fine.
    pub async fn open(&self, ledger: &dyn LedgerEngine, now: Timestamp) -> Result<(), DeskError> {
        match self.generation(ledger, now).await? {
            Some(generation) => self.open_generation(ledger, generation, now).await,
            None => Ok(()),
        }
    }
}

/// Creates accounts; those that exist as described are fine, closed or not.
pub async fn create_accounts(
    ledger: &dyn LedgerEngine,
    accounts: Vec<Account>,
    now: Timestamp,
) -> Result<(), DeskError> {
    let results = ledger.create_accounts(accounts.clone(), now).await?;
    for (account, result) in accounts.iter().zip(results) {
        let is_there = match result {
            CreateAccountResult::Created | CreateAccountResult::Exists => true,
            // To the ledger, a gate that was closed since is another account.
            CreateAccountResult::ExistsWithDifferentFlags => {
                let found = ledger.find_account(account.id, now).await?;
                found.is_some_and(|found| found.closed && found.flags == account.flags)
            }
            _ => false,
        };
        if !is_there {
            return Err(DeskError::Refused(result.name().to_owned()));
        }
    }
    Ok(())
}

/// Creates one transfer; one that exists as described is fine.
pub async fn create_transfer(
    ledger: &dyn LedgerEngine,
    transfer: Transfer,
    now: Timestamp,
) -> Result<(), DeskError> {
    for result in ledger.create_transfers(vec![transfer], now).await? {
        if !matches!(result, CreateTransferResult::Created | CreateTransferResult::Exists) {
            return Err(DeskError::Refused(result.name().to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use kanuki_ledger::MemoryEngine;

    use super::*;

    /// The memory engine never waits, so one poll is enough.
    fn now<F: Future>(future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("the memory engine waited"),
        }
    }

    #[test]
    fn an_old_release_never_ends_a_later_closing() {
        let engine = MemoryEngine::new();
        let at = Timestamp::UNIX_EPOCH;
        let gate = Gate::of("mandate", "x");
        assert_eq!(now(gate.generation(&engine, at)).unwrap(), None);

        now(gate.close(&engine, at)).unwrap();
        let first = now(gate.generation(&engine, at)).unwrap().unwrap();
        assert!(now(gate.closed_since(&engine, at)).unwrap().is_some());
        now(gate.open_generation(&engine, first, at)).unwrap();
        assert!(!now(gate.is_closed(&engine, at)).unwrap());
        assert_eq!(now(gate.closed_since(&engine, at)).unwrap(), None);

        now(gate.close(&engine, at)).unwrap();
        now(gate.open_generation(&engine, first, at)).unwrap();
        assert!(now(gate.is_closed(&engine, at)).unwrap());
        // To the ledger a closed account is no longer the one that was made; to us it is.
        now(gate.close(&engine, at)).unwrap();
        now(create_accounts(&engine, gate.accounts(), at)).unwrap();
        now(gate.open(&engine, at)).unwrap();
        assert!(!now(gate.is_closed(&engine, at)).unwrap());
    }
}
