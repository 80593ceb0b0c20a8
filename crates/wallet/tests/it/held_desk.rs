//! What staff do about whom a rule held for, through the case of that rule: stop, let held money go in twos,
//! give it back, and ask the customer to look.

use kanuki_desk::{DeskError, case::Case, watch};
use kanuki_domain::{
    Yen,
    id::{CaseId, StaffId, WalletId},
};
use kanuki_risk::{Key, Policy};
use kanuki_wallet::{
    WalletError,
    desk::{HeldWay, Switch},
    remittance::Remittance,
};

use crate::{
    held::{full, send},
    world::{Person, World},
};

const DAY: i64 = 86_400;
const TEXT: &str = "policy \"wallet\" version \"tried\"\nbaseline approve\n\
    list watched_wallets: wallet\n\
    rule watched on remittance when wallet in watched_wallets then hold for 24h as watched\n\
    rule large on remittance when amount > ¥50,000 then hold for 24h as rapid-drain tell customer, desk\n";

/// ¥80,000 that a rule holds, with its case, and two members of staff.
async fn held() -> (World, [Person; 2], Remittance, CaseId, [StaffId; 2]) {
    let (world, hanako, _, ichiro) = full().await;
    let parsed = Policy::parse(TEXT).unwrap_or_else(|wrong| panic!("{}", wrong.render("t", TEXT)));
    world.wallet.risk.reload(parsed);
    let held = send(&world, (&hanako, &ichiro), "large", 80_000).await;
    let case = world.wallet.book.find_by::<Case>("about", "rule|large").await.unwrap().unwrap();
    let case_id = case.case_id;
    let mut staff = Vec::new();
    for name in ["aoki", "baba"] {
        let until = kanuki_domain::mandate::later(world.ctx().now, DAY);
        staff.push(world.wallet.invite_staff(&world.ctx(), name, name, until).await.unwrap());
    }
    (world, [hanako, ichiro], held, case_id, [staff[0], staff[1]])
}

async fn texts(world: &World, case_id: CaseId) -> Vec<String> {
    let case = world.wallet.book.load::<Case>(case_id).await.unwrap();
    case.steps.iter().map(|step| step.text.clone()).collect()
}

#[tokio::test]
async fn two_people_let_held_money_go_before_its_time() {
    let (world, [hanako, ichiro], held, case_id, [aoki, baba]) = held().await;
    let id = held.remittance_id.to_string();
    let shown = world.wallet.held_money(&world.ctx(), hanako.id).await.unwrap();
    assert_eq!((shown.len(), shown[0].amount), (1, Yen::of(80_000)));
    assert!(matches!(shown[0].way, HeldWay::Wallet(_)) && !shown[0].is_asked);
    assert!(world.wallet.held_money(&world.ctx(), ichiro.id).await.unwrap().is_empty());

    let asked =
        world.wallet.ask_held_release(&world.ctx(), aoki, (case_id, &id), "電話で確認").await;
    let asked = asked.unwrap();
    let again = world.wallet.ask_held_release(&world.ctx(), baba, (case_id, &id), "x").await;
    assert!(matches!(again, Err(WalletError::Desk(DeskError::Decided))), "{again:?}");
    let alone = world.wallet.approve(&world.ctx(), aoki, asked).await;
    assert!(matches!(alone, Err(WalletError::Desk(DeskError::SamePerson))), "{alone:?}");
    world.wallet.recover(&world.ctx()).await.unwrap();
    assert_eq!(world.balance(&ichiro).await, Yen::ZERO, "one person lets nothing go");

    world.wallet.approve(&world.ctx(), baba, asked).await.unwrap();

    assert_eq!(world.balance(&ichiro).await, Yen::of(80_000));
    let texts = texts(&world, case_id).await;
    for text in [format!("=held_release_asked|{id}"), format!("=held_released|{id}")] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    let late = world.wallet.ask_held_release(&world.ctx(), aoki, (case_id, &id), "x").await;
    assert!(matches!(late, Err(WalletError::Desk(DeskError::Decided))), "{late:?}");
}

/// FT-22: a shorter clock is no way past a list, and no way past a switch.
#[tokio::test]
async fn money_that_is_let_go_still_waits_for_whoever_is_watched_or_stopped() {
    let (world, [hanako, ichiro], held, case_id, [aoki, baba]) = held().await;
    let (ctx, id) = (world.ctx(), held.remittance_id.to_string());
    let key = Key::Wallet(held.from.to_string());
    let (book, risk) = (&world.wallet.book, &world.wallet.risk);
    watch::add(book, &ctx, aoki, risk, (&key, "警察から")).await.unwrap();
    let switch = Switch::Wallet(held.from);
    world.wallet.pull_switch(&ctx, aoki, switch, "x").await.unwrap();

    let asked = world.wallet.ask_held_release(&ctx, aoki, (case_id, &id), "x").await.unwrap();
    world.wallet.approve(&ctx, baba, asked).await.unwrap();
    world.wallet.recover(&world.ctx()).await.unwrap();
    assert_eq!(world.balance(&ichiro).await, Yen::ZERO, "on a list");
    let told = world.mail(&hanako).await.0;
    assert!(!told.contains(&"held_released".to_owned()), "it does not go: {told:?}");
    let noted = texts(&world, case_id).await;
    assert!(noted.contains(&format!("=held_kept|{id}")), "{noted:?}");
    assert!(!noted.contains(&format!("=held_released|{id}")), "{noted:?}");
    let row = world.wallet.held_money(&world.ctx(), hanako.id).await.unwrap();
    assert_eq!(row[0].lists, ["watched_wallets"], "why its end is past");

    let name = format!("watched_wallets|{}", held.from);
    let off = watch::ask_end(book, &ctx, aoki, (&name, "x")).await.unwrap();
    world.wallet.approve(&ctx, baba, off).await.unwrap();
    world.wallet.recover(&world.ctx()).await.unwrap();
    assert_eq!(world.balance(&ichiro).await, Yen::ZERO, "stopped");

    let open = world.wallet.ask_release(&ctx, aoki, switch, ("x", None)).await.unwrap();
    world.wallet.approve(&ctx, baba, open).await.unwrap();
    world.wallet.recover(&world.ctx()).await.unwrap();
    assert_eq!(world.balance(&ichiro).await, Yen::of(80_000));
}

#[tokio::test]
async fn one_person_gives_held_money_back_and_its_customer_is_told() {
    let (world, [hanako, ichiro], held, case_id, [aoki, baba]) = held().await;
    let (ctx, id) = (world.ctx(), held.remittance_id.to_string());
    let asked = world.wallet.ask_held_release(&ctx, aoki, (case_id, &id), "x").await.unwrap();
    let stranger = CaseId::derive(&["other"]);
    let other = world.wallet.give_back_held(&ctx, aoki, (stranger, &id), "x").await;
    assert!(matches!(other, Err(WalletError::NotAvailable)), "{other:?}");

    world.wallet.give_back_held(&ctx, baba, (case_id, &id), "詐欺と本人が気づいた").await.unwrap();

    assert_eq!(world.balance(&hanako).await, Yen::of(150_000));
    let told = world.mail(&hanako).await.0;
    assert!(told.contains(&"given_back".to_owned()), "{told:?}");
    assert!(!told.contains(&"sent_back".to_owned()), "nobody failed to fetch it: {told:?}");
    assert!(texts(&world, case_id).await.contains(&format!("=held_given_back|{id}")));
    let late = world.wallet.approve(&ctx, baba, asked).await;
    assert!(matches!(late, Err(WalletError::Desk(DeskError::Decided))), "{late:?}");
    world.later(2 * DAY);
    world.wallet.recover(&world.ctx()).await.unwrap();
    assert_eq!(world.balance(&ichiro).await, Yen::ZERO);
}

#[tokio::test]
async fn whom_a_case_is_about_can_be_stopped_from_it_and_nobody_else() {
    let (world, [_, ichiro], held, case_id, [aoki, baba]) = held().await;
    let ctx = world.ctx();
    let (from, to) = (held.from, world.wallet.customer(ichiro.id).await.unwrap().wallet_id);
    let other = world.open("jiro").await;
    let other = world.wallet.customer(other.id).await.unwrap().wallet_id;
    let refused = world.wallet.read_subject(&ctx, aoki, (case_id, other)).await;
    assert!(matches!(refused, Err(WalletError::NotAvailable)), "the case is not about them");
    let refused =
        world.wallet.stop_for_case(&ctx, aoki, (case_id, Switch::Wallet(other)), "x").await;
    assert!(refused.is_err() && world.wallet.stopped_now(&ctx).await.unwrap().is_empty());
    world.wallet.read_subject(&ctx, aoki, (case_id, to)).await.unwrap();

    world
        .wallet
        .stop_for_case(&ctx, aoki, (case_id, Switch::Wallet(from)), "掛け子")
        .await
        .unwrap();

    let stopped = world.wallet.stopped_now(&ctx).await.unwrap();
    assert_eq!((stopped.len(), stopped[0].switch), (1, Switch::Wallet(from)));
    assert_eq!((stopped[0].by, stopped[0].reason.as_str()), (aoki, "掛け子"));
    assert!(texts(&world, case_id).await.contains(&format!("=stopped_for_case|{from}")));
    let asked = world.wallet.ask_release(&ctx, aoki, Switch::Wallet(from), ("x", None)).await;
    world.wallet.approve(&ctx, baba, asked.unwrap()).await.unwrap();
    assert!(world.wallet.stopped_now(&ctx).await.unwrap().is_empty());
    assert!(!world.wallet.is_stopped(&ctx, Switch::Wallet(from)).await.unwrap());
}

#[tokio::test]
async fn a_switch_of_nothing_is_not_pulled() {
    let (world, _, _, _, [aoki, _]) = held().await;
    let nobody = Switch::Wallet(WalletId::derive(&["nobody"]));

    let pulled = world.wallet.pull_switch(&world.ctx(), aoki, nobody, "x").await;

    assert!(matches!(pulled, Err(WalletError::NotAvailable)), "{pulled:?}");
    assert!(!world.wallet.is_stopped(&world.ctx(), nobody).await.unwrap());
}

/// No tipping-off: a customer is asked to look, once a day, and reads nothing of a rule or a case.
#[tokio::test]
async fn a_customer_is_asked_to_look_once_a_day() {
    let (world, [hanako, ichiro], held, case_id, [aoki, baba]) = held().await;
    let (about, ctx) = ((case_id, held.from), world.ctx());

    world.wallet.write_to_subject(&ctx, aoki, about).await.unwrap();
    let again = world.wallet.write_to_subject(&ctx, baba, about).await;

    assert!(matches!(again, Err(WalletError::TooMany)), "{again:?}");
    let asked = |kinds: Vec<String>| kinds.iter().filter(|kind| *kind == "please_look").count();
    assert!(asked(world.mail(&hanako).await.0) > 0);
    assert_eq!(asked(world.mail(&ichiro).await.0), 0);
    assert!(texts(&world, case_id).await.contains(&format!("=written_to|{}", held.from)));
    world.later(DAY + 1);
    world.wallet.write_to_subject(&world.ctx(), baba, about).await.unwrap();
}
