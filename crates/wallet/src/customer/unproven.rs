//! A wallet for an e-mail address and a story, as wallets were opened in 2020.

use kanuki_domain::{Ctx, Masked, assurance::SignIn, id::CustomerId, person::Facts};
use kanuki_record::{Unit, vault::PersonKey};

use super::Profile;
use crate::{
    Wallet, WalletError,
    identity::{FACTS, KeptFacts},
};

impl Wallet {
    /// Opens a wallet for whoever names an e-mail address, and takes what they say of themself for
    /// facts. Exists for the attack lab, which shows what follows.
    ///
    /// `cargo xtask tidy` refuses a call of it anywhere but in the lab.
    pub async fn danger_open_unproven(
        &self,
        ctx: &Ctx<'_>,
        profile: &Profile,
        claimed: Facts,
    ) -> Result<CustomerId, WalletError> {
        let id = CustomerId::generate(ctx);
        let (new, unit) = self.new_customer(ctx, id, profile, SignIn::Alternative)?;
        self.keep_customer(ctx, (new, None), unit).await?;
        let key = self.load::<PersonKey>(id).await?;
        let kept =
            KeptFacts { facts: claimed, proven_at: ctx.now, evidence: Masked::new(String::new()) };
        let sealed = self.vault.seal(ctx, &key, FACTS, &kept)?;
        let mut customer = self.customer(id).await?;
        customer.edit().facts = Some(sealed);
        let mut unit = Unit::new();
        unit.update(&customer);
        self.book.commit(unit).await?;
        Ok(id)
    }
}
