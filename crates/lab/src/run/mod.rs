//! From what was asked for to a report: one world for each playbook, policy and start.

mod spread;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_risk::meant;

use crate::{
    people::{CUSTOMERS_MAX, Town},
    playbook::{self, ALL, Playbook, Scenario, ScenarioError, Staged},
    policy::{Changes, Policy, PolicyFile},
    report::{Report, Run, Start},
    sim::{clock::SimClock, schedule::Schedule},
    target::TargetError,
    world::{COMPANIES, Mint, Plan, Tamper, World},
};
pub(crate) use spread::spread;
use spread::spread_by;

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Playbooks by name; `all` for every one.
    pub playbooks: Vec<String>,
    /// Policies by name, or by the file that one of `files` was read from; one column each.
    pub policies: Vec<String>,
    /// Policies of one's own.
    pub files: Vec<PolicyFile>,
    /// The same seed gives the same report and the same trace.
    pub seed: u64,
    /// How many honest customers there are, and as many who have an account and no wallet.
    pub customers: u32,
    /// Whether a playbook is played among no more honest customers than its file asks for. Those whom
    /// thieves are after are as many as ever.
    pub is_fitted: bool,
    /// On how many days they are about.
    pub days: u32,
    /// How many holders in a hundred act on a notice.
    pub answers: u32,
    /// Whether things go wrong between companies, on disks and with clocks while the attack lasts.
    pub faults: bool,
    /// Whether honest customers go about their days around the attack. Where only money is asked for,
    /// worlds without them are quicker.
    pub crowd: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            playbooks: vec!["all".to_owned()],
            policies: Policy::ALL.map(|policy| policy.name().to_owned()).to_vec(),
            files: Vec::new(),
            seed: 1,
            customers: 200,
            is_fitted: true,
            days: 40,
            answers: 20,
            faults: false,
            crowd: true,
        }
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// No such playbook.
    #[error("no playbook is called {name}; {hint}")]
    UnknownPlaybook {
        /// What was asked for.
        name: String,
        /// The nearest name, or all of them.
        hint: String,
    },
    /// No such policy.
    #[error("no policy is called {name}, and it is no file that ends in .toml; {hint}")]
    UnknownPolicy {
        /// What was asked for.
        name: String,
        /// The nearest name, or all of them.
        hint: String,
    },
    /// Two columns would have one name.
    #[error("two policies are called {name}; give each its own `name`")]
    TwoPolicies {
        /// That name.
        name: String,
    },
    /// No such control.
    #[error("no control is called {name}; {hint}")]
    UnknownControl {
        /// What was asked for.
        name: String,
        /// The nearest name, or all of them.
        hint: String,
    },
    /// What was asked for is played under none of the policies that were asked for.
    #[error(
        "nothing would be played: {playbooks} under {policies}; `kanuki lab list` says under which each is played"
    )]
    Nothing {
        /// What was asked for.
        playbooks: String,
        /// Under which policies.
        policies: String,
    },
    /// No pair to play against.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A scenario file that is built in cannot be read.
    #[error("a scenario file is wrong")]
    Scenario(#[from] ScenarioError),
    /// Too few people for a crime, or too few days for its calendar.
    #[error("at least {customers} customers and {days} days are needed")]
    TooSmall {
        /// The fewest customers.
        customers: u32,
        /// The fewest days.
        days: u32,
    },
    /// More days than a world holds: cards and keys end.
    #[error("a run is of {most} days at most")]
    TooLong {
        /// The most.
        most: u32,
    },
    /// More people than there are account numbers for.
    #[error("there are account numbers for {most} {whom} at most; ask for fewer")]
    TooLarge {
        /// The most.
        most: u32,
        /// Customers or accounts.
        whom: &'static str,
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

/// A policy that is built.
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
    pub playbooks: Vec<Scenario>,
    /// What the companies can be made to run.
    pub policies: Vec<Listed>,
}

/// Everything that is built; nothing that is not.
///
/// # Errors
///
/// [`ScenarioError`] if a scenario file that is built in cannot be read.
pub fn list() -> Result<Listing, ScenarioError> {
    let policy = |p: &Policy| Listed { name: p.name(), about: p.about() };
    Ok(Listing {
        playbooks: ALL.iter().map(Playbook::scenario).collect::<Result<_, _>>()?,
        policies: Policy::ALL.iter().map(policy).collect(),
    })
}

/// One world to run.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) playbook: &'static Playbook,
    pub(crate) scenario: Arc<Scenario>,
    pub(crate) policy: Policy,
    pub(crate) start: Start,
    /// How what the companies run differs from that.
    pub(crate) changes: Changes,
    /// The file that says so, if one does.
    pub(crate) file: Option<Arc<PolicyFile>>,
}

impl Job {
    /// Honest customers around this one.
    fn crowd(&self, options: &Options) -> u32 {
        if options.is_fitted {
            options.customers.min(self.scenario.crowd)
        } else {
            options.customers
        }
    }
}

/// A policy that was asked for, by its name or as a file.
type Asked = (Policy, Changes, Option<Arc<PolicyFile>>);

/// What was asked for by these names; each once.
fn asked(options: &Options) -> Result<Vec<Asked>, LabError> {
    let one = |name: &String| -> Result<Asked, LabError> {
        if let Some(policy) = Policy::parse(name) {
            return Ok((policy, Changes::default(), None));
        }
        let file = options.files.iter().find(|file| file.file == *name);
        let file = file.ok_or_else(|| LabError::UnknownPolicy {
            name: name.clone(),
            hint: meant(name, Policy::ALL.map(Policy::name)),
        })?;
        Ok((file.from, file.changes.clone(), Some(Arc::new(file.clone()))))
    };
    let mut met = BTreeSet::new();
    let named = options.policies.iter().filter(|name| met.insert(name.as_str()));
    let asked: Vec<Asked> = named.map(one).collect::<Result<_, _>>()?;
    let mut taken = BTreeSet::new();
    for file in asked.iter().filter_map(|(_, _, file)| file.as_ref()) {
        if !taken.insert(file.name.as_str()) {
            return Err(LabError::TwoPolicies { name: file.name.clone() });
        }
    }
    Ok(asked)
}

/// The fewest customers that a crime needs around it.
pub(crate) const CUSTOMERS_MIN: u32 = 4;
/// The fewest days.
const DAYS_MIN: u32 = 3;
/// The most.
const DAYS_MAX: u32 = 365;

/// Runs what was asked for, each world on a thread of its own.
///
/// # Errors
///
/// [`LabError`]: unknown names, a town too small, or a world that broke. A bar that was missed is
/// no error: see [`Report::is_ok`].
pub fn run(options: &Options) -> Result<Report, LabError> {
    run_telling(options, &|_| ())
}

/// The same; `tell` hears of each world that is over, from whichever thread it ended on.
///
/// # Errors
///
/// As [`run`].
pub fn run_telling(
    options: &Options,
    tell: &(dyn Fn(&Progress) + Sync),
) -> Result<Report, LabError> {
    let jobs = jobs(options)?;
    let progress =
        Mutex::new(Progress { done: 0, of: jobs.len(), lost: Yen::ZERO, last: String::new() });
    let runs = run_each(options, &jobs, |run| {
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.done = progress.done.saturating_add(1);
        progress.lost = progress.lost.plus(run.loss.yen_lost).unwrap_or(Yen::MAX);
        progress.last = format!("{}, {}", run.playbook, run.title());
        tell(&progress);
        run
    })?;
    Ok(Report { runs })
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Worlds that are over.
    pub done: usize,
    /// Of how many.
    pub of: usize,
    /// What was lost in all of these.
    pub lost: Yen,
    /// The one that ended last: its playbook, policy and start.
    pub last: String,
}

/// Runs these worlds, and keeps of each what `keep` takes: a trace is long.
pub(crate) fn run_each<R: Send>(
    options: &Options,
    jobs: &[Job],
    keep: impl Fn(Run) -> R + Sync,
) -> Result<Vec<R>, LabError> {
    let mint = mint(options)?;
    let one = |job: &Job| run_one(options, job, Arc::clone(&mint)).map(&keep);
    let runs = spread_by(jobs, |job| job.crowd(options), one)
        .map_err(|error| broken(options.seed, error))?;
    runs.into_iter().collect::<Result<_, _>>().map_err(|error| broken(options.seed, error))
}

pub(crate) fn broken(seed: u64, source: anyhow::Error) -> LabError {
    LabError::Broken { seed, source: source.into_boxed_dyn_error() }
}

/// The keys of a run, made once for all its worlds.
pub(crate) fn mint(options: &Options) -> Result<Arc<Mint>, LabError> {
    let companies = kanuki_demo::people::BANKS.len().saturating_add(COMPANIES.len());
    let born = playbook::Calendar::of(options.days).start;
    Mint::of(born, companies).map_err(|error| broken(options.seed, error))
}

/// What was asked for, world by world, in the order of the report.
pub(crate) fn jobs(options: &Options) -> Result<Vec<Job>, LabError> {
    if options.customers < CUSTOMERS_MIN || options.days < DAYS_MIN {
        return Err(LabError::TooSmall { customers: CUSTOMERS_MIN, days: DAYS_MIN });
    }
    if options.days > DAYS_MAX {
        return Err(LabError::TooLong { most: DAYS_MAX });
    }
    if options.customers > CUSTOMERS_MAX {
        return Err(LabError::TooLarge { most: CUSTOMERS_MAX, whom: "customers" });
    }
    let known: Vec<(&'static Playbook, Arc<Scenario>)> = ALL
        .iter()
        .map(|playbook| Ok((playbook, Arc::new(playbook.scenario()?))))
        .collect::<Result<_, ScenarioError>>()?;
    let policies = asked(options)?;
    let mut jobs = Vec::new();
    let mut met = BTreeSet::new();
    for name in &options.playbooks {
        let is_meant = |scenario: &Scenario| name == "all" || scenario.id == *name;
        if !known.iter().any(|(_, scenario)| is_meant(scenario)) {
            let ids = known.iter().map(|(_, scenario)| scenario.id.as_str());
            return Err(LabError::UnknownPlaybook { name: name.clone(), hint: meant(name, ids) });
        }
        for (playbook, scenario) in known.iter().filter(|(_, scenario)| is_meant(scenario)) {
            if !met.insert(scenario.id.clone()) {
                continue;
            }
            for (policy, changes, file) in &policies {
                if !scenario.policies.iter().any(|name| name == policy.name()) {
                    continue;
                }
                let starts = policy.starts(&scenario.starts).into_iter();
                jobs.extend(starts.map(|start| Job {
                    playbook,
                    scenario: Arc::clone(scenario),
                    policy: *policy,
                    start,
                    changes: changes.clone(),
                    file: file.clone(),
                }));
            }
        }
    }
    if jobs.is_empty() {
        let (playbooks, policies) = (options.playbooks.join(", "), options.policies.join(", "));
        return Err(LabError::Nothing { playbooks, policies });
    }
    Ok(jobs)
}

/// Builds one world and lets it run to its end.
///
/// The runtime has neither timers nor sockets: whoever reaches for one panics, and the run fails
/// loudly instead of differing quietly.
pub(crate) fn run_one(options: &Options, job: &Job, mint: Arc<Mint>) -> anyhow::Result<Run> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let calendar = playbook::Calendar::of(options.days);
        let clock = Arc::new(SimClock::starting(calendar.start));
        let mut schedule = Schedule::new(Arc::clone(&clock));
        let crowd = job.crowd(options);
        let mut town = Town::with(options.seed, crowd, options.customers);
        (job.playbook.prepare)(&mut town, options.seed);
        let plan = Plan {
            seed: options.seed,
            policy: job.policy,
            changes: job.changes.clone(),
            town,
            start: calendar.start,
            halt: calendar.halt,
            mint,
            answers: options.answers,
            faults_until: options.faults.then_some(calendar.attack_end),
            tamper: Tamper::default(),
        };
        let world = std::rc::Rc::new(World::build(plan, schedule.bed(), clock).await?);
        let crime = job.playbook.stage(&world, job.start, &calendar, options.crowd);
        schedule.run(calendar.end, &*world).await;
        let staged = Staged {
            scenario: &job.scenario,
            start: job.start,
            crime: &crime,
            file: job.file.as_deref(),
        };
        let options = Options { customers: crowd, ..options.clone() };
        playbook::judge(&world, staged, &options, &calendar).await
    })
}

/// `2026-08-16` for the day of `at` in Japan.
pub(crate) fn day_text(at: Timestamp) -> String {
    crate::sim::clock::japan(at).date().to_string()
}

#[cfg(test)]
mod tests;
