//! What a test runner says of the tests that failed, kept for the end of a long output.

use std::{collections::BTreeSet, fmt};

/// Lines kept of one stage.
const LINES_MAX: usize = 120;

/// What was said, as it was said, and the files it was said of.
#[derive(Debug, Default)]
pub(super) struct Failures {
    lines: Vec<String>,
    files: BTreeSet<String>,
    /// Tests of node's that were explained.
    explained: u64,
    is_told: bool,
}

impl Failures {
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Keeps `line` if it stands in the part in which `cargo test` or node's runner explains failures.
    pub(super) fn add_line(&mut self, line: &str) {
        let trimmed = line.trim();
        if matches!(trimmed, "failures:" | "✖ failing tests:") {
            self.is_told = true;
        } else if trimmed.starts_with("test result:") {
            self.is_told = false;
        } else if self.is_told && !trimmed.is_empty() {
            // Every file, however long what was said before it.
            if let Some(place) = trimmed.strip_prefix("test at ") {
                self.explained = self.explained.saturating_add(1);
                self.files.extend(place.split(':').next().map(str::to_owned));
            }
            if self.lines.len() < LINES_MAX {
                self.lines.push(line.trim_end().to_owned());
            }
        }
    }

    /// The files of node's tests that failed, if each of the `failed` tests is in one of them.
    pub(super) fn files_of(&self, failed: u64) -> Vec<String> {
        if self.explained < failed {
            return Vec::new();
        }
        self.files.iter().cloned().collect()
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(output: &str) -> Failures {
        let mut failures = Failures::default();
        output.lines().for_each(|line| failures.add_line(line));
        failures
    }

    #[test]
    fn what_node_says_names_the_files() {
        let failures = kept(
            "✖ a card (12.5ms)\nℹ fail 2\n\n✖ failing tests:\n\ntest at tests/browser/card.test.mjs:147:1\n\
             ✖ a card (12.5ms)\n  AssertionError\n\ntest at tests/browser/card.test.mjs:170:1\n✖ dark (3ms)",
        );

        assert_eq!(failures.files_of(2), ["tests/browser/card.test.mjs"]);
        assert!(failures.files_of(3).is_empty(), "one of them is nobody knows where");
        assert!(failures.to_string().contains("AssertionError"));
    }

    #[test]
    fn a_long_story_of_one_file_hides_no_other() {
        let story = "  - a line of a long page\n".repeat(500);
        let failures = kept(&format!(
            "✖ failing tests:\ntest at a.test.mjs:1:1\n{story}test at b.test.mjs:2:1\n✖ b",
        ));

        assert_eq!(failures.files_of(2), ["a.test.mjs", "b.test.mjs"]);
    }

    #[test]
    fn what_cargo_says_ends_with_its_result() {
        let failures = kept(
            "test a ... ok\ntest b ... FAILED\n\nfailures:\n\n---- b stdout ----\nleft: 1\n\n\
             test result: FAILED. 1 passed; 1 failed;\n   Running next\ntest c ... ok",
        );

        assert_eq!(failures.to_string(), "---- b stdout ----\nleft: 1");
        assert!(failures.files_of(0).is_empty());
        assert!(kept("test a ... ok\ntest result: ok. 1 passed; 0 failed;").is_empty());
    }
}
