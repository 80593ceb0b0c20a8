//! What a customer's banks are told of changes at the wallet, in the unit of the change.

use std::collections::BTreeSet;

use kanuki_desk::{
    DeskError,
    outbox::Channel,
    signal::{
        gravity::Gravity,
        queue::{Heard, LATER_SECS_MAX, RETRY_SECS_MAX},
    },
};
use kanuki_domain::{
    id::{CustomerId, DebitId, StaffId, WalletId},
    limits::DAY_SECS,
};
use kanuki_passkey::soft::SoftAuthenticator;
use kanuki_record::Unit;
use kanuki_wallet::{Customer, WalletError};
use kanuki_wire::set::{self, CredentialChange, Event, PollRequest, SecurityEvent};

use crate::{
    refunds::robbed,
    world::{BANK_ISSUER, ORIGIN, Person, WALLET_ISSUER, World, bank_code},
};

/// What the bank was told until now.
async fn told(world: &World) -> Vec<SecurityEvent> {
    world.send_events().await;
    let tokens = world.bank.told.lock().unwrap().clone();
    let (keys, now) = (world.wallet.event_jwks(), world.ctx().now);
    let read = |token: &String| set::verify(token, WALLET_ISSUER, BANK_ISSUER, &keys, now).unwrap();
    tokens.iter().map(read).collect()
}

fn events(told: &[SecurityEvent]) -> Vec<Event> {
    told.iter().map(|one| one.event.clone()).collect()
}

fn credential(change_type: CredentialChange) -> Event {
    Event::CredentialChange { credential_type: "fido2-platform".to_owned(), change_type }
}

/// The customer adds a passkey of another device.
async fn add_passkey(world: &World, person: &mut Person, device: u8) {
    let (options, state) = world.wallet.start_proving(&world.ctx(), person.id).await.unwrap();
    let proof = person.phone.get(&options, ORIGIN).unwrap();
    let ctx = world.ctx();
    let adding = world.wallet.start_adding_passkey(&ctx, person.id, &proof, &state).await;
    let (options, adding) = adding.unwrap();
    let made = SoftAuthenticator::from_seed([device; 32]).create(&options, ORIGIN).unwrap();
    world.wallet.finish_adding_passkey(&world.ctx(), &adding, &made, "tablet").await.unwrap();
}

#[tokio::test]
async fn a_bank_hears_of_a_recovery_and_of_passkeys_of_its_own_people_only() {
    let world = World::new().await;
    let (mut hanako, link) = world.settled("hanako", 1).await;
    let mut taro = world.open("taro").await;
    add_passkey(&world, &mut taro, 77).await;
    let ctx = world.ctx();
    for mail in ["hanako@example.jp", "taro@example.jp", "nobody@example.jp"] {
        world.wallet.request_recovery(&ctx, mail).await.unwrap();
    }
    world.wallet.drive_recovery_asks(&ctx).await.unwrap();
    add_passkey(&world, &mut hanako, 78).await;
    let passkeys = world.wallet.passkeys(hanako.id).await.unwrap();
    let first = passkeys.iter().min_by_key(|one| one.created_at).unwrap().authenticator_id;
    let (options, state) = world.wallet.start_proving(&ctx, hanako.id).await.unwrap();
    let proof = hanako.phone.get(&options, ORIGIN).unwrap();
    world.wallet.revoke_passkey(&ctx, hanako.id, first, (&proof, &state)).await.unwrap();

    let told = told(&world).await;
    let expected = [
        Event::RecoveryActivated {},
        credential(CredentialChange::Create),
        credential(CredentialChange::Delete),
    ];
    // Events of one second are told in any order.
    let events = events(&told);
    assert!(expected.iter().all(|event| events.contains(event)), "{events:?}");
    assert_eq!(events.len(), expected.len(), "and nothing of whom it does not know");
    let subject = &world.wallet.link_of(hanako.id, link).await.unwrap().account_ref;
    assert!(told.iter().all(|one| one.subject == *subject));
    let causes: BTreeSet<_> = told.iter().map(|one| one.txn.clone().unwrap()).collect();
    assert_eq!(causes.len(), 3, "three causes");
}

/// A recovery that somebody asks for again and again is told to banks once a day, also where its owner
/// stops each.
#[tokio::test]
async fn a_stranger_cannot_make_a_wallet_shout() {
    let world = World::new().await;
    let (hanako, _) = world.settled("hanako", 1).await;
    for (day, words) in [1, 2].into_iter().enumerate() {
        for _ in 0..3 {
            for _ in 0..4 {
                world.wallet.request_recovery(&world.ctx(), "hanako@example.jp").await.unwrap();
            }
            assert_eq!(world.wallet.drive_recovery_asks(&world.ctx()).await.unwrap(), 4);
            let stopped = world.wallet.cancel_recoveries(&world.ctx(), hanako.id, "owner").await;
            assert_eq!(stopped.unwrap(), 4, "day {day}: each is there all the same");
        }
        assert_eq!(told(&world).await.len(), words, "day {day}");
        world.later(DAY_SECS);
    }
}

/// What a stranger can ask for stands before no alarm, whenever either was told.
#[tokio::test]
async fn an_alarm_goes_before_what_anybody_can_ask_for() {
    let world = World::new().await;
    let (hanako, _) = world.settled("hanako", 1).await;
    let ctx = world.ctx();
    world.wallet.request_recovery(&ctx, "hanako@example.jp").await.unwrap();
    world.wallet.drive_recovery_asks(&ctx).await.unwrap();
    let bank = world.wallet.partner(bank_code()).await.unwrap();
    let [recovery] = world.wallet.due_events(&ctx, &bank).await.unwrap().try_into().unwrap();
    world.later(1);
    world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();

    let due = world.wallet.due_events(&world.ctx(), &bank).await.unwrap();
    assert!(due.len() > 1 && due[0].gravity() == Gravity::Stop, "{due:?}");
    assert_eq!(due.last().unwrap().event_id, recovery.event_id);
    let asked = PollRequest { max_events: Some(1), ..PollRequest::default() };
    let fetched = world.wallet.fetch_events(&world.ctx(), &bank, &asked).await.unwrap();
    assert_eq!(fetched.sets.into_keys().next().unwrap(), due[0].event_id);

    // The bank has no room for more care: that one waits, and no alarm does.
    world.wallet.event_pushed(&world.ctx(), recovery, Heard::Later).await.unwrap();
    let left = world.wallet.due_events(&world.ctx(), &bank).await.unwrap();
    assert_eq!(left.len() + 1, due.len());
    world.later(LATER_SECS_MAX);
    assert_eq!(world.wallet.due_events(&world.ctx(), &bank).await.unwrap().len(), due.len());

    // Nobody there, or no room for it, says nothing of an alarm: it goes first still.
    for heard in [Heard::Silent, Heard::Later].repeat(10) {
        let all = world.wallet.due_events(&world.ctx(), &bank).await.unwrap();
        let alarm = all.into_iter().find(|event| event.event_id == due[0].event_id).unwrap();
        world.wallet.event_pushed(&world.ctx(), alarm, heard).await.unwrap();
        world.later(LATER_SECS_MAX);
    }
    let waited = world.wallet.due_events(&world.ctx(), &bank).await.unwrap();
    assert_eq!(waited.last().unwrap().event_id, due.last().unwrap().event_id, "the recovery");

    // One that its bank never takes stands before nothing for long.
    for _ in 0..10 {
        let all = world.wallet.due_events(&world.ctx(), &bank).await.unwrap();
        let alarm = all.into_iter().find(|event| event.event_id == due[0].event_id).unwrap();
        world.wallet.event_pushed(&world.ctx(), alarm, Heard::Refused).await.unwrap();
        world.later(RETRY_SECS_MAX);
    }
    let after = world.wallet.due_events(&world.ctx(), &bank).await.unwrap();
    assert_eq!(after.last().unwrap().event_id, due[0].event_id);
}

#[tokio::test]
async fn a_leaked_customer_is_told_to_their_banks_once() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    world.open("taro").await;
    let by = StaffId::derive(&["aoki"]);
    for (name, mail) in [("A", "hanako"), ("B", "hanako"), ("C", "taro")] {
        let file = format!(
            "KANUKI-LEAK,1,{name},made,2026-11-20\nkind,value,seen,note\nmail,{mail}@example.jp,2026-11-12,\n"
        );
        world.wallet.load_leaks(&world.ctx(), by, file.as_bytes()).await.unwrap();
        while world.wallet.search_leaks(&world.ctx()).await.unwrap() > 0 {}
    }

    let told = told(&world).await;
    let stolen = Event::CredentialCompromise { credential_type: "password".to_owned() };
    assert_eq!(events(&told), [stolen]);
    let subject = &world.wallet.link_of(hanako.id, link).await.unwrap().account_ref;
    assert_eq!(told[0].subject, *subject);
}

#[tokio::test]
async fn a_top_up_that_is_claimed_back_is_told_to_its_bank() {
    let (world, hanako, link, topup, case) = robbed().await;
    let before = told(&world).await.len();
    let by = StaffId::derive(&["aoki"]);
    world.wallet.open_claim(&world.ctx(), by, case, &[topup.to_string()]).await.unwrap();

    let told = told(&world).await.split_off(before);
    let link = world.wallet.link_of(hanako.id, link).await.unwrap();
    let debit_id = DebitId::derive(&["topup", &topup.to_string()]);
    let disputed = Event::DebitDisputed { mandate_id: link.mandate_id, debit_id };
    assert_eq!(events(&told), [disputed]);
    assert_eq!(told[0].txn, Some(case.to_string()));
}

/// A telephone number that was given to somebody else: one person writes it down, every contact and every
/// bank hears, and no way back in begins there; two people take it back.
#[tokio::test]
async fn a_contact_that_is_somebody_elses_is_told_to_banks_and_written_to_no_more() {
    let world = World::new().await;
    let (hanako, _) = world.settled("hanako", 1).await;
    let [aoki, baba] = ["aoki", "baba"].map(|name| StaffId::derive(&[name]));
    let (wallet, id) = (&world.wallet, hanako.id);
    let case_id = wallet.freeze(&world.ctx(), id).await.unwrap();
    let before = told(&world).await.len();
    let notices = async |kind: &str| {
        world.mail(&hanako).await.0.into_iter().filter(|one| one == kind).count()
    };
    let ask = async |contact: &str| {
        wallet.request_recovery(&world.ctx(), contact).await.unwrap();
        wallet.drive_recovery_asks(&world.ctx()).await.unwrap();
        wallet.waiting_recoveries(&world.ctx(), id).await.unwrap().len()
    };

    let (phone, mail) = ((case_id, Channel::Sms), (case_id, Channel::Mail));
    wallet.mark_contact_strange(&world.ctx(), aoki, phone, "called").await.unwrap();

    assert_eq!(events(&told(&world).await.split_off(before)), [Event::IdentifierRecycled {}]);
    assert_eq!(notices("contact_strange").await, 2, "it too, for the last time");
    let last = wallet.mark_contact_strange(&world.ctx(), aoki, mail, "called").await;
    assert!(matches!(last, Err(WalletError::NotAvailable)), "somebody must hear: {last:?}");
    assert_eq!(ask("090-1234-5678").await, 0);
    assert_eq!(ask("hanako@example.jp").await, 1);
    assert_eq!(notices("recovery_requested").await, 1, "by mail alone");

    let asked = wallet.ask_contact_theirs(&world.ctx(), aoki, phone, "came").await.unwrap();
    let alone = wallet.approve(&world.ctx(), aoki, asked).await;
    assert!(matches!(alone, Err(WalletError::Desk(DeskError::SamePerson))), "{alone:?}");
    wallet.approve(&world.ctx(), baba, asked).await.unwrap();
    assert_eq!(notices("contact_theirs").await, 2);
    assert_eq!(ask("090-1234-5678").await, 2);
}

/// Each mark holds debits at every bank of a customer's: one person at the desk makes twenty a day.
#[tokio::test]
async fn one_person_marks_twenty_contacts_a_day_and_a_colleague_goes_on() {
    let world = World::new().await;
    let (hanako, taro) = (world.open("hanako").await, world.open("taro").await);
    let [aoki, baba] = ["aoki", "baba"].map(|name| StaffId::derive(&[name]));
    let wallet = &world.wallet;
    let case_id = wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    wallet.mark_contact_strange(&world.ctx(), aoki, (case_id, Channel::Sms), "a").await.unwrap();
    let marked = serde_json::to_value(&*wallet.customer(hanako.id).await.unwrap()).unwrap();
    let mut unit = Unit::new();
    for number in 1..20 {
        let (name, mut other) = (number.to_string(), marked.clone());
        other["customer_id"] = CustomerId::derive(&[name.as_str()]).to_string().into();
        other["wallet_id"] = WalletId::derive(&[name.as_str()]).to_string().into();
        other["person_hash"] = serde_json::Value::Null;
        unit.insert(&serde_json::from_value::<Customer>(other).unwrap());
    }
    wallet.book.commit(unit).await.unwrap();
    let about = (wallet.freeze(&world.ctx(), taro.id).await.unwrap(), Channel::Sms);
    let ichiro = world.open("ichiro").await;
    let next = (wallet.freeze(&world.ctx(), ichiro.id).await.unwrap(), Channel::Sms);

    let more = wallet.mark_contact_strange(&world.ctx(), aoki, about, "b").await;

    assert!(matches!(more, Err(WalletError::TooMany)), "{more:?}");
    wallet.mark_contact_strange(&world.ctx(), baba, about, "b").await.unwrap();
    world.later(DAY_SECS);
    wallet.mark_contact_strange(&world.ctx(), aoki, next, "c").await.unwrap();
}
