//! What happened in a wallet, line by line, with the balance after each (取引明細).
//!
//! The ledger is the source: a line exists because a transfer does. Rows only say with whom.

mod csv;

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::{
    Ctx, Yen,
    id::{CustomerId, PaymentId, PayoutId, RefundId, RemittanceId, TopupId},
};
use kanuki_ledger::{Filter, LEDGER_YEN, Transfer};

pub use csv::to_csv;

use crate::{
    Wallet, WalletError, chart, payment::Payment, payout::Payout, refund::Refund,
    remittance::Remittance, topup::Topup,
};

/// What kind of movement a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// From a bank account.
    Topup,
    /// To somebody.
    Sent,
    /// From somebody.
    Received,
    /// To a shop.
    Payment,
    /// To a bank account.
    Payout,
    /// A top-up that went back to the bank account it came from.
    Refund,
    /// A victim's money that lay in the wallet and went back to us, who paid them.
    Recouped,
    /// Anything else.
    Other,
}

impl LineKind {
    /// As part of text keys and in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Topup => "topup",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Payment => "payment",
            Self::Payout => "payout",
            Self::Refund => "refund",
            Self::Recouped => "recouped",
            Self::Other => "other",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When the ledger has it.
    pub at: Timestamp,
    /// What it is.
    pub kind: LineKind,
    /// True when money came in.
    pub is_in: bool,
    /// Bank, shop or nickname; empty when there is none.
    pub counterparty: String,
    /// How much.
    pub amount: Yen,
    /// What was there afterwards.
    pub balance: Yen,
    /// The movement's id.
    pub reference: String,
}

/// Most lines of one answer.
pub const LINES_MAX: u32 = 2_000;

impl Wallet {
    /// The last `limit` lines of a wallet, newest first, up to `until` when it is given.
    pub async fn statement(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        until: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Line>, WalletError> {
        let customer = self.customer(id).await?;
        let account = chart::customer(customer.wallet_id);
        // Reservations are rows too, so more are read than are shown.
        let rows = limit.min(LINES_MAX).saturating_mul(3).max(30);
        let filter = Filter { until, ..Filter::newest(rows) };
        let balances: BTreeMap<Timestamp, Yen> = self
            .ledger
            .account_balances(account, filter, ctx.now)
            .await?
            .into_iter()
            .map(|row| (row.timestamp, row.credits_posted.minus_or_zero(row.debits_posted)))
            .collect();
        let mut lines = Vec::new();
        for record in self.ledger.account_transfers(account, filter, ctx.now).await? {
            let moved = record.transfer;
            let shows = moved.ledger == LEDGER_YEN
                && !moved.flags.pending
                && !moved.flags.void_pending
                && !moved.amount.is_zero();
            if shows && lines.len() < usize::try_from(limit.min(LINES_MAX)).unwrap_or(0) {
                let balance = balances.get(&moved.timestamp).copied().unwrap_or_default();
                lines.push(self.line(&moved, moved.credit_account == account, balance).await?);
            }
        }
        Ok(lines)
    }

    async fn line(&self, moved: &Transfer, is_in: bool, balance: Yen) -> Result<Line, WalletError> {
        let (kind, counterparty, reference) = self.describe(moved, is_in).await?;
        let (at, amount) = (moved.timestamp, moved.amount);
        Ok(Line { at, kind, is_in, counterparty, amount, balance, reference })
    }

    async fn describe(
        &self,
        moved: &Transfer,
        is_in: bool,
    ) -> Result<(LineKind, String, String), WalletError> {
        let bits = moved.user_data;
        Ok(match moved.code {
            chart::MOVED_TOPUP => {
                let id = TopupId::from_bits(bits);
                let row = self.book.find::<Topup>(id).await?;
                let name = match row {
                    Some(row) => self.bank_name(row.bank).await,
                    None => String::new(),
                };
                (LineKind::Topup, name, id.to_string())
            }
            chart::MOVED_PAYOUT => {
                let id = PayoutId::from_bits(bits);
                let row = self.book.find::<Payout>(id).await?;
                let name = match row {
                    Some(row) => self.bank_name(row.bank).await,
                    None => String::new(),
                };
                (LineKind::Payout, name, id.to_string())
            }
            chart::MOVED_REFUND => {
                let id = RefundId::from_bits(bits);
                let row = self.book.find::<Refund>(id).await?;
                let name = match row {
                    Some(row) => self.bank_name(row.bank).await,
                    None => String::new(),
                };
                (LineKind::Refund, name, id.to_string())
            }
            chart::MOVED_PAYMENT => {
                let id = PaymentId::from_bits(bits);
                let row = self.book.find::<Payment>(id).await?;
                let name = row.map(|row| row.merchant_name.clone()).unwrap_or_default();
                (LineKind::Payment, name, id.to_string())
            }
            chart::MOVED_REMITTANCE => {
                let id = RemittanceId::from_bits(bits);
                let row = self.book.find::<Remittance>(id).await?;
                let name =
                    row.map(|row| if is_in { row.from_name.clone() } else { row.to_name.clone() });
                let kind = if is_in { LineKind::Received } else { LineKind::Sent };
                (kind, name.unwrap_or_default(), id.to_string())
            }
            chart::MOVED_COMPENSATION if !is_in => {
                (LineKind::Recouped, String::new(), moved.id.to_string())
            }
            _ => (LineKind::Other, String::new(), moved.id.to_string()),
        })
    }
}
