//! What models looked at is kept by day, whichever node counted it, and forgotten.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kanuki_desk::{
    counts,
    drift::{self, DriftDay, Standing},
};
use kanuki_domain::{Ctx, Entropy, Yen};
use kanuki_record::{
    AuditEntry, Book, MemoryRecords, Order, RecordError, Records, Row, SealedEntry, Table, Write,
};
use kanuki_risk::{
    Engine, Key, Kind, Policy, Signal,
    model::{Growth, Leaning, Level, Model, Samples},
};

const ONE_TREE: Growth = Growth {
    trees: 1,
    depth: 1,
    rate: 1.0,
    l2: 1.0,
    weight_min: 1.0,
    rows: 1.0,
    columns: 1.0,
    seed: 1,
};

fn model() -> Arc<Model> {
    let mut samples = Samples::new(vec!["amount".to_owned()]);
    for step in 0..1_000_u16 {
        samples.add(&[(step * 10).into()], step > 500);
    }
    Arc::new(samples.grow(&ONE_TREE, &[Leaning::Up]))
}

fn node() -> Engine {
    let model = model();
    let text = format!(
        "policy \"test\" version \"1\"\nbaseline approve\nmodel \"{}\"\n
         rule high on debit when score > 900 and amount > ¥90,000 then decline as high\n",
        model.version().unwrap()
    );
    Engine::new(Policy::parse_with(&text, &[model]).unwrap())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Never the same bytes twice.
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let drawn = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (byte, of) in bytes.iter_mut().zip(drawn.into_iter().cycle()) {
            *byte = of;
        }
    }
}

static ENTROPY: Counting = Counting(AtomicU64::new(1));

async fn keep(book: &Book, engine: &Engine) -> Result<usize, RecordError> {
    let now = at("2026-11-27T03:00:00Z");
    drift::keep(book, engine, &Ctx { now, entropy: &ENTROPY, address_block: "", address: "" }).await
}

async fn debits(engine: &Engine, at: Timestamp, amounts: impl Iterator<Item = u64>) {
    for (n, amount) in (0_u128..).zip(amounts) {
        let signal = Signal::new(Kind::Debit, at, vec![Key::Account(n.to_string())]);
        counts::decide(engine, n, &signal.with_amount(Yen::new(amount).unwrap())).await;
    }
}

#[tokio::test]
async fn two_nodes_count_into_one_row_a_day_and_it_is_forgotten_a_year_later() {
    let book = Book::new(Arc::new(MemoryRecords::default()));
    let nodes = [node(), node()];
    // In Tokyo the second is the next day.
    let moments = [at("2026-11-26T12:00:00Z"), at("2026-11-26T15:00:00Z")];
    for node in &nodes {
        for moment in moments {
            debits(node, moment, (0..300).map(|n| n * 33)).await;
        }
        assert_eq!(keep(&book, node).await.unwrap(), 2);
        assert_eq!(keep(&book, node).await.unwrap(), 0, "nothing twice");
    }

    let rows = book.scan::<DriftDay>("").await.unwrap();
    let told: Vec<(String, u64)> =
        rows.iter().map(|row| (row.day.to_string(), row.counted.rows)).collect();
    assert_eq!(told, [("2026-11-26".to_owned(), 600), ("2026-11-27".to_owned(), 600)]);

    let later = |days: i64| moments[1].checked_add(SignedDuration::from_hours(24 * days)).unwrap();
    assert_eq!(drift::forget(&book, later(399)).await.unwrap(), 0);
    assert_eq!(drift::forget(&book, later(401)).await.unwrap(), 2);
}

#[tokio::test]
async fn only_the_last_days_of_the_model_in_force_are_put_together() {
    let book = Book::new(Arc::new(MemoryRecords::default()));
    let node = node();
    let (before, now) = (at("2026-11-10T03:00:00Z"), at("2026-11-27T03:00:00Z"));
    let yesterday = at("2026-11-26T03:00:00Z");
    debits(&node, before, std::iter::repeat_n(9_999, 900)).await;
    debits(&node, yesterday, (0..600).map(|n| n * 16)).await;
    debits(&node, now, (0..100).map(|n| n * 99)).await;
    keep(&book, &node).await.unwrap();

    let Standing::Compared(told) = drift::standing((&book, &node), now).await.unwrap() else {
        panic!("there is a model");
    };

    assert_eq!((told.rows, told.level()), (700, Level::Steady), "{told:?}");
    let days: Vec<(String, u64, bool)> =
        told.days.iter().map(|day| (day.day.to_string(), day.rows, day.score.is_some())).collect();
    let day = |day: &str, rows, is_told| (day.to_owned(), rows, is_told);
    assert_eq!(days, [day("2026-11-26", 600, true), day("2026-11-27", 100, false)]);

    let shipped = Engine::bank().unwrap();
    let silent = drift::standing((&book, &shipped), now).await.unwrap();
    assert!(matches!(silent, Standing::NoModel));
}

/// A store whose answer to a commit is lost while `is_silent`, after it wrote.
#[derive(Debug, Default)]
struct Silent {
    inner: MemoryRecords,
    is_silent: AtomicBool,
}

#[async_trait]
impl Records for Silent {
    async fn fetch(&self, table: &'static Table, id: &str) -> Result<Option<Row>, RecordError> {
        self.inner.fetch(table, id).await
    }

    async fn select(
        &self,
        table: &'static Table,
        key: &'static str,
        value: &str,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.inner.select(table, key, value, order, limit).await
    }

    async fn select_after(
        &self,
        table: &'static Table,
        of: (&'static str, &str),
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.inner.select_after(table, of, after, limit).await
    }

    async fn scan(
        &self,
        table: &'static Table,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.inner.scan(table, after, limit).await
    }

    async fn commit(&self, writes: Vec<Write>, audit: Vec<AuditEntry>) -> Result<(), RecordError> {
        self.inner.commit(writes, audit).await?;
        if self.is_silent.load(Ordering::Relaxed) {
            return Err(RecordError::Unavailable("no answer".into()));
        }
        Ok(())
    }

    async fn audit_log(
        &self,
        after_seq: i64,
        limit: usize,
    ) -> Result<Vec<SealedEntry>, RecordError> {
        self.inner.audit_log(after_seq, limit).await
    }
}

#[tokio::test]
async fn what_was_kept_counts_once_though_the_answer_was_lost() {
    let store = Arc::new(Silent::default());
    let book = Book::new(store.clone());
    let (node, other) = (node(), node());
    let moments = [at("2026-11-26T12:00:00Z"), at("2026-11-26T15:00:00Z")];
    let told = async || -> Vec<u64> {
        let rows = book.scan::<DriftDay>("").await.unwrap();
        rows.iter().map(|row| row.counted.rows).collect()
    };
    for moment in moments {
        debits(&node, moment, 0..30).await;
    }

    store.is_silent.store(true, Ordering::Relaxed);
    keep(&book, &node).await.unwrap_err();
    assert_eq!(told().await, [30, 30], "it was written");
    keep(&book, &node).await.unwrap();
    debits(&other, moments[0], 0..5).await;
    keep(&book, &other).await.unwrap_err();
    store.is_silent.store(false, Ordering::Relaxed);

    debits(&node, moments[0], 0..7).await;
    for _ in 0..3 {
        keep(&book, &node).await.unwrap();
        keep(&book, &other).await.unwrap();
    }
    assert_eq!(told().await, [42, 30], "once each, and what came meanwhile");
}
