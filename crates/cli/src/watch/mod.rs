//! `kanuki watch`: statements in, findings out; nothing leaves the machine.

mod page;

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use jiff::{civil::Date, tz::TimeZone};
use kanuki_site::Clock as _;
use kanuki_watch::{
    Finding, Household, Lang, Statement,
    descriptor::Dictionary,
    finding::{self, Knowledge},
    layout::{ANSER, LAYOUTS, OFX},
    refusal,
    report::Report,
};
use serde::Serialize;

use crate::{
    Outcome,
    args::Watch,
    out::{out, write_private},
    real::SystemClock,
};

/// What was seen, in the shape that scripts rely on.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    files: Vec<String>,
    /// Names, in the order that findings refer to.
    accounts: Vec<&'a str>,
    lines: usize,
    findings: &'a [Finding],
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
    asked: Asked,
}

impl Look {
    fn at(household: Household, asked: Asked) -> Self {
        let findings = finding::find(&household, &asked.dictionary, &asked.known);
        Self { household, findings, asked }
    }

    fn page(&self) -> String {
        Report {
            household: &self.household,
            findings: &self.findings,
            dictionary: self.asked.dictionary.version(),
            today: today(),
            lang: self.asked.known.lang,
        }
        .page()
    }
}

impl Asked {
    fn of(args: &Watch) -> Result<Self> {
        let mut dictionary = Dictionary::built_in()?;
        if let Some(file) = &args.dictionary {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            let own = Dictionary::parse(&text).with_context(|| file.display().to_string())?;
            dictionary = dictionary.with(own);
        }
        for id in &args.mine {
            if !dictionary.services().iter().any(|s| s.id == *id) {
                let known: Vec<&str> =
                    dictionary.services().iter().map(|s| s.id.as_str()).collect();
                bail!("--mine {id}: no such service; there are {}", known.join(", "));
            }
        }
        let stopped = args.stopped.iter().map(|text| stopped(text)).collect::<Result<_>>()?;
        let lang = if args.english { Lang::En } else { Lang::Ja };
        Ok(Self { dictionary, known: Knowledge { mine: args.mine.clone(), stopped, lang } })
    }
}

/// `2026-09-10=ドコモコウザ`
fn stopped(text: &str) -> Result<(Date, String)> {
    let shape = || format!("--stopped {text}: write DATE=WORDS, as 2026-09-10=ドコモコウザ");
    let (day, words) = text.split_once('=').with_context(shape)?;
    if words.trim().is_empty() {
        bail!(shape());
    }
    Ok((kanuki_watch::date::parse(day).with_context(shape)?, words.trim().to_owned()))
}

fn today() -> Date {
    SystemClock.now().to_zoned(TimeZone::system()).date()
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

/// Every file, each in the account that it belongs to.
fn household(args: &Watch, lang: Lang) -> Result<Household> {
    let given: Vec<(Option<String>, PathBuf)> = args.files.iter().map(|f| named(f)).collect();
    let has_names = given.iter().any(|(name, _)| name.is_some());
    let mut statements = Vec::new();
    for (name, file) in given {
        let statement = read(lang, &file)?;
        // Without a name beside named ones, a file is an account of its own.
        statements.push((name.unwrap_or_else(|| name_of(&file)), statement));
    }
    if has_names {
        return Ok(Household::named(statements));
    }
    let statements = statements.into_iter().map(|(_, statement)| statement).collect();
    Ok(if args.household { Household::apart(statements) } else { Household::one(statements) })
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
    let open = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let statement =
        kanuki_watch::read(&name_of(file), BufReader::with_capacity(1 << 16, open), today());
    statement.map_err(|error| {
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
        bail!("no file: name the statements, or use --page to drop them on a page");
    }
    let look = Look::at(household(args, asked.known.lang)?, asked);
    if let Some(file) = &args.html {
        let read: Vec<PathBuf> = args.files.iter().map(|given| named(given).1).collect();
        write_private(file, look.page().as_bytes(), read.iter().map(PathBuf::as_path))?;
    }
    if args.json {
        let files = args.files.iter().map(|f| name_of(&named(f).1)).collect();
        let lines = look.household.line_count();
        let accounts = look.household.accounts.iter().map(|a| a.name.as_str()).collect();
        let answer = Answer { files, accounts, lines, findings: &look.findings };
        out!("{}", serde_json::to_string(&answer)?);
    } else {
        print(&look);
    }
    Ok(if look.findings.is_empty() { Outcome::Well } else { Outcome::Bad })
}

fn print(look: &Look) {
    let lang = look.asked.known.lang;
    for account in &look.household.accounts {
        let proven = if account.is_proven() {
            lang.pick("残高がすべて合っています", "every balance adds up")
        } else {
            lang.pick("残高で確かめられないところがあります", "not all of it is proven by balances")
        };
        for statement in &account.statements {
            out!("{}: {} ({proven})", statement.name, statement.layout.bank);
        }
    }
    for found in &look.findings {
        out!("\n■ {} [{}]", lang.kind(found.kind), lang.confidence(found.confidence));
        let (date, text, amount) = (lang.date(found.date), &found.text, found.amount);
        out!("  {date}  {text}  {amount}  ({}:{})", found.file, found.line);
        out!("  {}", found.why);
    }
    let (count, lines) = (look.findings.len(), look.household.line_count());
    match lang {
        Lang::Ja => out!("\n{lines}行を見ました。確かめたいもの: {count}件"),
        Lang::En => out!("\n{lines} lines seen, {count} things to check"),
    }
}
