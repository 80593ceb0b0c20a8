//! A wallet that registered for it hears at once that its request was decided, and no more than that.

use kanuki_bank::{
    approval::ping::DuePing,
    partner::{Partner, Profile},
};
use kanuki_desk::registry::Content as _;
use kanuki_domain::{agreement::today, limits::DAY_SECS};
use kanuki_record::Unit;
use kanuki_wire::{
    ErrorCode,
    ciba::{
        BackchannelRequest,
        ping::{NotificationToken, Ping},
    },
};

use crate::{
    decoupled::{self, Linked, code, poll, send, sign},
    world::{CLIENT, World},
};

const PLACE: &str = "http://localhost:8080/ciba/9901";
const SECRET: &str = "0123456789ABCDEFGHJKMNPQRS";

/// A link on which one debit needs a signature, of a wallet that is told at `place`.
async fn linked(world: &mut World, place: Option<&str>) -> Linked {
    let linked = decoupled::linked(world).await;
    let mut partner = world.bank.book.load::<Partner>(CLIENT).await.unwrap();
    let notification_endpoint = place.map(str::to_owned);
    partner.edit().profile =
        Profile { decoupled: true, notification_endpoint, ..Profile::default() };
    let mut unit = Unit::new();
    unit.update(&partner);
    world.bank.book.commit(unit).await.unwrap();
    linked
}

fn request(world: &World, linked: &Linked, n: u32) -> BackchannelRequest {
    BackchannelRequest {
        notification_token: NotificationToken::parse(SECRET).ok(),
        ..decoupled::request(world, linked, n, "07")
    }
}

async fn due(world: &World) -> Vec<DuePing> {
    world.bank.due_pings(&world.ctx()).await.unwrap()
}

#[tokio::test]
async fn what_was_decided_is_told_once_with_the_clients_secret_and_learnt_by_a_poll() {
    let mut world = World::new().await;
    let linked = linked(&mut world, Some(PLACE)).await;
    let taken = send(&world, &request(&world, &linked, 1)).await.unwrap();
    assert!(due(&world).await.is_empty(), "nothing was decided");

    sign(&mut world, &linked, "07").await.unwrap();
    let [ping] = due(&world).await.try_into().unwrap();

    assert_eq!((ping.url.as_str(), ping.token.expose().as_str()), (PLACE, SECRET));
    let said = Ping::read(&ping.body).unwrap();
    assert_eq!(said.auth_req_id, taken.auth_req_id);
    world.bank.ping_sent(&world.ctx(), &ping.name, true).await.unwrap();
    assert!(due(&world).await.is_empty(), "it was heard");
    poll(&world, &taken).await.unwrap();
}

#[tokio::test]
async fn a_ping_that_is_not_heard_comes_again_until_the_request_is_over() {
    let mut world = World::new().await;
    let linked = linked(&mut world, Some(PLACE)).await;
    send(&world, &request(&world, &linked, 1)).await.unwrap();
    sign(&mut world, &linked, "07").await.unwrap();

    for pause in [2, 4, 8, 16, 30, 30] {
        let [ping] = due(&world).await.try_into().unwrap();
        world.bank.ping_sent(&world.ctx(), &ping.name, false).await.unwrap();
        world.wait(pause - 1);
        assert!(due(&world).await.is_empty(), "not before {pause}");
        world.wait(1);
    }
    assert_eq!(due(&world).await.len(), 1);
    world.wait(400);
    assert!(due(&world).await.is_empty(), "it is over");
}

#[tokio::test]
async fn a_no_is_told_too_and_a_poll_in_time_spares_the_ping() {
    let mut world = World::new().await;
    let linked = linked(&mut world, Some(PLACE)).await;
    let taken = send(&world, &request(&world, &linked, 1)).await.unwrap();
    let wrong = sign(&mut world, &linked, "08").await;
    assert!(wrong.is_err());
    assert_eq!(due(&world).await.len(), 1);
    assert_eq!(code(poll(&world, &taken).await), ErrorCode::AccessDenied);

    world.wait(DAY_SECS);
    let taken = send(&world, &request(&world, &linked, 2)).await.unwrap();
    sign(&mut world, &linked, "07").await.unwrap();
    poll(&world, &taken).await.unwrap();
    assert!(due(&world).await.is_empty());
}

#[tokio::test]
async fn where_it_goes_is_in_the_registry_and_whoever_wants_it_brings_a_secret() {
    let mut world = World::new().await;
    let told = linked(&mut world, Some(PLACE)).await;
    let bare = decoupled::request(&world, &told, 1, "07");
    assert_eq!(code(send(&world, &bare).await), ErrorCode::InvalidRequest);

    let mut world = World::new().await;
    let polls = linked(&mut world, None).await;
    send(&world, &request(&world, &polls, 1)).await.unwrap();
    sign(&mut world, &polls, "07").await.unwrap();
    assert!(due(&world).await.is_empty(), "nobody registered a place");
}

#[tokio::test]
async fn no_ping_goes_inside_the_banks_own_network() {
    let mut world = World::new().await;
    for place in ["https://10.0.0.1/ciba", "https://169.254.169.254/", "https://core.internal/x"] {
        let linked = linked(&mut world, Some(place)).await;
        let partner = world.bank.partner(CLIENT).await.unwrap();
        let gaps = partner.gaps(today(world.now));
        assert!(gaps.iter().any(|gap| gap.path == "profile.notification_endpoint"), "{place}");

        send(&world, &request(&world, &linked, 1)).await.unwrap();
        sign(&mut world, &linked, "07").await.unwrap();
        assert!(due(&world).await.is_empty(), "{place}");
        world = World::new().await;
    }
    let linked = linked(&mut world, Some(PLACE)).await;
    let mut config = (*world.bank.config).clone();
    config.issuer = "https://bank.example".to_owned();
    send(&world, &request(&world, &linked, 1)).await.unwrap();
    sign(&mut world, &linked, "07").await.unwrap();
    let mut real = world.bank.clone();
    real.config = std::sync::Arc::new(config);
    let due = real.due_pings(&world.ctx()).await.unwrap();
    assert!(due.is_empty(), "this machine is the demo's alone");
}

#[tokio::test]
async fn a_partner_whose_places_are_inside_our_network_never_counts() {
    let world = World::new().await;
    let honest = world.bank.partner(CLIENT).await.unwrap();
    let today = today(world.now);
    for inside in ["https://169.254.169.254/ssf/events", "https://10.0.0.7/ssf/events"] {
        let mut moved = honest.clone();
        moved.issuer = inside.to_owned();
        moved.events_url = inside.to_owned();
        moved.profile.jwks_uri = Some(inside.to_owned());
        let gaps: Vec<String> = moved.gaps(today).into_iter().map(|gap| gap.path).collect();
        assert_eq!(gaps, ["issuer", "events_url", "profile.jwks_uri"], "{inside}");
    }
}
