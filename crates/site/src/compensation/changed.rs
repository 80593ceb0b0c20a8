//! What a policy says otherwise than the one in force: a second person sees it before they agree.

use std::collections::{BTreeMap, BTreeSet};

use kanuki_domain::compensation::Policy;
use maud::{Markup, html};
use serde_json::Value;

use super::fault::field;
use crate::{
    Visit,
    ui::{self, Column, Table},
};

/// One field that differs: its path, what it says now and what it would.
pub(super) type Change = (String, Option<String>, Option<String>);

/// The fields in which `new` differs from `live`, in the order of their names.
pub(super) fn between(live: &Policy, new: &Policy) -> Vec<Change> {
    let (before, after) = (leaves_of(live), leaves_of(new));
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let all = paths
        .into_iter()
        .map(|path| (path.clone(), before.get(path).cloned(), after.get(path).cloned()));
    all.filter(|(_, before, after)| before != after).collect()
}

fn leaves_of(policy: &Policy) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    leaves(String::new(), &serde_json::to_value(policy).unwrap_or_default(), &mut found);
    found
}

/// Of a list the first is number one: people read it.
fn leaves(at: String, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (name, member) in members {
                let dot = if at.is_empty() { "" } else { "." };
                leaves(format!("{at}{dot}{name}"), member, found);
            }
        }
        Value::Array(members) => {
            for (number, member) in (1_usize..).zip(members) {
                leaves(format!("{at}[{number}]"), member, found);
            }
        }
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => {
            found.insert(at, text.clone());
        }
        Value::Bool(_) | Value::Number(_) => {
            found.insert(at, value.to_string());
        }
    }
}

/// The changes as a table; that there is none, in words.
pub(super) fn table(visit: &Visit, changes: &[Change]) -> Markup {
    if changes.is_empty() {
        return html! { p { (visit.t("compensation-changes-none")) } };
    }
    let nothing = visit.t("compensation-change-nothing");
    let said = |value: &Option<String>| html! { (value.as_ref().unwrap_or(&nothing)) };
    let row = |(path, before, after): &Change| {
        vec![html! { (name(visit, path)) br; code { (path) } }, said(before), said(after)]
    };
    html! {
        div.stacked { (ui::table(&Table {
            caption: visit.t("compensation-changes"),
            head: vec![
                Column::text(visit.t("compensation-change-field")),
                Column::text(visit.t("compensation-change-now")),
                Column::text(visit.t("compensation-change-then")),
            ],
            rows: changes.iter().map(row).collect(),
        })) }
    }
}

/// `procedure.steps[2].ja` is called as `procedure.steps` is.
fn name(visit: &Visit, path: &str) -> String {
    let path = path.strip_suffix(".ja").or_else(|| path.strip_suffix(".en")).unwrap_or(path);
    let plain = match path.rsplit_once('[') {
        Some((before, number)) if number.ends_with(']') => before,
        _ => path,
    };
    field(visit, plain)
}

#[cfg(test)]
mod tests {
    use kanuki_domain::{agreement::Side, compensation::shipped};

    use super::*;

    #[test]
    fn each_field_that_differs_is_named_with_what_it_says_now_and_then() {
        let live = shipped();
        let mut new = live.clone();
        "next".clone_into(&mut new.version);
        new.split.pays_first = Some(Side::Bank);
        new.procedure.steps.pop();

        let changes = between(&live, &new);

        let paths: Vec<&str> = changes.iter().map(|(path, _, _)| path.as_str()).collect();
        let last = live.procedure.steps.len();
        let steps = [format!("procedure.steps[{last}].en"), format!("procedure.steps[{last}].ja")];
        assert_eq!(paths, [&*steps[0], &*steps[1], "split.pays_first", "version"]);
        assert_eq!(changes[2].1.as_deref(), Some("wallet"));
        assert_eq!(changes[2].2.as_deref(), Some("bank"));
        assert_eq!(changes[0].2, None, "it would be gone");
        assert!(between(&live, &live).is_empty());
    }
}
