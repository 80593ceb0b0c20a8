//! What was given: fields of a form in, accounts out. Anything that cannot be read counts as not
//! answered, and so as the worse answer; of amounts that is said.

use std::collections::BTreeMap;

use kanuki_domain::Yen;
use kanuki_formats::text::safe_line;
use kanuki_watch::exposure::{Account, Answer, Question};

/// As many accounts as one page asks about.
pub(super) const ACCOUNTS: usize = 6;
/// The longest name of a bank that is shown.
const NAME_CHARS: usize = 40;

/// Apps and services that can be linked to an account, as people call them.
pub(super) const APPS: [(&str, &str); 8] = [
    ("paypay", "PayPay"),
    ("d-payment", "d払い"),
    ("rakuten-pay", "楽天ペイ"),
    ("au-pay", "au PAY"),
    ("merpay", "メルペイ"),
    ("famipay", "ファミペイ"),
    ("kyash", "Kyash"),
    ("other", ""),
];

/// One account as it was given.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// Its bank.
    pub(super) bank: String,
    /// As it was typed.
    pub(super) balance: String,
    /// As it was typed.
    pub(super) room: String,
    /// Short names of [`APPS`], and `none`.
    pub(super) apps: Vec<&'static str>,
    /// What was answered.
    pub(super) answers: Vec<Answer>,
}

/// Everything that was given, each account at its place in the form.
#[derive(Clone, Debug, Default)]
pub(super) struct Household {
    pub(super) given: [Given; ACCOUNTS],
}

impl Given {
    fn read(place: usize, fields: &BTreeMap<String, String>) -> Self {
        let field = |name: &str| fields.get(&format!("{name}{place}")).map_or("", String::as_str);
        let ticked = |app: &str| fields.contains_key(&format!("app{place}-{app}"));
        let apps = APPS.iter().map(|(id, _)| *id).chain(["none"]).filter(|id| ticked(id));
        let answers = Question::ALL.iter().filter_map(|question| {
            Answer::parse(field(question.id())).filter(|answer| answer.question() == *question)
        });
        Self {
            bank: safe_line(field("bank"), NAME_CHARS),
            balance: safe_line(field("balance"), 20),
            room: safe_line(field("room"), 20),
            apps: apps.collect(),
            answers: answers.collect(),
        }
    }

    /// True for a place of the form that nobody filled in.
    fn is_empty(&self) -> bool {
        self.bank.is_empty() && self.balance.is_empty()
    }

    /// What was said about links: an app that is ticked outweighs "none".
    fn links(&self) -> Answer {
        match self.apps.as_slice() {
            [] => Answer::LinksUnknown,
            ["none"] => Answer::LinksNone,
            _ => Answer::LinksSome,
        }
    }

    /// Amounts that were typed and cannot be read.
    pub(super) fn unread(&self) -> impl Iterator<Item = &str> {
        let typed = [self.balance.as_str(), self.room.as_str()];
        typed.into_iter().filter(|text| !text.is_empty() && amount_of(text).is_none())
    }

    fn account(&self) -> Account {
        let answers = self.answers.iter().copied().chain([self.links()]);
        let account = Account::of(amount_of(&self.balance), amount_of(&self.room));
        answers.fold(account, Account::with)
    }
}

/// What people write before and behind an amount that they do not know to the yen.
const ROUGHLY: [&str; 2] = ["約", "だいたい"];
const OR_SO: [&str; 4] = ["くらい", "ぐらい", "ほど", "以上"];
const UNITS: [(char, u64); 3] = [('億', 100_000_000), ('万', 10_000), ('千', 1_000)];

/// An amount as people write it at the kitchen table: 約30万円, 3万5千円, 1億円, ¥300,000. None where it
/// cannot be read. `check.js` reads the same.
fn amount_of(text: &str) -> Option<Yen> {
    let mut rest = text.trim();
    for word in ROUGHLY {
        rest = rest.strip_prefix(word).unwrap_or(rest).trim();
    }
    for word in OR_SO {
        rest = rest.strip_suffix(word).unwrap_or(rest).trim();
    }
    let read = |text: &str| Yen::parse_input(text).ok().map(Yen::amount);
    let mut sum: Option<u64> = None;
    for (unit, times) in UNITS {
        if let Some((many, few)) = rest.split_once(unit) {
            sum = Some(sum.unwrap_or(0).checked_add(read(many)?.checked_mul(times)?)?);
            rest = few.trim();
        }
    }
    let sum = match (sum, rest) {
        (Some(sum), "" | "円") => sum,
        (sum, rest) => sum.unwrap_or(0).checked_add(read(rest)?)?,
    };
    Yen::new(sum).ok()
}

impl Household {
    pub(super) fn read(fields: &BTreeMap<String, String>) -> Self {
        let mut household = Self::default();
        for (place, given) in household.given.iter_mut().enumerate() {
            *given = Given::read(place, fields);
        }
        household
    }

    /// The accounts that were filled in.
    pub(super) fn filled(&self) -> impl Iterator<Item = &Given> {
        self.given.iter().filter(|given| !given.is_empty())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.filled().next().is_none()
    }

    pub(super) fn accounts(&self) -> Vec<Account> {
        self.filled().map(Given::account).collect()
    }

    /// The same as fields again, for a page that forgets them.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        for (place, given) in self.given.iter().enumerate() {
            let texts = [("bank", &given.bank), ("balance", &given.balance), ("room", &given.room)];
            let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
            fields.extend(texts.map(|(name, text)| (format!("{name}{place}"), text.clone())));
            let answers = given.answers.iter();
            fields.extend(answers.map(|answer| {
                (format!("{}{place}", answer.question().id()), answer.id().to_owned())
            }));
            fields
                .extend(given.apps.iter().map(|app| (format!("app{place}-{app}"), "1".to_owned())));
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn household(fields: &[(&str, &str)]) -> Household {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Household::read(&fields.collect())
    }

    #[test]
    fn fields_are_read_and_written_again() {
        let given = [
            ("app1-paypay", "1"),
            ("balance1", "１２３，０００円"),
            ("bank1", "七十七銀行"),
            ("card1", "card-no"),
            ("room1", "300000"),
        ];
        let household = household(&given);

        assert_eq!(household.filled().count(), 1);
        let account = household.accounts().remove(0);
        assert_eq!(account.balance, Some(Yen::of(123_000)));
        assert_eq!(account.answer(Question::Links), Some(Answer::LinksSome));
        assert_eq!(account.answer(Question::Card), Some(Answer::CardNo));
        let mut again = household.fields();
        again.sort();
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(again, given);
    }

    #[test]
    fn what_cannot_be_read_counts_as_not_answered() {
        let household = household(&[
            ("bank0", "\u{202e}ぎんこう"),
            ("balance0", "たくさん"),
            ("card0", "lock-on"),
            ("lock0", "lock-maybe"),
            ("app0-none", "1"),
            ("app0-evil", "1"),
        ]);
        let account = household.accounts().remove(0);

        assert_eq!(household.filled().next().unwrap().bank, "ぎんこう");
        assert_eq!(account.balance, None);
        let given = household.filled().next().unwrap();
        assert_eq!(given.unread().collect::<Vec<_>>(), ["たくさん"]);
        assert_eq!(account.answer(Question::Card), Some(Answer::CardYes));
        assert_eq!(account.answer(Question::Lock), Some(Answer::LockUnknown));
        assert_eq!(account.answer(Question::Links), Some(Answer::LinksNone));
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, yen) in [
            ("約30万円", Some(300_000)),
            ("３万５千円", Some(35_000)),
            ("5千円くらい", Some(5_000)),
            ("1億2000万", Some(120_000_000)),
            ("だいたい 30万3,000円", Some(303_000)),
            ("¥1,234", Some(1_234)),
            ("0", Some(0)),
            ("三十万", None),
            ("万", None),
            ("3千5万", None),
            ("10万〜20万", None),
            ("-5000", None),
        ] {
            assert_eq!(amount_of(text), yen.map(Yen::of), "{text}");
        }
    }

    #[test]
    fn an_empty_form_is_empty() {
        assert!(household(&[("card0", "card-no"), ("bank7", "x")]).is_empty());
    }
}
