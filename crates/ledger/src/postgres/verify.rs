//! Counting the books again from the transfers, by SQL: other means than the engine's.

use tokio_postgres::{Client, IsolationLevel, Transaction};

use super::{config::PostgresConfig, connect::connect, error::PostgresError, whose};
use crate::verify::{PROBLEMS_MAX, Report};

/// Flags of a transfer: 2 pending, 4 posts, 8 voids. What is neither pending nor a void moved money.
///
/// Each statement answers one sentence per row that is wrong.
const CHECKS: [&str; 11] = [
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
    "select format('transfer %s is of another ledger than its accounts', t.id) from transfer t
       join account d on d.id = t.debit_account join account c on c.id = t.credit_account
      where t.ledger <> d.ledger or t.ledger <> c.ledger",
    "select format('reservation %s has another deadline or end than its transfers', p.id)
       from pending p join transfer t on t.at = p.at
       left join transfer_id i on i.id = p.settled_by left join transfer s on s.at = i.at
      where p.state in (0, 3) and p.settled_by is not null
         or p.amount <> case when p.state = 1 then s.amount else 0 end
         or p.state in (0, 3) and case
                when t.timeout_secs = 0 then p.expires_at is not null
                -- The batch's instant is not kept: see below.
                else p.expires_at is null or p.expires_at not between
                     t.at + (t.timeout_secs - 1) * 1000000000
                     and t.at + t.timeout_secs * 1000000000 end",
    "with closing as (
         select debit_account as id, case when flags & 2 <> 0 then flags >> 6 & 1 else 0 end as n
           from transfer
         union all
         select credit_account, case when flags & 2 <> 0 then flags >> 7 & 1 else 0 end
           from transfer
         union all
         select t.debit_account, - (t.flags >> 6 & 1) from pending p join transfer t on t.at = p.at
          where p.state <> 0
         union all
         select t.credit_account, - (t.flags >> 7 & 1) from pending p join transfer t on t.at = p.at
          where p.state <> 0),
     counted as (select id, sum(n) as n from closing group by id)
     select format('account %s is open or closed against its transfers', b.id)
       from balance b join counted c on c.id = b.id where (c.n > 0) <> b.closed",
    KEPT_SUMS,
];

/// The sums that each transfer keeps of its two accounts, which statements and past balances read:
/// counted again in the order of time. The first wrong one of each account is told, since all later
/// ones may differ by the same.
///
/// An expired reservation is given back by the first batch whose instant is its deadline or later.
/// That instant is not kept, and timestamps run ahead of it by a nanosecond a transfer, so within a
/// second of the deadline (and for imported transfers, whose timestamps are of the past) both are
/// right.
const KEPT_SUMS: &str = "
    with step as (
        select t.at, t.id, t.flags, t.debit_account, t.credit_account,
               t.debit_debits_pending as ddp, t.debit_debits_posted as ddd,
               t.debit_credits_pending as dcp, t.debit_credits_posted as dcd,
               t.credit_debits_pending as cdp, t.credit_debits_posted as cdd,
               t.credit_credits_pending as ccp, t.credit_credits_posted as ccd, t.closed,
               case when t.flags & 2 <> 0 then t.amount
                    when t.flags & 12 <> 0 then -r.amount else 0 end as pends,
               case when t.flags & 10 = 0 then t.amount else 0 end as posts,
               case when t.flags & 2 <> 0 then t.flags
                    when t.flags & 12 <> 0 then r.flags else 0 end as closing,
               case when t.flags & 12 <> 0 then -1 else 1 end as sign
          from transfer t
          left join transfer_id i on t.flags & 12 <> 0 and i.id = t.pending_id
          left join transfer r on r.at = i.at),
    expired as (
        select p.expires_at as at, t.debit_account, t.credit_account, t.amount, t.flags
          from pending p join transfer t on t.at = p.at where p.state = 3),
    gone as (
        select debit_account as account, at, amount as dp, 0 as cp, flags >> 6 & 1 as cl from expired
        union all
        select credit_account, at, 0, amount, flags >> 7 & 1 from expired),
    event as (
        select debit_account as account, at, 2 as turn, id, flags & 256 <> 0 as imported,
               pends as dp, posts as dd, 0 as cp, 0 as cd, sign * (closing >> 6 & 1) as cl,
               0 as most_dp, 0 as most_cp, 0 as most_cl, 0 as least_dp, 0 as least_cp, 0 as least_cl,
               ddp as kept_dp, ddd as kept_dd, dcp as kept_cp, dcd as kept_cd,
               closed & 1 <> 0 as kept_cl
          from step
        union all
        select credit_account, at, 2, id, flags & 256 <> 0, 0, 0, pends, posts,
               sign * (closing >> 7 & 1), 0, 0, 0, 0, 0, 0, cdp, cdd, ccp, ccd, closed & 2 <> 0
          from step
        union all
        select account, at, 1, null, false, 0, 0, 0, 0, 0, dp, cp, cl, 0, 0, 0, 0, 0, 0, 0, false
          from gone
        union all
        select account, at + 1000000000, 1, null, false, 0, 0, 0, 0, 0, 0, 0, 0, dp, cp, cl,
               0, 0, 0, 0, false from gone),
    run as (
        select account, at, turn, id, imported, kept_dp, kept_dd, kept_cp, kept_cd, kept_cl,
               sum(dp) over line as dp, sum(dd) over line as dd,
               sum(cp) over line as cp, sum(cd) over line as cd, sum(cl) over line as cl,
               case when imported then sum(most_dp) over whole else sum(most_dp) over line end as most_dp,
               case when imported then sum(most_cp) over whole else sum(most_cp) over line end as most_cp,
               case when imported then sum(most_cl) over whole else sum(most_cl) over line end as most_cl,
               case when imported then 0 else sum(least_dp) over line end as least_dp,
               case when imported then 0 else sum(least_cp) over line end as least_cp,
               case when imported then 0 else sum(least_cl) over line end as least_cl
          from event
        window line as (partition by account order by at, turn, id), whole as (partition by account))
    select distinct on (account)
           format('transfer %s keeps other sums of account %s than counted again', id, account)
      from run
     where turn = 2
       and (kept_dd is distinct from dd or kept_cd is distinct from cd
            or kept_dp not between dp - most_dp and dp - least_dp
            or kept_cp not between cp - most_cp and cp - least_cp
            or case when kept_cl then cl - least_cl <= 0 else cl - most_cl > 0 end)
     order by account, at";

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
    Ok(Report { ok: problems.is_empty(), checked, problems, notes: Vec::new() })
}

async fn sentences(snapshot: &Transaction<'_>, check: &str) -> Result<Vec<String>, PostgresError> {
    let few = format!("select * from ({check}) c limit {PROBLEMS_MAX}");
    let rows = snapshot.query(&few, &[]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
