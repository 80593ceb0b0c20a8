//! Lines copied from passbooks, with the years as they are printed there: without an era.

use std::fmt::Write as _;

use kanuki_watch::{Lang, ReadError, refusal};

use super::files::read_text;

/// The days of lines that each say only a day, or why they were refused.
fn days(lines: &[&str]) -> Result<Vec<String>, ReadError> {
    let mut text = "日付,摘要,出金,入金,残高\n".to_owned();
    for day in lines {
        writeln!(text, "{day},ガス,100,,").unwrap();
    }
    Ok(read_text(&text)?.lines.iter().map(|line| line.date.to_string()).collect())
}

#[test]
fn a_year_without_an_era_is_of_the_present_one() {
    for day in [
        "08-08-31",
        "8.8.31",
        "08.08.31",
        "8-8-31",
        "8- 8-31",
        "R8.8.31",
        "令和8年8月31日",
        "080831",
    ] {
        assert_eq!(days(&[day]).unwrap(), ["2026-08-31"], "{day}");
    }
    assert_eq!(days(&["07-12-28", "08-01-05"]).unwrap(), ["2025-12-28", "2026-01-05"]);
}

#[test]
fn the_lines_around_it_tell_a_year_of_another_count() {
    // Over the end of 平成.
    assert_eq!(days(&["31-04-26", "01-05-07"]).unwrap(), ["2019-04-26", "2019-05-07"]);
    // 平成30, because 2030 has not come.
    assert_eq!(days(&["30-12-28"]).unwrap(), ["2018-12-28"]);
    // 2026, because 平成26 would be before the line above; and newest first.
    assert_eq!(days(&["2026/8/30", "26-08-31"]).unwrap(), ["2026-08-30", "2026-08-31"]);
    assert_eq!(
        days(&["26-08-31", "26-08-30", "2026/8/29"]).unwrap(),
        ["2026-08-29", "2026-08-30", "2026-08-31"]
    );
    assert_eq!(days(&["H26.8.30", "26-08-31"]).unwrap(), ["2014-08-30", "2014-08-31"]);
}

#[test]
fn a_year_that_could_be_two_is_asked_for_and_one_line_is_enough() {
    let error = days(&["26-08-30", "26-08-31", "26-09-02"]).unwrap_err();
    assert!(
        matches!(&error, ReadError::Year { line: 2, text, .. } if text == "26-08-30"),
        "{error:?}"
    );
    let words = refusal(Lang::Ja, &error, 1);
    assert!(words.starts_with("1行目: ") && words.contains("2026/8/31"), "{words}");

    assert_eq!(days(&["2026/8/30", "26-08-31", "26-09-02"]).unwrap()[2], "2026-09-02");
    assert_eq!(days(&["H26.8.30", "26-08-31", "26-09-02"]).unwrap()[2], "2014-09-02");
}

#[test]
fn a_slip_is_refused_with_its_line_and_never_moves_the_others() {
    // 08-12-31 has not come; the next two are one slip of the year each.
    assert!(matches!(days(&["08-08-31", "08-12-31"]), Err(ReadError::Future { line: 3, .. })));
    for (lines, line) in [
        (["08-08-25", "09-08-31", "08-09-01"], 3),
        (["08-08-25", "08-08-31", "80-09-01"], 4),
        (["08-08-25", "07-08-31", "08-09-01"], 3),
    ] {
        let error = days(&lines).unwrap_err();
        let is_there = match &error {
            ReadError::Order(at)
            | ReadError::Future { line: at, .. }
            | ReadError::Date { line: at, .. } => *at == line,
            _ => false,
        };
        assert!(is_there, "{lines:?}: {error:?}");
    }
    assert!(matches!(days(&["08-02-30"]), Err(ReadError::Date { line: 2, .. })));
}

/// What people type first, and what they are told.
#[test]
fn a_line_without_commas_is_no_footnote() {
    for (text, said) in [
        ("R8.8.30,ガス,100,,900\n8.8.31 ドコモコウザ 100 800\n", "2行目: 日付が読めません"),
        ("R8.8.30,ガス,100,,900\n8.8.31,ドコモコウザ,100\n", "2行目: 一行には5つ要ります"),
        (
            "R8.8.30,ガス,100,000,,900\n",
            "1行目: 金額の桁の区切り(,)で、一つの金額が二つに分かれています",
        ),
        (
            "R8.8.30,ガス,300,000,,\n",
            "1行目: 金額の桁の区切り(,)で、一つの金額が二つに分かれています",
        ),
        ("R8.8.30,ガス,100,,900,,覚え\n", "1行目: 一行には5つ要ります"),
        ("R8.8.30,ガス,ひゃく,,900\n", "1行目: 金額が読めません。「10000」"),
    ] {
        let error = read_text(&format!("日付,摘要,出金,入金,残高\n{text}")).unwrap_err();
        let words = refusal(Lang::Ja, &error, 1);
        assert!(words.starts_with(said), "{words}");
    }
}
