//! Names in Latin letters: passports, residence cards, bank forms.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// The words of a name in lower case, without accents, sorted.
///
/// Order is dropped because residence cards put the family name first and bank forms often last.
struct Words {
    joined: String,
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

/// True when both are the same words in any order, however accents are written.
pub(super) fn same(a: &str, b: &str) -> bool {
    let forms = |text| [words(text, Accents::Drop), words(text, Accents::Passport)];
    let (a, b) = (forms(a), forms(b));
    a.iter().any(|x| b.iter().any(|y| x.joined == y.joined || x.sorted == y.sorted))
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
    let mut sorted: Vec<String> = words.map(str::to_owned).collect();
    let joined = sorted.concat();
    sorted.sort_unstable();
    Words { joined, sorted }
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
            assert!(same(a, b), "{a} {b}");
            assert!(same(b, a), "{b} {a}");
        }
    }

    #[test]
    fn two_people_are_not_one() {
        let table = [
            ("SMITH JOHN", "SMITH JOHNNY"),
            ("SMITH JOHN", "SMITH"),
            ("SMITH JOHN A", "SMITH JOHN"),
            ("NGUYEN VAN AN", "NGUYEN THI AN"),
        ];
        for (a, b) in table {
            assert!(!same(a, b), "{a} {b}");
        }
    }
}
