//! Notices that cannot leave one way go another (FT-21).

use kanuki_desk::{
    case::{Case, CaseKind},
    outbox::Message,
};
use kanuki_domain::delivery::{Said, Tried};
use kanuki_record::{RecordError, Unit};
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
    let busy = CourierError::NotNow { code: Some(451) };
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

/// Whoever put their own telephone on file, and filled the mailbox, hears alone.
#[tokio::test]
async fn a_telephone_that_is_new_on_file_is_not_enough_where_the_mailbox_is_gone() {
    let world = World::new().await;
    Browser::new(1).enter_portal(&world, "9000001").await;
    *world.core.phones_are_new.lock().unwrap() = true;
    world.refuse(&[(Channel::Mail, GONE)]);

    world.tick().await;
    world.tick().await;

    assert_eq!(world.arrived(Channel::Sms).len(), 2, "told there all the same");
    assert_eq!(world.arrived(Channel::Post).len(), 2, "and by letter");
}

#[tokio::test]
async fn a_telephone_that_came_on_file_after_the_mail_does_not_end_the_search() {
    let world = World::new().await;
    *world.core.has_no_phones.lock().unwrap() = true;
    Browser::new(1).enter_portal(&world, "9000001").await;
    *world.core.has_no_phones.lock().unwrap() = false;
    *world.core.phones_are_new.lock().unwrap() = true;
    world.refuse(&[(Channel::Mail, GONE)]);

    world.tick().await;
    world.tick().await;

    let texts = world.arrived(Channel::Sms).len();
    assert!(texts > 0, "it is told too");
    assert_eq!(world.arrived(Channel::Post).len(), texts, "and a letter goes beside it");
}

#[tokio::test]
async fn a_core_that_is_silent_holds_no_mail_up() {
    let world = World::new().await;
    Browser::new(1).enter_portal(&world, "9000001").await;
    *world.core.is_gone.lock().unwrap() = true;

    world.tick().await;

    assert_eq!(world.messages("due").await.len(), 0, "all left, without a name on the envelope");
}

#[tokio::test]
async fn whom_the_core_does_not_know_any_more_becomes_a_case_and_no_mail_that_never_ends() {
    let world = World::new().await;
    Browser::new(1).enter_portal(&world, "9000001").await;
    world.refuse(&[(Channel::Mail, GONE), (Channel::Sms, GONE)]);
    *world.core.knows_nobody.lock().unwrap() = true;

    world.tick().await;

    assert_eq!(world.messages("due").await.len(), 0);
    let cases = world.state.bank.book.scan::<Case>("").await.unwrap();
    let unreached = cases.iter().filter(|case| case.kind == CaseKind::Unreached).count();
    assert_eq!(unreached, 1);
}

#[tokio::test]
async fn what_was_taken_to_be_handed_over_is_not_taken_again_at_once() {
    let world = World::new().await;
    Browser::new(1).enter_portal(&world, "9000001").await;
    let taken = world.messages("due").await.remove(0).message_id;
    let moment = world.state.site.world.moment("");

    let first = world.state.bank.take_message(&moment.ctx(), (taken, None)).await.unwrap();
    let second = world.state.bank.take_message(&moment.ctx(), (taken, None)).await.unwrap();

    assert_eq!((first, second), (true, false));
    assert_eq!(world.tick().await.messages, 3, "the node that took it may have sent it");
    world.wait(600);
    assert_eq!(world.tick().await.messages, 1, "or have fallen over");
}

/// On two nodes the last two ways of one notice may fail at the same moment.
#[tokio::test]
async fn of_two_that_fail_at_once_one_must_look_again() {
    let world = World::new().await;
    Browser::new(1).enter_portal(&world, "9000001").await;
    let bank = &world.state.bank;
    let due = world.messages("due").await;
    let second = due.iter().find(|m| m.group.is_some_and(|group| group != m.message_id)).unwrap();
    let mut first = bank.book.load::<Message>(second.group.unwrap()).await.unwrap();
    let moment = world.state.site.world.moment("");
    let gone = Tried { said: Said::Refused, code: Some(550) };

    bank.note_message(&moment.ctx(), second.message_id, gone).await.unwrap();

    first.edit().give_up(moment.ctx().now);
    let mut late = Unit::new();
    late.update(&first);
    let late = bank.book.commit(late).await;
    assert!(matches!(late, Err(RecordError::Conflict { .. })), "{late:?}");
}

/// Whoever reads English pages is written to in English first; text messages follow after a month.
#[tokio::test]
async fn a_holder_of_english_pages_is_written_to_in_english_first() {
    let world = World::new().await;
    Browser::new(1).enter_portal(&world, "9000001").await;
    let holder = world.messages("due").await.remove(0).person_id.parse().unwrap();
    let moment = world.state.site.world.moment("");
    world.state.bank.meet_language(&moment.ctx(), holder, "en").await.unwrap();

    world.tick().await;

    let places = |body: &str| (body.find("Stop code"), body.find("停止コード"));
    let (texts, mails) = (world.arrived(Channel::Sms), world.arrived(Channel::Mail));
    assert!(!texts.is_empty() && !mails.is_empty());
    for body in mails {
        let (english, japanese) = places(&body);
        assert!(english.is_some() && english < japanese, "{body}");
    }
    for body in texts {
        let (english, japanese) = places(&body);
        assert!(english.is_none() && japanese.is_some(), "both would be cut: {body}");
    }
}
