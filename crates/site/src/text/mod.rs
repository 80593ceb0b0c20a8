//! What people read: message catalogs in Fluent, Japanese first, English one tap away.

pub mod check;
pub mod raw;

use std::{borrow::Cow, fmt};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use http::{HeaderMap, header};
use kanuki_domain::Yen;
use unic_langid::langid;

use crate::cookie;

/// The cookie that remembers a choice of language.
pub const LANG_COOKIE: &str = "lang";

/// A language of pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lang {
    /// Japanese.
    #[default]
    Ja,
    /// English.
    En,
}

impl Lang {
    /// As in `lang="ja"`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// The other one, for the switch.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Ja => Self::En,
            Self::En => Self::Ja,
        }
    }

    /// The same language for what holders read, which has no catalogue.
    #[must_use]
    pub const fn of_holders(self) -> kanuki_watch::Lang {
        match self {
            Self::Ja => kanuki_watch::Lang::Ja,
            Self::En => kanuki_watch::Lang::En,
        }
    }

    /// Reads a tag such as `en` or `en-GB`.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        match tag.split('-').next() {
            Some("ja") => Some(Self::Ja),
            Some("en") => Some(Self::En),
            Some(_) | None => None,
        }
    }

    /// The person's choice (cookie), else the browser's first language that we have, else Japanese.
    ///
    /// Quality values are ignored: browsers list languages in order of preference.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let chosen = cookie::read(headers, LANG_COOKIE).and_then(Self::parse);
        let accepted = || {
            let line = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
            line.split(',').find_map(|part| Self::parse(part.split(';').next()?.trim()))
        };
        chosen.or_else(accepted).unwrap_or_default()
    }
}

/// A value inside a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg<'a> {
    /// Shown as it is.
    Text(Cow<'a, str>),
    /// A count, which may select a plural.
    Count(i64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Arg<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<Cow<'a, str>> for Arg<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Text(text)
    }
}

impl From<Yen> for Arg<'_> {
    fn from(amount: Yen) -> Self {
        Self::Text(Cow::Owned(amount.to_string()))
    }
}

impl From<i64> for Arg<'_> {
    fn from(count: i64) -> Self {
        Self::Count(count)
    }
}

impl From<u32> for Arg<'_> {
    fn from(count: u32) -> Self {
        Self::Count(i64::from(count))
    }
}

impl From<u64> for Arg<'_> {
    fn from(count: u64) -> Self {
        Self::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Arg<'_> {
    fn from(count: usize) -> Self {
        Self::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl<'a> From<Arg<'a>> for FluentValue<'a> {
    fn from(arg: Arg<'a>) -> Self {
        match arg {
            Arg::Text(text) => FluentValue::String(text),
            Arg::Count(count) => FluentValue::from(count),
        }
    }
}

/// A catalog that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Not Fluent.
    #[error("a {0} catalog has a syntax error: {1}")]
    Syntax(&'static str, String),
    /// Two messages of one name.
    #[error("a {0} catalog repeats a message: {1}")]
    Repeated(&'static str, String),
}

/// Every message of a company, in both languages.
pub struct Texts {
    ja: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Texts")
    }
}

impl Texts {
    /// Reads catalogs (`.ftl` sources embedded in the calling crate); this crate's own are added.
    pub fn build(sources: &[(Lang, &'static str)]) -> Result<Self, TextError> {
        let of = |wanted: Lang| {
            let own = OWN.iter().filter(move |(lang, _)| *lang == wanted);
            let theirs = sources.iter().filter(move |(lang, _)| *lang == wanted);
            own.chain(theirs).map(|(_, source)| *source)
        };
        Ok(Self { ja: bundle(Lang::Ja, of(Lang::Ja))?, en: bundle(Lang::En, of(Lang::En))? })
    }

    /// The message `key` (`topup-title`, or an attribute of it: `topup-title.hint`).
    ///
    /// A missing message is shown as its key; [`check`] keeps that from happening.
    #[must_use]
    pub fn t(&self, lang: Lang, key: &str) -> String {
        self.t_args(lang, key, &[])
    }

    /// The message `key` with its variables filled in.
    #[must_use]
    pub fn t_args(&self, lang: Lang, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.find(lang, key, args).unwrap_or_else(|| key.to_owned())
    }

    /// The message `key`, if there is one.
    #[must_use]
    pub fn find(&self, lang: Lang, key: &str, args: &[(&str, Arg<'_>)]) -> Option<String> {
        let bundle = match lang {
            Lang::Ja => &self.ja,
            Lang::En => &self.en,
        };
        let (id, attribute) = key.split_once('.').map_or((key, None), |(id, at)| (id, Some(at)));
        let message = bundle.get_message(id)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name)?.value(),
            None => message.value()?,
        };
        let args: FluentArgs<'_> =
            args.iter().map(|(name, arg)| (*name, FluentValue::from(arg.clone()))).collect();
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::warn!(message.key = key, "a message lacks a variable");
        }
        Some(text)
    }

    /// These texts in one language.
    #[must_use]
    pub const fn words(&self, lang: Lang) -> Words<'_> {
        Words { texts: self, lang }
    }
}

/// Texts in the language of one request.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// All messages.
    pub texts: &'a Texts,
    /// In which language.
    pub lang: Lang,
}

impl Words<'_> {
    /// As [`Texts::t`].
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.texts.t(self.lang, key)
    }

    /// As [`Texts::t_args`].
    #[must_use]
    pub fn t_args(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.texts.t_args(self.lang, key, args)
    }
}

/// This crate's own messages.
pub(crate) const OWN: &[(Lang, &str)] = &[
    (Lang::Ja, include_str!("../../locales/ja/site.ftl")),
    (Lang::En, include_str!("../../locales/en/site.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/keys.ftl")),
    (Lang::En, include_str!("../../locales/en/keys.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/registry.ftl")),
    (Lang::En, include_str!("../../locales/en/registry.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/risk.ftl")),
    (Lang::En, include_str!("../../locales/en/risk.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/mistake.ftl")),
    (Lang::En, include_str!("../../locales/en/mistake.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/monthly.ftl")),
    (Lang::En, include_str!("../../locales/en/monthly.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/risk_record.ftl")),
    (Lang::En, include_str!("../../locales/en/risk_record.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/settings.ftl")),
    (Lang::En, include_str!("../../locales/en/settings.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/authority.ftl")),
    (Lang::En, include_str!("../../locales/en/authority.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/pack.ftl")),
    (Lang::En, include_str!("../../locales/en/pack.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/phone_report.ftl")),
    (Lang::En, include_str!("../../locales/en/phone_report.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/books.ftl")),
    (Lang::En, include_str!("../../locales/en/books.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/check.ftl")),
    (Lang::En, include_str!("../../locales/en/check.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/crime.ftl")),
    (Lang::En, include_str!("../../locales/en/crime.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/delivery.ftl")),
    (Lang::En, include_str!("../../locales/en/delivery.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/history.ftl")),
    (Lang::En, include_str!("../../locales/en/history.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/incident.ftl")),
    (Lang::En, include_str!("../../locales/en/incident.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/line.ftl")),
    (Lang::En, include_str!("../../locales/en/line.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/claim.ftl")),
    (Lang::En, include_str!("../../locales/en/claim.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/compensation.ftl")),
    (Lang::En, include_str!("../../locales/en/compensation.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/screening.ftl")),
    (Lang::En, include_str!("../../locales/en/screening.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/leak.ftl")),
    (Lang::En, include_str!("../../locales/en/leak.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/exchange.ftl")),
    (Lang::En, include_str!("../../locales/en/exchange.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/lookback.ftl")),
    (Lang::En, include_str!("../../locales/en/lookback.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/suspicion.ftl")),
    (Lang::En, include_str!("../../locales/en/suspicion.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/retention.ftl")),
    (Lang::En, include_str!("../../locales/en/retention.ftl")),
    (Lang::Ja, include_str!("../../locales/ja/staff.ftl")),
    (Lang::En, include_str!("../../locales/en/staff.ftl")),
];

/// A count as people write it, `2,000`: Fluent's own numbers have no separators.
fn grouped(value: &FluentValue<'_>) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let written = number.as_string();
    let digits = written.strip_prefix('-').unwrap_or(&written);
    if digits.len() < 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut text = if written.starts_with('-') { "-".to_owned() } else { String::new() };
    for (place, digit) in digits.char_indices() {
        let left = digits.len().saturating_sub(place);
        if place > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    Some(text)
}

fn bundle<'a>(
    lang: Lang,
    sources: impl Iterator<Item = &'a str>,
) -> Result<FluentBundle<FluentResource>, TextError> {
    let tag = match lang {
        Lang::Ja => langid!("ja"),
        Lang::En => langid!("en"),
    };
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Isolation marks are for right-to-left text; here they would end up in copied amounts.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(|value, _| grouped(value)));
    for source in sources {
        let resource = FluentResource::try_new(source.to_owned()).map_err(|(_, errors)| {
            let first = errors.first().map(ToString::to_string);
            TextError::Syntax(lang.tag(), first.unwrap_or_default())
        })?;
        bundle.add_resource(resource).map_err(|errors| {
            let first = errors.first().map(ToString::to_string);
            TextError::Repeated(lang.tag(), first.unwrap_or_default())
        })?;
    }
    Ok(bundle)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn texts() -> Texts {
        let ja = "count = { $n }件です\ncard = カード\n    .hint = { $amount }まで\n";
        let en = "count = { $n ->\n    [one] one item\n   *[other] { $n } items\n }\n";
        Texts::build(&[(Lang::Ja, ja), (Lang::En, en)]).unwrap()
    }

    #[test]
    fn messages_have_attributes_plurals_and_no_invisible_marks() {
        let texts = texts();

        let count = |n: u32| texts.t_args(Lang::En, "count", &[("n", n.into())]);
        let hint = texts.t_args(Lang::Ja, "card.hint", &[("amount", Yen::of(5000).into())]);

        assert_eq!(count(1), "one item");
        assert_eq!(count(3), "3 items");
        assert_eq!(count(999), "999 items");
        assert_eq!(count(2_000), "2,000 items");
        assert_eq!(count(1_234_567), "1,234,567 items");
        assert_eq!(hint, "¥5,000まで");
    }

    #[test]
    fn missing_message_shows_its_key() {
        assert_eq!(texts().t(Lang::En, "card.hint"), "card.hint");
        assert_eq!(texts().t(Lang::Ja, "nowhere"), "nowhere");
    }

    #[test]
    fn choice_wins_over_browser_and_japanese_is_the_default() {
        let mut headers = HeaderMap::new();
        assert_eq!(Lang::of(&headers), Lang::Ja);

        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("fr, en-GB;q=0.8, ja"));
        assert_eq!(Lang::of(&headers), Lang::En);

        headers.insert(header::COOKIE, HeaderValue::from_static("lang=ja"));
        assert_eq!(Lang::of(&headers), Lang::Ja);
    }
}
