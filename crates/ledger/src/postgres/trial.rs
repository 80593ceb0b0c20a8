//! The trial balance, added up by the database.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::{
    config::PostgresConfig,
    connect::{connect, within},
    error::PostgresError,
    rows::nanos_within,
    whose,
};
use crate::trial::{Line, TrialBalance};

/// Flags of a transfer: 2 pending, 4 posts, 8 voids. A reservation stands at an instant if nothing
/// settled it by then and its deadline lies beyond.
const BALANCE: &str = "
    with moved as (
        select debit_account, credit_account, amount, 0 as reserved from transfer
         where at <= $1 and flags & 10 = 0
        union all
        select t.debit_account, t.credit_account, 0, t.amount
          from pending p join transfer t on t.at = p.at
          left join transfer_id i on i.id = p.settled_by
         where t.at <= $1 and (i.at is null or i.at > $1)
           and (p.expires_at is null or p.expires_at > $1)),
    sides as (
        select debit_account as id, amount as dd, reserved as dp, 0 as cc, 0 as cp from moved
        union all
        select credit_account, 0, 0, amount, reserved from moved),
    summed as (
        select id, sum(dd) as dd, sum(dp) as dp, sum(cc) as cc, sum(cp) as cp from sides group by id)
    select a.ledger, a.code, count(*), coalesce(sum(s.dd), 0)::text, coalesce(sum(s.cc), 0)::text,
           coalesce(sum(s.dp), 0)::text, coalesce(sum(s.cp), 0)::text
      from account a left join summed s on s.id = a.id
     where a.made_at <= $1
     group by a.ledger, a.code";

/// Adds up the books of `config` at `until`.
pub(super) async fn balance(
    config: &PostgresConfig,
    until: Timestamp,
) -> Result<TrialBalance, PostgresError> {
    let client = connect(config).await?;
    whose::require(&client, config).await?;
    let mut balance = TrialBalance::default();
    for row in within(client.query(BALANCE, &[&nanos_within(until)])).await? {
        let (kind, line) = line(&row)?;
        balance.lines.insert(kind, line);
    }
    Ok(balance)
}

fn line(row: &Row) -> Result<((u32, u16), Line), PostgresError> {
    let damaged = |_| PostgresError::Damaged("the kind of an account");
    let ledger = u32::try_from(row.try_get::<_, i64>(0)?).map_err(damaged)?;
    let code = u16::try_from(row.try_get::<_, i32>(1)?).map_err(damaged)?;
    let sum = |column: usize| -> Result<u128, PostgresError> {
        let digits: String = row.try_get(column)?;
        digits.parse().map_err(|_| PostgresError::Damaged("a sum"))
    };
    let line = Line {
        accounts: u64::try_from(row.try_get::<_, i64>(2)?).map_err(damaged)?,
        debits_posted: sum(3)?,
        credits_posted: sum(4)?,
        debits_pending: sum(5)?,
        credits_pending: sum(6)?,
    };
    Ok(((ledger, code), line))
}
