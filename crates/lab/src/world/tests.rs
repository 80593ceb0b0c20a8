use std::rc::Rc;

use kanuki_desk::signal::line::{self, LineWatch};
use kanuki_domain::Yen;
use kanuki_ledger::Transfer;

use super::*;
use crate::{
    browser::Browser, playbook::Calendar, policy::y2020::PATHS_2020, sim::schedule::Schedule,
};

fn plan(policy: Policy) -> Plan {
    let calendar = Calendar::of(5);
    Plan {
        seed: 1,
        policy,
        changes: Changes::default(),
        tamper: Tamper::default(),
        town: Town::of(1, 4),
        start: calendar.start,
        halt: calendar.halt,
        answers: 20,
        faults_until: None,
        mint: Mint::of(calendar.start, 4).unwrap(),
    }
}

/// Runs `visitor` in a world of this policy.
fn visit<V: Future<Output = ()> + 'static>(
    policy: Policy,
    visitor: impl FnOnce(Rc<World>) -> V,
) -> Rc<World> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let plan = plan(policy);
        let start = plan.start;
        let clock = Arc::new(SimClock::starting(start));
        let mut schedule = Schedule::new(Arc::clone(&clock));
        let world = Rc::new(World::build(plan, schedule.bed(), clock).await.unwrap());
        world.bed.spawn(start, visitor(Rc::clone(&world)));
        schedule.run(later(start, 3_600), &*world).await;
        world
    })
}

async fn statuses(world: Rc<World>) -> Vec<u16> {
    let address = world.town.customers[0].network;
    let mut browser = Browser::new(world.ground(), "visitor", address, 1);
    let mut statuses = Vec::new();
    for host in [WALLET.to_owned(), world.pages(0), world.pages(1), world.pages(2)] {
        for path in PATHS_2020 {
            statuses.push(browser.open(&format!("{host}{path}")).await.unwrap().status.as_u16());
        }
    }
    statuses
}

#[test]
fn a_world_that_is_over_leaves_nothing_in_memory() {
    let world = visit(Policy::Default, async |world| {
        statuses(world).await;
    });
    let net = Arc::downgrade(&world.net);

    drop(world);

    assert!(net.upgrade().is_none());
}

#[test]
fn pages_of_2020_exist_under_2020_and_nowhere_else() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    for policy in [Policy::Default, Policy::Y2020] {
        let seen = Rc::clone(&seen);
        visit(policy, |world| async move {
            let found = statuses(world).await;
            seen.borrow_mut().push(found);
        });
    }

    let seen = seen.borrow();
    assert!(seen[0].iter().all(|status| *status == 404), "{:?}", seen[0]);
    assert!(seen[1].iter().filter(|status| **status != 404).count() >= 4, "{:?}", seen[1]);
}

#[test]
fn cooked_books_are_found() {
    let found = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&found);
    visit(Policy::Default, |world| async move {
        assert_eq!(world.audit().await.unwrap(), Vec::<String>::new());
        let clearing = kanuki_wallet::chart::bank_clearing(world.banks[0].code);
        let (suspense, id) = (kanuki_ledger::AccountId::derive(&["suspense"]), ["cooked"]);
        let id = kanuki_ledger::TransferId::derive(&id);
        let cooked = Transfer::posted(id, clearing, suspense, Yen::of(1), 1);
        kanuki_ledger::LedgerEngine::create_transfers(
            &*world.wallet.ledger,
            vec![cooked],
            world.now(),
        )
        .await
        .unwrap();
        *told.borrow_mut() = world.audit().await.unwrap();
    });

    assert_eq!(*found.borrow(), ["the clearing of wallet and bank-one do not agree: 1 and 0 yen"]);
}

#[test]
fn each_company_hears_that_the_lines_of_the_others_live() {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&heard);
    visit(Policy::Default, |world| async move {
        for bank in &world.banks {
            assert_eq!(kanuki_bank_http::workers::ask_lines(&bank.state).await, 1);
        }
        kanuki_wallet_http::workers::ask_lines(&world.wallet.state).await;
        // Whoever was asked pushes the word.
        Workers::tick(&*world).await;
        let client = [CLIENT_ID.to_owned()];
        for bank in &world.banks {
            let lines = line::all(&bank.state.bank.book, &client).await.unwrap();
            told.borrow_mut().extend(lines.iter().map(LineWatch::lives));
        }
        let lines = world.wallet.state.wallet.lines().await.unwrap();
        told.borrow_mut().extend(lines.iter().map(LineWatch::lives));
        kanuki_wallet_http::workers::ask_lines(&world.wallet.state).await;
        let metrics = world.wallet.state.site.metrics.text();
        assert!(metrics.contains("signal_lines{state=\"living\"} 3"), "{metrics}");
    });

    assert_eq!(
        *heard.borrow(),
        [Some(true); 6],
        "three banks, and their three lines to the wallet"
    );
}

/// What honest people do in twelve days, as the wire showed it.
fn twelve_days(wakes_everybody: bool) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let tamper = Tamper { wakes_everybody, ..Tamper::default() };
        let plan = Plan { tamper, ..plan(Policy::Default) };
        let (start, calendar) = (plan.start, Calendar::of(5));
        let clock = Arc::new(SimClock::starting(start));
        let mut schedule = Schedule::new(Arc::clone(&clock));
        let world = Rc::new(World::build(plan, schedule.bed(), clock).await.unwrap());
        crate::honest::stage(&world, &calendar);
        crate::honest::watch(&world, &calendar);
        schedule.run(later(start, 12 * 86_400), &*world).await;
        world.trace.lines()
    })
}

#[test]
fn companies_that_rest_where_nothing_waits_do_what_they_do_when_they_are_woken() {
    let (rested, woken) = (twelve_days(false), twelve_days(true));

    assert!(rested.len() > 100, "{}", rested.len());
    let different = rested.iter().zip(&woken).find(|(one, other)| one != other);
    assert_eq!((different, rested.len()), (None, woken.len()));
}
