//! Which bank and which branch that is.

use std::path::Path;

use anyhow::{Result, bail};
use kanuki_domain::bank_account::BankCode;
use kanuki_formats::directory::{Branch, Directory, Former, Institution, Meant};
use kanuki_watch::Lang;
use serde_json::{Value, json};

use super::{
    args::{BankQuery, BranchQuery},
    words::Reason as _,
};
use crate::{Outcome, bounded, out::out};

/// As many answers as fit on a screen.
const ANSWERS: usize = 20;
/// As many names as one looks through for the one that was meant.
const CLOSE: usize = 5;
/// A list of corrections as long as the list itself, with its branches, in MB.
const CORRECTIONS_MEGA: u64 = 16;

fn directory(lang: Lang, corrections: Option<&Path>) -> Result<Directory> {
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
fn code_of(typed: &str) -> Option<BankCode> {
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

fn former_json(directory: &Directory, former: &Former) -> Value {
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

fn line_of(bank: &Institution) -> String {
    format!("{} {}", bank.code, bank.display_name())
}

/// A code that was given up before there were lists with its name.
fn nameless(directory: &Directory, code: BankCode, lang: Lang) {
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
fn nothing(lang: Lang, close: impl Iterator<Item = String>) {
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
fn gone(directory: &Directory, former: &Former, lang: Lang) -> String {
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

/// Whose branch is looked for: a bank, and what it was called if it is gone or calls itself otherwise.
struct Whose {
    bank: BankCode,
    former: Option<&'static Former>,
}

impl Whose {
    /// By what a person typed. One that is on no list may still have a code.
    fn of(directory: &Directory, typed: &str, lang: Lang) -> Result<Self> {
        let candidates = match directory.meant(typed) {
            Meant::One(bank) => return Ok(Self { bank: bank.code, former: None }),
            Meant::Several(several) => several,
            Meant::Nobody => Vec::new(),
        };
        if let Some(code) = BankCode::parse(typed.trim()).ok().or_else(|| retired(directory, typed))
        {
            return Ok(Self { bank: code, former: directory.former(code) });
        }
        let former = directory.meant_former(typed).filter(|_| candidates.is_empty());
        if let Some(former) = former {
            return Ok(Self { bank: former.institution.code, former: Some(former) });
        }
        Err(nobody(directory, typed, candidates, lang))
    }

    /// Whether it is the bank that was named, under whatever name.
    fn is_there(&self) -> bool {
        self.former.is_none_or(Former::is_renamed)
    }

    /// Where its branches are today.
    fn today(&self, directory: &Directory) -> BankCode {
        let into = self.former.and_then(|former| directory.successor(former));
        into.map_or(self.bank, |into| into.code)
    }
}

/// That no one bank is called so, and which may be meant.
fn nobody(
    directory: &Directory,
    typed: &str,
    candidates: Vec<&Institution>,
    lang: Lang,
) -> anyhow::Error {
    let several = candidates.len();
    let offered = if candidates.is_empty() { directory.close(typed, CLOSE) } else { candidates };
    let names: Vec<String> = offered.iter().take(CLOSE).map(|bank| line_of(bank)).collect();
    let names = names.join(lang.pick("、", ", "));
    match (lang, several, names.as_str()) {
        (Lang::Ja, 0, "") => anyhow::anyhow!(
            "「{typed}」という銀行は一覧にありません。`kanuki formats bank` で番号を調べてください"
        ),
        (Lang::En, 0, "") => anyhow::anyhow!(
            "{typed}: no such bank is on the list; `kanuki formats bank` finds its code"
        ),
        (Lang::Ja, 0, _) => {
            anyhow::anyhow!("「{typed}」という銀行は一覧にありません。近い名前: {names}")
        }
        (Lang::En, 0, _) => {
            anyhow::anyhow!("{typed}: no such bank is on the list; close to it: {names}")
        }
        (Lang::Ja, ..) => anyhow::anyhow!(
            "「{typed}」に当たるところが{several}件あります。番号で選んでください: {names}{}",
            more(several, lang)
        ),
        (Lang::En, ..) => anyhow::anyhow!(
            "{typed}: {several} banks are called so; name one by its code: {names}{}",
            more(several, lang)
        ),
    }
}

fn retired(directory: &Directory, typed: &str) -> Option<BankCode> {
    code_of(typed).filter(|code| directory.is_retired(*code))
}

const fn more(several: usize, lang: Lang) -> &'static str {
    if several > CLOSE { lang.pick("、ほか", ", and more") } else { "" }
}

/// Looks a branch up. Of a bank that merged its branches are looked for where it went, and nothing found
/// there is an answer: names and numbers may have changed with the merger.
pub(super) fn branch(args: &BranchQuery) -> Result<Outcome> {
    let lang = args.how.lang();
    if args.bank.trim().is_empty() || args.query.trim().is_empty() {
        bail!(lang.pick(
            "銀行と、さがす支店の、名前か番号を書いてください",
            "name a bank and a branch, or their codes"
        ));
    }
    let directory = directory(lang, args.corrections.as_deref())?;
    let whose = Whose::of(&directory, &args.bank, lang)?;
    let bank = whose.today(&directory);
    let found = directory.search_branches(bank, &args.query, ANSWERS);
    let close = if found.is_empty() {
        directory.close_branches(bank, &args.query, CLOSE)
    } else {
        Vec::new()
    };
    let outcome = if found.is_empty() || !whose.is_there() { Outcome::Bad } else { Outcome::Well };
    let of = directory.find(bank).map(Institution::display_name);
    if args.how.json {
        let full = |b: &Branch| json!({"code": b.code, "name": b.display_name(), "kana": b.kana});
        let [branches, close] =
            [&found, &close].map(|list| list.iter().map(full).collect::<Vec<_>>());
        let (as_of, bank) = (directory.as_of(), json!({"code": bank, "name": of}));
        let former = whose.former.map(|former| former_json(&directory, former));
        out!(
            "{}",
            json!({
                "as_of": as_of, "bank": bank, "former": former, "branches": branches, "close": close,
            })
        );
        return Ok(outcome);
    }
    say_branches(&directory, &whose, (&found, &close), lang);
    Ok(outcome)
}

/// The branches that were found, or those that are close, and whose they are.
fn say_branches(
    directory: &Directory,
    whose: &Whose,
    (found, close): (&[Branch], &[Branch]),
    lang: Lang,
) {
    let bank = whose.today(directory);
    let of = directory.find(bank).map(Institution::display_name);
    if let Some(former) = whose.former {
        out!("{}", gone(directory, former, lang));
    }
    match of {
        Some(name) => out!("{bank} {name}"),
        None if directory.is_retired(bank) => {
            if whose.former.is_none() {
                nameless(directory, bank, lang);
            }
            return;
        }
        None => {
            out!("{bank} {}", lang.pick("(一覧にない銀行)", "(a bank that is not on the list)"));
        }
    }
    for branch in found {
        out!("  {} {} ({})", branch.code, branch.display_name(), branch.kana);
    }
    if found.is_empty() {
        nothing(lang, close.iter().map(|b| format!("{} {}", b.code, b.display_name())));
    }
    if !whose.is_there() {
        out!(
            "{}",
            lang.pick(
                "合併で、支店の名前や番号が変わったかもしれません。振り込む前に、銀行に確かめてください",
                "names and numbers of branches may have changed with the merger: ask the bank before you send money"
            )
        );
    }
    match lang {
        Lang::Ja => out!(
            "({}の一覧。新しい支店は、のっていないことがあります)",
            lang.date(directory.as_of())
        ),
        Lang::En => out!("(list of {}; a new branch may be missing)", directory.as_of()),
    }
}
