//! What is done here on what a partner tells: a table for each company, event by level.
//!
//! Every line of it tightens or only tells people, and two people here take back what was done. So
//! there is no word for loosening in it, and what a company may not leave out is a floor that no
//! table goes below. What is not decided by a table: a link that ended or goes on at its partner, a
//! case that both companies have, a word on the line.

mod read;

use std::collections::BTreeSet;

use kanuki_domain::settings::{Setting, Settings};
use kanuki_wire::set::{
    CredentialChange, Direction, Event, LinkStatus, RiskLevel, ServiceStatus, StreamState,
    TakeoverReason, uri,
};

pub use read::{Entry, Fault, TableError};

/// How grave an event is, in the words of its own kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Its kind has no levels.
    Any,
    /// `hijacking`, or no reason at all.
    Hijacking,
    /// `bulk-account`.
    BulkAccount,
    /// The link is stopped there.
    Suspended,
    /// A credential is new.
    Added,
    /// A credential is another now.
    Changed,
    /// A credential ended.
    Removed,
    /// `decrease`, or no direction.
    Decrease,
    /// `increase`.
    Increase,
    /// `HIGH`.
    High,
    /// `MEDIUM`.
    Medium,
    /// `LOW`.
    Low,
    /// `paused` or `disabled`.
    Stopped,
    /// `enabled`.
    Running,
    /// A service is stopped for us there.
    Halted,
    /// It goes on.
    Reopened,
    /// People practise there.
    Drill,
}

/// What is done to the link, each with all that stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// It is on record.
    Log,
    /// Caps are halved for a week.
    LowerCaps,
    /// Money is not pulled for a week: at the bank unless its holder signs, at the wallet not at all.
    Hold,
    /// The link is suspended.
    Suspend,
}

/// What is done on one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actions {
    /// What is done to the link.
    pub measure: Measure,
    /// Whether people here are told, in a case.
    pub notifies: bool,
}

impl Actions {
    const fn new(measure: Measure, notifies: bool) -> Self {
        Self { measure, notifies }
    }

    /// Whether it does all that `floor` does.
    #[must_use]
    pub fn covers(self, floor: Self) -> bool {
        self.measure >= floor.measure && self.notifies >= floor.notifies
    }

    /// The words of all that it does, the milder measures too.
    fn all(self) -> BTreeSet<String> {
        let done = Measure::ALL.into_iter().filter(|one| *one <= self.measure).map(Measure::name);
        let notify = self.notifies.then_some("notify");
        done.chain(notify).map(str::to_owned).collect()
    }

    /// The words of it, as in a file.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        let notify = self.notifies.then_some("notify");
        std::iter::once(self.measure.name()).chain(notify).collect()
    }
}

/// One line that a table has: which event, what is shipped, and what is the least of it.
#[derive(Clone, Copy, Debug)]
struct Decided {
    uri: &'static str,
    level: Level,
    shipped: Actions,
    floor: Actions,
    /// The most: there is no link where the event is about the line.
    most: Measure,
}

impl Decided {
    /// The words that it may have.
    const fn most_words(&self) -> &'static str {
        match self.most {
            Measure::Log => "log or notify",
            Measure::LowerCaps => "log, lower_caps or notify",
            Measure::Hold | Measure::Suspend => "log, lower_caps, hold or notify",
        }
    }
}

const LOG: Actions = Actions::new(Measure::Log, false);
const NOTIFY: Actions = Actions::new(Measure::Log, true);
const LOWER: Actions = Actions::new(Measure::LowerCaps, false);
const HOLD: Actions = Actions::new(Measure::Hold, true);
const STOP: Actions = Actions::new(Measure::Suspend, false);
const STOP_AND_TELL: Actions = Actions::new(Measure::Suspend, true);

const fn may(uri: &'static str, level: Level, shipped: Actions) -> Decided {
    Decided { uri, level, shipped, floor: LOG, most: Measure::Suspend }
}

const fn must(uri: &'static str, level: Level, floor: Actions, shipped: Actions) -> Decided {
    Decided { uri, level, shipped, floor, most: Measure::Suspend }
}

const fn of_line(level: Level, floor: Actions) -> Decided {
    let uri = uri::STREAM_UPDATED;
    Decided { uri, level, shipped: floor, floor, most: Measure::Log }
}

/// What a partner stops as a whole is no reason to suspend anybody's link, and a drill none to do anything.
const fn of_company(level: Level, floor: Actions, (shipped, most): (Actions, Measure)) -> Decided {
    Decided { uri: uri::SERVICE_STATUS_CHANGED, level, shipped, floor, most }
}

/// Every line that a table has, gravest first.
const DECIDED: [Decided; 22] = [
    must(uri::ACCOUNT_DISABLED, Level::Hijacking, STOP, STOP_AND_TELL),
    must(uri::ACCOUNT_DISABLED, Level::BulkAccount, STOP, STOP_AND_TELL),
    must(uri::CREDENTIAL_COMPROMISE, Level::Any, STOP, STOP_AND_TELL),
    must(uri::DEBIT_DISPUTED, Level::Any, STOP, STOP_AND_TELL),
    // With an alarm comes the case that both companies have.
    must(uri::LINK_STATUS_CHANGED, Level::Suspended, STOP, STOP),
    of_company(Level::Halted, NOTIFY, (HOLD, Measure::Hold)),
    of_company(Level::Reopened, LOG, (LOG, Measure::Log)),
    of_company(Level::Drill, LOG, (LOG, Measure::Log)),
    may(uri::IDENTIFIER_RECYCLED, Level::Any, HOLD),
    may(uri::IDENTIFIER_CHANGED, Level::Any, LOWER),
    // Anybody can ask for anybody's: what it does must not be worth asking for.
    may(uri::RECOVERY_ACTIVATED, Level::Any, LOWER),
    may(uri::CREDENTIAL_CHANGE, Level::Added, LOG),
    may(uri::CREDENTIAL_CHANGE, Level::Changed, LOG),
    may(uri::CREDENTIAL_CHANGE, Level::Removed, LOG),
    may(uri::SESSION_REVOKED, Level::Any, LOG),
    may(uri::ASSURANCE_LEVEL_CHANGE, Level::Decrease, HOLD),
    may(uri::ASSURANCE_LEVEL_CHANGE, Level::Increase, LOG),
    may(uri::RISK_LEVEL_CHANGE, Level::High, HOLD),
    may(uri::RISK_LEVEL_CHANGE, Level::Medium, LOWER),
    may(uri::RISK_LEVEL_CHANGE, Level::Low, LOG),
    of_line(Level::Stopped, NOTIFY),
    of_line(Level::Running, LOG),
];

/// What no table decides, and why a file that names it is refused.
const FIXED: [&str; 2] = [uri::CASE_SHARED, uri::VERIFICATION];

/// How grave `event` is; none where no table decides about it.
#[must_use]
pub const fn level_of(event: &Event) -> Option<Level> {
    Some(match event {
        Event::AccountDisabled { reason: Some(TakeoverReason::BulkAccount) } => Level::BulkAccount,
        Event::AccountDisabled { .. } => Level::Hijacking,
        Event::LinkStatusChanged { status: LinkStatus::Suspended, .. } => Level::Suspended,
        Event::CredentialChange { change_type: CredentialChange::Create, .. } => Level::Added,
        Event::CredentialChange { change_type: CredentialChange::Update, .. } => Level::Changed,
        Event::CredentialChange { .. } => Level::Removed,
        Event::AssuranceLevelChange { change_direction: Some(Direction::Increase), .. } => {
            Level::Increase
        }
        // Not said is not better.
        Event::AssuranceLevelChange { .. } => Level::Decrease,
        Event::RiskLevelChange { current_level: RiskLevel::High, .. } => Level::High,
        Event::RiskLevelChange { current_level: RiskLevel::Medium, .. } => Level::Medium,
        Event::RiskLevelChange { current_level: RiskLevel::Low, .. } => Level::Low,
        Event::ServiceStatusChanged(word) => match word.status {
            ServiceStatus::Stopped => Level::Halted,
            ServiceStatus::Reopened => Level::Reopened,
            ServiceStatus::Drill | ServiceStatus::DrillOver => Level::Drill,
        },
        Event::StreamUpdated { status: StreamState::Enabled } => Level::Running,
        Event::StreamUpdated { .. } => Level::Stopped,
        Event::CredentialCompromise { .. }
        | Event::DebitDisputed { .. }
        | Event::IdentifierChanged {}
        | Event::IdentifierRecycled {}
        | Event::RecoveryActivated {}
        | Event::SessionRevoked {} => Level::Any,
        Event::LinkStatusChanged { .. } | Event::CaseShared { .. } | Event::Verification { .. } => {
            return None;
        }
    })
}

/// A line of a table as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which event, by the last part of its URI.
    pub event: &'static str,
    /// At which level.
    pub level: Level,
    /// What is done.
    pub actions: Actions,
    /// The least of it that any table does.
    pub floor: Actions,
}

impl Row {
    /// Whether no company's table says less.
    #[must_use]
    pub fn has_floor(self) -> bool {
        self.floor != LOG
    }
}

/// What one company does on what its partners tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// In the order of [`DECIDED`].
    actions: [Actions; DECIDED.len()],
    is_shipped: bool,
}

impl Default for Table {
    fn default() -> Self {
        Self::shipped()
    }
}

impl Table {
    /// The table as it is shipped.
    #[must_use]
    pub fn shipped() -> Self {
        Self { actions: DECIDED.map(|line| line.shipped), is_shipped: true }
    }

    /// Whether the company left it as it is shipped.
    #[must_use]
    pub const fn is_shipped(&self) -> bool {
        self.is_shipped
    }

    /// What is done on `event`. What no table decides is on record.
    #[must_use]
    pub fn on(&self, event: &Event) -> Actions {
        let (uri, level) = (event.uri(), level_of(event));
        let found = DECIDED.iter().position(|line| line.uri == uri && Some(line.level) == level);
        found.and_then(|at| self.actions.get(at)).copied().unwrap_or(LOG)
    }

    /// Adds to `settings` what is done on each event: a table that does less is looser.
    #[must_use]
    pub fn compared(&self, settings: Settings) -> Settings {
        let line = |settings: Settings, row: Row| {
            let name = format!("signal:{}:{}", row.event, row.level.name());
            settings.with(&name, Setting::Does(row.actions.all()))
        };
        self.rows().into_iter().fold(settings, line)
    }

    /// Every line of it, gravest first.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let lines = DECIDED.iter().zip(self.actions);
        lines
            .map(|(line, actions)| Row {
                event: short(line.uri),
                level: line.level,
                actions,
                floor: line.floor,
            })
            .collect()
    }
}

/// The last part of an event's URI, by which people call it.
#[must_use]
pub fn short(uri: &'static str) -> &'static str {
    uri.rsplit('/').next().unwrap_or(uri)
}

impl Measure {
    const ALL: [Self; 4] = [Self::Log, Self::LowerCaps, Self::Hold, Self::Suspend];

    /// As in a file, in the audit log, and as part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::LowerCaps => "lower_caps",
            Self::Hold => "hold",
            Self::Suspend => "suspend",
        }
    }
}

impl Level {
    /// As in a file, in the audit log, and as part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Hijacking => "hijacking",
            Self::BulkAccount => "bulk-account",
            Self::Suspended => "suspended",
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Decrease => "decrease",
            Self::Increase => "increase",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Stopped => "stopped",
            Self::Running => "running",
            Self::Halted => "halted",
            Self::Reopened => "reopened",
            Self::Drill => "drill",
        }
    }
}

#[cfg(test)]
mod tests;
