//! The hunt for a loss under `default`: stories are changed and combined, those that were answered in a
//! way that no story was before are kept, and what breaks a promise is made as short as it can be.
//!
//! The promises are those of `docs/defaults.md`, read off the victim's passbook, and that the books agree:
//! so much within 24 hours and 30 days, little through a link that cools, nothing through one that its
//! holder stopped, and nothing at all without the holder's telephone.

mod acts;
mod first;
mod moves;
mod play;
mod scene;
mod story;

use std::{collections::BTreeSet, sync::Arc};

use kanuki_domain::Yen;
pub use story::{Story, StoryError};

use crate::{
    playbook::Calendar,
    run::{LabError, broken, spread},
    sim::chance::Chance,
    world::Mint,
};
use play::Played;

/// Stories that are played before the next ones are thought of: the same on any machine.
const BATCH: usize = 16;
/// The most tries to make one story shorter.
const SHRINKS_MAX: usize = 120;

/// What to hunt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HuntOptions {
    /// How many stories are played.
    pub runs: u32,
    /// The same seed thinks of the same stories.
    pub seed: u64,
    /// Whether machines fail meanwhile.
    pub faults: bool,
}

/// A promise that was broken, and the shortest story that breaks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The story; its file becomes a regression test.
    pub story: Story,
    /// What was broken, in sentences.
    pub broken: Vec<String>,
}

/// What a hunt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunt {
    /// Stories that were played.
    pub runs: u32,
    /// Stories that were answered as none before.
    pub kept: usize,
    /// Different answers that thieves got: a route and a status, or a move and its end.
    pub answers: usize,
    /// The most that left one victim's account in any story.
    pub most: Yen,
    /// What each move came to, by what the thief was given: `phone: keep got`. A move that never came to
    /// anything shows a hunter who cannot walk, and not a wall.
    pub moves: BTreeSet<String>,
    /// What was found.
    pub found: Vec<Found>,
}

/// Hunts.
///
/// # Errors
///
/// [`LabError`] if a world breaks: that is a find too, and its story is in the error.
pub fn hunt(options: &HuntOptions, tell: &mut dyn FnMut(&str)) -> Result<Hunt, LabError> {
    let mint = mint(options.seed)?;
    let mut chance = Chance::of(options.seed, "hunt");
    let mut corpus: Vec<Story> = Vec::new();
    let mut met: BTreeSet<String> = BTreeSet::new();
    let mut hunt = Hunt {
        runs: 0,
        kept: 0,
        answers: 0,
        most: Yen::ZERO,
        moves: BTreeSet::new(),
        found: Vec::new(),
    };
    let in_weather = |story: Story| Story { seed: options.seed, faults: options.faults, ..story };
    let mut next: Vec<Story> = first::first().into_iter().map(in_weather).collect();
    while hunt.runs < options.runs {
        let left = usize::try_from(options.runs.saturating_sub(hunt.runs)).unwrap_or(BATCH);
        next.truncate(left);
        let played = play_all(&next, &mint, options.seed)?;
        for (story, played) in next.iter().zip(played) {
            hunt.runs = hunt.runs.saturating_add(1);
            hunt.most = hunt.most.max(played.stolen);
            hunt.moves.extend(played.moves.iter().cloned());
            if !played.broken.is_empty() {
                let is_new = |found: &Found| found.broken != played.broken;
                if hunt.found.iter().all(is_new) {
                    let found = shrink(story, &played, &mint, options.seed)?;
                    tell(&format!("{}: {}", found.broken.join("; "), found.story.line()));
                    hunt.found.push(found);
                }
                continue;
            }
            let before = met.len();
            met.extend(played.met);
            if met.len() > before || corpus.is_empty() {
                corpus.push(story.clone());
            }
        }
        next = (0..BATCH).filter_map(|_| child(&corpus, options, &mut chance)).collect();
        if next.is_empty() {
            break;
        }
        tell(&format!("{} stories, {} kept, {} answers", hunt.runs, corpus.len(), met.len()));
    }
    hunt.kept = corpus.len();
    hunt.answers = met.len();
    Ok(hunt)
}

/// Plays one story; the promises that it breaks.
///
/// # Errors
///
/// [`LabError`] if its world breaks.
pub fn replay(story: &Story) -> Result<Vec<String>, LabError> {
    let played = play_all(std::slice::from_ref(story), &mint(story.seed)?, story.seed)?;
    Ok(played.into_iter().flat_map(|played| played.broken).collect())
}

fn child(corpus: &[Story], options: &HuntOptions, chance: &mut Chance) -> Option<Story> {
    let (one, other) = (chance.pick(corpus)?.clone(), chance.pick(corpus)?.clone());
    let seed = options.seed.saturating_add(chance.below(8));
    Some(Story { seed, ..one.changed(&other, chance) })
}

fn mint(seed: u64) -> Result<Arc<Mint>, LabError> {
    let companies = kanuki_demo::people::BANKS.len().saturating_add(1);
    Mint::of(Calendar::of(3).start, companies).map_err(|error| broken(seed, error))
}

fn play_all(stories: &[Story], mint: &Arc<Mint>, seed: u64) -> Result<Vec<Played>, LabError> {
    let play = |story: &Story| {
        play::play(story, Arc::clone(mint)).map_err(|error| error.context(story.line()))
    };
    let played = spread(stories, play).map_err(|error| broken(seed, error))?;
    played.into_iter().collect::<Result<_, _>>().map_err(|error| broken(seed, error))
}

/// The shortest story that still breaks the same promises.
fn shrink(story: &Story, played: &Played, mint: &Arc<Mint>, seed: u64) -> Result<Found, LabError> {
    let mut shortest = story.clone();
    let mut tries = 0_usize;
    'shorter: while tries < SHRINKS_MAX {
        for other in shortest.shorter() {
            tries = tries.saturating_add(1);
            let again = play_all(std::slice::from_ref(&other), mint, seed)?;
            if again.iter().any(|again| again.broken == played.broken) {
                shortest = other;
                continue 'shorter;
            }
        }
        break;
    }
    shortest.about = played.broken.join("; ");
    Ok(Found { story: shortest, broken: played.broken.clone() })
}
