//! What one version changes of another, leaf by leaf.

use std::collections::BTreeMap;

use kanuki_domain::agreement::Effect;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Content;

/// One leaf that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which: `redirect_uris.https://…`, `agreement.assessment.review_by`.
    pub path: String,
    /// What it was.
    pub before: Option<String>,
    /// What it becomes.
    pub after: Option<String>,
    /// What that does.
    pub effect: Effect,
}

/// When a company became known is no part of what is agreed.
const APART: &str = "since";

/// The values of a document by their paths. What a list holds is named by itself, an object in a
/// list by its key id, so that another order is no change.
fn leaves(at: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    let below = |name: &str| {
        if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
    };
    match value {
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => {
            found.insert(at.to_owned(), value.to_string());
        }
        Value::String(text) => {
            if !text.is_empty() {
                found.insert(at.to_owned(), text.clone());
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                leaves(&below(name), member, found);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                let text = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
                let kid = item.get("kid").and_then(Value::as_str).map(str::to_owned);
                let name = match item {
                    Value::Object(_) => kid.unwrap_or_else(|| place.to_string()),
                    Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Array(_) => text.clone(),
                };
                found.insert(below(&name), text);
            }
        }
    }
}

fn all(content: &impl Serialize) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if let Ok(value) = serde_json::to_value(content) {
        leaves("", &value, &mut found);
    }
    found.remove(APART);
    found
}

/// What `after` changes of `before`.
pub fn changes<C: Content>(before: &C, after: &C) -> Vec<Change> {
    let (was, is) = (all(before), all(after));
    let mut paths: Vec<&String> = was.keys().chain(is.keys()).collect();
    paths.sort();
    paths.dedup();
    let differing = paths.into_iter().filter(|path| was.get(*path) != is.get(*path));
    differing
        .map(|path| {
            let (before, after) = (was.get(path).cloned(), is.get(path).cloned());
            let effect = C::effect(path, before.as_deref(), after.as_deref());
            Change { path: path.clone(), before, after, effect }
        })
        .collect()
}

/// A short name for what a document says: the same at both companies exactly when both keep the
/// same document. Read out over the telephone, it shows that both signed one paper.
#[must_use]
pub fn fingerprint(document: &impl Serialize) -> String {
    let leaves = all(document);
    let parts: Vec<&str> =
        leaves.iter().flat_map(|(path, value)| [path.as_str(), value.as_str()]).collect();
    let text = kanuki_domain::id::encode_base32(kanuki_domain::id::derive_bits(&parts));
    let letters: Vec<char> = text.chars().take(20).collect();
    letters.chunks(4).map(|chunk| chunk.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}
