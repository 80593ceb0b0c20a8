//! Why a file was refused. Nothing of a refused file is used.

use std::io;

use jiff::civil::Date;

use crate::amount::Money;

/// More lines than a household has in a lifetime.
pub(crate) const LINES_MAX: usize = 5_000_000;

/// What is chosen by mistake for a statement, told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherFile {
    /// A spreadsheet's own file, old or new.
    Spreadsheet,
    /// PDF.
    Pdf,
    /// A page that a browser saved.
    WebPage,
    /// A photograph of the passbook.
    Picture,
    /// Files that were packed into one; ゆうちょ hands several out so.
    Archive,
    /// No letters that we know: EUC-JP, for instance, or bytes that are none.
    Letters,
}

impl OtherFile {
    /// By the first bytes; a ZIP with nothing telling in them by its name.
    pub(crate) fn of(head: &[u8], name: &str) -> Option<Self> {
        let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
        let begins = |with: &[u8]| head.starts_with(with);
        if begins(b"PK\x03\x04") {
            let is_one = is_spreadsheet(head) || is_named_so(name);
            Some(if is_one { Self::Spreadsheet } else { Self::Archive })
        } else if begins(&[0xD0, 0xCF, 0x11, 0xE0]) {
            Some(Self::Spreadsheet)
        } else if begins(&[0x1F, 0x8B]) || begins(b"7z\xBC\xAF") {
            Some(Self::Archive)
        } else if begins(b"%PDF") {
            Some(Self::Pdf)
        } else if begins(b"<") {
            Some(Self::WebPage)
        } else if begins(b"\x89PNG") || begins(&[0xFF, 0xD8, 0xFF]) {
            Some(Self::Picture)
        } else if head.contains(&0) || head.windows(2).any(|two| two == b"\x1B$") {
            Some(Self::Letters)
        } else {
            None
        }
    }
}

fn is_named_so(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".xlsx", ".xlsm", ".ods", ".numbers"].iter().any(|end| name.ends_with(end))
}

/// Whether the first file in a ZIP is one that a spreadsheet consists of.
fn is_spreadsheet(head: &[u8]) -> bool {
    let parts: [&[u8]; 5] = [b"[Content_Types].xml", b"_rels/", b"xl/", b"docProps/", b"mimetype"];
    parts.iter().any(|part| head.windows(part.len()).any(|bytes| bytes == *part))
}

/// Why a file was refused. Nothing of it was used.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It could not be read at all.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// No header that we know.
    #[error("no known layout; the first lines are: {0}")]
    Layout(String),
    /// A header that we know, in one cell: its commas are wide, or quotation marks stand around whole lines.
    #[error("line {0}: the whole line is one cell; are its commas full-width, or is it quoted?")]
    Joined(u32),
    /// Something else that people have of their bank.
    #[error("this is no table of movements: {0:?}")]
    Other(OtherFile),
    /// Characters of more than one encoding, or of none that we know.
    #[error(
        "line {0}: the characters are not those of the lines before; was the file saved again by another program?"
    )]
    Encoding(u32),
    /// Not as many cells as the header promises.
    #[error("line {0}: the line is cut")]
    Cut(u32),
    /// Longer than any line of a statement.
    #[error("line {0}: the line does not end; is a quotation mark missing?")]
    TooLong(u32),
    /// A quotation mark that nothing closes, and lines behind it within it.
    #[error("line {0}: a quotation mark is not closed, and the lines behind it are inside")]
    Quote(u32),
    /// No date where one must be.
    #[error("line {line}: not a date: {text}")]
    Date {
        /// Where.
        line: u32,
        /// What is there.
        text: String,
        /// Whether a person typed it: they can write it another way.
        is_typed: bool,
    },
    /// A year without its era, and more than one fits.
    #[error("line {line}: which day is {text}, {} or {}? write R8, H26 or all four digits", days[0], days[1])]
    Year {
        /// Where.
        line: u32,
        /// What is there.
        text: String,
        /// Two of the days that it may be, the older one first.
        days: [Date; 2],
    },
    /// A day that has not come, on a line that was typed.
    #[error("line {line}: {text} has not come yet")]
    Future {
        /// Where.
        line: u32,
        /// What is there.
        text: String,
    },
    /// A day far ahead, on a line of a file: its year was changed, or this machine's day is wrong.
    #[error("line {line}: {text} is far ahead of this machine's day")]
    Ahead {
        /// Where.
        line: u32,
        /// What is there.
        text: String,
    },
    /// No amount where one must be, a formula for instance.
    #[error("line {line}: not an amount: {text}")]
    Amount {
        /// Where.
        line: u32,
        /// What is there.
        text: String,
        /// Whether a person typed it.
        is_typed: bool,
    },
    /// Less than nothing came in or went out: it would turn a debit into income.
    #[error("line {line}: an amount in or out cannot be below zero: {amount}")]
    Negative {
        /// Where.
        line: u32,
        /// What is there.
        amount: Money,
    },
    /// A line that was typed has not every cell.
    #[error("line {0}: a line has five parts: date, text, out, in, balance")]
    Parts(u32),
    /// A line that was typed is older than the one before, and others are newer.
    #[error("line {0}: the day is not in the order of the other lines")]
    Order(u32),
    /// Money in and out on one line, or neither.
    #[error("line {0}: there must be one amount, in or out")]
    Direction(u32),
    /// The balance does not follow from the line before.
    #[error(
        "line {0}: the balance does not follow from the line before; a line is missing, changed or out of order"
    )]
    Balance(u32),
    /// An amount like `300,000` without quotation marks: two cells, and the first alone would be ¥300.
    #[error("line {line}: an amount with a separator fell into two cells: {text}")]
    Separator {
        /// Where.
        line: u32,
        /// What it was, as far as the cells tell.
        text: String,
        /// Whether a person typed it.
        is_typed: bool,
    },
    /// A month and a day that no year near the lines around it has.
    #[error("line {line}: no year has this day: {text}")]
    NoYear {
        /// Where.
        line: u32,
        /// What is there.
        text: String,
    },
    /// A day that is not the day of the week that stands beside it.
    #[error("line {line}: that day is another day of the week: {text}")]
    Weekday {
        /// Where.
        line: u32,
        /// What is there.
        text: String,
    },
    /// One file, and from this line on another account.
    #[error("line {0}: from here on the lines are of another account")]
    OtherAccount(u32),
    /// More lines than we take.
    #[error("more than {LINES_MAX} lines")]
    TooMany,
    /// More different words than one account's lines have.
    #[error("more different names than the statement of one account has")]
    TooManyTexts,
    /// Bigger than we take for a file of its kind.
    #[error("the file is too big for its kind")]
    TooBig,
    /// A header and nothing under it.
    #[error("there are no movements in it")]
    Empty,
    /// Money of another country: its figures are no yen.
    #[error("line {line}: the amounts are not in yen: {text}")]
    Currency {
        /// Where.
        line: u32,
        /// What they are in.
        text: String,
    },
    /// Words that another program destroyed: nobody can tell any more who took the money.
    #[error("line {line}: the words were destroyed by another program: {text}")]
    Wrecked {
        /// Where.
        line: u32,
        /// What is left.
        text: String,
    },
    /// OFX that is none.
    #[error("line {line}: not good OFX: {why}")]
    Ofx {
        /// Where.
        line: u32,
        /// What is wrong.
        why: &'static str,
    },
}
