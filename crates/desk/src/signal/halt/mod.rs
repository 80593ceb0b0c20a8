//! What a partner says that it stopped: of what it does with us, or of everything that it does.
//!
//! Whoever robs a partner's key can say it too. So the word holds what would be asked of that partner in
//! vain, of its own links, and nothing else here: it closes no gate, ends no link, stops no company. It is
//! lifted when the partner says so of that same stop, or by two people here.

pub mod said;

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use kanuki_wire::set::{SecurityEvent, ServiceScope, ServiceStatus, ServiceWord};
use serde::{Deserialize, Serialize};

use super::{
    caution::Care,
    flood,
    policy::{Actions, Measure},
};
use crate::{
    DeskError,
    approval::Approval,
    case::{Case, CaseKind},
    incident::{By, Halt as Public, Service},
};

/// The act of letting it go on here before the partner says so, as an approval names it.
pub const END: &str = "halt.end";
/// A drill that nobody ended is shown no longer than this.
const DRILL_SECS: i64 = DAY_SECS;
/// The longest telephone number.
const CALL_CHARS: usize = 30;
/// A case with so many lines is told no more.
const STEPS_MAX: usize = 50;

/// One stop of a partner's, as it was told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Halt {
    /// `partner|stop`.
    pub halt_id: String,
    /// Whose: a client id, or a bank's code.
    pub partner: String,
    /// What was said.
    pub word: ServiceWord,
    /// When it was heard.
    pub heard_at: Timestamp,
    /// What is asked of the partner in vain is not asked.
    pub is_held: bool,
    /// Its links move half as much.
    pub is_lowered: bool,
    /// How it ended.
    pub over: Option<Over>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Over {
    /// When.
    pub at: Timestamp,
    /// The partner, or who agreed here.
    pub by: String,
}

record! { Halt => "signal_halt" by |h| h.halt_id.clone();
    many standing = |h| h.over.is_none().then(|| h.partner.clone());
}

impl Halt {
    /// Whether people there practise.
    #[must_use]
    pub const fn is_drill(&self) -> bool {
        matches!(self.word.status, ServiceStatus::Drill | ServiceStatus::DrillOver)
    }

    /// Whether the partner says that it stopped this service in earnest.
    #[must_use]
    pub fn stops(&self, service: Service) -> bool {
        !self.is_drill() && covered(self.word.scope).contains(&service)
    }
}

/// What of a partner's services a word is about.
const fn covered(scope: ServiceScope) -> &'static [Service] {
    match scope {
        ServiceScope::NewLinks => &[Service::NewLinks],
        ServiceScope::OldLinks => &[Service::TopUps, Service::Payouts],
        ServiceScope::TopUps => &[Service::TopUps],
        ServiceScope::Payouts => &[Service::Payouts],
        ServiceScope::Everything => &[Service::NewLinks, Service::TopUps, Service::Payouts],
    }
}

/// What a partner says now that it stopped, drills of today too, oldest first.
pub async fn standing(
    book: &Book,
    now: Timestamp,
    partner: &str,
) -> Result<Vec<Halt>, RecordError> {
    let all = book.every::<Halt>("standing", partner).await?;
    let mut all: Vec<Halt> = all.into_iter().map(Stored::into_inner).collect();
    all.retain(|halt| !halt.is_drill() || now < later(halt.heard_at, DRILL_SECS));
    all.sort_by_key(|halt| halt.heard_at);
    Ok(all)
}

/// Since when a service of this partner's is not asked for, because it says that it stopped it.
pub async fn held_since(
    book: &Book,
    partner: &str,
    service: Service,
) -> Result<Option<Timestamp>, RecordError> {
    let all = book.every::<Halt>("standing", partner).await?;
    let held = all.iter().filter(|halt| halt.is_held && halt.stops(service));
    Ok(held.map(|halt| halt.word.since).min())
}

/// With how much care the links of this partner go on because of it.
pub async fn care(book: &Book, partner: &str) -> Result<Care, RecordError> {
    let mut care = Care::default();
    for halt in book.every::<Halt>("standing", partner).await? {
        if halt.stops(Service::TopUps) {
            care.is_held |= halt.is_held;
            care.is_lowered |= halt.is_lowered;
        }
    }
    Ok(care)
}

/// What everybody may read of it: one line for each partner, `name`d as people know it.
#[must_use]
pub fn public(standing: &[Halt], name: &str) -> Option<Public> {
    let stopped = |service: &Service| standing.iter().any(|halt| halt.stops(*service));
    let all = covered(ServiceScope::Everything);
    let services: Vec<Service> = all.iter().copied().filter(stopped).collect();
    let earnest = standing.iter().filter(|halt| !halt.is_drill());
    let since = earnest.map(|halt| halt.word.since).min()?;
    Some(Public { with: Some(name.to_owned()), by: By::Them, since, services })
}

/// Adds to `unit` what a partner says of one stop. False where it says too much in an hour: then it is to
/// tell it again. A word on a stop that is over, or that was heard before, does nothing, however late it comes.
pub async fn take(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (partner, told, word): (&str, &SecurityEvent, &ServiceWord),
    actions: Actions,
) -> Result<bool, RecordError> {
    let is_drill = matches!(word.status, ServiceStatus::Drill | ServiceStatus::DrillOver);
    let is_over = matches!(word.status, ServiceStatus::Reopened | ServiceStatus::DrillOver);
    let halt_id = format!("{partner}|{}", told.subject);
    let over = Over { at: ctx.now, by: partner.to_owned() };
    if let Some(mut known) = book.find::<Halt>(&halt_id).await? {
        if is_over && known.over.is_none() && known.is_drill() == is_drill {
            known.edit().over = Some(over);
            unit.update(&known);
            note(unit, ctx, partner, ("halt.lifted", &known));
            if !is_drill {
                look(book, ctx, unit, (partner, "=told_reopened|", false)).await?;
            }
        }
        return Ok(true);
    }
    if !flood::admit_halt(book, ctx, (partner, is_drill)).await? {
        return Ok(false);
    }
    let mut word = word.clone();
    // A clock that is ahead says nothing of tomorrow.
    word.since = word.since.min(ctx.now);
    word.call = word.call.filter(|call| is_number(call));
    let halt = Halt {
        halt_id,
        partner: partner.to_owned(),
        word,
        heard_at: ctx.now,
        is_held: !is_drill && actions.measure >= Measure::Hold,
        is_lowered: !is_drill && actions.measure >= Measure::LowerCaps,
        // Heard before the stop itself, which is then late.
        over: is_over.then_some(over),
    };
    unit.insert(&halt);
    if !is_over {
        note(unit, ctx, partner, ("halt.heard", &halt));
        if !is_drill && actions.notifies {
            look(book, ctx, unit, (partner, "=told_stop|", true)).await?;
        }
    }
    Ok(true)
}

fn note(unit: &mut Unit, ctx: &Ctx<'_>, by: &str, (act, halt): (&'static str, &Halt)) {
    unit.audit(
        AuditEntry::new(ctx.now, by, act, &halt.halt_id)
            .with("scope", halt.word.scope.name())
            .with("reason", halt.word.reason.name())
            .with("drill", halt.is_drill()),
    );
}

/// Adds to `unit` a line for people: one case for each partner until it is closed, opened where it `opens`.
async fn look(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (partner, step, opens): (&str, &str, bool),
) -> Result<(), RecordError> {
    let about = format!("halt|{partner}");
    let known = book.list::<Case>("about", &about).await?;
    let is_open = |case: &Case| case.kind == CaseKind::PartnerSignal && case.closed_at.is_none();
    if let Some(mut case) = known.into_iter().find(|case| is_open(case)) {
        if case.steps.len() < STEPS_MAX {
            case.edit().note(ctx.now, "system", step);
            unit.update(&case);
        }
    } else if opens {
        let mut case = Case::open(ctx, CaseKind::PartnerSignal, about, None);
        case.note(ctx.now, "system", step);
        unit.insert(&case).audit(AuditEntry::new(ctx.now, "system", "case.opened", case.case_id));
    }
    Ok(())
}

/// Whether this is a telephone number as people write it, and nothing that leads elsewhere.
fn is_number(text: &str) -> bool {
    let is_of_it = |c: char| c.is_ascii_digit() || "+-() ".contains(c);
    (1..=CALL_CHARS).contains(&text.chars().count()) && text.chars().all(is_of_it)
}

/// Asks that it holds nothing here any more; a second person must agree.
pub async fn ask_end(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    (halt_id, reason): (&str, &str),
) -> Result<ApprovalId, DeskError> {
    let halt = book.find::<Halt>(halt_id).await?;
    let halt = halt.filter(|halt| halt.over.is_none()).ok_or(DeskError::NotAccepted)?;
    let approval = Approval::ask(ctx, by, END, &halt.halt_id, reason);
    let mut unit = Unit::new();
    unit.insert(&approval)
        .audit(AuditEntry::new(ctx.now, by, "halt.end_asked", halt_id).with("reason", reason));
    match book.commit(unit).await {
        Ok(()) => Ok(approval.approval_id),
        Err(RecordError::Duplicate { .. }) => Err(DeskError::Decided),
        Err(error) => Err(error.into()),
    }
}

/// Whether an approval ends one.
#[must_use]
pub fn is_about(approval: &Approval) -> bool {
    approval.act == END
}

/// Whose word an approval is about.
#[must_use]
pub fn teller(approval: &Approval) -> &str {
    approval.subject.split_once('|').map_or(&*approval.subject, |(partner, _)| partner)
}

/// A second person agreed: `unit` holds that. The same stop, told again, holds nothing; another one does.
pub async fn end(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (by, approval): (StaffId, &Approval),
) -> Result<(), DeskError> {
    let Some(mut halt) = book.find::<Halt>(&approval.subject).await? else { return Ok(()) };
    if halt.over.is_none() {
        halt.edit().over = Some(Over { at: ctx.now, by: by.to_string() });
        unit.update(&halt);
        note(unit, ctx, &by.to_string(), ("halt.ended", &halt));
    }
    Ok(())
}
