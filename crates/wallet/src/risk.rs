//! What the wallet tells its risk engine, and where it listens to it.

use kanuki_domain::{Ctx, Yen, id::WalletId};
use kanuki_risk::{Key, Kind, Signal};

use crate::Wallet;

impl Wallet {
    /// Notes that a wallet asks for money from its bank, and whether that may go on.
    ///
    /// Counted in any case; what money hangs on are the caps, which are ledger accounts.
    pub(crate) fn allows_topup(&self, ctx: &Ctx<'_>, wallet_id: WalletId, amount: Yen) -> bool {
        let keys =
            vec![Key::Wallet(wallet_id.to_string()), Key::Block(ctx.address_block.to_owned())];
        let signal = Signal::new(Kind::Topup, ctx.now, keys).with_amount(amount);
        self.risk.decide(&signal).is_approved() || !self.rules.listens_to_risk()
    }
}
