//! What a run found, for people and for programs.

mod answer;
mod chart;
mod friction;
mod html;
mod json;
mod plain;
mod rules;
mod story;
mod svg;
mod table;
mod text;

use std::collections::BTreeMap;

pub(crate) use html::STYLE;
use jiff::Timestamp;
use kanuki_domain::Yen;
use serde::Serialize;

use crate::policy::PolicyFile;

/// Where the thief starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// With what an outsider can have.
    Outside,
    /// With what others would have had to give him: breach is assumed.
    Inside,
}

impl Start {
    /// As in reports: `outside` or `inside`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Inside => "inside",
        }
    }
}

/// What the thief got, and when anyone noticed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Yen gone from victims and not recovered from the thief, 30 days after the attack ended.
    pub yen_lost: Yen,
    /// What companies paid to victims, shown apart: it is a loss all the same.
    pub compensated: Yen,
    /// What stands on one bank's word alone, because it confirmed debits that it never made: the wallet
    /// company's loss and no victim's.
    pub unbacked: Yen,
    /// The most that was missing at any time.
    pub peak_missing: Yen,
    /// Days from the first loss until everything was back; none if it never was, or never went.
    pub days_to_return: Option<u64>,
    /// People who lost money at any time.
    pub victims: u64,
    /// The least and the most that one victim lost.
    pub per_victim: (Yen, Yen),
    /// Victims' accounts that the thief linked.
    pub links: u64,
    /// Everything the thief tried and was answered.
    pub attempts: u64,
    /// Seconds from the first attempt until somebody reported it.
    pub detected_after_s: Option<u64>,
    /// Seconds from the first attempt until somebody had reported it and the last yen had left; none
    /// where nobody reported it.
    pub contained_after_s: Option<u64>,
    /// Messages that reached victims about what was done with their accounts.
    pub notices: u64,
    /// Debits on victims after new links were halted.
    pub debits_after_halt: u64,
    /// Why no more than this could be lost.
    pub bounded_by: String,
}

/// How it was for honest people. Only requests about money and trust count, not page views.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Friction {
    /// Requests.
    pub requests: u64,
    /// Refused although they were in order.
    pub declined: u64,
    /// Asked for a signature where the amount alone asks for none.
    pub challenged: u64,
    /// Made to wait.
    pub held: u64,
    /// Times that they had to ask a company why: after each refusal that was not their fault.
    pub contacts: u64,
    /// Links begun by people with a passkey or an identity card.
    pub links_begun: u64,
    /// How many of these were made.
    pub links_made: u64,
    /// Median seconds from the first page to the first top-up, by passkey.
    pub first_topup_s_p50: Option<u64>,
    /// The 99th percentile of the same.
    pub first_topup_s_p99: Option<u64>,
    /// Honest people who asked for anything.
    pub people: u64,
    /// How many of them were ever declined, challenged or held.
    pub people_hindered: u64,
    /// Made to wait for as long as the page had said before: a higher cap, a lost telephone.
    pub waited: u64,
    /// Median seconds for which something was held; what is still held at the end counts until then.
    pub held_s_p50: Option<u64>,
    /// What they asked for, by kind: `pay`, `payout`.
    pub by_kind: BTreeMap<String, KindFriction>,
    /// How they came to their link, by the way to the bank's first passkey: `branch`, `call`, `atm`.
    pub by_route: BTreeMap<String, RouteFriction>,
}

/// How honest people fared with requests of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KindFriction {
    /// Requests.
    pub requests: u64,
    /// Refused although they were in order.
    pub declined: u64,
    /// Asked for a signature where the amount alone asks for none.
    pub challenged: u64,
    /// Made to wait.
    pub held: u64,
    /// Made to wait for as long as the page had said before.
    pub waited: u64,
    /// Median seconds of what was held or waited; what is not over counts until the end.
    pub wait_s_p50: Option<u64>,
    /// The longest of the same.
    pub wait_s_max: Option<u64>,
}

/// How honest people fared who came by one route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RouteFriction {
    /// Links begun.
    pub links_begun: u64,
    /// Links made.
    pub links_made: u64,
    /// Median seconds from the first page to the first top-up.
    pub first_topup_s_p50: Option<u64>,
    /// The 99th percentile of the same.
    pub first_topup_s_p99: Option<u64>,
}

/// One bar and whether it was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What is asked.
    pub wanted: String,
    /// What was measured.
    pub measured: String,
    /// Whether it was met.
    pub is_met: bool,
}

/// One day of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Missing from victims at its end.
    pub missing: Yen,
    /// What the thief tried.
    pub attempts: u64,
    /// Victims' accounts that the thief linked.
    pub links: u64,
    /// Debits on victims.
    pub debits: u64,
    /// Messages to victims.
    pub notices: u64,
    /// Money and trust requests of honest people.
    pub honest: u64,
}

/// What a run marks in its picture.
pub(crate) const MONTH_EDGE: &str = "the month's edge";
/// The same.
pub(crate) const HALTED: &str = "new links halted";
/// The same.
pub(crate) const ATTACK_ENDS: &str = "the attack ends";

/// A moment worth marking in the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// On which day of the run, from 0.
    pub day: usize,
    /// What happened.
    pub text: String,
}

/// Something that happened, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
}

/// A message that reached those whom the thief was after; the same to several people is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// How it came: `mail`, `sms`, `post`.
    pub channel: String,
    /// What it was about.
    pub subject: String,
    /// When it came first.
    pub first_at: Timestamp,
    /// When last.
    pub last_at: Timestamp,
    /// How often.
    pub times: u64,
}

/// A rule of a company's risk engine that held, at least once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleFired {
    /// Whose engine: `wallet`, or the bank's code.
    pub company: String,
    /// Which rule.
    pub rule: String,
    /// Its reason code.
    pub code: String,
    /// At which attempts: `topup`, `link_requested`.
    pub on: String,
    /// What followed: `decline`, `hold`; `shadow` for what is only written down, `not obeyed` where
    /// the policy has no such engine.
    pub outcome: String,
    /// How often.
    pub times: u64,
    /// When first.
    pub first_at: Timestamp,
    /// When last.
    pub last_at: Timestamp,
    /// Of how many yen in all.
    pub yen: Yen,
}

/// A policy that was read from a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnPolicy {
    /// The file, as it was asked for.
    pub file: String,
    /// SHA-256 of its text.
    pub sha256: String,
    /// In one line.
    pub about: String,
    /// The policy that it starts from.
    pub from: String,
    /// What differs from that.
    pub differs: Vec<String>,
}

impl OwnPolicy {
    pub(crate) fn of(file: &PolicyFile) -> Self {
        Self {
            file: file.file.clone(),
            sha256: file.sha256.clone(),
            about: file.about.clone(),
            from: file.from().to_owned(),
            differs: file.differences().to_vec(),
        }
    }

    /// Where it comes from and what it is, in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { file, sha256, about, from, differs } = self;
        let differs =
            if differs.is_empty() { String::new() } else { format!(" {}", differs.join(", ")) };
        format!("{about}; {from}{differs} ({file}, SHA-256 {sha256})")
    }
}

/// One playbook under one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Which playbook.
    pub playbook: String,
    /// The crime in one line.
    pub about: String,
    /// Which policy.
    pub policy: String,
    /// The file that it was read from, if it is nobody else's.
    pub policy_file: Option<OwnPolicy>,
    /// Where the thief started.
    pub start: Start,
    /// The seed, which with the version names this run for ever.
    pub seed: u64,
    /// The form of the crime that was drawn from the seed.
    pub variant: String,
    /// Honest customers in the world.
    pub customers: u32,
    /// Days on which they were about.
    pub days: u32,
    /// What was lost.
    pub loss: Loss,
    /// What it cost the honest.
    pub honest: Friction,
    /// What this policy promises, and whether it kept it.
    pub bars: Vec<Bar>,
    /// What should not be: books that do not agree, an actor that could not go on.
    pub findings: Vec<String>,
    /// Day by day.
    pub timeline: Vec<Day>,
    /// The first day, as `2026-08-16`.
    pub first_day: String,
    /// Moments in the picture.
    pub marks: Vec<Mark>,
    /// What happened when.
    pub moments: Vec<Moment>,
    /// What reached those whom the thief was after, in the order of its first time.
    pub seen: Vec<Seen>,
    /// SHA-256 of the event trace.
    pub trace_sha256: String,
    /// What the thief met, as sentences with how often.
    pub refusals: Vec<(String, u64)>,
    /// By which routes the thief was answered, and how often: `POST /enrol/code 422`.
    pub met: Vec<(String, u64)>,
    /// How often each fault struck, where machines were let fail.
    pub faults: Vec<(String, u64)>,
    /// Which rule of risk held when, oldest first.
    pub rules: Vec<RuleFired>,
    /// The event trace: when, who, what, with what status.
    pub trace: Vec<String>,
}

impl Run {
    /// True if every bar of its policy was met and nothing was found.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.findings.is_empty() && self.bars.iter().all(|bar| bar.is_met)
    }

    /// What stands above its column: `default`, `default (inside)`.
    #[must_use]
    pub fn title(&self) -> String {
        match self.start {
            Start::Outside => self.policy.clone(),
            Start::Inside => format!("{} (inside)", self.policy),
        }
    }
}

/// Everything that was run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order they were asked for.
    pub runs: Vec<Run>,
}

impl Report {
    /// True if every run is in order.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.runs.iter().all(Run::is_ok)
    }
}

/// `part` of `whole` in hundredths of a percent.
pub(crate) fn basis_points(part: u64, whole: u64) -> u64 {
    part.saturating_mul(10_000).checked_div(whole).unwrap_or(0)
}

/// `9750` as `97.50 %`.
pub(crate) fn percent(basis_points: u64) -> String {
    let (whole, rest) = (basis_points.checked_div(100).unwrap_or(0), basis_points % 100);
    format!("{whole}.{rest:02} %")
}

#[cfg(test)]
mod tests;
