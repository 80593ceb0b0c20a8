//! The engine on a TigerBeetle cluster: replicated, with a clock of its own.
//!
//! The official client asks for ever, in one order, one request at a time. Around it this engine puts
//! a deadline: after it the answer is [`LedgerError::Unavailable`], which means *unknown*, and the
//! request goes on waiting its turn. What the caller then sends again comes after it, under the same
//! ids, so nothing is doubled. A client that the cluster evicted is replaced, and its request sent
//! again with the same ids.
//!
//! TigerBeetle does not tell what became of a pending transfer. So a post or a void made here
//! carries a mark of what it settles in `user_data_64`, by which it is found again; see [`pending`].
//!
//! `now` is ignored: deadlines are the cluster's, and an instant is asked of it.

mod convert;
mod journal;
mod moved;
mod moving;
mod pending;
mod trial;
mod whose;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use tigerbeetle as tb;
use tokio::sync::Semaphore;

use crate::{
    engine::{LedgerEngine, LedgerError, check_len},
    journal::{Journal, Stretch},
    model::{Account, AccountId, BalanceRow, Filter, Transfer, TransferId, TransferRecord},
    result::{CreateAccountResult, CreateTransferResult},
};
pub use moving::{Moving, TakeOverError};
pub use whose::ClaimError;

/// The most requests that wait for a cluster that does not answer; whoever comes after is told
/// "unavailable" and nothing of theirs happens.
const UNDER_WAY_MAX: usize = 256;

/// How often a request is sent by a new client after an eviction.
const CLIENTS_MAX: u8 = 3;

/// Why no client could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Not addresses: `address:port`, separated by commas, IPv4 or IPv6 numbers without names.
    #[error(
        "the addresses of the TigerBeetle cluster are not of the form 10.0.0.1:3000,10.0.0.2:3000"
    )]
    Addresses,
    /// More addresses than a cluster has replicas.
    #[error("more addresses than a TigerBeetle cluster may have replicas")]
    TooMany,
    /// Threads, files or lockable memory ran out.
    #[error(
        "this machine lacks what a TigerBeetle client needs: threads, files or lockable memory"
    )]
    Resources,
}

impl From<tb::InitError> for ConnectError {
    fn from(error: tb::InitError) -> Self {
        match error {
            tb::InitError::AddressInvalid => Self::Addresses,
            tb::InitError::AddressLimitExceeded => Self::TooMany,
            tb::InitError::Unexpected
            | tb::InitError::OutOfMemory
            | tb::InitError::SystemResources
            | tb::InitError::NetworkSubsystem
            | _ => Self::Resources,
        }
    }
}

/// Books on a TigerBeetle cluster.
pub struct TigerBeetleEngine {
    cluster: u128,
    addresses: String,
    deadline: Duration,
    client: Mutex<Arc<tb::Client>>,
    under_way: Arc<Semaphore>,
}

impl fmt::Debug for TigerBeetleEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TigerBeetleEngine")
            .field("cluster", &self.cluster)
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

impl TigerBeetleEngine {
    /// Answers or says "unavailable" within this time, unless told otherwise.
    pub const DEADLINE: Duration = Duration::from_secs(10);

    /// A client of `cluster` at `addresses`, which need not answer yet. No request is waited for
    /// longer than `deadline`.
    pub fn connect(
        cluster: u128,
        addresses: &str,
        deadline: Duration,
    ) -> Result<Self, ConnectError> {
        let client = tb::Client::new(cluster, addresses)?;
        Ok(Self {
            cluster,
            addresses: addresses.to_owned(),
            deadline,
            client: Mutex::new(Arc::new(client)),
            under_way: Arc::new(Semaphore::new(UNDER_WAY_MAX)),
        })
    }

    fn client(&self) -> Arc<tb::Client> {
        Arc::clone(&self.client.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a new client in the place of `evicted`, unless somebody did so already.
    fn replace(&self, evicted: &Arc<tb::Client>) -> Result<(), LedgerError> {
        let mut current = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&current, evicted) {
            let client = tb::Client::new(self.cluster, &self.addresses)
                .map_err(|_| LedgerError::Unavailable)?;
            *current = Arc::new(client);
        }
        Ok(())
    }

    /// Sends `request` and waits for its answer, but not for ever.
    async fn ask<T, F>(&self, request: impl Fn(&tb::Client) -> F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, tb::Error>> + Send + 'static,
    {
        let patience = tokio::time::sleep(self.deadline);
        tokio::pin!(patience);
        for _ in 0..CLIENTS_MAX {
            let place = Arc::clone(&self.under_way)
                .try_acquire_owned()
                .map_err(|_| LedgerError::Unavailable)?;
            let client = self.client();
            let asked = request(&client);
            // It keeps its place until it is answered, even if nobody waits for it any more.
            let waiting = tokio::spawn(async move {
                let answer = asked.await;
                drop(place);
                answer
            });
            let answer = tokio::select! {
                answer = waiting => answer.map_err(|_| LedgerError::Unavailable)?,
                () = &mut patience => return Err(LedgerError::Unavailable),
            };
            match answer {
                Ok(answer) => return Ok(answer),
                Err(tb::Error::ClientEvicted | tb::Error::ClientClosed) => self.replace(&client)?,
                Err(_) => return Err(LedgerError::Unavailable),
            }
        }
        Err(LedgerError::Unavailable)
    }

    /// The transfers as they are kept, in the order of `ids`.
    async fn kept(&self, ids: Vec<u128>) -> Result<Vec<tb::Transfer>, LedgerError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.ask(|client| client.lookup_transfers(&ids)).await
    }

    /// Each with what became of it.
    async fn records(&self, kept: Vec<tb::Transfer>) -> Result<Vec<TransferRecord>, LedgerError> {
        let states = self.pending_states(&kept).await?;
        kept.iter()
            .zip(states)
            .map(|(transfer, pending)| {
                Ok(TransferRecord { transfer: convert::transfer_of(transfer)?, pending })
            })
            .collect()
    }
}

#[async_trait]
impl LedgerEngine for TigerBeetleEngine {
    async fn create_accounts(
        &self,
        accounts: Vec<Account>,
        _now: Timestamp,
    ) -> Result<Vec<CreateAccountResult>, LedgerError> {
        check_len(accounts.len())?;
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        let events: Vec<tb::Account> = accounts.iter().map(convert::account_for).collect();
        let results = self.ask(|client| client.create_accounts(&events)).await?;
        let results = results.into_iter().map(|result| convert::account_result(result.status));
        let mut results: Vec<_> = results.collect::<Result<_, _>>()?;
        self.judge_accounts(&accounts, &mut results).await?;
        Ok(results)
    }

    async fn create_transfers(
        &self,
        transfers: Vec<Transfer>,
        _now: Timestamp,
    ) -> Result<Vec<CreateTransferResult>, LedgerError> {
        check_len(transfers.len())?;
        if transfers.is_empty() {
            return Ok(Vec::new());
        }
        let events: Vec<tb::Transfer> = transfers.iter().map(convert::transfer_for).collect();
        let results = self.ask(|client| client.create_transfers(&events)).await?;
        let results = results.into_iter().map(|result| convert::transfer_result(result.status));
        let mut results: Vec<_> = results.collect::<Result<_, _>>()?;
        self.judge_transfers(&transfers, &mut results).await?;
        self.judge_settlements(&transfers, &mut results).await?;
        Ok(results)
    }

    async fn lookup_accounts(
        &self,
        ids: &[AccountId],
        _now: Timestamp,
    ) -> Result<Vec<Option<Account>>, LedgerError> {
        check_len(ids.len())?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let bits: Vec<u128> = ids.iter().map(|id| id.bits()).collect();
        let found = self.ask(|client| client.lookup_accounts(&bits)).await?;
        let mut by_id = HashMap::new();
        for account in &found {
            by_id.insert(account.id, convert::account_of(account)?);
        }
        Ok(bits.iter().map(|id| by_id.get(id).copied()).collect())
    }

    async fn lookup_transfers(
        &self,
        ids: &[TransferId],
        _now: Timestamp,
    ) -> Result<Vec<Option<TransferRecord>>, LedgerError> {
        check_len(ids.len())?;
        let bits: Vec<u128> = ids.iter().map(|id| id.bits()).collect();
        let found = self.kept(bits.clone()).await?;
        let records = self.records(found).await?;
        let by_id: HashMap<u128, TransferRecord> =
            records.into_iter().map(|record| (record.transfer.id.bits(), record)).collect();
        Ok(bits.iter().map(|id| by_id.get(id).copied()).collect())
    }

    async fn account_transfers(
        &self,
        account: AccountId,
        filter: Filter,
        _now: Timestamp,
    ) -> Result<Vec<TransferRecord>, LedgerError> {
        let Some(filter) = convert::filter_for(account, &filter) else {
            return Ok(Vec::new());
        };
        let rows = self.ask(|client| client.get_account_transfers(filter)).await?;
        self.records(rows).await
    }

    async fn account_balances(
        &self,
        account: AccountId,
        filter: Filter,
        _now: Timestamp,
    ) -> Result<Vec<BalanceRow>, LedgerError> {
        let Some(filter) = convert::filter_for(account, &filter) else {
            return Ok(Vec::new());
        };
        let rows = self.ask(|client| client.get_account_balances(filter)).await?;
        rows.iter().map(|row| convert::balance_of(account, row)).collect()
    }

    async fn journal(&self, stretch: Stretch, _now: Timestamp) -> Result<Journal, LedgerError> {
        self.read_journal(&stretch).await
    }
}
