//! Callers, clock, disk and engine under one seed: no thread of their own, no real time.
//!
//! The seed decides who asks what and when, how many requests share a write, who gives up waiting,
//! when the process is killed or the power goes (at any write, sync, cut or rename, opening
//! included), and what survives of what was not durable. The judge is the naive ledger: every answer
//! is its answer, and after a crash the books are its books after what was answered and some
//! first part of the group that was not.
//!
//!     KANUKI_SEED=1 KANUKI_PROGRAMS=100000 cargo test --release -p kanuki-ledger --lib simulation

mod lost;

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::PathBuf,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

use super::{
    EmbeddedEngine,
    open::{OpenError, Settings, open_on},
    program::{self, Dice, Step},
    trial::{Survives, Trial},
    writer::{self, Job},
};
use crate::{
    engine::{LedgerEngine, LedgerError},
    model::{Account, AccountId, Filter, Transfer, TransferId},
    oracle::Books,
    result::{CreateAccountResult, CreateTransferResult},
    state::{Batch, BatchResults, Seek, Used},
};

/// In every run of the tests.
const PROGRAMS: u64 = 250;

/// Whatever id a program may use.
fn ids() -> impl Iterator<Item = TransferId> {
    (10..70_u128).map(TransferId)
}

fn accounts() -> impl Iterator<Item = AccountId> {
    (1..=8_u128).map(AccountId)
}

#[derive(Clone, Debug)]
enum Asked {
    Accounts(Vec<Account>),
    Transfers(Vec<Transfer>),
    Look(AccountId),
}

#[derive(Debug, PartialEq)]
enum Said {
    Accounts(Vec<CreateAccountResult>),
    Transfers(Vec<CreateTransferResult>),
    Saw(Option<Account>),
}

/// What the naive ledger says.
fn judge(books: &mut Books, asked: &Asked, now: Timestamp) -> Said {
    match asked {
        Asked::Accounts(accounts) => Said::Accounts(books.create_accounts(accounts, now)),
        Asked::Transfers(transfers) => Said::Transfers(books.create_transfers(transfers, now)),
        Asked::Look(id) => {
            books.look_at(now);
            Said::Saw(books.account(*id))
        }
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<Said, LedgerError>>>>;

fn ask(engine: &Arc<EmbeddedEngine>, asked: Asked, now: Timestamp) -> Answer {
    let engine = Arc::clone(engine);
    Box::pin(async move {
        Ok(match asked {
            Asked::Accounts(accounts) => {
                Said::Accounts(engine.create_accounts(accounts, now).await?)
            }
            Asked::Transfers(transfers) => {
                Said::Transfers(engine.create_transfers(transfers, now).await?)
            }
            Asked::Look(id) => Said::Saw(engine.find_account(id, now).await?),
        })
    })
}

fn poll<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// An answer that needs nobody else.
fn at_once<T>(future: impl Future<Output = Result<T, LedgerError>>) -> T {
    match poll(Box::pin(future).as_mut()) {
        Poll::Ready(answer) => answer.unwrap(),
        Poll::Pending => panic!("nothing is under way, so a look needs no turn"),
    }
}

/// Asked, in the engine's queue, not answered.
struct Request {
    caller: usize,
    asked: Asked,
    now: Timestamp,
    /// `None`: whoever asked has given up.
    answer: Option<Answer>,
}

#[derive(Default)]
struct Caller {
    todo: VecDeque<Asked>,
    waits: bool,
}

/// A process.
struct Process {
    engine: Arc<EmbeddedEngine>,
    jobs: mpsc::Receiver<Job>,
    queue: VecDeque<Request>,
}

impl Process {
    /// The thread takes `jobs`; false once nothing can be written.
    fn serve(&self, jobs: &mut Vec<Job>) -> bool {
        let mut pen = self.engine.pen.lock().unwrap();
        let is_well = pen.as_mut().unwrap().serve(&self.engine.shared, jobs);
        drop(pen);
        is_well && self.finish()
    }

    /// Waits for what the index is taking over.
    fn finish(&self) -> bool {
        let mut pen = self.engine.pen.lock().unwrap();
        pen.as_mut().is_some_and(|writer| writer.finish(&self.engine.shared))
    }
}

struct World {
    dice: Dice,
    now: Timestamp,
    disk: Arc<Trial>,
    index: PathBuf,
    settings: Settings,
    books: Books,
    callers: Vec<Caller>,
    is_doomed: bool,
}

impl World {
    fn new(seed: u64, folder: PathBuf) -> Self {
        let mut dice = Dice::new(seed);
        let callers = (0..=dice.roll(4))
            .map(|n| {
                let asked = program::random(seed * 8 + n).steps.into_iter().filter_map(|step| {
                    Some(match step {
                        Step::Accounts(accounts) => Asked::Accounts(accounts),
                        Step::Transfers(transfers) => Asked::Transfers(transfers),
                        Step::Wait(_) => return None,
                    })
                });
                Caller { todo: asked.collect(), waits: false }
            })
            .collect();
        let stretch = [3, 6, 20, 1 << 18][usize::try_from(dice.roll(4)).unwrap()];
        Self {
            now: "2026-04-01T00:00:00Z".parse().unwrap(),
            disk: Arc::new(Trial::default()),
            index: folder,
            settings: Settings { stretch },
            books: Books::default(),
            callers,
            is_doomed: false,
            dice,
        }
    }

    fn is(&mut self, one_in: u64) -> bool {
        self.dice.roll(one_in) == 0
    }

    /// One of `0..len`.
    fn pick(&mut self, len: usize) -> usize {
        usize::try_from(self.dice.roll(u64::try_from(len).unwrap())).unwrap()
    }

    fn open(&self) -> Result<Process, OpenError> {
        let device = Arc::new(Arc::clone(&self.disk));
        let (ready, _) = open_on(device, &self.index, self.settings)?;
        let (engine, jobs) = EmbeddedEngine::assembled(ready);
        Ok(Process { engine: Arc::new(engine), jobs, queue: VecDeque::new() })
    }

    fn run(&mut self) {
        let mut process = self.open().unwrap();
        for _ in 0..2_000 {
            let is_done = self.callers.iter().all(|caller| caller.todo.is_empty());
            if is_done && process.queue.is_empty() {
                break;
            }
            process = match self.dice.roll(20) {
                0..=8 => self.send(process),
                9..=15 if !process.queue.is_empty() => self.turn(process),
                16 => {
                    let secs = [1, 7, 30_000, 43_200][self.pick(4)];
                    self.now += SignedDuration::from_secs(secs);
                    process
                }
                17 => self.trouble(process),
                _ => process,
            };
        }
        while !process.queue.is_empty() {
            process = self.turn(process);
        }
        self.is_doomed = false;
        process = self.restart(process, Vec::new(), Survives::Everything);
        self.compare(process);
    }

    /// A caller who waits for nothing asks the next thing, or what nobody answered, again.
    fn send(&mut self, mut process: Process) -> Process {
        let caller = self.pick(self.callers.len());
        let mut now = self.now;
        if self.is(8) {
            now -= SignedDuration::from_secs(i64::try_from(self.dice.roll(20)).unwrap());
        }
        let look = Asked::Look(AccountId(u128::from(self.dice.roll(8)) + 1));
        let is_look = self.is(5);
        let next = self.callers[caller].todo.front().cloned();
        let asked = match next {
            Some(next) if !is_look => next,
            Some(_) | None => look,
        };
        if self.callers[caller].waits {
            return process;
        }
        if process.queue.is_empty() && !matches!(asked, Asked::Look(_)) && self.is(3) {
            return self.alone(process, caller, asked, now);
        }
        let mut answer = ask(&process.engine, asked.clone(), now);
        match poll(answer.as_mut()) {
            Poll::Ready(said) => {
                // A look while nothing was under way, and nothing due: the books as they are.
                let Asked::Look(id) = asked else { panic!("a write waits for its turn") };
                assert_eq!(said, Ok(Said::Saw(self.books.account(id))));
            }
            Poll::Pending => {
                let answer = if self.is(12) { None } else { Some(answer) };
                self.callers[caller].waits = true;
                process.queue.push_back(Request { caller, asked, now, answer });
            }
        }
        process
    }

    /// A caller who is alone writes where it stands.
    fn alone(&mut self, process: Process, caller: usize, asked: Asked, now: Timestamp) -> Process {
        let batch = match &asked {
            Asked::Accounts(accounts) => Batch::Accounts(accounts.clone()),
            Asked::Transfers(transfers) => Batch::Transfers(transfers.clone()),
            Asked::Look(_) => panic!("a look writes nothing"),
        };
        let pen = process.engine.pen.lock().unwrap();
        let said = writer::alone(&process.engine.shared, pen, &batch, now).map(|said| match said {
            BatchResults::Accounts(results) => Said::Accounts(results),
            BatchResults::Transfers(results) => Said::Transfers(results),
            BatchResults::Tick => panic!("it was asked for more"),
        });
        let is_well = process.finish();
        let mut group = Vec::new();
        if let Some(said) = said {
            assert_eq!(said, judge(&mut self.books, &asked, now), "{asked:?}");
            self.callers[caller].todo.pop_front();
        } else {
            assert!(!is_well, "only a bad disk is no answer");
            group.push(Request { caller, asked, now, answer: None });
        }
        if is_well {
            return process;
        }
        let survives = self.survives();
        self.restart(process, group, survives)
    }

    /// The writer takes some of what waits.
    fn turn(&mut self, mut process: Process) -> Process {
        let len = 1 + self.pick(process.queue.len());
        let mut group: Vec<Request> = process.queue.drain(..len).collect();
        let mut jobs: Vec<Job> = Vec::new();
        for _ in 0..len {
            jobs.push(process.jobs.try_recv().unwrap());
        }
        let is_well = process.serve(&mut jobs);
        drop(jobs);
        let answers: Vec<_> = group
            .iter_mut()
            .map(|request| request.answer.as_mut().map(|answer| poll(answer.as_mut())))
            .collect();
        let is_answered =
            is_well || answers.iter().any(|answer| matches!(answer, Some(Poll::Ready(Ok(_)))));
        if !is_answered {
            let survives = self.survives();
            return self.restart(process, group, survives);
        }
        for (request, answer) in group.into_iter().zip(answers) {
            let expected = judge(&mut self.books, &request.asked, request.now);
            let caller = &mut self.callers[request.caller];
            caller.waits = false;
            // Who gave up may ask again, and hears that it is there.
            let asks_again = answer.is_none() && self.dice.roll(2) == 0;
            if let Some(answer) = answer {
                assert_eq!(answer, Poll::Ready(Ok(expected)), "{:?}", request.asked);
            }
            if !asks_again && !matches!(request.asked, Asked::Look(_)) {
                caller.todo.pop_front();
            }
        }
        if is_well {
            return process;
        }
        let survives = self.survives();
        self.restart(process, Vec::new(), survives)
    }

    fn survives(&mut self) -> Survives {
        match self.dice.roll(4) {
            0 => Survives::Nothing,
            1 => Survives::Everything,
            _ => Survives::Some(self.dice.roll(u64::MAX)),
        }
    }

    /// The power will go soon, the process is killed now, or somebody looks at everything.
    fn trouble(&mut self, process: Process) -> Process {
        match self.dice.roll(3) {
            0 if !self.is_doomed => {
                let steps = self.disk.steps.load(Ordering::SeqCst);
                self.disk.power_goes_at(steps + self.dice.roll(16));
                self.is_doomed = true;
                process
            }
            1 if !self.is_doomed => self.restart(process, Vec::new(), Survives::Everything),
            _ if process.queue.is_empty() && !self.is_doomed => self.compare(process),
            _ => process,
        }
    }

    /// Opens what is left, and finds out how much of `group` happened.
    fn restart(&mut self, process: Process, group: Vec<Request>, survives: Survives) -> Process {
        drop(process);
        for caller in &mut self.callers {
            caller.waits = false;
        }
        self.disk = Arc::new(self.disk.after_power_cut(survives));
        self.is_doomed = false;
        if self.is(8) {
            self.lose_the_end();
        }
        let process = loop {
            if self.is(6) {
                self.disk.power_goes_at(self.dice.roll(5));
            }
            match self.open() {
                Ok(process) => break process,
                Err(OpenError::Io(_)) => {
                    let survives = self.survives();
                    self.disk = Arc::new(self.disk.after_power_cut(survives));
                }
                Err(error) => panic!("a crash damages nothing: {error}"),
            }
        };
        // It was to go while opening; it did not come to that.
        self.disk.power_goes_at(u64::MAX);
        let kept = process.engine.shared.books.read().unwrap().now();
        let mut books = self.books.clone();
        let mut rest = group.iter();
        while !is_same(&process.engine, &books) {
            let Some(Request { asked, now, .. }) = rest.next() else {
                panic!("the books are not those of any part of the group: {:?}", self.books);
            };
            judge(&mut books, asked, *now);
        }
        books.restart_at(kept);
        self.books = books;
        process
    }

    /// Everything that can be looked up, in memory or on disk, is as the naive ledger has it.
    fn compare(&mut self, mut process: Process) -> Process {
        let now = self.now;
        if process.engine.settled(now).is_none() {
            // Something is due: a look releases it in its turn.
            let look = Asked::Look(AccountId(1));
            let mut answer = ask(&process.engine, look.clone(), now);
            assert!(poll(answer.as_mut()).is_pending());
            let mut jobs = vec![process.jobs.try_recv().unwrap()];
            assert!(process.serve(&mut jobs));
            let expected = judge(&mut self.books, &look, now);
            assert_eq!(poll(answer.as_mut()), Poll::Ready(Ok(expected)));
        }
        assert!(is_same(&process.engine, &self.books));
        let since = Some(now - SignedDuration::from_secs(40_000));
        let filters = [
            Filter::oldest(100),
            Filter::newest(3),
            Filter { since, ..Filter::oldest(4) },
            Filter { until: since, ..Filter::newest(5) },
            Filter { credits: false, ..Filter::newest(4) },
        ];
        for id in accounts() {
            for filter in filters {
                let rows = at_once(process.engine.account_transfers(id, filter, now));
                assert_eq!(rows, self.books.account_transfers(id, &filter), "{id} {filter:?}");
                let rows = at_once(process.engine.account_balances(id, filter, now));
                assert_eq!(rows, self.books.account_balances(id, &filter), "{id} {filter:?}");
            }
        }
        let all: Vec<TransferId> = ids().collect();
        let found = at_once(process.engine.lookup_transfers(&all, now));
        let expected: Vec<_> = all.iter().map(|id| self.books.transfer(*id)).collect();
        assert_eq!(found, expected);
        process
    }
}

/// Accounts, transfers and burnt ids, by looking into the engine.
fn is_same(engine: &EmbeddedEngine, books: &Books) -> bool {
    let state = engine.shared.books.read().unwrap();
    let used = |id| match state.seek(id) {
        Seek::Nowhere => None,
        Seek::Here(used) => Some(used),
        Seek::There(numbers) => engine.cold.used(id, &numbers, state.fate(id)).unwrap(),
    };
    accounts().all(|id| state.account(id) == books.account(id))
        && ids().all(|id| match used(id) {
            Some(Used::Transfer(record)) => books.transfer(id) == Some(record),
            Some(Used::Refused(_)) => books.failed().contains(&id),
            None => books.transfer(id).is_none() && !books.failed().contains(&id),
        })
}

fn number(name: &str, else_: u64) -> u64 {
    std::env::var_os(name).map_or(else_, |text| text.to_str().unwrap().parse().unwrap())
}

#[test]
fn every_seed_is_answered_as_by_the_naive_ledger_whatever_breaks() {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let first = number("KANUKI_SEED", 1);
    for seed in first..first + number("KANUKI_PROGRAMS", PROGRAMS) {
        let place = folder.path().join(seed.to_string());
        std::fs::create_dir(&place).unwrap();
        let run = || World::new(seed, place.join("index")).run();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            eprintln!(
                "again: KANUKI_SEED={seed} KANUKI_PROGRAMS=1 \
                 cargo test -p kanuki-ledger --lib simulation"
            );
            resume_unwind(panic);
        }
        std::fs::remove_dir_all(&place).unwrap();
    }
}
