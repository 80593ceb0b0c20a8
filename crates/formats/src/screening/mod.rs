//! Sanctions and watch lists, and whether a person's name is on one (FT-57).
//!
//! A list is a plain file ([`List::read`], docs/screening.md). [`Screener`] compares a person's names,
//! in kanji, kana and Latin letters, with every person of a list and shows its work: which two names,
//! which words of them met and how, what the birth date added or took, the score and the threshold.
//!
//! A score is a reason for two people to look, and never a verdict: names are not unique.

mod compare;
mod list;
mod word;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use list::{List, ListError, ListFault};

use compare::Folded;

/// From this score on, of 1000, people look at it (docs/defaults.md).
pub const THRESHOLD: u32 = 850;

/// A list that knows but a year is often wrong about it, though not by more than these.
const YEARS_WRONG: i16 = 10;

/// What somebody on a list is. Only people are compared with people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A natural person.
    Person,
    /// An organisation, a ship: kept, so that the file stays whole.
    Entity,
}

/// When somebody on a list was born, as far as the list knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Born {
    /// On this day.
    On(Date),
    /// In this year.
    In(i16),
}

/// One person or organisation of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number on the list.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Every name it has there, in any script.
    pub names: Vec<String>,
    /// When born; lists often give several.
    pub born: Vec<Born>,
    /// Why it is on the list, in the list's words.
    pub note: String,
}

/// Which of a person's names was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ours {
    /// As on the identity card.
    Card,
    /// In kana, as the person declared it.
    DeclaredKana,
    /// As the bank has it.
    Bank,
    /// In kana, as the bank has it.
    BankKana,
}

impl Ours {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::DeclaredKana => "declared_kana",
            Self::Bank => "bank",
            Self::BankKana => "bank_kana",
        }
    }
}

/// Who is looked for.
#[derive(Clone, Debug, Default)]
pub struct Who {
    /// Every name we hold.
    pub names: Vec<(Ours, String)>,
    /// Birth date, if we hold it.
    pub born_on: Option<Date>,
}

/// What made two names alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The same characters once old forms, width and spaces are left away.
    Written,
    /// One character of eight or more differs.
    WrittenNear,
    /// The same letters, divided into other words.
    Joined,
    /// Words in any order.
    Words,
    /// Kana against Latin letters, by how they are read.
    Read,
}

impl Rule {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::WrittenNear => "written_near",
            Self::Joined => "joined",
            Self::Words => "words",
            Self::Read => "read",
        }
    }
}

/// How one word of ours met one of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Letter by letter.
    Same,
    /// Another way to spell the same reading (tu, tsu; ou, o).
    Spelling,
    /// A letter or two differ.
    Letters,
    /// It sounds alike.
    Sound,
    /// One of them is an initial.
    Initial,
    /// The other name has no such word.
    Absent,
}

impl How {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Spelling => "spelling",
            Self::Letters => "letters",
            Self::Sound => "sound",
            Self::Initial => "initial",
            Self::Absent => "absent",
        }
    }
}

/// One word of the comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The word of our person's name, folded; empty where it has none.
    pub ours: String,
    /// The word of the list's name, folded; empty where it has none.
    pub theirs: String,
    /// How they met.
    pub how: How,
    /// Of 1000.
    pub score: u32,
}

/// What the birth date says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Birth {
    /// One side does not hold it.
    Unknown,
    /// The same day.
    Same,
    /// The same year, and the list knows no more.
    SameYear,
    /// Within a year: lists are often wrong by as much.
    Near,
    /// Further apart, by a year that the list may not know well.
    Far,
    /// The list has the whole date and it is of another time, or a year more than ten away.
    Apart,
}

impl Birth {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Same => "same",
            Self::SameYear => "same_year",
            Self::Near => "near",
            Self::Far => "far",
            Self::Apart => "apart",
        }
    }

    /// What the names came to by `rule`, and this. Half of a street shares a reading: only a name that is
    /// written alike outweighs a birth date of another time.
    const fn weigh(self, score: u32, rule: Rule) -> u32 {
        let weighed = match self {
            Self::Same => score.saturating_add(50),
            Self::SameYear => score.saturating_add(20),
            Self::Unknown | Self::Near => score,
            Self::Apart if !matches!(rule, Rule::Written) => score.saturating_sub(300),
            Self::Far | Self::Apart => score.saturating_sub(150),
        };
        if weighed > 1000 { 1000 } else { weighed }
    }
}

/// That a person may be one of a list, with all that says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// Whom of the list.
    pub entry: Entry,
    /// Which of our person's names.
    pub ours: Ours,
    /// That name, as we hold it.
    pub our_name: String,
    /// Our person's birth date, if we hold it.
    pub our_born_on: Option<Date>,
    /// Which of the list's names.
    pub their_name: String,
    /// What made them alike.
    pub rule: Rule,
    /// Word by word.
    pub tokens: Vec<Token>,
    /// What the names alone came to.
    pub name_score: u32,
    /// What the birth date says.
    pub birth: Birth,
    /// All in all, of 1000.
    pub score: u32,
    /// From which score on it counted.
    pub threshold: u32,
}

/// The people of one or more lists, ready to be compared.
#[derive(Debug)]
pub struct Screener {
    people: Vec<(Entry, Vec<(usize, Folded)>)>,
}

impl Screener {
    /// Folds every name once.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        let people = entries.into_iter().filter(|entry| entry.kind == Kind::Person);
        let folded = people.map(|entry| {
            let names = entry.names.iter().enumerate();
            let names = names.filter_map(|(at, name)| Some((at, Folded::of(name)?))).collect();
            (entry, names)
        });
        Self { people: folded.collect() }
    }

    /// Whom of the lists `who` may be, most alike first: at most one match for each.
    #[must_use]
    pub fn find(&self, who: &Who) -> Vec<Match> {
        let ours: Vec<_> = who
            .names
            .iter()
            .filter_map(|(which, name)| Some((*which, name, Folded::of(name)?)))
            .collect();
        let mut found: Vec<Match> = self
            .people
            .iter()
            .filter_map(|(entry, names)| best(who, &ours, entry, names))
            .filter(|found| found.score >= THRESHOLD)
            .collect();
        found.sort_by_key(|found| std::cmp::Reverse(found.score));
        found
    }
}

/// The best of all pairs of names.
fn best(
    who: &Who,
    ours: &[(Ours, &String, Folded)],
    entry: &Entry,
    names: &[(usize, Folded)],
) -> Option<Match> {
    let pairs = ours.iter().flat_map(|mine| names.iter().map(move |their| (mine, their)));
    let compared = pairs.filter_map(|((which, name, mine), (at, their))| {
        Some((*which, *name, *at, compare::names(mine, their)?))
    });
    let birth = birth(who.born_on, &entry.born);
    let weighed = |alike: &compare::Alike| birth.weigh(alike.score, alike.rule);
    let (which, name, at, alike) =
        compared.max_by_key(|(_, _, _, alike)| (weighed(alike), alike.score))?;
    let score = weighed(&alike);
    Some(Match {
        entry: entry.clone(),
        ours: which,
        our_name: name.clone(),
        our_born_on: who.born_on,
        their_name: entry.names.get(at).cloned().unwrap_or_default(),
        rule: alike.rule,
        tokens: alike.tokens,
        name_score: alike.score,
        birth,
        score,
        threshold: THRESHOLD,
    })
}

/// The kindest reading for the list: of several birth dates the one nearest to ours counts.
fn birth(ours: Option<Date>, theirs: &[Born]) -> Birth {
    let Some(ours) = ours else { return Birth::Unknown };
    let judged = theirs.iter().map(|born| match born {
        Born::On(day) if *day == ours => Birth::Same,
        Born::In(year) if *year == ours.year() => Birth::SameYear,
        Born::On(day) if is_near(day.year(), ours.year()) => Birth::Near,
        Born::In(year) if is_near(*year, ours.year()) => Birth::Near,
        Born::In(year) if is_within(YEARS_WRONG, *year, ours.year()) => Birth::Far,
        Born::On(_) | Born::In(_) => Birth::Apart,
    });
    judged.max_by_key(|birth| birth.weigh(500, Rule::Read)).unwrap_or(Birth::Unknown)
}

const fn is_near(a: i16, b: i16) -> bool {
    is_within(1, a, b)
}

const fn is_within(years: i16, a: i16, b: i16) -> bool {
    a.saturating_sub(b).saturating_abs() <= years
}

#[cfg(test)]
mod tests;
