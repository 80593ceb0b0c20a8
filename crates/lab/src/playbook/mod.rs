//! Crimes: who knows what, what they try, and how the run is judged.

mod calendar;
mod docomo_2020;
mod judge;

use std::rc::Rc;

use crate::{
    honest,
    report::{Run, Start},
    run::Options,
    world::World,
};
pub(crate) use calendar::Calendar;

/// A playbook by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Playbook {
    /// The incident itself.
    Docomo2020,
}

impl Playbook {
    /// Every playbook that is built.
    pub(crate) const ALL: [Self; 1] = [Self::Docomo2020];

    /// As on the command line and in reports.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Docomo2020 => "docomo-2020",
        }
    }

    /// In one line.
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Docomo2020 => {
                "a leaked list of accounts and PINs, a throwaway wallet each, four debits in a minute"
            }
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|playbook| playbook.name() == name)
    }

    /// Puts everyone into the world: honest people, victims who watch, and the thief.
    pub(crate) fn stage(self, world: &Rc<World>, start: Start, calendar: &Calendar) -> Staged {
        honest::stage(world, calendar);
        let crime = match self {
            Self::Docomo2020 => docomo_2020::stage(world, start, calendar),
        };
        Staged { playbook: self, start, crime }
    }
}

/// A crime as it was drawn from the seed.
#[derive(Clone, Debug)]
pub(crate) struct Crime {
    /// The variant in words.
    pub(crate) variant: String,
    /// Why no more than so much can be lost from a victim; empty from outside.
    pub(crate) bounded_by: String,
    /// What one victim lost under `2020` at the least and at the most: the crime's shape.
    pub(crate) shape: Option<(kanuki_domain::Yen, kanuki_domain::Yen)>,
    /// Where messages to those whom the thief is after arrive.
    pub(crate) watched: Vec<String>,
}

/// A world that is ready to run.
#[derive(Debug)]
pub(crate) struct Staged {
    playbook: Playbook,
    start: Start,
    crime: Crime,
}

impl Staged {
    /// What became of it.
    pub(crate) async fn judge(
        self,
        world: &World,
        options: &Options,
        calendar: &Calendar,
    ) -> anyhow::Result<Run> {
        judge::judge(world, &self, options, calendar).await
    }
}
