//! The entries of a list are looked for in steps that a crash may cut short anywhere; what a list that
//! was withdrawn locked is let go in the same manner.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use kanuki_domain::Ctx;
use kanuki_formats::leak::Entry;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use super::{
    Hit, Loaded, Ports,
    file::{self, PART_ENTRIES},
    list::Round,
};
use crate::DeskError;

/// The most entries that are noted to be tried again; if it is more, these are tried first.
const FAILED_MAX: usize = 1_000;
/// How many of them one step tries.
const RETRIED_MAX: usize = 200;
/// How long those that could not be looked for are left alone.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// How long a list rests that met nothing but silence.
const REST: SignedDuration = SignedDuration::from_mins(1);
/// How many steps may end where they began, before that place is left for later.
const CUTS_MAX: u32 = 3;
/// How often all is looked at that a withdrawn list named, before what cannot be told is let go untold.
const TOLD_PASSES: u32 = 3;

/// What became of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// It is locked from now on, or it was known, or let go since.
    Ours,
    /// It is nobody's here.
    Nobody,
    /// More would be locked than one person may lock: the round waits for another.
    Full,
    /// The list was withdrawn meanwhile.
    Ended,
}

/// A step: one part of one list, or some of the entries that could not be looked for.
#[derive(Debug)]
pub struct Step {
    list: Stored<Loaded>,
    /// How far the round was before it.
    began: Round,
    entries: VecDeque<(u64, Entry)>,
    /// Whether it was cut short.
    is_cut: bool,
}

fn size() -> u64 {
    u64::try_from(PART_ENTRIES).unwrap_or(u64::MAX)
}

fn after(ctx: &Ctx<'_>, span: SignedDuration) -> Timestamp {
    ctx.now.checked_add(span).unwrap_or(ctx.now)
}

/// Of the lists that are due, the one that waited longest: none keeps the others from their turn.
fn longest(all: Vec<Stored<Loaded>>, ctx: &Ctx<'_>) -> Option<Stored<Loaded>> {
    let is_past = |at: Option<Timestamp>| at.is_none_or(|at| at <= ctx.now);
    all.into_iter()
        .filter(|list| is_past(list.round.rests_until))
        .filter(|list| !list.is_live() || is_past(list.round.again_at))
        .min_by_key(|list| (list.round.stepped_at, list.at))
}

impl Round {
    /// Whether nothing but the count of what is locked differs: that is kept by what locks.
    fn is_where(&self, other: &Self) -> bool {
        Self { held: 0, ..self.clone() } == Self { held: 0, ..other.clone() }
    }

    /// How many entries are behind it.
    fn place(&self) -> u64 {
        self.seen.saturating_add(count(self.failed.len()))
    }

    /// Notes how a step ended that was not paused.
    fn ends(&mut self, ctx: &Ctx<'_>, (is_cut, has_moved): (bool, bool), entries: u64) {
        let is_retry = self.again_at.is_some();
        self.cuts = if is_cut && !has_moved { self.cuts.saturating_add(1) } else { 0 };
        self.rests_until = None;
        if is_cut {
            if is_retry || self.failed.len() >= FAILED_MAX {
                self.again_at = Some(after(ctx, AGAIN_AFTER));
            } else {
                self.rests_until = Some(after(ctx, REST));
            }
            return;
        }
        self.part = self.part.saturating_add(u64::from(!is_retry));
        let is_through = self.part.saturating_mul(size()) >= entries;
        let waits =
            if is_through { !self.failed.is_empty() } else { self.failed.len() >= FAILED_MAX };
        self.again_at = waits.then(|| after(ctx, AGAIN_AFTER));
        if is_through && !waits {
            self.done_at = Some(ctx.now);
        }
    }
}

/// What is to be looked for next.
async fn entries_of(
    ports: Ports<'_>,
    list: &Loaded,
) -> Result<VecDeque<(u64, Entry)>, RecordError> {
    let round = &list.round;
    let mut entries = VecDeque::new();
    if round.again_at.is_none() {
        let part = file::part(ports, list, round.part).await?;
        entries.extend((round.part.saturating_mul(size())..).zip(part));
        // What a step that was cut short had looked for is behind it.
        entries.retain(|(place, _)| *place >= round.place());
        return Ok(entries);
    }
    // Those behind the last one come first: some that nobody can answer for keep none from their turn.
    let (before, behind): (Vec<u64>, Vec<u64>) =
        round.failed.iter().partition(|place| **place <= round.retry_after);
    let mut held: Option<(u64, Vec<Entry>)> = None;
    for place in behind.into_iter().chain(before).take(RETRIED_MAX) {
        let number = place.checked_div(size()).unwrap_or(0);
        let part = match held.take() {
            Some((known, part)) if known == number => part,
            _ => file::part(ports, list, number).await?,
        };
        let in_part = usize::try_from(place.checked_rem(size()).unwrap_or(0)).unwrap_or(usize::MAX);
        entries.extend(part.get(in_part).map(|entry| (place, entry.clone())));
        held = Some((number, part));
    }
    Ok(entries)
}

impl Step {
    /// The next step, if a list is due.
    pub async fn next(ports: Ports<'_>, ctx: &Ctx<'_>) -> Result<Option<Self>, RecordError> {
        file::tidy(ports.book, ctx).await?;
        let all = ports.book.every::<Loaded>("work", "search").await?;
        let Some(mut list) = longest(all, ctx) else { return Ok(None) };
        match entries_of(ports, &list).await {
            Ok(entries) => {
                let began = list.round.clone();
                Ok(Some(Self { list, began, entries, is_cut: false }))
            }
            Err(error) => {
                // A file that cannot be read keeps no other list from its turn.
                let round = &mut list.edit().round;
                round.stepped_at = Some(ctx.now);
                round.rests_until = Some(after(ctx, REST));
                let mut unit = Unit::new();
                unit.update(&list);
                match ports.book.commit(unit).await {
                    // Withdrawn, or decided about in this moment: there may be nothing wrong.
                    Err(RecordError::Conflict { .. }) => Ok(None),
                    _ => Err(error),
                }
            }
        }
    }

    /// Which list it is of.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.list.version
    }

    /// The next entry with its place. None where all were looked for.
    pub fn entry(&mut self) -> Option<(u64, Entry)> {
        let next = self.entries.pop_front()?;
        if self.began.again_at.is_some() {
            self.list.edit().round.retry_after = next.0;
        }
        Some(next)
    }

    /// One that was looked for. Says whether the step may go on.
    #[must_use]
    pub fn passed(&mut self, ctx: &Ctx<'_>, (place, looked): (u64, Looked)) -> bool {
        let round = &mut self.list.edit().round;
        match looked {
            Looked::Nobody => round.unknown = round.unknown.saturating_add(1),
            Looked::Full => round.paused_at = Some(ctx.now),
            Looked::Ours | Looked::Ended => {}
        }
        if matches!(looked, Looked::Full | Looked::Ended) {
            self.is_cut = true;
            return false;
        }
        round.failed.remove(&place);
        round.seen = round.seen.saturating_add(1);
        true
    }

    /// One that could not be looked for. Says whether the step may go on without it.
    #[must_use]
    pub fn missed(&mut self, place: u64) -> bool {
        let round = &mut self.list.edit().round;
        if round.failed.len() >= FAILED_MAX && !round.failed.contains(&place) {
            self.is_cut = true;
            return false;
        }
        round.failed.insert(place);
        true
    }

    /// Whatever could be looked for in was silent about two entries in a row. Says whether the step may go
    /// on without them: not at first, because it may be silent about all; but where that was so before,
    /// at this very place, it is these.
    #[must_use]
    pub fn silent(&mut self, (first, second): (u64, u64)) -> bool {
        let is_first = self.list.round.place() == self.began.place();
        let was_cut = self.began.cuts.saturating_add(1) >= CUTS_MAX;
        if self.began.again_at.is_none() && is_first && was_cut {
            return self.missed(first) && self.missed(second);
        }
        self.is_cut = true;
        false
    }

    /// Notes how far it came. The next pass forgets the file of a list that is done.
    pub async fn done(self, ports: Ports<'_>, ctx: &Ctx<'_>) -> Result<(), DeskError> {
        let (version, entries) = (self.list.version.clone(), self.list.entries);
        let mut ours = self.list.into_inner().round;
        let act = if ours.paused_at.is_some() {
            Some("leak.paused")
        } else {
            let has_moved = ours.place() != self.began.place();
            ours.ends(ctx, (self.is_cut, has_moved), entries);
            ours.done_at.map(|_| "leak.done")
        };
        ours.stepped_at = Some(ctx.now);
        loop {
            // What this step locked is counted on the row already; somebody may have asked that the list
            // be withdrawn. Another node that took the same step has noted it.
            let fresh = ports.book.find::<Loaded>(version.as_str()).await?;
            let Some(mut fresh) = fresh.filter(|fresh| fresh.round.is_where(&self.began)) else {
                return Ok(());
            };
            let held = fresh.round.held;
            fresh.edit().round = Round { held, ..ours.clone() };
            let mut unit = Unit::new();
            unit.update(&fresh);
            if let Some(act) = act {
                let entry = AuditEntry::new(ctx.now, "system", act, &version);
                unit.audit(entry.with("seen", ours.seen).with("held", held));
            }
            match ports.book.commit(unit).await {
                Err(RecordError::Conflict { .. }) => {}
                done => return Ok(done?),
            }
        }
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// A step of letting go: some hits, one after the other, beside one list that was withdrawn.
#[derive(Debug)]
pub struct LetGo {
    list: Stored<Loaded>,
    hits: VecDeque<Stored<Hit>>,
    /// Whether nothing is behind it.
    is_last: bool,
}

impl LetGo {
    /// The next step, if a list is due.
    pub async fn next(ports: Ports<'_>, ctx: &Ctx<'_>) -> Result<Option<Self>, RecordError> {
        file::tidy(ports.book, ctx).await?;
        let all = ports.book.every::<Loaded>("work", "let_go").await?;
        let Some(list) = longest(all, ctx) else { return Ok(None) };
        let page = ports.book.scan::<Hit>(&list.round.let_go_after).await?;
        let is_last = page.is_empty();
        Ok(Some(Self { list, hits: page.into(), is_last }))
    }

    /// The next hit that the list names, with whether it holds nothing any more without it: the caller
    /// adds what it opens, commits, and goes on.
    pub fn hit(&mut self, ctx: &Ctx<'_>) -> Option<(Stored<Hit>, bool)> {
        loop {
            let mut hit = self.hits.pop_front()?;
            self.list.edit().round.let_go_after.clone_from(&hit.about);
            let version = self.list.version.clone();
            if hit.lists.contains(&version) {
                let ends = hit.edit().withdrawn(&version, ctx.now);
                return Some((hit, ends));
            }
        }
    }

    /// Whether its holder could not be told for so long that it is let go untold.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.list.round.let_go_passes >= TOLD_PASSES
    }

    /// One that could not be let go: all are looked at once more.
    pub fn missed(&mut self) {
        let round = &mut self.list.edit().round;
        round.let_go_failed = round.let_go_failed.saturating_add(1);
    }

    /// Notes how far it came.
    pub async fn done(mut self, ports: Ports<'_>, ctx: &Ctx<'_>) -> Result<(), DeskError> {
        let round = &mut self.list.edit().round;
        round.stepped_at = Some(ctx.now);
        if self.is_last && round.let_go_failed == 0 {
            round.let_go_at = Some(ctx.now);
        } else if self.is_last {
            round.let_go_after.clear();
            round.let_go_failed = 0;
            round.let_go_passes = round.let_go_passes.saturating_add(1);
            round.rests_until = Some(after(ctx, AGAIN_AFTER));
        }
        let mut unit = Unit::new();
        unit.update(&self.list);
        match ports.book.commit(unit).await {
            // Another node took the same step.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
