//! What a cluster would be told, told to our own state machine, which judges imports as a cluster
//! does: nothing is refused, and at the end all stands as it stood.

use std::convert::Infallible;

use jiff::{SignedDuration, Timestamp};

use super::script::{Script, Survey};
use crate::{
    chapter::Chapter,
    embedded::program::{Dice, Step, random},
    model::{PendingState, Transfer, TransferFlags, TransferId},
    result::CreateTransferResult as R,
    state::{Batch, State},
};

fn begin() -> Timestamp {
    "2026-04-01T00:00:00Z".parse().unwrap()
}

fn later(at: Timestamp, secs: i64) -> Timestamp {
    at + SignedDuration::from_secs(secs)
}

/// The books of random programs, some hours or days between their steps.
fn books(seed: u64) -> (State, Vec<Chapter>) {
    let (mut state, mut chapters, mut now) = (State::new(), Vec::new(), begin());
    let mut dice = Dice::new(seed ^ 0xFACE);
    for program in 0..3 {
        let base = u128::from(program + 1) << 20;
        for step in random(seed * 3 + program).moved(base).steps {
            let mut chapter = Chapter { now, accounts: vec![], transfers: vec![], refused: vec![] };
            match step {
                Step::Accounts(accounts) => {
                    state.apply_accounts(&accounts, now);
                    chapter.accounts =
                        accounts.iter().filter_map(|a| state.account(a.id)).collect();
                }
                Step::Transfers(transfers) => take(&mut state, &transfers, &mut chapter),
                Step::Wait(_) => {}
            }
            chapters.push(chapter);
            let secs = [0, 0, 1, 5_000, 43_200, 86_400][usize::try_from(dice.roll(6)).unwrap()];
            now = later(now, secs);
        }
    }
    (state, chapters)
}

/// When the books are moved: a while after the last batch.
fn begun_at(chapters: &[Chapter]) -> Timestamp {
    later(chapters.last().unwrap().now, 7_000)
}

/// Applies `asked` and notes what it made, as a log does.
fn take(state: &mut State, asked: &[Transfer], chapter: &mut Chapter) {
    let results = state.apply_transfers(asked, chapter.now);
    for (transfer, result) in asked.iter().zip(results) {
        if result == R::Created {
            chapter.transfers.extend(state.transfer(transfer.id).map(|record| record.transfer));
        } else if result.is_transient() {
            chapter.refused.push(transfer.id);
        }
    }
}

fn read(chapters: &[Chapter]) -> impl Iterator<Item = Result<Chapter, Infallible>> {
    chapters.iter().cloned().map(Ok)
}

/// The same books, as a cluster would have them.
fn moved(chapters: &[Chapter], until: Timestamp) -> State {
    let mut state = State::new();
    let survey = Survey::of(read(chapters), until).unwrap();
    let accounts: Vec<_> = survey.imported().collect();
    let made = state.apply_accounts(&accounts, until);
    assert!(made.iter().all(|result| result.name() == "created"), "{made:?}");
    let mut script = Script::new(&survey);
    let mut told: Vec<_> = chapters.iter().flat_map(|chapter| script.tell(chapter)).collect();
    told.extend(script.finish());
    let told = told.iter().map(|told| told.transfer).collect();
    let late: Vec<_> = survey.late.iter().map(|late| late.told(until).transfer).collect();
    for batch in [told, late] {
        let made = state.apply_transfers(&batch, until);
        for (transfer, result) in batch.iter().zip(made) {
            assert_eq!(result.name(), "created", "{transfer:?}");
        }
    }
    state
}

fn sums(state: &mut State, at: Timestamp) -> Vec<[u64; 5]> {
    state.apply(&Batch::Tick, at);
    let mut accounts: Vec<_> = state.accounts().collect();
    accounts.sort_by_key(|account| account.id.bits());
    let sums = accounts.iter().map(|a| {
        let [dp, d, cp, c] =
            [a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted]
                .map(kanuki_domain::Yen::amount);
        [dp, d, cp, c, u64::from(a.closed)]
    });
    sums.collect()
}

#[test]
fn told_books_stand_as_they_stood_and_end_as_they_would_have() {
    let (mut late, mut expired) = (0, 0);
    for seed in 0..400 {
        let (mut old, chapters) = books(seed);
        let until = begun_at(&chapters);
        let mut new = moved(&chapters, until);

        for at in [until, later(until, 43_200), later(until, 200_000)] {
            assert_eq!(sums(&mut new, at), sums(&mut old, at), "seed {seed} at {at}");
        }
        late += Survey::of(read(&chapters), until).unwrap().late.len();
        let voids = new.transfers().filter(|r| old.transfer(r.transfer.id).is_none());
        expired += voids.count();
    }
    assert!(late > 200 && expired > 200, "the programs show too little: {late}, {expired}");
}

#[test]
fn what_was_made_keeps_its_id_its_instant_and_its_end() {
    for seed in 0..100 {
        let (mut old, chapters) = books(seed);
        let until = begun_at(&chapters);
        old.apply(&Batch::Tick, until);
        let new = moved(&chapters, until);
        let late = Survey::of(read(&chapters), until).unwrap().late;
        let is_late = |id: TransferId| late.iter().any(|late| late.transfer.id == id);

        for chapter in &chapters {
            for transfer in &chapter.transfers {
                let [was, is] = [&old, &new].map(|state| state.transfer(transfer.id).unwrap());
                let flags = TransferFlags { linked: false, ..was.transfer.flags };
                let now =
                    TransferFlags { imported: was.transfer.flags.imported, ..is.transfer.flags };
                assert_eq!(now, flags, "seed {seed}");
                if !is_late(transfer.id) {
                    assert_eq!(is.transfer.timestamp, was.transfer.timestamp, "seed {seed}");
                }
                match (was.pending, is.pending) {
                    (Some(PendingState::Expired { at }), Some(PendingState::Voided { by })) => {
                        let void = new.transfer(by).unwrap().transfer.timestamp;
                        assert!(void <= at && later(void, 1) > at, "seed {seed}");
                    }
                    (was, is) => assert_eq!(is, was, "seed {seed}"),
                }
            }
        }
    }
}
