//! Which account a file is of, as far as it says so itself: above its header, in its lines, in the tags of
//! OFX; and, if it says nothing, in its name.

use crate::date;

/// What a file says of its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    said: String,
    number: String,
    is_from_name: bool,
}

/// A number with fewer digits is a branch's, which many accounts have.
const NUMBER_MIN: usize = 7;
/// What stands before a number, a branch or a kind of account above the header; the longest first.
const LABELS: [&str; 14] = [
    "口座番号",
    "記号番号",
    "口座情報",
    "照会口座",
    "支店番号",
    "支店コード",
    "支店名",
    "店番号",
    "預金種目",
    "預金種別",
    "預金種類",
    "店番",
    "店名",
    "科目",
];
/// Too short to be looked for within other words.
const WHOLE_LABELS: [&str; 4] = ["口座", "支店", "記号", "番号"];
/// Words of a cell that says something else about the account, and another thing next month.
const OTHERS: [&str; 5] = ["残高", "期間", "名義", "件数", "開設"];

impl Identity {
    /// From words that name one account, such as `普通9000001`; none without a number in them.
    pub(crate) fn of(said: &str) -> Option<Self> {
        let runs = said.split(|c: char| !c.is_ascii_digit());
        let longest = runs.max_by_key(|run| run.len()).filter(|run| run.len() >= 3)?;
        // Behind a branch there are seven digits at most, however the two are joined.
        let from = longest.len().saturating_sub(NUMBER_MIN);
        Some(Self {
            number: longest.get(from..)?.to_owned(),
            said: said.chars().filter(|c| !c.is_whitespace()).collect(),
            is_from_name: false,
        })
    }

    /// From the lines above a header, cell by cell.
    pub(crate) fn of_preamble(lines: &[Vec<String>]) -> Option<Self> {
        let mut said: Vec<&str> = Vec::new();
        for (place, cells) in lines.iter().enumerate() {
            let filled: Vec<&str> =
                cells.iter().map(String::as_str).filter(|c| !c.is_empty()).collect();
            let values = values(&filled);
            if !values.is_empty() {
                said.extend(values);
            } else if let Some(below) = lines.get(place.saturating_add(1)) {
                // Labels side by side, and under each its value.
                let below: Vec<&str> =
                    below.iter().map(String::as_str).filter(|c| !c.is_empty()).collect();
                if below.len() == filled.len() {
                    let told =
                        filled.iter().zip(&below).filter(|(label, _)| behind(label).is_some());
                    said.extend(told.map(|(_, value)| *value));
                }
            }
        }
        Self::of(&said.join(" "))
    }

    /// From the name of a file: a run of seven or eight digits that is no day.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let is_number = |run: &&str| (7..=8).contains(&run.len()) && date::parse(run).is_none();
        let number = name.split(|c: char| !c.is_ascii_digit()).find(is_number)?;
        Some(Self { said: number.to_owned(), number: number.to_owned(), is_from_name: true })
    }

    /// Whether it is only the file's name that says so.
    #[must_use]
    pub const fn is_from_name(&self) -> bool {
        self.is_from_name
    }

    /// Whether both are of one account; none where they cannot be compared. Files of one layout say it in
    /// the same words.
    pub(crate) fn is_same(&self, other: &Self, is_one_layout: bool) -> Option<bool> {
        let is_whole = [self, other].iter().all(|id| id.number.len() >= NUMBER_MIN);
        if is_one_layout {
            Some(self.said == other.said)
        } else {
            is_whole.then_some(self.number == other.number)
        }
    }
}

/// What stands behind the labels of a line, in their own cell or in the next one.
fn values<'a>(cells: &[&'a str]) -> Vec<&'a str> {
    let mut values = Vec::new();
    let mut is_asked = false;
    for cell in cells {
        match behind(cell) {
            Some("") => is_asked = true,
            Some(value) => {
                values.push(value);
                is_asked = false;
            }
            None => {
                if is_asked && !is_other(cell) {
                    values.push(cell);
                }
                is_asked = false;
            }
        }
    }
    values
}

fn is_other(cell: &str) -> bool {
    OTHERS.iter().any(|word| cell.contains(word))
}

/// What stands behind the label in a cell; none in a cell without one.
fn behind(cell: &str) -> Option<&str> {
    if is_other(cell) {
        return None;
    }
    if WHOLE_LABELS.contains(&cell) {
        return Some("");
    }
    let found = LABELS.iter().find_map(|label| Some(cell.split_once(label)?.1));
    found.map(|rest| rest.trim_matches([':', ')', '(', '=']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: &[&str]) -> Option<String> {
        let lines: Vec<Vec<String>> =
            lines.iter().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        Identity::of_preamble(&lines).map(|identity| identity.said)
    }

    #[test]
    fn what_stands_above_a_header_tells_the_account() {
        for (lines, expected) in [
            (&["口座情報,普通9000001", "照会期間,2026.07.01~2026.09.30"][..], Some("普通9000001")),
            (
                &["お客さま口座情報", "お名前,ヤマダハナコ", "記号番号,10180-90000011", "現在高,5"],
                Some("10180-90000011"),
            ),
            (&["店番,123,科目,普通,口座番号,9000001,期間,2026"], Some("123普通9000001")),
            (&["店名,科目,口座番号,残高", "本店,普通,9000001,5"], Some("本店普通9000001")),
            (&["口座番号:9000001"], Some("9000001")),
            (&["口座", "残高,5"], None),
            (&["口座名義,ヤマダ9000001", "口座残高,400000"], None),
            (&["店名,本店"], None),
            (&["入出金明細"], None),
        ] {
            assert_eq!(said(lines).as_deref(), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_number_in_a_name_is_one_of_seven_or_eight_digits_and_no_day() {
        let of = |name| Identity::of_name(name).map(|id| id.number);
        assert_eq!(of("9000001_20260731.csv").as_deref(), Some("9000001"));
        assert_eq!(of("20260731.csv"), None, "a day");
        assert_eq!(of("meisai.csv"), None);
    }

    #[test]
    fn numbers_are_compared_between_layouts_only_when_they_are_whole() {
        let of = |said| Identity::of(said).unwrap();
        assert_eq!(of("0001 110 9000001").is_same(&of("普通9000001"), false), Some(true));
        assert_eq!(of("0001 110 9000001").is_same(&of("普通9000002"), false), Some(false));
        assert_eq!(of("普通001").is_same(&of("普通9000001"), false), None);
        assert_eq!(
            of("101 9000001").is_same(&of("102 9000001"), true),
            Some(false),
            "another branch"
        );
        assert_eq!(Identity::of("普通"), None);
    }
}
