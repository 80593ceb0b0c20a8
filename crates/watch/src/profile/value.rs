//! What a claim says: a value of its field's shape, or nothing.

use std::collections::BTreeSet;

use kanuki_domain::Yen;
use serde::Serialize;
use serde_json::Value as Json;

use super::field::{Field, Shape};
use crate::words::Lang;

/// The value of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Several words of the field's.
    Words(BTreeSet<String>),
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(u32),
    /// An amount.
    Yen(Yen),
    /// A word of the field's, an address, or free words.
    Text(String),
}

/// The longest free text.
const TEXT_MAX: usize = 400;

impl Value {
    /// The value for `field`; none where it has another shape.
    pub(super) fn parse(field: &Field, json: &Json) -> Option<Self> {
        let shape = field.shape;
        match shape {
            Shape::Factors | Shape::Words(_) => words(shape, json),
            Shape::Word(_) => word(shape, json).map(Self::Text),
            Shape::Flag => json.as_bool().map(Self::Flag),
            Shape::Number(max) => {
                let number = json.as_u64().and_then(|number| u32::try_from(number).ok());
                number.filter(|number| *number <= max).map(Self::Number)
            }
            Shape::Yen => serde_json::from_value(json.clone()).ok().map(Self::Yen),
            Shape::Text | Shape::Sample => text(json).map(Self::Text),
            Shape::Url => text(json).filter(|url| is_url(url)).map(Self::Text),
        }
    }

    /// The words of a list.
    #[must_use]
    pub fn words(&self) -> Option<&BTreeSet<String>> {
        match self {
            Self::Words(words) => Some(words),
            Self::Flag(_) | Self::Number(_) | Self::Yen(_) | Self::Text(_) => None,
        }
    }

    /// As people read it.
    #[must_use]
    pub fn show(&self, field: &Field, lang: Lang) -> String {
        let label = |name: &String| {
            field.shape.label(name).map_or_else(|| name.clone(), |both| both.pick(lang).to_owned())
        };
        match self {
            Self::Words(words) => {
                words.iter().map(label).collect::<Vec<_>>().join(lang.pick("、", ", "))
            }
            Self::Flag(true) => lang.pick("はい", "yes").to_owned(),
            Self::Flag(false) => lang.pick("いいえ", "no").to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Yen(yen) => yen.to_string(),
            Self::Text(text) => label(text),
        }
    }
}

fn words(shape: Shape, json: &Json) -> Option<Value> {
    let list = json.as_array()?;
    let words: BTreeSet<String> =
        list.iter().map(|each| word(shape, each)).collect::<Option<_>>()?;
    // "Nothing" beside something says two things at once.
    let is_one_thing = !words.contains("none") || words.len() == 1;
    (!words.is_empty() && words.len() == list.len() && is_one_thing).then_some(Value::Words(words))
}

fn word(shape: Shape, json: &Json) -> Option<String> {
    let name = json.as_str()?;
    shape.allowed().contains(&name).then(|| name.to_owned())
}

fn text(json: &Json) -> Option<String> {
    let text = json.as_str()?.trim();
    (!text.is_empty() && text.chars().count() <= TEXT_MAX).then(|| text.to_owned())
}

/// An address that a reader can open and nobody can hide in: no user, no spaces.
pub(super) fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        host.contains('.')
            && host.chars().all(letters)
            && rest.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\'))
    })
}

/// What would be a value of this shape.
pub(super) fn expected(shape: Shape, lang: Lang) -> String {
    let words = || shape.allowed().join(", ");
    match (lang, shape) {
        (Lang::Ja, Shape::Factors | Shape::Words(_)) => {
            format!("次のものを1つ以上、[ ] の中に並べてください: {}", words())
        }
        (Lang::Ja, Shape::Word(_)) => format!("次のどれかを書いてください: {}", words()),
        (Lang::Ja, Shape::Flag) => "true か false を書いてください".to_owned(),
        (Lang::Ja, Shape::Number(max)) => format!("0から{max}までの整数を書いてください"),
        (Lang::Ja, Shape::Yen) => {
            r#"円の額を、引用符の中に数字で書いてください(例: "50000")"#.to_owned()
        }
        (Lang::Ja, Shape::Text | Shape::Sample) => {
            format!("文を、引用符の中に{TEXT_MAX}文字までで書いてください")
        }
        (Lang::Ja, Shape::Url) => "https:// ではじまるアドレスを書いてください".to_owned(),
        (Lang::En, Shape::Factors | Shape::Words(_)) => {
            format!("a list of one or more of: {}", words())
        }
        (Lang::En, Shape::Word(_)) => format!("one of: {}", words()),
        (Lang::En, Shape::Flag) => "true or false".to_owned(),
        (Lang::En, Shape::Number(max)) => format!("a whole number from 0 to {max}"),
        (Lang::En, Shape::Yen) => r#"yen as digits in quotes, as "50000""#.to_owned(),
        (Lang::En, Shape::Text | Shape::Sample) => {
            format!("words in quotes, at most {TEXT_MAX} letters")
        }
        (Lang::En, Shape::Url) => "an address that begins with https://".to_owned(),
    }
}
