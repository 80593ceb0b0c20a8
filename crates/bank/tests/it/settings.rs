//! FT-01, FT-05, INC-17: a company that starts from a looser file than before needs two people and the
//! partners, for that change and once.

use jiff::ToSpan as _;
use kanuki_bank::BankError;
use kanuki_desk::{
    DeskError,
    risk_record::{Unsigned, review},
    settings::{self, NotAsked, Refused},
};
use kanuki_domain::{
    Yen, agreement,
    id::{ApprovalId, StaffId},
    risk_record::RiskRecord,
    settings::{Effect, STAFF, Setting, Settings},
};

use crate::{registry::two, reopening::record, world::World};

fn people() -> (StaffId, StaffId) {
    (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]))
}

fn capped(per_day: u32) -> Settings {
    Settings::of_bank().with("cap-per-day", Setting::UpTo(Yen::of(per_day)))
}

/// Starts with this cap: what that did, or nothing where it was refused.
async fn start(world: &World, per_day: u32) -> Option<Vec<Effect>> {
    start_with(world, &capped(per_day)).await
}

async fn start_with(world: &World, next: &Settings) -> Option<Vec<Effect>> {
    let (bank, ctx) = (&world.bank, world.ctx());
    let partners = bank.asked_partners().await.unwrap();
    match settings::start(&bank.book, &ctx, next, &partners).await {
        Ok(changes) => {
            settings::founded(&bank.book).await.unwrap();
            Some(changes.iter().map(|change| change.effect).collect())
        }
        Err(Refused::Loosens(_)) => None,
        Err(Refused::Record(error)) => panic!("{error}"),
    }
}

/// The newest start that was refused, and whether it was signed.
async fn waiting(world: &World) -> Option<(String, bool)> {
    let partners = world.bank.asked_partners().await.unwrap();
    let all = settings::coming(&world.bank.book, world.now, &partners).await.unwrap();
    all.into_iter().next().map(|(coming, is_signed)| (coming.coming_id, is_signed))
}

async fn ask(world: &World, id: &str, record: Option<RiskRecord>) -> Result<ApprovalId, NotAsked> {
    world.bank.ask_settings(&world.ctx(), people().0, (id, "summer"), record).await
}

#[tokio::test]
async fn a_looser_start_needs_a_record_of_exactly_that_change_each_time() {
    let mut world = World::new().await;
    assert_eq!(
        start(&world, 30_000).await,
        Some(Vec::new()),
        "the first start takes what is there"
    );
    assert_eq!(start(&world, 40_000).await, None);
    let (id, _) = waiting(&world).await.unwrap();

    let unheard = RiskRecord { views: Vec::new(), ..record(&world) };
    for (given, row) in [(None, "FT-01"), (Some(unheard), "FT-05")] {
        let refused = ask(&world, &id, given).await;
        let Err(NotAsked::Unsigned(Unsigned::Lacks(gaps))) = refused else { panic!("{refused:?}") };
        assert!(gaps.iter().any(|gap| gap.requirement == row), "{gaps:?}");
    }
    let first = ask(&world, &id, Some(record(&world))).await.unwrap();
    assert!(matches!(ask(&world, &id, Some(record(&world))).await, Err(NotAsked::Known)));
    world.bank.decide(&world.ctx(), people().1, first, false).await.unwrap();
    assert_eq!(start(&world, 40_000).await, None, "declined");
    let second = ask(&world, &id, Some(record(&world))).await.unwrap();
    let own = world.bank.decide(&world.ctx(), people().0, second, true).await;
    assert!(matches!(own, Err(BankError::Desk(DeskError::SamePerson))), "{own:?}");
    world.bank.decide(&world.ctx(), people().1, second, true).await.unwrap();
    assert_eq!(waiting(&world).await.unwrap(), (id.clone(), true));

    assert_eq!(start(&world, 50_000).await, None, "more than was signed");
    assert_eq!(start(&world, 40_000).await, Some(vec![Effect::Loosens]));
    assert_eq!(start(&world, 40_000).await, Some(Vec::new()));

    // Taken back is believed only once it was.
    let kept = world.bank.risk_records().await.unwrap();
    let kept = kept.iter().find(|kept| kept.standing.name() == "in-force").unwrap().record_id;
    let back = review::Looked { found: "summer is over".to_owned(), ..review::Looked::default() };
    let lie = world.bank.ask_review(&world.ctx(), people().0, kept, back.clone()).await;
    assert!(matches!(lie, Err(review::Refused::StillLooser)), "{lie:?}");
    assert_eq!(start(&world, 30_000).await, Some(vec![Effect::Tightens]));
    let over = world.bank.ask_review(&world.ctx(), people().0, kept, back).await.unwrap();
    world.wait(60);
    world.bank.decide(&world.ctx(), people().1, over, true).await.unwrap();

    assert_eq!(start(&world, 40_000).await, None, "what was signed counts once");
    assert_ne!(waiting(&world).await.unwrap().0, id);
}

#[tokio::test]
async fn a_record_whose_day_has_passed_lets_nothing_start() {
    let mut world = World::new().await;
    start(&world, 30_000).await;
    assert_eq!(start(&world, 40_000).await, None);
    let (id, _) = waiting(&world).await.unwrap();
    let soon = agreement::today(world.now).saturating_add(2.days());
    let brief = RiskRecord { review_by: Some(soon), ..record(&world) };
    let asked = ask(&world, &id, Some(brief)).await.unwrap();
    world.bank.decide(&world.ctx(), people().1, asked, true).await.unwrap();

    world.wait(3 * 86_400);
    assert_eq!(start(&world, 40_000).await, None);
    assert_eq!(waiting(&world).await.unwrap(), (id.clone(), false), "it may be asked for anew");
    let again = ask(&world, &id, Some(record(&world))).await.unwrap();
    world.bank.decide(&world.ctx(), people().1, again, true).await.unwrap();
    assert_eq!(start(&world, 40_000).await, Some(vec![Effect::Loosens]));
}

#[tokio::test]
async fn what_would_be_loosened_from_something_else_by_now_is_not_agreed_to() {
    let world = World::new().await;
    start(&world, 30_000).await;
    assert_eq!(start(&world, 40_000).await, None);
    let (id, _) = waiting(&world).await.unwrap();
    let asked = ask(&world, &id, Some(record(&world))).await.unwrap();

    assert_eq!(start(&world, 20_000).await, Some(vec![Effect::Tightens]));
    assert_eq!(waiting(&world).await, None, "it would loosen more than anybody saw");
    let late = world.bank.decide(&world.ctx(), people().1, asked, true).await;
    assert!(matches!(late, Err(BankError::Desk(DeskError::Decided))), "{late:?}");
    world.bank.decide(&world.ctx(), people().1, asked, false).await.unwrap();
}

/// Settings in which the file names these people.
fn staffed(names: &[&str]) -> Settings {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    capped(30_000).with(STAFF, Setting::Trusts(names))
}

/// Found by a thief: two names in the file, with codes of his own, were the two people.
#[tokio::test]
async fn a_file_names_nobody_more_once_two_people_could_sign_for_them() {
    let world = World::new().await;
    let known = ["STAFFAOKI", "STAFFBABABABA"];
    start_with(&world, &staffed(&["STAFFAOKI"])).await.unwrap();
    assert_eq!(
        start_with(&world, &staffed(&known)).await,
        Some(vec![Effect::Changes]),
        "nobody could sign yet"
    );
    two(&world).await;

    for thieves in [&["STAFFAOKI", "Mr. X", "Ms. Y"][..], &["Mr. X"]] {
        assert_eq!(start_with(&world, &staffed(thieves)).await, None, "{thieves:?}");
    }
    assert_eq!(start_with(&world, &staffed(&[])).await, Some(vec![]), "they stay at the desk");
    assert_eq!(start_with(&world, &staffed(&known)).await, Some(vec![]), "and are known");

    let before_names_were_kept = World::new().await;
    start(&before_names_were_kept, 30_000).await.unwrap();
    two(&before_names_were_kept).await;
    let thief = staffed(&["STAFFAOKI", "Mr. X"]);
    assert_eq!(start_with(&before_names_were_kept, &thief).await, None);
    let same = start_with(&before_names_were_kept, &staffed(&["STAFFAOKI"])).await;
    assert_eq!(same, Some(vec![Effect::Changes]));
}

/// Found by a thief: one start that did not know a setting made the next one free to choose it.
#[tokio::test]
async fn what_a_start_does_not_name_is_compared_when_it_comes_back() {
    let world = World::new().await;
    let with = |is_open| capped(30_000).with("new-links", Setting::Opens(is_open));
    start_with(&world, &with(false)).await.unwrap();

    for _ in 0..2 {
        start(&world, 30_000).await.unwrap();
    }
    assert_eq!(start_with(&world, &with(true)).await, None);
    let back = start_with(&world, &with(false)).await;
    assert_eq!(back, Some(vec![Effect::Changes]), "that it is back is written down");
    assert_eq!(start_with(&world, &with(false)).await, Some(vec![]));
}

#[tokio::test]
async fn a_first_start_that_never_served_may_be_put_right() {
    let world = World::new().await;
    let first = async |per_day| {
        settings::start(&world.bank.book, &world.ctx(), &capped(per_day), &[]).await.map(|_| ())
    };
    first(30_000).await.unwrap();
    first(40_000).await.unwrap();
    settings::founded(&world.bank.book).await.unwrap();
    settings::founded(&world.bank.book).await.unwrap();

    assert!(matches!(first(50_000).await, Err(Refused::Loosens(_))));
}
