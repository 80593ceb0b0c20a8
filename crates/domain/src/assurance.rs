//! How sure we are who is there: authentication at sign-in, identity behind the wallet.

use serde::{Deserialize, Serialize};

/// How a request was authenticated, weakest first (facts: linking 1.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignIn {
    /// The alternative for people who cannot use a passkey: printed key and one-time code (FT-32).
    /// Phishable, hence the lower caps.
    Alternative,
    /// A passkey with user verification.
    Passkey,
}

/// The authentication context classes that banks and wallets speak of, weakest first (RFC 9470;
/// facts: linking 1.8). What is asked for is a wish; whoever guards the money looks at what was
/// shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Acr {
    /// Something known. Never enough for anything, and named only so that it can be refused.
    #[serde(rename = "urn:kanuki:acr:pin")]
    Pin,
    /// A passkey with user verification, over a random challenge: somebody signed in.
    #[serde(rename = "urn:kanuki:acr:passkey-uv")]
    PasskeyUv,
    /// A key that the bank's own app keeps in a telephone, over the transaction itself. That the app
    /// asked for the owner is the app's word: no authenticator says so in what it signs.
    #[serde(rename = "urn:kanuki:acr:bank-app")]
    BankApp,
    /// A passkey with user verification, over the transaction itself: they signed exactly this.
    #[serde(rename = "urn:kanuki:acr:passkey-uv-dynamic")]
    PasskeyUvDynamic,
    /// The JPKI certificate for user authentication (利用者証明用電子証明書).
    #[serde(rename = "urn:kanuki:acr:jpki")]
    Jpki,
}

impl Acr {
    /// Every class, weakest first.
    pub const LADDER: [Self; 5] =
        [Self::Pin, Self::PasskeyUv, Self::BankApp, Self::PasskeyUvDynamic, Self::Jpki];
    /// What money outside of a mandate needs: a signature over exactly that, by any of these.
    pub const SIGNED: [Self; 2] = [Self::PasskeyUvDynamic, Self::BankApp];
    /// The classes that a bank's pages can reach.
    pub const OFFERED: [Self; 2] = [Self::PasskeyUv, Self::PasskeyUvDynamic];

    /// As it is written on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pin => "urn:kanuki:acr:pin",
            Self::PasskeyUv => "urn:kanuki:acr:passkey-uv",
            Self::BankApp => "urn:kanuki:acr:bank-app",
            Self::PasskeyUvDynamic => "urn:kanuki:acr:passkey-uv-dynamic",
            Self::Jpki => "urn:kanuki:acr:jpki",
        }
    }

    /// The class with this name; none for a name of somebody else's.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::LADDER.into_iter().find(|acr| acr.as_str() == text)
    }

    /// Whether somebody who showed this has shown what `wanted` asks for. Something known never
    /// satisfies anything.
    #[must_use]
    pub fn satisfies(self, wanted: Self) -> bool {
        self > Self::Pin && self >= wanted
    }
}

/// What a wallet knows about its customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// Nothing yet: no bank link, no top-up.
    Unproven,
    /// Proven by a JPKI signature certificate. The only way: image-based methods do not exist here.
    Jpki,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_satisfies_itself_and_what_is_weaker_but_something_known_nothing() {
        for (i, shown) in Acr::LADDER.into_iter().enumerate() {
            assert_eq!(Acr::parse(shown.as_str()), Some(shown));
            for (k, wanted) in Acr::LADDER.into_iter().enumerate() {
                assert_eq!(shown.satisfies(wanted), i > 0 && i >= k, "{shown:?} for {wanted:?}");
            }
        }
        assert_eq!(Acr::parse("urn:mace:incommon:iap:silver"), None);
    }
}
