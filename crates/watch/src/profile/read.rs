//! Reading a profile: every claim has a source, a day and an end, or the whole file is refused.

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    CLAIM_DAYS_MAX, Claim, Holds, Incident, InstitutionKind, Profile, Reply, SCHEMA, Source,
    SourceKind,
    field::{self, FIELDS},
    value::{Value, is_url},
};
use crate::finding::Confidence;

/// More than any honest profile needs.
const BYTES_MAX: usize = 1 << 20;

/// A profile that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Too long to be one.
    #[error("longer than a profile can be (1 MB)")]
    TooLong,
    /// In another encoding.
    #[error("line {0} is not UTF-8 (Shift_JIS?): save the file as UTF-8")]
    Encoding(
        /// The first line that is not, counted from 1.
        usize,
    ),
    /// Not the shape of one.
    #[error("not an institution profile: {0}")]
    Shape(#[from] serde_json::Error),
    /// Of another schema.
    #[error("\"schema\" is \"{0}\"; this version reads \"{SCHEMA}\"")]
    Schema(String),
    /// Who it is about, or where to correct it, is not said as it should be.
    #[error("\"{what}\": {why}")]
    Head {
        /// Which part.
        what: &'static str,
        /// What would be right.
        why: &'static str,
    },
    /// A claim that cannot stand.
    #[error("claim {number} ({field}): {fault}")]
    Claim {
        /// Counted from 1.
        number: usize,
        /// Of what.
        field: String,
        /// Why not.
        fault: ClaimFault,
    },
    /// An incident that cannot stand.
    #[error("incident {number} ({id}): {why}")]
    Incident {
        /// Counted from 1.
        number: usize,
        /// Its name.
        id: String,
        /// Why not.
        why: &'static str,
    },
}

/// Why a claim cannot stand.
#[derive(Debug, thiserror::Error)]
pub enum ClaimFault {
    /// No such field.
    #[error("no such field; there are {}", names())]
    Field,
    /// Not a value of the field.
    #[error("\"value\" must be {0}")]
    Value(String),
    /// No address.
    #[error("\"source_url\" must be the address of the page that says so")]
    Address,
    /// Nobody stands for it.
    #[error("\"checked_by\" must say who compared the claim with its source")]
    Unchecked,
    /// It holds today, on the word of others.
    #[error(
        "what holds today must come from the institution, its regulator or a measurement; \
         with \"until\" it is history and others may be its witnesses"
    )]
    NotPrimary,
    /// Neither or both ends.
    #[error("needs \"expires\" (it holds today) or \"until\" (it held until then), and not both")]
    End,
    /// Believed for too long.
    #[error("\"expires\" is more than {CLAIM_DAYS_MAX} days after \"quoted_date\"")]
    TooLong,
    /// It ends before it begins.
    #[error("ends before it begins")]
    Backwards,
    /// Newer than the file.
    #[error("\"quoted_date\" is after \"data_date\"")]
    Future,
}

fn names() -> String {
    FIELDS.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProfile {
    schema: String,
    kind: InstitutionKind,
    id: String,
    name: String,
    name_en: String,
    #[serde(default)]
    launched_on: Option<Date>,
    data_date: Date,
    corrections: String,
    #[serde(default)]
    claims: Vec<RawClaim>,
    #[serde(default)]
    incidents: Vec<Incident>,
    #[serde(default)]
    replies: Vec<Reply>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClaim {
    field: String,
    value: Json,
    source_url: String,
    source_kind: SourceKind,
    quoted_date: Date,
    checked_by: String,
    confidence: Confidence,
    #[serde(default)]
    since: Option<Date>,
    #[serde(default)]
    expires: Option<Date>,
    #[serde(default)]
    until: Option<Date>,
}

/// Only the schema, so that another one is named before its fields are refused.
#[derive(Deserialize)]
struct Head {
    schema: String,
}

/// Reads one profile.
pub fn read(bytes: &[u8]) -> Result<Profile, ProfileError> {
    if bytes.len() > BYTES_MAX {
        return Err(ProfileError::TooLong);
    }
    let text = text_of(bytes)?;
    let head: Head = serde_json::from_str(text)?;
    if head.schema != SCHEMA {
        return Err(ProfileError::Schema(head.schema.chars().take(60).collect()));
    }
    let raw: RawProfile = serde_json::from_str(text)?;
    raw.checked()
}

/// The text, without the mark that some editors put before it.
fn text_of(bytes: &[u8]) -> Result<&str, ProfileError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.iter().take(error.valid_up_to());
        ProfileError::Encoding(before.filter(|byte| **byte == b'\n').count().saturating_add(1))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

impl RawProfile {
    fn checked(self) -> Result<Profile, ProfileError> {
        let head = |what, why| Err(ProfileError::Head { what, why });
        if self.schema != SCHEMA {
            return Err(ProfileError::Schema(self.schema));
        }
        if !is_id(self.kind, &self.id) {
            return head("id", "a bank's 4-digit code, or a wallet's short name in a-z, 0-9 and -");
        }
        if self.name.trim().is_empty() || self.name_en.trim().is_empty() {
            return head("name", "is empty");
        }
        if !(5..=200).contains(&self.corrections.trim().chars().count()) {
            return head(
                "corrections",
                "must say where errors can be reported, in 5 to 200 letters",
            );
        }
        if self.replies.iter().any(|r| !is_url(&r.source_url) || r.text.trim().is_empty()) {
            return head("replies", "each needs its words and the address where they stand");
        }
        let day = self.data_date;
        if self.launched_on.is_some_and(|on| on > day) {
            return head("launched_on", "is after \"data_date\"");
        }
        let mut claims = Vec::with_capacity(self.claims.len());
        for (number, raw) in (1_usize..).zip(self.claims) {
            let field: String = raw.field.chars().take(60).collect();
            let claim = raw.checked(day);
            claims.push(claim.map_err(|fault| ProfileError::Claim { number, field, fault })?);
        }
        for (number, incident) in (1_usize..).zip(&self.incidents) {
            if let Some(why) = wrong(incident, day) {
                let id = incident.id.chars().take(60).collect();
                return Err(ProfileError::Incident { number, id, why });
            }
        }
        Ok(Profile {
            kind: self.kind,
            id: self.id,
            name: self.name,
            name_en: self.name_en,
            launched_on: self.launched_on,
            data_date: day,
            corrections: self.corrections,
            claims,
            incidents: self.incidents,
            replies: self.replies,
        })
    }
}

impl RawClaim {
    fn checked(self, data_date: Date) -> Result<Claim, ClaimFault> {
        let field = field::find(&self.field).ok_or(ClaimFault::Field)?;
        let value = Value::parse(field, &self.value).map_err(ClaimFault::Value)?;
        if !is_url(&self.source_url) {
            return Err(ClaimFault::Address);
        }
        if self.checked_by.trim().is_empty() {
            return Err(ClaimFault::Unchecked);
        }
        if self.quoted_date > data_date {
            return Err(ClaimFault::Future);
        }
        let since = self.since.unwrap_or(self.quoted_date);
        let (holds, end) = match (self.expires, self.until) {
            (Some(day), None) => (Holds::Expires(day), day),
            (None, Some(day)) => (Holds::Until(day), day),
            (None, None) | (Some(_), Some(_)) => return Err(ClaimFault::End),
        };
        if end < since {
            return Err(ClaimFault::Backwards);
        }
        if let Holds::Expires(expires) = holds {
            if !self.source_kind.is_primary() {
                return Err(ClaimFault::NotPrimary);
            }
            let days = self.quoted_date.until(expires).map_or(i32::MAX, |span| span.get_days());
            if days > CLAIM_DAYS_MAX {
                return Err(ClaimFault::TooLong);
            }
        }
        let source =
            Source { url: self.source_url, kind: self.source_kind, quoted_date: self.quoted_date };
        let (checked_by, confidence) = (self.checked_by, self.confidence);
        Ok(Claim { field, value, source, checked_by, confidence, since, holds })
    }
}

fn is_id(kind: InstitutionKind, id: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match kind {
        InstitutionKind::Bank => id.len() == 4 && id.chars().all(|c| c.is_ascii_digit()),
        InstitutionKind::Wallet => (2..=40).contains(&id.len()) && id.chars().all(is_plain),
    }
}

fn wrong(incident: &Incident, data_date: Date) -> Option<&'static str> {
    let no_words = |text: &str, text_en: &str| text.trim().is_empty() || text_en.trim().is_empty();
    if incident.id.is_empty() || no_words(&incident.title, &incident.title_en) {
        return Some("needs \"id\", \"title\" and \"title_en\"");
    }
    for said in incident.said() {
        if !is_url(&said.source_url) {
            return Some("each answer needs the address of the page that says so");
        }
        if no_words(&said.text, &said.text_en) {
            return Some("each answer needs \"text\" and \"text_en\"");
        }
        if said.on.is_some_and(|on| on > data_date) {
            return Some("a day is after \"data_date\"");
        }
    }
    None
}
