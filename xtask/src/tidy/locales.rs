//! Every language has every message: `…/locales/LANGUAGE/AREA.ftl`.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::Tree;

type Messages<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Messages and terms of a Fluent file; what follows a name is its text, and may differ.
fn messages(text: &str) -> BTreeSet<&str> {
    let name = |line: &str| line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-');
    let of_line = |line| Some(str::split_once(line, '=')?.0.trim_end());
    text.lines().filter(|line| name(line)).filter_map(of_line).collect()
}

pub(super) fn same_messages(tree: &Tree) -> Vec<String> {
    // By folder of locales, then by language.
    let mut books = BTreeMap::<&str, BTreeMap<&str, Messages<'_>>>::new();
    for (path, text) in tree.with_extension("ftl") {
        if let Some((book, rest)) = path.split_once("locales/") {
            let (language, area) = rest.split_once('/').unwrap_or((rest, "all"));
            let language = language.trim_end_matches(".ftl");
            let areas = books.entry(book).or_default().entry(language).or_default();
            areas.insert(area, messages(text));
        }
    }
    let mut findings = Vec::new();
    for (book, languages) in books {
        for (language, areas) in &languages {
            for (other, other_areas) in &languages {
                findings
                    .extend(missing(areas, other_areas).map(|name| {
                        format!("{book}locales: {name} is in {language}, not {other}")
                    }));
            }
        }
    }
    findings
}

/// Messages of `areas` that `others` lack.
fn missing<'a>(
    areas: &'a Messages<'a>,
    others: &'a Messages<'a>,
) -> impl Iterator<Item = String> + 'a {
    areas.iter().flat_map(move |(area, names)| {
        let known = others.get(area);
        names
            .iter()
            .filter(move |name| known.is_none_or(|known| !known.contains(**name)))
            .map(move |name| format!("{area} {name}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_of_one_language_only_is_found() {
        let tree = Tree::of(&[
            (
                "crates/site/locales/ja/topup.ftl",
                "topup-title = チャージ\ntopup-help =\n    説明\n",
            ),
            ("crates/site/locales/en/topup.ftl", "topup-title = Top up\n"),
        ]);

        assert_eq!(
            same_messages(&tree),
            ["crates/site/locales: topup.ftl topup-help is in ja, not en"]
        );
    }

    #[test]
    fn area_of_one_language_only_is_found() {
        let tree = Tree::of(&[
            ("crates/site/locales/ja/a.ftl", "a = 一\n"),
            ("crates/site/locales/en/b.ftl", "b = two\n"),
        ]);

        assert_eq!(same_messages(&tree).len(), 2);
    }
}
