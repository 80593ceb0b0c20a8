//! The trees of one policy's model, laid out so that walking them waits for nothing.
//!
//! Every tree is as deep as the deepest and whole, so the way down is the same few steps without a
//! question whether it ends here; below a leaf both ways say what the leaf says. A number that is not
//! known stands in the row twice, below and above everything, and each question looks where it wants it.
//! What comes out is the model's own to the bit: leaves are added in their order, and a step that leads
//! nowhere adds zero.

use super::{
    Model, Node, Said,
    known::{REASONS, as_feature, said_by},
    number::{logistic, score_of, single},
};
use crate::Text;

/// The deepest tree that is laid out so.
const DEPTH_MAX: u32 = 8;
/// The most places of all trees together; a model with more is walked as it is.
const PLACES_MAX: usize = 1 << 20;
/// The most features: their places in a row are told by one byte.
const FEATURES_MAX: usize = ROW >> 1;
/// Of each feature what is on the right when it is not known, then what is on the left.
const ROW: usize = 1 << 8;

#[derive(Clone, Copy, Debug)]
struct Question {
    /// Where in the row.
    at: u8,
    /// What is less goes left.
    below: f32,
}

/// A model with whole trees.
#[derive(Debug)]
pub(crate) struct Flat {
    depth: u32,
    base: f64,
    /// Tree by tree, by place: the two below `n` are `2n + 1` and `2n + 2`.
    questions: Vec<Question>,
    /// What each place says, the leaves with them.
    values: Vec<f32>,
    /// The features' names.
    names: Vec<Text>,
}

impl Flat {
    /// Of `model`, whose features are called `names`; nothing where it is too deep or too large.
    pub(crate) fn of(model: &Model, names: Vec<Text>) -> Option<Self> {
        let depth = (1..=DEPTH_MAX).find(|depth| {
            model.roots.iter().all(|root| model.node(*root).is_some_and(|n| model.ends(n, *depth)))
        })?;
        let is_odd = |node: &Node| node.feature.is_some() && !node.below.is_finite();
        if model.roots.len() > PLACES_MAX >> depth
            || names.len() > FEATURES_MAX
            || model.nodes.iter().any(is_odd)
        {
            return None;
        }
        let (base, questions) = (f64::from(model.base), Vec::new());
        let mut flat = Self { depth, base, questions, values: Vec::new(), names };
        for root in model.roots.iter().filter_map(|root| model.node(*root)) {
            flat.add(model, root);
        }
        Some(flat)
    }

    /// Row by row, from the root on: each place is a node of the model, or below a leaf.
    fn add(&mut self, model: &Model, root: &Node) {
        let mut row: Vec<&Node> = vec![root];
        self.values.push(root.value);
        for _ in 0..self.depth {
            let mut next = Vec::with_capacity(row.len() << 1);
            for node in row {
                let below = |by| node.next.checked_add(by).and_then(|at| model.node(at));
                let pair = node.feature.and_then(|of| Some((of, below(0)?, below(1)?)));
                let (at, left, right) = pair.map_or((0, node, node), |(feature, left, right)| {
                    let at = usize::from(feature) << 1 | usize::from(node.unknown_left);
                    (u8::try_from(at).unwrap_or_default(), left, right)
                });
                self.questions.push(Question { at, below: node.below });
                self.values.extend([left.value, right.value]);
                next.extend([left, right]);
            }
            row = next;
        }
    }

    /// The score of numbers in the order of the features; nothing where one is not known.
    pub(crate) fn score(&self, values: impl Iterator<Item = Option<i64>>) -> u16 {
        let (row, mut sum) = (row(values), self.base);
        self.walk(&row, |_, way, values| {
            let leaf = way.last().and_then(|at| values.get(*at));
            sum += f64::from(leaf.copied().unwrap_or_default());
        });
        score_of(logistic(sum))
    }

    /// What moved the `score` of `values`, under the model's `name`: as [`Model::say`].
    pub(crate) fn say(
        &self,
        name: &Text,
        score: u16,
        values: impl Iterator<Item = Option<i64>>,
    ) -> Said {
        let (row, mut moved) = (row(values), [0.0_f64; FEATURES_MAX]);
        self.walk(&row, |questions, way, values| {
            let (mut asked, mut was) = (0, values.first().copied().unwrap_or_default());
            for at in way {
                let now = values.get(*at).copied().unwrap_or_default();
                let of = questions.get(asked).map_or(0, |question| usize::from(question.at >> 1));
                if let Some(moved) = moved.get_mut(of) {
                    *moved += f64::from(now) - f64::from(was);
                }
                (asked, was) = (*at, now);
            }
        });
        let mut reasons = Vec::with_capacity(REASONS);
        for (at, by) in strongest(moved.iter().copied().take(self.names.len())) {
            if let Some(what) = self.names.get(at) {
                reasons.push(said_by(what.clone(), single(by)));
            }
        }
        Said { model: name.clone(), score, reasons }
    }

    /// Shows `see` each tree and the places to which `row` goes below its root, down to what is said.
    #[inline]
    fn walk(&self, row: &[f32; ROW], see: impl FnMut(&[Question], &[usize], &[f32])) {
        // A number of steps that is known beforehand needs no question whether it was the last.
        match self.depth {
            1 => self.steps::<1>(row, see),
            2 => self.steps::<2>(row, see),
            3 => self.steps::<3>(row, see),
            4 => self.steps::<4>(row, see),
            5 => self.steps::<5>(row, see),
            6 => self.steps::<6>(row, see),
            7 => self.steps::<7>(row, see),
            _ => self.steps::<8>(row, see),
        }
    }

    #[inline]
    fn steps<const DEPTH: usize>(
        &self,
        row: &[f32; ROW],
        mut see: impl FnMut(&[Question], &[usize], &[f32]),
    ) {
        let leaves = 1_usize << DEPTH;
        let trees = self.questions.chunks_exact(leaves.saturating_sub(1));
        for (questions, values) in
            trees.zip(self.values.chunks_exact((leaves << 1).saturating_sub(1)))
        {
            let (mut at, mut way) = (0_usize, [0_usize; DEPTH]);
            for step in &mut way {
                at = below(questions.get(at), at, row);
                *step = at;
            }
            see(questions, &way, values);
        }
    }
}

fn row(values: impl Iterator<Item = Option<i64>>) -> [f32; ROW] {
    let mut row = [0.0_f32; ROW];
    for (pair, value) in row.chunks_exact_mut(2).zip(values) {
        let value = as_feature(value);
        let is_known = !value.is_nan();
        if let [right, left] = pair {
            *right = if is_known { value } else { f32::INFINITY };
            *left = if is_known { value } else { f32::NEG_INFINITY };
        }
    }
    row
}

/// The place to which `row` goes from `at`.
#[inline]
fn below(asked: Option<&Question>, at: usize, row: &[f32; ROW]) -> usize {
    let Some(asked) = asked else { return at };
    let is_left = row.get(usize::from(asked.at)).is_some_and(|value| *value < asked.below);
    (at << 1).wrapping_add(2).wrapping_sub(usize::from(is_left))
}

impl Model {
    fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(at).ok()?)
    }

    /// Whether every way from `node` ends within `depth` steps.
    fn ends(&self, node: &Node, depth: u32) -> bool {
        if node.feature.is_none() {
            return true;
        }
        let Some(left) = depth.checked_sub(1) else { return false };
        let below = |by| node.next.checked_add(by).and_then(|at| self.node(at));
        [below(0), below(1)].into_iter().all(|one| one.is_some_and(|one| self.ends(one, left)))
    }
}

/// The features that moved most, the strongest first; of two that moved as much, the first.
fn strongest(moved: impl Iterator<Item = f64>) -> impl Iterator<Item = (usize, f64)> {
    let mut top = [(usize::MAX, 0.0_f64); REASONS];
    for (at, by) in moved.enumerate() {
        let is_less = |known: &(usize, f64)| known.1.abs() < by.abs();
        // Most are less than all that is there.
        if !top.last().is_some_and(is_less) {
            continue;
        }
        let Some(place) = top.iter().position(is_less) else { continue };
        if let Some(behind) = top.get_mut(place..) {
            behind.rotate_right(1);
            if let Some(first) = behind.first_mut() {
                *first = (at, by);
            }
        }
    }
    top.into_iter().filter(|(at, _)| *at != usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Growth, Leaning, Samples};

    /// From 0, the same each time.
    fn drawn(seed: &mut u64) -> u64 {
        *seed =
            seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *seed >> 33
    }

    fn grown(features: usize, depth: u32, trees: usize) -> Model {
        let mut samples = Samples::new((0..features).map(|n| format!("f{n}")).collect());
        let mut seed = 11;
        for _ in 0..3_000 {
            let row: Vec<f32> = (0..features)
                .map(|_| match drawn(&mut seed) % 1_000 {
                    0..100 => f32::NAN,
                    value => f32::from(u16::try_from(value).unwrap()),
                })
                .collect();
            let high = row.iter().filter(|value| **value > 800.0).count();
            samples.add(&row, high.saturating_mul(4) > features);
        }
        let growth = Growth {
            trees,
            depth,
            rate: 0.3,
            l2: 1.0,
            weight_min: 1.0,
            rows: 0.8,
            columns: 0.7,
            seed: 3,
        };
        samples.grow(&growth, &vec![Leaning::Free; features])
    }

    #[test]
    fn whole_trees_say_what_the_model_says_to_the_bit() {
        for (features, depth, trees) in [(1, 1, 1), (9, 3, 60), (30, 5, 40), (128, 4, 20)] {
            let model = grown(features, depth, trees);
            let names: Vec<Text> =
                model.features().iter().map(|name| name.as_str().into()).collect();
            let flat = Flat::of(&model, names).unwrap();
            let (name, mut seed) = (Text::from("m"), 5);
            for _ in 0..2_000 {
                let values: Vec<Option<i64>> = (0..features)
                    .map(|_| match drawn(&mut seed) % 1_100 {
                        0..150 => None,
                        1_050.. => Some(i64::MAX),
                        value => Some(i64::try_from(value).unwrap() - 20),
                    })
                    .collect();
                let score = model.score_of(&values);
                assert_eq!(flat.score(values.iter().copied()), score, "{values:?}");
                let said = flat.say(&name, score, values.iter().copied());
                assert_eq!(said, model.say(&name, score, &values), "{values:?}");
            }
        }
    }

    #[test]
    fn what_is_too_deep_is_walked_as_it_is() {
        let mut model = grown(2, 1, 1);
        let (Some(asked), Some(leaf)) = (model.nodes.first().copied(), model.nodes.last().copied())
        else {
            panic!("a root and a leaf")
        };
        let flat = |model: &Model| Flat::of(model, vec![Text::from("f0"), Text::from("f1")]);
        // A question, and left of each a leaf, right the next question.
        for (questions, is_laid_out) in [(8, true), (9, false)] {
            model.nodes = vec![Node { next: 1, ..asked }];
            for at in 1..questions {
                model.nodes.extend([leaf, Node { next: at * 2 + 1, ..asked }]);
            }
            model.nodes.extend([leaf, leaf]);
            assert_eq!(flat(&model).is_some(), is_laid_out, "{questions}");
        }
    }
}
