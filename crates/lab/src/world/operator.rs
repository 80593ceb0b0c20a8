//! The platform operator's app, and the authority that issues identity cards.
//!
//! The card is read by a telephone in its holder's hand, so nothing here signs over HTTP: the
//! holder's side does, and posts the answer from the operator's page to the wallet.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Router, extract::State, response::Html, routing::get};
use http::StatusCode;
use jiff::Timestamp;
use kanuki_jpki::{
    JpkiError, RevocationEvidence, TrustAnchors,
    demo::{DemoCa, DemoCard, DemoCardKey, DemoError, DemoPerson},
};
use kanuki_site::Clock as _;
use kanuki_wire::keys::SetSigningKey;

use crate::sim::clock::SimClock;

/// How long a revocation list is handed out, in seconds; it is current for a day.
const LIST_SECS: i64 = 43_200;

/// The number that forgers put on their cards.
const FORGED_SERIAL: u64 = 666;

/// What takes long to make, and is made once for all runs: RSA keys.
///
/// They come from the system's randomness. Nothing that is signed with them enters a trace, and no
/// decision depends on which they are.
#[derive(Debug)]
pub(crate) struct Mint {
    authority: DemoCa,
    /// An authority that thieves run themselves.
    forger: DemoCa,
    card_key: DemoCardKey,
    /// One key for event tokens: the wallet's first, then each bank's.
    pub(crate) set_keys: Vec<Arc<SetSigningKey>>,
}

/// What was made in this process, by when it is valid from and for how many companies.
static STRUCK: Mutex<BTreeMap<(Timestamp, usize), Arc<Mint>>> = Mutex::new(BTreeMap::new());

impl Mint {
    /// The keys of an authority that is valid from `start`, and of `companies` companies: made when
    /// they are first asked for. A small world lasts no longer than it takes to make them.
    pub(crate) fn of(start: Timestamp, companies: usize) -> anyhow::Result<Arc<Self>> {
        let mut struck = STRUCK.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = struck.get(&(start, companies)) {
            return Ok(Arc::clone(known));
        }
        let made = Arc::new(Self::strike(start, companies)?);
        struck.insert((start, companies), Arc::clone(&made));
        Ok(made)
    }

    /// Makes the keys of an authority that is valid from `start`, and of `companies` companies.
    fn strike(start: Timestamp, companies: usize) -> anyhow::Result<Self> {
        let set_keys = (0..companies).map(|_| SetSigningKey::generate().map(Arc::new));
        Ok(Self {
            authority: DemoCa::generate(start)?,
            forger: DemoCa::generate(start)?,
            card_key: DemoCardKey::generate()?,
            set_keys: set_keys.collect::<Result<_, _>>()?,
        })
    }

    /// What a wallet pins.
    pub(crate) fn anchors(&self) -> Result<TrustAnchors, JpkiError> {
        self.authority.trust_anchors()
    }
}

/// The operator of one run.
#[derive(Debug)]
pub(crate) struct Operator {
    mint: Arc<Mint>,
    clock: Arc<SimClock>,
    start: Timestamp,
    /// Whether the lab pretends that wallets believe every card.
    believes_all: bool,
    list: Mutex<Option<(Timestamp, RevocationEvidence)>>,
}

impl Operator {
    pub(crate) fn new(mint: Arc<Mint>, clock: Arc<SimClock>) -> Self {
        let start = clock.now();
        Self { mint, clock, start, believes_all: false, list: Mutex::new(None) }
    }

    /// The same; if wallets are to believe forgers, those sign with the authority's own key.
    pub(crate) fn forged_by_the_book(self, believes_all: bool) -> Self {
        Self { believes_all, ..self }
    }

    /// A genuine card of `person`.
    pub(crate) fn card(&self, person: &DemoPerson, serial: u64) -> Result<DemoCard, DemoError> {
        self.mint.authority.issue(person, &self.mint.card_key, serial, self.start)
    }

    /// A card of `person` from an authority that the thief runs himself: it looks the same.
    pub(crate) fn forged(&self, person: &DemoPerson) -> Result<DemoCard, DemoError> {
        let forger = if self.believes_all { &self.mint.authority } else { &self.mint.forger };
        forger.issue(person, &self.mint.card_key, FORGED_SERIAL, self.start)
    }

    /// The revocation list of now.
    fn revocation(&self) -> RevocationEvidence {
        let now = self.clock.now();
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, evidence)) = &*list
            && now.duration_since(*since).as_secs() < LIST_SECS
        {
            return evidence.clone();
        }
        let made = self.mint.authority.crl(&[], now);
        let evidence = made.unwrap_or_else(|_| RevocationEvidence::missing());
        *list = Some((now, evidence.clone()));
        evidence
    }
}

/// The page that a wallet sends people to, and the revocation list.
pub(super) fn router(operator: Arc<Operator>) -> Router {
    Router::new()
        .route("/card", get(async || Html("<h1>Hold the card to your telephone</h1>")))
        .route("/card/crl", get(list))
        .with_state(operator)
}

async fn list(State(operator): State<Arc<Operator>>) -> Result<Vec<u8>, StatusCode> {
    let evidence = operator.revocation();
    evidence.crl().map(<[u8]>::to_vec).ok_or(StatusCode::SERVICE_UNAVAILABLE)
}
