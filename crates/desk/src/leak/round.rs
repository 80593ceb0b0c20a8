//! The entries of a list are looked for in steps that a crash may cut short anywhere; what a list that
//! was withdrawn locked is let go in the same manner.

use std::collections::VecDeque;

use jiff::SignedDuration;
use kanuki_domain::Ctx;
use kanuki_formats::leak::Entry;
use kanuki_record::{AuditEntry, Record as _, RecordError, Stored, Unit};

use super::{
    Hit, Loaded, Ports,
    list::{self, PART_ENTRIES, Round},
};
use crate::DeskError;

/// The most entries that are noted to be tried again; if it is more, something else is wrong, and the
/// round waits where it is.
const FAILED_MAX: usize = 1_000;
/// How long those that could not be looked for are left alone.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// What became of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// So many accounts or customers are locked from now on: a telephone number may be several people's.
    Held(u64),
    /// It was known, or was let go since.
    Known,
    /// It is nobody's here.
    Nobody,
}

/// A step: one part of one list, or some of the entries that could not be looked for.
#[derive(Debug)]
pub struct Step {
    list: Stored<Loaded>,
    /// How far the round was before it.
    began: Round,
    entries: VecDeque<(u64, Entry)>,
    /// How many more may be locked; no end where a second person agreed.
    room: Option<u64>,
    /// Whether it was cut short.
    is_cut: bool,
    /// Whether nothing is behind it.
    is_last: bool,
}

fn size() -> u64 {
    u64::try_from(PART_ENTRIES).unwrap_or(u64::MAX)
}

impl Step {
    /// The next step, if a list is due.
    pub async fn next(ports: Ports<'_>, ctx: &Ctx<'_>) -> Result<Option<Self>, RecordError> {
        let all = ports.book.every::<Loaded>("work", "search").await?;
        let due = |list: &Stored<Loaded>| list.round.again_at.is_none_or(|at| at <= ctx.now);
        let Some(list) = all.into_iter().filter(due).min_by_key(|list| list.at) else {
            return Ok(None);
        };
        let mut entries = VecDeque::new();
        let is_last;
        if list.round.again_at.is_some() {
            let mut numbers: Vec<u64> = Vec::new();
            for place in &list.round.failed {
                numbers.extend(place.checked_div(size()));
            }
            numbers.dedup();
            for number in numbers.into_iter().take(PART_ENTRIES) {
                let part = list::part(ports, &list, number).await?.unwrap_or_default();
                let places = (number.saturating_mul(size())..).zip(part);
                entries.extend(places.filter(|(place, _)| list.round.failed.contains(place)));
            }
            is_last = true;
        } else {
            let number = list.round.part;
            let part = list::part(ports, &list, number).await?.unwrap_or_default();
            is_last = number.saturating_add(1).saturating_mul(size()) >= list.entries;
            entries.extend((number.saturating_mul(size())..).zip(part));
            let seen = list.round.seen.saturating_add(count(list.round.failed.len()));
            // What a step that was cut short had looked for is behind it.
            entries.retain(|(place, _)| *place >= seen);
        }
        let (began, room) = (list.round.clone(), list::room(ports.book, &list).await?);
        Ok(Some(Self { list, began, entries, room, is_cut: false, is_last }))
    }

    /// Which list it is of.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.list.version
    }

    /// The next entry with its place. None where all were looked for, and where more would be locked
    /// than one person may lock: then the round waits for another.
    pub fn entry(&mut self, ctx: &Ctx<'_>) -> Option<(u64, Entry)> {
        let next = self.entries.pop_front()?;
        if self.room == Some(0) {
            self.list.edit().round.paused_at = Some(ctx.now);
            self.is_cut = true;
            return None;
        }
        Some(next)
    }

    /// One that was looked for.
    pub fn passed(&mut self, place: u64, looked: Looked) {
        let round = &mut self.list.edit().round;
        round.failed.remove(&place);
        round.seen = round.seen.saturating_add(1);
        match looked {
            Looked::Held(new) => {
                round.held = round.held.saturating_add(new);
                self.room = self.room.map(|room| room.saturating_sub(new));
            }
            Looked::Nobody => round.unknown = round.unknown.saturating_add(1),
            Looked::Known => {}
        }
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

    /// Whatever could be looked for in is silent: the step ends here and begins here again.
    pub const fn cut(&mut self) {
        self.is_cut = true;
    }

    /// Notes how far it came. Once everything was looked for the file is forgotten.
    pub async fn done(mut self, ports: Ports<'_>, ctx: &Ctx<'_>) -> Result<(), DeskError> {
        let version = self.list.version.clone();
        let (is_cut, is_last) = (self.is_cut, self.is_last);
        let round = &mut self.list.edit().round;
        let mut act = round.paused_at.is_some().then_some("leak.paused");
        if !is_cut {
            round.part = round.part.saturating_add(u64::from(round.again_at.is_none()));
            if is_last && round.failed.is_empty() {
                round.done_at = Some(ctx.now);
                act = Some("leak.done");
            } else if is_last {
                round.again_at = Some(ctx.now.checked_add(AGAIN_AFTER).unwrap_or(ctx.now));
            }
        }
        let ours = round.clone();
        loop {
            let mut unit = Unit::new();
            unit.update(&self.list);
            if let Some(act) = act {
                let entry = AuditEntry::new(ctx.now, "system", act, &version);
                unit.audit(entry.with("seen", ours.seen).with("held", ours.held));
            }
            match ports.book.commit(unit).await {
                Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
                Ok(()) if ours.done_at.is_some() => {
                    return Ok(list::forget(ports.book, &self.list).await?);
                }
                Ok(()) => return Ok(()),
            }
            // Somebody asked that the list be withdrawn, or has it stay: what this step locked still
            // counts. Another node that took the same step has counted it.
            let fresh = ports.book.find::<Loaded>(self.list.id()).await?;
            let Some(fresh) = fresh.filter(|fresh| fresh.round == self.began) else {
                return Ok(());
            };
            self.list = fresh;
            self.list.edit().round = ours.clone();
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
    pub async fn next(ports: Ports<'_>) -> Result<Option<Self>, RecordError> {
        let all = ports.book.every::<Loaded>("work", "let_go").await?;
        let Some(list) = all.into_iter().min_by_key(|list| list.at) else { return Ok(None) };
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
                let round = &mut self.list.edit().round;
                round.let_go_found = round.let_go_found.saturating_add(1);
                let ends = hit.edit().withdrawn(&version, ctx.now);
                return Some((hit, ends));
            }
        }
    }

    /// Notes how far it came; what is left of the file is forgotten.
    pub async fn done(mut self, ports: Ports<'_>, ctx: &Ctx<'_>) -> Result<(), DeskError> {
        let round = &mut self.list.edit().round;
        if self.is_last && round.let_go_found == 0 {
            round.let_go_at = Some(ctx.now);
            list::forget(ports.book, &self.list).await?;
        } else if self.is_last {
            round.let_go_after.clear();
            round.let_go_found = 0;
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
