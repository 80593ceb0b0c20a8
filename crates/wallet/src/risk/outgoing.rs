//! Money that leaves a wallet: to another, to a shop, to a bank account.

use kanuki_domain::{
    Ctx, Yen,
    id::{CustomerId, MerchantId, WalletId},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_ledger::{Filter, PendingState};
use kanuki_risk::{Facts, Key, Kind, Signal};

use super::topup::account_key;
use crate::{
    Customer, Wallet, WalletError, chart,
    link::Link,
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
        let mut keys = vec![
            Key::Wallet(customer.wallet_id.to_string()),
            Key::Person(customer.customer_id.to_string()),
            Key::Device(leaving.device.unwrap_or_default().to_owned()),
            Key::Block(ctx.address_block.to_owned()),
        ];
        let mut facts = Facts {
            opened_at: Some(customer.opened_at),
            signed: Some(leaving.signed),
            ..Facts::default()
        };
        let kind = match leaving.to {
            To::Wallet(to) => {
                keys.push(Key::Payee(to.to_string()));
                facts.new_payee = Some(self.is_new_payee(customer.customer_id, to).await?);
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
            let (balance, left) = self.day_of(ctx, customer.wallet_id).await?;
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
        Ok(self.foresee(&signal).hold_secs())
    }

    /// Whether nothing that was sent directly has reached this wallet from this customer lately.
    async fn is_new_payee(&self, id: CustomerId, to: WalletId) -> Result<bool, WalletError> {
        let sent = self.book.list::<Remittance>("customer_id", &id.to_string()).await?;
        let has_it = |sent: &Remittance| {
            sent.customer_id == id
                && matches!(sent.state, RemittanceState::Posted { to: payee, .. } if payee == to)
        };
        Ok(!sent.iter().any(|sent| has_it(sent)))
    }

    /// What can be spent, and what has left within a day, by the ledger; what was refused or came
    /// back has not left.
    async fn day_of(&self, ctx: &Ctx<'_>, wallet: WalletId) -> Result<(Yen, Yen), WalletError> {
        let account = chart::customer(wallet);
        let found = self.ledger.find_account(account, ctx.now).await?;
        let balance = found.map_or(Yen::ZERO, |a| a.available());
        let since = later(ctx.now, DAY_SECS.saturating_neg());
        let filter = Filter { since: Some(since), ..Filter::newest(8_000) };
        let mut left = Yen::ZERO;
        for record in self.ledger.account_transfers(account, filter, ctx.now).await? {
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
