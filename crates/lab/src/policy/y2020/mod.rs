//! The incident's wallet and banks, as far as the sources describe them.
//!
//! An e-mail address opens a wallet. A bank takes account number and PIN, two of three also the
//! birth date, for proof of who asks; only wrong PINs are counted, and only by account. Nobody is
//! told. ¥300,000 may be charged by calendar month and wallet. A halt of new links leaves old ones.
//!
//! At the end of that year (`2020-after`) the wallet looked at a photographed document, which a
//! forged one passes as well as a typed name, and a bank called a code to the number on file.

mod added;
mod bank_page;
mod rules;
mod wallet_page;

pub(crate) use added::{AddedBank, AddedWallet};
pub(crate) use bank_page::{PinDesk, bank_routes, grant_unsigned};
pub(crate) use rules::{BankRules2020, CHARGE_MAX, MONTH_MAX, WalletRules2020};
pub(crate) use wallet_page::{WalletDesk, wallet_routes};

/// Opening a wallet with an e-mail address, and coming back to it.
pub(crate) const WALLET_OPEN: &str = "/2020/open";
/// The code that was mailed.
pub(crate) const WALLET_CODE: &str = "/2020/open/code";
/// Choosing a bank.
pub(crate) const WALLET_LINK: &str = "/2020/link";
/// Account number and PIN.
pub(crate) const BANK_LINK: &str = "/2020/authorize";
/// The code that was called to the number on file, from the end of that year on.
pub(crate) const BANK_CODE: &str = "/2020/authorize/code";

/// Pages that exist under the policy `2020` and on no served wallet or bank.
pub const PATHS_2020: &[&str] = &[WALLET_OPEN, WALLET_CODE, WALLET_LINK, BANK_LINK, BANK_CODE];
