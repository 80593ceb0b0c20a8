//! What a holder is told of: hearing more is a press, hearing less is signed and told, and nothing
//! trickles away unseen.

use kanuki_bank::{BankError, OnFile, holder::alert::Wish, mandate::Mandate};
use kanuki_desk::{notice::Notice, outbox::Message};
use kanuki_domain::{
    Yen,
    id::{HolderId, MandateId},
    limits::DAY_SECS,
    route::Route,
};
use kanuki_wire::transaction::ContactKind;

use crate::{
    stopping::stop_code_of,
    world::{ORIGIN, World},
};

pub(crate) const LESS: Wish = Wish { debits_from: Yen::of(3_000), ..Wish::USUAL };

impl World {
    pub(crate) async fn lower_alerts(
        &mut self,
        holder: HolderId,
        wish: Wish,
    ) -> Result<(), BankError> {
        let started = self.bank.start_lowering_alerts(&self.ctx(), holder, wish).await?;
        let response = self.device.get(&started.0, ORIGIN).unwrap();
        let answer = (response.as_str(), &started.1);
        self.bank.finish_lowering_alerts(&self.ctx(), (holder, "browser"), answer).await
    }

    pub(crate) async fn heard(&self, kind: &str) -> usize {
        let due = self.bank.book.list::<Message>("state", "due").await.unwrap();
        due.iter().filter(|message| message.kind == kind).count()
    }

    pub(crate) async fn holder_of(&self, mandate: MandateId) -> HolderId {
        self.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id
    }
}

#[tokio::test]
async fn small_debits_are_left_out_once_that_is_signed_but_never_the_first_nor_their_sum() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let holder = world.holder_of(mandate).await;
    world.lower_alerts(holder, LESS).await.unwrap();
    assert!(world.heard("alerts_lowered").await > 0, "every contact hears of the silence");
    let contacts = world.heard("alerts_lowered").await;

    let mut told = Vec::new();
    for number in 1..=5 {
        world.debit(mandate, number, 1_000).await;
        told.push((world.heard("debited").await, world.heard("debits_added_up").await));
    }
    // The first; then nothing until three that were not told are 3,000 yen.
    let times = [(1, 0), (1, 0), (1, 0), (1, 1), (1, 1)];
    assert_eq!(told, times.map(|(one, sum)| (one * contacts, sum * contacts)));
    world.debit(mandate, 6, 3_000).await;
    assert_eq!(world.heard("debited").await, 2 * contacts);
}

/// sleeper: less than what is told, every other day.
#[tokio::test]
async fn small_debits_add_up_however_slowly_they_come() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let holder = world.holder_of(mandate).await;
    world.lower_alerts(holder, LESS).await.unwrap();
    for number in 1..=3 {
        world.debit(mandate, number, 2_000).await;
        world.wait(2 * DAY_SECS);
    }
    assert!(world.heard("debits_added_up").await > 0, "2,000 yen twice are more than 3,000");
}

/// Which contact hears is a choice for amounts alone, and only while nobody touches the contacts.
#[tokio::test]
async fn one_contact_alone_hears_of_debits_where_the_holder_signed_for_it_and_every_one_of_the_rest()
 {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let holder = world.holder_of(mandate).await;
    let by_mail = Wish { debits_only_to: Some(ContactKind::Email), ..Wish::USUAL };
    let pressed = world.bank.raise_alerts(&world.ctx(), holder, by_mail).await;
    assert!(matches!(pressed, Err(BankError::Amounts)), "that is hearing less");
    world.lower_alerts(holder, by_mail).await.unwrap();
    assert_eq!(world.heard("alerts_lowered").await, 2, "told to both");

    world.debit(mandate, 1, 1_000).await;
    assert_eq!(world.heard("debited").await, 1);
    world.bank.revoke_mandate(&world.ctx(), holder, mandate).await.unwrap();
    assert_eq!(world.heard("mandate_revoked").await, 2, "an end is no amount");
}

/// contact-swap: whoever changed a contact is not the only one who hears.
#[tokio::test]
async fn while_a_contact_is_new_every_one_hears_of_debits_again() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let holder = world.holder_of(mandate).await;
    let by_phone = Wish { debits_only_to: Some(ContactKind::Phone), ..Wish::USUAL };
    world.lower_alerts(holder, by_phone).await.unwrap();
    let on_file = OnFile { phone_since: Some(world.now), ..OnFile::default() };
    world.core.0.lock().unwrap().on_file.insert("c1".to_owned(), on_file);

    world.debit(mandate, 1, 1_000).await;

    assert_eq!(world.heard("debited").await, 2);
}

/// aitm, vishing-enrol: heard of before anything is signed, with a code that ends what signed in.
#[tokio::test]
async fn a_request_to_link_is_told_before_it_is_signed() {
    let mut world = World::new().await;
    world.linked().await;
    assert_eq!(world.heard("link_asked").await, 2, "once, to both contacts");
    let notices = world.bank.book.scan::<Notice>("").await.unwrap();
    let at = |kind: &str| notices.iter().position(|notice| notice.kind == kind);
    assert!(at("link_asked").is_some() && at("mandate_signed").is_some());
}

#[tokio::test]
async fn hearing_less_is_never_a_mere_press() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000001").await;
    let bank = &world.bank;
    let pressed = bank.raise_alerts(&world.ctx(), holder, LESS).await;
    assert!(matches!(pressed, Err(BankError::Amounts)), "{pressed:?}");
    let more = Wish { attempts: true, ..Wish::USUAL };
    bank.raise_alerts(&world.ctx(), holder, more).await.unwrap();
    assert_eq!(bank.alerts_of(holder).await.unwrap(), more);
    let undone = bank.raise_alerts(&world.ctx(), holder, Wish::USUAL).await;
    assert!(matches!(undone, Err(BankError::Amounts)), "{undone:?}");

    let too_much = Wish { debits_from: Yen::of(10_001), ..more };
    let asked = bank.start_lowering_alerts(&world.ctx(), holder, too_much).await;
    assert!(matches!(asked, Err(BankError::Amounts)), "large debits are always told");
}

/// vishing-enrol: silence is the first thing that a thief wants.
#[tokio::test]
async fn a_passkey_that_came_by_a_code_silences_nothing_for_a_week() {
    let mut world = World::new().await;
    let holder = world.enrol_by(Route::Call).await;
    let early = world.lower_alerts(holder, LESS).await;
    assert!(matches!(early, Err(BankError::Waits { .. })), "{early:?}");
    assert_eq!(world.bank.alerts_of(holder).await.unwrap(), Wish::USUAL);
    world.wait(8 * DAY_SECS);
    world.lower_alerts(holder, LESS).await.unwrap();
}

#[tokio::test]
async fn the_code_of_the_notice_about_the_silence_ends_it() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000001").await;
    world.lower_alerts(holder, LESS).await.unwrap();
    let code = stop_code_of(&world, "alerts_lowered").await;

    world.bank.stop(&world.ctx(), &code).await.unwrap();

    let now = world.bank.alerts_of(holder).await.unwrap();
    assert_eq!(now, Wish { attempts: true, ..Wish::USUAL });
    assert!(world.bank.passkeys(holder).await.unwrap().is_empty(), "and what signed it");
}

#[tokio::test]
async fn refused_debits_are_told_once_a_day_to_whoever_wished_it() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let holder = world.holder_of(mandate).await;
    world.debit(mandate, 1, 9_000).await;
    world.debit(mandate, 2, 9_000).await;
    assert_eq!(world.heard("attempt_refused").await, 0, "nobody asked for it");

    let more = Wish { attempts: true, ..Wish::USUAL };
    world.bank.raise_alerts(&world.ctx(), holder, more).await.unwrap();
    world.debit(mandate, 3, 9_000).await;
    let once = world.heard("attempt_refused").await;
    world.debit(mandate, 4, 9_000).await;

    assert!(once > 0, "above what a fresh link may take");
    assert_eq!(world.heard("attempt_refused").await, once);
    world.wait(12 * 60 * 60);
    world.debit(mandate, 5, 9_000).await;
    assert_eq!(world.heard("attempt_refused").await, once);
}
