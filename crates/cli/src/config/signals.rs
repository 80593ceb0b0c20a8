//! What a company does on what its partners tell: `[[signal]]` lines in its file.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, anyhow};
use kanuki_desk::signal::policy::{Entry, Table};
use serde::Deserialize;
use toml::Spanned;

/// One line of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignalConfig {
    /// Which event; its place in the file is what a refusal names.
    event: Spanned<String>,
    level: Option<String>,
    actions: Vec<String>,
}

/// The table of the company whose file this is; without a line of its own, what is shipped.
pub(crate) fn table(file: &Path, lines: &[SignalConfig]) -> Result<Table> {
    if lines.is_empty() {
        return Ok(Table::shipped());
    }
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    read(&text, lines).map_err(|why| anyhow!("unsafe: {}: {why}", file.display()))
}

fn read(text: &str, lines: &[SignalConfig]) -> Result<Table> {
    let actions: Vec<Vec<&str>> =
        lines.iter().map(|line| line.actions.iter().map(String::as_str).collect()).collect();
    let entries: Vec<Entry<'_>> = lines
        .iter()
        .zip(&actions)
        .map(|(line, actions)| Entry {
            line: line_at(text, line.event.span().start),
            event: line.event.get_ref(),
            level: line.level.as_deref(),
            actions,
        })
        .collect();
    Ok(Table::of(&entries)?)
}

/// Which line of `text` this byte is in, from 1 on.
fn line_at(text: &str, byte: usize) -> usize {
    let before = text.bytes().take(byte).filter(|byte| *byte == b'\n').count();
    before.saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        signal: Vec<SignalConfig>,
    }

    fn of(text: &str) -> Result<Table> {
        let file: File = toml::from_str(text)?;
        read(text, &file.signal)
    }

    #[test]
    fn the_example_is_a_table_and_a_refusal_names_its_line() {
        let example = include_str!("../../../../docs/operators/signals.example.toml");
        assert_eq!(of(example).unwrap().rows(), Table::shipped().rows(), "it says what is shipped");

        let line =
            example.lines().position(|line| line.contains("\"debit-disputed\"")).unwrap() + 1;
        let weak = example.replace("\"debit-disputed\"", "\"debits-disputed\"");
        let refused = of(&weak).unwrap_err().to_string();
        assert!(
            refused.starts_with(&format!("line {line}: `debits-disputed` is no event")),
            "{refused}"
        );
        assert!(of("[[signal]]\nevent = \"x\"\nactions = []\nreleases = true\n").is_err());
    }
}
