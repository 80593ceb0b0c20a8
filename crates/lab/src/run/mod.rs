//! From what was asked for to a report: one world for each playbook, policy and start.

use std::{sync::Arc, thread};

use jiff::Timestamp;

use crate::{
    people::Town,
    playbook::{self, Playbook},
    policy::Policy,
    report::{Report, Run, Start},
    sim::{clock::SimClock, schedule::Schedule},
    world::{Mint, Plan, World},
};

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Playbooks by name; `all` for every one.
    pub playbooks: Vec<String>,
    /// Policies by name, one column each.
    pub policies: Vec<String>,
    /// The same seed gives the same report and the same trace.
    pub seed: u64,
    /// How many honest customers there are.
    pub customers: u32,
    /// On how many days they are about.
    pub days: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            playbooks: vec!["all".to_owned()],
            policies: Policy::ALL.map(|policy| policy.name().to_owned()).to_vec(),
            seed: 1,
            customers: 200,
            days: 40,
        }
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// No such playbook.
    #[error("no playbook is called {name}; there are: {known}")]
    UnknownPlaybook {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// No such policy.
    #[error("no policy is called {name}; there are: {known}")]
    UnknownPolicy {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// Too few people for a crime, or too few days for its calendar.
    #[error("at least {customers} customers and {days} days are needed")]
    TooSmall {
        /// The fewest customers.
        customers: u32,
        /// The fewest days.
        days: u32,
    },
    /// The world could not be built, or could not go on.
    #[error("the run with seed {seed} broke")]
    Broken {
        /// Its seed.
        seed: u64,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A playbook or policy that is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// As on the command line.
    pub name: &'static str,
    /// In one line.
    pub about: &'static str,
}

/// What can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Crimes.
    pub playbooks: Vec<Listed>,
    /// What the companies can be made to run.
    pub policies: Vec<Listed>,
}

/// Everything that is built; nothing that is not.
#[must_use]
pub fn list() -> Listing {
    let playbook = |p: &Playbook| Listed { name: p.name(), about: p.about() };
    let policy = |p: &Policy| Listed { name: p.name(), about: p.about() };
    Listing {
        playbooks: Playbook::ALL.iter().map(playbook).collect(),
        policies: Policy::ALL.iter().map(policy).collect(),
    }
}

/// One world to run.
#[derive(Clone, Copy, Debug)]
struct Job {
    playbook: Playbook,
    policy: Policy,
    start: Start,
}

/// The fewest customers that a crime needs around it.
const CUSTOMERS_MIN: u32 = 4;
/// The fewest days.
const DAYS_MIN: u32 = 3;

/// Runs what was asked for, each world on a thread of its own.
///
/// # Errors
///
/// [`LabError`]: unknown names, a town too small, or a world that broke. A bar that was missed is
/// no error: see [`Report::is_ok`].
pub fn run(options: &Options) -> Result<Report, LabError> {
    if options.customers < CUSTOMERS_MIN || options.days < DAYS_MIN {
        return Err(LabError::TooSmall { customers: CUSTOMERS_MIN, days: DAYS_MIN });
    }
    let jobs = jobs(options)?;
    let broken = |source: anyhow::Error| LabError::Broken {
        seed: options.seed,
        source: source.into_boxed_dyn_error(),
    };
    let companies = kanuki_demo::people::BANKS.len().saturating_add(1);
    let born = playbook::Calendar::of(options.days).start;
    let mint = Arc::new(Mint::strike(born, companies).map_err(broken)?);
    let runs = thread::scope(|scope| {
        let threads: Vec<_> = jobs
            .iter()
            .map(|job| {
                let mint = Arc::clone(&mint);
                scope.spawn(move || run_one(options, *job, job.policy.bank_rules(), mint))
            })
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, anyhow::Result<Run>>| {
            thread.join().unwrap_or_else(|_| anyhow::bail!("a world panicked"))
        };
        threads.into_iter().map(join).collect::<anyhow::Result<Vec<Run>>>()
    });
    Ok(Report { runs: runs.map_err(broken)? })
}

fn jobs(options: &Options) -> Result<Vec<Job>, LabError> {
    let mut playbooks = Vec::new();
    for name in &options.playbooks {
        if name == "all" {
            playbooks.extend(Playbook::ALL);
        } else {
            playbooks.push(Playbook::parse(name).ok_or_else(|| LabError::UnknownPlaybook {
                name: name.clone(),
                known: Playbook::ALL.map(Playbook::name).join(", "),
            })?);
        }
    }
    let mut jobs = Vec::new();
    for playbook in playbooks {
        for name in &options.policies {
            let policy = Policy::parse(name).ok_or_else(|| LabError::UnknownPolicy {
                name: name.clone(),
                known: Policy::ALL.map(Policy::name).join(", "),
            })?;
            jobs.extend(policy.starts().iter().map(|&start| Job { playbook, policy, start }));
        }
    }
    Ok(jobs)
}

/// Builds one world and lets it run to its end.
///
/// The runtime has neither timers nor sockets: whoever reaches for one panics, and the run fails
/// loudly instead of differing quietly.
fn run_one(
    options: &Options,
    job: Job,
    bank_rules: Arc<dyn kanuki_bank::Rules>,
    mint: Arc<Mint>,
) -> anyhow::Result<Run> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let calendar = playbook::Calendar::of(options.days);
        let clock = Arc::new(SimClock::starting(calendar.start));
        let mut schedule = Schedule::new(Arc::clone(&clock));
        let plan = Plan {
            seed: options.seed,
            policy: job.policy,
            bank_rules,
            town: Town::of(options.seed, options.customers),
            start: calendar.start,
            halt: calendar.halt,
            mint,
        };
        let world = std::rc::Rc::new(World::build(plan, schedule.bed(), clock).await?);
        let staged = job.playbook.stage(&world, job.start, &calendar);
        schedule.run(calendar.end, &*world).await;
        staged.judge(&world, options, &calendar).await
    })
}

/// `2026-08-16` for the day of `at` in Japan.
pub(crate) fn day_text(at: Timestamp) -> String {
    crate::sim::clock::japan(at).date().to_string()
}

#[cfg(test)]
mod tests;
