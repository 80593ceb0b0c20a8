//! Asking partners about one of our people, in a worker: no customer waits for it, and silence changes
//! nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    agreement::today,
    id::{CaseId, StaffId},
    limits::HOUR_SECS,
    mandate::later,
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use kanuki_wire::exchange::{Answer, HASHES_MAX, Hashed, Kind, Month, Question, Verdict};
use serde::{Deserialize, Serialize};

use super::{
    ExchangeError, Line, Partnered, Ports, after_days,
    count::{self, KEPT_FOR_STAFF, PER_DAY, Way},
    day, set,
};
use crate::case::{Case, CaseKind};

/// For how many days a match is a fact for the rules, unless it is asked about again.
const MATCH_DAYS: i64 = 180;
/// How often a silent partner is asked again before it is given up.
const TRIES_MAX: u32 = 6;
/// How many inquiries one step goes through.
const STEP_MAX: usize = 10;

/// Why somebody is to be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// They were proven to be who they say.
    Proven,
    /// Staff ask under a case that suspects them.
    Case(CaseId),
}

/// One person whom partners are to be asked about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inquiry {
    /// Who.
    pub person_id: String,
    /// Why it was begun.
    pub why: Why,
    /// Cases under which staff asked while it waited.
    #[serde(default)]
    also: Vec<CaseId>,
    /// When it was begun.
    pub at: Timestamp,
    /// Which partners have answered.
    answered: Vec<String>,
    tries: u32,
    next_at: Timestamp,
}

record! { Inquiry => "exchange_inquiry" by |i| i.person_id.clone();
    many work = |_| Some("waits".to_owned());
}

impl Inquiry {
    /// Every case that waits for the answer.
    fn cases(&self) -> impl Iterator<Item = CaseId> {
        let first = match self.why {
            Why::Proven => None,
            Why::Case(id) => Some(id),
        };
        first.into_iter().chain(self.also.iter().copied())
    }

    /// Takes in another reason to ask while it waits; whether anything is to be written.
    fn join(&mut self, now: Timestamp, why: Why) -> bool {
        match why {
            // What staff ask goes on as it is: who is proven anew must not start it over.
            Why::Proven if self.cases().next().is_some() => return false,
            Why::Proven => {}
            Why::Case(id) if self.cases().any(|known| known == id) => {}
            Why::Case(id) => self.also.push(id),
        }
        // Another case has to hear of everybody, those too who answered before it asked.
        (self.at, self.next_at, self.tries) = (now, now, 0);
        self.answered.clear();
        true
    }
}

/// What one partner said of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Of which kinds an identifier is known there.
    pub kinds: Vec<Kind>,
    /// When it said so.
    pub at: Timestamp,
}

/// One of our people of whom a partner knows a confirmed fraud.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Known {
    /// Who.
    pub person_id: String,
    /// By whom, of the registry.
    pub by: BTreeMap<String, Found>,
    /// The last day on which it counts.
    until: String,
}

record! { Known => "exchange_match" by |k| k.person_id.clone(); }

/// Whether a partner knows this person from a confirmed fraud: a fact for the rules, none of which may say
/// no for it alone.
pub async fn is_known(book: &Book, now: Timestamp, person_id: &str) -> Result<bool, RecordError> {
    let known = book.find_shared::<Known>(person_id).await?;
    Ok(known.is_some_and(|known| !known.by.is_empty() && day(now) <= known.until))
}

/// Adds to `unit` that partners are to be asked about a person. Where none may be asked nothing is kept.
pub async fn inquire(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (person_id, why): (&str, Why),
) -> Result<(), ExchangeError> {
    if !super::is_any_open(ports, ctx).await? {
        return Ok(());
    }
    if let Some(mut waits) = ports.book.find::<Inquiry>(person_id).await? {
        if waits.edit().join(ctx.now, why) {
            unit.update(&waits);
        }
    } else {
        unit.insert(&Inquiry {
            person_id: person_id.to_owned(),
            why,
            also: Vec::new(),
            at: ctx.now,
            answered: Vec::new(),
            tries: 0,
            next_at: ctx.now,
        });
    }
    Ok(())
}

/// Staff ask about whom a case suspects.
pub async fn inquire_of_case(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    by: StaffId,
    (id, reason): (CaseId, &str),
) -> Result<(), ExchangeError> {
    set::require_open(ports, ctx).await?;
    let (mut case, person_id) = set::suspected(ports, id).await?;
    let mut unit = Unit::new();
    inquire(ports, ctx, &mut unit, (&person_id, Why::Case(id))).await?;
    case.edit().note(ctx.now, by, "=exchange_asked|");
    unit.update(&case)
        .audit(AuditEntry::new(ctx.now, by, "exchange.ask", id).with("reason", reason));
    Ok(ports.book.commit(unit).await?)
}

/// Asks about those who wait and whose time it is; how many were settled. Called by the worker.
pub async fn step(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    line: &dyn Line,
) -> Result<usize, ExchangeError> {
    let waiting = ports.book.every::<Inquiry>("work", "waits").await?;
    let due = waiting.into_iter().filter(|one| one.next_at <= ctx.now).take(STEP_MAX);
    let (mut settled, due) = (0_usize, due.collect::<Vec<_>>());
    if due.is_empty() {
        return Ok(0);
    }
    let partners = ports.company.partners().await?;
    for inquiry in due {
        let done = one(ports, ctx, (line, &partners), inquiry).await;
        match done {
            Ok(is_over) => settled = settled.saturating_add(usize::from(is_over)),
            // Another node took it, or it was asked for again.
            Err(ExchangeError::Record(RecordError::Conflict { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(settled)
}

/// What one partner said, if it did.
enum Said {
    /// There is nothing that it may be asked about.
    Nothing,
    Answered(Vec<Kind>),
    Silent,
}

async fn one(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    (line, partners): (&dyn Line, &[Partnered]),
    mut inquiry: Stored<Inquiry>,
) -> Result<bool, ExchangeError> {
    let (mut unit, mut missed) = (Unit::new(), false);
    let identifiers = match ports.company.identifiers(&inquiry.person_id).await {
        Err(ExchangeError::Record(error)) => return Err(error.into()),
        // A core that is silent, or somebody who is no customer any more: one of many who wait.
        Err(_) => {
            missed = true;
            Vec::new()
        }
        Ok(known) => known,
    };
    let is_of_staff = inquiry.cases().next().is_some();
    let most = if is_of_staff { PER_DAY } else { PER_DAY.saturating_sub(KEPT_FOR_STAFF) };
    let mut said: Vec<(&Partnered, Vec<Kind>)> = Vec::new();
    for partner in partners {
        if inquiry.answered.contains(&partner.id) {
            continue;
        }
        match ask(ports, ctx, (line, partner), (most, &identifiers)).await? {
            Said::Nothing => {}
            Said::Silent => missed = true,
            Said::Answered(kinds) => {
                inquiry.edit().answered.push(partner.id.clone());
                said.push((partner, kinds));
            }
        }
    }
    keep(ports, ctx, &mut unit, (&inquiry, &said)).await?;
    let tries = inquiry.tries.saturating_add(1);
    let is_over = !missed || tries >= TRIES_MAX;
    if is_over {
        unit.delete(&inquiry);
    } else {
        let edit = inquiry.edit();
        edit.tries = tries;
        // An hour, two, four … : a day and a half in all.
        let pause = HOUR_SECS.saturating_mul(1_i64.checked_shl(tries.min(8)).unwrap_or(1));
        edit.next_at = later(ctx.now, pause.checked_div(2).unwrap_or(pause));
        unit.update(&inquiry);
    }
    if is_over && missed {
        let who = &inquiry.person_id;
        unit.audit(AuditEntry::new(ctx.now, "system", "exchange.given_up", who));
    }
    ports.book.commit(unit).await?;
    Ok(is_over)
}

async fn ask(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    (line, partner): (&dyn Line, &Partnered),
    (most, identifiers): (u32, &[(Kind, String)]),
) -> Result<Said, ExchangeError> {
    if !partner.terms.is_in_force(today(ctx.now)) {
        return Ok(Said::Nothing);
    }
    let Some(pair) = ports.pair(ctx, partner) else { return Ok(Said::Nothing) };
    let month = Month::of(ctx.now);
    let Ok(key) = pair.of_month(ports.company.asks_as(), month) else { return Ok(Said::Nothing) };
    let agreed = identifiers.iter().filter(|(kind, _)| partner.terms.kinds.contains(kind));
    let mut hashes: Vec<Hashed> = agreed.map(|(kind, text)| key.hash(*kind, text)).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.truncate(HASHES_MAX);
    if hashes.is_empty() {
        return Ok(Said::Nothing);
    }
    let n = u32::try_from(hashes.len()).unwrap_or(u32::MAX);
    let way = (partner.id.as_str(), Way::Asked);
    if !count::take(ports.book, ctx, way, (n, most)).await? {
        return Ok(Said::Silent);
    }
    let question = Question { month, identifiers: hashes };
    let answer = line.ask(ctx, &partner.id, &question).await;
    let answer = answer.filter(|answer| answer.verdicts.len() == question.identifiers.len());
    let Some(Answer { verdicts }) = answer else { return Ok(Said::Silent) };
    let matched = question.identifiers.iter().zip(&verdicts);
    let matched = matched.filter(|(_, verdict)| **verdict == Verdict::Match);
    let kinds: Vec<Kind> = matched.map(|(one, _)| one.kind).collect();
    let m = u32::try_from(kinds.len()).unwrap_or(u32::MAX);
    count::note(ports.book, ctx, way, (n, m)).await?;
    Ok(Said::Answered(kinds))
}

/// Adds to `unit` what partners said: the fact, and a line in the case; a match that no case is about opens
/// one.
async fn keep(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (inquiry, said): (&Inquiry, &[(&Partnered, Vec<Kind>)]),
) -> Result<(), ExchangeError> {
    if said.is_empty() {
        return Ok(());
    }
    let found = ports.book.find::<Known>(&inquiry.person_id).await?;
    let was_known = found.as_ref().is_some_and(|known| !known.by.is_empty());
    let mut by = found.as_ref().map(|known| known.by.clone()).unwrap_or_default();
    for (partner, kinds) in said {
        if kinds.is_empty() {
            // What it said before it does not say any more.
            by.remove(&partner.id);
        } else {
            by.insert(partner.id.clone(), Found { kinds: kinds.clone(), at: ctx.now });
        }
    }
    // Nobody's word is kept alive by what another one says.
    by.retain(|_, found| after_days(found.at, MATCH_DAYS) > ctx.now);
    let newest = by.values().map(|found| found.at).max().unwrap_or(ctx.now);
    let until = day(after_days(newest, MATCH_DAYS));
    let is_known = !by.is_empty();
    let known = Known { person_id: inquiry.person_id.clone(), by, until };
    match found {
        Some(mut row) if is_known => {
            *row.edit() = known;
            unit.update(&row);
        }
        Some(row) => {
            unit.delete(&row);
        }
        None if is_known => {
            unit.insert(&known);
        }
        None => {}
    }
    let notes: Vec<String> = said.iter().map(|(partner, kinds)| note(partner, kinds)).collect();
    let mut is_noted = false;
    for id in inquiry.cases() {
        let Some(mut case) = ports.book.find::<Case>(id).await? else { continue };
        for text in &notes {
            case.edit().note(ctx.now, "system", text.clone());
        }
        unit.update(&case);
        is_noted = true;
    }
    if is_known && !was_known && !is_noted {
        let person = Some(inquiry.person_id.clone());
        let mut case = Case::open(ctx, CaseKind::KnownElsewhere, &inquiry.person_id, person);
        for text in &notes {
            case.note(ctx.now, "system", text.clone());
        }
        unit.insert(&case);
    }
    Ok(())
}

fn note(partner: &Partnered, kinds: &[Kind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    if names.is_empty() {
        return format!("=exchange_no_match|{}", partner.name);
    }
    format!("=exchange_match|{} ({})", partner.name, names.join(", "))
}

pub(super) async fn forget(book: &Book, now: Timestamp) -> Result<usize, RecordError> {
    let today = day(now);
    set::forget_rows::<Known>(book, |known| known.until < today).await
}
