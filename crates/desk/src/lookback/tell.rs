//! Telling those who were hit: two people let it go out, and each person hears of a movement once.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use kanuki_domain::{
    Ctx,
    id::{LookbackId, StaffId},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use super::{
    LookHit, Lookback, LookbackError, Movement, Ports, Tell,
    hits::{case_of, cases},
};
use crate::{DeskError, case::Case, staff::require_not_left};

/// How many people one step tells.
const PEOPLE_MAX: usize = 20;
/// How long a step rests after somebody could not be told.
const REST: SignedDuration = SignedDuration::from_mins(5);

async fn load(ports: Ports<'_>, id: LookbackId) -> Result<Stored<Lookback>, LookbackError> {
    let found = ports.book.find::<Lookback>(id).await?;
    found.ok_or_else(|| DeskError::NotAccepted.into())
}

/// One person asks that those who were hit be told; another must agree.
pub async fn ask_tell(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    by: StaffId,
    (id, reason): (LookbackId, &str),
) -> Result<(), LookbackError> {
    let mut look = load(ports, id).await?;
    if look.tell != Tell::Nobody || !look.is_usable() || look.round.hits == 0 {
        return Err(DeskError::Decided.into());
    }
    look.edit().tell = Tell::Asked { by, at: ctx.now, reason: reason.to_owned() };
    let mut unit = Unit::new();
    unit.update(&look)
        .audit(AuditEntry::new(ctx.now, by, "lookback.tell_asked", id).with("reason", reason));
    Ok(ports.book.commit(unit).await?)
}

/// Anybody says that nobody is told.
pub async fn keep_quiet(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    by: StaffId,
    id: LookbackId,
) -> Result<(), LookbackError> {
    let mut look = load(ports, id).await?;
    if !matches!(look.tell, Tell::Asked { .. }) {
        return Err(DeskError::Decided.into());
    }
    look.edit().tell = Tell::Nobody;
    let mut unit = Unit::new();
    unit.update(&look).audit(AuditEntry::new(ctx.now, by, "lookback.tell_declined", id));
    Ok(ports.book.commit(unit).await?)
}

/// A second person agrees: from now on they are told, in steps.
pub async fn agree(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    by: StaffId,
    id: LookbackId,
) -> Result<(), LookbackError> {
    let mut look = load(ports, id).await?;
    let Tell::Asked { by: asked_by, .. } = look.tell else {
        return Err(DeskError::Decided.into());
    };
    if asked_by == by {
        return Err(DeskError::SamePerson.into());
    }
    require_not_left(ports.book, [asked_by, by]).await?;
    look.edit().tell = Tell::Agreed { asked_by, by, at: ctx.now, rests_until: None, done_at: None };
    let mut unit = Unit::new();
    unit.update(&look)
        .audit(AuditEntry::new(ctx.now, by, "lookback.tell", id).with("asked_by", asked_by));
    Ok(ports.book.commit(unit).await?)
}

/// Tells some of those who wait; how many.
pub(super) async fn step(ports: Ports<'_>, ctx: &Ctx<'_>) -> Result<usize, LookbackError> {
    let waiting = ports.book.every::<Lookback>("work", "telling").await?;
    let is_due = |look: &Stored<Lookback>| match look.tell {
        Tell::Agreed { rests_until, .. } => rests_until.is_none_or(|until| until <= ctx.now),
        Tell::Nobody | Tell::Asked { .. } => false,
    };
    let Some(look) = waiting.into_iter().find(is_due) else { return Ok(0) };
    let hits = ports.book.every::<LookHit>("lookback_id", &look.lookback_id.to_string()).await?;
    let mut people: BTreeMap<String, Vec<Stored<LookHit>>> = BTreeMap::new();
    for hit in hits.into_iter().filter(|hit| hit.told_at.is_none() && hit.passed_at.is_none()) {
        people.entry(hit.person_id.clone()).or_default().push(hit);
    }
    let is_last = people.len() <= PEOPLE_MAX;
    let reported = cases(ports.book).await?;
    let (mut told, mut missed) = (0_usize, false);
    for (person, hits) in people.into_iter().take(PEOPLE_MAX) {
        match tell(ports, ctx, (&look, &person), (hits, &reported)).await {
            Ok(()) => told = told.saturating_add(1),
            // Another node told them a moment ago.
            Err(LookbackError::Record(RecordError::Conflict { .. })) => {}
            // The store is silent about everybody; a company may be silent about one.
            Err(error @ LookbackError::Record(_)) => return Err(error),
            Err(_) => missed = true,
        }
    }
    rest_or_end(ports, ctx, look, (is_last, missed)).await?;
    Ok(told)
}

/// One person, one unit: the messages, and that they were told, go together or not at all.
async fn tell(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    (look, person): (&Lookback, &str),
    (hits, reported): (Vec<Stored<LookHit>>, &[Case]),
) -> Result<(), LookbackError> {
    let mut unit = Unit::new();
    let mut moved: Vec<(LookHit, Movement)> = Vec::new();
    for mut hit in hits {
        let movement = ports.company.movement(&hit).await?;
        let is_reported = case_of(&hit, reported).is_some();
        let is_known = !person.is_empty() && !is_reported;
        match movement.filter(|movement| is_known && !movement.lost.is_zero()) {
            Some(movement) => {
                hit.edit().told_at = Some(ctx.now);
                moved.push(((*hit).clone(), movement));
            }
            None => hit.edit().passed_at = Some(ctx.now),
        }
        unit.update(&hit);
    }
    moved.sort_by_key(|(_, movement)| std::cmp::Reverse(movement.lost));
    if !moved.is_empty() {
        ports.company.tell(ctx, &mut unit, person, &moved).await?;
        unit.audit(
            AuditEntry::new(ctx.now, "system", "lookback.told", person)
                .with("lookback", look.lookback_id)
                .with("movements", moved.len()),
        );
    }
    Ok(ports.book.commit(unit).await?)
}

async fn rest_or_end(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    mut look: Stored<Lookback>,
    (is_last, has_missed): (bool, bool),
) -> Result<(), LookbackError> {
    let Tell::Agreed { rests_until, done_at, .. } = &mut look.edit().tell else { return Ok(()) };
    if has_missed {
        *rests_until = Some(ctx.now.checked_add(REST).unwrap_or(ctx.now));
    } else if is_last {
        *done_at = Some(ctx.now);
    } else {
        return Ok(());
    }
    let is_done = done_at.is_some();
    let mut unit = Unit::new();
    unit.update(&look);
    if is_done {
        unit.audit(AuditEntry::new(ctx.now, "system", "lookback.all_told", look.lookback_id));
    }
    match ports.book.commit(unit).await {
        Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
