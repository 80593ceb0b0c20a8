//! Every layout tells the same story, in either encoding and either order.

use kanuki_watch::{Money, Statement, statement::Proof};

use super::files::{FILES, file, read, read_text, shift_jis};

fn changes(statement: &Statement) -> Vec<i64> {
    statement.lines.iter().map(|line| line.change.yen()).collect()
}

#[test]
fn every_layout_is_told_and_read_alike_in_both_encodings() {
    for (id, text) in FILES {
        for bytes in [text.as_bytes().to_vec(), shift_jis(text)] {
            let statement = read("file", bytes.as_slice()).unwrap_or_else(|e| panic!("{id}: {e}"));
            assert_eq!(statement.layout.id, id);
            let expected = [300_000, -80_000, -100_000, -100_000, -100_000, -100_000];
            assert_eq!(changes(&statement), expected, "{id}");
            assert_eq!(statement.closing(), Money::new(-80_000), "{id}");
            assert_eq!(statement.opening(), Money::new(100_000), "{id}");
            let (first, last) = statement.span().unwrap();
            assert_eq!(
                (first.to_string(), last.to_string()),
                ("2026-07-25".into(), "2026-09-01".into()),
                "{id}"
            );
            let is_proven = if id == "ofx" { Proof::None } else { Proof::Balances };
            assert_eq!(statement.proof, is_proven, "{id}");
            let last = statement.lines.last().unwrap();
            assert!(statement.text(last).contains("ドコモコウザ"), "{id}");
        }
    }
}

#[test]
fn a_byte_order_mark_and_utf_16_are_understood() {
    let text = file("shinsei").replace(',', "\t");
    let with_mark = [b"\xEF\xBB\xBF".as_slice(), file("smbc").as_bytes()].concat();
    let mut wide = vec![0xFF, 0xFE];
    wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));

    assert_eq!(read("a", with_mark.as_slice()).unwrap().layout.id, "smbc");
    assert_eq!(changes(&read("b", wide.as_slice()).unwrap()).len(), 6);
}

#[test]
fn the_newest_first_is_turned_round() {
    let mut lines: Vec<&str> = file("rakuten").lines().collect();
    let header = lines.remove(0);
    lines.reverse();
    let turned = format!("{header}\n{}\n", lines.join("\n"));

    assert_eq!(
        changes(&read_text(&turned).unwrap()),
        changes(&read_text(file("rakuten")).unwrap())
    );
}

#[test]
fn a_sum_under_the_movements_and_blank_lines_are_passed_over() {
    let text =
        format!("{}\n\n合計,,,300000,480000\n", file("aeon").replace("2026/08/31", "\n2026/08/31"));

    assert_eq!(read_text(&text).unwrap().lines.len(), 6);
}

/// What a spreadsheet, a careful daughter or `cat` makes of a good file, and what it still says.
#[test]
fn what_people_do_to_a_file_on_its_way_changes_nothing() {
    let expected = read_text(file("smbc")).unwrap();
    let (header, lines) = file("smbc").split_once('\n').unwrap();
    let as_text =
        |line: &str| line.split(',').map(|c| format!("=\"{c}\"")).collect::<Vec<_>>().join(",");
    let (first, rest) = lines.split_at(lines.find("2026/8/31").unwrap());
    for changed in [
        lines.lines().map(|line| as_text(line) + "\n").collect::<String>(),
        format!("{lines},480000,300000,合計,,,\n"),
        format!("{lines}合計,480000,300000,,,,\n"),
        format!("{first}{header}\n{rest}"),
        format!(",,,,,,\n{first},,,,,,\n{rest}"),
        lines.replace("000,", "000円,"),
    ] {
        let found = read_text(&format!("{header}\n{changed}")).unwrap();
        let told = |s: &Statement| -> Vec<_> {
            s.lines.iter().map(|l| (l.date, l.change, l.balance, s.text(l).to_owned())).collect()
        };
        assert_eq!(told(&found), told(&expected), "{changed}");
    }
}

/// Lists without balances are read and never called proven; a column that may hold them is never left out.
#[test]
fn a_file_without_balances_is_read_and_not_proven() {
    let text = "年月日,お引出し,お預入れ,お取り扱い内容\n2026/7/27,80000,,ヤチン\n2026/7/25,,300000,給料\n";
    let found = read_text(text).unwrap();
    assert_eq!((changes(&found), found.proof), (vec![300_000, -80_000], Proof::None));
    let typed = "日付,摘要,出金,入金\nR8.7.25,給料,,300000\nR8.7.27,ヤチン,80000,\n";
    assert_eq!(read_text(typed).unwrap().proof, Proof::None);

    let renamed = text.replace("お取り扱い内容\n", "お取り扱い内容,お取引後残高\n");
    assert!(read_text(&renamed).is_err());
}
