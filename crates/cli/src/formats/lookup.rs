//! Small questions: how is that name written, which account number is that passbook's.

use anyhow::Result;
use kanuki_formats::{
    name::{self, NameError},
    yucho,
};
use kanuki_watch::Lang;
use serde_json::json;

use super::{
    args::{NameQuery, YuchoQuery},
    refused,
    words::{self, Reason as _},
};
use crate::{Outcome, out::out};

/// Bytes of the account name field of a record.
const NAME_BYTES: usize = 30;

/// Folds a name, or compares two.
pub(super) fn name(args: &NameQuery) -> Result<Outcome> {
    let (lang, is_json) = (args.how.lang(), args.how.json);
    if let Some(other) = &args.same_as {
        return compare(args, other);
    }
    let folded = match name::fold_kana(&args.name) {
        Ok(folded) => folded,
        Err(error) => return refused(lang, is_json, &unwritable(lang, &args.name, error)),
    };
    let (text, bytes) = (folded.as_str(), folded.byte_len());
    let fits = bytes <= NAME_BYTES;
    if is_json {
        let changes: Vec<_> = folded
            .changes()
            .map(|change| {
                let rule = words::change(change).to_string();
                json!({"rule": rule, "material": change.is_material()})
            })
            .collect();
        out!("{}", json!({"ok": fits, "name": text, "bytes": bytes, "changes": changes}));
        return Ok(if fits { Outcome::Well } else { Outcome::Bad });
    }
    match lang {
        Lang::Ja => out!("{text} ({bytes}バイト、{NAME_BYTES}バイトまで)"),
        Lang::En => out!("{text} ({bytes} bytes of {NAME_BYTES})"),
    }
    if !fits {
        out!(
            "  {}",
            lang.pick(
                "記録に入りません。銀行は切り詰めません。銀行の決めた略し方で短くしてください",
                "too long for a record, and a bank cuts nothing off: shorten it as they say"
            )
        );
    }
    for change in folded.changes() {
        let lost = lang.pick("(元には戻せません)", " — cannot be undone");
        let lost = if change.is_material() { lost } else { "" };
        out!("  {}{lost}", words::change(change).say(lang));
    }
    Ok(if fits { Outcome::Well } else { Outcome::Bad })
}

/// Says whether two names are one holder's, and by which rule.
fn compare(args: &NameQuery, other: &str) -> Result<Outcome> {
    let (lang, is_json) = (args.how.lang(), args.how.json);
    let matched = match name::kana_match(&args.name, other) {
        Ok(matched) => matched,
        Err(error) => {
            // The one that has no such letter is the other one.
            let is_first = name::fold_kana_with(&args.name, name::Wo::AsO).is_err();
            let name = if is_first { &args.name } else { other };
            return refused(lang, is_json, &unwritable(lang, name, error));
        }
    };
    if is_json {
        let rule = matched.map(|rule| format!("{rule:?}"));
        out!("{}", json!({"same": matched.is_some(), "rule": rule}));
    } else {
        let said = matched.map(|rule| words::sameness(rule).say(lang));
        out!("{}", said.as_deref().unwrap_or(lang.pick("別の名義です", "different")));
    }
    Ok(if matched.is_some() { Outcome::Well } else { Outcome::Bad })
}

/// What is wrong with a name, with the letter that is: on the terminal of whoever typed it.
fn unwritable(lang: Lang, name: &str, error: NameError) -> String {
    let why = error.say(lang);
    match error {
        NameError::Character(place) => match name.chars().nth(place) {
            Some(letter) => format!("{why}: {}{}", shown(letter), form_hint(lang, name)),
            None => why,
        },
        NameError::Empty | NameError::TooLong => why,
    }
}

/// A letter as it is, unless nobody could see it.
fn shown(letter: char) -> String {
    match letter {
        '\'' | '"' | '\\' => letter.to_string(),
        letter => letter.escape_debug().to_string(),
    }
}

/// How 株式会社 and the like are written in a name that has one in kanji.
fn form_hint(lang: Lang, name: &str) -> String {
    let Some(form) = name::LegalForm::in_kanji(name) else { return String::new() };
    let (short, whole) = (form.abbreviation, form.name);
    match lang {
        Lang::Ja => format!("({whole}は、名前の前なら「{short})」、後なら「({short}」と書きます)"),
        Lang::En => format!(" ({whole} is written {short}) before the name, ({short} behind it)"),
    }
}

/// Passbook numbers as account numbers, or back.
pub(super) fn yucho(args: &YuchoQuery) -> Result<Outcome> {
    if yucho::branch_of(&args.first).is_some() { printed(args) } else { account(args) }
}

/// 店番 and 口座番号 as a passbook has them.
fn printed(args: &YuchoQuery) -> Result<Outcome> {
    let (lang, is_json) = (args.how.lang(), args.how.json);
    let printed = match yucho::write(&args.first, &args.second) {
        Ok(printed) => printed,
        Err(error) => return refused(lang, is_json, &error.say(lang)),
    };
    let yucho::Printed { symbol, number } = &printed;
    if is_json {
        out!("{}", json!({"symbol": symbol, "number": number}));
    } else {
        let own = lang.pick("□は通帳ごとの数字です", "□: the passbook's own digit");
        out!("記号 {symbol} 番号 {number} ({own})");
    }
    Ok(Outcome::Well)
}

/// 記号 and 番号 as other banks want them.
fn account(args: &YuchoQuery) -> Result<Outcome> {
    let (lang, is_json) = (args.how.lang(), args.how.json);
    let passbook = match yucho::read(&args.first, &args.second) {
        Ok(passbook) => passbook,
        Err(error) => return refused(lang, is_json, &error.say(lang)),
    };
    let deposit = match passbook.deposit {
        yucho::Deposit::Ordinary => "普通",
        yucho::Deposit::Current => "当座",
    };
    let (branch, number) = (passbook.account.branch(), passbook.account.number());
    if is_json {
        let is_listed = passbook.is_branch_listed;
        out!(
            "{}",
            json!({"branch": branch, "deposit": deposit, "number": number, "listed": is_listed})
        );
        return Ok(Outcome::Well);
    }
    match lang {
        Lang::Ja => out!("店番 {branch} {deposit} 口座番号 {number}"),
        Lang::En => out!("branch (店番) {branch}, {deposit}, account number (口座番号) {number}"),
    }
    if !passbook.is_branch_listed {
        out!(
            "  {}",
            lang.pick(
                "この店番は一覧にありません。通帳の記号をもう一度見てください",
                "no such branch is on the list: look at the symbol again"
            )
        );
    }
    Ok(Outcome::Well)
}
