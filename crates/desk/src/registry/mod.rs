//! The other companies that one works with: reviewed, in versions, by two people.
//!
//! A version is proposed by one member of staff, looked at with everything that it changes, and
//! signed by a second one with a passkey over exactly what it says; only then does it count. What
//! only tightens may be signed by whoever proposed it. Versions are never changed and never
//! deleted, so that it can be read at any time what was agreed when, by whom, and why.
//!
//! What a configuration file says is an imported version: marked as such, never a loosening, and
//! ignored once staff have signed one. What a file brings after the first start, unless it only
//! tightens, waits at the desk: one person takes it up, another signs.

mod act;
mod change;
mod check;
pub mod profile;
mod sign;

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{
    agreement::{Effect, Gap, Lack, today},
    id::StaffId,
};
use kanuki_passkey::{Evidence, PasskeyError};
use kanuki_record::{Book, Key, Record, RecordError, Stored, Table};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use act::{Imported, decline, draft, go_live, import, require_signable, take_up};
pub use change::{Change, changes, fingerprint};
pub use check::{Logged, faults};
pub use sign::{Signing, finish, pre_image, start};

/// Where an agreement stands within what a company keeps about another.
pub const AGREEMENT: &str = "agreement";

/// What a company keeps about another, and how changes of it are judged.
pub trait Content:
    Serialize + DeserializeOwned + Clone + std::fmt::Debug + Send + Sync + 'static
{
    /// Where its versions are kept: [`table`] of a name.
    const TABLE: &'static Table;
    /// Which company it is about.
    fn subject(&self) -> String;
    /// What keeps it from going live on this day.
    fn gaps(&self, today: Date) -> Vec<Gap>;
    /// What the change of one field does.
    fn effect(path: &str, before: Option<&str>, after: Option<&str>) -> Effect;
    /// Whether a field is a key by which the company is known again. Keys turn for as long as links
    /// live, whatever day has passed.
    fn is_key(path: &str) -> bool;
}

/// The table of versions called `name`.
#[must_use]
pub const fn table(name: &'static str) -> Table {
    const KEYS: &[Key] = &[Key::many("subject"), Key::unique("waiting"), Key::unique("live")];
    Table { name, keys: KEYS }
}

/// Where a version comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Origin {
    /// A configuration file.
    Configuration {
        /// Who stands for it, where the file says so.
        signers: Vec<String>,
    },
    /// A member of staff.
    Staff {
        /// Who.
        by: StaffId,
    },
}

/// Where a version is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Proposed, and not signed yet.
    Waiting,
    /// What counts.
    Live,
    /// Counted until another did.
    Past,
    /// Never counted.
    Declined,
    /// Counted until the company was removed.
    Removed,
}

impl Step {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Live => "live",
            Self::Past => "past",
            Self::Declined => "declined",
            Self::Removed => "removed",
        }
    }
}

/// Who let a version count, and the proof of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Signature {
    /// Who.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
    /// The canonical JSON whose SHA-256 was the challenge.
    pub pre_image: String,
    /// What the passkey answered.
    pub evidence: Evidence,
}

/// One version of what is agreed with one company.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Version<C> {
    /// Which company.
    pub subject: String,
    /// Counts from 1 for each company.
    pub number: u32,
    /// What it says.
    pub content: C,
    /// The version that counted when it was proposed.
    pub base: Option<u32>,
    /// What it changes of that one.
    pub changes: Vec<Change>,
    /// Why.
    pub reason: String,
    /// Where it comes from.
    pub origin: Origin,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// What a configuration file said, as its hash was logged; none of what staff propose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where it is.
    pub step: Step,
    /// Who let it count.
    pub signature: Option<Signature>,
    /// Since when it counts, or did.
    pub live_since: Option<Timestamp>,
    /// When it was replaced, declined or removed, and by whom.
    pub ended: Option<(String, Timestamp)>,
}

impl<C: Content> Record for Version<C> {
    const TABLE: &'static Table = C::TABLE;

    fn id(&self) -> String {
        id_of(&self.subject, self.number)
    }

    fn keys(&self) -> Vec<Option<String>> {
        let only = |step| (self.step == step).then(|| self.subject.clone());
        vec![Some(self.subject.clone()), only(Step::Waiting), only(Step::Live)]
    }
}

/// Where the assessment of the risks stands, its day, and the day of the next look at it.
const ASSESSMENT: &str = "agreement.assessment.";
const ASSESSED_ON: &str = "agreement.assessment.assessed_on";
const REVIEW_BY: &str = "agreement.assessment.review_by";

/// The longest id of a company.
const SUBJECT_MAX: usize = 60;

/// Whether an id can be part of a gate's name, a path and a record's key.
fn is_subject(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    (1..=SUBJECT_MAX).contains(&text.len()) && text.bytes().all(is_plain)
}

fn id_of(subject: &str, number: u32) -> String {
    format!("{subject}|{number:06}")
}

impl<C: Content> Version<C> {
    /// What keeps it from going live on this day. What loosens needs an assessment that was made
    /// for it (INC-17).
    ///
    /// A day that has passed stops new links, whichever version counts (FT-13). It is in the way of
    /// none that only keeps the old ones safe: without the new key of a company they would end too.
    #[must_use]
    pub fn gaps(&self, today: Date) -> Vec<Gap> {
        let mut gaps = self.content.gaps(today);
        if self.only_keeps_up() {
            gaps.retain(|gap| gap.lack != Lack::Passed);
        }
        if self.loosens() {
            gaps.extend(self.unassessed().map(|lack| Gap::new("INC-17", ASSESSED_ON, lack)));
        }
        gaps
    }

    /// What is wrong with the assessment of what loosens: it must have been made for it. A later day than
    /// the one before says so. So does the day on which this was proposed, where the assessment itself says
    /// something else than before: two versions may be assessed in one day.
    fn unassessed(&self) -> Option<Lack> {
        if let Some(day) = self.changes.iter().find(|change| change.path == ASSESSED_ON) {
            return (day.after <= day.before).then_some(Lack::TooSoon);
        }
        let is_said_anew = |change: &Change| {
            change.path.starts_with(ASSESSMENT)
                && change.path != REVIEW_BY
                && change.after.is_some()
        };
        let content = serde_json::to_value(&self.content).unwrap_or_default();
        let day = content.pointer("/agreement/assessment/assessed_on").and_then(|day| day.as_str());
        let is_of_today = day == Some(today(self.proposed_at).to_string().as_str());
        (!is_of_today || !self.changes.iter().any(is_said_anew)).then_some(Lack::Same)
    }

    /// Whether any of its changes makes more possible than before.
    #[must_use]
    pub fn loosens(&self) -> bool {
        self.changes.iter().any(|change| change.effect == Effect::Loosens)
    }

    /// Whether it does nothing but turn keys of what counts already, or tighten it.
    fn only_keeps_up(&self) -> bool {
        let keeps_up = |change: &Change| match change.effect {
            Effect::Tightens => true,
            Effect::Neutral => C::is_key(&change.path),
            Effect::Loosens => false,
        };
        self.base.is_some() && self.changes.iter().all(keeps_up)
    }

    /// Whether one person is enough: it does nothing but tighten what counts already.
    #[must_use]
    pub fn only_tightens(&self) -> bool {
        self.base.is_some() && self.changes.iter().all(|change| change.effect == Effect::Tightens)
    }
}

/// Why an act on the registry did not happen.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Not an id that a company can have here.
    #[error("an id holds letters, digits, - . and _, and at most 60 of them")]
    Subject,
    /// There is no such company or version.
    #[error("no such version")]
    Absent,
    /// It says what already counts.
    #[error("nothing is changed")]
    Unchanged,
    /// Another version of the same company waits for a decision.
    #[error("another version is waiting for a decision")]
    Waiting,
    /// It was signed, replaced or declined before.
    #[error("this version was decided before")]
    Decided,
    /// Another version counts than when it was proposed: what was looked at is not what would change.
    #[error("another version went live in between: propose it anew")]
    Stale,
    /// It is not complete.
    #[error("rows that are not met: {}", list(.0))]
    Gaps(Vec<Gap>),
    /// A configuration file may not loosen what counts.
    #[error("loosens what is live, which two people must sign at the desk: {}", .0.join(", "))]
    Loosens(Vec<String>),
    /// Whoever proposed cannot sign.
    #[error("a second person must sign")]
    SamePerson,
    /// A configuration file brought it, and no person has taken it up yet.
    #[error("a file brought it: one person takes it up, another signs")]
    NobodyProposes,
    /// Whoever proposed it has left the desk since.
    #[error("who proposed it has left: decline it and propose anew")]
    ProposerLeft,
    /// A reason is needed.
    #[error("a reason is needed")]
    NoReason,
    /// More was proposed about this company within a day than anybody can look at.
    #[error("too many versions were proposed today")]
    TooMany,
    /// What is removed must have been stopped, for long enough, and used by nobody.
    #[error("not possible while it is in use: {0}")]
    InUse(InUse),
    /// The passkey was not accepted.
    #[error("the passkey was not accepted")]
    Passkey(#[from] PasskeyError),
    /// The store does not answer, or somebody was faster.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
}

/// What keeps a company from being removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InUse {
    /// It was not stopped first.
    #[error("it must be stopped first")]
    NotStopped,
    /// It was let go on, or stopped anew, since the removal was asked for.
    #[error("it was not stopped all the time")]
    Restarted,
    /// People's links are alive.
    #[error("links are alive")]
    Links,
    /// A movement of money has no end yet.
    #[error("a movement of money has no end yet")]
    Movements,
}

impl InUse {
    /// As part of a text key.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotStopped => "stop_first",
            Self::Restarted => "was_restarted",
            Self::Links => "links_alive",
            Self::Movements => "money_under_way",
        }
    }
}

fn list(gaps: &[Gap]) -> String {
    gaps.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The version that counts, if there is one.
pub async fn live<C: Content>(
    book: &Book,
    subject: &str,
) -> Result<Option<Stored<Version<C>>>, RecordError> {
    book.find_by("live", subject).await
}

/// The version that waits for a decision, if there is one.
pub async fn waiting<C: Content>(
    book: &Book,
    subject: &str,
) -> Result<Option<Stored<Version<C>>>, RecordError> {
    book.find_by("waiting", subject).await
}

/// Every version of one company, newest first.
pub async fn history<C: Content>(
    book: &Book,
    subject: &str,
) -> Result<Vec<Stored<Version<C>>>, RecordError> {
    book.list("subject", subject).await
}

/// Every version of one company, oldest first, however many there are.
async fn all_of<C: Content>(
    book: &Book,
    subject: &str,
) -> Result<Vec<Stored<Version<C>>>, RecordError> {
    let (mut found, mut after) = (Vec::new(), id_of(subject, 0));
    loop {
        let page = book.scan::<Version<C>>(&after).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.id();
        found.extend(page.into_iter().take_while(|version| version.subject == subject));
        if found.last().is_none_or(|version| version.id() != after) {
            return Ok(found);
        }
    }
}

/// Every version of every company, by company and number.
pub async fn everyone<C: Content>(book: &Book) -> Result<Vec<Stored<Version<C>>>, RecordError> {
    every(book, |_| true).await
}

/// Every row that is so, oldest first, however many there are.
pub async fn every<T: Record>(
    book: &Book,
    is_so: impl Fn(&T) -> bool + Send + Sync,
) -> Result<Vec<Stored<T>>, RecordError> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = book.scan::<T>(&after).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.id();
        found.extend(page.into_iter().filter(|row| is_so(row)));
    }
}

/// One version.
pub async fn version<C: Content>(
    book: &Book,
    subject: &str,
    number: u32,
) -> Result<Stored<Version<C>>, RegistryError> {
    book.find(id_of(subject, number)).await?.ok_or(RegistryError::Absent)
}
