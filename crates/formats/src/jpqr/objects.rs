//! Data objects: tag, length in characters, value.

use std::{collections::BTreeMap, str::Chars};

use super::JpqrError;

/// Values by tag, in one level of a code.
pub(super) type Objects = BTreeMap<u8, String>;

/// Splits a level; each tag may stand once.
pub(super) fn read(text: &str) -> Result<Objects, JpqrError> {
    let mut objects = Objects::new();
    let mut chars = text.chars();
    while !chars.as_str().is_empty() {
        let tag = two_digits(&mut chars)?;
        let length = two_digits(&mut chars)?;
        let value: String = chars.by_ref().take(usize::from(length)).collect();
        if length == 0 || value.chars().count() != usize::from(length) {
            return Err(JpqrError::Malformed);
        }
        if objects.insert(tag, value).is_some() {
            return Err(JpqrError::Repeated(tag));
        }
    }
    Ok(objects)
}

fn two_digits(chars: &mut Chars<'_>) -> Result<u8, JpqrError> {
    let mut digit = || {
        let digit = chars.next().and_then(|c| c.to_digit(10)).ok_or(JpqrError::Malformed)?;
        u8::try_from(digit).map_err(|_| JpqrError::Malformed)
    };
    let (tens, ones) = (digit()?, digit()?);
    // At most 99.
    Ok(tens.saturating_mul(10).saturating_add(ones))
}

/// Writes one object; a value of more than 99 characters has no length.
pub(super) fn write(out: &mut String, tag: u8, value: &str) -> Result<(), JpqrError> {
    let length = value.chars().count();
    if !(1..=99).contains(&length) {
        return Err(JpqrError::TooLong);
    }
    out.extend([format!("{tag:02}{length:02}").as_str(), value]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_characters() {
        let objects = read("0111JPQRMPM本舗食堂0002JA").unwrap();

        assert_eq!(objects.get(&1).map(String::as_str), Some("JPQRMPM本舗食堂"));
        assert_eq!(objects.get(&0).map(String::as_str), Some("JA"));
    }

    #[test]
    fn what_does_not_add_up_is_refused() {
        for text in ["0", "00", "000", "0002A", "0003本舗", "0x01A", "0000", "００02AB"] {
            assert_eq!(read(text), Err(JpqrError::Malformed), "{text}");
        }
        assert_eq!(read("0001A0001B"), Err(JpqrError::Repeated(0)));
    }
}
