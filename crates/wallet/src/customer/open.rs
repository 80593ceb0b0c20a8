//! Opening a wallet.

use kanuki_desk::{authenticator::Authenticator, outbox::Content};
use kanuki_domain::{
    Ctx,
    assurance::{Identity, SignIn},
    id::{CustomerId, WalletId},
    mandate::Route,
};
use kanuki_passkey::RegistrationState;
use kanuki_record::{AuditEntry, RecordError, Unit, vault::PersonKey};
use serde::{Deserialize, Serialize};

use super::{CONTACTS, Customer, Profile};
use crate::{Wallet, WalletError, chart, close::Closure};

/// A wallet that is being opened; kept on the server until the passkey is made.
#[derive(Debug, Serialize, Deserialize)]
pub struct Opening {
    customer_id: CustomerId,
    profile: Profile,
    registration: RegistrationState,
    /// The keyed hash of the device on which it was begun, where it is known.
    #[serde(default)]
    pub device: Option<String>,
}

/// The user handle of a customer's passkeys: the bits of their id, which say nothing about them.
pub(super) const fn user_handle(id: CustomerId) -> [u8; 16] {
    id.bits().to_be_bytes()
}

impl Wallet {
    /// Starts opening a wallet: the options for the page that makes the passkey.
    pub fn start_opening(
        &self,
        ctx: &Ctx<'_>,
        profile: Profile,
    ) -> Result<(String, Opening), WalletError> {
        let customer_id = CustomerId::generate(ctx);
        let name = profile.nickname().to_owned();
        let (options, registration) =
            self.rp.start_registration(user_handle(customer_id), &name, &name, &[])?;
        Ok((options, Opening { customer_id, profile, registration, device: None }))
    }

    /// Opens the wallet with the passkey that was made.
    pub async fn finish_opening(
        &self,
        ctx: &Ctx<'_>,
        opening: Opening,
        response: &str,
    ) -> Result<CustomerId, WalletError> {
        let passkey = self.rp.finish_registration(response, &opening.registration)?;
        let id = opening.customer_id;
        let (known, mut unit) = self.new_customer(ctx, id, &opening.profile, SignIn::Passkey)?;
        unit.insert(&Authenticator::register(ctx, id, passkey, "", Route::Passkey));
        self.keep_customer(ctx, (known, opening.device.as_deref()), unit).await
    }

    /// The records of a new customer.
    pub(super) fn new_customer(
        &self,
        ctx: &Ctx<'_>,
        customer_id: CustomerId,
        profile: &Profile,
        sign_in: SignIn,
    ) -> Result<(NewCustomer, Unit), WalletError> {
        let key = self.vault.create_person(ctx, customer_id)?;
        let customer = Customer {
            customer_id,
            wallet_id: WalletId::generate(ctx),
            nickname: profile.nickname().to_owned(),
            contacts: self.vault.seal(ctx, &key, CONTACTS, &profile.contacts())?,
            mail_hash: profile.mail_hash(&self.vault),
            phone_hash: profile.phone_hash(&self.vault),
            sign_in,
            identity: Identity::Unproven,
            person_hash: None,
            facts: None,
            opened_at: ctx.now,
            frozen: None,
            halved_until: None,
            closure: Closure::Open,
            former_person: None,
            strange: Vec::new(),
            reads: None,
        };
        let mut unit = Unit::new();
        unit.insert(&key).insert(&customer).audit(
            AuditEntry::new(ctx.now, customer_id, "wallet.opened", customer.wallet_id).with(
                "sign_in",
                if sign_in == SignIn::Passkey { "passkey" } else { "alternative" },
            ),
        );
        Ok((NewCustomer { customer, key, profile: profile.clone() }, unit))
    }

    /// Keeps a new customer: the ledger accounts first, so that a wallet that exists can be used.
    pub(super) async fn keep_customer(
        &self,
        ctx: &Ctx<'_>,
        (new, device): (NewCustomer, Option<&str>),
        mut unit: Unit,
    ) -> Result<CustomerId, WalletError> {
        let who = (&new.customer, &new.profile, device);
        self.weigh_opening(ctx, &mut unit, who).await?;
        chart::open_customer(&*self.ledger, new.customer.wallet_id, ctx.now).await?;
        let id = new.customer.customer_id;
        self.tell_new(&mut unit, ctx, &new)?;
        match self.book.commit(unit).await {
            Ok(()) => Ok(id),
            // The ceremony was finished before, or the passkey is another customer's.
            Err(RecordError::Duplicate { .. }) => Err(WalletError::NotAvailable),
            Err(error) => Err(error.into()),
        }
    }

    fn tell_new(
        &self,
        unit: &mut Unit,
        ctx: &Ctx<'_>,
        new: &NewCustomer,
    ) -> Result<(), WalletError> {
        if !self.rules.tells_customers() {
            return Ok(());
        }
        let contacts = new.profile.contacts();
        let recipient = kanuki_desk::notice::Recipient { key: &new.key, contacts: &contacts };
        let content = Content::new("wallet_opened").with("nickname", &new.customer.nickname);
        let stops = new.customer.wallet_id;
        Ok(kanuki_desk::notice::tell(unit, &self.vault, ctx, recipient, stops, content)?)
    }
}

/// A customer who is not kept yet.
#[derive(Debug)]
pub(super) struct NewCustomer {
    pub(super) customer: Customer,
    pub(super) key: PersonKey,
    pub(super) profile: Profile,
}
