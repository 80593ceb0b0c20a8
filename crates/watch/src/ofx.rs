//! OFX 1 (SGML) and 2 (XML), as far as a bank statement goes.
//!
//! A hundred lines instead of a library: the one that exists is under the GPL, and all we need is
//! the five tags of a `STMTTRN`.

use crate::{
    amount::{self, Cell, Money},
    date,
    decode::Decoder,
    layout,
    read::ReadError,
    statement::{Line, Proof, Statement, Texts},
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
    amount: String,
    name: String,
    memo: String,
}

pub(crate) fn read(name: &str, bytes: &[u8]) -> Result<Statement, ReadError> {
    let mut decoder = Decoder::default();
    let text = decoder.cell(bytes).ok_or(ReadError::Encoding(1))?;
    let mut texts = Texts::default();
    let mut lines = Vec::new();
    let mut open: Option<Movement> = None;
    let mut closing = None;
    let mut is_ledger_balance = false;
    for (number, (tag, value)) in tags(&text) {
        match (tag, open.as_mut()) {
            ("STMTTRN", None) => open = Some(Movement { line: number, ..Movement::default() }),
            ("STMTTRN", Some(_)) => return Err(ReadError::Ofx("a STMTTRN does not end")),
            ("DTPOSTED", Some(movement)) => movement.posted = value,
            ("TRNAMT", Some(movement)) => movement.amount = value,
            ("NAME" | "PAYEE", Some(movement)) => movement.name = value,
            ("MEMO", Some(movement)) => movement.memo = value,
            ("/STMTTRN", Some(_)) => {
                let movement = open.take().unwrap_or_default();
                lines.push(line(&movement, &mut texts)?);
            }
            ("LEDGERBAL", None) => is_ledger_balance = true,
            ("/LEDGERBAL", None) => is_ledger_balance = false,
            ("BALAMT", None) if is_ledger_balance => closing = Some(money(number, &value)?),
            _ => {}
        }
    }
    if open.is_some() {
        return Err(ReadError::Ofx("the file ends within a STMTTRN"));
    }
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
    let layout = &layout::OFX;
    Ok(Statement { name: name.to_owned(), layout, lines, texts, proof: Proof::None })
}

fn line(movement: &Movement, texts: &mut Texts) -> Result<Line, ReadError> {
    let line = movement.line;
    let day: String = movement.posted.chars().take(8).collect();
    let date = date::parse(&day).ok_or(ReadError::Date { line, text: day, is_typed: false })?;
    let change = money(line, &movement.amount)?;
    let words = [movement.name.trim(), movement.memo.trim()].join(" ");
    Ok(Line { line, date, change, balance: None, text: texts.intern(words.trim()) })
}

fn money(line: u32, text: &str) -> Result<Money, ReadError> {
    // Yen have no decimals; some programs write them all the same.
    let whole = text.trim().strip_suffix(".00").unwrap_or(text);
    match amount::parse(whole) {
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
        Some((here, (tag.trim(), unescaped(value.trim()))))
    })
}

fn unescaped(text: &str) -> String {
    // The ampersand last, so that `&amp;lt;` stays `&lt;`.
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
