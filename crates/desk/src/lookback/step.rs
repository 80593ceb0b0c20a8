//! Looking, some rows at a time. A crash anywhere leaves the row where the last step left it.

use std::collections::BTreeSet;

use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_risk::Subject;

use super::{
    LookHit, Lookback, LookbackError, Ports, tell,
    warm::{Cold, Warm},
};
use crate::past::Past;

/// How many pages of rows one step looks at.
const PAGES_MAX: u32 = 4;
/// More hits than people can look at one by one.
const HITS_MAX: u64 = 2_000;
/// From so many movements on, a pattern that hits more than half of them is none.
const SEEN_MIN: u64 = 200;

/// One step of the oldest look-back that waits, and one of telling; how many movements were looked at and
/// people told. Called by the worker.
pub async fn step(ports: Ports<'_>, ctx: &Ctx<'_>) -> Result<usize, LookbackError> {
    let told = tell::step(ports, ctx).await?;
    let mut seen: usize = 0;
    for _ in 0..PAGES_MAX {
        let oldest = ports.book.every::<Lookback>("work", "looking").await?;
        let Some(look) = oldest.into_iter().next() else { break };
        match page(ports, ctx, look).await {
            Ok(looked) => seen = seen.saturating_add(looked),
            // Another node took the same step: what this one holds is behind.
            Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(told.saturating_add(seen))
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

async fn page(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    mut look: Stored<Lookback>,
) -> Result<usize, RecordError> {
    let mut warm = match ports.looking.take(look.lookback_id) {
        Some(warm) => warm,
        None => match Warm::begin(ports, &look).await {
            Ok(warm) => warm,
            Err(Cold::Record(error)) => return Err(error),
            Err(Cold::Broken) => {
                look.edit().round.is_broken = true;
                return end(ports, ctx, look, Unit::new()).await.map(|()| 0);
            }
        },
    };
    let rows = ports.book.scan::<Past>(&warm.after).await?;
    let mut is_over = rows.is_empty();
    let (mut unit, mut new, mut looked) = (Unit::new(), BTreeSet::new(), 0_usize);
    for row in &rows {
        if row.signal.at > look.until {
            is_over = true;
            break;
        }
        let holds = warm.sees(ports, &row.signal).await?;
        warm.after = row.attempt_id.to_string();
        // Counted before: by the step that a restart cut short, or as what went before the first row.
        if warm.after <= look.round.after || row.signal.at < look.from {
            continue;
        }
        looked = looked.saturating_add(1);
        if holds && new.insert(row.about.clone()) {
            let hit = hit_of(&look, row);
            if ports.book.find::<LookHit>(hit.id()).await?.is_none() {
                unit.insert(&hit);
                look.edit().round.hits = look.round.hits.saturating_add(1);
            }
        }
        let round = &mut look.edit().round;
        round.after.clone_from(&warm.after);
        round.at = Some(row.signal.at);
    }
    let round = &mut look.edit().round;
    round.seen = round.seen.saturating_add(count(looked));
    let is_most = round.seen >= SEEN_MIN && round.hits.saturating_mul(2) > round.seen;
    round.is_too_wide = round.hits > HITS_MAX || is_most;
    if is_over || round.is_too_wide {
        end(ports, ctx, look, unit).await?;
        return Ok(looked);
    }
    if looked > 0 {
        unit.update(&look);
        ports.book.commit(unit).await?;
    }
    // Only now: what was not written must be counted again.
    ports.looking.put(warm);
    Ok(looked)
}

fn hit_of(look: &Lookback, row: &Past) -> LookHit {
    let person = row.signal.key(Subject::Person).map(|key| key.value().to_owned());
    LookHit {
        lookback_id: look.lookback_id,
        about: row.about.clone(),
        kind: row.signal.kind,
        person_id: person.unwrap_or_default(),
        amount: row.signal.amount,
        at: row.signal.at,
        outcome: row.outcome,
        version: row.version.clone(),
        told_at: None,
        passed_at: None,
        case_id: None,
    }
}

async fn end(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    mut look: Stored<Lookback>,
    mut unit: Unit,
) -> Result<(), RecordError> {
    look.edit().round.done_at = Some(ctx.now);
    let act = match (look.round.is_broken, look.round.is_too_wide) {
        (true, _) => "lookback.broken",
        (false, true) => "lookback.too_wide",
        (false, false) => "lookback.done",
    };
    let entry = AuditEntry::new(ctx.now, "system", act, look.lookback_id);
    unit.update(&look).audit(entry.with("seen", look.round.seen).with("hits", look.round.hits));
    ports.book.commit(unit).await
}
