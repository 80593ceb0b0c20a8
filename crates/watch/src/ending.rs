//! Where an account ends: what the bank states above the lines of a file, against the lines.

use jiff::civil::Date;

use crate::{above::Above, amount::Money, household::Account, statement::Statement};

/// What one file states, beside its own last line: taken before lines that another file has too are dropped,
/// because a file that was cut at its end may have no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stated {
    /// The place of the file in [`Account::statements`].
    statement: usize,
    line: u32,
    last: Date,
    closing: Option<Money>,
    lines: usize,
    above: Above,
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
    /// Whether the file has as many lines as the bank says: then none was cut off.
    pub(crate) is_whole: bool,
}

/// A file that has more or fewer lines than the bank says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Miscounted {
    /// The place of the file in [`Account::statements`].
    pub(crate) statement: usize,
    /// Its last line, and the day of it.
    pub(crate) line: u32,
    pub(crate) last: Date,
    /// How many lines the bank says.
    pub(crate) said: usize,
    /// How many there are.
    pub(crate) found: usize,
}

/// What moved between the last day that was asked for and the download: no line can say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Later {
    /// The last day that was asked for.
    pub(crate) until: Date,
    /// The day of the download, if the file says it.
    pub(crate) made_on: Option<Date>,
    /// By how much the balance differs.
    pub(crate) by: Money,
}

impl Stated {
    /// What each file states that can be compared.
    pub(crate) fn all(statements: &[Statement]) -> Vec<Self> {
        let stated = statements.iter().enumerate().filter_map(|(statement, of)| {
            let last = of.lines.last()?;
            Some(Self {
                statement,
                line: last.line,
                last: last.date,
                closing: of.closing(),
                lines: of.lines.len(),
                above: of.above,
            })
        });
        stated.filter(|stated| stated.above != Above::default()).collect()
    }

    /// As many lines as the bank says.
    fn is_whole(&self) -> bool {
        self.above.count == Some(self.lines)
    }

    /// Whether the balance may have moved on since, without anything missing: the file has every line, of days
    /// that ended before it was made.
    fn is_of_earlier(&self) -> bool {
        self.is_whole() && self.above.ends_before_it_was_made()
    }

    /// The balance that is stated, and that of the last line.
    fn balances(&self) -> Option<(Money, Money)> {
        self.above.present.zip(self.closing)
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

    /// What the bank states as the present balance and no line comes to, though it should: lines were cut off,
    /// or the file is older than they are. A file of July that was downloaded in September states a balance
    /// of September: that is on a later file's line, or the file says itself that it ends in July. The same
    /// difference is told once.
    pub(crate) fn moved_since(&self) -> Vec<Moved> {
        let end = self.end();
        let mut found: Vec<Moved> = Vec::new();
        for stated in self.stated.iter().rev().filter(|stated| !stated.is_of_earlier()) {
            let Some((present, own)) = stated.balances() else { continue };
            let (last, closing) = end.unwrap_or((stated.last, own));
            let by = present.plus(closing.negated());
            let is_told = found.iter().any(|moved| moved.by == by);
            if is_told || by == Money::ZERO || self.comes_to(stated) {
                continue;
            }
            let (statement, line, is_whole) = (stated.statement, stated.line, stated.is_whole());
            found.push(Moved { statement, line, last, by, is_whole });
        }
        found
    }

    /// Files with more or fewer lines than the bank says that they have.
    pub(crate) fn miscounted(&self) -> Vec<Miscounted> {
        let counted = self.stated.iter().filter_map(|stated| {
            let said = stated.above.count.filter(|_| !stated.is_whole())?;
            let (statement, line, last) = (stated.statement, stated.line, stated.last);
            Some(Miscounted { statement, line, last, said, found: stated.lines })
        });
        counted.collect()
    }

    /// What moved behind the last day that anybody asked for, where the newest file says so: it is no fault of
    /// the file, and not known from it.
    pub(crate) fn later(&self) -> Option<Later> {
        let newest = self.stated.iter().max_by_key(|stated| stated.last)?;
        let (present, own) = newest.balances().filter(|_| newest.is_of_earlier())?;
        let by = present.plus(own.negated());
        if by == Money::ZERO || self.comes_to(newest) {
            return None;
        }
        Some(Later { until: newest.above.until?, made_on: newest.above.made_on, by })
    }

    /// Whether the file's own last line has that balance, or a line of a later day.
    fn comes_to(&self, stated: &Stated) -> bool {
        let Some((present, own)) = stated.balances() else { return true };
        let mut later = self.statements.iter().flat_map(|s| &s.lines);
        own == present || later.any(|l| l.date > stated.last && l.balance == Some(present))
    }

    /// Whether the last line's balance is the present one, as the bank states it: nothing is missing behind
    /// it either.
    #[must_use]
    pub fn is_to_its_end(&self) -> bool {
        let is_end = |(last, closing): (Date, Money)| {
            self.stated.iter().any(|s| (s.last, s.above.present) == (last, Some(closing)))
        };
        self.is_proven() && self.end().is_some_and(is_end)
    }

    /// Whether every file has as many lines as the bank says of it.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.stated.len() == self.statements.len() && self.stated.iter().all(Stated::is_whole)
    }
}
