//! Something a person must finish.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    case_number::{self, Short, Typed},
    id::{CaseId, StaffId},
};
use kanuki_record::{Book, Order, RecordError, Stored, record};
use serde::{Deserialize, Serialize};

use crate::filing;

/// Why a case was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// Somebody said "it wasn't me".
    NotMe,
    /// The other company told us that somebody said so there.
    ToldByPartner,
    /// A movement whose end the other side never told: money that needs an owner.
    OpenItem,
    /// A customer asked to be let back in.
    Unfreeze,
    /// A contract that was made elsewhere and that people must stop where it is kept.
    Contract,
    /// Codes are being guessed from many networks: a breaker opened.
    Guessing,
    /// A partner's customers and our holders are too often different people.
    PartnerMismatch,
    /// A rule held that staff are told of.
    Rule,
    /// Our books and a partner's do not agree about a movement.
    Difference,
    /// A notice that reached its person in no way: somebody calls or writes.
    Unreached,
    /// A partner's line to us does not answer: its alarms would not arrive.
    SilentLine,
    /// A partner asked to hear less of our alarms: perhaps it, perhaps whoever has its key.
    NarrowedLine,
    /// A partner tells of more robbed customers in an hour than any hour has: perhaps it is robbed itself.
    AlarmFlood,
    /// Event tokens that no partner signed came in numbers: somebody tries, or a key changed unheard.
    ForgedEvents,
    /// A partner told something about a link that people should look at, and that stopped nothing.
    PartnerSignal,
    /// An assessment of risks should have been looked at again.
    ReviewDue,
    /// A partner knows somebody of ours from a fraud that it confirmed (CL-01).
    KnownElsewhere,
}

impl CaseKind {
    /// As kept and as part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotMe => "not_me",
            Self::ToldByPartner => "told_by_partner",
            Self::OpenItem => "open_item",
            Self::Unfreeze => "unfreeze",
            Self::Contract => "contract",
            Self::Guessing => "guessing",
            Self::PartnerMismatch => "partner_mismatch",
            Self::Rule => "rule",
            Self::Difference => "difference",
            Self::Unreached => "unreached",
            Self::SilentLine => "silent_line",
            Self::NarrowedLine => "narrowed_line",
            Self::AlarmFlood => "alarm_flood",
            Self::ForgedEvents => "forged_events",
            Self::PartnerSignal => "partner_signal",
            Self::ReviewDue => "review_due",
            Self::KnownElsewhere => "known_elsewhere",
        }
    }
}

/// A line in a case's history. No personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// Who: a staff id or `system`.
    pub by: String,
    /// What was done or seen.
    pub text: String,
}

/// That what was decided is looked at again, by other people (FT-28). It happens once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// Since when.
    pub at: Timestamp,
    /// Who decided first, and so decides nothing now.
    pub not_by: Vec<StaffId>,
}

/// One case. It names what it is about by ids; people are looked up with the case as the reason.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Case {
    /// Its number, given to the reporter at once.
    pub case_id: CaseId,
    /// Why it was opened.
    pub kind: CaseKind,
    /// The mandate, wallet or movement it is about.
    pub about: String,
    /// Whose wallet or account: a customer or holder id.
    pub person_id: Option<String>,
    /// The member of staff who sees to it, once somebody does.
    #[serde(default)]
    pub owner: Option<StaffId>,
    /// How the person of the last call that was taken under it, or who stood at a counter, was believed.
    #[serde(default)]
    pub call: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// What has been done, oldest first.
    pub steps: Vec<Step>,
    /// The second look, once one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Again>,
}

record! { Case => "casefile" by |c| c.case_id.to_string();
    many state = |c| Some(if c.closed_at.is_none() { "open" } else { "closed" }.to_owned());
    many about = |c| Some(c.about.clone());
    many person = |c| c.person_id.clone();
    many number = |c| Some(Short::of(c.case_id).key());
    many told = |c| Some(if c.is_told() && c.closed_at.is_none() { TOLD } else { "no" }.to_owned());
}

/// What those cases are found by that a partner told of and that have no end yet.
pub(crate) const TOLD: &str = "open";

/// The most cases that are looked at where more than one has the number that was typed: a partner chooses
/// the ids of what it tells of, and could choose many with one number.
const NAMED_MAX: usize = 20;

/// The cases that somebody means who typed or heard this number, from the oldest: none, the one, or, by a
/// short number, perhaps more.
pub async fn named(book: &Book, typed: &str) -> Result<Vec<Stored<Case>>, RecordError> {
    match case_number::read(typed) {
        Typed::Long(id) => Ok(book.find::<Case>(id).await?.into_iter().collect()),
        Typed::Short(number) => {
            book.page::<Case>("number", &number.key(), Order::OldestFirst, NAMED_MAX).await
        }
        Typed::Slip | Typed::Nothing => Ok(Vec::new()),
    }
}

/// The one case that a number means; none where no case has it, or more than one.
pub async fn the_one(book: &Book, typed: &str) -> Result<Option<CaseId>, RecordError> {
    // A long number is as good as the case: whoever asks says what it is if it is not there.
    if let Typed::Long(id) = case_number::read(typed) {
        return Ok(Some(id));
    }
    match named(book, typed).await?.as_slice() {
        [case] => Ok(Some(case.case_id)),
        _ => Ok(None),
    }
}

/// Lets every case from before be found by its short number, and by whether a partner told of it; how many
/// could not. Called before the first request.
pub async fn file(book: &Book) -> Result<usize, RecordError> {
    let numbered = filing::file::<Case>(book, "number").await?;
    Ok(numbered.saturating_add(filing::file::<Case>(book, "told").await?))
}

impl Case {
    /// Opens a case now.
    pub fn open(
        ctx: &Ctx<'_>,
        kind: CaseKind,
        about: impl ToString,
        person_id: Option<String>,
    ) -> Self {
        Self::open_as(CaseId::generate(ctx), ctx, kind, about, person_id)
    }

    /// Opens a case under a number that both companies share.
    pub fn open_as(
        case_id: CaseId,
        ctx: &Ctx<'_>,
        kind: CaseKind,
        about: impl ToString,
        person_id: Option<String>,
    ) -> Self {
        Self {
            case_id,
            kind,
            about: about.to_string(),
            person_id,
            owner: None,
            call: None,
            opened_at: ctx.now,
            closed_at: None,
            steps: Vec::new(),
            again: None,
        }
    }

    /// Adds a line to its history.
    pub fn note(&mut self, now: Timestamp, by: impl ToString, text: impl Into<String>) {
        self.steps.push(Step { at: now, by: by.to_string(), text: text.into() });
    }

    /// Whether the other company told of it.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.kind == CaseKind::ToldByPartner
    }

    /// Closes it. Closing twice is fine.
    pub fn close(&mut self, now: Timestamp, by: impl ToString, text: impl Into<String>) {
        self.note(now, by, text);
        self.closed_at = self.closed_at.or(Some(now));
    }
}
