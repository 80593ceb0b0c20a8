//! A report from anyone, also from people who are nobody's customer: a case number at once, a code
//! to look at it again, and days by which somebody answers (FT-23, FT-28).
//!
//! The number is shared with the other company, so that nobody is sent from one to the other. What
//! the code shows is when the report came in, by when it is answered, whether it was, and whether it is
//! at its end; never whose account it turned out to be about: anybody can report anything about
//! anybody.

use jiff::Timestamp;
pub use kanuki_domain::claim::Outcome;
use kanuki_domain::{
    Ctx,
    case_number::Short,
    claim::{Clock, Shared},
    compensation::Policy,
    id::{CaseId, StaffId},
};
use kanuki_record::{
    AuditEntry, Book, RecordError, Unit, record,
    vault::{PersonKey, Sealed, Vault},
};
use serde::{Deserialize, Serialize};

pub use crate::far::{Progress, progress};
use crate::{
    DeskError,
    case::{Case, CaseKind},
    claim::Claim,
    late_word, matter, promise, second_look, shared,
    staff::require_not_left,
    stop_code::StopCode,
    stopped,
};

/// What a reporter wrote, sealed with the case: it may be about anybody.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The case it opened.
    pub case_id: CaseId,
    sealed: Sealed,
    /// What is kept of the code that shows it again; none where it was taken before there were codes.
    #[serde(default)]
    code_hash: Option<String>,
    /// By when it is answered; the same.
    #[serde(default)]
    pub clock: Option<Clock>,
    /// Which other company was told its number.
    #[serde(default)]
    pub told: Option<String>,
    /// Which other company is told once somebody has looked: one network had told it of enough that day.
    #[serde(default)]
    pub about: Option<String>,
    /// Staff looked, and no other company has to do with it.
    #[serde(default)]
    pub nobody_else: bool,
    /// When whoever reported was answered first.
    #[serde(default)]
    pub answered_at: Option<Timestamp>,
    /// Who said how it ends, where a second person has to say the same.
    #[serde(default)]
    pub ending: Option<(StaffId, Outcome)>,
    /// How it ended.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// When it came in, where its case was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came_in_at: Option<Timestamp>,
}

record! { Report => "report" by |r| r.case_id.to_string();
    many waits = |r| Some(if r.is_waiting() { WAITS } else { "no" }.to_owned());
    many number = |r| Some(Short::of(r.case_id).key());
}

/// What those reports are found by whose reporter waits: what was promised to whom is asked of them alone.
pub(crate) const WAITS: &str = "yes";

impl Report {
    /// What the other company knows of it. Whether it was sent yet is the line's to say.
    #[must_use]
    pub const fn shared(&self) -> Shared {
        match (&self.told, self.nobody_else) {
            (Some(_), _) => Shared::Told,
            (None, true) => Shared::Nobody,
            (None, false) => Shared::Later,
        }
    }

    /// When it came in: with its case, which is `case`, or after it.
    #[must_use]
    pub fn reported_at(&self, case: &Case) -> Timestamp {
        self.came_in_at.unwrap_or(case.opened_at)
    }

    /// Whether whoever reported was answered by the day that was promised; nothing where that day is not
    /// over yet.
    #[must_use]
    pub fn answered_in_time(&self, now: Timestamp) -> Option<bool> {
        promise::answered_in_time(&self.clock?, self.answered_at, now)
    }

    /// What is kept of its code.
    pub(crate) fn code_hash(&self) -> Option<&str> {
        self.code_hash.as_deref()
    }

    const fn is_waiting(&self) -> bool {
        self.outcome.is_none() && self.clock.is_some()
    }
}

/// What a reporter wrote, opened.
#[derive(Clone, Debug)]
pub struct Written {
    /// How they can be reached.
    pub contact: String,
    /// In their own words.
    pub text: String,
}

/// What a reporter is handed.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The case number, the same at both companies.
    pub case_id: CaseId,
    /// With the number, it shows how far the report is.
    pub code: StopCode,
    /// By when it is answered.
    pub clock: Clock,
    /// What the other company knows of it.
    pub shared: Shared,
}

const PLACE: &str = "report|sealed";

pub(crate) fn blind(vault: &Vault, case_id: CaseId, code: &StopCode) -> String {
    vault.blind("report_code", format!("{case_id}|{}", code.grouped()).as_bytes())
}

/// The clock that a report starts under a policy.
#[must_use]
pub fn clock(policy: &Policy, now: Timestamp) -> Clock {
    let pause = policy.procedure.pause_days.unwrap_or(0);
    Clock::start(now, (policy.answer_days(), policy.refund_days(), pause))
}

/// The other company that somebody says it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Other {
    /// None, or nobody knows which.
    Unknown,
    /// It is told the number in the same unit.
    Told(String),
    /// It is told once staff have looked.
    ToldLater(String),
}

/// Adds to `unit` the case for what a reporter wrote, or told `by` on the telephone, who then sees to it.
pub fn take(
    unit: &mut Unit,
    vault: &Vault,
    ctx: &Ctx<'_>,
    (case_id, clock, by): (CaseId, Clock, Option<StaffId>),
    (contact, text, other): (&str, &str, Other),
) -> Result<Taken, RecordError> {
    let mut case = Case::open_as(case_id, ctx, CaseKind::NotMe, case_id, None);
    if let Some(by) = by {
        case.owner = Some(by);
        case.note(ctx.now, by, "=report_by_phone|");
    } else {
        case.note(ctx.now, "system", "=report_taken|");
    }
    let (key, report, code) = begin(vault, ctx, (&mut case, clock), &(contact, text), other)?;
    let (actor, act) = match by {
        Some(by) => (by.to_string(), "case.reported_by_phone"),
        None => ("anyone".to_owned(), "case.reported"),
    };
    unit.insert(&key)
        .insert(&case)
        .insert(&report)
        .audit(AuditEntry::new(ctx.now, actor, act, case_id));
    let shared = if report.told.is_some() { Shared::Telling } else { Shared::Later };
    Ok(Taken { case_id, code, clock, shared })
}

/// What is kept of a report, with the code that shows it again.
pub(crate) fn begin(
    vault: &Vault,
    ctx: &Ctx<'_>,
    (case, clock): (&mut Case, Clock),
    written: &(&str, &str),
    other: Other,
) -> Result<(PersonKey, Report, StopCode), RecordError> {
    let case_id = case.case_id;
    let key = vault.create_person(ctx, case_id)?;
    let sealed = vault.seal(ctx, &key, PLACE, written)?;
    let code = StopCode::generate(ctx);
    let (told, about) = match other {
        Other::Unknown => (None, None),
        Other::Told(partner) => (Some(partner), None),
        Other::ToldLater(partner) => (None, Some(partner)),
    };
    if let Some(partner) = &told {
        case.note(ctx.now, "system", format!("=report_told|{partner}"));
    }
    let report = Report {
        case_id,
        sealed,
        code_hash: Some(blind(vault, case_id, &code)),
        clock: Some(clock),
        told,
        about,
        nobody_else: false,
        answered_at: None,
        ending: None,
        outcome: None,
        came_in_at: None,
    };
    Ok((key, report, code))
}

/// What the reporter of a case wrote, for staff who read the case; none where nobody reported, or where
/// whoever did pressed on a stop and wrote nothing.
pub async fn read(
    book: &Book,
    vault: &Vault,
    case_id: CaseId,
) -> Result<Option<Written>, RecordError> {
    let Some(report) = book.find::<Report>(case_id).await? else { return Ok(None) };
    let key = book.load::<PersonKey>(case_id).await?;
    let (contact, text): (String, String) = vault.open(&key, PLACE, &report.sealed)?;
    let is_empty = contact.is_empty() && text.is_empty();
    Ok((!is_empty).then_some(Written { contact, text }))
}

/// The report of a case, if there is one.
pub async fn of_case(book: &Book, case_id: CaseId) -> Result<Option<Report>, RecordError> {
    Ok(book.find::<Report>(case_id).await?.map(kanuki_record::Stored::into_inner))
}

/// Adds to `unit` that whoever reported was answered. The first answer counts; with it, the caller tells
/// the company that this names, if it was not told before.
pub async fn answer(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (by, case_id): (StaffId, CaseId),
) -> Result<Option<String>, DeskError> {
    let mut report = book.find::<Report>(case_id).await?.ok_or(DeskError::NotAccepted)?;
    if report.answered_at.is_some() {
        return Ok(None);
    }
    report.edit().answered_at = Some(ctx.now);
    let mut case = book.load::<Case>(case_id).await?;
    case.edit().note(ctx.now, by, "=report_answered|");
    let partner = report.edit().about.take();
    if let Some(partner) = &partner {
        report.edit().told = Some(partner.clone());
        case.edit().note(ctx.now, "system", format!("=report_told|{partner}"));
    }
    unit.update(&case).update(&report).audit(AuditEntry::new(
        ctx.now,
        by,
        "report.answered",
        case_id,
    ));
    Ok(partner)
}

/// The cases that staff joined with this one.
pub(crate) fn joined(case: &Case) -> impl Iterator<Item = CaseId> {
    let all = case.steps.iter().filter_map(|step| step.text.strip_prefix("=claim_joined|"));
    all.filter_map(|id| id.parse().ok())
}

/// The report that a case has, or another one of its matter: the first that no company was told of.
pub async fn untold(book: &Book, case: &Case) -> Result<Option<Report>, RecordError> {
    for id in matter::numbers(book, case).await? {
        if let Some(report) = of_case(book, id).await?
            && report.told.is_none()
        {
            return Ok(Some(report));
        }
    }
    Ok(None)
}

/// Adds to `unit` that staff know which other company a report is about, or that it is about none. The
/// caller tells the company the number that is returned; it is told once.
pub async fn name_other(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (by, case_id): (StaffId, CaseId),
    partner: Option<&str>,
) -> Result<CaseId, DeskError> {
    let case = book.find::<Case>(case_id).await?.ok_or(DeskError::NotAccepted)?;
    let found = untold(book, &case).await?.ok_or(DeskError::NotAccepted)?;
    let mut report = book.load::<Report>(found.case_id).await?;
    let mut reported = book.load::<Case>(found.case_id).await?;
    if case.closed_at.is_some() || report.told.is_some() {
        return Err(DeskError::NotAccepted);
    }
    let edit = report.edit();
    (edit.told, edit.about) = (partner.map(str::to_owned), None);
    edit.nobody_else = partner.is_none();
    let (act, step) = match partner {
        Some(_) => ("report.other_named", "=claim_other_named|"),
        None => ("report.nobody_else", "=claim_nobody_else|"),
    };
    reported.edit().note(ctx.now, by, step);
    unit.update(&report).update(&reported).audit(
        AuditEntry::new(ctx.now, by, act, found.case_id).with("other", partner.unwrap_or("")),
    );
    Ok(found.case_id)
}

/// What became of somebody's word that a case is at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is closed.
    Closed,
    /// A second person has to say the same.
    Asked,
}

impl Ended {
    /// As the audit log names it.
    #[must_use]
    pub const fn act(self) -> &'static str {
        match self {
            Self::Closed => "case.closed",
            Self::Asked => "case.end_asked",
        }
    }
}

/// Adds to `unit` the end of a case. A review that is due has none here: it would be one person's, and
/// nobody would be reminded of that day again (FT-13). One with a claim that is under way has none, and one that
/// somebody reported, here or at the other company, ends with what came of it. What no claim shows, two
/// people say: in a claim two would have. Where `is_paid_there`, the other company says that it paid in this
/// matter, and that nothing was lost cannot be said.
pub async fn end(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    case: &mut Case,
    (by, text, outcome): (StaffId, &str, Option<Outcome>),
    is_paid_there: bool,
) -> Result<Ended, DeskError> {
    if case.kind == CaseKind::ReviewDue {
        return Err(DeskError::NeedsReview);
    }
    let claim = book.find::<Claim>(case.case_id).await?.map(|claim| claim.state);
    if claim.is_some_and(|state| !state.is_ended()) {
        return Err(DeskError::ClaimOpen);
    }
    if let Some(mut report) = book.find::<Report>(case.case_id).await? {
        let outcome = outcome.ok_or(DeskError::NeedsOutcome)?;
        let first = report.ending.filter(|(_, said)| *said == outcome).map(|(first, _)| first);
        let who = (by, first.unwrap_or(by));
        second_look::require_agreeing(book, ctx.now, case, who).await?;
        let claims = matter::claims(book, case).await?;
        matter::require_possible(&claims, is_paid_there, outcome)?;
        if claims.is_empty() {
            match report.ending {
                Some((first, said)) if said == outcome && first == by => {
                    return Err(DeskError::SamePerson);
                }
                Some((first, said)) if said == outcome && !has_left(book, first).await? => {}
                _ => {
                    report.edit().ending = Some((by, outcome));
                    unit.update(&report);
                    let step = format!("=claim_end_asked_{}|{text}", outcome.name());
                    case.note(ctx.now, by, step);
                    return Ok(Ended::Asked);
                }
            }
        }
        report.edit().outcome = Some(outcome);
        unit.update(&report);
        case.note(ctx.now, by, format!("=claim_outcome_{}|", outcome.name()));
    } else if case.kind == CaseKind::ToldByPartner
        && shared::end(book, ctx, case, (by, text, outcome), is_paid_there).await? == Ended::Asked
    {
        return Ok(Ended::Asked);
    }
    case.close(ctx.now, by, text);
    Ok(Ended::Closed)
}

/// Whether one person's note closes a case: where [`end`] asks for more than that, its page offers none.
pub async fn closes_by_note(book: &Book, case: &Case) -> Result<bool, RecordError> {
    let ends_otherwise = matches!(case.kind, CaseKind::ReviewDue | CaseKind::ToldByPartner);
    if ends_otherwise || of_case(book, case.case_id).await?.is_some() {
        return Ok(false);
    }
    let claim = book.find::<Claim>(case.case_id).await?;
    Ok(claim.is_none_or(|claim| claim.state.is_ended()))
}

pub(crate) async fn has_left(book: &Book, by: StaffId) -> Result<bool, DeskError> {
    match require_not_left(book, [by]).await {
        Ok(()) => Ok(false),
        Err(DeskError::HasLeft) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Adds to `unit` that a report, or what a partner told of one, is about the same person as another
/// case, whose person was proven: by a stop code, a passkey or a call from the number on file, or, at a
/// wallet, where `trusts_partner`, by the bank whose account it is. Staff come to no person by the words
/// of a report alone, and a wallet's word brings nobody to a holder's debits. Two cases of one person are
/// joined too: that is known of both.
pub async fn join(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (by, case_id, other): (StaffId, CaseId, CaseId),
    trusts_partner: bool,
) -> Result<(), DeskError> {
    let mut case = book.find::<Case>(case_id).await?.ok_or(DeskError::NotAccepted)?;
    let mut known = book.find::<Case>(other).await?.ok_or(DeskError::NotAccepted)?;
    let is_open = case.closed_at.is_none() && known.closed_at.is_none();
    let is_told = case.kind == CaseKind::ToldByPartner || of_case(book, case_id).await?.is_some();
    // What a partner told of a report is about nobody, and proves nobody once it was joined.
    let is_of_report = known.about.starts_with(shared::ABOUT);
    let is_trusted = trusts_partner && known.kind == CaseKind::ToldByPartner && !is_of_report;
    if !is_open || !is_told || known.person_id.is_none() {
        return Err(DeskError::NotAccepted);
    }
    let may_join = if case.person_id.is_some() {
        late_word::sisters(book, &case).await?.iter().any(|one| one.case_id == other)
    } else {
        is_trusted || is_proven(&known)
    };
    if !may_join {
        return Err(DeskError::NotAccepted);
    }
    let person = known.person_id.clone();
    case.edit().person_id = person;
    case.edit().note(ctx.now, by, format!("=claim_joined|{other}"));
    known.edit().note(ctx.now, by, format!("=claim_joined|{case_id}"));
    unit.update(&case)
        .update(&known)
        .audit(AuditEntry::new(ctx.now, by, "case.joined", case_id).with("with", other));
    Ok(())
}

/// The case that the person of this one came from, where they did not come with it, and whether staff
/// joined the two: then whoever reported may be somebody else than the person.
#[must_use]
pub fn came_from(case: &Case) -> Option<(CaseId, bool)> {
    let after = |mark: &str| {
        case.steps.iter().find_map(|step| step.text.strip_prefix(mark)?.parse::<CaseId>().ok())
    };
    if let Some(id) = after("=frozen_for|") {
        return Some((id, false));
    }
    // Both sides of a joining have the line; only what began without anybody has its person by it.
    after("=claim_joined|").filter(|_| is_of_nobody(case)).map(|id| (id, true))
}

/// Whether a case began with nobody: as a report, or as what a partner told of one.
pub(crate) fn is_of_nobody(case: &Case) -> bool {
    case.about == case.case_id.to_string() || case.about.starts_with(shared::ABOUT)
}

/// Whether the person of a case was proven there: they opened it themselves, with a code, a passkey or
/// a session, or a call was taken under it. A case that staff opened from another one, and a report
/// that was joined itself, prove nobody.
fn is_proven(case: &Case) -> bool {
    let is_report = case.about == case.case_id.to_string();
    let is_copied = case.steps.iter().any(|step| step.text.starts_with("=frozen_for|"));
    let is_own = case.kind == CaseKind::NotMe && !is_report && !is_copied;
    is_own || stopped::is_by_stop(case) || case.call.is_some()
}
