//! The identity card as a way to sign in and to sign, for people without a passkey.
//!
//! The card's certificate for user authentication (JPKI, 利用者証明用電子証明書) names nobody, so it
//! proves only that a card and its PIN are there. Whose it is follows from how it was [let in](add): by
//! whoever was proven by the card's other certificate a moment before, or by a signature of the
//! holder's passkey. From then on it is known by a keyed hash of its certificate, and by nothing else.
//!
//! A browser reads no card: the person goes to a platform operator's app and comes back
//! ([`errand`]). What the card signs is the SHA-256 of the text that a passkey would sign, and the
//! evidence goes the same way. What a card may do is data ([`Kind::IdentityCard`]).

mod add;
pub(crate) mod errand;
mod list;
mod sign;
mod sign_in;

pub use errand::{Brought, CardErrand, Errand};
pub use list::CardList;
pub(super) use sign::act_of;

use kanuki_desk::authenticator::Kind;
use kanuki_domain::{assurance::Acr, id::HolderId};

use crate::{Bank, BankError, holder::enrol::card::CardAuthentication};

impl Bank {
    /// How cards sign people in here, if they do.
    pub(crate) fn card_authentication(&self) -> Option<&CardAuthentication> {
        self.cards.as_ref()?.authentication.as_ref()
    }

    /// Whether people can sign in with a card here.
    #[must_use]
    pub fn takes_cards(&self) -> bool {
        self.card_authentication().is_some()
    }

    /// Whether somebody can sign on this bank's pages by something of this class (RFC 9470): what is
    /// published as `acr_values_supported`, and what a request may ask for.
    #[must_use]
    pub fn reaches(&self, acr: Acr) -> bool {
        match acr {
            Acr::Pin => false,
            Acr::PasskeyUv | Acr::PasskeyUvDynamic => true,
            Acr::BankApp => self.takes_app(),
            Acr::Jpki => self.takes_cards(),
        }
    }

    /// Whether this holder has a card that they can sign with now.
    pub async fn has_card(&self, holder_id: HolderId) -> Result<bool, BankError> {
        if !self.takes_cards() {
            return Ok(false);
        }
        let all = self.authenticators(holder_id).await?;
        Ok(all.iter().any(|a| a.kind() == Kind::IdentityCard))
    }

    /// The name of a certificate here.
    pub(crate) fn card_hash(&self, fingerprint: [u8; 32]) -> String {
        self.vault.blind("card_certificate", &fingerprint)
    }
}
