//! Days with their day of the week, days without a year, and years that may be two.

use jiff::civil::{Date, date};
use kanuki_watch::{Lang, ReadError, refusal};

use super::files::{file, read_text};

const SMBC: &str = "年月日,お引出し,お預入れ,お取り扱い内容,残高,メモ,ラベル\n";

fn days_of(above: &str, days: &[&str]) -> Result<Vec<Date>, ReadError> {
    let lines = days.iter().map(|day| format!("{day},100,,ガス,,,\n"));
    let text = format!("{above}{SMBC}{}", lines.collect::<String>());
    Ok(read_text(&text)?.lines.iter().map(|line| line.date).collect())
}

fn days(days: &[&str]) -> Result<Vec<Date>, ReadError> {
    days_of("", days)
}

#[test]
fn a_day_of_the_week_beside_a_date_is_read_and_must_be_its_own() {
    let expected = [date(2020, 9, 10), date(2020, 9, 11)];
    assert_eq!(days(&["2020/09/10(木)", "2020年9月11日（金）"]).unwrap(), expected);
    assert_eq!(days(&["令和2年9月10日(木)", "2020-09-11 (Fri)"]).unwrap(), expected);

    let moved = days(&["2020/9/10(木)", "2020/9/11(土)"]).unwrap_err();
    assert!(matches!(&moved, ReadError::Weekday { line: 3, .. }), "{moved:?}");
    assert!(refusal(Lang::Ja, &moved, 0).starts_with("3行目: 日付と曜日が合いません"));
}

#[test]
fn a_day_without_a_year_has_the_year_of_the_lines_around_it_or_of_what_stands_above() {
    let expected = [date(2020, 12, 31), date(2021, 1, 4), date(2021, 1, 5)];
    assert_eq!(days(&["12月31日(木)", "2021/1/4", "1月5日(火)"]).unwrap(), expected);
    let newest_first = ["1月5日(火)", "1月4日(月)", "2020/12/31(木)"];
    assert_eq!(days(&newest_first).unwrap(), expected);

    let above = "照会期間,2020.09.01～2020.09.30\n";
    let expected = [date(2020, 9, 10), date(2020, 9, 11)];
    assert_eq!(days_of(above, &["9月10日(木)", "9月11日(金)"]).unwrap(), expected);

    let asked = days(&["9月10日(木)", "9月11日(金)"]).unwrap_err();
    let words = refusal(Lang::Ja, &asked, 0);
    assert!(words.contains("2020年9月10日か2026年9月10日"), "{words}");
    assert!(days(&["9月10日"]).is_err(), "nothing proves its year");
}

/// `200910` is a day of 平成20年 and one of 2020: twelve years are no matter of taste.
#[test]
fn six_digits_that_may_be_two_days_are_asked_about() {
    let lines = file("anser").replace("080725", "200725").replace("080727", "200727");
    let lines = lines.replace("080831", "200831").replace("080901", "200901");
    let error = read_text(&lines).unwrap_err();
    assert!(matches!(&error, ReadError::Year { line: 1, .. }), "{error:?}");
    let words = refusal(Lang::Ja, &error, 0);
    assert!(words.contains("20-07-25。2008年7月25日か2020年7月25日"), "{words}");
    assert!(refusal(Lang::En, &error, 0).contains("25 Jul 2008 or 25 Jul 2020"));

    // One line that says its year decides for all.
    let told = read_text(&lines.replacen("200725", "R2.7.25", 1)).unwrap();
    assert_eq!(told.span().unwrap(), (date(2020, 7, 25), date(2020, 9, 1)));

    // A bank that is not known to count in eras: 令和8年, 平成8年 or 2008.
    let either = days(&["080910"]).unwrap_err();
    assert!(matches!(either, ReadError::Year { .. }), "{either:?}");
    // Beside a day that says its year, and where only one reading is a day that has come.
    let expected = [date(2026, 9, 9), date(2026, 9, 10)];
    assert_eq!(days(&["2026/9/9", "080910"]).unwrap(), expected);
    assert_eq!(days(&["310426"]).unwrap(), [date(2019, 4, 26)]);
}
