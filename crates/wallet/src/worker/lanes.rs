//! What waits for a bank, bank by bank: one that takes the call and never answers keeps its own
//! movements waiting, and no other bank's.
//!
//! What waits for one bank is read page by page, each round the next, so that however much there is, all of
//! it is looked at and none of another bank's is further away.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use jiff::Timestamp;
use kanuki_desk::{claim::Claim, signal::queue::side_by_side};
use kanuki_domain::{
    Ctx,
    bank_account::BankCode,
    id::{CaseId, LinkId, PayoutId, RefundId, TopupId},
};
use kanuki_record::{PAGE_MAX, Record, RecordError, Stored, Unit};

use super::Round;
use crate::{Wallet, WalletError, payout::Payout, refund::Refund, topup::Topup};

/// So many rows from before are filed in one commit.
const FILED_AT_ONCE: usize = 200;

/// One thing that a bank has to be asked for.
#[derive(Clone, Copy, Debug)]
enum Open {
    Topup(TopupId),
    Payout(PayoutId),
    Refund(RefundId),
    Claim(CaseId),
    Ending(LinkId),
}

/// What is due at one bank, of each kind what has been due for longest first.
#[derive(Debug, Default)]
struct Lane {
    claims: VecDeque<Open>,
    endings: VecDeque<Open>,
    money: VecDeque<Open>,
}

impl Lane {
    /// One of each in turn, what a victim is owed first and the end of a link next: a turn may be over after
    /// few of them, and however much of one kind there is, none of another waits for all of it.
    fn in_turn(mut self) -> Vec<Open> {
        let mut all = Vec::new();
        loop {
            let before = all.len();
            all.extend(self.claims.pop_front());
            all.extend(self.endings.pop_front());
            all.extend(self.money.pop_front());
            if all.len() == before {
                return all;
            }
        }
    }
}

type Lanes = BTreeMap<BankCode, Lane>;

/// Up to where this node has looked at what waits for each bank. Lost with it, it looks again.
#[derive(Debug, Default)]
pub struct Turns {
    after: Mutex<BTreeMap<(BankCode, &'static str), String>>,
    rounds: AtomicUsize,
    is_filed: AtomicBool,
}

impl Wallet {
    /// Drives what banks have a part in, all banks side by side. A bank's turn ends once `is_over` says
    /// so; what is left of it is due in the next round still.
    pub(super) async fn recover_at_banks(
        &self,
        ctx: &Ctx<'_>,
        is_over: &(impl Fn() -> bool + Sync),
    ) -> Result<Round, WalletError> {
        let lanes = self.lanes(ctx).await?;
        let turns = lanes.into_values();
        let turns = turns.map(|lane| self.drive_lane(ctx, lane.in_turn(), is_over));
        let mut all = Round::default();
        for round in side_by_side(turns.collect()).await {
            all.add(round);
        }
        Ok(all)
    }

    async fn drive_lane(
        &self,
        ctx: &Ctx<'_>,
        lane: Vec<Open>,
        is_over: &(impl Fn() -> bool + Sync),
    ) -> Round {
        let mut round = Round::default();
        for open in lane {
            match open {
                Open::Topup(id) => round.count("topup", self.drive_topup(ctx, id).await),
                Open::Payout(id) => round.count("payout", self.drive_payout(ctx, id).await),
                Open::Refund(id) => round.count("refund", self.drive_refund(ctx, id).await),
                Open::Claim(id) => round.count("claim", self.drive_claim(ctx, id).await),
                Open::Ending(id) => {
                    round.count("end of a mandate", self.drive_ending(ctx, id).await);
                }
            }
            if is_over() {
                break;
            }
        }
        round
    }

    async fn lanes(&self, ctx: &Ctx<'_>) -> Result<Lanes, WalletError> {
        self.file_movements().await?;
        let mut lanes = Lanes::new();
        let mut endings = self.due_endings(ctx).await?;
        endings.sort_by_key(|ending| ending.next_at);
        for ending in endings {
            let lane = lanes.entry(ending.bank).or_default();
            lane.endings.push_back(Open::Ending(ending.link_id));
        }
        for claim in self.book.every::<Claim>("progress", "paying").await? {
            if let Ok(bank) = BankCode::parse(&claim.partner) {
                lanes.entry(bank).or_default().claims.push_back(Open::Claim(claim.case_id));
            } else {
                tracing::warn!(case = %claim.case_id, "a claim names no bank");
            }
        }
        // They have no time of their own: whose turn is cut short begins with another in the next round.
        let round = self.turns.rounds.fetch_add(1, Ordering::Relaxed);
        for lane in lanes.values_mut().filter(|lane| !lane.claims.is_empty()) {
            let first = round.checked_rem(lane.claims.len()).unwrap_or(0);
            lane.claims.rotate_left(first);
        }
        for bank in self.partners().await? {
            let money = self.due_money(ctx, bank.code).await?;
            if !money.is_empty() {
                lanes.entry(bank.code).or_default().money = money;
            }
        }
        Ok(lanes)
    }

    /// Movements that are due at one bank, of those that this round looks at.
    async fn due_money(
        &self,
        ctx: &Ctx<'_>,
        bank: BankCode,
    ) -> Result<VecDeque<Open>, WalletError> {
        let mut waiting: Vec<(Timestamp, Open)> = Vec::new();
        for topup in self.next_of::<Topup>(bank).await? {
            waiting.push((topup.next_at, Open::Topup(topup.topup_id)));
        }
        for payout in self.next_of::<Payout>(bank).await? {
            waiting.push((payout.next_at, Open::Payout(payout.payout_id)));
        }
        for refund in self.next_of::<Refund>(bank).await? {
            waiting.push((refund.next_at, Open::Refund(refund.refund_id)));
        }
        waiting.retain(|(next_at, _)| *next_at <= ctx.now);
        waiting.sort_by_key(|(next_at, _)| *next_at);
        Ok(waiting.into_iter().map(|(_, open)| open).collect())
    }

    /// The next page of what waits for a bank; the first again after the last.
    async fn next_of<T: Record>(&self, bank: BankCode) -> Result<Vec<Stored<T>>, WalletError> {
        let place = (bank, T::TABLE.name);
        let after = self.turns.after.lock().unwrap_or_else(PoisonError::into_inner).remove(&place);
        let (lane, after) = (bank.to_string(), after.unwrap_or_default());
        let named = ("lane", lane.as_str());
        let mut page = self.book.page_after::<T>(named, &after, PAGE_MAX).await?;
        if page.is_empty() && !after.is_empty() {
            page = self.book.page_after::<T>(named, "", PAGE_MAX).await?;
        }
        if let Some(last) = page.last().filter(|_| page.len() >= PAGE_MAX) {
            let mut all = self.turns.after.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(place, last.id());
        }
        Ok(page)
    }

    /// Files movements that were written before banks had a lane each, once at each start.
    async fn file_movements(&self) -> Result<(), WalletError> {
        if self.turns.is_filed.load(Ordering::Acquire) {
            return Ok(());
        }
        let topups = self.file_open::<Topup>().await?;
        let payouts = self.file_open::<Payout>().await?;
        let refunds = self.file_open::<Refund>().await?;
        self.turns.is_filed.store(topups && payouts && refunds, Ordering::Release);
        Ok(())
    }

    /// The same of one kind; false if some are left for the next round.
    async fn file_open<T: Record>(&self) -> Result<bool, WalletError> {
        let (mut are_all, mut after) = (true, String::new());
        loop {
            let named = ("state", "open");
            let page = self.book.page_after::<T>(named, &after, FILED_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(are_all) };
            after = last.id();
            let mut unit = Unit::new();
            for row in page.iter().filter(|row| row.is_misfiled()) {
                unit.update(row);
            }
            if unit.writes() == 0 {
                continue;
            }
            match self.book.commit(unit).await {
                Ok(()) => {}
                // Somebody drove one of them at this moment.
                Err(RecordError::Conflict { .. }) => are_all = false,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A turn that is cut short has begun with a victim's money and the end of a link.
    #[test]
    fn what_a_victim_is_owed_and_ends_of_links_come_first_and_hold_up_no_money() {
        let lane = Lane {
            claims: [Open::Claim(CaseId::derive(&["c"]))].into(),
            endings: [1, 2].map(|n| Open::Ending(LinkId::derive(&[&n.to_string()]))).into(),
            money: [1, 2, 3].map(|n| Open::Topup(TopupId::derive(&[&n.to_string()]))).into(),
        };
        let kind = |open: &Open| match open {
            Open::Claim(_) => 'c',
            Open::Ending(_) => 'e',
            Open::Topup(_) | Open::Payout(_) | Open::Refund(_) => 'm',
        };
        assert_eq!(lane.in_turn().iter().map(kind).collect::<String>(), "cememm");
    }
}
