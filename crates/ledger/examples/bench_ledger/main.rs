//! The ledger's engines beside TigerBeetle's server, PL/pgSQL and the bare disk, on the same work.
//!
//! `cargo xtask bench ledger` runs it. 10,000 accounts that cannot be overdrawn, random pairs, every
//! batch durable before it is answered, ids checked, readable by account afterwards. In each round
//! everybody begins anew and takes turns, size by size; what is told is the median of the rounds.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::integer_division,
    clippy::indexing_slicing,
    reason = "a measurement tells the terminal, and panics rather than go on wrongly"
)]

mod moved;
mod peer;
#[expect(dead_code, reason = "the tests of PostgreSQL need the rest")]
#[path = "../../tests/it/pg/server.rs"]
mod pg_server;
mod picture;
mod report;
mod stored;
mod subject;
#[expect(dead_code, reason = "the tests of TigerBeetle need the rest")]
#[path = "../../tests/tigerbeetle/server.rs"]
mod tb_server;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use report::{Figures, Measured};
use subject::{Sample, Subject};
use tokio::runtime::Runtime;

/// Transfers in a batch, and callers at once.
pub(crate) type Size = (usize, usize);

/// What is measured.
pub(crate) const SIZES: [Size; 6] = [(1, 1), (10, 1), (100, 1), (1_000, 1), (8_189, 1), (1, 64)];

/// How long each is asked in a round.
const TIME: Duration = Duration::from_secs(1);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match words[..] {
        ["compare", folder, rounds, picture] => {
            let picture = Some(PathBuf::from(picture)).filter(|path| !path.as_os_str().is_empty());
            compare(&runtime, Path::new(folder), rounds.parse().unwrap(), picture.as_deref());
        }
        ["embedded", folder, batch, seconds, callers] => {
            let subject = runtime.block_on(Subject::embedded(Path::new(folder)));
            runtime.block_on(alone(subject, [batch, callers], seconds));
        }
        ["postgres", batch, seconds, callers] => {
            let database = subject::postgresql_server();
            let subject = runtime.block_on(Subject::postgres(&database.url()));
            runtime.block_on(alone(subject, [batch, callers], seconds));
        }
        ["grow", folder, millions] => {
            runtime.block_on(stored::grow(Path::new(folder), millions.parse().unwrap()));
        }
        ["move", folder, transfers] => {
            let moving = moved::measure(Path::new(folder), transfers.parse().unwrap());
            runtime.block_on(moving);
        }
        ["reopen", folder] => runtime.block_on(stored::reopen(Path::new(folder))),
        _ => println!(
            "compare FOLDER ROUNDS PICTURE, embedded FOLDER BATCH SECONDS CALLERS, \
             postgres BATCH SECONDS CALLERS, grow FOLDER MILLIONS, move FOLDER TRANSFERS \
             or reopen FOLDER"
        ),
    }
}

/// One with nothing beside it: for a profile.
async fn alone(mut subject: Subject, size: [&str; 2], seconds: &str) {
    let time = Duration::from_secs(seconds.parse().unwrap());
    let [batch, callers] = size.map(|number| number.parse().unwrap());
    let sample = subject.run((batch, callers), time, &mut 1).await;
    println!("{:?}", Measured::of(&[sample]));
}

fn compare(runtime: &Runtime, folder: &Path, rounds: usize, picture: Option<&Path>) {
    let mut all: BTreeMap<(&'static str, Size), Vec<Sample>> = BTreeMap::new();
    let mut memory = BTreeMap::new();
    // The first one warms up what outlives a round: the page cache and the processor's clock.
    for round in 0..=rounds {
        let measured = runtime.block_on(one_round(folder, &mut memory));
        if round > 0 {
            for (key, sample) in measured {
                all.entry(key).or_default().push(sample);
            }
        }
        println!("round {round} of {rounds} is done");
    }
    let figures = Figures::new(&all);
    figures.print(&memory);
    if let Some(path) = picture {
        std::fs::write(path, picture::draw(&figures)).unwrap();
    }
    let missed = figures.missed();
    for bar in &missed {
        println!("MISSED: {bar}");
    }
    std::process::exit(i32::from(!missed.is_empty()));
}

type Round = Vec<((&'static str, Size), Sample)>;

/// Everybody anew, then in turn.
async fn one_round(folder: &Path, memory: &mut BTreeMap<&'static str, u64>) -> Round {
    std::fs::create_dir_all(folder).unwrap();
    let server = tb_server::binary().map(|binary| subject::tigerbeetle_server(&binary));
    let database = subject::postgresql_server();
    let mut subjects = vec![Subject::disk(folder), Subject::embedded(&folder.join("ours")).await];
    match &server {
        Some(server) => subjects.push(Subject::tigerbeetle(&server.address).await),
        None => println!(
            "NO TIGERBEETLE: nothing is compared with it. Name a server binary in \
             KANUKI_TIGERBEETLE, or put `tigerbeetle` on the path."
        ),
    }
    let url = database.url();
    subjects.push(Subject::postgres(&url).await);
    subjects.push(Subject::plpgsql(&url).await);
    subjects.push(Subject::singles(&url).await);
    let mut measured = Vec::new();
    let mut next = 1;
    for size in SIZES {
        for subject in subjects.iter_mut().filter(|subject| subject.is_asked(size)) {
            let sample = subject.run(size, TIME, &mut next).await;
            measured.push(((subject.name(), size), sample));
        }
    }
    memory.insert("this process, with the embedded engine", stored::resident("self"));
    if let Some(server) = &server {
        let id = server.process.id().to_string();
        memory.insert("TigerBeetle's server, with a cache of 1 GiB", stored::resident(&id));
    }
    drop(subjects);
    std::fs::remove_dir_all(folder.join("ours")).unwrap();
    measured
}
