//! A move that is interrupted, and what may not be served meanwhile.

use std::convert::Infallible;

use kanuki_ledger::{
    Chapter, PostgresEngine, TransferId,
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
    let made = state.accounts().copied().collect();
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
