//! Notices and letters, written in people's words and handed to the courier.

use kanuki_bank::{BankError, outgoing::Outgoing};
use kanuki_desk::{
    outbox::{self, Content},
    pack::{Worded, Wording},
};
use kanuki_domain::{Ctx, delivery::Said, mandate::Terms};
use kanuki_site::{
    Arg, Lang, Texts, Words,
    courier::{Channel, Courier, Letter, Round, count},
    show,
};

use super::month;
use crate::BankState;

/// Hands over what is due; says how many left.
pub(super) async fn deliver(
    state: &BankState,
    ctx: &Ctx<'_>,
    courier: &dyn Courier,
) -> Result<usize, BankError> {
    let (mut left, mut round) = (0_usize, Round::default());
    let mut knows_names = true;
    let mut due = state.bank.due_messages(ctx).await?;
    due.sort_by_key(|message| message.contact.channel == outbox::Channel::Mail);
    for message in due {
        let (message_id, is_late) = (message.message_id, message.is_late);
        let person_id = message.person_id.clone();
        let lang = message.lang.clone();
        let mut letter = letter(&state.site.texts, message);
        let moment = state.site.world.moment("");
        let ctx = moment.ctx();
        let has_time = round.has_time(&letter, ctx.now);
        if !has_time && !is_late {
            continue;
        }
        let tried = if !has_time || !round.is_open(&letter) {
            None
        } else if state.bank.take_message(&ctx, (message_id, Some(&lang))).await? {
            if knows_names {
                let name = state.bank.envelope(&person_id).await;
                knows_names = name.is_ok();
                letter.person = name.ok().flatten().unwrap_or_default();
            }
            let tried = round.deliver(courier, letter).await;
            count(&state.site.metrics, tried);
            Some(tried)
        } else {
            continue;
        };
        if let Err(error) = state.bank.note_message(&ctx, message_id, tried).await {
            tracing::warn!(message.id = %message_id, %error, "not noted; it may leave again");
            continue;
        }
        if tried.is_some_and(|tried| tried.said == Said::Taken) {
            left = left.saturating_add(1);
        }
    }
    Ok(left)
}

/// The same words again, for whoever must show years later what somebody was told.
#[derive(Debug)]
pub struct Catalog<'a>(pub &'a Texts);

impl Wording for Catalog<'_> {
    fn words(&self, channel: outbox::Channel, lang: Option<&str>, content: &Content) -> Worded {
        let langs = languages(channel, lang.unwrap_or_default());
        let (subject, body) = written(self.0, &langs, content);
        let lang = langs.iter().map(|lang| lang.tag()).collect::<Vec<_>>().join(", ");
        Worded { lang, subject, body }
    }
}

/// The languages of a message, what its person reads first. Banks here write Japanese; whoever was met on
/// English pages reads that first, and where there is room, Japanese follows. A text message has room for
/// one: for a month after a change it is the one before, since two would be cut, and a stop code with them.
fn languages(channel: outbox::Channel, said: &str) -> Vec<Lang> {
    let mut langs: Vec<Lang> = said.split(' ').filter_map(Lang::parse).collect();
    if langs.is_empty() {
        langs.push(Lang::Ja);
    }
    let has_room = matches!(channel, outbox::Channel::Mail | outbox::Channel::Post);
    if has_room && langs.as_slice() == [Lang::En] {
        langs.push(Lang::Ja);
    }
    if channel == outbox::Channel::Sms {
        langs = langs.last().copied().into_iter().collect();
    }
    langs
}

/// Subject and text; the subject in the first of the languages.
fn written(texts: &Texts, langs: &[Lang], content: &Content) -> (String, String) {
    let all: Vec<(String, String)> =
        langs.iter().map(|lang| written_in(texts, *lang, content)).collect();
    let subject = all.first().map(|(subject, _)| subject.clone()).unwrap_or_default();
    let bodies: Vec<String> = all.into_iter().map(|(_, body)| body).collect();
    (subject, bodies.join("\n\n----\n\n"))
}

fn written_in(texts: &Texts, lang: Lang, content: &Content) -> (String, String) {
    let words = Words { texts, lang };
    let kind = &content.kind;
    let values: Vec<(&str, Arg<'_>)> = content
        .values
        .iter()
        .map(|(name, value)| (name.as_str(), Arg::from(in_words(&words, name, value))))
        .collect();
    let text = |part: &str| texts.t_args(lang, &format!("notice-{kind}-{part}"), &values);
    (text("subject"), text("body"))
}

fn letter(texts: &Texts, message: Outgoing) -> Letter {
    let langs = languages(message.contact.channel, &message.lang);
    let (subject, body) = written(texts, &langs, &message.content);
    Letter {
        id: message.message_id.to_string(),
        channel: match message.contact.channel {
            outbox::Channel::Mail => Channel::Mail,
            outbox::Channel::Sms => Channel::Sms,
            outbox::Channel::Post => Channel::Post,
            outbox::Channel::Push => Channel::Push,
        },
        to: message.contact.to,
        person: String::new(),
        lang: langs.first().copied().unwrap_or_default(),
        subject,
        body,
    }
}

/// Instants are kept as RFC 3339, terms as JSON, what a delegate did and what a notice is about by
/// name; people read all of it in words.
fn in_words(words: &Words<'_>, name: &str, value: &str) -> String {
    match name {
        "act" => return words.t(&format!("delegate-act-{value}")),
        "topic" => return words.t(&format!("watched-topic-{value}")),
        "month" | "taken" | "linked" | "locked" => return month::in_words(words, name, value),
        _ => {}
    }
    if let Ok(at) = value.parse::<jiff::Timestamp>() {
        return show::instant(words.lang, at);
    }
    match serde_json::from_str::<Terms>(value) {
        Ok(terms) => kanuki_site::terms::in_a_line(words, &terms),
        Err(_) => value.to_owned(),
    }
}
