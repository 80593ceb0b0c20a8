//! The journal, out of a cluster.

use std::collections::HashMap;

use tigerbeetle as tb;

use super::{TigerBeetleEngine, convert};
use crate::{
    engine::LedgerError,
    journal::{Journal, Stretch},
    model::{AccountId, PAGE_MAX},
};

impl TigerBeetleEngine {
    /// What was posted in a stretch of time.
    pub(super) async fn read_journal(&self, stretch: &Stretch) -> Result<Journal, LedgerError> {
        let mut journal = Journal::default();
        let mut codes = HashMap::new();
        // What an account had before is added up from its first transfer on.
        let mut since = if stretch.of.is_some() { 0 } else { convert::stamp_for(stretch.since) };
        loop {
            let page = self.after(since, stretch).await?;
            let Some(last) = page.last() else { return Ok(journal) };
            if convert::instant_of(last.timestamp)? > stretch.until {
                since = u64::MAX;
            } else {
                since = last.timestamp.saturating_add(1);
            }
            let transfers = page.iter().map(convert::transfer_of);
            let transfers: Vec<_> = transfers.collect::<Result<_, _>>()?;
            let wanted: Vec<_> = transfers.iter().filter(|t| stretch.wants(t)).collect();
            let both = wanted.iter().flat_map(|t| [t.debit_account, t.credit_account]);
            self.learn(both.collect(), &mut codes).await?;
            for transfer in wanted {
                journal.add(transfer, stretch, |id| codes.get(&id).copied().unwrap_or_default());
            }
            if since == u64::MAX || journal.is_cut {
                return Ok(journal);
            }
        }
    }

    async fn after(&self, since: u64, stretch: &Stretch) -> Result<Vec<tb::Transfer>, LedgerError> {
        if let Some(account) = stretch.of {
            let filter = tb::AccountFilter {
                account_id: account.bits(),
                timestamp_min: since,
                limit: PAGE_MAX,
                flags: tb::AccountFilterFlags::Debits | tb::AccountFilterFlags::Credits,
                ..Default::default()
            };
            return self.ask(|client| client.get_account_transfers(filter)).await;
        }
        let filter = tb::QueryFilter {
            ledger: stretch.ledger,
            timestamp_min: since,
            limit: PAGE_MAX,
            ..Default::default()
        };
        self.ask(|client| client.query_transfers(filter)).await
    }

    /// Reads the codes of accounts that are not known yet.
    async fn learn(
        &self,
        accounts: Vec<AccountId>,
        codes: &mut HashMap<AccountId, u16>,
    ) -> Result<(), LedgerError> {
        let mut unknown: Vec<u128> = accounts
            .into_iter()
            .filter(|id| !codes.contains_key(id))
            .map(AccountId::bits)
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        for some in unknown.chunks(crate::engine::BATCH_MAX) {
            let found = self.ask(|client| client.lookup_accounts(some)).await?;
            codes.extend(found.iter().map(|account| (AccountId(account.id), account.code)));
        }
        Ok(())
    }
}
