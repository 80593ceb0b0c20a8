//! One bank's server in memory, with a clock that only the test moves.

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
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use jiff::{Timestamp, civil::date};
use kanuki_bank::{
    Bank, BankConfig, Booking, CancelAnswer, CoreAccount, CoreAnswer, CoreBanking, CoreCustomer,
    CoreError, OnFile, StandardRules, WithdrawAnswer, partner::Partner,
};
use kanuki_bank_http::{BankState, router, texts};
use kanuki_domain::{
    Entropy, Masked, Yen, agreement,
    bank_account::{AccountNumber, BankCode},
    id::DebitId,
    mandate::later,
};
use kanuki_ledger::MemoryEngine;
use kanuki_passkey::RelyingParty;
use kanuki_record::{Book, MemoryRecords, vault::Vault};
use kanuki_site::{
    Brand, Clock, Site, SiteConfig, Transport, TransportError, World as Outside,
    courier::{Channel, Courier, CourierError, Letter},
};
use kanuki_wire::keys::{Jwks, SetSigningKey, Signer as _, SigningKey};
use tower::ServiceExt as _;

pub(crate) const ISSUER: &str = "http://localhost:8081";
pub(crate) const API_HOST: &str = "localhost:8081";
pub(crate) const ORIGIN: &str = "http://bank-one.localhost:8081";
pub(crate) const PAGE_HOST: &str = "bank-one.localhost:8081";
pub(crate) const CALLBACK: &str = "http://wallet.localhost:8080/callback/9901";
pub(crate) const CLIENT: &str = "kanuki-wallet";
pub(crate) const WALLET_ISSUER: &str = "http://localhost:8080";

/// RSA keys take long to make, and which one it is does not matter here.
static BANK_SET_KEY: LazyLock<SetSigningKey> =
    LazyLock::new(|| SetSigningKey::generate().expect("a key"));
pub(crate) static WALLET_SET_KEY: LazyLock<SetSigningKey> =
    LazyLock::new(|| SetSigningKey::generate().expect("a key"));

#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.0.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = n.rotate_left(u32::try_from(i * 7).unwrap()).to_le_bytes()[i % 8];
        }
    }
}

pub(crate) struct Hands(pub(crate) Mutex<Timestamp>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// The wallet's end of the wire: keeps what it was sent and answers what it was told to.
pub(crate) struct Wire {
    pub(crate) sent: Mutex<Vec<Request<Bytes>>>,
    pub(crate) status: Mutex<StatusCode>,
    pub(crate) says: Mutex<Bytes>,
    /// Where calls are taken and never answered.
    pub(crate) hangs: Mutex<Vec<String>>,
    /// Where nobody is.
    pub(crate) away: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Wire {
    async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let url = request.uri().to_string();
        let is_among = |those: &Mutex<Vec<String>>| {
            those.lock().unwrap().iter().any(|start| url.starts_with(start))
        };
        let (hangs, is_away) = (is_among(&self.hangs), is_among(&self.away));
        self.sent.lock().unwrap().push(request);
        if hangs {
            return std::future::pending().await;
        }
        if is_away {
            return Err(TransportError::Unreachable);
        }
        let status = *self.status.lock().unwrap();
        Ok(Response::builder().status(status).body(self.says.lock().unwrap().clone()).unwrap())
    }
}

/// A courier that keeps every letter.
#[derive(Default)]
pub(crate) struct Letters {
    pub(crate) kept: Mutex<Vec<Letter>>,
    pub(crate) is_away: Mutex<bool>,
    /// What whoever carries a channel's messages says instead of taking them.
    pub(crate) refusals: Mutex<Vec<(Channel, CourierError)>>,
    /// How often it was asked.
    pub(crate) asked: Mutex<Vec<Channel>>,
}

#[async_trait]
impl Courier for Letters {
    async fn deliver(&self, letter: Letter) -> Result<(), CourierError> {
        if *self.is_away.lock().unwrap() {
            return Err(CourierError::Unreachable { code: None });
        }
        self.asked.lock().unwrap().push(letter.channel);
        let refusals = self.refusals.lock().unwrap().clone();
        if let Some((_, refusal)) = refusals.iter().find(|(on, _)| *on == letter.channel) {
            return Err(*refusal);
        }
        let text = format!("{}{}", letter.subject, letter.body);
        assert!(!text.contains("{$") && !text.contains("{ $"), "a variable is missing: {text}");
        self.kept.lock().unwrap().push(letter);
        Ok(())
    }
}

/// A core banking system in memory. `None` as a balance means that it does not answer.
#[derive(Debug, Default)]
pub(crate) struct TestCore {
    pub(crate) balances: Mutex<BTreeMap<String, u64>>,
    done: Mutex<BTreeMap<DebitId, u64>>,
    pub(crate) is_silent: Mutex<bool>,
    /// It does not even say who its customers are.
    pub(crate) is_gone: Mutex<bool>,
    /// It has nobody's telephone number and mail address.
    pub(crate) by_letter: Mutex<bool>,
    /// It has nobody's telephone number.
    pub(crate) has_no_phones: Mutex<bool>,
    /// Every telephone number came on file today.
    pub(crate) phones_are_new: Mutex<bool>,
    /// It has no such customer any more.
    pub(crate) knows_nobody: Mutex<bool>,
}

fn customers() -> Vec<CoreCustomer> {
    let person = |no: &str, name: &str, kana: &str, phone: &str, number: &str| CoreCustomer {
        customer_no: no.to_owned(),
        name: Some(Masked::new(name.to_owned())),
        kana: Masked::new(kana.to_owned()),
        born_on: Some(Masked::new(date(1955, 3, 3))),
        address: Some(Masked::new("東京都千代田区千代田1-1".to_owned())),
        phone: Some(Masked::new(phone.to_owned())),
        email: Some(Masked::new(format!("{no}@example.jp"))),
        on_file: OnFile {
            phone_since: Some(Timestamp::UNIX_EPOCH),
            email_since: Some(Timestamp::UNIX_EPOCH),
            address_since: Some(Timestamp::UNIX_EPOCH),
        },
        accounts: vec![CoreAccount {
            account: account(number),
            available: Yen::of(500_000),
            overdraft_room: Yen::of(900_000),
        }],
    };
    vec![
        person("c1", "山田 花子", "ヤマダ ハナコ", "09011112222", "9000001"),
        person("c2", "鈴木 トメ", "スズキ トメ", "09033334444", "9000002"),
    ]
}

pub(crate) fn account(number: &str) -> AccountNumber {
    AccountNumber::parse("001", number).unwrap()
}

impl TestCore {
    pub(crate) fn balance(&self, number: &str) -> u64 {
        *self.balances.lock().unwrap().get(number).unwrap_or(&500_000)
    }

    fn answers(&self) -> Result<(), CoreError> {
        if *self.is_silent.lock().unwrap() { Err(CoreError::Unknown) } else { Ok(()) }
    }
}

#[async_trait]
impl CoreBanking for TestCore {
    async fn find_owner(&self, account: &AccountNumber) -> Result<Option<String>, CoreError> {
        let found = customers().into_iter().find(|c| c.accounts[0].account == *account);
        Ok(found.map(|customer| customer.customer_no))
    }

    async fn find_customer(&self, customer_no: &str) -> Result<Option<CoreCustomer>, CoreError> {
        if *self.is_gone.lock().unwrap() {
            return Err(CoreError::Unknown);
        }
        let mut found = customers().into_iter().find(|c| c.customer_no == customer_no);
        if let Some(customer) = found.as_mut().filter(|_| *self.by_letter.lock().unwrap()) {
            (customer.phone, customer.email) = (None, None);
        }
        if let Some(customer) = found.as_mut().filter(|_| *self.has_no_phones.lock().unwrap()) {
            customer.phone = None;
        }
        if let Some(customer) = found.as_mut().filter(|_| *self.phones_are_new.lock().unwrap()) {
            customer.on_file.phone_since = None;
        }
        Ok(found.filter(|_| !*self.knows_nobody.lock().unwrap()))
    }

    async fn reserve(
        &self,
        id: DebitId,
        account: &AccountNumber,
        amount: Yen,
        _booking: Booking<'_>,
    ) -> Result<CoreAnswer, CoreError> {
        self.answers()?;
        if self.done.lock().unwrap().contains_key(&id) {
            return Ok(CoreAnswer::Done);
        }
        let mut balances = self.balances.lock().unwrap();
        let balance = balances.entry(account.number().to_owned()).or_insert(500_000);
        if *balance < amount.amount() {
            return Ok(CoreAnswer::NotEnoughMoney);
        }
        *balance -= amount.amount();
        self.done.lock().unwrap().insert(id, amount.amount());
        Ok(CoreAnswer::Done)
    }

    async fn confirm(&self, _id: DebitId) -> Result<CoreAnswer, CoreError> {
        self.answers().map(|()| CoreAnswer::Done)
    }

    async fn cancel(&self, _id: DebitId) -> Result<CancelAnswer, CoreError> {
        self.answers().map(|()| CancelAnswer::GivenBack)
    }

    async fn credit(
        &self,
        id: DebitId,
        account: &AccountNumber,
        amount: Yen,
        _text: Option<&str>,
    ) -> Result<CoreAnswer, CoreError> {
        self.answers()?;
        if self.done.lock().unwrap().insert(id, amount.amount()).is_none() {
            let mut balances = self.balances.lock().unwrap();
            *balances.entry(account.number().to_owned()).or_insert(500_000) += amount.amount();
        }
        Ok(CoreAnswer::Done)
    }

    async fn withdraw_credit(&self, id: DebitId) -> Result<WithdrawAnswer, CoreError> {
        self.answers()?;
        let is_booked = self.done.lock().unwrap().contains_key(&id);
        Ok(if is_booked { WithdrawAnswer::Booked } else { WithdrawAnswer::Withdrawn })
    }
}

/// What came back, read whole.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }
}

pub(crate) struct World {
    pub(crate) state: BankState,
    pub(crate) app: Router,
    pub(crate) core: Arc<TestCore>,
    pub(crate) clock: Arc<Hands>,
    pub(crate) wire: Arc<Wire>,
    pub(crate) letters: Letters,
    pub(crate) client_key: SigningKey,
    pub(crate) dpop_key: SigningKey,
    pub(crate) serial: AtomicU64,
}

impl World {
    pub(crate) async fn new() -> Self {
        let core = Arc::new(TestCore::default());
        let start: Timestamp = "2026-11-22T03:00:00Z".parse().unwrap();
        let clock = Arc::new(Hands(Mutex::new(start)));
        let wire = Arc::new(Wire {
            sent: Mutex::default(),
            status: Mutex::new(StatusCode::ACCEPTED),
            says: Mutex::default(),
            hangs: Mutex::default(),
            away: Mutex::default(),
        });
        let bank = bank(core.clone());
        let outside = Outside::new(clock.clone(), Arc::new(Counter::default()), wire.clone());
        let config = SiteConfig {
            brand: Brand::BankOne,
            company: bank.config.name.clone(),
            cookie_name: "kanuki_bank_one".to_owned(),
            page_origin: ORIGIN.to_owned(),
            api_origin: ISSUER.to_owned(),
            form_action_origins: vec!["http://wallet.localhost:8080".to_owned()],
            trusts_forwarded_for: false,
            request_timeout: None,
            ready: Vec::new(),
        };
        let (book, vault) = (bank.book.clone(), bank.vault.clone());
        let site = Site::new(config, outside, book, vault, texts().unwrap()).unwrap();
        let state = BankState { bank: Arc::new(bank), site };
        let world = Self {
            app: router(state.clone()),
            state,
            core,
            clock,
            wire,
            letters: Letters::default(),
            client_key: SigningKey::generate().unwrap(),
            dpop_key: SigningKey::generate().unwrap(),
            serial: AtomicU64::new(0),
        };
        world.seed().await;
        world
    }

    async fn seed(&self) {
        let partner = Partner {
            client_id: CLIENT.to_owned(),
            name: "閂ウォレット".to_owned(),
            redirect_uris: vec![CALLBACK.to_owned()],
            jwks: Jwks::of([self.client_key.public_jwk()]),
            set_jwks: Jwks::of([WALLET_SET_KEY.public_jwk()]),
            issuer: WALLET_ISSUER.to_owned(),
            events_url: format!("{WALLET_ISSUER}/ssf/events"),
            profile: kanuki_bank::partner::Profile::default(),
            caps: kanuki_bank::partner::PartnerCaps::default(),
            agreement: agreement::example(agreement::today(self.now())),
            since: self.now(),
        };
        let moment = self.state.site.world.moment("");
        let (bank, ctx) = (&self.state.bank, moment.ctx());
        bank.import_partner(&ctx, partner, &[]).await.unwrap();
        for (name, code) in [("青木", "STAFFAOKI"), ("馬場", "STAFFBABA")] {
            bank.invite_officer(&ctx, name, code, later(ctx.now, 14 * 86_400)).await.unwrap();
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn wait(&self, secs: i64) {
        let mut hands = self.clock.0.lock().unwrap();
        *hands = later(*hands, secs);
    }

    pub(crate) fn serial(&self) -> String {
        format!("n-{}", self.serial.fetch_add(1, Ordering::SeqCst))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let path = request.uri().to_string();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        // A file is told of in the words that it is to have.
        let raw = kanuki_site::text::raw::raw_words(&body);
        assert!(raw.is_empty() || path == "/desk/propose/file", "{path}: {raw:?}\n{body}");
        Reply { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub(crate) async fn tick(&self) -> kanuki_bank_http::workers::Ticked {
        kanuki_bank_http::workers::tick(&self.state, &self.letters).await
    }

    /// A wallet's contract made elsewhere on this account, from a list.
    pub(crate) async fn contract(&self, number: &str) -> kanuki_domain::id::ContractId {
        let text = format!(
            "KANUKI-REGISTER,1,web-kofuri,9901,2026-11-01,1\n\
             contract_no,collector_code,collector_name,branch,account_type,account_number,started_on,status,ended_on\n\
             W-1,0000099999,ムカシペイ,001,1,{number},2019-10-02,active,\n"
        );
        let wanted = kanuki_bank::contract::check::Wanted {
            kind: kanuki_bank::contract::Kind::WebKofuri,
            as_of: None,
            new_branches: std::collections::BTreeSet::new(),
        };
        let moment = self.state.site.world.moment("");
        let (ctx, bank) = (moment.ctx(), &self.state.bank);
        bank.import_register(&ctx, "operator", &text.as_bytes(), &wanted).await.unwrap();
        let all = bank.book.scan::<kanuki_bank::contract::Contract>("").await.unwrap();
        all[0].contract_id
    }

    /// The newest letter whose text has `part`, handed over by now.
    pub(crate) async fn letter(&self, part: &str) -> Letter {
        self.tick().await;
        let kept = self.letters.kept.lock().unwrap();
        kept.iter().rev().find(|l| l.body.contains(part)).cloned().expect("such a letter")
    }
}

fn bank(core: Arc<TestCore>) -> Bank {
    let origin = ORIGIN.parse().unwrap();
    Bank {
        config: Arc::new(BankConfig {
            code: BankCode::parse("9901").unwrap(),
            name: "はなみずき銀行".to_owned(),
            issuer: ISSUER.to_owned(),
            public_url: ORIGIN.to_owned(),
            takes_client_certificates: false,
            app_url: None,
            signals: kanuki_desk::signal::policy::Table::shipped(),
        }),
        book: Book::new(Arc::new(MemoryRecords::default())),
        ledger: Arc::new(MemoryEngine::default()),
        core,
        vault: Vault::new([3; 32]),
        rp: Arc::new(RelyingParty::new("bank-one.localhost", &origin, "bank").unwrap()),
        rules: Arc::new(StandardRules::default()),
        risk: Arc::new(kanuki_risk::Engine::bank().unwrap()),
        cards: None,
        set_key: Arc::new(BANK_SET_KEY.clone()),
        looking: Arc::default(),
        opened: Arc::default(),
        names: Arc::default(),
        pace: Arc::default(),
        asking: Arc::default(),
    }
}
