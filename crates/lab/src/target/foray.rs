//! One thief after the other against the pair, and what each came to.

use std::{collections::BTreeSet, rc::Rc, sync::Arc};

use kanuki_domain::Yen;
use kanuki_site::Transport;
use serde::Serialize;

use super::Target;
use crate::{
    people::Town,
    playbook::{Calendar, Crime, Meeting, NOT_TRIED, is_answered_at, met_by_thieves},
    policy::{Changes, Policy},
    report::Start,
    run::{Job, LabError, Options, broken, jobs, mint},
    sim::{clock::SimClock, schedule::Schedule},
    world::{Plan, Tamper, World},
};

/// Crimes whose thief has all he needs at a desk far away.
const PLAYED: [&str; 5] =
    ["name-harvest", "docomo-2020", "reverse-brute-force", "code-guessing", "weaponised-safety"];

/// The status of who asks too often.
const TOO_MANY: u16 = 429;

/// What a company's books say was taken from the deposits of its customers, since they began: posted
/// and still reserved.
pub trait Books {
    /// The sum over every bank.
    ///
    /// # Errors
    ///
    /// Why the books could not be read.
    fn taken(&self) -> anyhow::Result<Yen>;
}

/// What a thief's visit says about the companies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// He met the walls and gained nothing.
    Kept,
    /// He gained something, or a yen moved.
    Missed,
    /// He never came to a wall, or something else than a company answered: no all-clear.
    NothingLearned,
}

/// What one thief came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Foray {
    /// Which crime.
    pub playbook: String,
    /// The crime in one line.
    pub about: String,
    /// Everything he tried and was answered.
    pub attempts: u64,
    /// What he gained, and how often. A wallet of his own is no gain: anybody may open one.
    pub gained: Vec<(String, u64)>,
    /// What he was refused, most often first.
    pub refused: Vec<(String, u64)>,
    /// By which routes he was answered, with what status, and how often.
    pub met: Vec<(String, u64)>,
    /// What could not be tried, because no company answered it: how often.
    pub untried: Vec<(String, u64)>,
    /// What was answered by no company, or by one that broke: a proxy, a wrong name, an error of a server.
    pub strange: Vec<(String, u64)>,
    /// The walls that his scenario names and that never answered him.
    pub unmet: Vec<String>,
    /// What left deposits meanwhile, as the banks' books say; none, where nobody showed them.
    pub taken: Option<Yen>,
}

impl Foray {
    /// What follows from it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let is_robbed = !self.gained.is_empty() || !self.taken.unwrap_or_default().is_zero();
        let is_whole = self.untried.is_empty() && self.strange.is_empty() && self.unmet.is_empty();
        match (is_robbed, is_whole && !self.met.is_empty()) {
            (true, _) => Verdict::Missed,
            (false, false) => Verdict::NothingLearned,
            (false, true) => Verdict::Kept,
        }
    }

    /// True if he met the walls that he was to meet, gained nothing, and no book says that anything was
    /// taken.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.verdict() == Verdict::Kept
    }

    /// How many of his attempts were refused.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.refused.iter().fold(0, |sum, (_, times)| sum.saturating_add(*times))
    }
}

/// A crime that cannot be played over the network, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotPlayed {
    /// Which crime.
    pub playbook: String,
    /// Why not.
    pub why: &'static str,
}

/// Everything that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutsideIn {
    /// Where the companies' pages are: the wallet's first.
    pub pages: Vec<String>,
    /// Names what the thieves chose. Another seed chooses otherwise.
    pub seed: u64,
    /// What was played.
    pub played: Vec<Foray>,
    /// What was not.
    pub not_played: Vec<NotPlayed>,
}

impl OutsideIn {
    /// True if something was played, and no thief gained anything.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.played.is_empty() && self.played.iter().all(Foray::is_ok)
    }
}

/// What a thief at a desk far away would have to have.
fn lacks(playbook: &str) -> &'static str {
    match playbook {
        "wire-tamper" => "it hears the wire between the companies",
        "rogue-wallet" => "it holds the wallet company's keys",
        "rogue-bank" => "it holds a bank's keys, and answers in its place",
        "insider" => "it sits at the companies' desks",
        "legacy-link" => "it needs contracts that were made under the pages of 2020",
        "fake-merchant" | "false-victim" => "it needs a shop and a customer with money",
        "aitm" | "vishing-enrol" | "coached-victim" | "push-fatigue" | "synced-passkey"
        | "name-twin" => "it needs a victim who acts, and an identity card",
        "mail-redirect" | "sim-swap" | "caregiver" => "it needs the victim's post, number or card",
        "passcode-thief" | "reset-takeover" | "contact-swap" | "forged-id" | "overdraft-drain" => {
            "it needs the victim's telephone, and days of a simulated clock"
        }
        "reverse-brute-force-slow" => "it waits for days of a simulated clock",
        _ => "it needs a link that is live, and days of a simulated clock",
    }
}

/// In which place a crime is played.
fn place(job: &Job) -> u64 {
    let place = PLAYED.iter().position(|id| *id == job.scenario.id);
    place.and_then(|place| u64::try_from(place).ok()).unwrap_or(u64::MAX)
}

/// Plays what needs no simulated clock against companies that are running, as they come over
/// `transport`; one thief after the other.
///
/// # Errors
///
/// [`LabError`]: unknown names, nothing of what was asked for can be played, no wallet or bank of ours
/// where one was named, or a run that broke.
pub fn run_at(
    options: &Options,
    target: &Target,
    transport: &Arc<dyn Transport>,
    books: Option<&dyn Books>,
) -> Result<OutsideIn, LabError> {
    let policies = vec![Policy::Default.name().to_owned()];
    let options = Options { policies, crowd: false, faults: false, ..options.clone() };
    let all = jobs(&options)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| broken(options.seed, error.into()))?;
    runtime.block_on(target.look(transport))?;
    let mut met = BTreeSet::new();
    let (mut played, mut not_played) = (Vec::new(), Vec::new());
    for job in all {
        let id = job.scenario.id.clone();
        if !met.insert(id.clone()) {
            continue;
        }
        if job.start == Start::Outside && PLAYED.contains(&id.as_str()) {
            played.push(job);
        } else {
            not_played.push(NotPlayed { why: lacks(&id), playbook: id });
        }
    }
    // Who asks least of the companies comes first, before their limits are used up.
    played.sort_by_key(place);
    let one = |job: &Job| {
        // Each thief opens wallets of his own.
        let seed = options.seed.wrapping_mul(256).wrapping_add(place(job));
        let foray = foray(&Options { seed, ..options.clone() }, job, (target, transport), books);
        foray.map_err(|error| broken(options.seed, error))
    };
    let pages = target.pages().map(str::to_owned).collect();
    let played = played.iter().map(one).collect::<Result<_, _>>()?;
    Ok(OutsideIn { pages, seed: options.seed, played, not_played })
}

/// Lets one thief loose. The world around him is a stage set: only where his browser leads is real.
fn foray(
    options: &Options,
    job: &Job,
    (target, transport): (&Target, &Arc<dyn Transport>),
    books: Option<&dyn Books>,
) -> anyhow::Result<Foray> {
    let before = books.map(Books::taken).transpose()?;
    let mint = mint(options)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (world, _crime) = runtime.block_on(async {
        let calendar = Calendar::of(options.days);
        let clock = Arc::new(SimClock::starting(calendar.start));
        let mut schedule = Schedule::new(Arc::clone(&clock));
        let plan = Plan {
            seed: options.seed,
            policy: Policy::Default,
            changes: Changes::default(),
            town: Town::of_demo(target.banks()),
            start: calendar.start,
            halt: calendar.halt,
            mint,
            answers: 0,
            faults_until: None,
            tamper: Tamper::default(),
        };
        let world = Rc::new(World::build(plan, schedule.bed(), clock).await?);
        world.net.lead_elsewhere(target.clone(), Arc::clone(transport));
        let crime: Crime = (job.playbook.stage)(&world, Start::Outside, &calendar);
        schedule.run(calendar.attack_end, &*world).await;
        anyhow::Ok((world, crime))
    })?;
    let after = books.map(Books::taken).transpose()?;
    let taken = before.zip(after).map(|(before, after)| after.minus_or_zero(before));
    let tally = world.tally.borrow();
    let (mut gained, mut refused, mut untried) = (Vec::new(), Vec::new(), Vec::new());
    for (what, times) in tally.answers() {
        if let Some(what) = what.strip_suffix(NOT_TRIED) {
            untried.push((what.trim_end_matches(": ").to_owned(), times));
            continue;
        }
        match what.strip_suffix(": got it") {
            Some("open a throwaway wallet") => {}
            Some(gain) => gained.push((gain.to_owned(), times)),
            None => refused.push((what, times)),
        }
    }
    let met = met_by_thieves(&world.trace.lines());
    // Who comes again is turned away for coming so often: that wall stands before the one behind it.
    let is_unmet = |meeting: &&Meeting| {
        let asked_often = Meeting { status: TOO_MANY, ..(*meeting).clone() };
        !is_answered_at(meeting, &met) && !is_answered_at(&asked_often, &met)
    };
    let unmet = job.scenario.meets_outside.iter().filter(is_unmet).map(ToString::to_string);
    Ok(Foray {
        playbook: job.scenario.id.clone(),
        about: job.scenario.about.clone(),
        attempts: tally.loss().attempts,
        gained,
        refused,
        unmet: unmet.collect(),
        met: met.into_iter().collect(),
        untried,
        strange: world.net.strange(),
        taken,
    })
}
