//! Debits of which nobody can tell from their words who took the money.

use super::{Confidence, Finding, Kind, Knowledge, about};
use crate::{
    amount::{Money, largest},
    household::{Seen, Understood},
};

/// As many lines as one finding names, the largest.
const NAMED_MAX: usize = 10;

/// One finding for each file: a passbook may have many such lines.
pub(super) fn find(account: &Understood<'_>, known: &Knowledge, findings: &mut Vec<Finding>) {
    let lines: Vec<Seen<'_>> = account.lines().filter(Seen::is_unnamed_debit).collect();
    for of_file in lines.chunk_by(|a, b| a.place == b.place) {
        let Some(first) = of_file.first() else { continue };
        let named = largest(of_file.iter(), NAMED_MAX, |seen| seen.line.change);
        let named: Vec<String> = named.iter().map(|seen| known.lang.line_of(seen.line)).collect();
        let why = known.lang.unnamed(&named, of_file.len());
        let total = of_file.iter().fold(Money::ZERO, |sum, seen| sum.plus(seen.line.change));
        let finding = about(*first, Kind::Unnamed, Confidence::High, why);
        // The words of one line are not those of all.
        findings.push(Finding { amount: total, text: String::new(), ..finding });
    }
}
