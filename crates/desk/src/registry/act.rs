//! Proposing, letting count, declining, importing. Each fills a unit that its company commits
//! together with the row that everything else reads.

use jiff::Timestamp;
use kanuki_domain::{
    agreement::{Effect, Lack, today},
    id::StaffId,
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit};

use super::{
    Change, Content, Origin, RegistryError, Signature, Step, Version, all_of, changes,
    check::{IMPORTED, LIVE},
    history, is_subject, live,
};
use crate::{DeskError, settings, staff::require_not_left};

/// How many versions of one company staff propose within 24 hours. One waits at a time, and each is
/// kept for ever.
const PROPOSALS_PER_DAY: usize = 20;

/// What became of a company of a configuration file.
#[derive(Debug)]
pub enum Imported<C> {
    /// Staff have signed or removed: the file has no say any more.
    Ignored,
    /// It says what counts already.
    Same,
    /// It is a new version, and replaces this one.
    New(Box<Replacing<C>>),
    /// It is a company, or a change that does more than tighten, at which nobody here has looked: two
    /// people at the desk do that first.
    Waits(Box<Version<C>>),
}

/// A version that counts from now on, and the one before it.
#[derive(Debug)]
pub struct Replacing<C> {
    version: Version<C>,
    before: Option<Stored<Version<C>>>,
}

/// A new version, compared with the one that counts now.
pub async fn draft<C: Content>(
    book: &Book,
    now: Timestamp,
    origin: Origin,
    content: C,
    reason: &str,
) -> Result<Version<C>, RegistryError> {
    let reason = reason.trim().to_owned();
    if reason.is_empty() {
        return Err(RegistryError::NoReason);
    }
    let subject = content.subject();
    if !is_subject(&subject) {
        return Err(RegistryError::Subject);
    }
    let past = history::<C>(book, &subject).await?;
    let newest = past.first().map_or(0, |version| version.number);
    let is_todays = |version: &&Stored<Version<C>>| {
        matches!(version.origin, Origin::Staff { .. }) && now < later(version.proposed_at, DAY_SECS)
    };
    if matches!(origin, Origin::Staff { .. })
        && past.iter().filter(is_todays).count() >= PROPOSALS_PER_DAY
    {
        return Err(RegistryError::TooMany);
    }
    let counts = live::<C>(book, &subject).await?;
    let changes = counts.as_deref().map(|version| changes(&version.content, &content));
    if changes.as_ref().is_some_and(Vec::is_empty) {
        return Err(RegistryError::Unchanged);
    }
    let text = match &origin {
        Origin::Configuration { .. } => {
            Some(serde_json::to_string(&content).map_err(|_| RegistryError::Subject)?)
        }
        Origin::Staff { .. } => None,
    };
    Ok(Version {
        subject,
        number: newest.saturating_add(1),
        content,
        base: counts.map(|version| version.number),
        changes: changes.unwrap_or_default(),
        reason,
        origin,
        proposed_at: now,
        text,
        step: Step::Waiting,
        signature: None,
        live_since: None,
        ended: None,
    })
}

/// Whether `by` may let `version` count now. What somebody proposed who has left since never counts,
/// whoever signs: it can only be declined.
pub async fn require_signable<C: Content>(
    book: &Book,
    version: &Version<C>,
    counts: Option<&Version<C>>,
    by: StaffId,
    now: Timestamp,
) -> Result<(), RegistryError> {
    if version.step != Step::Waiting {
        return Err(RegistryError::Decided);
    }
    if version.base != counts.map(|version| version.number) {
        return Err(RegistryError::Stale);
    }
    // A file is no person: one of the two takes up what it brought.
    if matches!(version.origin, Origin::Configuration { .. }) {
        return Err(RegistryError::NobodyProposes);
    }
    if let Origin::Staff { by: proposer } = version.origin {
        if proposer == by && !version.only_tightens() {
            return Err(RegistryError::SamePerson);
        }
        match require_not_left(book, [proposer]).await {
            Ok(()) => {}
            Err(DeskError::Record(error)) => return Err(error.into()),
            Err(_) => return Err(RegistryError::ProposerLeft),
        }
    }
    let gaps = version.gaps(today(now));
    if gaps.is_empty() { Ok(()) } else { Err(RegistryError::Gaps(gaps)) }
}

/// Adds to `unit` that a version counts from now on, and the one before it no more.
pub fn go_live<C: Content>(
    unit: &mut Unit,
    version: &mut Stored<Version<C>>,
    before: Option<Stored<Version<C>>>,
    signature: Signature,
) {
    end(unit, before, &signature.by.to_string(), signature.at, Step::Past);
    let (by, at) = (signature.by, signature.at);
    let edit = version.edit();
    edit.step = Step::Live;
    edit.live_since = Some(at);
    edit.signature = Some(signature);
    unit.update(version).audit(
        AuditEntry::new(at, by, LIVE, &version.subject)
            .with("version", version.number)
            .with("sha256", version.hash().unwrap_or_default())
            .with("loosens", version.loosens())
            .with("changes", paths(&version.changes)),
    );
}

/// Adds to `unit` that what counted ends.
pub(super) fn end<C: Content>(
    unit: &mut Unit,
    version: Option<Stored<Version<C>>>,
    by: &str,
    at: Timestamp,
    step: Step,
) {
    if let Some(mut version) = version {
        version.edit().step = step;
        version.edit().ended = Some((by.to_owned(), at));
        unit.update(&version);
    }
}

/// Anybody declines a version that waits, whoever proposed it too.
pub fn decline<C: Content>(
    unit: &mut Unit,
    version: Stored<Version<C>>,
    by: StaffId,
    now: Timestamp,
) -> Result<(), RegistryError> {
    if version.step != Step::Waiting {
        return Err(RegistryError::Decided);
    }
    unit.audit(
        AuditEntry::new(now, by, "partner.declined", &version.subject)
            .with("version", version.number),
    );
    end(unit, Some(version), &by.to_string(), now, Step::Declined);
    Ok(())
}

/// Whether staff have signed a version of a company, or removed it, however long ago and however
/// many versions were proposed since: a file that they have overruled stays overruled.
async fn decided_by_staff<C: Content>(book: &Book, subject: &str) -> Result<bool, RecordError> {
    let by_staff =
        |version: &Version<C>| version.signature.is_some() || version.step == Step::Removed;
    if live::<C>(book, subject).await?.is_some_and(|version| by_staff(&version)) {
        return Ok(true);
    }
    Ok(all_of::<C>(book, subject).await?.iter().any(|version| by_staff(version)))
}

/// Compares what a configuration file says with what counts.
pub async fn import<C: Content>(
    book: &Book,
    now: Timestamp,
    content: C,
    signers: &[String],
) -> Result<Imported<C>, RegistryError> {
    let subject = content.subject();
    if decided_by_staff::<C>(book, &subject).await? {
        return Ok(Imported::Ignored);
    }
    let origin = Origin::Configuration { signers: signers.to_vec() };
    let mut version = match draft(book, now, origin, content, "configuration").await {
        Ok(version) => version,
        Err(RegistryError::Unchanged) => return Ok(Imported::Same),
        Err(error) => return Err(error),
    };
    let loosening = version.changes.iter().filter(|change| change.effect == Effect::Loosens);
    let loosening: Vec<String> = loosening.map(|change| change.path.clone()).collect();
    if !loosening.is_empty() {
        return Err(RegistryError::Loosens(loosening));
    }
    let before = live::<C>(book, &subject).await?;
    // A day that has passed for what counts too is no fault of the file, and refusing the start would
    // take stops and reports from people with old links. New links stay stopped by that day.
    let stands = before.as_deref().map(|version| version.content.gaps(today(now)));
    let stands = stands.unwrap_or_default();
    let mut gaps = version.gaps(today(now));
    gaps.retain(|gap| gap.lack != Lack::Passed || !stands.contains(gap));
    if !gaps.is_empty() {
        return Err(RegistryError::Gaps(gaps));
    }
    if !version.only_tightens() && !settings::is_founding(book).await? {
        let is_known = was_brought_before(book, &version).await?;
        return Ok(if is_known { Imported::Ignored } else { Imported::Waits(Box::new(version)) });
    }
    version.step = Step::Live;
    version.live_since = Some(now);
    Ok(Imported::New(Box::new(Replacing { version, before })))
}

/// Whether a version of this company waits already, or people declined just what the file says again.
async fn was_brought_before<C: Content>(
    book: &Book,
    version: &Version<C>,
) -> Result<bool, RecordError> {
    let is_it = |other: &Version<C>| match other.step {
        Step::Waiting => true,
        Step::Declined => changes(&other.content, &version.content).is_empty(),
        Step::Live | Step::Past | Step::Removed => false,
    };
    Ok(all_of::<C>(book, &version.subject).await?.iter().any(|other| is_it(other)))
}

/// A member of staff takes up what a file brought and nobody proposed: from now on it is theirs, and a
/// second person can let it count.
pub async fn take_up<C: Content>(
    book: &Book,
    (by, now): (StaffId, Timestamp),
    (subject, number): (&str, u32),
    reason: &str,
) -> Result<(), RegistryError> {
    let mut version = super::version::<C>(book, subject, number).await?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(RegistryError::NoReason);
    }
    let Origin::Configuration { signers } = version.origin.clone() else {
        return Err(RegistryError::Decided);
    };
    if version.step != Step::Waiting {
        return Err(RegistryError::Decided);
    }
    let edit = version.edit();
    edit.origin = Origin::Staff { by };
    reason.clone_into(&mut edit.reason);
    edit.text = None;
    let mut unit = Unit::new();
    unit.update(&version).audit(
        AuditEntry::new(now, by, "partner.taken_up", subject)
            .with("version", number)
            .with("reason", reason)
            .with("named_by_file", signers.join(", ")),
    );
    match book.commit(unit).await {
        Ok(()) => Ok(()),
        Err(RecordError::Conflict { .. }) => Err(RegistryError::Decided),
        Err(error) => Err(error.into()),
    }
}

impl<C: Content> Imported<C> {
    /// Adds to `unit` what follows; true where the imported version counts from now on.
    pub fn keep(self, unit: &mut Unit, now: Timestamp) -> bool {
        let new = match self {
            Self::New(new) => new,
            Self::Waits(version) => {
                unit.insert(&*version).audit(
                    AuditEntry::new(now, "configuration", "partner.proposed", &version.subject)
                        .with("version", version.number),
                );
                return false;
            }
            Self::Ignored | Self::Same => return false,
        };
        let Replacing { version, before } = *new;
        end(unit, before, "configuration", now, Step::Past);
        unit.insert(&version).audit(
            AuditEntry::new(now, "configuration", IMPORTED, &version.subject)
                .with("version", version.number)
                .with("sha256", version.hash().unwrap_or_default())
                .with("changes", paths(&version.changes)),
        );
        true
    }
}

fn paths(changes: &[Change]) -> String {
    changes.iter().map(|change| change.path.as_str()).collect::<Vec<_>>().join(" ")
}
