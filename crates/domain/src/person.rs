//! Facts about a person, and how two companies compare them without telling values.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Masked;

/// What a wallet knows about its verified customer, as it crosses to the bank with consent.
///
/// Kanji name, address, birth date come from a JPKI certificate; kana is declared by the
/// customer, because the certificate has none, and is marked so wherever it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Name as on the certificate: kanji, kana or Latin.
    pub name: Masked<String>,
    /// Name in kana as the customer declared it; not verified.
    pub declared_kana: Masked<String>,
    /// Birth date.
    pub born_on: Masked<Date>,
    /// Registered address.
    pub address: Masked<String>,
    /// Telephone number that the customer declared, digits only.
    pub phone: Masked<String>,
}

/// One field compared at the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Kanji (or Latin) name.
    Name,
    /// Kana name.
    Kana,
    /// Birth date.
    BornOn,
    /// Address.
    Address,
    /// Telephone.
    Phone,
}

/// How one field compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// The same after folding.
    Same,
    /// Both known, and different.
    Different,
    /// One side does not hold it.
    Missing,
}

/// The verdict over all fields; which field failed never leaves the bank.
///
/// Birth date must match. A verified name (kanji or Latin) must match, or the declared kana with a
/// matching verified address stands in for a name the bank holds only in kana. A *different*
/// value in name, birth date or address refuses. A different telephone alone does not: people change numbers.
#[must_use]
pub fn is_same_person(fields: &[(Field, Compared)]) -> bool {
    let of = |field| {
        fields
            .iter()
            .find(|(f, _)| *f == field)
            .map_or(Compared::Missing, |(_, compared)| *compared)
    };
    if of(Field::BornOn) != Compared::Same || of(Field::Address) == Compared::Different {
        return false;
    }
    match of(Field::Name) {
        Compared::Same => true,
        Compared::Different => false,
        Compared::Missing => {
            of(Field::Kana) == Compared::Same && of(Field::Address) == Compared::Same
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Compared::{Different, Missing, Same};

    /// name, kana, birth date, address, phone → same person?
    #[test]
    fn no_field_is_skipped_unless_a_stronger_one_matched() {
        let table = [
            ([Same, Same, Same, Same, Same], true),
            ([Same, Different, Same, Same, Same], true), // kana is only declared
            ([Same, Missing, Same, Missing, Missing], true),
            ([Missing, Same, Same, Same, Missing], true),
            ([Missing, Same, Same, Missing, Same], false), // the name twin
            ([Missing, Same, Same, Different, Same], false),
            ([Same, Same, Same, Different, Same], false),
            ([Same, Same, Different, Same, Same], false),
            ([Same, Same, Missing, Same, Same], false),
            ([Different, Same, Same, Same, Same], false),
            ([Same, Same, Same, Same, Different], true), // numbers change
        ];
        for (compared, expected) in table {
            let names = [Field::Name, Field::Kana, Field::BornOn, Field::Address, Field::Phone];
            let fields: Vec<_> = names.into_iter().zip(compared).collect();
            assert_eq!(is_same_person(&fields), expected, "{compared:?}");
        }
    }
}
