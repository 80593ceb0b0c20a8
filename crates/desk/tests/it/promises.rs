//! However many strangers report, whoever waits longer is not pushed out of sight.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use kanuki_desk::{
    case::Case,
    promise::{self, PAGE, Promise},
    report::{self, Other},
    shared,
};
use kanuki_domain::{
    Ctx, Entropy,
    agreement::Side,
    compensation::shipped,
    id::{CaseId, StaffId},
};
use kanuki_record::{Book, MemoryRecords, Unit, vault::Vault};
use kanuki_wire::set::CaseStage;

/// Other bytes each time.
#[derive(Default)]
struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        for (byte, of) in bytes.iter_mut().zip(n.iter().rev().cycle()) {
            *byte = *of;
        }
    }
}

pub(crate) struct Desk {
    pub(crate) book: Book,
    pub(crate) vault: Vault,
    entropy: Counter,
    start: Timestamp,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            book: Book::new(Arc::new(MemoryRecords::default())),
            vault: Vault::new([3; 32]),
            entropy: Counter::default(),
            start: "2026-11-02T00:00:00Z".parse().unwrap(),
        }
    }

    pub(crate) fn ctx(&self, secs: i64) -> Ctx<'_> {
        let now = self.start + SignedDuration::from_secs(secs);
        Ctx { now, entropy: &self.entropy, address_block: "", address: "" }
    }

    async fn report(&self, secs: i64) -> CaseId {
        let case_id = CaseId::generate(&self.ctx(secs));
        self.report_as(case_id, secs).await;
        case_id
    }

    /// A report under this number; its code.
    pub(crate) async fn report_as(&self, case_id: CaseId, secs: i64) -> String {
        let ctx = self.ctx(secs);
        let clock = report::clock(&shipped(), ctx.now);
        let mut unit = Unit::new();
        let said = ("a@example.jp", "?", Other::Unknown);
        let taken = report::take(&mut unit, &self.vault, &ctx, (case_id, clock, None), said);
        self.book.commit(unit).await.unwrap();
        taken.unwrap().code.grouped()
    }

    async fn page(&self, after: Option<CaseId>) -> (Vec<Promise>, Option<CaseId>) {
        let found = promise::waiting(&self.book, Side::Wallet, after).await.unwrap();
        (found.all, found.next)
    }
}

#[tokio::test]
async fn a_flood_of_reports_is_read_page_by_page_and_hides_nobody_who_waits_longer() {
    let desk = Desk::new();
    let month = 30 * 86_400;
    let (first, second) = (desk.report(0).await, desk.report(60).await);
    for n in 0..250 {
        desk.report(month + n).await;
    }

    let (shown, next) = desk.page(None).await;
    let now = desk.ctx(month + 300).now;
    let late: Vec<CaseId> =
        shown.iter().filter(|one| one.is_answer_late(now)).map(|one| one.case_id).collect();
    assert_eq!((shown.len(), &late[..]), (PAGE, &[first, second][..]));
    assert_eq!(shown[0].case_id, first, "what is due first comes first");

    let (mut seen, mut next) = (shown, next);
    while let Some(after) = next {
        let (more, then) = desk.page(Some(after)).await;
        seen.extend(more);
        next = then;
    }
    let mut ids: Vec<CaseId> = seen.iter().map(|one| one.case_id).collect();
    ids.sort_by_key(ToString::to_string);
    ids.dedup();
    assert_eq!((seen.len(), ids.len()), (252, 252), "each once");

    let mut unit = Unit::new();
    let by = StaffId::derive(&["aoki"]);
    report::answer(&desk.book, &desk.ctx(month + 300), &mut unit, (by, first)).await.unwrap();
    desk.book.commit(unit).await.unwrap();
    let (shown, _) = desk.page(None).await;
    let answered = shown.iter().find(|one| one.case_id == first).unwrap();
    assert!(!answered.is_answer_late(now) && answered.is_refund_late(now), "money is owed still");
}

/// The partner tells of a report under this number.
async fn hear(desk: &Desk, case_id: CaseId, secs: i64) {
    let mut unit = Unit::new();
    let word = (case_id, "bank", CaseStage::Reported);
    shared::take(&desk.book, &desk.ctx(secs), &mut unit, word).await.unwrap();
    desk.book.commit(unit).await.unwrap();
}

#[tokio::test]
async fn who_reported_at_the_other_company_waits_at_the_one_that_pays_first() {
    let desk = Desk::new();
    let told = CaseId::derive(&["told"]);
    hear(&desk, told, 0).await;
    let own = desk.report(60).await;

    let (shown, _) = desk.page(None).await;
    let one = shown.iter().find(|one| one.case_id == told).unwrap();
    assert_eq!(shown.len(), 2);
    assert_eq!(one.clock, report::clock(&shipped(), desk.ctx(0).now), "since it was told");
    let now = desk.ctx(40 * 86_400).now;
    assert!(one.is_refund_late(now) && !one.is_answer_late(now), "the other one answers");
    let bank = promise::waiting(&desk.book, Side::Bank, None).await.unwrap();
    assert_eq!(bank.all.iter().map(|one| one.case_id).collect::<Vec<_>>(), [own]);

    let mut case = desk.book.load::<Case>(told).await.unwrap();
    case.edit().close(now, "system", "");
    let mut unit = Unit::new();
    unit.update(&case);
    desk.book.commit(unit).await.unwrap();
    let (shown, _) = desk.page(None).await;
    assert_eq!(shown.iter().map(|one| one.case_id).collect::<Vec<_>>(), [own], "it has its end");
}

#[tokio::test]
async fn what_was_told_and_what_was_reported_are_one_list_with_each_once() {
    let desk = Desk::new();
    for n in 0..90 {
        desk.report(n).await;
        hear(&desk, CaseId::generate(&desk.ctx(n)), n).await;
    }

    let (mut seen, mut next) = desk.page(None).await;
    while let Some(after) = next {
        let (more, then) = desk.page(Some(after)).await;
        seen.extend(more);
        next = then;
    }

    let told = seen.iter().filter(|one| one.is_told).count();
    let mut ids: Vec<String> = seen.iter().map(|one| one.case_id.to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((seen.len(), ids.len(), told), (180, 180, 90));
}
