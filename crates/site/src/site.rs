//! A company's web server: its parts, and the wrapping of its router.

use std::{fmt, sync::Arc, time::Duration};

use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state};
use kanuki_record::{Book, vault::Vault};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    Brand, Metrics, Problem, RateLimits, Ready, Sessions, Texts, World,
    caller::Caller,
    ceremony::Ceremonies,
    cookie,
    layout::Frame,
    web::{compress, flow, hosts::Hosts, ops, security::SecurityHeaders},
};

/// The largest body of an ordinary request.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// What a company decides about its web server.
pub struct SiteConfig {
    /// The colors.
    pub brand: Brand,
    /// The company's name, in the header and in page titles.
    pub company: String,
    /// The session cookie, without prefix: `kanuki_wallet`.
    pub cookie_name: String,
    /// Where pages live: `http://wallet.localhost:8080`. No path.
    pub page_origin: String,
    /// Where the API lives and what issuers are named: `http://localhost:8080`. No path.
    pub api_origin: String,
    /// Other companies' origins that a form of ours may lead to (CSP `form-action` covers
    /// redirects after a form).
    pub form_action_origins: Vec<String>,
    /// True only behind a proxy that sets `x-forwarded-for` itself.
    pub trusts_forwarded_for: bool,
    /// After how long a request is given up; `None` in a simulation.
    pub request_timeout: Option<Duration>,
    /// What must work for `/readyz` to say yes, besides the records.
    pub ready: Vec<Arc<dyn Ready>>,
}

impl fmt::Debug for SiteConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SiteConfig").field("page_origin", &self.page_origin).finish_non_exhaustive()
    }
}

/// A configuration that cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    /// Not `http(s)://host[:port]`.
    #[error("{0} is not an origin such as https://wallet.example")]
    Origin(String),
    /// Not usable as a cookie's name.
    #[error("{0} cannot name a cookie")]
    CookieName(String),
}

/// A company's web server.
pub struct Site {
    /// What the company decided.
    pub config: SiteConfig,
    /// Clock, randomness, network.
    pub world: World,
    /// What people read.
    pub texts: Arc<Texts>,
    /// Keyed hashes.
    pub vault: Vault,
    /// Records.
    pub book: Book,
    /// Sessions of customers and account holders.
    pub sessions: Sessions,
    /// Sessions of staff, behind a cookie of their own; used for paths under `/desk`.
    pub desk_sessions: Sessions,
    /// What was started and waits to be finished.
    pub ceremonies: Ceremonies,
    /// Counters for what could be guessed.
    pub rates: RateLimits,
    /// Counters for whoever runs it.
    pub metrics: Metrics,
    pub(crate) hosts: Hosts,
    pub(crate) security: SecurityHeaders,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Site {
    /// Puts a company's web server together.
    pub fn new(
        config: SiteConfig,
        world: World,
        book: Book,
        vault: Vault,
        texts: impl Into<Arc<Texts>>,
    ) -> Result<Arc<Self>, SiteError> {
        let name = &config.cookie_name;
        let is_name = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if !is_name {
            return Err(SiteError::CookieName(name.clone()));
        }
        let is_secure = config.page_origin.starts_with("https://");
        let sessions = |name: String| Sessions::new(book.clone(), vault.clone(), name, is_secure);
        Ok(Arc::new(Self {
            hosts: Hosts::new(&config)?,
            security: SecurityHeaders::new(&config)?,
            sessions: sessions(config.cookie_name.clone()),
            desk_sessions: sessions(format!("{}_desk", config.cookie_name)),
            ceremonies: Ceremonies::new(book.clone()),
            rates: RateLimits::default(),
            metrics: Metrics::default(),
            config,
            world,
            texts: texts.into(),
            vault,
            book,
        }))
    }

    /// Wraps the company's routes with everything that all of them share.
    pub fn serve(self: &Arc<Self>, router: Router) -> Router {
        router
            .merge(ops::routes())
            .fallback(async || Problem::not_found())
            .method_not_allowed_fallback(async || {
                Problem::new(http::StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
            })
            // As one, outermost first: each layer by itself would be one more boxed service, and axum
            // copies the whole chain of them at each of its links.
            .layer((
                compress::layer(),
                from_fn_with_state(Arc::clone(self), flow::around),
                DefaultBodyLimit::max(BODY_BYTES_MAX),
                CatchPanicLayer::custom(flow::panicked),
            ))
    }

    /// Lets forms lead to the origins of `places`, as `origin` reads them, besides those of the
    /// configuration: the other companies of the registry as it counts now. Replaces what was said
    /// before; where the same was said, nothing is read.
    pub fn lead_also_to<'a>(
        &self,
        places: impl Iterator<Item = &'a str>,
        origin: fn(&str) -> Option<String>,
    ) -> Result<(), SiteError> {
        self.security.lead_also_to(&places.collect::<Vec<_>>(), origin)
    }

    /// True when pages are served over HTTPS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.config.page_origin.starts_with("https://")
    }

    /// The sessions that count for `path`.
    #[must_use]
    pub fn sessions_for(&self, path: &str) -> &Sessions {
        let is_desk = path == "/desk" || path.starts_with("/desk/");
        if is_desk { &self.desk_sessions } else { &self.sessions }
    }

    pub(crate) fn device_cookie_name(&self) -> String {
        cookie::full_name(&self.device_cookie(), self.is_secure())
    }

    pub(crate) fn device_cookie(&self) -> String {
        format!("{}_device", self.config.cookie_name)
    }

    pub(crate) fn frame<'a>(&'a self, caller: &'a Caller) -> Frame<'a> {
        Frame {
            words: self.texts.words(caller.lang),
            brand: self.config.brand,
            company: &self.config.company,
            path: &caller.path,
            sign_out: None,
        }
    }
}
