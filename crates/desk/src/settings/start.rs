//! A start is compared with what counted before, and counts, or is refused.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::RiskRecordId,
    settings::{Change, Effect, OFFICERS, STAFF, Setting, Settings, place_shown, shown},
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit};

use super::{BY, Coming, ID, InForce, Refused, loosened, name_of, signed};
use crate::{authenticator::list_passkeys, registry::every, staff::Staff};

/// A company starts with `next`, before it does anything else: what changed by that, or why it does not
/// start. `partners` have a say in what is loosened.
pub async fn start(
    book: &Book,
    ctx: &Ctx<'_>,
    next: &Settings,
    partners: &[String],
) -> Result<Vec<Change>, Refused> {
    let people = people(book).await?;
    let next = &with_known(next, &people);
    let Some(mut known) = book.find::<InForce>(ID).await? else {
        let mut unit = Unit::new();
        unit.insert(&first(next, ctx.now)).audit(AuditEntry::new(
            ctx.now,
            BY,
            "settings.first",
            ID,
        ));
        book.commit(unit).await?;
        return Ok(Vec::new());
    };
    if known.settings == *next {
        return Ok(Vec::new());
    }
    if known.is_founding {
        let mut unit = Unit::new();
        *known.edit() = first(next, ctx.now);
        unit.update(&known).audit(AuditEntry::new(ctx.now, BY, "settings.first", ID));
        book.commit(unit).await?;
        return Ok(Vec::new());
    }
    let changes = judged(book, &known, next, &people).await?;
    let looser: Vec<Change> =
        changes.iter().filter(|change| change.effect == Effect::Loosens).cloned().collect();
    let mut unit = Unit::new();
    let mut by_record = None;
    if !looser.is_empty() {
        let coming_id = name_of(&known, &looser);
        let kept = signed(book, &coming_id, (ctx.now, partners)).await?;
        let Some(kept) = kept else {
            note_refused(book, ctx, &coming_id, &looser).await?;
            return Err(Refused::Loosens(looser));
        };
        if let Some(mut coming) = book.find::<Coming>(&coming_id).await? {
            coming.edit().taken_at = Some(ctx.now);
            unit.update(&coming);
        }
        known.edit().loosened = known.loosened.saturating_add(1);
        by_record = Some(kept.record_id);
    }
    known.edit().take(next, ctx.now);
    unit.update(&known);
    note_changes(&mut unit, ctx, &changes, by_record);
    book.commit(unit).await?;
    Ok(changes)
}

fn first(next: &Settings, now: Timestamp) -> InForce {
    InForce {
        id: ID.to_owned(),
        settings: next.clone(),
        gone: Settings::default(),
        since: now,
        loosened: 0,
        is_founding: true,
    }
}

async fn people(book: &Book) -> Result<Vec<Stored<Staff>>, RecordError> {
    every::<Staff>(book, |_| true).await
}

fn names(people: &[Stored<Staff>]) -> BTreeSet<String> {
    people.iter().map(|one| one.name.clone()).collect()
}

/// `next` with everybody whom the records know: a file that names them, or does not any more, brings
/// nobody and takes nobody away.
fn with_known(next: &Settings, people: &[Stored<Staff>]) -> Settings {
    let Some(Setting::Trusts(named)) = next.get(STAFF) else { return next.clone() };
    let all = named.union(&names(people)).cloned().collect();
    next.clone().with(STAFF, Setting::Trusts(all))
}

/// What `next` changes, each with what that does here.
async fn judged(
    book: &Book,
    known: &InForce,
    next: &Settings,
    people: &[Stored<Staff>],
) -> Result<Vec<Change>, RecordError> {
    let mut changes = known.changes(next);
    // What a version before this one did not keep is in the records.
    if known.last().get(STAFF).is_none()
        && let Some(after) = next.get(STAFF)
    {
        let before = Setting::Trusts(names(people));
        if let Some(effect) = before.becomes(after)
            && let Some(change) = changes.iter_mut().find(|change| change.name == STAFF)
        {
            change.effect = effect;
        }
    }
    let is_of_staff = |change: &Change| [STAFF, OFFICERS].contains(&change.name.as_str());
    if changes.iter().any(is_of_staff) && !can_two_sign(book, people).await? {
        for change in changes.iter_mut().filter(|change| is_of_staff(change)) {
            change.effect = Effect::Changes;
        }
    }
    Ok(changes)
}

/// Whether two members of staff have not left and have a passkey.
async fn can_two_sign(book: &Book, people: &[Stored<Staff>]) -> Result<bool, RecordError> {
    let mut able = 0_usize;
    for one in people.iter().filter(|one| one.left_at.is_none()) {
        if !list_passkeys(book, one.staff_id).await?.is_empty() {
            able = able.saturating_add(1);
        }
        if able > 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Adds each change to the audit log, what loosens with the record that two people signed of it.
fn note_changes(unit: &mut Unit, ctx: &Ctx<'_>, changes: &[Change], by: Option<RiskRecordId>) {
    for change in changes {
        let act = match change.effect {
            Effect::Loosens => "settings.loosened",
            Effect::Tightens => "settings.tightened",
            Effect::Changes => "settings.changed",
        };
        let entry = AuditEntry::new(ctx.now, BY, act, &change.name)
            .with("from", written(change.before.as_ref()))
            .with("to", written(change.after.as_ref()));
        unit.audit(match by.filter(|_| change.effect == Effect::Loosens) {
            Some(record) => entry.with("record", record),
            None => entry,
        });
    }
}

/// Whoever is to sign it finds it at the desk. Said once, however often the start is tried.
async fn note_refused(
    book: &Book,
    ctx: &Ctx<'_>,
    coming_id: &str,
    looser: &[Change],
) -> Result<(), RecordError> {
    if book.find::<Coming>(coming_id).await?.is_some() {
        return Ok(());
    }
    let coming = Coming {
        coming_id: coming_id.to_owned(),
        changes: looser.to_vec(),
        refused_at: ctx.now,
        taken_at: None,
    };
    let mut unit = Unit::new();
    unit.insert(&coming).audit(
        AuditEntry::new(ctx.now, BY, "settings.refused", coming_id)
            .with("loosens", loosened(looser).join(", ")),
    );
    book.commit(unit).await
}

/// A value as the audit log keeps it.
fn written(setting: Option<&Setting>) -> String {
    match setting {
        None => "unknown".to_owned(),
        Some(Setting::UpTo(yen)) => yen.amount().to_string(),
        Some(Setting::Waits(secs)) => format!("{secs} s"),
        Some(Setting::Opens(is_open)) => is_open.to_string(),
        Some(Setting::Believes(what)) => what.as_deref().map_or_else(|| "none".to_owned(), shown),
        Some(Setting::Watches(all)) => format!("{} watched", all.len()),
        Some(Setting::Trusts(all) | Setting::Does(all)) => {
            all.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
        }
        Some(Setting::AtMost(number) | Setting::AtLeast(number)) => number.to_string(),
        Some(Setting::Noted(text)) => place_shown(text),
    }
}
