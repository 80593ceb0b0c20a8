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

/// What stands for an object that says nothing, so that its coming and going is a change.
const NOTHING: &str = "{}";

/// Two values of one path are two leaves: what hid behind another would be signed unseen.
fn insert(found: &mut BTreeMap<String, String>, path: String, text: String) {
    let mut free = path.clone();
    let mut number = 2_u32;
    while found.contains_key(&free) {
        free = format!("{path}#{number}");
        number = number.saturating_add(1);
    }
    found.insert(free, text);
}

/// The values of a document by their paths. What a list holds is named by itself, an object in a
/// list by its key id, so that another order is no change.
fn leaves(at: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    let below = |name: &str| {
        if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
    };
    match value {
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => {
            insert(found, at.to_owned(), value.to_string());
        }
        Value::String(text) => {
            if !text.is_empty() {
                insert(found, at.to_owned(), text.clone());
            }
        }
        Value::Object(members) => {
            let before = found.len();
            for (name, member) in members {
                leaves(&below(name), member, found);
            }
            if found.len() == before {
                insert(found, at.to_owned(), NOTHING.to_owned());
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
                insert(found, below(&name), text);
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
    paths.retain(|path| was.get(*path) != is.get(*path));
    // An object that said nothing and is filled shows in what it is filled with.
    let is_shown = |path: &str| {
        let says = |side: &BTreeMap<String, String>| side.get(path).is_none_or(|t| t == NOTHING);
        let below = format!("{path}.");
        says(&was) && says(&is) && paths.iter().any(|other| other.starts_with(&below))
    };
    let differing = paths.iter().copied().filter(|path| !is_shown(path));
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
    let mut leaves = all(document);
    leaves.retain(|_, text| text != NOTHING);
    let parts: Vec<&str> =
        leaves.iter().flat_map(|(path, value)| [path.as_str(), value.as_str()]).collect();
    let text = kanuki_domain::id::encode_base32(kanuki_domain::id::derive_bits(&parts));
    let letters: Vec<char> = text.chars().take(20).collect();
    letters.chunks(4).map(|chunk| chunk.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(document: &Value) -> Vec<String> {
        all(document).into_iter().map(|(path, text)| format!("{path}={text}")).collect()
    }

    #[test]
    fn nothing_in_a_document_hides_behind_another_part_of_it() {
        let one = json!({"keys": [{"kid": "k", "x": "honest"}]});
        let two = json!({"keys": [{"kid": "k", "x": "thief"}, {"kid": "k", "x": "honest"}]});
        let seen_two = seen(&two);

        assert_eq!(seen(&one).len(), 1);
        assert_eq!(seen_two.len(), 2);
        assert!(seen_two.iter().any(|leaf| leaf.contains("thief")), "{seen_two:?}");
        assert_ne!(seen(&json!({"tls": null})), seen(&json!({"tls": {"subject": null}})));
        assert_eq!(seen(&json!({"a": ["x", "y"]})), seen(&json!({"a": ["y", "x"]})));
    }
}
