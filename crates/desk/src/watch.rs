//! Who is on a list that the rules look at (FT-22: what was confirmed as fraudulent is stopped).
//!
//! One person puts somebody on a list, which only tightens; to take them off takes two. The lists
//! themselves, and what they do, are the policy's: those whose name begins with `watched_`.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
};
use kanuki_record::{AuditEntry, Book, RecordError, Unit, record};
use kanuki_risk::{DESK_LISTS, Engine, Key, Subject};
use serde::{Deserialize, Serialize};

use crate::{DeskError, approval::Approval};

/// The act of taking somebody off a list, as an approval names it.
pub const UNWATCH: &str = "watch.end";
/// The longest name of whoever is watched.
const VALUE_MAX: usize = 256;

/// Somebody on a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Watched {
    /// Which list.
    pub list: String,
    /// Who: an id, or a keyed hash.
    pub value: String,
    /// Who put them there.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: String,
}

record! { Watched => "watched" by |w| w.name();
    many list = |w| Some(w.list.clone());
}

impl Watched {
    /// Its name: the list and who.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}|{}", self.list, self.value)
    }
}

/// The lists of the policy in force that the desk keeps, with what they hold.
#[must_use]
pub fn lists(engine: &Engine) -> Vec<(String, Subject)> {
    let policy = engine.policy();
    let kept = policy.lists().filter(|(name, _)| name.starts_with(DESK_LISTS));
    kept.map(|(name, subject)| (name.to_owned(), subject)).collect()
}

/// Every list for one like `key`; none if the policy has none.
#[must_use]
pub fn lists_for(engine: &Engine, key: &Key) -> Vec<String> {
    let mut found = lists(engine);
    found.retain(|(_, subject)| *subject == key.subject());
    found.into_iter().map(|(name, _)| name).collect()
}

/// Everybody on `list`, newest first, at most a page.
pub async fn members(book: &Book, list: &str) -> Result<Vec<Watched>, RecordError> {
    let found = book.list::<Watched>("list", list).await?;
    Ok(found.into_iter().map(kanuki_record::Stored::into_inner).collect())
}

/// The lists that the desk keeps, with who is on them. That somebody looked is written down.
pub async fn read(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    engine: &Engine,
) -> Result<Vec<(String, Subject, Vec<Watched>)>, RecordError> {
    let mut all = Vec::new();
    for (list, subject) in lists(engine) {
        let members = members(book, &list).await?;
        all.push((list, subject, members));
    }
    let mut unit = Unit::new();
    unit.audit(AuditEntry::new(ctx.now, by, "watch.read", "all"));
    book.commit(unit).await?;
    Ok(all)
}

/// Puts `key` on every list for such, at once: whichever of them a rule looks at, it is meant. Doing it
/// twice is fine.
pub async fn add(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    engine: &Engine,
    (key, reason): (&Key, &str),
) -> Result<(), DeskError> {
    let lists = lists_for(engine, key);
    let value = key.value().to_owned();
    if lists.is_empty() || value.is_empty() || value.len() > VALUE_MAX {
        return Err(DeskError::NotAccepted);
    }
    for list in lists {
        let reason = reason.to_owned();
        let watched = Watched { list, value: value.clone(), by, at: ctx.now, reason };
        let mut unit = Unit::new();
        unit.insert(&watched).audit(
            AuditEntry::new(ctx.now, by, "watch.began", watched.name())
                .with("reason", &watched.reason),
        );
        // One at a time: to be on one of them already stands in no other's way.
        match book.commit(unit).await {
            Ok(()) | Err(RecordError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(refresh(book, engine).await.map(|_| ())?)
}

/// Asks that somebody be taken off; a second person must agree.
pub async fn ask_end(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    (name, reason): (&str, &str),
) -> Result<ApprovalId, DeskError> {
    let watched = book.load::<Watched>(name).await?;
    let approval = Approval::ask(ctx, by, UNWATCH, watched.name(), reason);
    let mut unit = Unit::new();
    unit.insert(&approval)
        .audit(AuditEntry::new(ctx.now, by, "watch.end_asked", name).with("reason", reason));
    match book.commit(unit).await {
        Ok(()) => Ok(approval.approval_id),
        Err(RecordError::Duplicate { .. }) => Err(DeskError::Decided),
        Err(error) => Err(error.into()),
    }
}

/// A second person agreed: `unit` holds that.
pub async fn end(
    book: &Book,
    ctx: &Ctx<'_>,
    mut unit: Unit,
    (by, approval): (StaffId, &Approval),
    engine: &Engine,
) -> Result<(), DeskError> {
    if let Some(watched) = book.find::<Watched>(&approval.subject).await? {
        unit.delete(&watched);
    }
    unit.audit(
        AuditEntry::new(ctx.now, by, "watch.ended", &approval.subject)
            .with("asked_by", approval.asked_by),
    );
    book.commit(unit).await?;
    Ok(refresh(book, engine).await.map(|_| ())?)
}

/// Tells the engine who is on the lists, here or by another node's desk. Called at the start, by the
/// worker, and after every change; says how many there are.
pub async fn refresh(book: &Book, engine: &Engine) -> Result<usize, RecordError> {
    let mut all: usize = 0;
    // Mostly nobody is on any of them, which is one look instead of one for each list.
    let is_nobody = book.scan_unread::<Watched>("", 1).await?.len() == 0;
    for (list, subject) in lists(engine) {
        let rows =
            if is_nobody { Vec::new() } else { book.every::<Watched>("list", &list).await? };
        let keys: Vec<Key> = rows.iter().map(|row| Key::of(subject, &*row.value)).collect();
        if engine.set_list(&list, &keys).is_ok() {
            // Else the policy was changed in this very moment; the next pass finds its lists.
            all = all.saturating_add(keys.len());
        }
    }
    Ok(all)
}
