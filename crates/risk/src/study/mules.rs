//! Accounts that collect what many small senders bring: found from transfers as they come, each hit
//! with the path that leads to it.
//!
//! A transfer is **odd** when it is a twentieth or less of what everybody's transfers of the last
//! ninety days were on average, by the engine's counts at that moment: a collector is fed with
//! amounts that nobody looks at. Who sends or gets one is a hit. Whoever else pays a collector is a
//! suspect, the more so the fewer pay it: a shop has many customers, a collector has few feeders.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kanuki_domain::Yen;

use crate::{
    Bounds, Feature, Key, Kind, Measure, Moment, Signal, Subject, features::Features, id::ids,
    model::number::many,
};

/// How many odd transfers make the difference that one makes: none more counts.
const CERTAIN: f64 = 1_000.0;
/// An odd transfer is at most one of so many parts of what is usual.
const PARTS: u64 = 20;
const USUAL_SECS: i64 = 90 * 86_400;

/// One transfer between accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// When.
    pub at: Timestamp,
    /// Who sends.
    pub from: u32,
    /// Who gets it.
    pub to: u32,
    /// How much, in hundredths.
    pub amount: u64,
}

/// Why an account is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It sent odd amounts to this account, this often, since then.
    Feeds {
        /// Who collects.
        collector: u32,
        /// How often.
        times: u32,
        /// Since when.
        since: Timestamp,
    },
    /// It got odd amounts from these accounts.
    Collects {
        /// Who feeds it.
        feeders: Vec<u32>,
        /// Since when.
        since: Timestamp,
    },
    /// It pays this collector, as so few do.
    Pays {
        /// Who collects.
        collector: u32,
        /// How many pay it.
        payers: usize,
    },
}

/// What is known of accounts.
#[derive(Debug)]
pub struct Mules {
    features: Features,
    payees: BTreeMap<u32, BTreeSet<u32>>,
    payers: BTreeMap<u32, BTreeSet<u32>>,
    /// Odd ones, by who got them and who sent them: since when, and how often.
    fed: BTreeMap<u32, BTreeMap<u32, (Timestamp, u32)>>,
    feeds: BTreeMap<u32, BTreeSet<u32>>,
}

impl Default for Mules {
    fn default() -> Self {
        Self {
            features: Features::new(Bounds::default()),
            payees: BTreeMap::new(),
            payers: BTreeMap::new(),
            fed: BTreeMap::new(),
            feeds: BTreeMap::new(),
        }
    }
}

impl Mules {
    /// Notes one transfer; true when it is odd.
    pub fn see(&mut self, transfer: &Transfer) -> bool {
        let Transfer { at, from, to, amount } = *transfer;
        let usual = |measure| Feature {
            measure,
            kind: Kind::Remittance,
            subject: Subject::Everyone,
            window_secs: USUAL_SECS,
        };
        let read = |measure| {
            let found = self.features.read(&usual(measure), &Key::Everyone, Moment::at(at));
            found.unwrap_or_default()
        };
        // Before this one is a part of it.
        let (count, sum) = (read(Measure::Count), read(Measure::Sum));
        let is_odd = amount.saturating_mul(PARTS).saturating_mul(count) <= sum && count > 0;
        let yen = Yen::new(amount).unwrap_or(Yen::MAX);
        let signal = Signal::new(Kind::Remittance, at, vec![Key::Everyone]).with_amount(yen);
        self.features.note(&signal, &ids(&signal));
        self.payees.entry(from).or_default().insert(to);
        self.payers.entry(to).or_default().insert(from);
        if is_odd {
            let fed = self.fed.entry(to).or_default().entry(from).or_insert((at, 0));
            fed.1 = fed.1.saturating_add(1);
            self.feeds.entry(from).or_default().insert(to);
        }
        is_odd
    }

    /// How much an account is to be looked at, by what has happened until now.
    ///
    /// A hit comes before any suspect. Among hits, whoever collects counts one and each account that feeds
    /// it; who feeds one, at most one for each collector: so a collector comes before its feeders,
    /// and the one with the most feeders first.
    #[must_use]
    pub fn score(&self, account: u32) -> f64 {
        let is_hit = self.fed.contains_key(&account) || self.feeds.contains_key(&account);
        let feeders = self.fed.get(&account).map_or(0, BTreeMap::len);
        let collects = if feeders == 0 { 0.0 } else { 1.0 + many(feeders) };
        let share = |collector: &u32| {
            let payers = self.payers.get(collector).map_or(1, BTreeSet::len);
            1.0 / many(payers.max(1))
        };
        let shares: f64 = self.collectors(account).map(|collector| share(&collector)).sum();
        if is_hit { CERTAIN + collects + shares } else { shares }
    }

    /// The collectors that an account pays.
    fn collectors(&self, account: u32) -> impl Iterator<Item = u32> + '_ {
        let payees = self.payees.get(&account).into_iter().flatten();
        payees.copied().filter(|payee| self.fed.contains_key(payee))
    }

    /// The path that leads to an account.
    #[must_use]
    pub fn why(&self, account: u32) -> Vec<Why> {
        let mut why = Vec::new();
        if let Some(fed) = self.fed.get(&account) {
            let since = fed.values().map(|(since, _)| *since).min().unwrap_or_default();
            why.push(Why::Collects { feeders: fed.keys().copied().collect(), since });
        }
        for collector in self.feeds.get(&account).into_iter().flatten() {
            let fed = self.fed.get(collector).and_then(|fed| fed.get(&account));
            if let Some((since, times)) = fed.copied() {
                why.push(Why::Feeds { collector: *collector, times, since });
            }
        }
        if why.is_empty() {
            why.extend(self.collectors(account).map(|collector| {
                let payers = self.payers.get(&collector).map_or(0, BTreeSet::len);
                Why::Pays { collector, payers }
            }));
        }
        why
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(day: i64, from: u32, to: u32, amount: u64) -> Transfer {
        let at = Timestamp::from_second(day.saturating_mul(86_400)).unwrap();
        Transfer { at, from, to, amount }
    }

    #[test]
    fn feeders_and_their_collector_are_hits_and_whoever_else_pays_it_is_suspected() {
        let mut mules = Mules::default();
        for n in 0..50 {
            assert!(!mules.see(&transfer(0, n, n + 1, 20_000)), "a usual amount");
        }
        // 100 pays the collector 200 and is one of three; 300 is a shop that one feeder pays too.
        mules.see(&transfer(1, 100, 200, 20_000));
        assert_eq!((mules.score(100), mules.why(100)), (0.0, vec![]), "nothing is known yet");
        for _ in 0..5 {
            assert!(mules.see(&transfer(2, 101, 200, 300)));
        }
        mules.see(&transfer(3, 102, 200, 250));
        mules.see(&transfer(3, 101, 300, 20_000));

        let since = transfer(2, 0, 0, 0).at;
        assert_eq!(mules.why(101), [Why::Feeds { collector: 200, times: 5, since }]);
        assert_eq!(mules.why(200), [Why::Collects { feeders: vec![101, 102], since }]);
        assert_eq!(mules.why(100), [Why::Pays { collector: 200, payers: 3 }]);
        assert!(mules.score(200) > mules.score(101), "who collects comes before who feeds");
        assert!(mules.score(101) > mules.score(100) && mules.score(100) > mules.score(300));
        assert!(mules.why(300).is_empty());
    }

    #[test]
    fn collectors_come_first_the_more_the_more_feed_them_and_beside_a_single_feeder_too() {
        let mut mules = Mules::default();
        for n in 0..50 {
            mules.see(&transfer(0, n, n + 1, 20_000));
        }
        for feeder in 101..=112 {
            mules.see(&transfer(1, feeder, 200, 300));
        }
        mules.see(&transfer(2, 113, 201, 300));

        let mut found: Vec<u32> = (100..=201).filter(|one| mules.score(*one) > 0.0).collect();
        found.sort_by(|a, b| mules.score(*b).total_cmp(&mules.score(*a)));

        assert_eq!(found.get(..3), Some(&[200, 201, 113][..]), "{found:?}");
        assert_eq!(found.len(), 15);
    }
}
