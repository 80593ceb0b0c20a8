//! What every test starts from: a wallet, two users, a registered passkey.

use kanuki_passkey::soft::SoftAuthenticator;
use kanuki_passkey::{Passkey, RelyingParty};
use url::Url;

pub(crate) const ORIGIN: &str = "https://wallet.example";
pub(crate) const ALICE: [u8; 16] = [0xa1; 16];
pub(crate) const BOB: [u8; 16] = [0xb0; 16];
pub(crate) const CHALLENGE: [u8; 32] = [7; 32];

pub(crate) fn wallet() -> RelyingParty {
    RelyingParty::new("wallet.example", &Url::parse(ORIGIN).unwrap(), "Wallet").unwrap()
}

/// Registers `user` and gives back their passkey as the wallet would store and reload it.
pub(crate) fn register(user: [u8; 16], device: &mut SoftAuthenticator) -> Passkey {
    let (options, state) = wallet().start_registration(user, "user", "User", &[]).unwrap();
    let response = device.create(&options, ORIGIN).unwrap();
    let passkey = wallet().finish_registration(&response, &state).unwrap();
    serde_json::from_str(&serde_json::to_string(&passkey).unwrap()).unwrap()
}
