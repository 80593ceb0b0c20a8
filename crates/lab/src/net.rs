//! The network of the world in a box: requests reach routers in the same process.
//!
//! Which company answers is decided by the port alone, as `up` has it; what a company makes of the
//! host name is its own business.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    sync::{
        Arc, Mutex, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Poll,
};

use async_trait::async_trait;
use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Limited};
use kanuki_site::{Transport, TransportError};
use tower::ServiceExt as _;

use crate::{
    target::{Target, no_refusal},
    weather::{Fault, Weather, killed},
};

/// The largest answer that anyone reads.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Every server by its port.
#[derive(Default)]
pub(crate) struct Net {
    servers: RwLock<BTreeMap<u16, Router>>,
    was_changed: AtomicBool,
    /// Requests that a server answered.
    answered: AtomicU64,
    /// What went between companies, once somebody listens.
    heard: Mutex<Option<Vec<Request<Bytes>>>>,
    /// What goes wrong between companies, if anything does.
    weather: OnceLock<Arc<Weather>>,
    /// Where browsers' requests go instead, if the companies are somewhere else.
    elsewhere: OnceLock<(Target, Arc<dyn Transport>)>,
    /// What came from no company there, and how often.
    strange: Mutex<BTreeMap<String, u64>>,
    /// What is still on its way although nobody waits for it.
    late: Mutex<Vec<Request<Bytes>>>,
    /// What lies before a bank that hangs.
    hung: Mutex<Vec<Request<Bytes>>>,
}

impl std::fmt::Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Net").field("is_elsewhere", &self.is_elsewhere()).finish_non_exhaustive()
    }
}

impl Net {
    /// Plugs the servers in. Before that, nobody answers.
    pub(crate) fn plug(&self, servers: BTreeMap<u16, Router>) {
        *self.servers.write().unwrap_or_else(PoisonError::into_inner) = servers;
    }

    /// Lets go of the servers. They hold this network, because they call each other, so without it a
    /// world that is over would stay in memory.
    pub(crate) fn unplug(&self) {
        self.plug(BTreeMap::new());
    }

    fn server(&self, port: u16) -> Option<Router> {
        self.servers.read().unwrap_or_else(PoisonError::into_inner).get(&port).cloned()
    }

    /// Lets things go wrong between companies from now on.
    pub(crate) fn expose(&self, weather: Arc<Weather>) {
        // There is one weather in a run, and it is set before the doors open.
        let _exposed = self.weather.set(weather);
    }

    /// Requests that a server answered so far.
    pub(crate) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Whether anything but reading happened since this was last asked.
    pub(crate) fn take_changed(&self) -> bool {
        self.was_changed.swap(false, Ordering::Relaxed)
    }

    /// Somebody listens on the wire between the companies from now on.
    pub(crate) fn tap(&self) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default();
    }

    /// What was heard so far, oldest first.
    pub(crate) fn heard(&self) -> Vec<Request<Bytes>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
    }

    /// Lets browsers reach companies that run somewhere else.
    pub(crate) fn lead_elsewhere(&self, target: Target, transport: Arc<dyn Transport>) {
        // There is one target in a run, and it is set before anybody sets out.
        let _led = self.elsewhere.set((target, transport));
    }

    /// Whether browsers reach companies that run somewhere else.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.elsewhere.get().is_some()
    }

    /// An address as it is in truth, where the lab's name for it differs.
    pub(crate) fn outward(&self, address: &str) -> String {
        let truly = self.elsewhere.get().and_then(|(target, _)| target.outward(address));
        truly.unwrap_or_else(|| address.to_owned())
    }

    /// An address as the lab names it.
    pub(crate) fn inward(&self, address: &str) -> String {
        self.elsewhere.get().map_or_else(|| address.to_owned(), |(t, _)| t.inward(address))
    }

    /// Notes an answer of somewhere else that says nothing about a company's walls: what was asked, and
    /// why it says nothing. True if it was one.
    pub(crate) fn note_strange(
        &self,
        asked: &str,
        answer: &Result<Response<Bytes>, TransportError>,
    ) -> bool {
        let Some(why) = no_refusal(answer) else { return false };
        let mut strange = self.strange.lock().unwrap_or_else(PoisonError::into_inner);
        let times = strange.entry(format!("{asked}: {why}")).or_default();
        *times = times.saturating_add(1);
        true
    }

    /// Everything that was noted so.
    pub(crate) fn strange(&self) -> Vec<(String, u64)> {
        let strange = self.strange.lock().unwrap_or_else(PoisonError::into_inner);
        strange.iter().map(|(asked, times)| (asked.clone(), *times)).collect()
    }

    /// How often each fault struck, if any could.
    pub(crate) fn struck(&self) -> Vec<(String, u64)> {
        self.weather.get().map(|weather| weather.struck()).unwrap_or_default()
    }

    /// What lay before banks that have woken, in the order in which it came.
    fn woken(&self, weather: &Weather) -> Vec<Request<Bytes>> {
        let mut hung = self.hung.lock().unwrap_or_else(PoisonError::into_inner);
        hung.extract_if(.., |request| !hangs(weather, request)).collect()
    }

    /// Sends a browser's request.
    pub(crate) async fn browse(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, TransportError> {
        match self.elsewhere.get() {
            None => self.send(request).await,
            Some((target, transport)) => target.browse(transport, request).await,
        }
    }

    /// Sends a request with an absolute URI to the server of its port.
    pub(crate) async fn send(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, TransportError> {
        let unreachable = TransportError::Unreachable;
        let port = request.uri().port_u16().ok_or(unreachable)?;
        let server = self.server(port).ok_or(unreachable)?;
        if request.method() != Method::GET {
            self.was_changed.store(true, Ordering::Relaxed);
        }
        self.answered.fetch_add(1, Ordering::Relaxed);
        let answer = server.oneshot(request.map(Body::from)).await;
        let (parts, body) = answer.map_err(|error| match error {})?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|_| TransportError::TooLarge)?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }
}

/// Whether the server that `request` goes to takes it and answers nothing.
fn hangs(weather: &Weather, request: &Request<Bytes>) -> bool {
    request.uri().port_u16().is_some_and(|port| weather.hangs(port))
}

#[async_trait]
impl Transport for Net {
    async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if let Some(heard) = &mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner) {
            heard.push(request.clone());
        }
        // Between two companies lies the longest wait: here whatever else was sent at the same
        // time overtakes.
        let mut has_waited = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut has_waited, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        let late = std::mem::take(&mut *self.late.lock().unwrap_or_else(PoisonError::into_inner));
        for request in late {
            // Nobody waits for what is said to it.
            let _answer = self.send(request).await;
        }
        if let Some(weather) = self.weather.get() {
            for request in self.woken(weather) {
                let _answer = self.send(request).await;
            }
            if hangs(weather, &request) {
                weather.count_hung();
                self.hung.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                return Err(TransportError::TimedOut);
            }
        }
        match self.weather.get().and_then(|weather| weather.strike()) {
            None => self.send(request).await,
            Some(Fault::Lost) => Err(TransportError::Unreachable),
            Some(Fault::AnswerLost) => {
                let _answer = self.send(request).await;
                Err(TransportError::TimedOut)
            }
            Some(Fault::Doubled) => {
                let first = self.send(request.clone()).await;
                let _second = self.send(request).await;
                first
            }
            Some(Fault::Late) => {
                self.late.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                Err(TransportError::TimedOut)
            }
            Some(Fault::Killed) => {
                killed(self.send(request)).await.unwrap_or(Err(TransportError::Unreachable))
            }
        }
    }
}
