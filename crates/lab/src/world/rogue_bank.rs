//! A bank that is the adversary: its server and its keys are its own, and somebody decides what it says.
//!
//! What stands between its server and everybody who calls it changes single answers; all others are what
//! any bank says. Its helpers tell it by the last digit of an amount what is to be said of a top-up, so
//! that its honest customers, whom nobody must warn, notice nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Method, StatusCode, header};
use http_body_util::BodyExt as _;
use kanuki_domain::{Masked, Yen, id::DebitId};
use kanuki_site::Clock as _;
use kanuki_wire::{
    Form,
    callback::Answer,
    debit::{DebitAnswer, DebitRequest, Outcome, RefusalReason},
    jarm,
    set::{self, SecurityEvent},
};

use super::{BankBox, World};
use crate::sim::clock::SimClock;

/// A server inside of the wallet company's network, which nobody outside should reach.
pub(super) const INSIDE_PORT: u16 = 8_098;

/// What is said of a top-up of an amount that ends in this digit.
pub(crate) mod sign {
    /// "Booked", and nothing is.
    pub(crate) const BOOKED: u64 = 7;
    /// First nothing that can be read, then "refused".
    pub(crate) const LATE_NO: u64 = 3;
    /// "Booked", of another debit.
    pub(crate) const ANOTHER: u64 = 1;
    /// "It is over there", at an address inside of the wallet company.
    pub(crate) const ELSEWHERE: u64 = 9;
}

/// What a rogue bank has said and done so far.
pub(crate) struct RogueBank {
    /// Which of the banks.
    pub(crate) place: usize,
    clock: Arc<SimClock>,
    /// Debits that it confirmed and never made.
    made_up: Mutex<BTreeMap<DebitId, Yen>>,
    /// Debits that it was asked for once.
    asked: Mutex<BTreeSet<DebitId>>,
    /// What the last request that was pushed here wants back.
    state: Mutex<Option<String>>,
    /// How often somebody reached what lies inside.
    reached: AtomicU64,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RogueBank {
    pub(super) fn at(place: usize, clock: Arc<SimClock>) -> Arc<Self> {
        Arc::new(Self {
            place,
            clock,
            made_up: Mutex::default(),
            asked: Mutex::default(),
            state: Mutex::default(),
            reached: AtomicU64::new(0),
        })
    }

    /// Whether this bank is it.
    pub(super) fn is(&self, bank: &BankBox) -> bool {
        usize::from(bank.demo.port_offset) == self.place
    }

    /// The bank's server, behind whoever decides what it says.
    pub(super) fn around(self: &Arc<Self>, server: Router) -> Router {
        server.layer(from_fn_with_state(Arc::clone(self), answer))
    }

    /// What lies inside of the wallet company's network.
    pub(super) fn inside(self: &Arc<Self>) -> Router {
        async fn reached(State(rogue): State<Arc<RogueBank>>) -> StatusCode {
            rogue.reached.fetch_add(1, Ordering::Relaxed);
            StatusCode::OK
        }
        Router::new().fallback(reached).with_state(Arc::clone(self))
    }

    /// How often somebody reached it.
    pub(crate) fn reached(&self) -> u64 {
        self.reached.load(Ordering::Relaxed)
    }

    /// All that it confirmed and never took from anybody.
    pub(crate) fn made_up(&self) -> Yen {
        let all = locked(&self.made_up);
        all.values().fold(Yen::ZERO, |sum, yen| sum.plus(*yen).unwrap_or(Yen::MAX))
    }

    /// What is said of this debit in the bank's place, if anything.
    fn lie(&self, asked: &DebitRequest) -> Option<Response> {
        let is_first = locked(&self.asked).insert(asked.debit_id);
        let said = |debit_id, outcome: Outcome| {
            let status = StatusCode::from_u16(outcome.status()).unwrap_or(StatusCode::OK);
            (status, Json(DebitAnswer { debit_id, outcome })).into_response()
        };
        let no = || said(asked.debit_id, Outcome::Refused { reason: RefusalReason::TryLater });
        let booked = |id| said(id, Outcome::Booked { booked_at: self.clock.now() });
        match asked.amount.amount() % 10 {
            sign::BOOKED => {
                locked(&self.made_up).insert(asked.debit_id, asked.amount);
                Some(booked(asked.debit_id))
            }
            sign::LATE_NO if is_first => Some(StatusCode::OK.into_response()),
            sign::ANOTHER if is_first => Some(booked(DebitId::derive(&["another"]))),
            sign::ELSEWHERE if is_first => {
                let there = format!("http://localhost:{INSIDE_PORT}/debits");
                Some(Redirect::temporary(&there).into_response())
            }
            sign::LATE_NO | sign::ANOTHER | sign::ELSEWHERE => Some(no()),
            _ => None,
        }
    }
}

/// What a signed request says under `name`.
fn claim(token: &str, name: &str) -> Option<String> {
    let payload = token.split('.').nth(1)?;
    let claims: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    claims.get(name)?.as_str().map(str::to_owned)
}

async fn answer(State(rogue): State<Arc<RogueBank>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return StatusCode::BAD_REQUEST.into_response() };
    let body: Bytes = body.to_bytes();
    match (&parts.method, parts.uri.path()) {
        (&Method::POST, "/debits") => {
            let asked = serde_json::from_slice::<DebitRequest>(&body).ok();
            if let Some(said) = asked.and_then(|asked| rogue.lie(&asked)) {
                return said;
            }
        }
        (&Method::POST, "/par") => {
            let form = Form::decode(&body).ok();
            let token = form.as_ref().and_then(|form| form.get("request"));
            *locked(&rogue.state) = token.and_then(|token| claim(token, "state"));
        }
        _ => {}
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

impl World {
    /// Where the rogue bank sends a browser that was to be asked for its consent: to the callback `to` of
    /// the wallet, with an answer to what was pushed last, which it signs in the name of `issuer`.
    pub(crate) async fn answer_of_another(
        &self,
        rogue: &RogueBank,
        (to, issuer): (&str, &str),
    ) -> anyhow::Result<String> {
        let bank = self.bank(rogue.place)?;
        let moment = bank.state.site.world.moment("");
        let ctx = moment.ctx();
        let key = bank.state.bank.server_key(&ctx).await?;
        let state = locked(&rogue.state).clone();
        let code = Answer::Code(Masked::new("code-of-somebody-else".to_owned()));
        let client_id = self.wallet.company.client_id;
        let token = jarm::make(&key, (issuer, client_id), state.as_deref(), &code, ctx.now)
            .map_err(|_| anyhow::anyhow!("an answer that cannot be signed"))?;
        Ok(jarm::to_url(to, &token)?)
    }

    /// Pushes an event to the wallet that the bank in `place` signs, in the name of `issuer`.
    pub(crate) async fn rogue_bank_event(
        &self,
        who: &str,
        (place, issuer): (usize, &str),
        event: &SecurityEvent,
    ) -> anyhow::Result<bool> {
        let wallet = self.wallet.company;
        let key = &self.bank(place)?.state.bank.set_key;
        let token = set::make(key, issuer, wallet.issuer, event)
            .map_err(|_| anyhow::anyhow!("an event that cannot be signed"))?;
        let request = http::Request::post(format!("{}/ssf/events", wallet.issuer))
            .header(header::CONTENT_TYPE, set::MEDIA_TYPE)
            .header(header::ACCEPT, "application/json")
            .body(Bytes::from(token))?;
        let answer = self.net.send(request).await;
        let status = answer.map_or(0, |answer| answer.status().as_u16());
        self.trace.write(self.now(), who, &format!("POST localhost/ssf/events {status}"));
        Ok(status == 202)
    }
}
