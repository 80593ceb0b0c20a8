//! JSON as strangers send it: text with one meaning only.
//!
//! Two parsers that pick different ones of two equal keys can be played against each other, so
//! duplicate keys are refused, and so are fractions, which nothing here ever needs.

use std::{borrow::Cow, collections::BTreeSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor},
};

/// Why JSON was refused. It carries no part of the text, which may be personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON, or with duplicate keys or fractions.
    #[error("not JSON with unique keys and whole numbers")]
    Malformed,
    /// Good JSON of the wrong shape.
    #[error("not the expected members")]
    Shape,
}

/// Reads `T` from JSON text; duplicate keys anywhere, fractions and trailing text are refused.
pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, JsonError> {
    check(text)?.read()
}

/// JSON text with one meaning, of which nothing was read yet: for whoever has to look at it first.
#[derive(Clone, Copy)]
pub(crate) struct Unread<'a>(&'a [u8]);

/// Looks at every token of `text` and keeps nothing: reading it twice costs less than a tree of it.
pub(crate) fn check(text: &[u8]) -> Result<Unread<'_>, JsonError> {
    let Unambiguous = serde_json::from_slice(text).map_err(|_| JsonError::Malformed)?;
    Ok(Unread(text))
}

impl Unread<'_> {
    /// `T`, if that is what it says: nothing but its shape can be wrong.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T, JsonError> {
        serde_json::from_slice(self.0).map_err(|_| JsonError::Shape)
    }
}

/// JSON without duplicate keys and fractions, of which nothing is kept.
struct Unambiguous;

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UnambiguousVisitor)
    }
}

struct UnambiguousVisitor;

impl<'de> Visitor<'de> for UnambiguousVisitor {
    type Value = Unambiguous;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without fractions")
    }

    fn visit_unit<E>(self) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Unambiguous, A::Error> {
        while let Some(Unambiguous) = items.next_element()? {}
        Ok(Unambiguous)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Unambiguous, A::Error> {
        let mut names = BTreeSet::new();
        while let Some((Name(name), Unambiguous)) = members.next_entry()? {
            if !names.insert(name) {
                return Err(A::Error::custom("duplicate key"));
            }
        }
        Ok(Unambiguous)
    }
}

/// A member's name, in place where it is written without escapes.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Reads one member and passes over all others.
    #[derive(Debug, PartialEq, Deserialize)]
    struct Picky {
        only: Option<u8>,
    }

    #[test]
    fn text_with_two_meanings_is_refused() {
        for bad in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            r#"[{"a":1,"\u0061":2}]"#,
            r#"{"a":1.5}"#,
            r#"{"a":1e2}"#,
            r#"{"a":1} x"#,
            r#"{"a":-0}"#,
            r#"{"a":18446744073709551616}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"\ud800":1}"#,
            "",
            "{",
        ] {
            assert_eq!(read::<Value>(bad.as_bytes()), Err(JsonError::Malformed), "{bad}");
            assert_eq!(read::<Picky>(bad.as_bytes()), Err(JsonError::Malformed), "{bad}");
        }
        assert_eq!(read::<Picky>(b"{\"x\":\"\xff\"}"), Err(JsonError::Malformed));
        assert!(read::<Value>(&"[".repeat(10_000).into_bytes()).is_err());
    }

    #[test]
    fn plain_values_come_through_unchanged() {
        let text = r#"{"a":[null,true,-1,18446744073709551615,"閂"],"b":{}}"#;

        assert_eq!(read::<Value>(text.as_bytes()).unwrap().to_string(), text);
        assert_eq!(read::<String>(b"1"), Err(JsonError::Shape));
        let inner = r#"{"x":{"only":1},"only":7,"y":[{"x":1},{"x":1}]}"#;
        assert_eq!(read(inner.as_bytes()), Ok(Picky { only: Some(7) }));
    }
}
