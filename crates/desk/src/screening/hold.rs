//! Holding a person: a gate that only screening closes and opens, so that no other release ends it and
//! it ends no other stop.

use std::collections::BTreeSet;

use kanuki_domain::{Ctx, id::ScreeningHitId};
use kanuki_formats::screening::{Match, Who};
use kanuki_record::{AuditEntry, RecordError, Unit, record, vault::PersonKey};
use serde::{Deserialize, Serialize};

use super::{Hit, Loaded, Occasion, Ports, list};
use crate::{DeskError, gate::Gate};

/// How often a hold that meets somebody else's writing is begun again.
const TRIES: u8 = 5;

/// The gate that holds a wallet or a holder, by their id.
#[must_use]
pub fn gate(id: impl ToString) -> Gate {
    Gate::of("screening", id)
}

/// What holds a person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hold {
    /// Whom: a customer or holder id.
    pub person_id: String,
    /// What their gate is named by.
    pub gate: String,
    /// The hits that nobody cleared.
    pub hits: BTreeSet<ScreeningHitId>,
    /// The closing that is to end, because none is left.
    pub opening: Option<u32>,
}

record! { Hold => "screening_hold" by |h| h.person_id.clone();
    many state = |h| if h.hits.is_empty() {
        h.opening.map(|_| "opening".to_owned())
    } else {
        Some("held".to_owned())
    };
}

impl Hold {
    /// One hit less; the last one ends the `closing`.
    pub(super) fn let_go(&mut self, hit: ScreeningHitId, closing: Option<u32>) {
        self.hits.remove(&hit);
        if self.hits.is_empty() {
            self.opening = closing;
        }
    }
}

/// Who is screened.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Their key; it names them.
    pub key: &'a PersonKey,
    /// What their gate is named by: the wallet, or the holder.
    pub gate: &'a str,
    /// Their names and birth date.
    pub who: &'a Who,
}

/// Compares a person with every list in force and holds them where they are like somebody. Says how
/// many new hits there are. Doing it twice is fine.
pub async fn hold(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    person: Person<'_>,
    occasion: Occasion,
) -> Result<usize, DeskError> {
    let mut new: usize = 0;
    for list in list::live(ports.book).await? {
        let found = list::screener(ports.book, &list.version).await?.find(person.who);
        new = new.saturating_add(held(ports, ctx, person, (&list, occasion), &found).await?);
    }
    Ok(new)
}

/// Holds a person for what was found, gate first: a crash in between is on the safe side.
pub(super) async fn held(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    person: Person<'_>,
    from: (&Loaded, Occasion),
    found: &[Match],
) -> Result<usize, DeskError> {
    let mut left = TRIES;
    loop {
        match held_once(ports, ctx, person, from, found).await {
            Err(DeskError::Record(
                RecordError::Conflict { .. } | RecordError::Duplicate { .. },
            )) if left > 0 => {
                left = left.saturating_sub(1);
            }
            done => return done,
        }
    }
}

async fn held_once(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    person: Person<'_>,
    (list, occasion): (&Loaded, Occasion),
    found: &[Match],
) -> Result<usize, DeskError> {
    let person_id = &person.key.person_id;
    let mut new = Vec::new();
    for what in found {
        let hit_id = Hit::number(ports.vault, person_id, &list.name, what)?;
        // Known: it holds, or two people have cleared it.
        if ports.book.find::<Hit>(hit_id).await?.is_none() {
            let about = (hit_id, person.key);
            new.push(Hit::new(ctx, ports.vault, about, (list, occasion), what)?);
        }
    }
    if new.is_empty() {
        return Ok(0);
    }
    let gate = gate(person.gate);
    gate.close(ports.ledger, ctx.now).await?;
    let mut unit = Unit::new();
    let hits = new.iter().map(|hit| hit.hit_id);
    if let Some(mut hold) = ports.book.find::<Hold>(person_id).await? {
        hold.edit().hits.extend(hits);
        hold.edit().opening = None;
        unit.update(&hold);
    } else {
        let (person_id, gate) = (person_id.clone(), person.gate.to_owned());
        unit.insert(&Hold { person_id, gate, hits: hits.collect(), opening: None });
    }
    for hit in &new {
        // The log names no person: whoever reads it elsewhere learns of nobody.
        unit.insert(hit).audit(
            AuditEntry::new(ctx.now, "system", "screening.held", hit.hit_id)
                .with("list", &hit.version)
                .with("score", hit.score),
        );
    }
    ports.book.commit(unit).await?;
    // Once more: the end of an earlier hold may have opened what was found closed above.
    gate.close(ports.ledger, ctx.now).await?;
    Ok(new.len())
}

/// Ends the closing of a hold of which nothing is left. Doing it twice is fine.
pub(super) async fn open(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    person_id: &str,
) -> Result<(), DeskError> {
    let Some(mut hold) = ports.book.find::<Hold>(person_id).await? else { return Ok(()) };
    let (gate, Some(closing)) = (gate(&hold.gate), hold.opening) else { return Ok(()) };
    gate.open_generation(ports.ledger, closing, ctx.now).await?;
    hold.edit().opening = None;
    let mut unit = Unit::new();
    unit.update(&hold);
    match ports.book.commit(unit).await {
        // Somebody was held in between and may have found the gate still closed.
        Err(RecordError::Conflict { .. }) => {
            let now = ports.book.find::<Hold>(person_id).await?;
            if now.is_some_and(|hold| !hold.hits.is_empty()) {
                gate.close(ports.ledger, ctx.now).await?;
            }
            Ok(())
        }
        done => Ok(done?),
    }
}

/// Finishes what a crash cut short: whoever is held is closed, and whoever was let go is opened. Called
/// by the worker; says how many were finished.
pub async fn drive_holds(ports: Ports<'_>, ctx: &Ctx<'_>) -> Result<usize, DeskError> {
    let mut finished: usize = 0;
    for hold in ports.book.every::<Hold>("state", "opening").await? {
        open(ports, ctx, &hold.person_id).await?;
        finished = finished.saturating_add(1);
    }
    for hold in ports.book.every::<Hold>("state", "held").await? {
        let gate = gate(&hold.gate);
        if !gate.is_closed(ports.ledger, ctx.now).await? {
            gate.close(ports.ledger, ctx.now).await?;
            finished = finished.saturating_add(1);
        }
    }
    Ok(finished)
}
