//! The journal, out of the database.

use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Row;

use super::{
    config::PostgresConfig,
    connect::{connect, within},
    error::PostgresError,
    rows::{Bits, RECORD_COLUMNS, nanos_within, transfer_record},
    whose,
};
use crate::{
    journal::{Journal, Posting, Stretch},
    model::PAGE_MAX,
};

/// Flags of a transfer: 2 pending, 8 voids.
fn page() -> String {
    format!(
        "select {RECORD_COLUMNS}, d.code, c.code
           from transfer t left join pending p on p.id = t.id
           join account d on d.id = t.debit_account join account c on c.id = t.credit_account
          where t.at between $1 and $2 and t.flags & 10 = 0 and t.amount > 0 and t.ledger = $3
            and ($4::uuid is null or t.debit_account = $4 or t.credit_account = $4)
          order by t.at limit $5"
    )
}

const BEFORE: &str = "
    select coalesce((select sum(amount) from transfer
                      where debit_account = $1 and at < $2 and flags & 10 = 0 and ledger = $3), 0)::text,
           coalesce((select sum(amount) from transfer
                      where credit_account = $1 and at < $2 and flags & 10 = 0 and ledger = $3), 0)::text";

/// Reads it page by page; what is posted meanwhile is later than what was read.
pub(super) async fn read(
    config: &PostgresConfig,
    stretch: &Stretch,
) -> Result<Journal, PostgresError> {
    let client = connect(config).await?;
    whose::require(&client, config).await?;
    let mut journal = Journal::default();
    let (ledger, of) = (i64::from(stretch.ledger), stretch.of.map(|id| Bits(id.bits())));
    if let Some(of) = of {
        let sums =
            within(client.query_one(BEFORE, &[&of, &nanos_within(stretch.since), &ledger])).await?;
        journal.debits_before = sum(&sums, 0)?;
        journal.credits_before = sum(&sums, 1)?;
    }
    let (page, until) = (page(), nanos_within(stretch.until));
    let mut since = stretch.since;
    loop {
        let (from, limit) = (nanos_within(since), i64::from(PAGE_MAX));
        let rows = within(client.query(&page, &[&from, &until, &ledger, &of, &limit])).await?;
        for row in &rows {
            if journal.postings.len() >= stretch.most {
                journal.is_cut = true;
                return Ok(journal);
            }
            journal.postings.push(posting(row)?);
        }
        match journal.postings.last() {
            Some(last) if !rows.is_empty() => since = after(last.transfer.timestamp),
            Some(_) | None => return Ok(journal),
        }
    }
}

fn after(at: Timestamp) -> Timestamp {
    at.checked_add(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MAX)
}

fn posting(row: &Row) -> Result<Posting, PostgresError> {
    let code = |column: usize| -> Result<u16, PostgresError> {
        let code: i32 = row.try_get(column)?;
        u16::try_from(code).map_err(|_| PostgresError::Damaged("the kind of an account"))
    };
    let transfer = transfer_record(row)?.transfer;
    Ok(Posting { transfer, debit_code: code(15)?, credit_code: code(16)? })
}

fn sum(row: &Row, column: usize) -> Result<u128, PostgresError> {
    let digits: String = row.try_get(column)?;
    digits.parse().map_err(|_| PostgresError::Damaged("a sum"))
}
