//! Books that are moved to a cluster while they are served.

use std::{cell::Cell, convert::Infallible, path::Path, time::Duration};

use jiff::SignedDuration;
use kanuki_ledger::{
    AccountFlags, AccountId, Chapter, LedgerEngine, Moved, TigerBeetleEngine, Transfer, TransferId,
    Yen,
    embedded::{Following, LogPlace, OpenError},
    engine::BATCH_MAX,
    tigerbeetle::{ClaimError, TakeOverError},
};

use crate::{
    moving::{Keeps, OURS, Old, Pulled, Replica, few, instant, require_alike},
    program::Step,
    server::Server,
    support::{account, pending, posted},
};

/// A company goes on while its books are moved: more accounts, money, uses of the cap; of what was open
/// some is posted, some times out, and what was closed is opened.
async fn go_on(old: &mut Old, secs: u32) {
    let id = |n: u128| (9 << 64) + n;
    let [source, used, gate, customer, cap, friend] = [1, 2, 3, 4, 5, 6].map(id);
    old.ask(Step::Wait(secs)).await;
    let flags = AccountFlags::NO_OVERDRAFT.with_history();
    old.ask(Step::Accounts(vec![account(friend, flags)])).await;
    old.ask(Step::Transfers(vec![
        Transfer::post(TransferId(id(40)), TransferId(id(12))),
        posted(id(41), source, friend, 25),
        posted(id(42), friend, customer, 26),
        Transfer::void(TransferId(id(43)), TransferId(id(20))),
        Transfer::void(TransferId(id(44)), TransferId(id(21))),
        posted(id(45), source, gate, 0),
    ]))
    .await;
    old.ask(Step::Transfers(vec![
        pending(id(46), cap, used, 5).expires_after(86_400).linked(),
        pending(id(47), source, friend, 9),
        pending(id(48), source, friend, 2).expires_after(1),
    ]))
    .await;
    old.ask(Step::Wait(30)).await;
    old.ask(Step::Transfers(vec![posted(id(49), source, customer, 3)])).await;
}

/// What is open when the move begins, beside what `few` has: reservations of which one times out later.
async fn open_more(old: &mut Old) {
    let id = |n: u128| (9 << 64) + n;
    old.ask(Step::Transfers(vec![
        pending(id(23), id(1), id(4), 6).expires_after(50),
        pending(id(24), id(1), id(4), 7).expires_after(86_400),
    ]))
    .await;
}

/// Books under way are served: what there is when the move begins goes first, the rest when they stand
/// still.
pub(crate) async fn books_are_moved_while_they_are_served(
    clock: &TigerBeetleEngine,
    binary: &Path,
) {
    let now = instant(clock, (8 << 64) + 4).await;
    let (mut old, _) = few(now).await;
    open_more(&mut old).await;
    let server = Server::start_as(binary, &[], &["--cache-grid=128MiB"]);
    let new = crate::connect(&server);
    let mut log = Following::open(old.folder.path()).unwrap();
    while !log.batches(2).unwrap().is_empty() {}

    let begun = || Ok::<_, OpenError>(log.again(LogPlace::START));
    let moving = new.begin_move(OURS, BATCH_MAX, begun).await.unwrap();
    assert_eq!(new.claim(OURS).await, Err(ClaimError::OnTheirWay), "nobody serves them there");
    go_on(&mut old, 40).await;
    while !log.batches(2).unwrap().is_empty() {}
    let rest = |batches| Ok::<_, OpenError>(log.after(batches));
    let moved = new.finish_move(moving, rest).await.unwrap();

    assert_eq!(moved, Moved::of(old.chapters().unwrap()).unwrap());
    assert_eq!(new.claim(OURS).await, Ok(()));
    require_alike(&old, &new, now, Keeps::Money).await;
    let (friend, until) = (AccountId((9 << 64) + 6), old.now - SignedDuration::from_secs(5));
    let [was, is]: [&dyn LedgerEngine; 2] = [&old.engine, &new];
    let was = was.balance_at(friend, until, now).await.unwrap().unwrap();
    let is = is.balance_at(friend, until, now).await.unwrap().unwrap();
    assert_eq!(was.credits_posted, Yen::of(25));
    assert_eq!((is.debits_posted, is.credits_posted), (was.debits_posted, was.credits_posted));
}

/// A move of books that are served is killed at each batch that is read, in each pass; the next one goes
/// on. Once its second piece was begun, it takes no other.
pub(crate) async fn killed_move_of_served_books_goes_on(clock: &TigerBeetleEngine, binary: &Path) {
    let now = instant(clock, (8 << 64) + 5).await;
    let (mut old, _) = few(now).await;
    open_more(&mut old).await;
    let begun = old.chapters().unwrap().count();
    go_on(&mut old, 40).await;
    let chapters: Vec<Chapter> = old.chapters().unwrap().map(Result::unwrap).collect();
    let mut cluster = Replica::start(binary);
    let (mut attempts, mut is_closed) = (0, false);
    loop {
        let patient = cluster.connect(Duration::from_mins(1));
        patient.owner().await.unwrap();
        attempts += 1;
        let mover = cluster.connect(Duration::from_millis(1_500));
        let (read, victim) = (Cell::new(0), std::cell::RefCell::new(&mut cluster));
        let source = |since: usize, until: usize| {
            let pull = |chapter: &Chapter| {
                read.set(read.get() + 1);
                let is_time = read.get() == 2 * attempts;
                if is_time {
                    victim.borrow_mut().kill();
                }
                let dies = is_time && attempts % 2 == 0;
                if dies { Err(Pulled) } else { Ok(chapter.clone()) }
            };
            Ok(chapters[since..until].iter().map(pull))
        };
        // The next one may see more, and begins at the same place all the same.
        let seen = if 2 * attempts > begun + 1 { begun + 1 } else { begun };
        let tried = match mover.begin_move(OURS, 2, || source(0, seen)).await {
            Ok(moving) => {
                is_closed = true;
                mover.finish_move(moving, |from| source(from, chapters.len())).await
            }
            Err(error) => Err(error),
        };
        if tried.is_ok() {
            break;
        }
        assert!(
            matches!(tried, Err(TakeOverError::Source(_) | TakeOverError::Silent(_))),
            "{tried:?}"
        );
        cluster.resume();
    }
    // A move reads each of its pieces three times: it died at every second reading.
    let readings = 3 * chapters.len();
    assert!(is_closed && 2 * attempts > readings, "{readings} readings, {attempts} attempts");
    let new = cluster.connect(Duration::from_mins(1));
    assert_eq!(new.claim(OURS).await, Ok(()));
    require_alike(&old, &new, now, Keeps::Money).await;
    let fewer = |from: usize| {
        Ok::<_, Infallible>(chapters[from..chapters.len() - 1].iter().cloned().map(Ok))
    };
    let moving = new.begin_move(OURS, BATCH_MAX, || fewer(0)).await.unwrap();
    let taken = new.finish_move(moving, fewer).await;
    assert!(matches!(taken, Err(TakeOverError::NotEmpty)), "other books: {taken:?}");
}
