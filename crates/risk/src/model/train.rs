//! Growing trees: gradient boosting on log loss, where every split between two different values is
//! looked at.
//!
//! Exact on purpose. A hard edge in the data (every amount above 220 is a fraud) is blurred by bins,
//! and with 256 of them a tenth of the average precision was lost (docs/detection.md).

use super::{
    Model, Node, Origin,
    drift::spread,
    number::{logistic, many, score_of, single},
    reference::{Reference, Spread},
};

/// What a reviewer expects of a feature: with more of it, the score may not fall, or not rise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaning {
    /// Whatever the data say.
    #[default]
    Free,
    /// More never makes the score less.
    Up,
    /// More never makes the score more.
    Down,
}

impl Leaning {
    /// As it is told.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Up => "more is worse",
            Self::Down => "more is better",
        }
    }
}

/// How trees are grown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// How many.
    pub trees: usize,
    /// How many questions in a row.
    pub depth: u32,
    /// What each tree counts for.
    pub rate: f64,
    /// What keeps leaves of few rows small.
    pub l2: f64,
    /// The least weight (sum of p(1 − p)) of a leaf.
    pub weight_min: f64,
    /// The share of rows that each tree sees.
    pub rows: f64,
    /// The share of features that each tree sees.
    pub columns: f64,
    /// What the dice start with.
    pub seed: u64,
}

/// Labelled rows, feature by feature.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    names: Vec<String>,
    columns: Vec<Vec<f32>>,
    labels: Vec<bool>,
}

impl Samples {
    /// None yet, of features with these names.
    #[must_use]
    pub fn new(names: Vec<String>) -> Self {
        let columns = names.iter().map(|_| Vec::new()).collect();
        Self { names, columns, labels: Vec::new() }
    }

    /// Adds one row; what is missing or NaN is not known.
    pub fn add(&mut self, row: &[f32], label: bool) {
        let values = row.iter().copied().chain(std::iter::repeat(f32::NAN));
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.push(value);
        }
        self.labels.push(label);
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// How many are frauds.
    #[must_use]
    pub fn frauds(&self) -> usize {
        self.labels.iter().filter(|is_fraud| **is_fraud).count()
    }

    /// Grows a model. `leanings` are by feature; those that are missing are free.
    #[must_use]
    pub fn grow(&self, growth: &Growth, leanings: &[Leaning]) -> Model {
        let leanings = leanings.iter().copied().chain(std::iter::repeat(Leaning::Free));
        let mut grower = Grower {
            samples: self,
            growth,
            leanings: leanings.take(self.names.len()).collect(),
            sorted: self.columns.iter().map(|column| sorted(column)).collect(),
            margins: vec![0.0; self.len()],
            states: vec![State::default(); self.len()],
            dice: growth.seed,
            nodes: Vec::new(),
        };
        let roots = (0..growth.trees).filter_map(|_| grower.tree()).collect();
        let scores = || grower.margins.iter().map(|margin| score_of(logistic(*margin)));
        let (_, spread) = spread(scores());
        let score = Spread::of(scores().map(f32::from));
        let spreads = self.columns.iter().map(|column| Spread::of(column.iter().copied()));
        let reference = Some(Reference { score, features: spreads.collect() });
        let (nodes, rows, frauds) = (grower.nodes, self.len(), self.frauds());
        let origin = Origin { rows, frauds, spread, reference, ..Origin::default() };
        Model { features: self.names.clone(), base: 0.0, nodes, roots, origin }
    }
}

/// A row that the tree does not see, or that has come to a leaf.
const NOWHERE: u32 = u32::MAX;

/// One row in one tree: all that a look at a feature needs, side by side.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// In which open place it is.
    slot: u32,
    slope: f32,
    bend: f32,
}

/// What is known of one feature, the least first.
fn sorted(column: &[f32]) -> Vec<(f32, u32)> {
    let numbered = column.iter().copied().zip(0_u32..);
    let mut known: Vec<(f32, u32)> = numbered.filter(|(value, _)| !value.is_nan()).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    known
}

/// First and second derivatives of rows, added up.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    slope: f64,
    bend: f64,
}

impl Sum {
    fn add(&mut self, state: State) {
        self.slope += f64::from(state.slope);
        self.bend += f64::from(state.bend);
    }

    fn with(self, other: Self) -> Self {
        Self { slope: self.slope + other.slope, bend: self.bend + other.bend }
    }

    fn without(self, other: Self) -> Self {
        Self { slope: self.slope - other.slope, bend: self.bend - other.bend }
    }
}

/// A place that may be split.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// Its place among all nodes.
    node: usize,
    sum: Sum,
    /// Between which values its leaves must be, because of a leaning above.
    between: (f64, f64),
    /// What it is worth as a leaf.
    worth: f64,
    best: Option<Split>,
}

#[derive(Clone, Copy, Debug)]
struct Split {
    gain: f64,
    feature: usize,
    below: f32,
    unknown_left: bool,
    left: Sum,
    right: Sum,
}

/// What was met so far of one place, in the order of one feature's values.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    left: Sum,
    last: Option<f32>,
}

struct Grower<'a> {
    samples: &'a Samples,
    growth: &'a Growth,
    leanings: Vec<Leaning>,
    sorted: Vec<Vec<(f32, u32)>>,
    margins: Vec<f64>,
    states: Vec<State>,
    dice: u64,
    nodes: Vec<Node>,
}

fn get<T: Copy>(all: &[T], at: u32) -> Option<T> {
    all.get(usize::try_from(at).ok()?).copied()
}

impl Grower<'_> {
    /// 0 to 1.
    fn roll(&mut self) -> f64 {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.dice ^ (self.dice >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        super::number::double((z ^ (z >> 31)) >> 11) / 9_007_199_254_740_992.0
    }

    /// Grows one tree and adds what it says to the margins; where it begins.
    fn tree(&mut self) -> Option<u32> {
        let root = self.nodes.len();
        let sum = self.begin();
        self.nodes.push(self.leaf(sum, UNBOUND));
        let mut open = vec![self.open(root, sum, UNBOUND)];
        let columns = self.columns();
        for _ in 0..self.growth.depth {
            for feature in &columns {
                self.look(*feature, &mut open);
            }
            open = self.split(&open);
            if open.is_empty() {
                break;
            }
        }
        let tree = self.nodes.get(root..)?;
        for (row, margin) in self.margins.iter_mut().enumerate() {
            *margin += f64::from(answer(tree, root, &self.samples.columns, row));
        }
        u32::try_from(root).ok()
    }

    /// Draws the rows of a tree, and says what they add up to.
    fn begin(&mut self) -> Sum {
        let mut sum = Sum::default();
        let rows = self.growth.rows;
        for row in 0..self.samples.len() {
            let is_seen = rows >= 1.0 || self.roll() < rows;
            let margin = self.margins.get(row).copied().unwrap_or_default();
            let label = self.samples.labels.get(row).copied().unwrap_or_default();
            let p = logistic(margin);
            let state = State {
                slot: if is_seen { 0 } else { NOWHERE },
                slope: single(p - f64::from(u8::from(label))),
                bend: single(p * (1.0 - p)),
            };
            if let Some(place) = self.states.get_mut(row) {
                *place = state;
            }
            if is_seen {
                sum.add(state);
            }
        }
        sum
    }

    fn columns(&mut self) -> Vec<usize> {
        let mut all: Vec<(f64, usize)> =
            (0..self.sorted.len()).map(|feature| (self.roll(), feature)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let some = many(all.len()) * self.growth.columns;
        let mut some: Vec<usize> = all
            .into_iter()
            .zip(0_usize..)
            .filter(|(_, place)| *place == 0 || many(*place) < some)
            .map(|((_, feature), _)| feature)
            .collect();
        some.sort_unstable();
        some
    }

    fn value(&self, sum: Sum, (least, most): (f64, f64)) -> f64 {
        (-sum.slope / (sum.bend + self.growth.l2)).clamp(least, most)
    }

    /// How much better than nothing a leaf of `sum` is.
    fn worth(&self, sum: Sum, value: f64) -> f64 {
        -(2.0 * sum.slope).mul_add(value, (sum.bend + self.growth.l2) * value * value)
    }

    fn open(&self, node: usize, sum: Sum, between: (f64, f64)) -> Open {
        let worth = self.worth(sum, self.value(sum, between));
        Open { node, sum, between, worth, best: None }
    }

    fn leaf(&self, sum: Sum, between: (f64, f64)) -> Node {
        let value = single(self.growth.rate * self.value(sum, between));
        Node { feature: None, below: 0.0, next: 0, unknown_left: false, value }
    }

    /// Looks at every split by one feature.
    fn look(&self, feature: usize, open: &mut [Open]) {
        let Some(sorted) = self.sorted.get(feature) else { return };
        let mut known = vec![Sum::default(); open.len()];
        let is_whole = sorted.len() == self.samples.len();
        if is_whole {
            known = open.iter().map(|one| one.sum).collect();
        } else {
            for (_, row) in sorted {
                let Some(state) = get(&self.states, *row) else { continue };
                let place = usize::try_from(state.slot).ok();
                if let Some(met) = place.and_then(|place| known.get_mut(place)) {
                    met.add(state);
                }
            }
        }
        let mut met = vec![Met::default(); open.len()];
        for (value, row) in sorted {
            let Some(state) = get(&self.states, *row).filter(|state| state.slot != NOWHERE) else {
                continue;
            };
            let Ok(place) = usize::try_from(state.slot) else { continue };
            let (Some(one), Some(met)) = (open.get_mut(place), met.get_mut(place)) else {
                continue;
            };
            if let Some(last) = met.last.filter(|last| *last < *value) {
                let known = known.get(place).copied().unwrap_or_default();
                self.weigh(feature, edge(last, *value), (met.left, known), one);
            }
            met.last = Some(*value);
            met.left.add(state);
        }
    }

    /// Weighs one split of one place, with what is not known on either side.
    fn weigh(&self, feature: usize, below: f32, (left, known): (Sum, Sum), open: &mut Open) {
        let unknown = open.sum.without(known);
        let sides: &[bool] = if unknown.bend > 1e-9 { &[false, true] } else { &[true] };
        for unknown_left in sides {
            let left = if *unknown_left { left.with(unknown) } else { left };
            let right = open.sum.without(left);
            let least = self.growth.weight_min;
            if left.bend < least || right.bend < least {
                continue;
            }
            let (low, high) = (self.value(left, open.between), self.value(right, open.between));
            let is_leaning = match self.leanings.get(feature).copied().unwrap_or_default() {
                Leaning::Free => true,
                Leaning::Up => low <= high,
                Leaning::Down => low >= high,
            };
            if !is_leaning {
                continue;
            }
            let gain = self.worth(left, low) + self.worth(right, high) - open.worth;
            if gain > open.best.map_or(1e-9, |best| best.gain) {
                let unknown_left = *unknown_left;
                open.best = Some(Split { gain, feature, below, unknown_left, left, right });
            }
        }
    }

    /// Splits what can be split, and says which places came of it.
    fn split(&mut self, open: &[Open]) -> Vec<Open> {
        let mut next = Vec::new();
        let mut lefts = Vec::new();
        for one in open {
            let Some(split) = one.best else {
                lefts.push(None);
                continue;
            };
            let (left, right) = self.bounds(one, &split);
            let place = self.nodes.len();
            self.nodes.push(self.leaf(split.left, left));
            self.nodes.push(self.leaf(split.right, right));
            if let Some(node) = self.nodes.get_mut(one.node) {
                node.feature = u16::try_from(split.feature).ok();
                node.below = split.below;
                node.next = u32::try_from(place).unwrap_or_default();
                node.unknown_left = split.unknown_left;
            }
            lefts.push(Some((u32::try_from(next.len()).unwrap_or(NOWHERE), split)));
            let after = place.saturating_add(1);
            next.push(self.open(place, split.left, left));
            next.push(self.open(after, split.right, right));
        }
        for (row, state) in self.states.iter_mut().enumerate() {
            let slot = &mut state.slot;
            if *slot == NOWHERE {
                continue;
            }
            let Some((left, split)) = get(&lefts, *slot).flatten() else {
                *slot = NOWHERE;
                continue;
            };
            let column = self.samples.columns.get(split.feature);
            let value = column.and_then(|column| column.get(row)).copied().unwrap_or(f32::NAN);
            let is_left = if value.is_nan() { split.unknown_left } else { value < split.below };
            *slot = left.saturating_add(u32::from(!is_left));
        }
        next
    }

    /// Between which values the two sides must stay, so that nothing below undoes a leaning.
    fn bounds(&self, one: &Open, split: &Split) -> ((f64, f64), (f64, f64)) {
        let (least, most) = one.between;
        let low = self.value(split.left, one.between);
        let high = self.value(split.right, one.between);
        let middle = f64::midpoint(low, high);
        match self.leanings.get(split.feature).copied().unwrap_or_default() {
            Leaning::Free => (one.between, one.between),
            Leaning::Up => ((least, middle), (middle, most)),
            Leaning::Down => ((middle, most), (least, middle)),
        }
    }
}

const UNBOUND: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// Where `low` is less and `high` is not.
fn edge(low: f32, high: f32) -> f32 {
    let middle = f32::midpoint(low, high);
    if middle > low { middle } else { high }
}

/// What one tree says about one row.
fn answer(tree: &[Node], root: usize, columns: &[Vec<f32>], row: usize) -> f32 {
    let mut at = 0_usize;
    while let Some(node) = tree.get(at) {
        let Some(feature) = node.feature else { return node.value };
        let column = columns.get(usize::from(feature));
        let value = column.and_then(|column| column.get(row)).copied().unwrap_or(f32::NAN);
        let is_left = if value.is_nan() { node.unknown_left } else { value < node.below };
        let next = usize::try_from(node.next).unwrap_or(usize::MAX).saturating_sub(root);
        at = next.saturating_add(usize::from(!is_left));
    }
    0.0
}
