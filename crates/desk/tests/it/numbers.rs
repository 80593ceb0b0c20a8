//! The short numbers of cases: found by, and opening nothing by themselves.

use kanuki_desk::{
    case::{self, Case, CaseKind, named, the_one},
    report::progress,
};
use kanuki_domain::{
    case_number::{Short, said},
    id::CaseId,
};
use kanuki_record::{Record as _, Unit, Write};

use crate::promises::Desk;

/// Two ids with one short number, of the first hundred thousand.
const SAME: [u128; 2] = [67_447, 78_937];

#[tokio::test]
async fn of_two_reports_with_one_short_number_the_code_says_which() {
    let desk = Desk::new();
    let [one, other] = SAME.map(CaseId::from_bits);
    assert_eq!(Short::of(one), Short::of(other));
    let codes = [desk.report_as(one, 0).await, desk.report_as(other, 60).await];

    let number = said(one);
    for (id, code) in [one, other].into_iter().zip(&codes) {
        let found = progress(&desk.book, &desk.vault, (&number, code)).await.unwrap();
        assert_eq!(found.unwrap().case_id, id);
        let found = progress(&desk.book, &desk.vault, (&id.to_string(), code)).await.unwrap();
        assert_eq!(found.unwrap().case_id, id, "the long number stays good");
    }
    let wrong = progress(&desk.book, &desk.vault, (&number, "AAAA-BBBB-CCCC")).await.unwrap();
    assert!(wrong.is_none(), "the number alone opens nothing");
    let cases = named(&desk.book, &number).await.unwrap();
    assert_eq!(cases.len(), 2, "staff choose");
    assert_eq!(the_one(&desk.book, &number).await.unwrap(), None);
}

/// A partner chooses the numbers of what it tells of.
#[tokio::test]
async fn a_partners_cases_with_a_reports_number_keep_nobody_from_the_report() {
    let desk = Desk::new();
    let [report, told] = SAME.map(CaseId::from_bits);
    let case = Case::open_as(told, &desk.ctx(0), CaseKind::ToldByPartner, "reported|x", None);
    let mut unit = Unit::new();
    unit.insert(&case);
    desk.book.commit(unit).await.unwrap();
    let code = desk.report_as(report, 60).await;

    let found = progress(&desk.book, &desk.vault, (&said(report), &code)).await.unwrap();
    assert_eq!(found.unwrap().case_id, report);
}

#[tokio::test]
async fn cases_from_before_are_filed_by_their_short_numbers_once() {
    let desk = Desk::new();
    let id = CaseId::from_bits(7);
    desk.report_as(id, 0).await;
    let table = Case::TABLE;
    let place = table.keys.iter().position(|key| key.name == "number").unwrap();
    let records = desk.book.records();
    let mut row = records.fetch(table, &id.to_string()).await.unwrap().unwrap();
    row.keys[place] = None;
    row.version += 1;
    records.commit(vec![Write::Update(table, row)], Vec::new()).await.unwrap();
    assert!(named(&desk.book, &said(id)).await.unwrap().is_empty());

    assert_eq!(case::file(&desk.book).await.unwrap(), 1);
    assert_eq!(case::file(&desk.book).await.unwrap(), 0, "once");
    assert_eq!(the_one(&desk.book, &said(id)).await.unwrap(), Some(id));
}
