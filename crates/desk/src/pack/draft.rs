//! What a pack of either company begins with, and what of a case may stand in one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::case_number;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{CaseFacts, Company, Happened, Pack, Reader, SCHEMA, words};
use crate::{
    case::{Case, CaseKind},
    evidence::hex,
};

/// Cases that are about one person's links. All others are about what staff suspect, about many
/// people, or about books: nothing of theirs is ever put into a pack.
#[must_use]
pub const fn is_of_a_person(kind: CaseKind) -> bool {
    matches!(
        kind,
        CaseKind::NotMe | CaseKind::ToldByPartner | CaseKind::OpenItem | CaseKind::Unfreeze
    )
}

/// The word that a value is kept under: `booked`, `suspended`.
#[must_use]
pub fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    let word = value.as_str().or_else(|| value.get("state").and_then(|state| state.as_str()));
    word.unwrap_or_default().to_owned()
}

/// SHA-256 of a text, in hex.
#[must_use]
pub fn digest(text: &[u8]) -> String {
    hex(Sha256::digest(text).into())
}

impl Reader {
    /// As the audit log says for whom a pack was made.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Person => "person".to_owned(),
            Self::Partner { id } => format!("partner {id}"),
            Self::Police => "police".to_owned(),
        }
    }

    /// As a form names it: `police`, `person`, `partner|ID`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('|') {
            None if text == "police" => Some(Self::Police),
            None if text == "person" => Some(Self::Person),
            Some(("partner", id)) => Some(Self::Partner { id: id.to_owned() }),
            Some(_) | None => None,
        }
    }

    /// Whether it is the other company, which sees no page and no notice.
    #[must_use]
    pub const fn is_partner(&self) -> bool {
        matches!(self, Self::Partner { .. })
    }
}

impl Happened {
    /// Something that happened.
    pub fn new(at: Timestamp, what: &str, about: impl ToString) -> Self {
        let with = BTreeMap::new();
        Self { at, what: what.to_owned(), about: about.to_string(), with }
    }

    /// Adds what its sentence needs.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.with.insert(name.to_owned(), value.to_string());
        self
    }
}

impl Pack {
    /// The pack of a case with nothing but the case in it.
    #[must_use]
    pub fn begin(company: Company, case: &Case, reader: Reader, now: Timestamp) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            company,
            case: CaseFacts {
                number: case.case_id.to_string(),
                said: Some(case_number::said(case.case_id)),
                kind: case.kind.name().to_owned(),
                opened_at: case.opened_at,
                closed_at: case.closed_at,
            },
            timeline: steps(case, &reader),
            made_for: reader,
            made_at: now,
            links: Vec::new(),
            requests: Vec::new(),
            answers: Vec::new(),
            claim: None,
            movements: Vec::new(),
            told: Vec::new(),
            signals: Vec::new(),
        }
    }
}

/// What the record itself noted of a case. What people typed may name anybody, or say what they suspect:
/// it stays. So does every note that nobody has put on a list of what this reader may have: of a case's
/// person only what they did, or were told of, because any other may say that somebody else reported them,
/// or what staff are about to do. What is said of a claim is [`super::claim`]'s to say.
fn steps(case: &Case, reader: &Reader) -> Vec<Happened> {
    let noted = case.steps.iter().filter_map(|step| {
        let code = step.text.strip_prefix('=')?;
        let code = code.split_once('|').map_or(code, |(code, _)| code);
        let what = format!("case.{code}");
        let is_told = match reader {
            Reader::Person => words::is_of_the_person(&what),
            Reader::Partner { .. } => false,
            Reader::Police => words::has_words(&what),
        };
        is_told.then(|| Happened::new(step.at, &what, case.case_id))
    });
    let opened = Happened::new(case.opened_at, "case.opened", case.case_id);
    let closed = case.closed_at.map(|at| Happened::new(at, "case.closed", case.case_id));
    [opened].into_iter().chain(noted).chain(closed).collect()
}
