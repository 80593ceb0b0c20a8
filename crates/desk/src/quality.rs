//! What rules are worth (FT-22): how often they held, what followed, and what staff found it to have been.
//!
//! A rule's case that somebody looked into was a fraud, or it was somebody honest who was bothered. Only
//! what was found counts: a case that nobody judged says nothing about its rule.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::{
    Ctx, Yen,
    id::{CaseId, StaffId},
    limits::{DAY_SECS, HOUR_SECS},
    mandate::later,
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use kanuki_risk::{Outcome, Record};
use serde::{Deserialize, Serialize};

use crate::{
    DeskError,
    case::{Case, CaseKind},
    rule::of_case,
};

/// How many hours are drawn one by one, up to now.
pub const HOURS: usize = 24;
/// How many days are.
pub const DAYS: usize = 14;
/// The same, as days back from now.
const DAYS_BACK: i64 = 14;

/// What a rule's case turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The rule was right.
    Fraud,
    /// Somebody honest was bothered.
    Honest,
}

impl Found {
    /// As it is typed and part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fraud => "fraud",
            Self::Honest => "honest",
        }
    }

    /// The inverse of [`name`](Self::name).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Fraud, Self::Honest].into_iter().find(|found| found.name() == text)
    }
}

/// What somebody found a rule's case to be. The newest word counts; each is in the audit log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// Which case.
    pub case_id: CaseId,
    /// Its rule.
    pub rule: String,
    /// What it was.
    pub found: Found,
    /// Who says so.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
}

record! { Finding => "rule_finding" by |f| f.case_id.to_string();
    many rule = |f| Some(f.rule.clone());
}

/// Notes what a rule's case turned out to be.
pub async fn note(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    (case_id, found): (CaseId, Found),
) -> Result<(), DeskError> {
    let case = book.find::<Case>(case_id).await?.ok_or(DeskError::NotAccepted)?;
    let rule = of_case(&case).ok_or(DeskError::NotAccepted)?.to_owned();
    let finding = Finding { case_id, rule, found, by, at: ctx.now };
    let mut unit = Unit::new();
    if let Some(mut known) = book.find::<Finding>(case_id).await? {
        *known.edit() = finding;
        unit.update(&known);
    } else {
        unit.insert(&finding);
    }
    unit.audit(AuditEntry::new(ctx.now, by, "risk.found", case_id).with("found", found.name()));
    Ok(book.commit(unit).await?)
}

/// A rule's case, and what it was found to be.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Its number.
    pub case_id: CaseId,
    /// Its rule.
    pub rule: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// What it was, and who says so.
    pub finding: Option<Finding>,
}

/// The newest cases of rules, at most two pages, those that nobody judged first.
pub async fn cases(book: &Book) -> Result<Vec<Judged>, RecordError> {
    let mut all = Vec::new();
    for state in ["open", "closed"] {
        for case in book.list::<Case>("state", state).await? {
            if case.kind != CaseKind::Rule {
                continue;
            }
            let Some(rule) = of_case(&case).map(str::to_owned) else { continue };
            let (case_id, opened_at) = (case.case_id, case.opened_at);
            let finding = book.find::<Finding>(case_id).await?.map(Stored::into_inner);
            all.push(Judged { case_id, rule, opened_at, finding });
        }
    }
    all.sort_by_key(|one| (one.finding.is_some(), std::cmp::Reverse(one.opened_at)));
    Ok(all)
}

/// How often each thing followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// A passkey was asked for.
    pub challenged: u64,
    /// It waited.
    pub held: u64,
    /// It was a no, or the end of everything.
    pub declined: u64,
    /// Nothing: only a rule in shadow held.
    pub shadow: u64,
}

impl Followed {
    fn add(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Approve => &mut self.shadow,
            Outcome::Challenge => &mut self.challenged,
            Outcome::Hold => &mut self.held,
            Outcome::Decline | Outcome::Freeze => &mut self.declined,
        };
        *count = count.saturating_add(1);
    }

    /// All that was not let go on as it came.
    #[must_use]
    pub const fn bothered(&self) -> u64 {
        self.challenged.saturating_add(self.held).saturating_add(self.declined)
    }
}

/// What one rule did, and what it was worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfRule {
    /// How often it held, in shadow too.
    pub times: u64,
    /// How often within the last day.
    pub day: u64,
    /// How often within the days before, of [`DAYS`].
    pub before: u64,
    /// What followed, whichever rule it was that asked for most.
    pub followed: Followed,
    /// Yen of what it held for.
    pub yen: Yen,
    /// Cases that were found to be a fraud.
    pub fraud: u64,
    /// Cases that were found to be somebody honest.
    pub honest: u64,
}

impl OfRule {
    /// How often within the last day beside how often a day before, in hundredths: 100 is as before. None
    /// where it did not hold before.
    #[must_use]
    pub fn moved(&self) -> Option<u64> {
        let days = u64::try_from(DAYS_BACK.saturating_sub(1)).unwrap_or(1);
        self.day.saturating_mul(days).saturating_mul(100).checked_div(self.before)
    }

    /// Of the cases that somebody judged, how many in a hundred were somebody honest.
    #[must_use]
    pub fn false_positive_percent(&self) -> Option<u64> {
        let judged = self.fraud.saturating_add(self.honest);
        self.honest.saturating_mul(100).checked_div(judged)
    }
}

/// An hour, or a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its beginning.
    pub from: Timestamp,
    /// What followed within it.
    pub followed: Followed,
}

/// Everything about the rules, from the decisions that are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The last hours, oldest first.
    pub hours: Vec<Span>,
    /// The last days of 24 hours, oldest first.
    pub days: Vec<Span>,
    /// By rule.
    pub rules: BTreeMap<String, OfRule>,
    /// Since when these decisions are.
    pub since: Option<Timestamp>,
}

fn spans(now: Timestamp, records: &[Record], (count, secs): (usize, i64)) -> Vec<Span> {
    let mut spans = Vec::with_capacity(count);
    for back in (0..i64::try_from(count).unwrap_or(0)).rev() {
        let from = later(now, secs.saturating_mul(back.saturating_add(1)).saturating_neg());
        spans.push(Span { from, followed: Followed::default() });
    }
    for record in records {
        let ago = now.duration_since(record.at).as_secs().max(0).div_euclid(secs);
        let place =
            usize::try_from(ago).ok().and_then(|ago| count.checked_sub(ago.saturating_add(1)));
        if let Some(span) = place.and_then(|place| spans.get_mut(place)) {
            span.followed.add(record.outcome);
        }
    }
    spans
}

/// The figures of `records`, the newest decisions for which a rule held, and of what was found.
#[must_use]
pub fn figures(now: Timestamp, records: &[Record], cases: &[Judged]) -> Figures {
    let mut rules: BTreeMap<String, OfRule> = BTreeMap::new();
    for record in records {
        // What another rule did is not what one in shadow would have done.
        let obeyed = record.reasons.iter().map(|reason| (reason, record.outcome));
        let shadow = record.shadow.iter().map(|reason| (reason, Outcome::Approve));
        for (reason, outcome) in obeyed.chain(shadow) {
            let of = rules.entry(reason.rule.to_string()).or_default();
            of.times = of.times.saturating_add(1);
            match now.duration_since(record.at).as_secs().div_euclid(DAY_SECS) {
                ..1 => of.day = of.day.saturating_add(1),
                1..DAYS_BACK => of.before = of.before.saturating_add(1),
                _ => {}
            }
            of.followed.add(outcome);
            of.yen = of.yen.plus(record.signal.amount).unwrap_or(Yen::MAX);
        }
    }
    for case in cases {
        let of = rules.entry(case.rule.clone()).or_default();
        match case.finding.as_ref().map(|finding| finding.found) {
            Some(Found::Fraud) => of.fraud = of.fraud.saturating_add(1),
            Some(Found::Honest) => of.honest = of.honest.saturating_add(1),
            None => {}
        }
    }
    Figures {
        hours: spans(now, records, (HOURS, HOUR_SECS)),
        days: spans(now, records, (DAYS, DAY_SECS)),
        rules,
        since: records.iter().map(|record| record.at).min(),
    }
}

/// How much a decision let go on, or wait: nothing of what was refused, or was to be signed for and was not.
/// Whether it went back since, only its company knows.
#[must_use]
pub fn at_stake(record: &Record) -> Yen {
    let is_stopped = match record.outcome {
        Outcome::Approve | Outcome::Hold => false,
        // What was signed for after all is a decision of its own.
        Outcome::Challenge => record.signal.facts.signed != Some(true),
        Outcome::Decline | Outcome::Freeze => true,
    };
    if is_stopped { Yen::ZERO } else { record.signal.amount }
}

/// By rule, what it may still cost: the yen of its decisions that are open, each by how likely it
/// was a fraud. How likely says the score where one was looked at; else what staff found the rule's cases
/// to be, where each rule begins as if one of two had been a fraud. `open` is how much of each may be lost.
#[must_use]
pub fn expected_losses(
    (records, open): (&[Record], &[Yen]),
    cases: &[Judged],
) -> BTreeMap<String, Yen> {
    let found = figures(Timestamp::UNIX_EPOCH, &[], cases).rules;
    let share = |rule: &str| {
        let of = found.get(rule).copied().unwrap_or_default();
        let all = of.fraud.saturating_add(of.honest).saturating_add(2);
        of.fraud.saturating_add(1).saturating_mul(1_000).div_euclid(all)
    };
    let mut losses: BTreeMap<String, u128> = BTreeMap::new();
    for (record, open) in records.iter().zip(open).filter(|(_, open)| !open.is_zero()) {
        let yen = u128::from(open.amount());
        for reason in record.reasons.iter().chain(&record.shadow) {
            let said = record.said.as_ref().map(|said| u64::from(said.score));
            let permille = said.unwrap_or_else(|| share(&reason.rule)).min(1_000);
            let of = losses.entry(reason.rule.to_string()).or_default();
            *of = of.saturating_add(yen.saturating_mul(permille.into()));
        }
    }
    let whole =
        |of: u128| u64::try_from(of.div_euclid(1_000)).ok().and_then(|of| Yen::new(of).ok());
    losses.into_iter().map(|(rule, of)| (rule, whole(of).unwrap_or(Yen::MAX))).collect()
}

#[cfg(test)]
mod tests {
    use kanuki_domain::Entropy;
    use kanuki_risk::{Key, Kind, Reason, Signal, model::Said};

    use super::*;

    struct Zero;
    impl Entropy for Zero {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    fn record(at: Timestamp, rule: &str, outcome: Outcome) -> Record {
        let reason = Reason { rule: rule.into(), code: "c".into(), value: 1 };
        let signal = Signal::new(Kind::Debit, at, vec![Key::Account("a".to_owned())]);
        let is_shadow = outcome == Outcome::Approve;
        Record {
            signal: signal.with_amount(Yen::of(1_000)),
            seen: Vec::new(),
            outcome,
            reasons: if is_shadow { Vec::new() } else { vec![reason.clone()] },
            shadow: if is_shadow { vec![reason] } else { Vec::new() },
            hold_secs: None,
            tell: Vec::new(),
            version: "v".into(),
            at,
            said: None,
        }
    }

    fn judged(n: u8, rule: &str, found: Option<Found>) -> Judged {
        let ctx =
            Ctx { now: Timestamp::UNIX_EPOCH, entropy: &Zero, address_block: "", address: "" };
        let (case_id, by) = (CaseId::derive(&[&n.to_string()]), StaffId::derive(&["aoki"]));
        let at = ctx.now;
        let finding = found.map(|found| Finding { case_id, rule: rule.to_owned(), found, by, at });
        Judged { case_id, rule: rule.to_owned(), opened_at: at, finding }
    }

    #[test]
    fn each_decision_is_in_one_hour_and_one_day_and_a_shadow_bothers_nobody() {
        let now: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
        let ago = |secs: i64| later(now, -secs);
        let records = [
            record(now, "burst", Outcome::Decline),
            record(ago(HOUR_SECS - 1), "burst", Outcome::Challenge),
            record(ago(HOUR_SECS), "burst", Outcome::Hold),
            record(ago(3 * DAY_SECS), "burst", Outcome::Decline),
            record(ago(20 * DAY_SECS), "burst", Outcome::Freeze),
            record(now, "tried", Outcome::Approve),
        ];

        let figures = figures(now, &records, &[]);

        let last = figures.hours[HOURS - 1].followed;
        assert_eq!((last.declined, last.challenged, last.shadow, last.bothered()), (1, 1, 1, 2));
        assert_eq!(figures.hours[HOURS - 2].followed.held, 1);
        assert_eq!(figures.days[DAYS - 1].followed.bothered(), 3);
        assert_eq!(figures.days[DAYS - 4].followed.declined, 1);
        let all: u64 = figures.days.iter().map(|day| day.followed.bothered()).sum();
        assert_eq!(all, 4, "what is older is in no day");
        let burst = figures.rules["burst"];
        assert_eq!((burst.times, burst.day, burst.before, burst.yen), (5, 3, 1, Yen::of(5_000)));
        assert_eq!(burst.moved(), Some(3_900), "thirty-nine times a day before");
        assert_eq!(figures.rules["tried"].followed.bothered(), 0);
        assert_eq!(figures.rules["tried"].moved(), None);
        assert_eq!(figures.since, Some(ago(20 * DAY_SECS)));
    }

    /// What another rule did is not what one in shadow would have done.
    #[test]
    fn a_rule_in_shadow_held_and_did_nothing() {
        let now: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
        let mut held = record(now, "watched", Outcome::Hold);
        held.shadow = record(now, "tried", Outcome::Approve).shadow;

        let figures = figures(now, &[held], &[]);

        let (watched, tried) = (figures.rules["watched"], figures.rules["tried"]);
        assert_eq!((watched.times, watched.followed.held), (1, 1));
        assert_eq!((tried.times, tried.followed.held, tried.followed.shadow), (1, 0, 1));
        assert_eq!(figures.hours[HOURS - 1].followed.held, 1);
    }

    #[test]
    fn only_what_somebody_found_counts_for_or_against_a_rule() {
        let cases = [
            judged(1, "burst", Some(Found::Fraud)),
            judged(2, "burst", Some(Found::Honest)),
            judged(3, "burst", Some(Found::Honest)),
            judged(4, "burst", None),
            judged(5, "other", None),
        ];

        let figures = figures(Timestamp::UNIX_EPOCH, &[], &cases);

        assert_eq!(figures.rules["burst"].false_positive_percent(), Some(66));
        assert_eq!(figures.rules["other"].false_positive_percent(), None, "nobody judged it");
    }

    #[test]
    fn what_is_likelier_to_be_lost_comes_before_what_is_merely_more() {
        let now = Timestamp::UNIX_EPOCH;
        let of = |rule: &str, yen: u32, outcome| {
            let mut one = record(now, rule, outcome);
            one.signal.amount = Yen::of(yen);
            one
        };
        let scored = Said { model: "m".into(), score: 900, reasons: Vec::new() };
        let mut signed = of("wrong", 30_000, Outcome::Challenge);
        signed.signal.facts.signed = Some(true);
        let records = [
            of("right", 10_000, Outcome::Hold),
            signed,
            // Nobody signed for it, so that it moved nothing.
            of("wrong", 70_000, Outcome::Challenge),
            of("new", 8_000, Outcome::Approve),
            of("refused", 50_000, Outcome::Decline),
            Record { said: Some(scored), ..of("scored", 10_000, Outcome::Hold) },
        ];
        let cases = [
            judged(1, "right", Some(Found::Fraud)),
            judged(2, "right", Some(Found::Fraud)),
            judged(3, "right", Some(Found::Fraud)),
            judged(4, "wrong", Some(Found::Honest)),
            judged(5, "wrong", Some(Found::Honest)),
            judged(6, "wrong", Some(Found::Honest)),
            judged(7, "scored", Some(Found::Honest)),
        ];

        let open: Vec<Yen> = records.iter().map(at_stake).collect();
        let losses = expected_losses((&records, &open), &cases);

        let yen: Vec<_> = losses.iter().map(|(rule, yen)| (rule.as_str(), yen.amount())).collect();
        let expected = [("new", 4_000), ("right", 8_000), ("scored", 9_000), ("wrong", 6_000)];
        assert_eq!(yen, expected);
    }
}
