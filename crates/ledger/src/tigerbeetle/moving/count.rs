//! Reading back what was moved: every account and transfer compared with what it was, every sum
//! counted again from the transfers that the cluster has, and nothing there that was not moved.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use tigerbeetle as tb;

use super::{
    TakeOverError,
    script::{Late, Script, Survey, Told},
};
use crate::{
    chapter::Chapter,
    engine::{BATCH_MAX, LedgerError},
    model::PAGE_MAX,
    tigerbeetle::{TigerBeetleEngine, convert, moved},
};

/// A cluster releases what has timed out with its next pulse; this is much longer than one.
const PULSE: SignedDuration = SignedDuration::from_secs(120);

/// One side of an account: what is posted, what is surely reserved, and what may be, because its
/// deadline comes while we count.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    posted: u128,
    pending: u128,
    perhaps: u128,
}

impl Side {
    fn holds(&self, posted: u128, pending: u128) -> bool {
        let most = self.pending.saturating_add(self.perhaps);
        posted == self.posted && (self.pending..=most).contains(&pending)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    debits: Side,
    credits: Side,
    /// Closed by so many reservations that are open, and perhaps by so many that time out now.
    closings: u32,
    closings_perhaps: u32,
}

impl Sums {
    const fn close(&mut self, is_sure: bool) {
        let closings = if is_sure { &mut self.closings } else { &mut self.closings_perhaps };
        *closings = closings.saturating_add(1);
    }
}

/// The second count.
#[derive(Debug, Default)]
pub(super) struct Count {
    sums: HashMap<u128, Sums>,
    open: HashMap<u128, tb::Transfer>,
    transfers: u64,
    /// How many of them were found by when they were made, and up to which instant they were looked for.
    found: u64,
    looked_until: u64,
}

impl Count {
    fn both(&mut self, transfer: &tb::Transfer, add: impl Fn(&mut Side)) {
        add(&mut self.sums.entry(transfer.debit_account_id).or_default().debits);
        add(&mut self.sums.entry(transfer.credit_account_id).or_default().credits);
    }

    fn add(&mut self, transfer: tb::Transfer) {
        let has = |flag: tb::TransferFlags| transfer.flags.0 & flag.0 != 0;
        let amount = transfer.amount;
        self.transfers = self.transfers.saturating_add(1);
        if has(tb::TransferFlags::Pending) {
            self.open.insert(transfer.id, transfer);
            return;
        }
        if transfer.pending_id != 0 {
            self.open.remove(&transfer.pending_id);
        }
        if !has(tb::TransferFlags::VoidPendingTransfer) {
            self.both(&transfer, |side| side.posted = side.posted.saturating_add(amount));
        }
    }

    /// Adds what is still open when the cluster's clock has passed `since` and not come to `until`.
    fn close(&mut self, since: Timestamp, until: Timestamp) {
        for transfer in std::mem::take(&mut self.open).into_values() {
            let deadline = deadline(&transfer);
            if deadline.is_some_and(|at| at <= since) {
                continue;
            }
            let is_sure = deadline.is_none_or(|at| at > until);
            let amount = transfer.amount;
            self.both(&transfer, |side| {
                let sum = if is_sure { &mut side.pending } else { &mut side.perhaps };
                *sum = sum.saturating_add(amount);
            });
            for account in closed_by(&transfer) {
                self.sums.entry(account).or_default().close(is_sure);
            }
        }
    }
}

/// The accounts that a reservation closes.
fn closed_by(transfer: &tb::Transfer) -> impl Iterator<Item = u128> {
    let flags = transfer.flags.0;
    let both = [
        (tb::TransferFlags::ClosingDebit, transfer.debit_account_id),
        (tb::TransferFlags::ClosingCredit, transfer.credit_account_id),
    ];
    both.into_iter().filter(move |(flag, _)| flags & flag.0 != 0).map(|(_, account)| account)
}

fn deadline(transfer: &tb::Transfer) -> Option<Timestamp> {
    let timeout = SignedDuration::from_secs(transfer.timeout.into());
    let made = convert::instant_of(transfer.timestamp).ok()?;
    (transfer.timeout != 0).then(|| made.checked_add(timeout).unwrap_or(Timestamp::MAX))
}

/// Whether `kept` is what was told, as far as it was told beforehand.
fn is_late_as_told(kept: &tb::Transfer, late: &Late) -> bool {
    let told = moved::transfer_for(&late.told(Timestamp::MIN));
    let like = tb::Transfer { timeout: kept.timeout, timestamp: kept.timestamp, ..told };
    let is_long_enough = match (late.deadline, deadline(kept)) {
        (Some(wanted), Some(has)) => has >= wanted,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    *kept == like && is_long_enough
}

fn wrong<E: std::error::Error + 'static>(what: &str, id: u128) -> TakeOverError<E> {
    TakeOverError::Wrong(format!("{what} {id:032x} is another one, or missing"))
}

impl TigerBeetleEngine {
    /// Compares the piece that `survey` looked at, all but what is late, and counts it; `before` is the
    /// piece before it.
    pub(super) async fn count<E: std::error::Error + 'static>(
        &self,
        script: &mut Script,
        count: &mut Count,
        before: Option<&Survey>,
        survey: &Survey,
        chapters: impl Iterator<Item = Result<Chapter, E>>,
    ) -> Result<(), TakeOverError<E>> {
        let mut told = Vec::new();
        told.extend(before.map(|before| script.release(before, survey)).into_iter().flatten());
        for chapter in chapters {
            told.extend(script.tell(survey, &chapter.map_err(TakeOverError::Source)?));
            if told.len() >= BATCH_MAX {
                self.compare(&told, count).await?;
                told.clear();
            }
        }
        told.extend(script.finish(survey));
        self.compare(&told, count).await
    }

    /// Compares what was made last, and then everything that was counted with every account.
    pub(super) async fn count_rest<E: std::error::Error + 'static>(
        &self,
        survey: Survey,
        mut count: Count,
    ) -> Result<(), TakeOverError<E>> {
        for some in survey.late.chunks(BATCH_MAX) {
            let ids: Vec<u128> = some.iter().map(|late| late.transfer.id.bits()).collect();
            let kept = self.kept(ids).await?;
            if kept.len() != some.len() {
                return Err(TakeOverError::Wrong("a reservation is missing".to_owned()));
            }
            for (kept, late) in kept.into_iter().zip(some) {
                if !is_late_as_told(&kept, late) {
                    return Err(wrong("reservation", kept.id));
                }
                count.add(kept);
            }
        }
        self.compare_accounts(&survey, count).await
    }

    async fn compare<E: std::error::Error + 'static>(
        &self,
        told: &[Told],
        count: &mut Count,
    ) -> Result<(), TakeOverError<E>> {
        for some in told.chunks(BATCH_MAX) {
            let kept = self.kept(some.iter().map(|told| told.transfer.id.bits()).collect()).await?;
            let mut kept = kept.into_iter();
            for told in some {
                let expected = moved::transfer_for(told);
                match kept.next() {
                    Some(kept) if kept == expected => count.add(kept),
                    Some(_) | None => return Err(wrong("transfer", expected.id)),
                }
            }
        }
        Ok(())
    }

    /// Every account has the sums that were counted, and there are no others, and no more transfers.
    async fn compare_accounts<E: std::error::Error + 'static>(
        &self,
        survey: &Survey,
        mut count: Count,
    ) -> Result<(), TakeOverError<E>> {
        let since = self.instant().await?;
        let mut kept = HashMap::new();
        for some in survey.accounts.chunks(BATCH_MAX) {
            let ids: Vec<u128> = some.iter().map(|account| account.id.bits()).collect();
            let found = self.ask(|client| client.lookup_accounts(&ids)).await?;
            kept.extend(found.into_iter().map(|account| (account.id, account)));
        }
        let until = self.instant().await?;
        count.close(since.checked_sub(PULSE).unwrap_or(Timestamp::MIN), until);
        for (told, made) in survey.imported().zip(&survey.accounts) {
            let id = made.id.bits();
            let expected = moved::account_for(&told, made.flags);
            let sums = count.sums.get(&id).copied().unwrap_or_default();
            let is_same = kept.get(&id).is_some_and(|kept| stands_as(kept, &expected, sums));
            if !is_same {
                return Err(wrong("account", id));
            }
        }
        self.require_no_more(&mut count, None).await
    }

    /// There are no other transfers up to `until`, or at all, than those that were counted. Where it was
    /// looked before is not looked again: nothing comes to a cluster under an instant of the past.
    pub(super) async fn require_no_more<E: std::error::Error + 'static>(
        &self,
        count: &mut Count,
        until: Option<Timestamp>,
    ) -> Result<(), TakeOverError<E>> {
        // To a cluster 0 means that there is no end.
        let until = until.map(|until| convert::stamp_for(until).max(1));
        let since = count.looked_until.saturating_add(1);
        let found = self.transfers_there(since, until.unwrap_or(0)).await?;
        count.found = count.found.saturating_add(found);
        count.looked_until = until.unwrap_or(u64::MAX);
        if count.found != count.transfers {
            let (there, moved) = (count.found, count.transfers);
            let line = format!("{there} transfers are on the cluster, and {moved} were moved");
            return Err(TakeOverError::Wrong(line));
        }
        Ok(())
    }

    /// How many transfers the cluster has from `since` to `until`.
    async fn transfers_there(&self, mut since: u64, until: u64) -> Result<u64, LedgerError> {
        let mut there = 0_u64;
        loop {
            let filter = tb::QueryFilter {
                timestamp_min: since,
                timestamp_max: until,
                limit: PAGE_MAX,
                ..Default::default()
            };
            let page = self.ask(|client| client.query_transfers(filter)).await?;
            let Some(last) = page.last() else { return Ok(there) };
            since = last.timestamp.saturating_add(1);
            there = there.saturating_add(u64::try_from(page.len()).unwrap_or(u64::MAX));
        }
    }
}

fn stands_as(kept: &tb::Account, told: &tb::Account, sums: Sums) -> bool {
    let closed = tb::AccountFlags::Closed.0;
    let has = |flags: tb::AccountFlags| flags.0 & closed != 0;
    let is_closed = has(kept.flags);
    let may_be_closed = has(told.flags) || sums.closings > 0 || sums.closings_perhaps > 0;
    let must_be_closed = has(told.flags) || sums.closings > 0;
    let like = tb::Account {
        flags: tb::AccountFlags((kept.flags.0 & closed) | (told.flags.0 & !closed)),
        debits_pending: kept.debits_pending,
        debits_posted: kept.debits_posted,
        credits_pending: kept.credits_pending,
        credits_posted: kept.credits_posted,
        ..*told
    };
    *kept == like
        && (is_closed == may_be_closed || is_closed == must_be_closed)
        && sums.debits.holds(kept.debits_posted, kept.debits_pending)
        && sums.credits.holds(kept.credits_posted, kept.credits_pending)
}
