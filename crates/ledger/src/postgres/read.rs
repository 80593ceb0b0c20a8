//! Look-ups. Any node answers them from the database, so each sees what any writer answered.

use jiff::Timestamp;
use tokio_postgres::{Client, GenericClient, IsolationLevel, Row, Statement};

use super::{
    connect::within,
    error::PostgresError,
    rows::{
        ACCOUNT_COLUMNS, Bits, RECORD_COLUMNS, account, balance_row, nanos_within, transfer_record,
    },
};
use crate::{
    model::{
        Account, AccountId, BalanceRow, Filter, PAGE_MAX, PendingState, TransferId, TransferRecord,
    },
    state::{Batch, State, part::Clock},
};

/// A connection that reads, with its statements prepared.
#[derive(Debug)]
pub(super) struct Reader {
    client: Client,
    accounts: Statement,
    transfers: Statement,
    /// Oldest first, newest first.
    pages: [Statement; 2],
    balances: [Statement; 2],
}

/// Both sides of an account's transfers within a filter, as `sides` lists their columns.
fn stretch(debit_columns: &str, credit_columns: &str, direction: &str) -> String {
    let side = |is_wanted: &str, side: &str, columns: &str| {
        format!(
            "(select {columns} from transfer
               where {is_wanted}::boolean and {side}_account = $1 and at between $2 and $3
                 and ($7::integer = 0 or code = $7)
                 and ($8::uuid is null or user_data = $8)
               order by at {direction} limit $4)"
        )
    };
    let debits = side("$5", "debit", debit_columns);
    let credits = side("$6", "credit", credit_columns);
    format!("{debits} union all {credits} order by at {direction} limit $4")
}

fn page(direction: &str) -> String {
    let rows = stretch("*", "*", direction);
    format!(
        "select {RECORD_COLUMNS} from ({rows}) t left join pending p on p.id = t.id
          order by t.at {direction}"
    )
}

fn balances(direction: &str) -> String {
    let columns = |side: &str| {
        format!(
            "at, {side}_debits_pending, {side}_debits_posted, {side}_credits_pending,
             {side}_credits_posted"
        )
    };
    let rows = stretch(&columns("debit"), &columns("credit"), direction);
    // 4 is the flag of history.
    format!(
        "select * from ({rows}) b
          where exists (select from account where id = $1 and (flags & 4) <> 0)
          order by at {direction}"
    )
}

impl Reader {
    /// Prepares everything on `client`.
    pub(super) async fn new(client: Client) -> Result<Self, PostgresError> {
        let accounts = format!("select {ACCOUNT_COLUMNS} from balance where id = any ($1)");
        let transfers = format!(
            "select {RECORD_COLUMNS} from transfer_id i join transfer t on t.at = i.at
               left join pending p on p.id = i.id where i.id = any ($1)"
        );
        let accounts = within(client.prepare(&accounts)).await?;
        let transfers = within(client.prepare(&transfers)).await?;
        let pages = [
            within(client.prepare(&page("asc"))).await?,
            within(client.prepare(&page("desc"))).await?,
        ];
        let balances = [
            within(client.prepare(&balances("asc"))).await?,
            within(client.prepare(&balances("desc"))).await?,
        ];
        Ok(Self { client, accounts, transfers, pages, balances })
    }

    /// True when it must be replaced.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// The accounts, in the order of `ids`, as the writer left them.
    pub(super) async fn accounts(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Option<Account>>, PostgresError> {
        Ok(in_order(ids, &read_accounts(&self.client, &self.accounts, ids).await?))
    }

    /// The accounts without what is due at `now`, for a node that cannot release it.
    pub(super) async fn accounts_at(
        &mut self,
        ids: &[AccountId],
        now: Timestamp,
    ) -> Result<Vec<Option<Account>>, PostgresError> {
        let snapshot = self
            .client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start();
        let snapshot = within(snapshot).await?;
        let due = format!(
            "select {RECORD_COLUMNS} from pending p join transfer t on t.at = p.at
              where p.state = 0 and p.expires_at <= $1
                and (t.debit_account = any ($2) or t.credit_account = any ($2))"
        );
        let due = within(snapshot.query(&due, &[&nanos_within(now), &uuids(ids)])).await?;
        let mut part = State::part(Clock::START);
        let mut all = ids.to_vec();
        for row in &due {
            let record = transfer_record(row)?;
            all.extend([record.transfer.debit_account, record.transfer.credit_account]);
            part.put_transfer(&record);
        }
        for account in read_accounts(&snapshot, &self.accounts, &all).await? {
            part.put_account(account);
        }
        within(snapshot.commit()).await?;
        part.apply(&Batch::Tick, now);
        Ok(ids.iter().map(|id| part.account(*id)).collect())
    }

    /// The transfers, in the order of `ids`.
    pub(super) async fn transfers(
        &self,
        ids: &[TransferId],
        now: Timestamp,
    ) -> Result<Vec<Option<TransferRecord>>, PostgresError> {
        let uuids: Vec<Bits> = ids.iter().map(|id| Bits(id.bits())).collect();
        let rows = within(self.client.query(&self.transfers, &[&uuids])).await?;
        let mut found = std::collections::HashMap::new();
        for row in &rows {
            let record = seen_at(transfer_record(row)?, now);
            found.insert(record.transfer.id, record);
        }
        Ok(ids.iter().map(|id| found.get(id).copied()).collect())
    }

    /// Transfers of `account`, by timestamp.
    pub(super) async fn page(
        &self,
        account: AccountId,
        filter: &Filter,
        now: Timestamp,
    ) -> Result<Vec<TransferRecord>, PostgresError> {
        let [oldest, newest] = &self.pages;
        let statement = if filter.reversed { newest } else { oldest };
        let rows = self.stretch(statement, account, filter).await?;
        rows.iter().map(|row| Ok(seen_at(transfer_record(row)?, now))).collect()
    }

    /// The sums of `account` after each transfer, if it keeps its history.
    pub(super) async fn balances(
        &self,
        account: AccountId,
        filter: &Filter,
    ) -> Result<Vec<BalanceRow>, PostgresError> {
        let [oldest, newest] = &self.balances;
        let statement = if filter.reversed { newest } else { oldest };
        let rows = self.stretch(statement, account, filter).await?;
        rows.iter().map(|row| balance_row(account, row)).collect()
    }

    async fn stretch(
        &self,
        statement: &Statement,
        account: AccountId,
        filter: &Filter,
    ) -> Result<Vec<Row>, PostgresError> {
        let since = filter.since.map_or(i64::MIN, nanos_within);
        let until = filter.until.map_or(i64::MAX, nanos_within);
        let user_data = (filter.user_data != 0).then_some(Bits(filter.user_data));
        within(self.client.query(
            statement,
            &[
                &Bits(account.bits()),
                &since,
                &until,
                &i64::from(filter.limit.min(PAGE_MAX)),
                &filter.debits,
                &filter.credits,
                &i32::from(filter.code),
                &user_data,
            ],
        ))
        .await
    }
}

fn uuids(ids: &[AccountId]) -> Vec<Bits> {
    ids.iter().map(|id| Bits(id.bits())).collect()
}

async fn read_accounts(
    client: &impl GenericClient,
    statement: &Statement,
    ids: &[AccountId],
) -> Result<Vec<Account>, PostgresError> {
    let rows = within(client.query(statement, &[&uuids(ids)])).await?;
    rows.iter().map(account).collect()
}

fn in_order(ids: &[AccountId], found: &[Account]) -> Vec<Option<Account>> {
    let found: std::collections::HashMap<AccountId, Account> =
        found.iter().map(|account| (account.id, *account)).collect();
    ids.iter().map(|id| found.get(id).copied()).collect()
}

/// What nobody has released yet is not shown beyond its deadline.
fn seen_at(record: TransferRecord, now: Timestamp) -> TransferRecord {
    match record.pending {
        Some(PendingState::Pending { expires_at: Some(at) }) if at <= now => {
            TransferRecord { pending: Some(PendingState::Expired { at }), ..record }
        }
        Some(_) | None => record,
    }
}
