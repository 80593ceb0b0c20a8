//! What each control is worth, in yen: `default` is played again and again, each time without one of
//! its controls, or without two that stand behind one another.
//!
//! What is stolen then and was not stolen before is what the control kept. A control without which
//! nothing more is stolen anywhere is questioned: it is not needed, or no playbook tries it.

mod html;
mod print;

use std::collections::BTreeMap;

use kanuki_domain::Yen;
use kanuki_risk::meant;

use crate::{
    policy::{Changes, Control, Policy},
    report::{Run, Start},
    run::{Job, LabError, Options, jobs, run_each},
};

/// Controls by name that are taken away together, and by which crimes this is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// One control, or two that stand behind one another.
    pub off: Vec<String>,
    /// Playbooks by name; `all` for every one.
    pub playbooks: Vec<String>,
}

impl Trial {
    /// Every control and every pair, tried by all of these playbooks.
    #[must_use]
    pub fn all(playbooks: &[String]) -> Vec<Self> {
        let one = |off: Vec<Control>| Self {
            off: off.iter().map(|control| control.name().to_owned()).collect(),
            playbooks: playbooks.to_vec(),
        };
        let singles = Control::ALL.into_iter().map(|control| one(vec![control]));
        let pairs = Control::PAIRS.into_iter().map(|(a, b)| one(vec![a, b]));
        singles.chain(pairs).collect()
    }
}

/// One crime, with the controls and without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theft {
    /// Which crime.
    pub playbook: String,
    /// Where the thief started.
    pub start: Start,
    /// Yen lost under `default`.
    pub with: Yen,
    /// Yen lost without the controls.
    pub without: Yen,
}

impl Theft {
    /// What the controls kept.
    #[must_use]
    pub fn kept(&self) -> Yen {
        self.without.minus_or_zero(self.with)
    }
}

/// What happened without some controls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Without {
    /// Which controls were taken away.
    pub off: Vec<String>,
    /// What they do, in the same order.
    pub about: Vec<String>,
    /// Every crime that was tried, in the order of the list.
    pub thefts: Vec<Theft>,
}

impl Without {
    /// What was stolen in all that was not stolen before.
    #[must_use]
    pub fn kept(&self) -> Yen {
        let sum = |sum: Yen, theft: &Theft| sum.plus(theft.kept()).unwrap_or(Yen::MAX);
        self.thefts.iter().fold(Yen::ZERO, sum)
    }

    /// Where it shows, the most first.
    #[must_use]
    pub fn shows(&self) -> Vec<&Theft> {
        let mut shows: Vec<&Theft> = self.thefts.iter().filter(|t| !t.kept().is_zero()).collect();
        shows.sort_by_key(|theft| std::cmp::Reverse(theft.kept()));
        shows
    }
}

/// What a control turned out to be worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Worth {
    /// Alone it keeps money.
    Alone,
    /// Another one stands behind it: only without both, money is lost that neither loses alone.
    Behind(String),
    /// Nothing more is lost without it.
    Questioned,
}

/// The whole table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ablation {
    /// The seed of every run.
    pub seed: u64,
    /// Honest customers in each world.
    pub customers: u32,
    /// Days on which they were about.
    pub days: u32,
    /// How many holders in a hundred acted on a notice.
    pub answers: u32,
    /// Row by row: single controls, then pairs.
    pub rows: Vec<Without>,
}

impl Ablation {
    /// What a row's controls turned out to be worth.
    #[must_use]
    pub fn worth(&self, row: &Without) -> Worth {
        if !row.kept().is_zero() {
            return Worth::Alone;
        }
        let [control] = row.off.as_slice() else { return Worth::Questioned };
        let behind = self.rows.iter().find_map(|pair| {
            let [a, b] = pair.off.as_slice() else { return None };
            let other = if a == control { b } else { a };
            let is_meant = a == control || b == control;
            // What the other one keeps alone has to be known: else it is its own worth that shows.
            let alone = self.rows.iter().find(|row| row.off.as_slice() == [other.clone()])?;
            (is_meant && pair.kept() > alone.kept()).then(|| other.clone())
        });
        behind.map_or(Worth::Questioned, Worth::Behind)
    }

    /// True if no control is questioned.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        let singles = self.rows.iter().filter(|row| row.off.len() == 1);
        singles.into_iter().all(|row| self.worth(row) != Worth::Questioned)
    }
}

/// Plays every trial, and `default` beside it.
///
/// # Errors
///
/// [`LabError`]: unknown names, a town too small, or a world that broke.
pub fn ablate(options: &Options, trials: &[Trial]) -> Result<Ablation, LabError> {
    let options = Options { policies: vec![Policy::Default.name().to_owned()], ..options.clone() };
    let mut all: BTreeMap<(String, Start, Changes), Job> = BTreeMap::new();
    let mut wanted = Vec::new();
    for trial in trials {
        let off = off(trial)?;
        let mut of_trial = Vec::new();
        for job in jobs(&Options { playbooks: trial.playbooks.clone(), ..options.clone() })? {
            let key = |off: &Changes| (job.scenario.id.clone(), job.start, off.clone());
            of_trial.push((job.scenario.id.clone(), job.start));
            let ablated = Job { changes: off.clone(), ..job.clone() };
            all.insert(key(&off), ablated);
            all.insert(key(&Changes::default()), job);
        }
        wanted.push((trial, off, of_trial));
    }
    let jobs: Vec<Job> = all.values().cloned().collect();
    let lost = run_each(&options, &jobs, |run| lost_in(&run))?;
    let lost: BTreeMap<_, Yen> = all.into_keys().zip(lost).collect();
    let row = |(trial, off, of_trial): (&Trial, Changes, Vec<(String, Start)>)| {
        let theft = |(playbook, start): (String, Start)| {
            let of = |off: &Changes| {
                lost.get(&(playbook.clone(), start, off.clone())).copied().unwrap_or(Yen::ZERO)
            };
            let (with, without) = (of(&Changes::default()), of(&off));
            Theft { playbook, start, with, without }
        };
        let about = trial.off.iter().filter_map(|name| Control::parse(name));
        Without {
            off: trial.off.clone(),
            about: about.map(|control| control.about().to_owned()).collect(),
            thefts: of_trial.into_iter().map(theft).collect(),
        }
    };
    let rows = wanted.into_iter().map(row).collect();
    let Options { seed, customers, days, answers, .. } = options;
    Ok(Ablation { seed, customers, days, answers, rows })
}

/// Money that came back was missing all the same, and a company's own is money too.
fn lost_in(run: &Run) -> Yen {
    let gone = run.loss.peak_missing.max(run.loss.yen_lost);
    gone.plus(run.loss.unbacked).unwrap_or(Yen::MAX)
}

fn off(trial: &Trial) -> Result<Changes, LabError> {
    let parse = |name: &String| {
        Control::parse(name).ok_or_else(|| LabError::UnknownControl {
            name: name.clone(),
            hint: meant(name, Control::ALL.map(Control::name)),
        })
    };
    Ok(Changes::without(trial.off.iter().map(parse).collect::<Result<Vec<_>, _>>()?))
}
