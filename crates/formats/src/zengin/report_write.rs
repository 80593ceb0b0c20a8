//! A report of kind 01 or 03 out of what is known of it.
//!
//! For a bank that tests its customers' programs, and for whoever turns another export into one. Columns
//! that a [`Report`] does not hold (bills, returned cheques, the payer's bank) are left blank or zero. Only
//! what adds up is written: what the reader would refuse is refused here.

use jiff::civil::{Date, date};

use super::{
    entry::Deposit,
    fault::{Fault, Field, ZenginError},
    file::LineEnds,
    record::{Letters, Writer},
    report::{ANY, Movement, Report},
};

/// When an era began, and the year before its first.
const ERAS: [(Date, i16); 3] =
    [(date(2019, 5, 1), 2018), (date(1989, 1, 8), 1988), (date(1926, 12, 25), 1925)];

/// A day with its Japanese year, which has two digits and no era.
fn japanese(out: &mut Writer, day: Date) -> Result<(), Fault> {
    let wrong = Fault::Field(Field::Day);
    let era = ERAS.iter().find(|(began, _)| *began <= day);
    let (_, before) = era.ok_or_else(|| wrong.clone())?;
    let parts = [day.year().saturating_sub(*before), day.month().into(), day.day().into()];
    for part in parts {
        out.number(u64::try_from(part).map_err(|_| wrong.clone())?, 2, Field::Day)?;
    }
    Ok(())
}

/// 貸越区分 and the amount.
fn balance(out: &mut Writer, yen: i64) -> Result<(), Fault> {
    out.plain(if yen.is_negative() { "2" } else { "1" });
    out.number(yen.unsigned_abs(), 14, Field::Balance)
}

impl Report {
    /// Writes the report: 03 where it has balances, and 01 where it has none.
    pub fn write(&self, ends: LineEnds) -> Result<Vec<u8>, ZenginError> {
        let ends = match ends {
            LineEnds::None => "",
            LineEnds::CrLf => "\r\n",
        };
        let at = |record: usize| move |fault| ZenginError { record, fault };
        let mut out = Vec::new();
        self.write_header().map_err(at(1))?.finish(ends, &mut out);
        if self.movements.is_empty() {
            return Err(at(2)(Fault::Empty));
        }
        for (place, movement) in self.movements.iter().enumerate() {
            let record = place.saturating_add(2);
            self.write_movement(place, movement).map_err(at(record))?.finish(ends, &mut out);
        }
        let last = self.movements.len().saturating_add(2);
        self.write_trailer().map_err(at(last))?.finish(ends, &mut out);
        let mut end = Writer::default();
        end.plain("9");
        end.spaces(199);
        end.finish(ends, &mut out);
        Ok(out)
    }

    fn write_header(&self) -> Result<Writer, Fault> {
        let mut out = Writer::default();
        out.plain(if self.balances.is_some() { "1030" } else { "1010" });
        japanese(&mut out, self.made_on)?;
        japanese(&mut out, self.span.0)?;
        japanese(&mut out, self.span.1)?;
        self.place.write(&mut out)?;
        let Some((before, _)) = self.balances else {
            self.write_account(&mut out, 7)?;
            out.spaces(93);
            return Ok(out);
        };
        out.spaces(3);
        self.write_account(&mut out, 10)?;
        let (sign, digits) = (before.is_negative(), before.unsigned_abs());
        out.plain(if sign { "2" } else { "1" });
        // 通帳・証書区分: no passbook is said of.
        out.plain("0");
        out.number(digits, 14, Field::Balance)?;
        out.spaces(71);
        Ok(out)
    }

    fn write_account(&self, out: &mut Writer, digits: usize) -> Result<(), Fault> {
        Deposit::write(self.deposit, ANY, out)?;
        out.digits(&self.number, digits, Field::Number)?;
        out.words(&self.name, 40, Letters::Name, Field::Name)
    }

    fn write_movement(&self, place: usize, movement: &Movement) -> Result<Writer, Fault> {
        let mut out = Writer::default();
        let number = u64::try_from(place).unwrap_or(u64::MAX).saturating_add(1);
        let amount = movement.change.unsigned_abs();
        let is_statement = self.balances.is_some();
        if movement.change == 0 || (!is_statement && movement.sort.is_some()) {
            return Err(Fault::Field(Field::Amount));
        }
        out.plain("2");
        out.number(number, if is_statement { 8 } else { 6 }, Field::Reference)?;
        japanese(&mut out, movement.day)?;
        japanese(&mut out, movement.day)?;
        if is_statement {
            out.plain(if movement.change.is_positive() { "1" } else { "2" });
            let sort = movement.sort.as_deref().unwrap_or_default();
            out.digits(sort, 2, Field::Direction)?;
            out.number(amount, 12, Field::Amount)?;
            // 他店券 12, 呈示日 6, 返還日 6, then 手形 1, its number 7, 僚店 3, 依頼人コード 10.
            out.plain(&"0".repeat(24));
            out.spaces(21);
        } else {
            out.number(amount, 10, Field::Amount)?;
            // 他店券 10, 依頼人コード 10.
            out.plain(&"0".repeat(20));
        }
        out.words(&movement.other, 48, Letters::Free, Field::Name)?;
        out.spaces(30);
        if is_statement {
            out.words(&movement.text, 20, Letters::Free, Field::Reference)?;
            out.words(&movement.edi, 20, Letters::Free, Field::Reference)?;
            out.spaces(1);
        } else {
            if !movement.text.is_empty() {
                return Err(Fault::Field(Field::Reference));
            }
            out.plain(if movement.change.is_positive() { " " } else { "1" });
            out.words(&movement.edi, 20, Letters::Free, Field::Reference)?;
            out.spaces(52);
        }
        Ok(out)
    }

    fn write_trailer(&self) -> Result<Writer, Fault> {
        let mut out = Writer::default();
        let width = if self.balances.is_some() { 13 } else { 12 };
        out.plain("8");
        for is_in in [true, false] {
            let (count, sum) = self.sums(is_in);
            out.number(count, 6, Field::Amount)?;
            out.number(sum, width, Field::Amount)?;
        }
        let Some((before, after)) = self.balances else {
            out.spaces(163);
            return Ok(out);
        };
        let moved = self.movements.iter().try_fold(before, |sum, m| sum.checked_add(m.change));
        if moved != Some(after) {
            return Err(Fault::Field(Field::Balance));
        }
        balance(&mut out, after)?;
        out.number(u64::try_from(self.movements.len()).unwrap_or(u64::MAX), 7, Field::Amount)?;
        out.spaces(139);
        Ok(out)
    }
}
