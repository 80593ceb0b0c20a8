//! What of a partner's event is on record here, and what people are told of one that is to be looked at.

use jiff::Timestamp;
use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use kanuki_wire::set::{CaseStage, Event, LinkStatus, SecurityEvent};
use serde::{Deserialize, Serialize};

use super::policy::{Actions, level_of, short};
use crate::case::{Case, CaseKind};

/// A case with so many lines is told no more: whoever works on it knows.
const STEPS_MAX: usize = 50;

/// A partner's event as it was taken: for whoever must show years later what was known here, and when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Taken {
    /// `partner|jti`.
    pub taken_id: String,
    /// Who told it.
    pub partner: String,
    /// Which kind: the last part of its URI.
    pub kind: String,
    /// The opaque name that both companies have for whom it is about.
    pub subject: String,
    /// The link, or the case, that it names; none where it is about its subject alone.
    pub about: Option<String>,
    /// What it says that became of it: `suspended`, `paid`; empty where its kind says all.
    pub status: String,
    /// When it happened, as the partner says.
    pub told_at: Timestamp,
    /// When it was taken here, and so acknowledged.
    pub taken_at: Timestamp,
    /// What the table says that is done on it here.
    pub actions: Vec<String>,
}

record! { Taken => "signal_taken" by |t| t.taken_id.clone();
    many subject = |t| Some(subject_key(&t.partner, &t.subject));
    many about = |t| t.about.clone();
}

fn subject_key(partner: &str, subject: &str) -> String {
    format!("{partner}|{subject}")
}

/// Adds to `unit` that an event was taken: which, by whom it was told, at which level, and what the table
/// says of it.
pub fn taken(
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    partner: &str,
    (told, actions): (&SecurityEvent, Actions),
) {
    let kind = short(told.event.uri());
    unit.insert(&Taken {
        taken_id: format!("{partner}|{}", told.jti),
        partner: partner.to_owned(),
        kind: kind.to_owned(),
        subject: told.subject.clone(),
        about: about_of(&told.event).or_else(|| told.txn.clone()),
        status: status_of(&told.event).to_owned(),
        told_at: told.issued_at,
        taken_at: ctx.now,
        actions: actions.words().into_iter().map(str::to_owned).collect(),
    });
    unit.audit(
        AuditEntry::new(ctx.now, partner, "event.taken", &told.jti)
            .with("event", kind)
            .with("level", level_of(&told.event).map_or("any", |level| level.name()))
            .with("actions", actions.words().join(" ")),
    );
}

/// The link or the case that an event names.
#[must_use]
pub fn about_of(event: &Event) -> Option<String> {
    match event {
        Event::LinkStatusChanged { mandate_id, .. } | Event::DebitDisputed { mandate_id, .. } => {
            Some(mandate_id.to_string())
        }
        Event::CaseShared { case_id, .. } => Some(case_id.to_string()),
        _ => None,
    }
}

/// What an event says that became of what it is about, where its kind does not say it.
#[must_use]
pub const fn status_of(event: &Event) -> &'static str {
    match event {
        Event::LinkStatusChanged { status: LinkStatus::Suspended, .. } => "suspended",
        Event::LinkStatusChanged { status: LinkStatus::Revoked, .. } => "revoked",
        Event::LinkStatusChanged { status: LinkStatus::Released, .. } => "released",
        Event::CaseShared { stage: CaseStage::Reported, .. } => "reported",
        Event::CaseShared { stage: CaseStage::Paid { .. }, .. } => "paid",
        _ => "",
    }
}

/// What `partner` told of these links and cases, or of the person whom both know by one of `subjects`.
pub async fn taken_about(
    book: &Book,
    partner: &str,
    (about, subjects): (&[String], &[String]),
) -> Result<Vec<Taken>, RecordError> {
    let mut all: Vec<Stored<Taken>> = Vec::new();
    for named in about {
        all.extend(book.every::<Taken>("about", named).await?);
    }
    for subject in subjects {
        all.extend(book.every::<Taken>("subject", &subject_key(partner, subject)).await?);
    }
    let mut all: Vec<Taken> = all.into_iter().map(Stored::into_inner).collect();
    all.retain(|one| one.partner == partner);
    all.sort_by(|a, b| (a.told_at, &a.taken_id).cmp(&(b.told_at, &b.taken_id)));
    all.dedup_by(|a, b| a.taken_id == b.taken_id);
    Ok(all)
}

/// Adds to `unit` that people are to look at what was told about `about`: one case for each until it is
/// closed, with a line for each kind of event.
pub async fn notify(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    told: &SecurityEvent,
    (about, person): (&str, Option<String>),
) -> Result<(), RecordError> {
    let step = format!("=told_{}|", short(told.event.uri()).replace('-', "_"));
    let known = book.list::<Case>("about", about).await?;
    let is_open = |case: &Case| case.kind == CaseKind::PartnerSignal && case.closed_at.is_none();
    if let Some(mut case) = known.into_iter().find(|case| is_open(case)) {
        // Said again, it is no news to whoever works on it.
        let is_news = case.steps.iter().all(|known| known.text != step);
        if is_news && case.steps.len() < STEPS_MAX {
            case.edit().note(ctx.now, "system", step);
            unit.update(&case);
        }
        return Ok(());
    }
    let mut case = Case::open(ctx, CaseKind::PartnerSignal, about, person);
    case.note(ctx.now, "system", step);
    let entry = AuditEntry::new(ctx.now, "system", "case.opened", case.case_id);
    unit.insert(&case).audit(entry.with("event", &told.jti));
    Ok(())
}
