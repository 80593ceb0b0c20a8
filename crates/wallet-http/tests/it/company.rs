//! A browser in front of the wallet's server.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use kanuki_domain::{assurance::SignIn, id::CustomerId};
use kanuki_site::{
    Brand, Clock, Sessions, Site, SiteConfig, Subject, Transport, TransportError, World as Outside,
    caller::Peer,
};
use kanuki_wallet_http::WalletState;
use tower::ServiceExt as _;

use crate::world::{Counting, ORIGIN, World};

struct Hands(Arc<World>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        self.0.ctx().now
    }
}

struct Nowhere;

#[async_trait]
impl Transport for Nowhere {
    async fn call(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Err(TransportError::Unreachable)
    }
}

/// The company as a browser sees it.
pub(crate) struct Company {
    pub(crate) world: Arc<World>,
    pub(crate) site: Arc<Site>,
    router: Router,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// What follows `mark` up to the next quote, with HTML's escapes undone.
    pub(crate) fn after(&self, mark: &str) -> String {
        let (_, rest) =
            self.body.split_once(mark).unwrap_or_else(|| panic!("no {mark}: {}", self.body));
        let (found, _) = rest.split_once('"').unwrap();
        found
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    }
}

/// One person's browser: it keeps cookies.
#[derive(Clone, Default)]
pub(crate) struct Browser {
    cookies: Vec<(String, String)>,
}

impl Browser {
    fn keep(&mut self, headers: &HeaderMap) {
        for value in headers.get_all(header::SET_COOKIE) {
            let text = value.to_str().unwrap();
            let (pair, _) = text.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    fn header(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        pairs.join("; ")
    }
}

impl Company {
    pub(crate) async fn new() -> Self {
        let world = Arc::new(World::new().await);
        let config = SiteConfig {
            brand: Brand::Wallet,
            company: "Kanuki".into(),
            cookie_name: "kanuki_wallet".into(),
            page_origin: ORIGIN.into(),
            api_origin: "http://localhost:8080".into(),
            form_action_origins: vec!["http://bank-one.localhost:8081".into()],
            trusts_forwarded_for: false,
            request_timeout: None,
            ready: Vec::new(),
        };
        let clock = Arc::new(Hands(Arc::clone(&world)));
        // Far from where the world counts: two that draw the same name their things alike.
        let entropy = Counting((1 << 40).into());
        let outside = Outside::new(clock, Arc::new(entropy), Arc::new(Nowhere));
        let (book, vault) = (world.wallet.book.clone(), world.wallet.vault.clone());
        let texts = kanuki_wallet_http::texts().unwrap();
        let site = Site::new(config, outside, book, vault, texts).unwrap();
        let state = WalletState { wallet: world.wallet.clone(), site: Arc::clone(&site) };
        let router = kanuki_wallet_http::router(state);
        Self { world, site, router }
    }

    pub(crate) async fn call(
        &self,
        browser: &mut Browser,
        request: http::request::Builder,
        body: impl Into<Body>,
    ) -> Reply {
        let request = request
            .header(header::HOST, "wallet.localhost:8080")
            .header(header::COOKIE, browser.header())
            .extension(Peer("203.0.113.9".parse().unwrap()))
            .body(body.into())
            .unwrap();
        let path = request.uri().to_string();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        browser.keep(&parts.headers);
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        // A file is told of in the words that it is to have.
        let raw = kanuki_site::text::raw::raw_words(&body);
        assert!(raw.is_empty() || path == "/desk/propose/file", "{path}: {raw:?}\n{body}");
        Reply { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, browser: &mut Browser, path: &str) -> Reply {
        let request = Request::get(path).header(header::ACCEPT, "text/html");
        self.call(browser, request, Body::empty()).await
    }

    /// A token that this browser's pages contain.
    pub(crate) async fn token(&self, browser: &mut Browser) -> String {
        self.token_of(browser, "/stop").await
    }

    /// A token that the page at `path` contains for this browser.
    pub(crate) async fn token_of(&self, browser: &mut Browser, path: &str) -> String {
        self.get(browser, path).await.after("name=\"csrf\" value=\"")
    }

    pub(crate) async fn post(
        &self,
        browser: &mut Browser,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Reply {
        let token = self.token(browser).await;
        self.post_with(browser, path, (&token, fields)).await
    }

    /// The same with a token that is known.
    pub(crate) async fn post_with(
        &self,
        browser: &mut Browser,
        path: &str,
        (token, fields): (&str, &[(&str, &str)]),
    ) -> Reply {
        let mut pairs = vec![("csrf", token)];
        pairs.extend(fields);
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::ACCEPT, "text/html")
            .header(header::ORIGIN, ORIGIN)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.call(browser, request, serde_urlencoded::to_string(pairs).unwrap()).await
    }

    /// A browser in which this customer has signed in with a passkey.
    pub(crate) async fn signed_in(&self, id: CustomerId) -> Browser {
        self.signed_in_as(&self.site.sessions, Subject::customer(id)).await
    }

    /// A browser in which a member of staff of this name has.
    pub(crate) async fn at_desk(&self, name: &str) -> Browser {
        let ctx = self.world.ctx();
        let until = kanuki_domain::mandate::later(ctx.now, 3_600);
        let staff = self.world.wallet.invite_officer(&ctx, name, name, until).await.unwrap();
        self.signed_in_as(&self.site.desk_sessions, Subject::staff(staff)).await
    }

    async fn signed_in_as(&self, sessions: &Sessions, subject: Subject) -> Browser {
        let mut browser = Browser::default();
        self.get(&mut browser, "/").await;
        let ctx = self.world.ctx();
        let started = sessions.start(&ctx, subject, SignIn::Passkey, "device").await.unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::SET_COOKIE, started.1);
        browser.keep(&headers);
        browser
    }
}
