//! Which branch that is, and what became of one whose bank is gone.

use anyhow::{Result, bail};
use kanuki_domain::bank_account::BankCode;
use kanuki_formats::directory::{
    Branch, Directory, Fate, Former, FormerBranch, Institution, Meant,
};
use kanuki_watch::Lang;
use serde_json::{Value, json};

use super::{
    args::BranchQuery,
    directory::{
        ANSWERS, CLOSE, code_of, directory, former_json, gone, line_of, nameless, nothing,
    },
};
use crate::{Outcome, out::out};

/// Whose branch is looked for: a bank, and what it was called if it is gone or calls itself otherwise.
struct Whose {
    bank: BankCode,
    former: Option<&'static Former>,
}

impl Whose {
    /// By what a person typed. One that is on no list may still have a code.
    fn of(directory: &Directory, typed: &str, lang: Lang) -> Result<Self> {
        if let Some(former) = directory.former_called(typed) {
            return Ok(Self { bank: former.institution.code, former: Some(former) });
        }
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

/// What was found of a branch: where its bank is today, and, of a bank that is gone, as it was.
struct Found {
    today: Vec<Branch>,
    /// Closest names of today, where nothing was found.
    close: Vec<Branch>,
    was: Vec<FormerBranch>,
    /// The same as it was.
    close_was: Vec<FormerBranch>,
}

impl Found {
    fn of(directory: &Directory, whose: &Whose, query: &str) -> Self {
        let bank = whose.today(directory);
        let today = directory.search_branches(bank, query, ANSWERS);
        let was = directory.search_former_branches(whose.bank, query, ANSWERS);
        let is_nothing = today.is_empty() && was.is_empty();
        let nearest = |most| if is_nothing { most } else { 0 };
        let close = directory.close_branches(bank, query, nearest(CLOSE));
        let close_was = directory.close_former_branches(whose.bank, query, nearest(CLOSE));
        Self { today, close, was, close_was }
    }

    const fn is_nothing(&self) -> bool {
        self.today.is_empty() && self.was.is_empty()
    }
}

/// Looks a branch up. Of a bank that merged its branches are looked for as they were and where it went, and
/// nothing found there is an answer: names and numbers may have changed with the merger.
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
    let found = Found::of(&directory, &whose, &args.query);
    let is_bad = found.today.is_empty() || !whose.is_there();
    if args.how.json {
        out!("{}", as_json(&directory, &whose, &found));
    } else {
        say(&directory, &whose, &found, lang);
    }
    Ok(if is_bad { Outcome::Bad } else { Outcome::Well })
}

fn full(branch: &Branch) -> Value {
    json!({"code": branch.code, "name": branch.display_name(), "kana": branch.kana})
}

fn as_json(directory: &Directory, whose: &Whose, found: &Found) -> Value {
    let bank = whose.today(directory);
    let list = |branches: &[Branch]| branches.iter().map(full).collect::<Vec<_>>();
    let was = found.was.iter().map(|was| was_json(directory, bank, was)).collect::<Vec<_>>();
    let near = found.close_was.iter().map(|was| was_json(directory, bank, was));
    json!({
        "as_of": directory.as_of(),
        "bank": {"code": bank, "name": directory.find(bank).map(Institution::display_name)},
        "former": whose.former.map(|former| former_json(directory, former)),
        "branches": list(&found.today), "close": list(&found.close),
        "former_branches": was, "close_former_branches": near.collect::<Vec<_>>(),
    })
}

fn was_json(directory: &Directory, bank: BankCode, was: &FormerBranch) -> Value {
    let (fate, code, until) = match &was.fate {
        Fate::Now(code) => ("now", Some(code), None),
        Fate::Perhaps(code) => ("perhaps", Some(code), None),
        Fate::Gone { code, listed_until } => ("gone", Some(code), Some(listed_until)),
        Fate::Renamed { code, listed_until } => ("renamed", Some(code), Some(listed_until)),
        Fate::Closed { listed_until } => ("closed", None, Some(listed_until)),
        Fate::Unknown => ("unknown", None, None),
    };
    let now = code.filter(|_| until.is_none()).and_then(|code| directory.find_branch(bank, code));
    json!({
        "code": was.branch.code, "name": was.branch.display_name(), "kana": was.branch.kana,
        "fate": fate, "branch": now.as_ref().map(full), "code_after": code, "listed_until": until,
    })
}

/// The branches that were found, or those that are close, and whose they are.
fn say(directory: &Directory, whose: &Whose, found: &Found, lang: Lang) {
    let bank = whose.today(directory);
    if let Some(former) = whose.former {
        out!("{}", gone(directory, former, lang));
    }
    for was in &found.was {
        out!("  {}", became(directory, whose, was, lang));
    }
    match directory.find(bank).map(Institution::display_name) {
        Some(name) => out!("{bank} {name}"),
        None if directory.is_retired(bank) => {
            if whose.former.is_none() {
                nameless(directory, bank, lang);
            } else if found.is_nothing() {
                nothing(lang, found.close_was.iter().map(|was| line(&was.branch)));
            }
            return;
        }
        None => {
            out!("{bank} {}", lang.pick("(一覧にない銀行)", "(a bank that is not on the list)"));
        }
    }
    for branch in &found.today {
        out!("  {} ({})", line(branch), branch.kana);
    }
    if found.is_nothing() {
        let was = found.close_was.iter().map(|was| became(directory, whose, was, lang));
        nothing(lang, found.close.iter().map(line).chain(was));
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

fn line(branch: &Branch) -> String {
    format!("{} {}", branch.code, branch.display_name())
}

/// What became of a branch whose bank is gone, as far as the lists say.
fn became(directory: &Directory, whose: &Whose, was: &FormerBranch, lang: Lang) -> String {
    let bank = whose.today(directory);
    let at = |code: &str| {
        let branch = directory.find_branch(bank, code);
        branch.as_ref().map_or_else(|| code.to_owned(), line)
    };
    let fate = match (lang, &was.fate) {
        (Lang::Ja, Fate::Now(code)) => format!("いまは{bank}の{}です", at(code)),
        (Lang::Ja, Fate::Perhaps(code)) => format!(
            "{bank}に同じ名前の{}があります。合併の前からあったので、この支店のことかは分かりません",
            at(code)
        ),
        (Lang::Ja, Fate::Gone { code, listed_until }) => format!(
            "{bank}の{code}になりましたが、いまの一覧にはありません({}の一覧まで)",
            lang.date(*listed_until)
        ),
        (Lang::Ja, Fate::Closed { listed_until }) => format!(
            "前の銀行の一覧から先になくなりました({}の一覧まで)。どの支店に移ったかは分かりません",
            lang.date(*listed_until)
        ),
        (Lang::Ja, Fate::Unknown) => "いまどの支店かは、一覧からは分かりません".to_owned(),
        (Lang::En, Fate::Now(code)) => format!("is now {} of {bank}", at(code)),
        (Lang::En, Fate::Perhaps(code)) => format!(
            "{bank} has {}, of the same name, and had it before: it may be another",
            at(code)
        ),
        (Lang::En, Fate::Gone { code, listed_until }) => format!(
            "became {code} of {bank}, which is not on today's list (last on that of {listed_until})"
        ),
        (Lang::En, Fate::Closed { listed_until }) => {
            format!(
                "gone before its bank was (last on the list of {listed_until}); where to is not known"
            )
        }
        (Lang::En, Fate::Unknown) => "the lists do not say which branch it is today".to_owned(),
        (_, Fate::Renamed { listed_until, .. }) => {
            let later = directory.renamed(whose.bank, was);
            let later = later.map(|later| became(directory, whose, &later, lang));
            let (day, later) = (lang.date(*listed_until), later.unwrap_or_default());
            match lang {
                Lang::Ja => format!("のちに名前が変わりました({day}の一覧まで) → {later}"),
                Lang::En => {
                    format!("was renamed later (so called until the list of {day}) → {later}")
                }
            }
        }
    };
    format!("{} ({}): {fate}", line(&was.branch), was.branch.kana)
}
