//! Wallets that are opened, and sign-ins: what one device or one network does with many of them.

use kanuki_desk::named::{self, MadeUp};
use kanuki_domain::{Ctx, bank_account::BankCode, id::CustomerId, person};
use kanuki_record::Unit;
use kanuki_risk::{Facts, Key, Kind, ListError, Signal};

use super::Verdict;
use crate::{Customer, Profile, Wallet, WalletError};

/// The browser that somebody uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Browser<'a> {
    /// The keyed hash of its name.
    pub device_hash: &'a str,
    /// It was not seen before.
    pub is_new: bool,
}

impl Wallet {
    /// Notes that a wallet is opened, and refuses it where the engine does.
    pub(crate) async fn weigh_opening(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (customer, profile, device): (&Customer, &Profile, Option<&str>),
    ) -> Result<(), WalletError> {
        let mut keys = self.who(ctx, customer, device);
        keys.push(Key::EmailDomain(profile.mail_domain_hash(&self.vault)));
        keys.push(Key::Phone(customer.phone_hash.clone()));
        keys.push(Key::Email(customer.mail_hash.clone()));
        self.weigh_account(ctx, unit, Signal::new(Kind::WalletOpened, ctx.now, keys)).await
    }

    /// Notes a sign-in that was proven, and refuses it where the engine does.
    pub(crate) async fn weigh_sign_in(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (customer, browser): (&Customer, Browser<'_>),
    ) -> Result<(), WalletError> {
        let keys = self.who(ctx, customer, Some(browser.device_hash));
        let facts = Facts {
            opened_at: Some(customer.opened_at),
            new_device: Some(browser.is_new),
            ..Facts::default()
        };
        let signal = Signal::new(Kind::SignedIn, ctx.now, keys).with_facts(facts);
        self.weigh_account(ctx, unit, signal).await
    }

    /// Notes that a customer sets out to link an account at `bank`, and refuses it where the engine does,
    /// before the bank hears anything of the customer.
    pub(crate) async fn weigh_link(
        &self,
        ctx: &Ctx<'_>,
        (customer, bank): (&Customer, BankCode),
        device: Option<&str>,
    ) -> Result<(), WalletError> {
        let mut keys = self.who(ctx, customer, device);
        keys.push(Key::Partner(bank.to_string()));
        let facts = Facts {
            opened_at: Some(customer.opened_at),
            known_elsewhere: Some(self.is_known_elsewhere(ctx, customer.customer_id).await?),
            ..Facts::default()
        };
        let mut noted = Unit::new();
        let signal = Signal::new(Kind::LinkRequested, ctx.now, keys).with_facts(facts);
        self.weigh_account(ctx, &mut noted, signal).await?;
        Ok(self.book.commit(noted).await?)
    }

    /// Notes a sign-in that was none, with whose it would have been where that was said. Nobody is refused
    /// for it: the right proof always goes on.
    pub(crate) async fn note_refused_sign_in(
        &self,
        ctx: &Ctx<'_>,
        (of, browser): (Option<CustomerId>, Browser<'_>),
    ) -> Result<(), WalletError> {
        let keys = if let Some(id) = of {
            let customer = self.customer(id).await?;
            self.who(ctx, &customer, Some(browser.device_hash))
        } else {
            let device = Key::Device(browser.device_hash.to_owned());
            std::iter::once(device).chain(self.place_keys(ctx)).collect()
        };
        let mut unit = Unit::new();
        self.weigh(ctx, &mut unit, Signal::new(Kind::SignInRefused, ctx.now, keys)).await?;
        Ok(self.book.commit(unit).await?)
    }

    /// Notes that a customer said of a notice that it was not them. Nobody is refused for it.
    pub(crate) async fn weigh_answer(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        customer: &Customer,
    ) -> Result<(), WalletError> {
        let keys = vec![
            Key::Wallet(customer.wallet_id.to_string()),
            Key::Person(customer.customer_id.to_string()),
        ];
        self.weigh(ctx, unit, Signal::new(Kind::NoticeAnswered, ctx.now, keys)).await.map(drop)
    }

    /// Notes that a bank told something. Nobody is refused for it.
    pub(crate) async fn weigh_event(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        bank: BankCode,
    ) -> Result<(), WalletError> {
        let keys = vec![Key::Partner(bank.to_string())];
        self.weigh(ctx, unit, Signal::new(Kind::PartnerEvent, ctx.now, keys)).await.map(drop)
    }

    /// Notes who an identity card says that a customer is; `unit` keeps it whatever follows.
    pub(crate) async fn weigh_named(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (customer, facts): (&Customer, &person::Facts),
    ) -> Result<Verdict, WalletError> {
        let mut keys = vec![
            Key::Wallet(customer.wallet_id.to_string()),
            named::key(&self.vault, facts.name.expose(), *facts.born_on.expose()),
        ];
        keys.extend(self.place_keys(ctx));
        self.weigh(ctx, unit, Signal::new(Kind::PersonNamed, ctx.now, keys)).await
    }

    /// Says who was made up: whose identity card says so has a list that was planted.
    pub fn set_canary_people(&self, people: &[MadeUp]) -> Result<(), ListError> {
        let keys: Vec<Key> = people.iter().map(|one| one.key(&self.vault)).collect();
        self.risk.set_list("canary_people", &keys)
    }

    /// What is refused is kept all the same, alone; what goes on is kept with what it does.
    async fn weigh_account(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        signal: Signal,
    ) -> Result<(), WalletError> {
        let mut noted = Unit::new();
        let verdict = self.weigh(ctx, &mut noted, signal).await?;
        if verdict.is_no() {
            self.book.commit(noted).await?;
            self.obey(ctx, verdict).await;
            return Err(WalletError::TooMany);
        }
        unit.append(noted);
        Ok(())
    }

    /// Who does something, on which device, from where.
    pub(super) fn who(&self, ctx: &Ctx<'_>, customer: &Customer, device: Option<&str>) -> Vec<Key> {
        let mut keys = vec![
            Key::Wallet(customer.wallet_id.to_string()),
            Key::Person(customer.customer_id.to_string()),
            Key::Device(device.unwrap_or_default().to_owned()),
        ];
        keys.extend(self.place_keys(ctx));
        keys
    }

    /// From which network, and from which address in it, blinded: what one address does is seen where its
    /// network is too large to say anything.
    fn place_keys(&self, ctx: &Ctx<'_>) -> [Key; 2] {
        let address = named::address(&self.vault, ctx.address);
        [Key::Block(ctx.address_block.to_owned()), Key::Address(address)]
    }
}
