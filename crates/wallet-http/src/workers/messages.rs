//! Notices, written in people's words and handed to the courier.

use kanuki_desk::{
    outbox::{self, Contact, Content},
    pack::{Worded, Wording},
};
use kanuki_domain::{Ctx, delivery::Said};
use kanuki_site::{
    Arg, Lang, Texts,
    courier::{Channel, Courier, Letter, Round, count},
    show,
};
use kanuki_wallet::WalletError;

use crate::WalletState;

/// Hands over what is due; says how many left.
pub(super) async fn deliver(
    state: &WalletState,
    ctx: &Ctx<'_>,
    courier: &dyn Courier,
) -> Result<usize, WalletError> {
    let (mut left, mut round) = (0_usize, Round::default());
    let mut all = state.wallet.due_messages(ctx).await?;
    all.sort_by_key(|due| due.contact.channel == outbox::Channel::Mail);
    for due in all {
        let to = To { contact: &due.contact, lang: due.lang.as_deref() };
        let words = (&*state.site.texts, state.wallet.config.name.as_str());
        let mut letter = letter(words, to, &due.content);
        letter.id = due.message_id().to_string();
        letter.person.clone_from(&due.nickname);
        let message_id = due.message_id();
        let moment = state.site.world.moment("");
        let ctx = moment.ctx();
        let has_time = round.has_time(&letter, ctx.now);
        if !has_time && !due.is_late {
            continue;
        }
        let tried = if !has_time || !round.is_open(&letter) {
            None
        } else if state.wallet.take_message(&ctx, (message_id, due.lang.as_deref())).await? {
            let tried = round.deliver(courier, letter).await;
            count(&state.site.metrics, tried);
            Some(tried)
        } else {
            continue;
        };
        if let Err(error) = state.wallet.note_message(&ctx, due, tried).await {
            tracing::warn!(message.id = %message_id, %error, "not noted; it may leave again");
            continue;
        }
        if tried.is_some_and(|tried| tried.said == Said::Taken) {
            left = left.saturating_add(1);
        }
    }
    Ok(left)
}

/// Where a message goes, and the language of the device, if that is where, or those that its person reads.
#[derive(Clone, Copy)]
struct To<'a> {
    contact: &'a Contact,
    lang: Option<&'a str>,
}

/// The languages of a message, what its person reads first. Where there is room, the other one follows. A
/// text message has room for one: for a month after a change it is the one before, since two would be cut,
/// and a stop code with them.
fn languages(to: To<'_>) -> Vec<Lang> {
    let mut langs: Vec<Lang> =
        to.lang.unwrap_or_default().split(' ').filter_map(Lang::parse).collect();
    if langs.is_empty() {
        langs.push(Lang::default());
    }
    if let (outbox::Channel::Mail | outbox::Channel::Post, [one]) =
        (to.contact.channel, langs.as_slice())
    {
        langs.push(one.other());
    }
    if to.contact.channel == outbox::Channel::Sms {
        langs = langs.last().copied().into_iter().collect();
    }
    langs
}

/// The message as it leaves. A device said which language it wants.
fn letter((texts, company): (&Texts, &str), to: To<'_>, content: &Content) -> Letter {
    let channel = match to.contact.channel {
        outbox::Channel::Mail => Channel::Mail,
        outbox::Channel::Post => Channel::Post,
        outbox::Channel::Sms => Channel::Sms,
        outbox::Channel::Push => return pushed((texts, company), to, content),
    };
    let langs = languages(to);
    let first = langs.first().copied().unwrap_or_default();
    let parts: Vec<String> =
        langs.iter().map(|lang| body((texts, company), *lang, content)).collect();
    let what = subject(texts, first, content);
    let named = [("company", Arg::from(company)), ("what", Arg::from(what.as_str()))];
    Letter {
        id: String::new(),
        channel,
        to: to.contact.to.clone(),
        person: String::new(),
        lang: first,
        subject: texts.t_args(first, "notice-subject", &named),
        body: parts.join("\n\n----\n\n"),
    }
}

/// The same words again, for whoever must show years later what somebody was told.
#[derive(Debug)]
pub struct Catalog<'a> {
    /// The messages.
    pub texts: &'a Texts,
    /// The company, as its notices name it.
    pub company: &'a str,
}

impl Wording for Catalog<'_> {
    fn words(&self, channel: outbox::Channel, lang: Option<&str>, content: &Content) -> Worded {
        let contact = Contact { channel, to: String::new() };
        let to = To { contact: &contact, lang };
        let letter = letter((self.texts, self.company), to, content);
        let lang = match channel {
            outbox::Channel::Push => letter.lang.tag().to_owned(),
            outbox::Channel::Mail | outbox::Channel::Post | outbox::Channel::Sms => {
                languages(to).iter().map(|lang| lang.tag()).collect::<Vec<_>>().join(", ")
            }
        };
        Worded { lang, subject: letter.subject, body: letter.body }
    }
}

/// What may stand on a locked screen: who says it, what happened, how much, at which bank. No stop code, no
/// account and no name of a person; those are in the mail that leaves with it.
fn pushed((texts, company): (&Texts, &str), to: To<'_>, content: &Content) -> Letter {
    let lang = to.lang.and_then(Lang::parse).unwrap_or_default();
    let what = subject(texts, lang, content);
    let named = [("company", Arg::from(company)), ("what", Arg::from(what.as_str()))];
    let foot = texts.t(lang, "pushed-body");
    let bank = content.values.get("bank");
    Letter {
        id: String::new(),
        channel: Channel::Push,
        to: to.contact.to.clone(),
        person: String::new(),
        lang,
        subject: texts.t_args(lang, "pushed-title", &named),
        body: bank.map_or_else(|| foot.clone(), |bank| format!("{bank}\n{foot}")),
    }
}

fn subject(texts: &Texts, lang: Lang, content: &Content) -> String {
    texts.t_args(lang, &format!("notice-{}-subject", content.kind), &values(lang, content))
}

/// What happened, then how to stop it: by typing the code at the page of the company that writes, which
/// is found without a link (FT-41).
fn body((texts, company): (&Texts, &str), lang: Lang, content: &Content) -> String {
    let mut values = values(lang, content);
    values.push(("company", Arg::from(company.to_owned())));
    let text = texts.t_args(lang, &format!("notice-{}-body", content.kind), &values);
    // What is stopped already cannot be stopped; the code still says that it was somebody else.
    let is_stopped = content.kind == "frozen";
    let foot = if is_stopped { "notice-foot-stopped" } else { "notice-foot" };
    let foot = texts.t_args(lang, foot, &values);
    format!("{text}\n\n{foot}")
}

fn values(lang: Lang, content: &Content) -> Vec<(&str, Arg<'static>)> {
    content
        .values
        .iter()
        .map(|(name, value)| (name.as_str(), Arg::from(in_words(lang, value))))
        .collect()
}

/// Instants are kept as RFC 3339; people read them in Japan's time.
fn in_words(lang: Lang, value: &str) -> String {
    match value.parse::<jiff::Timestamp>() {
        Ok(at) => show::instant(lang, at),
        Err(_) => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kanuki_site::text::check;

    use super::*;

    /// What every notice could need.
    fn content(kind: &str) -> Content {
        Content::new(kind)
            .with("amount", "¥5,000")
            .with("bank", "みなと銀行")
            .with("account", "***4567")
            .with("to", "はなこ")
            .with("from", "たろう")
            .with("nickname", "はなこ")
            .with("case", "cas_x")
            .with("ready_at", "2026-11-29T12:00:00Z")
            .with("at", "2026-11-20T12:00:00Z")
            .with("count", "2")
            .with("sum", "¥9,000")
            .with("ends_at", "2027-11-29T12:00:00Z")
            .with("stop_code", "7KQ2-M4XP-9D3T")
    }

    /// Every kind that a use case tells: `Content::new("kind")`, or `Some("kind")` on the line
    /// that chooses one.
    fn kinds() -> BTreeSet<String> {
        let dir = format!("{}/../wallet/src", env!("CARGO_MANIFEST_DIR"));
        let sources = check::sources(&dir);
        let named = |marker: &'static str| {
            sources.iter().flat_map(move |source| source.split(marker).skip(1))
        };
        let chosen = sources
            .iter()
            .flat_map(|source| source.lines())
            .filter(|line| line.contains("PayoutState::") && line.contains("Some(\""));
        let chosen = chosen.flat_map(|line| line.split("Some(\"").skip(1));
        named("Content::new(\"")
            .chain(chosen)
            .filter_map(|rest| rest.split('"').next().map(str::to_owned))
            .collect()
    }

    fn written(
        texts: &Texts,
        channel: outbox::Channel,
        lang: Option<&str>,
        content: &Content,
    ) -> Letter {
        let contact = Contact { channel, to: "x".to_owned() };
        letter((texts, "閂ウォレット"), To { contact: &contact, lang }, content)
    }

    /// Signs of the longest text message that Japan's networks take.
    const SMS_MAX: usize = 660;

    #[test]
    fn a_locked_screen_names_company_and_amount_and_nothing_that_helps_a_thief() {
        let texts = crate::texts().unwrap();
        for kind in kinds() {
            let content = content(&kind);
            for lang in ["ja", "en"] {
                let letter = written(&texts, outbox::Channel::Push, Some(lang), &content);
                let said = format!("{}\n{}", letter.subject, letter.body);
                assert!(letter.subject.starts_with("閂ウォレット"), "{said}");
                assert!(letter.lang.tag() == lang && letter.channel == Channel::Push);
                let amount = ["topped_up", "sent", "received", "paid", "paid_out", "send_held"];
                assert_eq!(said.contains("¥5,000"), said.contains('¥'), "{said}");
                assert!(said.contains("¥5,000") || !amount.contains(&kind.as_str()), "{said}");
                // No link (FT-41), no code, no account, nobody's name, no number of a case.
                for secret in [
                    "http",
                    "localhost",
                    "7KQ2",
                    "4567",
                    "はなこ",
                    "たろう",
                    "cas_",
                    "notice-",
                    "{$",
                ] {
                    assert!(!said.contains(secret), "{secret}: {said}");
                }
                assert!(said.contains(if lang == "ja" { "停止" } else { "stop" }), "{said}");
                assert!(letter.subject.chars().count() <= 80, "{said}");
                assert!(letter.body.chars().count() <= 240, "{said}");
            }
        }
    }

    #[test]
    fn every_notice_says_what_happened_and_how_to_stop_it_in_both_languages() {
        let texts = crate::texts().unwrap();
        let kinds = kinds();
        assert!(kinds.len() >= 20 && kinds.contains("paid_out"), "{kinds:?}");
        for kind in &kinds {
            let content = content(kind);
            for lang in [Lang::Ja, Lang::En] {
                let subject = subject(&texts, lang, &content);
                let body = body((&texts, "閂ウォレット"), lang, &content);
                assert!(!subject.contains("notice-") && !body.contains("notice-"), "{kind}");
                let sms = written(&texts, outbox::Channel::Sms, Some(lang.tag()), &content);
                let length = sms.body.chars().count();
                assert!(length <= SMS_MAX, "{kind}, {lang:?}: {length} would be cut");
                // Whoever has several wallets, or none, must know whose page to open.
                assert!(sms.subject.contains("閂ウォレット"), "{}", sms.subject);
                assert!(sms.body.contains("閂ウォレット"), "{}", sms.body);
                assert!(!subject.contains("{$") && !body.contains("{$"), "{kind}: {body}");
                assert!(body.contains("7KQ2-M4XP-9D3T"), "{kind}");
                assert!(!body.contains("http") && !body.contains("localhost"), "{kind}");
            }
        }
    }

    #[test]
    fn mail_speaks_both_languages_and_a_text_message_one() {
        let texts = crate::texts().unwrap();
        let content = content("recovery_requested");

        let mail = written(&texts, outbox::Channel::Mail, None, &content);
        let sms = written(&texts, outbox::Channel::Sms, None, &content);

        assert!(mail.body.contains("2026年11月29日 21:00"), "{}", mail.body);
        assert!(mail.body.contains("29 Nov 2026, 21:00"), "{}", mail.body);
        assert!(!sms.body.contains("29 Nov 2026"), "{}", sms.body);
    }

    #[test]
    fn whoever_reads_english_is_written_to_in_english_first_whichever_way() {
        let texts = crate::texts().unwrap();
        let content = content("recovery_requested");
        let within_the_month = written(&texts, outbox::Channel::Sms, Some("en ja"), &content);
        assert!(within_the_month.lang == Lang::Ja, "{}", within_the_month.body);
        assert!(!within_the_month.body.contains("29 Nov 2026"));
        for (channel, lang, is_both) in [
            (outbox::Channel::Sms, "en", false),
            (outbox::Channel::Mail, "en ja", true),
            (outbox::Channel::Mail, "en", true),
            (outbox::Channel::Post, "en", true),
        ] {
            let letter = written(&texts, channel, Some(lang), &content);
            assert!(letter.lang == Lang::En);
            let subject = subject(&texts, Lang::En, &content);
            assert_eq!(letter.subject, format!("[閂ウォレット] {subject}"));
            let english = letter.body.find("29 Nov 2026, 21:00").unwrap();
            let japanese = letter.body.find("2026年11月29日");
            assert_eq!(japanese.is_some(), is_both, "{}", letter.body);
            assert!(japanese.is_none_or(|at| english < at));
            assert!(letter.body.contains("7KQ2-M4XP-9D3T"));
        }
    }
}
