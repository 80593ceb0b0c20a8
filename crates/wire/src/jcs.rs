//! Canonical JSON (RFC 8785), so that two machines hash the same thing to the same bytes.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Why a value has no canonical form here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JcsError {
    /// It cannot be written as JSON at all.
    #[error("the value cannot be written as JSON")]
    NotJson,
    /// A fraction, or a whole number beyond ±(2^53 - 1), which other JSON readers would round.
    #[error("only whole numbers that every JSON reader keeps exactly")]
    Number,
}

/// The largest whole number that every reader of JSON keeps exactly (RFC 7493 section 2.2).
const EXACT: u64 = (1 << 53) - 1;

/// `value` as canonical JSON: keys in order of UTF-16 code units, no white space.
pub fn canonical(value: &impl Serialize) -> Result<Vec<u8>, JcsError> {
    let value = serde_json::to_value(value).map_err(|_| JcsError::NotJson)?;
    let mut out = String::new();
    write(&value, &mut out)?;
    Ok(out.into_bytes())
}

/// SHA-256 of [`canonical`]: what a passkey signs as its challenge.
pub fn digest(value: &impl Serialize) -> Result<[u8; 32], JcsError> {
    Ok(Sha256::digest(canonical(value)?).into())
}

fn write(value: &Value, out: &mut String) -> Result<(), JcsError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => {
            let size = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64());
            if size.is_none_or(|s| s > EXACT) {
                return Err(JcsError::Number);
            }
            out.push_str(&number.to_string());
        }
        Value::String(text) => write_text(text, out)?,
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            // RFC 8785 section 3.2.3: UTF-16 code units, which differ from UTF-8 order for
            // characters beyond the basic plane.
            sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (i, (key, member)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_text(key, out)?;
                out.push(':');
                write(member, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// The JSON writer's own escapes are exactly those of RFC 8785 section 3.2.2.2.
fn write_text(text: &str, out: &mut String) -> Result<(), JcsError> {
    out.push_str(&serde_json::to_string(text).map_err(|_| JcsError::NotJson)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(value: &Value) -> String {
        String::from_utf8(canonical(value).unwrap()).unwrap()
    }

    /// The sample of RFC 8785 section 3.2.3.
    #[test]
    fn keys_are_ordered_by_utf16_code_units() {
        let sample: Value = serde_json::from_str(
            r#"{"\u20ac":"Euro Sign","\r":"Carriage Return",
               "\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
               "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",
               "\u00f6":"Latin Small Letter O With Diaeresis"}"#,
        )
        .unwrap();
        let canonical = text(&sample);
        let order = [
            "Carriage Return",
            "One",
            "Control",
            "Latin Small Letter O With Diaeresis",
            "Euro Sign",
            "Emoji: Grinning Face",
            "Hebrew Letter Dalet With Dagesh",
        ];

        let places: Vec<_> = order.iter().map(|v| canonical.find(v).unwrap()).collect();
        assert!(places.is_sorted(), "{canonical}");
    }

    /// Strings and literals of RFC 8785 section 3.2.2; its numbers are fractions.
    #[test]
    fn strings_are_escaped_as_the_standard_says() {
        let sample: Value = serde_json::from_str(
            r#"{"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
               "literals":[null,true,false]}"#,
        )
        .unwrap();

        assert_eq!(
            text(&sample),
            r#"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
    }

    #[test]
    fn numbers_that_a_reader_could_round_are_refused() {
        assert_eq!(text(&json!([0, -1, 9_007_199_254_740_991_u64])), "[0,-1,9007199254740991]");
        for bad in [json!(9_007_199_254_740_992_u64), json!(-9_007_199_254_740_992_i64)] {
            assert_eq!(canonical(&bad), Err(JcsError::Number));
        }
        let fraction: Value = serde_json::from_str("1.5").unwrap();
        assert_eq!(canonical(&fraction), Err(JcsError::Number));
    }

    #[test]
    fn the_order_in_which_members_were_written_does_not_change_the_digest() {
        let one: Value = serde_json::from_str(r#"{"b":1,"a":{"d":2,"c":3}}"#).unwrap();
        let two: Value = serde_json::from_str(r#"{"a":{"c":3,"d":2},"b":1}"#).unwrap();

        assert_eq!(digest(&one), digest(&two));
        assert_ne!(digest(&one), digest(&json!({"a": 1})));
    }
}
