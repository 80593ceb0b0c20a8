//! Cases that belong together are found from each of them, and a stranger's is not.

use std::sync::Arc;

use kanuki_desk::{
    case::{Case, CaseKind},
    related::{self, Common},
};
use kanuki_domain::{Ctx, Entropy, id::CaseId};
use kanuki_record::{Book, MemoryRecords, Unit};
use kanuki_risk::{Engine, Key, Kind, Policy, Signal};

struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

#[tokio::test]
async fn cases_of_one_person_one_matter_and_whom_a_rule_saw_are_found() {
    let book = Book::new(Arc::new(MemoryRecords::default()));
    let now = "2026-11-28T00:00:00Z".parse().unwrap();
    let ctx = Ctx { now, entropy: &Zeros, address_block: "", address: "" };
    let open = |name: &str, kind, about: &str, person: Option<&str>| {
        let person = person.map(str::to_owned);
        Case::open_as(CaseId::derive(&[name]), &ctx, kind, about, person)
    };
    let hers = open("hers", CaseKind::NotMe, "man_1", Some("hanako"));
    let again = open("again", CaseKind::Unreached, "note_1", Some("hanako"));
    let same = open("same", CaseKind::Difference, "man_1", None);
    let strangers = open("strangers", CaseKind::NotMe, "man_2", Some("jiro"));
    let rule = open("rule", CaseKind::Rule, "rule|burst", None);
    let mut unit = Unit::new();
    for case in [&hers, &again, &same, &strangers, &rule] {
        unit.insert(case);
    }
    book.commit(unit).await.unwrap();
    let of = async |case: &Case, seen: &[String]| {
        let found = related::of(&book, case, seen).await.unwrap();
        found.into_iter().map(|one| (one.case.case_id, one.common)).collect::<Vec<_>>()
    };

    assert_eq!(
        of(&hers, &[]).await,
        [(again.case_id, Common::Person), (same.case_id, Common::Matter)]
    );
    assert_eq!(of(&again, &[]).await, [(hers.case_id, Common::Person)]);
    assert_eq!(of(&strangers, &[]).await, []);

    let text = "policy \"t\" version \"1\"\nbaseline approve\n\
        rule burst on debit when amount >= ¥0 then challenge as burst\n";
    let engine =
        Engine::new(Policy::load_with(text, &[]).unwrap_or_else(|wrong| panic!("{wrong}")));
    let records: Vec<_> = ["jiro", "", "jiro"]
        .iter()
        .map(|person| {
            let signal = Signal::new(Kind::Debit, now, vec![Key::Person((*person).to_owned())]);
            engine.record(&signal, &engine.decide(&signal))
        })
        .collect();
    let seen = related::people_in(&records);
    assert_eq!(seen, ["jiro"]);
    assert_eq!(of(&rule, &seen).await, [(strangers.case_id, Common::Seen)]);
}
