//! What is read back.

use jiff::Timestamp;
use kanuki_domain::Yen;

use super::{Bench, CODE, Checked};
use crate::{
    engine::LedgerEngine,
    journal::{Journal, Stretch},
    model::{AccountFlags, Filter, LEDGER_YEN, Transfer, TransferRecord},
    result::CreateTransferResult as R,
};

/// All promises about look-ups.
pub async fn check_all(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    account_transfers_are_paged_in_both_directions(engine, now).await?;
    history_shows_the_balance_after_each_transfer(engine, now).await?;
    filters_choose_by_side_code_and_reference(engine, now).await?;
    balance_of_a_past_instant_is_told(engine, now).await?;
    journal_tells_what_moved_and_what_was_before(engine, now).await?;
    unknown_ids_are_none(engine, now).await
}

fn amounts(page: &[TransferRecord]) -> Vec<u64> {
    page.iter().map(|row| row.transfer.amount.amount()).collect()
}

/// Pages by timestamp neither repeat nor skip a transfer.
pub async fn account_transfers_are_paged_in_both_directions(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "pages", now);
    let (a, b) = (
        bench.account("a", AccountFlags::NONE).await?,
        bench.account("b", AccountFlags::NONE).await?,
    );
    let batch: Vec<Transfer> = (1..=5_u32).map(|n| bench.posted(&n.to_string(), a, b, n)).collect();
    assert_eq!(bench.send(batch).await?, [R::Created; 5]);

    let first = engine.account_transfers(a, Filter::oldest(2), now).await?;
    let seen = first.last().map(|row| row.transfer.timestamp);
    let since = seen.and_then(|t| t.checked_add(jiff::SignedDuration::from_nanos(1)).ok());
    let rest = engine.account_transfers(a, Filter { since, ..Filter::oldest(10) }, now).await?;
    let newest = engine.account_transfers(b, Filter::newest(2), now).await?;
    let until = Filter { until: seen, ..Filter::newest(10) };
    let early = engine.account_transfers(b, until, now).await?;

    assert_eq!(amounts(&first), [1, 2]);
    assert_eq!(amounts(&rest), [3, 4, 5]);
    assert_eq!(amounts(&newest), [5, 4]);
    assert_eq!(amounts(&early), [2, 1]);
    Ok(())
}

/// Accounts with the history flag, and only those, tell their balance after each transfer.
pub async fn history_shows_the_balance_after_each_transfer(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "history", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);
    let pend = bench.pending("pend", a, b, 30);
    let post = Transfer::post_part(bench.id("post"), pend.id, Yen::of(20));
    assert_eq!(bench.send(vec![pend, post]).await?, [R::Created; 2]);

    let rows = engine.account_balances(a, Filter::oldest(10), now).await?;

    let sums: Vec<_> = rows
        .iter()
        .map(|row| {
            (row.debits_pending.amount(), row.debits_posted.amount(), row.credits_posted.amount())
        })
        .collect();
    assert_eq!(sums, [(0, 0, 100), (30, 0, 100), (0, 20, 100)]);
    let transfers = engine.account_transfers(a, Filter::oldest(10), now).await?;
    let stamps = transfers.iter().map(|row| row.transfer.timestamp);
    assert!(stamps.eq(rows.iter().map(|row| row.timestamp)), "each row names its transfer");
    assert_eq!(engine.account_balances(b, Filter::oldest(10), now).await?, []);
    Ok(())
}

/// A page may be of one side, one code or one reference; what is left out takes no room in it.
pub async fn filters_choose_by_side_code_and_reference(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "filters", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);
    let batch = vec![
        bench.posted("out", a, b, 1),
        bench.posted("back", b, a, 2),
        Transfer { code: 9, ..bench.posted("coded", a, b, 3) },
        bench.posted("marked", a, b, 4).with_user_data(5),
    ];
    assert_eq!(bench.send(batch).await?, [R::Created; 4]);
    let all = Filter::oldest(10);
    let wanted = [
        (Filter { credits: false, ..all }, vec![1, 3, 4]),
        (Filter { debits: false, ..all }, vec![100, 2]),
        (Filter { code: 9, ..all }, vec![3]),
        (Filter { user_data: 5, ..all }, vec![4]),
        (Filter { credits: false, limit: 2, reversed: true, ..all }, vec![4, 3]),
        (Filter { debits: false, credits: false, ..all }, vec![]),
    ];
    for (filter, expected) in wanted {
        let rows = engine.account_transfers(a, filter, now).await?;
        let balances = engine.account_balances(a, filter, now).await?;

        assert_eq!(amounts(&rows), expected, "{filter:?}");
        let stamps = rows.iter().map(|row| row.transfer.timestamp);
        assert!(stamps.eq(balances.iter().map(|row| row.timestamp)), "{filter:?}");
    }
    Ok(())
}

/// What an account held at an instant is what its last transfer until then left.
pub async fn balance_of_a_past_instant_is_told(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "past", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);
    let spent = vec![bench.posted("one", a, b, 30), bench.posted("two", a, b, 50)];
    assert_eq!(bench.send(spent).await?, [R::Created; 2]);
    let rows = engine.account_transfers(a, Filter::oldest(10), now).await?;
    let stamps: Vec<Timestamp> = rows.iter().map(|row| row.transfer.timestamp).collect();
    let mut seen = Vec::new();
    for at in stamps {
        let before = at.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(at);
        for at in [before, at] {
            let row = engine.balance_at(a, at, now).await?;
            seen.push(row.map(|row| row.debits_posted.amount()));
        }
    }

    assert_eq!(seen, [None, Some(0), Some(0), Some(30), Some(30), Some(80)]);
    Ok(())
}

/// The journal of an account has what was posted in its stretch, and the sums before; what was only
/// reserved, given back or of no yen is not in it.
pub async fn journal_tells_what_moved_and_what_was_before(
    engine: &dyn LedgerEngine,
    now: Timestamp,
) -> Checked {
    let bench = Bench::new(engine, "journal", now);
    let (a, b) = (bench.funded("a", 100).await?, bench.account("b", AccountFlags::NONE).await?);
    let (kept, given_back) = (bench.pending("kept", a, b, 30), bench.pending("back", a, b, 5));
    let batch = vec![
        bench.posted("one", a, b, 7),
        kept,
        given_back,
        Transfer::post_part(bench.id("post"), kept.id, Yen::of(20)),
        Transfer::void(bench.id("void"), given_back.id),
        bench.posted("none", a, b, 0),
        bench.posted("two", b, a, 3),
    ];
    assert_eq!(bench.send(batch).await?, [R::Created; 7]);
    let rows = engine.account_transfers(a, Filter::oldest(10), now).await?;
    let at = |id| rows.iter().find(|row| row.transfer.id == id).map(|row| row.transfer.timestamp);
    let since = at(bench.id("post")).unwrap_or(now);
    let until = at(bench.id("two")).unwrap_or(now);
    let stretch = Stretch { since, until, ledger: LEDGER_YEN, of: Some(a), most: usize::MAX };

    let journal = engine.journal(stretch, now).await?;
    let first = engine.journal(Stretch { most: 1, ..stretch }, now).await?;
    let nothing = engine.journal(Stretch { since: until, until: since, ..stretch }, now).await?;

    let told = |journal: &Journal| -> Vec<_> {
        let postings = journal.postings.iter();
        postings.map(|p| (p.transfer.id, p.transfer.amount.amount(), p.debit_code)).collect()
    };
    let [post, two] = [(bench.id("post"), 20, CODE), (bench.id("two"), 3, CODE)];
    assert_eq!(told(&journal), [post, two]);
    assert_eq!((journal.debits_before, journal.credits_before, journal.is_cut), (7, 100, false));
    assert_eq!((told(&first), first.is_cut), (vec![post], true));
    assert_eq!((told(&nothing), nothing.is_cut), (vec![], false));
    Ok(())
}

/// Look-ups keep the order of the question and leave gaps where nothing is.
pub async fn unknown_ids_are_none(engine: &dyn LedgerEngine, now: Timestamp) -> Checked {
    let bench = Bench::new(engine, "unknown", now);
    let a = bench.account("a", AccountFlags::NONE).await?;

    let accounts = engine.lookup_accounts(&[bench.account_id("nobody"), a], now).await?;

    let ids: Vec<_> = accounts.iter().map(|found| found.map(|account| account.id)).collect();
    assert_eq!(ids, [None, Some(a)]);
    assert_eq!(engine.find_transfer(bench.id("nothing"), now).await?, None);
    let page = Filter::oldest(1);
    assert_eq!(engine.account_transfers(bench.account_id("nobody"), page, now).await?, []);
    Ok(())
}
