//! Which files are of one account: by what they say themselves, by their lines, and last by their names.
//!
//! A wrong guess would hide a debit among another account's lines, or find gaps where none are. So files of
//! different banks are one account only where both say the same number, files that speak of the same days
//! and have no line in common never are, and whatever was taken together is told.

use crate::{
    overlap::{Overlap, overlap},
    statement::Statement,
};

/// Why files are one account, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Together {
    /// It is one file.
    Alone,
    /// Whoever gave them said so.
    Told,
    /// They say the same account.
    Number,
    /// They have lines in common.
    Lines,
    /// One goes on with the balance with which the other ended.
    Balances,
    /// Their names differ in nothing but numbers, and nothing else speaks against it.
    FileName,
}

/// What two files say of each other.
enum Bond {
    Apart,
    Unknown,
    By(Together),
}

/// Files, each set of one account, with the weakest reason that holds the set together.
pub(crate) fn sorted(mut statements: Vec<Statement>) -> Vec<(Together, Vec<Statement>)> {
    statements.sort_by_key(Statement::span);
    let mut accounts: Vec<(Together, Vec<Statement>)> = Vec::new();
    for statement in statements {
        let bonds = accounts.iter().enumerate().filter_map(|(place, (_, files))| {
            let bond = strongest(files, &statement)?;
            Some((bond, place))
        });
        let best = bonds.min();
        match best.and_then(|(bond, place)| Some((bond, accounts.get_mut(place)?))) {
            Some((bond, (reason, files))) => {
                *reason = (*reason).max(bond);
                files.push(statement);
            }
            None => accounts.push((Together::Alone, vec![statement])),
        }
    }
    accounts
}

/// What holds a file to an account's, if nothing parts it from one of them.
fn strongest(files: &[Statement], statement: &Statement) -> Option<Together> {
    let mut strongest: Option<Together> = None;
    for file in files {
        match bond(file, statement) {
            Bond::Apart => return None,
            Bond::Unknown => {}
            Bond::By(bond) => {
                strongest = Some(strongest.map_or(bond, |known| known.min(bond)));
            }
        }
    }
    strongest
}

/// `before` begins no later than `after`.
fn bond(before: &Statement, after: &Statement) -> Bond {
    let is_one_layout = before.layout.id == after.layout.id;
    // A passbook is copied from any bank's.
    let may_be_one = is_one_layout || before.layout.is_typed() || after.layout.is_typed();
    match said(before, after) {
        Some(true) => return Bond::By(Together::Number),
        Some(false) => return Bond::Apart,
        None if !may_be_one => return Bond::Unknown,
        None => {}
    }
    match overlap(before, after) {
        Overlap::Clash => return Bond::Apart,
        Overlap::Lines(_) | Overlap::Disagree(..) => return Bond::By(Together::Lines),
        Overlap::None => {}
    }
    let is_met = before.closing().is_some_and(|closing| {
        // Many accounts are empty.
        closing.yen() != 0 && after.opening() == Some(closing)
    });
    if is_met {
        Bond::By(Together::Balances)
    } else if is_one_layout && are_alike(before, after) {
        Bond::By(Together::FileName)
    } else {
        Bond::Unknown
    }
}

/// Whether both say the same account in themselves; none where one of them says nothing.
pub(crate) fn said(a: &Statement, b: &Statement) -> Option<bool> {
    let in_itself = |s: &Statement| s.identity.clone().filter(|id| !id.is_from_name());
    in_itself(a)?.is_same(&in_itself(b)?, a.layout.id == b.layout.id)
}

/// Names with one number of an account, or that differ only in a month or in the number of a download.
fn are_alike(a: &Statement, b: &Statement) -> bool {
    let number = |s: &Statement| s.identity.as_ref().filter(|id| id.is_from_name()).cloned();
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a == b;
    }
    let words = |s: &Statement| -> String {
        let name = s.name.rsplit_once('.').map_or(s.name.as_str(), |(name, _)| name);
        name.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
    };
    words(a) == words(b)
}
