use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use jiff::Timestamp;
use kanuki_domain::{
    Ctx, Entropy, Yen,
    id::{CaseId, StaffId},
};
use kanuki_ledger::{AccountId, PendingState, Transfer, TransferId, TransferRecord};
use kanuki_record::{Book, MemoryRecords};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn line(id: &str, amount: u32, standing: Standing, asked_at: &str) -> Line {
    Line {
        id: id.to_owned(),
        kind: Kind::Debit,
        amount: Yen::of(amount),
        standing,
        asked_at: at(asked_at),
    }
}

/// Both statements of 26 November, written two days later.
fn both(ours: &[Line], theirs: &[Line]) -> [Statement; 2] {
    let day = Some("2026-11-26".parse().unwrap());
    let made_at = at("2026-11-28T00:00:00Z");
    let mut statements = [
        Statement::new("wallet", "9901", day, made_at),
        Statement::new("9901", "wallet", day, made_at),
    ];
    for (statement, lines) in statements.iter_mut().zip([ours, theirs]) {
        lines.iter().cloned().for_each(|line| statement.add(line));
    }
    statements
}

fn found(ours: &[Line], theirs: &[Line]) -> Vec<(String, What)> {
    let [ours, theirs] = both(ours, theirs);
    let compared = compare(&ours, &theirs).unwrap();
    compared.differences.into_iter().map(|found| (found.id, found.what)).collect()
}

const NOON: &str = "2026-11-26T03:00:00Z";

#[test]
fn what_only_one_company_booked_is_a_difference_and_what_nobody_booked_is_none() {
    use Standing::{Booked, Open, Refused};
    let ours = [
        line("a", 1, Booked, NOON),
        line("b", 2, Booked, NOON),
        line("c", 3, Refused, NOON),
        line("d", 4, Booked, NOON),
        line("e", 5, Open, NOON),
        line("f", 6, Booked, NOON),
    ];
    let theirs = [
        line("a", 1, Booked, NOON),
        line("d", 5, Booked, NOON),
        line("e", 5, Booked, NOON),
        line("f", 6, Refused, NOON),
        line("g", 7, Booked, NOON),
    ];

    let expected = [
        ("b", What::MissingThere),
        ("d", What::Amount),
        ("e", What::Standing),
        ("f", What::Standing),
        ("g", What::MissingHere),
    ];
    assert_eq!(found(&ours, &theirs), expected.map(|(id, what)| (id.to_owned(), what)));
}

#[test]
fn what_is_under_way_since_less_than_a_day_may_yet_agree() {
    let [mut ours, theirs] = both(
        &[line("a", 1, Standing::Open, NOON), line("b", 1, Standing::Open, NOON)],
        &[line("a", 1, Standing::Booked, NOON)],
    );
    ours.made_at = at("2026-11-26T04:00:00Z");

    let compared = compare(&ours, &theirs).unwrap();

    assert_eq!((compared.in_transit, compared.differences.len()), (2, 0));
}

#[test]
fn midnight_parts_no_movement_from_its_other_half() {
    let late = line("a", 1, Standing::Booked, "2026-11-26T14:59:59Z");
    let early = line("a", 1, Standing::Booked, "2026-11-26T15:00:01Z");

    assert_eq!(found(std::slice::from_ref(&late), &[early]), []);
    let of_the_day_before = line("b", 1, Standing::Booked, "2026-11-25T14:59:59Z");
    assert_eq!(found(&[of_the_day_before], &[]), [], "the day before has its own statement");
    assert_eq!(found(&[late], &[]).len(), 1);
}

#[test]
fn a_statement_is_read_as_it_was_written_and_nothing_else_is() {
    let [ours, theirs] = both(&[line("deb_1", 5_000, Standing::Booked, NOON)], &[]);
    let text = ours.to_csv();

    assert_eq!(Statement::read(text.as_bytes()), Ok(ours.clone()));
    for (from, to, why) in [
        ("kanuki-statement,1", "kanuki-statement,2", StatementError::Head),
        ("deb_1", "=1+1", StatementError::Line(3)),
        ("deb_1", "<b>", StatementError::Line(3)),
        ("5000", "-5000", StatementError::Line(3)),
        ("5000", "+5000", StatementError::Line(3)),
        ("booked", "paid", StatementError::Line(3)),
        (",asked_at", "", StatementError::Line(2)),
    ] {
        assert_eq!(Statement::read(text.replace(from, to).as_bytes()), Err(why), "{to}");
    }
    let twice = format!("{text}{}\n", text.lines().last().unwrap());
    assert_eq!(Statement::read(twice.as_bytes()), Err(StatementError::Twice(4)));
    assert_eq!(compare(&ours, &ours).err(), Some(Mismatch::Companies));
    let other = Statement { day: Some("2026-11-27".parse().unwrap()), ..theirs };
    assert_eq!(compare(&ours, &other).err(), Some(Mismatch::Days));
}

#[test]
fn the_ledger_says_what_was_booked_and_not_the_row() {
    let row = |standing| Movement {
        line: line("a", 10, standing, NOON),
        money: TransferId::derive(&["a"]),
    };
    let kept = |pending| {
        let (debit, credit) = (AccountId::derive(&["d"]), AccountId::derive(&["c"]));
        let money = TransferId::derive(&["a"]);
        let transfer = Transfer::pending(money, debit, credit, Yen::of(10), 1);
        TransferRecord { transfer, pending }
    };
    let told = |standing, ledger: Option<&TransferRecord>| {
        let line = row(standing).told_by(ledger);
        (line.standing, line.amount)
    };
    let by = TransferId::derive(&["b"]);
    let posted = kept(Some(PendingState::Posted { by, amount: Yen::of(7) }));
    let voided = kept(Some(PendingState::Voided { by }));

    assert_eq!(told(Standing::Open, Some(&posted)), (Standing::Booked, Yen::of(7)));
    assert_eq!(told(Standing::Booked, Some(&voided)), (Standing::Refused, Yen::of(10)));
    assert_eq!(told(Standing::Booked, None), (Standing::Open, Yen::of(10)));
    assert_eq!(told(Standing::Refused, None), (Standing::Refused, Yen::of(10)));
}

struct Seven;

impl Entropy for Seven {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// Records in memory never wait, so one poll is enough.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the records waited"),
    }
}

#[test]
fn a_difference_has_one_case_until_two_people_saw_both_books_agree() {
    let book = Book::new(std::sync::Arc::new(MemoryRecords::default()));
    let ctx =
        Ctx { now: at("2026-11-28T00:00:00Z"), entropy: &Seven, address_block: "", address: "" };
    let by: StaffId = StaffId::derive(&["aoki"]);
    let lone = [line("a", 1, Standing::Booked, NOON)];
    let [ours, theirs] = both(&lone, &[]);
    let differs = compare(&ours, &theirs).unwrap();
    let [ours, theirs] = both(&lone, &lone);
    let agrees = compare(&ours, &theirs).unwrap();

    let first = now(keep(&book, &ctx, by, ("9901", "digest"), &differs)).unwrap();
    let again = now(keep(&book, &ctx, by, ("9901", "digest"), &differs)).unwrap();

    assert_eq!((first.opened, again.opened, again.known), (1, 0, 1));
    let cases = now(differences(&book)).unwrap();
    assert_eq!((cases.len(), cases[0].steps.len()), (1, 1), "nothing new is not noted again");
    assert!(now(take(&book, &ctx, by, cases[0].case_id)).unwrap());
    assert_eq!(now(differences(&book)).unwrap()[0].owner, Some(by));
    let other = now(keep(&book, &ctx, by, ("9902", "digest"), &agrees)).unwrap();
    assert_eq!(other.closed, 0, "another bank's statement ends nothing here");

    for _ in 0..2 {
        let said = now(keep(&book, &ctx, by, ("9901", "own"), &agrees)).unwrap();
        assert_eq!(
            (said.waiting, said.closed),
            (1, 0),
            "nobody closes one with a file of their own"
        );
    }
    let second: StaffId = StaffId::derive(&["baba"]);
    now(keep(&book, &ctx, by, ("9901", "digest"), &differs)).unwrap();
    let said = now(keep(&book, &ctx, second, ("9901", "theirs"), &agrees)).unwrap();
    assert_eq!(
        (said.waiting, said.closed),
        (1, 0),
        "it differed since: a word from before is over"
    );

    let ended = now(keep(&book, &ctx, by, ("9901", "digest"), &agrees)).unwrap();

    assert_eq!((ended.waiting, ended.closed), (0, 1));
    assert!(now(differences(&book)).unwrap().is_empty());
    let id: CaseId = cases[0].case_id;
    assert!(!now(take(&book, &ctx, by, id)).unwrap(), "it has its end");
}

#[test]
fn no_file_fills_the_desk_with_cases() {
    let book = Book::new(std::sync::Arc::new(MemoryRecords::default()));
    let by: StaffId = StaffId::derive(&["aoki"]);
    let counter = std::sync::atomic::AtomicU64::new(0);
    let entropy = Counter(&counter);
    let ctx =
        Ctx { now: at("2026-11-28T00:00:00Z"), entropy: &entropy, address_block: "", address: "" };
    let mut last = Kept::default();
    for file in 0..8 {
        let made_up: Vec<_> = (0..=NEW_MAX)
            .map(|n| line(&format!("f{file}n{n}"), 1, Standing::Booked, NOON))
            .collect();
        let [ours, theirs] = both(&[], &made_up);
        let compared = compare(&ours, &theirs).unwrap();
        last = now(keep(&book, &ctx, by, ("9901", "digest"), &compared)).unwrap();
    }

    assert_eq!((last.opened, last.left), (0, NEW_MAX + 1), "they are told, not kept");
    assert_eq!(now(differences(&book)).unwrap().len(), OPEN_MAX);
}

struct Counter<'a>(&'a std::sync::atomic::AtomicU64);

impl Entropy for Counter<'_> {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        for (byte, of) in bytes.iter_mut().zip(n.to_be_bytes().iter().rev().cycle()) {
            *byte = *of;
        }
    }
}
