//! Amounts: what moves, what is reserved, what is given back.

use jiff::Timestamp;
use kanuki_domain::Yen;

use super::{Bench, CODE, Checked};
use crate::{
    engine::LedgerEngine,
    model::{AccountFlags, PendingState, Transfer},
    result::CreateTransferResult as R,
};

/// All promises about amounts.
pub async fn check_all(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    retried_transfer_moves_money_once(engine, now).await?;
    account_is_not_overdrawn_by_pending_and_posted_together(engine, now).await?;
    credits_do_not_pass_debits(engine, now).await?;
    pending_is_posted_in_part_and_the_rest_released(engine, now).await?;
    void_gives_everything_back(engine, now).await?;
    pending_is_settled_once(engine, now).await?;
    zero_amount_moves_nothing_and_is_kept(engine, now).await?;
    balancing_debit_takes_what_is_there(engine, now).await?;
    balancing_credit_gives_what_may_still_be_given(engine, now).await
}

/// A retry gets the first answer's meaning and moves nothing.
pub async fn retried_transfer_moves_money_once(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "retry", now);
    let (a, b) = (bench.funded("a", 1000).await?, bench.account("b", AccountFlags::NONE).await?);
    let pend = bench.pending("pend", a, b, 400);
    let post = Transfer::post(bench.id("post"), pend.id);

    let first = bench.send(vec![pend, post]).await?;
    let again = bench.send(vec![pend, post]).await?;

    assert_eq!(first, [R::Created, R::Created]);
    assert_eq!(again, [R::Exists, R::Exists]);
    assert_eq!(bench.sums(a).await?, [0, 400, 0, 1000]);
    assert_eq!(bench.sums(b).await?, [0, 0, 0, 400]);
    Ok(())
}

/// Reserved money cannot be spent a second time.
pub async fn account_is_not_overdrawn_by_pending_and_posted_together(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "overdraft", now);
    let (a, b) = (bench.funded("a", 1000).await?, bench.account("b", AccountFlags::NONE).await?);

    let results = bench
        .send(vec![
            bench.pending("reserve", a, b, 600),
            bench.posted("too much", a, b, 401),
            bench.posted("the rest", a, b, 400),
            bench.pending("one more", a, b, 1),
        ])
        .await?;

    assert_eq!(results, [R::Created, R::ExceedsCredits, R::Created, R::ExceedsCredits]);
    assert_eq!(bench.sums(a).await?, [600, 400, 0, 1000]);
    Ok(())
}

/// The mirror image of the overdraft, for accounts that hold what others owe.
pub async fn credits_do_not_pass_debits(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    let bench = Bench::new(engine, "credits", now);
    let asset = bench.account("asset", AccountFlags::DEBIT_BALANCE).await?;
    let other = bench.account("other", AccountFlags::NONE).await?;

    let results = bench
        .send(vec![
            bench.posted("early", other, asset, 1),
            bench.posted("debit", asset, other, 10),
            bench.pending("reserve", other, asset, 7),
            bench.posted("too much", other, asset, 4),
            bench.posted("the rest", other, asset, 3),
        ])
        .await?;

    let expected = [R::ExceedsDebits, R::Created, R::Created, R::ExceedsDebits, R::Created];
    assert_eq!(results, expected);
    assert_eq!(bench.sums(asset).await?, [0, 10, 7, 3]);
    Ok(())
}

/// A post may take less than was reserved; nothing of the rest stays reserved.
pub async fn pending_is_posted_in_part_and_the_rest_released(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "part", now);
    let (a, b) = (bench.funded("a", 1000).await?, bench.account("b", AccountFlags::NONE).await?);
    let pend = bench.pending("pend", a, b, 400);
    let post = Transfer::post_part(bench.id("post"), pend.id, Yen::of(300));

    let results = bench.send(vec![pend, post]).await?;

    assert_eq!(results, [R::Created, R::Created]);
    assert_eq!(bench.sums(a).await?, [0, 300, 0, 1000]);
    assert_eq!(bench.sums(b).await?, [0, 0, 0, 300]);
    let record = engine.find_transfer(pend.id, now).await?.and_then(|r| r.pending);
    assert_eq!(record, Some(PendingState::Posted { by: post.id, amount: Yen::of(300) }));
    Ok(())
}

/// A void returns the whole reservation, and what it left out is kept as in the pending transfer.
pub async fn void_gives_everything_back(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    let bench = Bench::new(engine, "void", now);
    let (a, b) = (bench.funded("a", 1000).await?, bench.account("b", AccountFlags::NONE).await?);
    let pend = bench.pending("pend", a, b, 1000).with_user_data(77);
    let void = Transfer::void(bench.id("void"), pend.id);

    let results = bench.send(vec![pend, void, void]).await?;

    assert_eq!(results, [R::Created, R::Created, R::Exists]);
    assert_eq!(bench.sums(a).await?, [0, 0, 0, 1000]);
    assert_eq!(bench.sums(b).await?, [0, 0, 0, 0]);
    let kept = engine.find_transfer(void.id, now).await?.map(|r| r.transfer);
    let seen = kept.map(|t| (t.debit_account, t.credit_account, t.amount, t.code, t.user_data));
    assert_eq!(seen, Some((a, b, Yen::of(1000), CODE, 77)));
    Ok(())
}

/// Post after post, void after post, post after void: all refused by name.
pub async fn pending_is_settled_once(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    let bench = Bench::new(engine, "once", now);
    let (a, b) = (bench.funded("a", 1000).await?, bench.account("b", AccountFlags::NONE).await?);
    let first = bench.pending("first", a, b, 10);
    let second = bench.pending("second", a, b, 20);

    let results = bench
        .send(vec![
            first,
            second,
            Transfer::post(bench.id("post"), first.id),
            Transfer::post(bench.id("post again"), first.id),
            Transfer::void(bench.id("void posted"), first.id),
            Transfer::void(bench.id("void"), second.id),
            Transfer::post(bench.id("post voided"), second.id),
        ])
        .await?;

    let expected = [
        R::Created,
        R::Created,
        R::Created,
        R::PendingTransferAlreadyPosted,
        R::PendingTransferAlreadyPosted,
        R::Created,
        R::PendingTransferAlreadyVoided,
    ];
    assert_eq!(results, expected);
    assert_eq!(bench.sums(a).await?, [0, 10, 0, 1000]);
    Ok(())
}

/// A leg of nothing is a leg: gates are made of it.
pub async fn zero_amount_moves_nothing_and_is_kept(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "zero", now);
    let a = bench.account("a", AccountFlags::NO_OVERDRAFT).await?;
    let b = bench.account("b", AccountFlags::NONE).await?;
    let nothing = bench.posted("nothing", a, b, 0);

    let results = bench.send(vec![nothing, nothing]).await?;

    assert_eq!(results, [R::Created, R::Exists]);
    assert_eq!(bench.sums(a).await?, [0; 4]);
    assert!(engine.find_transfer(nothing.id, now).await?.is_some());
    Ok(())
}

/// A balancing transfer moves at most what is available, and a retry of it is a retry.
pub async fn balancing_debit_takes_what_is_there(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "balancing", now);
    let (a, b) = (bench.funded("a", 1000).await?, bench.account("b", AccountFlags::NONE).await?);
    let all = Transfer { amount: Transfer::ALL, ..bench.posted("all", a, b, 0) }.balancing_debit();

    let results = bench.send(vec![bench.pending("reserve", a, b, 300), all, all]).await?;

    assert_eq!(results, [R::Created, R::Created, R::Exists]);
    assert_eq!(bench.sums(a).await?, [300, 700, 0, 1000]);
    let kept = engine.find_transfer(all.id, now).await?.map(|r| r.transfer.amount);
    assert_eq!(kept, Some(Yen::of(700)));
    Ok(())
}

/// A transfer that balances its credit side moves at most what that account may still be credited.
pub async fn balancing_credit_gives_what_may_still_be_given(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "balancing credit", now);
    let guarded = AccountFlags { credits_must_not_exceed_debits: true, ..AccountFlags::NONE };
    let claim = bench.account("claim", guarded).await?;
    let source = bench.funded("a", 1000).await?;
    let sink = bench.account("sink", AccountFlags::NONE).await?;
    let lent = bench.posted("lent", claim, sink, 400);
    let up_to = |tag: &str, amount| bench.posted(tag, source, claim, amount).balancing_credit();

    let results =
        bench.send(vec![lent, up_to("some", 150), up_to("rest", 900), up_to("rest", 900)]).await?;
    let none_left = bench.send(vec![bench.posted("more", source, claim, 1)]).await?;

    assert_eq!(results, [R::Created, R::Created, R::Created, R::Exists]);
    assert_eq!(none_left, [R::ExceedsDebits]);
    assert_eq!(bench.sums(claim).await?, [0, 400, 0, 400]);
    let kept = engine.find_transfer(bench.id("rest"), now).await?.map(|r| r.transfer.amount);
    assert_eq!(kept, Some(Yen::of(250)));
    Ok(())
}
