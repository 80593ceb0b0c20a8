//! 全銀 files: what is in one, and one out of JSON.

use std::path::Path;

use anyhow::{Context as _, Result};
use jiff::tz::TimeZone;
use kanuki_domain::Yen;
use kanuki_formats::zengin::{
    self, Block, Debit, Entry, LineEnds, Outcome, Report, Transfer, ZenginError,
};
use kanuki_site::Clock as _;
use serde::{Deserialize, Serialize};

use super::{
    args::{ZenginRead, ZenginWrite},
    refused,
};
use crate::{
    Outcome as Exit, bounded,
    out::{out, write_private},
    real::SystemClock,
};

/// A file as JSON: its kind says what the blocks hold.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Content {
    #[serde(rename = "21")]
    Transfers { blocks: Vec<Block<Transfer>> },
    #[serde(rename = "91")]
    Debits { blocks: Vec<Block<Debit>> },
    #[serde(rename = "01")]
    Incoming { report: Report },
    #[serde(rename = "03")]
    Movements { report: Report },
}

/// A million records of 200 bytes: more than a trailer can count.
const SIZE_MAX: u64 = 256 * 1_024 * 1_024;

fn bytes(file: &Path) -> Result<Vec<u8>> {
    bounded::read(file, SIZE_MAX)
}

/// Reads a file and says what is in it.
pub(super) fn check(args: &ZenginRead) -> Result<Exit> {
    let bytes = bytes(&args.file)?;
    let read = match zengin::kind(&bytes) {
        Some("21") => zengin::read(&bytes).map(|blocks| Content::Transfers { blocks }),
        Some("91") => zengin::read(&bytes).map(|blocks| Content::Debits { blocks }),
        Some("01") => report(args, &bytes).map(|report| Content::Incoming { report }),
        Some("03") => report(args, &bytes).map(|report| Content::Movements { report }),
        _ => {
            return refused(args.json, &"it does not begin with a header of kind 21, 91, 01 or 03");
        }
    };
    let content = match read {
        Ok(content) => content,
        Err(error) => return refused(args.json, &error),
    };
    if args.json {
        out!("{}", serde_json::to_string(&content)?);
        return Ok(Exit::Well);
    }
    match &content {
        Content::Transfers { blocks } => blocks.iter().for_each(|block| say(block, |_| None)),
        Content::Incoming { report } | Content::Movements { report } => say_report(report),
        Content::Debits { blocks } => blocks.iter().for_each(|block| {
            say(block, |debit: &Debit| {
                (debit.outcome != Outcome::Done).then(|| debit.outcome.japanese())
            });
        }),
    }
    Ok(Exit::Well)
}

/// Whose block it is, what it comes to, and what was not done and why. No name and no account: what
/// is printed ends up in logs.
fn say<E: Entry>(block: &Block<E>, why_not: impl Fn(&E) -> Option<&'static str>) {
    let header = &block.header;
    let sum = block
        .entries
        .iter()
        .fold(Yen::ZERO, |sum, entry| sum.plus(entry.amount()).unwrap_or(Yen::MAX));
    out!(
        "{} {:02}/{:02} {} {}: {} records, {sum}",
        E::KIND,
        header.month,
        header.day,
        header.client,
        header.client_name,
        block.entries.len()
    );
    for (place, entry) in block.entries.iter().enumerate() {
        if let Some(why) = why_not(entry) {
            out!("  record {} of it: {} {why}", place.saturating_add(1), entry.amount());
        }
    }
}

fn report(args: &ZenginRead, bytes: &[u8]) -> Result<Report, ZenginError> {
    let today = SystemClock.now().to_zoned(TimeZone::system()).date();
    Report::read(bytes, args.as_of.unwrap_or(today))
}

fn say_report(report: &Report) {
    let (from, to) = report.span;
    let kind = if report.balances.is_some() { "03" } else { "01" };
    out!("{kind} {from} – {to}: {} movements", report.movements.len());
    if let Some((before, after)) = report.balances {
        out!("  balance {before} → {after}, and every movement adds up to it");
    }
}

/// Writes a file out of JSON.
pub(super) fn write(args: &ZenginWrite) -> Result<Exit> {
    let content: Content = serde_json::from_slice(&bytes(&args.file)?).with_context(|| {
        format!("{} is not what `formats zengin --json` prints", args.file.display())
    })?;
    let ends = if args.crlf { LineEnds::CrLf } else { LineEnds::None };
    let written = match &content {
        Content::Transfers { blocks } => zengin::write(blocks, ends, args.answer),
        Content::Debits { blocks } => zengin::write(blocks, ends, args.answer),
        Content::Incoming { report } | Content::Movements { report } => {
            let is_statement = matches!(content, Content::Movements { .. });
            if report.balances.is_some() != is_statement {
                return refused(false, &"03 has balances, and 01 has none");
            }
            report.write(ends)
        }
    };
    match written {
        Err(error) => refused(false, &error),
        Ok(bytes) => {
            write_private(&args.out, &bytes, [args.file.as_path()])?;
            Ok(Exit::Well)
        }
    }
}
