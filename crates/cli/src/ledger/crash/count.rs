//! What is left after a kill, held against what was answered before it.

use std::ops::RangeInclusive;

use anyhow::Result;
use jiff::Timestamp;
use kanuki_ledger::{LedgerEngine, TransferId, engine::BATCH_MAX};

use super::work::{self, Row, Sums};

/// What the callers were told, and what follows from it.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// For each caller, the last thing they asked for that was answered.
    pub(super) answered: Vec<u64>,
    sums: Sums,
}

impl Told {
    pub(super) fn nothing(callers: u16) -> Self {
        Self { answered: vec![0; usize::from(callers)], sums: Sums::funded(callers) }
    }

    /// `caller` was answered what they asked for the `n`th time; false if that is not what follows.
    #[must_use]
    pub(super) fn hear(&mut self, caller: u16, n: u64) -> bool {
        let place = usize::from(caller).checked_sub(1);
        let Some(last) = place.and_then(|place| self.answered.get_mut(place)) else {
            return false;
        };
        if last.checked_add(1) != Some(n) {
            return false;
        }
        *last = n;
        self.sums.add(caller, n);
        true
    }

    /// How many answers there were.
    pub(super) fn total(&self) -> u64 {
        self.answered.iter().fold(0, |sum, n| sum.saturating_add(*n))
    }

    fn callers(&self) -> impl Iterator<Item = (u16, u64)> {
        (1_u16..).zip(self.answered.iter().copied())
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Count {
    /// In the books although nobody was told: the kill came between.
    pub(super) untold: u64,
    /// What is wrong, one sentence each.
    pub(super) problems: Vec<String>,
}

/// Looks at everything that was answered after `before`, at what was under way, and at all sums.
pub(super) async fn count(
    engine: &dyn LedgerEngine,
    before: &[u64],
    told: &Told,
    now: Timestamp,
) -> Result<Count> {
    let mut count = Count::default();
    let mut sums = told.sums.clone();
    for ((caller, answered), before) in told.callers().zip(before) {
        // What is new, then what was under way, then what can never have been asked.
        let first = before.saturating_add(1);
        for (n, whole) in (first..).zip(found(engine, caller, first..=answered, now).await?) {
            if whole != Whole::All {
                count.problems.push(format!("lost: caller {caller} was answered {n}"));
            }
        }
        let next = answered.saturating_add(1);
        match found(engine, caller, next..=next.saturating_add(1), now).await?.as_slice() {
            [Whole::None, Whole::None] => {}
            [Whole::All, Whole::None] => {
                count.untold = count.untold.saturating_add(1);
                sums.add(caller, next);
            }
            [Whole::Part, _] => {
                count.problems.push(format!("half made: what caller {caller} asked for as {next}"));
            }
            _ => count.problems.push(format!("never asked: caller {caller}, after {next}")),
        }
    }
    let callers = u16::try_from(told.answered.len()).unwrap_or(u16::MAX);
    let ids: Vec<_> = work::accounts(callers).iter().map(|account| account.id).collect();
    let accounts: Vec<_> = engine.lookup_accounts(&ids, now).await?.into_iter().flatten().collect();
    let there = Sums::of(&accounts);
    // A kill before anybody was answered may leave nothing at all.
    let is_new = there == Sums::default() && told.total() == 0;
    if !is_new && there != sums {
        count.problems.push(
            "doubled or lost: an account has another sum than what was found makes".to_owned(),
        );
    }
    Ok(count)
}

/// How much of a chain is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whole {
    None,
    Part,
    All,
}

async fn found(
    engine: &dyn LedgerEngine,
    caller: u16,
    asked: RangeInclusive<u64>,
    now: Timestamp,
) -> Result<Vec<Whole>> {
    let chains: Vec<Vec<Row>> = asked.map(|n| work::rows(caller, n)).collect();
    let ids: Vec<TransferId> = chains.iter().flatten().map(|row| row.id).collect();
    let mut rows = Vec::with_capacity(ids.len());
    for some in ids.chunks(BATCH_MAX) {
        let records = engine.lookup_transfers(some, now).await?;
        rows.extend(records.into_iter().map(|found| found.map(|found| Row::of(&found.transfer))));
    }
    let mut rows = rows.into_iter();
    let whole = |chain: &Vec<Row>| {
        let found: Vec<Option<Row>> = rows.by_ref().take(chain.len()).collect();
        if found.iter().all(Option::is_none) {
            Whole::None
        } else if found.iter().zip(chain).all(|(found, row)| found.as_ref() == Some(row)) {
            Whole::All
        } else {
            Whole::Part
        }
    };
    Ok(chains.iter().map(whole).collect())
}

#[cfg(test)]
mod tests {
    use kanuki_ledger::{MemoryEngine, Transfer, chain};

    use super::*;

    const CALLERS: u16 = 3;

    fn now() -> Timestamp {
        "2026-04-01T00:00:00Z".parse().unwrap()
    }

    /// Books in which everybody was given what they asked for so many times.
    async fn books(times: u64) -> (MemoryEngine, Told) {
        let engine = MemoryEngine::new();
        engine.create_accounts(work::accounts(CALLERS), now()).await.unwrap();
        engine.create_transfers(work::funding(CALLERS), now()).await.unwrap();
        let mut told = Told::nothing(CALLERS);
        for n in 1..=times {
            for caller in 1..=CALLERS {
                chain(&engine, work::asked(caller, n), now()).await.unwrap();
                assert!(told.hear(caller, n));
            }
        }
        (engine, told)
    }

    async fn problems(engine: &MemoryEngine, told: &Told) -> Vec<String> {
        let before = vec![0; usize::from(CALLERS)];
        count(engine, &before, told, now()).await.unwrap().problems
    }

    #[tokio::test]
    async fn what_was_answered_and_what_was_under_way_is_no_problem() {
        let (engine, mut told) = books(17).await;
        assert_eq!(problems(&engine, &told).await, Vec::<String>::new());

        chain(&engine, work::asked(2, 18), now()).await.unwrap();
        let before = told.answered.clone();
        let counted = count(&engine, &before, &told, now()).await.unwrap();

        assert_eq!((counted.untold, counted.problems), (1, Vec::new()));
        // The next process asks for it again.
        chain(&engine, work::asked(2, 18), now()).await.unwrap();
        assert!(told.hear(2, 18));
        assert_eq!(problems(&engine, &told).await, Vec::<String>::new());
        assert!(!told.hear(2, 18), "nobody is answered the same twice");
    }

    #[tokio::test]
    async fn lost_answer_is_found() {
        let (engine, mut told) = books(8).await;
        assert!(told.hear(3, 9));

        let found = problems(&engine, &told).await;

        assert_eq!(found[0], "lost: caller 3 was answered 9");
        assert!(found[1].starts_with("doubled or lost"), "{found:?}");
    }

    #[tokio::test]
    async fn doubled_transfer_is_found_by_the_sums() {
        let (engine, told) = books(8).await;
        let Transfer { debit_account, credit_account, amount, .. } = work::asked(1, 4)[0];
        let twice = Transfer::posted(TransferId(7), debit_account, credit_account, amount, 1);
        engine.create_transfers(vec![twice], now()).await.unwrap();

        let found = problems(&engine, &told).await;

        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("doubled or lost"), "{found:?}");
    }

    #[tokio::test]
    async fn half_a_chain_and_what_nobody_asked_for_are_found() {
        let (engine, told) = books(8).await;
        engine.create_transfers(vec![work::asked(1, 9)[1]], now()).await.unwrap();
        chain(&engine, work::asked(2, 10), now()).await.unwrap();

        let found = problems(&engine, &told).await;

        assert_eq!(found[0], "half made: what caller 1 asked for as 9");
        assert_eq!(found[1], "never asked: caller 2, after 9");
    }
}
