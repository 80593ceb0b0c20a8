//! Names in Latin letters: passports, residence cards, bank forms.

use std::collections::BTreeSet;

use kanuki_domain::person::RuleFired;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// The words of a name in lower case, without accents, as they stand and sorted.
///
/// Order does not count, because residence cards put the family name first and bank forms often last.
struct Words {
    inorder: Vec<String>,
    sorted: Vec<String>,
}

/// How an accented letter is written without its accent.
#[derive(Clone, Copy)]
enum Accents {
    /// Leave the mark away: Müller, Muller.
    Drop,
    /// As passports spell it (ICAO 9303-3 section 6): Müller, MUELLER.
    Passport,
}

/// Compares two names as words in any order, however accents are written; none when they differ.
pub(super) fn compare(a: &str, b: &str) -> Option<BTreeSet<RuleFired>> {
    let mut rules = BTreeSet::new();
    let forms = |text| [words(text, Accents::Drop), words(text, Accents::Passport)];
    let (xs, ys) = (forms(a), forms(b));
    let any = |fits: fn(&Words, &Words) -> bool| xs.iter().any(|x| ys.iter().any(|y| fits(x, y)));
    if any(|x, y| x.inorder == y.inorder) {
    } else if any(|x, y| x.inorder.concat() == y.inorder.concat()) {
        rules.insert(RuleFired::Spacing);
    } else if any(|x, y| x.sorted == y.sorted) {
        rules.insert(RuleFired::WordOrder);
    } else if any(|x, y| {
        super::is_shortened(&x.inorder, &y.inorder) || super::is_shortened(&y.inorder, &x.inorder)
    }) {
        rules.insert(RuleFired::MiddleName);
    } else {
        return None;
    }
    if has_small(a) != has_small(b) {
        rules.insert(RuleFired::LetterCase);
    }
    if is_accented(a) != is_accented(b) {
        rules.insert(RuleFired::Accents);
    }
    Some(rules)
}

fn has_small(text: &str) -> bool {
    text.nfkc().any(char::is_lowercase)
}

fn is_accented(text: &str) -> bool {
    text.nfkc().any(|c| c.is_alphabetic() && !c.is_ascii())
}

fn words(text: &str, accents: Accents) -> Words {
    let lower: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let mut plain = String::new();
    for c in lower.chars() {
        match spelled(c, accents) {
            Some(letters) => plain.push_str(letters),
            None => plain.extend(c.nfd().filter(|c| !is_combining_mark(*c))),
        }
    }
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let inorder: Vec<String> = words.map(str::to_owned).collect();
    let mut sorted = inorder.clone();
    sorted.sort_unstable();
    Words { inorder, sorted }
}

/// The words of a name as they stand, in lower case and without accents.
pub(crate) fn plain_words(text: &str) -> Vec<String> {
    words(text, Accents::Drop).inorder
}

/// Letters that are not a plain letter and a mark, or that passports spell out.
const fn spelled(c: char, accents: Accents) -> Option<&'static str> {
    let letters = match (c, accents) {
        // O'Brien and OBrien are one word.
        ('\'' | '’' | 'ʼ' | '`' | '´', _) => "",
        ('ß', _) => "ss",
        ('æ', _) | ('ä', Accents::Passport) => "ae",
        ('œ', _) | ('ö' | 'ø', Accents::Passport) => "oe",
        ('ü', Accents::Passport) => "ue",
        ('å', Accents::Passport) => "aa",
        ('ø', Accents::Drop) => "o",
        ('ł', _) => "l",
        ('đ' | 'ð', _) => "d",
        ('þ', _) => "th",
        ('ı', _) => "i",
        _ => return None,
    };
    Some(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_in_several_spellings() {
        let table = [
            ("SMITH JOHN", "John Smith"),
            ("SMITH, JOHN", "ＪＯＨＮ　ＳＭＩＴＨ"),
            ("MUELLER JUERGEN", "Jürgen Müller"),
            ("MULLER JURGEN", "Jürgen Müller"),
            ("GARCIA MUNOZ JOSE", "José García Muñoz"),
            ("OBRIEN SEAN", "Seán O'Brien"),
            ("DUPONT JEAN PAUL", "Jean-Paul Dupont"),
            ("NGUYEN VAN AN", "NGUYENVANAN"),
            ("SOERENSEN SOEREN", "Søren Sørensen"),
            ("YILMAZ ISIL", "Işıl Yılmaz"),
        ];
        for (a, b) in table {
            assert!(compare(a, b).is_some(), "{a} {b}");
            assert_eq!(compare(b, a), compare(a, b), "{b} {a}");
        }
    }

    #[test]
    fn two_people_are_not_one() {
        let table = [
            ("SMITH JOHN", "SMITH JOHNNY"),
            ("SMITH JOHN", "SMITH"),
            ("SMITH JOHN ALEXANDER", "JOHN ALEXANDER"),
            ("SMITH SMITH", "SMITH JOHN SMITHSON"),
            ("NGUYEN VAN AN", "NGUYEN THI AN"),
        ];
        for (a, b) in table {
            assert_eq!(compare(a, b), None, "{a} {b}");
        }
    }

    #[test]
    fn the_rules_that_fired_are_named() {
        use RuleFired::{Accents, LetterCase, MiddleName, Spacing, WordOrder};
        let table: [(&str, &str, &[RuleFired]); 6] = [
            ("SMITH JOHN", "SMITH  JOHN", &[]),
            ("SMITH JOHN", "JOHN SMITH", &[WordOrder]),
            ("SMITH JOHN ALEXANDER", "SMITH JOHN", &[MiddleName]),
            ("SMITH JOHN A", "John Smith", &[LetterCase, MiddleName]),
            ("NGUYENVANAN", "NGUYEN VAN AN", &[Spacing]),
            ("MUELLER JUERGEN", "Jürgen Müller", &[LetterCase, Accents, WordOrder]),
        ];
        for (a, b, rules) in table {
            assert_eq!(compare(a, b), Some(rules.iter().copied().collect()), "{a} {b}");
        }
    }
}
