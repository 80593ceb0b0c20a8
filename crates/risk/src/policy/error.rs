//! What is wrong with a policy, where, and what to write instead.

use std::fmt::{self, Write as _};

/// A stretch of a text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    pub(crate) fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// What is said: English words, and what stands in their places. The words of one kind of mistake are always
/// the same, so that a page can have them in another language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    form: &'static str,
    parts: Vec<String>,
}

impl Words {
    pub(crate) const fn new(form: &'static str, parts: Vec<String>) -> Self {
        Self { form, parts }
    }

    /// The words, with `{}` where something stands in them.
    #[must_use]
    pub const fn form(&self) -> &'static str {
        self.form
    }

    /// What stands in them.
    #[must_use]
    pub fn parts(&self) -> &[String] {
        &self.parts
    }

    /// Nothing is said.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.form.is_empty()
    }
}

impl From<&'static str> for Words {
    fn from(form: &'static str) -> Self {
        Self::new(form, Vec::new())
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.parts.iter();
        for (place, words) in self.form.split("{}").enumerate() {
            if place > 0 {
                f.write_str(parts.next().map_or("", String::as_str))?;
            }
            f.write_str(words)?;
        }
        Ok(())
    }
}

/// [`Words`] with what stands in their places, in order.
macro_rules! words {
    ($form:literal, $($part:expr),+ $(,)?) => {
        $crate::policy::error::Words::new($form, vec![$(::std::string::ToString::to_string(&$part)),+])
    };
}
pub(crate) use words;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub message: Words,
    /// What to do about it.
    pub help: Words,
    pub(crate) span: Span,
}

impl Mistake {
    pub(crate) fn new(span: Span, message: impl Into<Words>, help: impl Into<Words>) -> Self {
        Self { message: message.into(), help: help.into(), span }
    }

    /// The line and column in which it begins, from 1.
    #[must_use]
    pub fn place(&self, text: &str) -> (usize, usize) {
        let before = split(text, self.span.start).0;
        let left = before.rsplit('\n').next().unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        (line, left.chars().count().saturating_add(1))
    }
}

/// A policy that cannot be loaded, with every mistake that was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} in the policy; the first: {}", count(.0.len()), .0.first().map_or_else(String::new, |one| one.message.to_string()))]
pub struct PolicyError(pub Vec<Mistake>);

fn count(n: usize) -> String {
    if n == 1 { "one mistake".to_owned() } else { format!("{n} mistakes") }
}

impl PolicyError {
    /// The mistakes with the lines they are in. `file` is the name that is shown.
    #[must_use]
    pub fn render(&self, file: &str, text: &str) -> String {
        self.render_as((file, text), ("error", &ToString::to_string))
    }

    /// The same in other words: what a mistake is called, and how each is said.
    #[must_use]
    pub fn render_as(
        &self,
        (file, text): (&str, &str),
        said: (&str, &dyn Fn(&Words) -> String),
    ) -> String {
        let mut out = String::new();
        for mistake in &self.0 {
            render(&mut out, (file, text), mistake, said);
        }
        out
    }
}

/// Before and after a place, which is moved to the start of the letter that it is in.
fn split(text: &str, place: usize) -> (&str, &str) {
    let mut place = place.min(text.len());
    while !text.is_char_boundary(place) {
        place = place.saturating_sub(1);
    }
    text.split_at(place)
}

/// The most of a line that is shown before a mistake, and from where it begins, in characters.
const SHOWN_MAX: usize = 160;

fn first_of(text: &str) -> &str {
    text.char_indices().nth(SHOWN_MAX).map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}

fn last_of(text: &str) -> &str {
    let cut = text.char_indices().rev().nth(SHOWN_MAX.saturating_sub(1));
    cut.map_or(text, |(start, _)| text.get(start..).unwrap_or(text))
}

/// In the place of what cannot be seen, a sign that can.
fn seen(c: char) -> char {
    if super::lex::is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c }
}

fn render(
    out: &mut String,
    (file, text): (&str, &str),
    mistake: &Mistake,
    (error, say): (&str, &dyn Fn(&Words) -> String),
) {
    let (before, after) = split(text, mistake.span.start);
    let (line_no, column) = mistake.place(text);
    let left = before.rsplit('\n').next().unwrap_or_default();
    let right = after.split('\n').next().unwrap_or_default();
    let length = mistake.span.end.saturating_sub(before.len()).min(right.len());
    let marked = right.get(..length).unwrap_or(right);
    let (left, right, marked) = (last_of(left), first_of(right), first_of(marked));
    let indent: String = left.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let carets = "^".repeat(marked.chars().count().max(1));
    let number = line_no.to_string();
    let gutter = " ".repeat(number.len());
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{error}: {}", say(&mistake.message));
    let _ = writeln!(out, "{gutter}--> {file}:{line_no}:{column}");
    let _ = writeln!(out, "{gutter} |");
    let line: String = left.chars().chain(right.chars()).map(seen).collect();
    let _ = writeln!(out, "{number} | {line}");
    let _ = writeln!(out, "{gutter} | {indent}{carets}");
    if !mistake.help.is_empty() {
        let _ = writeln!(out, "{gutter} = {}", say(&mistake.help));
    }
    out.push('\n');
}

/// What may have been meant by `word`, as a hint for whoever wrote it: the name that differs in least
/// letters, if few, or every name there is.
pub fn meant<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    guessed(word, names).to_string()
}

/// The same as it is said of a mistake.
pub(crate) fn guessed<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Words {
    let names: Vec<&str> = names.into_iter().collect();
    let nearest = names.iter().map(|name| (distance(word, name), *name)).min();
    match nearest {
        Some((apart, name)) if apart <= 2 => words!("did you mean `{}`?", name),
        _ if names.is_empty() => Words::default(),
        _ => words!("known: {}", names.join(", ")),
    }
}

/// How many letters have to be changed, added or taken away.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i.saturating_add(1);
        let mut next = vec![left];
        for (j, b) in other.chars().enumerate() {
            let above = row.get(j.saturating_add(1)).copied().unwrap_or(usize::MAX);
            let changed = diagonal.saturating_add(usize::from(a != b));
            left = changed.min(above.saturating_add(1)).min(left.saturating_add(1));
            next.push(left);
            diagonal = above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered() {
        assert_eq!(meant("topop", ["topup", "payout"]), "did you mean `topup`?");
        assert_eq!(meant("x", ["topup", "payout"]), "known: topup, payout");
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    /// Whoever hands in a text without line breaks is told where it is wrong, and not all of it.
    #[test]
    fn of_a_long_line_only_what_is_around_a_mistake_is_shown() {
        let text = format!("{}誤り{}", "é".repeat(40_000), " x".repeat(40_000));
        let start = 2 * 40_000;
        let span = Span { start, end: text.len() };
        let mistake = Mistake::new(span, "this is wrong", "");

        let said = PolicyError(vec![mistake]).render("t", &text);

        assert!(said.len() < 2_000, "{}", said.len());
        assert!(said.contains("t:1:40001") && said.contains("é誤り x x"), "{said}");
        assert!(said.contains("é誤り") && said.contains(&" ".repeat(SHOWN_MAX)), "{said}");
    }
}
