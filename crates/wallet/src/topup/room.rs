//! What a customer can still top up now, so that a page says it before they ask in vain.

use std::cmp::Reverse;

use jiff::Timestamp;
use kanuki_domain::{
    Ctx, Yen,
    id::CustomerId,
    limits::{COOLING_LINK, NEW_WALLET_SECS},
    mandate::later,
};

use super::{Topup, TopupState};
use crate::{Wallet, WalletError, link::Link, rules::Act};

/// How much a low limit leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// What can still be topped up now.
    pub amount: Yen,
    /// When the limit ends; none where it goes on, and room comes back bit by bit.
    pub until: Option<Timestamp>,
}

impl Wallet {
    /// What the lowest limit in force leaves of this account, as far as this wallet knows; none while
    /// there is no low limit. The bank has the last word: it also counts what others took.
    pub async fn topup_room(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        link: &Link,
    ) -> Result<Option<Room>, WalletError> {
        let customer = self.customer(id).await?;
        let mut rooms = Vec::new();
        for limit in self.rules.limits(Act::Topup, &customer, Some(link), ctx.now) {
            let amount = limit.cap().available(&*self.ledger, ctx.now).await?;
            // Only the limit of a wallet's first day counts for ever: it ends with that day.
            let until =
                (limit.window_secs == 0).then(|| later(customer.opened_at, NEW_WALLET_SECS));
            rooms.push(Room { amount, until });
        }
        if let Some(until) = link.cooling_until(ctx.now) {
            let taken = self.taken_from(link).await?;
            let amount = COOLING_LINK.minus(taken).unwrap_or(Yen::ZERO);
            rooms.push(Room { amount, until: Some(until) });
        }
        // Of two that leave as much, the one that lasts longer.
        Ok(rooms.into_iter().min_by_key(|room| (room.amount, Reverse(room.until))))
    }

    /// What was taken by this link and is not known to have been refused.
    async fn taken_from(&self, link: &Link) -> Result<Yen, WalletError> {
        let topups = self.book.list::<Topup>("customer_id", &link.customer_id.to_string()).await?;
        let counts = |topup: &Topup| {
            topup.link_id == link.link_id && !matches!(topup.state, TopupState::Refused { .. })
        };
        let counted = topups.iter().filter(|topup| counts(topup));
        Ok(counted.fold(Yen::ZERO, |sum, topup| sum.plus(topup.amount).unwrap_or(Yen::MAX)))
    }
}
