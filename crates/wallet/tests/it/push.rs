//! Notices on devices: turned on and off before everybody's eyes, ended where a thief may look.

use kanuki_desk::{
    case::Case,
    outbox::{Channel, Message},
    push::{DEVICES_MAX, Screen},
};
use kanuki_domain::{
    delivery::{Said, Tried},
    id::{CaseId, PushDeviceId},
};
use kanuki_wallet::WalletError;

use crate::world::{Person, World, hears_at};

const GONE: Tried = Tried { said: Said::Refused, code: Some(410) };

/// What a browser of the usual kind says, one for each name.
fn endpoint(name: &str) -> String {
    format!("https://updates.push.services.mozilla.com/wpush/v2/{name}")
}

impl World {
    async fn show_on(&self, person: &Person, name: &str) -> Result<PushDeviceId, WalletError> {
        self.show_at(person, name, &endpoint(name)).await
    }

    async fn show_at(
        &self,
        person: &Person,
        device_hash: &str,
        endpoint: &str,
    ) -> Result<PushDeviceId, WalletError> {
        let screen = Screen { device_hash, lang: "ja", hears_at: &hears_at(endpoint) };
        self.wallet.turn_push_on(&self.ctx(), person.id, screen).await
    }

    /// The owner of a wallet freezes it from this device.
    async fn press_on(&self, person: &Person, device: &str) -> Result<CaseId, WalletError> {
        self.wallet.freeze_from(&self.ctx(), person.id, Some(device)).await
    }

    /// Every message that is due: its way, its kind and where it goes.
    async fn due(&self) -> Vec<(Channel, String, String)> {
        let due = self.wallet.due_messages(&self.ctx()).await.unwrap();
        let said = |due: kanuki_wallet::outgoing::DueMessage| {
            (due.contact.channel, due.content.kind, due.contact.to)
        };
        let mut all: Vec<_> = due.into_iter().map(said).collect();
        // Of one moment, in no order.
        all.sort();
        all
    }

    /// Every message that is due ends: pushes so, others in the second way.
    async fn end(&self, pushed: Tried, others: Tried) {
        for due in self.wallet.due_messages(&self.ctx()).await.unwrap() {
            let end = if due.contact.channel == Channel::Push { pushed } else { others };
            self.wallet.note_message(&self.ctx(), due, end).await.unwrap();
        }
    }

    /// The names of the devices that a person's notices show on.
    async fn shows_on(&self, person: &Person) -> Vec<String> {
        let devices = self.wallet.push_devices(person.id).await.unwrap();
        devices.iter().map(|device| device.device_hash.clone()).collect()
    }

    /// Who did it, each time that it was done.
    async fn audited(&self, act: &str) -> Vec<String> {
        let log = self.wallet.book.records().audit_log(0, 1_000).await.unwrap();
        let entries =
            log.iter().map(|one| serde_json::from_str::<serde_json::Value>(&one.body).unwrap());
        let done = entries.filter(|entry| entry["act"] == act);
        done.map(|entry| entry["actor"].as_str().unwrap().to_owned()).collect()
    }
}

/// A customer whose older messages have left.
async fn opened(world: &World, name: &str) -> Person {
    let person = world.open(name).await;
    world.end(Tried::TAKEN, Tried::TAKEN).await;
    person
}

#[tokio::test]
async fn a_device_is_turned_on_and_off_before_everybodys_eyes() {
    let world = World::new().await;
    let hanako = opened(&world, "hanako").await;

    let device = world.show_on(&hanako, "phone").await.unwrap();

    let due = world.due().await;
    assert_eq!(
        due.iter().map(|one| one.0).collect::<Vec<_>>(),
        [Channel::Mail, Channel::Sms, Channel::Push]
    );
    assert!(due.iter().all(|(_, kind, _)| kind == "push_on"));
    assert!(due[2].2.contains(&endpoint("phone")), "where it hears is looked up when it leaves");
    world.end(Tried::TAKEN, Tried::TAKEN).await;

    world.wallet.turn_push_off(&world.ctx(), hanako.id, device).await.unwrap();

    let ways: Vec<Channel> = world.due().await.iter().map(|one| one.0).collect();
    assert_eq!(ways, [Channel::Mail, Channel::Sms]);
    assert!(world.wallet.turn_push_off(&world.ctx(), hanako.id, device).await.is_err());
    let by = hanako.id.to_string();
    assert_eq!(
        (world.audited("push.on").await, world.audited("push.off").await),
        (vec![by.clone()], vec![by])
    );
}

#[tokio::test]
async fn nobody_names_another_place_than_a_push_service_or_too_many() {
    let world = World::new().await;
    let hanako = opened(&world, "hanako").await;
    for elsewhere in ["https://evil.test/x", "https://10.0.0.1/x", "http://localhost:9/x"] {
        let refused = world.show_at(&hanako, "phone", elsewhere).await;
        assert!(matches!(refused, Err(WalletError::Profile("push"))), "{elsewhere}");
    }
    for number in 0..DEVICES_MAX {
        world.show_on(&hanako, &format!("phone{number}")).await.unwrap();
    }
    let more = world.show_on(&hanako, "one-more").await;
    assert!(matches!(more, Err(WalletError::TooMany)));
    world.show_on(&hanako, "phone0").await.expect("the same one again is no other");
    world.show_at(&hanako, "phone1", &endpoint("new-words")).await.unwrap();
    assert_eq!(world.shows_on(&hanako).await.len(), DEVICES_MAX);
}

#[tokio::test]
async fn a_browser_shows_one_customers_notices() {
    let world = World::new().await;
    let (hanako, taro) = (opened(&world, "hanako").await, opened(&world, "taro").await);
    world.show_on(&hanako, "shared").await.unwrap();

    world.show_on(&taro, "shared").await.unwrap();

    assert_eq!(world.shows_on(&hanako).await, Vec::<String>::new());
    let other = world.wallet.push_devices(taro.id).await.unwrap()[0].device_id;
    let stolen = world.wallet.turn_push_off(&world.ctx(), hanako.id, other).await;
    assert!(matches!(stolen, Err(WalletError::NotAvailable)));
    // What was on its way to her browser reaches nobody: it is not hers any more.
    let pushed = world.due().await.into_iter().filter(|one| one.0 == Channel::Push);
    assert_eq!(pushed.count(), 1, "his, and only his");
}

#[tokio::test]
async fn a_device_that_is_gone_ends_and_mail_goes_its_own_way() {
    let world = World::new().await;
    let hanako = opened(&world, "hanako").await;
    world.show_on(&hanako, "phone").await.unwrap();
    world.end(Tried::TAKEN, Tried::TAKEN).await;
    world.press_on(&hanako, "phone").await.unwrap();
    let refused = Tried { code: Some(413), ..GONE };
    world.end(refused, Tried { said: Said::NotNow, code: None }).await;
    assert_eq!(
        world.shows_on(&hanako).await,
        ["phone"],
        "that message was not taken, the next may be"
    );

    world.press_on(&hanako, "phone").await.unwrap();
    world.press_on(&hanako, "phone").await.unwrap();
    world.later(60);
    let hers = world.show_on(&hanako, "phone").await;
    hers.unwrap();
    world.end(GONE, Tried { said: Said::NotNow, code: None }).await;

    assert_eq!(world.shows_on(&hanako).await, Vec::<String>::new());
    assert_eq!(world.audited("push.off").await.last().unwrap(), "push_service");
    world.later(3_600);
    let ways: Vec<Channel> = world.due().await.iter().map(|one| one.0).collect();
    assert!(ways.contains(&Channel::Mail) && ways.contains(&Channel::Sms), "{ways:?}");
    assert!(!ways.contains(&Channel::Push), "{ways:?}");
}

#[tokio::test]
async fn that_a_screen_took_it_is_nobodys_hearing_of_it() {
    let world = World::new().await;
    let hanako = opened(&world, "hanako").await;
    world.show_on(&hanako, "phone").await.unwrap();
    world.end(Tried::TAKEN, Tried::TAKEN).await;
    world.press_on(&hanako, "phone").await.unwrap();

    world.end(Tried::TAKEN, Tried { said: Said::Refused, code: Some(550) }).await;

    let about = format!("unreached|{}", hanako.id);
    assert_eq!(world.wallet.book.list::<Case>("about", &about).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_push_that_waits_is_given_up_after_an_hour() {
    let world = World::new().await;
    let hanako = opened(&world, "hanako").await;
    world.show_on(&hanako, "phone").await.unwrap();
    let silent = Tried { said: Said::Unreachable, code: Some(503) };
    world.end(silent, Tried::TAKEN).await;
    world.later(3_600);
    world.end(silent, Tried::TAKEN).await;

    let given_up = world.wallet.book.list::<Message>("state", "given_up").await.unwrap();
    assert_eq!(given_up.len(), 1);
    assert_eq!(world.due().await, []);
}

#[tokio::test]
async fn whoever_fears_a_thief_keeps_one_screen() {
    let world = World::new().await;
    let hanako = opened(&world, "hanako").await;
    for name in ["phone", "stolen"] {
        world.show_on(&hanako, name).await.unwrap();
    }
    world.wallet.end_other_screens(&world.ctx(), hanako.id, "phone").await.unwrap();
    assert_eq!(world.shows_on(&hanako).await, ["phone"]);
    assert!(!world.due().await.iter().any(|one| one.2.contains(&endpoint("stolen"))));
}

/// In one unit with the freeze: whoever pressed and was cut off left no thief's screen alight.
#[tokio::test]
async fn whatever_stops_a_wallet_ends_its_screens_but_the_one_it_was_pressed_on() {
    let world = World::new().await;
    let hanako = world.open("hanako").await;
    let (_, code) = world.mail(&hanako).await;
    for name in ["phone", "stolen"] {
        world.show_on(&hanako, name).await.unwrap();
    }
    world.press_on(&hanako, "phone").await.unwrap();
    assert_eq!(world.shows_on(&hanako).await, ["phone"]);

    world.wallet.stop(&world.ctx(), &code).await.unwrap();

    assert_eq!(world.shows_on(&hanako).await, Vec::<String>::new());
    assert_eq!(world.audited("push.off").await.last().unwrap(), "stop_code");
    assert!(!world.due().await.iter().any(|one| one.0 == Channel::Push));
}
