//! `kanuki risk study`: how well a model would have found the frauds among anyone's labelled
//! payments, and payments to try it on.

use std::{
    fs,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use kanuki_risk::study::{
    Bank, CARDS_A_DAY, Export, FROZEN, Map, Quality, Split, Study, World, attempts, generate, rows,
    study,
};

use crate::{
    Outcome,
    out::{out, require_writable},
};

/// Whose description payments are made to.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Made {
    /// The Fraud Detection Handbook's: half a year, 5,000 cards, 10,000 terminals.
    Handbook,
    /// A bank's attempts, as a recording that `kanuki risk backtest` reads: any number of them.
    Bank,
}

/// `kanuki risk study`.
#[derive(Debug, Args)]
pub(crate) struct RiskStudy {
    /// The payments, with a first line that names the columns; read, or written with --generate.
    #[arg(long, value_name = "FILE", required_unless_present = "events")]
    csv: Option<PathBuf>,
    /// Which column holds what, as TOML: time, amount, card (or account), counterparty, label.
    #[arg(long, value_name = "FILE.toml", required_unless_present = "generate")]
    map: Option<PathBuf>,
    /// The first day that is learned from.
    #[arg(long, value_name = "DATE", value_parser = crate::day::option, required_unless_present = "generate")]
    train_from: Option<Date>,
    /// How many days are learned from.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..))]
    train_days: u16,
    /// After how many days a fraud is known.
    #[arg(long, value_name = "N", default_value_t = 7)]
    delay_days: u16,
    /// How many days are tested.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..))]
    test_days: u16,
    /// Where to write the model that was grown.
    #[arg(long, value_name = "FILE", conflicts_with = "generate")]
    save: Option<PathBuf>,
    /// Make payments and write them to --csv (and a map for them to --map) instead.
    #[arg(long, value_name = "WORLD")]
    generate: Option<Made>,
    /// Where a bank's attempts are written; `-` is the standard output.
    #[arg(long, value_name = "FILE", requires = "generate", conflicts_with_all = ["csv", "map"])]
    events: Option<PathBuf>,
    /// How many attempts a bank's recording has.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, requires = "events")]
    count: u64,
    /// Of how many customers.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, requires = "events",
        value_parser = clap::value_parser!(u32).range(1..))]
    customers: u32,
    /// Over how many days.
    #[arg(long, value_name = "N", default_value_t = 90, requires = "events",
        value_parser = clap::value_parser!(u16).range(1..=400))]
    days: u16,
    /// What the dice start with.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Makes payments, or learns from some.
pub(crate) fn run(args: &RiskStudy) -> Result<Outcome> {
    match (args.generate, &args.csv, &args.map, args.train_from) {
        (Some(Made::Bank), ..) => {
            let Some(events) = &args.events else {
                bail!("--generate bank writes to --events FILE, or to --events - for a pipe")
            };
            make_bank(args, events)
        }
        (Some(Made::Handbook), Some(csv), map, _) => make(args, csv, map.as_deref()),
        (Some(Made::Handbook), None, ..) => bail!("--generate handbook writes to --csv FILE"),
        (None, Some(csv), Some(map), Some(from)) => learn(args, (csv, map), from),
        // The command line asks for all of them.
        (None, ..) => Ok(Outcome::Bad),
    }
}

/// Writes a bank's recording while it is drawn.
fn make_bank(args: &RiskStudy, to: &Path) -> Result<Outcome> {
    let bank = Bank { events: args.count, customers: args.customers, days: args.days };
    if to == Path::new("-") {
        // Whoever reads it may have seen enough.
        return match write_bank(bank, args.seed, io::stdout().lock()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Outcome::Well),
            written => written.map(|()| Outcome::Well).context("cannot write the recording"),
        };
    }
    let cannot = || format!("cannot write {}", to.display());
    write_bank(bank, args.seed, fs::File::create(to).with_context(cannot)?).with_context(cannot)?;
    out!("{} attempts: {}", args.count, to.display());
    Ok(Outcome::Well)
}

fn write_bank(bank: Bank, seed: u64, to: impl io::Write) -> io::Result<()> {
    let mut to = BufWriter::with_capacity(1 << 20, to);
    for event in attempts(bank, seed) {
        to.write_all(event.to_line()?.as_bytes())?;
        to.write_all(b"\n")?;
    }
    to.flush()
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn make(args: &RiskStudy, csv: &Path, map: Option<&Path>) -> Result<Outcome> {
    require_writable([Some(csv), map])?;
    let export = generate(&World::HANDBOOK, args.seed);
    write(csv, &export.to_csv())?;
    if let Some(map) = map {
        write(map, &toml::to_string(&Map::handbook())?)?;
    }
    let frauds = export.payments.iter().filter(|payment| payment.is_fraud).count();
    let count = export.payments.len();
    if args.json {
        out!("{}", serde_json::json!({ "rows": count, "frauds": frauds, "seed": args.seed }));
    } else {
        out!("{count} payments, {frauds} of them frauds: {}", csv.display());
    }
    Ok(Outcome::Well)
}

fn learn(args: &RiskStudy, (payments, map): (&Path, &Path), from: Date) -> Result<Outcome> {
    require_writable([args.save.as_deref()])?;
    let text = fs::read_to_string(map).with_context(|| format!("cannot read {}", map.display()))?;
    let map: Map = toml::from_str(&text).with_context(|| format!("in {}", map.display()))?;
    let csv = fs::read(payments).with_context(|| format!("cannot read {}", payments.display()))?;
    let export = Export::read(&csv, &map).with_context(|| payments.display().to_string())?;
    drop(csv);
    let (train_days, delay_days) = (args.train_days, args.delay_days);
    let split = Split { from, train_days, delay_days, test_days: args.test_days };
    let (found, mut model) = study(&rows(&export, &split)?, &FROZEN);
    if let Some(file) = &args.save {
        model.describe(&payments.display().to_string(), &from.to_string(), train_days);
        write(file, &model.to_text()?)?;
    }
    if args.json {
        out!("{}", serde_json::to_string(&found)?);
    } else {
        print(&found);
    }
    Ok(Outcome::Well)
}

fn print(found: &Study) {
    let line = |what: &str, rows: usize, frauds: usize| {
        out!("{what:<10} {rows:>9} payments, {frauds:>6} of them frauds");
    };
    line("learned", found.train_rows, found.train_frauds);
    line("tested", found.test_rows, found.test_frauds);
    let cards = format!("of {CARDS_A_DAY} cards a day");
    out!("\n{:<24}{:>8}{:>20}{:>20}", "", "AUC", "average precision", cards);
    row("this model", &found.quality);
    row("logistic regression", &found.logistic_regression);
    out!("\n{:<14}{:>10}{:>12}{:>12}", "score", "payments", "said", "was fraud");
    for tenth in &found.calibration {
        let (from, said, was) = (tenth.score_from, tenth.said, tenth.found);
        out!("from {from:<9}{:>10}{said:>12.3}{was:>12.3}", tenth.rows);
    }
}

fn row(what: &str, quality: &Quality) {
    let cards = quality.card_precision_at_k.get(&CARDS_A_DAY).copied().unwrap_or_default();
    out!("{what:<24}{:>8.3}{:>20.3}{cards:>20.3}", quality.auc, quality.average_precision);
}
