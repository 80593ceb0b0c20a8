//! Holding a person: a gate that only screening closes and opens, so that no other release ends it and
//! it ends no other stop.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kanuki_domain::{Ctx, id::ScreeningHitId, mandate::later};
use kanuki_formats::screening::{Match, Who};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, record, vault::PersonKey};
use serde::{Deserialize, Serialize};

use super::{Hit, HitState, Loaded, Occasion, Ports, list};
use crate::{DeskError, gate::Gate};

/// How often a hold that meets somebody else's writing is begun again.
const TRIES: u8 = 8;

/// So long the act of a process that falls over may still arrive.
const ARRIVES_SECS: i64 = 3_600;

/// The most people of a list that one person is held for; who is like more is like everybody.
const HITS_MAX: usize = 20;

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
    /// Set where none is left and the gate is to open: the closing that ends, as far as it is known.
    pub opening: Option<u32>,
    /// Since when somebody is closing the gate. While it is set the row stays with the worker: the act may
    /// arrive after the last hit was let go, from a process that then falls over.
    #[serde(default)]
    pub closing_since: Option<Timestamp>,
}

record! { Hold => "screening_hold" by |h| h.person_id.clone();
    many state = |h| if h.hits.is_empty() {
        h.opening.map(|_| ()).or(h.closing_since.map(|_| ())).map(|()| "opening".to_owned())
    } else {
        Some("held".to_owned())
    };
}

impl Hold {
    /// One hit less; the last one lets the gate open, by [`settle`].
    pub(super) fn let_go(&mut self, hit: ScreeningHitId) {
        self.hits.remove(&hit);
        if self.hits.is_empty() {
            self.opening = Some(0);
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

/// Holds a person for what was found. The row comes first and the gate after it: whoever is in a row is
/// closed by [`drive_holds`] after a crash, and no gate is closed that no row knows of.
pub(super) async fn held(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    person: Person<'_>,
    from: (&Loaded, Occasion),
    found: &[Match],
) -> Result<usize, DeskError> {
    if found.is_empty() {
        return Ok(0);
    }
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

/// The hits that are new, of the most alike that nobody cleared: what two people cleared takes nobody's
/// place.
async fn new_hits(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    person: Person<'_>,
    (list, occasion): (&Loaded, Occasion),
    found: &[Match],
) -> Result<Vec<Hit>, DeskError> {
    let mut new = Vec::new();
    let mut standing: usize = 0;
    for what in found {
        if standing == HITS_MAX {
            break;
        }
        let hit_id = Hit::number(ports.vault, &person.key.person_id, &list.name, what)?;
        match ports.book.find::<Hit>(hit_id).await? {
            Some(known) if matches!(known.state, HitState::Cleared { .. }) => {}
            Some(_) => standing = standing.saturating_add(1),
            None => {
                standing = standing.saturating_add(1);
                let about = (hit_id, person.key);
                new.push(Hit::new(ctx, ports.vault, about, (list, occasion), what)?);
            }
        }
    }
    Ok(new)
}

async fn held_once(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    person: Person<'_>,
    from: (&Loaded, Occasion),
    found: &[Match],
) -> Result<usize, DeskError> {
    let person_id = &person.key.person_id;
    let new = new_hits(ports, ctx, person, from, found).await?;
    if new.is_empty() {
        // Known already; a crash may have left the gate as it was.
        settle(ports, ctx, person_id).await?;
        return Ok(0);
    }
    let mut unit = Unit::new();
    let hits = new.iter().map(|hit| hit.hit_id);
    let mut ending = None;
    if let Some(mut hold) = ports.book.find::<Hold>(person_id).await? {
        ending = hold.opening;
        hold.edit().hits.extend(hits);
        hold.edit().opening = None;
        unit.update(&hold);
    } else {
        let (person_id, gate) = (person_id.clone(), person.gate.to_owned());
        let (hits, opening, closing_since) = (hits.collect(), None, None);
        unit.insert(&Hold { person_id, gate, hits, opening, closing_since });
    }
    for hit in &new {
        // The log names no person: whoever reads it elsewhere learns of nobody.
        unit.insert(hit).audit(
            AuditEntry::new(ctx.now, "system", "screening.held", hit.hit_id)
                .with("list", &from.0.version)
                .with("score", hit.score),
        );
    }
    ports.book.commit(unit).await?;
    if let Some(ending) = ending {
        // The end of the hold before is under way: once it is over, nobody can open what closes now.
        gate(person.gate).open_generation(ports.ledger, ending, ctx.now).await?;
    }
    settle(ports, ctx, person_id).await?;
    Ok(new.len())
}

/// Makes the gate what the row says: closed while a hit holds, open when none does. The row is read
/// again after each act, because two people may let go, or a list may find somebody, in between. Says
/// whether there was anything to do; doing it twice is fine.
pub(super) async fn settle(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    person_id: &str,
) -> Result<bool, DeskError> {
    let mut acted = false;
    let (mut is_marked, mut ours) = (false, None);
    let arrives = |since: Timestamp| later(since, ARRIVES_SECS) > ctx.now;
    for _ in 0..TRIES {
        let Some(mut hold) = ports.book.find::<Hold>(person_id).await? else { return Ok(acted) };
        let gate = gate(&hold.gate);
        let closed = gate.generation(ports.ledger, ctx.now).await?;
        match (hold.hits.is_empty(), closed) {
            (false, None) if is_marked => gate.close(ports.ledger, ctx.now).await?,
            (false, None) => {
                // Where another closes too, neither knows that the other's act has arrived.
                let is_alone = !hold.closing_since.is_some_and(arrives);
                hold.edit().closing_since = Some(ctx.now);
                is_marked = rewrite(ports, &hold).await?;
                ours = (is_marked && is_alone).then_some(ctx.now);
            }
            (false, Some(_)) | (true, None) if hold.opening.is_none() => {
                let is_awaited = |since: Timestamp| ours != Some(since) && arrives(since);
                if hold.closing_since.is_none_or(is_awaited) {
                    return Ok(acted);
                }
                hold.edit().closing_since = None;
                rewrite(ports, &hold).await?;
            }
            // What is written before it is opened cannot be a closing of somebody held since: that
            // would have changed the row.
            (true, Some(closing)) if hold.opening == Some(closing) => {
                gate.open_generation(ports.ledger, closing, ctx.now).await?;
            }
            (_, closing) => {
                hold.edit().opening = closing;
                rewrite(ports, &hold).await?;
            }
        }
        acted = true;
    }
    // Somebody writes as fast as we do: the row is in the worker's list, which comes again.
    Ok(acted)
}

/// Writes the row; false where somebody else did meanwhile, so that it is read again.
async fn rewrite(ports: Ports<'_>, hold: &Stored<Hold>) -> Result<bool, DeskError> {
    let mut unit = Unit::new();
    unit.update(hold);
    match ports.book.commit(unit).await {
        Ok(()) => Ok(true),
        Err(RecordError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Finishes what a crash cut short: whoever is held is closed, and whoever was let go is opened. Called
/// by the worker; says how many were finished.
pub async fn drive_holds(ports: Ports<'_>, ctx: &Ctx<'_>) -> Result<usize, DeskError> {
    let mut finished: usize = 0;
    for state in ["opening", "held"] {
        for hold in ports.book.every::<Hold>("state", state).await? {
            let acted = settle(ports, ctx, &hold.person_id).await?;
            finished = finished.saturating_add(usize::from(acted));
        }
    }
    Ok(finished)
}
