//! What a customer sees first: how much is there, and what they can do next.

use kanuki_desk::gate::Gate;
use kanuki_domain::{
    Ctx, Yen,
    id::{CustomerId, WalletId},
};
use kanuki_record::Stored;

use super::Customer;
use crate::{Wallet, WalletError, chart, link::Link};

/// A wallet at a glance.
#[derive(Debug)]
pub struct Overview {
    /// Whose.
    pub customer: Stored<Customer>,
    /// What can be spent now.
    pub available: Yen,
    /// What is reserved for movements under way.
    pub reserved: Yen,
    /// What is coming in and not there yet.
    pub incoming: Yen,
    /// Bank accounts that are connected.
    pub links: Vec<Stored<Link>>,
}

/// The kill switch of a wallet, for staff; apart from the gate of its freeze, which an unfreezing
/// opens.
pub(crate) fn wallet_switch(wallet_id: WalletId) -> Gate {
    Gate::of("wallet-switch", wallet_id)
}

impl Wallet {
    /// The wallet of `id` at a glance.
    pub async fn overview(&self, ctx: &Ctx<'_>, id: CustomerId) -> Result<Overview, WalletError> {
        let customer = self.customer(id).await?;
        let found = self.ledger.find_account(chart::customer(customer.wallet_id), ctx.now).await?;
        let (available, reserved, incoming) = found
            .map_or((Yen::ZERO, Yen::ZERO, Yen::ZERO), |account| {
                (account.available(), account.debits_pending, account.credits_pending)
            });
        let links = self.live_links(id).await?;
        Ok(Overview { customer, available, reserved, incoming, links })
    }

    /// Refuses what would take a wallet above the most that it may hold.
    pub(crate) async fn require_room(
        &self,
        ctx: &Ctx<'_>,
        wallet_id: WalletId,
        amount: Yen,
    ) -> Result<(), WalletError> {
        let found = self.ledger.find_account(chart::customer(wallet_id), ctx.now).await?;
        let Some(account) = found else { return Ok(()) };
        let held = account.credit_balance().plus(account.credits_pending);
        match held.and_then(|held| held.plus(amount)) {
            Ok(after) if after <= kanuki_domain::limits::WALLET_BALANCE_MAX => Ok(()),
            Ok(_) | Err(_) => Err(WalletError::BalanceFull),
        }
    }
}
