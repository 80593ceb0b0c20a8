//! Bytes of a statement file into a [`Statement`], or the line that is wrong.
//!
//! Read as a stream, one line in memory: a million lines are a morning's work for nobody.

use std::io::{BufRead, Read as _};

use csv_core::ReadRecordResult;
use jiff::civil::Date;

use crate::{
    above::{self, Above},
    amount::{self, Cell, Money},
    cell_reader::CellReader,
    date::{self, MonthDay, NoDate},
    decode::{self, Decoder, LineEnds},
    error::{LINES_MAX, OtherFile, ReadError},
    identity::Identity,
    layout::{self, Columns, Layout, Role},
    month_day, ofx,
    prove::prove,
    quote, separator,
    short_date::{self, Short},
    statement::{Line, Statement, Texts},
    wrecked::Lost,
};

/// How many lines may come before the header: banks print who, what and when.
const PREAMBLE_MAX: u32 = 15;
/// No line of a statement is longer; a missing quote would swallow the file.
const RECORD_MAX: usize = 16_384;
const CELLS_MAX: usize = 128;
/// How far ahead of this machine's day a bank's line may be.
const AHEAD_DAYS: i64 = 31;
/// Words of a line that is no movement.
const SUMS: [&str; 4] = ["合計", "件数", "以上", "小計"];
/// A file that has to be read as a whole (OFX, UTF-16).
const WHOLE_MAX: u64 = 64 * 1_024 * 1_024;

/// Reads a statement file; `name` is what people know it by. Years that a passbook prints without their
/// era are told by `today`.
pub fn read(name: &str, mut input: impl BufRead, today: Date) -> Result<Statement, ReadError> {
    let start = input.fill_buf()?;
    let head: Vec<u8> = start.iter().take(512).copied().collect();
    if ofx::is_ofx(&head) {
        return ofx::read(name, &whole(input)?);
    }
    if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
        let bytes = whole(input)?;
        let text = decode::utf16(&bytes).and_then(Result::ok).ok_or(ReadError::Encoding(1))?;
        return Reading::of(text.as_bytes(), today).statement(name, text.as_bytes());
    }
    if let Some(other) = OtherFile::of(&head, name) {
        return Err(ReadError::Other(other));
    }
    if head.starts_with(&[0xEF, 0xBB, 0xBF]) {
        input.consume(3);
    }
    Reading::of(&head, today).statement(name, input)
}

fn whole(input: impl BufRead) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    input.take(WHOLE_MAX.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|size| size <= WHOLE_MAX) {
        Ok(bytes)
    } else {
        Err(ReadError::TooBig)
    }
}

/// One pass over a file with cells.
struct Reading {
    csv: CellReader,
    delimiter: u8,
    decoder: Decoder,
    /// The line that is being read, from 1.
    line: u32,
    line_ends: LineEnds,
    is_inside: bool,
    /// Quotation marks of the line that is being read.
    quotes: u32,
    output: Vec<u8>,
    ends: Vec<usize>,
    filled: (usize, usize),
    columns: Option<Columns>,
    /// The lines above the header, cell by cell.
    preamble: Vec<Vec<String>>,
    /// What the first line says of its account.
    account: Option<String>,
    texts: Texts,
    lines: Vec<Line>,
    today: Date,
    /// Lines whose year has no era, by their place in `lines`.
    shorts: Vec<(usize, Short)>,
    /// Lines that say no year at all.
    bare: Vec<(usize, MonthDay)>,
    /// Whether the file ends where this line does, without a line end.
    is_unended: bool,
    /// Whether the header stood again: the file is several.
    is_joined: bool,
    /// Words whose letters another program lost.
    lost: Lost,
}

impl Reading {
    fn of(head: &[u8], today: Date) -> Self {
        // A comma unless there is more of something else; of as many, the last is taken.
        let delimiter = [b'\t', b';', b','].into_iter().max_by_key(|c| count(head, *c));
        let delimiter = delimiter.unwrap_or(b',');
        Self {
            csv: CellReader::between(delimiter),
            delimiter,
            decoder: Decoder::default(),
            line: 1,
            line_ends: LineEnds::default(),
            is_inside: false,
            quotes: 0,
            output: vec![0; RECORD_MAX],
            ends: vec![0; CELLS_MAX],
            filled: (0, 0),
            columns: None,
            preamble: Vec::new(),
            account: None,
            texts: Texts::default(),
            lines: Vec::new(),
            today,
            shorts: Vec::new(),
            bare: Vec::new(),
            is_unended: false,
            is_joined: false,
            lost: Lost::default(),
        }
    }

    fn statement(mut self, name: &str, mut input: impl BufRead) -> Result<Statement, ReadError> {
        let mut inside: u32 = 0;
        loop {
            let bytes = input.fill_buf()?;
            let is_end = bytes.is_empty();
            if !self.is_inside && !is_end {
                let blank = bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
                if blank > 0 {
                    let ended = self.line_ends.count(bytes.get(..blank).unwrap_or_default());
                    self.line = self.line.saturating_add(ended);
                    input.consume(blank);
                    continue;
                }
                self.is_inside = true;
            }
            let (consumed, is_record) = self.feed(bytes)?;
            let taken = bytes.get(..consumed).unwrap_or_default();
            let ended = self.line_ends.count(taken);
            self.quotes = self.quotes.saturating_add(count(taken, b'"'));
            input.consume(consumed);
            // A record is named by the line on which it begins, however many are within it.
            inside = inside.saturating_add(ended);
            if is_record {
                self.is_unended = is_end;
                self.take_record()?;
                self.quotes = 0;
                self.is_inside = false;
                self.line = self.line.saturating_add(std::mem::take(&mut inside));
            }
            if is_end && !is_record {
                return self.finish(name);
            }
        }
    }

    /// Gives bytes to the parser: how many it took, and whether a line is complete.
    fn feed(&mut self, bytes: &[u8]) -> Result<(usize, bool), ReadError> {
        let (out, end) = self.filled;
        let output = self.output.get_mut(out..).unwrap_or_default();
        let ends = self.ends.get_mut(end..).unwrap_or_default();
        let (result, consumed, wrote, ended) = self.csv.read_record(bytes, output, ends);
        self.filled = (out.saturating_add(wrote), end.saturating_add(ended));
        match result {
            ReadRecordResult::Record => Ok((consumed, true)),
            ReadRecordResult::InputEmpty | ReadRecordResult::End => Ok((consumed, false)),
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                Err(ReadError::TooLong(self.line))
            }
        }
    }

    fn take_record(&mut self) -> Result<(), ReadError> {
        let (_, count) = std::mem::take(&mut self.filled);
        let Some(columns) = self.columns.take() else {
            return self.look_for_header(count);
        };
        let taken = self.take_line(&columns, count);
        self.columns = Some(columns);
        taken
    }

    fn bytes(&self, place: usize) -> &[u8] {
        let before = place.checked_sub(1).and_then(|p| self.ends.get(p)).copied().unwrap_or(0);
        let end = self.ends.get(place).copied().unwrap_or(before);
        self.output.get(before..end).unwrap_or_default()
    }

    /// The cells of a line as names of columns.
    fn labels(&mut self, count: usize) -> Result<Vec<String>, ReadError> {
        let mut cells = Vec::with_capacity(count);
        for place in 0..count {
            let bytes = self.bytes(place).to_vec();
            let text = self.decoder.cell(&bytes).ok_or_else(|| self.other_letters())?;
            cells.push(layout::label(unquoted(&text)));
        }
        Ok(cells)
    }

    /// Before the header nothing was read yet that letters could change from.
    const fn other_letters(&self) -> ReadError {
        match self.columns {
            None => ReadError::Other(OtherFile::Letters),
            Some(_) => ReadError::Encoding(self.line),
        }
    }

    fn look_for_header(&mut self, count: usize) -> Result<(), ReadError> {
        let cells = self.labels(count)?;
        if let Some(columns) = Columns::of_labelled(&cells) {
            self.take_line(&columns, count)?;
            self.columns = Some(columns);
            return Ok(());
        }
        if let Some(columns) = Columns::of_header(&cells) {
            self.columns = Some(columns);
            return Ok(());
        }
        if above::is_joined_header(&cells) {
            return Err(ReadError::Joined(self.line));
        }
        self.preamble.push(cells);
        if self.line > PREAMBLE_MAX { Err(self.unknown()) } else { Ok(()) }
    }

    fn unknown(&self) -> ReadError {
        let lines = self.preamble.iter().map(|cells| cells.join(","));
        let shown: Vec<String> =
            lines.map(|line| line.chars().take(60).collect()).take(4).collect();
        ReadError::Layout(shown.join(" / "))
    }

    fn text(&mut self, columns: &Columns, role: Role) -> Result<String, ReadError> {
        let Some(place) = columns.place(role) else { return Ok(String::new()) };
        let line = self.line;
        let Self { decoder, ends, output, .. } = self;
        let before = place.checked_sub(1).and_then(|p| ends.get(p)).copied().unwrap_or(0);
        let end = ends.get(place).copied().unwrap_or(before);
        let bytes = output.get(before..end).unwrap_or_default();
        let text = decoder.cell(bytes).ok_or(ReadError::Encoding(line))?;
        Ok(unquoted(&text).to_owned())
    }

    fn amount(&mut self, columns: &Columns, role: Role) -> Result<Option<Money>, ReadError> {
        let text = self.text(columns, role)?;
        match amount::parse(&text) {
            Cell::Empty => Ok(None),
            Cell::Amount(money) => Ok(Some(money)),
            Cell::Not => Err(ReadError::Amount {
                line: self.line,
                text: shortened(&text),
                is_typed: columns.layout.is_typed(),
            }),
        }
    }

    fn take_line(&mut self, columns: &Columns, count: usize) -> Result<(), ReadError> {
        let is_blank = (0..count).all(|place| self.bytes(place).trim_ascii().is_empty());
        if is_blank {
            return Ok(());
        }
        let date_text = self.text(columns, Role::Date)?;
        let Some(date) = self.date(columns, &date_text)? else {
            return self.take_footer(columns, &date_text, count);
        };
        self.require_one_account(columns)?;
        if (0..count).any(|place| quote::swallows_lines(self.bytes(place), self.delimiter)) {
            return Err(ReadError::Quote(self.line));
        }
        let is_typed = columns.layout.is_typed();
        if is_typed && date > self.today {
            return Err(ReadError::Future { line: self.line, text: date_text });
        }
        // A bank may print tomorrow's debits, and no year that has not begun.
        if date > self.today.saturating_add(jiff::Span::new().days(AHEAD_DAYS)) {
            return Err(ReadError::Ahead { line: self.line, text: shortened(&date_text) });
        }
        if let Some(text) = separator::fallen_apart(columns, count, |place| self.bytes(place)) {
            return Err(ReadError::Separator { line: self.line, text, is_typed });
        }
        // A spreadsheet that saves again leaves empty cells at the end of a line away; a line that the
        // file ends in has lost them.
        let is_whole = is_typed || self.is_unended;
        let least = if is_whole { columns.width } else { columns.last().saturating_add(1) };
        if count < least {
            return Err(if is_typed { ReadError::Parts } else { ReadError::Cut }(self.line));
        }
        // `100,000` that somebody typed is two cells, and would be one hundred.
        if is_typed && (columns.cells..count).any(|p| !self.bytes(p).trim_ascii().is_empty()) {
            return Err(ReadError::Parts(self.line));
        }
        if self.is_unended && self.ends_within_a_cell(columns, count)? {
            return Err(ReadError::Cut(self.line));
        }
        let change = match columns.place(Role::Signed) {
            Some(_) => {
                self.amount(columns, Role::Signed)?.ok_or(ReadError::Direction(self.line))?
            }
            None => self.two_columns(columns)?,
        };
        let balance = self.amount(columns, Role::Balance)?;
        let (kind, text) = (self.text(columns, Role::Kind)?, self.text(columns, Role::Text)?);
        if text.is_empty() && self.is_cut_before_its_text(columns) {
            return Err(ReadError::Cut(self.line));
        }
        self.lost.look_at(self.line, &[&text], is_typed)?;
        let words = [kind, text].map(|t| t.trim().to_owned()).join(" ");
        let text = self.texts.intern(words.trim());
        if self.lines.len() >= LINES_MAX {
            return Err(ReadError::TooMany);
        }
        if self.texts.are_too_many() {
            return Err(ReadError::TooManyTexts);
        }
        self.lines.push(Line { line: self.line, date, change, balance, text, mark: None });
        Ok(())
    }

    /// The day of a line. One that a person copied from a passbook may say no era, and six digits say none
    /// anywhere: that waits for the other lines.
    fn date(&mut self, columns: &Columns, text: &str) -> Result<Option<Date>, ReadError> {
        let is_short = columns.layout.is_typed() || date::is_six_digits(text);
        if let Some(short) = is_short.then(|| Short::parse(text)).flatten() {
            self.shorts.push((self.lines.len(), short));
            return Ok(Some(self.today));
        }
        match date::read(text) {
            Ok(day) => Ok(Some(day)),
            Err(NoDate::Not) => Ok(None),
            Err(NoDate::Weekday) => {
                Err(ReadError::Weekday { line: self.line, text: shortened(text) })
            }
            Err(NoDate::Year(day)) => {
                self.bare.push((self.lines.len(), day));
                Ok(Some(self.today))
            }
        }
    }

    /// Some files say in each line whose it is: one that changes holds two accounts, and its lines would be
    /// one account's.
    fn require_one_account(&mut self, columns: &Columns) -> Result<(), ReadError> {
        if columns.place(Role::Account).is_none() {
            return Ok(());
        }
        let said = layout::label(&self.text(columns, Role::Account)?);
        match &self.account {
            Some(first) if *first != said => Err(ReadError::OtherAccount(self.line)),
            Some(_) => Ok(()),
            None => {
                self.account = Some(said);
                Ok(())
            }
        }
    }

    /// The last line has its balance, and where its words belong the file ends.
    fn is_cut_before_its_text(&self, columns: &Columns) -> bool {
        let is_last = columns.place(Role::Text).is_some_and(|text| text == columns.last());
        self.is_unended && is_last && !columns.layout.is_typed()
    }

    /// The file ends in a quotation mark that is open, in half a letter, or in a sign whose digits are gone.
    /// A quotation mark in front of a name, on a line that has its end, is part of the name.
    fn ends_within_a_cell(&mut self, columns: &Columns, count: usize) -> Result<bool, ReadError> {
        let last = self.bytes(count.saturating_sub(1)).to_vec();
        let is_half = self.decoder.cell(&last).is_none();
        let balance = self.text(columns, Role::Balance)?;
        let is_sign = ["-", "−", "▲", "△"].contains(&balance.as_str());
        let is_open = !self.quotes.is_multiple_of(2) && !last.ends_with(b"\n");
        Ok(is_half || is_sign || is_open)
    }

    fn two_columns(&mut self, columns: &Columns) -> Result<Money, ReadError> {
        let out = self.amount(columns, Role::Out)?.filter(|m| *m != Money::ZERO);
        let into = self.amount(columns, Role::In)?.filter(|m| *m != Money::ZERO);
        if let Some(amount) =
            out.or(into).filter(|_| [out, into].iter().flatten().any(|m| m.is_negative()))
        {
            return Err(ReadError::Negative { line: self.line, amount });
        }
        match (out, into) {
            (Some(out), None) => Ok(out.negated()),
            (None, Some(into)) => Ok(into),
            // A line that only says something, such as interest of nothing.
            (None, None) => Ok(Money::ZERO),
            (Some(_), Some(_)) => Err(ReadError::Direction(self.line)),
        }
    }

    /// Under the movements a bank may print a sum, and where files were put behind each other the header
    /// stands again; anything else without a date is an error. So is what may be half a date, and whatever a
    /// person typed.
    fn take_footer(
        &mut self,
        columns: &Columns,
        first: &str,
        count: usize,
    ) -> Result<(), ReadError> {
        let is_typed = columns.layout.is_typed();
        let words = [first.to_owned(), self.text(columns, Role::Text)?];
        let is_of_sum = |text: &String| SUMS.iter().any(|word| text.contains(word));
        // A word of it elsewhere makes a sum only of a line that has no day at all.
        let is_sum = is_of_sum(&words[0]) || (first.is_empty() && is_of_sum(&words[1]));
        let filled = (0..count).filter(|p| !self.bytes(*p).trim_ascii().is_empty()).count();
        let is_note = filled == 1 && !self.lines.is_empty() && !date::may_be_part(first);
        if is_sum || (is_note && !is_typed) {
            return Ok(());
        }
        if self.is_header_again(columns, count)? {
            self.is_joined = true;
            return Ok(());
        }
        Err(ReadError::Date { line: self.line, text: shortened(first), is_typed })
    }

    fn is_header_again(&mut self, columns: &Columns, count: usize) -> Result<bool, ReadError> {
        let cells = self.labels(count)?;
        Ok(Columns::of_header(&cells).is_some_and(|again| again == *columns))
    }

    fn finish(mut self, name: &str) -> Result<Statement, ReadError> {
        let layout: &'static Layout = match &self.columns {
            Some(columns) => columns.layout,
            None => return Err(self.unknown()),
        };
        if self.lines.is_empty() {
            return Err(ReadError::Empty);
        }
        std::mem::take(&mut self.lost).finish()?;
        let hint = short_date::said_above(&self.preamble, self.today);
        let known = short_date::Known { layout, today: self.today, hint };
        short_date::resolve(&mut self.lines, &self.shorts, known)?;
        month_day::resolve(&mut self.lines, &self.bare, known)?;
        let proof = prove(&mut self.lines, layout.is_typed())?;
        let said = match &self.account {
            Some(said) => Identity::of(said),
            None => Identity::of_preamble(&self.preamble),
        };
        let identity = said.or_else(|| Identity::of_name(name));
        // Files that were put behind each other say how many lines the first of them has.
        let count = |above: Above| above.count.filter(|_| !self.is_joined);
        let above = Above::of(&self.preamble);
        let above = Above { count: count(above), ..above };
        let (lines, texts, marks) = (self.lines, self.texts, Texts::default());
        let name = name.to_owned();
        Ok(Statement { name, layout, identity, lines, texts, marks, above, proof })
    }
}

fn count(bytes: &[u8], byte: u8) -> u32 {
    bytes.iter().fold(0, |sum: u32, b| sum.saturating_add(u32::from(*b == byte)))
}

/// A quotation mark behind a blank quotes nothing, and is no part of what it surrounds. Nor is the `=` by
/// which a spreadsheet is told to leave a text as it is: `="0001"`.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inside = text.strip_prefix('=').unwrap_or(text).strip_prefix('"');
    inside.and_then(|rest| rest.strip_suffix('"')).map_or(text, str::trim)
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
