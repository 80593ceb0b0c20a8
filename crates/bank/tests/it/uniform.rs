//! Whether an account exists costs a stranger the same work to ask (name-harvest).
//!
//! The bank's store and core are asked the same things in the same order for an account that exists
//! and for one that does not: that depends on no clock. The times are compared by ranks besides.

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use async_trait::async_trait;
use kanuki_bank::{
    Booking, CancelAnswer, CoreAnswer, CoreBanking, CoreCustomer, CoreError, WithdrawAnswer,
    holder::enrol::card::CardReading,
};
use kanuki_domain::{Ctx, Yen, bank_account::AccountNumber, id::DebitId, route::Route};
use kanuki_jpki::demo::DemoCa;
use kanuki_record::{
    MemoryRecords,
    noted::{Noted, differ_by},
};

use crate::{
    cards::Operator,
    world::{World, account},
};

#[derive(Debug)]
struct NotedCore(Arc<dyn CoreBanking>, Arc<Noted>);

#[async_trait]
impl CoreBanking for NotedCore {
    async fn find_owner(&self, account: &AccountNumber) -> Result<Option<String>, CoreError> {
        self.1.note("core find_owner");
        self.0.find_owner(account).await
    }

    async fn find_customer(&self, customer_no: &str) -> Result<Option<CoreCustomer>, CoreError> {
        self.1.note("core find_customer");
        self.0.find_customer(customer_no).await
    }

    async fn reserve(
        &self,
        id: DebitId,
        account: &AccountNumber,
        amount: Yen,
        booking: Booking<'_>,
    ) -> Result<CoreAnswer, CoreError> {
        self.0.reserve(id, account, amount, booking).await
    }

    async fn confirm(&self, id: DebitId) -> Result<CoreAnswer, CoreError> {
        self.0.confirm(id).await
    }

    async fn cancel(&self, id: DebitId) -> Result<CancelAnswer, CoreError> {
        self.0.cancel(id).await
    }

    async fn credit(
        &self,
        id: DebitId,
        account: &AccountNumber,
        amount: Yen,
        text: Option<&str>,
    ) -> Result<CoreAnswer, CoreError> {
        self.0.credit(id, account, amount, text).await
    }

    async fn withdraw_credit(&self, id: DebitId) -> Result<WithdrawAnswer, CoreError> {
        self.0.withdraw_credit(id).await
    }
}

/// A world that notes its work: somebody is enrolled at a branch and linked.
async fn world() -> (World, Arc<Noted>) {
    let noted = Arc::new(Noted::new(Arc::new(MemoryRecords::default())));
    let mut world = World::on(noted.clone()).await;
    world.bank.core = Arc::new(NotedCore(world.bank.core.clone(), noted.clone()));
    world.linked().await;
    let ca = DemoCa::generate(world.now).unwrap();
    world.bank.cards = Some(Arc::new(CardReading {
        anchors: ca.trust_anchors().unwrap(),
        operator_url: "http://operator.test/card".to_owned(),
        operator: Box::new(Operator(Mutex::new(ca.crl(&[], world.now).unwrap()))),
        authentication: None,
    }));
    (world, noted)
}

/// One thing that a stranger can ask, about something that exists or not.
#[derive(Clone, Copy, Debug)]
enum Page {
    StartCall,
    StartAtm,
    StartBranch,
    WrongAtmCode,
    WrongBranchCode,
    StopCode,
    Report,
    StartPost,
    StartCard,
    LookByCall,
    LookByPost,
    CallFromElsewhere,
}

/// Those whose times are measured as well.
const PAGES: [Page; 7] = [
    Page::StartCall,
    Page::StartAtm,
    Page::StartBranch,
    Page::WrongAtmCode,
    Page::WrongBranchCode,
    Page::StopCode,
    Page::Report,
];

/// Those that do nothing that one of the others does not do.
const LIKE_THEM: [Page; 5] =
    [Page::StartPost, Page::StartCard, Page::LookByCall, Page::LookByPost, Page::CallFromElsewhere];

#[expect(clippy::disallowed_methods, reason = "this is about real time")]
fn stopwatch() -> Instant {
    Instant::now()
}

/// Asks from a network and a browser of its own, so that no limit is met. Returns how long the last
/// step took.
async fn ask(world: &World, page: Page, exists: bool, n: usize) -> u64 {
    let (from, browser) = (format!("10.{}.{}.0/24", n >> 8, n & 255), format!("browser-{n}"));
    let ctx = Ctx { now: world.now, entropy: &world.entropy, address_block: &from, address: &from };
    let number = account(if exists { "9000001" } else { "9999999" });
    let bank = &world.bank;
    let prepared = match page {
        Page::WrongAtmCode => {
            Some(bank.start_enrolment(&ctx, &number, Route::Atm, &browser).await.unwrap())
        }
        Page::WrongBranchCode => {
            Some(bank.start_enrolment(&ctx, &number, Route::Branch, &browser).await.unwrap())
        }
        Page::CallFromElsewhere => {
            Some(bank.start_enrolment(&ctx, &number, Route::Call, &browser).await.unwrap())
        }
        _ => None,
    };
    let reference = prepared.as_ref().map(|(_, reference)| reference.clone()).unwrap_or_default();
    let prepared = prepared.map(|(id, _)| id);
    let start = stopwatch();
    match page {
        Page::StartCall => {
            bank.start_enrolment(&ctx, &number, Route::Call, &browser).await.unwrap();
        }
        Page::StartAtm => {
            bank.start_enrolment(&ctx, &number, Route::Atm, &browser).await.unwrap();
        }
        Page::StartBranch => {
            bank.start_enrolment(&ctx, &number, Route::Branch, &browser).await.unwrap();
        }
        Page::WrongAtmCode | Page::WrongBranchCode => {
            let code = format!("{n:010}");
            assert!(bank.enter_code(&ctx, prepared.unwrap(), &browser, &code).await.is_err());
        }
        Page::StopCode => {
            // There is no right answer to compare with: a right code stops. Two wrong ones.
            let code = format!("{}{n:011}", if exists { 'A' } else { 'B' });
            assert!(bank.preview_stop(&ctx, &code).await.is_err());
        }
        Page::StartPost => {
            bank.start_enrolment(&ctx, &number, Route::Post, &browser).await.unwrap();
        }
        Page::StartCard => {
            bank.start_card(&ctx, &number, &browser, None).await.unwrap();
        }
        Page::LookByCall => {
            bank.start_looking(&ctx, &number, Route::Call, &browser).await.unwrap();
        }
        Page::LookByPost => {
            bank.start_looking(&ctx, &number, Route::Post, &browser).await.unwrap();
        }
        Page::CallFromElsewhere => {
            assert!(!bank.call_received(&ctx, "09099999999", &reference).await.unwrap());
        }
        Page::Report => {
            let contact = if exists { "c1@example.jp" } else { "no@example.jp" };
            bank.report(&ctx, (contact, "身に覚えがありません"), None).await.unwrap();
        }
    }
    u64::try_from(start.elapsed().as_nanos()).unwrap()
}

#[tokio::test]
async fn asking_about_an_account_that_exists_is_the_same_work() {
    let (mut world, noted) = world().await;
    for (n, page) in PAGES.into_iter().chain(LIKE_THEM).enumerate() {
        // Every page in a day of its own: this is about work, not about limits.
        world.wait(86_400);
        let mut calls = Vec::new();
        for exists in [true, false] {
            noted.take();
            ask(&world, page, exists, 2 * n + usize::from(exists)).await;
            calls.push(noted.take());
            assert!(!calls[0].is_empty(), "{page:?}");
        }
        assert_eq!(calls[0], calls[1], "{page:?}");
    }
}

/// A page whose work differed would be found: the core is asked about a customer only in one case.
#[tokio::test]
async fn a_difference_would_be_seen() {
    let (world, noted) = world().await;
    noted.take();
    world.bank.core.find_by_account(&account("9000001")).await.unwrap();
    assert_eq!(noted.take(), ["core find_owner", "core find_customer"]);
    world.bank.core.find_by_account(&account("9999999")).await.unwrap();
    assert_eq!(noted.take(), ["core find_owner"]);
}

/// Pairs of questions in one round.
const PAIRS: usize = 300;
/// A machine that does other things may hide a difference in one round, and show one that is not there
/// in another: what is really there is seen in most of them.
const ROUNDS: usize = 7;
const MOST: usize = 5;

/// Whether the times of one round differ by their ranks (Mann-Whitney), by more than half of what one
/// look at the core takes here, which is a map in memory. What is less is the customer's number, copied
/// and kept in a row that has it: about a hundredth of an answer, and nothing beside a network. The two
/// questions of a pair follow each other, each of them first in every second pair, so that whatever
/// else the machine does meets both alike. With `planted`, an account that exists costs two looks more:
/// who it belongs to, and that customer.
async fn differs_once(page: Page, planted: bool) -> bool {
    let mut world = World::new().await;
    world.linked().await;
    let (mut times, mut looks) = ([Vec::new(), Vec::new()], Vec::new());
    for pair in 0..PAIRS {
        for turn in 0..2 {
            let exists = (pair + turn) % 2 == 0;
            // Every answer in a day of its own: this is about time, not about limits.
            world.wait(86_400);
            let mut took = ask(&world, page, exists, 2 * pair + turn).await;
            let look = look(&world).await;
            looks.push(look);
            if planted && exists {
                took += look << 1;
            }
            times[usize::from(exists)].push(took);
        }
    }
    looks.sort_unstable();
    differ_by(&times[0], &times[1], looks[looks.len() >> 1] >> 1)
}

/// How long one look at the core for a customer takes.
async fn look(world: &World) -> u64 {
    let start = stopwatch();
    world.bank.core.find_customer("c1").await.unwrap();
    u64::try_from(start.elapsed().as_nanos()).unwrap()
}

async fn can_be_told_apart(page: Page, planted: bool) -> bool {
    let (mut seen, mut unseen) = (0, 0);
    while seen < MOST && unseen <= ROUNDS - MOST {
        if differs_once(page, planted).await {
            seen += 1;
        } else {
            unseen += 1;
        }
    }
    seen == MOST
}

#[tokio::test]
async fn asking_about_an_account_that_exists_takes_as_long() {
    for page in PAGES {
        // What a page tells it tells each time; what the machine does beside it, it does once.
        let mut told = 0;
        while told < 3 && can_be_told_apart(page, false).await {
            told += 1;
        }
        assert!(told < 3, "{page:?} can be told apart by time");
    }
}

/// The measurement above sees a customer that is asked for needlessly, though the core is a map in memory
/// here and the machine does other things.
#[tokio::test]
async fn a_needless_question_would_be_told_apart_by_time() {
    // A machine that is busy with something else may hide it from one measurement.
    let mut is_seen = false;
    for _ in 0..3 {
        is_seen = is_seen || can_be_told_apart(Page::StartCall, true).await;
    }
    assert!(is_seen);
}
