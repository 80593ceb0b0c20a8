//! Findings that one line gives, together with what came before it.

use std::collections::HashSet;

use jiff::civil::Date;

use super::{Confidence, Finding, Kind, Knowledge, about, stop::Stops};
use crate::{
    amount::Money,
    household::{Seen, Understood},
};

/// A company is "new" only where the account's history is long enough to say so, in days.
pub(super) const HISTORY_DAYS: i32 = 30;

pub(super) fn find(
    account: &Understood<'_>,
    (known, stops): (&Knowledge, &Stops<'_>),
    findings: &mut Vec<Finding>,
) {
    let mut since: Option<Date> = None;
    let mut payees: HashSet<&str> = HashSet::new();
    let mut balance: Option<Money> = None;
    let lines: Vec<Seen<'_>> = account.lines().collect();
    for seen in &lines {
        let before = balance;
        balance = seen.line.balance.or_else(|| before.map(|b| b.plus(seen.line.change)));
        let first_day = *since.get_or_insert(seen.line.date);
        if !seen.line.change.is_negative() {
            continue;
        }
        overdraft(*seen, (before, balance), known, findings);
        after_stop(*seen, (known, stops), findings);
        wallet(*seen, known, findings);
        let is_new = payees.insert(seen.meaning.payee());
        let history = first_day.until(seen.line.date).map_or(0, |span| span.get_days());
        if is_new && history >= HISTORY_DAYS {
            first_time(*seen, known, findings);
        }
    }
}

/// In 2020 accounts without an ordinary balance went to −¥170,000, because a time deposit stood
/// behind them.
fn overdraft(
    seen: Seen<'_>,
    (before, after): (Option<Money>, Option<Money>),
    known: &Knowledge,
    findings: &mut Vec<Finding>,
) {
    let Some(after) = after.filter(|b| b.is_negative()) else { return };
    let crosses = before.is_none_or(|b| !b.is_negative());
    // What a person does themselves below zero is said once; what a company pulls, each time. Most
    // banks do not print who pulled: a name that is no machine's or till's may have.
    let confidence = match (crosses || seen.meaning.is_pulled(), seen.meaning.is_payee()) {
        (true, _) => Confidence::High,
        (false, true) => Confidence::Medium,
        (false, false) => return,
    };
    let why = known.lang.overdraft(after, crosses);
    findings.push(about(seen, Kind::Overdraft, confidence, why));
}

fn after_stop(
    seen: Seen<'_>,
    (known, stops): (&Knowledge, &Stops<'_>),
    findings: &mut Vec<Finding>,
) {
    let stopped = stops.of_payee(seen).filter(|stopped| seen.line.date > stopped.since);
    if let Some(stopped) = stopped {
        let why = known.lang.after_stop(stopped.since);
        let finding = about(seen, Kind::AfterStop, Confidence::High, why);
        findings.push(Finding { stopped: Some(stopped), ..finding });
    }
}

fn wallet(seen: Seen<'_>, known: &Knowledge, findings: &mut Vec<Finding>) {
    let Some(service) = seen.meaning.service.filter(|_| !known.is_mine(seen)) else { return };
    let why = known.lang.wallet(service);
    findings.push(about(seen, Kind::WalletDebit, service.confidence, why));
}

fn first_time(seen: Seen<'_>, known: &Knowledge, findings: &mut Vec<Finding>) {
    let meaning = seen.meaning;
    if !meaning.is_payee() || known.is_mine(seen) {
        return;
    }
    let confidence = if meaning.is_pulled() { Confidence::Medium } else { Confidence::Low };
    findings.push(about(seen, Kind::FirstTime, confidence, known.lang.first_time()));
}
