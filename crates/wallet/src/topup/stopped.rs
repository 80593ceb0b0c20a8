//! What was stopped while its customer was at the bank to sign a top-up.
//!
//! Between the reservation and the signature lie minutes, and a person. Whoever freezes a wallet in
//! them, ends the link or pulls a switch must not see money come all the same because somebody signs
//! a moment later: the gates were asked with the reservation, and are asked again here.

use kanuki_desk::{gate::Gate, screening::gate as screening_gate};
use kanuki_domain::Ctx;
use kanuki_record::Stored;

use super::Topup;
use crate::{
    Refusal, Wallet, WalletError,
    customer::wallet_switch,
    link::{Link, link_switch},
};

/// The kill switches of a top-up, widest first.
pub(super) fn gates(topup: &Topup) -> Vec<Gate> {
    vec![
        Gate::everything(),
        Gate::of("bank", topup.bank),
        Gate::of("link", topup.link_id),
        link_switch(topup.link_id),
        Gate::of("wallet", topup.wallet_id),
        wallet_switch(topup.wallet_id),
        screening_gate(topup.wallet_id),
    ]
}

impl Wallet {
    /// Why nothing more may be asked of the bank for this top-up, if so: its link has ended or
    /// waits, its wallet is frozen, or a switch is off.
    pub(super) async fn stopped_since(
        &self,
        ctx: &Ctx<'_>,
        topup: &Topup,
    ) -> Result<Option<Refusal>, WalletError> {
        let link = self.load::<Link>(topup.link_id).await?;
        if !link.is_alive() {
            return Ok(Some(Refusal::NotActive));
        }
        let is_frozen = self.customer(topup.customer_id).await?.frozen.is_some();
        if is_frozen || !self.are_open(ctx, &gates(topup)).await? {
            return Ok(Some(Refusal::Stopped));
        }
        Ok((!link.is_usable()).then_some(Refusal::NotActive))
    }

    /// The top-up as it is, or its end and [`WalletError::Stopped`].
    pub(super) async fn require_going_on(
        &self,
        ctx: &Ctx<'_>,
        topup: Stored<Topup>,
    ) -> Result<Stored<Topup>, WalletError> {
        match self.stopped_since(ctx, &topup).await? {
            Some(reason) => {
                self.withdraw_topup(ctx, topup, reason).await?;
                Err(WalletError::Stopped)
            }
            None => Ok(topup),
        }
    }
}
