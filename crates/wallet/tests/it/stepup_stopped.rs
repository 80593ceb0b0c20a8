//! What is stopped while somebody signs a top-up at the bank does not come all the same.

use kanuki_domain::{
    Yen,
    id::{LinkId, StaffId},
};
use kanuki_wallet::{
    Refusal, WalletError,
    desk::Switch,
    topup::{Topup, TopupState},
};
use kanuki_wire::ErrorCode;

use crate::{
    bank::Fault,
    world::{Person, World, bank_code},
};

const SESSION: &str = "ses";

/// Every way to stop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Freeze,
    Unlink,
    Everything,
    Bank,
    Link,
    Wallet,
}

const STOPS: [Stop; 6] =
    [Stop::Freeze, Stop::Unlink, Stop::Everything, Stop::Bank, Stop::Link, Stop::Wallet];

impl Stop {
    async fn pull(self, world: &World, person: &Person, link: LinkId) {
        let (wallet, ctx, staff) = (&world.wallet, world.ctx(), StaffId::derive(&["aoki"]));
        let customer = wallet.known(person.id).await.unwrap().customer.wallet_id;
        let switch = match self {
            Self::Freeze => {
                wallet.freeze(&ctx, person.id).await.unwrap();
                return;
            }
            Self::Unlink => return wallet.unlink(&ctx, person.id, link).await.unwrap(),
            Self::Everything => Switch::Everything,
            Self::Bank => Switch::Bank(bank_code()),
            Self::Link => Switch::Link(link),
            Self::Wallet => Switch::Wallet(customer),
        };
        wallet.pull_switch(&ctx, staff, switch, "a report").await.unwrap();
    }

    fn reason(self) -> Refusal {
        if self == Self::Unlink { Refusal::NotActive } else { Refusal::Stopped }
    }
}

/// A customer whose bank wants this top-up signed.
async fn careful() -> (World, Person, LinkId, Topup) {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    *world.bank.unsigned_max.lock().unwrap() = Some(Yen::of(10_000));
    let topup = world.top_up(&hanako, link, "a", 30_000).await;
    assert!(matches!(topup.state, TopupState::NeedsApproval { .. }));
    (world, hanako, link, topup)
}

async fn set_out(world: &World, person: &Person, topup: &Topup) -> Result<String, WalletError> {
    let who = (person.id, SESSION);
    Box::pin(world.wallet.start_approving(&world.ctx(), who, topup.topup_id)).await?;
    let state = world.bank.last_state();
    Ok(format!("code=c&state={state}&iss=http%3A%2F%2Flocalhost%3A8081"))
}

async fn come_back(world: &World, person: &Person, query: &str) {
    let who = (person.id, SESSION);
    world.wallet.return_from_bank(&world.ctx(), who, bank_code(), query).await.unwrap();
}

async fn state(world: &World, topup: &Topup) -> TopupState {
    world.wallet.book.load::<Topup>(topup.topup_id).await.unwrap().state
}

async fn assert_nothing_moved(world: &World, topup: &Topup, stop: Stop, asked: u32) {
    let is = state(world, topup).await;
    assert!(
        matches!(is, TopupState::Refused { reason, .. } if reason == stop.reason()),
        "{stop:?}: {is:?}"
    );
    assert_eq!(*world.bank.asked.lock().unwrap(), asked, "{stop:?}: the bank was asked");
    assert_eq!(world.bank.debited(), Yen::ZERO, "{stop:?}");
    let overview = world.wallet.overview(&world.ctx(), topup.customer_id).await.unwrap();
    assert_eq!(overview.incoming, Yen::ZERO, "{stop:?}: nothing is announced any more");
}

#[tokio::test]
async fn what_is_signed_after_a_stop_is_not_asked_for() {
    for stop in STOPS {
        let (world, hanako, link, topup) = careful().await;
        let query = set_out(&world, &hanako, &topup).await.unwrap();

        stop.pull(&world, &hanako, link).await;
        come_back(&world, &hanako, &query).await;

        assert_nothing_moved(&world, &topup, stop, 1).await;
    }
}

#[tokio::test]
async fn nobody_sets_out_after_a_stop() {
    for stop in STOPS {
        let (world, hanako, link, topup) = careful().await;

        stop.pull(&world, &hanako, link).await;
        let refused = set_out(&world, &hanako, &topup).await;

        assert!(matches!(refused, Err(WalletError::Stopped)), "{stop:?}: {refused:?}");
        assert_nothing_moved(&world, &topup, stop, 1).await;
    }
}

#[tokio::test]
async fn what_was_approved_elsewhere_is_not_fetched_after_a_stop() {
    for stop in STOPS {
        let (world, hanako, link, topup) = careful().await;
        *world.bank.undecided.lock().unwrap() = Some(ErrorCode::AuthorizationPending);
        world.wallet.start_waiting(&world.ctx(), hanako.id, topup.topup_id).await.unwrap();

        stop.pull(&world, &hanako, link).await;
        *world.bank.undecided.lock().unwrap() = None;
        world.later(60);
        world.wallet.recover(&world.ctx()).await.unwrap();

        assert_nothing_moved(&world, &topup, stop, 1).await;
    }
}

/// The signed debit was asked for, and the answer was lost; then it is stopped.
async fn lost_then_stopped(fault: Fault) -> (World, Person, Topup) {
    let (world, hanako, link, topup) = careful().await;
    let query = set_out(&world, &hanako, &topup).await.unwrap();
    world.bank.faults.lock().unwrap().push_back(fault);
    come_back(&world, &hanako, &query).await;
    assert!(matches!(state(&world, &topup).await, TopupState::Approved { .. }));
    Stop::Freeze.pull(&world, &hanako, link).await;
    for _ in 0..3 {
        world.later(200);
        world.wallet.recover(&world.ctx()).await.unwrap();
    }
    (world, hanako, topup)
}

#[tokio::test]
async fn a_question_lost_before_a_stop_is_not_asked_again_with_the_signature() {
    let (world, _, topup) = Box::pin(lost_then_stopped(Fault::LostBefore)).await;

    assert_nothing_moved(&world, &topup, Stop::Freeze, 3).await;
}

#[tokio::test]
async fn what_the_bank_took_before_a_stop_is_found_and_held_for_its_owner() {
    let (world, hanako, topup) = Box::pin(lost_then_stopped(Fault::LostAfter)).await;

    assert!(matches!(state(&world, &topup).await, TopupState::Posted { .. }));
    assert_eq!(world.balance(&hanako).await, Yen::of(30_000));
    assert_eq!(world.bank.debited(), Yen::of(30_000));
}
