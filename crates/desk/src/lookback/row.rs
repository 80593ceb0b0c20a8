//! A look-back and its hits, as they are kept.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx, Yen,
    id::{CaseId, LookbackId, StaffId},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_record::{AuditEntry, Unit, record};
use kanuki_risk::{Kind, Outcome};
use serde::{Deserialize, Serialize};

use super::{
    LookbackError, Ports,
    pattern::{DAYS_MAX, Pattern, Typed, Wrong},
};

/// How many look-backs may wait.
pub const WAITING_MAX: usize = 10;

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Round {
    /// The last row that was looked at.
    pub after: String,
    /// When that was.
    pub at: Option<Timestamp>,
    /// How many movements were looked at.
    pub seen: u64,
    /// How many of them it hit.
    pub hits: u64,
    /// When all had been looked at.
    pub done_at: Option<Timestamp>,
    /// It hit more than people could look at.
    pub is_too_wide: bool,
    /// The rule cannot be read any more: a list that it names is gone.
    pub is_broken: bool,
}

/// Whether those who were hit are told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tell", rename_all = "snake_case")]
pub enum Tell {
    /// Nobody is told.
    #[default]
    Nobody,
    /// One person asks to tell them.
    Asked {
        /// Who.
        by: StaffId,
        /// When.
        at: Timestamp,
        /// Why, in their words.
        reason: String,
    },
    /// Two people agree; they are told in steps.
    Agreed {
        /// Who asked.
        asked_by: StaffId,
        /// Who agreed.
        by: StaffId,
        /// When.
        at: Timestamp,
        /// Not before then does a step go on: somebody could not be told.
        #[serde(default)]
        rests_until: Option<Timestamp>,
        /// When everybody had been told.
        #[serde(default)]
        done_at: Option<Timestamp>,
    },
}

/// One look-back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lookback {
    /// Its name.
    pub lookback_id: LookbackId,
    /// What is looked for.
    pub pattern: Pattern,
    /// How many days back.
    pub days: u16,
    /// Since when.
    pub from: Timestamp,
    /// Until when: when it was asked for.
    pub until: Timestamp,
    /// Who asked for it.
    pub by: StaffId,
    /// Why, in their words.
    pub reason: String,
    /// How far it is.
    #[serde(default)]
    pub round: Round,
    /// Whether those who were hit are told.
    #[serde(default)]
    pub tell: Tell,
}

record! { Lookback => "lookback" by |l| l.lookback_id.to_string();
    many work = |l| l.work().map(str::to_owned);
    many listed = |_l| Some("yes".to_owned());
}

/// One movement that a look-back hit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LookHit {
    /// Of which look-back.
    pub lookback_id: LookbackId,
    /// The movement.
    pub about: String,
    /// What it was.
    pub kind: Kind,
    /// Whose: a holder or customer id.
    pub person_id: String,
    /// How much it was about.
    pub amount: Yen,
    /// When.
    pub at: Timestamp,
    /// What was decided then.
    pub outcome: Outcome,
    /// By which version of the rules.
    pub version: String,
    /// When its person was told of it.
    #[serde(default)]
    pub told_at: Option<Timestamp>,
    /// When it was found that there is nothing to tell: nothing moved, all came back, or it was reported.
    #[serde(default)]
    pub passed_at: Option<Timestamp>,
    /// The case in which its person says that it was not them.
    #[serde(default)]
    pub case_id: Option<CaseId>,
}

record! { LookHit => "lookback_hit" by |h| h.id();
    many lookback_id = |h| Some(h.lookback_id.to_string());
}

impl LookHit {
    /// Its name: one movement is one hit of a look-back, however often it was tried.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}|{}", self.lookback_id, self.about)
    }
}

impl Lookback {
    /// Which step it waits for.
    const fn work(&self) -> Option<&'static str> {
        if self.round.done_at.is_none() {
            return Some("looking");
        }
        match self.tell {
            Tell::Agreed { done_at: None, .. } => Some("telling"),
            Tell::Agreed { .. } => Some("told"),
            Tell::Nobody | Tell::Asked { .. } => None,
        }
    }

    /// As part of a text key.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match (self.round.done_at, &self.tell) {
            (None, _) => "looking",
            (Some(_), _) if self.round.is_broken => "broken",
            (Some(_), _) if self.round.is_too_wide => "too_wide",
            (Some(_), Tell::Nobody) => "looked",
            (Some(_), Tell::Asked { .. }) => "asked",
            (Some(_), Tell::Agreed { done_at: None, .. }) => "telling",
            (Some(_), Tell::Agreed { .. }) => "told",
        }
    }

    /// Whether its hits are a result that somebody can act on.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        self.round.done_at.is_some() && !self.round.is_too_wide && !self.round.is_broken
    }

    /// How far it has come through its time, in percent.
    #[must_use]
    pub fn percent(&self) -> u64 {
        if self.round.done_at.is_some() {
            return 100;
        }
        let whole = self.until.duration_since(self.from).as_secs();
        let past = self.round.at.map_or(0, |at| at.duration_since(self.from).as_secs());
        let share = past.clamp(0, whole).saturating_mul(100).checked_div(whole).unwrap_or(0);
        u64::try_from(share.min(99)).unwrap_or(0)
    }
}

/// One member of staff asks for a look-back, and says why.
pub async fn ask(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    by: StaffId,
    (typed, days, reason): (Typed<'_>, u16, &str),
) -> Result<LookbackId, LookbackError> {
    if days == 0 || days > DAYS_MAX {
        return Err(Wrong::Days.into());
    }
    let with = (ports.book, ports.engine, ports.company.keeps());
    let pattern = Pattern::read(with, typed).await?;
    if ports.book.list::<Lookback>("work", "looking").await?.len() >= WAITING_MAX {
        return Err(LookbackError::Busy);
    }
    let back = i64::from(days).saturating_mul(DAY_SECS);
    let look = Lookback {
        lookback_id: LookbackId::generate(ctx),
        pattern,
        days,
        from: later(ctx.now, back.saturating_neg()),
        until: ctx.now,
        by,
        reason: reason.to_owned(),
        round: Round::default(),
        tell: Tell::Nobody,
    };
    let mut unit = Unit::new();
    unit.insert(&look).audit(
        AuditEntry::new(ctx.now, by, "lookback.asked", look.lookback_id)
            .with("reason", reason)
            .with("pattern", look.pattern.name())
            .with("days", days),
    );
    ports.book.commit(unit).await?;
    Ok(look.lookback_id)
}
