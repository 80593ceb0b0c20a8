//! Counting while a world runs: what the thief got, what the honest met.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::Yen;

use crate::{
    fared::Fared,
    report::{Day, Loss, Moment},
    sim::clock::{japan, secs_since},
};

/// How an honest request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done, or refused for a reason that the page had named before.
    Fine,
    /// Refused although it was in order.
    Declined,
    /// Asked for a signature by something too small to need one.
    Challenged,
    /// Made to wait.
    Held,
    /// Made to wait for as long as the page had said before: a higher cap, a lost telephone.
    Waits,
}

/// What a thief's attempt was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// He got what he wanted.
    Got,
    /// He did not.
    Refused,
}

/// Everything that was counted in one run.
#[derive(Debug)]
pub(crate) struct Tally {
    start: Timestamp,
    halt_at: Timestamp,
    days: Vec<Day>,
    /// How honest people fared.
    pub(crate) fared: Fared,
    paid_in: BTreeMap<usize, u64>,
    outside: BTreeMap<usize, u64>,
    answers: BTreeMap<String, u64>,
    loss: Loss,
    first_attempt_at: Option<Timestamp>,
    first_link_at: Option<Timestamp>,
    first_debit_at: Option<Timestamp>,
    first_notice_at: Option<Timestamp>,
    reported_at: Option<Timestamp>,
    last_debit_at: Option<Timestamp>,
    lost_since: Option<Timestamp>,
    back_at: Option<Timestamp>,
    findings: Vec<String>,
}

impl Tally {
    pub(crate) fn starting(start: Timestamp, halt_at: Timestamp) -> Self {
        Self {
            start,
            halt_at,
            days: Vec::new(),
            fared: Fared::default(),
            paid_in: BTreeMap::new(),
            outside: BTreeMap::new(),
            answers: BTreeMap::new(),
            loss: Loss::default(),
            first_attempt_at: None,
            first_link_at: None,
            first_debit_at: None,
            first_notice_at: None,
            reported_at: None,
            last_debit_at: None,
            lost_since: None,
            back_at: None,
            findings: Vec::new(),
        }
    }

    /// On which day of the run `at` is, from 0, by the Japanese calendar.
    pub(crate) fn day_of(&self, at: Timestamp) -> usize {
        let days = japan(self.start).date().until(japan(at).date());
        usize::try_from(days.map_or(0, |span| span.get_days())).unwrap_or(0)
    }

    fn on(&mut self, at: Timestamp) -> Option<&mut Day> {
        let day = self.day_of(at);
        if self.days.len() <= day {
            self.days.resize(day.saturating_add(1), Day::default());
        }
        self.days.get_mut(day)
    }

    /// A money or trust request of an honest person, and of what kind.
    pub(crate) fn honest(
        &mut self,
        at: Timestamp,
        who: &str,
        what: &'static str,
        outcome: Outcome,
    ) {
        if let Some(day) = self.on(at) {
            day.honest = day.honest.saturating_add(1);
        }
        self.fared.asked(who, what, outcome);
    }

    /// Money came into a deposit from outside.
    pub(crate) fn pay_in(&mut self, bank: usize, amount: Yen) {
        let sum = self.paid_in.entry(bank).or_default();
        *sum = sum.saturating_add(amount.amount());
    }

    /// All that came into the deposits of one bank from outside.
    pub(crate) fn paid_in(&self, bank: usize) -> u64 {
        self.paid_in.get(&bank).copied().unwrap_or(0)
    }

    /// So much was booked at a bank in the wallet's name, and in no book of the wallet's.
    pub(crate) fn take_outside(&mut self, bank: usize, amount: Yen) {
        let sum = self.outside.entry(bank).or_default();
        *sum = sum.saturating_add(amount.amount());
    }

    /// All that was taken so from one bank.
    pub(crate) fn outside(&self, bank: usize) -> u64 {
        self.outside.get(&bank).copied().unwrap_or(0)
    }

    /// A company paid somebody who had lost nothing.
    pub(crate) fn compensated(&mut self, amount: Yen) {
        self.loss.compensated = self.loss.compensated.plus(amount).unwrap_or(Yen::MAX);
    }

    /// The thief tried something; `words` say what, and what he was answered.
    pub(crate) fn attempt(&mut self, at: Timestamp, words: String) {
        self.first_attempt_at.get_or_insert(at);
        self.loss.attempts = self.loss.attempts.saturating_add(1);
        if let Some(day) = self.on(at) {
            day.attempts = day.attempts.saturating_add(1);
        }
        let count = self.answers.entry(words).or_default();
        *count = count.saturating_add(1);
    }

    /// The thief linked a victim's account.
    pub(crate) fn victim_linked(&mut self, at: Timestamp) {
        self.first_link_at.get_or_insert(at);
        self.loss.links = self.loss.links.saturating_add(1);
        if let Some(day) = self.on(at) {
            day.links = day.links.saturating_add(1);
        }
    }

    /// A victim's account was debited.
    pub(crate) fn victim_debited(&mut self, at: Timestamp) {
        self.first_debit_at.get_or_insert(at);
        self.last_debit_at = Some(at);
        if at >= self.halt_at {
            self.loss.debits_after_halt = self.loss.debits_after_halt.saturating_add(1);
        }
        if let Some(day) = self.on(at) {
            day.debits = day.debits.saturating_add(1);
        }
    }

    /// A message reached a victim.
    pub(crate) fn victim_told(&mut self, at: Timestamp) {
        let first = self.first_notice_at.map_or(at, |first| first.min(at));
        self.first_notice_at = Some(first);
        self.loss.notices = self.loss.notices.saturating_add(1);
        if let Some(day) = self.on(at) {
            day.notices = day.notices.saturating_add(1);
        }
    }

    /// Somebody reported the crime to a company. Before the thief tried anything there was none.
    pub(crate) fn reported(&mut self, at: Timestamp) {
        if self.first_attempt_at.is_some() {
            self.reported_at.get_or_insert(at);
        }
    }

    /// So much is missing from each victim now.
    pub(crate) fn missing(&mut self, at: Timestamp, missing: &[Yen]) {
        let sum = missing.iter().fold(Yen::ZERO, |sum, yen| sum.plus(*yen).unwrap_or(Yen::MAX));
        self.loss.peak_missing = self.loss.peak_missing.max(sum);
        self.loss.yen_lost = sum;
        let victims = u64::try_from(missing.len()).unwrap_or(u64::MAX);
        self.loss.victims = self.loss.victims.max(victims);
        if !missing.is_empty() {
            let least = missing.iter().copied().min().unwrap_or_default();
            let most = missing.iter().copied().max().unwrap_or_default();
            self.loss.per_victim = (least, most);
        }
        if sum.is_zero() {
            if self.lost_since.is_some() {
                self.back_at.get_or_insert(at);
            }
        } else {
            self.lost_since.get_or_insert(at);
            self.back_at = None;
        }
        if let Some(day) = self.on(at) {
            day.missing = sum;
        }
    }

    /// Something that should not be.
    pub(crate) fn find(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.findings.contains(&what) {
            self.findings.push(what);
        }
    }

    /// What happened when, in its order.
    pub(crate) fn moments(&self) -> Vec<Moment> {
        let told = [
            (self.first_attempt_at, "the thief's first attempt"),
            (self.first_link_at, "a victim's account is in his hands for the first time"),
            (self.first_debit_at, "the first yen leaves a victim's account"),
            (self.first_notice_at, "the first message reaches somebody whom he is after"),
            (self.reported_at, "somebody reports it or stops it"),
            (self.last_debit_at, "the last yen leaves a victim's account"),
        ];
        let moment =
            |(at, text): (Option<Timestamp>, &str)| Some(Moment { at: at?, text: text.to_owned() });
        let mut moments: Vec<Moment> = told.into_iter().filter_map(moment).collect();
        moments.sort_by_key(|moment| moment.at);
        moments
    }

    /// What was lost.
    pub(crate) fn loss(&self) -> Loss {
        let since_first = |at: Option<Timestamp>| Some(secs_since(self.first_attempt_at?, at?));
        let days_to_return = self
            .lost_since
            .zip(self.back_at)
            .map(|(since, back)| secs_since(since, back).div_ceil(86_400));
        Loss {
            days_to_return,
            detected_after_s: since_first(self.reported_at),
            // Who merely reached a cap was not contained by anybody.
            contained_after_s: self
                .reported_at
                .zip(self.last_debit_at)
                .and_then(|(reported, last)| since_first(Some(reported.max(last)))),
            ..self.loss.clone()
        }
    }

    /// What the thief was answered, most often first.
    pub(crate) fn answers(&self) -> Vec<(String, u64)> {
        let mut answers: Vec<(String, u64)> =
            self.answers.iter().map(|(what, times)| (what.clone(), *times)).collect();
        answers.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        answers
    }

    /// Day by day.
    pub(crate) fn days(&self) -> Vec<Day> {
        self.days.clone()
    }

    /// What should not be.
    pub(crate) fn findings(&self) -> Vec<String> {
        self.findings.clone()
    }
}

#[cfg(test)]
mod tests {
    use kanuki_domain::mandate::later;

    use super::*;

    fn start() -> Timestamp {
        "2026-08-15T15:00:00Z".parse().unwrap()
    }

    #[test]
    fn nothing_is_contained_before_somebody_knows_of_it_or_where_nobody_does() {
        let mut tally = Tally::starting(start(), later(start(), 864_000));
        tally.reported(start());
        tally.attempt(later(start(), 60), "link: got it".to_owned());
        tally.victim_debited(later(start(), 120));
        assert_eq!((tally.loss().detected_after_s, tally.loss().contained_after_s), (None, None));

        tally.reported(later(start(), 3_660));
        assert_eq!(tally.loss().detected_after_s, Some(3_600));
        assert_eq!(tally.loss().contained_after_s, Some(3_600));
        tally.victim_debited(later(start(), 7_260));
        assert_eq!(tally.loss().contained_after_s, Some(7_200));
    }

    #[test]
    fn money_that_comes_back_is_not_lost_but_was_missing() {
        let mut tally = Tally::starting(start(), later(start(), 864_000));
        tally.attempt(start(), "link: got it".to_owned());
        tally.missing(later(start(), 3_600), &[Yen::of(300_000), Yen::of(600_000)]);
        tally.missing(later(start(), 3 * 86_400), &[]);

        let loss = tally.loss();

        assert_eq!((loss.yen_lost, loss.peak_missing), (Yen::ZERO, Yen::of(900_000)));
        assert_eq!((loss.victims, loss.days_to_return), (2, Some(3)));
        assert_eq!(tally.days().first().map(|day| day.missing), Some(Yen::of(900_000)));
    }
}
