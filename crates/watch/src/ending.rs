//! Where an account ends: the balance that the bank states above the lines as the present one, against them.

use jiff::civil::Date;

use crate::{amount::Money, household::Account, statement::Statement};

/// What one file states, beside its own last line: taken before lines that another file has too are dropped,
/// because a file that was cut at its end may have no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stated {
    /// The place of the file in [`Account::statements`].
    statement: usize,
    line: u32,
    last: Date,
    present: Money,
    closing: Money,
}

/// A stated balance that no line comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    /// The place of the file that states it, in [`Account::statements`].
    pub(crate) statement: usize,
    /// Its last line.
    pub(crate) line: u32,
    /// The last day that is known of the account.
    pub(crate) last: Date,
    /// By how much the balance after that day's last line differs.
    pub(crate) by: Money,
}

impl Stated {
    /// What each file states that can be compared.
    pub(crate) fn all(statements: &[Statement]) -> Vec<Self> {
        let stated = statements.iter().enumerate().filter_map(|(statement, of)| {
            let (present, closing, last) = (of.present?, of.closing()?, of.lines.last()?);
            Some(Self { statement, line: last.line, last: last.date, present, closing })
        });
        stated.collect()
    }
}

impl Account {
    /// The last day that is known, and the balance at its end. Files are in the order in which they begin:
    /// the last of them need not be the one that ends last.
    fn end(&self) -> Option<(Date, Money)> {
        let said = self.statements.iter().filter_map(|s| Some((s.span()?.1, s)));
        let (last, statement) = said.max_by_key(|(last, _)| *last)?;
        Some((last, statement.closing()?))
    }

    /// What the bank states as the present balance and no line comes to: lines were cut off, or the file is
    /// older than they are. A file of July that was downloaded in September states a balance of September:
    /// that is on a later file's line. The same difference is told once.
    pub(crate) fn moved_since(&self) -> Vec<Moved> {
        let end = self.end();
        let mut found: Vec<Moved> = Vec::new();
        for stated in self.stated.iter().rev() {
            let (last, closing) = end.unwrap_or((stated.last, stated.closing));
            let by = stated.present.plus(closing.negated());
            let is_told = found.iter().any(|moved| moved.by == by);
            if is_told || by == Money::ZERO || self.comes_to(stated) {
                continue;
            }
            found.push(Moved { statement: stated.statement, line: stated.line, last, by });
        }
        found
    }

    /// Whether the file's own last line has that balance, or a line of a later day.
    fn comes_to(&self, stated: &Stated) -> bool {
        let mut later = self.statements.iter().flat_map(|s| &s.lines);
        stated.closing == stated.present
            || later.any(|l| l.date > stated.last && l.balance == Some(stated.present))
    }

    /// Whether the last line's balance is the present one, as the bank states it: nothing is missing behind
    /// it either.
    #[must_use]
    pub fn is_to_its_end(&self) -> bool {
        let is_end = |(last, closing): (Date, Money)| {
            self.stated.iter().any(|s| (s.last, s.present) == (last, closing))
        };
        self.is_proven() && self.end().is_some_and(is_end)
    }
}
