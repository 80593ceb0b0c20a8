//! Where a deposit is: institution, branch, kind and number.

use serde::{Deserialize, Serialize};

use crate::typed;

/// Not a Japanese bank account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an account is a 4-digit bank, a 3-digit branch and a 7-digit number")]
pub struct AccountNumberError;

/// A 4-digit institution code (金融機関コード).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BankCode([u8; 4]);

fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes: [u8; N] = text.as_bytes().try_into().ok()?;
    bytes.iter().all(u8::is_ascii_digit).then_some(bytes)
}

impl BankCode {
    /// Four ASCII digits, or an error.
    pub fn parse(text: &str) -> Result<Self, AccountNumberError> {
        digits(text).map(Self).ok_or(AccountNumberError)
    }
}

impl std::fmt::Display for BankCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{}", char::from(*b)))
    }
}

impl TryFrom<String> for BankCode {
    type Error = AccountNumberError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<BankCode> for String {
    fn from(code: BankCode) -> Self {
        code.to_string()
    }
}

/// Branch and number within one bank. `Debug` hides it: it belongs in no log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountNumber {
    /// Three digits.
    branch: String,
    /// Seven digits.
    number: String,
}

impl std::fmt::Debug for AccountNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountNumber(***)")
    }
}

impl AccountNumber {
    /// Three and seven ASCII digits; a shorter number is filled with zeros on the left.
    pub fn parse(branch: &str, number: &str) -> Result<Self, AccountNumberError> {
        let padded = format!("{:0>7}", number.trim());
        match (digits::<3>(branch.trim()), digits::<7>(&padded)) {
            (Some(_), Some(_)) => Ok(Self { branch: branch.trim().to_owned(), number: padded }),
            _ => Err(AccountNumberError),
        }
    }

    /// What a person typed: also with full-width digits, as a Japanese keyboard writes them, and with
    /// the spaces and hyphens of a passbook.
    pub fn parse_typed(branch: &str, number: &str) -> Result<Self, AccountNumberError> {
        let number = typed::digits(number);
        if number.is_empty() {
            return Err(AccountNumberError);
        }
        Self::parse(&typed::digits(branch), &number)
    }

    /// The branch code.
    #[must_use]
    pub fn branch(&self) -> &str {
        &self.branch
    }

    /// The seven digits.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// How it is shown to whoever may know that it exists: `***4567`.
    #[must_use]
    pub fn mask(&self) -> String {
        format!("***{}", self.number.get(3..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_as_people_type_it() {
        let plain = AccountNumber::parse("007", "9200018").unwrap();
        for (branch, number) in [
            ("００７", "９２０００１８"),
            (" 007 ", "920 0018"),
            ("007", "92-00018"),
            ("００7", "９２−０００１８"),
        ] {
            assert_eq!(AccountNumber::parse_typed(branch, number).unwrap(), plain, "{number}");
        }
        assert_eq!(AccountNumber::parse_typed("007", "１２").unwrap().number(), "0000012");
    }

    #[test]
    fn what_is_no_account_stays_none_however_it_is_typed() {
        for (branch, number) in [
            ("007", ""),
            ("7", "9200018"),
            ("007", "92000189"),
            ("abc", "1"),
            ("007", "九二"),
            ("007", "٣٢"),
        ] {
            assert!(AccountNumber::parse_typed(branch, number).is_err(), "{branch} {number}");
        }
        assert!(AccountNumber::parse("００７", "9200018").is_err(), "machines write plain digits");
    }
}
