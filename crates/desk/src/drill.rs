//! An exercise in stopping (FT-50): the clock runs as in earnest, and no real gate moves.
//!
//! A member of staff tells a story ("a caller says …") and notes which switch is the right one.
//! Somebody else must find and press it; a third press, by another than the one who asks, ends it. What
//! is measured is what counts in earnest: how long until it stood still, and how often the wrong
//! switch was pressed first. A drill has rows of its own and no way to the ledger.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{StaffId, encode_base32},
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use crate::{DeskError, registry::every};

/// Who did something, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Who.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
}

/// How far a drill has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Stage {
    /// The clock runs, and nobody has pressed the right switch.
    Running,
    /// It would stand still.
    Stopped {
        /// Who pressed.
        stopped: Act,
    },
    /// Somebody asks that it go on.
    Asked {
        /// Who pressed.
        stopped: Act,
        /// Who asks.
        asked: Act,
    },
    /// A second person agreed that it go on.
    Over {
        /// Who pressed.
        stopped: Act,
        /// Who agreed.
        reopened: Act,
    },
    /// It was broken off, in earnest's favour or for nobody's.
    CalledOff {
        /// Who broke it off.
        called_off: Act,
        /// Who had pressed before.
        stopped: Option<Act>,
    },
}

/// One drill.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Drill {
    /// Its name.
    pub drill_id: String,
    /// The switch that is right, as its gate is named: `everything`, `partner|wallet-one`.
    pub scope: String,
    /// What those who are trained are told.
    pub story: String,
    /// Who began it.
    pub started: Act,
    /// How often another switch was pressed first.
    pub misses: u32,
    /// How far it has come.
    pub stage: Stage,
}

record! { Drill => "drill" by |d| d.drill_id.clone();
    unique running = |d| d.is_running().then(|| RUNNING.to_owned());
}

const RUNNING: &str = "running";

impl Drill {
    /// True until it is over or called off.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        match self.stage {
            Stage::Running | Stage::Stopped { .. } | Stage::Asked { .. } => true,
            Stage::Over { .. } | Stage::CalledOff { .. } => false,
        }
    }

    /// Who pressed the right switch, and when.
    #[must_use]
    pub const fn stopped(&self) -> Option<Act> {
        match self.stage {
            Stage::Running => None,
            Stage::Stopped { stopped }
            | Stage::Asked { stopped, .. }
            | Stage::Over { stopped, .. } => Some(stopped),
            Stage::CalledOff { stopped, .. } => stopped,
        }
    }

    /// How long it took until it would have stood still.
    #[must_use]
    pub fn secs_to_stop(&self) -> Option<i64> {
        self.stopped().map(|act| act.at.duration_since(self.started.at).as_secs())
    }

    /// Presses a switch: the right one stops the clock, another is counted. Whoever set the task
    /// knows the answer, so theirs measures nothing.
    fn press(&mut self, act: Act, scope: &str) -> Result<bool, DeskError> {
        if self.stage != Stage::Running {
            return Err(DeskError::Decided);
        }
        if act.by == self.started.by {
            return Err(DeskError::SamePerson);
        }
        let is_right = scope == self.scope;
        if is_right {
            self.stage = Stage::Stopped { stopped: act };
        } else {
            self.misses = self.misses.saturating_add(1);
        }
        Ok(is_right)
    }

    fn ask(&mut self, act: Act) -> Result<(), DeskError> {
        let Stage::Stopped { stopped } = self.stage else { return Err(DeskError::Decided) };
        self.stage = Stage::Asked { stopped, asked: act };
        Ok(())
    }

    fn agree(&mut self, act: Act) -> Result<(), DeskError> {
        let Stage::Asked { stopped, asked } = self.stage else { return Err(DeskError::Decided) };
        if asked.by == act.by {
            return Err(DeskError::SamePerson);
        }
        self.stage = Stage::Over { stopped, reopened: act };
        Ok(())
    }

    fn call_off(&mut self, act: Act) -> Result<(), DeskError> {
        if !self.is_running() {
            return Err(DeskError::Decided);
        }
        self.stage = Stage::CalledOff { called_off: act, stopped: self.stopped() };
        Ok(())
    }
}

/// What is done in a drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A switch is pressed.
    Press(&'a str),
    /// Somebody asks that it go on.
    Ask,
    /// A second person agrees.
    Agree,
    /// It is broken off.
    CallOff,
}

/// Begins a drill; one runs at a time.
pub async fn start(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    (scope, story): (&str, &str),
) -> Result<(), DeskError> {
    let drill = Drill {
        drill_id: encode_base32(u128::from_be_bytes(ctx.random())),
        scope: scope.to_owned(),
        story: story.to_owned(),
        started: Act { by, at: ctx.now },
        misses: 0,
        stage: Stage::Running,
    };
    let mut unit = Unit::new();
    unit.insert(&drill)
        .audit(AuditEntry::new(ctx.now, by, "drill.started", &drill.drill_id).with("scope", scope));
    match book.commit(unit).await {
        Ok(()) => Ok(()),
        Err(RecordError::Duplicate { .. }) => Err(DeskError::Decided),
        Err(error) => Err(error.into()),
    }
}

/// What partners are to hear of a step, as a drill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which drill.
    pub drill_id: String,
    /// The switch, as its gate is named.
    pub scope: String,
    /// When it was pressed.
    pub since: Timestamp,
    /// It is over.
    pub is_over: bool,
}

/// A step that is made by committing its unit.
#[derive(Debug)]
pub struct Stepped {
    /// What is written.
    pub unit: Unit,
    /// False where a switch was pressed that is not the right one.
    pub was_right: bool,
    /// What partners are to hear, in the same unit.
    pub told: Option<Told>,
}

/// One step of a drill, to be committed with what partners are told of it.
pub async fn prepare(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    (drill_id, step): (&str, Step<'_>),
) -> Result<Stepped, DeskError> {
    let mut drill = book.find::<Drill>(drill_id).await?.ok_or(DeskError::Decided)?;
    let act = Act { by, at: ctx.now };
    let before = drill.stopped();
    let (was_right, word) = match step {
        Step::Press(scope) if drill.edit().press(act, scope)? => (true, "drill.stopped"),
        Step::Press(_) => (false, "drill.missed"),
        Step::Ask => (drill.edit().ask(act).map(|()| true)?, "drill.reopening_asked"),
        Step::Agree => (drill.edit().agree(act).map(|()| true)?, "drill.reopened"),
        Step::CallOff => (drill.edit().call_off(act).map(|()| true)?, "drill.called_off"),
    };
    let mut unit = Unit::new();
    unit.update(&drill).audit(AuditEntry::new(ctx.now, by, word, drill_id));
    let is_over = !drill.is_running();
    // The press, and the end of what was pressed.
    let is_news = before.is_none() != is_over;
    let told = drill.stopped().filter(|_| is_news).map(|pressed| Told {
        drill_id: drill.drill_id.clone(),
        scope: drill.scope.clone(),
        since: pressed.at,
        is_over,
    });
    Ok(Stepped { unit, was_right, told })
}

/// The drill that runs.
pub async fn running(book: &Book) -> Result<Option<Stored<Drill>>, RecordError> {
    book.find_by(RUNNING, RUNNING).await
}

/// Every drill, newest first: what is reported to management (FT-02).
pub async fn all(book: &Book) -> Result<Vec<Drill>, RecordError> {
    let drills = every::<Drill>(book, |_| true).await?;
    Ok(drills.into_iter().rev().map(Stored::into_inner).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(name: &str, second: i64) -> Act {
        Act { by: StaffId::derive(&[name]), at: Timestamp::from_second(second).unwrap() }
    }

    fn drill() -> Drill {
        Drill {
            drill_id: "d".into(),
            scope: "partner|wallet-one".into(),
            story: "s".into(),
            started: act("aoki", 0),
            misses: 0,
            stage: Stage::Running,
        }
    }

    #[test]
    fn a_drill_measures_the_right_switch_and_counts_the_wrong_ones() {
        let mut drill = drill();
        assert!(matches!(
            drill.press(act("aoki", 5), "partner|wallet-one"),
            Err(DeskError::SamePerson)
        ));
        assert!(!drill.press(act("baba", 40), "partner|wallet-two").unwrap());
        assert_eq!(drill.secs_to_stop(), None);
        assert!(drill.press(act("baba", 95), "partner|wallet-one").unwrap());
        assert_eq!((drill.secs_to_stop(), drill.misses), (Some(95), 1));
        assert!(matches!(
            drill.press(act("chiba", 99), "partner|wallet-one"),
            Err(DeskError::Decided)
        ));
    }

    #[test]
    fn a_drill_ends_by_two_people_like_a_stop_in_earnest() {
        let mut drill = drill();
        assert!(matches!(drill.ask(act("baba", 1)), Err(DeskError::Decided)));
        drill.press(act("baba", 1), "partner|wallet-one").unwrap();
        drill.ask(act("baba", 2)).unwrap();
        assert!(matches!(drill.agree(act("baba", 3)), Err(DeskError::SamePerson)));
        drill.agree(act("aoki", 3)).unwrap();
        assert!(!drill.is_running());
        assert!(matches!(drill.call_off(act("aoki", 4)), Err(DeskError::Decided)));
        assert_eq!(drill.secs_to_stop(), Some(1));
    }
}
