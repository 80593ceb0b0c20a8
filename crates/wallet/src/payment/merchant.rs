//! A shop that takes payments.

use kanuki_domain::{Ctx, Yen, id::MerchantId};
use kanuki_formats::{
    jpqr::{ShopCode, ShopNumber, Use},
    text::safe_line,
};
use kanuki_record::{AuditEntry, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use super::Payment;
use crate::{Wallet, WalletError, chart, proof::nonce};

/// What is said about a shop when it is taken on.
#[derive(Clone, Debug)]
pub struct MerchantSpec {
    /// Name, as customers see it, at most 25 characters.
    pub name: String,
    /// Name in ASCII, for the code.
    pub ascii_name: String,
    /// City in ASCII, for the code.
    pub city: String,
    /// Category (ISO 18245), 4 digits.
    pub category: String,
    /// Its numbers in JPQR.
    pub shop: ShopNumber,
    /// Opens the shop's own page; at least 128 random bits as text.
    pub page_key: String,
}

/// One shop.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Merchant {
    /// Its name here.
    pub merchant_id: MerchantId,
    /// Its name, as customers see it.
    pub name: String,
    /// The text of its printed code.
    pub static_code: String,
    /// Its numbers in JPQR, joined.
    shop: String,
    ascii_name: String,
    city: String,
    category: String,
    page_key_hash: String,
}

record! { Merchant => "merchant" by |m| m.merchant_id.to_string();
    unique shop = |m| Some(m.shop.clone());
    unique page_key_hash = |m| Some(m.page_key_hash.clone());
}

/// The four numbers as one key.
pub(super) fn shop_key(shop: &ShopNumber) -> String {
    format!("{}|{}|{}|{}", shop.company, shop.brand, shop.store, shop.counter)
}

/// Where the JPQR template is: the first tag of those set aside for such templates.
const TEMPLATE: u8 = 26;

impl Merchant {
    fn code(&self, amount: Option<Yen>, reference: Option<String>) -> Result<String, WalletError> {
        let mut numbers = self.shop.split('|').map(str::to_owned);
        let mut next = || numbers.next().unwrap_or_default();
        let shop = ShopNumber { company: next(), brand: next(), store: next(), counter: next() };
        let usage = if reference.is_some() { Use::Dynamic } else { Use::Static };
        let code = ShopCode {
            usage,
            template: TEMPLATE,
            shop,
            category: self.category.clone(),
            amount,
            name: self.ascii_name.clone(),
            city: self.city.clone(),
            postcode: None,
            japanese_name: Some(self.name.clone()),
            reference,
            terminal: None,
        };
        code.build().map_err(|_| WalletError::Profile("merchant"))
    }
}

impl Wallet {
    /// Takes on a shop, or answers the one with these numbers.
    pub async fn create_merchant(
        &self,
        ctx: &Ctx<'_>,
        spec: &MerchantSpec,
    ) -> Result<Merchant, WalletError> {
        let shop = shop_key(&spec.shop);
        if let Some(known) = self.book.find_by::<Merchant>("shop", &shop).await? {
            chart::open_merchant(&*self.ledger, known.merchant_id, ctx.now).await?;
            return Ok(known.into_inner());
        }
        let mut merchant = Merchant {
            merchant_id: MerchantId::derive(&["merchant", &shop]),
            name: safe_line(&spec.name, 25),
            static_code: String::new(),
            shop,
            ascii_name: spec.ascii_name.clone(),
            city: spec.city.clone(),
            category: spec.category.clone(),
            page_key_hash: self.page_key_hash(&spec.page_key),
        };
        merchant.static_code = merchant.code(None, None)?;
        chart::open_merchant(&*self.ledger, merchant.merchant_id, ctx.now).await?;
        let mut unit = Unit::new();
        unit.insert(&merchant).audit(AuditEntry::new(
            ctx.now,
            "system",
            "merchant.created",
            merchant.merchant_id,
        ));
        self.book.commit(unit).await?;
        Ok(merchant)
    }

    fn page_key_hash(&self, key: &str) -> String {
        self.vault.blind("merchant_page", key.as_bytes())
    }

    /// The shop whose page this key opens.
    pub async fn merchant_by_key(&self, key: &str) -> Result<Merchant, WalletError> {
        let hash = self.page_key_hash(key);
        let found = self.book.find_by::<Merchant>("page_key_hash", &hash).await?;
        Ok(found.ok_or(WalletError::NotAvailable)?.into_inner())
    }

    /// A code for one payment of `amount`.
    pub fn bill(
        &self,
        ctx: &Ctx<'_>,
        merchant: &Merchant,
        amount: Yen,
    ) -> Result<String, WalletError> {
        if amount.is_zero() || amount > kanuki_domain::limits::WALLET_BALANCE_MAX {
            return Err(WalletError::Amount);
        }
        let reference: String = nonce(ctx).chars().rev().take(20).collect();
        merchant.code(Some(amount), Some(reference))
    }

    /// What a shop has received, newest first.
    pub async fn payments_to(
        &self,
        merchant_id: MerchantId,
    ) -> Result<Vec<Stored<Payment>>, WalletError> {
        Ok(self.book.list::<Payment>("merchant_id", &merchant_id.to_string()).await?)
    }

    /// What we owe a shop.
    pub async fn owed_to(
        &self,
        ctx: &Ctx<'_>,
        merchant_id: MerchantId,
    ) -> Result<Yen, WalletError> {
        let found = self.ledger.find_account(chart::merchant(merchant_id), ctx.now).await?;
        Ok(found.map_or(Yen::ZERO, |account| account.credit_balance()))
    }
}
