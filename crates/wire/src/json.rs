//! JSON as strangers send it: text with one meaning only.
//!
//! Two parsers that pick different ones of two equal keys can be played against each other, so
//! duplicate keys are refused, and so are fractions, which nothing here ever needs.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

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
    shaped(value(text)?)
}

/// The same before anybody knows what it should be: for whoever has to look at it first.
pub(crate) fn value(text: &[u8]) -> Result<Value, JsonError> {
    let Strict(value) = serde_json::from_slice(text).map_err(|_| JsonError::Malformed)?;
    Ok(value)
}

/// `T`, if that is what `value` is.
pub(crate) fn shaped<T: DeserializeOwned>(value: Value) -> Result<T, JsonError> {
    serde_json::from_value(value).map_err(|_| JsonError::Shape)
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without fractions")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, Strict(value))) = members.next_entry::<String, Strict>()? {
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("duplicate key"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_two_meanings_is_refused() {
        for bad in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            r#"[{"a":1,"\u0061":2}]"#,
            r#"{"a":1.5}"#,
            r#"{"a":1e2}"#,
            r#"{"a":1} x"#,
            "",
            "{",
        ] {
            assert_eq!(read::<Value>(bad.as_bytes()), Err(JsonError::Malformed), "{bad}");
        }
        assert!(read::<Value>(&"[".repeat(10_000).into_bytes()).is_err());
    }

    #[test]
    fn plain_values_come_through_unchanged() {
        let text = r#"{"a":[null,true,-1,18446744073709551615,"閂"],"b":{}}"#;

        assert_eq!(read::<Value>(text.as_bytes()).unwrap().to_string(), text);
        assert_eq!(read::<String>(b"1"), Err(JsonError::Shape));
    }
}
