//! What a person was told: each message, which way, to whom, in which words, and whether it arrived.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::{Ctx, delivery::Said, id::MessageId};
use kanuki_record::{
    Book, RecordError, Stored,
    vault::{PersonKey, Vault},
};
use serde::{Deserialize, Serialize};

use super::Happened;
use crate::{
    kept::Kept,
    notice::Notice,
    outbox::{Channel, Content, Message},
    push::Device,
};

/// One message to the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// When it was written, in the same step as what it tells of.
    pub at: Timestamp,
    /// Its name; of a notice whose messages were forgotten, the notice's.
    pub id: String,
    /// Which message of the catalog.
    pub kind: String,
    /// Which way it went; none where that was not kept.
    pub channel: Option<Channel>,
    /// To whom, the middle covered; none where that was not kept.
    pub to: Option<String>,
    /// Its words; none where what they are made of was not kept.
    pub words: Option<Worded>,
    /// `sent`, `due`, `given_up`, or `not_kept`.
    pub state: String,
    /// When it was handed over to whoever carries it.
    pub handed_over_at: Option<Timestamp>,
    /// When it was given up, because nobody is reached that way.
    pub given_up_at: Option<Timestamp>,
    /// How often it was tried.
    pub tries: usize,
    /// It went this way because another one had failed.
    pub is_second_way: bool,
    /// What became of a letter, as the letter house says: `written`, `posted`, `returned`.
    pub letter: Option<String>,
}

/// The words of a message, put together again from what was kept and the catalog of today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worded {
    /// In which language.
    pub lang: String,
    /// What it is about.
    pub subject: String,
    /// The text, without codes and other people.
    pub body: String,
}

/// Whoever has the catalog of messages: the same words as those that leave.
pub trait Wording: Send + Sync {
    /// The words of `content`, as they go this way; to a device, in its language.
    fn words(&self, channel: Channel, lang: Option<&str>, content: &Content) -> Worded;
}

/// Who asks for a pack, with the words that people here are written to.
#[derive(Clone, Copy)]
pub struct Packing<'a> {
    /// The moment.
    pub ctx: &'a Ctx<'a>,
    /// The catalog of messages.
    pub wording: &'a dyn Wording,
}

impl std::fmt::Debug for Packing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Packing")
    }
}

/// Whose messages, and where they are.
#[derive(Clone, Copy)]
pub struct ToldTo<'a> {
    /// The records.
    pub book: &'a Book,
    /// What opens the person's.
    pub vault: &'a Vault,
    /// A customer's or holder's id.
    pub person_id: &'a str,
    /// The words.
    pub wording: &'a dyn Wording,
}

impl std::fmt::Debug for ToldTo<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ToldTo")
    }
}

/// Every message to a person whose kind `is_shown`, and each use of a stop code.
pub async fn told_to(
    of: ToldTo<'_>,
    is_shown: impl Fn(&str) -> bool + Send,
) -> Result<(Vec<Told>, Vec<Happened>), RecordError> {
    let key = of.book.find::<PersonKey>(of.person_id).await?;
    let messages = of.book.every::<Message>("person_id", of.person_id).await?;
    let begun = begun(&messages);
    let mut told = Vec::new();
    for message in messages.iter().filter(|message| is_shown(&message.kind)) {
        told.push(one(of, key.as_deref(), (message, &begun)).await?);
    }
    let mut used = Vec::new();
    for notice in of.book.every::<Notice>("person_id", of.person_id).await? {
        let has_message =
            messages.iter().any(|one| one.kind == notice.kind && one.since == Some(notice.at));
        if !has_message && is_shown(&notice.kind) {
            told.push(forgotten(&notice));
        }
        used.extend(notice.stopped_at.map(|at| Happened::new(at, "stop_code.used", &notice.stops)));
    }
    Ok((told, used))
}

/// When the first message of each notice was written: a later one went another way.
fn begun(messages: &[Stored<Message>]) -> BTreeMap<MessageId, Timestamp> {
    let mut begun = BTreeMap::new();
    for message in messages {
        if let (Some(group), Some(since)) = (message.group, message.since) {
            let first = begun.entry(group).or_insert(since);
            *first = since.min(*first);
        }
    }
    begun
}

async fn one(
    of: ToldTo<'_>,
    key: Option<&PersonKey>,
    (message, begun): (&Message, &BTreeMap<MessageId, Timestamp>),
) -> Result<Told, RecordError> {
    let kept = match key {
        Some(key) => message.kept(of.vault, key)?,
        None => None,
    };
    let (to, words) = match (&kept, message.channel) {
        (Some(kept), Some(channel)) => said(of, (channel, message), kept).await?,
        _ => (None, None),
    };
    let taken = message.tries.iter().find(|tried| tried.tried.said == Said::Taken);
    let first = message.group.and_then(|group| begun.get(&group));
    Ok(Told {
        at: message.since.unwrap_or_else(|| message.message_id.made_at()),
        id: message.message_id.to_string(),
        kind: message.kind.clone(),
        channel: message.channel,
        to,
        words,
        state: message.state().to_owned(),
        handed_over_at: taken.map(|tried| tried.at),
        given_up_at: message.given_up_at,
        tries: message.tries.len(),
        is_second_way: matches!((first, message.since), (Some(first), Some(at)) if at > *first),
        letter: None,
    })
}

/// To whom, and the words. A device is named by nothing that anybody knows: that it is one says all.
async fn said(
    of: ToldTo<'_>,
    (channel, message): (Channel, &Message),
    kept: &Kept,
) -> Result<(Option<String>, Option<Worded>), RecordError> {
    let mut lang = message.lang.clone();
    if channel == Channel::Push {
        let device = of.book.find::<Device>(&kept.to).await?;
        lang = device.map(|device| device.lang.clone());
    }
    let words = of.wording.words(channel, lang.as_deref(), &kept.content);
    let to = (channel != Channel::Push).then(|| kept.to.clone());
    Ok((to, Some(words)))
}

/// A notice whose messages are no longer kept.
fn forgotten(notice: &Notice) -> Told {
    Told {
        at: notice.at,
        id: notice.notice_id.to_string(),
        kind: notice.kind.clone(),
        channel: None,
        to: None,
        words: None,
        state: "not_kept".to_owned(),
        handed_over_at: None,
        given_up_at: None,
        tries: 0,
        is_second_way: false,
        letter: None,
    }
}
