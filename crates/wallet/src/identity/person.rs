//! Which person this is, without keeping who.

use kanuki_jpki::{Sex, VerifiedPerson};
use kanuki_record::vault::Vault;
use unicode_normalization::UnicodeNormalization as _;

/// A keyed hash that is the same for the same person, also after their certificate was renewed.
///
/// Made of name, birth date and sex. The address is left out because people move, and the
/// certificate's own number because it changes with every renewal. Two different people who share
/// all three are told apart by staff: the second is refused and asked to call, which is safer than
/// a second wallet for everybody who moves.
pub(super) fn person_hash(vault: &Vault, person: &VerifiedPerson) -> String {
    let name: String = person
        .name
        .expose()
        .nfkc()
        .filter(|c| !c.is_whitespace() && !is_variation_selector(*c))
        .flat_map(char::to_lowercase)
        .collect();
    let sex = match person.sex.expose() {
        Sex::Male => "male",
        Sex::Female => "female",
        Sex::NotStated => "not_stated",
    };
    let text = format!("{name}|{}|{sex}", person.born_on.expose());
    vault.blind("person", text.as_bytes())
}

/// A renewed certificate may write the same character with or without one.
const fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use kanuki_domain::Masked;

    use super::*;

    fn person(name: &str, address: &str) -> VerifiedPerson {
        VerifiedPerson {
            name: Masked::new(name.into()),
            name_substitutes: Vec::new(),
            address: Masked::new(address.into()),
            address_substitutes: Vec::new(),
            born_on: Masked::new(jiff::civil::date(1980, 4, 1)),
            sex: Masked::new(Sex::Female),
            certificate_fingerprint: [0; 32],
        }
    }

    #[test]
    fn moving_house_or_renewing_the_card_leaves_one_the_same_person() {
        let vault = Vault::new([1; 32]);
        let hash = |name, address| person_hash(&vault, &person(name, address));
        assert_eq!(hash("山田　花子", "A"), hash("山田花子", "B"));
        assert_eq!(hash("MARIA SANTOS", "A"), hash("Ｍａｒｉａ Santos", "A"));
        assert_ne!(hash("山田花子", "A"), hash("山田花江", "A"));
    }
}
