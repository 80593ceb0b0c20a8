//! What happened in each month, counted from the audit log (FT-02): whatever moved money or trust is an
//! entry there, so a report to management rests on what nobody can word better afterwards.
//!
//! A worker goes through the log in small steps and keeps one row for each month. How far it has come is a
//! row of its own, written in the same unit: no entry is counted twice, and a restart goes on. Where entries
//! are counted as something else than before, the months are counted anew from the log's beginning.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{Yen, agreement};
use kanuki_record::{AuditEntry, Book, RecordError, Unit, record};
use serde::{Deserialize, Serialize};

/// So many entries are counted in one step.
const STEP_MAX: usize = 1_000;
/// So many steps are made in one pass of the worker.
const STEPS_MAX: usize = 20;
/// The most entries that one pass counts: after as many, there may be more.
pub const PASS_MAX: usize = STEP_MAX * STEPS_MAX;
/// The row that says how far the log was counted.
const CURSOR: &str = "cursor";
/// As what entries are counted. Another number wherever [`name_of`] changes, or what was counted before
/// would be missing from the lines that read the new names.
const NAMES: u32 = 1;

/// How often something happened, and how much money it was in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// How often.
    pub times: u64,
    /// Yen in all, where the entries name an amount.
    pub yen: u64,
}

impl Counted {
    fn add(&mut self, yen: u64) {
        self.times = self.times.saturating_add(1);
        self.yen = self.yen.saturating_add(yen);
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            times: self.times.saturating_add(other.times),
            yen: self.yen.saturating_add(other.yen),
        }
    }

    /// As money.
    #[must_use]
    pub fn money(self) -> Yen {
        Yen::new(self.yen).unwrap_or(Yen::MAX)
    }
}

/// A month's row, or how far the log was counted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// The month in Japan (`2026-11`), or the word for the row that is none.
    pub key: String,
    /// How often each act was noted.
    pub acts: BTreeMap<String, Counted>,
    /// The last entry that was counted: its number and its hash.
    pub last: Option<(i64, String)>,
    /// By which names it was counted, on the row that is no month.
    #[serde(default)]
    names: u32,
}

record! { Tally => "tally" by |t| t.key.clone(); }

/// The month of a day, as rows are named.
#[must_use]
pub fn month_of(day: Date) -> String {
    day.strftime("%Y-%m").to_string()
}

/// What an entry is counted as. That two agreed is told apart by what they agreed to, and a payment into
/// an account by what it was for and what became of it: one that was refused paid nobody.
fn name_of(entry: &AuditEntry) -> String {
    let detail = |key: &str| entry.detail.get(key).map_or("", String::as_str);
    match entry.act.as_str() {
        "approval.approved" => format!("{}|{}", entry.act, detail("act")),
        "credit.settled" => {
            let became = detail("state").split(' ').next().unwrap_or_default();
            let purpose = if detail("purpose").is_empty() { "payout" } else { detail("purpose") };
            format!("{}|{purpose}|{}", entry.act, became.to_lowercase())
        }
        _ => entry.act.clone(),
    }
}

/// Counts what was noted since the last time; called by a worker. How many entries were counted.
pub async fn step(book: &Book) -> Result<usize, RecordError> {
    if is_counted(book).await? {
        return Ok(0);
    }
    start_over(book).await?;
    let mut counted: usize = 0;
    for _ in 0..STEPS_MAX {
        let more = one_step(book).await?;
        counted = counted.saturating_add(more);
        if more < STEP_MAX {
            break;
        }
    }
    Ok(counted)
}

/// Whether everything that was noted is counted, by today's names: so most passes find it.
async fn is_counted(book: &Book) -> Result<bool, RecordError> {
    let Some(cursor) = book.find_shared::<Tally>(CURSOR).await? else { return Ok(false) };
    let after = cursor.last.as_ref().map_or(0, |(seq, _)| *seq);
    Ok(cursor.names == NAMES && book.records().audit_log(after, 1).await?.is_empty())
}

/// Takes away what an earlier version counted by other names, so that all of it is counted anew.
async fn start_over(book: &Book) -> Result<(), RecordError> {
    let Some(mut cursor) = book.find::<Tally>(CURSOR).await? else { return Ok(()) };
    if cursor.names == NAMES {
        return Ok(());
    }
    let (mut unit, mut after) = (Unit::new(), String::new());
    loop {
        let page = book.scan::<Tally>(&after).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.key);
        for month in page.iter().filter(|row| row.key != CURSOR) {
            unit.delete(month);
        }
    }
    *cursor.edit() = Tally { key: CURSOR.to_owned(), names: NAMES, ..Tally::default() };
    unit.update(&cursor);
    match book.commit(unit).await {
        // Another node was faster.
        Ok(()) | Err(RecordError::Conflict { .. } | RecordError::Absent { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn one_step(book: &Book) -> Result<usize, RecordError> {
    let cursor = book.find::<Tally>(CURSOR).await?;
    let after = cursor.as_ref().and_then(|row| row.last.as_ref()).map_or(0, |(seq, _)| *seq);
    let entries = book.records().audit_log(after, STEP_MAX).await?;
    let Some(last) = entries.last() else { return Ok(0) };
    let last = Some((last.seq, last.hash.clone()));
    let mut months: BTreeMap<String, BTreeMap<String, Counted>> = BTreeMap::new();
    for sealed in &entries {
        // What cannot be read was not written by this software; `kanuki audit verify` names it.
        let Ok(entry) = serde_json::from_str::<AuditEntry>(&sealed.body) else { continue };
        let yen = entry.detail.get("amount").and_then(|amount| amount.parse().ok()).unwrap_or(0);
        let month = months.entry(month_of(agreement::today(entry.at))).or_default();
        month.entry(name_of(&entry)).or_default().add(yen);
    }
    let mut unit = Unit::new();
    for (key, acts) in months {
        if let Some(mut row) = book.find::<Tally>(&key).await? {
            for (act, more) in acts {
                let old = row.acts.get(&act).copied().unwrap_or_default();
                row.edit().acts.insert(act, old.plus(more));
            }
            row.edit().last.clone_from(&last);
            unit.update(&row);
        } else {
            unit.insert(&Tally { key, acts, last: last.clone(), ..Tally::default() });
        }
    }
    match cursor {
        Some(mut row) => {
            row.edit().last = last;
            unit.update(&row);
        }
        None => {
            unit.insert(&Tally { key: CURSOR.to_owned(), last, names: NAMES, ..Tally::default() });
        }
    }
    match book.commit(unit).await {
        Ok(()) => Ok(entries.len()),
        // Another node counted the same ones.
        Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => Ok(0),
        Err(error) => Err(error),
    }
}

/// A month's row; an empty one where nothing was noted in it.
pub async fn of_month(book: &Book, month: &str) -> Result<Tally, RecordError> {
    let found = book.find::<Tally>(month).await?.map(kanuki_record::Stored::into_inner);
    Ok(found.unwrap_or_else(|| Tally { key: month.to_owned(), ..Tally::default() }))
}

impl Tally {
    /// How often any of these was noted.
    #[must_use]
    pub fn sum(&self, acts: &[&str]) -> Counted {
        let found = acts.iter().filter_map(|act| self.acts.get(*act));
        found.fold(Counted::default(), |sum, one| sum.plus(*one))
    }
}

/// The lines of a report, each with the acts that it counts, at whichever of the companies they are noted.
pub const LINES: [(&str, &[&str]); 17] = [
    ("links", &["mandate.signed", "link.connected"]),
    ("links-refused", &["link.no_match", "link.locked_out", "identity.refused"]),
    ("links-stopped", &["mandate.suspended", "link.suspended", "wallet.frozen"]),
    ("links-ended", &["mandate.revoked", "link.ended", "link.ended_at_bank"]),
    ("debits", &["debit.booked", "topup.posted"]),
    ("debits-refused", &["debit.refused", "topup.refused"]),
    ("payouts", &["credit.settled|payout|booked", "payout.posted"]),
    ("cases", &["case.opened", "case.reported", "case.reported_by_phone", "wallet.frozen"]),
    ("claims", &["claim.opened"]),
    ("refunds", &["credit.settled|refund|booked", "refund.posted"]),
    ("look-backs", &["lookback.asked"]),
    ("switches-closed", &["gate.closed", "switch.closed"]),
    (
        "switches-opened",
        &[
            "gate.opened",
            "approval.approved|everything.release",
            "approval.approved|bank.release",
            "approval.approved|link.release",
            "approval.approved|wallet.release",
        ],
    ),
    ("rules", &["policy.live"]),
    ("promises", &["compensation.live"]),
    ("loosened", &["risk_record.signed"]),
    ("reviewed", &["risk_record.reviewed"]),
];

/// When an instant lies in a month, by its days in Japan.
#[must_use]
pub fn is_in(month: &str, at: Timestamp) -> bool {
    month_of(agreement::today(at)) == month
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kanuki_record::MemoryRecords;

    use super::*;

    #[tokio::test]
    async fn what_was_counted_by_other_names_is_counted_anew() {
        let book = Book::new(Arc::new(MemoryRecords::default()));
        let at: Timestamp = "2026-11-27T03:00:00Z".parse().unwrap();
        let paid = |state: &str, amount: u64| {
            let entry = AuditEntry::new(at, "wallet", "credit.settled", "credit");
            entry.with("state", state).with("purpose", "payout").with("amount", amount)
        };
        let mut unit = Unit::new();
        unit.audit(paid("Booked { at: 1 }", 30_000)).audit(paid("Refused", 9_000));
        book.commit(unit).await.unwrap();
        assert_eq!(step(&book).await.unwrap(), 2);
        let right = of_month(&book, "2026-11").await.unwrap();

        // As an earlier version left it: one name for all, and no word of names.
        let mut month = book.load::<Tally>("2026-11").await.unwrap();
        let all = Counted { times: 2, yen: 39_000 };
        month.edit().acts = BTreeMap::from([("credit.settled".to_owned(), all)]);
        let mut cursor = book.load::<Tally>(CURSOR).await.unwrap();
        let mut old = serde_json::to_value(&*cursor).unwrap();
        old.as_object_mut().unwrap().remove("names");
        *cursor.edit() = serde_json::from_value(old).unwrap();
        let mut unit = Unit::new();
        unit.update(&month).update(&cursor);
        book.commit(unit).await.unwrap();

        assert_eq!(step(&book).await.unwrap(), 2, "from the beginning");
        assert_eq!(step(&book).await.unwrap(), 0, "once");
        let anew = of_month(&book, "2026-11").await.unwrap();
        assert_eq!((&anew.acts, &anew.last), (&right.acts, &right.last));
        let payouts = anew.sum(&["credit.settled|payout|booked"]);
        assert_eq!(payouts, Counted { times: 1, yen: 30_000 });
    }
}
