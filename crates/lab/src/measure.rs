//! Counting while a world runs: what the thief got, what the honest met.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::Yen;

use crate::{
    report::{Day, Friction, Loss, Moment},
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
    friction: Friction,
    /// Requests of honest people by kind.
    actions: BTreeMap<&'static str, u64>,
    first_topups: Vec<u64>,
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
            friction: Friction::default(),
            actions: BTreeMap::new(),
            first_topups: Vec::new(),
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
    pub(crate) fn honest(&mut self, at: Timestamp, what: &'static str, outcome: Outcome) {
        let count = self.actions.entry(what).or_default();
        *count = count.saturating_add(1);
        if let Some(day) = self.on(at) {
            day.honest = day.honest.saturating_add(1);
        }
        let friction = &mut self.friction;
        friction.requests = friction.requests.saturating_add(1);
        let count = match outcome {
            Outcome::Fine => return,
            Outcome::Declined => {
                // Nobody leaves it at that.
                friction.contacts = friction.contacts.saturating_add(1);
                &mut friction.declined
            }
            Outcome::Challenged => &mut friction.challenged,
            Outcome::Held => &mut friction.held,
        };
        *count = count.saturating_add(1);
    }

    /// A link by passkey or identity card was begun, or made.
    pub(crate) fn link(&mut self, is_made: bool) {
        let friction = &mut self.friction;
        let count = if is_made { &mut friction.links_made } else { &mut friction.links_begun };
        *count = count.saturating_add(1);
    }

    /// A first top-up, so many seconds after the first page.
    pub(crate) fn first_topup(&mut self, secs: u64) {
        self.first_topups.push(secs);
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

    /// Somebody reported the crime to a company.
    pub(crate) fn reported(&mut self, at: Timestamp) {
        self.reported_at.get_or_insert(at);
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
            contained_after_s: since_first(self.last_debit_at),
            ..self.loss.clone()
        }
    }

    /// What the honest asked for, by kind.
    pub(crate) fn actions(&self) -> BTreeMap<&'static str, u64> {
        self.actions.clone()
    }

    /// What the honest met.
    pub(crate) fn friction(&self) -> Friction {
        let mut sorted = self.first_topups.clone();
        sorted.sort_unstable();
        let at = |per_mille: usize| {
            let place = sorted.len().saturating_sub(1).saturating_mul(per_mille);
            sorted.get(place.checked_div(1_000).unwrap_or(0)).copied()
        };
        Friction { first_topup_s_p50: at(500), first_topup_s_p99: at(990), ..self.friction.clone() }
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

    #[test]
    fn median_is_of_the_people_and_not_of_their_order() {
        let mut tally = Tally::starting(start(), start());
        for secs in [900, 100, 200, 250, 150] {
            tally.first_topup(secs);
        }

        assert_eq!(tally.friction().first_topup_s_p50, Some(200));
    }
}
