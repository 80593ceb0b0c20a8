//! Banks that this wallet works with.
//!
//! A bank is pinned: its issuer, its page, its keys come from the registry and nothing is
//! discovered, so that neither a request nor a bank's own metadata can move them (mix-up, SSRF,
//! malicious metadata). What counts is the row that the last signed version wrote; how it came to
//! be is in `kanuki_desk::registry`. A bank is stopped before it is ever removed.

mod content;
mod remove;
mod version;

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use kanuki_desk::{gate::Gate, incident::Service};
use kanuki_domain::{
    Ctx, Yen,
    agreement::{Agreement, today},
    bank_account::BankCode,
    connector::{Assurance, Protocol},
};
use kanuki_formats::directory::{Directory, Institution};
use kanuki_record::record;
use kanuki_wire::keys::Jwks;
use serde::{Deserialize, Serialize};
use url::Url;

pub use remove::{REMOVAL_WAIT_SECS, REMOVE};

use crate::{Wallet, WalletError};

/// A bank whose accounts can be linked. Pinned: nothing about it ever comes from a request
/// (mix-up, SSRF).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerBank {
    /// Its institution code.
    pub code: BankCode,
    /// Its name, as people know it.
    pub name: String,
    /// Its issuer identifier, without a slash at the end; the back channel is below it.
    pub issuer: String,
    /// The page that the customer is sent to.
    pub authorize_url: String,
    /// This wallet's name at the bank.
    pub client_id: String,
    /// The keys that its event tokens are signed with.
    pub event_keys: Jwks,
    /// Our requests to it are signed (RFC 9101), and so are its responses (JARM).
    pub message_signing: bool,
    /// It lets its customers approve a debit elsewhere while we wait (CIBA).
    #[serde(default)]
    pub decoupled: bool,
    /// What it speaks.
    #[serde(default, skip_serializing_if = "Protocol::is_fapi")]
    pub protocol: Protocol,
    /// It tells us that its customer decided (CIBA ping), at `/ciba/{code}`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pings: bool,
    /// After how many days our client key for it is changed; never for a bank that does not fetch
    /// our keys from `/jwks/{code}`.
    pub rotate_keys_after_days: Option<u16>,
    /// All that it may confirm of top-ups within any 7 days, before anybody sees its money;
    /// [`kanuki_domain::limits::BANK_WORD_PER_WEEK`] where nothing was agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topups_per_week: Option<Yen>,
    /// What was agreed and checked about how it proves its customer.
    pub assurance: Assurance,
    /// What both companies agreed on.
    pub agreement: Agreement,
    /// Since when it is known.
    pub since: Timestamp,
}

record! { PartnerBank => "partner_bank" by |b| b.code.to_string();
    many everyone = |_| Some("everyone".to_owned());
}

impl PartnerBank {
    /// Where its customers look after their links (`/holder`), beside the page that they are sent to.
    /// None for what is no address, or speaks another protocol and has no such page.
    #[must_use]
    pub fn holder_page(&self) -> Option<String> {
        let page = Url::parse(&self.authorize_url).ok().filter(|_| self.protocol.is_fapi())?;
        Some(page.join("/holder").ok()?.to_string())
    }
}

impl Wallet {
    /// The partner with this code, as it counts now; boxed, because an agreement is long and many a
    /// step holds a bank while it waits.
    pub async fn partner(&self, code: BankCode) -> Result<Box<PartnerBank>, WalletError> {
        let found = self.book.find_shared::<PartnerBank>(code).await?;
        Ok(Box::new(PartnerBank::clone(&*found.ok_or(WalletError::NotAvailable)?)))
    }

    /// Every partner bank, by code; shared with whoever else reads them, and they are read all the time.
    pub async fn partners(&self) -> Result<Vec<Arc<PartnerBank>>, WalletError> {
        let mut all = self.book.list_shared::<PartnerBank>("everyone", "everyone").await?;
        all.reverse();
        Ok(all)
    }

    /// The banks that an account can be linked at now: partners that are not stopped, here or by
    /// themselves, and whose joint assessment is not overdue (FT-13).
    pub async fn linkable_banks(
        &self,
        ctx: &Ctx<'_>,
    ) -> Result<Vec<Arc<PartnerBank>>, WalletError> {
        let mut open = Vec::new();
        for bank in self.partners().await? {
            if self.is_linkable(ctx, &bank).await? {
                open.push(bank);
            }
        }
        Ok(open)
    }

    pub(crate) async fn is_linkable(
        &self,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
    ) -> Result<bool, WalletError> {
        let is_overdue = bank.agreement.is_overdue(today(ctx.now));
        if self.stopped_there(bank.code, Service::NewLinks).await?.is_some() {
            return Ok(false);
        }
        Ok(!is_overdue && self.are_open(ctx, &[Gate::of("bank", bank.code)]).await?)
    }

    /// The name of a bank, also of one that is no longer a partner.
    pub async fn bank_name(&self, code: BankCode) -> String {
        match self.partner(code).await {
            Ok(bank) => bank.name,
            Err(_) => directory_name(code),
        }
    }

    /// The names of all partners.
    pub async fn bank_names(&self) -> Result<BankNames, WalletError> {
        let all = self.partners().await?.into_iter();
        Ok(BankNames(all.map(|bank| (bank.code, bank.name.clone())).collect()))
    }
}

fn directory_name(code: BankCode) -> String {
    let directory = Directory::get();
    // A bank that has merged since is called what it was called when the customer had it.
    let former = || directory.former(code).map(|former| &former.institution);
    directory.find(code).or_else(former).map_or_else(|| code.to_string(), Institution::display_name)
}

/// What banks are called.
#[derive(Clone, Debug)]
pub struct BankNames(BTreeMap<BankCode, String>);

impl BankNames {
    /// The name of a bank, also of one that is no longer a partner.
    #[must_use]
    pub fn of(&self, code: BankCode) -> String {
        self.0.get(&code).cloned().unwrap_or_else(|| directory_name(code))
    }
}
