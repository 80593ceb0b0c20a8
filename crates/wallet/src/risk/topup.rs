//! Money that comes in from a connected account.

use kanuki_domain::{Ctx, Yen, id::TopupId};
use kanuki_record::Unit;
use kanuki_risk::{Facts, Key, Kind, Signal};

use crate::{Customer, Wallet, WalletError, link::Link};

impl Wallet {
    /// Notes that a wallet asks for money from its bank, and whether that may go on. `device` is the
    /// keyed hash of the customer's, where it is known.
    ///
    /// Counted in any case; what money hangs on are the caps, which are ledger accounts. A hold is
    /// a no here: the money is at the bank and stays there.
    pub(crate) async fn allows_topup(
        &self,
        ctx: &Ctx<'_>,
        (customer, link): (&Customer, &Link),
        (topup_id, amount): (TopupId, Yen),
        device: Option<&str>,
    ) -> Result<bool, WalletError> {
        let mut keys = self.who(ctx, customer, device);
        keys.push(account_key(link));
        let facts = Facts {
            linked_at: Some(link.connected_at),
            opened_at: Some(customer.opened_at),
            new_place: self.is_new_place(ctx, link),
            known_elsewhere: Some(self.is_known_elsewhere(ctx, customer.customer_id).await?),
            ..Facts::default()
        };
        let signal = Signal::new(Kind::Topup, ctx.now, keys).with_amount(amount).with_facts(facts);
        let mut unit = Unit::new();
        let verdict = self.weigh_movement(ctx, &mut unit, (signal, topup_id.to_string())).await?;
        self.book.commit(unit).await?;
        self.obey(ctx, verdict).await;
        Ok(!verdict.is_no())
    }
}

impl Wallet {
    /// From which network somebody asks, blinded; unknown for a worker.
    pub(crate) fn place_of(&self, ctx: &Ctx<'_>) -> Option<String> {
        let block = Some(ctx.address_block).filter(|block| !block.is_empty())?;
        Some(self.vault.blind("place", block.as_bytes()))
    }

    /// Whether somebody asks from another network than the link was made from (PJ-04).
    fn is_new_place(&self, ctx: &Ctx<'_>, link: &Link) -> Option<bool> {
        let (then, now) = (link.made_from.as_ref()?, self.place_of(ctx)?);
        Some(*then != now)
    }
}

/// A bank account by the name that its bank gave us for it.
pub(crate) fn account_key(link: &Link) -> Key {
    Key::Account(format!("{}|{}", link.bank, link.account_handle))
}
