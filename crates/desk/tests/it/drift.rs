//! What models looked at is kept by day, whichever node counted it, and forgotten.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kanuki_desk::{
    counts,
    drift::{self, DriftDay, Standing},
};
use kanuki_domain::Yen;
use kanuki_record::{Book, MemoryRecords};
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
        assert_eq!(drift::keep(&book, node).await.unwrap(), 2);
        assert_eq!(drift::keep(&book, node).await.unwrap(), 0, "nothing twice");
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
    drift::keep(&book, &node).await.unwrap();

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
