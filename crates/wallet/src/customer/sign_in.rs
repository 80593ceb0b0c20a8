//! Signing in with a passkey that the device offers by itself.

use kanuki_desk::{
    authenticator::{keys_of, list_passkeys},
    outbox::Content,
};
use kanuki_domain::{Ctx, assurance::SignIn, id::CustomerId};
use kanuki_passkey::DiscoverableState;
use kanuki_record::{AuditEntry, Unit};

use crate::{Browser, Wallet, WalletError, proof::keep_counters};

/// A sign-in under way.
pub type SigningIn = DiscoverableState;

/// Somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub customer_id: CustomerId,
    /// How; it decides their caps.
    pub sign_in: SignIn,
}

impl Wallet {
    /// Options for the page that asks the device for a passkey.
    pub fn start_sign_in(&self, ctx: &Ctx<'_>) -> Result<(String, SigningIn), WalletError> {
        Ok(self.rp.start_discoverable(ctx.random())?)
    }

    /// Checks the passkey's answer. A frozen wallet's customer may sign in, to look and to ask.
    ///
    /// Signing in from a device that was not seen before is told. A refused one is counted for its device
    /// and its network, and never for whom it names: anybody can name anybody.
    pub async fn finish_sign_in(
        &self,
        ctx: &Ctx<'_>,
        response: &str,
        state: &SigningIn,
        browser: Browser<'_>,
    ) -> Result<SignedIn, WalletError> {
        let (unit, id) = match self.check_sign_in(ctx, response, state).await {
            Err(refused @ WalletError::NotAccepted) => {
                self.note_refused_sign_in(ctx, (None, browser)).await?;
                return Err(refused);
            }
            checked => checked?,
        };
        self.note_sign_in(ctx, unit, id, browser).await?;
        Ok(SignedIn { customer_id: id, sign_in: SignIn::Passkey })
    }

    /// Whose passkey answered, and what is to be kept of its use.
    async fn check_sign_in(
        &self,
        ctx: &Ctx<'_>,
        response: &str,
        state: &SigningIn,
    ) -> Result<(Unit, CustomerId), WalletError> {
        let claimed = self.rp.identify(response)?;
        let id = CustomerId::from_bits(u128::from_be_bytes(claimed.user_handle));
        let mut live = list_passkeys(&self.book, id).await?;
        let mut keys = keys_of(&live);
        let asserted = self.rp.finish_discoverable(response, state, &mut keys)?;
        let mut unit = Unit::new();
        keep_counters(ctx, &mut unit, &mut live, keys, &asserted);
        Ok((unit, id))
    }

    /// Writes down a sign-in, and tells of one from a new device.
    pub(super) async fn note_sign_in(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        id: CustomerId,
        browser: Browser<'_>,
    ) -> Result<(), WalletError> {
        let known = self.known(id).await?;
        self.weigh_sign_in(ctx, &mut unit, (&known.customer, browser)).await?;
        // A wallet that was opened a moment ago has told already.
        let is_fresh = ctx.now.duration_since(known.customer.opened_at).as_secs() < 300;
        if browser.is_new && !is_fresh {
            self.tell(&mut unit, ctx, &known, Content::new("signed_in"))?;
        }
        unit.audit(AuditEntry::new(ctx.now, id, "customer.signed_in", known.customer.wallet_id));
        Ok(self.book.commit(unit).await?)
    }
}
