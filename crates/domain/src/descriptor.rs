//! How a partner's debits look in a passbook (摘要): what a holder has to go by who uses no wallet.
//!
//! Printers and file formats of banks know half-width letters, and few of them. A partner agrees on
//! its own with the bank once; no request names one, so that nobody dresses up as somebody else.

use serde::{Deserialize, Serialize};

/// The most letters of a descriptor.
pub const LETTERS_MAX: usize = 10;
/// What stands before it when a debit is given back: five letters more.
const REFUND_MARK: &str = "ﾍﾝｷﾝ ";

/// Why a text is no descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorError {
    /// None, or too many letters.
    #[error("a descriptor has 1 to {LETTERS_MAX} letters, and no space at its ends")]
    Length,
    /// A letter that no passbook prints.
    #[error("a descriptor is half-width: katakana, capital letters, digits, space and ()-./")]
    Letter,
}

/// A partner's name in passbooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Descriptor(String);

/// Half-width katakana with its marks, and what old printers have of Latin. A voiced letter is two.
const fn is_printed(letter: char) -> bool {
    matches!(letter, 'A'..='Z' | '0'..='9' | ' ' | '(' | ')' | '-' | '.' | '/' | 'ｦ'..='ﾟ')
}

impl Descriptor {
    /// 1 to 10 half-width letters.
    pub fn parse(text: &str) -> Result<Self, DescriptorError> {
        if text.is_empty() || text.trim() != text || text.chars().count() > LETTERS_MAX {
            return Err(DescriptorError::Length);
        }
        if !text.chars().all(is_printed) {
            return Err(DescriptorError::Letter);
        }
        Ok(Self(text.to_owned()))
    }

    /// As a debit or payout is printed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a debit that comes back is printed: never more than 15 letters.
    #[must_use]
    pub fn of_refund(&self) -> String {
        format!("{REFUND_MARK}{}", self.0)
    }
}

impl TryFrom<String> for Descriptor {
    type Error = DescriptorError;

    fn try_from(text: String) -> Result<Self, DescriptorError> {
        Self::parse(&text)
    }
}

impl From<Descriptor> for String {
    fn from(descriptor: Descriptor) -> Self {
        descriptor.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_passbook_prints_is_short_and_half_width() {
        for good in ["ｶﾝﾇｷ", "KANUKI PAY", "ﾄﾞｺﾓ-1(2)/", "A.B"] {
            let descriptor = Descriptor::parse(good);
            assert_eq!(descriptor.as_ref().map(Descriptor::as_str), Ok(good));
            assert!(descriptor.unwrap().of_refund().chars().count() <= 15);
        }
        for (bad, why) in [
            ("", DescriptorError::Length),
            (" ｶﾝﾇｷ", DescriptorError::Length),
            ("ｶﾝﾇｷｳｫﾚｯﾄﾞｺ", DescriptorError::Length),
            ("カンヌキ", DescriptorError::Letter),
            ("kanuki", DescriptorError::Letter),
            ("ｶﾝﾇｷ\n1", DescriptorError::Letter),
            ("ｶﾝﾇｷ、", DescriptorError::Letter),
        ] {
            assert_eq!(Descriptor::parse(bad), Err(why), "{bad:?}");
        }
    }
}
