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
