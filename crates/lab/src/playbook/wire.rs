//! A thief on the wire between wallet and bank: he hears every request and sends them again, as they
//! were, changed, elsewhere, or without what binds them.
//!
//! The wire is TLS in truth; here it is given away, so that what lies behind it is tried.

use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Uri, header};
use kanuki_domain::{Yen, mandate::later};

use super::{
    Calendar, Crime,
    hands::stolen::{self, Victim},
    plan::{DAY, HOUR, Plan},
    thief::{Thief, got},
};
use crate::{measure::Answer, report::Start, world::World};

const DPOP: HeaderName = HeaderName::from_static("dpop");

/// Victims link and top up while somebody listens.
pub(super) fn tamper(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    let plan = Plan::of(world, "wire-tamper");
    world.net.tap();
    for (number, person) in plan.people.iter().enumerate() {
        let joins_at = later(calendar.start, HOUR);
        let victim = Victim { person: person.clone(), joins_at, stolen_at: later(joins_at, DAY) };
        stolen::stage(world, victim, number, move |mut owner, person| async move {
            owner.browser.change_hands(&person.key);
            owner.debit(Yen::of(5_000)).await;
            let world = Rc::clone(&owner.world);
            let who = format!("thief on the wire {number}");
            let mut thief = Thief::new(&world, &who, person.network);
            thief.resend_all().await;
            thief.wait(86_400, 2 * 86_400).await;
            thief.resend_all().await;
        });
    }
    plan.crime("every request between the companies, heard and sent again".to_owned())
}

/// What he changes.
#[derive(Clone, Copy, Debug)]
enum Change {
    Nothing,
    Amount,
    Id,
    NoProof,
    OtherBank,
    NoToken,
}

impl Change {
    const ALL: [Self; 6] =
        [Self::Nothing, Self::Amount, Self::Id, Self::NoProof, Self::OtherBank, Self::NoToken];

    const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "as it was",
            Self::Amount => "with another amount",
            Self::Id => "with another id",
            Self::NoProof => "without the proof of the key",
            Self::OtherBank => "to another bank",
            Self::NoToken => "without its token",
        }
    }

    /// The request with this change; none where it has nothing to change.
    fn of(self, heard: &Request<Bytes>) -> Option<Request<Bytes>> {
        let mut request = heard.clone();
        let is_debit = request.uri().path() == "/debits";
        match self {
            Self::Nothing => {}
            Self::Amount | Self::Id if !is_debit => return None,
            Self::Amount => {
                let body = String::from_utf8_lossy(heard.body()).replace("5000", "50000");
                *request.body_mut() = Bytes::from(body);
            }
            Self::Id => {
                let mut body: serde_json::Value = serde_json::from_slice(heard.body()).ok()?;
                let id = body.get_mut("debit_id")?;
                *id = serde_json::Value::from(id.as_str()?.chars().rev().collect::<String>());
                *request.body_mut() = Bytes::from(body.to_string());
            }
            Self::NoProof => {
                request.headers_mut().remove(DPOP)?;
            }
            Self::NoToken => {
                let nothing = HeaderValue::from_static("DPoP 0");
                request.headers_mut().insert(header::AUTHORIZATION, nothing)?;
            }
            Self::OtherBank => {
                let port = request.uri().port_u16()?;
                let other = if port == 8081 { "8082" } else { "8081" };
                let moved = request.uri().to_string().replace(&port.to_string(), other);
                *request.uri_mut() = moved.parse::<Uri>().ok()?;
            }
        }
        let length = request.body().len();
        request.headers_mut().remove(header::CONTENT_LENGTH);
        request.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        Some(request)
    }
}

impl Thief {
    /// Sends what he heard again, each with every change.
    async fn resend_all(&mut self) {
        let at_banks = |request: &Request<Bytes>| {
            let path = request.uri().path();
            request.method() == http::Method::POST
                && ["/par", "/token", "/debits", "/revoke"].contains(&path)
        };
        // The newest first: its token is still good.
        let heard: Vec<Request<Bytes>> =
            self.world.net.heard().into_iter().rev().filter(at_banks).take(40).collect();
        for request in &heard {
            for change in Change::ALL {
                let Some(changed) = change.of(request) else { continue };
                let path = changed.uri().path().to_owned();
                let answer = self.resend(changed).await;
                let what = format!("send {path} again {}", change.words());
                self.tried(&what, &Ok(answer));
            }
            self.wait(1, 30).await;
        }
    }

    async fn resend(&self, request: Request<Bytes>) -> Answer {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let path = request.uri().path().to_owned();
        let Ok(answer) = self.world.net.send(request).await else { return Answer::Refused };
        let status = answer.status();
        let what = format!("POST {host}{path} {}", status.as_u16());
        self.world.trace.write(self.world.now(), self.browser.who(), &what);
        got(status.is_success())
    }
}
