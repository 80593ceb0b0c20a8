//! Words that may not stand in the tree. Each is written in two pieces here, so as not to find
//! itself.

use crate::tree::Tree;

const FOR_LATER: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("to", "do!(")];

const MACHINE_PATHS: [&str; 3] =
    [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/fa", "rm/")];

/// Where a word is a word of the program: code, configuration, queries and messages.
const CODE: [&str; 8] = [".rs", ".mjs", ".js", ".toml", ".sql", ".ftl", ".css", ".py"];

fn find<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
    words: &'static [&'static str],
) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in files {
        for (number, line) in (1_usize..).zip(text.lines()) {
            let found = words.iter().filter(|word| line.contains(**word));
            findings.extend(found.map(|word| format!("{path}:{number}: {word}")));
        }
    }
    findings
}

pub(super) fn nothing_for_later(tree: &Tree) -> Vec<String> {
    let is_code = |path: &str| CODE.iter().any(|ending| path.ends_with(ending));
    find(tree.files().filter(|(path, _)| is_code(path)), &FOR_LATER)
}

pub(super) fn no_machine_paths(tree: &Tree) -> Vec<String> {
    find(tree.files(), &MACHINE_PATHS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_later_are_found_in_code_and_allowed_in_prose() {
        let line = format!("// {}: later", FOR_LATER[0]);
        let tree = Tree::of(&[("crates/bank/src/a.rs", &line), ("docs/style.md", &line)]);

        assert_eq!(nothing_for_later(&tree).len(), 1);
    }

    #[test]
    fn machine_paths_are_found_anywhere() {
        let line = format!("see {}somewhere", MACHINE_PATHS[0]);

        assert_eq!(no_machine_paths(&Tree::of(&[("docs/style.md", &line)])).len(), 1);
    }
}
