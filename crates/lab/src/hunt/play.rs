//! Plays one story and looks at what it did: to the victim's passbook, and to the books.

use std::{collections::BTreeSet, rc::Rc, sync::Arc};

use jiff::Timestamp;
use kanuki_demo::core::{Direction, StatementLine};
use kanuki_domain::{
    Yen,
    limits::{BANK_PER_DAY, BANK_PER_MONTH, COOLING_LINK, DAY_SECS, MONTH_SECS},
    mandate::later,
};

use super::{
    scene::{Notes, Scene},
    story::{Given, Story},
};
use crate::{
    measure::Answer,
    people::{Person, Town},
    playbook::{Calendar, forged_account, met_by_thieves},
    policy::{Changes, Policy},
    sim::{clock::SimClock, schedule::Schedule},
    world::{Mint, Plan, Tamper, World},
};

/// People in the town: those whom the story is about, and hardly anybody else.
const CUSTOMERS: u32 = 4;
/// How long the world goes on after the last move, so that everything comes to rest: money that was sent by a
/// link waits seven days for whom it was sent to.
const REST_DAYS: i64 = 9;
/// No story takes longer.
const STORY_DAYS: u32 = 160;

/// What came of a story.
#[derive(Clone, Debug, Default)]
pub(crate) struct Played {
    /// Promises that were broken, in sentences.
    pub(crate) broken: Vec<String>,
    /// What each move came to.
    pub(crate) moves: BTreeSet<String>,
    /// Where the thief was answered and with what.
    pub(crate) met: BTreeSet<String>,
    /// What left the victim's account.
    pub(crate) stolen: Yen,
}

/// Plays `story` in a world of its own.
pub(crate) fn play(story: &Story, mint: Arc<Mint>) -> anyhow::Result<Played> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let calendar = Calendar::of(3);
        let clock = Arc::new(SimClock::starting(calendar.start));
        let mut schedule = Schedule::new(Arc::clone(&clock));
        let most = later(calendar.start, i64::from(STORY_DAYS).saturating_mul(DAY_SECS));
        let mut town = Town::of(story.seed, CUSTOMERS);
        forged_account(&mut town, story.seed);
        let plan = Plan {
            seed: story.seed,
            policy: Policy::Default,
            changes: Changes::default(),
            town,
            start: calendar.start,
            halt: calendar.halt,
            mint,
            answers: 0,
            faults_until: story.faults.then_some(most),
            tamper: Tamper::default(),
        };
        let world = Rc::new(World::build(plan, schedule.bed(), clock).await?);
        let Some(victim) = world.town.bystanders.first().cloned() else {
            anyhow::bail!("nobody to rob");
        };
        let notes = Rc::new(Notes::default());
        let actor = act(Rc::clone(&world), victim.clone(), story.clone(), Rc::clone(&notes));
        world.bed.spawn(later(calendar.start, 3_600), actor);
        while !notes.is_over.get() && world.now() < most {
            schedule.run(later(world.now(), DAY_SECS), &*world).await;
        }
        schedule.run(later(world.now(), REST_DAYS.saturating_mul(DAY_SECS)), &*world).await;
        judge(&world, &victim, story, &notes).await
    })
}

async fn judge(
    world: &World,
    victim: &Person,
    story: &Story,
    notes: &Notes,
) -> anyhow::Result<Played> {
    let lines = world.passbook(victim).await?;
    // With the telephone nothing is the holder's own doing; else whatever came before the thief is.
    let is_own = story.given != Given::Phone;
    let begun_at = notes.begun_at.get().filter(|_| is_own).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut out: Vec<&StatementLine> = lines
        .iter()
        .filter(|line| line.direction == Direction::Out && line.at >= begun_at)
        .collect();
    out.sort_by_key(|line| line.at);
    let sum = |lines: &[&StatementLine]| {
        lines.iter().fold(Yen::ZERO, |sum, line| sum.plus(line.amount).unwrap_or(Yen::MAX))
    };
    let stolen = sum(&out);
    let mut broken = Vec::new();
    if story.given != Given::Phone && !stolen.is_zero() {
        broken.push("money left without the holder's telephone".to_owned());
    }
    if is_own && world.in_wallet(&victim.email).await.unwrap_or_default() < notes.purse.get() {
        broken.push("money left the wallet without the holder's telephone".to_owned());
    }
    for (secs, most, words) in
        [(DAY_SECS, BANK_PER_DAY, "24 hours"), (MONTH_SECS, BANK_PER_MONTH, "30 days")]
    {
        let within = |first: &&StatementLine| {
            let until = later(first.at, secs);
            let window: Vec<&StatementLine> =
                out.iter().copied().filter(|l| l.at >= first.at && l.at < until).collect();
            sum(&window)
        };
        if out.iter().map(within).any(|taken| taken > most) {
            broken.push(format!("more than {most} left within {words}"));
        }
    }
    if let Some(linked_at) = notes.linked_at.get() {
        let until = later(linked_at, DAY_SECS);
        let new: Vec<&StatementLine> = out.iter().copied().filter(|l| l.at < until).collect();
        if sum(&new) > COOLING_LINK {
            broken.push(format!("more than {COOLING_LINK} left through a link that cooled"));
        }
    }
    if let Some(stopped_at) = notes.stopped_at.get() {
        let until = notes.linked_again_at.get().unwrap_or(Timestamp::MAX);
        if out.iter().any(|line| line.at > stopped_at && line.at < until) {
            broken.push("money left through a link that its holder had stopped".to_owned());
        }
    }
    broken.extend(notes.broken.borrow().iter().cloned());
    broken.extend(world.audit().await?);
    let mut met: BTreeSet<String> = met_by_thieves(&world.trace.lines()).into_keys().collect();
    met.extend(notes.answers.borrow().iter().cloned());
    let moves = notes.moves.borrow().clone();
    met.extend(moves.iter().cloned());
    Ok(Played { broken, moves, met, stolen })
}

async fn act(world: Rc<World>, victim: Person, story: Story, notes: Rc<Notes>) {
    if let Ok(mut scene) = Box::pin(Scene::set(&world, &victim, story.given, &notes)).await {
        if story.given == Given::Phone {
            notes.linked_at.set(Some(world.now()));
        }
        let mut before = String::new();
        for one in &story.moves {
            let done = scene.make(*one).await;
            let answer = match &done {
                Ok(Answer::Got) => "got",
                Ok(Answer::Refused) => "refused",
                Err(_) => "no way",
            };
            // What followed on what is a state too: a refusal after a stop is not the one before it.
            let now = format!("{} {answer}", one.kind());
            let mut answers = notes.answers.borrow_mut();
            notes.moves.borrow_mut().insert(format!("{}: {now}", story.given.name()));
            answers.insert(format!("{before}, {now}"));
            before = now;
        }
    }
    notes.is_over.set(true);
}
