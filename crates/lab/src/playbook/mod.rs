//! Crimes: who knows what, what they try, and how the run is judged.
//!
//! A playbook is a scenario file, a way to put its thief into the world, and where the town must
//! have somebody of a certain kind, a way to see to that. `docs/adding-an-attack.md` says how to add
//! one.

mod calendar;
mod caps;
mod company;
mod desk;
mod docomo_2020;
mod guess;
pub(crate) mod hands;
mod judge;
mod list;
mod plan;
mod probe;
mod rogue_bank;
mod scenario;
mod shops;
mod stolen_phone;
mod synced;
pub(crate) mod thief;
mod tired;
mod trust;
mod wire;

use std::rc::Rc;

use crate::{
    honest,
    people::Town,
    policy::PolicyFile,
    report::{Run, Start},
    run::Options,
    world::World,
};
pub(crate) use calendar::Calendar;
pub(crate) use judge::{for_the_honest, is_answered_at, met_by_thieves};
pub(crate) use list::ALL;
pub use scenario::{Bound, Meeting, Scenario, ScenarioError};
pub(crate) use stolen_phone::forged_account;
pub(crate) use thief::NOT_TRIED;

/// One crime that can be played.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Playbook {
    /// Its scenario file.
    pub(crate) text: &'static str,
    /// Sees to it that the town has whom the crime needs.
    pub(crate) prepare: fn(&mut Town, u64),
    /// Puts its thief into the world.
    pub(crate) stage: fn(&Rc<World>, Start, &Calendar) -> Crime,
}

impl Playbook {
    /// What it is, in words.
    pub(crate) fn scenario(&self) -> Result<Scenario, ScenarioError> {
        Scenario::parse(self.text)
    }

    /// Puts everyone into the world: honest people, victims who watch, and the thief.
    pub(crate) fn stage(
        &self,
        world: &Rc<World>,
        start: Start,
        calendar: &Calendar,
        has_crowd: bool,
    ) -> Crime {
        if has_crowd {
            honest::stage(world, calendar);
        }
        honest::watch(world, calendar);
        (self.stage)(world, start, calendar)
    }
}

/// A crime as it was drawn from the seed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crime {
    /// The variant in words.
    pub(crate) variant: String,
    /// What one victim lost under `2020` at the least and at the most: the crime's shape.
    pub(crate) shape: Option<(kanuki_domain::Yen, kanuki_domain::Yen)>,
    /// Where messages to those whom the thief is after arrive.
    pub(crate) watched: Vec<String>,
}

/// A crime that was put into a world, and what that world runs if a file says so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Staged<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) start: Start,
    pub(crate) crime: &'a Crime,
    pub(crate) file: Option<&'a PolicyFile>,
}

/// What became of a crime that was staged.
pub(crate) async fn judge(
    world: &World,
    staged: Staged<'_>,
    options: &Options,
    calendar: &Calendar,
) -> anyhow::Result<Run> {
    judge::judge(world, staged, options, calendar).await
}
