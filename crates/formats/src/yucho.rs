//! ゆうちょ passbook numbers (記号・番号) as the branch and account number that other banks use.

use kanuki_domain::bank_account::{AccountNumber, BankCode};
use unicode_normalization::UnicodeNormalization as _;

use crate::{
    directory::{Directory, figure},
    fold::is_hyphen,
};

/// What sort of account the passbook is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deposit {
    /// 普通 (総合口座, 記号 beginning with 1).
    Ordinary,
    /// 当座 (振替口座, 記号 beginning with 0).
    Current,
}

/// What a passbook says, in the terms of other banks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passbook {
    /// Branch and number.
    pub account: AccountNumber,
    /// Sort of account.
    pub deposit: Deposit,
    /// False when the pinned list has no such branch: most likely a 記号 typed wrong, so ask again,
    /// but do not refuse.
    pub is_branch_listed: bool,
}

/// Not a ゆうちょ 記号 and 番号.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YuchoError {
    /// 記号 must be five digits beginning with 0 or 1.
    #[error("the symbol is not five digits beginning with 0 or 1")]
    Symbol,
    /// 番号 has too many digits, none, or does not end in 1 as 総合口座 do.
    #[error("the number does not belong to this kind of account")]
    Number,
    /// Zeros are nobody's number.
    #[error("the number is nothing but zeros")]
    Zeros,
    /// 店番 must be three figures that end in 8: others belong to 振替口座, whose 記号 it does not tell.
    #[error("the branch is not three figures ending in 8, as those of passbooks are")]
    Branch,
}

/// Converts 記号 and 番号.
///
/// 記号 1□□□0: branch = 2nd and 3rd digit and 8, number without its last digit, ordinary.
/// 記号 0□□□□: branch = 2nd and 3rd digit and 9, number as it is, current. The single digit that
/// some passbooks print between the two is not part of either.
pub fn read(symbol: &str, number: &str) -> Result<Passbook, YuchoError> {
    let symbol = leading_digits(symbol).ok_or(YuchoError::Symbol)?;
    let number = leading_digits(number).ok_or(YuchoError::Number)?;
    let middle = symbol.get(1..3).filter(|_| symbol.len() == 5).ok_or(YuchoError::Symbol)?;
    let (last, deposit, number) = if symbol.starts_with('1') && symbol.ends_with('0') {
        let number = number.strip_suffix('1').ok_or(YuchoError::Number)?;
        ('8', Deposit::Ordinary, number)
    } else if symbol.starts_with('0') {
        ('9', Deposit::Current, number.as_str())
    } else {
        return Err(YuchoError::Symbol);
    };
    if number.is_empty() || number.len() > 7 {
        return Err(YuchoError::Number);
    }
    if number.bytes().all(|digit| digit == b'0') {
        return Err(YuchoError::Zeros);
    }
    let branch = format!("{middle}{last}");
    let is_branch_listed = BankCode::parse("9900")
        .is_ok_and(|yucho| Directory::get().find_branch(yucho, &branch).is_some());
    let account = AccountNumber::parse(&branch, number).map_err(|_| YuchoError::Number)?;
    Ok(Passbook { account, deposit, is_branch_listed })
}

/// What a passbook of an ordinary account has, as far as the account number of other banks tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// `1□□□0`; its fourth digit is the passbook's own and stands as `□`.
    pub symbol: String,
    /// The number with the 1 that stands at its end.
    pub number: String,
}

/// The three figures of a 店番, however they are written (018, ０１８, 〇一八, 〇一八店); none where it
/// is something else.
#[must_use]
pub fn branch_of(text: &str) -> Option<String> {
    let plain: String = text.trim().nfkc().collect();
    let plain = plain.strip_suffix("支店").or_else(|| plain.strip_suffix('店')).unwrap_or(&plain);
    let figures: Option<String> = plain.chars().map(figure).collect();
    figures.filter(|figures| figures.len() == 3)
}

/// The other way round, for 店番 that end in 8: what to look for in a drawer of passbooks.
pub fn write(branch: &str, number: &str) -> Result<Printed, YuchoError> {
    let branch = branch_of(branch).ok_or(YuchoError::Branch)?;
    let number = leading_digits(number).ok_or(YuchoError::Number)?;
    let account = AccountNumber::parse(&branch, &number).map_err(|_| YuchoError::Number)?;
    let middle = account.branch().strip_suffix('8').ok_or(YuchoError::Branch)?;
    let digits = account.number().trim_start_matches('0');
    if digits.is_empty() {
        return Err(YuchoError::Zeros);
    }
    Ok(Printed { symbol: format!("1{middle}□0"), number: format!("{digits}1") })
}

/// The digits before a hyphen; none when anything else is there.
fn leading_digits(text: &str) -> Option<String> {
    let plain: String = text.trim().nfkc().collect();
    let (head, tail) = plain.split_once(is_hyphen).unwrap_or((&plain, ""));
    let figures = |part: &str| part.chars().map(figure).collect::<Option<String>>();
    let (head, tail) = (figures(head)?, figures(tail)?);
    (!head.is_empty() && tail.len() <= 1).then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passbooks_become_account_numbers() {
        let table = [
            ("11940", "12345671", "198", "1234567", Deposit::Ordinary, false),
            ("１１９４０", "１２３４５６７１", "198", "1234567", Deposit::Ordinary, false),
            ("10140-1", "31", "018", "0000003", Deposit::Ordinary, true),
            ("00170-5", "123456", "019", "0123456", Deposit::Current, true),
        ];
        for (symbol, number, branch, digits, deposit, listed) in table {
            let passbook = read(symbol, number).unwrap();

            assert_eq!((passbook.account.branch(), passbook.account.number()), (branch, digits));
            assert_eq!((passbook.deposit, passbook.is_branch_listed), (deposit, listed));
        }
    }

    #[test]
    fn an_account_number_leads_back_to_its_passbook() {
        let printed = write("198", "1234567").unwrap();
        assert_eq!((printed.symbol.as_str(), printed.number.as_str()), ("119□0", "12345671"));
        assert_eq!(write("018", "3").unwrap().number, "31");
        assert_eq!(
            write("019", "0123456"),
            Err(YuchoError::Branch),
            "a 振替口座 has no such number"
        );
        assert_eq!(write("198", "0000000"), Err(YuchoError::Zeros));
        assert_eq!(write("1980", "1"), Err(YuchoError::Branch));
        for branch in ["０１８", "〇一八", "零一八", "〇一八店"] {
            assert_eq!(write(branch, "１２３４５６７").unwrap(), write("018", "1234567").unwrap());
        }
    }

    #[test]
    fn what_is_no_passbook_is_refused() {
        let table = [
            ("21940", "12345671", YuchoError::Symbol),
            ("11941", "12345671", YuchoError::Symbol),
            ("1194", "12345671", YuchoError::Symbol),
            ("記号", "12345671", YuchoError::Symbol),
            ("11940", "12345672", YuchoError::Number),
            ("11940", "123456781", YuchoError::Number),
            ("11940", "1", YuchoError::Number),
            ("11940", "", YuchoError::Number),
            ("10140", "01", YuchoError::Zeros),
            ("00170", "000000", YuchoError::Zeros),
        ];
        for (symbol, number, error) in table {
            assert_eq!(read(symbol, number).map(|_| ()), Err(error), "{symbol} {number}");
        }
    }
}
