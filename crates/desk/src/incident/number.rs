//! Digits that could be somebody's account, in words that everybody will read.
//!
//! An account here is a branch of three digits and a number of seven (before them the bank's four), or
//! Japan Post Bank's five and up to eight. Telephone numbers look much alike, so they are told apart by
//! how people write them: in groups, with a zero in front.

/// Digits that stand together, in groups that hyphens part.
struct Run {
    groups: Vec<String>,
    /// Behind a `+`: a telephone number as one writes it abroad.
    is_abroad: bool,
}

impl Run {
    fn digits(&self) -> usize {
        self.groups.iter().map(String::len).sum()
    }

    fn sizes(&self) -> Vec<usize> {
        self.groups.iter().map(String::len).collect()
    }

    fn begins(&self, with: &str) -> bool {
        self.groups.first().is_some_and(|group| group.starts_with(with))
    }

    /// In groups as `03-1234-5678`; or in one, where no branch begins like that.
    fn is_telephone(&self) -> bool {
        let (digits, last) = (self.digits(), self.groups.last().map_or(0, String::len));
        if let [_] = self.groups.as_slice() {
            return digits == 11 && ["050", "070", "080", "090"].iter().any(|w| self.begins(w));
        }
        let is_whole = self.is_abroad || (self.begins("0") && matches!(digits, 10 | 11));
        is_whole && matches!(last, 3..=6) && self.groups.iter().all(|group| group.len() <= 6)
    }

    fn could_be_account(&self) -> bool {
        match self.sizes().as_slice() {
            sizes if sizes.contains(&7) => true,
            // A postal code, a day.
            [3, 4] | [4, 1 | 2, 1 | 2] => false,
            [5, 2..=8] if self.begins("1") => true,
            _ => !self.is_telephone() && matches!(self.digits(), 7 | 10..),
        }
    }
}

/// Whether somebody's account could stand in `text`, in digits of any width, with hyphens or spaces.
pub(super) fn has_account(text: &str) -> bool {
    let runs = runs(text);
    if runs.iter().flatten().any(Run::could_be_account) {
        return true;
    }
    runs.iter().any(|row| {
        let short = |run: &&Run| matches!(run.sizes().as_slice(), [1..=8]);
        row.split(|run| !short(&run)).any(|spaced| {
            let groups = spaced.iter().flat_map(|run| run.groups.clone()).collect::<Vec<_>>();
            let one = Run { groups, is_abroad: false };
            let is_day = matches!(one.sizes().as_slice(), [4, 1 | 2, 1 | 2]);
            !is_day && !one.is_telephone() && matches!(one.digits(), 7 | 10..)
        })
    })
}

/// The runs of digits of a text; those between which there are only spaces are in one row.
fn runs(text: &str) -> Vec<Vec<Run>> {
    let mut rows: Vec<Vec<Run>> = Vec::new();
    // What stands between the last digit and here; nothing yet: the text begins.
    let mut between: Option<String> = None;
    let mut before = String::new();
    for c in text.chars() {
        let Some(digit) = digit(c) else {
            if let Some(between) = &mut between {
                between.push(c);
            }
            before = c.to_string();
            continue;
        };
        let part = Part::of(between.as_deref());
        match (part, rows.last_mut().and_then(|row| row.last_mut())) {
            (Part::Nothing, Some(run)) => {
                if let Some(group) = run.groups.last_mut() {
                    group.push(digit);
                }
            }
            (Part::Hyphen, Some(run)) => run.groups.push(digit.to_string()),
            (part, _) => {
                let is_abroad = matches!(before.as_str(), "+" | "＋");
                let run = Run { groups: vec![digit.to_string()], is_abroad };
                match rows.last_mut().filter(|_| part == Part::Spaces) {
                    Some(row) => row.push(run),
                    None => rows.push(vec![run]),
                }
            }
        }
        (between, before) = (Some(String::new()), String::new());
    }
    rows
}

/// What parts two digits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Nothing,
    Hyphen,
    Spaces,
    Words,
}

impl Part {
    fn of(between: Option<&str>) -> Self {
        let Some(between) = between else { return Self::Words };
        let mut marks = between.chars();
        match (marks.next(), marks.next()) {
            (None, _) => Self::Nothing,
            // `(03)1234-5678`, too.
            (Some(c), None) if is_hyphen(c) || matches!(c, ')' | '）') => Self::Hyphen,
            _ if between.chars().all(char::is_whitespace) => Self::Spaces,
            _ => Self::Words,
        }
    }
}

/// A digit of any width, or as one counts in kanji; what else is numeric counts as one.
fn digit(c: char) -> Option<char> {
    const KANJI: &str = "〇一二三四五六七八九";
    let found = match c {
        '０'..='９' => u32::from(c).checked_sub(u32::from('０')),
        _ => c.to_digit(10).or_else(|| {
            let place = KANJI.chars().position(|kanji| kanji == c)?;
            u32::try_from(place).ok()
        }),
    };
    let found = found.and_then(|value| char::from_digit(value, 10));
    found.or_else(|| c.is_numeric().then_some('1'))
}

/// Any of the dashes that people write for a hyphen, and the full stop that some do.
const fn is_hyphen(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'
            ..='\u{2015}' | '\u{2212}' | '\u{FF0D}' | '\u{FE63}' | 'ー' | 'ｰ' | '─' | '.'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_an_account_is_told_from_a_telephone_number() {
        let accounts = [
            "1234567",
            "口座 １２３４５６７ の方",
            "0011234567",
            "001-1234567",
            "001 1234567",
            "００１－１２３４５６７",
            "００１　１２３４５６７",
            "001ー1234567",
            "支店001、口座1234567",
            "支店 045-1234567",
            "0312345678",
            "9901 001 1234567",
            "9901-001-1234567",
            "99010011234567",
            "99011234567",
            "123 4567",
            "1 2 3 4 5 6 7",
            "1-2-3-4-5-6-7",
            "123-456-7890",
            "10000-12345671",
            "10000 12345671",
            "一二三四五六七",
        ];
        for text in accounts {
            assert!(has_account(text), "{text}");
        }
        let others = [
            "03-1234-5678",
            "０３－１２３４－５６７８",
            "(03)1234-5678",
            "（03）1234-5678",
            "03 1234 5678",
            "045-123-4567",
            "0120-000-000",
            "0120-000-000、03-1234-5678",
            "0120-000-000 03-1234-5678",
            "0570-000000",
            "090-1234-5678",
            "09012345678",
            "050-1234-5678 (9:00-17:00)",
            "+81-3-1234-5678",
            "〒100-0001",
            "お電話は0120-000-000. 24時間",
            "¥1,234,567",
            "2026-11-28 15:00",
            "2026年11月28日 15時30分",
            "#9110 または 188",
            "24時間365日",
            "",
        ];
        for text in others {
            assert!(!has_account(text), "{text}");
        }
    }
}
