//! `kanuki ledger verify` and `kanuki audit verify`: every ledger and log of a data folder.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use kanuki_record::{Records as _, audit::ChainWalk};
use kanuki_store::SqliteRecords;
use serde::Serialize;

use crate::{Outcome, args::Verify};

/// What was found, in the shape that scripts rely on.
#[derive(Debug, Default, Serialize)]
struct Report {
    ok: bool,
    checked: u64,
    problems: Vec<String>,
}

/// How many audit entries are read at once.
const PAGE: usize = 1_000;

/// The folders below `data` that hold `name`.
fn find(data: &Path, name: &str) -> Result<Vec<PathBuf>> {
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

fn print(report: &Report, json: bool, what: &str) -> Result<Outcome> {
    if json {
        println!("{}", serde_json::to_string(report)?);
    } else if report.ok {
        println!("ok: {} {what} checked, nothing is wrong", report.checked);
    } else {
        println!("{} {what} checked; {} problems:", report.checked, report.problems.len());
        for problem in &report.problems {
            println!("  {problem}");
        }
    }
    Ok(if report.ok { Outcome::Well } else { Outcome::Bad })
}

/// Recomputes every ledger from its transfers.
pub(crate) fn ledger(args: &Verify) -> Result<Outcome> {
    let mut report = Report { ok: true, ..Report::default() };
    let mut folders = find(&args.data, "ledger")?;
    folders.extend(find(&args.data, "core-ledger").unwrap_or_default());
    for folder in folders {
        let one = kanuki_ledger::verify::verify(&folder);
        report.ok &= one.ok;
        report.checked = report.checked.saturating_add(one.checked);
        let named = one.problems.iter().map(|p| format!("{}: {p}", folder.display()));
        report.problems.extend(named);
    }
    print(&report, args.json, "transfers")
}

/// Walks every audit log.
pub(crate) fn audit(args: &Verify) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut report = Report { ok: true, ..Report::default() };
    for file in find(&args.data, "records.sqlite")? {
        let (checked, problem) = runtime.block_on(walk(&file))?;
        report.checked = report.checked.saturating_add(checked);
        if let Some(problem) = problem {
            report.ok = false;
            report.problems.push(format!("{}: {problem}", file.display()));
        }
    }
    print(&report, args.json, "entries")
}

async fn walk(file: &Path) -> Result<(u64, Option<String>)> {
    let records = SqliteRecords::open_read_only(file, &[])
        .with_context(|| format!("cannot open {}", file.display()))?;
    let mut walk = ChainWalk::default();
    let mut checked: u64 = 0;
    loop {
        let page = records.audit_log(walk.head().0, PAGE).await?;
        if page.is_empty() {
            return Ok((checked, None));
        }
        for entry in &page {
            if let Err(problem) = walk.step(entry) {
                return Ok((checked, Some(problem)));
            }
            checked = checked.saturating_add(1);
        }
    }
}
