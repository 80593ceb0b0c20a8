//! What stands before both companies and between them, as an operator's proxy would; and pulls plugs.
//!
//! Whose plug is pulled at which moment of a delivery follows from a seed.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use http::{Method, StatusCode, header, request::Parts};
use tokio::{net::TcpListener, time::Instant};

use crate::running::Server;

/// The most of a request that is passed on.
const BYTES_MAX: usize = 1 << 20;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Wallet,
    Bank,
}

impl Side {
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Wallet => Self::Bank,
            Self::Bank => Self::Wallet,
        }
    }
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It arrives and is answered.
    Passes,
    /// Its receiver dies before it arrives.
    ReceiverDiesBefore,
    /// Its receiver dies so many milliseconds after it arrived, unless it had answered.
    ReceiverDiesMeanwhile(u64),
    /// Its receiver dies once it acted on it, and the answer is lost.
    ReceiverDiesAfter,
    /// Its sender dies before it arrives.
    SenderDiesBefore,
    /// Its sender dies while the receiver acts on it.
    SenderDiesMeanwhile,
    /// Its sender dies once the receiver acted on it, and never hears of it.
    SenderDiesAfter,
}

/// Numbers that follow from a seed (an LCG, of which the upper bits are taken).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// All of `fates` in some order, with some that pass between them.
    fn deck(&mut self, mut fates: Vec<Fate>) -> VecDeque<Fate> {
        let mut deck = VecDeque::new();
        while !fates.is_empty() {
            // One that passes first: a partner that did not answer twice in a row is left alone longer.
            for _ in 0..=self.below(2) {
                deck.push_back(Fate::Passes);
            }
            let at = usize::try_from(self.below(u64::try_from(fates.len()).unwrap())).unwrap();
            deck.push_back(fates.swap_remove(at));
        }
        deck
    }
}

/// A company's server, as a process.
pub(crate) struct Company {
    /// `wallet` or `bank`.
    pub(crate) kind: &'static str,
    pub(crate) config: PathBuf,
    /// Where it listens behind the proxy.
    pub(crate) port: u16,
    pub(crate) log: PathBuf,
}

impl Company {
    fn start(&self) -> Server {
        Server::start(self.kind, &self.config, (self.port, &self.log))
    }
}

struct Powered {
    company: Company,
    /// None only while it is started anew.
    server: Mutex<Option<Server>>,
}

impl Powered {
    /// Kills it without a word and starts it on what it left.
    fn pull_the_plug(&self) {
        let mut server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        drop(server.take());
        *server = Some(self.company.start());
    }
}

/// Both companies and all that goes to them.
pub(crate) struct Wire {
    client: reqwest::Client,
    wallet: Arc<Powered>,
    bank: Arc<Powered>,
    /// By receiver: what becomes of the next events.
    events: Mutex<BTreeMap<Side, VecDeque<Fate>>>,
    /// What becomes of the next buttons that people press.
    presses: Mutex<VecDeque<Fate>>,
    /// Every plug that was pulled, and when the last one was in again.
    pulled: Mutex<(Vec<String>, Option<Instant>)>,
}

impl Wire {
    /// Starts both, and listens at `ports` for them: the wallet's, the bank's.
    pub(crate) async fn open(
        (wallet, bank): (Company, Company),
        ports: (u16, u16),
        chance: &mut Chance,
    ) -> Arc<Self> {
        let powered = |company: Company| {
            let server = Mutex::new(Some(company.start()));
            Arc::new(Powered { company, server })
        };
        let mut deck = || {
            let moment = 1 + chance.below(25);
            chance.deck(vec![
                Fate::ReceiverDiesBefore,
                Fate::ReceiverDiesMeanwhile(moment),
                Fate::ReceiverDiesAfter,
                Fate::SenderDiesBefore,
                Fate::SenderDiesMeanwhile,
                Fate::SenderDiesAfter,
            ])
        };
        let events = BTreeMap::from([(Side::Wallet, deck()), (Side::Bank, deck())]);
        let moment = 1 + chance.below(25);
        let presses = vec![Fate::ReceiverDiesMeanwhile(moment), Fate::ReceiverDiesAfter];
        let wire = Arc::new(Self {
            client: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap(),
            wallet: powered(wallet),
            bank: powered(bank),
            events: Mutex::new(events),
            presses: Mutex::new(chance.deck(presses)),
            pulled: Mutex::default(),
        });
        for (side, port) in [(Side::Wallet, ports.0), (Side::Bank, ports.1)] {
            let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
            let proxy = Router::new().fallback(pass).with_state((Arc::clone(&wire), side));
            tokio::spawn(async move { axum::serve(listener, proxy).await });
        }
        wire
    }

    fn powered(&self, side: Side) -> &Arc<Powered> {
        match side {
            Side::Wallet => &self.wallet,
            Side::Bank => &self.bank,
        }
    }

    /// What becomes of a request to `to`.
    fn deal(&self, to: Side, parts: &Parts) -> Fate {
        let next = match (&parts.method, parts.uri.path()) {
            (&Method::POST, "/ssf/events") => {
                self.events.lock().unwrap().get_mut(&to).and_then(VecDeque::pop_front)
            }
            (&Method::POST, "/report" | "/stop/confirm" | "/stop/press") => {
                self.presses.lock().unwrap().pop_front()
            }
            _ => None,
        };
        next.unwrap_or(Fate::Passes)
    }

    /// Every plug that was to be pulled was.
    pub(crate) fn is_spent(&self) -> bool {
        let events = self.events.lock().unwrap().values().all(VecDeque::is_empty);
        events && self.presses.lock().unwrap().is_empty()
    }

    /// What was done to whom, and when the last one was there again.
    pub(crate) fn pulled(&self) -> (Vec<String>, Option<Instant>) {
        self.pulled.lock().unwrap().clone()
    }

    /// Stops one as its operator does; its exit code.
    pub(crate) fn stop(&self, side: Side) -> Option<i32> {
        let server = self.powered(side).server.lock().unwrap().take();
        server.and_then(Server::stop)
    }

    async fn pull(&self, side: Side, why: Fate) {
        let powered = Arc::clone(self.powered(side));
        tokio::task::spawn_blocking(move || powered.pull_the_plug()).await.unwrap();
        let mut pulled = self.pulled.lock().unwrap();
        pulled.0.push(format!("{side:?}: {why:?}"));
        pulled.1 = Some(Instant::now());
    }

    async fn forward(&self, to: Side, parts: &Parts, body: Bytes) -> Option<Response> {
        let port = self.powered(to).company.port;
        let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let request =
            self.client.request(parts.method.clone(), format!("http://127.0.0.1:{port}{path}"));
        let answer = request.headers(parts.headers.clone()).body(body).send().await.ok()?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        for of_this_hop in [header::CONNECTION, header::TRANSFER_ENCODING] {
            response.headers_mut().remove(of_this_hop);
        }
        *response.body_mut() = Body::from(answer.bytes().await.ok()?);
        Some(response)
    }

    /// Carries a request to `to`, as far as its fate lets it.
    async fn carry(&self, to: Side, parts: Parts, body: Bytes) -> Option<Response> {
        let fate = self.deal(to, &parts);
        let from = to.other();
        match fate {
            Fate::Passes => return self.forward(to, &parts, body).await,
            Fate::ReceiverDiesBefore => self.pull(to, fate).await,
            Fate::ReceiverDiesMeanwhile(millis) => {
                let moment = Duration::from_millis(millis);
                let _cut = tokio::time::timeout(moment, self.forward(to, &parts, body)).await;
                self.pull(to, fate).await;
            }
            Fate::ReceiverDiesAfter => {
                self.forward(to, &parts, body).await;
                self.pull(to, fate).await;
            }
            Fate::SenderDiesBefore => self.pull(from, fate).await,
            Fate::SenderDiesMeanwhile => {
                tokio::join!(self.forward(to, &parts, body), self.pull(from, fate));
            }
            Fate::SenderDiesAfter => {
                self.forward(to, &parts, body).await;
                self.pull(from, fate).await;
            }
        }
        None
    }
}

async fn pass(State((wire, to)): State<(Arc<Wire>, Side)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BYTES_MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    // For itself: whoever sent it may be dead before it is carried.
    let carried = tokio::spawn(async move { wire.carry(to, parts, body).await });
    carried.await.ok().flatten().unwrap_or_else(|| StatusCode::BAD_GATEWAY.into_response())
}
