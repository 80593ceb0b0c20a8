//! The trial balance, added up from a cluster's transfers.

use jiff::Timestamp;
use tigerbeetle as tb;

use super::{TigerBeetleEngine, convert, whose};
use crate::{
    chapter::Chapter,
    engine::LedgerError,
    model::{PAGE_MAX, Transfer},
    trial::{Counting, TrialBalance},
};

impl TigerBeetleEngine {
    /// What every kind of account came to at `until`, counted from the transfers of the cluster: no
    /// balance that it keeps is believed.
    pub async fn trial_balance(&self, until: Timestamp) -> Result<TrialBalance, LedgerError> {
        let mut counting = Counting::default();
        let mut since = 0;
        loop {
            let page = self.ask(|client| client.query_accounts(from(since))).await?;
            let Some(last) = page.last() else { break };
            since = last.timestamp.saturating_add(1);
            let of_books = page.iter().filter(|account| account.ledger != whose::LEDGER);
            let accounts: Result<Vec<_>, _> = of_books.map(convert::account_of).collect();
            let transfers = Vec::new();
            counting.take(
                &Chapter { now: until, accounts: accounts?, transfers, refused: vec![] },
                until,
            );
        }
        let mut since = 0;
        loop {
            let page = self.ask(|client| client.query_transfers(from(since))).await?;
            let Some(last) = page.last() else { break };
            since = last.timestamp.saturating_add(1);
            let is_over = convert::instant_of(last.timestamp)? > until;
            for kept in &page {
                // Its deadline is what counts here, not the one that it had before it was moved.
                let transfer =
                    Transfer { timeout_secs: kept.timeout, ..convert::transfer_of(kept)? };
                let (now, transfers) = (transfer.timestamp, vec![transfer]);
                counting
                    .take(&Chapter { now, accounts: vec![], transfers, refused: vec![] }, until);
            }
            if is_over {
                break;
            }
        }
        Ok(counting.close(until))
    }
}

fn from(since: u64) -> tb::QueryFilter {
    tb::QueryFilter { timestamp_min: since, limit: PAGE_MAX, ..Default::default() }
}
