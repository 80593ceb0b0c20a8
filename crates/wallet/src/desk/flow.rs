//! How money came together in a wallet and went on, for whoever works a case about it.
//!
//! The ledger is the source, as it is of the statement: what was refused, waits or went back moved
//! nothing. Rows only say with whom.

use kanuki_domain::{
    Ctx,
    id::{LinkId, PaymentId, PayoutId, RefundId, RemittanceId, StaffId, TopupId, WalletId},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_ledger::{Filter, LEDGER_YEN, Transfer};
use kanuki_record::{AuditEntry, Unit};
use kanuki_risk::{
    Key, Subject,
    flow::{Flow, Move},
};

use crate::{
    Wallet, WalletError, chart,
    link::Link,
    payment::Payment,
    payout::Payout,
    refund::Refund,
    remittance::{Remittance, RemittanceState},
    risk::account_key,
    topup::Topup,
};

/// So many rows of the ledger are read of the wallet itself.
const ROWS: u32 = 600;
/// And so many of each wallet that a way begins or ends with.
const ROWS_BEYOND: u32 = 60;
/// A way goes back, and on, by so many days.
const BEYOND_DAYS: i64 = 30;

impl Wallet {
    /// How money came together in the wallet that `key` names and went on; nothing where it names none.
    /// That somebody looked is written down.
    pub async fn read_flow(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        key: &Key,
    ) -> Result<Option<Flow>, WalletError> {
        let (Key::Wallet(id) | Key::Payee(id)) = key else { return Ok(None) };
        let Ok(wallet_id) = id.parse::<WalletId>() else { return Ok(None) };
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(ctx.now, by, "flow.read", wallet_id));
        self.book.commit(unit).await?;
        let (moves, is_cut) = self.moves_of(ctx, wallet_id, Filter::newest(ROWS)).await?;
        let flow = Flow::of((Key::Wallet(wallet_id.to_string()), Subject::Wallet), moves, is_cut);
        let (before, after) = self.moves_beyond(ctx, &flow).await?;
        Ok(Some(flow.with(&before, &after)))
    }

    /// What reached the payers of `flow`, and what left its payees, as far as these are wallets.
    async fn moves_beyond(
        &self,
        ctx: &Ctx<'_>,
        flow: &Flow,
    ) -> Result<(Vec<Move>, Vec<Move>), WalletError> {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let span = BEYOND_DAYS.saturating_mul(DAY_SECS);
        for (key, at) in flow.payers() {
            let Some(wallet) = wallet_of(key) else { continue };
            let since = Some(later(at, span.saturating_neg()));
            let (until, newest) = (Some(at), Filter::newest(ROWS_BEYOND));
            let filter = Filter { since, until, debits: false, ..newest };
            before.extend(self.moves_of(ctx, wallet, filter).await?.0);
        }
        for (key, at) in flow.payees() {
            let Some(wallet) = wallet_of(key) else { continue };
            let (since, until) = (Some(at), Some(later(at, span)));
            let oldest = Filter::oldest(ROWS_BEYOND);
            let filter = Filter { since, until, credits: false, ..oldest };
            after.extend(self.moves_of(ctx, wallet, filter).await?.0);
        }
        Ok((before, after))
    }

    /// What moved in and out of a wallet, and whether there may be more.
    async fn moves_of(
        &self,
        ctx: &Ctx<'_>,
        wallet: WalletId,
        filter: Filter,
    ) -> Result<(Vec<Move>, bool), WalletError> {
        let account = chart::customer(wallet);
        let rows = self.ledger.account_transfers(account, filter, ctx.now).await?;
        let is_cut = u32::try_from(rows.len()).is_ok_and(|rows| rows >= filter.limit);
        let mut found = Vec::new();
        for row in &rows {
            let moved = &row.transfer;
            let has_moved = moved.ledger == LEDGER_YEN
                && !moved.flags.pending
                && !moved.flags.void_pending
                && !moved.amount.is_zero();
            let is_in = moved.credit_account == account;
            if has_moved && let Some(other) = self.with_whom(moved, is_in).await? {
                let own = Key::Wallet(wallet.to_string());
                let (from, to) = if is_in { (other, own) } else { (own, other) };
                found.push(Move { at: moved.timestamp, from, to, amount: moved.amount });
            }
        }
        Ok((found, is_cut))
    }

    /// Who is at the other end of a movement; nobody where our own books are, or its row was forgotten.
    async fn with_whom(&self, moved: &Transfer, is_in: bool) -> Result<Option<Key>, WalletError> {
        let bits = moved.user_data;
        Ok(match moved.code {
            chart::MOVED_TOPUP => {
                let row = self.book.find::<Topup>(TopupId::from_bits(bits)).await?;
                self.linked(row.map(|row| row.link_id)).await?
            }
            chart::MOVED_PAYOUT => {
                let row = self.book.find::<Payout>(PayoutId::from_bits(bits)).await?;
                self.linked(row.map(|row| row.link_id)).await?
            }
            chart::MOVED_REFUND => {
                let row = self.book.find::<Refund>(RefundId::from_bits(bits)).await?;
                let topup = match row {
                    Some(row) => self.book.find::<Topup>(row.topup_id).await?,
                    None => None,
                };
                self.linked(topup.map(|topup| topup.link_id)).await?
            }
            chart::MOVED_PAYMENT => {
                let row = self.book.find::<Payment>(PaymentId::from_bits(bits)).await?;
                row.map(|row| Key::Merchant(row.merchant_id.to_string()))
            }
            chart::MOVED_REMITTANCE => {
                let row = self.book.find::<Remittance>(RemittanceId::from_bits(bits)).await?;
                row.and_then(|row| if is_in { Some(row.from) } else { payee(&row) })
                    .map(|wallet| Key::Wallet(wallet.to_string()))
            }
            _ => None,
        })
    }

    async fn linked(&self, link: Option<LinkId>) -> Result<Option<Key>, WalletError> {
        let Some(link) = link else { return Ok(None) };
        let link = self.book.find::<Link>(link).await?;
        Ok(link.map(|link| account_key(&link)))
    }
}

/// In whose wallet a remittance is.
const fn payee(remittance: &Remittance) -> Option<WalletId> {
    match remittance.state {
        RemittanceState::Posted { to, .. } => Some(to),
        RemittanceState::Requested
        | RemittanceState::Held { .. }
        | RemittanceState::Waiting
        | RemittanceState::Returned { .. }
        | RemittanceState::Cancelled { .. }
        | RemittanceState::Refused { .. } => None,
    }
}

fn wallet_of(key: &Key) -> Option<WalletId> {
    let Key::Wallet(id) = key else { return None };
    id.parse().ok()
}
