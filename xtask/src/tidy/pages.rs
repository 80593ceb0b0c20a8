//! What the written pages promise.

use crate::tree::Tree;

/// What a newcomer must find in the README: how to see it, and how to test it.
const COMMANDS: [&str; 2] = ["cargo run", "cargo xtask test"];

pub(super) fn readme_and_links(tree: &Tree) -> Vec<String> {
    let readme = tree.text("README.md").unwrap_or_default();
    let unsaid = COMMANDS.iter().filter(|command| !readme.contains(**command));
    let unsaid = unsaid.map(|command| format!("README.md does not mention `{command}`"));
    let broken = tree.with_extension("md").flat_map(|(path, text)| {
        let lost = links(text).filter(move |target| !leads_somewhere(tree, path, target));
        lost.map(move |target| format!("{path} links to {target}, which is not there"))
    });
    unsaid.chain(broken).collect()
}

/// Targets of `[text](target)` outside code.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    let prose = text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    prose.flat_map(|line| {
        line.split('`').step_by(2).flat_map(|words| {
            words.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next())
        })
    })
}

fn leads_somewhere(tree: &Tree, page: &str, target: &str) -> bool {
    let file = target.split('#').next().unwrap_or_default();
    if file.is_empty() || file.contains(':') {
        return true; // A place on the same page, or another site's business.
    }
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in file.split('/') {
        match step {
            "" | "." => (),
            ".." => drop(steps.pop()),
            name => steps.push(name),
        }
    }
    tree.has(&steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "`cargo run` and `cargo xtask test`\n";

    #[test]
    fn readme_without_commands_is_found() {
        assert_eq!(readme_and_links(&Tree::of(&[("README.md", "Hello.")])).len(), 2);
        assert!(readme_and_links(&Tree::of(&[("README.md", README)])).is_empty());
    }

    #[test]
    fn link_to_nothing_is_found() {
        let page = "[up](../README.md#top) [here](#x) [far](https://example.com/a) [a](adr)\n\
            [gone](gone.md) `[code](no.md)`\n```\n[code](no.md)\n```\n";
        let tree = Tree::of(&[
            ("README.md", README),
            ("docs/page.md", page),
            ("docs/adr/0001-two-domains.md", ""),
        ]);

        assert_eq!(readme_and_links(&tree), ["docs/page.md links to gone.md, which is not there"]);
    }
}
