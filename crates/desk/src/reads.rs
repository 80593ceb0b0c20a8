//! In which language somebody reads, so that what is written to them is in it, whichever way it goes.
//!
//! It is the language of the pages on which they signed in last. Whoever took an account over signs in too,
//! and a victim who reads one language must not miss the message that they could still stop it by: for a
//! month after a change what has room for both has both, and what has room for one has the one before.

use jiff::Timestamp;
use kanuki_domain::{limits::DAY_SECS, mandate::later};
use serde::{Deserialize, Serialize};

/// So long both languages are written after a change.
pub const BOTH_SECS: i64 = 30 * DAY_SECS;

/// What people read who were never met on a page in another language.
const FIRST: &str = "ja";
const SECOND: &str = "en";

/// A language that somebody reads, kept with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads {
    /// Which: `ja` or `en`.
    pub lang: String,
    /// Since when.
    pub since: Timestamp,
}

/// What to keep of somebody who signed in on pages in `lang`; nothing where that is known.
#[must_use]
pub fn met(known: Option<&Reads>, now: Timestamp, lang: &str) -> Option<Reads> {
    let before = known.map_or(FIRST, |reads| reads.lang.as_str());
    let is_one = [FIRST, SECOND].contains(&lang);
    (is_one && before != lang).then(|| Reads { lang: lang.to_owned(), since: now })
}

/// The languages of what is written to somebody, what they read first: `en`, or for a month `en ja`, whose last
/// is what has room for one language is written in.
#[must_use]
pub fn languages(known: Option<&Reads>, now: Timestamp) -> String {
    let Some(reads) = known else { return FIRST.to_owned() };
    if now >= later(reads.since, BOTH_SECS) {
        return reads.lang.clone();
    }
    let other = if reads.lang == FIRST { SECOND } else { FIRST };
    format!("{} {other}", reads.lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_written_alone_once_it_was_read_for_a_month() {
        let start: Timestamp = "2026-11-28T00:00:00Z".parse().unwrap();
        assert_eq!(languages(None, start), "ja");
        assert_eq!(met(None, start, "ja"), None);
        assert_eq!(met(None, start, "xx"), None);

        let reads = met(None, start, "en").unwrap();
        assert_eq!(languages(Some(&reads), later(start, BOTH_SECS - 1)), "en ja");
        assert_eq!(languages(Some(&reads), later(start, BOTH_SECS)), "en");
        assert_eq!(met(Some(&reads), later(start, 1), "en"), None, "the month goes on");

        let back = met(Some(&reads), later(start, BOTH_SECS), "ja").unwrap();
        assert_eq!(languages(Some(&back), back.since), "ja en");
    }
}
