//! Books that were kept elsewhere and are moved to a cluster; whose cluster it is.

use std::{
    cell::Cell,
    convert::Infallible,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use kanuki_ledger::{
    AccountFlags, AccountId, Chapter, Claim, EmbeddedEngine, Journal, LEDGER_YEN, LedgerEngine,
    NotOurs, Owner, PendingState, Stretch, TigerBeetleEngine, Transfer, TransferId, TransferRecord,
    TrialBalance,
    embedded::{OpenError, chapters},
    engine::BATCH_MAX,
    tigerbeetle::{ClaimError, TakeOverError},
};

use crate::{
    program::{self, Dice, Step},
    server::Server,
    support::{account, pending, posted},
};

pub(crate) const OURS: Claim = Claim { owner: Owner(7), adopts: false };
const THEIRS: Claim = Claim { owner: Owner(8), adopts: false };

/// What a cluster believes the time to be.
pub(crate) async fn instant(of: &TigerBeetleEngine, id: u128) -> Timestamp {
    of.create_accounts(vec![account(id, AccountFlags::NONE)], Timestamp::UNIX_EPOCH).await.unwrap();
    of.find_account(AccountId(id), Timestamp::UNIX_EPOCH).await.unwrap().unwrap().timestamp
}

/// Old books, and what was asked of them.
pub(crate) struct Old {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) engine: EmbeddedEngine,
    asked: Vec<Step>,
    pub(crate) now: Timestamp,
}

impl Old {
    fn begin(now: Timestamp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (engine, _) = EmbeddedEngine::open(folder.path()).unwrap();
        Self { folder, engine, asked: Vec::new(), now }
    }

    pub(crate) async fn ask(&mut self, step: Step) {
        match &step {
            Step::Accounts(accounts) => {
                self.engine.create_accounts(accounts.clone(), self.now).await.unwrap();
            }
            Step::Transfers(transfers) => {
                self.engine.create_transfers(transfers.clone(), self.now).await.unwrap();
            }
            Step::Wait(secs) => self.now += SignedDuration::from_secs((*secs).into()),
        }
        self.asked.push(step);
    }

    /// A rolling cap that was replaced while it was in use, a gate that is closed, a reservation
    /// that waits for ever, one that was posted in part, and an id that is never made.
    async fn write(&mut self) {
        let id = |n: u128| (9 << 64) + n;
        let accounts = (1..=4).map(|n| account(id(n), AccountFlags::NONE));
        let cap = account(id(5), AccountFlags::NO_OVERDRAFT);
        self.ask(Step::Accounts(accounts.chain([cap]).collect())).await;
        let [source, used, gate, customer, cap] = [1, 2, 3, 4, 5].map(id);
        self.ask(Step::Transfers(vec![
            posted(id(10), source, cap, 50),
            pending(id(11), cap, used, 30).expires_after(86_400).linked(),
            pending(id(12), source, customer, 30),
            pending(id(13), cap, used, 20).expires_after(10),
            posted(id(14), cap, used, 1),
            pending(id(15), source, customer, 8).expires_after(600),
            Transfer::post_part(TransferId(id(16)), TransferId(id(15)), kanuki_domain::Yen::of(3)),
        ]))
        .await;
        self.ask(Step::Wait(30)).await;
        let close = |n, of| Transfer::closing(TransferId(id(n)), AccountId(of), AccountId(used), 1);
        self.ask(Step::Transfers(vec![close(20, cap), close(21, gate)])).await;
    }

    pub(crate) fn chapters(
        &self,
    ) -> Result<impl Iterator<Item = Result<Chapter, OpenError>>, OpenError> {
        chapters(self.folder.path())
    }
}

fn ids(steps: &[Step]) -> (Vec<AccountId>, Vec<TransferId>) {
    let (mut accounts, mut transfers) = (Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::Accounts(asked) => accounts.extend(asked.iter().map(|a| a.id)),
            Step::Transfers(asked) => transfers.extend(asked.iter().map(|t| t.id)),
            Step::Wait(_) => {}
        }
    }
    let is_usable = |id: &TransferId| id.0 != 0 && id.0 != u128::MAX;
    transfers.retain(is_usable);
    (accounts, transfers)
}

/// Both engines were asked within this time, each by its own clock.
const MEANWHILE: SignedDuration = SignedDuration::from_secs(120);

/// What has kept its instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// Everything but what is open: nothing was made since it was moved.
    Ended,
    /// Everything but reservations: it was moved while it was served.
    Money,
    /// Nothing: both were asked, each by its own clock.
    Nothing,
}

/// The same but for what each clock said.
fn is_alike(was: &TransferRecord, is: &TransferRecord, keeps: Keeps) -> bool {
    let near = |was: Timestamp, is: Timestamp| is >= was - MEANWHILE && is <= was + MEANWHILE;
    let pending = match (was.pending, is.pending) {
        (
            Some(PendingState::Pending { expires_at: Some(was) }),
            Some(PendingState::Pending { expires_at: Some(is) }),
        )
        | (Some(PendingState::Expired { at: was }), Some(PendingState::Expired { at: is })) => {
            near(was, is)
        }
        (was, is) => was == is,
    };
    let is_made_anew = match keeps {
        Keeps::Ended => matches!(is.pending, Some(PendingState::Pending { .. })),
        Keeps::Money => is.pending.is_some(),
        Keeps::Nothing => true,
    };
    let timestamp = if is_made_anew { was.transfer.timestamp } else { is.transfer.timestamp };
    pending && was.transfer == Transfer { timestamp, ..is.transfer }
}

pub(crate) async fn require_alike(
    old: &Old,
    new: &TigerBeetleEngine,
    now: Timestamp,
    keeps: Keeps,
) {
    let (accounts, transfers) = ids(&old.asked);
    for some in accounts.chunks(BATCH_MAX) {
        let was = old.engine.lookup_accounts(some, now).await.unwrap();
        assert_eq!(new.lookup_accounts(some, now).await.unwrap(), was);
    }
    for some in transfers.chunks(BATCH_MAX) {
        let was = old.engine.lookup_transfers(some, now).await.unwrap();
        let is = new.lookup_transfers(some, now).await.unwrap();
        for (was, is) in was.iter().zip(is) {
            let alike = match (was, &is) {
                (Some(was), Some(is)) => is_alike(was, is, keeps),
                (was, is) => was.is_none() && is.is_none(),
            };
            assert!(alike, "{was:?} became {is:?}");
        }
    }
}

/// Random books of three days, moved; then everything is asked again of both.
pub(crate) async fn moved_books_answer_as_the_old_ones(clock: &TigerBeetleEngine, binary: &Path) {
    let now = instant(clock, (8 << 64) + 1).await;
    let mut old = Old::begin(now - SignedDuration::from_hours(72));
    let mut dice = Dice::new(5);
    for seed in 0..60 {
        for step in program::random(seed).moved(u128::from(seed + 1) << 20).steps {
            old.ask(step).await;
        }
        old.ask(Step::Wait(u32::try_from(dice.roll(2 * 3_600)).unwrap())).await;
    }
    old.write().await;
    assert!(old.now < now, "the old books are of the past");
    // A development server takes 32 KiB at once: too little for whole batches.
    let server = Server::start_as(binary, &[], &["--cache-grid=128MiB"]);
    let new = crate::connect(&server);

    // Whoever reads moves the clock, and so writes a batch of none: later books are other books.
    let before: Vec<Chapter> = old.chapters().unwrap().map(|chapter| chapter.unwrap()).collect();
    let moved = new.take_over(OURS, 500, || old.chapters()).await.unwrap();

    let again = new.take_over(OURS, BATCH_MAX, || old.chapters()).await.unwrap();
    assert_eq!((moved, moved.transfers > 300, moved.refused > 30), (again, true, true));
    assert_eq!(new.claim(OURS).await, Ok(()));
    require_alike(&old, &new, now, Keeps::Ended).await;
    require_the_same_sheets(&old, &new, now).await;
    for step in &old.asked {
        match step {
            Step::Accounts(asked) => assert_eq!(
                new.create_accounts(asked.clone(), now).await,
                old.engine.create_accounts(asked.clone(), now).await
            ),
            Step::Transfers(asked) => assert_eq!(
                new.create_transfers(asked.clone(), now).await,
                old.engine.create_transfers(asked.clone(), now).await,
                "{asked:?}"
            ),
            Step::Wait(_) => {}
        }
    }
    require_alike(&old, &new, now, Keeps::Nothing).await;
    let id = |n: u128| (9 << 64) + n;
    let since = new.create_transfers(vec![posted(id(30), id(1), id(4), 1)], now).await.unwrap();
    assert!(since.iter().all(|result| result.is_done()), "{since:?}");
    let told = || Ok::<_, Infallible>(before.iter().cloned().map(Ok));
    let late = new.take_over(OURS, BATCH_MAX, told).await;
    assert!(matches!(late, Err(TakeOverError::Wrong(_))), "they were served since: {late:?}");
}

/// The trial balance of each day, and what was posted in between.
async fn require_the_same_sheets(old: &Old, new: &TigerBeetleEngine, now: Timestamp) {
    for hours in [72, 60, 48, 24, 0] {
        let until = now - SignedDuration::from_hours(hours);
        let was = TrialBalance::count(old.chapters().unwrap(), until).unwrap();
        let is = new.trial_balance(until).await.unwrap();
        // What is made last is reserved since the move only.
        let posted = |balance: TrialBalance| -> Vec<_> {
            let lines = balance.lines.into_iter();
            lines.map(|(kind, l)| (kind, l.accounts, l.debits_posted, l.credits_posted)).collect()
        };
        assert_eq!(posted(is), posted(was), "{hours} hours ago");
        for of in [None, Some(AccountId((1 << 20) + 1))] {
            let since = until - SignedDuration::from_hours(24);
            let stretch = Stretch { since, until, ledger: LEDGER_YEN, of, most: usize::MAX };
            let was = Journal::read(old.chapters().unwrap(), &stretch).unwrap();
            assert_eq!(new.journal(stretch, now).await.unwrap(), was, "{hours} hours ago");
        }
    }
}

/// A cluster with a fixed address, which can be killed and started again.
pub(crate) struct Replica {
    binary: PathBuf,
    folder: tempfile::TempDir,
    address: String,
    process: Option<Child>,
}

impl Replica {
    pub(crate) fn start(binary: &Path) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let folder = tempfile::tempdir().unwrap();
        let mut new = Self { binary: binary.to_owned(), folder, address, process: None };
        let formatted = Command::new(binary)
            .args(["format", "--cluster=0", "--replica=0", "--replica-count=1", "--development"])
            .arg(new.file())
            .output()
            .unwrap();
        assert!(formatted.status.success(), "{}", String::from_utf8_lossy(&formatted.stderr));
        drop(listener);
        new.resume();
        new
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("0_0.tigerbeetle")
    }

    pub(crate) fn resume(&mut self) {
        // Whoever gave up on a slow server has not killed it, and a second one could not have its port.
        self.kill();
        let started = Command::new(&self.binary)
            .args(["start", "--development", "--cache-grid=128MiB"])
            .arg(format!("--addresses={}", self.address))
            .arg(self.file())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.process = Some(started.unwrap());
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    pub(crate) fn connect(&self, deadline: Duration) -> TigerBeetleEngine {
        TigerBeetleEngine::connect(0, &self.address, deadline).unwrap()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Some hours of books, in small batches.
pub(crate) async fn few(now: Timestamp) -> (Old, Vec<Chapter>) {
    let mut old = Old::begin(now - SignedDuration::from_hours(2));
    old.write().await;
    let read = old.chapters().unwrap();
    let chapters = read.map(|chapter| chapter.unwrap()).collect();
    (old, chapters)
}

#[derive(Debug, thiserror::Error)]
#[error("the plug was pulled")]
pub(crate) struct Pulled;

/// At each batch that is read, in each pass over the books, the server is killed; every second time
/// the mover too, otherwise what it sent last arrives after all.
pub(crate) async fn killed_move_is_finished_by_the_next(clock: &TigerBeetleEngine, binary: &Path) {
    let now = instant(clock, (8 << 64) + 2).await;
    let (old, chapters) = few(now).await;
    let mut cluster = Replica::start(binary);
    let (mut attempts, mut is_begun) = (0, false);
    loop {
        // It may take its time to start; only what is killed later is to go unanswered.
        let patient = cluster.connect(Duration::from_mins(1));
        patient.owner().await.unwrap();
        if is_begun {
            assert_eq!(patient.claim(OURS).await, Err(ClaimError::OnTheirWay));
            let found = patient.claim(THEIRS).await;
            assert!(matches!(found, Err(ClaimError::NotOurs(_))), "{found:?}");
        }
        attempts += 1;
        let mover = cluster.connect(Duration::from_millis(1_500));
        let (read, victim) = (Cell::new(0), std::cell::RefCell::new(&mut cluster));
        let source = || {
            let pull = |chapter: &Chapter| {
                read.set(read.get() + 1);
                let is_time = read.get() == attempts;
                if is_time {
                    victim.borrow_mut().kill();
                }
                let dies = is_time && attempts % 2 == 0;
                if dies { Err(Pulled) } else { Ok(chapter.clone()) }
            };
            Ok(chapters.iter().map(pull))
        };
        let tried = mover.take_over(OURS, 2, source).await;
        if tried.is_ok() {
            break;
        }
        is_begun = is_begun || read.get() > chapters.len();
        assert!(
            matches!(tried, Err(TakeOverError::Source(_) | TakeOverError::Silent(_))),
            "{tried:?}"
        );
        cluster.resume();
    }
    assert!(attempts > 3 * chapters.len() - 2, "it was finished after {attempts} attempts");
    let new = cluster.connect(Duration::from_mins(1));
    assert_eq!(new.claim(OURS).await, Ok(()));
    require_alike(&old, &new, now, Keeps::Ended).await;
}

/// A cluster is its first company's, and only what was begun there is moved there.
pub(crate) async fn cluster_is_opened_by_its_company_alone(
    clock: &TigerBeetleEngine,
    binary: &Path,
) {
    let nameless = clock.claim(OURS).await;
    assert_eq!(nameless, Err(ClaimError::NotOurs(NotOurs::Nameless)));
    let now = instant(clock, (8 << 64) + 3).await;
    let (_old, chapters) = few(now).await;
    let read = || Ok::<_, Infallible>(chapters.iter().cloned().map(Ok));
    let taken = clock.take_over(OURS, BATCH_MAX, read).await;
    assert!(matches!(taken, Err(TakeOverError::NotEmpty)), "{taken:?}");
    let server = Server::start(binary);
    let engine = crate::connect(&server);
    assert_eq!(engine.claim(OURS).await, Ok(()));

    let other = engine.claim(THEIRS).await;
    let others = NotOurs::Others { found: OURS.owner, ours: THEIRS.owner };
    assert_eq!(other, Err(ClaimError::NotOurs(others)));
    let taken = engine.take_over(THEIRS, BATCH_MAX, read).await;
    assert!(matches!(taken, Err(TakeOverError::NotOurs(_))), "{taken:?}");
    assert_eq!(engine.claim(OURS).await, Ok(()), "nothing is on its way for that");
    engine.take_over(OURS, BATCH_MAX, read).await.unwrap();
    let fewer = || Ok::<_, Infallible>(chapters.iter().take(2).cloned().map(Ok));
    let taken = engine.take_over(OURS, BATCH_MAX, fewer).await;
    assert!(matches!(taken, Err(TakeOverError::NotEmpty)), "other books: {taken:?}");
}
