//! What the holder had stopped, as lines are compared with it.

use jiff::civil::Date;

use super::{Knowledge, Stopped};
use crate::{
    descriptor::{Dictionary, ServiceKind, fold},
    household::{Household, Seen, Understood},
};

/// One thing that was stopped.
struct Stop<'a> {
    since: Date,
    said: &'a str,
    /// The same without blanks and in one spelling.
    joined: String,
    /// The wallet that is meant, whatever the statement calls it.
    wallet: Option<&'a str>,
}

/// Everything that was stopped.
pub(super) struct Stops<'a>(Vec<Stop<'a>>);

fn joined(folded: &str) -> String {
    folded.replace(' ', "")
}

impl<'a> Stops<'a> {
    pub(super) fn of(known: &'a Knowledge, dictionary: &'a Dictionary) -> Self {
        let stops = known.stopped.iter().map(|(since, said)| {
            // Who collects for many is not stopped with one of them.
            let wallet = dictionary.named(said, *since).filter(|s| s.kind == ServiceKind::Wallet);
            let wallet = wallet.map(|service| service.id.as_str());
            Stop { since: *since, said, joined: joined(&fold(said)), wallet }
        });
        Self(stops.collect())
    }

    fn naming(&self, seen: Seen<'_>) -> impl Iterator<Item = &Stop<'a>> {
        let words = if self.0.is_empty() { String::new() } else { joined(&seen.meaning.folded) };
        let service = seen.meaning.service.map(|service| service.id.as_str());
        self.0.iter().filter(move |stop| {
            words.contains(&stop.joined) || (service.is_some() && service == stop.wallet)
        })
    }

    /// Since when this payee should take nothing, and what was said to be stopped.
    pub(super) fn of_payee(&self, seen: Seen<'_>) -> Option<Stopped> {
        let first = self.naming(seen).min_by_key(|stop| stop.since)?;
        Some(Stopped { since: first.since, said: first.said.to_owned() })
    }
}

/// What was said to be stopped and stands on no line at all, as it was said: it may be called otherwise
/// there, and "nothing was taken" would be no answer.
#[must_use]
pub fn unseen<'a>(
    household: &Household,
    dictionary: &'a Dictionary,
    known: &'a Knowledge,
) -> Vec<&'a str> {
    let mut stops = Stops::of(known, dictionary);
    for account in &household.accounts {
        for seen in Understood::of(account, dictionary).lines() {
            let found: Vec<&str> = stops.naming(seen).map(|stop| stop.said).collect();
            stops.0.retain(|stop| !found.contains(&stop.said));
            if stops.0.is_empty() {
                return Vec::new();
            }
        }
    }
    stops.0.into_iter().map(|stop| stop.said).collect()
}
