//! Taking over a model of `XGBoost`'s, as its `save_model("….json")` writes it, so that teams bring
//! their own.
//!
//! One class, `binary:logistic`, trees without categories: anything else is refused by name. What a
//! place in a tree says of all who come there is worked out from its leaves and their weights, so
//! that reasons add up to the score.

use std::collections::VecDeque;

use serde::Deserialize;

use super::{
    Model, Node, Origin,
    file::{ModelError, NODES_MAX},
    number::single,
};

#[derive(Deserialize)]
struct File {
    learner: Learner,
}

#[derive(Deserialize)]
struct Learner {
    #[serde(default)]
    feature_names: Vec<String>,
    gradient_booster: Booster,
    learner_model_param: Parameters,
    objective: Objective,
}

#[derive(Deserialize)]
struct Objective {
    name: String,
}

#[derive(Deserialize)]
struct Parameters {
    base_score: String,
    num_feature: String,
}

#[derive(Deserialize)]
struct Booster {
    name: String,
    #[serde(default)]
    model: Trees,
}

#[derive(Default, Deserialize)]
struct Trees {
    trees: Vec<Tree>,
    tree_info: Vec<i32>,
}

#[derive(Deserialize)]
struct Tree {
    left_children: Vec<i64>,
    right_children: Vec<i64>,
    split_indices: Vec<u32>,
    split_conditions: Vec<f32>,
    default_left: Vec<serde_json::Value>,
    #[serde(default)]
    split_type: Vec<i32>,
    sum_hessian: Vec<f32>,
}

fn foreign(what: impl Into<String>) -> ModelError {
    ModelError::Foreign(what.into())
}

impl Model {
    /// Takes over a model of `XGBoost`'s.
    pub fn from_xgboost(json: &str) -> Result<Self, ModelError> {
        let file: File = serde_json::from_str(json).map_err(|error| foreign(error.to_string()))?;
        let Learner { feature_names, gradient_booster, learner_model_param, objective } =
            file.learner;
        if objective.name != "binary:logistic" {
            return Err(foreign(format!("its objective is {}", objective.name)));
        }
        if gradient_booster.name != "gbtree" {
            return Err(foreign(format!("its booster is {}", gradient_booster.name)));
        }
        let Trees { trees, tree_info } = gradient_booster.model;
        if tree_info.iter().any(|class| *class != 0) {
            return Err(foreign("it has more than one class"));
        }
        let base = learner_model_param.base_score.trim_matches(['[', ']']).parse::<f64>();
        let base = base.map_err(|_| foreign("its base score is no number"))?;
        if !(base > 0.0 && base < 1.0) {
            return Err(foreign("its base score is no probability"));
        }
        let count: u16 = learner_model_param
            .num_feature
            .parse()
            .map_err(|_| foreign("it does not say how many features it has"))?;
        let features = match feature_names.len() {
            0 => (0..count).map(|at| format!("f{at}")).collect(),
            named if named == usize::from(count) => feature_names,
            _ => return Err(foreign("its names are not as many as its features")),
        };
        let base = single((base / (1.0 - base)).ln());
        let origin = Origin { name: "XGBoost".to_owned(), ..Origin::default() };
        let mut model = Self { features, base, nodes: Vec::new(), roots: Vec::new(), origin };
        for tree in &trees {
            tree.take_over(&mut model)?;
        }
        model.check()?;
        Ok(model)
    }
}

impl Tree {
    /// The two below a place; nothing for a leaf.
    fn below(&self, at: usize) -> Result<Option<(usize, usize)>, ModelError> {
        let child = |of: &[i64]| of.get(at).copied().ok_or_else(|| foreign("a tree is cut off"));
        let (left, right) = (child(&self.left_children)?, child(&self.right_children)?);
        Ok(usize::try_from(left).ok().zip(usize::try_from(right).ok()))
    }

    fn condition(&self, at: usize) -> Result<f32, ModelError> {
        self.split_conditions.get(at).copied().ok_or_else(|| foreign("a tree is cut off"))
    }

    /// Lays a tree out so that the two below a question are neighbours.
    fn take_over(&self, model: &mut Model) -> Result<(), ModelError> {
        if self.split_type.iter().any(|kind| *kind != 0) {
            return Err(foreign("it splits by category"));
        }
        let root = model.nodes.len();
        model.roots.push(u32::try_from(root).map_err(|_| foreign("it is too large"))?);
        model.nodes.push(BLANK);
        let mut waiting = VecDeque::from([(0_usize, root)]);
        let mut laid = Vec::new();
        while let Some((at, place)) = waiting.pop_front() {
            if model.nodes.len() > NODES_MAX {
                return Err(foreign("it is too large, or goes in circles"));
            }
            laid.push((at, place));
            let mut node = Node { value: self.condition(at)?, ..BLANK };
            if let Some((left, right)) = self.below(at)? {
                let next = model.nodes.len();
                model.nodes.extend([BLANK; 2]);
                waiting.extend([(left, next), (right, next.saturating_add(1))]);
                let feature = self.split_indices.get(at).copied().unwrap_or(u32::MAX);
                let feature = u16::try_from(feature).map_err(|_| foreign("a tree is cut off"))?;
                let unknown = self.default_left.get(at);
                node = Node {
                    feature: Some(feature),
                    below: self.condition(at)?,
                    next: u32::try_from(next).map_err(|_| foreign("it is too large"))?,
                    unknown_left: unknown.is_some_and(is_true),
                    value: 0.0,
                };
            }
            if let Some(blank) = model.nodes.get_mut(place) {
                *blank = node;
            }
        }
        self.weigh(&laid, model);
        Ok(())
    }

    /// What each place says of all who come there, from below.
    fn weigh(&self, laid: &[(usize, usize)], model: &mut Model) {
        for (at, place) in laid.iter().rev() {
            let Ok(Some((left, right))) = self.below(*at) else { continue };
            let weight = |at: usize| f64::from(self.sum_hessian.get(at).copied().unwrap_or(1.0));
            let Some(next) = model.nodes.get(*place).map(|node| node.next) else { continue };
            let value = |after: u32| {
                let at = usize::try_from(next.saturating_add(after)).unwrap_or(usize::MAX);
                f64::from(model.nodes.get(at).map_or(0.0, |node| node.value))
            };
            let (left, right) = (weight(left).max(1e-12), weight(right).max(1e-12));
            let mean = value(0).mul_add(left, value(1) * right) / (left + right);
            if let Some(node) = model.nodes.get_mut(*place) {
                node.value = single(mean);
            }
        }
    }
}

const BLANK: Node = Node { feature: None, below: 0.0, next: 0, unknown_left: false, value: 0.0 };

fn is_true(value: &serde_json::Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_i64() == Some(1))
}
