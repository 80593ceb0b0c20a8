//! A wallet company, its customers with their passkeys and cards, and a clock.

use std::sync::{
    Arc, LazyLock, Mutex,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp, civil::date};
use kanuki_desk::{outbox::Message, signal::queue::Heard};
use kanuki_domain::{
    Ctx, Entropy, Yen, agreement,
    bank_account::BankCode,
    id::{CustomerId, LinkId, TopupId},
};
use kanuki_jpki::{
    IdentityRequest, RevocationEvidence, Sex, SignatureResponse,
    demo::{DemoCa, DemoCard, DemoCardKey, DemoPerson},
};
use kanuki_ledger::{LedgerEngine, MemoryEngine};
use kanuki_passkey::{RelyingParty, soft::SoftAuthenticator};
use kanuki_record::{Book, MemoryRecords, Records, noted::Noted, vault::Vault};
use kanuki_wallet::{
    IdentityPort, PartnerBank, Profile, StandardRules, Wallet, WalletConfig, WalletError, chart,
    identity::{Proven, TERMS},
    link::terms,
    push::Offer,
    topup::Topup,
};
use kanuki_wire::{
    keys::{Jwks, SetSigningKey, Signer as _, SigningKey},
    push::{Services, Subscription, application_key},
};
use sha2::{Digest as _, Sha256};

use crate::bank::TestBank;

pub(crate) const ORIGIN: &str = "http://wallet.localhost:8080";
pub(crate) const BANK_ISSUER: &str = "http://localhost:8081";
pub(crate) const WALLET_ISSUER: &str = "http://localhost:8080";

static START: LazyLock<Timestamp> = LazyLock::new(|| "2026-11-22T00:00:00Z".parse().unwrap());
static CA: LazyLock<DemoCa> = LazyLock::new(|| DemoCa::generate(*START).unwrap());
static CARD_KEY: LazyLock<DemoCardKey> = LazyLock::new(|| DemoCardKey::generate().unwrap());
static SET_KEY: LazyLock<Arc<SetSigningKey>> =
    LazyLock::new(|| Arc::new(SetSigningKey::generate().unwrap()));
pub(crate) static PUSH_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate().unwrap());
pub(crate) static BANK_SET_KEY: LazyLock<SetSigningKey> =
    LazyLock::new(|| SetSigningKey::generate().unwrap());

/// Randomness that never repeats and is the same in every run.
#[derive(Debug, Default)]
pub(crate) struct Counting(pub(crate) AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let n = self.0.fetch_add(1, Ordering::SeqCst);
            chunk.copy_from_slice(&Sha256::digest(n.to_be_bytes())[..chunk.len()]);
        }
    }
}

#[derive(Debug)]
pub(crate) struct Operator {
    pub(crate) answers: Mutex<bool>,
}

#[async_trait]
impl IdentityPort for Operator {
    async fn revocation(&self, now: Timestamp) -> RevocationEvidence {
        if *self.answers.lock().unwrap() {
            CA.crl(&[], now).unwrap()
        } else {
            RevocationEvidence::missing()
        }
    }
}

pub(crate) struct World {
    pub(crate) wallet: Wallet,
    pub(crate) bank: Arc<TestBank>,
    pub(crate) operator: Arc<Operator>,
    now: Mutex<Timestamp>,
    entropy: Counting,
}

/// What a browser says of itself that hears at `endpoint`; the key is the example's of RFC 8291.
pub(crate) fn hears_at(endpoint: &str) -> Subscription {
    let key =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    Subscription::parse(endpoint, key, "BTBZMqHH6r4Tts7J_aSIgg").unwrap()
}

/// A customer as they exist outside: a phone and a card.
pub(crate) struct Person {
    pub(crate) id: CustomerId,
    pub(crate) phone: SoftAuthenticator,
}

pub(crate) fn bank_code() -> BankCode {
    BankCode::parse("9901").unwrap()
}

impl World {
    pub(crate) async fn new() -> Self {
        let records: Arc<dyn Records> = Arc::new(MemoryRecords::default());
        Self::on(records, Arc::new(MemoryEngine::default())).await
    }

    /// A world whose store notes what it is asked.
    pub(crate) async fn noted() -> (Self, Arc<Noted>) {
        let noted = Arc::new(Noted::new(Arc::new(MemoryRecords::default())));
        let world = Self::on(noted.clone(), Arc::new(MemoryEngine::default())).await;
        (world, noted)
    }

    pub(crate) async fn on(records: Arc<dyn Records>, ledger: Arc<dyn LedgerEngine>) -> Self {
        let bank = Arc::new(TestBank::default());
        *bank.balance.lock().unwrap() = Yen::of(1_000_000);
        let operator = Arc::new(Operator { answers: Mutex::new(true) });
        let partner = PartnerBank {
            code: bank_code(),
            name: "はなみずき銀行".into(),
            issuer: BANK_ISSUER.into(),
            authorize_url: "http://bank-one.localhost:8081/authorize".into(),
            client_id: "kanuki-wallet".into(),
            event_keys: Jwks::of([BANK_SET_KEY.public_jwk()]),
            message_signing: false,
            decoupled: true,
            pings: true,
            protocol: kanuki_domain::connector::Protocol::Fapi,
            rotate_keys_after_days: Some(30),
            topups_per_week: None,
            assurance: kanuki_domain::connector::Assurance::fapi(),
            agreement: agreement::example(agreement::today(*START)),
            since: *START,
        };
        let config = WalletConfig {
            name: "Kanuki".into(),
            public_url: ORIGIN.into(),
            issuer: WALLET_ISSUER.into(),
            anchors: CA.trust_anchors().unwrap(),
            operator_url: format!("{ORIGIN}/demo/card"),
            signals: kanuki_desk::signal::policy::Table::shipped(),
            push: Some(Offer {
                application_key: application_key(&PUSH_KEY).unwrap(),
                services: Services::with(&[], WALLET_ISSUER),
            }),
        };
        let origin = url::Url::parse(ORIGIN).unwrap();
        let wallet = Wallet {
            config: Arc::new(config),
            book: Book::new(records),
            ledger,
            vault: Vault::new([7; 32]),
            rp: Arc::new(RelyingParty::new("wallet.localhost", &origin, "Kanuki").unwrap()),
            banks: Arc::<TestBank>::clone(&bank),
            identity: Arc::<Operator>::clone(&operator),
            rules: Arc::new(StandardRules),
            set_key: Arc::clone(&SET_KEY),
            looking: Arc::default(),
            opened: Arc::default(),
            turns: Arc::default(),
            risk: Arc::new(kanuki_risk::Engine::wallet().unwrap()),
        };
        let now = Mutex::new(*START);
        let world = Self { wallet, bank, operator, now, entropy: Counting::default() };
        world.wallet.prepare(&world.ctx()).await.unwrap();
        world.wallet.import_bank(&world.ctx(), partner, &[]).await.unwrap();
        world
    }

    pub(crate) fn ctx(&self) -> Ctx<'_> {
        let now = *self.now.lock().unwrap();
        Ctx { now, entropy: &self.entropy, address_block: "203.0.113.0/24", address: "203.0.113.9" }
    }

    /// Tells the bank what is due to it; how many events it took.
    pub(crate) async fn send_events(&self) -> usize {
        let Ok(bank) = self.wallet.partner(bank_code()).await else { return 0 };
        let mut taken = 0;
        for event in self.wallet.due_events(&self.ctx(), &bank).await.unwrap() {
            let heard = self.wallet.push_event(&self.ctx(), &bank, &event).await;
            self.wallet.event_pushed(&self.ctx(), event, heard).await.unwrap();
            taken += usize::from(heard == Heard::Taken);
        }
        taken
    }

    pub(crate) fn later(&self, secs: i64) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(SignedDuration::from_secs(secs)).unwrap();
    }

    pub(crate) async fn open(&self, name: &str) -> Person {
        let mail = format!("{name}@example.jp");
        let profile = Profile::parse(name, &mail, "09012345678").unwrap();
        let (options, opening) = self.wallet.start_opening(&self.ctx(), profile).unwrap();
        let mut phone = SoftAuthenticator::from_seed(Sha256::digest(name).into());
        let response = phone.create(&options, ORIGIN).unwrap();
        // Each has a line of their own.
        let ctx = Ctx { address: &mail, ..self.ctx() };
        let id = self.wallet.finish_opening(&ctx, opening, &response).await.unwrap();
        Person { id, phone }
    }

    pub(crate) fn card(name: &str, serial: u64) -> DemoCard {
        let person = DemoPerson {
            name: name.into(),
            address: "東京都千代田区一番町1".into(),
            born_on: date(1980, 4, 1),
            sex: Sex::Female,
        };
        CA.issue(&person, &CARD_KEY, serial, *START).unwrap()
    }

    /// What the operator's app does with the address it is called by.
    pub(crate) fn sign_at_operator(url: &str, card: &DemoCard) -> (String, SignatureResponse) {
        let (_, request) = url.split_once("request=").unwrap();
        let json = BASE64_URL_SAFE_NO_PAD.decode(request).unwrap();
        let asked: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let text = |name: &str| asked[name].as_str().unwrap().to_owned();
        let nonce = BASE64_URL_SAFE_NO_PAD.decode(text("nonce")).unwrap();
        let digest = BASE64_URL_SAFE_NO_PAD.decode(text("terms_digest")).unwrap();
        assert_eq!(digest, Sha256::digest(TERMS).to_vec());
        let request = IdentityRequest::new(
            nonce.try_into().unwrap(),
            TERMS.as_bytes(),
            &text("return_url").parse().unwrap(),
        );
        (text("state"), card.sign(&request.to_be_signed()).unwrap())
    }

    pub(crate) async fn prove(
        &self,
        person: &Person,
        card: &DemoCard,
    ) -> Result<Proven, WalletError> {
        let ctx = self.ctx();
        let url = self.wallet.start_identity(&ctx, person.id, "ses", "ヤマダ ハナコ").await?;
        let (state, answer) = Self::sign_at_operator(&url, card);
        let handle = self.wallet.receive_identity(&ctx, &state, &answer).await?;
        self.wallet.finish_identity(&ctx, "ses", (&state, &handle)).await
    }

    pub(crate) async fn link(&self, person: &Person) -> LinkId {
        let ctx = self.ctx();
        let who = (person.id, "ses");
        let wanted = terms(ctx.now, Yen::of(50_000), Yen::of(300_000)).unwrap();
        self.wallet.start_linking(&ctx, who, bank_code(), wanted, (true, None)).await.unwrap();
        let state = self.bank.last_state();
        let query = format!("code=c&state={state}&iss=http%3A%2F%2Flocalhost%3A8081");
        self.wallet.finish_linking(&ctx, who, bank_code(), &query).await.unwrap()
    }

    /// A customer with a proven identity and a connected account, a day old.
    pub(crate) async fn settled(&self, name: &str, serial: u64) -> (Person, LinkId) {
        let person = self.open(name).await;
        self.prove(&person, &Self::card(name, serial)).await.unwrap();
        let link = self.link(&person).await;
        self.later(86_400);
        (person, link)
    }

    pub(crate) async fn top_up(&self, person: &Person, link: LinkId, key: &str, yen: u32) -> Topup {
        let id = TopupId::derive(&[key]);
        self.wallet.top_up(&self.ctx(), person.id, id, link, Yen::of(yen)).await.unwrap()
    }

    pub(crate) async fn balance(&self, person: &Person) -> Yen {
        self.wallet.overview(&self.ctx(), person.id).await.unwrap().available
    }

    /// What the bank owes us according to our books.
    pub(crate) async fn clearing(&self) -> Yen {
        let id = chart::bank_clearing(bank_code());
        let account = self.wallet.ledger.find_account(id, self.ctx().now).await.unwrap().unwrap();
        account.debits_posted.minus_or_zero(account.credits_posted)
    }

    /// Kinds of what was written to a person, and the last stop code.
    pub(crate) async fn mail(&self, person: &Person) -> (Vec<String>, String) {
        let known = self.wallet.known(person.id).await.unwrap();
        let mut messages =
            self.wallet.book.list::<Message>("person_id", &person.id.to_string()).await.unwrap();
        messages.reverse();
        let kinds = messages.iter().map(|m| m.kind.clone()).collect();
        let (_, content) = messages.last().unwrap().open(&self.wallet.vault, &known.key).unwrap();
        (kinds, content.values["stop_code"].clone())
    }
}
