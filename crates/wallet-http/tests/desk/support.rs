//! A wallet company in one process, and browsers to visit it with.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use kanuki_domain::{
    Entropy,
    assurance::SignIn,
    bank_account::BankCode,
    id::{CustomerId, StaffId},
};
use kanuki_formats::jpqr::ShopNumber;
use kanuki_jpki::demo::DemoCa;
use kanuki_ledger::MemoryEngine;
use kanuki_passkey::{RelyingParty, soft::SoftAuthenticator};
use kanuki_record::{Book, MemoryRecords, vault::Vault};
use kanuki_site::{
    Brand, Clock, Site, SiteConfig, Subject, Transport, TransportError, World,
    caller::Peer,
    courier::{Courier, CourierError, Letter},
};
use kanuki_wallet::{
    PartnerBank, Profile, StandardRules, Wallet, WalletConfig, payment::MerchantSpec,
};
use kanuki_wallet_http::{WalletState, bank_client, operator_client, router, texts, workers};
use kanuki_wire::keys::{Jwks, SetSigningKey, Signer as _};
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;

pub(crate) const ORIGIN: &str = "http://wallet.localhost:8080";
pub(crate) const ISSUER: &str = "http://localhost:8080";
pub(crate) const BANK: &str = "http://localhost:8081";
pub(crate) const SHOP_KEY: &str = "shopkey0123456789abcdefghjkmn";

static START: LazyLock<Timestamp> = LazyLock::new(|| "2026-11-22T00:00:00Z".parse().unwrap());
static CA: LazyLock<DemoCa> = LazyLock::new(|| DemoCa::generate(*START).unwrap());
static SET_KEY: LazyLock<Arc<SetSigningKey>> =
    LazyLock::new(|| Arc::new(SetSigningKey::generate().unwrap()));
pub(crate) static BANK_SET_KEY: LazyLock<SetSigningKey> =
    LazyLock::new(|| SetSigningKey::generate().unwrap());

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

#[derive(Default)]
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let n = self.0.fetch_add(1, Ordering::SeqCst);
            chunk.copy_from_slice(&Sha256::digest(n.to_be_bytes())[..chunk.len()]);
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

/// Keeps what was sent.
#[derive(Default)]
pub(crate) struct Post(pub(crate) Mutex<Vec<Letter>>);

#[async_trait]
impl Courier for Post {
    async fn deliver(&self, letter: Letter) -> Result<(), CourierError> {
        self.0.lock().unwrap().push(letter);
        Ok(())
    }
}

pub(crate) struct Company {
    pub(crate) state: WalletState,
    pub(crate) clock: Arc<Hands>,
    pub(crate) post: Post,
    router: Router,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// What stands between `before` and the next quotation mark, as the browser reads it.
    pub(crate) fn attribute(&self, before: &str) -> String {
        let (_, rest) = self.body.split_once(before).unwrap_or_else(|| panic!("{}", self.body));
        rest.split_once('"').unwrap().0.replace("&quot;", "\"").replace("&amp;", "&")
    }

    /// The first id with this prefix on the page.
    pub(crate) fn id(&self, prefix: &str) -> String {
        let (_, rest) = self.body.split_once(prefix).unwrap_or_else(|| panic!("{}", self.body));
        format!("{prefix}{}", rest.chars().take(26).collect::<String>())
    }
}

fn config() -> SiteConfig {
    SiteConfig {
        brand: Brand::Wallet,
        company: "Kanuki".into(),
        cookie_name: "kanuki_wallet".into(),
        page_origin: ORIGIN.into(),
        api_origin: ISSUER.into(),
        form_action_origins: Vec::new(),
        trusts_forwarded_for: false,
        request_timeout: None,
        ready: Vec::new(),
    }
}

fn bank() -> PartnerBank {
    PartnerBank {
        code: BankCode::parse("9901").unwrap(),
        name: "はなみずき銀行".into(),
        issuer: BANK.into(),
        authorize_url: "http://bank-one.localhost:8081/authorize".into(),
        client_id: "kanuki-wallet".into(),
        event_keys: Jwks::of([BANK_SET_KEY.public_jwk()]),
        message_signing: false,
        decoupled: false,
        pings: false,
        protocol: kanuki_domain::connector::Protocol::Fapi,
        rotate_keys_after_days: None,
        topups_per_week: None,
        assurance: kanuki_domain::connector::Assurance::fapi(),
        agreement: kanuki_domain::agreement::example(kanuki_domain::agreement::today(*START)),
        since: *START,
    }
}

impl Company {
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(Hands(Mutex::new(*START)));
        let entropy = Arc::new(Counting::default());
        let nowhere: Arc<dyn Transport> = Arc::new(Nowhere);
        let world = World::new(Arc::<Hands>::clone(&clock), entropy, Arc::clone(&nowhere));
        let book = Book::new(Arc::new(MemoryRecords::default()));
        let vault = Vault::new([7; 32]);
        let site =
            Site::new(config(), world, book.clone(), vault.clone(), texts().unwrap()).unwrap();
        let origin = url::Url::parse(ORIGIN).unwrap();
        let wallet = Wallet {
            config: Arc::new(WalletConfig {
                name: "Kanuki".into(),
                public_url: ORIGIN.into(),
                issuer: ISSUER.into(),
                anchors: CA.trust_anchors().unwrap(),
                operator_url: format!("{ORIGIN}/demo/card"),
                signals: kanuki_desk::signal::policy::Table::shipped(),
                push: None,
            }),
            book,
            ledger: Arc::new(MemoryEngine::default()),
            vault,
            rp: Arc::new(RelyingParty::new("wallet.localhost", &origin, "Kanuki").unwrap()),
            banks: Arc::new(bank_client(Arc::clone(&nowhere))),
            identity: Arc::new(operator_client(nowhere, format!("{ORIGIN}/demo/card/crl"))),
            rules: Arc::new(StandardRules),
            set_key: Arc::clone(&SET_KEY),
            looking: Arc::default(),
            opened: Arc::default(),
            turns: Arc::default(),
            risk: Arc::new(kanuki_risk::Engine::wallet().unwrap()),
        };
        let state = WalletState { wallet, site };
        let moment = state.site.world.moment("");
        state.wallet.prepare(&moment.ctx()).await.unwrap();
        state.wallet.import_bank(&moment.ctx(), bank(), &[]).await.unwrap();
        let router = router(state.clone());
        Self { state, clock, post: Post::default(), router }
    }

    pub(crate) async fn tick(&self) -> workers::Ticked {
        workers::tick(&self.state, &self.post).await
    }

    /// A customer who opened a wallet with a passkey.
    pub(crate) async fn customer(&self, name: &str) -> CustomerId {
        let moment = self.state.site.world.moment("");
        let ctx = moment.ctx();
        let mail = format!("{name}@example.jp");
        let profile = Profile::parse(name, &mail, "09012345678").unwrap();
        let (options, opening) = self.state.wallet.start_opening(&ctx, profile).unwrap();
        let mut phone = SoftAuthenticator::from_seed(Sha256::digest(name).into());
        let response = phone.create(&options, ORIGIN).unwrap();
        self.state.wallet.finish_opening(&ctx, opening, &response).await.unwrap()
    }

    pub(crate) async fn staff(&self, name: &str, code: &str) -> StaffId {
        let moment = self.state.site.world.moment("");
        let ctx = moment.ctx();
        let until = ctx.now + SignedDuration::from_hours(24);
        self.state.wallet.invite_staff(&ctx, name, code, until).await.unwrap()
    }

    pub(crate) async fn shop(&self) {
        let moment = self.state.site.world.moment("");
        let spec = MerchantSpec {
            name: "かもめ珈琲".into(),
            ascii_name: "Kamome Coffee".into(),
            city: "Chiyoda".into(),
            category: "5814".into(),
            shop: ShopNumber {
                company: "9000000000001".into(),
                brand: "0001".into(),
                store: "000001".into(),
                counter: "000001".into(),
            },
            page_key: SHOP_KEY.into(),
        };
        self.state.wallet.create_merchant(&moment.ctx(), &spec).await.unwrap();
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { company: self, cookies: BTreeMap::new() }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let path = request.uri().to_string();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        // A file is told of in the words that it is to have.
        let raw = kanuki_site::text::raw::raw_words(&body);
        assert!(raw.is_empty() || path == "/desk/propose/file", "{path}: {raw:?}\n{body}");
        Reply { status: parts.status, headers: parts.headers, body }
    }
}

/// A person's browser: it keeps cookies and fills in the token of the page it last saw.
pub(crate) struct Browser<'a> {
    company: &'a Company,
    cookies: BTreeMap<String, String>,
}

impl Browser<'_> {
    fn cookies(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        pairs.join("; ")
    }

    fn keep(&mut self, reply: &Reply) {
        for value in reply.headers.get_all(header::SET_COOKIE) {
            let pair = value.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        let request = Request::get(path)
            .header(header::HOST, "wallet.localhost:8080")
            .header(header::ACCEPT, "text/html,application/xhtml+xml")
            .header(header::COOKIE, self.cookies())
            .extension(Peer("203.0.113.9".parse().unwrap()));
        let reply = self.company.send(request.body(Body::empty()).unwrap()).await;
        self.keep(&reply);
        reply
    }

    /// Sends the form that stood on `page`.
    pub(crate) async fn post(
        &mut self,
        page: &Reply,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Reply {
        let token = page.attribute("name=\"csrf\" value=\"");
        let mut all = vec![("csrf", token.as_str())];
        all.extend(fields);
        let body = serde_urlencoded::to_string(all).unwrap();
        let request = Request::post(path)
            .header(header::HOST, "wallet.localhost:8080")
            .header(header::ACCEPT, "text/html")
            .header(header::ORIGIN, ORIGIN)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, self.cookies())
            .extension(Peer("203.0.113.9".parse().unwrap()));
        let reply = self.company.send(request.body(Body::from(body)).unwrap()).await;
        self.keep(&reply);
        reply
    }

    /// A script of our own page asks.
    pub(crate) async fn script(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "wallet.localhost:8080")
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, self.cookies())
            .extension(Peer("203.0.113.9".parse().unwrap()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = self.company.send(request.body(Body::from(body.to_owned())).unwrap()).await;
        self.keep(&reply);
        reply
    }

    /// Signs a customer in, as the sign-in page would.
    pub(crate) async fn sign_in(&mut self, id: CustomerId) {
        self.get("/stop").await;
        let site = &self.company.state.site;
        let moment = site.world.moment("");
        let subject = Subject::customer(id);
        let started = site.sessions.start(&moment.ctx(), subject, SignIn::Passkey, "").await;
        let cookie = started.unwrap().1;
        let (name, value) =
            cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Registers at the desk with an activation code; the passkey is the answer.
    pub(crate) async fn activate(&mut self, code: &str) -> SoftAuthenticator {
        let page = self.get("/desk/activate").await;
        let page = self.post(&page, "/desk/activate", &[("code", code)]).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let mut key = SoftAuthenticator::from_seed(Sha256::digest(code).into());
        let made = key.create(&page.attribute("data-options=\""), ORIGIN).unwrap();
        let ceremony = page.attribute("name=\"ceremony\" value=\"");
        let fields = [("credential", made.as_str()), ("ceremony", &ceremony)];
        let reply = self.post(&page, "/desk/activate/passkey", &fields).await;
        assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/desk"));
        key
    }
}
