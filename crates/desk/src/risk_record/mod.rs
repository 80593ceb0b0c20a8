//! Nothing is loosened without a record of its risks that two people stand for (FT-01, FT-05, INC-17):
//! no rule, no promise of what is made good, and no switch that stops everybody is opened again.
//!
//! ```text
//!  written with what is asked ─ a second person ─▶ in force ─ reviewed ─▶ in force, or over
//!                        └── declined
//! ```
//!
//! The record goes with the act that loosens: who asks for the one writes the other, and who agrees to
//! the one agrees to the other, by a passkey that was just used. Its SHA-256 over the canonical form
//! (RFC 8785) is in the audit chain at both steps, so that nobody words it better afterwards. What only
//! tightens needs none. For partners the joint assessment in the registry is the record.

mod live;
pub mod review;

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{
    Ctx,
    agreement::{Gap, today},
    id::{RiskRecordId, StaffId},
    risk_record::{RiskRecord, View},
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use self::live::sha256;
pub use self::live::{Live, Now};
use crate::{DeskError, approval::Approval};

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// A second person has not decided yet.
    Waiting,
    /// What it is about holds, and it is looked at again in time.
    InForce {
        /// Who agreed.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
    /// Somebody declined it.
    Declined {
        /// Who.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
    /// What it was about was taken back.
    Over {
        /// Who agreed that it was.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
}

impl Standing {
    /// As part of a text key.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::InForce { .. } => "in-force",
            Self::Declined { .. } => "declined",
            Self::Over { .. } => "over",
        }
    }
}

/// A look at a record that was in force (FT-13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// What was found.
    pub found: String,
    /// When it is looked at again; none: what was loosened was taken back.
    pub next: Option<Date>,
    /// What each partner said to it then.
    #[serde(default)]
    pub views: Vec<View>,
    /// Who looked.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
    /// Who agreed, once somebody did.
    pub agreed: Option<(StaffId, Timestamp)>,
}

impl Review {
    /// SHA-256 of the canonical form of what was said, before anybody agreed, in hex: it is in the audit
    /// chain, so that nobody words it better afterwards.
    #[must_use]
    pub fn sha256(&self) -> String {
        let said = Self { agreed: None, ..self.clone() };
        sha256(&said)
    }
}

/// A record as it is kept. What it says never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// Its name.
    pub record_id: RiskRecordId,
    /// The act that it goes with, as its approval names it.
    pub act: String,
    /// What the act is about.
    pub subject: String,
    /// What it says.
    pub record: RiskRecord,
    /// SHA-256 of its canonical form, in hex.
    pub sha256: String,
    /// Who wrote it.
    pub written_by: StaffId,
    /// When.
    pub written_at: Timestamp,
    /// Where it stands.
    pub standing: Standing,
    /// Who agreed to it and when, however it stands since. Missing where it was over before this was kept.
    #[serde(default)]
    pub signed: Option<(StaffId, Timestamp)>,
    /// When it is looked at again: as it says, or as its last review says.
    pub review_by: Option<Date>,
    /// What was in force when it was written, as a text: what it was weighed against. A record from before
    /// this was kept has none, and can neither be agreed to nor end while what it is about is live.
    #[serde(default)]
    pub before: Option<String>,
    /// The one partner that it is about and that has a say; none: every one has.
    #[serde(default)]
    pub partner: Option<String>,
    /// A review that waits for a second person.
    #[serde(default)]
    pub asked: Option<Review>,
    /// Those that two people made, oldest first.
    #[serde(default)]
    pub reviews: Vec<Review>,
}

record! { Kept => "risk_record" by |k| k.record_id.to_string();
    many all = |_| Some("all".to_owned());
    many state = |k| Some(k.standing.name().to_owned());
    many about = |k| Some(about(&k.act, &k.subject));
    unique waiting_for = |k| (k.standing == Standing::Waiting).then(|| about(&k.act, &k.subject));
}

impl Kept {
    /// Who agreed to it and when; nobody where nobody has, or where that is not known any more.
    #[must_use]
    pub const fn agreed(&self) -> Option<(StaffId, Timestamp)> {
        match (self.signed, self.standing) {
            (Some(signed), _) => Some(signed),
            (None, Standing::InForce { by, at }) => Some((by, at)),
            (None, Standing::Waiting | Standing::Declined { .. } | Standing::Over { .. }) => None,
        }
    }

    /// Which of `partners` have a say in it.
    #[must_use]
    pub fn concerned(&self, partners: &[String]) -> Vec<String> {
        let has_say = |id: &&String| self.partner.as_ref().is_none_or(|only| only == *id);
        partners.iter().filter(has_say).cloned().collect()
    }
}

fn about(act: &str, subject: &str) -> String {
    format!("{act}|{subject}")
}

/// Why something is not loosened.
#[derive(Debug, thiserror::Error)]
pub enum Unsigned {
    /// The record is not whole, or there is none.
    #[error("there is no whole record of the risks")]
    Lacks(Vec<Gap>),
    /// What is in force has changed since it was written: it would loosen more than the record says.
    #[error("the record does not say all that would be loosened now")]
    Uncovered(Vec<String>),
    /// The store does not answer.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
}

impl From<Unsigned> for DeskError {
    fn from(unsigned: Unsigned) -> Self {
        match unsigned {
            Unsigned::Lacks(_) | Unsigned::Uncovered(_) => Self::NeedsRiskRecord,
            Unsigned::Record(error) => Self::Record(error),
        }
    }
}

/// What an act would loosen, and what is written down about it.
#[derive(Clone, Debug, Default)]
pub struct Weighed {
    /// What was written down, if anything was.
    pub record: Option<RiskRecord>,
    /// The partners that have a say, by their ids in the registry.
    pub partners: Vec<String>,
}

/// Adds to `unit` the record that goes with `act` on `subject`, which loosens `loosened` of `live`. Nothing
/// where nothing is loosened; refused where the record is not whole.
pub fn write(
    unit: &mut Unit,
    ctx: &Ctx<'_>,
    by: StaffId,
    (act, subject, why): (&str, &str, &str),
    (live, loosened, weighed): (Live<'_>, &[String], &Weighed),
) -> Result<(), Unsigned> {
    if loosened.is_empty() {
        return Ok(());
    }
    let given = weighed.record.clone().unwrap_or_default();
    let record = RiskRecord { loosens: loosened.to_vec(), why: why.to_owned(), ..given };
    let gaps = record.gaps(today(ctx.now), &weighed.partners);
    if !gaps.is_empty() {
        return Err(Unsigned::Lacks(gaps));
    }
    let kept = Kept {
        record_id: RiskRecordId::generate(ctx),
        act: act.to_owned(),
        subject: subject.to_owned(),
        sha256: sha256(&record),
        written_by: by,
        written_at: ctx.now,
        standing: Standing::Waiting,
        signed: None,
        review_by: record.review_by,
        record,
        before: Some(live.text()),
        partner: live.partner(),
        asked: None,
        reviews: Vec::new(),
    };
    unit.insert(&kept).audit(noted(ctx.now, by, "risk_record.written", &kept));
    Ok(())
}

/// A second person agreed to `approval`, which loosens `loosened` of `live`, as things are now: adds to
/// `unit` that they stand for its record too. Refused where there is none, where it does not say all of it,
/// where it was weighed against something else than what it would loosen, or where a partner has joined
/// since who was not asked.
pub async fn sign(
    (book, ctx): (&Book, &Ctx<'_>),
    unit: &mut Unit,
    (by, approval): (StaffId, &Approval),
    (live, loosened, partners): (Live<'_>, &[String], &[String]),
) -> Result<(), Unsigned> {
    let Some(mut kept) = waiting(book, &approval.act, &approval.subject).await? else {
        if loosened.is_empty() {
            return Ok(());
        }
        let gaps = RiskRecord::default().gaps(today(ctx.now), partners);
        return Err(Unsigned::Lacks(gaps));
    };
    let is_said = |what: &&String| kept.record.loosens.contains(what);
    let more: Vec<String> = loosened.iter().filter(|what| !is_said(what)).cloned().collect();
    if !more.is_empty() {
        return Err(Unsigned::Uncovered(more));
    }
    // A name says what would be loosened and not how far: a rule that was tightened since, in an
    // emergency say, has the same name.
    let is_same = kept.before.as_deref().is_some_and(|text| live.is(text));
    if !loosened.is_empty() && !is_same {
        return Err(Unsigned::Uncovered(loosened.to_vec()));
    }
    let gaps = kept.record.gaps(today(ctx.now), partners);
    if !gaps.is_empty() {
        return Err(Unsigned::Lacks(gaps));
    }
    kept.edit().standing = Standing::InForce { by, at: ctx.now };
    kept.edit().signed = Some((by, ctx.now));
    unit.update(&kept)
        .audit(noted(ctx.now, by, "risk_record.signed", &kept).with("written_by", kept.written_by));
    Ok(())
}

/// Somebody declined what it goes with: adds that to `unit`.
pub async fn decline(
    (book, ctx): (&Book, &Ctx<'_>),
    unit: &mut Unit,
    (by, approval): (StaffId, &Approval),
) -> Result<(), RecordError> {
    if let Some(mut kept) = waiting(book, &approval.act, &approval.subject).await? {
        kept.edit().standing = Standing::Declined { by, at: ctx.now };
        unit.update(&kept);
    }
    Ok(())
}

/// The record that waits with an act.
pub async fn waiting(
    book: &Book,
    act: &str,
    subject: &str,
) -> Result<Option<Stored<Kept>>, RecordError> {
    book.find_by("waiting_for", &about(act, subject)).await
}

/// Every record, newest first, at most a page.
pub async fn all(book: &Book) -> Result<Vec<Stored<Kept>>, RecordError> {
    book.list("all", "all").await
}

/// One record; that somebody read it is written down.
pub async fn read(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    record_id: RiskRecordId,
) -> Result<Option<Kept>, RecordError> {
    let Some(kept) = book.find::<Kept>(record_id).await? else { return Ok(None) };
    let mut unit = Unit::new();
    unit.audit(AuditEntry::new(ctx.now, by, "risk_record.read", record_id));
    book.commit(unit).await?;
    Ok(Some(kept.into_inner()))
}

fn noted(at: Timestamp, by: StaffId, act: &'static str, kept: &Kept) -> AuditEntry {
    AuditEntry::new(at, by, act, kept.record_id)
        .with("act", &kept.act)
        .with("subject", &kept.subject)
        .with("sha256", &kept.sha256)
        .with("loosens", kept.record.loosens.join(", "))
}
