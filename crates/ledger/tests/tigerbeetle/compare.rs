//! TigerBeetle as the judge of our state machine: the same programs on both, and what it said kept
//! as golden data.

use std::{fmt::Write as _, path::Path, time::Duration};

use kanuki_ledger::{MemoryEngine, TigerBeetleEngine};

use crate::{
    program::{self, Program},
    server::Server,
    support::start,
    transcript, written,
};

/// Seeds of the random programs that are recorded; `tests/it/golden.rs` replays them.
const RECORDED: u64 = 50;

async fn on_tigerbeetle(engine: &TigerBeetleEngine, program: &Program, base: u128) -> String {
    let wait = async |secs: u32| tokio::time::sleep(Duration::from_secs(secs.into())).await;
    transcript::run(engine, program, (base, start()), wait).await
}

async fn on_ours(program: &Program) -> String {
    transcript::run(&MemoryEngine::new(), program, (0, start()), async |_| {}).await
}

/// Where the programs of `seed` have their ids: apart from all others.
fn base(seed: u64) -> u128 {
    (1 << 64) + (u128::from(seed) << 20)
}

/// As many random programs as `KANUKI_PROGRAMS` says, beginning with the seed in `KANUKI_SEED`.
pub(crate) async fn random_programs_are_answered_the_same(engine: &TigerBeetleEngine) {
    let number = |name: &str, else_: u64| {
        std::env::var_os(name).map_or(else_, |text| text.to_str().unwrap().parse().unwrap())
    };
    let first = number("KANUKI_SEED", 1_000);
    for seed in first..first + number("KANUKI_PROGRAMS", 200) {
        let program = program::random(seed);
        let theirs = on_tigerbeetle(engine, &program, base(seed)).await;
        let ours = on_ours(&program).await;
        assert_eq!(
            ours, theirs,
            "again: KANUKI_SEED={seed} KANUKI_PROGRAMS=1 cargo test -p kanuki-ledger --test tigerbeetle"
        );
    }
}

pub(crate) async fn written_programs_are_answered_the_same(
    engine: &TigerBeetleEngine,
    binary: &Path,
) {
    for (index, program) in written::programs().iter().enumerate() {
        let base = (2_u128 << 64) + (u128::try_from(index).unwrap() << 20);
        assert_eq!(on_ours(program).await, on_tigerbeetle(engine, program, base).await);
    }
    for program in written::imports() {
        let server = Server::start(binary);
        let theirs = on_tigerbeetle(&crate::connect(&server), &program, 0).await;
        assert_eq!(on_ours(&program).await, theirs);
    }
}

/// Writes what the server says into `file`.
pub(crate) async fn record(binary: &Path, file: &Path) {
    let mut golden = String::new();
    for program in written::imports() {
        let server = Server::start(binary);
        golden.push_str(&on_tigerbeetle(&crate::connect(&server), &program, 0).await);
    }
    let server = Server::start(binary);
    let engine = crate::connect(&server);
    let random = (0..RECORDED).map(program::random);
    for (index, program) in written::programs().into_iter().chain(random).enumerate() {
        let base = u128::try_from(index).unwrap() << 20;
        write!(golden, "{}", on_tigerbeetle(&engine, &program, base).await).unwrap();
    }
    std::fs::write(file, golden).unwrap();
}
