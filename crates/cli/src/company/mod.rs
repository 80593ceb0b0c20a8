//! A company's server, put together from its plan: the same for the demo and for real use.

pub(crate) mod bank;
mod counts;
pub(crate) mod ledger;
pub(crate) mod owner;
pub(crate) mod registry;
pub(crate) mod seen;
pub(crate) mod settings;
pub(crate) mod wallet;

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use kanuki_record::{Book, Table};
use kanuki_site::{Brand, Ready, SiteConfig};
use kanuki_store::SqliteRecords;

/// Longest that a page or call of ours may take.
const REQUEST_SECS_MAX: u64 = 30;

/// What a company's web server is told.
#[derive(Clone, Debug)]
pub(crate) struct Front {
    /// Its name.
    pub(crate) name: String,
    /// Its look.
    pub(crate) brand: Brand,
    /// Its session cookie.
    pub(crate) cookie_name: String,
    /// The origin of its pages.
    pub(crate) pages: String,
    /// The origin of its API; its issuer name.
    pub(crate) issuer: String,
    /// The other companies' origins that a form may lead to.
    pub(crate) leads_to: Vec<String>,
    /// Up to when its books may be ahead of the clock, if somebody agreed to that.
    pub(crate) books_ahead_until: Option<Timestamp>,
    /// A proxy in front sets `x-forwarded-for`.
    pub(crate) is_behind_proxy: bool,
}

impl Front {
    fn site_config(&self, ready: Vec<Arc<dyn Ready>>) -> SiteConfig {
        SiteConfig {
            brand: self.brand,
            company: self.name.clone(),
            cookie_name: self.cookie_name.clone(),
            page_origin: self.pages.clone(),
            api_origin: self.issuer.clone(),
            form_action_origins: self.leads_to.clone(),
            trusts_forwarded_for: self.is_behind_proxy,
            request_timeout: Some(Duration::from_secs(REQUEST_SECS_MAX)),
            ready,
        }
    }

    /// The host of its pages: what its passkeys belong to.
    fn relying_party_id(&self) -> Result<String> {
        let url: url::Url = self.pages.parse()?;
        Ok(url.host_str().context("pages must be at a host")?.to_owned())
    }
}

/// Opens the records in `folder`.
pub(crate) fn records(folder: &Path, tables: &[&'static Table]) -> Result<Book> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let records =
        SqliteRecords::open(&folder.join("records.sqlite"), tables).with_context(|| {
            format!("cannot open the records in {} (it must be writable)", folder.display())
        })?;
    Ok(Book::new(Arc::new(records)))
}
