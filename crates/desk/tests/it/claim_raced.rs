//! Two people open a claim of one matter at the same moment.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kanuki_desk::{
    DeskError,
    case::{Case, CaseKind},
    claim::{self, Claim, NewClaim},
    shared,
};
use kanuki_domain::{
    Yen,
    compensation::shipped,
    id::{CaseId, StaffId},
};
use kanuki_record::{
    AuditEntry, Book, MemoryRecords, Order, RecordError, Records, Row, SealedEntry, Table, Unit,
    Write,
};

use crate::promises::Desk;

/// A store in which somebody opens a claim for this case just before another one is written.
#[derive(Debug)]
struct Raced(Arc<MemoryRecords>, Mutex<Option<CaseId>>);

#[async_trait]
impl Records for Raced {
    async fn fetch(&self, table: &'static Table, id: &str) -> Result<Option<Row>, RecordError> {
        self.0.fetch(table, id).await
    }

    async fn select(
        &self,
        table: &'static Table,
        key: &'static str,
        value: &str,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.0.select(table, key, value, order, limit).await
    }

    async fn select_after(
        &self,
        table: &'static Table,
        named: (&'static str, &str),
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.0.select_after(table, named, after, limit).await
    }

    async fn scan(
        &self,
        table: &'static Table,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.0.scan(table, after, limit).await
    }

    async fn commit(&self, writes: Vec<Write>, audit: Vec<AuditEntry>) -> Result<(), RecordError> {
        let opens =
            |write: &Write| matches!(write, Write::Insert(table, _) if table.name == "claim");
        let rival = if writes.iter().any(opens) { self.1.lock().unwrap().take() } else { None };
        if let Some(case_id) = rival {
            let faster = Book::new(Arc::<MemoryRecords>::clone(&self.0));
            open(&faster, (StaffId::derive(&["baba"]), case_id)).await.unwrap();
        }
        self.0.commit(writes, audit).await
    }

    async fn audit_log(&self, after: i64, limit: usize) -> Result<Vec<SealedEntry>, RecordError> {
        self.0.audit_log(after, limit).await
    }
}

async fn open(book: &Book, who: (StaffId, CaseId)) -> Result<(), DeskError> {
    let desk = Desk::new();
    let lost = vec![("movement".to_owned(), Yen::of(9_000))];
    let new = NewClaim { partner: "bank".to_owned(), is_payer: true, lost, told: Yen::ZERO };
    claim::open(book, &desk.ctx(60), Unit::new(), who, (&shipped(), new)).await
}

#[tokio::test]
async fn of_two_who_claim_one_movement_at_two_cases_of_a_matter_one_does() {
    let rows = Arc::new(MemoryRecords::default());
    let desk = Desk::new();
    let ctx = desk.ctx(0);
    let [mut first, mut second] =
        [1, 2].map(|_| Case::open(&ctx, CaseKind::NotMe, "wallet", Some("hanako".to_owned())));
    shared::join(&ctx, &mut first, &mut second);
    let mut unit = Unit::new();
    unit.insert(&first).insert(&second);
    Book::new(Arc::<MemoryRecords>::clone(&rows)).commit(unit).await.unwrap();
    let raced = Raced(Arc::clone(&rows), Mutex::new(Some(second.case_id)));
    let book = Book::new(Arc::new(raced));

    let late = open(&book, (StaffId::derive(&["aoki"]), first.case_id)).await;

    assert!(matches!(late, Err(DeskError::Decided)), "{late:?}");
    assert!(book.find::<Claim>(first.case_id).await.unwrap().is_none());
    assert!(book.find::<Claim>(second.case_id).await.unwrap().is_some());
    let again = open(&book, (StaffId::derive(&["aoki"]), first.case_id)).await;
    assert!(matches!(again, Err(DeskError::Claimed)), "and now it is seen: {again:?}");
}
