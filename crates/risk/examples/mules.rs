//! How well mules are found in a folder of IBM `AMLSim`'s: nodes.csv (nodeid, isFraud) and
//! transactions.csv (sourceNodeId, targetNodeId, value, time in days). The data are no part of this
//! repository; `cargo xtask bench detection --files FOLDER` runs it.
#![expect(
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "statistics, told to the terminal"
)]

use std::{error::Error, fs, path::Path};

use jiff::Timestamp;
use kanuki_risk::study::{
    Export, Judged, Map, Quality,
    mules::{Mules, Transfer},
};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// A random forest on totals of the whole period, as others measured it on this sample.
const BAR: f64 = 0.753;
const BEGIN: i64 = 1_500_000_000;
/// How many hits are shown with their paths.
const SHOWN: usize = 5;

fn main() -> Fallible<()> {
    let folder = std::env::args().nth(1).ok_or("mules FOLDER")?;
    let folder = Path::new(&folder);
    let column = |name: &str| name.to_owned();
    let map = Map {
        id: None,
        time: column("time"),
        amount: column("value"),
        card: column("sourceNodeId"),
        counterparty: column("targetNodeId"),
        label: None,
    };
    let export = Export::read(&fs::read(folder.join("transactions.csv"))?, &map)?;
    let number = |names: &[String], at: u32| -> Fallible<u32> {
        Ok(names.get(usize::try_from(at)?).ok_or("no such account")?.parse()?)
    };
    let mut mules = Mules::default();
    for payment in &export.payments {
        let secs = payment.at.saturating_mul(86_400).saturating_add(BEGIN);
        mules.see(&Transfer {
            at: Timestamp::from_second(secs)?,
            from: number(&export.cards, payment.card)?,
            to: number(&export.places, payment.place)?,
            amount: payment.amount,
        });
    }
    let mut judged = Vec::new();
    for line in fs::read_to_string(folder.join("nodes.csv"))?.lines().skip(1) {
        let mut cells = line.split(',');
        let mut cell = || cells.next().ok_or("a line is too short");
        let account: u32 = cell()?.parse()?;
        let is_fraud = cell()? == "1";
        let score = mules.score(account);
        judged.push(Judged { score, card: account, day: 0, is_fraud });
    }
    let quality = Quality::of(&judged, &[100, 1_000]);
    println!(
        "{} accounts, {} of them frauds",
        judged.len(),
        judged.iter().filter(|one| one.is_fraud).count()
    );
    println!(
        "average precision {:.4} (bar {BAR}), AUC {:.4}",
        quality.average_precision, quality.auc
    );
    println!("of the first 100 and 1,000 accounts: {:?}", quality.card_precision_at_k);
    judged.sort_by(|a, b| b.score.total_cmp(&a.score));
    let certain = judged.iter().take(SHOWN);
    let suspected = judged.iter().filter(|one| one.score < 1.0).take(SHOWN);
    for one in certain.chain(suspected) {
        let was = if one.is_fraud { "fraud" } else { "honest" };
        println!("{:>7} {:>9.3} {was:<7} {:?}", one.card, one.score, mules.why(one.card));
    }
    if quality.average_precision > BAR { Ok(()) } else { Err("the bar was missed".into()) }
}
