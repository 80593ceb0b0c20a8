//! Timeouts. For engines that take the caller's clock; one with its own clock is tested against
//! that.

use jiff::Timestamp;

use super::{Bench, CODE, Checked};
use crate::{
    engine::{LedgerEngine, LedgerError},
    model::{AccountFlags, Filter, PendingState, Transfer},
    result::CreateTransferResult as R,
};

/// All promises about time, each a day after the one before.
pub async fn check_all(engine: &dyn LedgerEngine, start: Timestamp) -> Checked {
    let day = |n: i64| Bench::new(engine, "", start).later(n.saturating_mul(86_400)).now;
    pending_ends_at_its_deadline_and_not_before(engine, day(1)).await?;
    rolling_cap_returns_by_itself(engine, day(2)).await?;
    what_timed_out_does_not_come_back_when_the_clock_does(engine, day(4)).await?;
    closing_that_times_out_opens_the_account(engine, day(5)).await?;
    settled_in_time_is_not_released_again(engine, day(6)).await?;
    an_instant_that_no_books_can_bear_changes_nothing(engine, day(7)).await
}

/// One second early it is reserved; at the deadline it is not, in every answer.
pub async fn pending_ends_at_its_deadline_and_not_before(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "deadline", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);
    let pend = bench.pending("pend", a, b, 100).expires_after(60);
    assert_eq!(bench.send(vec![bench.posted("before", a, b, 0), pend]).await?, [R::Created; 2]);
    let (early, due) = (bench.later(59), bench.later(60));

    assert_eq!(early.sums(a).await?, [100, 0, 0, 100]);
    assert_eq!(early.send(vec![bench.posted("early", a, b, 1)]).await?, [R::ExceedsCredits]);
    assert_eq!(due.sums(a).await?, [0, 0, 0, 100]);
    assert_eq!(due.sums(b).await?, [0, 0, 0, 0]);
    let state = engine.find_transfer(pend.id, due.now).await?.and_then(|r| r.pending);
    assert_eq!(state, Some(PendingState::Expired { at: due.now }));
    let post = Transfer::post(bench.id("post"), pend.id);
    let void = Transfer::void(bench.id("void"), pend.id);
    let results = due.send(vec![post, void, pend, bench.posted("late", a, b, 100)]).await?;
    let expected = [R::PendingTransferExpired, R::PendingTransferExpired, R::Exists, R::Created];
    assert_eq!(results, expected);
    Ok(())
}

/// A cap is an account with credit; each use of it comes back when its own window has passed. A
/// void brings it back at once.
pub async fn rolling_cap_returns_by_itself(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    let bench = Bench::new(engine, "cap", now);
    let cap = bench.funded("cap", 50).await?;
    let used = bench.account("used", AccountFlags::NONE).await?;
    let window = |tag: &str, amount| bench.pending(tag, cap, used, amount).expires_after(86_400);
    let noon = bench.later(43_200);

    assert_eq!(bench.send(vec![window("one", 30)]).await?, [R::Created]);
    assert_eq!(noon.send(vec![window("two", 20)]).await?, [R::Created]);
    let full = bench.later(86_399).send(vec![window("full", 1)]).await?;
    let next = bench.later(86_400).send(vec![window("over", 31), window("three", 30)]).await?;
    let void = Transfer::void(bench.id("void"), bench.id("three"));
    let back = bench.later(86_401).send(vec![void, window("four", 30)]).await?;
    let after = bench.later(129_600).send(vec![window("five", 20), window("six", 1)]).await?;

    assert_eq!(full, [R::ExceedsCredits]);
    assert_eq!(next, [R::ExceedsCredits, R::Created]);
    assert_eq!(back, [R::Created, R::Created]);
    assert_eq!(after, [R::Created, R::ExceedsCredits]);
    Ok(())
}

/// A clock that is set back neither revives a reservation nor breaks the order of timestamps.
pub async fn what_timed_out_does_not_come_back_when_the_clock_does(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "backwards", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);
    let pend = bench.pending("pend", a, b, 100).expires_after(60);
    assert_eq!(bench.send(vec![pend]).await?, [R::Created]);
    assert_eq!(bench.later(60).sums(a).await?, [0, 0, 0, 100], "told that it is free");

    let post = Transfer::post(bench.id("post"), pend.id);
    let results = bench.send(vec![post, bench.posted("spend", a, b, 100)]).await?;

    assert_eq!(results, [R::PendingTransferExpired, R::Created]);
    let ids = [pend.id, bench.id("spend")];
    let records = engine.lookup_transfers(&ids, now).await?;
    let stamps = records.iter().map(|r| r.as_ref().map(|r| r.transfer.timestamp));
    assert!(stamps.is_sorted(), "timestamps rise");
    Ok(())
}

/// A gate closed for a while opens by itself.
pub async fn closing_that_times_out_opens_the_account(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "closed for a while", now);
    let gate = bench.account("gate", AccountFlags::NONE).await?;
    let sink = bench.account("sink", AccountFlags::NONE).await?;
    let close = Transfer::closing(bench.id("close"), gate, sink, CODE).expires_after(60);
    let through = bench.posted("through", gate, sink, 0);

    let closed = bench.send(vec![close, through]).await?;
    let late = bench.posted("late", gate, sink, 0);
    let open = bench.later(60).send(vec![late]).await?;

    assert_eq!(closed, [R::Created, R::DebitAccountAlreadyClosed]);
    assert_eq!(open, [R::Created]);
    Ok(())
}

/// Once posted or voided, a deadline means nothing.
pub async fn settled_in_time_is_not_released_again(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "in time", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);
    let one = bench.pending("one", a, b, 30).expires_after(60);
    let two = bench.pending("two", a, b, 50).expires_after(60);
    let batch = vec![
        one,
        two,
        Transfer::post(bench.id("post"), one.id),
        Transfer::void(bench.id("void"), two.id),
        bench.pending("open", a, b, 5),
    ];
    assert_eq!(bench.send(batch).await?, [R::Created; 5]);

    let after = bench.later(3600);

    assert_eq!(after.sums(a).await?, [5, 30, 0, 100]);
    assert_eq!(after.sums(b).await?, [0, 0, 5, 30]);
    Ok(())
}

/// A clock that shows the year 9999 is an error for whoever asks, and for the books as if nobody had.
pub async fn an_instant_that_no_books_can_bear_changes_nothing(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "beyond time", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);
    let pend = bench.pending("pend", a, b, 60).expires_after(60);
    assert_eq!(bench.send(vec![pend]).await?, [R::Created]);
    let beyond = Timestamp::MAX;
    let paid = bench.posted("paid", a, b, 1);

    let wrote = engine.create_transfers(vec![paid], beyond).await;
    let read = engine.find_account(a, beyond).await;
    let listed = engine.account_transfers(a, Filter::newest(9), beyond).await;

    let refused = Some(LedgerError::BeyondTime);
    assert_eq!([wrote.err(), read.err(), listed.err()], [refused; 3]);
    assert_eq!(bench.sums(a).await?, [60, 0, 0, 100], "the reservation is still there");
    assert_eq!(bench.send(vec![paid]).await?, [R::Created]);
    Ok(())
}
