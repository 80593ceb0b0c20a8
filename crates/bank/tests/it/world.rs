//! One bank in memory, with a clock that only the test moves.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use jiff::{Timestamp, civil::date};
use kanuki_bank::{
    Bank, BankConfig, BankError, StandardRules,
    debit::{Debit, request::Ask},
    event::Push,
    link::{
        Possession,
        consent::{ConsentPage, ConsentState},
    },
    partner::Partner,
};
use kanuki_desk::outbox::Message;
use kanuki_domain::{
    Ctx, Entropy, Masked, Yen, agreement,
    bank_account::{AccountNumber, BankCode},
    id::{DebitId, EnrolmentId, GrantId, HolderId, MandateId},
    mandate::{Interaction, Terms, later},
    person::Facts,
    route::Route,
};
use kanuki_ledger::MemoryEngine;
use kanuki_passkey::{RelyingParty, soft::SoftAuthenticator};
use kanuki_record::{Book, MemoryRecords, Records, vault::Vault};
use kanuki_wire::{
    authn::AuthnWish,
    client_assertion, dpop, holder_facts,
    keys::{Jwks, SetSigningKey, Signer, SigningKey},
    mandate as details,
    par::{AuthorizationRequest, Details},
    pkce,
    token::{TokenRequest, TokenResponse},
};

use crate::core_system::TestCore;

pub(crate) const ISSUER: &str = "http://localhost:8081";
pub(crate) const ORIGIN: &str = "http://bank-one.localhost:8081";
pub(crate) const CALLBACK: &str = "http://wallet.localhost:8080/callback/9901";
pub(crate) const CLIENT: &str = "kanuki-wallet";

/// Counts: every draw differs, and every run is the same.
#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn start_at(&self, n: u64) {
        self.0.store(n, Ordering::SeqCst);
    }

    /// One that shares no draw with those of the world.
    pub(crate) fn starting_at(n: u64) -> Self {
        Self(AtomicU64::new(n))
    }
}

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.0.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = n.rotate_left(u32::try_from(i * 7).unwrap()).to_le_bytes()[i % 8];
        }
    }
}

/// The world of one test.
pub(crate) struct World {
    pub(crate) bank: Bank,
    pub(crate) core: Arc<TestCore>,
    pub(crate) entropy: Counter,
    pub(crate) now: Timestamp,
    pub(crate) client_key: SigningKey,
    pub(crate) dpop_key: SigningKey,
    pub(crate) device: SoftAuthenticator,
    /// The key that the wallet signs its event tokens with.
    pub(crate) set_key: SetSigningKey,
    jti: AtomicU64,
}

pub(crate) fn facts() -> Facts {
    Facts {
        name: Masked::new("山田 花子".to_owned()),
        declared_kana: Masked::new("ヤマダ ハナコ".to_owned()),
        born_on: Masked::new(date(1955, 3, 3)),
        address: Masked::new("東京都千代田区千代田1-1".to_owned()),
        phone: Masked::new("09011112222".to_owned()),
    }
}

pub(crate) fn account(number: &str) -> AccountNumber {
    AccountNumber::parse("001", number).unwrap()
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(Arc::new(MemoryRecords::default())).await
    }

    /// A world that keeps its records in `records`.
    pub(crate) async fn on(records: Arc<dyn Records>) -> Self {
        let core = Arc::new(TestCore::default());
        let origin = ORIGIN.parse().unwrap();
        let bank = Bank {
            config: Arc::new(BankConfig {
                code: BankCode::parse("9901").unwrap(),
                name: "はなみずき銀行".to_owned(),
                issuer: ISSUER.to_owned(),
                public_url: ORIGIN.to_owned(),
                takes_client_certificates: false,
                app_url: None,
                signals: kanuki_desk::signal::policy::Table::shipped(),
            }),
            book: Book::new(records),
            ledger: Arc::new(MemoryEngine::default()),
            core: core.clone(),
            vault: Vault::new([3; 32]),
            rp: Arc::new(RelyingParty::new("bank-one.localhost", &origin, "bank").unwrap()),
            rules: Arc::new(StandardRules::default()),
            risk: Arc::new(kanuki_risk::Engine::bank().unwrap()),
            cards: None,
            set_key: Arc::new(SetSigningKey::generate().unwrap()),
            looking: Arc::default(),
            opened: Arc::default(),
            names: Arc::default(),
            pace: Arc::default(),
            asking: Arc::default(),
        };
        let (client_key, set_key) =
            (SigningKey::generate().unwrap(), SetSigningKey::generate().unwrap());
        let world = Self {
            bank,
            core,
            entropy: Counter::default(),
            now: "2026-11-22T03:00:00Z".parse().unwrap(),
            dpop_key: SigningKey::generate().unwrap(),
            device: SoftAuthenticator::from_seed([9; 32]),
            jti: AtomicU64::new(0),
            client_key,
            set_key,
        };
        let partner = Partner {
            client_id: CLIENT.to_owned(),
            name: "閂ウォレット".to_owned(),
            redirect_uris: vec![CALLBACK.to_owned()],
            jwks: Jwks::of([world.client_key.public_jwk()]),
            set_jwks: Jwks::of([world.set_key.public_jwk()]),
            issuer: "http://localhost:8080".to_owned(),
            events_url: "http://localhost:8080/ssf/events".to_owned(),
            profile: kanuki_bank::partner::Profile {
                collector_codes: vec!["0000012345".to_owned()],
                ..Default::default()
            },
            caps: kanuki_bank::partner::PartnerCaps::default(),
            agreement: agreement::example(agreement::today(world.now)),
            since: world.now,
        };
        world.bank.import_partner(&world.ctx(), partner, &[]).await.unwrap();
        world
    }

    pub(crate) fn ctx(&self) -> Ctx<'_> {
        Ctx {
            now: self.now,
            entropy: &self.entropy,
            address_block: "192.0.2.0/24",
            address: "192.0.2.9",
        }
    }

    /// What the partner is told next.
    pub(crate) async fn due_events(&self) -> Vec<Push> {
        let partner = self.bank.partner(CLIENT).await.unwrap();
        self.bank.due_events(&self.ctx(), &partner).await.unwrap()
    }

    pub(crate) fn wait(&mut self, secs: i64) {
        self.now = later(self.now, secs);
    }

    pub(crate) fn jti(&self) -> String {
        format!("jti-{}", self.jti.fetch_add(1, Ordering::SeqCst))
    }

    /// A holder whom staff saw at a branch registers a passkey.
    pub(crate) async fn holder_with_passkey(&mut self, number: &str) -> HolderId {
        let (bank, ctx, at) = (&self.bank, self.ctx(), account(number));
        let started = bank.start_enrolment(&ctx, &at, Route::Branch, "browser").await;
        let (id, reference) = started.unwrap();
        let code = bank.activate_at_branch(&ctx, &at, &reference).await.unwrap().unwrap();
        bank.enter_code(&ctx, id, "browser", &code).await.unwrap();
        let (options, state) =
            self.bank.start_registration(&self.ctx(), id, "browser").await.unwrap();
        let response = self.device.create(&options, ORIGIN).unwrap();
        let ctx = Ctx { now: self.now, entropy: &self.entropy, address_block: "", address: "" };
        self.bank.finish_registration(&ctx, id, "browser", &response, &state).await.unwrap()
    }

    pub(crate) fn terms(&self) -> Terms {
        let validity = (self.now, later(self.now, 300 * 86_400));
        Terms::rolling(Yen::of(50_000), Yen::of(300_000), validity)
    }

    /// The wallet pushes a request about a customer with these facts.
    pub(crate) async fn push(&self, facts: Facts) -> Result<(String, String), BankError> {
        self.push_on(self.terms(), facts).await
    }

    /// The same on other terms.
    pub(crate) async fn push_on(
        &self,
        terms: Terms,
        facts: Facts,
    ) -> Result<(String, String), BankError> {
        let (request, verifier) = Self::request_on(terms, self.facts_token(facts));
        let form = self.assertion().add_to(request.to_form().unwrap());
        let proof = self.proof("POST", "/par", None);
        let pushed = self.bank.push(&self.ctx(), &form, Possession::of_proof(&proof)).await?;
        Ok((pushed.request_uri, verifier))
    }

    /// A customer's facts, signed by the wallet for one sending.
    pub(crate) fn facts_token(&self, facts: Facts) -> String {
        let facts = holder_facts::HolderFacts { jti: self.jti(), consented_at: self.now, facts };
        holder_facts::make(&self.client_key, CLIENT, ISSUER, &facts, self.now).unwrap()
    }

    /// What the wallet asks for with these facts, and its PKCE verifier.
    pub(crate) fn request(&self, facts_token: String) -> (AuthorizationRequest, String) {
        Self::request_on(self.terms(), facts_token)
    }

    /// The same on other terms.
    pub(crate) fn request_on(terms: Terms, facts_token: String) -> (AuthorizationRequest, String) {
        let verifier = pkce::verifier([5; 32]);
        let request = AuthorizationRequest {
            client_id: CLIENT.to_owned(),
            redirect_uri: CALLBACK.to_owned(),
            state: Some("state".to_owned()),
            code_challenge: pkce::challenge(&verifier).unwrap(),
            dpop_jkt: None,
            details: Details::Mandate(details::Request {
                kind: details::Kind::V1,
                actions: vec![details::Action::Debit, details::Action::Credit],
                wallet: details::WalletRef { account_ref: "ref-1".to_owned() },
                terms,
                holder_binding: details::HolderBinding {
                    method: details::BindingMethod::Jpki,
                    assertion: Masked::new(facts_token),
                },
            }),
            wish: AuthnWish::default(),
            replaces: None,
        };
        (request, verifier)
    }

    pub(crate) fn assertion(&self) -> client_assertion::Credentials {
        self.assertion_of(CLIENT)
    }

    /// An assertion that names this client.
    pub(crate) fn assertion_of(&self, client_id: &str) -> client_assertion::Credentials {
        let assertion =
            client_assertion::make(&self.client_key, client_id, ISSUER, &self.jti(), self.now);
        client_assertion::Credentials {
            client_id: client_id.to_owned(),
            assertion: assertion.unwrap(),
        }
    }

    pub(crate) fn proof(&self, method: &str, path: &str, access_token: Option<&str>) -> String {
        let uri = format!("{ISSUER}{path}");
        let request = dpop::Request { method, uri: &uri, access_token, nonce: None };
        dpop::make(&self.dpop_key, &request, &self.jti(), self.now).unwrap()
    }

    /// Signs in, chooses the account, signs the consent; returns the callback address.
    pub(crate) async fn consent(
        &mut self,
        request_uri: &str,
        number: &str,
    ) -> Result<String, BankError> {
        let entropy = Counter::default();
        // Far from what the world itself draws: of a draw, only the low 17 bits are seen in an id.
        let start = self.jti.fetch_add(1_000, Ordering::SeqCst) + 60_000;
        entropy.0.store(start, Ordering::SeqCst);
        let ctx = Ctx { now: self.now, entropy: &entropy, address_block: "", address: "" };
        let par_id = self.bank.visit(&ctx, CLIENT, request_uri, "browser").await?;
        let (options, state) = self.bank.start_sign_in(&ctx)?;
        let response = self.device.get(&options, ORIGIN).unwrap();
        let signed_in = self.bank.finish_sign_in(&ctx, &response, &state).await?;
        self.bank.arrive(&ctx, par_id, "browser", &signed_in).await?;
        self.bank.choose(&ctx, par_id, "browser", &account(number)).await?;
        let (_, options, state) = self.bank.start_consent(&ctx, par_id, "browser").await?;
        let response = self.device.get(&options, ORIGIN).unwrap();
        self.bank.finish_consent(&ctx, "browser", &state, &response).await
    }

    pub(crate) async fn exchange(
        &self,
        callback: &str,
        verifier: &str,
    ) -> Result<TokenResponse, BankError> {
        let query = callback.split_once('?').unwrap().1;
        let answer =
            kanuki_wire::callback::Callback::parse(query).unwrap().accept(ISSUER, "state").unwrap();
        let kanuki_wire::callback::Answer::Code(code) = answer else { panic!("{answer:?}") };
        let request = TokenRequest::AuthorizationCode {
            code,
            redirect_uri: CALLBACK.to_owned(),
            code_verifier: Masked::new(verifier.to_owned()),
        };
        let form = self.assertion().add_to(request.to_form());
        let proof = self.proof("POST", "/token", None);
        let issued = self.bank.exchange(&self.ctx(), &form, Possession::of_proof(&proof)).await?;
        Ok(issued.standing().unwrap())
    }

    /// Pushes other terms for a grant that is there.
    pub(crate) async fn push_anew(
        &self,
        terms: Terms,
        grant_id: GrantId,
    ) -> Result<(String, String), BankError> {
        let (mut request, verifier) = Self::request_on(terms, self.facts_token(facts()));
        request.replaces = Some(grant_id);
        let form = self.assertion().add_to(request.to_form().unwrap());
        let proof = self.proof("POST", "/par", None);
        let pushed = self.bank.push(&self.ctx(), &form, Possession::of_proof(&proof)).await?;
        Ok((pushed.request_uri, verifier))
    }

    /// Signs in and comes to the page that compares; what must come back with the signature.
    pub(crate) async fn compare(
        &mut self,
        request_uri: &str,
    ) -> Result<(ConsentPage, String, ConsentState), BankError> {
        let entropy = Counter::default();
        entropy.0.store(self.jti.fetch_add(1_000, Ordering::SeqCst), Ordering::SeqCst);
        let ctx = Ctx { now: self.now, entropy: &entropy, address_block: "", address: "" };
        let par_id = self.bank.visit(&ctx, CLIENT, request_uri, "browser").await?;
        let (options, state) = self.bank.start_sign_in(&ctx)?;
        let response = self.device.get(&options, ORIGIN).unwrap();
        let signed_in = self.bank.finish_sign_in(&ctx, &response, &state).await?;
        self.bank.arrive(&ctx, par_id, "browser", &signed_in).await?;
        self.bank.start_consent(&ctx, par_id, "browser").await
    }

    /// Signs what was compared.
    pub(crate) async fn sign(
        &mut self,
        (options, state): (&str, &ConsentState),
    ) -> Result<String, BankError> {
        let entropy = Counter::default();
        entropy.0.store(self.jti.fetch_add(1_000, Ordering::SeqCst), Ordering::SeqCst);
        let ctx = Ctx { now: self.now, entropy: &entropy, address_block: "", address: "" };
        let response = self.device.get(options, ORIGIN).unwrap();
        self.bank.finish_consent(&ctx, "browser", state, &response).await
    }

    /// Agrees anew, all the way.
    pub(crate) async fn renewed(&mut self, terms: Terms, grant_id: GrantId) -> TokenResponse {
        let (request_uri, verifier) = self.push_anew(terms, grant_id).await.unwrap();
        let (_, options, state) = self.compare(&request_uri).await.unwrap();
        let callback = self.sign((&options, &state)).await.unwrap();
        self.exchange(&callback, &verifier).await.unwrap()
    }

    /// The whole ceremony for the holder of account 9000001.
    pub(crate) async fn linked(&mut self) -> MandateId {
        self.linked_on(self.terms()).await
    }

    /// The same on other terms.
    pub(crate) async fn linked_on(&mut self, terms: Terms) -> MandateId {
        self.holder_with_passkey("9000001").await;
        let (request_uri, verifier) = self.push_on(terms, facts()).await.unwrap();
        let callback = self.consent(&request_uri, "9000001").await.unwrap();
        let tokens = self.exchange(&callback, &verifier).await.unwrap();
        tokens.authorization_details[0].mandate_id
    }

    /// Whoever registers next has another device.
    pub(crate) fn new_device(&mut self) {
        self.device = SoftAuthenticator::from_seed([8; 32]);
    }

    /// What comes by post, from the worker to the letterbox.
    async fn letter(&self) -> String {
        self.bank.write_enrolment_letters(&self.ctx()).await.unwrap();
        let due = self.bank.book.list::<Message>("state", "due").await.unwrap();
        let letter = due.into_iter().find(|m| m.kind == "enrol_letter").unwrap();
        let key = self.bank.book.load(&letter.person_id).await.unwrap();
        letter.open(&self.bank.vault, &key).unwrap().1.values["code"].clone()
    }

    pub(crate) async fn prove(&self, route: Route) -> EnrolmentId {
        let ctx = self.ctx();
        let at = account("9000001");
        let started = self.bank.start_enrolment(&ctx, &at, route, "browser").await;
        let (id, reference) = started.unwrap();
        let code = match route {
            Route::Atm => self.bank.atm_code(&ctx, &at, &reference).await.unwrap().unwrap(),
            Route::Branch => {
                self.bank.activate_at_branch(&ctx, &at, &reference).await.unwrap().unwrap()
            }
            Route::Post => self.letter().await,
            _ => {
                assert!(self.bank.call_received(&ctx, "090-1111-2222", &reference).await.unwrap());
                return id;
            }
        };
        self.bank.enter_code(&ctx, id, "browser", &code).await.unwrap();
        id
    }

    /// The holder of account 9000001 registers a passkey by this route.
    pub(crate) async fn enrol_by(&mut self, route: Route) -> HolderId {
        let id = self.prove(route).await;
        let started = self.bank.start_registration(&self.ctx(), id, "browser").await;
        let (options, state) = started.unwrap();
        let response = self.device.create(&options, ORIGIN).unwrap();
        let ctx = self.ctx();
        self.bank.finish_registration(&ctx, id, "browser", &response, &state).await.unwrap()
    }

    /// The same, and links the account: it waits.
    pub(crate) async fn linked_by(&mut self, route: Route) -> (HolderId, MandateId) {
        let holder = self.enrol_by(route).await;
        let (request_uri, verifier) = self.push(facts()).await.unwrap();
        let callback = self.consent(&request_uri, "9000001").await.unwrap();
        let tokens = self.exchange(&callback, &verifier).await.unwrap();
        (holder, tokens.authorization_details[0].mandate_id)
    }

    /// The same by a call.
    pub(crate) async fn linked_by_call(&mut self) -> (HolderId, MandateId) {
        self.linked_by(Route::Call).await
    }

    pub(crate) async fn debit(&self, mandate_id: MandateId, n: u32, amount: u32) -> Debit {
        self.debit_with(mandate_id, n, amount, Interaction::InSession).await
    }

    pub(crate) async fn debit_with(
        &self,
        mandate_id: MandateId,
        n: u32,
        amount: u32,
        interaction: Interaction,
    ) -> Debit {
        let ask = Ask { interaction, ..Self::ask(mandate_id, n, amount) };
        self.bank.request_debit(&self.ctx(), ask).await.unwrap()
    }

    /// A debit within what was agreed, from nowhere in particular.
    pub(crate) fn ask(mandate_id: MandateId, n: u32, amount: u32) -> Ask {
        Ask {
            client_id: CLIENT.to_owned(),
            mandate_id,
            debit_id: DebitId::derive(&[&n.to_string()]),
            amount: Yen::of(amount),
            interaction: Interaction::InSession,
            evidence: None,
            approval: None,
        }
    }

    /// A debit that must be signed first.
    pub(crate) async fn is_to_be_signed(&self, mandate_id: MandateId, n: u32, amount: u32) -> bool {
        let asked = self.bank.request_debit(&self.ctx(), Self::ask(mandate_id, n, amount)).await;
        matches!(asked, Err(BankError::MustBeSigned(_)))
    }
}
