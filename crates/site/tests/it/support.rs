//! A small company on a simulated clock.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use kanuki_domain::{Entropy, assurance::SignIn, id::CustomerId};
use kanuki_record::{Book, MemoryRecords, vault::Vault};
use kanuki_site::{
    Answer, Brand, Clock, PageMeta, Problem, Site, SiteConfig, Subject, Texts, Transport,
    TransportError, Visit, World, caller::Peer, check, csrf::CsrfForm, csrf::CsrfHeader,
    signed_in::StaffOnly, upload::CsrfUpload,
};
use maud::html;
use serde::Deserialize;
use tower::ServiceExt as _;

pub(crate) struct Hands(Mutex<Timestamp>);

impl Hands {
    pub(crate) fn turn(&self, secs: i64) {
        let mut now = self.0.lock().unwrap();
        *now += SignedDuration::from_secs(secs);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let next = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            let mixed = (next ^ (next >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            chunk.copy_from_slice(&mixed.to_be_bytes()[..chunk.len()]);
        }
    }
}

struct Nowhere;

#[async_trait]
impl Transport for Nowhere {
    async fn call(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Err(TransportError::Unreachable)
    }
}

pub(crate) struct Company {
    pub(crate) site: Arc<Site>,
    pub(crate) clock: Arc<Hands>,
    router: Router,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The cookies that were set, as a browser would send them back.
    pub(crate) fn cookies(&self) -> String {
        let all = self.headers.get_all(header::SET_COOKIE).iter();
        let pairs: Vec<&str> =
            all.map(|value| value.to_str().unwrap().split(';').next().unwrap()).collect();
        pairs.join("; ")
    }
}

pub(crate) fn config() -> SiteConfig {
    SiteConfig {
        brand: Brand::Wallet,
        company: "Kanuki".into(),
        cookie_name: "kanuki_wallet".into(),
        page_origin: "http://wallet.localhost:8080".into(),
        api_origin: "http://localhost:8080".into(),
        form_action_origins: vec!["http://bank-one.localhost:8081".into()],
        trusts_forwarded_for: false,
        request_timeout: None,
        ready: Vec::new(),
    }
}

pub(crate) fn company(config: SiteConfig) -> Company {
    let start = "2026-11-22T12:00:00Z".parse().unwrap();
    let clock = Arc::new(Hands(Mutex::new(start)));
    let entropy = Arc::new(Counting(AtomicU64::new(1)));
    let world = World::new(Arc::<Hands>::clone(&clock), entropy, Arc::new(Nowhere));
    let book = Book::new(Arc::new(MemoryRecords::default()));
    let texts = Texts::build(&[]).unwrap();
    let site = Site::new(config, world, book, Vault::new([7; 32]), texts).unwrap();
    let router = site.serve(routes());
    Company { site, clock, router }
}

fn routes() -> Router {
    Router::new()
        .route("/", get(home))
        .route("/form", get(home).post(filled))
        .route("/private", get(private))
        .route("/start", post(start))
        .route("/script", post(async |_: CsrfHeader| "done"))
        .route("/photo", post(async |upload: CsrfUpload| upload.file.len().to_string()))
        .route("/desk/photo", post(async |_: StaffOnly, _: CsrfUpload| "read"))
        .route("/refused", get(async || Problem::forbidden("not_listed_anywhere")))
        .route("/desk/private", get(desk))
        .route(
            "/number/{n}",
            get(async |axum::extract::Path(n): axum::extract::Path<u8>| n.to_string()),
        )
        .route("/panic", get(panic_now))
        .route("/check", get(check_form).post(check_answer))
        .route("/check/crimes", get(check::crimes))
        .route("/check/crimes/{id}", get(check::crime))
}

async fn check_form(visit: Visit) -> maud::Markup {
    check::form(&visit, &[])
}

async fn check_answer(visit: Visit, CsrfForm(fields): CsrfForm<check::Fields>) -> Answer {
    check::answer(&visit, &[], &fields)
}

async fn panic_now() -> &'static str {
    assert!(std::hint::black_box(false), "4980-1234-5678");
    "unreachable"
}

async fn home(visit: Visit) -> maud::Markup {
    visit.page(&PageMeta::new("home"), html! { h1 { "home" } form { (visit.csrf_field()) } })
}

async fn private(visit: Visit) -> Answer {
    let who = visit.require_customer()?;
    Ok(who.to_string().into_response())
}

async fn desk(visit: Visit) -> Answer {
    let who = visit.require_staff()?;
    Ok(who.to_string().into_response())
}

#[derive(Deserialize)]
struct Fields {
    amount: String,
}

async fn filled(CsrfForm(fields): CsrfForm<Fields>) -> String {
    fields.amount
}

#[derive(Deserialize)]
struct Nothing {}

async fn start(visit: Visit, CsrfForm(Nothing {}): CsrfForm<Nothing>) -> Answer {
    let subject = Subject::customer(CustomerId::derive(&["hanako"]));
    let device = visit.device_hash();
    let started =
        visit.site.sessions.start(&visit.ctx(), subject, SignIn::Passkey, &device).await?;
    Ok(([(header::SET_COOKIE, started.1)], Redirect::to("/private")).into_response())
}

impl Company {
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str, cookies: &str) -> Reply {
        self.send(page(path).header(header::COOKIE, cookies).body(Body::empty()).unwrap()).await
    }

    /// Opens a page for the first time: its cookies and its token.
    pub(crate) async fn arrive(&self) -> (String, String) {
        let reply = self.get("/", "").await;
        (reply.cookies(), token(&reply.body))
    }

    pub(crate) async fn post(&self, path: &str, cookies: &str, body: &str) -> Reply {
        let request = form(path, cookies).body(Body::from(body.to_owned())).unwrap();
        self.send(request).await
    }

    /// Arrives and signs in: the cookies from then on.
    pub(crate) async fn sign_in(&self) -> String {
        let (cookies, token) = self.arrive().await;
        let reply = self.post("/start", &cookies, &field(&token)).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.body);
        format!("{cookies}; {}", reply.cookies())
    }
}

pub(crate) fn page(path: &str) -> http::request::Builder {
    Request::get(path)
        .header(header::HOST, "wallet.localhost:8080")
        .header(header::ACCEPT, "text/html,application/xhtml+xml")
        .extension(Peer("203.0.113.9".parse().unwrap()))
}

pub(crate) fn form(path: &str, cookies: &str) -> http::request::Builder {
    Request::post(path)
        .header(header::HOST, "wallet.localhost:8080")
        .header(header::ACCEPT, "text/html")
        .header(header::ORIGIN, "http://wallet.localhost:8080")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, cookies)
}

pub(crate) fn field(token: &str) -> String {
    serde_urlencoded::to_string([("csrf", token)]).unwrap()
}

pub(crate) fn token(body: &str) -> String {
    let (_, rest) = body.split_once("name=\"csrf\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}
