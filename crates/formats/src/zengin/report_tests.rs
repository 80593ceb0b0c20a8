use jiff::{ToSpan as _, civil::date};
use kanuki_domain::bank_account::BankCode;
use proptest::{prelude::*, sample::select};

use super::*;

fn report(changes: &[i64], is_statement: bool) -> Report {
    let sort = is_statement.then(|| "11".to_owned());
    let movement = |(place, change): (usize, &i64)| Movement {
        day: date(2026, 9, 1).saturating_add(i64::try_from(place % 20).unwrap().days()),
        change: *change,
        sort: sort.clone(),
        other: "ｶ)ｶﾝﾇｷ".to_owned(),
        text: if is_statement { "ﾄﾞｺﾓｺｳｻﾞ".to_owned() } else { String::new() },
        edi: "A-1".to_owned(),
    };
    let moved: i64 = changes.iter().sum();
    Report {
        made_on: date(2026, 9, 30),
        span: (date(2026, 9, 1), date(2026, 9, 30)),
        place: Place {
            bank: BankCode::parse("9999").unwrap(),
            bank_name: "ﾊﾅﾐｽﾞｷ".to_owned(),
            branch: "999".to_owned(),
            branch_name: "ﾎﾝﾃﾝ".to_owned(),
        },
        deposit: Deposit::Ordinary,
        number: if is_statement { "0009000001" } else { "9000001" }.to_owned(),
        name: "ﾔﾏﾀﾞ ﾊﾅｺ".to_owned(),
        balances: is_statement.then_some((100_000, 100_000 + moved)),
        movements: changes.iter().enumerate().map(movement).collect(),
    }
}

proptest! {
    /// Below zero and above, with and without line ends: what was written is read.
    #[test]
    fn a_report_comes_back_as_it_was_written(
        changes in prop::collection::vec((1_i64..2_000_000_000, any::<bool>()), 1..40),
        is_statement in any::<bool>(),
        ends in select(vec![LineEnds::None, LineEnds::CrLf]),
    ) {
        let signed: Vec<i64> =
            changes.iter().map(|(yen, is_in)| if *is_in { *yen } else { -yen }).collect();
        let written = report(&signed, is_statement);
        let bytes = written.write(ends).unwrap();
        let read = Report::read(&bytes, date(2026, 10, 1)).unwrap();
        prop_assert!(read == written);
    }
}

#[test]
fn what_a_reader_would_refuse_is_not_written() {
    let fault = |report: &Report| report.write(LineEnds::None).unwrap_err().fault;
    let mut wrong = report(&[1_000], true);
    wrong.balances = Some((0, 5));
    assert_eq!(fault(&wrong), Fault::Field(Field::Balance));
    assert_eq!(fault(&report(&[], true)), Fault::Empty);
    assert_eq!(fault(&report(&[0], true)), Fault::Field(Field::Amount));
    for letter in ['〜', '😀', '漢', 'ｰ', 'ｬ'] {
        let mut wrong = report(&[1_000], true);
        wrong.movements[0].text = format!("ﾄﾞｺﾓ{letter}");
        let field = Field::Reference;
        assert_eq!(fault(&wrong), Fault::Letter { field, letter }, "{letter}");
    }
    let mut old = report(&[1_000], true);
    old.made_on = date(1920, 1, 1);
    assert_eq!(fault(&old), Fault::Field(Field::Day), "no era of two digits");
}
