//! `kanuki risk mules`: who collects what many small senders bring, and by which path it shows.

use std::{collections::HashMap, fs, path::PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use jiff::Timestamp;
use kanuki_risk::study::{
    Export, Map,
    mules::{Mules, Transfer, Why},
};
use serde_json::{Value, json};

use crate::{Outcome, out::out};

/// So many names are said of one path; of more, how many.
const NAMES_MAX: usize = 8;

/// `kanuki risk mules`.
#[derive(Debug, Args)]
pub(crate) struct RiskMules {
    /// The transfers, with a first line that names the columns.
    #[arg(long, value_name = "FILE")]
    transfers: PathBuf,
    /// Which column holds what, as TOML: time, amount, account (who sends), counterparty (who gets it).
    #[arg(long, value_name = "FILE.toml")]
    map: PathBuf,
    /// How many accounts are told of.
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Accounts by one number each, whichever side of a transfer they stand on.
#[derive(Default)]
struct Names {
    known: HashMap<String, u32>,
    all: Vec<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> Result<u32> {
        if let Some(number) = self.known.get(name) {
            return Ok(*number);
        }
        let number = u32::try_from(self.all.len()).context("there are too many accounts")?;
        self.known.insert(name.to_owned(), number);
        self.all.push(name.to_owned());
        Ok(number)
    }

    fn of(&self, number: u32) -> &str {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        self.all.get(at).map_or("", String::as_str)
    }

    /// Some of them, and how many more there are.
    fn some(&self, numbers: &[u32]) -> String {
        let named: Vec<&str> =
            numbers.iter().take(NAMES_MAX).map(|number| self.of(*number)).collect();
        match numbers.len().checked_sub(NAMES_MAX).filter(|more| *more > 0) {
            Some(more) => format!("{} and {more} more", named.join(", ")),
            None => named.join(", "),
        }
    }
}

/// Reads the transfers in the order in which they came, and tells of whom to look at.
pub(crate) fn run(args: &RiskMules) -> Result<Outcome> {
    let read =
        |file: &PathBuf| fs::read(file).with_context(|| format!("cannot read {}", file.display()));
    let map = String::from_utf8(read(&args.map)?).context("the map is not UTF-8")?;
    let map: Map = toml::from_str(&map).with_context(|| format!("in {}", args.map.display()))?;
    let export = Export::read(&read(&args.transfers)?, &map)
        .with_context(|| args.transfers.display().to_string())?;
    let (mut mules, mut names, mut odd) = (Mules::default(), Names::default(), 0_u64);
    let name = |names: &[String], at: u32| {
        let found = usize::try_from(at).ok().and_then(|at| names.get(at));
        found.cloned().unwrap_or_default()
    };
    for payment in &export.payments {
        let is_odd = mules.see(&Transfer {
            at: Timestamp::from_second(payment.at).context("a time is none")?,
            from: names.number(&name(&export.cards, payment.card))?,
            to: names.number(&name(&export.places, payment.place))?,
            amount: payment.amount,
        });
        odd = odd.saturating_add(u64::from(is_odd));
    }
    let count = u32::try_from(names.all.len()).context("there are too many accounts")?;
    let mut scored: Vec<_> = (0..count).map(|account| (mules.score(account), account)).collect();
    scored.retain(|(_, account)| !mules.why(*account).is_empty());
    scored.sort_by(|(one, a), (other, b)| other.total_cmp(one).then(a.cmp(b)));
    let found = scored.len();
    scored.truncate(args.top);
    let transfers = export.payments.len();
    if args.json {
        let mut rows: Vec<Value> = Vec::new();
        for (score, account) in &scored {
            let why = mules.why(*account);
            let why: Vec<Value> = why.iter().map(|why| as_json(why, &names)).collect();
            rows.push(json!({ "account": names.of(*account), "score": score, "why": why }));
        }
        let told = json!({ "transfers": transfers, "odd": odd, "found": found, "accounts": rows });
        out!("{told}");
        return Ok(Outcome::Well);
    }
    out!("{transfers} transfers between {count} accounts, {odd} of them odd; {found} to look at");
    for (score, account) in &scored {
        out!("\n{} ({score:.3})", names.of(*account));
        for why in mules.why(*account) {
            out!("  {}", in_words(&why, &names));
        }
    }
    Ok(Outcome::Well)
}

fn in_words(why: &Why, names: &Names) -> String {
    match why {
        Why::Feeds { collector, times, since } => {
            format!("feeds {} with odd amounts, {times} times, since {since}", names.of(*collector))
        }
        Why::Collects { feeders, since } => {
            format!("collects from {}, since {since}", names.some(feeders))
        }
        Why::Pays { collector, payers } => {
            format!("pays {}, which collects, as {payers} do", names.of(*collector))
        }
    }
}

fn as_json(why: &Why, names: &Names) -> Value {
    match why {
        Why::Feeds { collector, times, since } => {
            json!({ "way": "feeds", "collector": names.of(*collector), "times": times, "since": since })
        }
        Why::Collects { feeders, since } => {
            let feeders: Vec<&str> = feeders.iter().map(|feeder| names.of(*feeder)).collect();
            json!({ "way": "collects", "feeders": feeders, "since": since })
        }
        Why::Pays { collector, payers } => {
            json!({ "way": "pays", "collector": names.of(*collector), "payers": payers })
        }
    }
}
