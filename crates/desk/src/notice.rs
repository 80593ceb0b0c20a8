//! Telling a person what happened in their name, with the code that stops it.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{MessageId, NoticeId},
};
use kanuki_record::{
    Book, RecordError, Stored, Unit, record,
    vault::{PersonKey, Vault},
};
use serde::{Deserialize, Serialize};

use crate::{
    outbox::{Contact, Content, Message},
    stop_code::StopCode,
};

/// That somebody was told something, and what their stop code stops.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// Its name.
    pub notice_id: NoticeId,
    /// Who was told.
    pub person_id: String,
    /// What happened: the kind of the message.
    pub kind: String,
    /// What the code stops: a mandate or a wallet.
    pub stops: String,
    stop_hash: String,
    /// When.
    pub at: Timestamp,
    /// When the code was used.
    pub stopped_at: Option<Timestamp>,
}

record! { Notice => "notice" by |n| n.notice_id.to_string();
    unique stop_hash = |n| Some(n.stop_hash.clone());
    many person_id = |n| Some(n.person_id.clone());
}

/// A person to tell, and where.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'a> {
    /// The key their messages are sealed with.
    pub key: &'a PersonKey,
    /// Every contact the company has had on file.
    pub contacts: &'a [Contact],
}

/// Adds to `unit` one notice and a message to each contact, all with the same stop code.
pub fn tell(
    unit: &mut Unit,
    vault: &Vault,
    ctx: &Ctx<'_>,
    recipient: Recipient<'_>,
    stops: impl ToString,
    content: Content,
) -> Result<(), RecordError> {
    tell_named(unit, vault, ctx, recipient, stops, content).map(drop)
}

/// The same, with the ids of the messages, one per contact.
pub fn tell_named(
    unit: &mut Unit,
    vault: &Vault,
    ctx: &Ctx<'_>,
    recipient: Recipient<'_>,
    stops: impl ToString,
    content: Content,
) -> Result<Vec<MessageId>, RecordError> {
    let content = with_code(unit, vault, ctx, recipient.key, stops, content);
    write_to_all(unit, vault, ctx, recipient, &content)
}

/// The same, and to `beside`: contacts that nobody has been reached at yet, and screens. That one of them takes
/// its message does not count as hearing of it: the others are told all the same, and looked for where they are
/// not reached.
pub fn tell_also(
    unit: &mut Unit,
    vault: &Vault,
    ctx: &Ctx<'_>,
    (recipient, beside): (Recipient<'_>, &[Contact]),
    stops: impl ToString,
    content: Content,
) -> Result<(), RecordError> {
    let content = with_code(unit, vault, ctx, recipient.key, stops, content);
    write_to_all(unit, vault, ctx, recipient, &content)?;
    for contact in beside {
        unit.insert(&Message::compose(vault, ctx, recipient.key, contact, &content)?);
    }
    Ok(())
}

/// Adds to `unit` what the code stops that `content` tells from here on.
fn with_code(
    unit: &mut Unit,
    vault: &Vault,
    ctx: &Ctx<'_>,
    key: &PersonKey,
    stops: impl ToString,
    content: Content,
) -> Content {
    let code = StopCode::generate(ctx);
    let content = content.with("stop_code", code.grouped());
    unit.insert(&Notice {
        notice_id: NoticeId::generate(ctx),
        person_id: key.person_id.clone(),
        kind: content.kind.clone(),
        stops: stops.to_string(),
        stop_hash: code.blinded(vault),
        at: ctx.now,
        stopped_at: None,
    });
    content
}

/// Adds to `unit` one message to each contact, none of which is lost where one of them fails
/// ([`crate::delivery`]). Their ids.
pub fn write_to_all(
    unit: &mut Unit,
    vault: &Vault,
    ctx: &Ctx<'_>,
    recipient: Recipient<'_>,
    content: &Content,
) -> Result<Vec<MessageId>, RecordError> {
    let mut ids: Vec<MessageId> = Vec::new();
    for contact in recipient.contacts {
        let mut message = Message::compose(vault, ctx, recipient.key, contact, content)?;
        message.group = Some(ids.first().copied().unwrap_or(message.message_id));
        ids.push(message.message_id);
        unit.insert(&message);
    }
    Ok(ids)
}

/// The notice that `typed` is the stop code of.
pub async fn find_by_code(
    book: &Book,
    vault: &Vault,
    typed: &str,
) -> Result<Option<Stored<Notice>>, RecordError> {
    match StopCode::parse(typed) {
        Some(code) => book.find_by("stop_hash", &code.blinded(vault)).await,
        None => Ok(None),
    }
}
