//! Taking the lease, and reading the books back.

use std::collections::HashMap;

use jiff::Timestamp;
use tokio_postgres::{Client, error::SqlState};

use super::{
    books::Books,
    config::PostgresConfig,
    connect::within,
    error::PostgresError,
    rows::{
        ACCOUNT_COLUMNS, Bits, RECORD_COLUMNS, account, balance_row, bits, instant, nanos_within,
        transfer_record,
    },
};
use crate::{
    model::{Account, AccountId, TransferId},
    state::part::Clock,
};

/// Tries to take the lease; the epoch that it was given, or `None` while another one has it.
///
/// The row is updated in place: a statement of the old writer that is under way is waited for, and
/// all that it wrote is there to be read afterwards. One that never ends, because its client stands
/// still in the middle of it, is ended once its lease has run out.
pub(super) async fn take_lease(
    client: &Client,
    config: &PostgresConfig,
) -> Result<Option<i64>, PostgresError> {
    within(client.batch_execute("set lock_timeout to '1s'")).await?;
    let taken = within(client.query_opt(
        "update book set epoch = epoch + 1, holder = $1, backend = pg_backend_pid(),
                held_until = clock_timestamp() + $2::bigint * interval '1 millisecond'
          where held_until < clock_timestamp() or holder = $1
         returning epoch",
        &[&config.holder, &config.lease_ms()],
    ))
    .await;
    let epoch = match taken {
        Ok(row) => row.map(|row| row.try_get(0)).transpose()?,
        Err(PostgresError::Server(error))
            if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) =>
        {
            within(client.execute(
                "select pg_terminate_backend(backend) from book
                  where held_until < clock_timestamp()",
                &[],
            ))
            .await?;
            None
        }
        Err(error) => return Err(error),
    };
    within(client.batch_execute("set lock_timeout to 0")).await?;
    Ok(epoch)
}

/// Reads accounts and open reservations. Nobody else writes meanwhile: the lease is ours.
pub(super) async fn load(client: &Client) -> Result<Books, PostgresError> {
    let book = within(
        client.query_one("select now_ns, stamped_ns, transferred_ns, settled_ns from book", &[]),
    )
    .await?;
    let at = |column| -> Result<Option<Timestamp>, PostgresError> {
        book.try_get::<_, Option<i64>>(column)?.map(instant).transpose()
    };
    let or_start = |at: Option<Timestamp>| at.unwrap_or(Timestamp::MIN);
    let mut books = Books::new(Clock {
        now: or_start(at(0)?),
        stamped: or_start(at(1)?),
        transferred: or_start(at(2)?),
    });
    let mut rows = HashMap::new();
    let accounts = format!("select {ACCOUNT_COLUMNS}, as_of from account");
    for row in within(client.query(&accounts, &[])).await? {
        let account = account(&row)?;
        rows.insert(account.id, (account, instant(row.try_get(11)?)?));
    }
    replay(client, at(3)?, &mut rows, &mut books).await?;
    for (account, _) in rows.into_values() {
        books.put_account(account);
    }
    let open = format!(
        "select {RECORD_COLUMNS} from pending p join transfer t on t.at = p.at where p.state = 0"
    );
    for row in within(client.query(&open, &[])).await? {
        books.put_transfer(transfer_record(&row)?);
    }
    Ok(books)
}

/// Brings rows of accounts that lag behind up to the newest transfer.
async fn replay(
    client: &Client,
    settled: Option<Timestamp>,
    rows: &mut HashMap<AccountId, (Account, Timestamp)>,
    books: &mut Books,
) -> Result<(), PostgresError> {
    let since = settled.map_or(i64::MIN, nanos_within);
    for (account, side, bit) in [("debit_account", "debit", 1), ("credit_account", "credit", 2)] {
        let newest = format!(
            "select distinct on ({account}) at, {side}_debits_pending, {side}_debits_posted,
                    {side}_credits_pending, {side}_credits_posted, (closed & {bit}) <> 0, {account}
               from transfer where at > $1 order by {account}, at desc"
        );
        for row in within(client.query(&newest, &[&since])).await? {
            let id = AccountId(bits(&row, 6)?);
            let sums = balance_row(id, &row)?;
            let (account, as_of) =
                rows.get_mut(&id).ok_or(PostgresError::Damaged("the account of a transfer"))?;
            if sums.timestamp > *as_of {
                *as_of = sums.timestamp;
                account.debits_pending = sums.debits_pending;
                account.debits_posted = sums.debits_posted;
                account.credits_pending = sums.credits_pending;
                account.credits_posted = sums.credits_posted;
                account.closed = row.try_get(5)?;
            }
        }
    }
    // From the first transfer on that the rows may lack: which one it was for each is not known.
    let from = settled.unwrap_or(Timestamp::MIN);
    for (id, (_, as_of)) in rows.iter() {
        if *as_of > from {
            books
                .stale
                .touch(*id, from.checked_add(jiff::SignedDuration::from_nanos(1)).unwrap_or(from));
        }
    }
    Ok(())
}

/// Reads what stands under `ids` into `books`.
pub(super) async fn look_up(
    client: &Client,
    ids: &[TransferId],
    books: &mut Books,
) -> Result<(), PostgresError> {
    let ids: Vec<Bits> = ids.iter().map(|id| Bits(id.bits())).collect();
    let found = format!(
        "select {RECORD_COLUMNS} from transfer_id i join transfer t on t.at = i.at
           left join pending p on p.id = i.id
          where i.id = any ($1)
             or i.id in (select s.pending_id from transfer_id j join transfer s on s.at = j.at
                          where j.id = any ($1) and s.pending_id is not null)"
    );
    for row in within(client.query(&found, &[&ids])).await? {
        books.put_transfer(transfer_record(&row)?);
    }
    let failed = "select id from transfer_id where id = any ($1) and at is null";
    for row in within(client.query(failed, &[&ids])).await? {
        books.put_failed(TransferId(bits(&row, 0)?));
    }
    Ok(())
}
