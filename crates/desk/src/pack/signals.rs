//! What the two companies told each other about the links and the case of a pack.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Reader, signal_has_words};
use crate::signal::noted::Taken;

/// Which way an event went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// This company told it.
    Sent,
    /// This company was told.
    Received,
}

/// One event between the two companies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalFacts {
    /// When it happened, as its sender says.
    pub at: Timestamp,
    /// Its name, the same at both companies (`jti`).
    pub id: String,
    /// Which way it went.
    pub direction: Direction,
    /// The other company.
    pub partner: String,
    /// Which kind of event: the last part of its URI.
    pub kind: String,
    /// The name that both companies have for whom it is about, and nobody else.
    pub subject: String,
    /// The link or the case that it names.
    pub about: Option<String>,
    /// What became of that: `suspended`, `paid`; empty where the kind says all.
    pub status: String,
    /// `taken`, `waits`, `refused`, `given_up`.
    pub line: String,
    /// When it was acknowledged: by them, or by us.
    pub acknowledged_at: Option<Timestamp>,
    /// What was done here on what was told to us.
    pub did: Vec<String>,
}

impl SignalFacts {
    /// What a partner told us.
    #[must_use]
    pub fn received(taken: Taken) -> Self {
        let id = taken.taken_id.rsplit_once('|').map_or("", |(_, jti)| jti).to_owned();
        Self {
            at: taken.told_at,
            id,
            direction: Direction::Received,
            partner: taken.partner,
            kind: taken.kind,
            subject: taken.subject,
            about: taken.about,
            status: taken.status,
            line: "taken".to_owned(),
            acknowledged_at: Some(taken.taken_at),
            did: taken.actions,
        }
    }

    /// Whether this reader may have it. How dangerous somebody is thought to be is nobody's; beside that,
    /// a case's person has what became of their links, and not what one company may suspect.
    #[must_use]
    pub fn is_for(&self, reader: &Reader) -> bool {
        let is_told = match reader {
            Reader::Person => self.kind == "link-status-changed",
            Reader::Partner { id } => self.partner == *id,
            Reader::Police => true,
        };
        is_told && signal_has_words(&self.kind)
    }
}

/// How far an event that we told is: `taken`, `waits`, `refused`, `given_up`.
#[must_use]
pub fn line_of(is_due: bool, is_given_up: bool, is_refused: bool) -> String {
    let word = match (is_due, is_refused, is_given_up) {
        (true, ..) => "waits",
        (false, true, _) => "refused",
        (false, false, true) => "given_up",
        (false, false, false) => "taken",
    };
    word.to_owned()
}
