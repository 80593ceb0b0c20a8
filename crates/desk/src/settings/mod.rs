//! What a company's file says is no one person's to loosen (FT-01, INC-17).
//!
//! ```text
//!  start ─ as before, or tighter ──────────────▶ counts
//!    └──── looser ─▶ refused, and waits ─ one writes a record of risks, another agrees ─▶ the next start counts
//! ```
//!
//! What counted last is a row. A start that only tightens, or changes what is neither, is written in the
//! audit log and counts. One that loosens anything is refused before anything else happens, unless two
//! people signed a record of exactly that change; the refused change is a row too, so that they look at
//! what was really asked for and nobody has to type it. A signed change counts once: taken back and
//! loosened again, it is another one.
//!
//! The first start **founds** a company: what its file says counts, its partners and its staff too. It is
//! over when that start is about to serve. Until then the file may be put right as often as need be.
//!
//! Who works at the desk is a setting like any other, because whoever could add to it would be the two
//! people. Only where fewer than two members have a passkey, a file may name more: nobody could sign, and
//! the company would be without a desk for ever.

mod start;

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    agreement::today,
    id::{ApprovalId, StaffId},
    settings::{Change, Effect, Settings},
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use kanuki_wire::jcs;
use serde::{Deserialize, Serialize};

use crate::{
    DeskError,
    approval::Approval,
    evidence::hex,
    risk_record::{self, Kept, Live, Standing, Unsigned, Weighed},
};

pub use start::start;

/// The act of letting a looser file count, as an approval names it.
pub const LOOSEN: &str = "settings.loosen";
/// Who changes what a file says, in the audit log: nobody who is known by name.
const BY: &str = "configuration";
const ID: &str = "settings";

/// What counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InForce {
    id: String,
    /// All of it.
    pub settings: Settings,
    /// What the start of another program knew and the last one did not, as it was then: what comes back is
    /// compared with it.
    #[serde(default)]
    gone: Settings,
    /// Since when nothing of it changed.
    pub since: Timestamp,
    /// How often it was loosened.
    pub loosened: u32,
    /// The first start has not come to serve yet.
    #[serde(default)]
    is_founding: bool,
}

record! { InForce => "settings" by |s| s.id.clone(); }

impl InForce {
    /// Every setting with the last value that it had.
    #[must_use]
    pub fn last(&self) -> Settings {
        self.gone.clone().overlaid(&self.settings)
    }

    /// What `next` changes of it. What went before and is not back is no change.
    fn changes(&self, next: &Settings) -> Vec<Change> {
        let mut changes = self.last().changes(next);
        changes.retain(|change| change.after.is_some() || self.is_in_use(&change.name));
        let back = self.gone.iter().filter(|(name, was)| next.get(name) == Some(was));
        changes.extend(back.map(|(name, was)| Change {
            name: name.to_owned(),
            before: None,
            after: Some(was.clone()),
            effect: Effect::Changes,
        }));
        changes
    }

    fn is_in_use(&self, name: &str) -> bool {
        self.settings.get(name).is_some()
    }

    /// `next` is what counts from now on.
    fn take(&mut self, next: &Settings, now: Timestamp) {
        self.gone = self.last().unnamed_in(next);
        self.settings = next.clone();
        self.since = now;
    }
}

/// A looser start that was refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Coming {
    /// Its name: a hash of what it changes, and of how often that company was loosened before.
    pub coming_id: String,
    /// What would be looser.
    pub changes: Vec<Change>,
    /// When the start was refused first.
    pub refused_at: Timestamp,
    /// When it counted, by the record of two people.
    pub taken_at: Option<Timestamp>,
}

record! { Coming => "settings_coming" by |c| c.coming_id.clone();
    many state = |c| Some(if c.taken_at.is_none() { "waits" } else { "taken" }.to_owned());
}

/// Why a company does not start.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It would be looser than before, and nobody signed that.
    #[error("the file loosens what counted before, and no two people signed a record of the risks")]
    Loosens(Vec<Change>),
    /// The record could not be kept.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
}

/// Why nobody can be asked to agree.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    /// It is not what a start from now would change, it waits for a second person, or was signed.
    #[error("it is over, or was asked for before")]
    Known,
    /// No whole record of the risks is with it.
    #[error("a record of the risks is needed")]
    Unsigned(#[from] Unsigned),
    /// The record could not be kept.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
}

/// As a record of risks names what a change loosens.
#[must_use]
pub fn loosened(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|change| format!("setting {}", change.name)).collect()
}

/// What counts now; nothing before the first start of a version that knows of it.
pub async fn in_force(book: &Book) -> Result<Option<InForce>, RecordError> {
    Ok(book.find::<InForce>(ID).await?.map(Stored::into_inner))
}

/// Whether the first start has not come to serve yet: then what its file says counts, whoever it names.
pub async fn is_founding(book: &Book) -> Result<bool, RecordError> {
    Ok(in_force(book).await?.is_none_or(|known| known.is_founding))
}

/// The first start is over: it is about to serve. Doing it twice is fine.
pub async fn founded(book: &Book) -> Result<(), RecordError> {
    let Some(mut known) = book.find::<InForce>(ID).await? else { return Ok(()) };
    if !known.is_founding {
        return Ok(());
    }
    known.edit().is_founding = false;
    let mut unit = Unit::new();
    unit.update(&known);
    book.commit(unit).await
}

/// Looser starts that were refused and that a start from now would still mean, newest first, each with
/// whether two people have signed it and that still counts at `now`, for these partners.
pub async fn coming(
    book: &Book,
    now: Timestamp,
    partners: &[String],
) -> Result<Vec<(Coming, bool)>, RecordError> {
    let Some(known) = in_force(book).await? else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for coming in book.list::<Coming>("state", "waits").await? {
        if is_about(&coming, &known) {
            let is_signed = signed(book, &coming.coming_id, (now, partners)).await?.is_some();
            all.push((coming.into_inner(), is_signed));
        }
    }
    all.sort_by_key(|(coming, _)| std::cmp::Reverse(coming.refused_at));
    Ok(all)
}

/// Whether it still is a change of what counts.
fn is_about(coming: &Coming, known: &InForce) -> bool {
    let last = known.last();
    let is_before = |change: &Change| last.get(&change.name) == change.before.as_ref();
    name_of(known, &coming.changes) == coming.coming_id && coming.changes.iter().all(is_before)
}

fn name_of(known: &InForce, changes: &[Change]) -> String {
    jcs::digest(&(known.loosened, changes)).map(hex).unwrap_or_default()
}

/// The record that two people signed of it: one whose day has not passed, and to which every partner of
/// today has said something.
async fn signed(
    book: &Book,
    coming_id: &str,
    (now, partners): (Timestamp, &[String]),
) -> Result<Option<Stored<Kept>>, RecordError> {
    let records = book.every::<Kept>("about", &format!("{LOOSEN}|{coming_id}")).await?;
    Ok(records.into_iter().find(|kept| {
        matches!(kept.standing, Standing::InForce { .. })
            && kept.record.gaps(today(now), &kept.concerned(partners)).is_empty()
    }))
}

/// One person asks that a refused start may count, with a record of the risks.
pub async fn ask(
    (book, ctx): (&Book, &Ctx<'_>),
    by: StaffId,
    (coming_id, reason): (&str, &str),
    weighed: &Weighed,
) -> Result<ApprovalId, NotAsked> {
    let all = coming(book, ctx.now, &weighed.partners).await?;
    let found = all.into_iter().find(|(one, is_signed)| one.coming_id == coming_id && !is_signed);
    let (Some((coming, _)), Some(known)) = (found, in_force(book).await?) else {
        return Err(NotAsked::Known);
    };
    let before = known.last().named_in(&coming.changes);
    let approval = Approval::ask(ctx, by, LOOSEN, coming_id, reason);
    let (about, what) = ((LOOSEN, coming_id, reason), &*loosened(&coming.changes));
    let mut unit = Unit::new();
    risk_record::write(&mut unit, ctx, by, about, (Live::Settings(&before), what, weighed))?;
    unit.insert(&approval).audit(
        AuditEntry::new(ctx.now, by, "settings.loosen_asked", coming_id).with("reason", reason),
    );
    match book.commit(unit).await {
        Ok(()) => Ok(approval.approval_id),
        Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => Err(NotAsked::Known),
        Err(error) => Err(error.into()),
    }
}

/// A second person agreed, or anybody declined: adds to `unit` what follows. What is agreed to must still
/// be a change of what counts.
pub async fn decide(
    (book, ctx): (&Book, &Ctx<'_>),
    unit: &mut Unit,
    (by, approval): (StaffId, &Approval),
    partners: &[String],
    agrees: bool,
) -> Result<(), DeskError> {
    if agrees {
        let coming = book.load::<Coming>(&approval.subject).await?;
        let known = in_force(book).await?.filter(|known| is_about(&coming, known));
        let known = known.ok_or(DeskError::Decided)?;
        let before = known.last().named_in(&coming.changes);
        let what = (Live::Settings(&before), &*loosened(&coming.changes), partners);
        risk_record::sign((book, ctx), unit, (by, approval), what).await?;
    } else {
        risk_record::decline((book, ctx), unit, (by, approval)).await?;
    }
    let act = if agrees { "settings.loosen_signed" } else { "settings.loosen_declined" };
    unit.audit(
        AuditEntry::new(ctx.now, by, act, &approval.subject).with("asked_by", approval.asked_by),
    );
    Ok(())
}
