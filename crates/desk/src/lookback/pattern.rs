//! What is looked for, and why something cannot be.

use std::fmt::Write as _;

use kanuki_record::Book;
use kanuki_risk::{DESK_LISTS, Engine, Key, Kind, Outcome, Policy, PolicyError, Subject};
use serde::{Deserialize, Serialize};

use super::{LookbackError, SUBJECTS};
use crate::leak;

/// How many days a look-back goes back unless somebody says otherwise.
pub const DAYS_DEFAULT: u16 = 90;
/// How many at most: thirteen months.
pub const DAYS_MAX: u16 = 396;
/// The most entries of a list.
pub const KEYS_MAX: usize = 200;
/// The longest rule, in bytes.
const RULE_MAX: usize = 4 * 1_024;
/// The longest entry of a list.
const VALUE_MAX: usize = 256;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "pattern", rename_all = "snake_case")]
pub enum Pattern {
    /// One rule of the risk language.
    Rule {
        /// The rule, as it was typed.
        text: String,
        /// Its name.
        name: String,
        /// What would follow from it.
        outcome: Outcome,
    },
    /// Whatever one of these was part of.
    Keys {
        /// Which.
        keys: Vec<Key>,
    },
    /// Whatever moved at an account or of a customer that a list of leaks names.
    Leaked {
        /// Which list.
        list: String,
    },
}

/// A pattern as somebody typed it.
#[derive(Clone, Copy, Debug)]
pub enum Typed<'a> {
    /// A rule.
    Rule(&'a str),
    /// A list: what it holds, and its entries, one a line.
    Keys(Subject, &'a str),
    /// A list of leaks, by its version.
    Leaked(&'a str),
}

/// Why something cannot be looked for.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// Nothing was typed.
    #[error("nothing was typed")]
    Empty,
    /// It is longer than any rule.
    #[error("the rule is longer than {RULE_MAX} bytes")]
    TooLong,
    /// The text has mistakes.
    #[error("the rule has mistakes")]
    Mistakes {
        /// What they are.
        mistakes: PolicyError,
        /// The text that they are in: the rule with the head that it was read under.
        text: String,
    },
    /// It is a whole policy, no rule or several.
    #[error("one rule at a time, without a head, lists or a model")]
    NotOneRule,
    /// It is asked at, or counts, what is not kept for so long.
    #[error("it looks at signals that are not kept: {}", .0.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", "))]
    NotKept(Vec<Kind>),
    /// What is listed is no pattern.
    #[error("a list holds devices, blocks, addresses, payees, accounts, wallets or merchants")]
    Subject,
    /// An entry is nobody's id.
    #[error("entry {0} cannot be read")]
    Entry(usize),
    /// More entries than a list may have.
    #[error("a list holds at most {KEYS_MAX} entries")]
    TooMany,
    /// No such list of leaks is in force.
    #[error("there is no such list of leaks")]
    NoList,
    /// So many days are not kept, or none were asked for.
    #[error("1 to {DAYS_MAX} days")]
    Days,
}

/// The head that a rule is read under: the name and the baseline of the policy in force, and of its
/// lists those that the desk keeps and the rule names.
fn headed(live: &Policy, rule: &str) -> String {
    let mut text = format!("policy \"{}\" version \"look-back\"\nbaseline approve\n", live.name());
    for (name, subject) in live.lists() {
        if name.starts_with(DESK_LISTS) && rule.contains(name) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "list {name}: {}", subject.name());
        }
    }
    text.push_str(rule);
    text.push('\n');
    text
}

/// Compiles the rule of a look-back.
pub(super) fn compile(engine: &Engine, rule: &str) -> Result<Policy, Wrong> {
    let text = headed(&engine.policy(), rule);
    engine.parse(&text).map_err(|mistakes| Wrong::Mistakes { mistakes, text })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let code = text.lines().map(|line| line.split_once('#').map_or(line, |(code, _)| code));
    code.flat_map(str::split_whitespace)
}

fn rule(engine: &Engine, keeps: &[Kind], typed: &str) -> Result<Pattern, Wrong> {
    let text = typed.trim();
    if words(text).next().is_none() {
        return Err(Wrong::Empty);
    }
    if text.len() > RULE_MAX {
        return Err(Wrong::TooLong);
    }
    let is_head = |word: &str| matches!(word, "policy" | "baseline" | "list" | "model" | "given");
    if words(text).next().is_some_and(is_head) {
        return Err(Wrong::NotOneRule);
    }
    let policy = compile(engine, text)?;
    let [rule] = policy.rules() else { return Err(Wrong::NotOneRule) };
    let looked_at = rule.on.iter().copied().chain(policy.counted());
    let mut lost: Vec<Kind> = looked_at.filter(|kind| !keeps.contains(kind)).collect();
    lost.sort_unstable();
    lost.dedup();
    if !lost.is_empty() {
        return Err(Wrong::NotKept(lost));
    }
    let (name, outcome) = (rule.name.to_string(), rule.outcome);
    Ok(Pattern::Rule { text: text.to_owned(), name, outcome })
}

fn keys(subject: Subject, typed: &str) -> Result<Pattern, Wrong> {
    if !SUBJECTS.contains(&subject) {
        return Err(Wrong::Subject);
    }
    let mut keys: Vec<Key> = Vec::new();
    let lines = typed.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
    for (at, line) in lines {
        let is_odd = line.len() > VALUE_MAX || line.chars().any(char::is_control);
        if is_odd || line.contains('*') {
            return Err(Wrong::Entry(at.saturating_add(1)));
        }
        let key = Key::of(subject, line);
        if !keys.contains(&key) {
            keys.push(key);
        }
        if keys.len() > KEYS_MAX {
            return Err(Wrong::TooMany);
        }
    }
    if keys.is_empty() { Err(Wrong::Empty) } else { Ok(Pattern::Keys { keys }) }
}

impl Pattern {
    /// Reads what somebody typed.
    pub(super) async fn read(
        (book, engine, keeps): (&Book, &Engine, &[Kind]),
        typed: Typed<'_>,
    ) -> Result<Self, LookbackError> {
        match typed {
            Typed::Rule(text) => Ok(rule(engine, keeps, text)?),
            Typed::Keys(subject, text) => Ok(keys(subject, text)?),
            Typed::Leaked(list) => {
                let is_live = leak::live(book).await?.iter().any(|one| one.version == list);
                if !is_live {
                    return Err(Wrong::NoList.into());
                }
                Ok(Self::Leaked { list: list.to_owned() })
            }
        }
    }

    /// Which kind of pattern, as part of a text key.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Rule { .. } => "rule",
            Self::Keys { .. } => "keys",
            Self::Leaked { .. } => "leaked",
        }
    }
}

/// The text in force with the rule of a look-back at its end, in shadow: what can be proposed from it. None where
/// the pattern is no rule that stops anything, or its name is taken.
#[must_use]
pub fn shadow_text(engine: &Engine, pattern: &Pattern) -> Option<String> {
    let Pattern::Rule { text, outcome, .. } = pattern else { return None };
    if *outcome == Outcome::Approve {
        return None;
    }
    // A comment at the end would swallow the word.
    let bare: Vec<&str> = text
        .lines()
        .map(|line| line.split_once('#').map_or(line, |(code, _)| code).trim_end())
        .filter(|line| !line.is_empty())
        .collect();
    let mut rule = bare.join("\n");
    if words(&rule).last() != Some("shadow") {
        rule.push_str(" shadow");
    }
    let live = engine.policy();
    let whole = format!("{}\n\n{rule}\n", live.text().trim_end());
    engine.parse(&whole).ok().map(|_| whole)
}
