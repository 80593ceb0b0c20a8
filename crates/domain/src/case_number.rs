//! Case numbers as people read them out and type them.
//!
//! A case's id is 26 letters, which nobody can say on the telephone. What people are given is ten digits
//! in two groups of five ([`Short`]), of which the last one tells a slip of the tongue. Digits alone,
//! because letters sound alike on a Japanese telephone (ビー, ディー, ピー), need another keyboard and are
//! on no telephone's keys; ten and not eight, because with seven beside the check one case in thirteen shared
//! its number once a company had seven hundred thousand, and with nine it is one in thirteen hundred.
//!
//! The short number follows from the id alone, so that both companies show the same one without telling
//! each other, and nothing is kept that could come apart. Two cases may have the same one: whoever looks a
//! case up by it finds all of them. It opens nothing.

use std::fmt;

use crate::{
    id::{CaseId, derive_bits},
    typed,
};

/// How many digits come before the one that checks them.
const PAYLOAD: usize = 9;
/// The first number there is: none begins with a zero, which tables take away and telephone numbers have.
const FIRST: u128 = 100_000_000;
/// So many there are.
const COUNT: u128 = 900_000_000;

/// H. Michael Damm's table (2004): of every number, each wrong digit is noticed, and each pair of
/// neighbors that changed places.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// The digit that belongs behind `digits`; zero where they end with the right one already.
fn check(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |interim, digit| {
        let row = DAMM.get(usize::from(interim));
        row.and_then(|row| row.get(usize::from(*digit))).copied().unwrap_or(interim)
    })
}

/// The number of a case that people say: ten digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Short([u8; PAYLOAD + 1]);

impl Short {
    /// The one of this case.
    #[must_use]
    pub fn of(id: CaseId) -> Self {
        let bits = derive_bits(&["case number", &id.to_string()]);
        let mut number = FIRST.saturating_add(bits.checked_rem(COUNT).unwrap_or(0));
        let mut digits = [0; PAYLOAD + 1];
        for place in digits.iter_mut().take(PAYLOAD).rev() {
            *place = u8::try_from(number.checked_rem(10).unwrap_or(0)).unwrap_or(0);
            number = number.checked_div(10).unwrap_or(0);
        }
        if let Some((last, before)) = digits.split_last_mut() {
            *last = check(before);
        }
        Self(digits)
    }

    fn parse(typed: &str) -> Option<Self> {
        let digits: Vec<u8> =
            typed.chars().filter_map(|c| u8::try_from(c.to_digit(10)?).ok()).collect();
        let digits: [u8; PAYLOAD + 1] = digits.try_into().ok()?;
        (digits.first() != Some(&0) && check(&digits) == 0).then_some(Self(digits))
    }

    /// The ten digits without a gap, as it is found by.
    #[must_use]
    pub fn key(self) -> String {
        self.to_string().replace('-', "")
    }
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, digit) in self.0.iter().enumerate() {
            if place == 5 {
                f.write_str("-")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// The number of a case as people are given it: `52787-64071`.
#[must_use]
pub fn said(id: CaseId) -> String {
    Short::of(id).to_string()
}

/// The same of a text that is a case's long number; any other text stays what it is.
#[must_use]
pub fn said_of(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), said)
}

/// What somebody typed where a case number was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// The long one, which names one case.
    Long(CaseId),
    /// The short one, which may name more.
    Short(Short),
    /// Digits that are no case's: one is wrong, missing or too many.
    Slip,
    /// No number of a case.
    Nothing,
}

/// What stands before a number where it is printed, and comes along when it is copied.
const LABELS: [&str; 4] = ["受付番号", "case number", "no", "№"];

fn without_label(typed: &str) -> &str {
    let typed = typed.trim();
    let label = LABELS.into_iter().find_map(|label| {
        let (before, rest) = typed.split_at_checked(label.len())?;
        before.eq_ignore_ascii_case(label).then_some(rest)
    });
    label.map_or(typed, |rest| rest.trim_start_matches([':', '：', '.', ' ', '\u{3000}']))
}

/// The number that somebody typed, as it was printed or read out: in groups, in capitals, at full width,
/// without the underscore, with what it is called before it.
#[must_use]
pub fn read(typed: &str) -> Typed {
    let short: String = without_label(typed).chars().take(64).collect();
    let read = typed::code(&short).to_ascii_lowercase().replace('_', "");
    if let Some(letters) = read.strip_prefix(CaseId::PREFIX) {
        let id = format!("{}_{letters}", CaseId::PREFIX).parse();
        return id.map_or(Typed::Nothing, Typed::Long);
    }
    if read.is_empty() || !read.bytes().all(|b| b.is_ascii_digit()) {
        return Typed::Nothing;
    }
    Short::parse(&read).map_or(Typed::Slip, Typed::Short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(read: Typed) -> Short {
        let Typed::Short(short) = read else { panic!("{read:?}") };
        short
    }

    #[test]
    fn the_long_number_is_typed_with_spaces_or_without() {
        let id = CaseId::derive(&["a case"]);
        let text = id.to_string();
        let groups = text.replace('_', " ").replace('0', " 0");
        let full_width = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap();
        let wide: String = text.chars().map(full_width).collect();
        for typed in
            [text.clone(), groups.clone(), text.to_uppercase(), groups.replace(' ', "-"), wide]
        {
            assert_eq!(read(&typed), Typed::Long(id), "{typed}");
        }
        let cut: String = text.chars().take(20).collect();
        for wrong in ["", "cas", "cas_x", "apr_01", &cut, "受付番号"] {
            assert_eq!(read(wrong), Typed::Nothing, "{wrong}");
        }
    }

    #[test]
    fn a_case_has_one_short_number_in_two_groups_however_it_is_typed() {
        let id = CaseId::derive(&["a case"]);
        let said = said(id);
        assert_eq!(said, super::said(id));
        let groups: Vec<&str> = said.split('-').collect();
        assert!(groups.len() == 2 && groups.iter().all(|group| group.len() == 5), "{said}");
        let full_width = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap();
        let wide: String = said.chars().map(full_width).collect();
        for typed in [
            said.clone(),
            said.replace('-', ""),
            said.replace('-', " "),
            said.replace('-', "ー"),
            wide,
            format!(" {said}\n"),
            said.replace('0', "o").replace('1', "l"),
            format!("受付番号：{said}"),
            format!("No. {said}"),
            format!("Case number: {said}"),
        ] {
            assert_eq!(short(read(&typed)), Short::of(id), "{typed}");
        }
        assert_eq!(Short::of(id).key(), said.replace('-', ""));
    }

    /// Two companies show the same one only while nobody changes how it is made.
    #[test]
    fn a_number_is_made_as_it_always_was() {
        assert_eq!(said(CaseId::from_bits(7)), "52787-64071");
    }

    #[test]
    fn the_check_is_the_published_one() {
        assert_eq!(check(&[5, 7, 2]), 4, "the example of the thesis");
        assert_eq!(check(&[5, 7, 2, 4]), 0);
    }

    #[test]
    fn every_wrong_digit_and_every_swap_of_neighbors_is_a_slip() {
        for n in 0..200 {
            let id = CaseId::derive(&["a case", &n.to_string()]);
            let key = Short::of(id).key();
            let digits: Vec<char> = key.chars().collect();
            assert!(digits[0] != '0', "{key}");
            for place in 0..10 {
                for other in '0'..='9' {
                    let mut wrong = digits.clone();
                    wrong[place] = other;
                    let wrong: String = wrong.into_iter().collect();
                    assert!(wrong == key || read(&wrong) == Typed::Slip, "{key} {wrong}");
                }
                let mut swapped = digits.clone();
                if place > 0 {
                    swapped.swap(place - 1, place);
                }
                let swapped: String = swapped.into_iter().collect();
                assert!(swapped == key || read(&swapped) == Typed::Slip, "{key} {swapped}");
            }
            let missing: String = digits.iter().skip(1).collect();
            assert_eq!(read(&missing), Typed::Slip);
            assert_eq!(read(&format!("{key}0")), Typed::Slip);
        }
    }
}
