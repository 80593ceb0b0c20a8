//! Which host was asked, and where pages live.

use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

use crate::{Problem, SiteConfig, SiteError, web::flow::wants_page};

/// The two hosts that a company answers for.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    page: String,
    api: String,
    page_origin: String,
}

/// The `host[:port]` of an origin.
fn authority(origin: &str) -> Result<String, SiteError> {
    let bad = || SiteError::Origin(origin.to_owned());
    let uri: Uri = origin.parse().map_err(|_| bad())?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none() && !origin.ends_with('/');
    match uri.authority() {
        Some(authority) if is_http && is_bare => Ok(authority.as_str().to_ascii_lowercase()),
        Some(_) | None => Err(bad()),
    }
}

impl Hosts {
    pub(crate) fn new(config: &SiteConfig) -> Result<Self, SiteError> {
        Ok(Self {
            page: authority(&config.page_origin)?,
            api: authority(&config.api_origin)?,
            page_origin: config.page_origin.clone(),
        })
    }

    /// Refuses hosts that are not ours (DNS rebinding, poisoned links) and sends people who came to
    /// the API's host to the pages' host, so that cookies and passkeys of companies stay apart.
    pub(crate) fn check(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<(), Problem> {
        if matches!(uri.path(), "/healthz" | "/readyz" | "/metrics") {
            return Ok(()); // Asked by address, from inside.
        }
        let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
        let host = uri.authority().map(http::uri::Authority::as_str).or(host);
        let host = host.unwrap_or_default().to_ascii_lowercase();
        if host == self.page {
            return Ok(());
        }
        if host != self.api {
            return Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "unknown_host"));
        }
        let is_read = method == Method::GET || method == Method::HEAD;
        if !is_read || !wants_page(headers) {
            return Ok(());
        }
        let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let there = HeaderValue::from_str(&format!("{}{path}", self.page_origin));
        let moved = Problem::new(StatusCode::TEMPORARY_REDIRECT, "page_host");
        Err(match there {
            Ok(there) => moved.header(header::LOCATION, there),
            Err(_) => Problem::not_found(),
        })
    }
}
