//! OFX 1 (SGML) and 2 (XML), as far as a bank statement goes.
//!
//! A hundred lines instead of a library: the one that exists is under the GPL, and all we need is
//! the five tags of a `STMTTRN`.

use jiff::civil::Date;

use crate::{
    above::Above,
    amount::{self, Cell, Money},
    date,
    decode::Decoder,
    error::{LINES_MAX, ReadError},
    identity::Identity,
    layout,
    statement::{Line, Proof, Statement, Texts},
    wrecked::Lost,
};

pub(crate) fn is_ofx(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    text.contains("OFXHEADER") || text.contains("<OFX>")
}

/// A movement as its tags say.
#[derive(Default)]
struct Movement {
    line: u32,
    posted: String,
    /// Whether somebody else pulled the money, as far as its type says.
    is_pulled: bool,
    amount: String,
    mark: String,
    name: String,
    memo: String,
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    texts: Texts,
    marks: Texts,
    lines: Vec<Line>,
    open: Option<Movement>,
    /// Within which of the blocks that say whose it is and what is left.
    is_account: bool,
    is_ledger_balance: bool,
    /// Bank, branch and number, as the first statement in the file says them.
    account: Option<Vec<String>>,
    saying: Vec<String>,
    closing: Option<Money>,
    stage: Stage,
    lost: Lost,
}

/// How much of a file was seen.
#[derive(Default, PartialEq, Eq)]
enum Stage {
    /// No `<OFX>` yet.
    #[default]
    Before,
    /// One that did not end.
    Within,
    /// One that did.
    Ended,
}

pub(crate) fn read(name: &str, bytes: &[u8]) -> Result<Statement, ReadError> {
    let mut decoder = Decoder::default();
    let text = decoder.cell(bytes).ok_or(ReadError::Encoding(1))?;
    let mut reading = Reading::default();
    for (number, (tag, value)) in tags(&text) {
        reading.take(number, tag, value)?;
    }
    reading.finish(name)
}

impl Reading {
    fn take(&mut self, number: u32, tag: &str, value: String) -> Result<(), ReadError> {
        if let Some(movement) = self.open.as_mut() {
            match tag {
                "STMTTRN" | "OFX" | "/OFX" => {
                    return Err(broken(number, "a STMTTRN does not end"));
                }
                "DTPOSTED" => movement.posted = value,
                "TRNTYPE" => movement.is_pulled = value.eq_ignore_ascii_case("DIRECTDEBIT"),
                "TRNAMT" => movement.amount = value,
                "FITID" => movement.mark = value,
                "NAME" | "PAYEE" => movement.name = value,
                "MEMO" => movement.memo = value,
                "/STMTTRN" => return self.take_movement(),
                _ => {}
            }
            return Ok(());
        }
        match tag {
            // Files that were put behind each other must each begin and end: one was cut.
            "STMTTRN" if self.stage != Stage::Within => {
                return Err(broken(number, "a STMTTRN stands outside of OFX"));
            }
            "STMTTRN" => self.open = Some(Movement { line: number, ..Movement::default() }),
            "BANKACCTFROM" | "CCACCTFROM" => self.is_account = true,
            "/BANKACCTFROM" | "/CCACCTFROM" => return self.end_of_account(number),
            "BANKID" | "BRANCHID" | "ACCTID" if self.is_account => self.saying.push(value),
            "CURDEF" if !value.eq_ignore_ascii_case("JPY") => {
                return Err(ReadError::Currency { line: number, text: value });
            }
            "OFX" if self.stage == Stage::Within => {
                return Err(broken(number, "another OFX begins before this one ends"));
            }
            "OFX" => self.stage = Stage::Within,
            "/OFX" => self.stage = Stage::Ended,
            "LEDGERBAL" => self.is_ledger_balance = true,
            "/LEDGERBAL" => self.is_ledger_balance = false,
            "BALAMT" if self.is_ledger_balance => self.closing = Some(money(number, &value)?),
            _ => {}
        }
        Ok(())
    }

    /// One file may hold several accounts: their movements would be one account's.
    fn end_of_account(&mut self, number: u32) -> Result<(), ReadError> {
        self.is_account = false;
        let said = std::mem::take(&mut self.saying);
        match &self.account {
            Some(first) if *first != said => return Err(ReadError::OtherAccount(number)),
            _ => self.account = Some(said),
        }
        Ok(())
    }

    fn take_movement(&mut self) -> Result<(), ReadError> {
        let movement = self.open.take().unwrap_or_default();
        if self.lines.len() >= LINES_MAX {
            return Err(ReadError::TooMany);
        }
        let line = movement.line;
        let date = day(line, &movement.posted)?;
        let change = money(line, &movement.amount)?;
        let said = [movement.name.trim(), movement.memo.trim()];
        self.lost.look_at(line, &said, false)?;
        let kind = if movement.is_pulled { "口座振替 " } else { "" };
        let words = format!("{kind}{}", said.join(" "));
        let text = self.texts.intern(words.trim());
        let mark = movement.mark.trim();
        let mark = (!mark.is_empty()).then(|| self.marks.intern(mark));
        self.lines.push(Line { line, date, change, balance: None, text, mark });
        Ok(())
    }

    fn finish(self, name: &str) -> Result<Statement, ReadError> {
        let Self { texts, marks, mut lines, open, account, closing, stage, lost, .. } = self;
        if let Some(open) = open {
            return Err(broken(open.line, "the file ends within a STMTTRN"));
        }
        if stage != Stage::Ended {
            let last = lines.last().map_or(1, |line| line.line);
            return Err(broken(last, "the file ends before its end tag"));
        }
        lost.finish()?;
        // OFX has no order of its own; a stable sort keeps what the file says within a day.
        let is_newest_first = match (lines.first(), lines.last()) {
            (Some(first), Some(last)) => first.date > last.date,
            _ => return Err(ReadError::Empty),
        };
        if is_newest_first {
            lines.reverse();
        }
        lines.sort_by_key(|line| line.date);
        if let Some(last) = lines.last_mut() {
            last.balance = closing;
        }
        let said = account.and_then(|said| Identity::of(&said.join("-")));
        let identity = said.or_else(|| Identity::of_name(name));
        let (layout, name) = (&layout::OFX, name.to_owned());
        Ok(Statement {
            name,
            layout,
            identity,
            lines,
            texts,
            marks,
            above: Above::default(),
            proof: Proof::None,
        })
    }
}

const fn broken(line: u32, why: &'static str) -> ReadError {
    ReadError::Ofx { line, why }
}

/// The day of `20260725120000[9:JST]`.
fn day(line: u32, posted: &str) -> Result<Date, ReadError> {
    let day: String = posted.chars().take(8).collect();
    date::parse(&day).ok_or(ReadError::Date { line, text: day, is_typed: false })
}

fn money(line: u32, text: &str) -> Result<Money, ReadError> {
    match amount::parse(text) {
        Cell::Amount(money) => Ok(money),
        Cell::Empty | Cell::Not => {
            let text = text.chars().take(40).collect();
            Err(ReadError::Amount { line, text, is_typed: false })
        }
    }
}

/// Every tag with the text behind it, and the line it stands on.
fn tags(text: &str) -> impl Iterator<Item = (u32, (&str, String))> {
    let mut line: u32 = 1;
    text.split('<').filter_map(move |piece| {
        let here = line;
        let ends = piece.bytes().filter(|b| *b == b'\n').count();
        line = line.saturating_add(u32::try_from(ends).unwrap_or(u32::MAX));
        let (tag, value) = piece.split_once('>')?;
        // `<OFX xmlns="…">` is `OFX`.
        let tag = tag.split_whitespace().next()?;
        Some((here, (tag, unescaped(value.trim()))))
    })
}

fn unescaped(text: &str) -> String {
    // The ampersand last, so that `&amp;lt;` stays `&lt;`.
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
