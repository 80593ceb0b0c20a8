//! A file of kind 21 or 91: header, data, trailer, perhaps again, end.

use serde::{Deserialize, Serialize};

use super::{
    entry::{Deposit, Entry, Place},
    fault::{Fault, Field, ZenginError},
    record::{Letters, Record, Writer, records},
};

const SIZE: usize = 120;

/// Whose file it is, and for which day.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Ten digits that the bank gave (委託者コード).
    pub client: String,
    /// Who it is, at most 40 bytes.
    pub client_name: String,
    /// The month of the day.
    pub month: u8,
    /// The day; which year it means, the file does not say.
    pub day: u8,
    /// Their own bank and branch.
    pub place: Place,
    /// Their own account, if the file names it.
    pub account: Option<(Deposit, String)>,
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Header").field("client", &self.client).finish_non_exhaustive()
    }
}

/// A header with its data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block<E> {
    /// Whose.
    pub header: Header,
    /// What.
    pub entries: Vec<E>,
}

/// What stands between records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnds {
    /// Nothing.
    None,
    /// CR and LF, so that a record is 122 bytes on disk.
    CrLf,
}

/// A data record, for [`Entry`].
#[derive(Clone, Copy, Debug)]
pub struct Data<'a>(pub(super) Record<'a>);

/// A data record being written, for [`Entry`].
#[derive(Debug, Default)]
pub struct DataWriter(pub(super) Writer);

/// The 種別コード of a file's first header, if it begins with one.
#[must_use]
pub fn kind(bytes: &[u8]) -> Option<&str> {
    let (mark, rest) = bytes.split_first()?;
    let kind = std::str::from_utf8(rest.get(..2)?).ok()?;
    (*mark == b'1' && kind.bytes().all(|b| b.is_ascii_digit())).then_some(kind)
}

/// Reads a whole file, or says which record a bank would send back.
pub fn read<E: Entry>(bytes: &[u8]) -> Result<Vec<Block<E>>, ZenginError> {
    if kind(bytes) != Some(E::KIND) {
        return Err(ZenginError { record: 1, fault: Fault::Kind(E::KIND) });
    }
    let mut blocks = Vec::new();
    let mut open: Option<Block<E>> = None;
    let mut is_over = false;
    let mut count: usize = 0;
    for record in records(bytes, SIZE)? {
        count = count.saturating_add(1);
        let done = match record.mark() {
            '1' if open.is_none() && !is_over => header::<E>(record).map(|header| {
                open = Some(Block { header, entries: Vec::new() });
            }),
            '2' => match open.as_mut() {
                Some(block) => E::read_record(Data(record)).map(|entry| block.entries.push(entry)),
                None => Err(Fault::Order('2')),
            },
            '8' => match open.take() {
                Some(block) => trailer(record, &block).map(|()| blocks.push(block)),
                None => Err(Fault::Order('8')),
            },
            '9' if open.is_none() && !is_over && !blocks.is_empty() => {
                is_over = true;
                record.empty(1, 119)
            }
            other => Err(Fault::Order(other)),
        };
        done.map_err(|fault| ZenginError { record: count, fault })?;
    }
    if is_over {
        Ok(blocks)
    } else {
        Err(ZenginError { record: count.saturating_add(1), fault: Fault::Short(SIZE) })
    }
}

/// Days that a month can have, in a leap year.
const fn days_in(month: u8) -> u8 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    }
}

fn day_of_year(month: u64, day: u64) -> Result<(u8, u8), Fault> {
    let wrong = Fault::Field(Field::Day);
    let (Ok(month), Ok(day)) = (u8::try_from(month), u8::try_from(day)) else {
        return Err(wrong);
    };
    if (1..=days_in(month)).contains(&day) { Ok((month, day)) } else { Err(wrong) }
}

fn header<E: Entry>(record: Record<'_>) -> Result<Header, Fault> {
    if record.digits(1, 2, Field::Client) != Ok(E::KIND) {
        return Err(Fault::Kind(E::KIND));
    }
    match record.letter(3) {
        '0' => {}
        '1' => return Err(Fault::Ebcdic),
        _ => return Err(Fault::Field(Field::Client)),
    }
    let month = record.number(54, 2, Field::Day)?;
    let (month, day) = day_of_year(month, record.number(56, 2, Field::Day)?)?;
    // Collectors may leave their own account out.
    let has_account = record.empty(95, 8).is_err();
    let account = if has_account {
        let deposit = Deposit::read(record.letter(95), E::OWN)?;
        Some((deposit, record.digits(96, 7, Field::Number)?.to_owned()))
    } else {
        None
    };
    record.empty(103, 17)?;
    let client_name = record.words(14, 40, Letters::Name, Field::ClientName)?;
    if client_name.is_empty() {
        return Err(Fault::Field(Field::ClientName));
    }
    Ok(Header {
        client: record.digits(4, 10, Field::Client)?.to_owned(),
        client_name,
        month,
        day,
        place: Place::read(record, 58)?,
        account,
    })
}

/// How many entries there are and what they come to: of all, done, not done.
fn sums<E: Entry>(entries: &[E]) -> [(u64, u64); 3] {
    let sum = |wanted: Option<bool>| {
        let those = entries.iter().filter(|e| wanted.is_none() || e.is_done() == wanted);
        those.fold((0_u64, 0_u64), |(count, amount), entry| {
            (count.saturating_add(1), amount.saturating_add(entry.amount().amount()))
        })
    };
    [sum(None), sum(Some(true)), sum(Some(false))]
}

fn trailer<E: Entry>(record: Record<'_>, block: &Block<E>) -> Result<(), Fault> {
    let [(count, amount), done, undone] = sums(&block.entries);
    let check = |from: usize, found: (u64, u64)| {
        let said = record.number(from, 6, Field::Amount)?;
        if said != found.0 {
            return Err(Fault::Count { said, found: found.0 });
        }
        let said = record.number(from.saturating_add(6), 12, Field::Amount)?;
        if said == found.1 { Ok(()) } else { Err(Fault::Sum { said, found: found.1 }) }
    };
    check(1, (count, amount))?;
    if E::KIND == "21" {
        return record.empty(19, 101);
    }
    // A request has zeros where its answer counts what was done and what was not.
    let is_request = record.empty(19, 36).is_ok();
    if !is_request {
        check(19, done)?;
        check(37, undone)?;
    }
    record.empty(55, 65)
}

/// Writes a whole file as a bank takes it; `is_answer` fills in what came of each debit.
pub fn write<E: Entry>(
    blocks: &[Block<E>],
    ends: LineEnds,
    is_answer: bool,
) -> Result<Vec<u8>, ZenginError> {
    let ends = match ends {
        LineEnds::None => "",
        LineEnds::CrLf => "\r\n",
    };
    let mut out = Vec::new();
    let mut count: usize = 1;
    let at = |record: usize| move |fault| ZenginError { record, fault };
    if blocks.is_empty() {
        return Err(at(1)(Fault::Empty));
    }
    for block in blocks {
        if block.entries.is_empty() {
            return Err(at(count)(Fault::Empty));
        }
        write_header::<E>(&block.header).map_err(at(count))?.finish(ends, &mut out);
        for entry in &block.entries {
            count = count.saturating_add(1);
            let mut data = DataWriter::default();
            entry.write_record(&mut data).map_err(at(count))?;
            data.0.finish(ends, &mut out);
        }
        count = count.saturating_add(1);
        write_trailer(block, is_answer).map_err(at(count))?.finish(ends, &mut out);
        count = count.saturating_add(1);
    }
    let mut end = Writer::default();
    end.plain("9");
    end.spaces(119);
    end.finish(ends, &mut out);
    Ok(out)
}

fn write_header<E: Entry>(header: &Header) -> Result<Writer, Fault> {
    let mut out = Writer::default();
    let (month, day) = day_of_year(header.month.into(), header.day.into())?;
    if header.client_name.trim().is_empty() {
        return Err(Fault::Field(Field::ClientName));
    }
    out.plain("1");
    out.plain(E::KIND);
    out.plain("0");
    out.digits(&header.client, 10, Field::Client)?;
    out.words(&header.client_name, 40, Letters::Name, Field::ClientName)?;
    out.plain(&format!("{month:02}{day:02}"));
    header.place.write(&mut out)?;
    match &header.account {
        Some((deposit, number)) => {
            deposit.write(E::OWN, &mut out)?;
            out.digits(number, 7, Field::Number)?;
        }
        None => out.spaces(8),
    }
    out.spaces(17);
    Ok(out)
}

fn write_trailer<E: Entry>(block: &Block<E>, is_answer: bool) -> Result<Writer, Fault> {
    let [all, done, undone] = sums(&block.entries);
    let mut out = Writer::default();
    let sum = |out: &mut Writer, (count, amount): (u64, u64)| {
        out.number(count, 6, Field::Amount)?;
        out.number(amount, 12, Field::Amount)
    };
    out.plain("8");
    sum(&mut out, all)?;
    if E::KIND == "21" {
        out.spaces(101);
        return Ok(out);
    }
    let (done, undone) = if is_answer { (done, undone) } else { ((0, 0), (0, 0)) };
    sum(&mut out, done)?;
    sum(&mut out, undone)?;
    out.spaces(65);
    Ok(out)
}
