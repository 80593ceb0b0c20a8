//! Telephone numbers, mail and postal addresses in the one form in which two companies that never
//! see each other's text come to the same hash.
//!
//! Comparing two spellings may leave a part away ([`crate::address`] does); a hash cannot. So what is
//! not complete enough to mean one thing is none here: a number without its area, an address
//! without its prefecture (府中市 is two cities) or without a house number.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

use crate::{address, name::plain_name, phone::fold_phone};

/// Longest e-mail address, in bytes (RFC 5321 section 4.5.3.1.3).
const MAIL_MAX: usize = 254;

/// A telephone number as E.164 has it: `+819012345678`.
#[must_use]
pub fn phone(text: &str) -> Option<String> {
    let folded = fold_phone(text)?;
    Some(match folded.strip_prefix('0') {
        Some(rest) => format!("+81{rest}"),
        None => folded,
    })
}

/// A mail address: NFKC, lower case, without space around it. What stands before the `@` is kept as
/// it is: whether dots or `+` mean anything is for each host to say.
#[must_use]
pub fn mail(text: &str) -> Option<String> {
    let mail: String = text.trim().nfkc().flat_map(char::to_lowercase).collect();
    let (name, host) = mail.rsplit_once('@')?;
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;\"@".contains(c);
    let is_one = !name.is_empty()
        && name.chars().chain(host.chars()).all(plain)
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && mail.len() <= MAIL_MAX;
    is_one.then_some(mail)
}

/// A postal address: prefecture, city and town folded as they are compared, then every number. The
/// building's name is left away, its room is not.
#[must_use]
pub fn address(text: &str) -> Option<String> {
    address::fold_address(text)
}

/// A person by name and birth date. Width, spaces, old forms of kanji, case and the order of Latin words
/// are left out of the name: they say nothing about who it is.
#[must_use]
pub fn person(name: &str, born_on: Date) -> Option<String> {
    plain_name(name).map(|name| format!("{name}|{born_on}"))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_identifier_come_to_one_text() {
        for text in ["090-1234-5678", "０９０ １２３４ ５６７８", "+81 (0)90-1234-5678"]
        {
            assert_eq!(phone(text).as_deref(), Some("+819012345678"), "{text}");
        }
        assert_eq!(phone("+44 20 0000 1234").as_deref(), Some("+442000001234"));
        for text in ["Taro@Example.JP", " ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ "] {
            assert_eq!(mail(text).as_deref(), Some("taro@example.jp"), "{text}");
        }
        for text in [
            "東京都港区芝一丁目2番3号 メゾン閂405号室",
            "〒105-0014 東京都港区芝１－２－３－４０５",
            "東京都港区芝1-2-3 405",
        ] {
            assert_eq!(address(text).as_deref(), Some("東京都|港区芝|1-2-3-405"), "{text}");
        }
    }

    #[test]
    fn a_person_is_one_however_the_name_is_written() {
        let born = date(1980, 4, 1);
        let known = person("髙橋　花子", born);
        assert!(known.is_some());
        assert_eq!(known, person("高橋花子", born));
        assert_eq!(person("ＳＭＩＴＨ John", born), person("john smith", born));
        assert_ne!(known, person("高橋花子", date(1980, 4, 2)));
        assert_ne!(known, person("高橋花江", born));
        assert_eq!(person("　", born), None);
    }

    #[test]
    fn what_could_mean_two_things_is_none() {
        for text in ["", "1234-5678", "090-1234-5678 内線5"] {
            assert_eq!(phone(text), None, "{text}");
        }
        for text in ["", "taro", "a@localhost", "a b@example.jp", "a@b@example.jp", "a@.jp"] {
            assert_eq!(mail(text), None, "{text}");
        }
        for text in ["", "府中市本町1-1", "東京都府中市本町", "東京都", "1-2-3"] {
            assert_eq!(address(text), None, "{text}");
        }
        assert_ne!(address("東京都府中市本町1-1"), address("広島県府中市本町1-1"));
    }

    proptest! {
        #[test]
        fn what_is_folded_stays_as_it_is(text in "\\PC{0,60}") {
            for fold in [phone, mail] {
                if let Some(folded) = fold(&text) {
                    prop_assert_eq!(fold(&folded), Some(folded.clone()));
                }
            }
            let _ = address(&text);
        }
    }
}
