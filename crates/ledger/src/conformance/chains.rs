//! Linked transfers, and gates.

use jiff::Timestamp;

use super::{Bench, CODE, Checked};
use crate::{
    chain::{ChainError, chain},
    engine::LedgerEngine,
    model::{Account, AccountFlags, LEDGER_YEN, Transfer},
    result::{CreateAccountResult as A, CreateTransferResult as R},
};

/// All promises about chains and gates.
pub async fn check_all(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    chain_fails_as_one_and_leaves_no_trace(engine, now).await?;
    broken_chain_gives_settled_reservations_back(engine, now).await?;
    chain_left_open_is_refused(engine, now).await?;
    chains_of_one_batch_are_independent(engine, now).await?;
    chain_sent_again_is_a_success(engine, now).await?;
    chain_with_foreign_ids_is_told_apart(engine, now).await?;
    linked_accounts_are_made_as_one(engine, now).await?;
    closed_gate_stops_its_chains_until_it_is_opened(engine, now).await
}

/// When one link fails, no link happened: sums, ids and history are as before.
pub async fn chain_fails_as_one_and_leaves_no_trace(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "as one", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);
    let before = engine.find_account(a, now).await?;
    let first = bench.posted("first", a, b, 60);
    let second = bench.posted("second", a, b, 60);

    let results = bench.send(vec![first.linked(), second.linked(), first]).await?;

    assert_eq!(results, [R::LinkedEventFailed, R::ExceedsCredits, R::LinkedEventFailed]);
    assert_eq!(engine.find_account(a, now).await?, before);
    assert_eq!(engine.lookup_transfers(&[first.id, second.id], now).await?, [None, None]);
    let page = crate::model::Filter::oldest(10);
    assert_eq!(engine.account_transfers(b, page, now).await?, []);
    assert_eq!(engine.account_balances(a, page, now).await?.len(), 1, "only the funding");
    let again = bench.send(vec![first, second]).await?;
    assert_eq!(again, [R::Created, R::IdAlreadyFailed], "only the failed link's id is burnt");
    Ok(())
}

/// A post within a chain that fails is taken back too: the reservation stands again.
pub async fn broken_chain_gives_settled_reservations_back(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "unsettled", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);
    let pend = bench.pending("pend", a, b, 60).expires_after(600);
    assert_eq!(bench.send(vec![pend]).await?, [R::Created]);
    let before = engine.find_transfer(pend.id, now).await?;
    let post = Transfer::post(bench.id("post"), pend.id);

    let results = bench.send(vec![post.linked(), bench.posted("over", a, b, 41)]).await?;

    assert_eq!(results, [R::LinkedEventFailed, R::ExceedsCredits]);
    assert_eq!(engine.find_transfer(pend.id, now).await?, before);
    assert_eq!(bench.sums(a).await?, [60, 0, 0, 100]);
    assert_eq!(bench.send(vec![post]).await?, [R::Created]);
    Ok(())
}

/// A batch that ends within a chain makes nothing of it.
pub async fn chain_left_open_is_refused(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    let bench = Bench::new(engine, "open", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);

    let results = bench
        .send(vec![bench.posted("one", a, b, 1).linked(), bench.posted("two", a, b, 1).linked()])
        .await?;

    assert_eq!(results, [R::LinkedEventFailed, R::LinkedEventChainOpen]);
    assert_eq!(bench.sums(b).await?, [0; 4]);
    Ok(())
}

/// A chain that fails takes nothing with it but itself.
pub async fn chains_of_one_batch_are_independent(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "independent", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);

    let results = bench
        .send(vec![
            bench.posted("alone", a, b, 1),
            bench.posted("bad 1", a, b, 2).linked(),
            bench.posted("bad 2", a, b, 500),
            bench.posted("good 1", a, b, 4).linked(),
            bench.posted("good 2", a, b, 8),
        ])
        .await?;

    let expected = [R::Created, R::LinkedEventFailed, R::ExceedsCredits, R::Created, R::Created];
    assert_eq!(results, expected);
    assert_eq!(bench.sums(b).await?, [0, 0, 0, 13]);
    Ok(())
}

/// Whoever lost the answer sends the chain again, even after its reservation was settled.
pub async fn chain_sent_again_is_a_success(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    let bench = Bench::new(engine, "again", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);
    let legs = vec![bench.pending("pend", a, b, 40), bench.posted("fee", a, b, 2)];
    let settle =
        vec![Transfer::post(bench.id("post"), bench.id("pend")), bench.posted("note", a, b, 0)];

    assert_eq!(chain(engine, legs.clone(), now).await, Ok(()));
    assert_eq!(chain(engine, legs.clone(), now).await, Ok(()));
    assert_eq!(chain(engine, settle.clone(), now).await, Ok(()));
    assert_eq!(chain(engine, legs, now).await, Ok(()));
    assert_eq!(chain(engine, settle, now).await, Ok(()));

    assert_eq!(bench.sums(a).await?, [0, 42, 0, 100]);
    Ok(())
}

/// Ids that belong to another chain are a mistake of the caller, not a retry.
pub async fn chain_with_foreign_ids_is_told_apart(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "foreign", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);
    let (one, two) = (bench.posted("one", a, b, 1), bench.posted("two", a, b, 2));
    assert_eq!(chain(engine, vec![one, two], now).await, Ok(()));
    let new = bench.posted("new", a, b, 4);

    let torn = chain(engine, vec![one, new], now).await;
    let refused = chain(engine, vec![one, bench.posted("two", a, b, 3)], now).await;
    let over = chain(engine, vec![new, bench.posted("over", a, b, 100)], now).await;

    assert_eq!(torn, Err(ChainError::Torn { index: 1, id: new.id }));
    let reason = R::ExistsWithDifferentAmount;
    assert_eq!(refused, Err(ChainError::Refused { index: 1, id: two.id, reason }));
    assert_eq!(over.map_err(|error| error.reason()), Err(Some(R::ExceedsCredits)));
    assert_eq!(bench.sums(a).await?, [0, 3, 0, 100]);
    Ok(())
}

/// Accounts make chains too, and one of them may not be left open.
pub async fn linked_accounts_are_made_as_one(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    let bench = Bench::new(engine, "linked accounts", now);
    let account =
        |tag: &str| Account::new(bench.account_id(tag), LEDGER_YEN, CODE, AccountFlags::NONE);
    let [a, b, c] = ["a", "b", "c"].map(account);
    let nowhere = Account { ledger: 0, ..b };

    let broken = engine.create_accounts(vec![a.linked(), nowhere, c], now).await?;
    let open = engine.create_accounts(vec![a.linked(), b.linked()], now).await?;
    let made = engine.create_accounts(vec![a.linked(), b], now).await?;

    assert_eq!(broken, [A::LinkedEventFailed, A::LedgerMustNotBeZero, A::Created]);
    assert_eq!(open, [A::LinkedEventFailed, A::LinkedEventChainOpen]);
    assert_eq!(made, [A::Created, A::Created]);
    let stamps: Vec<_> = engine
        .lookup_accounts(&[c.id, a.id, b.id], now)
        .await?
        .into_iter()
        .map(|found| found.map(|account| account.timestamp))
        .collect();
    assert!(stamps.is_sorted() && stamps.iter().all(Option::is_some), "in the order of making");
    Ok(())
}

/// A stop is a ledger fact: while the gate is closed no chain through it happens, but what is
/// reserved on other accounts can still be settled; voiding the closing opens it again.
pub async fn closed_gate_stops_its_chains_until_it_is_opened(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "gate", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);
    let gate = bench.account("gate", AccountFlags::NONE).await?;
    let sink = bench.account("sink", AccountFlags::NONE).await?;
    let through = |tag: &str| {
        let leg = bench.posted(&format!("{tag}/gate"), gate, sink, 0);
        vec![leg, bench.pending(tag, a, b, 10)]
    };
    let close = Transfer::closing(bench.id("close"), gate, sink, CODE);

    assert_eq!(chain(engine, through("before"), now).await, Ok(()));
    assert_eq!(bench.send(vec![close, close]).await?, [R::Created, R::Exists]);
    let stopped = chain(engine, through("while"), now).await;
    let in_flight = Transfer::post(bench.id("post"), bench.id("before"));
    let settled = bench.send(vec![in_flight]).await?;
    let second = Transfer::closing(bench.id("close twice"), gate, sink, CODE);
    let posted = Transfer::post(bench.id("post gate"), close.id);
    let refused = bench.send(vec![second, posted]).await?;
    let opened = bench.send(vec![Transfer::void(bench.id("open"), close.id)]).await?;

    assert_eq!(stopped.map_err(|error| error.reason()), Err(Some(R::DebitAccountAlreadyClosed)));
    assert_eq!(settled, [R::Created], "money accounts are not closed");
    assert_eq!(refused, [R::DebitAccountAlreadyClosed, R::DebitAccountAlreadyClosed]);
    assert_eq!(opened, [R::Created]);
    let burnt = chain(engine, through("while"), now).await;
    assert_eq!(burnt.map_err(|error| error.reason()), Err(Some(R::IdAlreadyFailed)));
    assert_eq!(chain(engine, through("after"), now).await, Ok(()));
    assert_eq!(bench.sums(a).await?, [10, 10, 0, 100]);
    Ok(())
}
