//! The words of a report, checked once where they come in.

use serde::{Deserialize, Serialize};

/// Which of the bank's own channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The telephone exchange.
    Telephone,
    /// The network of machines.
    Atm,
    /// The branches' terminals.
    Branch,
    /// The letter house.
    Letters,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 4] = [Self::Telephone, Self::Atm, Self::Branch, Self::Letters];

    /// Its name in settings, paths and the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Telephone => "telephone",
            Self::Atm => "atm",
            Self::Branch => "branch",
            Self::Letters => "letters",
        }
    }
}

/// Not what the field may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a value of this field")]
pub struct NotPlain;

/// A report's id, of its channel's making: 1 to 64 letters, digits and `-_.:`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ReportId(String);

/// What a person typed into a telephone or a machine: 1 to 16 digits; `-` and spaces are left out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Reference(String);

/// The name of a member of staff: 1 to 60 characters in one line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Name(String);

const ID_MAX: usize = 64;
const DIGITS_MAX: usize = 16;
const NAME_MAX: usize = 60;

impl TryFrom<String> for ReportId {
    type Error = NotPlain;

    fn try_from(text: String) -> Result<Self, NotPlain> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.:".contains(&b);
        let fits = (1..=ID_MAX).contains(&text.len()) && text.bytes().all(is_plain);
        if fits { Ok(Self(text)) } else { Err(NotPlain) }
    }
}

impl TryFrom<String> for Reference {
    type Error = NotPlain;

    fn try_from(text: String) -> Result<Self, NotPlain> {
        let digits: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        let fits =
            (1..=DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if fits { Ok(Self(digits)) } else { Err(NotPlain) }
    }
}

impl TryFrom<String> for Name {
    type Error = NotPlain;

    fn try_from(text: String) -> Result<Self, NotPlain> {
        let name = text.trim();
        let fits =
            (1..=NAME_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if fits { Ok(Self(name.to_owned())) } else { Err(NotPlain) }
    }
}

impl ReportId {
    /// As it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Reference {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Name {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_holds_plain_words_only() {
        let id = |text: &str| ReportId::try_from(text.to_owned());
        let reference = |text: &str| Reference::try_from(text.to_owned());
        let name = |text: &str| Name::try_from(text.to_owned());

        assert_eq!(id("call-2026.11:1_a").unwrap().as_str(), "call-2026.11:1_a");
        assert!(["", "a b", "a|b", "é"].iter().all(|text| id(text).is_err()));
        assert!(id(&"a".repeat(65)).is_err());
        assert_eq!(reference("1234 5678").unwrap().as_str(), "12345678");
        assert!(["", "12a", "１２", "12345678901234567"].iter().all(|t| reference(t).is_err()));
        assert_eq!(name(" 青木 ").unwrap().as_str(), "青木");
        assert!(["", " ", "a\nb"].iter().all(|text| name(text).is_err()));
    }
}
