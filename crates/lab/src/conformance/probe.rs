//! One observation: a pair of companies is started, people and thieves use it, and what they saw is
//! the evidence.
//!
//! Every probe has a control that can be turned off. The same probe on a pair without that control
//! must find it missing; otherwise it would prove nothing about a pair that has it.

use std::{cell::RefCell, future::Future, pin::Pin, rc::Rc, sync::Arc};

use kanuki_domain::{Yen, mandate::later};

use super::scene::Scene;
use crate::{
    browser::WebError,
    people::Town,
    playbook::Calendar,
    policy::{self, Policy},
    sim::{clock::SimClock, schedule::Schedule},
    world::{Mint, Plan, Tamper, World},
};

/// The seed of every pair: what is found does not depend on it, and the same is found again.
pub(crate) const SEED: u64 = 8;
/// Which of the lab's calendars: it begins some days before the end of a month.
pub(crate) const CALENDAR_DAYS: u32 = 5;
/// How many customers, and how many holders without a wallet, each pair has.
const PEOPLE: u32 = 4;
/// What everybody has on the account.
const OPENING: Yen = Yen::of(1_000_000);
/// A probe that takes longer than this has lost its way.
const DAYS_MAX: u32 = 60;
/// How far the clock goes before somebody looks whether the probe is done, in seconds.
const STRIDE_SECS: i64 = 6 * 3_600;

/// Why a probe did not see what it looked for.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It saw the opposite.
    Broken(String),
    /// It did not get far enough to see anything.
    Lost(String),
}

impl From<WebError> for Fault {
    fn from(error: WebError) -> Self {
        Self::Lost(error.to_string())
    }
}

impl From<anyhow::Error> for Fault {
    fn from(error: anyhow::Error) -> Self {
        Self::Lost(format!("{error:#}"))
    }
}

/// What was seen, in a sentence, or why not.
pub(crate) type Seen = Result<String, Fault>;
/// A probe at work.
pub(crate) type Observing = Pin<Box<dyn Future<Output = Seen>>>;

/// The evidence if `holds`, otherwise what was seen in its place.
pub(crate) fn seen(holds: bool, evidence: impl Into<String>, otherwise: &str) -> Seen {
    if holds { Ok(evidence.into()) } else { Err(Fault::Broken(otherwise.to_owned())) }
}

/// A control that is turned off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Off {
    /// What is off, or what the company does in its place.
    pub(crate) about: &'static str,
    /// Turns it off.
    pub(crate) apply: fn(&mut Plan),
}

/// One observation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probe {
    /// Its name.
    pub(crate) id: &'static str,
    /// What it does and sees.
    pub(crate) observe: fn(Scene) -> Observing,
    /// The control without which it sees the opposite.
    pub(crate) off: Off,
}

impl Probe {
    /// Starts a pair, without the control if `is_off`, and lets the probe look at it.
    pub(crate) fn run(&self, is_off: bool, mint: &Arc<Mint>) -> anyhow::Result<Seen> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(async {
            let start = Calendar::of(CALENDAR_DAYS).start;
            let clock = Arc::new(SimClock::starting(start));
            let mut schedule = Schedule::new(Arc::clone(&clock));
            let mut plan = plan(mint);
            if is_off {
                (self.off.apply)(&mut plan);
            }
            let world = Rc::new(World::build(plan, schedule.bed(), clock).await?);
            let told = Rc::new(RefCell::new(None));
            let (scene, tells) = (Scene::of(&world)?, Rc::clone(&told));
            let observing = (self.observe)(scene);
            world.bed.spawn(start, async move {
                let found = observing.await;
                *tells.borrow_mut() = Some(found);
            });
            let end = later(start, i64::from(DAYS_MAX).saturating_mul(86_400));
            while told.borrow().is_none() && world.now() < end {
                schedule.run(later(world.now(), STRIDE_SECS), &*world).await;
            }
            let found = told.borrow_mut().take();
            Ok(found.unwrap_or_else(|| Err(Fault::Lost("it came to no end".to_owned()))))
        })
    }
}

/// A pair as it ships, with a small town.
pub(super) fn plan(mint: &Arc<Mint>) -> Plan {
    let calendar = Calendar::of(CALENDAR_DAYS);
    let mut town = Town::of(SEED, PEOPLE);
    let everyone = [&mut town.customers, &mut town.bystanders, &mut town.accomplices];
    for person in everyone.into_iter().flatten() {
        person.opening = OPENING;
    }
    Plan {
        seed: SEED,
        policy: Policy::Default,
        changes: policy::Changes::default(),
        town,
        start: calendar.start,
        halt: calendar.halt,
        mint: Arc::clone(mint),
        answers: 0,
        faults_until: None,
        tamper: Tamper::default(),
    }
}
