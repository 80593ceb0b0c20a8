//! Counts that nodes share on real servers: the limit holds whatever becomes of them.

mod processes;
mod server;
mod tls;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use kanuki_desk::counts::{self, Recall};
use kanuki_domain::Yen;
use kanuki_risk::{
    Engine, Key, Kind, Outcome, Policy, Signal,
    shared::{Journal as _, Unheard},
};
use kanuki_store::{RedisConfig, RedisJournal};
use tokio::time::timeout;

use self::server::{Cluster, PATIENCE, Server, until};

const RULES: &str = "policy \"test\" version \"1\"
baseline approve
rule burst on debit when count of debit per account within 1h > 5 then decline as burst
rule drained on debit when sum of debit per account within 24h > ¥100,000 then decline as drained
rule many on debit when distinct account of debit per device within 24h > 2 then hold for 24h as many
rule quick on debit when idle of debit per device < 10s then challenge as quick
";
const COMPANY: &str = "http://bank.localhost";
const KEY: &str = "{kanuki:http://bank.localhost}";

fn alone() -> Engine {
    Engine::new(Policy::parse(RULES).unwrap())
}

/// A node that has recalled what the records know, which is `attempts`.
async fn node(url: &str, replicas: u32, attempts: &[(u32, Signal)]) -> Engine {
    let config = RedisConfig::new(url, None, replicas, COMPANY).unwrap();
    // A loaded machine is not a partition; where one is made, it is waited for.
    let patience = if replicas == 0 { 20 } else { 3 };
    let config = config.with_patience(Duration::from_secs(patience));
    let engine = alone().with_journal(Arc::new(RedisJournal::new(config)));
    fill(&engine, attempts).await;
    engine
}

async fn fill(engine: &Engine, attempts: &[(u32, Signal)]) {
    let Some(mut recall) = Recall::begin(engine).await.unwrap() else { return };
    for (attempt, signal) in attempts {
        recall.add(u128::from(*attempt), std::slice::from_ref(signal)).await.unwrap();
    }
    recall.end().await.unwrap();
}

fn debit(secs: u32, account: u32, device: u32) -> Signal {
    let at = Timestamp::from_second(1_800_000_000 + i64::from(secs)).unwrap();
    let keys = vec![Key::Account(account.to_string()), Key::Device(device.to_string())];
    Signal::new(Kind::Debit, at, keys).with_amount(Yen::of(1_000))
}

/// The attempt `number`, at a device of its own.
async fn outcome(engine: &Engine, number: u32, account: u32) -> Outcome {
    counts::decide(engine, number.into(), &debit(number, account, 1_000 + number)).await.outcome
}

/// Whatever servers agree on among themselves after a change takes its time, on a loaded machine
/// longer. Until then the answer is no.
async fn heard(engine: &Engine) {
    let until = async {
        while counts::hear(engine).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    assert!(timeout(PATIENCE, until).await.is_ok(), "waited in vain");
}

/// The attempt passes once the journal is certain: it counts once, however often it is asked about.
async fn passes(engine: &Engine, number: u32, account: u32) {
    let until = async {
        while outcome(engine, number, account).await != Outcome::Approve {
            heard(engine).await;
        }
    };
    assert!(timeout(PATIENCE, until).await.is_ok(), "waited in vain for {number}");
}

fn debits(engine: &Engine, account: u32) -> u64 {
    let now = Timestamp::from_second(1_800_001_000).unwrap();
    engine.count(&Key::Account(account.to_string()), Kind::Debit, now, 3_600)
}

#[tokio::test]
async fn two_nodes_on_one_server_decide_as_one_engine_and_a_third_knows_all_of_it() {
    let Some(server) = Server::start(&[]) else { return };
    let url = format!("redis://127.0.0.1:{}", server.port);
    let (one, nodes) = (alone(), [node(&url, 0, &[]).await, node(&url, 0, &[]).await]);
    let mut dice = 7_u32;
    let mut now = 0;
    for number in 0..400_u32 {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let roll = |of: u32| dice.rotate_left(11 + of) % of;
        now += roll(90);
        // Every tenth is heard of late.
        let at = if roll(10) == 0 { now.saturating_sub(3_000) } else { now };
        let signal = debit(at, roll(5), roll(4)).with_amount(Yen::of(roll(40_000)));
        let node = &nodes[usize::try_from(roll(2)).unwrap()];

        let theirs = one.decide(&signal);

        assert_eq!(counts::decide(node, number.into(), &signal).await, theirs, "{number}");
    }
    let third = node(&url, 0, &[]).await;
    assert_eq!(third.snapshot().unwrap(), one.snapshot().unwrap());
    // What is put there again counts once.
    let before = third.snapshot().unwrap();
    counts::decide(&third, 0, &debit(0, 0, 0)).await;
    assert_eq!(third.snapshot().unwrap(), before);
}

#[tokio::test]
async fn of_a_burst_at_two_nodes_at_once_no_more_pass_than_the_limit() {
    let Some(server) = Server::start(&[]) else { return };
    let url = format!("redis://127.0.0.1:{}", server.port);
    let nodes = [node(&url, 0, &[]).await, node(&url, 0, &[]).await].map(Arc::new);
    let mut burst = tokio::task::JoinSet::new();
    for number in 0..60_u32 {
        let node = Arc::clone(&nodes[usize::try_from(number % 2).unwrap()]);
        burst.spawn(async move { outcome(&node, number, 1).await });
    }
    let outcomes = burst.join_all().await;

    let passed = outcomes.iter().filter(|outcome| **outcome == Outcome::Approve).count();
    assert!((1..=5).contains(&passed), "{passed}");
    for node in &nodes {
        counts::hear(node).await.unwrap();
        assert_eq!(debits(node, 1), 60);
    }
}

#[tokio::test]
async fn a_server_that_forgot_everything_is_filled_from_the_records_and_until_then_nothing_passes()
{
    let Some(mut server) = Server::start(&[]) else { return };
    let url = format!("redis://127.0.0.1:{}", server.port);
    let nodes = [node(&url, 0, &[]).await, node(&url, 0, &[]).await];
    let attempts: Vec<(u32, Signal)> = (0..5).map(|n| (n, debit(n, 1, 1_000 + n))).collect();
    for (number, _) in &attempts {
        assert_eq!(outcome(&nodes[0], *number, 1).await, Outcome::Approve);
    }

    server.kill();
    assert_eq!(outcome(&nodes[1], 10, 2).await, Outcome::Decline);
    assert!(server.run());
    assert_eq!(outcome(&nodes[0], 11, 3).await, Outcome::Decline);
    assert_eq!(outcome(&nodes[1], 12, 3).await, Outcome::Decline);

    for node in &nodes {
        fill(node, &attempts).await;
    }
    counts::hear(&nodes[0]).await.unwrap();
    counts::hear(&nodes[1]).await.unwrap();
    for node in &nodes {
        assert_eq!([1, 2, 3].map(|account| debits(node, account)), [5, 1, 2]);
    }
    assert_eq!(outcome(&nodes[1], 13, 1).await, Outcome::Decline);
    assert_eq!(outcome(&nodes[1], 14, 2).await, Outcome::Approve);

    // The same where it was emptied under everybody's feet.
    server.flush();
    assert_eq!(outcome(&nodes[0], 15, 2).await, Outcome::Decline);
}

#[tokio::test]
async fn what_only_one_server_has_is_not_believed() {
    let Some(server) = Server::start(&[]) else { return };
    let config = RedisConfig::new(&format!("redis://127.0.0.1:{}", server.port), None, 1, COMPANY);
    let journal = RedisJournal::new(config.unwrap().with_patience(Duration::from_secs(2)));
    assert_eq!(journal.failure(), None);

    let said = journal.exchange(alone().place(), &[]).await;

    assert_eq!(said, Err(Unheard::FewReplicas { have: 0, want: 1 }));
    assert_eq!(journal.failure(), said.err().map(|why| why.to_string()));
}

#[tokio::test]
async fn a_partition_and_a_failover_of_a_cluster_lose_no_count_and_let_no_burst_through() {
    let Some(mut cluster) = Cluster::start(KEY) else { return };
    let url = cluster.url();
    let nodes = [node(&url, 1, &[]).await, node(&url, 1, &[]).await];
    for number in 0..5 {
        let node = &nodes[usize::try_from(number % 2).unwrap()];
        passes(node, number, 1).await;
    }

    // Nothing comes through to the primary: whatever is tried meanwhile is declined and kept.
    cluster.pair[0].signal("STOP");
    let mut number = 5;
    for node in &nodes {
        assert_eq!(outcome(node, number, 1).await, Outcome::Decline);
        number += 1;
    }
    let [old, new] = &cluster.pair;
    until("another primary", || new.is_primary());
    // It alone is not enough.
    for node in &nodes {
        assert_eq!(outcome(node, number, 2).await, Outcome::Decline);
        number += 1;
    }
    // The old one comes back and still thinks that it is one: nobody acknowledges what it takes.
    old.signal("CONT");
    until("the old primary that follows", || old.is_following());
    for node in &nodes {
        heard(node).await;
    }
    for node in &nodes {
        heard(node).await;
        assert_eq!([1, 2].map(|account| debits(node, account)), [7, 2]);
    }
    for node in &nodes {
        assert_eq!(outcome(node, number, 1).await, Outcome::Decline);
        number += 1;
        passes(node, number, number).await;
        number += 1;
    }

    // The new one dies, with all that it has in memory.
    cluster.pair[1].kill();
    let [old, new] = &mut cluster.pair;
    until("the first primary again", || old.is_primary());
    assert_eq!(outcome(&nodes[1], number, 1).await, Outcome::Decline);
    assert!(new.run());
    until("the second one that follows", || new.is_following());
    heard(&nodes[1]).await;
    for node in &nodes {
        heard(node).await;
        assert_eq!([1, 2].map(|account| debits(node, account)), [10, 2]);
    }
    passes(&nodes[0], number + 1, number + 1).await;
}
