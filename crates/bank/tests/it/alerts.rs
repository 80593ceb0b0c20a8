//! What a holder is told of: hearing more is a press, hearing less is signed and told, and nothing
//! trickles away unseen.

use kanuki_bank::{BankError, holder::alert::Wish, mandate::Mandate};
use kanuki_desk::outbox::Message;
use kanuki_domain::{
    Yen,
    id::{HolderId, MandateId},
    limits::DAY_SECS,
    route::Route,
};

use crate::{
    stopping::stop_code_of,
    world::{ORIGIN, World},
};

const LESS: Wish = Wish { debits_from: Yen::of(3_000), attempts: false };

impl World {
    async fn lower_alerts(&mut self, holder: HolderId, wish: Wish) -> Result<(), BankError> {
        let started = self.bank.start_lowering_alerts(&self.ctx(), holder, wish).await?;
        let response = self.device.get(&started.0, ORIGIN).unwrap();
        let answer = (response.as_str(), &started.1);
        self.bank.finish_lowering_alerts(&self.ctx(), (holder, "browser"), answer).await
    }

    async fn heard(&self, kind: &str) -> usize {
        let due = self.bank.book.list::<Message>("state", "due").await.unwrap();
        due.iter().filter(|message| message.kind == kind).count()
    }

    async fn holder_of(&self, mandate: MandateId) -> HolderId {
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
        told.push(world.heard("debited").await);
    }
    // The first; then nothing until three of them are 3,000 yen.
    assert_eq!(told, [1, 1, 2, 2, 2].map(|times| times * contacts));
    world.debit(mandate, 6, 3_000).await;
    assert_eq!(world.heard("debited").await, 3 * contacts);
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

    let too_much = Wish { debits_from: Yen::of(10_001), attempts: true };
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
    assert_eq!(now, Wish { debits_from: Yen::ZERO, attempts: true });
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
