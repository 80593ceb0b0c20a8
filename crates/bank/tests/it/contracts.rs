//! Contracts made elsewhere: lists in, shown to their holder, ¥0, stopped, replaced.

use std::{
    collections::BTreeSet,
    io::BufRead,
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
};

use jiff::civil::date;
use kanuki_bank::{
    BankError,
    contract::{
        Contract, Kind, Standing, StopOrder,
        check::{Source, Wanted},
        import::{Import, ImportError, ImportState, Report},
    },
    debit::DebitState,
};
use kanuki_desk::case::{Case, CaseKind};
use kanuki_domain::{Ctx, id::StaffId, mandate::StoppedBy, route::SecondChannel};

use crate::{
    core_system::Fault,
    routes::choose,
    world::{CLIENT, Counter, ORIGIN, World, account, facts},
};

const HEADINGS: &str = "contract_no,collector_code,collector_name,branch,account_type,account_number,started_on,status,ended_on\n";
/// The wallet's own code in the registry is 0000012345.
pub(crate) const OURS: &str =
    "W-1,0000012345,カンヌキウオレツト,001,1,9000001,2019-10-02,active,\n";
pub(crate) const OTHER: &str = "W-2,0000099999,ベツノウオレツト,001,1,9000001,,active,\n";
pub(crate) const TOME: &str = "W-3,0000099999,ベツノウオレツト,001,1,9000002,,active,\n";

pub(crate) fn list(kind: Kind, as_of: &str, rows: &[&str]) -> String {
    let (name, count) = (kind.name(), rows.len());
    format!("KANUKI-REGISTER,1,{name},9901,{as_of},{count}\n{HEADINGS}{}", rows.concat())
}

pub(crate) fn wanted(kind: Kind) -> Wanted {
    Wanted { kind, as_of: None, new_branches: BTreeSet::new() }
}

static DRAWS: AtomicU64 = AtomicU64::new(1_000_000);

pub(crate) async fn take(world: &World, text: &str) -> Result<Import, ImportError> {
    // Draws of its own: those of the world must stay apart from a consent's.
    let entropy = Counter::starting_at(DRAWS.fetch_add(1_000_000, Ordering::SeqCst));
    let ctx = Ctx { now: world.now, entropy: &entropy, address_block: "", address: "" };
    let file = text.as_bytes();
    world.bank.import_register(&ctx, "operator", &file, &wanted(Kind::WebKofuri)).await
}

pub(crate) async fn all(world: &World) -> Vec<Contract> {
    let all = world.bank.book.scan::<Contract>("").await.unwrap();
    let mut all: Vec<Contract> = all.into_iter().map(kanuki_record::Stored::into_inner).collect();
    all.sort_by(|a, b| {
        (&a.collector_code, &a.account_mask).cmp(&(&b.collector_code, &b.account_mask))
    });
    all
}

#[tokio::test]
async fn a_list_is_taken_over_once_and_a_newer_one_updates_and_never_removes() {
    let world = World::new().await;
    let first = list(Kind::WebKofuri, "2026-11-01", &[OURS, OTHER, TOME]);
    let dry = world.bank.check_register(&first.as_bytes(), &wanted(Kind::WebKofuri)).unwrap();
    let (ctx, file) = (world.ctx(), first.as_bytes());
    let told = world.bank.compare_register(&ctx, &file, &wanted(Kind::WebKofuri), &dry).await;
    assert_eq!(told.unwrap(), Report { rows: 3, fresh: 3, ..Report::default() });
    assert!(all(&world).await.is_empty(), "a dry run writes nothing");

    let done = take(&world, &first).await.unwrap();
    let again = take(&world, &first).await.unwrap();
    assert_eq!(done.import_id, again.import_id);
    assert_eq!(all(&world).await.len(), 3);

    let ended = TOME.replace("active,", "ended,2026-11-10");
    let renamed = OURS.replace("カンヌキウオレツト", "カンヌキ");
    let newer = list(Kind::WebKofuri, "2026-11-20", &[&renamed, &ended]);
    let done = take(&world, &newer).await.unwrap();

    assert!(matches!(done.state, ImportState::Done { .. }));
    let expected = Report { rows: 2, described: 1, ended: 1, unlisted: 1, ..Report::default() };
    assert_eq!(done.report, expected);
    let standings: Vec<Standing> = all(&world).await.iter().map(|c| c.standing).collect();
    let ended = Standing::Ended { on: Some(date(2026, 11, 10)) };
    let unlisted = Standing::Unlisted { since: date(2026, 11, 20) };
    assert_eq!(standings, [Standing::Listed, unlisted, ended]);
    let older = list(Kind::WebKofuri, "2026-11-15", &[OURS, OTHER]);
    assert!(matches!(take(&world, &older).await, Err(ImportError::Older(_))));

    let back = list(Kind::WebKofuri, "2026-11-21", &[OURS, OTHER, TOME]);
    assert_eq!(take(&world, &back).await.unwrap().report.back, 2);
    assert!(all(&world).await.iter().all(|c| c.standing == Standing::Listed));
}

#[tokio::test]
async fn one_wrong_line_refuses_the_whole_list() {
    let world = World::new().await;
    let branch = OTHER.replace(",001,", ",1,");
    for (rows, line, name) in [
        (vec![OURS, OURS], 4, "duplicate"),
        (vec![OURS, &branch], 4, "spreadsheet"),
        (vec![OURS, "W-9,,,,,,,,\n"], 4, "cell"),
    ] {
        let refused = take(&world, &list(Kind::WebKofuri, "2026-11-01", &rows)).await;
        let Err(ImportError::Register(error)) = refused else { panic!("{refused:?}") };
        assert_eq!((error.line, error.fault.name()), (line, name));
    }
    assert!(all(&world).await.is_empty());
}

#[tokio::test]
async fn a_branch_that_the_bank_does_not_have_is_asked_about() {
    let mut world = World::new().await;
    let config = std::sync::Arc::make_mut(&mut world.bank.config);
    config.code = kanuki_domain::bank_account::BankCode::parse("0001").unwrap();
    let text = list(Kind::WebKofuri, "2026-11-01", &[&OURS.replace(",001,1", ",998,1")]);
    let text = text.replace(",9901,", ",0001,");
    let named =
        Wanted { new_branches: BTreeSet::from(["998".to_owned()]), ..wanted(Kind::WebKofuri) };

    let refused = take(&world, &text).await;
    let done = world.bank.import_register(&world.ctx(), "operator", &text.as_bytes(), &named).await;

    let Err(ImportError::Register(error)) = refused else { panic!("{refused:?}") };
    assert_eq!((error.line, error.fault.name()), (3, "unknown_branch"));
    assert_eq!(done.unwrap().report.fresh, 1);
}

/// A file whose end cannot be read the second time: the power failed.
struct Torn<'a>(&'a str, AtomicU32);

struct TornReader<'a>(&'a [u8]);

impl std::io::Read for TornReader<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let count = self.fill_buf()?.len().min(to.len());
        to[..count].copy_from_slice(&self.0[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for TornReader<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.0.is_empty() {
            return Err(std::io::Error::other("the power failed"));
        }
        Ok(self.0)
    }

    fn consume(&mut self, count: usize) {
        self.0 = &self.0[count..];
    }
}

impl Source for Torn<'_> {
    fn open(&self) -> std::io::Result<Box<dyn BufRead + Send + '_>> {
        let bytes = self.0.as_bytes();
        // Checked, compared, then cut while it is written.
        if self.1.fetch_add(1, Ordering::SeqCst) < 2 {
            return Ok(Box::new(bytes));
        }
        let end = bytes.len() - 10;
        Ok(Box::new(TornReader(&bytes[..end])))
    }
}

#[tokio::test]
async fn a_list_that_a_crash_cut_short_is_finished_and_nothing_is_doubled() {
    let world = World::new().await;
    let rows: Vec<String> =
        (0..900).map(|n| format!("W-{n},0000012345,カンヌキ,001,1,9{n:06},,active,\n")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let text = list(Kind::WebKofuri, "2026-11-01", &rows);

    let torn = Torn(&text, 0.into());
    let cut =
        world.bank.import_register(&world.ctx(), "operator", &torn, &wanted(Kind::WebKofuri)).await;
    assert!(matches!(cut, Err(ImportError::Register(_))), "{cut:?}");
    assert_eq!(all(&world).await.len(), 750, "whole units were written");
    let other = take(&world, &list(Kind::WebKofuri, "2026-11-02", &[OURS])).await;
    assert!(matches!(other, Err(ImportError::Busy(_))), "{other:?}");

    let done = take(&world, &text).await.unwrap();

    assert_eq!((done.written, all(&world).await.len()), (900, 900));
    let imports = world.bank.book.scan::<Import>("").await.unwrap();
    assert_eq!(imports.len(), 1);
}

#[tokio::test]
async fn two_people_take_an_uploaded_list_over_and_its_bytes_are_forgotten() {
    let world = World::new().await;
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let text = list(Kind::WebKofuri, "2026-11-01", &[OURS, TOME]);
    let ctx = world.ctx();
    let asked =
        world.bank.upload_register(&ctx, aoki, text.as_bytes(), &wanted(Kind::WebKofuri)).await;
    let id = asked.unwrap().import_id;

    assert_eq!(world.bank.drive_imports(&ctx).await.unwrap(), 0);
    let alone = world.bank.decide_import(&ctx, aoki, id, true).await;
    assert!(matches!(alone, Err(ImportError::Bank(BankError::Desk(_)))), "{alone:?}");
    world.bank.decide_import(&ctx, baba, id, true).await.unwrap();
    assert_eq!(world.bank.drive_imports(&ctx).await.unwrap(), 1);

    assert_eq!(all(&world).await.len(), 2);
    assert_eq!(world.bank.drive_imports(&ctx).await.unwrap(), 0);
    let parts = world.bank.book.scan::<kanuki_bank::contract::upload::Part>("").await.unwrap();
    assert!(parts.is_empty());
}

/// A list waits for its second person while a newer one is taken over.
#[tokio::test]
async fn a_list_that_was_outrun_is_not_accepted_any_more() {
    let world = World::new().await;
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let old = list(Kind::WebKofuri, "2026-11-05", &[OURS, OTHER, TOME]);
    let asked = world
        .bank
        .upload_register(&world.ctx(), aoki, old.as_bytes(), &wanted(Kind::WebKofuri))
        .await
        .unwrap();
    take(&world, &list(Kind::WebKofuri, "2026-11-01", &[OURS, OTHER, TOME])).await.unwrap();
    take(&world, &list(Kind::WebKofuri, "2026-11-09", &[OURS])).await.unwrap();

    let accepted = world.bank.decide_import(&world.ctx(), baba, asked.import_id, true).await;

    assert!(matches!(accepted, Err(ImportError::Older(_))), "{accepted:?}");
    world.bank.decide_import(&world.ctx(), baba, asked.import_id, false).await.unwrap();
    let listed = all(&world).await.iter().filter(|c| c.standing == Standing::Listed).count();
    assert_eq!(listed, 1);
}

/// The second person accepted in the moment in which a newer one was finished.
#[tokio::test]
async fn a_list_that_was_outrun_after_it_was_accepted_writes_nothing_and_blocks_nothing() {
    let world = World::new().await;
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let old = list(Kind::WebKofuri, "2026-11-05", &[OURS, OTHER, TOME]);
    let ctx = world.ctx();
    let asked =
        world.bank.upload_register(&ctx, aoki, old.as_bytes(), &wanted(Kind::WebKofuri)).await;
    let id = asked.unwrap().import_id;
    let done = take(&world, &list(Kind::WebKofuri, "2026-11-04", &[OURS])).await.unwrap();
    world.bank.decide_import(&ctx, baba, id, true).await.unwrap();
    let mut newer = world.bank.book.load::<Import>(done.import_id).await.unwrap();
    newer.edit().as_of = date(2026, 11, 9);
    let mut unit = kanuki_record::Unit::new();
    unit.update(&newer);
    world.bank.book.commit(unit).await.unwrap();

    assert_eq!(world.bank.drive_imports(&ctx).await.unwrap(), 0);

    assert_eq!(all(&world).await.len(), 1);
    let outrun = world.bank.book.load::<Import>(id).await.unwrap();
    assert!(matches!(outrun.state, ImportState::Declined { .. }), "{:?}", outrun.state);
    take(&world, &list(Kind::WebKofuri, "2026-11-10", &[OURS, TOME])).await.unwrap();
}

#[tokio::test]
async fn a_list_of_a_day_that_has_not_come_is_refused() {
    let world = World::new().await;
    let far = take(&world, &list(Kind::WebKofuri, "2999-12-31", &[OURS])).await;
    assert!(matches!(far, Err(ImportError::Future(_))), "{far:?}");
    // Made after midnight by a machine whose clock is ahead.
    take(&world, &list(Kind::WebKofuri, "2026-11-23", &[OURS])).await.unwrap();
    let after = take(&world, &list(Kind::WebKofuri, "2026-11-24", &[OURS])).await;
    assert!(matches!(after, Err(ImportError::Future(_))), "{after:?}");
}

#[tokio::test]
async fn holders_see_their_own_and_a_stop_holds_at_once_and_is_told_until_it_is_answered() {
    let mut world = World::new().await;
    let hanako = world.holder_with_passkey("9000001").await;
    take(&world, &list(Kind::WebKofuri, "2026-11-01", &[OURS, OTHER, TOME])).await.unwrap();

    let mine = world.bank.contracts_of(hanako).await.unwrap();
    assert_eq!(mine.len(), 2);
    let theirs =
        all(&world).await.iter().find(|c| c.account_mask.ends_with('2')).unwrap().contract_id;
    let refused = world.bank.stop_contract(&world.ctx(), hanako, theirs).await;
    assert!(matches!(refused, Err(BankError::NotAvailable)));

    let id = mine[0].contract_id;
    world.bank.keep_contract(&world.ctx(), hanako, mine[1].contract_id).await.unwrap();
    world.bank.stop_contract(&world.ctx(), hanako, id).await.unwrap();
    world.core.0.lock().unwrap().faults = vec![Fault::AfterDoing, Fault::BeforeDoing];
    assert_eq!(world.bank.drive_contract_stops(&world.ctx()).await.unwrap(), 0);
    let waiting = world.bank.contract_of(hanako, id).await.unwrap();
    assert!(matches!(waiting.standing, Standing::Stopped { by: StoppedBy::Holder, .. }));
    assert!(matches!(waiting.order, Some(StopOrder::Asked { tries: 1, .. })));
    world.wait(60);
    assert_eq!(world.bank.drive_contract_stops(&world.ctx()).await.unwrap(), 0);
    world.wait(60);
    assert_eq!(world.bank.drive_contract_stops(&world.ctx()).await.unwrap(), 1);

    let done = world.bank.contract_of(hanako, id).await.unwrap();
    assert!(matches!(done.order, Some(StopOrder::Done { .. })));
    assert_eq!(world.core.0.lock().unwrap().stops.len(), 1, "one order, however often it was sent");

    // A list of a later day says that it goes on: the stop stays, and is told once more.
    world.wait(30 * 86_400);
    let later = list(Kind::WebKofuri, "2026-12-20", &[OURS, OTHER, TOME]);
    assert_eq!(take(&world, &later).await.unwrap().report.contradicted, 1);
    assert!(matches!(
        world.bank.contract_of(hanako, id).await.unwrap().standing,
        Standing::Stopped { .. }
    ));
    assert_eq!(world.bank.drive_contract_stops(&world.ctx()).await.unwrap(), 1);
    assert_eq!(world.core.0.lock().unwrap().stops.len(), 2);
}

#[tokio::test]
async fn a_stop_that_is_not_answered_for_a_day_or_is_left_to_people_has_a_case() {
    let mut world = World::new().await;
    let hanako = world.holder_with_passkey("9000001").await;
    take(&world, &list(Kind::WebKofuri, "2026-11-01", &[OTHER])).await.unwrap();
    let power = list(
        Kind::Kofuri,
        "2026-11-01",
        &["P-1,0000077777,キタミサキデンリヨク,001,1,9000001,,active,\n"],
    );
    let ctx = world.ctx();
    let kofuri = wanted(Kind::Kofuri);
    world.bank.import_register(&ctx, "operator", &power.as_bytes(), &kofuri).await.unwrap();
    for contract in world.bank.contracts_of(hanako).await.unwrap() {
        world.bank.stop_contract(&world.ctx(), hanako, contract.contract_id).await.unwrap();
    }
    world.core.0.lock().unwrap().faults = vec![Fault::BeforeDoing; 2];
    world.bank.drive_contract_stops(&world.ctx()).await.unwrap();
    world.core.0.lock().unwrap().faults = vec![Fault::BeforeDoing; 2];
    world.wait(86_400);
    world.bank.drive_contract_stops(&world.ctx()).await.unwrap();
    world.core.0.lock().unwrap().faults = Vec::new();
    world.wait(900);
    assert_eq!(world.bank.drive_contract_stops(&world.ctx()).await.unwrap(), 2);

    let cases = world.bank.book.scan::<Case>("").await.unwrap();
    assert_eq!(cases.len(), 2);
    assert!(cases.iter().all(|case| case.kind == CaseKind::Contract));
    let orders: Vec<_> = all(&world).await.iter().map(|c| (c.kind, c.order)).collect();
    assert!(matches!(orders[0], (Kind::Kofuri, Some(StopOrder::ByHand { .. }))), "{orders:?}");
    assert!(matches!(orders[1], (Kind::WebKofuri, Some(StopOrder::Done { .. }))), "{orders:?}");
}

#[tokio::test]
async fn linking_anew_ends_the_wallets_old_contract_and_no_other() {
    let mut world = World::new().await;
    take(&world, &list(Kind::WebKofuri, "2026-11-01", &[OURS, OTHER, TOME])).await.unwrap();

    let mandate = world.linked().await;
    world.bank.drive_contract_stops(&world.ctx()).await.unwrap();

    let all = all(&world).await;
    assert!(matches!(all[0].standing, Standing::Replaced { by, .. } if by == mandate));
    assert!(matches!(all[0].order, Some(StopOrder::Done { .. })));
    assert!(all[1..].iter().all(|c| c.standing == Standing::Listed));
    let debit = world.debit(mandate, 1, 5_000).await;
    assert!(matches!(debit.state, DebitState::Booked { .. }));
}

/// Whoever talked a code out of the holder ends nothing of theirs by asking for a link.
#[tokio::test]
async fn a_link_that_waits_to_be_confirmed_ends_the_old_contract_only_then() {
    let mut world = World::new().await;
    take(&world, &list(Kind::WebKofuri, "2026-11-01", &[OURS])).await.unwrap();
    let link = world.linked_by_call().await;
    assert_eq!(all(&world).await[0].standing, Standing::Listed);

    let reference = choose(&world, link, SecondChannel::Atm).await.unwrap();
    let slip = world.bank.atm_code(&world.ctx(), &account("9000001"), &reference).await;
    let (code, (holder, mandate)) = (slip.unwrap().unwrap(), link);
    world.bank.confirm_mandate(&world.ctx(), holder, mandate, &code).await.unwrap();

    let standing = all(&world).await[0].standing;
    assert!(matches!(standing, Standing::Replaced { by, .. } if by == mandate), "{standing:?}");
}

#[tokio::test]
async fn a_contract_made_elsewhere_moves_nothing_here() {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;
    let mut stranger = facts();
    stranger.name = kanuki_domain::Masked::new("田中 一郎".to_owned());
    take(&world, &list(Kind::WebKofuri, "2026-11-01", &[OURS])).await.unwrap();
    let contract = all(&world).await.remove(0);

    // What the wallet knew of the old contract opens nothing: not its number, not its name here.
    for token in ["W-1", &contract.contract_id.to_string(), "0000012345"] {
        let proof = world.proof("POST", "/debits", Some(token));
        let possession = kanuki_bank::link::Possession::of_proof(&proof);
        let at = ("POST", "/debits");
        let refused = world.bank.authorize(&world.ctx(), token, possession, at).await;
        assert!(matches!(refused, Err(BankError::OAuth(_))), "{refused:?}");
    }
    // Nor does a link by somebody else's wallet take it over.
    let (request_uri, _) = world.push(stranger).await.unwrap();
    assert!(world.consent(&request_uri, "9000001").await.is_err());
    assert_eq!(all(&world).await[0].standing, Standing::Listed);
    assert_eq!(world.core.balance("9000001"), 500_000);
}

#[tokio::test]
async fn a_mandate_that_nobody_signed_moves_nothing_under_these_rules() {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;
    let (request_uri, verifier) = world.push(facts()).await.unwrap();
    let entropy = Counter::starting_at(90_000);
    let ctx = Ctx { now: world.now, entropy: &entropy, address_block: "", address: "" };
    let par_id = world.bank.visit(&ctx, CLIENT, &request_uri, "browser").await.unwrap();
    let (options, state) = world.bank.start_sign_in(&ctx).unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();
    let signed_in = world.bank.finish_sign_in(&ctx, &response, &state).await.unwrap();
    world.bank.arrive(&ctx, par_id, "browser", &signed_in).await.unwrap();
    world.bank.choose(&ctx, par_id, "browser", &account("9000001")).await.unwrap();

    // Compared and matched, as these rules want it, but never signed.
    world.bank.start_consent(&ctx, par_id, "browser").await.unwrap();

    // What the banks of 2020 did, and what is still there when they switch to these rules.
    let callback = world.bank.danger_grant_unproven(&ctx, par_id, "browser").await.unwrap();
    let tokens = world.exchange(&callback, &verifier).await.unwrap();
    let debit = world.debit(tokens.authorization_details[0].mandate_id, 1, 1_000).await;

    let refused = matches!(
        debit.state,
        DebitState::Refused { reason: kanuki_wire::debit::RefusalReason::NotActive, .. }
    );
    assert!(refused, "{:?}", debit.state);
    assert_eq!(world.core.balance("9000001"), 500_000);
}
