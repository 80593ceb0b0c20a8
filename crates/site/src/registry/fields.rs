//! The fields of the form: from a document to what stands in them, and back.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use kanuki_domain::{
    agreement::{Agreement, Fact, Factor, Identifier, IdentityProof, Side, Task, Threat},
    barrier::AttackPath,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::Values;

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// A line that must be there.
    Line,
    /// A line that may be left out.
    Optional,
    /// Several lines of text.
    Text,
    /// One address per line.
    Lines,
    /// JSON that must be there: public keys.
    Keys,
    /// JSON that may be left out.
    Json,
    /// A day.
    Date,
    /// Yes or no.
    Flag,
    /// Whether a list holds the last part of the path.
    Member,
    /// A whole number.
    Number,
    /// One of several words; the text key's first part.
    Choice(&'static [&'static str], &'static str),
    /// A file, word for word. It goes through the form in Base64, which no browser folds lines of.
    File,
}

/// A field of the form.
#[derive(Clone, Debug)]
pub struct Def {
    /// Where it stands in the document.
    pub path: String,
    /// What it takes.
    pub entered: Entered,
}

impl Def {
    /// A field.
    pub fn new(path: impl Into<String>, entered: Entered) -> Self {
        Self { path: path.into(), entered }
    }
}

/// Where the agreement stands within a document.
pub const AGREEMENT: &str = "agreement";

const SIDES: Entered = Entered::Choice(&["wallet", "bank", "both"], "agr-side");
const BARRIERS: Entered =
    Entered::Choice(&["nothing", "knowledge", "code", "device", "bound"], "agr-barrier");
const PROOFS: Entered = Entered::Choice(&["jpki", "ic_chip", "other"], "agr-proof");

/// Every field of an agreement, in the order of the form.
#[must_use]
pub fn defs() -> Vec<Def> {
    let mut all = Vec::new();
    let mut add = |path: String, entered| all.push(Def::new(path, entered));
    add("assessment.assessed_on".to_owned(), Entered::Date);
    add("assessment.review_by".to_owned(), Entered::Date);
    for side in ["wallet", "bank"] {
        add(format!("assessment.{side}.name"), Entered::Line);
        add(format!("assessment.{side}.role"), Entered::Line);
        add(format!("assessment.{side}.on"), Entered::Date);
    }
    for threat in Threat::ALL {
        add(format!("assessment.threats.{}.finding", threat.name()), Entered::Text);
        add(format!("assessment.threats.{}.measure", threat.name()), Entered::Text);
    }
    for task in Task::ALL {
        add(format!("duties.{}.side", task.name()), SIDES);
        for part in ["contact", "reach", "hours"] {
            add(format!("duties.{}.{part}", task.name()), Entered::Line);
        }
    }
    add("safeguards.identity".to_owned(), PROOFS);
    for fact in Fact::ALL {
        add(format!("safeguards.matched.{}", fact.name()), Entered::Member);
    }
    for factor in Factor::ALL {
        add(format!("safeguards.factors.{}", factor.name()), Entered::Member);
    }
    for (path, entered) in [
        ("safeguards.wallet_measure", Entered::Line),
        ("safeguards.bank_measure", Entered::Line),
        ("safeguards.contact_change_days", Entered::Number),
        ("safeguards.bank_verified", Entered::Flag),
        ("safeguards.same_person", Entered::Flag),
        ("contract.evaluated_on", Entered::Date),
        ("contract.evaluation", Entered::Text),
        ("contract.concluded_on", Entered::Date),
        ("contract.identity_tasks", Entered::Text),
        ("contract.supervision", Entered::Text),
        ("compensation.cases", Entered::Text),
        ("compensation.procedure", Entered::Text),
        ("compensation.pays_first", SIDES),
        ("compensation.split.wallet_cause", Entered::Number),
        ("compensation.split.bank_cause", Entered::Number),
        ("compensation.split.other_cause", Entered::Number),
        ("compensation.contact", Entered::Text),
        ("compensation.publication", Entered::Text),
        ("compensation.non_customers", Entered::Flag),
    ] {
        add(path.to_owned(), entered);
    }
    for of in ["of_bank", "of_wallet"] {
        for part in ["required", "found"] {
            for path in AttackPath::ALL {
                add(format!("standards.{of}.{part}.{}", path.name()), BARRIERS);
            }
        }
        add(format!("standards.{of}.profile"), Entered::Line);
        add(format!("standards.{of}.looked_on"), Entered::Date);
        add(format!("standards.{of}.expires"), Entered::Date);
        add(format!("standards.{of}.sha256"), Entered::Line);
        add(format!("standards.{of}.file"), Entered::File);
    }
    all.extend(of_exchange());
    debug_assert!(Side::ALL.len() == 3 && IdentityProof::ALL.len() == 3, "choices are complete");
    all
}

/// By which right the two ask each other about confirmed frauds; all of it may be left out.
fn of_exchange() -> Vec<Def> {
    let def = |part: &str, entered| Def::new(format!("exchange.{part}"), entered);
    let mut all = vec![
        def("basis", Entered::Text),
        def("decided_by", Entered::Optional),
        def("decided_on", Entered::Date),
        def("review_by", Entered::Date),
    ];
    let kinds = Identifier::ALL.iter();
    all.extend(kinds.map(|kind| def(&format!("kinds.{}", kind.name()), Entered::Member)));
    all.extend(["wallet_key", "bank_key"].map(|part| def(part, Entered::Optional)));
    all
}

fn find<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(document, |value, name| value.get(name))
}

/// What stands in the fields for `document`.
pub fn values(document: &impl Serialize, defs: &[Def]) -> Values {
    let document = serde_json::to_value(document).unwrap_or(Value::Null);
    let mut all = Values::new();
    for def in defs {
        if let Some(text) = value_of(&document, def) {
            all.insert(def.path.clone(), text);
        }
    }
    all
}

fn value_of(document: &Value, def: &Def) -> Option<String> {
    if def.entered == Entered::Member {
        let (list, name) = def.path.rsplit_once('.')?;
        let items = find(document, list)?.as_array()?;
        return items.iter().any(|item| item == name).then(|| "yes".to_owned());
    }
    let value = find(document, &def.path).filter(|value| !value.is_null())?;
    Some(match def.entered {
        Entered::Flag => return (value == &Value::Bool(true)).then(|| "yes".to_owned()),
        Entered::Keys | Entered::Json => serde_json::to_string_pretty(value).unwrap_or_default(),
        Entered::File => BASE64_STANDARD.encode(value.as_str()?),
        Entered::Lines => {
            let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
        }
        Entered::Line
        | Entered::Optional
        | Entered::Text
        | Entered::Date
        | Entered::Member
        | Entered::Number
        | Entered::Choice(..) => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    })
}

/// The document that a filled-in form is, with `more` beside it; the error is the path that cannot
/// be read.
pub fn document<T: DeserializeOwned>(
    values: &Values,
    defs: &[Def],
    more: &[(&str, Value)],
) -> Result<T, String> {
    let mut whole = Value::Object(Map::new());
    for def in defs {
        let typed = values.get(&def.path).map_or("", String::as_str).trim();
        if let Some(value) = read(def, typed)? {
            put(&mut whole, def, value);
        }
    }
    for (name, value) in more {
        put(&mut whole, &Def::new(*name, Entered::Line), value.clone());
    }
    serde_json::from_value(whole).map_err(|_| String::new())
}

fn read(def: &Def, typed: &str) -> Result<Option<Value>, String> {
    let wrong = || def.path.clone();
    let text = || (!typed.is_empty()).then(|| Value::from(typed));
    Ok(match def.entered {
        Entered::Line => Some(Value::from(typed)),
        Entered::Optional | Entered::Text | Entered::Choice(..) => text(),
        Entered::Lines => Some(typed.split_whitespace().map(Value::from).collect()),
        Entered::Keys if typed.is_empty() => Some(serde_json::json!({ "keys": [] })),
        Entered::Json | Entered::Date | Entered::Number | Entered::File if typed.is_empty() => None,
        Entered::Keys | Entered::Json => Some(serde_json::from_str(typed).map_err(|_| wrong())?),
        Entered::Date => {
            let day: jiff::civil::Date = typed.parse().map_err(|_| wrong())?;
            Some(Value::from(day.to_string()))
        }
        Entered::Flag => Some(Value::Bool(typed == "yes")),
        Entered::Member => (typed == "yes").then_some(Value::Bool(true)),
        Entered::File => Some(Value::from(file_text(typed).ok_or_else(wrong)?)),
        Entered::Number => Some(Value::from(typed.parse::<u64>().map_err(|_| wrong())?)),
    })
}

/// The text of a file, as it stands in the form.
pub(super) fn file_text(typed: &str) -> Option<String> {
    String::from_utf8(BASE64_STANDARD.decode(typed).ok()?).ok()
}

/// Puts a value where its path says, making what is on the way.
fn put(whole: &mut Value, def: &Def, value: Value) {
    let names: Vec<&str> = def.path.split('.').collect();
    let Some((last, way)) = names.split_last() else { return };
    let is_member = def.entered == Entered::Member;
    let way = way.split_last().map_or((way, None), |(list, before)| {
        if is_member { (before, Some(*list)) } else { (way, None) }
    });
    let mut at = whole;
    for name in way.0 {
        let Some(members) = at.as_object_mut() else { return };
        at = members.entry(*name).or_insert_with(|| Value::Object(Map::new()));
    }
    let Some(members) = at.as_object_mut() else { return };
    match way.1 {
        Some(name) => {
            let items = members.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            if let Some(items) = items.as_array_mut() {
                items.push(Value::from(*last));
            }
        }
        None => {
            members.insert((*last).to_owned(), value);
        }
    }
}

/// An agreement from a file, TOML or JSON.
#[must_use]
pub fn from_file(bytes: &[u8]) -> Option<Agreement> {
    // Of an empty file every field would be read as empty, and take the form's place.
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.trim().is_empty())?;
    toml::from_str(text).ok().or_else(|| serde_json::from_str(text).ok())
}

/// The fields of an agreement within a larger document.
#[must_use]
pub fn within(defs: Vec<Def>) -> Vec<Def> {
    defs.into_iter().map(|def| Def { path: format!("{AGREEMENT}.{}", def.path), ..def }).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use kanuki_domain::agreement::example;

    use super::*;

    #[test]
    fn what_is_agreed_comes_back_from_the_form_as_it_went_in() {
        let mut agreed = example(date(2026, 11, 22));
        agreed.standards.of_bank.file = "{\r\n  \"name\": \"見本\"\n}".to_owned();
        agreed.exchange.basis = "個人情報保護法27条1項2号".to_owned();
        agreed.exchange.review_by = Some(date(2027, 5, 1));
        agreed.exchange.kinds = [Identifier::Phone, Identifier::Address].into();
        let values = values(&agreed, &defs());

        assert_eq!(document(&values, &defs(), &[]), Ok(agreed.clone()));
        assert_eq!(document(&Values::new(), &defs(), &[]), Ok(filled_with_nothing()));
        let toml = toml::to_string(&agreed).unwrap();
        assert_eq!(from_file(toml.as_bytes()), Some(agreed.clone()));
        let json = serde_json::to_string(&agreed).unwrap();
        assert_eq!(from_file(json.as_bytes()), Some(agreed));
        assert_eq!(from_file(b"[assessment]\nsurprise = 1\n"), None);
    }

    /// Threats and duties are named by the form, and nothing is said of them.
    fn filled_with_nothing() -> Agreement {
        let nobody = |task: &Task| (*task, kanuki_domain::agreement::Duty::default());
        Agreement { duties: Task::ALL.iter().map(nobody).collect(), ..Agreement::default() }
    }

    #[test]
    fn every_barrier_can_be_chosen_but_the_unknown_which_is_to_leave_it_out() {
        let known = kanuki_domain::barrier::Barrier::ALL.iter().skip(1);
        let names: Vec<&str> = known.map(|barrier| barrier.name()).collect();
        assert!(matches!(BARRIERS, Entered::Choice(words, _) if words == names));
    }

    #[test]
    fn a_day_that_is_none_is_named() {
        let values = Values::from([("assessment.assessed_on".to_owned(), "soon".to_owned())]);

        let read: Result<Agreement, String> = document(&values, &defs(), &[]);
        assert_eq!(read, Err("assessment.assessed_on".to_owned()));
    }
}
