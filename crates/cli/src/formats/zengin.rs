//! 全銀 files: what is in one, and one out of JSON.

use anyhow::Result;
use jiff::tz::TimeZone;
use kanuki_domain::Yen;
use kanuki_formats::zengin::{
    self, Block, Debit, Entry, LineEnds, Outcome, Report, Transfer, ZenginError,
};
use kanuki_site::Clock as _;
use kanuki_watch::Lang;
use serde::{Deserialize, Serialize};

use super::{
    args::{ZenginRead, ZenginWrite},
    refused,
    words::Reason as _,
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

/// A million records of 200 bytes, in MB: more than a trailer can count.
const MEGA_MAX: u64 = 256;

/// Reads a file and says what is in it.
pub(super) fn check(args: &ZenginRead) -> Result<Exit> {
    let (lang, is_json) = (args.how.lang(), args.how.json);
    let bytes = bounded::read_for(lang, &args.file, MEGA_MAX)?;
    let read = match zengin::kind(&bytes) {
        Some("21") => zengin::read(&bytes).map(|blocks| Content::Transfers { blocks }),
        Some("91") => zengin::read(&bytes).map(|blocks| Content::Debits { blocks }),
        Some("01") => report(args, &bytes).map(|report| Content::Incoming { report }),
        Some("03") => report(args, &bytes).map(|report| Content::Movements { report }),
        _ if bytes.is_empty() => {
            let why = lang.pick(
                "中に何もありません(0バイト)。取り直してください",
                "there is nothing in it (0 bytes): download it again",
            );
            return refused(lang, is_json, why);
        }
        _ => {
            let why = lang.pick(
                "種別21・91・01・03のヘッダーではじまっていません",
                "it does not begin with a header of kind 21, 91, 01 or 03",
            );
            return refused(lang, is_json, why);
        }
    };
    let content = match read {
        Ok(content) => content,
        Err(error) => return refused(lang, is_json, &error.say(lang)),
    };
    if is_json {
        out!("{}", serde_json::to_string(&content)?);
        return Ok(Exit::Well);
    }
    match &content {
        Content::Transfers { blocks } => blocks.iter().for_each(|block| say(lang, block, |_| None)),
        Content::Incoming { report } | Content::Movements { report } => say_report(lang, report),
        Content::Debits { blocks } => blocks.iter().for_each(|block| {
            say(lang, block, |debit: &Debit| {
                (debit.outcome != Outcome::Done).then(|| debit.outcome.japanese())
            });
        }),
    }
    Ok(Exit::Well)
}

/// Whose block it is, what it comes to, and what was not done and why, in the bank's own word. No name
/// and no account: what is printed ends up in logs.
fn say<E: Entry>(lang: Lang, block: &Block<E>, why_not: impl Fn(&E) -> Option<&'static str>) {
    let header = &block.header;
    let sum = block
        .entries
        .iter()
        .fold(Yen::ZERO, |sum, entry| sum.plus(entry.amount()).unwrap_or(Yen::MAX));
    let (kind, client, name) = (E::KIND, &header.client, &header.client_name);
    let (month, day, count) = (header.month, header.day, block.entries.len());
    match lang {
        Lang::Ja => out!("{kind} {month}月{day}日 {client} {name}: {count}件、{sum}"),
        Lang::En => out!("{kind} {month:02}/{day:02} {client} {name}: {count} records, {sum}"),
    }
    for (place, entry) in block.entries.iter().enumerate() {
        if let Some(why) = why_not(entry) {
            let (number, amount) = (place.saturating_add(1), entry.amount());
            match lang {
                Lang::Ja => out!("  {number}件目: {amount} {why}"),
                Lang::En => out!("  record {number} of it: {amount} {why}"),
            }
        }
    }
}

fn report(args: &ZenginRead, bytes: &[u8]) -> Result<Report, ZenginError> {
    let today = SystemClock.now().to_zoned(TimeZone::system()).date();
    Report::read(bytes, args.as_of.unwrap_or(today))
}

fn say_report(lang: Lang, report: &Report) {
    let (from, to) = report.span;
    let (kind, count) =
        (if report.balances.is_some() { "03" } else { "01" }, report.movements.len());
    match lang {
        Lang::Ja => out!("{kind} {}から{}まで: {count}件", lang.date(from), lang.date(to)),
        Lang::En => out!("{kind} {from} – {to}: {count} movements"),
    }
    if let Some((before, after)) = report.balances {
        let so = lang.pick("入出金とすべて合っています", "and every movement adds up to it");
        out!("  {} {before} → {after}{}{so}", lang.pick("残高", "balance"), lang.pick("、", ", "));
    }
}

/// Writes a file out of JSON.
pub(super) fn write(args: &ZenginWrite) -> Result<Exit> {
    let lang = args.tongue.lang();
    let bytes = bounded::read_for(lang, &args.file, MEGA_MAX)?;
    let content: Content = serde_json::from_slice(&bytes).map_err(|error| {
        let (name, line) = (args.file.display(), error.line());
        match lang {
            Lang::Ja if bytes.is_empty() => anyhow::anyhow!("{name}には何もありません"),
            // A value that fits nowhere has no line.
            Lang::Ja if line == 0 => anyhow::anyhow!(
                "{name}は、`formats zengin --json` が出す形ではありません(金額などの値を見てください)"
            ),
            Lang::Ja => anyhow::anyhow!(
                "{name}は、`formats zengin --json` が出す形ではありません({line}行目のあたり)"
            ),
            Lang::En => {
                anyhow::anyhow!("{name} is not what `formats zengin --json` prints: {error}")
            }
        }
    })?;
    let ends = if args.crlf { LineEnds::CrLf } else { LineEnds::None };
    let written = match &content {
        Content::Transfers { blocks } => zengin::write(blocks, ends, args.answer),
        Content::Debits { blocks } => zengin::write(blocks, ends, args.answer),
        Content::Incoming { report } | Content::Movements { report } => {
            let is_statement = matches!(content, Content::Movements { .. });
            if report.balances.is_some() != is_statement {
                let why = lang.pick(
                    "残高は、03には要り、01にはありません",
                    "03 has balances, and 01 has none",
                );
                return refused(lang, false, why);
            }
            report.write(ends)
        }
    };
    match written {
        Err(error) => refused(lang, false, &error.say(lang)),
        Ok(bytes) => {
            let written = write_private(&args.out, &bytes, [args.file.as_path()]);
            written.map_err(|fault| fault.told(lang))?;
            Ok(Exit::Well)
        }
    }
}
