//! A notice that cannot leave one way goes another, and where no way is left, a person calls.
//!
//! In 2020 people heard of debits from their bank book, days later. A notice that waits for a mail
//! server that is down, or for a mailbox that is full, is no notice: FT-21 wants the holder to see
//! it promptly. What is moved here is a notice and the code that stops, which only tightens; a code
//! in a letter is never moved ([`Message::group`]).

use jiff::Timestamp;
use kanuki_domain::{Ctx, delivery::Tried, id::MessageId};
use kanuki_record::{
    AuditEntry, Book, RecordError, Stored, Unit,
    vault::{PersonKey, Vault},
};

use crate::{
    case::{Case, CaseKind},
    outbox::{Channel, Contact, Content, Message},
};

/// So long a notice may wait before another way is looked for. This one is still tried.
pub const ELSEWHERE_SECS: i64 = 3_600;
/// So long a mail or a text message is tried at all.
pub const GIVE_UP_SECS: i64 = 3 * 86_400;
/// So long a push is: what it says was said by mail long before.
pub const PUSH_SECS: i64 = 3_600;
/// So many notices stand in the case of somebody who cannot be told.
const STEPS_MAX: usize = 100;

/// Whose message it is, and every way to them, the first to be tried first.
#[derive(Clone, Copy, Debug)]
pub struct Ways<'a> {
    /// The key their messages are sealed with.
    pub key: &'a PersonKey,
    /// Mail, telephone, address.
    pub contacts: &'a [Contact],
    /// The ways that are heard at, for all that is known. What a contact takes that is new on file may have
    /// reached a thief: where another way is shut for good, it is not enough.
    pub settled: &'a [Channel],
}

/// Takes a message to hand it over; false where somebody else has it. What cannot be written down is
/// not handed over, or it would leave again with every pass. `lang` is what it is written in.
pub async fn take(
    book: &Book,
    ctx: &Ctx<'_>,
    (message_id, lang): (MessageId, Option<&str>),
) -> Result<bool, RecordError> {
    let found = book.find::<Message>(message_id).await?;
    let Some(mut message) = found.filter(|message| message.is_due(ctx.now)) else {
        return Ok(false);
    };
    message.edit().take(ctx.now, lang);
    let mut unit = Unit::new();
    unit.update(&message);
    match book.commit(unit).await {
        Ok(()) => Ok(true),
        Err(RecordError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether another worker noted already how a try ended, or has the message now.
#[must_use]
pub fn is_noted(message: &Message, now: Timestamp, tried: Option<Tried>) -> bool {
    message.due_at.is_none() || (tried.is_none() && !message.is_due(now))
}

/// Notes in `message` how a try ended; none where it was not tried, because its way was shut. True if
/// another way has to be looked for now, with [`go_elsewhere`].
pub fn note(message: &mut Message, now: Timestamp, tried: Option<Tried>) -> bool {
    match tried {
        Some(tried) => message.note(now, tried),
        None => message.pass_over(now),
    }
    if waits(message, now, patience_secs(message)) {
        message.give_up(now);
    }
    let has_failed = message.given_up_at.is_some() || waits(message, now, ELSEWHERE_SECS);
    has_failed && message.group.is_some() && !message.went_on
}

/// Whether a message has waited so long that [`note`] has something to do, tried or not.
#[must_use]
pub fn is_late(message: &Message, now: Timestamp) -> bool {
    let secs = if message.went_on { GIVE_UP_SECS } else { ELSEWHERE_SECS };
    waits(message, now, secs)
}

fn patience_secs(message: &Message) -> i64 {
    if message.channel == Some(Channel::Push) { PUSH_SECS } else { GIVE_UP_SECS }
}

fn waits(message: &Message, now: Timestamp, secs: i64) -> bool {
    let is_paper = message.channel.is_none_or(|channel| channel == Channel::Post);
    !is_paper && message.due_at.is_some() && message.waited_secs(now) >= secs
}

/// Writes to `unit` what becomes of a notice whose `message` failed: nothing where another message of it
/// was heard or may be, else a message the next way, else a case, so that somebody calls.
pub async fn go_elsewhere(
    unit: &mut Unit,
    (book, vault): (&Book, &Vault),
    ctx: &Ctx<'_>,
    (message, content): (&mut Stored<Message>, &Content),
    ways: Ways<'_>,
) -> Result<(), RecordError> {
    let Some(group) = message.group else { return Ok(()) };
    let of_notice = book.every::<Message>("group", &group.to_string()).await?;
    let others = || of_notice.iter().filter(|other| other.message_id != message.message_id);
    // Every contact was told at once. Where one is gone for good, only a settled one is heard at.
    let is_gone = message.given_up_at.is_some();
    let is_settled =
        |other: &Message| other.channel.is_none_or(|channel| ways.settled.contains(&channel));
    let is_sent = |other: &Message| other.state() == "sent";
    if others().any(|other| is_sent(other) && is_settled(other)) {
        message.edit().went_on = true;
        return Ok(());
    }
    // Two of one notice that fail at the same moment, on two nodes, must not each leave it to the other.
    if let Some(first) = others().find(|other| other.message_id == group) {
        unit.update(first);
    }
    // Whichever fails last looks further.
    let is_fresh =
        |other: &Message| other.due_at.is_some() && other.waited_secs(ctx.now) < ELSEWHERE_SECS;
    let may_hear =
        |other: &Message| (is_sent(other) || is_fresh(other)) && (!is_gone || is_settled(other));
    if others().any(|other| may_hear(other)) {
        return Ok(());
    }
    let is_tried = |channel| of_notice.iter().any(|one| one.channel == Some(channel));
    // A letter is what others come to; nothing comes after it.
    let is_paper = message.channel == Some(Channel::Post);
    let untried = ways.contacts.iter().filter(|contact| !is_paper && !is_tried(contact.channel));
    message.edit().went_on = true;
    // What is new on file is told too, and does not end the search: a thief may just have put it there.
    for contact in untried {
        let mut next = Message::compose(vault, ctx, ways.key, contact, content)?;
        next.group = Some(group);
        unit.insert(&next);
        if ways.settled.contains(&contact.channel) {
            return Ok(());
        }
    }
    call(unit, book, ctx, message).await
}

/// Writes to `unit` that somebody has to call, because nobody knows another way to whom `message` is for.
pub async fn give_to_people(
    unit: &mut Unit,
    book: &Book,
    ctx: &Ctx<'_>,
    message: &mut Stored<Message>,
) -> Result<(), RecordError> {
    message.edit().went_on = true;
    call(unit, book, ctx, message).await
}

/// One case for one person, however many notices do not arrive.
async fn call(
    unit: &mut Unit,
    book: &Book,
    ctx: &Ctx<'_>,
    message: &Message,
) -> Result<(), RecordError> {
    let person = &message.person_id;
    let step = format!("=unreached|{}", message.kind);
    let about = format!("unreached|{person}");
    let cases = book.list::<Case>("about", &about).await?;
    let is_theirs =
        |case: &Stored<Case>| case.kind == CaseKind::Unreached && case.closed_at.is_none();
    if let Some(mut case) = cases.into_iter().find(is_theirs) {
        if case.steps.len() < STEPS_MAX {
            case.edit().note(ctx.now, "system", step);
            unit.update(&case);
        }
        return Ok(());
    }
    let mut case = Case::open(ctx, CaseKind::Unreached, &about, Some(person.clone()));
    case.note(ctx.now, "system", step);
    let audit = AuditEntry::new(ctx.now, "system", "case.opened", case.case_id);
    unit.insert(&case).audit(audit.with("about", &about));
    Ok(())
}
