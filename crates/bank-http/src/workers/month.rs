//! The letter of the month: what was taken and what is linked, line by line.

use jiff::civil::Date;
use kanuki_bank::monthly::{Linked, Taken};
use kanuki_domain::Yen;
use kanuki_site::{Lang, Words, show};

/// One value of the letter. What cannot be read stays as it is: a letter is better than none.
pub(super) fn in_words(words: &Words<'_>, name: &str, value: &str) -> String {
    let found = match name {
        "month" => value.parse::<Date>().ok().map(|month| of_month(words.lang, month)),
        "taken" => serde_json::from_str(value).ok().map(|all: Vec<Taken>| taken(words, &all)),
        "locked" => serde_json::from_str(value).ok().map(|all: Vec<String>| locked(words, &all)),
        _ => serde_json::from_str(value).ok().map(|all: Vec<Linked>| linked(words, &all)),
    };
    found.unwrap_or_else(|| value.to_owned())
}

fn of_month(lang: Lang, month: Date) -> String {
    match lang {
        Lang::Ja => format!("{}年{}月", month.year(), month.month()),
        Lang::En => month.strftime("%B %Y").to_string(),
    }
}

fn taken(words: &Words<'_>, all: &[Taken]) -> String {
    if all.is_empty() {
        return words.t("month-taken-none");
    }
    let line = |one: &Taken| {
        let args = [
            ("partner", one.partner.as_str().into()),
            ("count", u64::from(one.count).into()),
            ("sum", one.sum.into()),
        ];
        words.t_args("month-taken", &args)
    };
    let sum = all.iter().fold(Yen::ZERO, |sum, one| sum.plus(one.sum).unwrap_or(Yen::MAX));
    let mut lines: Vec<String> = all.iter().map(line).collect();
    lines.push(words.t_args("month-taken-sum", &[("sum", sum.into())]));
    lines.join("\n")
}

fn linked(words: &Words<'_>, all: &[Linked]) -> String {
    if all.is_empty() {
        return words.t("month-linked-none");
    }
    let line = |one: &Linked| {
        let key = match (one.is_elsewhere, one.is_stopped) {
            (true, _) => "month-linked-elsewhere",
            (false, true) => "month-linked-stopped",
            (false, false) => "month-linked",
        };
        let until = one.until.map(|until| show::date(words.lang, until)).unwrap_or_default();
        let args = [
            ("partner", one.partner.as_str().into()),
            ("account", one.account.as_str().into()),
            ("until", until.into()),
        ];
        words.t_args(key, &args)
    };
    all.iter().map(line).collect::<Vec<String>>().join("\n")
}

fn locked(words: &Words<'_>, all: &[String]) -> String {
    if all.is_empty() {
        return words.t("month-locked-none");
    }
    let line =
        |account: &String| words.t_args("month-locked", &[("account", account.as_str().into())]);
    all.iter().map(line).collect::<Vec<String>>().join("\n")
}
