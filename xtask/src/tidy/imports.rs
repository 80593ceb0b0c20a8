//! An import goes down the picture in ARCHITECTURE.md, never up, and never between the companies.

use std::collections::BTreeMap;

use crate::tree::{Tree, crate_of};

/// Everything below `cli`; its last entry is `lab`, which may import the rest.
const BELOW_CLI: [&str; 19] = [
    "bank",
    "bank-http",
    "demo",
    "desk",
    "desk-http",
    "domain",
    "formats",
    "jpki",
    "ledger",
    "passkey",
    "record",
    "risk",
    "site",
    "store",
    "wallet",
    "wallet-http",
    "watch",
    "wire",
    "lab",
];

/// Which of our crates each crate may import.
fn allowed(name: &str) -> Option<&'static [&'static str]> {
    const CORE: &[&str] = &["domain"];
    Some(match name {
        "domain" => &[],
        "record" | "ledger" | "risk" | "wire" | "formats" | "passkey" | "jpki" | "watch" => CORE,
        "fuzz" => &["domain", "formats", "jpki", "watch", "wire", "record", "desk"],
        "store" => &["domain", "record", "risk"],
        "desk" => {
            &["domain", "record", "ledger", "risk", "formats", "passkey", "jpki", "wire", "watch"]
        }
        "wallet" | "bank" => {
            &["domain", "record", "ledger", "risk", "wire", "formats", "passkey", "desk", "jpki"]
        }
        "site" => &["domain", "record", "risk", "formats", "passkey", "watch"],
        "desk-http" => &["domain", "record", "risk", "wire", "desk", "site"],
        "wallet-http" => &[
            "domain",
            "record",
            "ledger",
            "risk",
            "wire",
            "formats",
            "passkey",
            "desk",
            "jpki",
            "wallet",
            "site",
            "desk-http",
        ],
        "bank-http" => &[
            "domain",
            "record",
            "ledger",
            "risk",
            "wire",
            "formats",
            "passkey",
            "desk",
            "jpki",
            "bank",
            "site",
            "desk-http",
        ],
        "demo" => &["domain", "ledger", "formats", "jpki", "site", "wire"],
        "lab" => BELOW_CLI.split_last().map_or(&[], |(_lab, below)| below),
        "cli" => &BELOW_CLI,
        _ => return None,
    })
}

/// Tools that only some crates may name, so that what they do stays in one place.
const OWNED: [(&str, &[&str]); 7] = [
    ("redis", &["store"]),
    ("rusqlite", &["store", "ledger"]),
    ("axum", &["site", "desk-http", "wallet-http", "bank-http", "demo", "lab", "cli"]),
    ("anyhow", &["cli", "lab"]),
    ("getrandom", &["cli"]),
    ("lettre", &["cli"]),
    ("reqwest", &["cli", "lab"]),
];

/// Names in `[dependencies]`; tests and build scripts may look anywhere.
fn dependencies(manifest: &str) -> Result<Vec<String>, String> {
    let table: toml::Table = manifest.parse().map_err(|error| format!("{error}"))?;
    let names = table.get("dependencies").and_then(toml::Value::as_table);
    Ok(names.map(|names| names.keys().cloned().collect()).unwrap_or_default())
}

fn all_dependencies(tree: &Tree) -> BTreeMap<&str, Result<Vec<String>, String>> {
    let named = |(path, text)| Some((crate_of(path)?, dependencies(text)));
    tree.manifests().filter_map(named).collect()
}

pub(super) fn only_downwards(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, dependencies) in all_dependencies(tree) {
        let Some(allowed) = allowed(name) else {
            findings.push(format!("crates/{name} has no place in the picture"));
            continue;
        };
        match dependencies {
            Err(error) => findings.push(format!("crates/{name}/Cargo.toml: {error}")),
            Ok(dependencies) => findings.extend(
                dependencies
                    .iter()
                    .filter_map(|dependency| dependency.strip_prefix("kanuki-"))
                    .filter(|dependency| !allowed.contains(dependency))
                    .map(|dependency| format!("{name} may not import {dependency}")),
            ),
        }
    }
    findings
}

pub(super) fn owned_tools(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, dependencies) in all_dependencies(tree) {
        let dependencies = dependencies.unwrap_or_default();
        for (tool, owners) in OWNED {
            if dependencies.iter().any(|used| used == tool) && !owners.contains(&name) {
                findings.push(format!("{name} names {tool}, which belongs to {owners:?}"));
            }
        }
    }
    findings
}

pub(super) fn workspace_lints(tree: &Tree) -> Vec<String> {
    let takes = |text: &str| {
        let table: toml::Table = text.parse().unwrap_or_default();
        let lints = table.get("lints").and_then(|lints| lints.get("workspace"));
        lints.and_then(toml::Value::as_bool) == Some(true)
    };
    let xtask = tree.text("xtask/Cargo.toml").map(|text| ("xtask/Cargo.toml", text));
    tree.manifests()
        .chain(xtask)
        .filter(|(_, text)| !takes(text))
        .map(|(path, _)| format!("{path} has no `[lints] workspace = true`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINTS: &str = "[lints]\nworkspace = true\n";

    #[test]
    fn companies_that_import_each_other_are_found() {
        let tree = Tree::of(&[
            ("crates/wallet-http/Cargo.toml", "[dependencies]\nkanuki-bank = { workspace = true }"),
            ("crates/bank/Cargo.toml", "[dependencies]\nkanuki-domain = { workspace = true }"),
        ]);

        assert_eq!(only_downwards(&tree), ["wallet-http may not import bank"]);
    }

    #[test]
    fn lab_may_not_import_itself_or_cli_but_cli_may_import_lab() {
        assert!(!allowed("lab").unwrap().contains(&"lab"));
        assert!(allowed("lab").unwrap().contains(&"wire"));
        assert!(allowed("cli").unwrap().contains(&"lab"));
    }

    #[test]
    fn imports_for_tests_may_go_anywhere() {
        let manifest = "[dev-dependencies]\nkanuki-store = { workspace = true }";

        assert!(only_downwards(&Tree::of(&[("crates/wallet/Cargo.toml", manifest)])).is_empty());
    }

    #[test]
    fn crates_outside_the_picture_are_found() {
        let tree = Tree::of(&[("crates/utils/Cargo.toml", LINTS)]);

        assert_eq!(only_downwards(&tree).len(), 1);
    }

    #[test]
    fn borrowed_tools_are_found() {
        let tree = Tree::of(&[("crates/wallet/Cargo.toml", "[dependencies]\nrusqlite = \"0.43\"")]);

        assert_eq!(owned_tools(&tree).len(), 1);
    }

    #[test]
    fn crates_with_lints_of_their_own_are_found() {
        let tree = Tree::of(&[
            ("crates/domain/Cargo.toml", LINTS),
            ("crates/wire/Cargo.toml", "[lints.rust]\nunsafe_code = \"allow\""),
            ("xtask/Cargo.toml", ""),
        ]);

        assert_eq!(workspace_lints(&tree).len(), 2);
    }
}
