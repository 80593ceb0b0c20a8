//! A move that is interrupted, and what may not be served meanwhile.

use std::convert::Infallible;

use kanuki_ledger::{
    Chapter, Claim, LedgerEngine as _, NotOurs, Owner, PostgresEngine, TransferId,
    engine::BATCH_MAX,
    postgres::{MoveError, Moved, PostgresError},
    state::State,
};

use super::{PATIENCE, server::Server};
use crate::{
    invariants::accounts,
    support::{after, pending, posted},
};

fn refused(secs: i64, n: usize) -> TransferId {
    TransferId::derive(&["refused", &secs.to_string(), &n.to_string()])
}

fn told() -> Vec<Chapter> {
    let mut state = State::new();
    state.apply_accounts(&accounts(), after(0));
    let made = state.accounts().collect();
    let mut chapters =
        vec![Chapter { now: after(0), accounts: made, transfers: vec![], refused: vec![] }];
    for (secs, request) in [(1, posted(1, 1, 2, 500)), (2, pending(2, 1, 2, 70).expires_after(60))]
    {
        let results = state.apply_transfers(&[request], after(secs));
        assert!(results.iter().all(|result| result.is_done()), "{results:?}");
        let transfers = state.transfer(request.id).map(|kept| kept.transfer);
        chapters.push(Chapter {
            now: after(secs),
            accounts: vec![],
            transfers: transfers.into_iter().collect(),
            // So many that they are written before the next batch is read.
            refused: (0..BATCH_MAX).map(|n| refused(secs, n)).collect(),
        });
    }
    chapters
}

#[derive(Debug, thiserror::Error)]
#[error("the plug was pulled")]
struct Pulled;

#[tokio::test]
async fn interrupted_move_is_served_by_nobody_and_can_be_made_again() {
    let server = Server::shared();
    let config = server.config(&Server::schema(), "one");
    let chapters = told();

    let some = chapters.iter().take(2).cloned().map(Ok).chain([Err(Pulled)]);
    let broken = PostgresEngine::take_over(&config, some).await;

    assert!(matches!(broken, Err(MoveError::Source(Pulled))), "{broken:?}");
    let opened = PostgresEngine::open(config.clone(), PATIENCE).await;
    assert!(matches!(opened, Err(PostgresError::OnTheirWay)), "{opened:?}");
    let sum = Moved::of(chapters.iter().cloned().map(Ok::<_, Infallible>)).unwrap();
    assert!(!PostgresEngine::has_taken_over(&config, &sum).await.unwrap());

    let all = chapters.iter().cloned().map(Ok::<_, Infallible>);
    let moved = PostgresEngine::take_over(&config, all).await.unwrap();

    assert_eq!((moved, moved.transfers), (sum, 2));
    assert!(PostgresEngine::has_taken_over(&config, &sum).await.unwrap());
    let kept = chapters.iter().flat_map(|chapter| &chapter.accounts).count();
    assert_eq!(PostgresEngine::accounts(&config).await.unwrap().len(), kept);
    drop(PostgresEngine::open(config.clone(), PATIENCE).await.unwrap());
    assert!(
        !PostgresEngine::has_taken_over(&config, &sum).await.unwrap(),
        "books that were served since may know more"
    );
}

/// Somebody names the schema of an application; the half of a move would be thrown away with all of it.
#[tokio::test]
async fn schema_in_which_anything_else_is_takes_no_books_and_loses_nothing() {
    let server = Server::shared();
    for made in [
        "create table {s}.customer (id int)",
        "create function {s}.f() returns int language sql as 'select 1'",
        "create table {s}.transfer_2026_04 (id int)",
        "create function {s}.write_group() returns int language sql as 'select 1'",
    ] {
        let schema = Server::schema();
        let config = server.config(&schema, "one");
        server.sql(&format!("create schema {schema}; {}", made.replace("{s}", &schema)));
        let move_in = async || {
            let all = told().into_iter().map(Ok::<_, Infallible>);
            PostgresEngine::take_over(&config, all).await
        };

        let taken = move_in().await;

        let is_foreign = matches!(taken, Err(MoveError::Target(PostgresError::Foreign(_))));
        assert!(is_foreign, "{taken:?}");
        server.sql(&format!("comment on schema {schema} is 'kanuki: books are on their way here'"));
        assert!(move_in().await.is_err(), "nor what comes into the half of a move");
        let name = made.split(['.', ' ']).nth(3).unwrap();
        server.sql(&if made.contains("table") {
            format!("select id from {schema}.{name}")
        } else {
            format!("select {schema}.{name}")
        });
    }
}

/// The half of a move is thrown away, but nothing of anybody who had begun to read it.
#[tokio::test]
async fn view_of_another_schema_on_the_half_of_a_move_stays() {
    let server = Server::shared();
    let (schema, other) = (Server::schema(), Server::schema());
    let config = server.config(&schema, "one");
    let half = told().into_iter().take(2).map(Ok).chain([Err(Pulled)]);
    assert!(PostgresEngine::take_over(&config, half).await.is_err());
    server.sql(&format!(
        "create schema {other}; create view {other}.mine as select amount from {schema}.transfer"
    ));
    let again = async || {
        let all = told().into_iter().map(Ok::<_, Infallible>);
        PostgresEngine::take_over(&config, all).await
    };

    assert!(again().await.is_err());

    server.sql(&format!("select amount from {other}.mine; drop view {other}.mine"));
    assert!(again().await.is_ok());
}

/// At each batch that is read the database crashes, and the mover goes on until it notices; or the
/// mover dies and the database goes on.
#[tokio::test]
async fn move_is_finished_whenever_the_database_or_the_mover_died() {
    let server = Server::start();
    let config = server.config(&Server::schema(), "one");
    let chapters = told();
    for (batch, crashes) in (0..chapters.len()).flat_map(|n| [(n, true), (n, false)]) {
        let pull = |(n, chapter): (usize, Chapter)| {
            if n != batch {
                return Ok(chapter);
            }
            if crashes {
                server.crash();
                return Ok(chapter);
            }
            Err(Pulled)
        };
        let broken =
            PostgresEngine::take_over(&config, chapters.iter().cloned().enumerate().map(pull));
        let broken = broken.await;
        assert!(matches!(broken, Err(MoveError::Source(_) | MoveError::Target(_))), "{broken:?}");
        if crashes {
            server.resume();
        }
        let opened = PostgresEngine::open(config.clone(), PATIENCE).await;
        assert!(matches!(opened, Err(PostgresError::OnTheirWay)), "{batch}: {opened:?}");
    }

    let all = chapters.iter().cloned().map(Ok::<_, Infallible>);
    let moved = PostgresEngine::take_over(&config, all).await.unwrap();

    assert!(PostgresEngine::has_taken_over(&config, &moved).await.unwrap());
    assert!(PostgresEngine::count(&config).await.unwrap().ok);
}

#[tokio::test]
async fn books_are_opened_by_their_company_alone() {
    let server = Server::shared();
    let plain = server.config(&Server::schema(), "one");
    let claim = |owner, adopts| Claim { owner: Owner(owner), adopts };
    let claimed = |owner, adopts| plain.clone().claimed_by(claim(owner, adopts));
    let open = async |config| PostgresEngine::open(config, PATIENCE).await;
    let nameless = open(plain.clone()).await.unwrap();
    nameless.create_accounts(accounts(), after(0)).await.unwrap();
    drop(nameless);

    let stranger = open(claimed(1, false)).await;
    assert!(matches!(stranger, Err(PostgresError::NotOurs(NotOurs::Nameless))), "{stranger:?}");
    drop(open(claimed(2, true)).await.unwrap());
    for adopts in [false, true] {
        let other = open(claimed(1, adopts)).await;
        let why = NotOurs::Others { found: Owner(2), ours: Owner(1) };
        assert!(matches!(other, Err(PostgresError::NotOurs(found)) if found == why), "{other:?}");
    }
    drop(open(claimed(2, false)).await.unwrap());

    // Books on their way are not thrown away by somebody else's move.
    let theirs = server.config(&Server::schema(), "one");
    let some = told().into_iter().take(2).map(Ok).chain([Err(Pulled)]);
    let broken = PostgresEngine::take_over(&theirs.clone().claimed_by(claim(3, false)), some).await;
    assert!(matches!(broken, Err(MoveError::Source(Pulled))), "{broken:?}");
    let all = told().into_iter().map(Ok::<_, Infallible>);
    let taken = PostgresEngine::take_over(&theirs.claimed_by(claim(4, false)), all).await;
    let is_refused = matches!(taken, Err(MoveError::Target(PostgresError::NotOurs(_))));
    assert!(is_refused, "{taken:?}");
}
