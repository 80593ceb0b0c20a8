//! Whose word a case is, and what of the money that its claim was paid for can still lie in the wallet.
//!
//! Whoever pressed "not me" is a victim, and their wallet is no thief's. What lies in a wallet is not all
//! of one kind either: only what came by the top-ups that the claim was paid for, less whatever left the
//! wallet since, was ever the victim's. What came from elsewhere is its owner's.

use std::collections::BTreeMap;

use jiff::Span;
use kanuki_desk::{
    case::{Case, CaseKind},
    claim::Claim,
    report,
};
use kanuki_domain::{Ctx, Yen};
use kanuki_ledger::{Filter, LEDGER_YEN, Transfer};

use crate::{Customer, Wallet, WalletError, chart, topup::Topup};

/// How many cases stand behind one at most: a report, the case it was joined to, and what that was
/// copied from. More is nobody's word.
const ORIGINS_MAX: u8 = 4;

/// How many movements are read at once.
const PAGE: u32 = 8_000;

/// Where the person of a case came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Why the case was opened that named the person first; nothing where that is not to be found.
    kind: Option<CaseKind>,
    /// Staff joined what somebody reported to it: who reported may be somebody else.
    pub(crate) is_joined: bool,
}

impl Origin {
    /// Whether somebody else than the wallet's owner says so: the bank whose account it is, or a rule.
    /// What the owner opened, and what nobody knows, is not held against them.
    pub(crate) const fn is_against_owner(self) -> bool {
        matches!(self.kind, Some(CaseKind::ToldByPartner | CaseKind::Rule))
    }
}

impl Wallet {
    /// Where the person of a case came from, through the cases that it was joined to or copied from.
    pub(crate) async fn origin_of(&self, case: &Case) -> Result<Origin, WalletError> {
        let mut origin = Origin { kind: Some(case.kind), is_joined: false };
        let mut from = report::came_from(case);
        for _ in 0..ORIGINS_MAX {
            let Some((id, is_joined)) = from else { return Ok(origin) };
            origin.is_joined |= is_joined;
            let Some(before) = self.book.find::<Case>(id).await? else { break };
            origin.kind = Some(before.kind);
            from = report::came_from(&before);
        }
        origin.kind = None;
        Ok(origin)
    }

    /// How much of what a paid claim was paid for can still be in the wallet that took it.
    ///
    /// Whatever left is taken to be the victim's first, and so is what is reserved: where two people
    /// could be meant, the wallet's owner keeps their own.
    pub(crate) async fn still_there(
        &self,
        ctx: &Ctx<'_>,
        claim: &Claim,
        customer: &Customer,
    ) -> Result<Yen, WalletError> {
        let came = self.came_by(claim, customer).await?;
        let account = chart::customer(customer.wallet_id);
        let (mut left, mut since) = (Yen::ZERO, None);
        loop {
            let filter = Filter { since, ..Filter::oldest(PAGE) };
            let page = self.ledger.account_transfers(account, filter, ctx.now).await?;
            for moved in page.iter().map(|record| &record.transfer) {
                left = if moved.credit_account == account {
                    left.plus(victims_part(moved, &came)).map_err(|_| WalletError::Amount)?
                } else {
                    left.minus_or_zero(left_with(moved))
                };
            }
            let Some(last) = page.last() else { break };
            let next = last.transfer.timestamp.checked_add(Span::new().nanoseconds(1));
            since = Some(next.map_err(|_| WalletError::Amount)?);
        }
        let found = self.ledger.find_account(account, ctx.now).await?;
        let reserved = found.map_or(Yen::ZERO, |account| account.debits_pending);
        Ok(left.minus_or_zero(reserved))
    }

    /// The top-ups that a claim was paid for, by the ledger's reference, with how much of each: its
    /// items where we paid, and where the bank did, what of the top-ups from there we bear a part of.
    async fn came_by(
        &self,
        claim: &Claim,
        customer: &Customer,
    ) -> Result<BTreeMap<u128, Yen>, WalletError> {
        let items: BTreeMap<&str, Yen> =
            claim.items.iter().map(|item| (item.movement.as_str(), item.amount)).collect();
        let mut came = BTreeMap::new();
        let key = customer.customer_id.to_string();
        for topup in self.book.every::<Topup>("customer_id", &key).await? {
            let part = if claim.is_payer {
                items.get(topup.topup_id.to_string().as_str()).copied()
            } else {
                (topup.bank.to_string() == claim.partner).then_some(topup.borne)
            };
            came.extend(part.map(|part| (topup.topup_id.bits(), part)));
        }
        Ok(came)
    }
}

/// What of a transfer into the wallet the claim was paid for.
fn victims_part(moved: &Transfer, came: &BTreeMap<u128, Yen>) -> Yen {
    let is_topup = moved.code == chart::MOVED_TOPUP && has_moved(moved);
    let part = came.get(&moved.user_data).filter(|_| is_topup);
    part.map_or(Yen::ZERO, |part| (*part).min(moved.amount))
}

/// What a transfer took out of the wallet.
fn left_with(moved: &Transfer) -> Yen {
    if has_moved(moved) { moved.amount } else { Yen::ZERO }
}

/// Whether money moved by it, and was not only reserved or let go.
fn has_moved(moved: &Transfer) -> bool {
    moved.ledger == LEDGER_YEN && !moved.flags.pending && !moved.flags.void_pending
}
