//! `kanuki watch`: statements in, findings out; nothing leaves the machine.

mod page;

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};
use jiff::civil::Date;
use kanuki_watch::{
    Account, Finding, Household, Lang, ReadError, Statement, Together,
    descriptor::Dictionary,
    finding::{self, Knowledge, Unjudged},
    layout::{ANSER, LAYOUTS, OFX},
    refusal,
    report::Report,
};
use serde::Serialize;

use crate::{
    Outcome,
    args::Watch,
    bounded,
    day::{self, today},
    out::{out, write_private},
};

/// What was seen, in the shape that scripts rely on.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    files: Vec<String>,
    /// Names, in the order that findings refer to.
    accounts: Vec<&'a str>,
    /// The files of each account, in the same order.
    account_files: Vec<Vec<&'a str>>,
    lines: usize,
    /// What was said to be stopped and is named on no line.
    unseen_stops: Vec<&'a str>,
    findings: &'a [Finding],
    /// Whom nobody can call old or new: the files of that account are too short.
    unjudged: &'a [Unjudged],
}

/// What to look with.
#[derive(Clone)]
struct Asked {
    dictionary: Dictionary,
    known: Knowledge,
}

/// One look at the files.
struct Look {
    household: Household,
    findings: Vec<Finding>,
    unjudged: Vec<Unjudged>,
    asked: Asked,
}

impl Look {
    fn at(household: Household, asked: Asked) -> Self {
        let findings = finding::find(&household, &asked.dictionary, &asked.known);
        let unjudged = finding::unjudged(&household, &asked.dictionary, &asked.known);
        Self { household, findings, unjudged, asked }
    }

    /// What was said to be stopped and is named on no line.
    fn unseen_stops(&self) -> Vec<&str> {
        finding::unseen(&self.household, &self.asked.dictionary, &self.asked.known)
    }

    fn page(&self) -> String {
        Report {
            household: &self.household,
            findings: &self.findings,
            unseen_stops: self.unseen_stops(),
            unjudged: &self.unjudged,
            dictionary: self.asked.dictionary.version(),
            today: today(),
            lang: self.asked.known.lang,
        }
        .page()
    }
}

impl Asked {
    fn of(args: &Watch) -> Result<Self> {
        let lang = if args.english { Lang::En } else { Lang::Ja };
        let mut dictionary = Dictionary::built_in()?;
        if let Some(file) = &args.dictionary {
            let bytes = bounded::read_for(lang, file, DICTIONARY_MEGA)?;
            let own = own_dictionary(lang, &bytes)
                .map_err(|why| anyhow::anyhow!("{}: {why}", file.display()))?;
            dictionary = dictionary.with(own);
        }
        let mine = args.mine.iter().map(|said| service(lang, &dictionary, said));
        let mine = mine.collect::<Result<_>>()?;
        let stopped = args.stopped.iter().map(|text| stopped(lang, text)).collect::<Result<_>>()?;
        Ok(Self { dictionary, known: Knowledge { mine, stopped, lang } })
    }
}

/// More names than anybody would type, in MB.
const DICTIONARY_MEGA: u64 = 4;

fn own_dictionary(lang: Lang, bytes: &[u8]) -> Result<Dictionary, String> {
    let utf8 = std::str::from_utf8(bytes).map_err(|_| {
        let (ja, en) =
            ("UTF-8ではありません。UTF-8で保存し直してください", "not UTF-8: save it as UTF-8");
        lang.pick(ja, en).to_owned()
    })?;
    let text = utf8.strip_prefix('\u{feff}').unwrap_or(utf8);
    Dictionary::parse(text).map_err(|error| error.say(text, lang))
}

/// The service that somebody means, by its id, its name or its words on a statement.
fn service(lang: Lang, dictionary: &Dictionary, said: &str) -> Result<String> {
    if let Some(found) = dictionary.named(said, today()) {
        return Ok(found.id.clone());
    }
    let services = dictionary.services().iter();
    let known: Vec<String> = services.map(|s| format!("{} ({})", s.id, s.name)).collect();
    let known = known.join(", ");
    Err(match lang {
        Lang::Ja => anyhow::anyhow!("--mine {said}: 知らないサービスです。知っているのは {known}"),
        Lang::En => anyhow::anyhow!("--mine {said}: no such service; there are {known}"),
    })
}

/// `2026-09-10=ドコモコウザ`
fn stopped(lang: Lang, text: &str) -> Result<(Date, String)> {
    let parts = text.split_once('=').map(|(day, words)| (day.trim(), words.trim()));
    let Some((day, words)) = parts.filter(|(_, words)| !words.is_empty()) else {
        let (ja, en) = (
            "「日付=明細に出る名前」と書いてください。例: 2026-09-10=ドコモコウザ",
            "write DATE=WORDS, as 2026-09-10=ドコモコウザ",
        );
        bail!("--stopped {text}: {}", lang.pick(ja, en));
    };
    match day::read(day, lang) {
        Ok(day) => Ok((day, words.to_owned())),
        Err(why) => bail!("--stopped {text}: {why}"),
    }
}

fn name_of(file: &Path) -> String {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| file.display().to_string())
}

/// The name of an account and the file, of `母のゆうちょ=meisai.csv`. A file that is there under the
/// whole of it is that file.
fn named(given: &Path) -> (Option<String>, PathBuf) {
    let parts = given.to_str().filter(|_| !given.exists()).and_then(|text| text.split_once('='));
    match parts {
        Some((name, file)) if !name.trim().is_empty() => {
            (Some(name.trim().to_owned()), PathBuf::from(file))
        }
        _ => (None, given.to_owned()),
    }
}

/// Every file, each in the account that it belongs to: what was given a name by that, the others by what
/// they say themselves.
fn household(args: &Watch, lang: Lang) -> Result<Household> {
    let (mut with_name, mut without) = (Vec::new(), Vec::new());
    for given in &args.files {
        let (name, file) = named(given);
        let statement = read(lang, &file)?;
        match name {
            Some(name) => with_name.push((name, statement)),
            None => without.push(statement),
        }
    }
    let others =
        if args.household { Household::apart(without) } else { Household::sorted(without) };
    Ok(Household::named(with_name).and(others))
}

/// What is known, and from where.
fn known(asked: &Asked) {
    let lang = asked.known.lang;
    for layout in LAYOUTS.iter().chain([&ANSER, &OFX]) {
        out!("{} {} — {}", layout.id, layout.bank, layout.known_from.words(lang));
    }
    out!();
    for service in asked.dictionary.services() {
        let (sure, span) =
            (lang.confidence(service.confidence), (&service.first_seen, &service.last_seen));
        out!("{} {} [{sure}] {}–{} — {}", service.id, service.name, span.0, span.1, service.source);
    }
    out!("({})", asked.dictionary.version());
}

fn read(lang: Lang, file: &Path) -> Result<Statement> {
    let open = File::open(file).map_err(|why| bounded::unreadable(lang, file, &why))?;
    let statement =
        kanuki_watch::read(&name_of(file), BufReader::with_capacity(1 << 16, open), today());
    statement.map_err(|error| {
        if let ReadError::Io(why) = &error {
            return bounded::unreadable(lang, file, why);
        }
        let (name, why) = (file.display(), refusal(lang, &error, 0));
        let refused = lang.pick("使いません", "refused, nothing of it was used");
        anyhow::anyhow!("{name}: {refused}: {why}")
    })
}

/// Looks at the files, or serves the page that does.
pub(crate) fn run(args: &Watch) -> Result<Outcome> {
    let asked = Asked::of(args)?;
    if args.page {
        return page::serve(args.port, asked);
    }
    if args.known {
        known(&asked);
        return Ok(Outcome::Well);
    }
    if args.files.is_empty() {
        bail!(asked.known.lang.pick(
            "ファイルがありません。明細のファイルを書くか、--page でページを開いて選んでください",
            "no file: name the statements, or use --page to drop them on a page"
        ));
    }
    let look = Look::at(household(args, asked.known.lang)?, asked);
    if let Some(file) = &args.html {
        let read: Vec<PathBuf> = args.files.iter().map(|given| named(given).1).collect();
        let read = read.iter().map(PathBuf::as_path);
        let lang = look.asked.known.lang;
        write_private(file, look.page().as_bytes(), read).map_err(|fault| fault.told(lang))?;
    }
    if args.json {
        let files = args.files.iter().map(|f| name_of(&named(f).1)).collect();
        let lines = look.household.line_count();
        let accounts = look.household.accounts.iter().map(|a| a.name.as_str()).collect();
        let household = &look.household;
        let account_files = household.accounts.iter().map(Account::file_names).collect();
        let (findings, unseen_stops) = (&*look.findings, look.unseen_stops());
        let unjudged = &*look.unjudged;
        let answer =
            Answer { files, accounts, account_files, lines, unseen_stops, findings, unjudged };
        out!("{}", serde_json::to_string(&answer)?);
    } else {
        print(&look);
    }
    Ok(if look.findings.is_empty() { Outcome::Well } else { Outcome::Bad })
}

fn print(look: &Look) {
    let lang = look.asked.known.lang;
    for account in &look.household.accounts {
        print_account(account, lang, look.household.accounts.len() > 1);
    }
    let is_guessed = look.household.accounts.iter().any(|a| a.together > Together::Told);
    if is_guessed || has_like_layouts(&look.household) {
        let example = "母=a.csv 父=b.csv";
        out!("({}: {example})", lang.how_to_part());
    }
    for said in look.unseen_stops() {
        out!("\n{}", lang.unseen_stop(said));
    }
    for found in &look.findings {
        out!("\n■ {} [{}]", lang.kind(found.kind), lang.confidence(found.confidence));
        let amount = if found.has_amount() { found.amount.to_string() } else { String::new() };
        let said = [lang.date(found.date), found.text.clone(), amount];
        let said: Vec<String> = said.into_iter().filter(|part| !part.is_empty()).collect();
        out!("  {}  ({}:{})", said.join("  "), found.file, found.line);
        out!("  {}", found.why);
    }
    print_unjudged(look);
    let (count, lines) = (look.findings.len(), look.household.line_count());
    let but = if look.unjudged.is_empty() { "" } else { lang.but_not_all() };
    match lang {
        Lang::Ja => out!("\n{lines}行を見ました。確かめたいもの: {count}件{but}"),
        Lang::En => out!("\n{lines} lines seen, {count} things to check {but}"),
    }
}

fn print_unjudged(look: &Look) {
    let lang = look.asked.known.lang;
    for unjudged in &look.unjudged {
        let account = look.household.accounts.get(unjudged.account);
        let name = account.map_or("", |account| account.name.as_str());
        out!("\n□ {name}: {}", lang.too_short());
        for payee in &unjudged.payees {
            out!("  {}", lang.payee(payee));
        }
    }
}

/// An account with its files, and why they are one.
fn print_account(account: &Account, lang: Lang, is_one_of_many: bool) {
    let proven = if account.is_proven() {
        lang.pick("残高がすべて合っています", "every balance adds up")
    } else {
        lang.pick("残高で確かめられないところがあります", "not all of it is proven by balances")
    };
    if is_one_of_many {
        out!("{} {}", lang.pick("口座", "account"), account.name);
    }
    let indent = if is_one_of_many { "  " } else { "" };
    for statement in &account.statements {
        out!("{indent}{}: {} ({proven})", statement.name, statement.layout.bank);
    }
    if let Some(why) = lang.together(account.together) {
        out!("{indent}→ {why}");
    }
    if let Some(later) = lang.later(account) {
        out!("{indent}→ {later}");
    }
}

/// Two accounts whose files look alike may be one after all.
fn has_like_layouts(household: &Household) -> bool {
    let unnamed = household.accounts.iter().filter(|a| a.together != Together::Told);
    let mut layouts: Vec<&str> =
        unnamed.filter_map(|a| Some(a.statements.first()?.layout.id)).collect();
    layouts.sort_unstable();
    layouts.windows(2).any(|pair| pair.first() == pair.last())
}
