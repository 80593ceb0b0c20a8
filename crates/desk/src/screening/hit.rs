//! That a person may be somebody on a list, until two people have said that they are not.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{ScreeningHitId, StaffId},
};
use kanuki_formats::screening::Match;
use kanuki_record::{
    AuditEntry, RecordError, Stored, Unit, record,
    vault::{PersonKey, Sealed, Vault},
};
use serde::{Deserialize, Serialize};

use super::{Loaded, Ports, hold::Hold};
use crate::{
    DeskError,
    officer::{Officer, require_officers},
};

/// Where what was alike is sealed.
const FOUND: &str = "screening_hit|found";

/// When it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// The person proved who they are.
    Identity,
    /// An account was being linked.
    Link,
    /// A holder made their first passkey.
    Enrolment,
    /// The list came.
    ListChanged,
}

impl Occasion {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Link => "link",
            Self::Enrolment => "enrolment",
            Self::ListChanged => "list_changed",
        }
    }
}

/// Where a hit stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum HitState {
    /// Nobody has said anything.
    Open,
    /// One person says that it is somebody else.
    Asked {
        /// Who.
        by: StaffId,
        /// When.
        at: Timestamp,
        /// How they know, in their words.
        reason: String,
    },
    /// Two people said that it is somebody else.
    Cleared {
        /// Who said so first.
        asked_by: StaffId,
        /// Who agreed.
        by: StaffId,
        /// When.
        at: Timestamp,
        /// How they know.
        reason: String,
    },
    /// It is the one on the list: the person stays held.
    Confirmed {
        /// Who said so.
        by: StaffId,
        /// When.
        at: Timestamp,
        /// How they know, in their words.
        reason: String,
    },
}

impl HitState {
    /// As part of a text key.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Asked { .. } => "asked",
            Self::Cleared { .. } => "cleared",
            Self::Confirmed { .. } => "confirmed",
        }
    }
}

/// One hit. The row names nobody but by id; what was alike is sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hit {
    /// Its number: the same person beside the same entry is the same hit, so that what two people
    /// cleared does not come again with the next file of the list.
    pub hit_id: ScreeningHitId,
    /// Whose name: a customer or holder id.
    pub person_id: String,
    /// Whose list.
    pub list: String,
    /// Which file of it.
    pub version: String,
    /// When it was found.
    pub occasion: Occasion,
    /// When.
    pub found_at: Timestamp,
    /// Of 1000.
    pub score: u32,
    /// Where it stands.
    pub state: HitState,
    sealed: Sealed,
}

record! { Hit => "screening_hit" by |h| h.hit_id.to_string();
    many state = |h| Some(match h.state {
        HitState::Cleared { .. } => "cleared",
        HitState::Open | HitState::Asked { .. } | HitState::Confirmed { .. } => "open",
    }.to_owned());
    many person_id = |h| Some(h.person_id.clone());
}

/// A hit with what was alike.
#[derive(Debug)]
pub struct Found {
    /// The hit.
    pub hit: Hit,
    /// What was alike, and how.
    pub what: Match,
}

impl Hit {
    /// The number of what `what` says about a person.
    pub(super) fn number(
        vault: &Vault,
        person_id: &str,
        list: &str,
        what: &Match,
    ) -> Result<ScreeningHitId, RecordError> {
        let entry = serde_json::to_string(&what.entry).map_err(|_| RecordError::Sealed)?;
        let text = format!("{person_id}|{list}|{}|{entry}", what.our_name);
        Ok(ScreeningHitId::derive(&[&vault.blind("screening", text.as_bytes())]))
    }

    /// A new one.
    pub(super) fn new(
        ctx: &Ctx<'_>,
        vault: &Vault,
        (hit_id, key): (ScreeningHitId, &PersonKey),
        (list, occasion): (&Loaded, Occasion),
        what: &Match,
    ) -> Result<Self, RecordError> {
        Ok(Self {
            hit_id,
            person_id: key.person_id.clone(),
            list: list.name.clone(),
            version: list.version.clone(),
            occasion,
            found_at: ctx.now,
            score: what.score,
            state: HitState::Open,
            sealed: vault.seal(ctx, key, FOUND, what)?,
        })
    }
}

impl Ports<'_> {
    async fn hit(&self, id: ScreeningHitId) -> Result<Stored<Hit>, DeskError> {
        self.book.find::<Hit>(id).await?.ok_or(DeskError::NotAccepted)
    }

    async fn keep(&self, hit: &Stored<Hit>, entry: AuditEntry) -> Result<(), DeskError> {
        let mut unit = Unit::new();
        unit.update(hit).audit(entry);
        Ok(self.book.commit(unit).await?)
    }

    /// One person says that it is somebody else, and how they know; another must agree.
    pub async fn ask_clear(
        &self,
        ctx: &Ctx<'_>,
        officer: Officer,
        (id, reason): (ScreeningHitId, &str),
    ) -> Result<(), DeskError> {
        let by = officer.id();
        let mut hit = self.hit(id).await?;
        if !matches!(hit.state, HitState::Open | HitState::Confirmed { .. }) {
            return Err(DeskError::Decided);
        }
        hit.edit().state = HitState::Asked { by, at: ctx.now, reason: reason.to_owned() };
        self.keep(&hit, AuditEntry::new(ctx.now, by, "screening.clear_asked", id)).await
    }

    /// One person says that it is the one on the list. The person stays held.
    pub async fn confirm(
        &self,
        ctx: &Ctx<'_>,
        officer: Officer,
        (id, reason): (ScreeningHitId, &str),
    ) -> Result<(), DeskError> {
        let by = officer.id();
        let mut hit = self.hit(id).await?;
        if !matches!(hit.state, HitState::Open | HitState::Asked { .. }) {
            return Err(DeskError::Decided);
        }
        hit.edit().state = HitState::Confirmed { by, at: ctx.now, reason: reason.to_owned() };
        self.keep(&hit, AuditEntry::new(ctx.now, by, "screening.confirmed", id)).await
    }

    /// Somebody does not agree: the hit is open as before.
    pub async fn keep_held(
        &self,
        ctx: &Ctx<'_>,
        officer: Officer,
        id: ScreeningHitId,
    ) -> Result<(), DeskError> {
        let by = officer.id();
        let mut hit = self.hit(id).await?;
        if !matches!(hit.state, HitState::Asked { .. }) {
            return Err(DeskError::Decided);
        }
        hit.edit().state = HitState::Open;
        self.keep(&hit, AuditEntry::new(ctx.now, by, "screening.clear_declined", id)).await
    }

    /// A second person agrees that it is somebody else. Where nothing else holds the person, what was
    /// closed opens, at once or, after a crash, by [`super::drive_holds`].
    pub async fn clear(
        &self,
        ctx: &Ctx<'_>,
        officer: Officer,
        id: ScreeningHitId,
    ) -> Result<(), DeskError> {
        let by = officer.id();
        let mut hit = self.hit(id).await?;
        let HitState::Asked { by: asked_by, reason, .. } = hit.state.clone() else {
            return Err(DeskError::Decided);
        };
        if asked_by == by {
            return Err(DeskError::SamePerson);
        }
        require_officers(self.book, [asked_by, by]).await?;
        hit.edit().state = HitState::Cleared { asked_by, by, at: ctx.now, reason };
        let mut unit = Unit::new();
        unit.update(&hit).audit(
            AuditEntry::new(ctx.now, by, "screening.cleared", id).with("asked_by", asked_by),
        );
        let held = self.book.find::<Hold>(&hit.person_id).await?;
        if let Some(mut held) = held {
            held.edit().let_go(id);
            unit.update(&held);
        }
        self.book.commit(unit).await?;
        super::hold::settle(*self, ctx, &hit.person_id).await?;
        Ok(())
    }
}

/// Every hit that holds somebody, most alike first. That somebody looked is written down.
pub async fn hits(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    officer: Officer,
) -> Result<Vec<Hit>, DeskError> {
    let by = officer.id();
    let mut all: Vec<Hit> = Vec::new();
    for hit in ports.book.every::<Hit>("state", "open").await? {
        all.push(hit.into_inner());
    }
    all.sort_by_key(|hit| (std::cmp::Reverse(hit.score), hit.found_at));
    let mut unit = Unit::new();
    unit.audit(AuditEntry::new(ctx.now, by, "screening.listed", "all"));
    ports.book.commit(unit).await?;
    Ok(all)
}

/// One hit with what was alike. That somebody looked is written down before they see it.
pub async fn read(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    officer: Officer,
    id: ScreeningHitId,
) -> Result<Found, DeskError> {
    let by = officer.id();
    let hit = ports.hit(id).await?.into_inner();
    let mut unit = Unit::new();
    unit.audit(AuditEntry::new(ctx.now, by, "screening.read", id));
    ports.book.commit(unit).await?;
    let key = ports.book.load::<PersonKey>(&hit.person_id).await?;
    let what = ports.vault.open(&key, FOUND, &hit.sealed)?;
    Ok(Found { hit, what })
}

/// What waits for somebody to look, without saying who.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Hits about which nobody has come to an end.
    pub hits: usize,
    /// Since when the oldest of them waits.
    pub since: Option<Timestamp>,
    /// Rounds that wait for a second person's agreement.
    pub paused: usize,
    /// People whom a round could not compare.
    pub failed: usize,
}

/// What waits, for the first page of the desk, and for nobody but officers: a count of hits tells too.
pub async fn waiting(ports: Ports<'_>, _: Officer) -> Result<Waiting, RecordError> {
    let mut waiting = Waiting::default();
    for hit in ports.book.every::<Hit>("state", "open").await? {
        if matches!(hit.state, HitState::Open | HitState::Asked { .. }) {
            waiting.hits = waiting.hits.saturating_add(1);
            let since = waiting.since.map_or(hit.found_at, |since| since.min(hit.found_at));
            waiting.since = Some(since);
        }
    }
    for list in super::live(ports.book).await? {
        let is_paused = list.round.paused_at.is_some();
        waiting.paused = waiting.paused.saturating_add(usize::from(is_paused));
        waiting.failed = waiting.failed.saturating_add(list.round.failed.len());
    }
    Ok(waiting)
}
