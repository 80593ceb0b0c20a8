//! A core to talk to, and a browser without a window.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU8, Ordering},
    },
};

use async_trait::async_trait;
use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use kanuki_demo::{
    core::{Core, CoreConfig, CoreFaults},
    people::customers_of,
};
use kanuki_domain::{Entropy, Masked};
use kanuki_ledger::{LedgerEngine, MemoryEngine};
use kanuki_record::{Book, memory::MemoryRecords, vault::Vault};
use kanuki_site::{Brand, Clock, Site, SiteConfig, Texts, Transport, TransportError, World};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// A clock that moves one second each time it is read.
pub(crate) struct Ticking(AtomicI64);

impl Ticking {
    pub(crate) fn start() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_795_000_000)))
    }
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.fetch_add(1, Ordering::Relaxed)).unwrap()
    }
}

struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

struct NoNetwork;

#[async_trait]
impl Transport for NoNetwork {
    async fn call(&self, _request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Err(TransportError::Unreachable)
    }
}

/// A bank's core over HTTP.
pub(crate) struct CoreClient {
    pub(crate) faults: Arc<CoreFaults>,
    pub(crate) ledger: Arc<dyn LedgerEngine>,
    router: Router,
}

const SECRET: &str = "between the bank and its core";

impl CoreClient {
    /// The core of the demo bank with the code `bank`.
    pub(crate) async fn of(bank: &str) -> Self {
        Self::on(bank, Arc::new(MemoryEngine::new()), Ticking::start()).await
    }

    /// The same on a ledger that may have been used before.
    pub(crate) async fn on(
        bank: &str,
        ledger: Arc<dyn LedgerEngine>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let config = CoreConfig {
            secret: Masked::new(SECRET.to_owned()),
            customers: customers_of(bank).unwrap(),
            partner_text: "カヌキペイ".to_owned(),
            pin_tries_max: Some(3),
        };
        let faults = Arc::new(CoreFaults::new());
        let core =
            Core::open(config, Arc::clone(&ledger), clock, Arc::clone(&faults)).await.unwrap();
        Self { faults, ledger, router: kanuki_demo::core::router(core) }
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        let request = Request::get(path).header(header::AUTHORIZATION, bearer(SECRET));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.post_as(SECRET, path, body).await
    }

    pub(crate) async fn post_as(
        &self,
        secret: &str,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, bearer(secret))
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// The answer to an order, without its status.
    pub(crate) async fn order(&self, path: &str, body: Value) -> Value {
        self.post(path, body).await.1
    }

    /// What customer `no` may debit and borrow on their first account.
    pub(crate) async fn standing(&self, no: &str) -> (String, String) {
        let (_, customer) = self.get(&format!("/core/customers/{no}")).await;
        let text = |field: &str| customer["accounts"][0][field].as_str().unwrap().to_owned();
        (text("available"), text("overdraft_room"))
    }
}

fn bearer(secret: &str) -> String {
    format!("Bearer {secret}")
}

/// An order's body for the account of `branch` and `number`.
pub(crate) fn order(id: &str, (branch, number): (&str, &str), amount: &str) -> Value {
    json!({ "id": id, "branch": branch, "number": number, "amount": amount })
}

/// A browser that keeps cookies and sends forms.
pub(crate) struct Browser {
    router: Router,
    origin: String,
    lang: &'static str,
    cookies: BTreeMap<String, String>,
}

/// A page as it arrived.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
}

impl Page {
    /// The value of the hidden field `name`.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let after = self.body.split_once(&mark).map_or("", |(_, after)| after);
        after.split_once('"').map_or("", |(value, _)| value).to_owned()
    }
}

impl Browser {
    /// In front of `routes`, served by a company of `brand`.
    pub(crate) fn at(brand: Brand, lang: &'static str, routes: Router) -> Self {
        let host = if brand == Brand::Wallet { "wallet" } else { "bank-two" };
        let origin = format!("http://{host}.localhost:8080");
        let config = SiteConfig {
            brand,
            company: "Company".to_owned(),
            cookie_name: "kanuki_test".to_owned(),
            page_origin: origin.clone(),
            api_origin: "http://localhost:8080".to_owned(),
            form_action_origins: Vec::new(),
            trusts_forwarded_for: false,
            request_timeout: None,
            ready: Vec::new(),
        };
        let entropy = Arc::new(Counting(AtomicU8::new(0)));
        let world = World::new(Ticking::start(), entropy, Arc::new(NoNetwork));
        let book = Book::new(Arc::new(MemoryRecords::default()));
        let texts = Texts::build(&kanuki_demo::TEXTS).unwrap();
        let site = Site::new(config, world, book, Vault::new([7; 32]), texts).unwrap();
        Self { router: site.serve(routes), origin, lang, cookies: BTreeMap::new() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        let request = Request::get(format!("{}{path}", self.origin));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Fills in and sends a form of `page`.
    pub(crate) async fn submit(
        &mut self,
        page: &Page,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Page {
        let csrf = page.hidden("csrf");
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields);
        let body = serde_urlencoded::to_string(all).unwrap();
        let request = Request::post(format!("{}{path}", self.origin))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, self.origin.as_str());
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn send(&mut self, mut request: Request<Body>) -> Page {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, "text/html".parse().unwrap());
        headers.insert(header::ACCEPT_LANGUAGE, self.lang.parse().unwrap());
        headers.insert(header::HOST, self.origin.replace("http://", "").parse().unwrap());
        headers.insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        let response = self.router.clone().oneshot(request).await.unwrap();
        for value in response.headers().get_all(header::SET_COOKIE) {
            let pair = value.to_str().unwrap().split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Page { status, body: String::from_utf8_lossy(&body).into_owned() }
    }
}
