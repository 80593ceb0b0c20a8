//! What is refused, and by which name.

use jiff::Timestamp;
use kanuki_domain::Yen;

use super::{Bench, CODE, Checked};
use crate::{
    engine::{BATCH_MAX, LedgerEngine, LedgerError},
    model::{Account, AccountFlags, AccountId, LEDGER_YEN, Transfer, TransferFlags, TransferId},
    result::{CreateAccountResult as A, CreateTransferResult as R},
};

/// All promises about refusals.
pub async fn check_all(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    same_id_with_other_fields_is_refused(engine, now).await?;
    same_account_with_other_fields_is_refused(engine, now).await?;
    nonsense_is_refused_by_name(engine, now).await?;
    failure_is_remembered(engine, now).await?;
    closing_counts_as_a_flag(engine, now).await?;
    closing_shuts_the_side_that_it_names(engine, now).await?;
    batch_beyond_the_limit_is_refused_whole(engine, now).await?;
    settling_more_or_other_than_reserved_is_refused(engine, now).await
}

/// An id is bound to all fields of its first use.
pub async fn same_id_with_other_fields_is_refused(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "other fields", now);
    let (a, b) = (bench.funded("a", 1000).await?, bench.account("b", AccountFlags::NONE).await?);
    let pend = bench.pending("pend", a, b, 100).expires_after(60).with_user_data(5);
    let post = Transfer::post(bench.id("post"), pend.id);

    let results = bench
        .send(vec![
            pend,
            Transfer { amount: Yen::of(101), ..pend },
            Transfer { timeout_secs: 61, ..pend },
            Transfer { debit_account: b, credit_account: a, ..pend },
            Transfer { credit_account: a, ..pend },
            Transfer { flags: TransferFlags::NONE, ..pend },
            pend.with_user_data(6),
            pend.in_ledger(1),
            Transfer { code: 2, ..pend },
            post,
            Transfer::post_part(post.id, pend.id, Yen::of(99)),
            Transfer::post_part(post.id, pend.id, Yen::of(100)),
            Transfer::post(post.id, bench.id("other")),
        ])
        .await?;

    let expected = [
        R::Created,
        R::ExistsWithDifferentAmount,
        R::ExistsWithDifferentTimeout,
        R::ExistsWithDifferentDebitAccountId,
        R::ExistsWithDifferentCreditAccountId,
        R::ExistsWithDifferentFlags,
        R::ExistsWithDifferentUserData,
        R::ExistsWithDifferentLedger,
        R::ExistsWithDifferentCode,
        R::Created,
        R::ExistsWithDifferentAmount,
        R::Exists,
        R::ExistsWithDifferentPendingId,
    ];
    assert_eq!(results, expected);
    Ok(())
}

/// An account is made once, with what it was first made with.
pub async fn same_account_with_other_fields_is_refused(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "other account", now);
    let account = Account::new(bench.account_id("a"), LEDGER_YEN, CODE, AccountFlags::NO_OVERDRAFT);
    let both = AccountFlags { credits_must_not_exceed_debits: true, ..account.flags };
    let other = bench.account_id("b");
    let accounts = vec![
        account,
        account,
        Account { flags: AccountFlags::NONE, ..account },
        account.with_user_data(1),
        Account { ledger: 1, ..account },
        Account { code: 2, ..account },
        Account { id: AccountId::NONE, ..account },
        Account { id: other, flags: both, ..account },
        Account { id: other, credits_posted: Yen::of(1), ..account },
        Account { id: other, ledger: 0, ..account },
    ];

    let results = engine.create_accounts(accounts, now).await?;

    let expected = [
        A::Created,
        A::Exists,
        A::ExistsWithDifferentFlags,
        A::ExistsWithDifferentUserData,
        A::ExistsWithDifferentLedger,
        A::ExistsWithDifferentCode,
        A::IdMustNotBeZero,
        A::FlagsAreMutuallyExclusive,
        A::CreditsPostedMustBeZero,
        A::LedgerMustNotBeZero,
    ];
    assert_eq!(results, expected);
    assert_eq!(engine.find_account(other, now).await?, None, "a refused account is not made");
    Ok(())
}

/// Requests that can never be right, and money that must not mix.
pub async fn nonsense_is_refused_by_name(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    let bench = Bench::new(engine, "nonsense", now);
    let (a, b) = (bench.funded("a", 1000).await?, bench.account("b", AccountFlags::NONE).await?);
    let foreign = Account::new(bench.account_id("points"), 7, CODE, AccountFlags::NONE);
    engine.create_accounts(vec![foreign], now).await?;
    let good = bench.posted("never", a, b, 1);
    let closing = TransferFlags { closing_debit: true, ..TransferFlags::NONE };
    let both = Transfer::void(good.id, bench.id("x"));
    let both = Transfer { flags: TransferFlags { post_pending: true, ..both.flags }, ..both };
    let missing = bench.account_id("missing");

    let cases = [
        (Transfer { timestamp: now, ..good }, R::TimestampMustBeZero),
        (Transfer { id: TransferId(0), ..good }, R::IdMustNotBeZero),
        (Transfer { id: TransferId(u128::MAX), ..good }, R::IdMustNotBeIntMax),
        (both, R::FlagsAreMutuallyExclusive),
        (Transfer { debit_account: AccountId::NONE, ..good }, R::DebitAccountIdMustNotBeZero),
        (Transfer { credit_account: AccountId::NONE, ..good }, R::CreditAccountIdMustNotBeZero),
        (Transfer { credit_account: a, ..good }, R::AccountsMustBeDifferent),
        (Transfer { pending_id: Some(good.id), ..good }, R::PendingIdMustBeZero),
        (good.expires_after(1), R::TimeoutReservedForPendingTransfer),
        (Transfer { flags: closing, ..good }, R::ClosingTransferMustBePending),
        (good.in_ledger(0), R::LedgerMustNotBeZero),
        (Transfer { code: 0, ..good }, R::CodeMustNotBeZero),
        (Transfer { debit_account: missing, ..good }, R::DebitAccountNotFound),
        (Transfer { credit_account: missing, ..good }, R::CreditAccountNotFound),
        (Transfer { credit_account: foreign.id, ..good }, R::AccountsMustHaveTheSameLedger),
        (good.in_ledger(7), R::TransferMustHaveTheSameLedgerAsAccounts),
        (Transfer { amount: Yen::MAX, ..good }, R::ExceedsCredits),
    ];
    for (index, (transfer, reason)) in cases.into_iter().enumerate() {
        // What fails for a passing reason burns its id.
        let own = bench.id(&format!("never {index}"));
        let id = if reason.is_transient() { own } else { transfer.id };
        let transfer = Transfer { id, ..transfer };
        assert_eq!(bench.send(vec![transfer]).await?, [reason], "{transfer:?}");
    }
    assert_eq!(bench.send(vec![good]).await?, [R::Created], "none of them used the id");
    Ok(())
}

/// No sum passes what [`Yen`] can hold. (An engine with wider sums of its own says so in their
/// place when they are read.)
pub async fn sums_that_do_not_fit_are_refused(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "width", now);
    let (a, b) = (bench.funded("a", 1).await?, bench.account("b", AccountFlags::NONE).await?);
    let much = Transfer { amount: Yen::MAX, ..bench.posted("much", b, a, 0) };

    assert_eq!(bench.send(vec![much]).await?, [R::OverflowsCreditsPosted]);
    Ok(())
}

/// An id that failed for a passing reason never succeeds any more (see [`crate::result`]).
pub async fn failure_is_remembered(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    let bench = Bench::new(engine, "remembered", now);
    let (a, b) = (bench.funded("a", 10).await?, bench.account("b", AccountFlags::NONE).await?);
    let spend = bench.posted("spend", a, b, 15);

    let early = bench.send(vec![spend]).await?;
    let refill = bench.send(vec![bench.posted("refill", b, a, 5)]).await?;
    let late = bench.send(vec![spend, Transfer { amount: Yen::of(1), ..spend }]).await?;
    let other = bench.send(vec![bench.posted("spend again", a, b, 15)]).await?;

    assert_eq!([early, refill].concat(), [R::ExceedsCredits, R::Created]);
    assert_eq!(late, [R::IdAlreadyFailed, R::IdAlreadyFailed]);
    assert_eq!(other, [R::Created]);
    Ok(())
}

/// An account that was closed is no longer the one that was asked for.
pub async fn closing_counts_as_a_flag(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    let bench = Bench::new(engine, "closed flag", now);
    let sink = bench.account("sink", AccountFlags::NONE).await?;
    let open = Account::new(bench.account_id("a"), LEDGER_YEN, CODE, AccountFlags::NONE);
    let born_closed = Account { id: bench.account_id("b"), closed: true, ..open };
    let made = engine.create_accounts(vec![open, born_closed], now).await?;
    let close = Transfer::closing(bench.id("close"), open.id, sink, CODE);
    let through = bench.posted("through", born_closed.id, sink, 0);

    let results = bench.send(vec![close, through]).await?;
    let again = vec![open, Account { closed: true, ..open }, born_closed];
    let found = engine.create_accounts(again, now).await?;

    assert_eq!(made, [A::Created, A::Created]);
    assert_eq!(results, [R::Created, R::DebitAccountAlreadyClosed]);
    assert_eq!(found, [A::ExistsWithDifferentFlags, A::Exists, A::Exists]);
    Ok(())
}

/// Closing a credit account shuts that one and leaves the other; voiding the closing opens it.
pub async fn closing_shuts_the_side_that_it_names(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "closed credit", now);
    let a = bench.funded("a", 10).await?;
    let [shut, other] = [
        bench.account("b", AccountFlags::NONE).await?,
        bench.account("c", AccountFlags::NONE).await?,
    ];
    let flags = TransferFlags { pending: true, closing_credit: true, ..TransferFlags::NONE };
    let close = Transfer { flags, ..bench.pending("close", a, shut, 0) };
    let void = Transfer::void(bench.id("void"), close.id);

    let closed = bench
        .send(vec![close, bench.posted("in", a, shut, 1), bench.posted("by", a, other, 1)])
        .await?;
    let opened = bench.send(vec![void, bench.posted("again", a, shut, 1)]).await?;

    assert_eq!(closed, [R::Created, R::CreditAccountAlreadyClosed, R::Created]);
    assert_eq!(opened, [R::Created, R::Created]);
    Ok(())
}

/// One event more than a batch may hold, and nothing of it happens.
pub async fn batch_beyond_the_limit_is_refused_whole(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "too many", now);
    let (a, b) = (bench.funded("a", 10).await?, bench.account("b", AccountFlags::NONE).await?);
    let one = bench.posted("one", a, b, 1);
    let len = BATCH_MAX.saturating_add(1);

    let transfers = bench.send(vec![one; len]).await;
    let account = Account::new(bench.account_id("c"), LEDGER_YEN, CODE, AccountFlags::NONE);
    let accounts = engine.create_accounts(vec![account; len], now).await;
    let asked = engine.lookup_accounts(&vec![a; len], now).await;

    let refused = LedgerError::BatchTooLarge { len };
    assert_eq!(transfers, Err(refused));
    assert_eq!(accounts, Err(refused));
    assert_eq!(asked.err(), Some(refused));
    assert_eq!(engine.find_transfer(one.id, now).await?, None);
    assert_eq!(engine.find_account(account.id, now).await?, None);
    Ok(())
}

/// A post or void must be about what was reserved.
pub async fn settling_more_or_other_than_reserved_is_refused(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "other settle", now);
    let (a, b) = (bench.funded("a", 1000).await?, bench.account("b", AccountFlags::NONE).await?);
    let pend = bench.pending("pend", a, b, 100);
    let plain = bench.posted("plain", a, b, 1);
    assert_eq!(bench.send(vec![pend, plain]).await?, [R::Created, R::Created]);
    let post = Transfer::post(bench.id("settle"), pend.id);
    let void = Transfer::void(bench.id("settle"), pend.id);

    let cases = [
        (Transfer { pending_id: None, ..post }, R::PendingIdMustNotBeZero),
        (Transfer { pending_id: Some(post.id), ..post }, R::PendingIdMustBeDifferent),
        (Transfer::post(bench.id("lost"), bench.id("missing")), R::PendingTransferNotFound),
        (Transfer::post(post.id, plain.id), R::PendingTransferNotPending),
        (Transfer { debit_account: b, ..post }, R::PendingTransferHasDifferentDebitAccountId),
        (Transfer { credit_account: a, ..post }, R::PendingTransferHasDifferentCreditAccountId),
        (post.in_ledger(7), R::PendingTransferHasDifferentLedger),
        (Transfer { code: 9, ..post }, R::PendingTransferHasDifferentCode),
        (Transfer { amount: Yen::of(101), ..post }, R::ExceedsPendingTransferAmount),
        (Transfer { amount: Yen::of(99), ..void }, R::PendingTransferHasDifferentAmount),
    ];
    for (transfer, reason) in cases {
        assert_eq!(bench.send(vec![transfer]).await?, [reason], "{transfer:?}");
    }
    assert_eq!(bench.sums(a).await?, [100, 1, 0, 1000], "the reservation stands");
    Ok(())
}
