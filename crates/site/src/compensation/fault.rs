//! What is wrong with the text of a policy, and in which line.

use std::fmt;

use kanuki_domain::{
    agreement::{Gap, Lack},
    compensation::Policy,
};
use maud::{Markup, html};

use crate::Visit;

/// The longest text of a policy, in bytes.
const TEXT_MAX: usize = 64 * 1_024;

/// What is wrong with a text, and in which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Counted from one.
    pub line: usize,
    /// What.
    pub what: Wrong,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Nobody reads that much.
    TooLong,
    /// No text of this form; in the words of its reader.
    Form(String),
    /// A field that the rules ask for, or that contradicts what was agreed.
    Gap(Gap),
    /// Its version has the name of another text.
    Known,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.what {
            Wrong::TooLong => write!(f, "longer than {TEXT_MAX} bytes"),
            Wrong::Form(words) => f.write_str(words),
            Wrong::Gap(gap) => gap.fmt(f),
            Wrong::Known => f.write_str("the name of this version is taken"),
        }
    }
}

impl Fault {
    /// The same in the reader's language.
    pub(super) fn words(&self, visit: &Visit) -> Markup {
        html! {
            (visit.t_args("compensation-line", &[("n", self.line.into())])) " "
            @match &self.what {
                Wrong::TooLong => { (visit.t("compensation-too-long")) }
                // The reader of such texts speaks English alone.
                Wrong::Form(words) => {
                    (visit.t("compensation-form")) " " code lang="en" { (words) }
                }
                Wrong::Gap(gap) => {
                    (field(visit, &gap.path)) " (" code { (gap.path) } ") "
                    (lack(visit, gap)) " (" (gap.requirement) ")"
                }
                Wrong::Known => { (visit.t("compensation-known")) }
            }
        }
    }
}

/// What a field is called: `scenarios[2].what` is the `what` of a scenario.
pub(super) fn field(visit: &Visit, path: &str) -> String {
    let (part, name) = path.split_once('.').unwrap_or((path, ""));
    let part = part.split('[').next().unwrap_or(part);
    let key = format!("compensation-field-{part}-{name}");
    visit.t(key.trim_end_matches('-'))
}

fn lack(visit: &Visit, gap: &Gap) -> String {
    let key = match (gap.lack, gap.path.as_str()) {
        (Lack::TooFew, _) if gap.requirement == "FT-25" => "compensation-lack-others",
        (Lack::TooFew, _) => "compensation-lack-customers",
        (Lack::Unsafe, "split.pays_first") => "compensation-lack-one-payer",
        (Lack::Unsafe, path) if path.starts_with("split.") => "compensation-lack-percent",
        (Lack::Unsafe, _) => "compensation-lack-days",
        (lack, _) => return visit.t(&format!("reg-lack-{}", lack.name())),
    };
    visit.t(key)
}

/// Reads a policy; every fault with its line. A policy without a payer is none (FT-27).
pub fn read(text: &str) -> Result<Policy, Vec<Fault>> {
    if text.len() > TEXT_MAX {
        return Err(vec![Fault { line: 1, what: Wrong::TooLong }]);
    }
    let policy: Policy = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.as_bytes().iter().take(at);
        let line = before.filter(|byte| **byte == b'\n').count().saturating_add(1);
        vec![Fault { line, what: Wrong::Form(error.message().to_owned()) }]
    })?;
    let faults: Vec<Fault> = policy.gaps().iter().map(|gap| fault(text, gap)).collect();
    if faults.is_empty() { Ok(policy) } else { Err(faults) }
}

/// A gap with the line of its field, or of the part that it is missing from.
#[must_use]
pub fn fault(text: &str, gap: &Gap) -> Fault {
    Fault { line: line_of(text, &gap.path), what: Wrong::Gap(gap.clone()) }
}

/// The line of `split.pays_first`, of `[split]` where that is not there, or else the last one.
fn line_of(text: &str, path: &str) -> usize {
    let (part, field) = path.rsplit_once('.').unwrap_or(("", path));
    let (name, number) = match part.split_once('[') {
        Some((name, rest)) => (name, rest.trim_end_matches(']').parse::<usize>().unwrap_or(0)),
        None => (part, 0),
    };
    let (mut seen, mut is_in, mut found) = (0_usize, part.is_empty(), None);
    let mut last = 1;
    for (index, line) in text.lines().enumerate() {
        let (line, at) = (line.trim(), index.saturating_add(1));
        last = at;
        if line.starts_with('[') {
            let header = line.trim_matches(|c| c == '[' || c == ']');
            is_in = header == name && (!line.starts_with("[[") || seen == number);
            seen = seen.saturating_add(usize::from(header == name));
            if is_in {
                found = Some(at);
            }
            if header == path {
                return at;
            }
        } else if is_in && line.split(['=', '.']).next().map(str::trim) == Some(field) {
            return at;
        }
    }
    found.unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use kanuki_domain::compensation::shipped;

    use super::{super::written, *};

    const EXAMPLE: &str = include_str!("../../../../docs/operators/compensation.example.toml");

    #[test]
    fn the_example_in_the_docs_is_what_ships() {
        assert_eq!(read(EXAMPLE), Ok(shipped()));
        assert_eq!(read(&written(&shipped())), Ok(shipped()));
    }

    #[test]
    fn a_missing_payer_is_refused_with_the_line_of_its_part() {
        let kept = EXAMPLE.lines().filter(|line| !line.starts_with("pays_first"));
        let text = kept.collect::<Vec<_>>().join("\n");
        let header = text.lines().position(|line| line == "[split]").unwrap() + 1;

        let faults = read(&text).unwrap_err();

        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(said, [format!("line {header}: FT-27: split.pays_first is missing")]);
    }

    #[test]
    fn a_fault_of_one_scenario_names_the_line_of_that_scenario() {
        let text = EXAMPLE.replacen("extent = \"part\"", "", 1);
        let gone = EXAMPLE.lines().position(|line| line.starts_with("extent = \"part\"")).unwrap();

        let faults = read(&text).unwrap_err();

        assert_eq!(faults.len(), 1, "{faults:?}");
        let header = text.lines().take(gone).filter(|line| *line == "[[scenarios]]").count();
        assert_eq!(header, 3);
        let before = text.lines().take(faults[0].line).filter(|line| *line == "[[scenarios]]");
        assert_eq!(before.count(), 3, "{faults:?}");
    }

    #[test]
    fn what_is_no_toml_or_has_an_unknown_key_says_where() {
        let faults = read("version = \"1\"\npays = 3\n").unwrap_err();

        assert_eq!(faults[0].line, 2, "{faults:?}");
    }
}
