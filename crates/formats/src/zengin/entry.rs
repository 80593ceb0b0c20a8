//! What a data record says: a transfer that is ordered, or a debit that is asked for and answered.

use kanuki_domain::{Yen, bank_account::BankCode};
use serde::{Deserialize, Serialize};

use super::{
    fault::{Fault, Field},
    record::{Letters, Record, Writer},
};

/// A branch of an institution, with the names that the record repeats; those may be empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The institution.
    pub bank: BankCode,
    /// Its name, at most 15 bytes.
    pub bank_name: String,
    /// Three digits.
    pub branch: String,
    /// Its name, at most 15 bytes.
    pub branch_name: String,
}

/// What kind of deposit (預金種目).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deposit {
    /// 普通
    Ordinary,
    /// 当座
    Current,
    /// 納税準備; debits only.
    TaxReserve,
    /// 貯蓄; transfers only.
    Savings,
    /// その他
    Other,
}

/// What the payer tells the payee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edi {
    /// Two numbers that the payer's own books use (顧客コード).
    Codes(String, String),
    /// Twenty letters for the payee (EDI情報, 識別表示 Y).
    Text(String),
}

/// One transfer of a file of kind 21.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// To where.
    pub to: Place,
    /// Into what.
    pub deposit: Deposit,
    /// Seven digits.
    pub number: String,
    /// To whom, as their bank has it; at most 30 bytes.
    pub name: String,
    /// How much.
    pub amount: Yen,
    /// 0, 1 for the first time, 2 after a change.
    pub new_code: u8,
    /// For the payee.
    pub edi: Edi,
    /// Telegraphic (7) or by letter (8); a space means the first.
    pub is_by_letter: bool,
}

/// One debit of a file of kind 91.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Debit {
    /// From where.
    pub from: Place,
    /// From what.
    pub deposit: Deposit,
    /// Seven digits.
    pub number: String,
    /// The holder, as their bank has it; at most 30 bytes.
    pub name: String,
    /// How much.
    pub amount: Yen,
    /// 0, 1 for the first time, 2 after a change.
    pub new_code: u8,
    /// The collector's number for the holder.
    pub customer_no: String,
    /// What came of it; [`Outcome::Done`] in a request.
    pub outcome: Outcome,
}

/// What came of a debit (振替結果コード).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 振替済, or not yet asked.
    Done,
    /// 資金不足
    NoMoney,
    /// 取引なし
    NoAccount,
    /// 預金者の都合による振替停止: the holder, or somebody in their name, stopped it.
    StoppedByHolder,
    /// 預金口座振替依頼書なし: there is no agreement with the holder on file.
    NoMandate,
    /// 委託者の都合による振替停止
    StoppedByCollector,
    /// その他
    Other,
}

impl std::fmt::Debug for Transfer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transfer").field("amount", &self.amount).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Debit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Debit").field("amount", &self.amount).finish_non_exhaustive()
    }
}

impl Outcome {
    const ALL: [(char, Self, &'static str); 7] = [
        ('0', Self::Done, "振替済"),
        ('1', Self::NoMoney, "資金不足"),
        ('2', Self::NoAccount, "取引なし"),
        ('3', Self::StoppedByHolder, "預金者の都合による振替停止"),
        ('4', Self::NoMandate, "預金口座振替依頼書なし"),
        ('8', Self::StoppedByCollector, "委託者の都合による振替停止"),
        ('9', Self::Other, "その他"),
    ];

    fn read(code: char) -> Result<Self, Fault> {
        // Requests leave it blank in some systems.
        let code = if code == ' ' { '0' } else { code };
        let found = Self::ALL.iter().find(|(known, ..)| *known == code);
        found.map(|(_, outcome, _)| *outcome).ok_or(Fault::Field(Field::Outcome))
    }

    fn entry(self) -> (char, &'static str) {
        let found = Self::ALL.iter().find(|(_, known, _)| *known == self);
        found.map_or(('9', "その他"), |(code, _, name)| (*code, *name))
    }

    /// What banks call it.
    #[must_use]
    pub fn japanese(self) -> &'static str {
        self.entry().1
    }
}

impl Deposit {
    const ALL: [(char, Self, &'static str); 5] = [
        ('1', Self::Ordinary, "普通"),
        ('2', Self::Current, "当座"),
        ('3', Self::TaxReserve, "納税準備"),
        ('4', Self::Savings, "貯蓄"),
        ('9', Self::Other, "その他"),
    ];

    pub(super) fn read(code: char, allowed: &[Self]) -> Result<Self, Fault> {
        let found = Self::ALL.iter().find(|(known, ..)| *known == code);
        let found = found.map(|(_, deposit, _)| *deposit);
        found.filter(|deposit| allowed.contains(deposit)).ok_or(Fault::Field(Field::Deposit))
    }

    pub(super) fn write(self, allowed: &[Self], out: &mut Writer) -> Result<(), Fault> {
        let found = Self::ALL.iter().find(|(_, known, _)| *known == self);
        let (code, ..) =
            found.filter(|_| allowed.contains(&self)).ok_or(Fault::Field(Field::Deposit))?;
        out.plain(&code.to_string());
        Ok(())
    }

    /// What banks call it.
    #[must_use]
    pub fn japanese(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, known, _)| *known == self);
        found.map_or("その他", |(.., name)| *name)
    }
}

impl Place {
    /// Bank, its name, branch, its name: 37 bytes from `at`.
    pub(super) fn read(record: Record<'_>, at: usize) -> Result<Self, Fault> {
        let after = |count: usize| at.saturating_add(count);
        let bank = record.digits(at, 4, Field::Bank)?;
        Ok(Self {
            bank: BankCode::parse(bank).map_err(|_| Fault::Field(Field::Bank))?,
            bank_name: record.words(after(4), 15, Letters::Place, Field::BankName)?,
            branch: record.digits(after(19), 3, Field::Branch)?.to_owned(),
            branch_name: record.words(after(22), 15, Letters::Place, Field::BranchName)?,
        })
    }

    pub(super) fn write(&self, out: &mut Writer) -> Result<(), Fault> {
        out.plain(&self.bank.to_string());
        out.words(&self.bank_name, 15, Letters::Place, Field::BankName)?;
        out.digits(&self.branch, 3, Field::Branch)?;
        out.words(&self.branch_name, 15, Letters::Place, Field::BranchName)
    }
}

/// A data record of a file with headers and trailers of 120 bytes.
pub trait Entry: Sized {
    /// 種別コード
    const KIND: &'static str;
    /// Deposits that the header's own account may be.
    const OWN: &'static [Deposit];
    /// How much it moves.
    fn amount(&self) -> Yen;
    /// Whether it was done; none where nothing is answered.
    fn is_done(&self) -> Option<bool>;
    #[doc(hidden)]
    fn read_record(record: super::file::Data<'_>) -> Result<Self, Fault>;
    #[doc(hidden)]
    fn write_record(&self, out: &mut super::file::DataWriter) -> Result<(), Fault>;
}

const TO: &[Deposit] = &[Deposit::Ordinary, Deposit::Current, Deposit::Savings, Deposit::Other];
const FROM: &[Deposit] =
    &[Deposit::Ordinary, Deposit::Current, Deposit::TaxReserve, Deposit::Other];
const OWN: &[Deposit] = &[Deposit::Ordinary, Deposit::Current, Deposit::Other];

fn payable(amount: u64) -> Result<Yen, Fault> {
    // A bank sends back what moves nothing.
    let amount = Yen::new(amount).ok().filter(|amount| !amount.is_zero());
    amount.ok_or(Fault::Field(Field::Amount))
}

fn new_code(letter: char) -> Result<u8, Fault> {
    match letter {
        // Some systems leave it blank for "other".
        '0' | ' ' => Ok(0),
        '1' => Ok(1),
        '2' => Ok(2),
        _ => Err(Fault::Field(Field::New)),
    }
}

/// What both kinds have at the same place, up to the amount.
struct Common {
    place: Place,
    deposit: Deposit,
    number: String,
    name: String,
    amount: Yen,
    new_code: u8,
}

impl Common {
    fn read(record: Record<'_>, allowed: &[Deposit]) -> Result<Self, Fault> {
        record.empty(38, 4)?;
        let name = record.words(50, 30, Letters::Name, Field::Name)?;
        if name.is_empty() {
            return Err(Fault::Field(Field::Name));
        }
        Ok(Self {
            place: Place::read(record, 1)?,
            deposit: Deposit::read(record.letter(42), allowed)?,
            number: record.digits(43, 7, Field::Number)?.to_owned(),
            name,
            amount: payable(record.number(80, 10, Field::Amount)?)?,
            new_code: new_code(record.letter(90))?,
        })
    }

    fn write(
        out: &mut Writer,
        (place, deposit, allowed): (&Place, Deposit, &[Deposit]),
        (number, name): (&str, &str),
        (amount, new): (Yen, u8),
    ) -> Result<(), Fault> {
        if name.trim().is_empty() {
            return Err(Fault::Field(Field::Name));
        }
        if new > 2 {
            return Err(Fault::Field(Field::New));
        }
        out.plain("2");
        place.write(out)?;
        out.spaces(4);
        deposit.write(allowed, out)?;
        out.digits(number, 7, Field::Number)?;
        out.words(name, 30, Letters::Name, Field::Name)?;
        out.number(payable(amount.amount())?.amount(), 10, Field::Amount)?;
        out.plain(&new.to_string());
        Ok(())
    }
}

impl Entry for Transfer {
    const KIND: &'static str = "21";
    const OWN: &'static [Deposit] = OWN;

    fn amount(&self) -> Yen {
        self.amount
    }

    fn is_done(&self) -> Option<bool> {
        None
    }

    fn read_record(data: super::file::Data<'_>) -> Result<Self, Fault> {
        let record = data.0;
        let common = Common::read(record, TO)?;
        let edi = match record.letter(112) {
            'Y' => Edi::Text(record.words(91, 20, Letters::Free, Field::Reference)?),
            ' ' => {
                let code = |from| record.words(from, 10, Letters::Free, Field::Reference);
                Edi::Codes(code(91)?, code(101)?)
            }
            _ => return Err(Fault::Field(Field::Manner)),
        };
        let is_by_letter = match record.letter(111) {
            '7' | ' ' => false,
            '8' => true,
            _ => return Err(Fault::Field(Field::Manner)),
        };
        record.empty(113, 7)?;
        let Common { place: to, deposit, number, name, amount, new_code } = common;
        Ok(Self { to, deposit, number, name, amount, new_code, edi, is_by_letter })
    }

    fn write_record(&self, data: &mut super::file::DataWriter) -> Result<(), Fault> {
        let out = &mut data.0;
        Common::write(
            out,
            (&self.to, self.deposit, TO),
            (&self.number, &self.name),
            (self.amount, self.new_code),
        )?;
        let identifier = match &self.edi {
            Edi::Text(text) => {
                out.words(text, 20, Letters::Free, Field::Reference)?;
                "Y"
            }
            Edi::Codes(first, second) => {
                out.words(first, 10, Letters::Free, Field::Reference)?;
                out.words(second, 10, Letters::Free, Field::Reference)?;
                " "
            }
        };
        out.plain(if self.is_by_letter { "8" } else { "7" });
        out.plain(identifier);
        out.spaces(7);
        Ok(())
    }
}

impl Entry for Debit {
    const KIND: &'static str = "91";
    const OWN: &'static [Deposit] = OWN;

    fn amount(&self) -> Yen {
        self.amount
    }

    fn is_done(&self) -> Option<bool> {
        Some(self.outcome == Outcome::Done)
    }

    fn read_record(data: super::file::Data<'_>) -> Result<Self, Fault> {
        let record = data.0;
        let common = Common::read(record, FROM)?;
        let customer_no = record.words(91, 20, Letters::Free, Field::Reference)?;
        let outcome = Outcome::read(record.letter(111))?;
        record.empty(112, 8)?;
        let Common { place: from, deposit, number, name, amount, new_code } = common;
        Ok(Self { from, deposit, number, name, amount, new_code, customer_no, outcome })
    }

    fn write_record(&self, data: &mut super::file::DataWriter) -> Result<(), Fault> {
        let out = &mut data.0;
        Common::write(
            out,
            (&self.from, self.deposit, FROM),
            (&self.number, &self.name),
            (self.amount, self.new_code),
        )?;
        out.words(&self.customer_no, 20, Letters::Free, Field::Reference)?;
        out.plain(&self.outcome.entry().0.to_string());
        out.spaces(8);
        Ok(())
    }
}
