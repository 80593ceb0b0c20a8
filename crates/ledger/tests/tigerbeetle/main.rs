//! The engine on a real TigerBeetle, and TigerBeetle as a judge of ours.
//!
//! Needs a server: the binary that `KANUKI_TIGERBEETLE` names, or `tigerbeetle` on the path. Without
//! one nothing is shown, and the closing line says so.
//!
//! `KANUKI_RECORD=FILE` writes what the server answers into that file in place of testing: the golden
//! data of `tests/it/golden.rs`. `KANUKI_SEED` and `KANUKI_PROGRAMS` choose random programs.
//!
//! A harness of its own, because libtest cannot say "skipped" while it runs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test without libtest is not cfg(test), and fails by panicking all the same"
)]

mod clock;
mod compare;
mod failure;
mod moving;
#[path = "../it/program.rs"]
mod program;
mod served;
mod server;
#[path = "../it/support.rs"]
mod support;
#[path = "../it/transcript.rs"]
mod transcript;
#[path = "../it/written.rs"]
mod written;

use std::{path::Path, time::Duration};

use kanuki_ledger::{TigerBeetleEngine, conformance};
use server::Server;

/// How many there are below.
const TESTS: usize = 12;

fn say(line: &str) {
    println!("{line}");
}

fn connect(server: &Server) -> TigerBeetleEngine {
    TigerBeetleEngine::connect(0, &server.address, Duration::from_mins(1)).unwrap()
}

fn main() {
    let Some(binary) = server::binary() else {
        let line = "NO TIGERBEETLE: its engine was not tested. Name a server binary in \
                    KANUKI_TIGERBEETLE, or put `tigerbeetle` on the path.";
        eprintln!("{line}");
        say(&format!("tigerbeetle: 0 passed, 0 failed, {TESTS} skipped"));
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if let Some(file) = std::env::var_os("KANUKI_RECORD") {
        runtime.block_on(compare::record(&binary, Path::new(&file)));
        return;
    }
    runtime.block_on(async {
        let server = Server::start(&binary);
        let engine = connect(&server);
        conformance::check_timeless(&engine, support::start()).await.unwrap();
        say("test engine_keeps_all_promises_but_those_of_a_clock_it_is_given ... ok");
        compare::written_programs_are_answered_the_same(&engine, &binary).await;
        say("test written_programs_are_answered_the_same ... ok");
        compare::random_programs_are_answered_the_same(&engine).await;
        say("test random_programs_are_answered_the_same ... ok");
        clock::what_times_out_comes_back(&engine).await;
        say("test what_times_out_comes_back ... ok");
        failure::nobody_waits_for_ever_for_a_cluster_that_is_gone().await;
        say("test nobody_waits_for_ever_for_a_cluster_that_is_gone ... ok");
        failure::evicted_client_is_replaced_and_its_request_sent_again(&engine, &server).await;
        say("test evicted_client_is_replaced_and_its_request_sent_again ... ok");
        failure::concurrent_debits_never_pass_a_rolling_cap(&server).await;
        say("test concurrent_debits_never_pass_a_rolling_cap ... ok");
        moving::moved_books_answer_as_the_old_ones(&engine, &binary).await;
        say("test moved_books_answer_as_the_old_ones ... ok");
        moving::killed_move_is_finished_by_the_next(&engine, &binary).await;
        say("test killed_move_is_finished_by_the_next ... ok");
        served::books_are_moved_while_they_are_served(&engine, &binary).await;
        say("test books_are_moved_while_they_are_served ... ok");
        served::killed_move_of_served_books_goes_on(&engine, &binary).await;
        say("test killed_move_of_served_books_goes_on ... ok");
        moving::cluster_is_opened_by_its_company_alone(&engine, &binary).await;
        say("test cluster_is_opened_by_its_company_alone ... ok");
    });
    say(&format!("tigerbeetle: {TESTS} passed, 0 failed, 0 skipped"));
}
