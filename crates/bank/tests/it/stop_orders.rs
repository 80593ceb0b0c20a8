//! What is stopped at once while the core says nothing, and what a worker does when it is back.

use kanuki_bank::{
    BankError,
    contract::Kind,
    debit::DebitState,
    delegate::{DelegateAct, Delegation},
    desk::{
        Scope,
        phone::{Believed, PhoneAct},
    },
    event::Event,
    holder::alert::Wish,
    lock::{AccountLock, LockState},
    mandate::Mandate,
    stop::order::StopOrder,
};
use kanuki_desk::{
    case::{Case, CaseKind},
    notice,
    outbox::Message,
};
use kanuki_domain::{
    Yen,
    id::{AuthenticatorId, HolderId, MandateId, StaffId},
    mandate::later,
};
use kanuki_record::{Stored, Unit};

use crate::{
    contracts::{OTHER, TOME, all, list, take},
    stopping::{stop_code, stop_code_of},
    world::{CLIENT, World, account, facts},
};

/// A link, whose it is, and the passkey that signed it.
async fn linked() -> (World, MandateId, HolderId, AuthenticatorId) {
    let mut world = World::new().await;
    let mandate_id = world.linked().await;
    let holder_id = mandate(&world, mandate_id).await.holder_id;
    let passkey = world.bank.authenticators(holder_id).await.unwrap().remove(0);
    (world, mandate_id, holder_id, passkey.authenticator_id)
}

async fn mandate(world: &World, id: MandateId) -> Mandate {
    world.bank.book.load::<Mandate>(id).await.unwrap().into_inner()
}

async fn is_gate_closed(world: &World, id: MandateId) -> bool {
    let scope = Scope::Mandate(id.to_string());
    world.bank.is_gate_closed(&world.ctx(), &scope).await.unwrap()
}

fn silence(world: &World, is_gone: bool) {
    world.core.0.lock().unwrap().is_gone = is_gone;
}

/// How many messages of this kind wait to leave.
async fn sent(world: &World, kind: &str) -> usize {
    let due = world.bank.book.every::<Message>("state", "due").await.unwrap();
    due.iter().filter(|message| message.kind == kind).count()
}

/// The night's maintenance is when a thief comes.
#[tokio::test]
async fn everything_stops_while_the_core_says_nothing_and_a_worker_does_the_rest() {
    let (world, id, holder_id, _) = linked().await;
    silence(&world, true);

    let pressed = world.bank.stop_everything(&world.ctx(), holder_id).await;

    let Err(BankError::StoppedInPart(case_id)) = pressed else { panic!("{pressed:?}") };
    assert!(is_gate_closed(&world, id).await);
    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 0, "still silent");
    silence(&world, false);
    let after = world.debit(id, 1, 1_000).await;
    assert!(matches!(after.state, DebitState::Refused { .. }), "{:?}", after.state);

    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 1);

    assert!(!mandate(&world, id).await.state.is_active());
    let locked = world.bank.account_id(&account("9000001"));
    let lock = world.bank.lock_of(&world.ctx(), holder_id, locked).await.unwrap();
    assert!(lock.state.is_locked(world.now));
    assert!(sent(&world, "mandate_suspended").await > 0, "now there is somebody to tell");
    assert_eq!(world.bank.own_case(holder_id, case_id).await.unwrap(), Some(case_id));
    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 0, "nothing is left");
}

#[tokio::test]
async fn what_is_pressed_again_while_it_waits_is_done_and_told_once() {
    let (world, _, holder_id, passkey) = linked().await;
    silence(&world, true);
    for _ in 0..3 {
        let pressed = world.bank.lose_authenticator(&world.ctx(), holder_id, passkey).await;
        assert!(matches!(pressed, Err(BankError::StoppedInPart(_))), "{pressed:?}");
    }
    silence(&world, false);

    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 1);
    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 0);

    let contacts = 2;
    assert_eq!(sent(&world, "authenticator_lost").await, contacts);
}

#[tokio::test]
async fn a_lost_passkey_ends_and_its_links_stop_though_nobody_can_be_told_yet() {
    let (world, id, holder_id, passkey) = linked().await;
    silence(&world, true);

    let pressed = world.bank.lose_authenticator(&world.ctx(), holder_id, passkey).await;

    assert!(matches!(pressed, Err(BankError::StoppedInPart(_))), "{pressed:?}");
    assert!(world.bank.authenticators(holder_id).await.unwrap().is_empty());
    assert!(is_gate_closed(&world, id).await);
    silence(&world, false);
    world.bank.drive_stop_orders(&world.ctx()).await.unwrap();
    assert!(!mandate(&world, id).await.state.is_active());
}

/// A code is typed once, by somebody who then goes to the police with the number.
#[tokio::test]
async fn a_stop_code_is_taken_while_the_core_says_nothing_and_a_worker_does_the_rest() {
    let (world, id, ..) = linked().await;
    let code = stop_code(&world).await;
    silence(&world, true);

    let pressed = world.bank.stop(&world.ctx(), &code).await;

    let Err(BankError::StoppedInPart(case_id)) = pressed else { panic!("{pressed:?}") };
    assert!(is_gate_closed(&world, id).await);
    let case = world.bank.book.load::<Case>(case_id).await.unwrap();
    assert_eq!((case.about.as_str(), case.closed_at), (id.to_string().as_str(), None));
    let used = notice::find_by_code(&world.bank.book, &world.bank.vault, &code).await.unwrap();
    assert!(used.unwrap().stopped_at.is_some());
    let again = world.bank.stop(&world.ctx(), &code).await;
    assert!(matches!(again, Err(BankError::StoppedInPart(same)) if same == case_id), "{again:?}");
    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 0, "still silent");
    silence(&world, false);

    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 1);

    assert!(!mandate(&world, id).await.state.is_active());
    let events = world.bank.book.list::<Event>("state", &format!("due|{CLIENT}")).await.unwrap();
    let told = events.iter().filter(|event| event.case_id == Some(case_id)).count();
    assert_eq!(told, 1, "the wallet hears of it under the same number, once");
    assert_eq!(sent(&world, "mandate_suspended").await, 2, "each contact, once");
    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 0, "nothing is left");
    assert_eq!(world.bank.stop(&world.ctx(), &code).await.unwrap(), case_id);
}

/// As if the holder had opened every lock, and its wait were over.
async fn opened(world: &World, holder_id: HolderId) {
    let mut unit = Unit::new();
    let whose = holder_id.to_string();
    for mut lock in world.bank.book.list::<AccountLock>("holder_id", &whose).await.unwrap() {
        lock.edit().state = LockState::Open;
        unit.update(&lock);
    }
    world.bank.book.commit(unit).await.unwrap();
}

#[tokio::test]
async fn a_code_that_is_typed_again_while_its_stop_waits_stops_what_was_linked_meanwhile() {
    let (mut world, first, holder_id, _) = linked().await;
    let code = stop_code(&world).await;
    silence(&world, true);
    world.bank.stop(&world.ctx(), &code).await.unwrap_err();
    silence(&world, false);
    world.now = later(world.now, 60);
    let (request_uri, _) = world.push(facts()).await.unwrap();
    let locked = world.consent(&request_uri, "9000001").await;
    assert!(matches!(locked, Err(BankError::Locked)), "{locked:?}");
    opened(&world, holder_id).await;
    let (request_uri, verifier) = world.push(facts()).await.unwrap();
    let callback = world.consent(&request_uri, "9000001").await.unwrap();
    let tokens = world.exchange(&callback, &verifier).await.unwrap();
    let second = tokens.authorization_details[0].mandate_id;
    silence(&world, true);
    world.bank.stop(&world.ctx(), &code).await.unwrap_err();
    silence(&world, false);

    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 1);

    for id in [first, second] {
        assert!(!mandate(&world, id).await.state.is_active());
        assert!(is_gate_closed(&world, id).await);
    }
}

#[tokio::test]
async fn a_code_about_a_passkey_ends_whom_it_let_in_as_soon_as_the_core_is_back() {
    let mut world = World::new().await;
    let (holder_id, mandate_id, delegation) = world.watched().await;
    let code = stop_code_of(&world, "passkey_added").await;
    silence(&world, true);

    let pressed = world.bank.stop(&world.ctx(), &code).await;

    assert!(matches!(pressed, Err(BankError::StoppedInPart(_))), "{pressed:?}");
    assert!(world.bank.authenticators(holder_id).await.unwrap().is_empty());
    assert!(is_gate_closed(&world, mandate_id).await);
    silence(&world, false);
    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 1);
    assert!(!mandate(&world, mandate_id).await.state.is_active());
    let ended = world.bank.book.load::<Delegation>(delegation).await.unwrap();
    assert!(!ended.standing.is_open(world.now), "{:?}", ended.standing);
}

#[tokio::test]
async fn a_delegates_and_a_callers_stop_of_one_link_is_not_lost_while_the_core_is_silent() {
    for by_staff in [false, true] {
        let mut world = World::new().await;
        let (_, id, delegation) = world.watched().await;
        let (ctx, number) = (world.ctx(), account("9000001"));
        let case_id =
            world.bank.open_for_caller(&ctx, staff(), &number, Believed::CalledBack).await.unwrap();
        silence(&world, true);

        let pressed = if by_staff {
            world.bank.act_for_caller(&ctx, staff(), case_id, &PhoneAct::Stop(id)).await
        } else {
            let act = DelegateAct::Stop(id);
            world.bank.act_as_delegate(&ctx, delegation, &act).await.map(drop)
        };

        let Err(BankError::StoppedInPart(answered)) = pressed else { panic!("{pressed:?}") };
        assert_eq!(answered, case_id);
        assert!(is_gate_closed(&world, id).await);
        let case = world.bank.book.load::<Case>(case_id).await.unwrap();
        assert!(case.steps.iter().any(|step| step.text.ends_with(&format!("stop|{id}"))));
        silence(&world, false);
        assert_eq!(world.bank.drive_stop_orders(&ctx).await.unwrap(), 1);
        assert!(!mandate(&world, id).await.state.is_active());
    }
}

/// A worker that began before a press has perhaps gone past what it is about.
#[tokio::test]
async fn a_worker_ends_only_the_order_that_it_began_with() {
    let (world, id, ..) = linked().await;
    let code = stop_code(&world).await;
    silence(&world, true);
    let press = async || {
        let pressed = world.bank.stop(&world.ctx(), &code).await;
        assert!(matches!(pressed, Err(BankError::StoppedInPart(_))), "{pressed:?}");
    };
    press().await;
    let began_with = waiting_order(&world).await;
    press().await;
    let mut late = Unit::new();
    late.update(&began_with);
    assert!(world.bank.book.commit(late).await.is_err(), "each press is one that must be seen");

    silence(&world, false);
    world.bank.drive_stop_orders(&world.ctx()).await.unwrap();
    silence(&world, true);
    reopen(&world, id).await;
    press().await;
    let mut late = Unit::new();
    late.update(&began_with);
    assert!(world.bank.book.commit(late).await.is_err(), "an order that returns is no old one");
    silence(&world, false);
    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 1);
    assert!(!mandate(&world, id).await.state.is_active());
}

async fn waiting_order(world: &World) -> Stored<StopOrder> {
    world.bank.book.list::<StopOrder>("standing", "waits").await.unwrap().remove(0)
}

/// As two people release it.
async fn reopen(world: &World, id: MandateId) {
    let mut row = world.bank.book.load::<Mandate>(id).await.unwrap();
    let state = row.state.release().unwrap();
    row.edit().state = state;
    let mut unit = Unit::new();
    unit.update(&row);
    world.bank.book.commit(unit).await.unwrap();
}

/// What seemed sold turns out to be stolen.
#[tokio::test]
async fn a_passkey_that_was_removed_before_can_still_be_lost() {
    let (mut world, id, holder_id, passkey) = linked().await;
    world.bank.end_authenticator(&world.ctx(), holder_id, passkey).await.unwrap();
    assert!(mandate(&world, id).await.state.is_active(), "links go on");
    let ended = world.bank.ended_authenticators(holder_id).await.unwrap();
    assert_eq!(ended.len(), 1);
    world.new_device();
    let stranger = world.holder_with_passkey("9000002").await;
    let not_theirs = world.bank.lose_authenticator(&world.ctx(), stranger, passkey).await;
    assert!(matches!(not_theirs, Err(BankError::NotAvailable)), "{not_theirs:?}");

    world.bank.lose_authenticator(&world.ctx(), holder_id, passkey).await.unwrap();

    assert!(!mandate(&world, id).await.state.is_active());
    assert!(sent(&world, "authenticator_lost").await > 0);
}

fn staff() -> StaffId {
    StaffId::derive(&["aoki"])
}

/// Whoever talks staff into something must not do it unheard.
#[tokio::test]
async fn each_act_of_staff_for_a_caller_is_told() {
    let (world, id, ..) = linked().await;
    let (ctx, number) = (world.ctx(), account("9000001"));
    let case_id =
        world.bank.open_for_caller(&ctx, staff(), &number, Believed::CalledBack).await.unwrap();
    let caps = vec![Yen::of(5_000), Yen::of(50_000)];
    for (act, kind) in [
        (PhoneAct::Lock, "phone_locked"),
        (PhoneAct::Lower(id, caps), "phone_lowered"),
        (PhoneAct::RaiseAlerts(Wish { attempts: true, ..Wish::USUAL }), "phone_alerts"),
        (PhoneAct::StopAll, "phone_stopped_all"),
    ] {
        assert_eq!(sent(&world, kind).await, 0);
        world.bank.act_for_caller(&ctx, staff(), case_id, &act).await.unwrap();
        assert!(sent(&world, kind).await > 0, "{kind}");
    }
}

#[tokio::test]
async fn staff_stop_everything_for_a_caller_while_the_core_is_silent_and_the_case_says_so() {
    let (world, id, ..) = linked().await;
    let (ctx, number) = (world.ctx(), account("9000001"));
    let case_id =
        world.bank.open_for_caller(&ctx, staff(), &number, Believed::CalledBack).await.unwrap();
    silence(&world, true);

    let done = world.bank.act_for_caller(&ctx, staff(), case_id, &PhoneAct::StopAll).await;

    assert!(matches!(done, Err(BankError::StoppedInPart(_))), "{done:?}");
    assert!(is_gate_closed(&world, id).await);
    let case = world.bank.book.load::<Case>(case_id).await.unwrap();
    assert!(case.steps.iter().any(|step| step.text.contains("stop_all")));
    silence(&world, false);
    world.bank.drive_stop_orders(&ctx).await.unwrap();
    assert!(sent(&world, "phone_stopped_all").await > 0);
}

/// Whoever ends a link in the night's maintenance goes to bed; nobody has to press twice.
#[tokio::test]
async fn a_link_that_its_holder_ends_while_the_core_is_silent_is_ended_by_a_worker() {
    let (world, id, holder_id, _) = linked().await;
    silence(&world, true);

    let pressed = world.bank.revoke_mandate(&world.ctx(), holder_id, id).await;

    let Err(BankError::StoppedInPart(case_id)) = pressed else { panic!("{pressed:?}") };
    assert!(is_gate_closed(&world, id).await);
    assert_eq!(world.bank.own_case(holder_id, case_id).await.unwrap(), Some(case_id));
    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 0, "still silent");
    silence(&world, false);

    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 1);

    assert!(!mandate(&world, id).await.state.is_alive());
    assert!(sent(&world, "mandate_revoked").await > 0);
    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 0, "nothing is left");
}

/// What the core answers needs no case and no order: a holder may end what they like.
#[tokio::test]
async fn a_link_that_ends_while_the_core_answers_leaves_no_case() {
    let (world, id, holder_id, _) = linked().await;

    world.bank.revoke_mandate(&world.ctx(), holder_id, id).await.unwrap();

    assert!(world.bank.book.scan::<Case>("").await.unwrap().is_empty());
    assert!(world.bank.book.scan::<StopOrder>("").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lock_while_the_core_is_silent_is_closed_by_a_worker_and_on_no_strangers_account() {
    let (world, _, holder_id, _) = linked().await;
    let [own, strangers] =
        ["9000001", "9000002"].map(|number| world.bank.account_id(&account(number)));
    silence(&world, true);
    for account_id in [own, strangers] {
        let pressed = world.bank.lock_account(&world.ctx(), holder_id, account_id).await;
        assert!(matches!(pressed, Err(BankError::StoppedInPart(_))), "{pressed:?}");
    }
    silence(&world, false);

    world.bank.drive_stop_orders(&world.ctx()).await.unwrap();

    let lock = world.bank.lock_of(&world.ctx(), holder_id, own).await.unwrap();
    assert!(lock.state.is_locked(world.now));
    assert!(world.bank.book.find::<AccountLock>(strangers).await.unwrap().is_none());
    assert_eq!(world.bank.drive_stop_orders(&world.ctx()).await.unwrap(), 0, "nothing is left");
}

#[tokio::test]
async fn lock_and_lower_by_telephone_are_taken_while_the_core_is_silent_and_told_after() {
    let (world, id, holder_id, _) = linked().await;
    let (ctx, number) = (world.ctx(), account("9000001"));
    let case_id =
        world.bank.open_for_caller(&ctx, staff(), &number, Believed::CalledBack).await.unwrap();
    silence(&world, true);
    let caps = vec![Yen::of(5_000), Yen::of(50_000)];
    let more = Wish { attempts: true, ..Wish::USUAL };
    for act in [PhoneAct::Lock, PhoneAct::Lower(id, caps), PhoneAct::RaiseAlerts(more)] {
        let done = world.bank.act_for_caller(&ctx, staff(), case_id, &act).await;
        assert!(matches!(done, Err(BankError::StoppedInPart(same)) if same == case_id), "{done:?}");
    }
    let lowered = mandate(&world, id).await.terms.periodic[0].amount;
    assert_eq!(lowered, Yen::of(5_000), "lowering needs no core");
    silence(&world, false);

    assert_eq!(world.bank.drive_stop_orders(&ctx).await.unwrap(), 3);

    let locked = world.bank.account_id(&account("9000001"));
    let lock = world.bank.lock_of(&ctx, holder_id, locked).await.unwrap();
    assert!(lock.state.is_locked(world.now));
    assert_eq!(world.bank.alerts_of(holder_id).await.unwrap(), more);
    for kind in ["phone_locked", "phone_lowered", "phone_alerts"] {
        assert_eq!(sent(&world, kind).await, 2, "{kind} to each contact, once");
    }
}

/// Whoever has no browser has old contracts more than anybody.
#[tokio::test]
async fn staff_stop_an_older_contract_for_a_caller_also_while_the_core_is_silent_and_no_strangers()
{
    for is_silent in [false, true] {
        let world = World::new().await;
        take(&world, &list(Kind::WebKofuri, "2026-11-01", &[OTHER, TOME])).await.unwrap();
        let (ctx, number) = (world.ctx(), account("9000001"));
        let case_id =
            world.bank.open_for_caller(&ctx, staff(), &number, Believed::CalledBack).await.unwrap();
        let listed = all(&world).await;
        let (own, strangers) = (listed[0].contract_id, listed[1].contract_id);
        silence(&world, is_silent);
        for (contract_id, is_own) in [(own, true), (strangers, false)] {
            let act = PhoneAct::StopContract(contract_id);
            let done = world.bank.act_for_caller(&ctx, staff(), case_id, &act).await;
            match done {
                Ok(()) => assert!(is_own && !is_silent),
                Err(BankError::NotAvailable) => assert!(!is_own && !is_silent),
                Err(BankError::StoppedInPart(same)) => assert!(is_silent && same == case_id),
                Err(error) => panic!("{error:?}"),
            }
        }
        silence(&world, false);
        world.bank.drive_stop_orders(&ctx).await.unwrap();

        let open: Vec<bool> = all(&world).await.iter().map(|c| c.standing.is_open()).collect();
        assert_eq!(open, [false, true], "the caller's own, and nobody else's");
        assert!(sent(&world, "contract_stopped").await > 0);
    }
}

/// A line in a case is anybody's at the desk to write.
#[tokio::test]
async fn a_note_does_not_pass_for_a_call_that_was_taken() {
    let (world, _, holder_id, _) = linked().await;
    let ctx = world.ctx();
    let about = holder_id.to_string();
    let mut noted = Case::open(&ctx, CaseKind::NotMe, &about, Some(about.clone()));
    noted.note(ctx.now, staff(), "phone: called_back");
    let mut unit = Unit::new();
    unit.insert(&noted);
    world.bank.book.commit(unit).await.unwrap();

    let refused = world.bank.act_for_caller(&ctx, staff(), noted.case_id, &PhoneAct::Lock).await;

    assert!(matches!(refused, Err(BankError::NotAvailable)), "{refused:?}");
    let taken = world
        .bank
        .open_for_caller(&ctx, staff(), &account("9000001"), Believed::AtCounter)
        .await
        .unwrap();
    assert_eq!(taken, noted.case_id, "the open case takes the call");
    world.bank.act_for_caller(&ctx, staff(), taken, &PhoneAct::Lock).await.unwrap();
}
