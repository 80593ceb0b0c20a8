//! Two processes of ours on one server: what one counts, the other has counted.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use kanuki_desk::counts;
use kanuki_domain::Yen;
use kanuki_risk::Outcome;

use super::{Server, debit, debits, node};

const TEST: &str = "redis::processes::of_two_processes_at_once_no_limit_is_lost_and_none_doubled";
/// In the child: the server, then the numbers of its attempts, from and until.
const CHILD: &str = "KANUKI_REDIS_TEST_CHILD";
/// Accounts of which each process tries some; the rule lets five an hour pass.
const ACCOUNTS: u32 = 20;

/// Whose attempt this is. Of each ten attempts at one account five are in each half, but at the last ten
/// accounts each process tries twice, so that all are within the limit.
fn account_of(number: u32) -> Option<u32> {
    let (account, turn) = (number % ACCOUNTS, number.div_euclid(ACCOUNTS) % 5);
    (account < 10 || turn < 2).then_some(account)
}

/// One process: attempts one after the other, and what became of each.
async fn attempt(told: &str) {
    let words: Vec<&str> = told.split(' ').collect();
    let [url, from, until] = words.as_slice() else { panic!("{told}") };
    let engine = node(url, 0, &[]).await;
    let numbers = from.parse::<u32>().unwrap()..until.parse().unwrap();
    for (number, account) in numbers.filter_map(|number| Some((number, account_of(number)?))) {
        let signal = debit(number % 60, account, 1_000 + number).with_amount(Yen::of(1_000));
        let decision = counts::decide(&engine, number.into(), &signal).await;
        println!("attempt {number} {}", decision.outcome.name());
    }
}

fn start(url: &str, from: u32, until: u32) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "--test-threads=1", TEST])
        .env(CHILD, format!("{url} {from} {until}"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// How many attempts at each account passed, and how many were answered.
fn passed(child: &mut Child) -> (BTreeMap<u32, u64>, u64) {
    let (mut passed, mut answered) = (BTreeMap::new(), 0);
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        // The harness may have begun the line with words of its own.
        let Some((_, attempt)) = line.split_once("attempt ") else { continue };
        let (number, outcome) = attempt.split_once(' ').unwrap();
        answered += 1;
        if outcome == Outcome::Approve.name() {
            *passed.entry(account_of(number.parse().unwrap()).unwrap()).or_default() += 1;
        }
    }
    assert!(child.wait().unwrap().success());
    (passed, answered)
}

#[tokio::test]
async fn of_two_processes_at_once_no_limit_is_lost_and_none_doubled() {
    if let Some(told) = std::env::var_os(CHILD) {
        return attempt(told.to_str().unwrap()).await;
    }
    let Some(server) = Server::start(&[]) else { return };
    let url = format!("redis://127.0.0.1:{}", server.port);
    // Begun by one, so that neither finds it new.
    let third = node(&url, 0, &[]).await;

    let mut both = [start(&url, 0, 100), start(&url, 100, 200)];
    let [(one, of_one), (other, of_other)] = both.each_mut().map(passed);

    assert_eq!((of_one, of_other), (70, 70), "everybody was answered");
    let both = |account| {
        let of = |passed: &BTreeMap<u32, u64>| passed.get(&account).copied().unwrap_or_default();
        of(&one) + of(&other)
    };
    for account in 0..10 {
        assert_eq!(both(account), 5, "{account}: the first five in the order that both see");
    }
    for account in 10..20 {
        assert_eq!(both(account), 4, "{account}: within the limit, whoever else counts");
    }
    counts::hear(&third).await.unwrap();
    let counted = |account| debits(&third, account);
    assert!((0..10).all(|account| counted(account) == 10), "each counts once");
    assert!((10..20).all(|account| counted(account) == 4), "each counts once");

    // One of them does not know what became of its attempts, and a new process makes them again.
    let (again, answered) = passed(&mut start(&url, 0, 100));
    assert_eq!(answered, 70);
    assert!((0..10).all(|account| !again.contains_key(&account)), "{again:?}");
    counts::hear(&third).await.unwrap();
    assert!((0..10).all(|account| counted(account) == 10), "they were counted before");
    assert!((10..20).all(|account| counted(account) == 4), "they were counted before");
}
