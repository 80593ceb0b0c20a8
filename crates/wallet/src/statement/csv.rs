//! A statement as a file (RFC 4180) that a spreadsheet opens and does not run.

use jiff::tz::TimeZone;

use super::Line;

/// Lines as CSV with a byte order mark, so that spreadsheets read the Japanese as UTF-8.
///
/// `words` gives the name of a line's kind; `head` are the seven column names.
pub fn to_csv(lines: &[Line], head: &[String], words: impl Fn(&str) -> String) -> String {
    let tokyo = TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC);
    let mut out = String::from("\u{FEFF}");
    push_row(&mut out, head.iter().map(String::as_str));
    for line in lines {
        let at = line.at.to_zoned(tokyo.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let amount = line.amount.amount().to_string();
        let (taken, given) = if line.is_in { ("", amount.as_str()) } else { (amount.as_str(), "") };
        let kind = words(line.kind.name());
        let balance = line.balance.amount().to_string();
        let row = [
            at.as_str(),
            kind.as_str(),
            line.counterparty.as_str(),
            given,
            taken,
            balance.as_str(),
            line.reference.as_str(),
        ];
        push_row(&mut out, row.into_iter());
    }
    out
}

fn push_row<'a>(out: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            out.push(',');
        }
        out.push_str(&quoted(cell));
    }
    out.push_str("\r\n");
}

/// A cell that a spreadsheet would take for a formula gets an apostrophe: a shop may be called
/// `=HYPERLINK(…)`.
fn quoted(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{cell}") } else { cell.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use kanuki_domain::Yen;

    use super::*;
    use crate::statement::LineKind;

    #[test]
    fn names_of_others_are_never_formulas() {
        let line = Line {
            at: jiff::Timestamp::UNIX_EPOCH,
            kind: LineKind::Payment,
            is_in: false,
            counterparty: "=1+1, \"x\"".into(),
            amount: Yen::of(500),
            balance: Yen::of(1_500),
            reference: "pay_x".into(),
        };
        let head: Vec<String> = ["a", "b"].map(str::to_owned).to_vec();
        let csv = to_csv(&[line], &head, str::to_owned);
        assert_eq!(
            csv,
            "\u{FEFF}a,b\r\n1970-01-01 09:00:00,payment,\"'=1+1, \"\"x\"\"\",,500,1500,pay_x\r\n"
        );
    }
}
