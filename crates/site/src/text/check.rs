//! Checks of message catalogs, for the tests of crates that have some.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentResource;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

use crate::{Lang, text::OWN};

/// A key and the variables of its message.
type Keys = BTreeMap<String, BTreeSet<String>>;

/// Asserts that catalogs and code agree.
///
/// Both languages have the same keys with the same variables; every key that `t("…")` or
/// `t_args("…")` names in `sources` exists; every key is used: as a literal, or as one that starts
/// with what comes before a `{` in a literal (`format!("state-{}", …)`).
///
/// # Panics
///
/// With the list of problems, if there is one.
pub fn check_catalogs(ja: &[&str], en: &[&str], sources: &[&str]) {
    let problems = problems(ja, en, sources);
    assert!(problems.is_empty(), "message catalogs:\n{}", problems.join("\n"));
}

/// The variables of every message whose key begins so.
#[must_use]
pub fn variables(catalogs: &[&str], beginning: &str) -> BTreeSet<String> {
    let all = keys(catalogs, &mut Vec::new());
    let named = all.into_iter().filter(|(key, _)| key.starts_with(beginning));
    named.flat_map(|(_, variables)| variables).collect()
}

/// Every `.rs` file below `dir`, read; an unreadable directory gives nothing.
///
/// For tests: the one place that reads files, and only those of the crate under test.
#[must_use]
pub fn sources(dir: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![std::path::PathBuf::from(dir)];
    while let Some(path) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&path) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                found.extend(std::fs::read_to_string(&path));
            }
        }
    }
    found
}

fn problems(ja: &[&str], en: &[&str], sources: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    let (ja, en) = (keys(ja, &mut problems), keys(en, &mut problems));
    for (key, variables) in &ja {
        match en.get(key) {
            None => problems.push(format!("{key} is missing in English")),
            Some(theirs) if theirs != variables => {
                problems.push(format!("{key} has other variables in English"));
            }
            Some(_) => {}
        }
    }
    problems.extend(
        en.keys()
            .filter(|key| !ja.contains_key(*key))
            .map(|k| format!("{k} is missing in Japanese")),
    );

    let own = OWN.iter().filter(|(lang, _)| *lang == Lang::Ja).map(|(_, text)| *text);
    let own = keys(&own.collect::<Vec<_>>(), &mut problems);
    let literals: BTreeSet<&str> = sources.iter().flat_map(|source| literals(source)).collect();
    let families: BTreeSet<&str> = literals
        .iter()
        .filter_map(|literal| literal.split_once('{').map(|(before, _)| before))
        .filter(|before| before.ends_with('-') && before.len() > 1)
        .collect();
    for key in ja.keys() {
        let is_family = families.iter().any(|family| key.starts_with(family));
        if !literals.contains(key.as_str()) && !is_family {
            problems.push(format!("{key} is never used"));
        }
    }
    for key in sources.iter().flat_map(|source| named(source)) {
        if !key.contains('{') && !ja.contains_key(&key) && !own.contains_key(&key) {
            problems.push(format!("{key} is used but does not exist"));
        }
    }
    problems
}

fn keys(catalogs: &[&str], problems: &mut Vec<String>) -> Keys {
    let mut keys = Keys::new();
    for catalog in catalogs {
        let resource = match FluentResource::try_new((*catalog).to_owned()) {
            Ok(resource) => resource,
            Err((resource, errors)) => {
                problems.extend(errors.iter().map(|error| format!("syntax: {error}")));
                resource
            }
        };
        for entry in resource.entries() {
            let Entry::Message(message) = entry else { continue };
            let id = message.id.name;
            let value = message.value.iter().map(|pattern| (id.to_owned(), pattern));
            let attributes = message.attributes.iter();
            let attributes = attributes.map(|at| (format!("{id}.{}", at.id.name), &at.value));
            for (key, pattern) in value.chain(attributes) {
                let mut variables = BTreeSet::new();
                collect(pattern, &mut variables);
                if keys.insert(key.clone(), variables).is_some() {
                    problems.push(format!("{key} is there twice"));
                }
            }
        }
    }
    keys
}

fn collect(pattern: &Pattern<&str>, into: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(inline) => variable(inline, into),
            Expression::Select { selector, variants } => {
                variable(selector, into);
                for variant in variants {
                    collect(&variant.value, into);
                }
            }
        }
    }
}

fn variable(inline: &InlineExpression<&str>, into: &mut BTreeSet<String>) {
    if let InlineExpression::VariableReference { id } = inline {
        into.insert(id.name.to_owned());
    }
}

/// Every string literal without escapes on one line; good enough for keys.
fn literals(source: &str) -> Vec<&str> {
    source.lines().flat_map(|line| line.split('"').skip(1).step_by(2)).collect()
}

/// The keys that `t(…"key"` and `t_args(…"key"` name.
fn named(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    // Comments show how to call it, and unit tests (last in a file) bring messages of their own.
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let code: Vec<&str> = source.lines().filter(is_code).collect();
    let code = code.join("\n");
    for call in ["t(", "t_args("] {
        let mut rest = code.as_str();
        while let Some((before, after)) = rest.split_once(call) {
            rest = after;
            let is_word =
                before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
            if is_word {
                continue;
            }
            // Arguments before the key are plain names: a language, never another call.
            let Some((head, tail)) = after.split_once('"') else { continue };
            if head.chars().any(|c| "();{}|".contains(c)) {
                continue;
            }
            found.extend(tail.split_once('"').map(|(key, _)| key.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreeing_catalogs_and_code_have_no_problems() {
        let ja = "a = { $n }件\nstate-open = 有効\n    .hint = いま\n";
        let en = "a = { $n } items\nstate-open = open\n    .hint = now\n";
        let code = r#"visit.t_args("a", &[]); t(&format!("state-{}", s)); words.t("problem-menu")"#;

        let own_key_is_known = code.replace("problem-menu", "lang-switch");

        assert_eq!(problems(&[ja], &[en], &[&own_key_is_known]), Vec::<String>::new());
    }

    #[test]
    fn every_kind_of_disagreement_is_found() {
        let ja = "a = { $n }件\nb = び\nc = し\n";
        let en = "a = { $m } items\nb = b\nd = d\n";
        let code = r#"visit.t("a"); t(lang, "zz"); render("b")"#;

        assert_eq!(
            problems(&[ja], &[en], &[code]),
            [
                "a has other variables in English",
                "c is missing in English",
                "d is missing in Japanese",
                "c is never used",
                "zz is used but does not exist",
            ]
        );
    }
}
