//! What Rust files may hold.

use std::collections::BTreeSet;

use crate::tree::{Tree, crate_of};

/// The most lines of one file.
const LINES_MAX: usize = 500;

fn is_source(path: &str) -> bool {
    path.starts_with("xtask/src/") || (path.starts_with("crates/") && path.contains("/src/"))
}

/// Rust files outside `tests/`, with the lines before the first test module, comments left out.
fn code(tree: &Tree) -> impl Iterator<Item = (&str, impl Iterator<Item = (usize, &str)>)> {
    let is_code = |path: &str| is_source(path) && !path.ends_with("/tests.rs");
    tree.with_extension("rs").filter(move |(path, _)| is_code(path)).map(|(path, text)| {
        let lines = (1_usize..).zip(text.lines());
        let lines = lines.take_while(|(_, line)| line.trim() != "#[cfg(test)]");
        (path, lines.filter(|(_, line)| !line.trim_start().starts_with("//")))
    })
}

pub(super) fn short_files(tree: &Tree) -> Vec<String> {
    tree.with_extension("rs")
        .filter(|(path, _)| is_source(path))
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(path, lines)| format!("{path} has {lines} lines, more than {LINES_MAX}"))
        .collect()
}

/// Crates whose rules are plain functions, and the two folders of `ledger` that are.
fn is_pure(path: &str) -> bool {
    let in_ledger = ["model.rs", "model/", "state.rs", "state/"];
    match crate_of(path) {
        Some("domain" | "wire" | "risk" | "formats") => true,
        Some("ledger") => path
            .strip_prefix("crates/ledger/src/")
            .is_some_and(|rest| in_ledger.iter().any(|part| rest.starts_with(part))),
        _ => false,
    }
}

pub(super) fn no_io_in_pure_crates(tree: &Tree) -> Vec<String> {
    const IO: [&str; 8] = [
        "async fn",
        "async move",
        ".await",
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "tokio::",
    ];
    let mut findings = Vec::new();
    for (path, lines) in code(tree).filter(|(path, _)| is_pure(path)) {
        for (number, line) in lines {
            let found = IO.iter().filter(|word| line.contains(**word));
            findings.extend(found.map(|word| format!("{path}:{number}: {word}")));
        }
    }
    findings
}

/// `danger_…` functions may be called where they are defined, by the lab, by the fuzzer's targets and
/// by tests: nowhere else may a check be switched off, ours or another library's.
pub(super) fn danger_stays_home(tree: &Tree) -> Vec<String> {
    let mut defined = BTreeSet::new();
    for (path, lines) in code(tree) {
        for (_, line) in lines {
            if let Some((_, rest)) = line.split_once("fn danger_") {
                defined.insert((crate_of(path), name_at(rest)));
            }
        }
    }
    let mut findings = Vec::new();
    for (path, lines) in code(tree) {
        let home = crate_of(path);
        if home.is_none_or(|home| matches!(home, "lab" | "fuzz")) {
            continue;
        }
        for (number, line) in lines {
            let calls = line.split("danger_").skip(1).map(name_at);
            let strange = calls.filter(|name| !defined.contains(&(home, *name)));
            findings.extend(strange.map(|name| format!("{path}:{number}: danger_{name}")));
        }
    }
    findings
}

fn name_at(rest: &str) -> &str {
    rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_file_is_found() {
        let long = "\n".repeat(LINES_MAX + 1);
        let fits = "\n".repeat(LINES_MAX);
        let tree = Tree::of(&[("crates/bank/src/a.rs", &long), ("crates/bank/src/b.rs", &fits)]);

        assert_eq!(short_files(&tree).len(), 1);
    }

    #[test]
    fn pure_crate_that_waits_is_found() {
        let waits = "//! async fn in words is fine\nasync fn f() {}\n";
        let tree = Tree::of(&[
            ("crates/domain/src/lib.rs", waits),
            ("crates/ledger/src/model/mod.rs", waits),
            ("crates/ledger/src/engine.rs", waits),
            ("crates/bank/src/lib.rs", waits),
        ]);

        assert_eq!(
            no_io_in_pure_crates(&tree),
            ["crates/domain/src/lib.rs:2: async fn", "crates/ledger/src/model/mod.rs:2: async fn"]
        );
    }

    #[test]
    fn danger_is_found_away_from_home_and_outside_tests() {
        let tree = Tree::of(&[
            ("crates/jpki/src/lib.rs", "pub fn danger_skip() {}\nfn f() { danger_skip(); }\n"),
            ("crates/wallet/src/a.rs", "fn f() { jpki::danger_skip(); }\n"),
            ("crates/wallet/src/b.rs", "#[cfg(test)]\nmod tests { danger_skip(); }\n"),
            ("crates/lab/src/lib.rs", "fn f() { jpki::danger_skip(); }\n"),
            ("crates/fuzz/src/lib.rs", "fn f() { jpki::danger_skip(); }\n"),
            ("crates/cli/src/main.rs", "client.danger_accept_invalid_certs(true)\n"),
        ]);

        let found = danger_stays_home(&tree);

        assert_eq!(
            found,
            [
                "crates/cli/src/main.rs:1: danger_accept_invalid_certs",
                "crates/wallet/src/a.rs:1: danger_skip"
            ]
        );
    }
}
