//! What is missing from an agreement, by the row of the guidelines that asks for it.

use std::fmt;

use jiff::{ToSpan as _, civil::Date};

use super::{
    Agreement, Compensation, Contract, Exchange, Fact, IdentityProof, REVIEW_DAYS_MAX, Safeguards,
    SignOff, Standard, Task, Threat,
};

/// What is wrong with one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// Nothing is there.
    Missing,
    /// The day has passed.
    Passed,
    /// The day has not come.
    Ahead,
    /// The day is too far off.
    TooFar,
    /// The day is before the one that it must follow.
    TooSoon,
    /// The same as what it must differ from.
    Same,
    /// Not enough of them.
    TooFew,
    /// Not what may be.
    Unsafe,
    /// Not what it is computed from.
    Untrue,
    /// About another company.
    Stranger,
    /// There already.
    Twice,
    /// More of them than anybody reads.
    TooMany,
    /// Not what was agreed with the other company.
    Differs,
}

impl Lack {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Passed => "passed",
            Self::Ahead => "ahead",
            Self::TooFar => "too-far",
            Self::TooSoon => "too-soon",
            Self::Same => "same",
            Self::TooFew => "too-few",
            Self::Unsafe => "unsafe",
            Self::Untrue => "untrue",
            Self::Stranger => "stranger",
            Self::Twice => "twice",
            Self::TooMany => "too-many",
            Self::Differs => "differs",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Missing => "is missing",
            Self::Passed => "has passed",
            Self::Ahead => "is a day that has not come yet",
            Self::TooFar => "is more than a year after the assessment",
            Self::TooSoon => "is before the day that it must follow",
            Self::Same => "rests on the same thing as the other side's",
            Self::TooFew => "names too few",
            Self::Unsafe => "is not safe",
            Self::Untrue => "is not what the profile comes to",
            Self::Stranger => "is about another company",
            Self::Twice => "says what stands there already",
            Self::TooMany => "is longer than it may be",
            Self::Differs => "is not what was agreed with the other company",
        }
    }
}

/// One thing that keeps a version from going live.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The row that asks for it: `FT-05`.
    pub requirement: &'static str,
    /// The field: `assessment.review_by`.
    pub path: String,
    /// What is wrong with it.
    pub lack: Lack,
}

impl Gap {
    /// A gap.
    pub fn new(requirement: &'static str, path: impl Into<String>, lack: Lack) -> Self {
        Self { requirement, path: path.into(), lack }
    }

    /// The same within a larger whole.
    #[must_use]
    pub fn below(self, name: &str) -> Self {
        Self { path: format!("{name}.{}", self.path), ..self }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.requirement, self.path, self.lack.words())
    }
}

/// What was found so far.
struct Finder {
    gaps: Vec<Gap>,
}

impl Finder {
    fn add(&mut self, requirement: &'static str, path: impl Into<String>, lack: Lack) {
        self.gaps.push(Gap::new(requirement, path, lack));
    }

    fn when(&mut self, is_so: bool, requirement: &'static str, path: &str, lack: Lack) {
        if is_so {
            self.add(requirement, path, lack);
        }
    }

    fn text(&mut self, requirement: &'static str, path: impl Into<String>, text: &str) {
        if text.trim().is_empty() {
            self.add(requirement, path, Lack::Missing);
        }
    }

    /// A day that was: there, and not in the future.
    fn past(&mut self, requirement: &'static str, path: &str, day: Option<Date>, today: Date) {
        match day {
            None => self.add(requirement, path, Lack::Missing),
            Some(day) if day > today => self.add(requirement, path, Lack::Ahead),
            Some(_) => {}
        }
    }
}

impl Agreement {
    /// Every row of the guidelines that is not met on `today`; none means that it may go live.
    #[must_use]
    pub fn gaps(&self, today: Date) -> Vec<Gap> {
        let mut found = Finder { gaps: Vec::new() };
        self.assessed(&mut found, today);
        self.responsible(&mut found);
        safe(&self.safeguards, &mut found);
        contracted(&self.contract, &mut found, today);
        compensated(&self.compensation, &mut found);
        asking(&mut found, &self.exchange, today);
        standing(&mut found, "standards.of_bank", &self.standards.of_bank, ("FT-10", today));
        standing(&mut found, "standards.of_wallet", &self.standards.of_wallet, ("ZG-01", today));
        found.gaps
    }

    fn assessed(&self, found: &mut Finder, today: Date) {
        let assessment = &self.assessment;
        found.past("FT-05", "assessment.assessed_on", assessment.assessed_on, today);
        match assessment.review_by {
            None => found.add("FT-13", "assessment.review_by", Lack::Missing),
            Some(by) if by < today => found.add("FT-13", "assessment.review_by", Lack::Passed),
            Some(by) => {
                let last = assessment
                    .assessed_on
                    .and_then(|on| on.checked_add(REVIEW_DAYS_MAX.days()).ok());
                let is_far = last.is_some_and(|last| by > last);
                found.when(is_far, "FT-13", "assessment.review_by", Lack::TooFar);
            }
        }
        for threat in Threat::ALL {
            let known = assessment.threats.get(threat).cloned().unwrap_or_default();
            let at = format!("assessment.threats.{}", threat.name());
            found.text("FT-01", format!("{at}.finding"), &known.finding);
            found.text("FT-01", format!("{at}.measure"), &known.measure);
        }
        for (side, sign_off) in [("wallet", &assessment.wallet), ("bank", &assessment.bank)] {
            signed(found, &format!("assessment.{side}"), sign_off, assessment.assessed_on, today);
        }
    }

    fn responsible(&self, found: &mut Finder) {
        for task in Task::ALL {
            let duty = self.duties.get(task).cloned().unwrap_or_default();
            // Without somebody who stops it, there is no kill switch.
            let row = if *task == Task::Suspension { "FT-14" } else { "FT-06" };
            let at = format!("duties.{}", task.name());
            found.when(duty.side.is_none(), row, &format!("{at}.side"), Lack::Missing);
            found.text(row, format!("{at}.contact"), &duty.contact);
            found.text(row, format!("{at}.reach"), &duty.reach);
            found.text(row, format!("{at}.hours"), &duty.hours);
        }
    }
}

fn signed(
    found: &mut Finder,
    at: &str,
    sign_off: &SignOff,
    assessed_on: Option<Date>,
    today: Date,
) {
    found.text("FT-05", format!("{at}.name"), &sign_off.name);
    found.text("FT-05", format!("{at}.role"), &sign_off.role);
    found.past("FT-05", &format!("{at}.on"), sign_off.on, today);
    // Nobody signs for what was not looked at yet.
    let is_early = sign_off.on.zip(assessed_on).is_some_and(|(on, assessed)| on < assessed);
    found.when(is_early, "FT-05", &format!("{at}.on"), Lack::TooSoon);
}

fn safe(safeguards: &Safeguards, found: &mut Finder) {
    let identity = safeguards.identity;
    found.when(identity.is_none(), "FT-08", "safeguards.identity", Lack::Missing);
    let is_jpki = identity == Some(IdentityProof::Jpki);
    for fact in Fact::ALL {
        let row = match fact {
            Fact::Name | Fact::BirthDate => "FT-07",
            Fact::Address | Fact::Phone if is_jpki => continue,
            Fact::Address | Fact::Phone => "FT-09",
        };
        let is_missing = !safeguards.matched.contains(fact);
        found.when(is_missing, row, &format!("safeguards.matched.{}", fact.name()), Lack::Missing);
    }
    found.when(safeguards.factors.len() < 2, "FT-10", "safeguards.factors", Lack::TooFew);
    let (wallet, bank) = (safeguards.wallet_measure.trim(), safeguards.bank_measure.trim());
    found.text("FT-11", "safeguards.wallet_measure", wallet);
    found.text("FT-11", "safeguards.bank_measure", bank);
    let is_same = !wallet.is_empty() && wallet.to_lowercase() == bank.to_lowercase();
    found.when(is_same, "FT-11", "safeguards.bank_measure", Lack::Same);
    let days = safeguards.contact_change_days.unwrap_or(0);
    found.when(days == 0, "FT-12", "safeguards.contact_change_days", Lack::Missing);
    found.when(!safeguards.bank_verified, "FT-15", "safeguards.bank_verified", Lack::Missing);
    found.when(!safeguards.same_person, "FT-15", "safeguards.same_person", Lack::Missing);
}

fn contracted(contract: &Contract, found: &mut Finder, today: Date) {
    found.past("FT-16", "contract.evaluated_on", contract.evaluated_on, today);
    found.text("FT-16", "contract.evaluation", &contract.evaluation);
    found.past("FT-16", "contract.concluded_on", contract.concluded_on, today);
    let days = contract.concluded_on.zip(contract.evaluated_on);
    let is_early = days.is_some_and(|(concluded, evaluated)| concluded < evaluated);
    found.when(is_early, "FT-16", "contract.concluded_on", Lack::TooSoon);
    found.text("FT-17", "contract.identity_tasks", &contract.identity_tasks);
    found.text("FT-17", "contract.supervision", &contract.supervision);
}

/// What a company requires of the other's profile; nothing, where it requires nothing.
fn standing(found: &mut Finder, at: &str, standard: &Standard, (row, today): (&'static str, Date)) {
    if !standard.is_asked() {
        return;
    }
    for path in standard.missed() {
        found.add(row, format!("{at}.found.{}", path.name()), Lack::Unsafe);
    }
    found.text(row, format!("{at}.file"), &standard.file);
    found.past(row, &format!("{at}.looked_on"), standard.looked_on, today);
    let expires = format!("{at}.expires");
    found.when(standard.expires.is_none(), row, &expires, Lack::Missing);
    found.when(standard.expires.is_some_and(|day| day < today), row, &expires, Lack::Passed);
    found.when(standard.is_too_long(), row, &expires, Lack::TooFar);
}

/// By which right the two ask each other; nothing, where they do not.
fn asking(found: &mut Finder, exchange: &Exchange, today: Date) {
    const ROW: &str = "CL-01";
    if exchange.is_none() {
        return;
    }
    found.text(ROW, "exchange.basis", &exchange.basis);
    found.text(ROW, "exchange.decided_by", &exchange.decided_by);
    found.past(ROW, "exchange.decided_on", exchange.decided_on, today);
    let review_by = exchange.review_by;
    found.when(review_by.is_none(), ROW, "exchange.review_by", Lack::Missing);
    let has_passed = review_by.is_some_and(|by| by < today);
    found.when(has_passed, ROW, "exchange.review_by", Lack::Passed);
    found.when(exchange.is_too_long(), ROW, "exchange.review_by", Lack::TooFar);
    found.when(exchange.kinds.is_empty(), ROW, "exchange.kinds", Lack::TooFew);
    found.text(ROW, "exchange.wallet_key", &exchange.wallet_key);
    found.text(ROW, "exchange.bank_key", &exchange.bank_key);
    let is_same = !exchange.bank_key.is_empty() && exchange.bank_key == exchange.wallet_key;
    found.when(is_same, ROW, "exchange.bank_key", Lack::Same);
}

fn compensated(compensation: &Compensation, found: &mut Finder) {
    found.text("FT-26", "compensation.cases", &compensation.cases);
    found.text("FT-26", "compensation.procedure", &compensation.procedure);
    let nobody = compensation.pays_first.is_none();
    found.when(nobody, "FT-26", "compensation.pays_first", Lack::Missing);
    let split = &compensation.split;
    for (name, share) in [
        ("wallet_cause", split.wallet_cause),
        ("bank_cause", split.bank_cause),
        ("other_cause", split.other_cause),
    ] {
        let at = format!("compensation.split.{name}");
        found.when(share.is_none(), "FT-26", &at, Lack::Missing);
        found.when(share.is_some_and(|percent| percent > 100), "FT-26", &at, Lack::Unsafe);
    }
    found.text("FT-26", "compensation.contact", &compensation.contact);
    found.text("FT-26", "compensation.publication", &compensation.publication);
    let left_out = !compensation.non_customers;
    found.when(left_out, "FT-26", "compensation.non_customers", Lack::Missing);
}
