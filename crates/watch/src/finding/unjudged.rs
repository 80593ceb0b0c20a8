//! Who took money from an account whose files are too short to say who is new: one month is what most
//! banks hand out, and no finding about it is no all-clear.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::{Knowledge, as_digits, single::HISTORY_DAYS};
use crate::{
    amount::{Money, largest},
    descriptor::Dictionary,
    household::{Account, Household, Understood},
    statement::Statement,
};

/// Nobody reads more.
const SHOWN: usize = 20;
/// Below this the days of which nobody can tell are most of an account's.
const SHORT_DAYS: i32 = 60;

/// An account that is too short, and whom nobody can call old or new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unjudged {
    /// Its place in the household.
    pub account: usize,
    /// Those who took most, in the order in which they first did.
    pub payees: Vec<Payee>,
}

/// Somebody who was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Payee {
    /// What the statement says.
    pub text: String,
    /// How often.
    pub count: usize,
    /// How much in all: digits, with a minus.
    #[serde(serialize_with = "as_digits")]
    pub amount: Money,
}

/// Of each account that is too short and paid anybody whom no finding names.
#[must_use]
pub fn unjudged(
    household: &Household,
    dictionary: &Dictionary,
    known: &Knowledge,
) -> Vec<Unjudged> {
    let each = household.accounts.iter().enumerate();
    let short = each.filter_map(|(place, account)| Some((place, account, begin(account)?)));
    let told = short.map(|(place, account, begin)| {
        let payees = payees(&Understood::of(account, dictionary), begin, known);
        Unjudged { account: place, payees }
    });
    told.filter(|unjudged| !unjudged.payees.is_empty()).collect()
}

/// The first day of an account that is short.
fn begin(account: &Account) -> Option<Date> {
    let spans = account.statements.iter().filter_map(Statement::span);
    let (first, last) = spans.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))?;
    (days(first, last) < SHORT_DAYS).then_some(first)
}

fn days(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// Whoever was paid first within the days that tell nothing.
fn payees(account: &Understood<'_>, begin: Date, known: &Knowledge) -> Vec<Payee> {
    let mut found: Vec<Payee> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for seen in account.lines().filter(|seen| seen.line.change.is_negative()) {
        let meaning = seen.meaning;
        if meaning.service.is_some() || !meaning.is_payee() || known.is_mine(seen) {
            continue;
        }
        let is_late = days(begin, seen.line.date) >= HISTORY_DAYS;
        if is_late && !places.contains_key(meaning.payee()) {
            continue;
        }
        let next = found.len();
        let place = *places.entry(meaning.payee().to_owned()).or_insert(next);
        match found.get_mut(place) {
            Some(payee) => {
                payee.count = payee.count.saturating_add(1);
                payee.amount = payee.amount.plus(seen.line.change);
            }
            None => found.push(Payee {
                text: seen.statement.text(seen.line).to_owned(),
                count: 1,
                amount: seen.line.change,
            }),
        }
    }
    largest(found.into_iter(), SHOWN, |payee| payee.amount)
}
