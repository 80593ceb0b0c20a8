//! A partner that changes its keys, and what strangers can make the bank fetch: nothing.

use http::StatusCode;
use kanuki_bank::partner::Profile;
use kanuki_wire::{
    client_assertion::{self, Credentials},
    keys::{Jwks, Signer as _, SigningKey},
};

use crate::{
    wallet::facts,
    world::{CLIENT, ISSUER, World},
};

const URI: &str = "https://api.wallet.example/jwks/9901";

impl World {
    /// Pushes with an assertion by `key`; the status.
    async fn push_by(&self, key: &SigningKey) -> u16 {
        let made = client_assertion::make(key, CLIENT, ISSUER, &self.serial(), self.now());
        let sent = Credentials { client_id: CLIENT.to_owned(), assertion: made.unwrap() };
        let form = sent.add_to(self.par_form(facts()));
        let proof = self.proof("POST", "/par", None);
        self.post_form("/par", &form, Some(&proof)).await.status
    }

    fn serves(&self, status: StatusCode, body: String) {
        *self.wire.status.lock().unwrap() = status;
        *self.wire.says.lock().unwrap() = body.into();
    }

    fn asked(&self) -> usize {
        self.wire.sent.lock().unwrap().iter().filter(|request| request.uri() == URI).count()
    }
}

fn set(keys: &[&SigningKey]) -> String {
    serde_json::to_string(&Jwks::of(keys.iter().map(|key| key.public_jwk()))).unwrap()
}

#[tokio::test]
async fn a_new_key_is_looked_up_once_and_the_last_good_set_is_kept() {
    let world = World::new().await;
    world.agree(Profile { jwks_uri: Some(URI.to_owned()), ..Profile::default() }).await;
    let (new, stranger) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    world.serves(StatusCode::OK, set(&[&world.client_key, &new]));

    // The facts are still signed with the old key, which is still published.
    assert_eq!(world.push_by(&new).await, 201);
    assert_eq!(world.asked(), 1);
    for _ in 0..5 {
        assert_eq!(world.push_by(&stranger).await, 401);
    }
    assert_eq!(world.asked(), 1, "a stranger makes us ask no more than once a minute");

    world.wait(61);
    world.serves(StatusCode::OK, "<html>".to_owned());
    assert_eq!(world.push_by(&stranger).await, 401);
    assert_eq!(world.asked(), 2);
    assert_eq!(world.push_by(&new).await, 201, "an answer that is no key set changes nothing");

    world.wait(601);
    world.serves(StatusCode::OK, set(&[&world.client_key]));
    kanuki_bank_http::workers::sweep(&world.state).await;
    assert_eq!(world.asked(), 3, "the worker asks when the set is old");
    assert_eq!(world.push_by(&new).await, 401, "a key that was withdrawn proves nobody");
}

#[tokio::test]
async fn nothing_is_fetched_where_the_registry_names_no_place() {
    let world = World::new().await;
    let stranger = SigningKey::generate().unwrap();
    assert_eq!(world.push_by(&stranger).await, 401);
    let unsafe_uri = Some("http://169.254.169.254/keys".to_owned());
    world.agree(Profile { jwks_uri: unsafe_uri, ..Profile::default() }).await;
    assert_eq!(world.push_by(&stranger).await, 401);

    assert!(world.wire.sent.lock().unwrap().is_empty());
}
