//! Events of one link in the order in which they happened, whatever order they come in.
//!
//! A push that failed is tried again, and a poll fills gaps: what is older may come later. So the
//! newest word on each link is kept by the time that its sender gave it, and an older one of the
//! other kind is late. A late release does nothing. Whether a late stop does is for the company that
//! hears it: an alarm always counts, because a release that was said first must not hide it.

use jiff::Timestamp;
use kanuki_record::{AuditEntry, Book, RecordError, Unit, record};
use serde::{Deserialize, Serialize};

/// What a partner said of one link, by when it says that it happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LinkWord {
    /// `partner|mandate`.
    pub word_id: String,
    /// When it was last stopped there.
    #[serde(default)]
    pub stopped_at: Option<Timestamp>,
    /// When it was last let go on there.
    #[serde(default)]
    pub released_at: Option<Timestamp>,
}

record! { LinkWord => "signal_word" by |w| w.word_id.clone(); }

/// What a word is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// The link is stopped there.
    Stopped,
    /// It goes on there.
    Released,
}

/// Whether a word is still news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It is: act.
    Fresh,
    /// A newer word of the other kind came before it: it does nothing.
    Late,
}

/// One word on one link.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// Who says it.
    pub partner: &'a str,
    /// Which event it is, for the audit log.
    pub jti: &'a str,
    /// Which link, by the name that both companies have for it.
    pub link: &'a str,
    /// What.
    pub word: Word,
    /// When it happened there.
    pub at: Timestamp,
}

/// Adds to `unit` that this was said, and says whether it is to be followed. At the same second, what
/// came last counts: its sender tells one thing after the other.
pub async fn hear(
    book: &Book,
    now: Timestamp,
    unit: &mut Unit,
    said: Said<'_>,
) -> Result<News, RecordError> {
    let word_id = format!("{}|{}", said.partner, said.link);
    let Some(mut known) = book.find::<LinkWord>(&word_id).await? else {
        let mut first = LinkWord { word_id, stopped_at: None, released_at: None };
        first.take(said.word, said.at);
        unit.insert(&first);
        return Ok(News::Fresh);
    };
    let other = match said.word {
        Word::Stopped => known.released_at,
        Word::Released => known.stopped_at,
    };
    if other.is_some_and(|other| said.at < other) {
        let entry = AuditEntry::new(now, said.partner, "event.late", said.link);
        unit.audit(entry.with("event", said.jti).with("word", format!("{:?}", said.word)));
        return Ok(News::Late);
    }
    known.edit().take(said.word, said.at);
    unit.update(&known);
    Ok(News::Fresh)
}

impl LinkWord {
    fn take(&mut self, word: Word, at: Timestamp) {
        let place = match word {
            Word::Stopped => &mut self.stopped_at,
            Word::Released => &mut self.released_at,
        };
        *place = (*place).max(Some(at));
    }
}
