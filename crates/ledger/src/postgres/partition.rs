//! Transfers are parted by quarters of a year (UTC), each made before its first transfer.

use std::collections::BTreeSet;

use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use tokio_postgres::Client;

use super::{connect::within, error::PostgresError, rows::nanos};
use crate::state::part::Written;

/// The quarters that are known to be there, by their first days.
#[derive(Debug, Default)]
pub(super) struct Partitions(BTreeSet<Date>);

impl Partitions {
    /// Makes what `written` needs.
    pub(super) async fn prepare(
        &mut self,
        client: &Client,
        written: &[Written],
    ) -> Result<(), PostgresError> {
        let mut last = None;
        for row in written {
            let quarter = quarter(row.transfer.timestamp)?;
            if last != Some(quarter) && self.0.insert(quarter) {
                within(client.batch_execute(&statement(quarter)?)).await?;
            }
            last = Some(quarter);
        }
        Ok(())
    }
}

/// The first day of the quarter of `at`.
fn quarter(at: Timestamp) -> Result<Date, PostgresError> {
    let day = at.to_zoned(TimeZone::UTC).date();
    let month = match day.month() {
        1..=3 => 1,
        4..=6 => 4,
        7..=9 => 7,
        _ => 10,
    };
    Date::new(day.year(), month, 1).map_err(|_| PostgresError::Clock)
}

fn statement(first: Date) -> Result<String, PostgresError> {
    let next = first.checked_add(Span::new().months(3)).map_err(|_| PostgresError::Clock)?;
    let start = |day: Date| {
        let at = day.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
        at.and_then(nanos).ok_or(PostgresError::Clock)
    };
    Ok(format!(
        "create table if not exists transfer_{:04}_{:02} partition of transfer
             for values from ({}) to ({})",
        first.year(),
        first.month(),
        start(first)?,
        start(next)?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_meet_without_a_gap() {
        let new_year: Timestamp = "2026-12-31T23:59:59.999999999Z".parse().unwrap();
        let last = quarter(new_year).unwrap();
        let next = quarter(new_year + jiff::SignedDuration::from_nanos(1)).unwrap();

        assert_eq!(last.to_string(), "2026-10-01");
        assert_eq!(next.to_string(), "2027-01-01");
        let bound = "1798761600000000000";
        assert!(statement(last).unwrap().ends_with(&format!("to ({bound})")));
        assert!(statement(next).unwrap().contains(&format!("from ({bound})")));
        assert!(statement(last).unwrap().contains("transfer_2026_10"));
    }
}
