//! Rules that the compiler does not know, one file per kind.

mod imports;
mod locales;
mod pages;
mod source;
mod words;

use std::path::Path;

use anyhow::bail;

use crate::tree::Tree;

/// What a check is called and what it finds wrong.
type Check = (&'static str, fn(&Tree) -> Vec<String>);

const CHECKS: [Check; 10] = [
    ("crates import only downwards", imports::only_downwards),
    ("tools are used by their owners only", imports::owned_tools),
    ("every crate takes the workspace's lints", imports::workspace_lints),
    ("files are short", source::short_files),
    ("pure crates do no I/O", source::no_io_in_pure_crates),
    ("danger is called by the lab, the fuzzer and tests only", source::danger_stays_home),
    ("nothing is left for later", words::nothing_for_later),
    ("no path of a machine", words::no_machine_paths),
    ("languages have the same messages", locales::same_messages),
    ("pages say and link what is there", pages::readme_and_links),
];

/// Runs every check; an error if any finds something.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let tree = Tree::read(root)?;
    let mut broken = 0_usize;
    for (name, check) in CHECKS {
        let findings = check(&tree);
        println!("{} {name}", if findings.is_empty() { "ok  " } else { "FAIL" });
        for finding in &findings {
            println!("       {finding}");
        }
        broken = broken.saturating_add(usize::from(!findings.is_empty()));
    }
    if broken > 0 {
        bail!("{broken} of {} rules are broken", CHECKS.len());
    }
    Ok(())
}
