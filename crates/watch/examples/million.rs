//! A statement of a million lines: how long it takes to read, prove and search it, and with how much
//! memory.
//!
//! ```text
//! cargo run -p kanuki-watch --release --example million
//! ```
//!
//! 三菱UFJ's layout in `Shift_JIS`, as the bank sends it, from a file that it writes and removes; 3,000
//! different descriptors. Figures are in docs/performance.md.
#![expect(clippy::disallowed_methods, reason = "a measurement needs a real clock")]

use std::{
    error::Error,
    fs::File,
    io::{self, BufReader, BufWriter, Write},
    path::Path,
    time::Instant,
};

use encoding_rs::SHIFT_JIS;
use kanuki_watch::{
    Household, Lang,
    descriptor::Dictionary,
    finding::{self, Knowledge},
    read,
};

const LINES: u32 = 1_000_000;
const DESCRIPTORS: u32 = 3_000;
const HEADER: &str =
    "日付,摘要,摘要内容,支払い金額,預かり金額,差引残高,メモ,未資金化区分,入払区分\r\n";

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::temp_dir().join(format!("kanuki-million-{}.csv", std::process::id()));
    let measured = make(&file).map_err(Into::into).and_then(|()| measure(&file));
    std::fs::remove_file(&file)?;
    measured
}

fn encoded(text: &str, out: &mut impl Write) -> io::Result<()> {
    let (bytes, _, has_errors) = SHIFT_JIS.encode(text);
    if has_errors {
        return Err(io::Error::other("a line is not in Shift_JIS"));
    }
    out.write_all(&bytes)
}

/// Money comes in and goes out again, forty lines a day.
fn make(file: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    encoded(HEADER, &mut out)?;
    let mut balance: u64 = 1_000_000;
    let first = jiff::civil::date(1957, 1, 1);
    for line in 0..LINES {
        let days = i64::from(line.checked_div(40).unwrap_or(0));
        let day = first.saturating_add(jiff::Span::new().days(days));
        let day = format!("{}/{}/{}", day.year(), day.month(), day.day());
        let name = format!("フリカエ{}", line.checked_rem(DESCRIPTORS).unwrap_or(0));
        let (out_of, into, way) = if line.is_multiple_of(2) {
            balance = balance.saturating_add(1_234);
            ("", "1,234", "入金")
        } else {
            balance = balance.saturating_sub(1_234);
            ("1,234", "", "出金")
        };
        let text = format!(
            "\"{day}\",\"口座振替\",\"{name}\",\"{out_of}\",\"{into}\",\"{balance}\",\"\",\"\",\"{way}\"\r\n"
        );
        encoded(&text, &mut out)?;
    }
    out.flush()
}

fn measure(file: &Path) -> Result<(), Box<dyn Error>> {
    let size = std::fs::metadata(file)?.len().checked_div(1_000_000).unwrap_or(0);
    let dictionary = Dictionary::built_in()?;
    let known = Knowledge { mine: Vec::new(), stopped: Vec::new(), lang: Lang::Ja };
    let start = Instant::now();
    let statement = read(
        "million",
        BufReader::with_capacity(1 << 16, File::open(file)?),
        jiff::civil::date(2026, 11, 20),
    )?;
    let read_in = start.elapsed();
    let household = Household::one(vec![statement]);
    let findings = finding::find(&household, &dictionary, &known);
    let mut out = io::stdout().lock();
    let lines = household.line_count();
    writeln!(out, "{lines} lines, {size} MB: read and proven in {read_in:.2?}")?;
    writeln!(out, "searched too ({} findings): {:.2?}", findings.len(), start.elapsed())?;
    // What Linux says of this process; elsewhere the time is all there is.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(peak) = status.lines().find(|line| line.starts_with("VmHWM")) {
        writeln!(out, "{peak}")?;
    }
    Ok(())
}
