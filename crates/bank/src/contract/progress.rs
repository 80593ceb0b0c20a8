//! How far wallets' old contracts have been dealt with, counted for the desk.

use jiff::Timestamp;
use kanuki_domain::Ctx;
use kanuki_record::{RecordError, Unit, record};
use serde::{Deserialize, Serialize};

use super::{Contract, Kind, Mail, Standing};
use crate::{Bank, BankError};

/// Up to so many contracts are counted while a page waits; beyond, the worker counts every hour.
const COUNT_NOW_MAX: u64 = 20_000;

/// Wallets' contracts by what became of them. Each is counted once, but for `written`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Progress {
    /// When it was counted.
    pub counted_at: Timestamp,
    /// All wallets' contracts that the lists ever named.
    pub wallets: u64,
    /// Ordinary 口座振替, which no letter is about.
    pub others: u64,
    /// Their holders were written to, whatever became of them.
    pub written: u64,
    /// Linked anew.
    pub replaced: u64,
    /// The holder said that it is theirs; ¥0 until it is linked anew.
    pub kept: u64,
    /// Stopped.
    pub stopped: u64,
    /// Over, says the list.
    pub ended: u64,
    /// The letter came back.
    pub returned: u64,
    /// Nobody could be written to.
    pub no_address: u64,
    /// Written to, and nothing heard: ¥0, for as long as it stays so.
    pub silent: u64,
    /// Not written to yet.
    pub waiting: u64,
}

record! { Progress => "contract_progress" by |_| "progress".to_owned(); }

impl Progress {
    fn none(now: Timestamp) -> Self {
        Self {
            counted_at: now,
            wallets: 0,
            others: 0,
            written: 0,
            replaced: 0,
            kept: 0,
            stopped: 0,
            ended: 0,
            returned: 0,
            no_address: 0,
            silent: 0,
            waiting: 0,
        }
    }

    fn count(&mut self, contract: &Contract) {
        let add = |counter: &mut u64| *counter = counter.saturating_add(1);
        if contract.kind == Kind::Kofuri {
            return add(&mut self.others);
        }
        add(&mut self.wallets);
        if matches!(contract.mail, Some(Mail::Sent { .. } | Mail::Returned { .. })) {
            add(&mut self.written);
        }
        add(match (contract.standing, contract.mail) {
            (Standing::Replaced { .. }, _) => &mut self.replaced,
            (Standing::Stopped { .. }, _) => &mut self.stopped,
            (Standing::Ended { .. }, _) => &mut self.ended,
            _ if contract.kept_at.is_some() => &mut self.kept,
            (_, Some(Mail::Returned { .. })) => &mut self.returned,
            (_, Some(Mail::NoAddress { .. })) => &mut self.no_address,
            (_, Some(Mail::Sent { .. })) => &mut self.silent,
            (_, None) => &mut self.waiting,
        });
    }
}

impl Bank {
    /// The count, made anew where that is quick; it says when it was made.
    pub async fn contract_progress(&self, ctx: &Ctx<'_>) -> Result<Progress, BankError> {
        let kept = self.book.find::<Progress>("progress").await?;
        match kept.map(kanuki_record::Stored::into_inner) {
            Some(kept) if kept.wallets.saturating_add(kept.others) > COUNT_NOW_MAX => Ok(kept),
            Some(_) | None => self.count_contracts(ctx).await,
        }
    }

    /// Counts everything, and keeps the count. The worker does it every hour.
    pub async fn count_contracts(&self, ctx: &Ctx<'_>) -> Result<Progress, BankError> {
        let mut progress = Progress::none(ctx.now);
        let mut after = String::new();
        loop {
            let page = self.book.scan::<Contract>(&after).await?;
            let Some(last) = page.last() else { break };
            after = last.contract_id.to_string();
            for contract in &page {
                progress.count(contract);
            }
        }
        let mut unit = Unit::new();
        match self.book.find::<Progress>("progress").await? {
            Some(mut kept) => {
                *kept.edit() = progress.clone();
                unit.update(&kept);
            }
            None => {
                unit.insert(&progress);
            }
        }
        match self.book.commit(unit).await {
            // Somebody else counted at the same moment.
            Ok(()) | Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => {
                Ok(progress)
            }
            Err(error) => Err(error.into()),
        }
    }
}
