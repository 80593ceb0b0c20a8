//! Guessing from one place, from everywhere, fast and slow; and that none of it keeps honest people
//! out (reverse-brute-force, reverse-brute-force-slow, code-guessing, weaponised-safety).

use std::sync::Arc;

use kanuki_bank::{BankError, debit::DebitState};
use kanuki_desk::case::{Case, CaseKind};
use kanuki_domain::{
    Ctx,
    id::EnrolmentId,
    limits::{BREAKER_SECS, DAY_SECS, HOUR_SECS},
    route::Route,
};
use kanuki_risk::Engine;

use crate::world::{World, account, facts};

/// The breaker of routes that rest on codes.
const NEW_LINKS: &str = "new-links";

impl World {
    fn coming_from<'a>(&'a self, block: &'a str) -> Ctx<'a> {
        Ctx { now: self.now, entropy: &self.entropy, address_block: block, address: block }
    }

    /// A wrong code from somewhere, where a machine has printed a right one.
    async fn guess(&self, block: &str, n: usize) -> Result<(), BankError> {
        let (ctx, at, device) =
            (self.coming_from(block), account("9000001"), format!("device-{n}"));
        let started = self.bank.start_enrolment(&ctx, &at, Route::Atm, &device).await;
        let (id, reference) = started?;
        self.bank.atm_code(&ctx, &at, &reference).await?.unwrap();
        self.bank.enter_code(&ctx, id, &device, &format!("{n:010}")).await
    }

    async fn start(&self, block: &str, number: &str) -> Result<EnrolmentId, BankError> {
        let device = format!("{block}-{number}");
        let (ctx, account) = (self.coming_from(block), account(number));
        let started = self.bank.start_enrolment(&ctx, &account, Route::Atm, &device);
        started.await.map(|(id, _)| id)
    }

    async fn is_paused(&self) -> bool {
        let breakers = self.bank.breakers().await.unwrap();
        breakers.iter().any(|b| b.breaker_id == NEW_LINKS && b.is_open(self.now))
    }
}

fn block(n: usize) -> String {
    format!("10.{}.{}.0/24", n >> 8, n & 255)
}

/// Five wrong codes from each of so many networks.
async fn guess_from(world: &World, blocks: std::ops::Range<usize>) {
    for n in blocks {
        for m in 0..5 {
            let refused = world.guess(&block(n), n * 10 + m).await;
            // Once it is paused, nobody even begins.
            let is_refused = matches!(
                refused,
                Err(BankError::NotAvailable | BankError::TooMany | BankError::Paused)
            );
            assert!(is_refused, "{refused:?}");
        }
    }
}

/// weaponised-safety: what one network does is its own trouble.
#[tokio::test]
async fn one_network_cannot_pause_the_bank() {
    let world = World::new().await;
    for n in 0..500 {
        assert!(world.guess("198.51.100.0/24", n).await.is_err());
    }

    assert!(!world.is_paused().await);
    let own = world.start("198.51.100.0/24", "9000001").await;
    assert!(matches!(own, Err(BankError::TooMany)), "its own network is refused: {own:?}");
    world.start("203.0.113.0/24", "9000001").await.unwrap();
    assert!(world.bank.cases(true).await.unwrap().is_empty());
}

#[tokio::test]
async fn many_networks_pause_what_rests_on_codes_and_nothing_else() {
    let mut world = World::new().await;
    let linked = world.linked().await;
    guess_from(&world, 0..41).await;

    assert!(world.is_paused().await);
    for number in ["9000001", "9999999"] {
        let refused = world.start("203.0.113.0/24", number).await;
        assert!(matches!(refused, Err(BankError::Paused)), "alike for every number: {refused:?}");
    }
    // Who is enrolled goes on, links again, is debited; who was seen at a branch enrols.
    assert!(matches!(world.debit(linked, 1, 1_000).await.state, DebitState::Booked { .. }));
    let (request_uri, _) = world.push(facts()).await.unwrap();
    world.consent(&request_uri, "9000001").await.unwrap();
    let ctx = world.coming_from("203.0.113.0/24");
    let at = account("9000002");
    let started = world.bank.start_enrolment(&ctx, &at, Route::Branch, "hers").await;
    let (id, reference) = started.unwrap();
    let code = world.bank.activate_at_branch(&ctx, &at, &reference).await.unwrap().unwrap();
    world.bank.enter_code(&ctx, id, "hers", &code).await.unwrap();

    let open = world.bank.cases(true).await.unwrap();
    let about: Vec<&Case> = open.iter().filter(|c| c.kind == CaseKind::Guessing).collect();
    assert_eq!((about.len(), about[0].about.as_str()), (1, "breaker|new-links"));
    // It closes by itself, and what opened it does not open it again.
    world.wait(BREAKER_SECS);
    assert!(!world.is_paused().await);
    assert!(world.guess(&block(900), 9_000).await.is_err());
    assert!(!world.is_paused().await);
    world.start("203.0.113.0/24", "9000001").await.unwrap();
    guess_from(&world, 50..91).await;
    assert!(world.is_paused().await, "as many again do");
    assert_eq!(world.bank.breaker(NEW_LINKS).await.unwrap().times, 2);
}

/// weaponised-safety: keeping the routes shut wants ever more networks.
#[tokio::test]
async fn networks_that_opened_the_breaker_do_not_open_it_again_that_day() {
    let mut world = World::new().await;
    guess_from(&world, 0..41).await;
    assert!(world.is_paused().await);

    for _ in 0..3 {
        world.wait(BREAKER_SECS.max(HOUR_SECS));
        guess_from(&world, 0..41).await;
        assert!(!world.is_paused().await);
    }
}

/// weaponised-safety: a code that nobody was given is typed from everywhere.
#[tokio::test]
async fn what_nobody_was_given_pauses_nothing_wherever_it_is_guessed() {
    let world = World::new().await;
    for n in 0..60 {
        for proof in [Route::Atm, Route::Post, Route::Branch] {
            let (from, device) = (block(n), format!("{n} {}", proof.name()));
            let (ctx, at) = (world.coming_from(&from), account("9000001"));
            let started = world.bank.start_enrolment(&ctx, &at, proof, &device).await;
            let id = started.unwrap().0;
            for _ in 0..4 {
                assert!(world.bank.enter_code(&ctx, id, &device, "1234567890").await.is_err());
            }
        }
    }
    assert!(!world.is_paused().await);
}

#[tokio::test]
async fn a_first_link_that_rests_on_a_code_waits_too() {
    let mut world = World::new().await;
    let (ctx, hers) = (world.coming_from("203.0.113.0/24"), account("9000001"));
    let started = world.bank.start_enrolment(&ctx, &hers, Route::Call, "browser");
    let (id, reference) = started.await.unwrap();
    assert!(world.bank.call_received(&world.ctx(), "090-1111-2222", &reference).await.unwrap());
    let (options, state) =
        world.bank.start_registration(&world.ctx(), id, "browser").await.unwrap();
    let response = world.device.create(&options, crate::world::ORIGIN).unwrap();
    let ctx = Ctx { now: world.now, entropy: &world.entropy, address_block: "", address: "" };
    world.bank.finish_registration(&ctx, id, "browser", &response, &state).await.unwrap();
    guess_from(&world, 0..41).await;

    let (request_uri, _) = world.push(facts()).await.unwrap();
    let held = world.consent(&request_uri, "9000001").await;
    assert!(matches!(held, Err(BankError::Paused)), "{held:?}");

    // A passkey that has stood for a week is not what guessing brought about today.
    world.wait(7 * DAY_SECS);
    guess_from(&world, 50..91).await;
    assert!(world.is_paused().await);
    let (request_uri, _) = world.push(facts()).await.unwrap();
    world.consent(&request_uri, "9000001").await.unwrap();
}

/// reverse-brute-force-slow: one code, many pages, a new address for each, one try an hour.
#[tokio::test]
async fn one_code_tried_wherever_one_was_handed_out_is_loud() {
    let mut world = World::new().await;
    for n in 0..22 {
        let from = block(n);
        let (ctx, at) = (world.coming_from(&from), account("9000001"));
        let started = world.bank.start_enrolment(&ctx, &at, Route::Atm, &from).await;
        let (id, reference) = started.unwrap();
        world.bank.atm_code(&ctx, &at, &reference).await.unwrap().unwrap();
        let typed = world.bank.enter_code(&ctx, id, &from, "1234567890").await;
        assert!(typed.is_err());
        assert_eq!(world.is_paused().await, n >= 20, "after {n}");
        if world.is_paused().await {
            break;
        }
        world.wait(HOUR_SECS);
    }
    assert_eq!(world.bank.breaker(NEW_LINKS).await.unwrap().rule, "breaker-secret");
}

/// Many people type their PIN where a code is asked for; that is no guess of a code.
#[tokio::test]
async fn a_slip_that_many_people_make_is_no_walk() {
    let world = World::new().await;
    for n in 0..30 {
        let from = block(n);
        let (ctx, at) = (world.coming_from(&from), account("9000001"));
        let started = world.bank.start_enrolment(&ctx, &at, Route::Atm, &from).await;
        let (id, reference) = started.unwrap();
        world.bank.atm_code(&ctx, &at, &reference).await.unwrap().unwrap();
        assert!(world.bank.enter_code(&ctx, id, &from, "1234").await.is_err());
    }
    assert!(!world.is_paused().await);
}

#[tokio::test]
async fn a_restart_forgets_no_failure_and_no_breaker() {
    let mut world = World::new().await;
    guess_from(&world, 0..39).await;
    for n in 0..20 {
        assert!(world.guess("198.51.100.0/24", 5_000 + n).await.is_err());
    }
    world.bank.risk = Arc::new(Engine::bank().unwrap());
    assert!(
        world.start("198.51.100.0/24", "9000001").await.is_ok(),
        "a fresh engine knows nothing"
    );

    world.bank.risk = Arc::new(Engine::bank().unwrap());
    assert!(world.bank.recall_attempts(world.now).await.unwrap() >= 215);
    let own = world.start("198.51.100.0/24", "9000001").await;
    assert!(matches!(own, Err(BankError::TooMany)), "{own:?}");
    assert!(world.guess(&block(700), 7_000).await.is_err());
    assert!(world.is_paused().await, "the 201st from all over opens it");
    world.bank.risk = Arc::new(Engine::bank().unwrap());
    assert!(world.is_paused().await, "and it stays open");

    world.wait(3 * DAY_SECS);
    assert!(world.bank.forget_attempts(world.now).await.unwrap() >= 215);
    assert_eq!(world.bank.recall_attempts(world.now).await.unwrap(), 0);
}

/// code-guessing, and the weapon in it: whoever uses up the tries of an account uses up their own.
#[tokio::test]
async fn strangers_wrong_codes_do_not_keep_the_holder_out() {
    let mut world = World::new().await;
    for n in 0..12 {
        let from = block(n);
        let id = world.start(&from, "9000001").await.unwrap();
        let device = format!("{from}-9000001");
        let code = format!("00000000{n:02}");
        let typed = world.bank.enter_code(&world.coming_from(&from), id, &device, &code).await;
        assert!(typed.is_err());
    }

    world.wait(60);
    let (ctx, device) = (world.coming_from("203.0.113.0/24"), "hers");
    let hers = account("9000001");
    let (id, reference) =
        world.bank.start_enrolment(&ctx, &hers, Route::Atm, device).await.unwrap();
    let code = world.bank.atm_code(&ctx, &hers, &reference).await.unwrap().unwrap();
    world.bank.enter_code(&ctx, id, device, &code).await.unwrap();
}
