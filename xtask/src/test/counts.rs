//! What a test runner's closing lines say.

use std::fmt;

/// Tests by how they ended, and whether their runner was content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
    /// The runner itself exited with an error.
    pub(super) is_broken: bool,
    /// Those that failed beside others and passed when their file ran again alone.
    pub(super) second: u64,
}

impl Counts {
    /// Something was tested and nothing failed.
    pub(super) const fn is_success(&self) -> bool {
        self.passed > 0 && self.failed == 0 && !self.is_broken
    }

    /// What counts when all files with a failure passed in `again`, alone. A test that needed it is told.
    pub(super) fn after(self, again: &Self) -> Self {
        // A file passes whole: what is skipped the second time was not seen to pass.
        if !again.is_success() || again.passed < self.failed || again.skipped > self.skipped {
            return self;
        }
        let passed = self.passed.saturating_add(self.failed);
        Self { passed, failed: 0, is_broken: false, second: self.failed, ..self }
    }

    /// Adds what `line` says, if it is a closing line: of `cargo test` (one per binary), of node's
    /// runner (one per number), or `N passed, N failed`.
    pub(super) fn add_line(&mut self, line: &str) {
        let line = line.trim();
        if let Some(numbers) = line.strip_prefix("test result:") {
            self.add_parts(numbers.split([';', '.']));
        } else if let Some(number) = line.strip_prefix("ℹ ") {
            if let Some((word, number)) = number.split_once(' ') {
                self.add(number, word);
            }
        } else {
            let parts = line.split_once(": ").map_or(line, |(_runner, parts)| parts);
            let is_closing = |part: &str| matches!(pair(part), Some((_, "passed" | "failed")));
            if parts.split(',').take(2).filter(|part| is_closing(part)).count() == 2 {
                self.add_parts(parts.split(','));
            }
        }
    }

    fn add_parts<'a>(&mut self, parts: impl Iterator<Item = &'a str>) {
        for (number, word) in parts.filter_map(pair) {
            self.add(number, word);
        }
    }

    fn add(&mut self, number: &str, word: &str) {
        let Ok(number) = number.parse() else { return };
        let place = match word {
            "passed" | "pass" => &mut self.passed,
            "failed" | "fail" | "cancelled" => &mut self.failed,
            "ignored" | "skipped" => &mut self.skipped,
            _ => return,
        };
        *place = place.saturating_add(number);
    }
}

/// `12 passed` as its two halves.
fn pair(part: &str) -> Option<(&str, &str)> {
    part.trim().split_once(' ')
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)?;
        match self.second {
            0 => Ok(()),
            second => write!(f, "; {second} of them only when run again alone: look why"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(lines: &[&str]) -> (u64, u64, u64) {
        let mut counts = Counts::default();
        for line in lines {
            counts.add_line(line);
        }
        (counts.passed, counts.failed, counts.skipped)
    }

    #[test]
    fn closing_lines_of_every_runner_are_understood() {
        let cargo = [
            "test result: ok. 20 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; \
             finished in 0.33s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
        ];
        let node = ["ℹ tests 7", "ℹ pass 5", "ℹ fail 1", "ℹ cancelled 1", "ℹ skipped 0"];

        assert_eq!(counts(&cargo), (23, 2, 1));
        assert_eq!(counts(&node), (5, 2, 0));
        assert_eq!(counts(&["schemathesis: 40 passed, 2 failed, 1 skipped"]), (40, 2, 1));
        assert_eq!(counts(&["4 passed, 0 failed"]), (4, 0, 0));
    }

    #[test]
    fn other_lines_are_no_counts() {
        assert_eq!(
            counts(&["test a::b ... ok", "3 passed the gate, 4 did not", "ℹ suites 2"]),
            (0, 0, 0)
        );
    }

    #[test]
    fn second_run_counts_only_where_it_is_clean_and_is_told() {
        let first = Counts { passed: 5, failed: 1, is_broken: true, ..Counts::default() };
        let clean = Counts { passed: 3, ..Counts::default() };
        let failed = Counts { passed: 2, failed: 1, is_broken: true, ..Counts::default() };

        assert_eq!(first.clone().after(&failed), first);
        assert_eq!(first.clone().after(&Counts::default()), first);
        let told = first.after(&clean).to_string();
        assert!(told.starts_with("6 passed, 0 failed, 0 skipped; 1 of them only"), "{told}");
    }

    #[test]
    fn run_without_a_test_is_no_success() {
        assert!(!Counts::default().is_success());
        assert!(Counts { passed: 1, ..Counts::default() }.is_success());
        assert!(!Counts { passed: 1, is_broken: true, ..Counts::default() }.is_success());
    }
}
