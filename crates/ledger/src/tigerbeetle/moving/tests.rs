//! What a cluster would be told, told to our own state machine, which judges imports as a cluster
//! does: nothing is refused, and at the end all stands as it stood.

use jiff::{SignedDuration, Timestamp};

use super::script::{Late, Script, Survey, Surveyor, Told};
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

/// The same books, as a cluster would have them.
struct Cluster {
    state: State,
    /// Made last.
    late: Vec<Late>,
    /// Open when the move was begun.
    held: Vec<Late>,
}

impl Cluster {
    fn import(&mut self, survey: &Survey, until: Timestamp) {
        let known = |id| self.state.account(id).is_some();
        let accounts: Vec<_> = survey.imported().filter(|account| !known(account.id)).collect();
        let made = self.state.apply_accounts(&accounts, until);
        assert!(made.iter().all(|result| result.name() == "created"), "{made:?}");
    }

    fn make(&mut self, batch: &[Transfer], until: Timestamp) {
        let made = self.state.apply_transfers(batch, until);
        for (transfer, result) in batch.iter().zip(made) {
            assert_eq!(result.name(), "created", "{transfer:?}");
        }
    }

    fn make_told(&mut self, told: &[Told], until: Timestamp) {
        let told: Vec<_> = told.iter().map(|told| told.transfer).collect();
        self.make(&told, until);
    }
}

fn survey(surveyor: &mut Surveyor, chapters: &[Chapter], until: Timestamp) -> Survey {
    for chapter in chapters {
        surveyor.add(chapter);
    }
    surveyor.survey(until)
}

/// Moved in two pieces, of which the first has `split` batches, or in one.
fn moved(chapters: &[Chapter], until: Timestamp, split: usize) -> Cluster {
    let (begun, rest) = chapters.split_at(split);
    let begun_at = if rest.is_empty() { until } else { begun.last().unwrap().now };
    let (mut surveyor, mut script) = (Surveyor::default(), Script::default());
    let first = survey(&mut surveyor, begun, begun_at);
    let mut cluster =
        Cluster { state: State::new(), late: first.late.clone(), held: first.late.clone() };
    cluster.import(&first, until);
    let mut told: Vec<_> = begun.iter().flat_map(|c| script.tell(&first, c)).collect();
    told.extend(script.finish(&first));
    cluster.make_told(&told, until);
    if !rest.is_empty() {
        let last = survey(&mut surveyor, rest, until);
        cluster.import(&last, until);
        let mut told = script.release(&first, &last);
        told.extend(rest.iter().flat_map(|c| script.tell(&last, c)));
        told.extend(script.finish(&last));
        cluster.make_told(&told, until);
        cluster.late = last.late;
    }
    let late: Vec<_> = cluster.late.iter().map(|late| late.told(until).transfer).collect();
    cluster.make(&late, until);
    cluster
}

/// In one piece, and parted somewhere where time passes.
fn splits(seed: u64, chapters: &[Chapter]) -> [usize; 2] {
    let some = Dice::new(seed ^ 0x5117).roll(u64::try_from(chapters.len()).unwrap());
    let passes = |n: &usize| chapters[*n - 1].now < chapters[*n].now;
    let parted = (1 + usize::try_from(some).unwrap()..chapters.len()).find(passes);
    [chapters.len(), parted.unwrap_or(chapters.len())]
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
    let (mut late, mut expired, mut held) = (0, 0, 0);
    for seed in 0..400 {
        let (old, chapters) = books(seed);
        let until = begun_at(&chapters);
        for split in splits(seed, &chapters) {
            let (mut old, mut new) = (old.clone(), moved(&chapters, until, split));

            for at in [until, later(until, 43_200), later(until, 200_000)] {
                let stands = sums(&mut new.state, at);
                assert_eq!(stands, sums(&mut old, at), "seed {seed}, {split} batches, at {at}");
            }
            late += new.late.len();
            held += new.held.iter().filter(|held| !new.late.contains(held)).count();
            let voids = new.state.transfers().filter(|r| old.transfer(r.transfer.id).is_none());
            expired += voids.count();
        }
    }
    assert!(
        late > 400 && expired > 400 && held > 100,
        "the programs show too little: {late}, {expired}, {held}"
    );
}

#[test]
fn what_was_made_keeps_its_id_its_instant_and_its_end() {
    for seed in 0..100 {
        let (mut old, chapters) = books(seed);
        let until = begun_at(&chapters);
        old.apply(&Batch::Tick, until);
        for split in splits(seed, &chapters) {
            let new = moved(&chapters, until, split);
            let mut late = new.late.iter().chain(&new.held);

            for transfer in chapters.iter().flat_map(|chapter| &chapter.transfers) {
                let is_late = late.clone().any(|late| late.transfer.id == transfer.id);
                require_alike(&old, &new.state, transfer.id, is_late);
            }
            assert!(late.all(|late| old.transfer(late.transfer.id).is_some()));
        }
    }
}

fn require_alike(old: &State, new: &State, id: TransferId, is_late: bool) {
    let [was, is] = [old, new].map(|state| state.transfer(id).unwrap());
    let flags = TransferFlags { linked: false, ..was.transfer.flags };
    let now = TransferFlags { imported: was.transfer.flags.imported, ..is.transfer.flags };
    assert_eq!(now, flags);
    if is_late {
        assert!(is.transfer.timestamp >= was.transfer.timestamp, "{was:?} {is:?}");
    } else {
        assert_eq!(is.transfer.timestamp, was.transfer.timestamp, "{was:?}");
    }
    match (was.pending, is.pending) {
        (Some(PendingState::Expired { at }), Some(PendingState::Voided { by })) => {
            let void = new.transfer(by).unwrap().transfer.timestamp;
            assert!(void <= at && later(void, 1) > at, "{was:?} {is:?}");
        }
        (was, is) => assert_eq!(is, was),
    }
}
