//! A list as a file: plain CSV in UTF-8, one name a line.
//!
//! ```text
//! KANUKI-SCREENING,1,制裁対象者リスト,https://www.example.jp/list,2026-11-20
//! id,kind,name,born,note
//! A-001,person,例 太郎,1960-01-12,第1号
//! A-001,person,REI TARO,1961,
//! B-007,entity,REI TRADING CO.,,
//! ```
//!
//! The first line says whose list it is, where it was taken from and of which day it is. Lines with one
//! `id` are one person: the names and birth dates of all of them count.

use std::collections::HashMap;

use jiff::civil::Date;

use super::{Born, Entry, Kind};
use crate::{
    cells::{CellsFault, LINE_MAX, cells},
    name::NAME_MAX,
};

/// What the first cell says.
const MARK: &str = "KANUKI-SCREENING";
const VERSION: &str = "1";
const HEADINGS: [&str; 5] = ["id", "kind", "name", "born", "note"];

/// The most people and organisations of one list.
const ENTRIES_MAX: usize = 50_000;
/// The most names, and the most birth dates, of one.
const NAMES_MAX: usize = 60;
const TEXT_MAX: usize = 200;
const ID_MAX: usize = 64;

/// What is wrong with a file; nothing of it may be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct ListError {
    /// Where, from 1.
    pub line: u32,
    /// What.
    pub fault: ListFault,
}

/// One thing that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListFault {
    /// Not UTF-8.
    #[error("the file is not UTF-8: save it as CSV UTF-8")]
    Encoding,
    /// The first line is another.
    #[error("the first line must be KANUKI-SCREENING,1,name,source,date")]
    Mark,
    /// The second line is another.
    #[error("the second line must be id,kind,name,born,note")]
    Headings,
    /// Too few or too many cells.
    #[error("this line must have five cells")]
    Cells,
    /// A line, a name, a note or an id that is too long, or quotation marks that do not close.
    #[error("this line, or a cell of it, is too long")]
    TooLong,
    /// No id, or no name.
    #[error("an id and a name are needed")]
    Empty,
    /// Neither person nor entity, or both under one id.
    #[error("the kind must be person or entity, and the same for one id")]
    Kind,
    /// No date and no year.
    #[error("born must be a year (1960), a day (1960-01-12) or empty")]
    Born,
    /// More than a list may hold.
    #[error("there are too many entries, or too many names of one")]
    TooMany,
    /// Nobody is on it.
    #[error("nobody is on this list")]
    Nobody,
}

impl ListFault {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encoding => "encoding",
            Self::Mark => "mark",
            Self::Headings => "headings",
            Self::Cells => "cells",
            Self::TooLong => "too-long",
            Self::Empty => "empty",
            Self::Kind => "kind",
            Self::Born => "born",
            Self::TooMany => "too-many",
            Self::Nobody => "nobody",
        }
    }
}

impl From<CellsFault> for ListFault {
    fn from(fault: CellsFault) -> Self {
        match fault {
            CellsFault::TooLong => Self::TooLong,
            CellsFault::Encoding => Self::Encoding,
        }
    }
}

/// A whole list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Whose list it is.
    pub name: String,
    /// Where the file was taken from.
    pub source: String,
    /// Of which day it is.
    pub dated: Date,
    /// Who is on it, in the order of the file.
    pub entries: Vec<Entry>,
}

impl List {
    /// Reads a whole file.
    ///
    /// # Errors
    /// The first thing that is wrong; a list of which a line was left out would screen too little.
    pub fn read(bytes: &[u8]) -> Result<Self, ListError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| ListError { line: 1, fault: ListFault::Encoding })?;
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let mut lines = text.lines().zip(1_u32..).filter(|(line, _)| !line.trim().is_empty());
        let at = |line: u32, fault| ListError { line, fault };
        let (first, line) = lines.next().ok_or_else(|| at(1, ListFault::Mark))?;
        let mut list = head(&cells(first).map_err(|fault| at(line, fault.into()))?)
            .ok_or_else(|| at(line, ListFault::Mark))?;
        let second = lines.next();
        let headings = second.and_then(|(text, _)| cells(text).ok()).unwrap_or_default();
        if headings != HEADINGS {
            return Err(at(second.map_or(2, |(_, line)| line), ListFault::Headings));
        }
        let mut known: HashMap<String, usize> = HashMap::new();
        for (text, line) in lines {
            let row = cells(text).map_err(ListFault::from).and_then(|cells| row(&cells));
            let added = row.and_then(|row| list.add(&mut known, row));
            added.map_err(|fault| at(line, fault))?;
        }
        if list.entries.is_empty() { Err(at(line, ListFault::Nobody)) } else { Ok(list) }
    }

    fn add(&mut self, known: &mut HashMap<String, usize>, row: Row) -> Result<(), ListFault> {
        let at = *known.entry(row.id.clone()).or_insert(self.entries.len());
        if at == self.entries.len() {
            if at == ENTRIES_MAX {
                return Err(ListFault::TooMany);
            }
            let (names, born, note) = (Vec::new(), Vec::new(), String::new());
            self.entries.push(Entry { id: row.id, kind: row.kind, names, born, note });
        }
        let Some(entry) = self.entries.get_mut(at) else { return Err(ListFault::TooMany) };
        if entry.kind != row.kind {
            return Err(ListFault::Kind);
        }
        if entry.names.len() == NAMES_MAX || entry.born.len() == NAMES_MAX {
            return Err(ListFault::TooMany);
        }
        if !entry.names.contains(&row.name) {
            entry.names.push(row.name);
        }
        entry.born.extend(row.born.filter(|born| !entry.born.contains(born)));
        if entry.note.is_empty() {
            entry.note = row.note;
        }
        Ok(())
    }
}

struct Row {
    id: String,
    kind: Kind,
    name: String,
    born: Option<Born>,
    note: String,
}

fn head(cells: &[String]) -> Option<List> {
    let [mark, version, name, source, dated] = cells else { return None };
    let is_ours = mark == MARK && version == VERSION && !name.is_empty() && !source.is_empty();
    let fits = [name, source].iter().all(|text| text.chars().count() <= TEXT_MAX);
    let dated = dated.parse().ok()?;
    let entries = Vec::new();
    let (name, source) = (name.clone(), source.clone());
    (is_ours && fits).then_some(List { name, source, dated, entries })
}

fn row(cells: &[String]) -> Result<Row, ListFault> {
    let [id, kind, name, born, note] = cells else { return Err(ListFault::Cells) };
    if id.is_empty() || name.is_empty() {
        return Err(ListFault::Empty);
    }
    let lengths = [(id, ID_MAX), (name, NAME_MAX), (note, LINE_MAX)];
    if lengths.iter().any(|(text, most)| text.chars().count() > *most) {
        return Err(ListFault::TooLong);
    }
    let kind = match kind.as_str() {
        "person" => Kind::Person,
        "entity" => Kind::Entity,
        _ => return Err(ListFault::Kind),
    };
    let born = match (born.as_str(), born.len()) {
        ("", _) => None,
        (year, 4) => Some(Born::In(year.parse().map_err(|_| ListFault::Born)?)),
        (day, _) => Some(Born::On(day.parse().map_err(|_| ListFault::Born)?)),
    };
    Ok(Row { id: id.clone(), kind, name: name.clone(), born, note: note.clone() })
}
