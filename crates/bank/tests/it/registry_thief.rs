//! A rogue member of staff, or a rogue key server, at the registry of partners.

use kanuki_bank::partner::Partner;
use kanuki_desk::registry::{self, Logged, RegistryError, Step};
use kanuki_domain::{Yen, limits::DAY_SECS};
use kanuki_record::{AuditEntry, Unit};
use kanuki_wire::keys::{Jwks, Signer as _, SigningKey};

use crate::{
    registry::{Change, live, propose, reassessed, refused, sign, two},
    world::{CLIENT, World},
};

/// What makes this bank deaf or blind tightens nothing, however little it seems to allow.
#[tokio::test]
async fn an_event_key_or_a_collector_code_less_and_a_stronger_claim_take_two_people() {
    let mut world = World::new().await;
    let (mut aoki, mut baba) = two(&world).await;
    world.wait(DAY_SECS);
    let mut coded = reassessed(&world, live(&world).await);
    coded.profile.collector_codes.push("0099999999".to_owned());
    let number = propose(&world, &aoki, coded).await;
    sign(&world, &mut baba, number).await.unwrap();

    let dulling: &[Change] = &[
        |p| p.set_jwks.keys.clear(),
        |p| p.profile.collector_codes.clear(),
        |p| p.agreement.safeguards.contact_change_days = Some(60),
    ];
    for change in dulling {
        let mut duller = live(&world).await;
        change(&mut duller);
        duller.caps.per_day = Some(Yen::of(10_000));
        let number = propose(&world, &aoki, duller).await;
        let alone = refused(sign(&world, &mut aoki, number).await);
        assert!(matches!(alone, RegistryError::SamePerson), "{alone:?}");
        world.bank.decline_partner(&world.ctx(), aoki.id, CLIENT, number).await.unwrap();
    }
}

/// One of his own beside the partner's, under the partner's name for it.
#[tokio::test]
async fn a_second_key_of_the_same_name_is_seen_and_never_signed_alone() {
    let mut world = World::new().await;
    let (mut aoki, _) = two(&world).await;
    world.wait(DAY_SECS);
    let mut two_keys = live(&world).await;
    two_keys.jwks.keys.insert(0, SigningKey::generate().unwrap().public_jwk().clone());
    two_keys.caps.per_day = Some(Yen::of(10_000));
    let mut text = serde_json::to_value(&two_keys).unwrap();
    let kid = text["jwks"]["keys"][1]["kid"].clone();
    text["jwks"]["keys"][0]["kid"] = kid;
    assert!(serde_json::from_value::<Partner>(text).is_err(), "no such set can be read");

    let number = propose(&world, &aoki, two_keys).await;
    let alone = refused(sign(&world, &mut aoki, number).await);
    assert!(matches!(alone, RegistryError::SamePerson), "{alone:?}");
}

/// Whoever answers at the old place, perhaps a thief, does so late.
#[tokio::test]
async fn keys_that_come_from_where_they_were_are_not_taken_where_they_are_now() {
    let world = World::new().await;
    let there = |host: &str| Some(format!("https://{host}.example/jwks"));
    let mut known = live(&world).await;
    known.profile.jwks_uri = there("old");
    world.bank.import_partner(&world.ctx(), known.clone(), &[]).await.unwrap();
    let old = world.bank.keys_to_fetch(&world.ctx(), CLIENT, None).await.unwrap().unwrap();
    known.profile.jwks_uri = there("new");
    world.bank.import_partner(&world.ctx(), known.clone(), &[]).await.unwrap();
    let new = world.bank.keys_to_fetch(&world.ctx(), CLIENT, None).await.unwrap().unwrap();

    let thief = SigningKey::generate().unwrap();
    let set = |key: &SigningKey| serde_json::to_vec(&Jwks::of([key.public_jwk()])).unwrap();
    let ctx = world.ctx();
    world.bank.keep_partner_keys(&ctx, (CLIENT, &old), &set(&thief)).await.unwrap();
    assert_eq!(world.bank.keys_of(&known).await.unwrap(), known.jwks);
    let honest = SigningKey::generate().unwrap();
    world.bank.keep_partner_keys(&ctx, (CLIENT, &new), &set(&honest)).await.unwrap();
    let taken = world.bank.keys_of(&known).await.unwrap();
    assert_eq!(taken.keys[0].thumbprint(), honest.public_jwk().thumbprint());
}

/// A script that proposes and declines, so that a signature or a removal is forgotten.
#[tokio::test]
async fn a_file_that_staff_overruled_stays_overruled_after_a_thousand_declined_versions() {
    for step in [Step::Live, Step::Removed] {
        let mut world = World::new().await;
        let (aoki, mut baba) = two(&world).await;
        let mut file = live(&world).await;
        world.wait(DAY_SECS);
        let mut renamed = live(&world).await;
        renamed.name = "署名済み".to_owned();
        let number = propose(&world, &aoki, renamed).await;
        sign(&world, &mut baba, number).await.unwrap();
        let mut kept =
            registry::version::<Partner>(&world.bank.book, CLIENT, number).await.unwrap();
        let edit = kept.edit();
        edit.step = step;
        let mut declined = edit.clone();
        (declined.step, declined.signature) = (Step::Declined, None);
        if step == Step::Removed {
            // An imported version that two people removed was never signed.
            edit.signature = None;
        }
        let mut unit = Unit::new();
        unit.update(&kept);
        for n in 1..=1_100 {
            declined.number = number + n;
            unit.insert(&declined);
        }
        world.bank.book.commit(unit).await.unwrap();

        file.name = "忘れられたファイル".to_owned();
        world.bank.import_partner(&world.ctx(), file, &[]).await.unwrap();

        assert_eq!(live(&world).await.name, "署名済み", "{step:?}");
        assert!(registry::waiting::<Partner>(&world.bank.book, CLIENT).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn nobody_proposes_more_in_a_day_than_anybody_can_look_at() {
    let mut world = World::new().await;
    let (aoki, _) = two(&world).await;
    let propose = async |world: &World| {
        let mut renamed = live(world).await;
        renamed.name = "別の名前".to_owned();
        let ctx = world.ctx();
        let version = world.bank.propose_partner(&ctx, aoki.id, renamed, "試し").await?;
        world.bank.decline_partner(&ctx, aoki.id, CLIENT, version.number).await
    };
    for _ in 0..20 {
        propose(&world).await.unwrap();
    }
    assert!(matches!(refused(propose(&world).await), RegistryError::TooMany));
    world.wait(DAY_SECS);
    propose(&world).await.unwrap();
}

/// What the audit log says of partners.
async fn logged(world: &World) -> Logged {
    let mut logged = Logged::default();
    for sealed in world.bank.book.records().audit_log(0, 10_000).await.unwrap() {
        logged.take(&serde_json::from_str::<AuditEntry>(&sealed.body).unwrap());
    }
    logged
}

async fn faults(world: &World) -> Vec<String> {
    let log = logged(world).await;
    registry::faults::<Partner>(&world.bank.book, Some(&*world.bank.rp), Some(&log)).await.unwrap()
}

/// Somebody who can write the bank's records moves where events go.
#[tokio::test]
async fn what_was_changed_beside_the_registry_is_named() {
    let mut world = World::new().await;
    let (aoki, mut baba) = two(&world).await;
    world.wait(DAY_SECS);
    assert_eq!(faults(&world).await, Vec::<String>::new(), "an imported one");
    let mut renamed = live(&world).await;
    renamed.name = "署名済み".to_owned();
    let number = propose(&world, &aoki, renamed).await;
    sign(&world, &mut baba, number).await.unwrap();
    assert_eq!(faults(&world).await, Vec::<String>::new(), "a signed one");
    assert_eq!(world.bank.registry_faults().await.unwrap(), Vec::<String>::new());

    let evil = "https://evil.example/";
    let mut row = world.bank.book.load::<Partner>(CLIENT).await.unwrap();
    row.edit().events_url = evil.to_owned();
    let mut unit = Unit::new();
    unit.update(&row);
    world.bank.book.commit(unit).await.unwrap();
    let found = world.bank.registry_faults().await.unwrap();
    assert!(found.len() == 1 && found[0].contains("events_url"), "{found:?}");

    // The version too, so that both agree with each other.
    let mut version = registry::version::<Partner>(&world.bank.book, CLIENT, number).await.unwrap();
    version.edit().content.events_url = evil.to_owned();
    let mut unit = Unit::new();
    unit.update(&version);
    world.bank.book.commit(unit).await.unwrap();
    let found = world.bank.registry_faults().await.unwrap();
    assert!(found.len() == 1 && found[0].contains("not what was signed"), "{found:?}");

    // And the text that was signed; the signature is not over that one.
    let mut version = registry::version::<Partner>(&world.bank.book, CLIENT, number).await.unwrap();
    let (honest, signature) = ("http://localhost:8080", version.edit().signature.as_mut().unwrap());
    let events_url = live(&world).await.events_url;
    let text: serde_json::Value = serde_json::from_str(&signature.pre_image).unwrap();
    let before = text["content"]["events_url"].as_str().unwrap();
    assert!(before.starts_with(honest) && before != events_url);
    signature.pre_image = signature.pre_image.replace(before, evil);
    let mut unit = Unit::new();
    unit.update(&version);
    world.bank.book.commit(unit).await.unwrap();
    let found = world.bank.registry_faults().await.unwrap();
    assert!(found.len() == 1 && found[0].contains("signature"), "{found:?}");
    let log = logged(&world).await;
    let unproven = registry::faults::<Partner>(&world.bank.book, None, Some(&log)).await.unwrap();
    assert!(unproven.len() == 1 && unproven[0].contains("audit log"), "{unproven:?}");
}

#[tokio::test]
async fn a_partner_that_nobody_took_on_is_named() {
    let world = World::new().await;
    let own = Partner { client_id: "his-own".to_owned(), ..live(&world).await };
    let mut unit = Unit::new();
    unit.insert(&own);
    world.bank.book.commit(unit).await.unwrap();

    assert_eq!(world.bank.registry_faults().await.unwrap().len(), 1);
}
