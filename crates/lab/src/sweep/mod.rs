//! The promises over many seeds and rates of answered notices: one world proves little, and what one
//! victim may lose holds in each of them.
//!
//! What honest people met is added up over all worlds of a rate, because a handful of people in one of
//! them say nothing about half a percent.

mod print;

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use kanuki_domain::Yen;

use crate::{
    playbook::for_the_honest,
    policy::Policy,
    report::{Bar, Friction, Run, Start},
    run::{Job, LabError, Options, broken, jobs, mint, run_one, spread},
};

/// One crime from one start, in every world that was played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// The most that one victim may lose; nothing where no bound is stated.
    pub bound: Yen,
    /// Worlds.
    pub worlds: u64,
    /// The most that one victim lost, by how many in a hundred act on a notice.
    pub most: BTreeMap<u32, Yen>,
    /// Worlds in which the thief did not come as far as every wall that the scenario names.
    pub short: u64,
    /// Promises that were broken, each with its seed and rate.
    pub broken: Vec<String>,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The first and the last seed.
    pub seeds: (u64, u64),
    /// Honest customers in each world, if they were about.
    pub customers: u32,
    /// Days on which they were about.
    pub days: u32,
    /// By crime and start.
    pub rows: BTreeMap<(String, Start), Swept>,
    /// What honest people met, by rate, over all worlds, and the bars for them.
    pub honest: BTreeMap<u32, (Friction, Vec<Bar>)>,
}

impl Sweep {
    /// True if every promise was kept in every world, and every crime came as far as its walls in some.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        let is_kept = |row: &Swept| row.broken.is_empty() && row.short < row.worlds;
        let is_met = |(_, bars): &(Friction, Vec<Bar>)| bars.iter().all(|bar| bar.is_met);
        self.rows.values().all(is_kept) && self.honest.values().all(is_met)
    }
}

/// From where thieves start who can start from outside and inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starts {
    /// From both, with every seed.
    Both,
    /// From outside with odd seeds, inside with even ones: half the worlds.
    InTurn,
}

impl Starts {
    fn has(self, job: &Job, seed: u64) -> bool {
        let is_inside = job.start == Start::Inside;
        self == Self::Both || job.scenario.starts.len() < 2 || is_inside == seed.is_multiple_of(2)
    }
}

/// What is kept of one world.
struct Kept {
    start: Start,
    playbook: String,
    lost: Yen,
    is_short: bool,
    broken: Vec<String>,
    honest: Friction,
}

/// Plays these playbooks under `default` with every seed and at each rate of answered notices.
///
/// # Errors
///
/// [`LabError`]: unknown names, a town too small, or a world that broke.
pub fn sweep(
    options: &Options,
    (seeds, starts): (RangeInclusive<u64>, Starts),
    rates: &[u32],
) -> Result<Sweep, LabError> {
    let options = Options { policies: vec![Policy::Default.name().to_owned()], ..options.clone() };
    let mint = mint(&options)?;
    let jobs = jobs(&options)?;
    let mut worlds: Vec<(Options, &Job)> = Vec::new();
    for seed in seeds.clone() {
        for answers in rates {
            let with = |job| (Options { seed, answers: *answers, ..options.clone() }, job);
            worlds.extend(jobs.iter().filter(|job| starts.has(job, seed)).map(with));
        }
    }
    let one = |(options, job): &(Options, &Job)| -> Result<Kept, LabError> {
        let run = run_one(options, job, Arc::clone(&mint));
        run.map(|run| kept(&run, options)).map_err(|error| broken(options.seed, error))
    };
    let played = spread(&worlds, one).map_err(|error| broken(*seeds.start(), error))?;
    let mut swept = Sweep {
        seeds: (*seeds.start(), *seeds.end()),
        customers: if options.crowd { options.customers } else { 0 },
        days: options.days,
        rows: BTreeMap::new(),
        honest: BTreeMap::new(),
    };
    for ((options, job), kept) in worlds.iter().zip(played) {
        swept.add(kept?, options, job);
    }
    if options.crowd {
        for (friction, bars) in swept.honest.values_mut() {
            *bars = for_the_honest(friction);
        }
    }
    Ok(swept)
}

fn kept(run: &Run, options: &Options) -> Kept {
    let missed: Vec<&Bar> = run.bars.iter().filter(|bar| !bar.is_met).collect();
    let (walls, promises): (Vec<&Bar>, Vec<&Bar>) =
        missed.into_iter().partition(|bar| bar.wanted.starts_with("the thief is answered"));
    let about_money = |bar: &&Bar| bar.wanted.starts_with("no ");
    let told = promises.into_iter().filter(about_money);
    let told = told.map(|bar| format!("{}, but {}", bar.wanted, bar.measured));
    let with = |what: String| format!("seed {}, {} %: {what}", options.seed, options.answers);
    Kept {
        start: run.start,
        playbook: run.playbook.clone(),
        lost: run.loss.per_victim.1,
        is_short: !walls.is_empty(),
        broken: told.chain(run.findings.iter().cloned()).map(with).collect(),
        honest: run.honest.clone(),
    }
}

impl Sweep {
    fn add(&mut self, kept: Kept, options: &Options, job: &Job) {
        let row = self.rows.entry((kept.playbook, kept.start)).or_default();
        row.bound = job.scenario.bound_from(kept.start).map(|b| b.most).unwrap_or_default();
        row.worlds = row.worlds.saturating_add(1);
        row.short = row.short.saturating_add(u64::from(kept.is_short));
        row.broken.extend(kept.broken);
        let most = row.most.entry(options.answers).or_default();
        *most = (*most).max(kept.lost);
        if options.crowd {
            let (sum, _) = self.honest.entry(options.answers).or_default();
            add(sum, &kept.honest);
        }
    }
}

/// The worst median counts, not the median of medians.
fn add(sum: &mut Friction, one: &Friction) {
    let of = |a: &mut u64, b: u64| *a = a.saturating_add(b);
    of(&mut sum.requests, one.requests);
    of(&mut sum.declined, one.declined);
    of(&mut sum.challenged, one.challenged);
    of(&mut sum.held, one.held);
    of(&mut sum.contacts, one.contacts);
    of(&mut sum.links_begun, one.links_begun);
    of(&mut sum.links_made, one.links_made);
    of(&mut sum.people, one.people);
    of(&mut sum.people_hindered, one.people_hindered);
    of(&mut sum.waited, one.waited);
    sum.held_s_p50 = sum.held_s_p50.max(one.held_s_p50);
    for (kind, one) in &one.by_kind {
        let sum = sum.by_kind.entry(kind.clone()).or_default();
        of(&mut sum.requests, one.requests);
        of(&mut sum.declined, one.declined);
        of(&mut sum.challenged, one.challenged);
        of(&mut sum.held, one.held);
        of(&mut sum.waited, one.waited);
        sum.wait_s_p50 = sum.wait_s_p50.max(one.wait_s_p50);
        sum.wait_s_max = sum.wait_s_max.max(one.wait_s_max);
    }
    for (route, one) in &one.by_route {
        let sum = sum.by_route.entry(route.clone()).or_default();
        of(&mut sum.links_begun, one.links_begun);
        of(&mut sum.links_made, one.links_made);
        sum.first_topup_s_p50 = sum.first_topup_s_p50.max(one.first_topup_s_p50);
        sum.first_topup_s_p99 = sum.first_topup_s_p99.max(one.first_topup_s_p99);
    }
    sum.first_topup_s_p50 = sum.first_topup_s_p50.max(one.first_topup_s_p50);
    sum.first_topup_s_p99 = sum.first_topup_s_p99.max(one.first_topup_s_p99);
}
