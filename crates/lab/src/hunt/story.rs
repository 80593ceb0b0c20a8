//! A story: what a thief was given, and what he does with it, move by move. It is what the hunt changes,
//! shortens and keeps, and it is a file that people can read.

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::moves::{Move, What};
use crate::{
    fault::{in_words, line_of},
    sim::chance::Chance,
};

/// What the thief was given before he begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Given {
    /// Account number, name, birth date and PIN.
    List,
    /// A holder who reads out codes, and a wallet in an accomplice's true name.
    Codes,
    /// The victim's telephone with everything on it and a live link.
    Phone,
    /// The victim's mailbox and SMS: the victim has a wallet with a link and some money in it.
    Mailbox,
    /// The victim's trust: who looks after the victim's accounts at the bank, and may look and stop.
    Delegate,
    /// A seat at the desks of the bank and the wallet of a victim with a link and some money.
    Desk,
}

impl Given {
    const ALL: [Self; 6] =
        [Self::List, Self::Codes, Self::Phone, Self::Mailbox, Self::Delegate, Self::Desk];

    /// As files write it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Codes => "codes",
            Self::Phone => "phone",
            Self::Mailbox => "mailbox",
            Self::Delegate => "delegate",
            Self::Desk => "desk",
        }
    }
}

/// The longest story.
const MOVES_MAX: usize = 14;
/// The longest that a story may wait in all, in seconds.
const WAIT_MAX: u64 = 100 * 86_400;

/// What is wrong with a story file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoryError {
    /// It is no TOML of the right shape.
    #[error("line {line}: {what}")]
    Shape {
        /// Counted from 1.
        line: usize,
        /// The fault and its remedy.
        what: String,
    },
    /// A move that nobody knows.
    #[error(
        "line {line}: `{found}` is no move; write one of: {known}, with a number where it takes one"
    )]
    Move {
        /// Counted from 1.
        line: usize,
        /// What stands there.
        found: String,
        /// What there is.
        known: String,
    },
}

/// What a thief was given and does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Story {
    /// Why it is kept, in words.
    pub about: String,
    /// The seed of its world.
    pub seed: u64,
    /// Whether machines fail meanwhile.
    pub faults: bool,
    pub(crate) given: Given,
    pub(crate) moves: Vec<Move>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    seed: u64,
    #[serde(default)]
    faults: bool,
    given: Given,
    moves: Vec<Spanned<String>>,
}

impl Story {
    pub(crate) const fn new(given: Given, moves: Vec<Move>) -> Self {
        Self { about: String::new(), seed: 1, faults: false, given, moves }
    }

    /// Reads a story file.
    ///
    /// # Errors
    ///
    /// [`StoryError`] says what to write instead.
    pub fn parse(text: &str) -> Result<Self, StoryError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let (line, what) = in_words(text, &error);
            StoryError::Shape { line, what }
        })?;
        let one = |line: &Spanned<String>| {
            Move::parse(line.get_ref()).ok_or_else(|| StoryError::Move {
                line: line_of(text, line.span().start),
                found: line.get_ref().clone(),
                known: Move::names(),
            })
        };
        let moves = file.moves.iter().map(one).collect::<Result<_, _>>()?;
        let File { about, seed, faults, given, .. } = file;
        Ok(Self { about, seed, faults, given, moves })
    }

    /// The file that it is kept as.
    #[must_use]
    pub fn to_file(&self) -> String {
        let moves = self.moves.iter().map(|one| Spanned::new(0..0, one.text())).collect();
        let Self { about, seed, faults, given, .. } = self.clone();
        toml::to_string_pretty(&File { about, seed, faults, given, moves }).unwrap_or_default()
    }

    /// In one line.
    #[must_use]
    pub fn line(&self) -> String {
        let moves: Vec<String> = self.moves.iter().map(|one| one.text()).collect();
        format!("{:?}: {}", self.given, moves.join(", "))
    }

    /// Another story, made from this one and another.
    pub(crate) fn changed(&self, other: &Self, chance: &mut Chance) -> Self {
        let mut moves = self.moves.clone();
        for _ in 0..chance.between(1, 3) {
            change(&mut moves, &other.moves, chance);
        }
        moves.truncate(MOVES_MAX);
        let mut waited = 0_u64;
        moves.retain(|one| {
            let wait = if one.what == What::Wait { one.number } else { 0 };
            waited = waited.saturating_add(wait);
            waited <= WAIT_MAX
        });
        let mut given = self.given;
        if chance.happens(30) {
            given = chance.pick(&Given::ALL).copied().unwrap_or(given);
        }
        Self { given, moves, ..self.clone() }
    }

    /// The same without some of its moves, the shortest first.
    pub(crate) fn shorter(&self) -> Vec<Self> {
        let count = self.moves.len();
        let halves = [(0, count.div_ceil(2)), (count.div_ceil(2), count)];
        let singles = (0..count).map(|place| (place, place.saturating_add(1)));
        let without = |(from, until): (usize, usize)| {
            let kept = self.moves.iter().enumerate();
            let kept = kept.filter(|(place, _)| !(from..until).contains(place));
            Self { moves: kept.map(|(_, one)| *one).collect(), ..self.clone() }
        };
        let all = halves.into_iter().chain(singles).map(without);
        all.filter(|story| story.moves.len() < count).collect()
    }
}

fn change(moves: &mut Vec<Move>, other: &[Move], chance: &mut Chance) {
    let count = u64::try_from(moves.len()).unwrap_or(0);
    let place = usize::try_from(chance.below(count.saturating_add(1))).unwrap_or(0);
    match chance.below(6) {
        0 | 1 => moves.extend(Move::drawn(chance)),
        2 => {
            if let Some(drawn) = Move::drawn(chance) {
                moves.insert(place.min(moves.len()), drawn);
            }
        }
        3 => {
            let number = moves.get(place).and_then(|one| chance.pick(one.what.numbers()).copied());
            if let (Some(one), Some(number)) = (moves.get_mut(place), number) {
                one.number = number;
            }
        }
        4 => {
            if place < moves.len() {
                let again = moves.remove(place);
                if chance.happens(500) {
                    moves.extend([again, again]);
                }
            }
        }
        // The beginning of one story and the end of another.
        _ => {
            moves.truncate(place);
            let skip = usize::try_from(chance.below(6)).unwrap_or(0);
            moves.extend(other.iter().skip(skip));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::first::first, *};

    #[test]
    fn story_files_are_read_as_they_were_written_and_faults_are_told() {
        for story in first() {
            assert_eq!(Story::parse(&story.to_file()).unwrap(), story);
        }
        let text = first()[0].to_file();
        let error = Story::parse(&text.replace("debit 50000", "steal 50000")).unwrap_err();
        assert!(error.to_string().contains(": `steal 50000` is no move; write one of: debit"));
        assert!(Story::parse(&text.replace("\"debit 50000\"", "\"debit\"")).is_err());
        let error = Story::parse(&text.replace("phone", "luck")).unwrap_err();
        assert!(error.to_string().contains(": \"luck\" is not one of "), "{error}");
    }

    #[test]
    fn changed_stories_stay_short_and_every_shorter_one_is_shorter() {
        let mut chance = Chance::of(1, "hunt");
        let all = first();
        let mut story = all[0].clone();
        for _ in 0..200 {
            story = story.changed(&all[1], &mut chance);
            assert!(story.moves.len() <= MOVES_MAX);
            assert!(story.shorter().iter().all(|other| other.moves.len() < story.moves.len()));
        }
    }
}
