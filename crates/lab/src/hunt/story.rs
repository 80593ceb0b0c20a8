//! A story: what a thief was given, and what he does with it, move by move. It is what the hunt changes,
//! shortens and keeps, and it is a file that people can read.

use kanuki_domain::Yen;
use serde::{Deserialize, Serialize};
use toml::Spanned;

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
}

impl Given {
    const ALL: [Self; 3] = [Self::List, Self::Codes, Self::Phone];
}

/// What a thief can do in one move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// Debit so many yen.
    Debit,
    /// Six debits of so many yen in one instant.
    Race,
    /// Ask for so many yen and sign it at the bank, where it wants that.
    Approve,
    /// Pay so many yen at a shop.
    Pay,
    /// Send so many yen to a mule.
    Send,
    /// Pay so many yen out to the victim's account.
    PayOut,
    /// Wait so many seconds.
    Wait,
    /// Come back from elsewhere with another device.
    Skin,
    /// Change where the bank writes to.
    Mail,
    /// End the link.
    Unlink,
    /// Link the victim's account again.
    Link,
    /// Open another wallet, in the victim's name with the telephone, in an accomplice's without, and link.
    Second,
    /// Raise the day's cap to so many yen.
    Raise,
    /// Lower it.
    Lower,
    /// Stop the wallet.
    Freeze,
    /// Ask for the end of that.
    Unfreeze,
    /// The holder types the newest stop code.
    Stop,
    /// Every door that somebody without a key can find.
    Knock,
    /// A passkey at the bank by codes that the holder reads out: 0 machine, 1 call, 2 branch.
    Enrol,
    /// Link as the victim from a wallet in a true name.
    LinkAs,
    /// A top-up from a link of somebody else.
    Strange,
}

impl What {
    const ALL: [(Self, &'static str); 21] = [
        (Self::Debit, "debit"),
        (Self::Race, "race"),
        (Self::Approve, "approve"),
        (Self::Pay, "pay"),
        (Self::Send, "send"),
        (Self::PayOut, "payout"),
        (Self::Wait, "wait"),
        (Self::Skin, "skin"),
        (Self::Mail, "mail"),
        (Self::Unlink, "unlink"),
        (Self::Link, "link"),
        (Self::Second, "second"),
        (Self::Raise, "raise"),
        (Self::Lower, "lower"),
        (Self::Freeze, "freeze"),
        (Self::Unfreeze, "unfreeze"),
        (Self::Stop, "stop"),
        (Self::Knock, "knock"),
        (Self::Enrol, "enrol"),
        (Self::LinkAs, "link_as"),
        (Self::Strange, "strange"),
    ];

    /// What may stand behind it.
    const fn numbers(self) -> &'static [u64] {
        match self {
            Self::Debit
            | Self::Race
            | Self::Approve
            | Self::Pay
            | Self::Send
            | Self::PayOut
            | Self::Raise
            | Self::Lower => &AMOUNTS,
            Self::Wait => &WAITS,
            Self::Enrol => &[0, 1, 2],
            _ => &[],
        }
    }
}

/// Amounts on both sides of what the defaults know.
const AMOUNTS: [u64; 9] = [500, 1_000, 5_000, 9_000, 10_000, 20_000, 30_000, 50_000, 100_000];
/// Waits on both sides of every window.
const WAITS: [u64; 9] =
    [5, 600, 3_600, 43_200, 86_390, 86_410, 3 * 86_400, 7 * 86_400 + 60, 29 * 86_400];
/// The longest story.
const MOVES_MAX: usize = 14;
/// The longest that a story may wait in all, in seconds.
const WAIT_MAX: u64 = 100 * 86_400;

/// One move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Move {
    pub(crate) what: What,
    /// Yen or seconds; 0 where nothing stands behind it.
    pub(crate) number: u64,
}

impl Move {
    fn drawn(chance: &mut Chance) -> Option<Self> {
        let (what, _) = *chance.pick(&What::ALL)?;
        let number = chance.pick(what.numbers()).copied().unwrap_or(0);
        Some(Self { what, number })
    }

    fn parse(text: &str) -> Option<Self> {
        let (name, number) = text.split_once(' ').unwrap_or((text, "0"));
        let (what, _) = What::ALL.into_iter().find(|(_, known)| *known == name)?;
        let number: u64 = number.parse().ok()?;
        let is_known = what.numbers().is_empty() != text.contains(' ');
        is_known.then_some(Self { what, number })
    }

    fn text(self) -> String {
        let name = What::ALL.into_iter().find(|(what, _)| *what == self.what);
        let name = name.map_or("", |(_, name)| name);
        if self.what.numbers().is_empty() {
            return name.to_owned();
        }
        format!("{name} {}", self.number)
    }

    /// The number as an amount.
    pub(crate) fn yen(self) -> Yen {
        Yen::new(self.number).unwrap_or(Yen::ZERO)
    }
}

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
    pub(crate) fn new(given: Given, moves: &[(What, u64)]) -> Self {
        let moves = moves.iter().map(|(what, number)| Move { what: *what, number: *number });
        Self { about: String::new(), seed: 1, faults: false, given, moves: moves.collect() }
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
                known: What::ALL.map(|(_, name)| name).join(", "),
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

/// Where the hunt begins: the playbooks, told in moves.
pub(crate) fn first() -> Vec<Story> {
    use What::{
        Approve, Debit, Enrol, Freeze, Knock, Link, LinkAs, Lower, Mail, Pay, PayOut, Race, Raise,
        Second, Send, Skin, Stop, Strange, Unfreeze, Unlink, Wait,
    };
    const DAY: u64 = 86_410;
    let phone = |moves: &[(What, u64)]| Story::new(Given::Phone, moves);
    vec![
        phone(&[(Wait, DAY), (Debit, 50_000), (Wait, DAY), (Debit, 50_000), (Pay, 50_000)]),
        phone(&[
            (Debit, 10_000),
            (Unlink, 0),
            (Link, 0),
            (Debit, 10_000),
            (Second, 0),
            (Debit, 9_000),
        ]),
        phone(&[
            (Mail, 0),
            (Unlink, 0),
            (Link, 0),
            (Wait, 7 * 86_400 + 60),
            (Link, 0),
            (Debit, 50_000),
        ]),
        phone(&[
            (Wait, DAY),
            (Lower, 5_000),
            (Raise, 50_000),
            (Debit, 30_000),
            (Wait, DAY),
            (Debit, 30_000),
        ]),
        phone(&[
            (Wait, DAY),
            (Race, 20_000),
            (Freeze, 0),
            (Debit, 1_000),
            (Unfreeze, 0),
            (Race, 5_000),
        ]),
        phone(&[(Debit, 5_000), (Stop, 0), (Debit, 1_000), (Unlink, 0), (Link, 0), (Debit, 5_000)]),
        phone(&[
            (Wait, DAY),
            (Lower, 5_000),
            (Approve, 30_000),
            (Approve, 30_000),
            (Skin, 0),
            (Approve, 9_000),
        ]),
        phone(&[(Wait, DAY), (Debit, 30_000), (PayOut, 30_000), (Debit, 30_000), (Send, 10_000)]),
        phone(&[
            (Wait, DAY),
            (Debit, 50_000),
            (Wait, 29 * 86_400),
            (Debit, 50_000),
            (Wait, 86_390),
            (Debit, 50_000),
        ]),
        Story::new(
            Given::Codes,
            &[(Enrol, 0), (LinkAs, 0), (Mail, 0), (Wait, 7 * 86_400 + 60), (Mail, 0), (LinkAs, 0)],
        ),
        Story::new(Given::Codes, &[(Enrol, 1), (LinkAs, 0), (Skin, 0), (Enrol, 2), (LinkAs, 0)]),
        Story::new(Given::List, &[(Knock, 0), (Strange, 0), (Wait, DAY), (Skin, 0), (Knock, 0)]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

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
