//! Two people agreed that top-ups were frauds: the engine hears of each, with whom it was seen.

use kanuki_desk::{
    case::Case,
    claim::Claim,
    past::{self, confirmed},
};
use kanuki_domain::{Ctx, id::TopupId};
use kanuki_record::Unit;
use kanuki_risk::{Company, Key, Signal};

use super::customer_of;
use crate::{Customer, Wallet, WalletError, topup::Topup};

impl Wallet {
    /// Notes in `unit` what a claim that is paid says of frauds. Where we pay it names the top-ups; where
    /// the bank does, it names whose wallet took the money, and not by which.
    pub(super) async fn note_frauds(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        claim: &Claim,
    ) -> Result<(), WalletError> {
        let bank = Key::Partner(claim.partner.clone());
        let mut signals: Vec<Signal> = Vec::new();
        for item in &claim.items {
            let id: TopupId = item.movement.parse().map_err(|_| WalletError::NotAvailable)?;
            let at = self.load::<Topup>(id).await?.requested_at;
            let Some(seen) = past::of_movement(&self.book, &item.movement, at).await? else {
                continue;
            };
            let keys = seen.signal.keys.into_iter().chain([bank.clone()]).collect();
            signals.push(confirmed(Company::Wallet, ctx.now, keys));
        }
        if !claim.is_payer {
            let case = self.load::<Case>(claim.case_id).await?;
            let customer_id = customer_of(&case).ok_or(WalletError::NotAvailable)?;
            let customer = self.load::<Customer>(customer_id).await?;
            let keys = vec![
                Key::Wallet(customer.wallet_id.to_string()),
                Key::Person(customer_id.to_string()),
                bank,
            ];
            signals.push(confirmed(Company::Wallet, ctx.now, keys));
        }
        self.note_together(ctx, unit, signals).await
    }
}
