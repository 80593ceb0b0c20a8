//! What was given: fields of a form in, accounts out. Anything that cannot be read counts as not
//! answered, and so as the worse answer; of amounts that is said.

use std::collections::BTreeMap;

use kanuki_domain::Yen;
use kanuki_formats::text::safe_line;
use kanuki_watch::exposure::{Account, Answer, Question};

/// What is said where two answers cannot both be true.
pub(super) const CONTRADICTIONS: [&str; 2] = ["check-doubt-links", "check-doubt-room"];
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

    /// Answers that cannot both be true, by the key of what is said about them.
    pub(super) fn contradictions(&self) -> impl Iterator<Item = &'static str> {
        let is_none_and_some = self.apps.len() > 1 && self.apps.contains(&"none");
        let is_room_of_nothing = self.answers.contains(&Answer::OverdraftNo)
            && amount_of(&self.room).is_some_and(|room| !room.is_zero());
        let both = [(is_none_and_some, CONTRADICTIONS[0]), (is_room_of_nothing, CONTRADICTIONS[1])];
        both.into_iter().filter_map(|(is, key)| is.then_some(key))
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
const BIG: [(char, u64); 2] = [('億', 100_000_000), ('万', 10_000)];
const SMALL: [(char, u64); 3] = [('千', 1_000), ('百', 100), ('十', 10)];
const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// An amount as people write it at the kitchen table: 約30万円, 3万5千円, 1億2千万円, 1.5億, 三十万, ¥300,000.
/// None where it cannot be read. `check.js` reads the same.
fn amount_of(text: &str) -> Option<Yen> {
    let mut rest = text.trim();
    for word in ROUGHLY {
        rest = rest.strip_prefix(word).unwrap_or(rest).trim();
    }
    for word in OR_SO {
        rest = rest.strip_suffix(word).unwrap_or(rest).trim();
    }
    let arabic: String = rest.chars().map(arabic).collect();
    let mut rest = arabic.strip_suffix('円').unwrap_or(&arabic).trim();
    let mut sum: Option<u64> = None;
    for (unit, times) in BIG {
        if let Some((many, few)) = rest.split_once(unit) {
            sum = Some(sum.unwrap_or(0).checked_add(many_of(many, times)?)?);
            rest = few.trim();
        }
    }
    let few = if sum.is_some() && rest.is_empty() { 0 } else { below_ten_thousand(rest)? };
    Yen::new(sum.unwrap_or(0).checked_add(few)?).ok()
}

fn arabic(c: char) -> char {
    let place = DIGITS.iter().position(|digit| *digit == c);
    place.and_then(|value| char::from_digit(u32::try_from(value).ok()?, 10)).unwrap_or(c)
}

/// `2千` or `1.5` of something.
fn many_of(text: &str, times: u64) -> Option<u64> {
    let Some((whole, part)) = text.split_once(['.', '．']) else {
        // `3千5万` may mean two amounts.
        let is_round = plain(text).is_some() || text.trim_end().ends_with(['千', '百', '十']);
        return below_ten_thousand(text).filter(|_| is_round)?.checked_mul(times);
    };
    let places =
        u32::try_from(part.chars().count()).ok().filter(|places| (1..=4).contains(places))?;
    let step = times.checked_div(10_u64.checked_pow(places)?)?;
    plain(whole)?.checked_mul(times)?.checked_add(plain(part)?.checked_mul(step)?)
}

/// `2千5百`, or digits as they are.
fn below_ten_thousand(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut sum: Option<u64> = None;
    for (unit, times) in SMALL {
        if let Some((many, few)) = rest.split_once(unit) {
            let many = if many.trim().is_empty() { 1 } else { plain(many)? };
            sum = Some(sum.unwrap_or(0).checked_add(many.checked_mul(times)?)?);
            rest = few.trim();
        }
    }
    match sum {
        Some(sum) if rest.is_empty() => Some(sum),
        sum => sum.unwrap_or(0).checked_add(plain(rest)?),
    }
}

fn plain(text: &str) -> Option<u64> {
    Yen::parse_input(text).ok().map(Yen::amount)
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
            ("三十万", Some(300_000)),
            ("1億2千万", Some(120_000_000)),
            ("1.5億", Some(150_000_000)),
            ("２．５万円", Some(25_000)),
            ("二百五十円", Some(250)),
            ("千円", Some(1_000)),
            ("3千5百万円", Some(35_000_000)),
            ("1.23456万", None),
            ("1.5", None),
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
