//! Findings that several lines give together.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Confidence, Finding, Kind, Knowledge, about};
use crate::{
    amount::Money,
    household::{Seen, Understood},
};

/// So many pulls of one payee on one day are not how people pay.
const BURST: usize = 3;
/// How near a month's end a pull must be, in days on each side.
const EDGE_DAYS: i8 = 2;
/// Below this on either side a month's end is a coincidence.
const EDGE_MIN: i64 = -10_000;

pub(super) fn find(account: &Understood<'_>, known: &Knowledge, findings: &mut Vec<Finding>) {
    let mut by_payee: BTreeMap<&str, Vec<Seen<'_>>> = BTreeMap::new();
    let lines: Vec<Seen<'_>> = account.lines().collect();
    for seen in &lines {
        let is_debit = seen.line.change.is_negative();
        if is_debit && seen.meaning.is_payee() {
            by_payee.entry(seen.meaning.payee()).or_default().push(*seen);
        }
    }
    for pulls in by_payee.values() {
        bursts(pulls, known, findings);
        month_edges(pulls, known, findings);
    }
}

fn sum<'a>(pulls: impl Iterator<Item = &'a Seen<'a>>) -> Money {
    pulls.fold(Money::ZERO, |sum, seen| sum.plus(seen.line.change))
}

fn bursts(pulls: &[Seen<'_>], known: &Knowledge, findings: &mut Vec<Finding>) {
    for day in pulls.chunk_by(|a, b| a.line.date == b.line.date) {
        let Some(first) = day.first().filter(|_| day.len() >= BURST) else { continue };
        let total = sum(day.iter());
        let why = known.lang.burst(day.len(), total);
        let confidence = if first.meaning.is_pulled() { Confidence::High } else { Confidence::Low };
        let mut finding = about(*first, Kind::Burst, confidence, why);
        finding.amount = total;
        findings.push(finding);
    }
}

/// The first day of the month that a pull is at the edge of, if it is at one.
fn edge_of(date: Date) -> Option<Date> {
    if date.day() <= EDGE_DAYS {
        return Some(date.first_of_month());
    }
    let last = date.last_of_month();
    (last.day().saturating_sub(date.day()) < EDGE_DAYS).then(|| last.tomorrow().ok()).flatten()
}

fn month_edges(pulls: &[Seen<'_>], known: &Knowledge, findings: &mut Vec<Finding>) {
    let mut edges: BTreeMap<Date, Vec<Seen<'_>>> = BTreeMap::new();
    for seen in pulls {
        if let Some(edge) = edge_of(seen.line.date) {
            edges.entry(edge).or_default().push(*seen);
        }
    }
    for (edge, near) in edges {
        let before = sum(near.iter().filter(|seen| seen.line.date < edge));
        let after = sum(near.iter().filter(|seen| seen.line.date >= edge));
        if before.yen() > EDGE_MIN || after.yen() > EDGE_MIN {
            continue;
        }
        let Some(first) = near.first() else { continue };
        let why = known.lang.month_edge(before, after);
        let is_pulled = near.iter().any(|seen| seen.meaning.is_pulled());
        let confidence = if is_pulled { Confidence::Medium } else { Confidence::Low };
        let mut finding = about(*first, Kind::MonthEdge, confidence, why);
        finding.amount = before.plus(after);
        findings.push(finding);
    }
}
