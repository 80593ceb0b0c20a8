//! Reading a profile: every claim has a source, a day and an end, or the whole file is refused.

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    CLAIM_DAYS_MAX, Claim, Holds, Incident, InstitutionKind, Profile, Reply, SCHEMA, Source,
    SourceKind,
    fault::{ClaimFault, ProfileError},
    field,
    value::{Value, is_url},
    words::Both,
};
use crate::finding::Confidence;

/// More than any honest profile needs.
const BYTES_MAX: usize = 1 << 20;

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
        let head = |what, ja, en| Err(ProfileError::Head { what, why: Both { ja, en } });
        if self.schema != SCHEMA {
            return Err(ProfileError::Schema(self.schema));
        }
        if !is_id(self.kind, &self.id) {
            return head(
                "id",
                "銀行なら4けたの番号、決済サービスなら英小文字と数字と「-」の短い名前を書いてください",
                "a bank's 4-digit code, or a wallet's short name in a-z, 0-9 and -",
            );
        }
        if self.name.trim().is_empty() || self.name_en.trim().is_empty() {
            return head("name", "名前がありません(\"name\" と \"name_en\")", "is empty");
        }
        if !(5..=200).contains(&self.corrections.trim().chars().count()) {
            return head(
                "corrections",
                "まちがいの知らせ先を、5文字から200文字で書いてください",
                "must say where errors can be reported, in 5 to 200 letters",
            );
        }
        if self.replies.iter().any(|r| !is_url(&r.source_url) || r.text.trim().is_empty()) {
            return head(
                "replies",
                "反論には、それぞれ文と、それが載っているページのアドレスが要ります",
                "each needs its words and the address where they stand",
            );
        }
        let day = self.data_date;
        if self.launched_on.is_some_and(|on| on > day) {
            return head("launched_on", "\"data_date\" よりあとの日です", "is after \"data_date\"");
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
        let value = Value::parse(field, &self.value).ok_or(ClaimFault::Value(field.shape))?;
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

fn wrong(incident: &Incident, data_date: Date) -> Option<Both> {
    let said = |ja, en| Some(Both { ja, en });
    let no_words = |text: &str, text_en: &str| text.trim().is_empty() || text_en.trim().is_empty();
    if incident.id.is_empty() || no_words(&incident.title, &incident.title_en) {
        return said(
            "\"id\"、\"title\"、\"title_en\" が要ります",
            "needs \"id\", \"title\" and \"title_en\"",
        );
    }
    for answer in incident.said() {
        if !is_url(&answer.source_url) {
            return said(
                "答えには、それぞれ、そう書いてあるページのアドレスが要ります",
                "each answer needs the address of the page that says so",
            );
        }
        if no_words(&answer.text, &answer.text_en) {
            return said(
                "答えには、それぞれ \"text\" と \"text_en\" が要ります",
                "each answer needs \"text\" and \"text_en\"",
            );
        }
        if answer.on.is_some_and(|on| on > data_date) {
            return said("\"data_date\" よりあとの日があります", "a day is after \"data_date\"");
        }
    }
    if incident.is_answered_too_soon() {
        return said(
            "はじまる前に、気づいたり止めたりしたことになっています(\"began_on\" と \"on\")",
            "it was noticed or answered before it began (\"began_on\" and \"on\")",
        );
    }
    None
}
