//! What a real TigerBeetle answered, once: the engines answer the same.
//!
//! `tests/golden/tigerbeetle-0.17.txt` was recorded from a server of that version by
//! `tests/tigerbeetle` (see its head). A difference here is a difference from TigerBeetle.

use std::collections::BTreeMap;

use kanuki_ledger::{
    AccountId, EmbeddedEngine, LEDGER_YEN, LedgerEngine, MemoryEngine, ModelEngine, Stretch,
};

use crate::{
    pg,
    program::{self, Program},
    support::{after, start},
    transcript, written,
};

const GOLDEN: &str = include_str!("../golden/tigerbeetle-0.17.txt");

/// Seeds of the random programs that were recorded.
pub(crate) const RANDOM: std::ops::Range<u64> = 0..50;

fn recorded() -> BTreeMap<&'static str, &'static str> {
    let programs = GOLDEN.split_inclusive("\n\n");
    programs.map(|text| (text.lines().next().unwrap_or_default(), text)).collect()
}

/// Those that any ledger takes, one after the other.
fn timeless() -> Vec<Program> {
    let mut all = written::programs();
    all.extend(RANDOM.map(program::random));
    all
}

fn all() -> Vec<Program> {
    let mut all = timeless();
    all.extend(written::imports());
    all
}

async fn answers_as_recorded(make: impl Fn() -> Box<dyn LedgerEngine>) {
    let recorded = recorded();
    assert_eq!(recorded.len(), all().len());
    for program in all() {
        let engine = make();
        let text = transcript::run(&*engine, &program, (0, start()), async |_| {}).await;

        let expected = recorded.get(format!("program {}", program.name).as_str());
        assert_eq!(Some(&text.as_str()), expected, "{}", program.name);
    }
}

#[tokio::test]
async fn state_machine_answers_as_tigerbeetle_did() {
    answers_as_recorded(|| Box::new(MemoryEngine::new())).await;
}

#[tokio::test]
async fn naive_ledger_answers_as_tigerbeetle_did() {
    answers_as_recorded(|| Box::new(ModelEngine::new())).await;
}

/// All on one ledger, which takes them one after the other, each later than the one before.
#[tokio::test]
async fn postgres_engine_answers_as_tigerbeetle_did() {
    let recorded = recorded();
    let server = pg::server::Server::shared();
    let engine = pg::open(&server, &pg::server::Server::schema(), "one").await;
    for (day, program) in (0..).zip(timeless()) {
        let base = u128::try_from(day).unwrap() << 20;
        let begin = after(day * 10 * 86_400);
        let text = transcript::run(&engine, &program, (base, begin), async |_| {}).await;

        let expected = recorded.get(format!("program {}", program.name).as_str());
        assert_eq!(Some(&text.as_str()), expected, "{}", program.name);
    }
    for program in written::imports() {
        let engine = pg::open(&server, &pg::server::Server::schema(), "one").await;
        let text = transcript::run(&engine, &program, (0, start()), async |_| {}).await;

        let expected = recorded.get(format!("program {}", program.name).as_str());
        assert_eq!(Some(&text.as_str()), expected, "{}", program.name);
    }
}

/// As many as nobody recorded, judged by the naive ledger.
#[tokio::test]
async fn random_programs_are_answered_as_by_the_naive_ledger() {
    let mut posted = 0;
    for seed in 1_000..1_400 {
        let program = program::random(seed);
        let [ours, naive]: [Box<dyn LedgerEngine>; 2] =
            [Box::new(MemoryEngine::new()), Box::new(ModelEngine::new())];
        let told = transcript::run(&*ours, &program, (0, start()), async |_| {}).await;
        let expected = transcript::run(&*naive, &program, (0, start()), async |_| {}).await;

        assert_eq!(told, expected, "seed {seed}");
        // Accounts and transfers of one instant are nanoseconds apart.
        let since = start() + jiff::SignedDuration::from_nanos(12);
        let end = after(1_000_000);
        for of in [None, Some(AccountId(1)), Some(AccountId(2))] {
            let stretch = Stretch { since, until: end, ledger: LEDGER_YEN, of, most: 5 };
            let told = ours.journal(stretch, end).await.unwrap();
            assert_eq!(told, naive.journal(stretch, end).await.unwrap(), "seed {seed} {of:?}");
            posted += told.postings.len();
        }
    }
    assert!(posted > 300, "the programs post too little: {posted}");
}

#[tokio::test]
async fn embedded_engine_answers_as_tigerbeetle_did() {
    let dir = tempfile::tempdir().unwrap();
    let count = std::cell::Cell::new(0);
    answers_as_recorded(|| {
        count.set(count.get() + 1);
        let folder = dir.path().join(count.get().to_string());
        Box::new(EmbeddedEngine::open(&folder).unwrap().0)
    })
    .await;
}

/// Only what cannot happen here: sums of 128 bits, and a deadline after the year 2262.
#[test]
fn every_result_was_recorded() {
    let missing: Vec<&str> = kanuki_ledger::CreateTransferResult::ALL
        .iter()
        .map(|result| result.name())
        .chain(kanuki_ledger::CreateAccountResult::ALL.iter().map(|result| result.name()))
        .filter(|name| !GOLDEN.contains(&format!("= {name}\n")))
        .collect();

    let expected = [
        "overflows_debits_pending",
        "overflows_credits_pending",
        "overflows_debits_posted",
        "overflows_credits_posted",
        "overflows_debits",
        "overflows_credits",
        "overflows_timeout",
    ];
    assert_eq!(missing, expected);
}
