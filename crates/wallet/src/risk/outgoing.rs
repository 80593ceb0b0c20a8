//! Money that leaves a wallet: to another, to a shop, to a bank account.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx, Yen,
    id::{MerchantId, WalletId},
    limits::{DAY_SECS, PAYEE_KNOWN_SECS},
    mandate::later,
};
use kanuki_ledger::{Filter, PendingState, TransferId};
use kanuki_record::Stored;
use kanuki_risk::{Facts, Key, Kind, Signal};

use super::topup::account_key;
use crate::{
    Customer, Wallet, WalletError, chart,
    link::Link,
    movement::pend_id,
    payout::{Payout, PayoutState},
    remittance::{Remittance, RemittanceState},
};

/// To whom money is about to go.
#[derive(Clone, Copy, Debug)]
pub(crate) enum To<'a> {
    /// Another customer's wallet.
    Wallet(WalletId),
    /// Whoever brings a code.
    Whoever,
    /// A shop.
    Merchant(MerchantId),
    /// Their own account.
    Account(&'a Link),
}

/// Money that is about to leave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaving<'a> {
    pub(crate) to: To<'a>,
    pub(crate) amount: Yen,
    /// A passkey signed for it, or the code of a customer who has none.
    pub(crate) signed: bool,
    /// The keyed hash of the customer's device, where it is known.
    pub(crate) device: Option<&'a str>,
}

impl Wallet {
    /// How money that leaves looks to the engine.
    pub(crate) async fn leaving(
        &self,
        ctx: &Ctx<'_>,
        customer: &Customer,
        leaving: &Leaving<'_>,
    ) -> Result<Signal, WalletError> {
        let mut keys = self.who(ctx, customer, leaving.device);
        let mut facts = Facts {
            opened_at: Some(customer.opened_at),
            signed: Some(leaving.signed),
            leaked: Some(self.is_leaked(ctx, customer.customer_id).await?),
            known_elsewhere: Some(self.is_known_elsewhere(ctx, customer.customer_id).await?),
            ..Facts::default()
        };
        // Read before the ledger: what is in neither then was never asked for.
        let sent = match leaving.to {
            To::Merchant(_) => Vec::new(),
            To::Wallet(_) | To::Whoever | To::Account(_) => self.sent_by(customer).await?,
        };
        let kind = match leaving.to {
            To::Wallet(to) => {
                keys.push(Key::Payee(to.to_string()));
                facts.new_payee = Some(is_new_payee(&sent, to, ctx.now));
                Kind::Remittance
            }
            To::Whoever => {
                facts.new_payee = Some(true);
                Kind::Remittance
            }
            To::Merchant(to) => {
                keys.push(Key::Merchant(to.to_string()));
                Kind::Payment
            }
            To::Account(link) => {
                keys.push(account_key(link));
                facts.linked_at = Some(link.connected_at);
                Kind::Payout
            }
        };
        // What a shop is paid is not looked at beside the day's: it would be read at every till.
        if kind != Kind::Payment {
            let asked_for = self.not_settled(customer, &sent).await?;
            let (balance, left) = self.day_of(ctx, customer.wallet_id, &asked_for).await?;
            (facts.balance, facts.left_in_a_day) = (Some(balance), Some(left));
        }
        Ok(Signal::new(kind, ctx.now, keys).with_amount(leaving.amount).with_facts(facts))
    }

    /// How long money that is signed for would be held, in seconds; 0: not at all.
    pub(crate) async fn foresee_hold(
        &self,
        ctx: &Ctx<'_>,
        customer: &Customer,
        (to, amount): (To<'_>, Yen),
    ) -> Result<i64, WalletError> {
        let leaving = Leaving { to, amount, signed: true, device: None };
        let signal = self.leaving(ctx, customer, &leaving).await?;
        let mut foreseen = self.foresee(&signal);
        if let To::Wallet(to) = leaving.to {
            let reaching = reaching(ctx, (customer.wallet_id, to), amount);
            foreseen = foreseen.and(self.foresee(&reaching));
        }
        Ok(foreseen.hold_secs())
    }

    /// Whether money of, or for, somebody whom the desk watches is about to go on (FT-22). It was
    /// asked when the money was held; what was learnt since counts as well.
    pub(crate) fn is_watched(&self, kind: Kind, keys: Vec<Key>, now: Timestamp) -> bool {
        !self.watched_on(kind, keys, now).is_empty()
    }

    /// The names of the lists that keep it.
    pub(crate) fn watched_on(&self, kind: Kind, keys: Vec<Key>, now: Timestamp) -> Vec<String> {
        if self.rules.listens_to_risk() {
            self.risk.watched_on(&Signal::new(kind, now, keys))
        } else {
            Vec::new()
        }
    }

    /// What this customer sent, newest first.
    async fn sent_by(&self, customer: &Customer) -> Result<Vec<Stored<Remittance>>, WalletError> {
        Ok(self.book.list::<Remittance>("customer_id", &customer.customer_id.to_string()).await?)
    }

    /// What is written down and may not have reached the ledger yet: several that are pressed at once
    /// are no smaller together than one after another (SG-04).
    async fn not_settled(
        &self,
        customer: &Customer,
        sent: &[Stored<Remittance>],
    ) -> Result<Vec<(TransferId, Yen)>, WalletError> {
        let id = customer.customer_id.to_string();
        let payouts = self.book.list::<Payout>("customer_id", &id).await?;
        let sent = sent
            .iter()
            .filter(|sent| sent.from == customer.wallet_id)
            .filter(|sent| sent.state == RemittanceState::Requested)
            .map(|sent| (pend_id(&sent.remittance_id.to_string()), sent.amount));
        let paid = payouts
            .iter()
            .filter(|payout| payout.state == PayoutState::Requested)
            .map(|payout| (pend_id(&payout.payout_id.to_string()), payout.amount));
        Ok(sent.chain(paid).collect())
    }

    /// What can be spent, and what has left within a day, by the ledger; what was refused or came
    /// back has not left. What was `asked_for` has left, whether the ledger has it yet or not.
    async fn day_of(
        &self,
        ctx: &Ctx<'_>,
        wallet: WalletId,
        asked_for: &[(TransferId, Yen)],
    ) -> Result<(Yen, Yen), WalletError> {
        let account = chart::customer(wallet);
        let since = later(ctx.now, DAY_SECS.saturating_neg());
        let filter = Filter { since: Some(since), ..Filter::newest(8_000) };
        let moved = self.ledger.account_transfers(account, filter, ctx.now).await?;
        let is_there = |id: TransferId| moved.iter().any(|record| record.transfer.id == id);
        let on_its_way = asked_for
            .iter()
            .filter(|(id, _)| !is_there(*id))
            .fold(Yen::ZERO, |sum, (_, amount)| sum.plus(*amount).unwrap_or(Yen::MAX));
        // The balance last: what leaves in between makes the share larger and never smaller.
        let found = self.ledger.find_account(account, ctx.now).await?;
        let balance = found.map_or(Yen::ZERO, |a| a.available()).minus_or_zero(on_its_way);
        let mut left = on_its_way;
        for record in moved {
            let moved = &record.transfer;
            let counts = match record.pending {
                Some(PendingState::Pending { .. }) => true,
                Some(_) => false,
                None => !moved.flags.void_pending,
            };
            if counts && moved.debit_account == account {
                left = left.plus(moved.amount).unwrap_or(Yen::MAX);
            }
        }
        Ok((balance, left))
    }
}

/// How money that is about to reach a wallet looks to the engine: who pays whom, whichever way. What a
/// link hides when it is sent is known when it is claimed.
pub(crate) fn reaching(ctx: &Ctx<'_>, (from, to): (WalletId, WalletId), amount: Yen) -> Signal {
    let keys = vec![Key::Wallet(from.to_string()), Key::Payee(to.to_string())];
    Signal::new(Kind::Received, ctx.now, keys).with_amount(amount)
}

/// Whether nothing that was sent directly reached this wallet long enough ago. ¥1 a minute before
/// makes nobody known.
fn is_new_payee(sent: &[Stored<Remittance>], to: WalletId, now: Timestamp) -> bool {
    !sent.iter().any(|sent| match sent.state {
        RemittanceState::Posted { to: payee, at, .. } => {
            payee == to && later(at, PAYEE_KNOWN_SECS) <= now
        }
        _ => false,
    })
}
