//! Counting the books again from the transfers, by SQL: other means than the engine's.

use tokio_postgres::{Client, IsolationLevel, Transaction};

use super::{config::PostgresConfig, connect::connect, error::PostgresError, whose};
use crate::verify::{PROBLEMS_MAX, Report};

/// Flags of a transfer: 2 pending, 4 posts, 8 voids. What is neither pending nor a void moved money.
///
/// Each statement answers one sentence per row that is wrong.
const CHECKS: [&str; 7] = [
    "with moved as (
         select debit_account as id, 0 as dp, amount as dd, 0 as cp, 0 as cc
           from transfer where flags & 10 = 0
         union all
         select credit_account, 0, 0, 0, amount from transfer where flags & 10 = 0
         union all
         select t.debit_account, t.amount, 0, 0, 0 from pending p join transfer t on t.at = p.at
          where p.state = 0
         union all
         select t.credit_account, 0, 0, t.amount, 0 from pending p join transfer t on t.at = p.at
          where p.state = 0),
     counted as (
         select id, sum(dp) as dp, sum(dd) as dd, sum(cp) as cp, sum(cc) as cc
           from moved group by id)
     select format('account %s has other sums in the books than counted again', b.id)
       from balance b left join counted c on c.id = b.id
      where (b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted)
            is distinct from
            (coalesce(c.dp, 0), coalesce(c.dd, 0), coalesce(c.cp, 0), coalesce(c.cc, 0))",
    "select format('account %s passed its limit', id) from balance
      where (flags & 1 <> 0 and debits_pending + debits_posted > credits_posted)
         or (flags & 2 <> 0 and credits_pending + credits_posted > debits_posted)",
    "select format('debits and credits of ledger %s differ', ledger) from balance group by ledger
     having sum(debits_pending) <> sum(credits_pending)
         or sum(debits_posted) <> sum(credits_posted)",
    "select format('transfer %s uses an account that was never made', t.id) from transfer t
      where not exists (select from account a where a.id = t.debit_account)
         or not exists (select from account a where a.id = t.credit_account)",
    "select format('transfer %s is not among the ids', t.id) from transfer t
       left join transfer_id i on i.id = t.id where i.at is distinct from t.at
     union all
     select format('id %s has no transfer', i.id) from transfer_id i
       left join transfer t on t.at = i.at where i.at is not null and t.at is null",
    "select format('transfer %s settles other than what was reserved', s.id)
       from transfer s left join pending p on p.id = s.pending_id
       left join transfer t on t.at = p.at
      where s.flags & 12 <> 0
        and (p.settled_by is distinct from s.id
             or p.state is distinct from case when s.flags & 4 <> 0 then 1 else 2 end
             or s.amount > t.amount or s.debit_account <> t.debit_account
             or s.credit_account <> t.credit_account)
     union all
     select format('reservation %s has a settlement that was never made', p.id) from pending p
       left join transfer_id i on i.id = p.settled_by where p.state in (1, 2) and i.at is null",
    "select format('transfer %s is a reservation without a state', t.id) from transfer t
       left join pending p on p.id = t.id
      where (t.flags & 2 <> 0) <> (p.id is not null) or p.at <> t.at",
];

/// Counts the books of `config` again, as of one instant.
pub(super) async fn verify(config: &PostgresConfig) -> Result<Report, PostgresError> {
    let mut client: Client = connect(config).await?;
    whose::require(&client, config).await?;
    let snapshot = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    let mut problems = Vec::new();
    for check in CHECKS {
        problems.extend(sentences(&snapshot, check).await?);
    }
    problems.truncate(PROBLEMS_MAX);
    let count = "select (select count(*) from account) + (select count(*) from transfer)";
    let checked: i64 = snapshot.query_one(count, &[]).await?.try_get(0)?;
    snapshot.commit().await?;
    let checked = u64::try_from(checked).unwrap_or(0);
    Ok(Report { ok: problems.is_empty(), checked, problems })
}

async fn sentences(snapshot: &Transaction<'_>, check: &str) -> Result<Vec<String>, PostgresError> {
    let few = format!("select * from ({check}) c limit {PROBLEMS_MAX}");
    let rows = snapshot.query(&few, &[]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
