//! Which bank and which branch that is.

use std::path::Path;

use anyhow::{Result, bail};
use kanuki_domain::bank_account::BankCode;
use kanuki_formats::directory::{Directory, Former, Institution};
use kanuki_watch::Lang;
use serde_json::{Value, json};

use super::{args::BankQuery, words::Reason as _};
use crate::{Outcome, bounded, out::out};

/// As many answers as fit on a screen.
pub(super) const ANSWERS: usize = 20;
/// As many names as one looks through for the one that was meant.
pub(super) const CLOSE: usize = 5;
/// A list of corrections as long as the list itself, with its branches, in MB.
const CORRECTIONS_MEGA: u64 = 16;

pub(super) fn directory(lang: Lang, corrections: Option<&Path>) -> Result<Directory> {
    let Some(file) = corrections else { return Ok(Directory::with(Vec::new())) };
    let name = file.display();
    let Ok(text) = String::from_utf8(bounded::read_for(lang, file, CORRECTIONS_MEGA)?) else {
        match lang {
            Lang::Ja => bail!("{name}はUTF-8ではありません。UTF-8で保存し直してください"),
            Lang::En => bail!("{name} is not UTF-8: save it as UTF-8"),
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Directory::corrected(text).map_err(|error| anyhow::anyhow!("{name}: {}", error.say(lang)))
}

/// The code that a person typed: full-width figures too, and without the zeros before it.
pub(super) fn code_of(typed: &str) -> Option<BankCode> {
    let figure = |c: char| match c {
        '０'..='９' => char::from_digit(u32::from(c).saturating_sub(u32::from('０')), 10),
        c => Some(c),
    };
    let figures: String = typed.trim().chars().map(figure).collect::<Option<_>>()?;
    let is_some = !figures.is_empty();
    is_some.then(|| BankCode::parse(&format!("{figures:0>4}")).ok()).flatten()
}

fn named(bank: &Institution) -> Value {
    json!({"code": bank.code, "name": bank.display_name()})
}

fn full(bank: &Institution) -> Value {
    json!({"code": bank.code, "name": bank.display_name(), "kana": bank.kana})
}

pub(super) fn former_json(directory: &Directory, former: &Former) -> Value {
    let was = &former.institution;
    json!({
        "code": was.code, "name": was.display_name(), "kana": was.kana,
        "listed_until": former.listed_until, "gone_by": former.gone_by,
        "into": directory.successor(former).map(named),
    })
}

/// Looks an institution up: those of today, then names that were given up. Only one of today is a
/// place to which money can be sent.
pub(super) fn bank(args: &BankQuery) -> Result<Outcome> {
    let lang = args.how.lang();
    if args.query.trim().is_empty() {
        bail!(lang.pick("さがす銀行の名前か番号を書いてください", "name a bank, or its code"));
    }
    let directory = directory(lang, args.corrections.as_deref())?;
    let found = directory.search(&args.query, ANSWERS);
    let former = directory.search_former(&args.query, ANSWERS);
    let retired = code_of(&args.query).filter(|code| directory.is_retired(*code));
    let is_nobody = found.is_empty() && former.is_empty();
    let close = if is_nobody { directory.close(&args.query, CLOSE) } else { Vec::new() };
    if args.how.json {
        let banks = found.iter().map(|bank| full(bank)).collect::<Vec<_>>();
        let close = close.iter().map(|bank| full(bank)).collect::<Vec<_>>();
        let former = former.iter().map(|f| former_json(&directory, f)).collect::<Vec<_>>();
        let (as_of, is_retired) = (directory.as_of(), retired.is_some());
        out!(
            "{}",
            json!({
                "as_of": as_of, "banks": banks, "close": close, "former": former, "retired": is_retired,
            })
        );
    } else {
        for bank in &found {
            out!("{} {} ({})", bank.code, bank.display_name(), bank.kana);
        }
        for former in &former {
            out!("{}", gone(&directory, former, lang));
        }
        match retired {
            Some(code) if former.is_empty() => nameless(&directory, code, lang),
            Some(_) | None if is_nobody => nothing(lang, close.iter().map(|bank| line_of(bank))),
            Some(_) | None => {}
        }
        match lang {
            Lang::Ja => out!("({}の一覧)", lang.date(directory.as_of())),
            Lang::En => out!("(list of {})", directory.as_of()),
        }
    }
    // A bank of another name today still has its code.
    let is_there = !found.is_empty() || former.iter().any(|former| former.is_renamed());
    Ok(if is_there { Outcome::Well } else { Outcome::Bad })
}

pub(super) fn line_of(bank: &Institution) -> String {
    format!("{} {}", bank.code, bank.display_name())
}

/// A code that was given up before there were lists with its name.
pub(super) fn nameless(directory: &Directory, code: BankCode, lang: Lang) {
    let since = directory.former_since();
    match lang {
        Lang::Ja => out!(
            "{code}: {}より前に合併したか、なくなりました。名前の残る一覧がありません",
            lang.date(since)
        ),
        Lang::En => out!("{code} merged or closed before {since}: no list has its name"),
    }
}

/// That nothing was found, and what may have been meant.
pub(super) fn nothing(lang: Lang, close: impl Iterator<Item = String>) {
    out!("{}", lang.pick("一覧にありません", "nothing like it is on the list"));
    let close: Vec<String> = close.collect();
    if close.is_empty() {
        return;
    }
    out!("{}", lang.pick("近い名前(違うかもしれません):", "close to it, and maybe another:"));
    for name in close {
        out!("  {name}");
    }
}

/// What became of a name that was given up.
pub(super) fn gone(directory: &Directory, former: &Former, lang: Lang) -> String {
    let was = &former.institution;
    let (name, kana, code) = (was.display_name(), &was.kana, was.code);
    let days = match lang {
        Lang::Ja => format!(
            "{}の一覧にはあり、{}の一覧にはありません",
            lang.date(former.listed_until),
            lang.date(former.gone_by)
        ),
        Lang::En => {
            let (last, gone) = (former.listed_until, former.gone_by);
            format!("on the list of {last}, no longer on that of {gone}")
        }
    };
    let now = directory.successor(former);
    let became = match (lang, now) {
        (Lang::Ja, Some(now)) if former.is_renamed() => {
            format!("いまの名前は{}です", now.display_name())
        }
        (Lang::Ja, Some(now)) => {
            format!("いまはありません。{} {}に合併しました", now.code, now.display_name())
        }
        (Lang::Ja, None) => "いまはありません。どこに移ったかは、一覧からは分かりません".to_owned(),
        (Lang::En, Some(now)) if former.is_renamed() => {
            format!("is now called {}", now.display_name())
        }
        (Lang::En, Some(now)) => {
            format!("gone; merged into {} {}", now.code, now.display_name())
        }
        (Lang::En, None) => "gone; the lists do not say where to".to_owned(),
    };
    format!("{code} {name} ({kana}): {became} ({days})")
}
