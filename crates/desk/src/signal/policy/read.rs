//! A company's own table, line by line as its file has it. What it must not say is refused with the
//! line and with what to write instead.

use std::{collections::BTreeMap, fmt};

use super::{Actions, DECIDED, Decided, FIXED, Level, Measure, Table, short};

/// One line of a file.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Where it is in the file, from 1 on.
    pub line: usize,
    /// Which event, by its URI or the last part of it.
    pub event: &'a str,
    /// At which level, where its kind has levels.
    pub level: Option<&'a str>,
    /// What is to be done.
    pub actions: &'a [&'a str],
}

/// Why a table is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct TableError {
    /// Where; none for what is missing.
    pub line: Option<usize>,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No event that there is a word for.
    #[error("`{name}` is no event of a partner; write one of {known}")]
    Event {
        /// As it was written.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// What it does is not a company's choice.
    #[error("what `{0}` does is the same everywhere; remove the line")]
    Fixed(&'static str),
    /// Not a level of this event.
    #[error("`{event}` has no level `{level}`; write {known}")]
    Level {
        /// Which event.
        event: &'static str,
        /// As it was written.
        level: String,
        /// Those that it has.
        known: String,
    },
    /// Not an action, or one that would loosen something.
    #[error(
        "`{0}` is no action, and no word of a partner loosens anything; write log, lower_caps, hold \
         or suspend, and notify if people are to be told"
    )]
    Action(String),
    /// Nothing is to be done.
    #[error("no action; write actions = [\"log\"]")]
    Nothing,
    /// There is no link that it could be done to.
    #[error("`{0}` is about no link that this could be done to; write {1}")]
    NoLink(&'static str, &'static str),
    /// Less than must be done.
    #[error("`{event}` at `{level}` does at least {least}; write actions = {least}")]
    Weaker {
        /// Which event.
        event: &'static str,
        /// At which level.
        level: &'static str,
        /// The least.
        least: String,
    },
    /// Decided before.
    #[error("`{event}` at `{level}` stands in line {first} already; keep one of them")]
    Twice {
        /// Which event.
        event: &'static str,
        /// At which level.
        level: &'static str,
        /// Where it stands first.
        first: usize,
    },
    /// A line that no table may leave out.
    #[error(
        "no line for `{event}` at `{level}`; write [[signal]] event = \"{event}\"{level_line}, \
         actions = {least}"
    )]
    Missing {
        /// Which event.
        event: &'static str,
        /// At which level.
        level: &'static str,
        /// The level as it is written, if its kind has levels.
        level_line: String,
        /// The least.
        least: String,
    },
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.fault),
            None => write!(f, "{}", self.fault),
        }
    }
}

fn quoted(actions: Actions) -> String {
    let words: Vec<String> = actions.words().iter().map(|word| format!("\"{word}\"")).collect();
    format!("[{}]", words.join(", "))
}

fn is_named(uri: &'static str, name: &str) -> bool {
    uri == name || short(uri) == name
}

impl Table {
    /// The table that a company's file has: what it says in the place of what is shipped, and on
    /// record what it does not name. Every line with a floor must be there.
    pub fn of(entries: &[Entry<'_>]) -> Result<Self, TableError> {
        let mut actions = DECIDED.map(|_| super::LOG);
        let mut seen = BTreeMap::new();
        for entry in entries {
            let (at, decided) = place(entry).map_err(|fault| entry.refused(fault))?;
            let wanted = read_actions(entry, decided).map_err(|fault| entry.refused(fault))?;
            if let Some(first) = seen.insert(at, entry.line) {
                let (event, level) = (short(decided.uri), decided.level.name());
                return Err(entry.refused(Fault::Twice { event, level, first }));
            }
            if let Some(place) = actions.get_mut(at) {
                *place = wanted;
            }
        }
        for (at, decided) in DECIDED.iter().enumerate() {
            if decided.floor != super::LOG && !seen.contains_key(&at) {
                return Err(TableError { line: None, fault: missing(decided) });
            }
        }
        Ok(Self { actions, is_shipped: false })
    }
}

impl Entry<'_> {
    const fn refused(&self, fault: Fault) -> TableError {
        TableError { line: Some(self.line), fault }
    }
}

/// The line of the table that an entry is.
fn place(entry: &Entry<'_>) -> Result<(usize, &'static Decided), Fault> {
    if let Some(uri) = FIXED.into_iter().find(|uri| is_named(uri, entry.event)) {
        return Err(Fault::Fixed(short(uri)));
    }
    let of_event =
        || DECIDED.iter().enumerate().filter(|(_, line)| is_named(line.uri, entry.event));
    let Some((_, any)) = of_event().next() else {
        let mut known: Vec<&str> = DECIDED.iter().map(|line| short(line.uri)).collect();
        known.dedup();
        let name = entry.event.to_owned();
        return Err(Fault::Event { name, known: known.join(", ") });
    };
    let level = entry.level.unwrap_or(Level::Any.name());
    let found = of_event().find(|(_, line)| line.level.name() == level);
    found.ok_or_else(|| {
        let levels: Vec<String> =
            of_event().map(|(_, line)| format!("level = \"{}\"", line.level.name())).collect();
        let is_alone = any.level == Level::Any;
        let known = if is_alone { "no level".to_owned() } else { levels.join(" or ") };
        Fault::Level { event: short(any.uri), level: level.to_owned(), known }
    })
}

fn read_actions(entry: &Entry<'_>, decided: &'static Decided) -> Result<Actions, Fault> {
    let measures = [Measure::Log, Measure::LowerCaps, Measure::Hold, Measure::Suspend];
    if entry.actions.is_empty() {
        return Err(Fault::Nothing);
    }
    let mut wanted = super::LOG;
    for word in entry.actions {
        match measures.into_iter().find(|measure| measure.name() == *word) {
            Some(measure) => wanted.measure = wanted.measure.max(measure),
            None if *word == "notify" => wanted.notifies = true,
            None => return Err(Fault::Action((*word).to_owned())),
        }
    }
    let (event, level) = (short(decided.uri), decided.level.name());
    if wanted.measure > decided.most {
        return Err(Fault::NoLink(event, decided.most_words()));
    }
    if !wanted.covers(decided.floor) {
        return Err(Fault::Weaker { event, level, least: quoted(decided.floor) });
    }
    Ok(wanted)
}

fn missing(decided: &Decided) -> Fault {
    let level = decided.level.name();
    let level_line =
        if decided.level == Level::Any { String::new() } else { format!(", level = \"{level}\"") };
    let least = quoted(decided.floor);
    Fault::Missing { event: short(decided.uri), level, level_line, least }
}
