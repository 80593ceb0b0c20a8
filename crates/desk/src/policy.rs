//! Which rules of risk are in force (FT-22: kept up to date; by two people).
//!
//! ```text
//!  text ─ checked ─▶ proposed ─ a second person ─▶ live ─ the next one ─▶ ended
//!                        └── declined
//! ```
//!
//! While nobody made another one live, what ships is in force. A version is named by the first digits
//! of its text's digest, and the text under a name never changes: who finds another text with the same
//! digits cannot propose it, so what was agreed to is what is loaded. Other nodes of a company find a new one by
//! [`refresh`].

use std::sync::Arc;

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use kanuki_risk::{
    Backtest, Bounds, Change, Company, Engine, Event, Policy, PolicyError, Report, TEXT_MAX,
};
use serde::{Deserialize, Serialize};

use crate::{
    DeskError,
    approval::Approval,
    risk_record::{self, Live, Unsigned, Weighed},
};

/// The act of making a version live, as an approval names it.
pub const LIVE: &str = "policy.live";

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// A second person has not decided yet.
    Proposed,
    /// In force.
    Live {
        /// Who agreed.
        by: StaffId,
        /// Since when.
        at: Timestamp,
    },
    /// Another one is in force.
    Ended {
        /// Since when.
        at: Timestamp,
    },
    /// Somebody declined it.
    Declined {
        /// Who.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
}

/// One version of a company's rules.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Version {
    /// Its version with the digest of its text.
    pub version: String,
    /// Its text.
    pub text: String,
    /// Who proposed it.
    pub proposed_by: StaffId,
    /// When.
    pub proposed_at: Timestamp,
    /// Why, in their words.
    pub reason: String,
    /// Where it stands.
    pub standing: Standing,
}

record! { Version => "risk_policy" by |v| v.version.clone();
    many state = |v| Some(match v.standing {
        Standing::Proposed => "proposed",
        Standing::Live { .. } => "live",
        Standing::Ended { .. } | Standing::Declined { .. } => "past",
    }.to_owned());
    unique live = |v| matches!(v.standing, Standing::Live { .. }).then(|| "live".to_owned());
}

/// Why a text is no policy of this company, or not a new one.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is longer than any policy.
    #[error("the text is longer than {TEXT_MAX} bytes")]
    TooLong,
    /// It has mistakes; each says where.
    #[error("the text has mistakes: {0}")]
    Mistakes(PolicyError),
    /// It is another company's.
    #[error("it is the policy of {found}, and this is {wanted}")]
    OtherName {
        /// Whose it says it is.
        found: String,
        /// Whose it must be.
        wanted: String,
    },
    /// Another text has the same name: nobody could say which was agreed to.
    #[error("another text has this name; give it a new version")]
    SameName,
    /// It is in force already, or waits for a second person already.
    #[error("this text is in force, or waits for a second person")]
    Known,
    /// It loosens something, and no whole record of the risks is with it (FT-01, INC-17).
    #[error("it loosens something: a record of the risks is needed")]
    Unsigned(#[from] Unsigned),
    /// The desk refused.
    #[error("the desk could not do it")]
    Desk(#[from] DeskError),
    /// The store refused.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
}

/// Reads a text as another policy of the company whose engine this is.
pub fn read(engine: &Engine, text: &str) -> Result<Policy, Refused> {
    if text.len() > TEXT_MAX {
        return Err(Refused::TooLong);
    }
    let policy = of_company(engine, engine.parse(text).map_err(Refused::Mistakes)?)?;
    let unsent = Company::named(policy.name()).map(|company| policy.unsent(company));
    match unsent.filter(|mistakes| !mistakes.is_empty()) {
        Some(mistakes) => Err(Refused::Mistakes(PolicyError(mistakes))),
        None => Ok(policy),
    }
}

/// Reads a text that two people put in force. It may be from before something was looked for that is refused
/// today: a company must not stand still for that, nor the page on which they put in force another one.
fn read_live(engine: &Engine, text: &str) -> Result<Policy, Refused> {
    of_company(engine, engine.load(text).map_err(Refused::Mistakes)?)
}

fn of_company(engine: &Engine, policy: Policy) -> Result<Policy, Refused> {
    let live = engine.policy();
    if policy.name() != live.name() {
        let (found, wanted) = (policy.name().to_owned(), live.name().to_owned());
        return Err(Refused::OtherName { found, wanted });
    }
    Ok(policy)
}

/// One person asks that a text be put in force. Where it loosens anything, the record of the risks in
/// `weighed` goes with it.
pub async fn propose(
    (book, ctx): (&Book, &Ctx<'_>),
    by: StaffId,
    engine: &Engine,
    (text, reason): (&str, &str),
    weighed: &Weighed,
) -> Result<ApprovalId, Refused> {
    let policy = read(engine, text)?;
    let version = policy.version().to_owned();
    let live = engine.policy();
    if live.version() == version {
        let is_it = live.digest() == policy.digest();
        return Err(if is_it { Refused::Known } else { Refused::SameName });
    }
    let proposed = Version {
        version: version.clone(),
        text: text.to_owned(),
        proposed_by: by,
        proposed_at: ctx.now,
        reason: reason.to_owned(),
        standing: Standing::Proposed,
    };
    let approval = Approval::ask(ctx, by, LIVE, &version, reason);
    let mut unit = Unit::new();
    match book.find::<Version>(&version).await? {
        None => unit.insert(&proposed),
        Some(known) if known.text != text => return Err(Refused::SameName),
        Some(known) if matches!(known.standing, Standing::Proposed | Standing::Live { .. }) => {
            return Err(Refused::Known);
        }
        Some(mut known) => {
            *known.edit() = proposed;
            unit.update(&known)
        }
    };
    let loosened = live.loosened_by(&policy);
    let what = (LIVE, version.as_str(), reason);
    risk_record::write(&mut unit, ctx, by, what, (Live::Rules(&live), &loosened, weighed))?;
    unit.insert(&approval)
        .audit(AuditEntry::new(ctx.now, by, "policy.proposed", &version).with("reason", reason));
    match book.commit(unit).await {
        Ok(()) => Ok(approval.approval_id),
        Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => Err(Refused::Known),
        Err(error) => Err(error.into()),
    }
}

/// A second person agreed: `unit` holds that. The version is in force when this returns, and so is the
/// record of its risks, of which `partners` have had a say.
pub async fn make_live(
    (book, ctx): (&Book, &Ctx<'_>),
    mut unit: Unit,
    (by, approval): (StaffId, &Approval),
    engine: &Engine,
    partners: &[String],
) -> Result<(), Refused> {
    let mut version = book.load::<Version>(&approval.subject).await?;
    if version.standing != Standing::Proposed {
        return Err(DeskError::Decided.into());
    }
    let policy = read(engine, &version.text)?;
    // Against what is in force now, at any node: another version may have come between.
    let live = in_force(book, engine).await?;
    let loosened = live.loosened_by(&policy);
    let about = (by, approval);
    let what = (Live::Rules(&live), &*loosened, partners);
    risk_record::sign((book, ctx), &mut unit, about, what).await?;
    for mut old in book.list::<Version>("state", "live").await? {
        old.edit().standing = Standing::Ended { at: ctx.now };
        unit.update(&old);
    }
    version.edit().standing = Standing::Live { by, at: ctx.now };
    unit.update(&version).audit(
        AuditEntry::new(ctx.now, by, "policy.live", &version.version)
            .with("before", engine.policy().version())
            .with("asked_by", approval.asked_by),
    );
    book.commit(unit).await?;
    engine.reload(policy);
    Ok(())
}

/// What is in force, at whichever node it was put in force.
pub async fn in_force(book: &Book, engine: &Engine) -> Result<Arc<Policy>, Refused> {
    match book.find_by::<Version>("live", "live").await? {
        Some(live) => Ok(Arc::new(read_live(engine, &live.text)?)),
        None => Ok(engine.policy()),
    }
}

/// Somebody declined: adds that to `unit`.
pub async fn decline(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (by, approval): (StaffId, &Approval),
) -> Result<(), RecordError> {
    if let Some(mut version) = book.find::<Version>(&approval.subject).await?
        && version.standing == Standing::Proposed
    {
        version.edit().standing = Standing::Declined { by, at: ctx.now };
        unit.update(&version);
    }
    risk_record::decline((book, ctx), unit, (by, approval)).await?;
    Ok(())
}

/// Puts in force what two people made live, here or at another node. Called at the start and by the
/// worker; true if it was not in force yet. What of it would be refused today is in [`Policy::doubts`].
pub async fn refresh(book: &Book, engine: &Engine) -> Result<bool, Refused> {
    let Some(live) = book.find_by::<Version>("live", "live").await? else { return Ok(false) };
    if engine.policy().digest() == Policy::digest_of(&live.text) {
        return Ok(false);
    }
    engine.reload(read_live(engine, &live.text)?);
    Ok(true)
}

/// What two policies would have done with the same recorded signals.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The one in force.
    pub live: Report,
    /// The one that was pasted.
    pub other: Report,
    /// Since when there were signals.
    pub since: Option<Timestamp>,
    /// From when on all signals are there; before, only movements are whole. None where all of it is.
    pub whole_since: Option<Timestamp>,
    /// What the one that was pasted would change, as it is understood.
    pub changes: Vec<Change>,
    /// What of the one in force the one that was pasted would not do as strictly.
    pub loosened: Vec<String>,
}

/// Judges `events`, oldest first, by the policy in force and by `other`, with nothing remembered from
/// before. Lists that the operator keeps are empty. That somebody compared is written down.
pub async fn compare_as(
    (book, ctx): (&Book, &Ctx<'_>),
    by: StaffId,
    engine: &Engine,
    other: Policy,
    (events, whole_since): (&[Event], Option<Timestamp>),
) -> Result<Comparison, Refused> {
    let mut unit = Unit::new();
    unit.audit(AuditEntry::new(ctx.now, by, "policy.compared", other.version()));
    book.commit(unit).await?;
    let changes = engine.policy().changes_to(&other);
    let loosened = engine.policy().loosened_by(&other);
    let live = Policy::clone(&engine.policy());
    let mut both = Backtest::new(live, Bounds::default()).beside(other);
    for event in events {
        both.see(event);
    }
    let since = events.first().map(|event| event.signal.at);
    let whole_since = whole_since.filter(|whole| since.is_some_and(|since| since < *whole));
    let (live, others) = both.reports();
    let other = others.into_iter().next().unwrap_or_else(|| live.clone());
    Ok(Comparison { live, other, since, whole_since, changes, loosened })
}

/// One version.
pub async fn find(book: &Book, version: &str) -> Result<Option<Version>, RecordError> {
    Ok(book.find::<Version>(version).await?.map(Stored::into_inner))
}
