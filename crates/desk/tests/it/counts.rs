//! Nodes that share a journal decide as one engine would, whatever becomes of the journal.

use std::{
    slice,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use jiff::Timestamp;
use kanuki_desk::counts::{self, Recall};
use kanuki_domain::Yen;
use kanuki_risk::{
    Engine, Key, Kind, Outcome, Policy, Signal,
    shared::{Hearing, Journal, Note, Page, Place, Told, Unheard},
};
use proptest::prelude::*;

const RULES: &str = "policy \"test\" version \"1\"
baseline approve
rule burst on debit when count of debit per account within 1h > 5 then decline as burst
rule drained on debit when sum of debit per account within 24h > ¥100,000 then decline as drained
rule many on debit when distinct account of debit per device within 24h > 2 then hold for 24h as many
rule quick on debit when idle of debit per device < 10s then challenge as quick
";

#[derive(Debug)]
struct State {
    epoch: u64,
    is_seeded: bool,
    /// How many were forgotten at the front.
    before: usize,
    notes: Vec<Note>,
}

/// A journal in memory whose network can be cut and whose tail can be lost.
#[derive(Debug)]
struct Memory {
    state: Mutex<State>,
    /// Nothing arrives.
    is_cut: AtomicBool,
    /// What is said does not arrive; what is asked does.
    is_mute: AtomicBool,
}

impl Memory {
    fn new() -> Arc<Self> {
        let state = State { epoch: 1, is_seeded: true, before: 0, notes: Vec::new() };
        let (is_cut, is_mute) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { state: Mutex::new(state), is_cut, is_mute })
    }

    /// A server that did not write everything down came back.
    fn lose(&self, last: usize) {
        let mut state = self.state.lock().unwrap();
        let kept = state.notes.len().saturating_sub(last);
        state.notes.truncate(kept);
    }

    /// Only the newest stay.
    fn forget(&self, first: usize) {
        let mut state = self.state.lock().unwrap();
        state.before += first;
        state.notes.drain(..first);
    }

    fn len(&self) -> usize {
        self.state.lock().unwrap().notes.len()
    }

    fn told(&self, after: Place, notes: &[Note]) -> Told {
        let mut state = self.state.lock().unwrap();
        if after.epoch != 0 && after.epoch != state.epoch {
            return Told::Other(state.epoch);
        }
        let read = usize::try_from(after.read).unwrap();
        if read > state.before + state.notes.len() {
            return Told::Lost;
        }
        if let Some(last) = after.last {
            let Some(place) = read.checked_sub(state.before + 1) else { return Told::Behind };
            if state.notes[place].id() != last {
                return Told::Lost;
            }
        }
        let mut until = after.read;
        for note in notes {
            let place = state.notes.iter().position(|known| known.id() == note.id());
            let place = place.unwrap_or_else(|| {
                state.notes.push(note.clone());
                state.notes.len() - 1
            });
            until = until.max(u64::try_from(state.before + place + 1).unwrap());
        }
        let from = read.saturating_sub(state.before);
        // Short pages, so that more than one is read.
        let page: Vec<Note> = state.notes[from..].iter().take(3).cloned().collect();
        let end = u64::try_from(state.before + state.notes.len()).unwrap();
        Told::Page(Page {
            epoch: state.epoch,
            is_seeded: state.is_seeded,
            after: after.read,
            before: u64::try_from(state.before + from).unwrap(),
            notes: page,
            until: if notes.is_empty() { end } else { until },
        })
    }
}

impl Journal for Memory {
    fn exchange<'a>(&'a self, after: Place, notes: &'a [Note]) -> Hearing<'a, Told> {
        Box::pin(async move {
            let gone = || Unheard::Gone("cut".to_owned());
            if self.is_cut.load(Ordering::Relaxed) {
                return Err(gone());
            }
            let told = self.told(after, notes);
            if self.is_mute.load(Ordering::Relaxed) { Err(gone()) } else { Ok(told) }
        })
    }

    fn seal(&self, epoch: u64) -> Hearing<'_, ()> {
        Box::pin(async move {
            let mut state = self.state.lock().unwrap();
            state.is_seeded |= state.epoch == epoch;
            Ok(())
        })
    }

    fn renew(&self, epoch: u64) -> Hearing<'_, ()> {
        Box::pin(async move {
            let mut state = self.state.lock().unwrap();
            if state.epoch == epoch {
                *state = State { epoch: epoch + 1, is_seeded: false, before: 0, notes: Vec::new() };
            }
            Ok(())
        })
    }
}

fn alone() -> Engine {
    Engine::new(Policy::parse(RULES).unwrap())
}

fn node(journal: &Arc<Memory>) -> Engine {
    alone().with_journal(journal.clone())
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + secs).unwrap()
}

fn debit(secs: i64, account: u32, device: u32) -> Signal {
    let keys = vec![Key::Account(account.to_string()), Key::Device(device.to_string())];
    Signal::new(Kind::Debit, at(secs), keys).with_amount(Yen::of(1_000))
}

async fn outcome(engine: &Engine, attempt: u32, signal: &Signal) -> Outcome {
    counts::decide(engine, attempt.into(), signal).await.outcome
}

fn debits_of_one(engine: &Engine) -> u64 {
    engine.count(&Key::Account("1".to_owned()), Kind::Debit, at(300), 3_600)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

prop_compose! {
    /// Which node, when, which account and device, how much; some are heard of late.
    fn debits()(steps in prop::collection::vec(
        (0_i64..4_000, 0_i64..10, 0_u32..3, 0_u32..3, 0_u32..60_000, 0_usize..3), 1..80)
    ) -> Vec<(usize, Signal)> {
        let mut now = 0;
        let made = |(step, dice, account, device, amount, which): (i64, i64, u32, u32, u32, usize)| {
            now += step;
            let signal = debit(if dice == 0 { now - 3_000 } else { now }, account, device);
            (which, signal.with_amount(Yen::of(amount)))
        };
        steps.into_iter().map(made).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn three_nodes_decide_as_one_engine_would(all in debits()) {
        block_on(async {
            let (one, journal) = (alone(), Memory::new());
            let nodes = [node(&journal), node(&journal), node(&journal)];
            for (attempt, (which, signal)) in (1_u128..).zip(all) {
                let theirs = one.decide(&signal);
                let ours = counts::decide(&nodes[which], attempt, &signal).await;
                prop_assert_eq!(ours, theirs);
            }
            for node in &nodes {
                counts::hear(node).await.unwrap();
                prop_assert_eq!(node.snapshot().unwrap(), one.snapshot().unwrap());
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn a_burst_that_is_spread_over_nodes_is_one_burst() {
    let journal = Memory::new();
    let nodes = [node(&journal), node(&journal)];
    let mut approved = 0;
    for attempt in 0..20_u32 {
        let signal = debit(i64::from(attempt), 1, 100 + attempt);
        let node = &nodes[usize::try_from(attempt % 2).unwrap()];
        approved += u32::from(outcome(node, attempt, &signal).await == Outcome::Approve);
    }
    assert_eq!(approved, 5);
}

#[tokio::test]
async fn what_cannot_be_counted_is_declined_and_counts_once_when_it_can() {
    let journal = Memory::new();
    let nodes = [node(&journal), node(&journal)];
    journal.is_cut.store(true, Ordering::Relaxed);
    assert_eq!(outcome(&nodes[0], 1, &debit(0, 1, 1)).await, Outcome::Decline);
    journal.is_cut.store(false, Ordering::Relaxed);
    // An answer that is lost: nobody knows whether it was counted, and it is put there again.
    journal.is_mute.store(true, Ordering::Relaxed);
    assert_eq!(outcome(&nodes[0], 2, &debit(20, 1, 2)).await, Outcome::Decline);
    assert!(counts::hear(&nodes[0]).await.is_err());
    journal.is_mute.store(false, Ordering::Relaxed);

    for node in &nodes {
        counts::hear(node).await.unwrap();
        assert_eq!(debits_of_one(node), 2);
        assert!(node.owed().is_empty());
    }
    assert_eq!(journal.len(), 2);
}

#[tokio::test]
async fn a_journal_that_lost_something_is_filled_from_the_records_before_anybody_decides() {
    let journal = Memory::new();
    let nodes = [node(&journal), node(&journal)];
    let attempts: Vec<(u32, Signal)> =
        (0..5_u32).map(|n| (n, debit(i64::from(n) * 20, 1, 100 + n))).collect();
    for (attempt, signal) in &attempts {
        assert_eq!(outcome(&nodes[0], *attempt, signal).await, Outcome::Approve);
    }
    journal.lose(3);

    // Neither the node that saw it nor one that did not lets anything pass on what is left.
    assert_eq!(outcome(&nodes[0], 10, &debit(200, 1, 1)).await, Outcome::Decline);
    assert_eq!(outcome(&nodes[1], 11, &debit(220, 2, 2)).await, Outcome::Decline);

    // Both fill it at once, and each attempt counts once.
    let mut both = Vec::new();
    for node in &nodes {
        both.push(Recall::begin(node).await.unwrap().unwrap());
    }
    for recall in &mut both {
        for (attempt, signal) in &attempts {
            recall.add(u128::from(*attempt), slice::from_ref(signal)).await.unwrap();
        }
    }
    for recall in both {
        recall.end().await.unwrap();
    }
    assert!(Recall::begin(&nodes[1]).await.unwrap().is_none());
    for node in &nodes {
        counts::hear(node).await.unwrap();
        // Five of the records, and the one that was declined.
        assert_eq!(debits_of_one(node), 6);
    }
    assert_eq!(outcome(&nodes[1], 12, &debit(240, 1, 3)).await, Outcome::Decline);
    assert_eq!(outcome(&nodes[1], 13, &debit(240, 2, 4)).await, Outcome::Approve);
}

#[tokio::test]
async fn a_node_that_slept_while_the_journal_forgot_reads_what_is_left() {
    let journal = Memory::new();
    let (awake, asleep) = (node(&journal), node(&journal));
    assert_eq!(outcome(&asleep, 0, &debit(0, 1, 0)).await, Outcome::Approve);
    for attempt in 1..=8_u32 {
        outcome(&awake, attempt, &debit(i64::from(attempt) * 20, 1, attempt)).await;
    }
    journal.forget(4);

    counts::hear(&asleep).await.unwrap();

    assert_eq!((debits_of_one(&asleep), debits_of_one(&awake)), (5, 9));
}
