//! Texts that many decisions share.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// A text that is written once, in a policy or a model, and named in every decision: a decision takes
/// no copy of it, and a record does not look through it for what JSON must escape.
#[derive(Clone)]
pub struct Text(Arc<Written>);

struct Written {
    text: Box<str>,
    /// In quotes, with what JSON escapes.
    json: Option<Box<RawValue>>,
}

impl Text {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Arc::new(Written { json: to_raw_value(text).ok(), text: text.into() }))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other)
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &self.0.json {
            Some(json) => json.serialize(to),
            None => to.serialize_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_any_string_is() {
        for text in ["", "count of debit", "口座 \"a\\b\"", "\u{7}\n</script>"] {
            let (ours, theirs) = (Text::from(text), serde_json::to_string(text).unwrap());
            assert_eq!(serde_json::to_string(&ours).unwrap(), theirs);
            assert_eq!(serde_json::to_value(&ours).unwrap(), text);
            assert_eq!(serde_json::from_str::<Text>(&theirs).unwrap(), ours);
        }
    }
}
