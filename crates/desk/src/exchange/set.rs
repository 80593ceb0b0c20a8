//! Who is answered about: people whose fraud two members of staff confirmed, under a case.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{CaseId, StaffId},
};
use kanuki_record::{
    AuditEntry, Book, Record, RecordError, Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use kanuki_wire::exchange::Kind;
use serde::{Deserialize, Serialize};

use super::{EXCHANGE_YEARS, ExchangeError, Ports, SET_MAX};
use crate::{DeskError, case::Case, retention::cutoff, staff::require_not_left};

/// Whose key seals the identifiers: the set's own, because a person's ends with their being a customer.
const OWNER: &str = "exchange";
const PLACE: &str = "exchange_confirmed|identifiers";
/// The states that are answered about.
const LIVE: &str = "live";

/// Where a confirmation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// One person asks; nothing is answered yet.
    Asked,
    /// Two people confirmed it.
    Live {
        /// Who agreed.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
    /// One person asks that it be removed. From then on nothing is answered: what is in doubt is not told.
    Doubted {
        /// Who asks.
        by: StaffId,
        /// Why.
        reason: String,
        /// Who had agreed to it, and when.
        confirmed: (StaffId, Timestamp),
    },
}

impl Standing {
    /// As kept and as part of a text key.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Live { .. } => LIVE,
            Self::Doubted { .. } => "doubted",
        }
    }
}

/// What whoever asked said of the person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Nothing: from before it was asked for. Nothing is answered about them.
    #[default]
    Nothing,
    /// That it was a fraud, of a case that a partner told of: taken for a while, though its person may be
    /// who was robbed. Nothing is answered about them.
    Fraud,
    /// They did it themselves, whatever the case looks like.
    DidIt,
}

impl Said {
    /// As kept and as part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Fraud => "fraud",
            Self::DidIt => "did_it",
        }
    }
}

/// One case whose person committed a fraud.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Confirmed {
    /// The case.
    pub case_id: CaseId,
    /// Whom it suspects.
    pub person_id: String,
    /// What was said of them, by both who stand for it.
    #[serde(default)]
    pub said: Said,
    /// Of which kinds identifiers are kept.
    pub kinds: Vec<Kind>,
    sealed: Sealed,
    /// Who asked.
    pub asked_by: StaffId,
    /// When.
    pub asked_at: Timestamp,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub standing: Standing,
}

record! { Confirmed => "exchange_confirmed" by |c| c.case_id.to_string();
    many state = |c| Some(c.standing.name().to_owned());
}

impl Confirmed {
    /// Whether a partner that asks is told.
    #[must_use]
    pub fn is_told(&self) -> bool {
        matches!(self.standing, Standing::Live { .. }) && self.said == Said::DidIt
    }

    /// When two people confirmed it; before that, when it was asked for.
    #[must_use]
    pub const fn confirmed_at(&self) -> Timestamp {
        match self.standing {
            Standing::Asked => self.asked_at,
            Standing::Live { at, .. } | Standing::Doubted { confirmed: (_, at), .. } => at,
        }
    }
}

async fn load(ports: Ports<'_>, id: CaseId) -> Result<Stored<Confirmed>, ExchangeError> {
    let found = ports.book.find::<Confirmed>(id).await?;
    found.ok_or_else(|| DeskError::NotAccepted.into())
}

/// Without any agreement in force nothing is kept, and nobody asked.
pub(super) async fn require_open(ports: Ports<'_>, ctx: &Ctx<'_>) -> Result<(), ExchangeError> {
    let is_open = super::is_any_open(ports, ctx).await?;
    if is_open { Ok(()) } else { Err(DeskError::NotAccepted.into()) }
}

/// The case, and whom it suspects.
pub(super) async fn suspected(
    ports: Ports<'_>,
    id: CaseId,
) -> Result<(Stored<Case>, String), ExchangeError> {
    let case = ports.book.find::<Case>(id).await?.ok_or(DeskError::NotAccepted)?;
    let person = ports.company.suspect(&case).ok_or(ExchangeError::Nobody)?.to_owned();
    Ok((case, person))
}

async fn owner(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
) -> Result<PersonKey, ExchangeError> {
    if let Some(found) = ports.book.find::<PersonKey>(OWNER).await? {
        return Ok(found.into_inner());
    }
    let made = ports.vault.create_person(ctx, OWNER)?;
    unit.insert(&made);
    Ok(made)
}

/// One person says that whom this case suspects did it themselves; another must agree. What is known of
/// them is sealed as it is now. That it was a fraud is never enough: the person of a case that a rule
/// opened, or that a partner told of, is often who was robbed.
pub async fn ask_confirm(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    by: StaffId,
    (id, reason): (CaseId, &str),
) -> Result<(), ExchangeError> {
    require_open(ports, ctx).await?;
    let (mut case, person_id) = suspected(ports, id).await?;
    let identifiers = ports.company.identifiers(&person_id).await?;
    if identifiers.is_empty() {
        return Err(ExchangeError::Nobody);
    }
    // One row for a person: what is doubted under one case must not go on being said under another.
    if all(ports.book).await?.iter().any(|row| row.person_id == person_id) {
        return Err(DeskError::Decided.into());
    }
    let mut unit = Unit::new();
    let owner = owner(ports, ctx, &mut unit).await?;
    let confirmed = Confirmed {
        case_id: id,
        person_id,
        said: Said::DidIt,
        kinds: identifiers.iter().map(|(kind, _)| *kind).collect(),
        sealed: ports.vault.seal(ctx, &owner, PLACE, &identifiers)?,
        asked_by: by,
        asked_at: ctx.now,
        reason: reason.to_owned(),
        standing: Standing::Asked,
    };
    case.edit().note(ctx.now, by, "=exchange_did_it_asked|");
    let entry = AuditEntry::new(ctx.now, by, "exchange.confirm_asked", id).with("reason", reason);
    unit.insert(&confirmed).update(&case).audit(entry.with("said", Said::DidIt.name()));
    match ports.book.commit(unit).await {
        Ok(()) => Ok(()),
        Err(RecordError::Duplicate { .. }) => Err(DeskError::Decided.into()),
        Err(error) => Err(error.into()),
    }
}

async fn keep(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    (mut unit, case_id): (Unit, CaseId),
    (by, note, act): (StaffId, &str, &'static str),
) -> Result<(), ExchangeError> {
    // A case that was forgotten before its confirmation has no history to write in.
    if let Some(mut case) = ports.book.find::<Case>(case_id).await? {
        case.edit().note(ctx.now, by, note);
        unit.update(&case);
    }
    unit.audit(AuditEntry::new(ctx.now, by, act, case_id));
    Ok(ports.book.commit(unit).await?)
}

/// A second person agrees: from now on it is answered about.
pub async fn agree(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    by: StaffId,
    id: CaseId,
) -> Result<(), ExchangeError> {
    let mut row = load(ports, id).await?;
    if row.standing != Standing::Asked {
        return Err(DeskError::Decided.into());
    }
    if row.asked_by == by {
        return Err(DeskError::SamePerson.into());
    }
    require_not_left(ports.book, [row.asked_by, by]).await?;
    // The case may have become another one since: somebody reported it, say.
    let (_, person_id) = suspected(ports, id).await?;
    if row.said != Said::DidIt {
        return Err(ExchangeError::Unclear);
    }
    if person_id != row.person_id {
        return Err(ExchangeError::Nobody);
    }
    if ports.book.every::<Confirmed>("state", LIVE).await?.len() >= SET_MAX {
        return Err(ExchangeError::Full);
    }
    row.edit().standing = Standing::Live { by, at: ctx.now };
    let mut unit = Unit::new();
    unit.update(&row);
    keep(ports, ctx, (unit, id), (by, "=exchange_did_it|", "exchange.confirmed")).await
}

/// Anybody says no to what one person asks: a confirmation is none, a removal is not made.
pub async fn decline(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    by: StaffId,
    id: CaseId,
) -> Result<(), ExchangeError> {
    let mut row = load(ports, id).await?;
    let mut unit = Unit::new();
    match row.standing.clone() {
        Standing::Asked => {
            unit.delete(&row);
        }
        Standing::Doubted { confirmed, .. } => {
            row.edit().standing = Standing::Live { by: confirmed.0, at: confirmed.1 };
            unit.update(&row);
        }
        Standing::Live { .. } => return Err(DeskError::Decided.into()),
    }
    keep(ports, ctx, (unit, id), (by, "=exchange_declined|", "exchange.declined")).await
}

/// One person says that it was somebody else. It is silent at once, and another must agree.
pub async fn ask_remove(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    by: StaffId,
    (id, reason): (CaseId, &str),
) -> Result<(), ExchangeError> {
    let mut row = load(ports, id).await?;
    let Standing::Live { by: agreed_by, at } = row.standing else {
        return Err(DeskError::Decided.into());
    };
    let confirmed = (agreed_by, at);
    row.edit().standing = Standing::Doubted { by, reason: reason.to_owned(), confirmed };
    let mut unit = Unit::new();
    unit.update(&row);
    keep(ports, ctx, (unit, id), (by, "=exchange_doubted|", "exchange.remove_asked")).await
}

/// A second person agrees: it is gone, with what was sealed.
pub async fn remove(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    by: StaffId,
    id: CaseId,
) -> Result<(), ExchangeError> {
    let row = load(ports, id).await?;
    let Standing::Doubted { by: asked_by, .. } = row.standing else {
        return Err(DeskError::Decided.into());
    };
    if asked_by == by {
        return Err(DeskError::SamePerson.into());
    }
    require_not_left(ports.book, [asked_by, by]).await?;
    let mut unit = Unit::new();
    unit.delete(&row);
    keep(ports, ctx, (unit, id), (by, "=exchange_removed|", "exchange.removed")).await
}

/// What a second person reads before they agree: the identifiers of one row. That they looked is written
/// down before.
pub async fn confirm_names(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    by: StaffId,
    row: &Confirmed,
) -> Result<Vec<(Kind, String)>, ExchangeError> {
    let mut unit = Unit::new();
    unit.audit(AuditEntry::new(ctx.now, by, "exchange.read", row.case_id));
    ports.book.commit(unit).await?;
    let owner = ports.book.load::<PersonKey>(OWNER).await?;
    Ok(ports.vault.open(&owner, PLACE, &row.sealed)?)
}

/// Every row of the set, whatever state it is in.
pub(super) async fn all(book: &Book) -> Result<Vec<Confirmed>, RecordError> {
    let mut all = Vec::new();
    for state in ["asked", "doubted", LIVE] {
        let rows = book.every::<Confirmed>("state", state).await?;
        all.extend(rows.into_iter().map(Stored::into_inner));
    }
    Ok(all)
}

/// What is answered about today.
pub(super) async fn live(
    ports: Ports<'_>,
    now: Timestamp,
) -> Result<Vec<(Kind, String)>, ExchangeError> {
    let rows = ports.book.every::<Confirmed>("state", LIVE).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let owner = ports.book.load::<PersonKey>(OWNER).await?;
    // The pass that forgets may be late; the answer is not.
    let (due, mut all) = (cutoff(now, EXCHANGE_YEARS), Vec::new());
    for row in rows.iter().filter(|row| row.is_told() && row.confirmed_at() >= due) {
        let known: Vec<(Kind, String)> = ports.vault.open(&owner, PLACE, &row.sealed)?;
        all.extend(known);
    }
    Ok(all)
}

/// Deletes each row of a table that is over, one by one; how many.
pub(super) async fn forget_rows<T: Record + Clone>(
    book: &Book,
    is_over: impl Fn(&T) -> bool + Send + Sync,
) -> Result<usize, RecordError> {
    let (mut forgotten, mut after) = (0_usize, String::new());
    loop {
        let page = book.scan::<T>(&after).await?;
        let Some(last) = page.last() else { return Ok(forgotten) };
        after = last.id();
        for row in page.iter().filter(|row| is_over(row)) {
            let mut unit = Unit::new();
            unit.delete(row);
            match book.commit(unit).await {
                Ok(()) => forgotten = forgotten.saturating_add(1),
                // Another node was faster, or it was changed: the next pass looks again.
                Err(RecordError::Conflict { .. } | RecordError::Absent { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
