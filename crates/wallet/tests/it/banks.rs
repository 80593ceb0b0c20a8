//! Which banks are offered, who takes them on, and when one may go.

use jiff::civil::Date;
use kanuki_desk::{
    DeskError,
    registry::{self, InUse, RegistryError, Step},
    signal::{Ask, Configuration, Stream},
};
use kanuki_domain::{
    Yen,
    agreement::{self, Standard},
    barrier::{AttackPath, Barrier},
    connector::{Assurance, HolderProof},
    id::StaffId,
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_passkey::soft::SoftAuthenticator;
use kanuki_record::Unit;
use kanuki_wallet::{
    PartnerBank, WalletError, desk::Switch, event::OutEvent, link::terms,
    partner::REMOVAL_WAIT_SECS,
};

use crate::loosening::record;
use crate::world::{ORIGIN, World, bank_code};

pub(crate) async fn clerk(world: &World, code: &str) -> (StaffId, SoftAuthenticator) {
    let ctx = world.ctx();
    world.wallet.invite_staff(&ctx, code, code, later(ctx.now, DAY_SECS)).await.unwrap();
    let (options, activating, _) = world.wallet.start_activation(&ctx, code).await.unwrap();
    let mut key = SoftAuthenticator::from_seed([u8::try_from(100 + code.len()).unwrap(); 32]);
    let made = key.create(&options, ORIGIN).unwrap();
    (world.wallet.finish_activation(&ctx, &activating, &made).await.unwrap(), key)
}

pub(crate) fn refused<T: std::fmt::Debug>(done: Result<T, WalletError>) -> RegistryError {
    match done {
        Err(WalletError::Registry(error)) => error,
        other => panic!("{other:?}"),
    }
}

async fn linkable(world: &World) -> bool {
    let open = world.wallet.linkable_banks(&world.ctx()).await.unwrap();
    open.iter().any(|bank| bank.code == bank_code())
}

#[tokio::test]
async fn a_changed_issuer_takes_two_people_and_one_answer() {
    let world = World::new().await;
    let (aoki, _) = clerk(&world, "AOKI").await;
    let (baba, mut key) = clerk(&world, "BABABA").await;
    world.later(DAY_SECS);
    let ctx = world.ctx();
    let mut moved = world.wallet.partner(bank_code()).await.unwrap();
    moved.issuer = "http://localhost:8085".to_owned();
    let version = world.wallet.propose_bank(&ctx, aoki, *moved.clone(), "移転").await.unwrap();
    assert_eq!(version.number, 2);
    let twice = world.wallet.propose_bank(&ctx, baba, *moved, "移転").await;
    assert!(matches!(refused(twice), RegistryError::Waiting));
    let own = world.wallet.start_bank_signature(&ctx, aoki, bank_code(), 2).await;
    assert!(matches!(refused(own), RegistryError::SamePerson));
    let (options, signing) =
        world.wallet.start_bank_signature(&ctx, baba, bank_code(), 2).await.unwrap();
    let answer = key.get(&options, ORIGIN).unwrap();
    world.wallet.finish_bank_signature(&ctx, baba, (&answer, &signing)).await.unwrap();
    let again = world.wallet.finish_bank_signature(&ctx, baba, (&answer, &signing)).await;
    assert!(matches!(refused(again), RegistryError::Decided));
    let live = world.wallet.partner(bank_code()).await.unwrap();
    assert_eq!(live.issuer, "http://localhost:8085");
    let all = registry::history::<PartnerBank>(&world.wallet.book, "9901").await.unwrap();
    let steps: Vec<Step> = all.iter().map(|version| version.step).collect();
    assert_eq!(steps, [Step::Live, Step::Past]);
}

async fn decline(world: &World, by: StaffId, number: u32) {
    world.wallet.decline_bank(&world.ctx(), by, bank_code(), number).await.unwrap();
}

#[tokio::test]
async fn a_bank_that_is_said_to_be_surer_is_a_loosening_and_an_event_key_less_takes_two() {
    let world = World::new().await;
    let (aoki, _) = clerk(&world, "AOKI").await;
    let (baba, mut key) = clerk(&world, "BABABA").await;
    world.later(DAY_SECS);
    let ctx = world.ctx();
    let weak = Assurance {
        proof: HolderProof::OneTimeCode,
        tells_customer: false,
        reports_stops: false,
        ..Assurance::fapi()
    };
    // Less is declared: one person may write it down.
    let mut less = world.wallet.partner(bank_code()).await.unwrap();
    less.assurance = weak;
    let version = world.wallet.propose_bank(&ctx, baba, *less, "確認").await.unwrap();
    let (options, signing) =
        world.wallet.start_bank_signature(&ctx, baba, bank_code(), version.number).await.unwrap();
    let answer = key.get(&options, ORIGIN).unwrap();
    world.wallet.finish_bank_signature(&ctx, baba, (&answer, &signing)).await.unwrap();

    for more in [
        Assurance { proof: HolderProof::Passkey, ..weak },
        Assurance { tells_customer: true, ..weak },
        Assurance { reports_stops: true, ..weak },
    ] {
        let mut surer = world.wallet.partner(bank_code()).await.unwrap();
        surer.assurance = more;
        let version = world.wallet.propose_bank(&ctx, aoki, *surer, "強化").await.unwrap();
        assert!(version.loosens(), "{more:?}: {:?}", version.changes);
        let number = version.number;
        let alone = world.wallet.start_bank_signature(&ctx, aoki, bank_code(), number).await;
        assert!(matches!(refused(alone), RegistryError::SamePerson));
        let unassessed = world.wallet.start_bank_signature(&ctx, baba, bank_code(), number).await;
        assert!(matches!(refused(unassessed), RegistryError::Gaps(_)));
        decline(&world, aoki, number).await;
    }

    let mut deaf = world.wallet.partner(bank_code()).await.unwrap();
    deaf.event_keys.keys.clear();
    let version = world.wallet.propose_bank(&ctx, aoki, *deaf, "鍵").await.unwrap();
    assert!(!version.only_tightens(), "{:?}", version.changes);
}

#[tokio::test]
async fn a_stopped_bank_and_one_whose_review_is_overdue_are_not_offered() {
    let world = World::new().await;
    let (aoki, _) = clerk(&world, "AOKI").await;
    let (person, link) = world.settled("hanako", 1).await;
    assert!(linkable(&world).await);
    let switch = Switch::Bank(bank_code());
    world.wallet.pull_switch(&world.ctx(), aoki, switch, "訓練").await.unwrap();
    assert!(!linkable(&world).await);
    let released = world
        .wallet
        .ask_release(&world.ctx(), aoki, switch, ("終了", Some(record(&world))))
        .await
        .unwrap();
    let (baba, _) = clerk(&world, "BABABA").await;
    world.wallet.approve(&world.ctx(), baba, released).await.unwrap();
    assert!(linkable(&world).await);

    let mut stored = world.wallet.book.load::<PartnerBank>(bank_code()).await.unwrap();
    let yesterday = agreement::today(world.ctx().now).yesterday().unwrap();
    stored.edit().agreement.assessment.review_by = Some(yesterday);
    let mut unit = Unit::new();
    unit.update(&stored);
    world.wallet.book.commit(unit).await.unwrap();
    assert!(!linkable(&world).await);
    let ctx = world.ctx();
    let wanted = terms(ctx.now, Yen::of(50_000), Yen::of(300_000)).unwrap();
    let new = world
        .wallet
        .start_linking(&ctx, (person.id, "ses"), bank_code(), wanted, (true, None))
        .await;
    assert!(matches!(new, Err(WalletError::Stopped)), "{new:?}");
    world.top_up(&person, link, "old", 1_000).await;
    assert_eq!(world.balance(&person).await, Yen::of(1_000), "old links go on");
}

/// What a bank's profile came to ends with the claims behind it, or a wallet comes to require more than it says:
/// until then its customers link, from then on nobody new does.
#[tokio::test]
async fn a_bank_below_the_profile_that_is_required_of_it_gets_no_new_links() {
    let world = World::new().await;
    let (person, link) = world.settled("hanako", 1).await;
    let today = agreement::today(world.ctx().now);
    let required = |least, expires: Date| Standard {
        required: [(AttackPath::Link, least)].into(),
        found: [(AttackPath::Link, Barrier::Device)].into(),
        profile: "9901 2026-11-20".to_owned(),
        file: "{}".to_owned(),
        looked_on: Some(today),
        expires: Some(expires),
        ..Standard::default()
    };
    let yesterday = today.yesterday().unwrap();
    for (standard, opens) in [
        (required(Barrier::Device, today), true),
        (required(Barrier::Device, yesterday), false),
        (required(Barrier::Bound, today), false),
        (Standard { file: String::new(), ..required(Barrier::Device, today) }, false),
    ] {
        let mut stored = world.wallet.book.load::<PartnerBank>(bank_code()).await.unwrap();
        stored.edit().agreement.standards.of_bank = standard;
        let mut unit = Unit::new();
        unit.update(&stored);
        world.wallet.book.commit(unit).await.unwrap();

        assert_eq!(linkable(&world).await, opens);
        let ctx = world.ctx();
        let wanted = terms(ctx.now, Yen::of(50_000), Yen::of(300_000)).unwrap();
        let asked = (person.id, "ses");
        let new = world.wallet.start_linking(&ctx, asked, bank_code(), wanted, (true, None)).await;
        assert_eq!(matches!(new, Err(WalletError::Stopped)), !opens, "{new:?}");
    }
    world.top_up(&person, link, "old", 1_000).await;
    assert_eq!(world.balance(&person).await, Yen::of(1_000), "old links go on");
}

#[tokio::test]
async fn a_bank_goes_only_after_a_month_of_standing_still_and_when_nobody_uses_it() {
    let world = World::new().await;
    let (aoki, _) = clerk(&world, "AOKI").await;
    let (baba, _) = clerk(&world, "BABABA").await;
    let (person, link) = world.settled("hanako", 1).await;
    let early = world.wallet.ask_remove_bank(&world.ctx(), aoki, bank_code(), "終了").await;
    assert!(matches!(refused(early), RegistryError::InUse(InUse::NotStopped)));
    let switch = Switch::Bank(bank_code());
    world.wallet.pull_switch(&world.ctx(), aoki, switch, "終了").await.unwrap();
    let asked =
        world.wallet.ask_remove_bank(&world.ctx(), aoki, bank_code(), "終了").await.unwrap();
    let soon = world.wallet.approve(&world.ctx(), baba, asked).await;
    assert!(matches!(soon, Err(WalletError::Desk(DeskError::TooEarly))));

    world.later(REMOVAL_WAIT_SECS);
    let alive = world.wallet.approve(&world.ctx(), baba, asked).await;
    assert!(matches!(refused(alive), RegistryError::InUse(InUse::Links)));
    world.wallet.unlink(&world.ctx(), person.id, link).await.unwrap();
    let bank = world.wallet.partner(bank_code()).await.unwrap();
    let arranged = Ask::Create(Configuration::default());
    world.wallet.arrange_stream(&world.ctx(), &bank, arranged).await.unwrap();
    world.wallet.approve(&world.ctx(), baba, asked).await.unwrap();

    assert!(world.wallet.book.find::<Stream>(bank_code()).await.unwrap().is_none());
    assert!(world.wallet.partner(bank_code()).await.is_err());
    assert!(
        world
            .wallet
            .book
            .list::<OutEvent>("state", &format!("due|{}", bank_code()))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(world.send_events().await, 0);
    assert_eq!(world.wallet.bank_name(bank_code()).await, "9901", "its links can still be shown");
    assert_eq!(world.wallet.links(person.id).await.unwrap().len(), 1);
}
