//! The past, brought in from other books. For engines that take the caller's clock; one with its own
//! clock is tested by moving books to it.

use jiff::Timestamp;

use super::{Bench, CODE, Checked};
use crate::{
    engine::LedgerEngine,
    model::{Account, AccountFlags, AccountId, LEDGER_YEN},
    result::{CreateAccountResult as A, CreateTransferResult as R},
};

/// All promises about imports, after everything else that the engine was asked.
pub async fn check_all(engine: &dyn LedgerEngine, start: Timestamp) -> Checked {
    let later = Bench::new(engine, "", start).later(30 * 86_400).now;
    what_is_imported_bears_its_own_instant(engine, later).await?;
    what_is_not_the_past_in_order_is_not_imported(engine, later).await
}

/// An account that was made at `at`.
fn account(bench: Bench<'_>, tag: &str, at: Timestamp) -> Account {
    Account::new(bench.account_id(tag), LEDGER_YEN, CODE, AccountFlags::NONE).imported(at)
}

/// Two accounts, made ten and twenty seconds after the bench's instant and imported a minute after.
async fn two(bench: Bench<'_>) -> Result<[AccountId; 2], crate::engine::LedgerError> {
    let pair = [account(bench, "a", bench.later(10).now), account(bench, "b", bench.later(20).now)];
    let made = bench.engine.create_accounts(pair.to_vec(), bench.later(60).now).await?;
    assert_eq!(made, [A::Created, A::Created]);
    Ok(pair.map(|account| account.id))
}

/// Accounts and transfers of other books keep the instants that they had there.
pub async fn what_is_imported_bears_its_own_instant(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "imported", now);
    let [a, b] = two(bench).await?;
    let late = bench.later(60);
    let [first, second] = [30, 40].map(|secs| bench.later(secs).now);
    let old = vec![
        bench.posted("first", a, b, 7).imported(first),
        bench.posted("second", b, a, 2).imported(second),
    ];

    let results = late.send(old.clone()).await?;
    let again = late.send(old).await?;

    assert_eq!(results, [R::Created, R::Created]);
    assert_eq!(again, [R::Exists, R::Exists]);
    let found = engine.lookup_transfers(&[bench.id("first"), bench.id("second")], late.now).await?;
    let stamps: Vec<_> = found.iter().flatten().map(|record| record.transfer.timestamp).collect();
    assert_eq!(stamps, [first, second]);
    assert_eq!(bench.later(61).sums(a).await?, [0, 7, 0, 2]);
    Ok(())
}

/// The future, what lies before something that is there, a deadline, and a mixture are refused.
pub async fn what_is_not_the_past_in_order_is_not_imported(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "not imported", now).later(3_600);
    let [a, b] = two(bench).await?;
    let late = bench.later(60);
    let at = |secs| bench.later(secs).now;
    let of = |tag: &str| bench.posted(tag, a, b, 1);
    assert_eq!(late.send(vec![of("there").imported(at(40))]).await?, [R::Created]);

    let cases = [
        (vec![of("future").imported(at(3_600))], R::ImportedEventTimestampMustNotAdvance),
        (vec![of("before").imported(at(39))], R::ImportedEventTimestampMustNotRegress),
        (
            vec![bench.pending("timed", a, b, 1).expires_after(60).imported(at(41))],
            R::ImportedEventTimeoutMustBeZero,
        ),
        (vec![of("of old").imported(at(42)), of("of today")], R::ImportedEventExpected),
        (vec![of("today's"), of("old").imported(at(43))], R::ImportedEventNotExpected),
    ];
    for (batch, reason) in cases {
        let results = late.send(batch).await?;
        assert_eq!(results.last(), Some(&reason));
    }
    let early = vec![account(bench, "early", at(15))];
    let regressed = engine.create_accounts(early, late.now).await?;
    assert_eq!(regressed, [A::ImportedEventTimestampMustNotRegress]);
    Ok(())
}
