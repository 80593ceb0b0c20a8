//! Who took money from an account whose files are too short to say who is new: one month is what most
//! banks hand out, and no finding about it is no all-clear.

use std::collections::BTreeMap;

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
    let short = household.accounts.iter().enumerate().filter(|(_, account)| is_short(account));
    let told = short.map(|(place, account)| {
        let payees = payees(&Understood::of(account, dictionary), known);
        Unjudged { account: place, payees }
    });
    told.filter(|unjudged| !unjudged.payees.is_empty()).collect()
}

/// Whether no line of it is late enough to be called the first of its payee.
fn is_short(account: &Account) -> bool {
    let spans = account.statements.iter().filter_map(Statement::span);
    let span = spans.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)));
    span.is_some_and(|(first, last)| {
        first.until(last).map_or(0, |span| span.get_days()) < HISTORY_DAYS
    })
}

fn payees(account: &Understood<'_>, known: &Knowledge) -> Vec<Payee> {
    let mut found: Vec<Payee> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for seen in account.lines().filter(|seen| seen.line.change.is_negative()) {
        let meaning = seen.meaning;
        if meaning.service.is_some() || !meaning.is_payee() || known.is_mine(seen) {
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
