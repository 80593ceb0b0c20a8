//! The four basic facts (基本4情報) in the certificate's alternative name.

use jiff::civil::Date;
use kanuki_domain::Masked;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::{GeneralName, GeneralNames};

use crate::{JpkiError, Profile};

/// Sex as registered (JIS X 0303).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男.
    Male,
    /// 女.
    Female,
    /// Not known or not applicable.
    NotStated,
}

/// A person whose facts an authority vouches for, and who signed this request.
///
/// The certificate has no kana, so a name in kana remains the customer's own declaration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedPerson {
    /// Name: kanji, kana or Latin, as registered.
    pub name: Masked<String>,
    /// Characters of the name, counted from 0, that stand in for one the certificate cannot hold.
    ///
    /// At these places the name may differ from the one that a bank has on file.
    pub name_substitutes: Vec<usize>,
    /// Address, as registered.
    pub address: Masked<String>,
    /// Substitute characters of the address, counted from 0.
    pub address_substitutes: Vec<usize>,
    /// Birth date.
    pub born_on: Masked<Date>,
    /// Sex.
    pub sex: Masked<Sex>,
    /// SHA-256 of the certificate, to find the evidence. It changes with every renewal, so it must
    /// not stand for the person.
    pub certificate_fingerprint: [u8; 32],
}

/// Reads the facts of a certificate that has already been believed.
pub(crate) fn read(
    certificate: &Certificate,
    der: &[u8],
    profile: &Profile,
) -> Result<VerifiedPerson, JpkiError> {
    let names = certificate
        .tbs_certificate()
        .get_extension::<SubjectAltName>()
        .map_err(|_| JpkiError::Malformed)?
        .map(|(_, names)| names.0)
        .ok_or(JpkiError::Fact("subjectAltName"))?;

    let name = required(&names, &profile.name, "name")?;
    let address = required(&names, &profile.address, "address")?;
    let born_on = required(&names, &profile.born_on, "birth date")?;
    let sex = required(&names, &profile.sex, "sex")?;
    let name_flags = fact(&names, &profile.name_substitutes, "name substitutes")?;
    let address_flags = fact(&names, &profile.address_substitutes, "address substitutes")?;
    Ok(VerifiedPerson {
        name_substitutes: substitutes(name_flags.as_deref(), &name)
            .ok_or(JpkiError::Fact("name substitutes"))?,
        address_substitutes: substitutes(address_flags.as_deref(), &address)
            .ok_or(JpkiError::Fact("address substitutes"))?,
        name: Masked::new(name),
        address: Masked::new(address),
        born_on: Masked::new(birth_date(&born_on).ok_or(JpkiError::Fact("birth date"))?),
        sex: Masked::new(match sex.as_str() {
            "1" => Sex::Male,
            "2" => Sex::Female,
            "0" | "3" | "9" => Sex::NotStated,
            _ => return Err(JpkiError::Fact("sex")),
        }),
        certificate_fingerprint: Sha256::digest(der).into(),
    })
}

fn required(names: &GeneralNames, oid: &str, what: &'static str) -> Result<String, JpkiError> {
    fact(names, oid, what)?.filter(|text| !text.trim().is_empty()).ok_or(JpkiError::Fact(what))
}

/// The one `otherName` numbered `oid`, a `UTF8String`; two of them would leave a choice.
fn fact(names: &GeneralNames, oid: &str, what: &'static str) -> Result<Option<String>, JpkiError> {
    let wanted = ObjectIdentifier::new(oid).map_err(|_| JpkiError::Fact(what))?;
    let mut values = names.iter().filter_map(|name| match name {
        GeneralName::OtherName(other) if other.type_id == wanted => Some(&other.value),
        _ => None,
    });
    let (first, second) = (values.next(), values.next());
    if second.is_some() {
        return Err(JpkiError::Fact(what));
    }
    first.map(|value| value.decode_as::<String>().map_err(|_| JpkiError::Fact(what))).transpose()
}

/// Positions of the `1` digits in a string with one digit for each character of `text`.
fn substitutes(flags: Option<&str>, text: &str) -> Option<Vec<usize>> {
    let Some(flags) = flags else { return Some(Vec::new()) };
    let is_of_form = flags.chars().all(|digit| matches!(digit, '0' | '1'))
        && flags.chars().count() == text.chars().count();
    is_of_form.then(|| {
        flags.chars().enumerate().filter(|(_, digit)| *digit == '1').map(|(at, _)| at).collect()
    })
}

/// Reads `EYYYYMMDD`. The era digit (0 unknown, 1 明治 to 5 令和) repeats what the Gregorian date
/// says, so it is not used; a partly unknown date is no date.
fn birth_date(text: &str) -> Option<Date> {
    if text.len() != 9 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if !matches!(text.get(..1)?, "0" | "1" | "2" | "3" | "4" | "5") {
        return None;
    }
    let year = text.get(1..5)?.parse().ok()?;
    let month = text.get(5..7)?.parse().ok()?;
    let day = text.get(7..9)?.parse().ok()?;
    Date::new(year, month, day).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_birth_date_is_an_era_digit_and_a_gregorian_date() {
        let table = [
            ("319800217", Some(date(1980, 2, 17))),
            ("520190501", Some(date(2019, 5, 1))),
            ("019800217", Some(date(1980, 2, 17))),
            ("319800000", None),
            ("319800230", None),
            ("919800217", None),
            ("19800217", None),
            ("3 1980217", None),
            ("３19800217", None),
        ];
        for (text, expected) in table {
            assert_eq!(birth_date(text), expected, "{text}");
        }
    }

    #[test]
    fn substitutes_need_one_digit_for_each_character() {
        assert_eq!(substitutes(None, "髙橋"), Some(vec![]));
        assert_eq!(substitutes(Some("00"), "髙橋"), Some(vec![]));
        assert_eq!(substitutes(Some("10"), "髙橋"), Some(vec![0]));
        assert_eq!(substitutes(Some("1"), "髙橋"), None);
        assert_eq!(substitutes(Some("12"), "髙橋"), None);
    }
}
