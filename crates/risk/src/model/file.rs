//! A model as it is kept: a line that says what this is and the SHA-256 of the rest, and the rest.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Model, Node, reference::Reference};

/// What a file of this version begins with.
pub(crate) const FORMAT: &str = "kanuki-model-1";
/// By how many digits of its SHA-256 a model is named, at least.
pub(crate) const VERSION_DIGITS: usize = 12;
/// The most places of all trees of one model: what somebody else's file may make us remember.
pub(super) const NODES_MAX: usize = 4_000_000;

/// Where a model comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// What it was grown from, in words.
    pub name: String,
    /// Which signals it was grown from, by the name of their kind; nothing where that is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub on: String,
    /// The first day of the events that it was grown from.
    pub from: String,
    /// For how many days.
    pub days: u16,
    /// How many rows.
    pub rows: usize,
    /// How many of them were frauds.
    pub frauds: usize,
    /// How often each tenth of the score was given in training, in hundredths of a percent: what
    /// drift is measured against.
    pub spread: Vec<u32>,
    /// How each feature and the score were spread in training; nothing in models that were grown
    /// before this was kept, whose digest stays as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
}

/// Why a model cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No model at all.
    #[error("this is no model: it does not begin with {FORMAT}")]
    NoModel,
    /// Made by another version.
    #[error(
        "this model is {0}, and this program reads {FORMAT}: grow it again with `kanuki risk train`"
    )]
    Version(String),
    /// Cut off, or changed.
    #[error(
        "this model is cut off or was changed: its bytes are not those that it was written with"
    )]
    Damaged,
    /// Its trees are not trees.
    #[error("this model cannot be walked: {0}")]
    Shape(String),
    /// A file of `XGBoost`'s that cannot be taken over.
    #[error("this is no model of XGBoost's that can be taken over: {0}")]
    Foreign(String),
}

#[derive(Serialize, Deserialize)]
struct Kept {
    features: Vec<String>,
    base: f32,
    roots: Vec<u32>,
    /// Feature or −1, below, next, unknown left, value.
    nodes: Vec<(i32, f32, u32, bool, f32)>,
    origin: Origin,
}

impl Model {
    /// Writes it down.
    pub fn to_text(&self) -> Result<String, ModelError> {
        let nodes = self.nodes.iter().map(|node| {
            let feature = node.feature.map_or(-1, i32::from);
            (feature, node.below, node.next, node.unknown_left, node.value)
        });
        let kept = Kept {
            features: self.features.clone(),
            base: self.base,
            roots: self.roots.clone(),
            nodes: nodes.collect(),
            origin: self.origin.clone(),
        };
        let body = serde_json::to_string(&kept).map_err(|error| shape(&error.to_string()))?;
        Ok(format!("{FORMAT} {}\n{body}\n", digest(&body)))
    }

    /// Reads what was written down, and looks whether it can be walked.
    pub fn from_text(text: &str) -> Result<Self, ModelError> {
        let (head, body) = text.split_once('\n').unwrap_or((text, ""));
        let Some((format, told)) = head.split_once(' ') else { return Err(ModelError::NoModel) };
        if !format.starts_with("kanuki-model-") {
            return Err(ModelError::NoModel);
        }
        if format != FORMAT {
            return Err(ModelError::Version(format.chars().take(40).collect()));
        }
        let body = body.strip_suffix('\n').ok_or(ModelError::Damaged)?;
        if digest(body) != told {
            return Err(ModelError::Damaged);
        }
        let kept: Kept = serde_json::from_str(body).map_err(|error| shape(&error.to_string()))?;
        let nodes = kept.nodes.into_iter().map(|(feature, below, next, unknown_left, value)| {
            Node { feature: u16::try_from(feature).ok(), below, next, unknown_left, value }
        });
        let model = Self {
            features: kept.features,
            base: kept.base,
            nodes: nodes.collect(),
            roots: kept.roots,
            origin: kept.origin,
        };
        model.check()?;
        Ok(model)
    }

    /// The SHA-256 of what would be written down: two models never share one.
    pub fn digest(&self) -> Result<String, ModelError> {
        let text = self.to_text()?;
        Ok(text.split([' ', '\n']).nth(1).unwrap_or_default().to_owned())
    }

    /// The first twelve digits of it, by which a policy names its model.
    pub fn version(&self) -> Result<String, ModelError> {
        Ok(self.digest()?.chars().take(VERSION_DIGITS).collect())
    }

    /// Whether every walk ends at a leaf: each question leads further down, to places that are there.
    pub(super) fn check(&self) -> Result<(), ModelError> {
        if self.features.is_empty() || self.roots.is_empty() {
            return Err(shape("it has no features or no trees"));
        }
        if self.nodes.len() > NODES_MAX {
            return Err(shape("it has more places than any model needs"));
        }
        let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        if self.roots.iter().any(|root| place(*root) >= self.nodes.len()) {
            return Err(shape("a tree begins nowhere"));
        }
        for (at, node) in self.nodes.iter().enumerate() {
            if !node.value.is_finite() || !node.below.is_finite() {
                return Err(shape("a number in it is none"));
            }
            let Some(feature) = node.feature else { continue };
            if usize::from(feature) >= self.features.len() {
                return Err(shape("it asks for a feature that it does not name"));
            }
            let next = place(node.next);
            if next <= at || next.saturating_add(1) >= self.nodes.len() {
                return Err(shape("a question leads nowhere or back"));
            }
        }
        if !self.base.is_finite() {
            return Err(shape("a number in it is none"));
        }
        self.check_reference()
    }
}

fn shape(what: &str) -> ModelError {
    ModelError::Shape(what.to_owned())
}

fn digest(body: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(body.as_bytes()).into();
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Growth, Samples};

    fn model() -> Model {
        let mut samples = Samples::new(vec!["amount".to_owned()]);
        for n in 0..100_u8 {
            samples.add(&[n.into()], n > 50);
        }
        let growth = Growth {
            trees: 1,
            depth: 1,
            rate: 1.0,
            l2: 1.0,
            weight_min: 1.0,
            rows: 1.0,
            columns: 1.0,
            seed: 1,
        };
        samples.grow(&growth, &[])
    }

    #[test]
    fn a_model_from_before_there_was_a_reference_is_read_and_keeps_its_name() {
        let mut old = model();
        old.origin.reference = None;
        let text = old.to_text().unwrap();
        assert!(!text.contains("reference"), "its digest is what it was: {text}");

        let read = Model::from_text(&text).unwrap();

        assert_eq!(read.reference(), None);
        assert_eq!(read.digest(), old.digest());
    }

    #[test]
    fn a_reference_that_fits_nothing_is_refused_by_name() {
        let whole = model();
        assert_eq!(Model::from_text(&whole.to_text().unwrap()), Ok(whole.clone()));

        let mut other = whole;
        if let Some(reference) = &mut other.origin.reference {
            reference.features.clear();
        }
        let read = Model::from_text(&other.to_text().unwrap());
        assert!(matches!(read, Err(ModelError::Shape(_))), "{read:?}");
    }
}
