//! Who may be on a sanctions list is held, told nothing, and let go by two people.

use std::sync::Mutex;

use async_trait::async_trait;
use jiff::Timestamp;
use kanuki_desk::{
    DeskError,
    officer::Officer,
    screening::{
        HitState, Occasion, Ports, Refused, Standing, ask_end, drive_holds, end, gate, go_on, keep,
        read, waiting,
    },
};
use kanuki_domain::{
    Yen,
    assurance::Identity,
    id::{CaseId, ScreeningHitId},
};
use kanuki_formats::screening::Rule;
use kanuki_ledger::{
    Account, AccountId, BalanceRow, CreateAccountResult, CreateTransferResult, Filter, Journal,
    LedgerEngine, LedgerError, Stretch, Transfer, TransferId, TransferRecord,
};
use kanuki_record::{Unit, vault::PersonKey};
use kanuki_wallet::WalletError;

use crate::world::{Person, World, bank_code};

/// Nobody: made for this test.
const LIST: &str = "KANUKI-SCREENING,1,Made list,made for a test,2026-11-20
id,kind,name,born,note
A-1,person,例 太郎,1980-04-01,made
A-2,person,REI Hanako,,made
";

async fn staff(world: &World, name: &str) -> Officer {
    let (until, code) = (world.ctx().now, format!("{name}-code"));
    let id = world.wallet.invite_officer(&world.ctx(), name, &code, until).await.unwrap();
    Officer::find(&world.wallet.book, id).await.unwrap().unwrap()
}

async fn two(world: &World) -> (Officer, Officer) {
    (staff(world, "aoki").await, staff(world, "baba").await)
}

async fn is_held(world: &World, person: &Person) -> bool {
    let wallet_id = world.wallet.customer(person.id).await.unwrap().wallet_id;
    gate(wallet_id).is_closed(&*world.wallet.ledger, world.ctx().now).await.unwrap()
}

#[tokio::test]
async fn whoever_is_like_somebody_on_a_list_is_held_and_let_go_by_two() {
    let world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let ctx = world.ctx();
    let wallet = &world.wallet;
    wallet.load_screening_list(&ctx, aoki, LIST.as_bytes()).await.unwrap();
    let listed = world.open("listed").await;
    let other = world.open("other").await;

    world.prove(&listed, &World::card("例太郎", 1)).await.unwrap();
    world.prove(&other, &World::card("山田花子", 2)).await.unwrap();

    assert!(is_held(&world, &listed).await && !is_held(&world, &other).await);
    let customer = wallet.customer(listed.id).await.unwrap();
    assert_eq!(customer.identity, Identity::Jpki, "the proof goes on: no page tells");
    let hits = wallet.screening_hits(&ctx, aoki).await.unwrap();
    assert_eq!(hits.len(), 1);
    let id = hits[0].hit_id;
    let found = read(wallet.screening(), &ctx, aoki, id).await.unwrap();
    assert_eq!((found.what.rule, found.what.score), (Rule::Written, 1000));
    assert_eq!(found.hit.occasion, Occasion::Identity);
    let row = serde_json::to_string(&found.hit).unwrap();
    assert!(!row.contains("例") && !row.contains("1980"), "{row}");

    let ports = wallet.screening();
    assert!(matches!(ports.clear(&ctx, aoki, id).await, Err(DeskError::Decided)));
    ports.ask_clear(&ctx, aoki, (id, "another birthplace")).await.unwrap();
    assert!(matches!(ports.clear(&ctx, aoki, id).await, Err(DeskError::SamePerson)));
    assert!(is_held(&world, &listed).await);
    ports.clear(&ctx, baba, id).await.unwrap();
    assert!(!is_held(&world, &listed).await);

    // The next file of the list has the same entry: what two people cleared does not come again.
    let next = LIST.replace("2026-11-20", "2026-11-21");
    wallet.load_screening_list(&ctx, aoki, next.as_bytes()).await.unwrap();
    while wallet.screen_again(&ctx).await.unwrap() > 0 {}
    assert!(!is_held(&world, &listed).await);
    assert!(wallet.screening_hits(&ctx, aoki).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_list_that_comes_later_holds_who_is_known_already_and_nothing_of_theirs_moves() {
    let world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let (hanako, taro) = (world.open("hanako").await, world.open("taro").await);
    world.prove(&hanako, &World::card("REI HANAKO", 1)).await.unwrap();
    world.prove(&taro, &World::card("山田太郎", 2)).await.unwrap();
    let link = world.link(&hanako).await;
    world.later(86_400);
    world.top_up(&hanako, link, "before", 5_000).await;
    let ctx = world.ctx();
    let wallet = &world.wallet;

    let loaded = wallet.load_screening_list(&ctx, aoki, LIST.as_bytes()).await.unwrap();
    let again = wallet.load_screening_list(&ctx, aoki, LIST.as_bytes()).await;
    assert!(matches!(again, Err(Refused::Known)));
    while wallet.screen_again(&ctx).await.unwrap() > 0 {}

    let round = &wallet.screening_lists().await.unwrap()[0].round;
    assert_eq!((round.seen, round.held), (2, 1));
    assert!(round.done_at.is_some());
    assert!(is_held(&world, &hanako).await && !is_held(&world, &taro).await);
    assert_eq!(world.top_up(&hanako, link, "after", 1_000).await.state_name(), "refused");
    assert_eq!(world.balance(&hanako).await, Yen::of(5_000));

    // One person cannot end the list; and its end lets nobody go.
    let (book, version) = (&wallet.book, loaded.version.as_str());
    ask_end(book, &ctx, aoki, (version, "newer file")).await.unwrap();
    assert!(matches!(end(book, &ctx, aoki, version).await, Err(DeskError::SamePerson)));
    keep(book, &ctx, aoki, version).await.unwrap();
    ask_end(book, &ctx, baba, (version, "newer file")).await.unwrap();
    end(book, &ctx, aoki, version).await.unwrap();
    assert!(wallet.screening_lists().await.unwrap().is_empty());
    assert!(is_held(&world, &hanako).await);
    // Loaded once more, it is in force once more.
    let back = wallet.load_screening_list(&ctx, baba, LIST.as_bytes()).await.unwrap();
    assert_eq!(back.standing, Standing::Live);
}

#[tokio::test]
async fn nobody_outside_of_the_desk_can_tell_a_hit_from_any_stop() {
    let world = World::new().await;
    let (aoki, _) = two(&world).await;
    let wallet = &world.wallet;
    wallet.load_screening_list(&world.ctx(), aoki, LIST.as_bytes()).await.unwrap();
    let (listed, other) = (world.open("listed").await, world.open("other").await);

    world.prove(&listed, &World::card("例太郎", 1)).await.unwrap();
    world.prove(&other, &World::card("山田花子", 2)).await.unwrap();

    // The same messages, no case, no report, nothing for a bank; only the desk's own rows know.
    let told = async |person| {
        let (mut kinds, _) = world.mail(person).await;
        kinds.sort();
        kinds
    };
    assert_eq!(told(&listed).await, told(&other).await);
    assert!(wallet.cases(true).await.unwrap().is_empty());
    let hit = &wallet.screening_hits(&world.ctx(), aoki).await.unwrap()[0];
    let number: Result<CaseId, _> = hit.hit_id.to_string().parse();
    assert!(number.is_err(), "its number opens no case");
    let row = |person: &Person| {
        let id = person.id;
        async move {
            let row = wallet.customer(id).await.unwrap();
            (row.frozen.clone(), row.identity, row.sign_in)
        }
    };
    assert_eq!(row(&listed).await, row(&other).await);

    // What a switch of staff's says, screening says: a link cannot be begun, and no more.
    let wanted =
        kanuki_wallet::link::terms(world.ctx().now, Yen::of(50_000), Yen::of(300_000)).unwrap();
    let who = (listed.id, "ses");
    let ctx = world.ctx();
    let refused = wallet.start_linking(&ctx, who, bank_code(), wanted, (true, None)).await;
    assert!(matches!(refused, Err(WalletError::Stopped)));
}

#[tokio::test]
async fn a_second_hit_keeps_holding_whom_the_first_let_go() {
    let world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let ctx = world.ctx();
    let wallet = &world.wallet;
    wallet.load_screening_list(&ctx, aoki, LIST.as_bytes()).await.unwrap();
    let two_lists = LIST.replace("Made list", "Other list");
    wallet.load_screening_list(&ctx, aoki, two_lists.as_bytes()).await.unwrap();
    let listed = world.open("listed").await;
    world.prove(&listed, &World::card("例太郎", 1)).await.unwrap();
    let ids: Vec<_> =
        wallet.screening_hits(&ctx, aoki).await.unwrap().iter().map(|hit| hit.hit_id).collect();
    assert_eq!(ids.len(), 2);

    let ports = wallet.screening();
    for (at, id) in ids.iter().enumerate() {
        assert!(is_held(&world, &listed).await, "{at}");
        ports.ask_clear(&ctx, aoki, (*id, "somebody else")).await.unwrap();
        ports.clear(&ctx, baba, *id).await.unwrap();
    }
    assert!(!is_held(&world, &listed).await);

    // Confirmed by one, it holds; who confirmed may be wrong, and then it takes two.
    let third = LIST.replace("Made list", "Third list");
    wallet.load_screening_list(&ctx, aoki, third.as_bytes()).await.unwrap();
    while wallet.screen_again(&ctx).await.unwrap() > 0 {}
    let id = wallet.screening_hits(&ctx, aoki).await.unwrap()[0].hit_id;
    ports.confirm(&ctx, aoki, (id, "same passport")).await.unwrap();
    assert!(is_held(&world, &listed).await);
    ports.ask_clear(&ctx, aoki, (id, "misread")).await.unwrap();
    ports.keep_held(&ctx, baba, id).await.unwrap();
    let found = read(wallet.screening(), &ctx, aoki, id).await.unwrap();
    assert_eq!(found.hit.state, HitState::Open);
}

/// A ledger during whose next writing the second person lets the last hit go.
struct Meanwhile<'a> {
    world: &'a World,
    by: Officer,
    hit: Mutex<Option<ScreeningHitId>>,
    /// The process falls over as soon as it has written.
    falls: bool,
}

#[async_trait]
impl LedgerEngine for Meanwhile<'_> {
    async fn create_accounts(
        &self,
        accounts: Vec<Account>,
        now: Timestamp,
    ) -> Result<Vec<CreateAccountResult>, LedgerError> {
        self.world.wallet.ledger.create_accounts(accounts, now).await
    }

    async fn create_transfers(
        &self,
        transfers: Vec<Transfer>,
        now: Timestamp,
    ) -> Result<Vec<CreateTransferResult>, LedgerError> {
        let hit = self.hit.lock().unwrap().take();
        if let Some(hit) = hit {
            let ports = self.world.wallet.screening();
            ports.clear(&self.world.ctx(), self.by, hit).await.unwrap();
        }
        let written = self.world.wallet.ledger.create_transfers(transfers, now).await;
        if self.falls { Err(LedgerError::Unavailable) } else { written }
    }

    async fn lookup_accounts(
        &self,
        ids: &[AccountId],
        now: Timestamp,
    ) -> Result<Vec<Option<Account>>, LedgerError> {
        self.world.wallet.ledger.lookup_accounts(ids, now).await
    }

    async fn lookup_transfers(
        &self,
        ids: &[TransferId],
        now: Timestamp,
    ) -> Result<Vec<Option<TransferRecord>>, LedgerError> {
        self.world.wallet.ledger.lookup_transfers(ids, now).await
    }

    async fn account_transfers(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<TransferRecord>, LedgerError> {
        self.world.wallet.ledger.account_transfers(account, filter, now).await
    }

    async fn account_balances(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<BalanceRow>, LedgerError> {
        self.world.wallet.ledger.account_balances(account, filter, now).await
    }

    async fn journal(&self, stretch: Stretch, now: Timestamp) -> Result<Journal, LedgerError> {
        self.world.wallet.ledger.journal(stretch, now).await
    }
}

#[tokio::test]
async fn a_worker_closes_whom_a_crash_left_open_and_nobody_whom_two_let_go_meanwhile() {
    let world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let ctx = world.ctx();
    let wallet = &world.wallet;
    wallet.load_screening_list(&ctx, aoki, LIST.as_bytes()).await.unwrap();
    let listed = world.open("listed").await;
    world.prove(&listed, &World::card("例太郎", 1)).await.unwrap();
    let gate = gate(wallet.customer(listed.id).await.unwrap().wallet_id);
    let (ports, id) =
        (wallet.screening(), wallet.screening_hits(&ctx, aoki).await.unwrap()[0].hit_id);

    // The row is there and the gate is not: a crash came in between.
    gate.open(ports.ledger, ctx.now).await.unwrap();
    assert_eq!(drive_holds(ports, &ctx).await.unwrap(), 1);
    assert!(is_held(&world, &listed).await);
    assert_eq!(drive_holds(ports, &ctx).await.unwrap(), 0);

    ports.ask_clear(&ctx, aoki, (id, "somebody else")).await.unwrap();
    gate.open(ports.ledger, ctx.now).await.unwrap();
    let meanwhile = Meanwhile { world: &world, by: baba, hit: Mutex::new(Some(id)), falls: false };
    drive_holds(Ports { ledger: &meanwhile, ..ports }, &ctx).await.unwrap();
    assert!(meanwhile.hit.lock().unwrap().is_none(), "the second person came in between");
    assert!(!is_held(&world, &listed).await);
    assert_eq!(drive_holds(ports, &ctx).await.unwrap(), 0);
}

/// The worst moment: two people let go the last hit while a worker closes the gate, which then falls over.
#[tokio::test]
async fn a_gate_that_closes_too_late_is_opened_by_the_next_worker() {
    let world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let wallet = &world.wallet;
    wallet.load_screening_list(&world.ctx(), aoki, LIST.as_bytes()).await.unwrap();
    let listed = world.open("listed").await;
    world.prove(&listed, &World::card("例太郎", 1)).await.unwrap();
    let (ports, ctx) = (wallet.screening(), world.ctx());
    let id = wallet.screening_hits(&ctx, aoki).await.unwrap()[0].hit_id;
    ports.ask_clear(&ctx, aoki, (id, "somebody else")).await.unwrap();
    let wallet_id = wallet.customer(listed.id).await.unwrap().wallet_id;
    gate(wallet_id).open(ports.ledger, ctx.now).await.unwrap();

    let falls = Meanwhile { world: &world, by: baba, hit: Mutex::new(Some(id)), falls: true };
    drive_holds(Ports { ledger: &falls, ..ports }, &ctx).await.unwrap_err();
    assert!(is_held(&world, &listed).await, "closed too late");
    drive_holds(ports, &ctx).await.unwrap();
    assert!(!is_held(&world, &listed).await);

    // Another hour on no act can arrive any more, and nobody looks again.
    world.later(3_601);
    drive_holds(ports, &world.ctx()).await.unwrap();
    assert_eq!(drive_holds(ports, &world.ctx()).await.unwrap(), 0);
    assert!(!is_held(&world, &listed).await);
}

#[tokio::test]
async fn whoever_is_like_more_than_twenty_is_looked_at_for_the_next_once_some_are_cleared() {
    let world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let ctx = world.ctx();
    let wallet = &world.wallet;
    let mut text: Vec<String> = LIST.lines().take(2).map(str::to_owned).collect();
    text.extend((0..21).map(|n| format!("B-{n},person,例 太郎,,made")));
    let text = text.join("\n");
    wallet.load_screening_list(&ctx, aoki, text.as_bytes()).await.unwrap();
    let listed = world.open("listed").await;
    world.prove(&listed, &World::card("例太郎", 1)).await.unwrap();
    let hits = wallet.screening_hits(&ctx, aoki).await.unwrap();
    assert_eq!(hits.len(), 20);

    let ports = wallet.screening();
    for hit in hits {
        ports.ask_clear(&ctx, aoki, (hit.hit_id, "somebody else")).await.unwrap();
        ports.clear(&ctx, baba, hit.hit_id).await.unwrap();
    }
    assert!(!is_held(&world, &listed).await);
    while wallet.screen_again(&ctx).await.unwrap() > 0 {}
    assert_eq!(wallet.screening_hits(&ctx, aoki).await.unwrap().len(), 1);
    assert!(is_held(&world, &listed).await);
}

#[tokio::test]
async fn whoever_cannot_be_read_stops_nobody_else_and_is_tried_again() {
    let world = World::new().await;
    let (aoki, _) = two(&world).await;
    let wallet = &world.wallet;
    let (hanako, taro) = (world.open("hanako").await, world.open("taro").await);
    world.prove(&hanako, &World::card("REI HANAKO", 1)).await.unwrap();
    world.prove(&taro, &World::card("例太郎", 2)).await.unwrap();
    // The key of one of them is lost: their facts cannot be opened.
    let bad = [&hanako, &taro].into_iter().min_by_key(|person| person.id.to_string()).unwrap();
    let other = if bad.id == taro.id { &hanako } else { &taro };
    let key = wallet.book.load::<PersonKey>(bad.id).await.unwrap();
    let mut unit = Unit::new();
    unit.delete(&key);
    wallet.book.commit(unit).await.unwrap();

    wallet.load_screening_list(&world.ctx(), aoki, LIST.as_bytes()).await.unwrap();
    while wallet.screen_again(&world.ctx()).await.unwrap() > 0 {}

    let round = wallet.screening_lists().await.unwrap()[0].round.clone();
    assert_eq!((round.failed.len(), round.done_at), (1, None));
    assert!(is_held(&world, other).await && !is_held(&world, bad).await);
    let waits = waiting(wallet.screening(), aoki).await.unwrap();
    assert_eq!((waits.hits, waits.failed, waits.paused), (1, 1, 0));

    // It stays so while they cannot be read, and ends once they can.
    world.later(600);
    assert_eq!(wallet.screen_again(&world.ctx()).await.unwrap(), 0);
    assert!(wallet.screening_lists().await.unwrap()[0].round.done_at.is_none());
    let mut unit = Unit::new();
    unit.insert(&key.into_inner());
    wallet.book.commit(unit).await.unwrap();
    world.later(600);
    assert_eq!(wallet.screen_again(&world.ctx()).await.unwrap(), 1);
    let round = wallet.screening_lists().await.unwrap()[0].round.clone();
    assert!(round.failed.is_empty() && round.done_at.is_some());
    assert!(is_held(&world, bad).await);
}

#[tokio::test]
async fn one_person_holds_twenty_by_a_file_and_no_more_until_another_agrees() {
    let world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let wallet = &world.wallet;
    let mut text: Vec<String> = LIST.lines().take(2).map(str::to_owned).collect();
    for (n, letter) in (1..).zip("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥雪".chars())
    {
        let person = world.open(&format!("p{n}")).await;
        world.prove(&person, &World::card(&format!("例{letter}太郎"), n)).await.unwrap();
        text.push(format!("C-{n},person,例 {letter}太郎,,made"));
    }
    let text = text.join("\n");
    let ctx = world.ctx();
    let list = wallet.load_screening_list(&ctx, aoki, text.as_bytes()).await.unwrap();
    while wallet.screen_again(&ctx).await.unwrap() > 0 {}

    let round = wallet.screening_lists().await.unwrap()[0].round.clone();
    assert_eq!((round.held, round.done_at), (21, None));
    assert_eq!(waiting(wallet.screening(), aoki).await.unwrap().paused, 1);
    let (book, version) = (&wallet.book, list.version.as_str());
    assert!(matches!(go_on(book, &ctx, aoki, version).await, Err(DeskError::SamePerson)));
    go_on(book, &ctx, baba, version).await.unwrap();
    assert!(matches!(go_on(book, &ctx, baba, version).await, Err(DeskError::Decided)));
    while wallet.screen_again(&ctx).await.unwrap() > 0 {}
    let round = wallet.screening_lists().await.unwrap()[0].round.clone();
    assert_eq!((round.held, round.seen), (23, 23));
    assert!(round.done_at.is_some());
}
