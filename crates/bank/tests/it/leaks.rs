//! An account whose credentials leaked takes no new link until its holder, or two people, say so; a list
//! stops no money here, is told to linked wallets alone, and nobody can lock a crowd with one.

use std::fmt::Write as _;

use kanuki_bank::{
    BankError,
    debit::DebitState,
    lock::{LockState, LockedBy},
};
use kanuki_desk::{
    DeskError,
    case::Case,
    leak::{self, Hit, HitState, Loaded, Looked, Over, Part, Ports, Refused, Step, Taken},
    outbox::Message,
    staff::Staff,
};
use kanuki_domain::{
    id::{HolderId, StaffId},
    limits::DAY_SECS,
};
use kanuki_record::{Stored, Unit, vault::PersonKey};

use crate::{
    stopping::stop_code_of,
    waits::{daily, old_link, raise},
    world::World,
};

const DAY: i64 = DAY_SECS;

/// Made for these tests: the demo's holder, an account that nobody has, and another bank's.
fn list(name: &str, seen: &str) -> String {
    format!(
        "KANUKI-LEAK,1,{name},made for a test,2027-01-31
kind,value,seen,note
account,9901-001-9000001,{seen},fake site
account,9901-001-9111111,{seen},
account,9902-001-9000001,{seen},
mail,c1@example.jp,{seen},
"
    )
}

async fn two(world: &World) -> (StaffId, StaffId) {
    let staff = async |name: &str| {
        world.bank.invite_staff(&world.ctx(), name, name, world.now).await.unwrap();
        let found = world.bank.book.find_by::<Staff>("name", name).await.unwrap();
        found.unwrap().staff_id
    };
    (staff("aoki").await, staff("baba").await)
}

async fn load(world: &World, by: StaffId, file: &str) -> Result<Loaded, Refused> {
    let loaded = world.bank.load_leaks(&world.ctx(), by, file.as_bytes()).await;
    while world.bank.search_leaks(&world.ctx()).await.unwrap() > 0 {}
    loaded
}

async fn lists(world: &World) -> Vec<Loaded> {
    let all = leak::live(&world.bank.book).await.unwrap();
    all.into_iter().map(Stored::into_inner).collect()
}

async fn hit(world: &World) -> Hit {
    let about = world.account_id().to_string();
    leak::find(&world.bank.book, &about).await.unwrap().unwrap().into_inner()
}

async fn lock(world: &World, holder: HolderId) -> LockState {
    world.bank.lock_of(&world.ctx(), holder, world.account_id()).await.unwrap().state
}

#[tokio::test]
async fn a_listed_account_takes_no_link_until_its_holder_signs_and_has_waited() {
    let mut world = World::new().await;
    let (aoki, _) = two(&world).await;
    let holder = world.holder_with_passkey("9000001").await;

    let loaded = load(&world, aoki, &list("A", "2026-11-12")).await.unwrap();
    assert_eq!((loaded.entries, loaded.others), (2, 2), "another bank's account is not ours");
    let done = lists(&world).await.remove(0).round;
    assert_eq!((done.seen, done.held, done.unknown), (2, 1, 1));

    // Whoever asks reads what a lock of the holder's own would say.
    assert!(matches!(world.try_to_link().await, Err(BankError::Locked)));
    assert_eq!(world.notices("leaked").await, 1);
    load(&world, aoki, &list("B", "2026-11-12")).await.unwrap();
    assert_eq!(world.notices("leaked").await, 1, "told once, however many lists name it");

    let opens_at = world.open_lock(holder).await;
    assert!(matches!(hit(&world).await.state, HitState::Proving { until } if until == opens_at));
    assert!(matches!(world.try_to_link().await, Err(BankError::Locked)));
    world.wait(DAY + 1);
    world.try_to_link().await.unwrap();
    // At the counter it is over before the worker has written that down, and after.
    let number = "001-9000001";
    for _ in 0..2 {
        let found = world.bank.find_leaks(&world.ctx(), aoki, number).await.unwrap().unwrap();
        let over = HitState::Over { how: Over::Proven, at: opens_at };
        assert_eq!(found.into_iter().map(|hit| hit.state).collect::<Vec<_>>(), [over]);
        world.bank.let_go_leaks(&world.ctx()).await.unwrap();
    }
    assert!(matches!(hit(&world).await.state, HitState::Over { how: Over::Proven, .. }));

    // What was known when the holder opened it does not lock again; a later leak does.
    load(&world, aoki, &list("C", "2026-11-12")).await.unwrap();
    world.try_to_link().await.unwrap();
    load(&world, aoki, &list("D", "2027-01-31")).await.unwrap();
    assert!(matches!(world.try_to_link().await, Err(BankError::Locked)));
    assert_eq!(world.notices("leaked").await, 2);
}

#[tokio::test]
async fn a_lock_that_is_called_off_before_it_opened_stands_with_its_list() {
    let mut world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let holder = world.holder_with_passkey("9000001").await;
    load(&world, aoki, &list("A", "2026-11-12")).await.unwrap();
    world.open_lock(holder).await;

    let code = stop_code_of(&world, "lock_opening").await;
    world.bank.stop(&world.ctx(), &code).await.unwrap();

    assert_eq!(hit(&world).await.state, HitState::Standing);
    world.wait(2 * DAY);
    assert!(world.is_locked(holder).await);
    // What somebody for the holder locked does not open with the list.
    let about = world.account_id().to_string();
    leak::ask(&world.bank.book, &world.ctx(), aoki, (&about, "at the counter")).await.unwrap();
    world.bank.agree_leak(&world.ctx(), baba, &about).await.unwrap();
    assert!(world.is_locked(holder).await);
}

#[tokio::test]
async fn two_people_let_go_and_the_holder_is_told_with_a_code_that_locks_it_again() {
    let mut world = World::new().await;
    let (aoki, baba) = two(&world).await;
    world.holder_with_passkey("9000001").await;
    load(&world, aoki, &list("A", "2026-11-12")).await.unwrap();
    let about = world.account_id().to_string();
    let book = &world.bank.book;

    let nobody_asked = world.bank.agree_leak(&world.ctx(), baba, &about).await;
    assert!(matches!(nobody_asked, Err(BankError::Desk(DeskError::Decided))));
    leak::ask(book, &world.ctx(), aoki, (&about, "a new PIN, at the counter")).await.unwrap();
    let alone = world.bank.agree_leak(&world.ctx(), aoki, &about).await;
    assert!(matches!(alone, Err(BankError::Desk(DeskError::SamePerson))));
    world.bank.agree_leak(&world.ctx(), baba, &about).await.unwrap();

    assert!(matches!(hit(&world).await.state, HitState::Over { how: Over::LetGo { .. }, .. }));
    assert_eq!(world.notices("leak_over").await, 1);
    world.try_to_link().await.unwrap();
    let code = stop_code_of(&world, "leak_over").await;
    world.bank.stop(&world.ctx(), &code).await.unwrap();
    assert!(matches!(world.try_to_link().await, Err(BankError::Locked)));
}

#[tokio::test]
async fn a_listed_accounts_debits_are_signed_for_and_no_raise_comes_into_force() {
    let mut world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let link = old_link(&mut world).await;
    assert!(!world.is_to_be_signed(link.1, 1, 1_000).await);
    raise(&mut world, link).await;
    let before = daily(&world, link.1).await;

    load(&world, aoki, &list("A", "2026-11-12")).await.unwrap();
    assert!(world.is_to_be_signed(link.1, 2, 1_000).await);
    world.wait(9 * DAY);
    assert_eq!(daily(&world, link.1).await, before, "asked for before the list came, too");

    let about = world.account_id().to_string();
    leak::ask(&world.bank.book, &world.ctx(), aoki, (&about, "papers")).await.unwrap();
    world.bank.agree_leak(&world.ctx(), baba, &about).await.unwrap();
    world.wait(2 * DAY);
    assert!(daily(&world, link.1).await > before);
    let debit = world.debit(link.1, 3, 1_000).await;
    assert!(matches!(debit.state, DebitState::Booked { .. }), "{debit:?}");
}

#[tokio::test]
async fn a_list_that_was_withdrawn_lets_go_what_it_alone_locked() {
    let mut world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let holder = world.holder_with_passkey("9000001").await;
    let first = load(&world, aoki, &list("A", "2026-11-12")).await.unwrap().version;
    let second = load(&world, aoki, &list("B", "2026-11-12")).await.unwrap().version;
    let book = world.bank.book.clone();
    let withdraw = async |world: &World, version: &str| {
        leak::ask_withdraw(&book, &world.ctx(), aoki, (version, "forged")).await.unwrap();
        let alone = leak::withdraw(&book, &world.ctx(), aoki, version).await;
        assert!(matches!(alone, Err(DeskError::SamePerson)));
        leak::withdraw(&book, &world.ctx(), baba, version).await.unwrap();
        for _ in 0..4 {
            world.bank.let_go_leaks(&world.ctx()).await.unwrap();
        }
    };

    withdraw(&world, &first).await;
    assert!(matches!(lock(&world, holder).await, LockState::Locked { by: LockedBy::Leak, .. }));
    assert_eq!(world.notices("leak_over").await, 0, "the other list names it still");
    withdraw(&world, &second).await;
    assert_eq!(lock(&world, holder).await, LockState::Open);
    assert_eq!(world.notices("leak_over").await, 1);
    assert!(lists(&world).await.is_empty());

    // The file was wrong, and nobody looked at the account: the right one counts.
    load(&world, aoki, &list("C", "2026-11-12")).await.unwrap();
    assert!(matches!(lock(&world, holder).await, LockState::Locked { by: LockedBy::Leak, .. }));
    // A file that was withdrawn may be loaded again, and is one once.
    load(&world, aoki, &list("A", "2026-11-12")).await.unwrap();
    let twice = load(&world, aoki, &list("A", "2026-11-12")).await;
    assert!(matches!(twice, Err(Refused::Known)));
}

#[tokio::test]
async fn a_silent_core_is_asked_again_and_the_file_is_forgotten_once_it_was_looked_for() {
    let mut world = World::new().await;
    let (aoki, _) = two(&world).await;
    world.core.0.lock().unwrap().is_gone = true;
    let version = load(&world, aoki, &list("A", "2026-11-12")).await.unwrap().version;

    let parts = world.bank.book.list::<Part>("list", &version).await.unwrap();
    let rows: Vec<String> = parts.iter().map(|p| serde_json::to_string(&**p).unwrap()).collect();
    assert!(!rows.is_empty() && !rows.concat().contains("9000001"), "{rows:?}");
    let round = lists(&world).await.remove(0).round;
    assert!(round.done_at.is_none() && round.seen == 0, "{round:?}");

    world.core.0.lock().unwrap().is_gone = false;
    world.wait(5 * 60);
    while world.bank.search_leaks(&world.ctx()).await.unwrap() > 0 {}

    let round = lists(&world).await.remove(0).round;
    assert!(round.done_at.is_some() && round.held == 1 && round.seen == 2, "{round:?}");
    assert!(world.bank.book.list::<Part>("list", &version).await.unwrap().is_empty());
    let key = format!("leak|{version}");
    assert!(world.bank.book.find::<PersonKey>(key).await.unwrap().is_none());
    // One who has no passkey here is told as well, and the message names no list.
    let about = hit(&world).await;
    let told = world.bank.book.list::<Message>("person_id", &about.person_id).await.unwrap();
    assert_eq!(told.iter().filter(|message| message.kind == "leaked").count(), 2, "mail and SMS");
}

/// Works off whatever is due as if every entry were somebody's; says how many were locked.
async fn work(world: &World) -> u64 {
    let ports = Ports { book: &world.bank.book, vault: &world.bank.vault };
    let mut held: u64 = 0;
    while let Some(mut step) = Step::next(ports, &world.ctx()).await.unwrap() {
        while let Some((place, entry)) = step.entry() {
            let (mut unit, about) = (Unit::new(), serde_json::to_string(&entry.who).unwrap());
            let at = (ports.book, &world.ctx());
            let from = (step.version(), entry.seen);
            let taken = leak::take(at, &mut unit, (&about, "hol"), from).await.unwrap();
            ports.book.commit(unit).await.unwrap();
            let looked = match taken {
                Taken::Full => Looked::Full,
                Taken::Ended => Looked::Ended,
                Taken::Held | Taken::Known => Looked::Ours,
            };
            held += u64::from(matches!(taken, Taken::Held));
            if !step.passed(&world.ctx(), (place, looked)) {
                break;
            }
        }
        step.done(ports, &world.ctx()).await.unwrap();
    }
    held
}

#[tokio::test]
async fn nobody_locks_a_crowd_with_one_list_or_with_many() {
    let mut world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let crowd = |name: &str, from: u32, size: u32| {
        let mut text = format!("KANUKI-LEAK,1,{name},made,2026-11-20\nkind,value,seen,note\n");
        for n in from..from + size {
            writeln!(text, "account,9901-001-{n:07},2026-11-12,").unwrap();
        }
        text
    };
    let load = async |world: &World, by: StaffId, text: &str| {
        world.bank.load_leaks(&world.ctx(), by, text.as_bytes()).await.unwrap().version
    };
    load(&world, aoki, &crowd("few", 0, 15)).await;
    assert_eq!(work(&world).await, 15);

    let many = load(&world, aoki, &crowd("many", 100, 120)).await;
    assert_eq!(work(&world).await, 5, "twenty a day, in however many files");
    let ctx = world.ctx();
    let alone = leak::go_on(&world.bank.book, &ctx, aoki, &many).await;
    assert!(matches!(alone, Err(DeskError::SamePerson)));
    assert_eq!(work(&world).await, 0);
    leak::go_on(&world.bank.book, &ctx, baba, &many).await.unwrap();
    assert_eq!(work(&world).await, 115);
    let all = lists(&world).await;
    let done = all.iter().find(|list| list.version == many).unwrap();
    assert!(done.round.done_at.is_some() && done.round.held == 120, "{done:?}");

    world.wait(2 * DAY);
    load(&world, aoki, &crowd("later", 500, 30)).await;
    assert_eq!(work(&world).await, 20, "another day");
}

async fn search(world: &World) {
    while world.bank.search_leaks(&world.ctx()).await.unwrap() > 0 {}
}

#[tokio::test]
async fn accounts_that_the_core_cannot_answer_for_stop_no_entry_behind_them_and_no_other_list() {
    let mut world = World::new().await;
    let (aoki, _) = two(&world).await;
    world.core.0.lock().unwrap().silent_about = vec!["9000003", "9000004"];
    let text = "KANUKI-LEAK,1,silent,made,2026-11-20\nkind,value,seen,note\n\
                account,9901-001-9000003,2026-11-12,\naccount,9901-001-9000004,2026-11-12,\n\
                account,9901-001-9000001,2026-11-12,\n";
    let silent = load(&world, aoki, text).await.unwrap().version;
    let other = text.replace("silent", "other").replace("900000", "911111");
    let other = load(&world, aoki, &other).await.unwrap().version;
    let of = async |world: &World, version: &str| {
        let all = lists(world).await;
        all.into_iter().find(|list| list.version == version).unwrap().round
    };
    assert!(of(&world, &other).await.done_at.is_some(), "the later list is done at once");

    for _ in 0..3 {
        world.wait(60);
        search(&world).await;
    }
    let round = of(&world, &silent).await;
    assert!(round.held == 1 && round.failed.len() == 2 && round.done_at.is_none(), "{round:?}");
    // Tried again for as long as it takes, and no more often than every five minutes.
    for _ in 0..5 {
        world.wait(5 * 60);
        search(&world).await;
        assert!(of(&world, &silent).await.again_at > Some(world.now));
    }
    world.core.0.lock().unwrap().silent_about.clear();
    world.wait(5 * 60);
    search(&world).await;
    let round = of(&world, &silent).await;
    assert!(round.done_at.is_some() && round.seen == 3, "{round:?}");
}

#[tokio::test]
async fn a_step_under_way_locks_nothing_more_for_a_list_that_was_withdrawn_or_is_full() {
    let world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let file = list("A", "2026-11-12");
    let loaded = world.bank.load_leaks(&world.ctx(), aoki, file.as_bytes()).await.unwrap();
    let (book, ctx, version) = (&world.bank.book, world.ctx(), loaded.version.as_str());
    let take = async |about: &str, commits: bool| {
        let mut unit = Unit::new();
        let from = (version, "2026-11-12".parse().unwrap());
        let taken = leak::take((book, &ctx), &mut unit, (about, "hol"), from).await.unwrap();
        if commits {
            book.commit(unit).await.unwrap();
            return (taken, None);
        }
        (taken, Some(unit))
    };

    // Two nodes that hold at once: the second one's unit fails, and then it counts what the first did.
    let (_, late) = take("acc-other-node", false).await;
    for n in 0..20 {
        assert!(matches!(take(&format!("acc-{n}"), true).await.0, Taken::Held));
    }
    assert!(book.commit(late.unwrap()).await.is_err());
    assert!(matches!(take("acc-20", true).await.0, Taken::Full));
    assert_eq!(lists(&world).await[0].round.held, 20, "no step was noted, and all are counted");

    leak::ask_withdraw(book, &ctx, aoki, (version, "forged")).await.unwrap();
    leak::withdraw(book, &ctx, baba, version).await.unwrap();
    assert!(matches!(take("acc-21", true).await.0, Taken::Ended));
    assert!(leak::find(book, "acc-21").await.unwrap().is_none());
}

#[tokio::test]
async fn a_holder_who_cannot_be_told_keeps_no_withdrawn_list_and_staff_get_a_case() {
    let mut world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let holder = world.holder_with_passkey("9000001").await;
    let version = load(&world, aoki, &list("A", "2026-11-12")).await.unwrap().version;
    let book = world.bank.book.clone();
    leak::ask_withdraw(&book, &world.ctx(), aoki, (&version, "forged")).await.unwrap();
    leak::withdraw(&book, &world.ctx(), baba, &version).await.unwrap();

    world.core.0.lock().unwrap().is_gone = true;
    for pass in 0..3 {
        for _ in 0..3 {
            world.bank.let_go_leaks(&world.ctx()).await.unwrap();
        }
        let row = book.find::<Loaded>(version.as_str()).await.unwrap().unwrap();
        assert_eq!(row.round.let_go_at, None, "{pass}");
        world.wait(5 * 60);
    }
    world.bank.let_go_leaks(&world.ctx()).await.unwrap();
    world.bank.let_go_leaks(&world.ctx()).await.unwrap();
    world.core.0.lock().unwrap().is_gone = false;

    assert_eq!(lock(&world, holder).await, LockState::Open);
    assert_eq!(world.notices("leak_over").await, 0);
    let about = hit(&world).await.about;
    let cases = world.bank.book.every::<Case>("about", &about).await.unwrap();
    assert_eq!(cases.len(), 1);
}

#[tokio::test]
async fn a_list_that_comes_and_goes_leaves_an_opening_its_wait() {
    let mut world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let holder = world.holder_with_passkey("9000001").await;
    world.bank.lock_account(&world.ctx(), holder, world.account_id()).await.unwrap();
    let opens_at = world.open_lock(holder).await;
    load(&world, aoki, &list("A", "2026-11-12")).await.unwrap();
    let about = world.account_id().to_string();
    leak::ask(&world.bank.book, &world.ctx(), aoki, (&about, "papers")).await.unwrap();
    world.bank.agree_leak(&world.ctx(), baba, &about).await.unwrap();

    let state = lock(&world, holder).await;
    assert!(
        matches!(state, LockState::Opening { opens_at: at, .. } if at == opens_at),
        "{state:?}"
    );
    assert!(world.is_locked(holder).await);
    world.wait(DAY + 1);
    assert!(!world.is_locked(holder).await);
}

#[tokio::test]
async fn a_leak_that_was_seen_after_the_holder_signed_locks_again_and_is_told() {
    let mut world = World::new().await;
    let (aoki, _) = two(&world).await;
    let holder = world.holder_with_passkey("9000001").await;
    load(&world, aoki, &list("A", "2026-11-12")).await.unwrap();
    world.open_lock(holder).await;
    load(&world, aoki, &list("B", "2026-11-12")).await.unwrap();
    assert!(matches!(hit(&world).await.state, HitState::Proving { .. }), "known when they signed");

    load(&world, aoki, &list("C", "2027-01-31")).await.unwrap();
    assert_eq!(hit(&world).await.state, HitState::Standing);
    assert_eq!(world.notices("leaked").await, 2);
    world.wait(2 * DAY);
    assert!(world.is_locked(holder).await);
}

#[tokio::test]
async fn an_upload_that_was_cut_short_is_forgotten_and_lists_that_are_done_shut_out_no_other() {
    let mut world = World::new().await;
    let (aoki, _) = two(&world).await;
    for n in 0..33 {
        load(&world, aoki, &list(&format!("{n}"), "2026-11-12")).await.unwrap();
    }
    // As a crash between the last entry and "in force" leaves it.
    let version = lists(&world).await.remove(0).version;
    let mut row = world.bank.book.find::<Loaded>(version.as_str()).await.unwrap().unwrap();
    row.edit().standing = leak::Standing::Loading;
    row.edit().round = leak::Round::default();
    let mut unit = Unit::new();
    unit.update(&row);
    world.bank.book.commit(unit).await.unwrap();
    search(&world).await;
    assert!(world.bank.book.find::<Loaded>(version.as_str()).await.unwrap().is_some());
    world.wait(60 * 60);
    search(&world).await;
    assert!(world.bank.book.find::<Loaded>(version.as_str()).await.unwrap().is_none());
}
