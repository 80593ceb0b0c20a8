//! The evidence pack of a case: what happened, who agreed to what, who was told, in one file that
//! proves itself without us.
//!
//! It is JSON with one signature over its canonical form (RFC 8785), by the company's event key under
//! a type of its own; and a page view of the same (PDF) that follows from the JSON alone, so that a
//! changed page is found as a changed byte is. Whoever holds the company's published keys proves both,
//! on a machine without a network (`kanuki evidence verify`).
//!
//! **What never goes in**: what staff suspect, rules of risk, scores and lists, and anything about a
//! report of a suspicious transaction (疑わしい取引), which must not become known; lines that people
//! typed; other people. What a wallet said about its customer stays with us, and stands here as a
//! digest: whoever may have it by law gets the paper itself, and finds it to be the same.

mod acts;
mod claim;
mod draft;
mod pages;
mod pdf;
mod sign;
mod signals;
mod told;
mod words;

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::Yen;
use serde::{Deserialize, Serialize};

pub use claim::{ClaimFacts, ClaimRecord, PauseFacts, Payment, RefusedFacts, owed};
pub use draft::{digest, is_of_a_person, word};
pub use pdf::{attached, render};
pub use sign::{PackError, Signed, key_of, verify, verify_pdf};
pub use signals::{Direction, SignalFacts, line_of};
pub use told::{Packing, Told, ToldTo, Worded, Wording, told_to};
pub use words::{has_words, signal_has_words};

/// The form of a pack; another form gets another name.
pub const SCHEMA: &str = "kanuki-evidence-2";

/// Who a pack is made for: it holds what they may have, and no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reader", rename_all = "snake_case")]
pub enum Reader {
    /// The person whose case it is.
    Person,
    /// The other company: what passed between us and them, and nothing of the page.
    Partner {
        /// Which.
        id: String,
    },
    /// The police, under the paper that staff name as the reason.
    Police,
}

/// Who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// As people know it.
    pub name: String,
    /// As tokens name it.
    pub issuer: String,
    /// Where its keys are published.
    pub keys: String,
}

/// The case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFacts {
    /// Its number, the same at both companies.
    pub number: String,
    /// The same as people say it; packs from before there was one have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// Why it was opened.
    pub kind: String,
    /// When.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// Something that happened, in the words of the record. Its page says it in people's words ([`words`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What: a word of the record, such as `link.agreed`.
    pub what: String,
    /// About which link, movement or answer.
    pub about: String,
    /// What its sentence needs beside: an amount, who paid, where to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, String>,
}

/// A right to debit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkFacts {
    /// Its id.
    pub id: String,
    /// Which company it is with.
    pub partner: String,
    /// How people call that company.
    pub partner_name: String,
    /// The account as it is shown: `***4567`.
    pub account: String,
    /// How the holder had proven themself.
    pub route: String,
    /// When it was agreed to.
    pub signed_at: Timestamp,
    /// Where it stands.
    pub state: String,
    /// The terms in force.
    pub terms: serde_json::Value,
}

/// What a partner signed when it asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestFacts {
    /// When it was kept.
    pub at: Timestamp,
    /// Who signed it.
    pub by: String,
    /// The link or the single debit that it asked for.
    pub about: String,
    /// SHA-256 of the token, in hex.
    pub sha256: String,
}

/// What a person was shown and answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerFacts {
    /// When.
    pub at: Timestamp,
    /// About which link or debit.
    pub about: String,
    /// `signed` or `refused`.
    pub answer: String,
    /// SHA-256 of the text that was answered, in hex: the challenge of the signature.
    pub sha256: String,
    /// Whether it was proven again when the pack was made.
    pub holds: bool,
    /// What stood on the page; none for a partner.
    pub shown: Vec<(String, String)>,
    /// The text itself; none for a partner.
    pub text: Option<String>,
    /// The signature with what proves it; none for a partner, and for a refusal.
    pub assertion: Option<serde_json::Value>,
}

/// Money that moved, or was asked for and did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Movement {
    /// When it was asked for.
    pub at: Timestamp,
    /// Its id at both companies.
    pub id: String,
    /// Under which link.
    pub link: String,
    /// How much.
    pub amount: Yen,
    /// How much of it went back.
    pub refunded: Yen,
    /// What became of it.
    pub state: String,
    /// When; none while it is under way.
    pub ended_at: Option<Timestamp>,
}

/// Everything about a case that its reader may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// [`SCHEMA`].
    pub schema: String,
    /// Who made it.
    pub company: Company,
    /// About what.
    pub case: CaseFacts,
    /// For whom.
    pub made_for: Reader,
    /// When.
    pub made_at: Timestamp,
    /// In order.
    pub timeline: Vec<Happened>,
    /// Rights to debit.
    pub links: Vec<LinkFacts>,
    /// What partners signed.
    pub requests: Vec<RequestFacts>,
    /// What the person answered.
    pub answers: Vec<AnswerFacts>,
    /// What its victim is owed, and what became of that.
    pub claim: Option<ClaimFacts>,
    /// Money.
    pub movements: Vec<Movement>,
    /// What the person was told.
    pub told: Vec<Told>,
    /// What the two companies told each other.
    pub signals: Vec<SignalFacts>,
}

impl Pack {
    /// Puts in order what came from several places: by time, and at the same time as one thing follows
    /// from the other. What one record noted stays in the order in which it was noted.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.timeline.sort_by_key(|happened| (happened.at, words::rank(&happened.what)));
        self.answers.sort_by(|a, b| (a.at, &a.about).cmp(&(b.at, &b.about)));
        self.movements.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        self.told.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        self.signals.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        self
    }
}

#[cfg(test)]
mod tests;
