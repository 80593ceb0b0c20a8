//! What a bank reports about an account: incoming transfers (01) and movements (03), 200 bytes each.
//!
//! ```text
//! 01  1 01 0 作成日6 自6 至6 銀行4 名15 支店3 名15 種目1 口座7 口座名40 93
//!     2 照会番号6 勘定日6 起算日6 金額10 他店券10 依頼人コード10 依頼人名48 仕向銀行15 仕向店15 取消1 EDI20 52
//!     8 件数6 金額12 取消件数6 取消金額12 163                                        9 199
//! 03  1 03 0 作成日6 自6 至6 銀行4 名15 支店3 名15 dummy3 種目1 口座10 口座名40 貸越1 通帳1 残高14 71
//!     2 照会番号8 勘定日6 預払日6 入払1 取引2 金額12 他店券12 呈示6 返還6 手形1 手形番号7 僚店3
//!       依頼人コード10 依頼人名48 仕向銀行15 仕向店15 摘要20 EDI20 1
//!     8 入金件数6 入金13 出金件数6 出金13 貸越1 残高14 データ件数7 139                9 199
//! ```

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    entry::{Deposit, Place},
    fault::{Fault, Field, ZenginError},
    file::kind,
    record::{Letters, Record, records},
};

const SIZE: usize = 200;

/// One movement.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// The bank's day of it.
    pub day: Date,
    /// What it did to the balance, in yen: negative when money left, or when a transfer was taken back.
    pub change: i64,
    /// The bank's two digits for its kind (取引区分); none in 01.
    pub sort: Option<String>,
    /// Who sent it (振込依頼人名), or the collector's number.
    pub other: String,
    /// What the bank says about it (摘要内容); empty in 01.
    pub text: String,
    /// What the payer said (EDI情報).
    pub edi: String,
}

/// A whole report.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// When it was made.
    pub made_on: Date,
    /// First and last day.
    pub span: (Date, Date),
    /// Bank and branch.
    pub place: Place,
    /// Of what.
    pub deposit: Deposit,
    /// The account's digits.
    pub number: String,
    /// Its name.
    pub name: String,
    /// The balance before and after, in yen; none in 01.
    pub balances: Option<(i64, i64)>,
    /// What happened.
    pub movements: Vec<Movement>,
}

impl std::fmt::Debug for Movement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Movement").field("day", &self.day).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report").field("span", &self.span).finish_non_exhaustive()
    }
}

/// The first years of the eras whose years are written with two digits.
const ERAS: [i16; 3] = [2018, 1988, 1925];

/// A Japanese year without its era: of the days that it can mean, the latest that is not after
/// `as_of`.
fn japanese(record: Record<'_>, at: usize, as_of: Date) -> Result<Date, Fault> {
    let wrong = || Fault::Field(Field::Day);
    let part = |from: usize| record.number(at.saturating_add(from), 2, Field::Day);
    let (year, month, day) = (part(0)?, part(2)?, part(4)?);
    let small = |number: u64| i8::try_from(number).map_err(|_| wrong());
    let (month, day) = (small(month)?, small(day)?);
    let year = i16::try_from(year).map_err(|_| wrong())?;
    let of = |before: i16| Date::new(before.checked_add(year)?, month, day).ok();
    let days = ERAS.iter().filter_map(|before| of(*before));
    days.filter(|day| year > 0 && *day <= as_of).max().ok_or_else(wrong)
}

fn yen(record: Record<'_>, from: usize, length: usize, field: Field) -> Result<i64, Fault> {
    i64::try_from(record.number(from, length, field)?).map_err(|_| Fault::Field(field))
}

/// 貸越区分 2 says that the balance is below zero.
fn balance(record: Record<'_>, sign: usize, from: usize) -> Result<i64, Fault> {
    let amount = yen(record, from, 14, Field::Balance)?;
    match record.letter(sign) {
        '1' | ' ' | '0' => Ok(amount),
        '2' => Ok(amount.saturating_neg()),
        _ => Err(Fault::Field(Field::Balance)),
    }
}

pub(super) const ANY: &[Deposit] =
    &[Deposit::Ordinary, Deposit::Current, Deposit::TaxReserve, Deposit::Savings, Deposit::Other];

impl Report {
    /// Reads a report of kind 01 or 03. `as_of` is a day that all of it is not after: today.
    ///
    /// What the trailer says must follow from the records, and in 03 the balance after from the one
    /// before.
    pub fn read(bytes: &[u8], as_of: Date) -> Result<Self, ZenginError> {
        let is_statement = match kind(bytes) {
            Some("01") => false,
            Some("03") => true,
            _ => return Err(ZenginError { record: 1, fault: Fault::Kind("01, 03") }),
        };
        let all = records(bytes, SIZE)?;
        let (Some((head, rest)), true) = (all.split_first(), all.len() > 2) else {
            let record = all.len().saturating_add(1);
            return Err(ZenginError { record, fault: Fault::Short(SIZE) });
        };
        let (data, ends) = rest.split_at(rest.len().saturating_sub(2));
        let first = |fault| ZenginError { record: 1, fault };
        let mut report = header(*head, as_of, is_statement).map_err(first)?;
        for (place, record) in data.iter().enumerate() {
            let read =
                if is_statement { movement(*record, as_of) } else { incoming(*record, as_of) };
            let fault = |fault| ZenginError { record: place.saturating_add(2), fault };
            report.movements.push(read.map_err(fault)?);
        }
        let fault = |fault| ZenginError { record: all.len().saturating_sub(1), fault };
        let (Some(trailer), Some(end)) = (ends.first(), ends.last()) else {
            return Err(fault(Fault::Short(SIZE)));
        };
        report.check(*trailer, is_statement).map_err(fault)?;
        let is_end = end.mark() == '9' && end.empty(1, 199).is_ok();
        let last = ZenginError { record: all.len(), fault: Fault::Order(end.mark()) };
        if is_end { Ok(report) } else { Err(last) }
    }

    /// Number and sum of what came in, or of what left.
    pub(super) fn sums(&self, is_in: bool) -> (u64, u64) {
        let those = self.movements.iter().filter(|m| m.change.is_positive() == is_in);
        those.fold((0, 0), |(count, sum): (u64, u64), movement| {
            (count.saturating_add(1), sum.saturating_add(movement.change.unsigned_abs()))
        })
    }

    fn check(&mut self, record: Record<'_>, is_statement: bool) -> Result<(), Fault> {
        if record.mark() != '8' {
            return Err(Fault::Order(record.mark()));
        }
        let width: usize = if is_statement { 13 } else { 12 };
        let check = |from: usize, (count, sum): (u64, u64)| {
            let said = record.number(from, 6, Field::Amount)?;
            if said != count {
                return Err(Fault::Count { said, found: count });
            }
            let said = record.number(from.saturating_add(6), width, Field::Amount)?;
            if said == sum { Ok(()) } else { Err(Fault::Sum { said, found: sum }) }
        };
        let second = width.saturating_add(7);
        check(1, self.sums(true))?;
        check(second, self.sums(false))?;
        if !is_statement {
            return record.empty(37, 163);
        }
        let after = balance(record, 39, 40)?;
        let Some((before, _)) = self.balances else { return Err(Fault::Field(Field::Balance)) };
        let moved = self.movements.iter().fold(before, |sum, m| sum.saturating_add(m.change));
        if moved != after {
            return Err(Fault::Field(Field::Balance));
        }
        let found = u64::try_from(self.movements.len()).unwrap_or(u64::MAX);
        let said = record.number(54, 7, Field::Amount)?;
        if said != found {
            return Err(Fault::Count { said, found });
        }
        self.balances = Some((before, after));
        record.empty(61, 139)
    }
}

fn header(record: Record<'_>, as_of: Date, is_statement: bool) -> Result<Report, Fault> {
    match record.letter(3) {
        '0' => {}
        '1' => return Err(Fault::Ebcdic),
        _ => return Err(Fault::Field(Field::Client)),
    }
    let (at, length) = if is_statement { (63, 10) } else { (60, 7) };
    let number = record.digits(at, length, Field::Number)?.to_owned();
    let name = record.words(at.saturating_add(length), 40, Letters::Name, Field::Name)?;
    let balances = if is_statement {
        record.empty(59, 3)?;
        record.empty(129, 71)?;
        let before = balance(record, 113, 115)?;
        Some((before, before))
    } else {
        record.empty(107, 93)?;
        None
    };
    let deposit = Deposit::read(record.letter(at.saturating_sub(1)), ANY)?;
    Ok(Report {
        made_on: japanese(record, 4, as_of)?,
        span: (japanese(record, 10, as_of)?, japanese(record, 16, as_of)?),
        place: Place::read(record, 22)?,
        deposit,
        number,
        name,
        balances,
        movements: Vec::new(),
    })
}

/// A data record of kind 01: money that came, or was taken back.
fn incoming(record: Record<'_>, as_of: Date) -> Result<Movement, Fault> {
    if record.mark() != '2' {
        return Err(Fault::Order(record.mark()));
    }
    let amount = yen(record, 19, 10, Field::Amount)?;
    let change = match record.letter(127) {
        ' ' | '0' => amount,
        '1' => amount.saturating_neg(),
        _ => return Err(Fault::Field(Field::Direction)),
    };
    record.empty(148, 52)?;
    Ok(Movement {
        day: japanese(record, 7, as_of)?,
        change,
        sort: None,
        other: record.words(49, 48, Letters::Free, Field::Name)?,
        text: String::new(),
        edi: record.words(128, 20, Letters::Free, Field::Reference)?,
    })
}

/// A data record of kind 03.
fn movement(record: Record<'_>, as_of: Date) -> Result<Movement, Fault> {
    if record.mark() != '2' {
        return Err(Fault::Order(record.mark()));
    }
    let amount = yen(record, 24, 12, Field::Amount)?;
    let change = match record.letter(21) {
        '1' => amount,
        '2' => amount.saturating_neg(),
        _ => return Err(Fault::Field(Field::Direction)),
    };
    Ok(Movement {
        day: japanese(record, 9, as_of)?,
        change,
        sort: Some(record.digits(22, 2, Field::Direction)?.to_owned()),
        other: record.words(81, 48, Letters::Free, Field::Name)?,
        text: record.words(159, 20, Letters::Free, Field::Reference)?,
        edi: record.words(179, 20, Letters::Free, Field::Reference)?,
    })
}
