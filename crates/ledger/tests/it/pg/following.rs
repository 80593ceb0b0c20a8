//! Books that are moved while they are served: under load, interrupted at each step, tampered with.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use jiff::Timestamp;
use kanuki_ledger::{
    AccountFlags, AccountId, Claim, EmbeddedEngine, LedgerEngine, Owner, PendingState,
    PostgresEngine, Transfer, TransferId,
    embedded::{Following, LogPlace, Settings, chapters},
    engine::BATCH_MAX,
    postgres::{CompareError, Comparison, MoveError, Moved, Moving, PostgresConfig, PostgresError},
};

use super::{PATIENCE, server::Server};
use crate::{
    invariants::accounts,
    support::{account, after, pending, posted},
};

const OURS: Claim = Claim { owner: Owner(7), adopts: false };

/// A rolling cap of ¥1,000 for a day, and what counts its uses.
const CAP: u128 = 11;
const USES: u128 = 12;
const DAY: u32 = 86_400;

fn open(dir: &std::path::Path) -> EmbeddedEngine {
    EmbeddedEngine::open_with(dir, Settings { stretch: 300 }).unwrap().0
}

/// Begins books that have a cap, of which ¥300 are in use for a while yet.
async fn begin(engine: &EmbeddedEngine) {
    let cap = account(CAP, AccountFlags::NO_OVERDRAFT);
    let all = accounts().into_iter().chain([cap, account(USES, AccountFlags::NONE)]).collect();
    engine.create_accounts(all, after(0)).await.unwrap();
    let filled = vec![posted(1, 1, CAP, 1_000), pending(2, CAP, USES, 300).expires_after(DAY)];
    let made = engine.create_transfers(filled, after(0)).await.unwrap();
    assert!(made.iter().all(|result| result.is_done()), "{made:?}");
}

/// One caller of books that are moved: money, reservations, some of them settled, uses of the cap, chains
/// that break, and refusals. Answers what was asked for.
async fn asks(engine: Arc<EmbeddedEngine>, first: u128, pace: Arc<Pace>) -> Vec<TransferId> {
    let mut asked = Vec::new();
    for (turn, n) in (0_i64..).zip((first..).step_by(6)) {
        let at = after(turn.div_euclid(10) + 1);
        let mut batch = vec![
            posted(n, 1, 2, 3),
            pending(n + 1, 1, 2, 2).expires_after(5),
            // Nobody has so much.
            posted(n + 2, 3, 1, 1_000),
            pending(n + 3, CAP, USES, 1).expires_after(DAY).linked(),
            posted(n + 4, 1, if turn % 2 == 0 { 2 } else { 99 }, 1),
        ];
        if n.is_multiple_of(4) {
            batch.push(Transfer::post(TransferId(n + 5), TransferId(n + 1)));
        }
        let results = engine.create_transfers(batch.clone(), at).await.unwrap();
        assert!(results[0].is_done() && results[1].is_done(), "{results:?}");
        asked.extend(batch.iter().map(|transfer| transfer.id));
        if !pace.go_on().await {
            break;
        }
    }
    asked
}

/// How many answers there were, and how many there may be: a mover that dies again and again, on a
/// machine that does other things too, is not to be outrun.
#[derive(Debug, Default)]
struct Pace {
    stop: AtomicBool,
    answers: AtomicU64,
    most: AtomicU64,
}

impl Pace {
    /// One more was answered; false when nobody asks any more.
    async fn go_on(&self) -> bool {
        self.answers.fetch_add(1, Ordering::SeqCst);
        while self.answers.load(Ordering::SeqCst) >= self.most.load(Ordering::SeqCst) {
            if self.stop.load(Ordering::SeqCst) {
                return false;
            }
            tokio::task::yield_now().await;
        }
        !self.stop.load(Ordering::SeqCst)
    }
}

/// Books under load.
struct Books {
    dir: tempfile::TempDir,
    engine: Arc<EmbeddedEngine>,
    pace: Arc<Pace>,
    callers: Vec<tokio::task::JoinHandle<Vec<TransferId>>>,
}

impl Books {
    async fn start(most: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let engine = Arc::new(open(dir.path()));
        begin(&engine).await;
        let pace = Arc::new(Pace { most: AtomicU64::new(most), ..Pace::default() });
        let callers = (1..=6_u128)
            .map(|n| tokio::spawn(asks(Arc::clone(&engine), n << 64, Arc::clone(&pace))));
        let callers = callers.collect();
        Self { dir, engine, pace, callers }
    }

    async fn more_answers(&self, more: u64) {
        let than = self.pace.answers.load(Ordering::SeqCst) + more;
        self.pace.most.fetch_max(than, Ordering::SeqCst);
        while self.pace.answers.load(Ordering::SeqCst) < than {
            tokio::task::yield_now().await;
        }
    }

    /// What was asked for, once nobody asks any more.
    async fn stand_still(self) -> (tempfile::TempDir, Vec<TransferId>) {
        self.pace.stop.store(true, Ordering::SeqCst);
        let mut asked = vec![TransferId(1), TransferId(2)];
        for caller in self.callers {
            asked.extend(caller.await.unwrap());
        }
        drop(Arc::into_inner(self.engine).unwrap());
        (self.dir, asked)
    }
}

/// A move, step by step.
struct Carrier<'a> {
    log: Following,
    moving: Moving<'a>,
    comparison: Comparison,
    compared: LogPlace,
}

impl<'a> Carrier<'a> {
    async fn begin(
        config: &'a PostgresConfig,
        dir: &std::path::Path,
    ) -> Result<Self, MoveError<std::convert::Infallible>> {
        let log = Following::open(dir).unwrap();
        let moving = PostgresEngine::begin_move(config).await?;
        let comparison = Comparison::begin(config).await.unwrap();
        Ok(Self { log, moving, comparison, compared: LogPlace::START })
    }

    async fn add(&mut self) -> usize {
        let mut added = 0;
        loop {
            let some = self.log.batches(BATCH_MAX).unwrap();
            added += some.len();
            self.moving.add(&some).await.unwrap();
            if self.log.is_at_end() {
                return added;
            }
        }
    }

    async fn compare(&mut self) -> Result<(), CompareError> {
        let comparing = Box::pin(self.comparison.go_on(self.log.again(self.compared)));
        self.moving.during(comparing).await??;
        self.compared = self.log.place();
        Ok(())
    }
}

fn ids(asked: &[TransferId]) -> impl Iterator<Item = &[TransferId]> {
    asked.chunks(1_000)
}

/// All accounts and everything that was asked for are the same on both.
async fn require_the_same(
    new: &dyn LedgerEngine,
    old: &dyn LedgerEngine,
    asked: &[TransferId],
    now: Timestamp,
) {
    let accounts: Vec<_> = (1..=12).map(AccountId).collect();
    let there = new.lookup_accounts(&accounts, now).await.unwrap();
    assert_eq!(there, old.lookup_accounts(&accounts, now).await.unwrap());
    for some in ids(asked) {
        let there = new.lookup_transfers(some, now).await.unwrap();
        assert_eq!(there, old.lookup_transfers(some, now).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn books_are_moved_while_many_callers_go_on_with_them() {
    let books = Books::start(u64::MAX).await;
    let server = Server::shared();
    let config = server.config(&Server::schema(), "one").claimed_by(OURS);
    let mut carrier = Carrier::begin(&config, books.dir.path()).await.unwrap();
    // While the callers go on: several rounds, each with something new, and a count in between.
    for round in 1..=5 {
        books.more_answers(100).await;
        assert!(carrier.add().await > 0);
        if round == 3 {
            carrier.moving.count().await.unwrap();
        }
        carrier.compare().await.unwrap();
        carrier.comparison.require_all().await.unwrap();
        carrier.moving.rest().await.unwrap();
    }
    let opened = PostgresEngine::open(config.clone(), PATIENCE).await;
    assert!(matches!(opened, Err(PostgresError::OnTheirWay)), "{opened:?}");

    // They stand still, and the last of it follows.
    let (dir, asked) = books.stand_still().await;
    let old = open(dir.path());
    while carrier.add().await > 0 {}
    carrier.compare().await.unwrap();
    carrier.comparison.require_all().await.unwrap();
    let moved = carrier.moving.arrive().await.unwrap();

    let kept = Moved::of(chapters(dir.path()).unwrap()).unwrap();
    assert_eq!(moved, kept);
    assert!(PostgresEngine::count(&config).await.unwrap().ok);
    let now = kept.until.unwrap();
    let new = PostgresEngine::open(config, PATIENCE).await.unwrap();
    require_the_same(&new, &old, &asked, now).await;

    // What is left of the cap's window is the same: nothing of it comes back a second too early.
    let cap = async |of: &dyn LedgerEngine, at| {
        of.find_account(AccountId(CAP), at).await.unwrap().unwrap().available().amount()
    };
    let (before, deadline) = (after(i64::from(DAY) - 1), after(i64::from(DAY)));
    let first = new.find_transfer(TransferId(2), now).await.unwrap().unwrap().pending;
    assert_eq!(first, Some(PendingState::Pending { expires_at: Some(deadline) }));
    for at in [before, deadline] {
        assert_eq!(cap(&new, at).await, cap(&old, at).await);
    }
    require_the_same(&new, &old, &asked, after(2 * i64::from(DAY))).await;
    assert_eq!(cap(&new, after(2 * i64::from(DAY))).await, 1_000, "all of it came back");
}

/// The mover dies after each of its steps, or the database does. The old books are served all the time,
/// and the next move comes to its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn move_that_died_at_any_step_leaves_the_old_books_served_and_is_made_again() {
    let books = Books::start(0).await;
    let server = Server::start();
    let config = server.config(&Server::schema(), "one").claimed_by(OURS);
    for (step, crashes) in (0..4).flat_map(|step| [(step, false), (step, true)]) {
        let mut carrier = Carrier::begin(&config, books.dir.path()).await.unwrap();
        books.more_answers(20).await;
        if step > 0 {
            assert!(carrier.add().await > 0);
        }
        if step > 1 {
            carrier.moving.count().await.unwrap();
        }
        if step > 2 {
            carrier.compare().await.unwrap();
        }
        if crashes {
            server.crash();
            books.more_answers(20).await;
            let some = carrier.log.batches(BATCH_MAX).unwrap();
            assert!(matches!(carrier.moving.add(&some).await, Err(MoveError::Target(_))));
            server.resume();
        }
        drop(carrier);
        books.more_answers(20).await;
        let opened = PostgresEngine::open(config.clone(), PATIENCE).await;
        assert!(matches!(opened, Err(PostgresError::OnTheirWay)), "{step}: {opened:?}");
    }

    // It dies when the books have arrived, and before anybody knows: the old ones go on.
    let mut carrier = Carrier::begin(&config, books.dir.path()).await.unwrap();
    assert!(carrier.add().await > 0);
    carrier.moving.arrive().await.unwrap();
    books.more_answers(20).await;
    let again = Carrier::begin(&config, books.dir.path()).await;
    assert!(matches!(again, Err(MoveError::NotEmpty)), "nothing is thrown away unasked");
    let others = Moved::default();
    assert!(!PostgresEngine::has_taken_over(&config, &others).await.unwrap());
    let theirs = std::iter::empty::<Result<_, std::convert::Infallible>>();
    assert!(!PostgresEngine::disown(&config, theirs).await.unwrap(), "other books");
    let read = || chapters(books.dir.path()).unwrap();
    assert!(PostgresEngine::disown(&config, read()).await.unwrap());
    let opened = PostgresEngine::open(config.clone(), PATIENCE).await;
    assert!(matches!(opened, Err(PostgresError::OnTheirWay)), "{opened:?}");

    let (dir, asked) = books.stand_still().await;
    let old = open(dir.path());
    let mut carrier = Carrier::begin(&config, dir.path()).await.unwrap();
    while carrier.add().await > 0 {}
    carrier.compare().await.unwrap();
    carrier.comparison.require_all().await.unwrap();
    let moved = carrier.moving.arrive().await.unwrap();
    let new = PostgresEngine::open(config.clone(), PATIENCE).await.unwrap();
    require_the_same(&new, &old, &asked, moved.until.unwrap()).await;
    drop(new);
    let read = chapters(dir.path()).unwrap();
    assert!(!PostgresEngine::disown(&config, read).await.unwrap(), "they were served since");
}

/// What somebody else changed in the database is found when it is read back, whether or not it was counted
/// before; what is wrong with an account when it is counted, and when accounts are compared.
#[tokio::test]
async fn moved_books_that_are_not_the_old_ones_are_not_taken_for_them() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path());
    begin(&engine).await;
    let batch = vec![
        posted(10, 1, 2, 70),
        pending(11, 1, 2, 8),
        pending(12, 1, 2, 4).expires_after(20),
        Transfer::post_part(TransferId(13), TransferId(11), kanuki_ledger::Yen::of(5)),
        posted(14, 3, 2, 1),
    ];
    engine.create_transfers(batch, after(1)).await.unwrap();
    engine.create_transfers(vec![posted(15, 1, 2, 1)], after(30)).await.unwrap();
    let planted = [
        (
            "an amount",
            "update transfer set amount = amount + 1 where at = (select max(at) from transfer)",
        ),
        ("a reference", "update transfer set user_data = gen_random_uuid() where flags = 0"),
        ("a code", "update transfer set code = 2 where flags = 2"),
        ("a transfer", "delete from transfer where at = (select max(at) from transfer)"),
        ("an id", "delete from transfer_id where at = (select max(at) from transfer)"),
        ("an id's transfer", "update transfer_id set at = at + 1 where at is not null"),
        ("a window", "update pending set expires_at = expires_at - 1000000000 where state = 0"),
        ("a window that is over", "update pending set expires_at = expires_at + 1 where state = 3"),
        ("a reservation", "update pending set state = 3 where state = 0"),
        ("a settlement", "update pending set amount = amount + 1 where state = 1"),
        ("a refused id", "delete from transfer_id where at is null"),
        ("another refused id", "insert into transfer_id values (gen_random_uuid(), null)"),
        ("a balance", "update account set credits_posted = credits_posted + 1"),
        ("nothing", "select 1"),
    ];
    let server = Server::shared();
    for (what, change) in planted {
        let schema = Server::schema();
        let config = server.config(&schema, "one").claimed_by(OURS);
        let mut carrier = Carrier::begin(&config, dir.path()).await.unwrap();
        while carrier.add().await > 0 {}
        // Rows of accounts are brought up to date, so that they are what counts.
        carrier.moving.rest().await.unwrap();
        server.sql(&format!("set search_path to {schema}; {change}"));

        let compared = carrier.compare().await;
        let all = carrier.comparison.require_all().await;
        let counted = carrier.moving.count().await;

        let is_unlike = |outcome| matches!(outcome, Err(CompareError::Unlike(_)));
        let is_read = [compared, all].into_iter().any(is_unlike);
        let is_counted = matches!(counted, Err(MoveError::Wrong(_)));
        match what {
            "nothing" => assert!(!is_read && counted.is_ok(), "{counted:?}"),
            "a balance" => assert!(is_counted),
            _ => assert!(is_read, "{what}"),
        }
    }
}
