use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kanuki_record::MemoryRecords;

use super::*;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Toy {
    name: String,
    made: Timestamp,
    is_needed: bool,
}

record! { Toy => "toy" by |t| t.name.clone(); }

struct Toys(Timestamp);

impl Keeper<Toy> for Toys {
    async fn judge(&self, toy: &Stored<Toy>, _: &mut Unit) -> Result<Verdict, RecordError> {
        Ok(match toy.is_needed {
            _ if toy.made >= cutoff(self.0, 7) => Verdict::TooNew,
            true => Verdict::Needed(Need::OpenCase),
            false => Verdict::Due,
        })
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn filled(count: usize) -> Book {
    let book = Book::new(Arc::new(MemoryRecords::default()));
    let mut unit = Unit::new();
    for n in 0..count {
        let made = at("2026-11-22T00:00:00Z");
        unit.insert(&Toy { name: format!("{n:05}"), made, is_needed: n % 10 == 0 });
    }
    let made = at("2030-01-01T00:00:00Z");
    unit.insert(&Toy { name: "99999".to_owned(), made, is_needed: false });
    book.commit(unit).await.unwrap();
    book
}

#[test]
fn years_are_those_of_the_calendar() {
    assert_eq!(cutoff(at("2036-11-22T03:00:00Z"), 10), at("2026-11-22T03:00:00Z"));
    assert_eq!(cutoff(at("2028-02-29T00:00:00Z"), 7), at("2021-02-28T00:00:00Z"));
}

#[tokio::test]
async fn what_is_due_goes_in_bounded_steps_and_what_is_needed_or_new_stays() {
    let book = filled(1_200).await;
    let first = at("2033-11-22T00:00:00Z");
    assert_eq!(forget::<Toy, _>(&book, first, &Toys(first)).await.unwrap(), 0, "not a day early");

    // The round of yesterday is over; one pass takes ten steps of fifty rows.
    let mut now = at("2033-11-23T00:00:00Z");
    let mut gone = Vec::new();
    for _ in 0..4 {
        gone.push(forget::<Toy, _>(&book, now, &Toys(now)).await.unwrap());
        now = now.checked_add(SignedDuration::from_hours(1)).unwrap();
    }

    assert_eq!(gone, [450, 450, 180, 0], "then it rests until tomorrow");
    let left = book.scan::<Toy>("").await.unwrap();
    assert_eq!(left.len(), 121);
    let of_toys = progress(&book).await.unwrap().remove("toy").unwrap();
    assert_eq!((of_toys.forgotten, of_toys.last.forgotten), (1_080, 1_080));
    assert_eq!(of_toys.last.needed, BTreeMap::from([(Need::OpenCase, 120)]));
    assert_eq!(of_toys.months, BTreeMap::from([("2033-11".to_owned(), 1_080)]));
    let log = book.records().audit_log(0, 100).await.unwrap();
    assert_eq!(log.len(), 24, "each step that took something says so");
    assert!(log.iter().all(|entry| entry.body.contains("retention.forgot")));
}

#[test]
fn a_schedule_without_a_line_for_a_table_is_found() {
    let lines = [line("a", Kept::Years(7, Source::Own)), line("b", Kept::With("a"))];
    assert!(problems(&lines, &["a", "b"]).is_empty());
    assert_eq!(problems(&lines, &["a", "b", "c"]).len(), 1, "no line");
    assert_eq!(problems(&lines, &["a"]).len(), 1, "no table");
    let wrong = [line("a", Kept::Soon), line("b", Kept::With("a"))];
    assert_eq!(problems(&wrong, &["a", "b"]).len(), 1, "goes with what has no years");
}
