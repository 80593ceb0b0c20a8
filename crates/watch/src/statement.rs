//! A statement: what happened on an account, in order, proven as far as it can be.

use std::{collections::HashMap, num::NonZeroU32};

use jiff::civil::Date;

use crate::{above::Above, amount::Money, identity::Identity, layout::Layout};

/// One movement. The words are kept once per [`Statement`]: a million lines have few different ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where in the file, from 1.
    pub line: u32,
    /// The bank's date of it.
    pub date: Date,
    /// What it did to the balance: negative when money left.
    pub change: Money,
    /// The balance after it, if the bank printed one.
    pub balance: Option<Money>,
    /// Which of [`Statement::texts`].
    pub text: TextId,
    /// Which of [`Statement::marks`], where the bank gives each movement one.
    pub mark: Option<TextId>,
}

/// The place of a text in [`Texts`], from 1, so that none takes no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TextId(NonZeroU32);

/// The different texts of a statement.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    known: HashMap<Box<str>, TextId>,
    list: Vec<Box<str>>,
    bytes: usize,
}

/// More different words than one account has lines in a lifetime, and as many bytes: a file of a gigabyte in which
/// each line says something else would be kept whole.
const TEXTS_MAX: usize = 500_000;
const BYTES_MAX: usize = 64 * 1_024 * 1_024;

impl Texts {
    /// The id of `text`, new or known.
    pub(crate) fn intern(&mut self, text: &str) -> TextId {
        if let Some(id) = self.known.get(text) {
            return *id;
        }
        self.bytes = self.bytes.saturating_add(text.len());
        self.list.push(text.into());
        let place = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let id = TextId(NonZeroU32::new(place).unwrap_or(NonZeroU32::MAX));
        self.known.insert(text.into(), id);
        id
    }

    /// Whether they are more than the words of one account.
    pub(crate) fn are_too_many(&self) -> bool {
        self.list.len() > TEXTS_MAX || self.bytes > BYTES_MAX
    }

    /// The text of `id`.
    #[must_use]
    pub fn get(&self, id: TextId) -> &str {
        self.list.get(id.place()).map_or("", AsRef::as_ref)
    }

    /// Every text, in the order of [`TextId`].
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(AsRef::as_ref)
    }
}

impl TextId {
    /// As a place in a table that was made from [`Texts::iter`].
    #[must_use]
    pub fn place(self) -> usize {
        usize::try_from(self.0.get()).map_or(usize::MAX, |place| place.saturating_sub(1))
    }
}

/// How far the balances prove that nothing is missing and the order is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Every printed balance follows from the one before, and the first and last line have one.
    Balances,
    /// The balances follow from each other, but this line is older than the one before it: an order that no
    /// statement has. A bank of whose file we saw no sample may have it all the same, so it is told and not
    /// refused.
    Disorder(u32),
    /// Some line lies between no two balances: if it was changed or cut out, nobody would notice.
    None,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its name, as people know it.
    pub name: String,
    /// How it is laid out.
    pub layout: &'static Layout,
    /// Which account it is of, if it says so.
    pub identity: Option<Identity>,
    /// Oldest first.
    pub lines: Vec<Line>,
    /// Their words.
    pub texts: Texts,
    /// What the bank calls each movement (`FITID`), where it does.
    pub marks: Texts,
    /// What the bank states of the file above its lines.
    pub above: Above,
    /// What the balances prove.
    pub proof: Proof,
}

impl Statement {
    /// The balance before the first line, as far as one was printed.
    #[must_use]
    pub fn opening(&self) -> Option<Money> {
        let mut moved = Money::ZERO;
        for line in &self.lines {
            moved = moved.plus(line.change);
            if let Some(balance) = line.balance {
                return Some(balance.plus(moved.negated()));
            }
        }
        None
    }

    /// The balance after the last line, as far as one was printed.
    #[must_use]
    pub fn closing(&self) -> Option<Money> {
        let mut moved = Money::ZERO;
        for line in self.lines.iter().rev() {
            if let Some(balance) = line.balance {
                return Some(balance.plus(moved));
            }
            moved = moved.plus(line.change);
        }
        None
    }

    /// First and last day.
    #[must_use]
    pub fn span(&self) -> Option<(Date, Date)> {
        Some((self.lines.first()?.date, self.lines.last()?.date))
    }

    /// The words of a line.
    #[must_use]
    pub fn text(&self, line: &Line) -> &str {
        self.texts.get(line.text)
    }
}
