//! What every handler works with.

use std::sync::Arc;

use kanuki_site::Site;
use kanuki_wallet::Wallet;

/// The wallet and its web server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct WalletState {
    /// The wallet's use cases.
    pub wallet: Wallet,
    /// Its web server. Book and vault are the same as the wallet's.
    pub site: Arc<Site>,
}
