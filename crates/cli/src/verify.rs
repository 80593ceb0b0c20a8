//! `kanuki audit verify`: every audit log of a data folder. And what every check answers.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use kanuki_bank::partner::Partner;
use kanuki_desk::registry::{Logged, Version, faults};
use kanuki_record::{AuditEntry, Book, Record as _, Records as _, Table, audit::ChainWalk};
use kanuki_store::SqliteRecords;
use kanuki_wallet::PartnerBank;
use serde::Serialize;

use crate::{Outcome, args::Verify, company::seen::require_books, out::out};

/// What was found, in the shape that scripts rely on.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) ok: bool,
    pub(crate) checked: u64,
    pub(crate) problems: Vec<String>,
    /// What is no problem but worth knowing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
}

/// How many audit entries are read at once.
const PAGE: usize = 1_000;

/// The ledgers below `data`, the cores' of the demo too; or `data` itself, if it is one.
pub(crate) fn ledgers(data: &Path) -> Result<Vec<PathBuf>> {
    if data.join("ledger.log").is_file() {
        return Ok(vec![data.to_owned()]);
    }
    require_books(data)?;
    for entry in std::fs::read_dir(data).into_iter().flatten() {
        let folder = entry?.path();
        if folder.is_dir() {
            require_books(&folder)?;
        }
    }
    let mut folders = find(data, "ledger")?;
    folders.extend(find(data, "core-ledger").unwrap_or_default());
    Ok(folders)
}

/// The folders below `data` that hold `name`.
pub(crate) fn find(data: &Path, name: &str) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(data)
        .with_context(|| format!("cannot read {}: is --data right?", data.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let candidate = entry?.path().join(name);
        if candidate.exists() {
            found.push(candidate);
        }
    }
    if data.join(name).exists() {
        found.push(data.join(name));
    }
    found.sort();
    if found.is_empty() {
        bail!("{} holds no {name}", data.display());
    }
    Ok(found)
}

/// Says what was found.
pub(crate) fn print(report: &Report, json: bool, what: &str) -> Result<Outcome> {
    if json {
        out!("{}", serde_json::to_string(report)?);
    } else if report.ok {
        out!("ok: {} {what} checked, nothing is wrong", report.checked);
    } else {
        out!("{} {what} checked; {} problems:", report.checked, report.problems.len());
        for problem in &report.problems {
            out!("  {problem}");
        }
    }
    if !json {
        for note in &report.notes {
            out!("note: {note}");
        }
    }
    Ok(if report.ok { Outcome::Well } else { Outcome::Bad })
}

/// Walks every audit log, and compares with it what counts about partners.
pub(crate) fn audit(args: &Verify) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut report = Report { ok: true, ..Report::default() };
    for file in find(&args.data, "records.sqlite")? {
        let (checked, problems) = runtime.block_on(look(&file))?;
        report.checked = report.checked.saturating_add(checked);
        report.ok &= problems.is_empty();
        report.problems.extend(problems.iter().map(|p| format!("{}: {p}", file.display())));
    }
    print(&report, args.json, "entries")
}

/// A log that is being read to its end.
#[derive(Default)]
struct Reading {
    walk: ChainWalk,
    checked: u64,
    logged: Logged,
}

impl Reading {
    /// Reads on to the end, or to the first entry that breaks the chain.
    async fn go_on(&mut self, records: &SqliteRecords) -> Result<Option<String>> {
        loop {
            let page = records.audit_log(self.walk.head().0, PAGE).await?;
            if page.is_empty() {
                return Ok(None);
            }
            for entry in &page {
                if let Err(problem) = self.walk.step(entry) {
                    return Ok(Some(problem));
                }
                if let Ok(said) = serde_json::from_str::<AuditEntry>(&entry.body) {
                    self.logged.take(&said);
                }
                self.checked = self.checked.saturating_add(1);
            }
        }
    }
}

async fn look(file: &Path) -> Result<(u64, Vec<String>)> {
    let records = SqliteRecords::open_read_only(file, &[])
        .with_context(|| format!("cannot open {}", file.display()))?;
    let mut reading = Reading::default();
    let mut faults = Vec::new();
    // Twice where something is wrong: a version may go live between the log and the rows.
    for _ in 0..2 {
        if let Some(broken) = reading.go_on(&records).await? {
            return Ok((reading.checked, vec![broken]));
        }
        faults = registry_faults(file, &reading.logged).await?;
        if faults.is_empty() {
            break;
        }
    }
    Ok((reading.checked, faults))
}

/// What does not agree about partners; nothing where the file is no company's, or older than the
/// registry.
async fn registry_faults(file: &Path, log: &Logged) -> Result<Vec<String>> {
    if let Some(book) = holding(file, &[Partner::TABLE, Version::<Partner>::TABLE]).await? {
        return Ok(faults::<Partner>(&book, None, Some(log)).await?);
    }
    if let Some(book) = holding(file, &[PartnerBank::TABLE, Version::<PartnerBank>::TABLE]).await? {
        return Ok(faults::<PartnerBank>(&book, None, Some(log)).await?);
    }
    Ok(Vec::new())
}

/// The records of `file`, if it has all of these tables.
async fn holding(file: &Path, tables: &[&'static Table]) -> Result<Option<Book>> {
    let records = SqliteRecords::open_read_only(file, tables)?;
    for table in tables {
        if records.scan(table, "", 1).await.is_err() {
            return Ok(None);
        }
    }
    Ok(Some(Book::new(Arc::new(records))))
}
