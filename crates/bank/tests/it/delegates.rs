//! Somebody looks after a holder's accounts: who may look and stop, and what a thief gains who
//! becomes such a helper.

use jiff::Timestamp;
use kanuki_bank::{
    BankError, OnFile,
    debit::DebitState,
    delegate::{DelegateAct, Invited, Wish},
    desk::phone::{Believed, PhoneAct},
    lock::{LockState, LockedBy},
    mandate::Mandate,
    stop::Stoppable,
};
use kanuki_desk::{authenticator::Authenticator, case::Case, notice::Notice, outbox::Message};
use kanuki_domain::{
    Yen,
    id::{DelegationId, HolderId, MandateId, StaffId},
    limits::{COOLING, DAY_SECS, DELEGATE_ACTS_PER_DAY, DELEGATION_SECS, HOUR_SECS},
    mandate::{MandateState, StoppedBy},
    route::Route,
};
use kanuki_passkey::soft::SoftAuthenticator;
use kanuki_record::{Unit, vault::PersonKey};
use kanuki_wire::transaction::ContactKind;

use crate::{
    stopping::stop_code_of,
    world::{ORIGIN, World, account},
};

const NUMBER: &str = "9000001";

fn daughter(tells: bool) -> Wish {
    Wish::New { label: "長女".to_owned(), tells }
}

impl World {
    pub(crate) async fn try_to_invite(
        &mut self,
        holder: HolderId,
        wish: &Wish,
    ) -> Result<Invited, BankError> {
        let (_, options, state) = self.bank.start_inviting(&self.ctx(), holder, wish).await?;
        let response = self.device.get(&options, ORIGIN).unwrap();
        self.bank.finish_inviting(&self.ctx(), (holder, "browser"), (&response, &state)).await
    }

    async fn invite(&mut self, holder: HolderId, tells: bool) -> String {
        let invited = self.try_to_invite(holder, &daughter(tells)).await.unwrap();
        let Invited::New { code, .. } = invited else { panic!("{invited:?}") };
        code
    }

    /// Makes a passkey in another device with the code.
    async fn join(
        &self,
        code: &str,
        to: Option<(ContactKind, &str)>,
    ) -> Result<(DelegationId, SoftAuthenticator), BankError> {
        let (options, state) = self.bank.start_joining(&self.ctx(), code, to).await?;
        // Another device for each code.
        let seed: [u8; 32] = std::array::from_fn(|i| code.as_bytes()[i % code.len()] ^ 0x4d);
        let mut hers = SoftAuthenticator::from_seed(seed);
        let response = hers.create(&options, ORIGIN).unwrap();
        Ok((self.bank.finish_joining(&self.ctx(), &response, &state).await?, hers))
    }

    /// A holder with a link, and a delegate.
    pub(crate) async fn watched(&mut self) -> (HolderId, MandateId, DelegationId) {
        let mandate_id = self.linked().await;
        let holder = self.bank.book.load::<Mandate>(mandate_id).await.unwrap().holder_id;
        let code = self.invite(holder, false).await;
        (holder, mandate_id, self.join(&code, None).await.unwrap().0)
    }

    pub(crate) async fn told(&self, kind: &str) -> usize {
        let due = self.bank.book.list::<Message>("state", "due").await.unwrap();
        due.iter().filter(|message| message.kind == kind).count()
    }

    async fn state_of(&self, mandate: MandateId) -> MandateState {
        self.bank.book.load::<Mandate>(mandate).await.unwrap().state
    }
}

#[tokio::test]
async fn a_daughter_is_asked_makes_her_own_passkey_and_every_contact_hears_of_both() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey(NUMBER).await;
    let code = world.invite(holder, false).await;
    assert!(world.told("delegate_invited").await > 0);
    assert!(world.join("0000-0000-0000", None).await.is_err());

    let (id, mut hers) = world.join(&code.to_lowercase(), None).await.unwrap();
    assert!(world.told("delegate_joined").await > 0);
    assert!(world.join(&code, None).await.is_err(), "it works once");

    let (options, state) = world.bank.start_sign_in(&world.ctx()).unwrap();
    let response = hers.get(&options, ORIGIN).unwrap();
    let as_holder = world.bank.finish_sign_in(&world.ctx(), &response, &state).await;
    assert!(as_holder.is_err(), "her passkey is no holder's");
    let signed_in = world.bank.finish_delegate_sign_in(&world.ctx(), &response, &state).await;
    assert_eq!(signed_in.unwrap(), id);
    let (options, state) = world.bank.start_sign_in(&world.ctx()).unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();
    let as_delegate = world.bank.finish_delegate_sign_in(&world.ctx(), &response, &state).await;
    assert!(as_delegate.is_err(), "a holder's passkey is no delegate's");
    let own = world.bank.passkeys(holder).await.unwrap();
    assert_eq!(own.len(), 1, "nothing was added to what the holder signs with");
}

#[tokio::test]
async fn a_delegate_stops_for_the_time_being_and_the_holder_is_told_by_whom() {
    let mut world = World::new().await;
    let (holder, mandate_id, id) = world.watched().await;

    let stop = DelegateAct::Stop(mandate_id);
    let case = world.bank.act_as_delegate(&world.ctx(), id, &stop).await.unwrap().unwrap();
    let refused = world.debit(mandate_id, 1, 1_000).await;

    assert!(matches!(refused.state, DebitState::Refused { .. }), "{refused:?}");
    let state = world.state_of(mandate_id).await;
    assert!(matches!(state, MandateState::Suspended { by: StoppedBy::Delegate, .. }), "{state:?}");
    assert!(world.told("delegate_acted").await > 0);
    let kept = world.bank.own_case(holder, case).await.unwrap();
    assert_eq!(kept, Some(case), "people can release it under a number");
}

/// A helper who errs, or a thief who became one, must not end what its holder has just signed.
#[tokio::test]
async fn a_link_that_waits_to_be_confirmed_is_stopped_by_a_delegate_and_waits_on_when_released() {
    let mut world = World::new().await;
    let (holder, mandate_id) = world.linked_by_call().await;
    let before = world.state_of(mandate_id).await;
    assert!(matches!(before, MandateState::Unconfirmed { .. }), "{before:?}");
    let stopped = before.suspend(StoppedBy::Delegate, world.now);

    assert!(stopped.is_alive() && !stopped.is_active());
    assert!(
        stopped.confirm((world.now, world.now), &COOLING).is_err(),
        "nothing confirms what is stopped"
    );
    assert_eq!(stopped.release().unwrap(), before, "it still has to be confirmed");
    let MandateState::Unconfirmed { lapses_at } = before else { panic!("{before:?}") };
    assert!(matches!(stopped.aged(lapses_at), MandateState::Lapsed { .. }), "silence ends it");
    let by_holder = stopped.suspend(StoppedBy::Holder, world.now);
    assert!(!by_holder.is_alive(), "what its holder stops ends, as before");

    let mut row = world.bank.book.load::<Mandate>(mandate_id).await.unwrap();
    row.edit().state = stopped;
    let mut unit = Unit::new();
    unit.update(&row);
    world.bank.book.commit(unit).await.unwrap();
    world.wait(15 * DAY_SECS);
    world.bank.age_mandates(&world.ctx()).await.unwrap();
    assert!(matches!(world.state_of(mandate_id).await, MandateState::Lapsed { .. }));
    assert_eq!(world.bank.mandates_of(holder).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_delegate_locks_and_lowers_and_raises_nothing() {
    let mut world = World::new().await;
    let (holder, mandate_id, id) = world.watched().await;
    let act = async |act: DelegateAct| world.bank.act_as_delegate(&world.ctx(), id, &act).await;
    let account_id = world.bank.account_id(&account(NUMBER));

    act(DelegateAct::Lock(account_id)).await.unwrap();
    let lower = |yen| DelegateAct::Lower(mandate_id, vec![Yen::of(yen), Yen::of(yen)]);
    act(lower(5_000)).await.unwrap();
    let told = world.told("delegate_acted").await;
    let raised = act(lower(6_000)).await;

    assert!(matches!(raised, Err(BankError::Amounts)), "{raised:?}");
    assert_eq!(world.told("delegate_acted").await, told, "what did not happen is not told");
    let lock = world.bank.lock_of(&world.ctx(), holder, account_id).await.unwrap();
    assert!(matches!(lock.state, LockState::Locked { by: LockedBy::Delegate, .. }), "{lock:?}");
    let mandate = world.bank.book.load::<Mandate>(mandate_id).await.unwrap();
    assert_eq!(mandate.terms.periodic[0].amount, Yen::of(5_000));
}

#[tokio::test]
async fn another_persons_links_are_none_of_a_delegates_business() {
    let mut world = World::new().await;
    let (_, _, id) = world.watched().await;
    world.device = SoftAuthenticator::from_seed([5; 32]);
    let other = world.holder_with_passkey("9000002").await;
    let account_id = world.bank.account_id(&account("9000002"));

    let locked = world.bank.act_as_delegate(&world.ctx(), id, &DelegateAct::Lock(account_id)).await;

    assert!(matches!(locked, Err(BankError::NotAvailable)), "{locked:?}");
    let lock = world.bank.lock_of(&world.ctx(), other, account_id).await.unwrap();
    assert!(!lock.state.is_locked(world.now));
}

#[tokio::test]
async fn it_ends_at_once_by_the_holder_by_a_stop_code_and_by_itself_after_a_year() {
    let mut world = World::new().await;
    let (holder, mandate_id, id) = world.watched().await;
    let looks = async |world: &World, id| world.bank.delegation(&world.ctx(), id).await.is_ok();
    assert!(looks(&world, id).await);

    world.bank.end_delegation(&world.ctx(), holder, id).await.unwrap();
    assert!(!looks(&world, id).await);
    let act = DelegateAct::Stop(mandate_id);
    assert!(world.bank.act_as_delegate(&world.ctx(), id, &act).await.is_err());
    let keys = world.bank.book.list::<Authenticator>("owner_id", &id.to_string()).await.unwrap();
    assert!(keys.iter().all(|key| key.revoked_at.is_some()));
    world.wait(DAY_SECS);

    let code = world.invite(holder, false).await;
    let (second, _) = world.join(&code, None).await.unwrap();
    let stop_code = stop_code_of(&world, "delegate_joined").await;
    let found = world.bank.preview_stop(&world.ctx(), &stop_code).await.unwrap();
    assert!(matches!(found, Stoppable::Delegate { is_stopped: false }), "{found:?}");
    world.bank.stop(&world.ctx(), &stop_code).await.unwrap();
    assert!(!looks(&world, second).await);

    let code = world.invite(holder, false).await;
    let (third, _) = world.join(&code, None).await.unwrap();
    world.wait(DELEGATION_SECS - DAY_SECS);
    let renewed = world.try_to_invite(holder, &Wish::Renew(third)).await.unwrap();
    assert!(matches!(renewed, Invited::Renewed(_)), "{renewed:?}");
    world.wait(DELEGATION_SECS - DAY_SECS);
    assert!(looks(&world, third).await, "signed for another year");
    world.wait(DAY_SECS);
    assert!(!looks(&world, third).await);
}

/// vishing-enrol: whoever talked a code out of a holder must not stay as their helper.
#[tokio::test]
async fn a_passkey_that_came_by_a_code_invites_nobody_for_a_week() {
    let mut world = World::new().await;
    let holder = world.enrol_by(Route::Call).await;
    let early = world.try_to_invite(holder, &daughter(false)).await;
    assert!(matches!(early, Err(BankError::Waits { .. })), "{early:?}");
    assert_eq!(world.told("delegate_invited").await, 0);

    world.wait(8 * DAY_SECS);
    world.invite(holder, false).await;
}

#[tokio::test]
async fn ending_a_strange_passkey_ends_whoever_was_let_in_since() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey(NUMBER).await;
    let stop_code = stop_code_of(&world, "passkey_added").await;
    let code = world.invite(holder, false).await;
    let (id, _) = world.join(&code, None).await.unwrap();

    world.bank.stop(&world.ctx(), &stop_code).await.unwrap();

    assert!(world.bank.delegation(&world.ctx(), id).await.is_err());
}

#[tokio::test]
async fn there_is_room_for_three_and_an_old_invitation_takes_none() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey(NUMBER).await;
    for _ in 0..3 {
        world.invite(holder, false).await;
    }
    let fourth = world.try_to_invite(holder, &daughter(false)).await;
    assert!(matches!(fourth, Err(BankError::TooMany)), "{fourth:?}");
    world.wait(15 * DAY_SECS);
    let code = world.invite(holder, false).await;
    world.wait(15 * DAY_SECS);
    assert!(world.join(&code, None).await.is_err(), "its time is over");
}

#[tokio::test]
async fn a_delegate_who_stops_and_stops_is_limited_but_may_always_stop_everything() {
    let mut world = World::new().await;
    let (_, mandate_id, id) = world.watched().await;
    let act = async |world: &World, act: DelegateAct| {
        world.bank.act_as_delegate(&world.ctx(), id, &act).await.map(drop)
    };
    for _ in 0..DELEGATE_ACTS_PER_DAY {
        act(&world, DelegateAct::Stop(mandate_id)).await.unwrap();
    }
    let more = act(&world, DelegateAct::Stop(mandate_id)).await;
    assert!(matches!(more, Err(BankError::TooMany)), "{more:?}");
    act(&world, DelegateAct::StopAll).await.unwrap();
    world.wait(DAY_SECS + 1);
    act(&world, DelegateAct::Stop(mandate_id)).await.unwrap();
}

/// It is never refused, so it must not be worth a letter each time, nor a line that never ends.
#[tokio::test]
async fn stopping_everything_again_and_again_always_stops_and_is_told_once_an_hour() {
    let mut world = World::new().await;
    let (_, mandate_id, id) = world.watched().await;
    let press = async |world: &World| {
        world.bank.act_as_delegate(&world.ctx(), id, &DelegateAct::StopAll).await
    };
    let case_id = press(&world).await.unwrap().unwrap();
    let once = world.told("delegate_acted").await;
    for _ in 0..30 {
        assert_eq!(press(&world).await.unwrap(), Some(case_id));
    }
    assert_eq!(world.told("delegate_acted").await, once);
    assert!(!world.state_of(mandate_id).await.is_active());
    let case = world.bank.book.load::<Case>(case_id).await.unwrap();
    assert_eq!(case.steps.iter().filter(|step| step.text.contains("stop_all")).count(), 1);
    world.bank.act_as_delegate(&world.ctx(), id, &DelegateAct::Stop(mandate_id)).await.unwrap();

    world.wait(HOUR_SECS);
    press(&world).await.unwrap();
    assert_eq!(world.told("delegate_acted").await, 3 * once, "with the single one between");

    world.wait(HOUR_SECS);
    world.core.0.lock().unwrap().is_gone = true;
    for _ in 0..30 {
        assert!(matches!(press(&world).await, Err(BankError::StoppedInPart(_))));
    }
    world.core.0.lock().unwrap().is_gone = false;
    world.wait(HOUR_SECS);
    world.bank.drive_stop_orders(&world.ctx()).await.unwrap();
    assert_eq!(world.bank.tell_late_acts(&world.ctx()).await.unwrap(), 1, "all in one");
}

/// Both must wish it, and what is said tells no amount, no company and no stop code.
#[tokio::test]
async fn notices_are_announced_to_a_delegate_only_if_both_wish() {
    let mail = Some((ContactKind::Email, "hanako@example.jp"));
    for (tells, to, expected) in [(true, mail, true), (true, None, false), (false, mail, false)] {
        let mut world = World::new().await;
        let mandate_id = world.linked().await;
        let holder = world.bank.book.load::<Mandate>(mandate_id).await.unwrap().holder_id;
        let code = world.invite(holder, tells).await;
        world.join(&code, to).await.unwrap();

        world.debit(mandate_id, 1, 1_000).await;

        let due = world.bank.book.list::<Message>("state", "due").await.unwrap();
        let watched = due.iter().find(|message| message.kind == "watched");
        assert_eq!(watched.is_some(), expected, "{tells} {to:?}");
        if let Some(message) = watched {
            let key = world.bank.book.load::<PersonKey>(&message.person_id).await.unwrap();
            let (contact, content) = message.open(&world.bank.vault, &key).unwrap();
            assert_eq!(contact.to, "hanako@example.jp");
            let names: Vec<&str> = content.values.keys().map(String::as_str).collect();
            assert_eq!(names, ["bank", "topic"]);
        }
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_said_before_the_passkey_is_made() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey(NUMBER).await;
    let code = world.invite(holder, true).await;
    let wrong = world.join(&code, Some((ContactKind::Email, "nobody"))).await;
    assert!(matches!(wrong, Err(BankError::Amounts)));
}

/// For parents without a browser: by telephone, and the code goes where the bank always wrote to.
#[tokio::test]
async fn staff_invite_by_letter_for_a_holder_on_the_telephone_and_see_no_code() {
    let world = World::new().await;
    let (ctx, staff) = (world.ctx(), StaffId::derive(&["aoki"]));
    let at = account(NUMBER);
    let case = world.bank.open_for_caller(&ctx, staff, &at, Believed::CalledBack).await.unwrap();
    let invite = PhoneAct::InviteDelegate("長女".to_owned());
    world.bank.act_for_caller(&ctx, staff, case, &invite).await.unwrap();

    let due = world.bank.book.list::<Message>("state", "due").await.unwrap();
    let letter = due.iter().find(|message| message.kind == "delegate_letter").unwrap();
    let key = world.bank.book.load::<PersonKey>(&letter.person_id).await.unwrap();
    let (contact, content) = letter.open(&world.bank.vault, &key).unwrap();
    assert!(contact.to.contains("千代田"), "to the address on file");
    let (id, _) = world.join(&content.values["code"], None).await.unwrap();
    assert!(world.told("delegate_joined").await > 0);

    world.bank.act_for_caller(&ctx, staff, case, &PhoneAct::EndDelegates).await.unwrap();
    assert!(world.bank.delegation(&world.ctx(), id).await.is_err());
}

/// sim-swap: a number that was swapped in lately invites nobody, whoever answers it.
#[tokio::test]
async fn a_new_number_on_file_invites_nobody_by_telephone() {
    let world = World::new().await;
    let on_file = OnFile {
        phone_since: Some(world.now),
        email_since: Some(Timestamp::UNIX_EPOCH),
        address_since: Some(Timestamp::UNIX_EPOCH),
    };
    world.core.0.lock().unwrap().on_file.insert("c1".to_owned(), on_file);
    let (ctx, staff) = (world.ctx(), StaffId::derive(&["aoki"]));
    let at = account(NUMBER);
    let case = world.bank.open_for_caller(&ctx, staff, &at, Believed::CalledBack).await.unwrap();
    let invite = PhoneAct::InviteDelegate("長女".to_owned());
    let refused = world.bank.act_for_caller(&ctx, staff, case, &invite).await;
    assert!(matches!(refused, Err(BankError::Waits { .. })), "{refused:?}");
    assert_eq!(world.told("delegate_letter").await, 0);
}

#[tokio::test]
async fn every_notice_about_a_delegate_carries_a_code_that_ends_it() {
    let mut world = World::new().await;
    let (holder, mandate_id, id) = world.watched().await;
    world.bank.act_as_delegate(&world.ctx(), id, &DelegateAct::Stop(mandate_id)).await.unwrap();
    let all = world.bank.book.list::<Notice>("person_id", &holder.to_string()).await.unwrap();
    for kind in ["delegate_invited", "delegate_joined", "delegate_acted"] {
        let notice = all.iter().find(|notice| notice.kind == kind);
        assert_eq!(notice.map(|n| n.stops.clone()), Some(id.to_string()), "{kind}");
    }
}
