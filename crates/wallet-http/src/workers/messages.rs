//! Notices, written in people's words and handed to the courier.

use kanuki_desk::outbox::{self, Contact, Content};
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
        let mut letter = letter(&state.site.texts, &due.contact, &due.content);
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
        } else if state.wallet.take_message(&ctx, message_id).await? {
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

/// The message as it leaves. A text message is in Japanese; where there is room, English follows,
/// because a wallet does not know which language its customer reads.
fn letter(texts: &Texts, contact: &Contact, content: &Content) -> Letter {
    let (channel, langs): (_, &[Lang]) = match contact.channel {
        outbox::Channel::Mail => (Channel::Mail, &[Lang::Ja, Lang::En]),
        outbox::Channel::Post => (Channel::Post, &[Lang::Ja, Lang::En]),
        outbox::Channel::Sms => (Channel::Sms, &[Lang::Ja]),
    };
    let parts: Vec<String> = langs.iter().map(|lang| body(texts, *lang, content)).collect();
    let subject = format!("notice-{}-subject", content.kind);
    Letter {
        id: String::new(),
        channel,
        to: contact.to.clone(),
        person: String::new(),
        lang: Lang::Ja,
        subject: texts.t_args(Lang::Ja, &subject, &values(Lang::Ja, content)),
        body: parts.join("\n\n----\n\n"),
    }
}

/// What happened, then how to stop it: by typing the code at our own page, found without a link
/// (FT-41).
fn body(texts: &Texts, lang: Lang, content: &Content) -> String {
    let values = values(lang, content);
    let text = texts.t_args(lang, &format!("notice-{}-body", content.kind), &values);
    let foot = texts.t_args(lang, "notice-foot", &values);
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

    #[test]
    fn every_notice_says_what_happened_and_how_to_stop_it_in_both_languages() {
        let texts = crate::texts().unwrap();
        let kinds = kinds();
        assert!(kinds.len() >= 20 && kinds.contains("paid_out"), "{kinds:?}");
        for kind in &kinds {
            let content = content(kind);
            for lang in [Lang::Ja, Lang::En] {
                let key = format!("notice-{kind}-subject");
                let subject = texts.t_args(lang, &key, &values(lang, &content));
                let body = body(&texts, lang, &content);
                assert!(!subject.contains("notice-") && !body.contains("notice-"), "{kind}");
                assert!(!subject.contains("{$") && !body.contains("{$"), "{kind}: {body}");
                assert!(body.contains("7KQ2-M4XP-9D3T"), "{kind}");
                assert!(!body.contains("http") && !body.contains("localhost"), "{kind}");
            }
        }
    }

    #[test]
    fn mail_speaks_both_languages_and_a_text_message_one() {
        let texts = crate::texts().unwrap();
        let to = |channel| Contact { channel, to: "x".to_owned() };
        let content = content("recovery_requested");

        let mail = letter(&texts, &to(outbox::Channel::Mail), &content);
        let sms = letter(&texts, &to(outbox::Channel::Sms), &content);

        assert!(mail.body.contains("2026年11月29日 21:00"), "{}", mail.body);
        assert!(mail.body.contains("29 Nov 2026, 21:00"), "{}", mail.body);
        assert!(!sms.body.contains("29 Nov 2026"), "{}", sms.body);
    }
}
