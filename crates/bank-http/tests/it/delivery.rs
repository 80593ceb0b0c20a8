//! Notices that cannot leave one way go another (FT-21).

use kanuki_desk::outbox::Message;
use kanuki_domain::delivery::Said;
use kanuki_site::courier::{Channel, CourierError};

use crate::{
    browser::{Browser, between},
    world::World,
};

const GONE: CourierError = CourierError::Refused { code: Some(550) };
const SILENT: CourierError = CourierError::Unreachable { code: None };
const HOUR: i64 = 3_600;

impl World {
    fn refuse(&self, refusals: &[(Channel, CourierError)]) {
        *self.letters.refusals.lock().unwrap() = refusals.to_vec();
    }

    fn arrived(&self, by: Channel) -> Vec<String> {
        let kept = self.letters.kept.lock().unwrap();
        kept.iter().filter(|l| l.channel == by).map(|l| l.body.clone()).collect()
    }

    async fn messages(&self, state: &str) -> Vec<Message> {
        let all = self.state.bank.book.list::<Message>("state", state).await.unwrap();
        all.into_iter().map(kanuki_record::Stored::into_inner).collect()
    }
}

#[tokio::test]
async fn a_notice_that_neither_mailbox_nor_telephone_takes_comes_by_letter() {
    let world = World::new().await;
    Browser::new(1).enter_portal(&world, "9000001").await;
    world.refuse(&[(Channel::Mail, GONE), (Channel::Sms, GONE)]);

    world.tick().await;
    world.tick().await;

    let letters = world.arrived(Channel::Post);
    assert_eq!(letters.len(), 2, "a code handed out, a passkey made: {letters:?}");
    assert!(letters.iter().all(|body| body.contains("停止コード")), "{letters:?}");
    let given_up = world.messages("given_up").await;
    assert_eq!(given_up.len(), 4);
    let said = |m: &Message| m.tries.iter().map(|t| (t.tried.said, t.tried.code)).collect();
    let tries: Vec<Vec<_>> = given_up.iter().map(said).collect();
    assert!(tries.iter().all(|tries| *tries == [(Said::Refused, Some(550))]), "{tries:?}");
    assert_eq!(world.messages("due").await.len(), 0);
}

#[tokio::test]
async fn who_was_told_by_telephone_gets_no_letter_for_a_mailbox_that_is_gone() {
    let world = World::new().await;
    Browser::new(1).enter_portal(&world, "9000001").await;
    world.refuse(&[(Channel::Mail, GONE)]);

    for _ in 0..3 {
        world.tick().await;
        world.wait(HOUR);
    }

    assert_eq!(world.arrived(Channel::Sms).len(), 2);
    assert_eq!(world.arrived(Channel::Post), Vec::<String>::new());
}

#[tokio::test]
async fn a_silent_server_costs_one_wait_a_pass_and_after_an_hour_the_notice_goes_another_way() {
    let world = World::new().await;
    Browser::new(1).enter_portal(&world, "9000001").await;
    world.refuse(&[(Channel::Mail, SILENT), (Channel::Sms, SILENT)]);

    world.tick().await;
    let asked = world.letters.asked.lock().unwrap().clone();
    world.wait(HOUR - 1);
    world.tick().await;
    let early = world.arrived(Channel::Post).len();
    world.wait(1_000);
    world.tick().await;
    world.tick().await;

    assert_eq!(asked.len(), 2, "each way once, of two messages on each: {asked:?}");
    assert_eq!((early, world.arrived(Channel::Post).len()), (0, 2));
    assert_eq!(world.messages("due").await.len(), 4, "mail and SMS are still tried");
    world.refuse(&[]);
    world.wait(1_000);
    assert_eq!(world.tick().await.messages, 4, "and leave when somebody answers");
    assert_eq!(world.messages("due").await.len(), 0);
}

#[tokio::test]
async fn what_is_refused_for_now_is_tried_again_for_three_days_and_no_longer() {
    let world = World::new().await;
    Browser::new(1).enter_portal(&world, "9000001").await;
    let busy = CourierError::NotNow { code: 451 };
    world.refuse(&[(Channel::Mail, busy)]);
    world.tick().await;
    world.wait(3 * 86_400 - 1);
    world.tick().await;
    assert_eq!(world.messages("due").await.len(), 2, "mail, twice");

    world.wait(1_000);
    world.tick().await;

    assert_eq!(world.messages("due").await.len(), 0);
    assert_eq!(world.messages("given_up").await.len(), 2);
}

#[tokio::test]
async fn where_no_way_is_left_one_case_says_that_somebody_has_to_call() {
    let world = World::new().await;
    Browser::new(1).enter_portal(&world, "9000001").await;
    world.refuse(&[(Channel::Mail, GONE), (Channel::Sms, GONE), (Channel::Post, GONE)]);

    for _ in 0..3 {
        world.tick().await;
        world.wait(60);
    }

    let mut staff = Browser::new(11);
    staff.enter_desk(&world, "STAFFAOKI").await;
    let cases = staff.get(&world, "/desk").await;
    assert_eq!(cases.body.matches("お知らせがどこにも届かない").count(), 1, "{}", cases.body);
    let case_id = between(&cases.body, "/desk/cases/", "\"").unwrap();
    let case = staff.get(&world, &format!("/desk/cases/{case_id}")).await;
    assert_eq!(case.body.matches("どの連絡先にも届きませんでした").count(), 2, "{}", case.body);
    assert!(!case.body.contains("example.jp"), "no contact on a case: {}", case.body);
}

/// The core's nightly maintenance must not swallow a notice.
#[tokio::test]
async fn while_the_core_does_not_say_where_else_the_notice_waits() {
    let world = World::new().await;
    Browser::new(1).enter_portal(&world, "9000001").await;
    world.refuse(&[(Channel::Mail, GONE), (Channel::Sms, GONE)]);
    *world.core.is_gone.lock().unwrap() = true;
    world.tick().await;
    let waiting = world.messages("due").await.len();
    *world.core.is_gone.lock().unwrap() = false;

    world.wait(60);
    world.tick().await;
    world.tick().await;

    assert_eq!(waiting, 4, "nothing is given up while no other way is known");
    assert_eq!(world.arrived(Channel::Post).len(), 2);
}
