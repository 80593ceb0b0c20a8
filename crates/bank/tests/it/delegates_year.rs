//! A delegation nears its end, and what a delegate did while the core was silent.

use kanuki_bank::{
    BankError, OnFile,
    delegate::{DelegateAct, Invited, Wish},
    desk::phone::{Believed, PhoneAct},
    mandate::Mandate,
};
use kanuki_domain::{
    Yen,
    id::StaffId,
    limits::{ACT_TOLD_LATE_SECS, DAY_SECS, DELEGATION_SECS},
};

use crate::world::{World, account};

const NUMBER: &str = "9000001";

impl World {
    async fn reminders_after(&mut self, secs: i64) -> usize {
        self.wait(secs);
        self.bank.remind_of_delegations(&self.ctx()).await.unwrap()
    }
}

#[tokio::test]
async fn a_holder_is_reminded_a_month_and_a_week_before_it_ends_and_signs_for_another_year() {
    let mut world = World::new().await;
    let (holder, _, id) = world.watched().await;
    assert_eq!(world.reminders_after(DELEGATION_SECS - 31 * DAY_SECS).await, 0);
    assert_eq!(world.reminders_after(DAY_SECS).await, 1);
    assert_eq!(world.reminders_after(DAY_SECS).await, 0, "once");
    assert_eq!(world.reminders_after(22 * DAY_SECS).await, 1);
    assert_eq!(world.told("delegate_ends").await, 4, "twice, to both contacts");

    let renewed = world.try_to_invite(holder, &Wish::Renew(id)).await.unwrap();
    assert!(matches!(renewed, Invited::Renewed(_)));
    assert_eq!(world.reminders_after(8 * DAY_SECS).await, 0, "a year is ahead");
    assert!(world.bank.delegation(&world.ctx(), id).await.is_ok());
    assert_eq!(world.reminders_after(DELEGATION_SECS - 38 * DAY_SECS).await, 1, "again");
}

#[tokio::test]
async fn staff_renew_for_a_caller_when_the_year_is_about_to_end_and_not_before() {
    let mut world = World::new().await;
    let (_, _, id) = world.watched().await;
    let (at, staff) = (account(NUMBER), StaffId::derive(&["aoki"]));
    let case =
        world.bank.open_for_caller(&world.ctx(), staff, &at, Believed::CalledBack).await.unwrap();
    let renew = PhoneAct::RenewDelegate(id);
    let early = world.bank.act_for_caller(&world.ctx(), staff, case, &renew).await;
    assert!(matches!(early, Err(BankError::NotAvailable)), "{early:?}");

    world.wait(DELEGATION_SECS - 10 * DAY_SECS);
    let swapped = OnFile { phone_since: Some(world.now), ..OnFile::default() };
    world.core.0.lock().unwrap().on_file.insert("c1".to_owned(), swapped);
    let thief = world.bank.act_for_caller(&world.ctx(), staff, case, &renew).await;
    assert!(matches!(thief, Err(BankError::Waits { .. })), "a new number: {thief:?}");
    world.core.0.lock().unwrap().on_file.clear();

    world.bank.act_for_caller(&world.ctx(), staff, case, &renew).await.unwrap();

    assert!(world.told("delegate_renewed").await > 0);
    world.wait(20 * DAY_SECS);
    assert!(world.bank.delegation(&world.ctx(), id).await.is_ok());
}

#[tokio::test]
async fn what_a_delegate_did_while_the_core_was_silent_is_told_when_it_answers() {
    let mut world = World::new().await;
    let (_, mandate_id, id) = world.watched().await;
    let terms = world.bank.book.load::<Mandate>(mandate_id).await.unwrap().terms.clone();
    let lower =
        DelegateAct::Lower(mandate_id, terms.periodic.iter().map(|_| Yen::of(1_000)).collect());
    world.core.0.lock().unwrap().is_gone = true;

    world.bank.act_as_delegate(&world.ctx(), id, &lower).await.unwrap();

    let now = world.bank.book.load::<Mandate>(mandate_id).await.unwrap().terms.clone();
    assert!(now.periodic.iter().all(|cap| cap.amount == Yen::of(1_000)));
    world.wait(ACT_TOLD_LATE_SECS);
    assert_eq!(world.bank.tell_late_acts(&world.ctx()).await.unwrap(), 0, "still silent");
    world.core.0.lock().unwrap().is_gone = false;
    assert_eq!(world.bank.tell_late_acts(&world.ctx()).await.unwrap(), 1);
    assert_eq!(world.told("delegate_acted").await, 2);
    assert_eq!(world.bank.tell_late_acts(&world.ctx()).await.unwrap(), 0, "once");
}

#[tokio::test]
async fn an_act_that_was_cut_short_is_told_as_begun_and_one_that_was_refused_is_not() {
    let mut world = World::new().await;
    let (_, mandate_id, id) = world.watched().await;
    let wrong = DelegateAct::Lower(mandate_id, Vec::new());
    let refused = world.bank.act_as_delegate(&world.ctx(), id, &wrong).await;
    assert!(matches!(refused, Err(BankError::Amounts)), "{refused:?}");
    world.core.0.lock().unwrap().is_gone = true;
    assert!(
        world.bank.act_as_delegate(&world.ctx(), id, &DelegateAct::Stop(mandate_id)).await.is_err()
    );
    world.core.0.lock().unwrap().is_gone = false;

    world.wait(ACT_TOLD_LATE_SECS);
    world.bank.tell_late_acts(&world.ctx()).await.unwrap();

    assert_eq!(world.told("delegate_began").await, 2);
    assert_eq!(world.told("delegate_acted").await, 0);
}
