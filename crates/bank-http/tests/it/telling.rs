//! One queue for each partner: whoever is silent keeps nobody else waiting.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use http::StatusCode;
use kanuki_bank::{event::Event, partner::Partner};
use kanuki_bank_http::workers;
use kanuki_desk::signal::queue::PAUSE_SECS_MAX;

use crate::world::{CLIENT, WALLET_ISSUER, World};

const OTHER: &str = "other-wallet";
const OTHER_ISSUER: &str = "http://localhost:8099";

impl World {
    /// Another wallet, after the first in every list.
    async fn with_another(&self) {
        let moment = self.state.site.world.moment("");
        let first = self.state.bank.partner(CLIENT).await.unwrap();
        let other = Partner {
            client_id: OTHER.to_owned(),
            name: "ほかのウォレット".to_owned(),
            issuer: OTHER_ISSUER.to_owned(),
            redirect_uris: vec!["http://wallet.localhost:8099/callback/9901".to_owned()],
            events_url: format!("{OTHER_ISSUER}/ssf/events"),
            ..first
        };
        self.state.bank.import_partner(&moment.ctx(), other, &[]).await.unwrap();
    }

    /// Somebody reports something about this partner: it is owed an event.
    async fn owe(&self, client_id: &str) {
        let moment = self.state.site.world.moment("");
        let about = ("a@example.jp", "?");
        self.state.bank.report(&moment.ctx(), about, Some(client_id)).await.unwrap();
    }

    fn told(&self, issuer: &str) -> usize {
        let sent = self.wire.sent.lock().unwrap();
        sent.iter().filter(|request| request.uri().to_string().starts_with(issuer)).count()
    }

    async fn due(&self, client_id: &str) -> usize {
        let queue = format!("due|{client_id}");
        self.state.bank.book.list::<Event>("state", &queue).await.unwrap().len()
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_partner_that_never_answers_keeps_neither_another_nor_money_waiting() {
    let world = World::new().await;
    world.with_another().await;
    world.wire.hangs.lock().unwrap().push(WALLET_ISSUER.to_owned());
    for _ in 0..4 {
        world.owe(CLIENT).await;
    }
    world.owe(OTHER).await;

    let mut telling = pin!(workers::tell(&world.state));
    let told = poll(telling.as_mut());

    assert!(told.is_pending(), "the silent one still holds its own turn");
    assert_eq!((world.told(WALLET_ISSUER), world.told(OTHER_ISSUER)), (1, 1));
    assert_eq!((world.due(CLIENT).await, world.due(OTHER).await), (4, 0), "the living one heard");
    assert!(poll(pin!(workers::drive(&world.state))).is_ready(), "and money goes on");
}

#[tokio::test]
async fn a_silent_partner_is_tried_once_at_a_time_and_hears_all_when_it_is_back() {
    let world = World::new().await;
    world.wire.away.lock().unwrap().push(WALLET_ISSUER.to_owned());
    for _ in 0..4 {
        world.owe(CLIENT).await;
    }

    for _ in 0..3 {
        workers::tell(&world.state).await;
    }
    assert_eq!(world.told(WALLET_ISSUER), 1, "left in peace meanwhile");
    for _ in 0..100 {
        world.wait(1);
        workers::tell(&world.state).await;
    }
    assert!((6..=12).contains(&world.told(WALLET_ISSUER)), "{}", world.told(WALLET_ISSUER));

    world.wire.away.lock().unwrap().clear();
    world.wait(PAUSE_SECS_MAX);
    assert_eq!(workers::tell(&world.state).await, 4);
    assert_eq!(world.due(CLIENT).await, 0);
}

#[tokio::test]
async fn an_event_that_its_partner_refuses_stands_before_no_other() {
    let world = World::new().await;
    world.owe(CLIENT).await;
    *world.wire.status.lock().unwrap() = StatusCode::BAD_REQUEST;
    assert_eq!(workers::tell(&world.state).await, 0);

    *world.wire.status.lock().unwrap() = StatusCode::ACCEPTED;
    world.owe(CLIENT).await;
    assert_eq!(workers::tell(&world.state).await, 1, "the newer one, at once");
    world.wait(2);
    assert_eq!(workers::tell(&world.state).await, 1, "and the other when its time has come");
}

/// 429 puts off one kind of events for this turn, and not the partner.
#[tokio::test]
async fn a_partner_without_room_for_more_of_a_kind_is_not_silent() {
    let world = World::new().await;
    for _ in 0..3 {
        world.owe(CLIENT).await;
    }
    *world.wire.status.lock().unwrap() = StatusCode::TOO_MANY_REQUESTS;
    assert_eq!(workers::tell(&world.state).await, 0);
    assert_eq!(world.told(WALLET_ISSUER), 1, "no more of that kind in this turn");

    *world.wire.status.lock().unwrap() = StatusCode::ACCEPTED;
    assert_eq!(workers::tell(&world.state).await, 2, "those that were not tried, at once");
    world.wait(2);
    assert_eq!(workers::tell(&world.state).await, 1);
}
