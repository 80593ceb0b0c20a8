//! What waits for a bank, bank by bank: one that takes the call and never answers keeps its own
//! movements waiting, and no other bank's.

use std::collections::BTreeMap;

use kanuki_desk::{claim::Claim, signal::queue::side_by_side};
use kanuki_domain::{
    Ctx,
    bank_account::BankCode,
    id::{CaseId, LinkId, PayoutId, RefundId, TopupId},
};

use super::Round;
use crate::{Wallet, WalletError, payout::Payout, refund::Refund, topup::Topup};

/// One thing that a bank has to be asked for.
#[derive(Clone, Copy, Debug)]
enum Open {
    Topup(TopupId),
    Payout(PayoutId),
    Refund(RefundId),
    Claim(CaseId),
    Ending(LinkId),
}

/// What is due at each bank, money first.
type Lanes = BTreeMap<BankCode, Vec<Open>>;

impl Wallet {
    /// Drives what banks have a part in, all banks side by side. A bank's turn ends once `is_over` says
    /// so; what is left of it is due in the next round still.
    pub(super) async fn recover_at_banks(
        &self,
        ctx: &Ctx<'_>,
        is_over: &(impl Fn() -> bool + Sync),
    ) -> Result<Round, WalletError> {
        let lanes = self.lanes(ctx).await?;
        let turns = lanes.into_values().map(|lane| self.drive_lane(ctx, lane, is_over));
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
        let mut lanes = Lanes::new();
        let mut wait = |bank, open| lanes.entry(bank).or_default().push(open);
        for topup in self.book.list::<Topup>("state", "open").await? {
            if topup.next_at <= ctx.now {
                wait(topup.bank, Open::Topup(topup.topup_id));
            }
        }
        for payout in self.book.list::<Payout>("state", "open").await? {
            if payout.next_at <= ctx.now {
                wait(payout.bank, Open::Payout(payout.payout_id));
            }
        }
        for refund in self.book.list::<Refund>("state", "open").await? {
            if refund.next_at <= ctx.now {
                wait(refund.bank, Open::Refund(refund.refund_id));
            }
        }
        for ending in self.due_endings(ctx).await? {
            wait(ending.bank, Open::Ending(ending.link_id));
        }
        for claim in self.book.list::<Claim>("progress", "paying").await? {
            if let Ok(bank) = BankCode::parse(&claim.partner) {
                wait(bank, Open::Claim(claim.case_id));
            } else {
                tracing::warn!(case = %claim.case_id, "a claim names no bank");
            }
        }
        Ok(lanes)
    }
}
