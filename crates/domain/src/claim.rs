//! A victim's claim: where it stands, and by when they have their money back (FT-28, UK-01).
//!
//! ```text
//!  received ─▶ investigating ◀─▶ paused (with a reason; the clock stands still)
//!                  │   ▲
//!                  │   └── not agreed to ──┐
//!                  ├── pay, by one person ─┴─ a second person ─▶ paying ─▶ paid
//!                  └── refuse, by named evidence ─ a second person ─▶ refused
//!                                                                       │ once: a second look,
//!  received ◀────────────────────────────────────────────────────────────┘ by other people
//! ```
//!
//! A claim is refused by evidence that has a name, and there is no name for suspicion: neither a
//! score nor a feeling can be written into [`Evidence`]. There is none for "ask the other company"
//! either (FT-23).

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    agreement::today,
    business,
    compensation::{Cause, PAUSE_DAYS_MAX},
    id::StaffId,
};

/// Why the clock of a claim stands still. Each is something that only somebody else can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// The victim was asked for something and has not answered.
    AskedVictim,
    /// The police were asked.
    AskedPolice,
    /// The other company was asked; the victim was not sent there.
    AskedPartner,
}

impl Pause {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::AskedVictim, Self::AskedPolice, Self::AskedPartner];

    /// As it is kept, typed and part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AskedVictim => "asked_victim",
            Self::AskedPolice => "asked_police",
            Self::AskedPartner => "asked_partner",
        }
    }

    /// The inverse of [`name`](Self::name).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pause| pause.name() == text)
    }
}

/// What shows that nothing is owed. Each must be named by a reference: the id of what was signed, of
/// a movement, of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The claimant signed exactly these movements; the signature was proven again.
    Signed,
    /// The money is back already, by this movement.
    PaidBack,
    /// No money left the account: nothing was booked.
    NotBooked,
    /// The claimant took it back, in writing.
    TakenBack,
    /// A court or the police found so, in this paper.
    Found,
}

impl Evidence {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Signed, Self::PaidBack, Self::NotBooked, Self::TakenBack, Self::Found];

    /// As it is kept, typed and part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::PaidBack => "paid_back",
            Self::NotBooked => "not_booked",
            Self::TakenBack => "taken_back",
            Self::Found => "found",
        }
    }

    /// The inverse of [`name`](Self::name).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|evidence| evidence.name() == text)
    }

    /// Whether it is a paper, which people have seen and no record shows.
    #[must_use]
    pub const fn is_paper(self) -> bool {
        matches!(self, Self::TakenBack | Self::Found)
    }
}

/// Whether a reference has the least form of a paper's: a name of at least two letters, and a number.
/// What it says is for two people to look at; a feeling has no number.
#[must_use]
pub fn names_paper(reference: &str) -> bool {
    let letters = reference.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 2 && reference.chars().any(char::is_numeric)
}

/// How a report ends. "Ask the other company" is none of them (FT-23).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What was lost was made good: the claim is paid.
    MadeGood,
    /// Nothing is owed, by evidence: the claim was refused.
    NotOwed,
    /// No money had left; what had to be stopped is stopped.
    NothingLost,
    /// Whoever reported took it back.
    TakenBack,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::MadeGood, Self::NotOwed, Self::NothingLost, Self::TakenBack];

    /// As it is kept, typed and part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MadeGood => "made_good",
            Self::NotOwed => "not_owed",
            Self::NothingLost => "nothing_lost",
            Self::TakenBack => "taken_back",
        }
    }

    /// The inverse of [`name`](Self::name).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == text)
    }
}

/// What the other company knows of a report (FT-23).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// The number is on its way there.
    Telling,
    /// The number was sent there.
    Told,
    /// It is told once staff know which company it is about.
    Later,
    /// Staff looked, and no other company has to do with it.
    Nobody,
}

impl Shared {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Telling => "telling",
            Self::Told => "told",
            Self::Later => "later",
            Self::Nobody => "nobody",
        }
    }
}

/// Where a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ClaimState {
    /// It came in.
    Received,
    /// Somebody looks into it.
    Investigating,
    /// The clock stands still.
    Paused {
        /// Why.
        reason: Pause,
        /// Since when.
        since: Timestamp,
    },
    /// One person wants it paid.
    PayProposed {
        /// What let the thief in.
        cause: Cause,
        /// Who.
        by: StaffId,
    },
    /// One person wants it refused.
    RefusalProposed {
        /// By what evidence.
        evidence: Evidence,
        /// Who.
        by: StaffId,
    },
    /// Two agreed; the money is on its way.
    Paying {
        /// What let the thief in.
        cause: Cause,
        /// Since when.
        since: Timestamp,
    },
    /// The victim has their money, and the books say who bears it.
    Paid {
        /// What let the thief in.
        cause: Cause,
        /// When.
        at: Timestamp,
    },
    /// Nothing is owed.
    Refused {
        /// By what evidence.
        evidence: Evidence,
        /// When.
        at: Timestamp,
    },
}

/// The claim is not where this could be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the claim is {0}")]
pub struct WrongState(pub &'static str);

impl ClaimState {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Investigating => "investigating",
            Self::Paused { .. } => "paused",
            Self::PayProposed { .. } => "pay_proposed",
            Self::RefusalProposed { .. } => "refusal_proposed",
            Self::Paying { .. } => "paying",
            Self::Paid { .. } => "paid",
            Self::Refused { .. } => "refused",
        }
    }

    /// Whether it has its end.
    #[must_use]
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Paid { .. } | Self::Refused { .. })
    }

    const fn wrong(self) -> WrongState {
        WrongState(self.name())
    }

    /// Somebody takes it up, or goes on after a pause. Doing so twice is fine.
    pub const fn investigate(self) -> Result<Self, WrongState> {
        if matches!(self, Self::Received | Self::Investigating | Self::Paused { .. }) {
            Ok(Self::Investigating)
        } else {
            Err(self.wrong())
        }
    }

    /// The clock stands still, because somebody was asked.
    pub const fn pause(self, reason: Pause, since: Timestamp) -> Result<Self, WrongState> {
        if matches!(self, Self::Received | Self::Investigating) {
            Ok(Self::Paused { reason, since })
        } else {
            Err(self.wrong())
        }
    }

    /// One person wants it paid.
    pub const fn propose_pay(self, cause: Cause, by: StaffId) -> Result<Self, WrongState> {
        if matches!(self, Self::Investigating) {
            Ok(Self::PayProposed { cause, by })
        } else {
            Err(self.wrong())
        }
    }

    /// One person wants it refused.
    pub const fn propose_refusal(
        self,
        evidence: Evidence,
        by: StaffId,
    ) -> Result<Self, WrongState> {
        if matches!(self, Self::Investigating) {
            Ok(Self::RefusalProposed { evidence, by })
        } else {
            Err(self.wrong())
        }
    }

    /// A second person agrees with what was proposed. That they are another one is the approval's to
    /// know; here the proposer is looked at once more, because money follows.
    pub fn agree(self, by: StaffId, at: Timestamp) -> Result<Self, WrongState> {
        if let Self::PayProposed { cause, by: asked } = self
            && asked != by
        {
            return Ok(Self::Paying { cause, since: at });
        }
        if let Self::RefusalProposed { evidence, by: asked } = self
            && asked != by
        {
            return Ok(Self::Refused { evidence, at });
        }
        Err(self.wrong())
    }

    /// Anybody declines, or the payment was refused: it is looked into again.
    pub const fn back(self) -> Result<Self, WrongState> {
        let goes_back = matches!(
            self,
            Self::PayProposed { .. } | Self::RefusalProposed { .. } | Self::Paying { .. }
        );
        if goes_back { Ok(Self::Investigating) } else { Err(self.wrong()) }
    }

    /// Whoever was refused asked for a second look: it begins anew. That this happens once, and who may
    /// not look again, is the case's to know.
    pub const fn again(self) -> Result<Self, WrongState> {
        if matches!(self, Self::Refused { .. }) { Ok(Self::Received) } else { Err(self.wrong()) }
    }

    /// The money is there and the books say so. Doing so twice is fine.
    pub const fn paid(self, at: Timestamp) -> Result<Self, WrongState> {
        if let Self::Paying { cause, .. } = self {
            return Ok(Self::Paid { cause, at });
        }
        if matches!(self, Self::Paid { .. }) { Ok(self) } else { Err(self.wrong()) }
    }

    /// Since when the clock stands still, if it does.
    const fn paused_since(self) -> Option<Timestamp> {
        if let Self::Paused { since, .. } = self { Some(since) } else { None }
    }
}

/// By when a victim has their answer and their money, in business days in Japan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The day of the report.
    pub from: Date,
    /// Business days until the first answer.
    pub answer_days: u16,
    /// Business days until the money is back.
    pub refund_days: u16,
    /// The most business days that it may stand still.
    pub pause_days: u16,
    /// How many it has stood still so far.
    #[serde(default)]
    pub paused: u16,
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn start(now: Timestamp, (answer_days, refund_days, pause_days): (u16, u16, u16)) -> Self {
        let pause_days = pause_days.min(PAUSE_DAYS_MAX);
        Self { from: today(now), answer_days, refund_days, pause_days, paused: 0 }
    }

    /// The same days, from now on: for a second look.
    #[must_use]
    pub fn restarted(self, now: Timestamp) -> Self {
        Self { from: today(now), paused: 0, ..self }
    }

    /// The day of the first answer. Nothing moves it.
    #[must_use]
    pub fn answer_by(&self) -> Date {
        business::after(self.from, self.answer_days)
    }

    /// The day by which the money is back, with what the clock stood still, also in a pause that
    /// goes on at `now`. More than may be is not counted: a claim cannot be paused for ever.
    #[must_use]
    pub fn refund_by(&self, state: ClaimState, now: Timestamp) -> Date {
        let running = stood_still(state, now);
        let paused = self.paused.saturating_add(running).min(self.pause_days);
        business::after(self.from, self.refund_days.saturating_add(paused))
    }

    /// Whether the money should have been there.
    #[must_use]
    pub fn is_overdue(&self, state: ClaimState, now: Timestamp) -> bool {
        !state.is_ended() && business::end_of(self.refund_by(state, now)) <= now
    }

    /// A pause ends: what it took is kept.
    #[must_use]
    pub fn resumed(self, state: ClaimState, now: Timestamp) -> Self {
        let paused = self.paused.saturating_add(stood_still(state, now)).min(self.pause_days);
        Self { paused, ..self }
    }
}

/// Business days that a pause has taken by now.
fn stood_still(state: ClaimState, now: Timestamp) -> u16 {
    state.paused_since().map_or(0, |since| business::between(today(since), today(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn two() -> (StaffId, StaffId) {
        (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]))
    }

    #[test]
    fn money_moves_only_after_a_second_person_agreed() {
        let (aoki, baba) = two();
        let now = at("2026-11-26T03:00:00Z");
        let looked = ClaimState::Received.investigate().unwrap();
        let asked = looked.propose_pay(Cause::Wallet, aoki).unwrap();

        assert!(ClaimState::Received.propose_pay(Cause::Wallet, aoki).is_err());
        assert!(asked.agree(aoki, now).is_err(), "whoever asked cannot agree");
        assert!(looked.paid(now).is_err());
        let paying = asked.agree(baba, now).unwrap();
        let paid = paying.paid(now).unwrap();
        assert_eq!(paid.paid(now), Ok(paid), "twice is fine");
        assert!(paid.back().is_err() && paid.investigate().is_err(), "an end is an end");
    }

    #[test]
    fn a_pause_moves_the_day_by_what_it_took_and_never_for_ever() {
        let opened = at("2026-11-26T03:00:00Z");
        let clock = Clock::start(opened, (1, 5, 35));
        let paused = ClaimState::Received.pause(Pause::AskedVictim, opened).unwrap();

        assert_eq!(clock.answer_by().to_string(), "2026-11-27");
        assert_eq!(clock.refund_by(ClaimState::Investigating, opened).to_string(), "2026-12-03");
        let later = at("2026-11-30T03:00:00Z");
        assert_eq!(clock.refund_by(paused, later).to_string(), "2026-12-07");
        let resumed = clock.resumed(paused, later);
        assert_eq!(resumed.refund_by(ClaimState::Investigating, later).to_string(), "2026-12-07");
        assert!(clock.is_overdue(paused, at("2027-06-01T00:00:00Z")), "35 days are the most");
    }

    #[test]
    fn a_feeling_is_no_paper_and_only_a_refusal_is_looked_at_again() {
        assert!(!names_paper("話があやしい") && !names_paper("3") && !names_paper(" "));
        assert!(names_paper("東京地裁 令和8年(ワ)第123号") && names_paper("letter of 3 May"));

        let now = at("2026-11-26T03:00:00Z");
        let refused = ClaimState::Refused { evidence: Evidence::Found, at: now };
        assert_eq!(refused.again(), Ok(ClaimState::Received));
        assert!(ClaimState::Paid { cause: Cause::Other, at: now }.again().is_err());
        assert!(ClaimState::Investigating.again().is_err());
        let clock = Clock { paused: 4, ..Clock::start(at("2026-10-01T03:00:00Z"), (1, 5, 35)) };
        assert_eq!(clock.restarted(now), Clock::start(now, (1, 5, 35)));
    }

    #[test]
    fn it_is_late_when_the_day_is_over_in_japan() {
        let clock = Clock::start(at("2026-11-26T03:00:00Z"), (1, 5, 35));
        let state = ClaimState::Investigating;

        assert!(!clock.is_overdue(state, at("2026-12-03T14:59:59Z")));
        assert!(clock.is_overdue(state, at("2026-12-03T15:00:00Z")));
        let paid = ClaimState::Paid { cause: Cause::Other, at: clock_end() };
        assert!(!clock.is_overdue(paid, at("2026-12-30T00:00:00Z")));
    }

    fn clock_end() -> Timestamp {
        at("2026-12-01T00:00:00Z")
    }
}
