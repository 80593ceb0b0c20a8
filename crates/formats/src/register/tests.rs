use jiff::civil::date;

use super::*;

const HEADINGS: &str = "contract_no,collector_code,collector_name,branch,account_type,account_number,started_on,status,ended_on";
const ROW: &str = "0012345678,0000012345,ドコモコウザ,101,1,0123456,2019-10-02,active,";

fn expected() -> Expected {
    Expected { bank: BankCode::parse("0001").unwrap(), kind: Kind::WebKofuri, as_of: None }
}

fn file(count: usize, rows: &str) -> String {
    format!("KANUKI-REGISTER,1,web-kofuri,0001,2026-11-20,{count}\r\n{HEADINGS}\r\n{rows}")
}

fn read(bytes: &[u8], expected: &Expected) -> Result<(Head, Vec<Row>), RegisterError> {
    let mut register = Register::open(bytes, expected)?;
    let head = register.head().clone();
    let mut rows = Vec::new();
    while let Some(row) = register.next_row()? {
        rows.push(row);
    }
    Ok((head, rows))
}

fn refusal(text: &str) -> (u32, &'static str, Option<Field>) {
    let error = read(text.as_bytes(), &expected()).unwrap_err();
    (error.line, error.fault.name(), error.fault.field())
}

#[test]
fn a_list_is_read_in_either_encoding_with_a_bom_quotes_and_japanese_headings() {
    let plain = file(1, ROW);
    let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode(&plain);
    let japanese = plain
        .replace(
            HEADINGS,
            "委託者コード,契約番号,店番,預金種目,口座番号,委託者名,状態,契約日,終了日",
        )
        .replace(
            ROW,
            "0000012345,0012345678,101,普通,0123456,\"ドコモコウザ\",有効,令和元年10月2日,",
        );
    let with_bom = format!("\u{FEFF}{plain}");

    let (head, rows) = read(plain.as_bytes(), &expected()).unwrap();
    assert_eq!((head.layout, head.as_of), (Layout::Csv, date(2026, 11, 20)));
    assert_eq!(rows[0].started_on, Some(date(2019, 10, 2)));
    assert_eq!((rows[0].account.branch(), rows[0].account.number()), ("101", "0123456"));
    for bytes in [&*shift_jis, japanese.as_bytes(), with_bom.as_bytes()] {
        assert_eq!(read(bytes, &expected()).unwrap().1, rows);
    }
}

#[test]
fn what_is_wrong_is_named_by_line_and_column() {
    let changed = |from: &str, to: &str| {
        let row = ROW.replace(from, to);
        assert_ne!(row, ROW);
        refusal(&file(2, &format!("{ROW}\n{row}")))
    };
    let table = [
        (changed(",0123456,", ",123456,"), "spreadsheet", Some(Field::AccountNumber)),
        (changed(",101,", ",1,"), "spreadsheet", Some(Field::Branch)),
        (changed("0000012345", "12345"), "spreadsheet", Some(Field::CollectorCode)),
        (changed("0012345678", "1.2345678E+09"), "spreadsheet", Some(Field::ContractNo)),
        (changed(",0123456,", ",012345X,"), "cell", Some(Field::AccountNumber)),
        (changed(",1,0", ",5,0"), "cell", Some(Field::AccountType)),
        (changed("active", "maybe"), "cell", Some(Field::Status)),
        (changed("ドコモコウザ", "ドコモ\u{202E}コウザ"), "cell", Some(Field::CollectorName)),
        (changed("2019-10-02", "R1.4.1"), "date", Some(Field::StartedOn)),
        (changed("2019-10-02", "19/10/2"), "date", Some(Field::StartedOn)),
        (changed("2019-10-02", "2027-01-01"), "date_order", Some(Field::StartedOn)),
        (changed("active,", "active,2020-01-01"), "date_order", Some(Field::EndedOn)),
        (changed("active,", "ended,2018-01-01"), "date_order", Some(Field::EndedOn)),
        (changed("active,", "active,,x"), "cells", None),
        (changed("active,", "active"), "cells", None),
        (changed("ドコモ", "\"ドコモ"), "too_long", None),
    ];
    for (found, name, field) in table {
        assert_eq!(found, (4, name, field));
    }
}

#[test]
fn a_file_that_was_cut_mixed_or_meant_for_somebody_else_is_refused() {
    let whole = file(1, ROW);
    let other_bank = whole.replace(",0001,", ",0002,");
    let lost_zeros = whole.replace(",0001,", ",1,");
    let other_kind = whole.replace("web-kofuri", "kofuri");
    let no_heading = whole.replace("status", "state");
    let twice = whole.replace("status", "branch");

    assert_eq!(refusal(&file(2, ROW)), (4, "count", None));
    assert_eq!(refusal(&other_bank).1, "other_bank");
    assert_eq!(refusal(&lost_zeros).1, "other_bank");
    assert_eq!(refusal(&other_kind).1, "other_kind");
    assert_eq!(refusal(&no_heading), (2, "headings", None));
    assert_eq!(refusal(&twice), (2, "headings", None));
    assert_eq!(refusal("name,date\na,b\n"), (1, "not_a_register", None));
    assert_eq!(refusal("KANUKI-REGISTER,2,web-kofuri,0001,2026-11-20,1\n").1, "control");

    let mut mixed = file(2, &format!("{ROW}\n")).into_bytes();
    mixed.extend_from_slice(&encoding_rs::SHIFT_JIS.encode(ROW).0);
    let error = read(&mixed, &expected()).unwrap_err();
    assert_eq!((error.line, error.fault.name()), (4, "encoding"));
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(whole.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(read(&utf16, &expected()).unwrap_err().fault.name(), "utf16");
}

fn record(parts: &[(&str, usize)]) -> Vec<u8> {
    let mut record = Vec::new();
    for (text, length) in parts {
        let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(text);
        let start = record.len();
        record.extend_from_slice(&bytes);
        record.resize(start + length, b' ');
    }
    record.resize(120, b' ');
    record
}

fn zengin(bank: &str, count: &str, amount: &str) -> Vec<u8> {
    let header =
        record(&[("1910", 4), ("0000099001", 10), ("ｷﾀﾐｻｷﾃﾞﾝﾘﾖｸ", 40), ("1127", 4), ("0001", 4)]);
    let data = record(&[
        ("2", 1),
        (bank, 4),
        ("", 15),
        ("101", 3),
        ("", 15),
        ("", 4),
        ("1", 1),
        ("0123456", 7),
        ("ﾔﾏﾀﾞ ﾊﾅｺ", 30),
        ("0000008420", 10),
        ("0", 1),
        ("A-778", 20),
        ("0", 1),
    ]);
    let trailer = record(&[("8", 1), (count, 6), (amount, 12)]);
    let end = record(&[("9", 1)]);
    [header, b"\r\n".to_vec(), data, trailer, end].concat()
}

#[test]
fn records_91_are_read_and_must_add_up() {
    let told = Expected { as_of: Some(date(2026, 11, 27)), kind: Kind::Kofuri, ..expected() };
    let good = zengin("0001", "000001", "000000008420");

    let (head, rows) = read(&good, &told).unwrap();

    assert_eq!(head.layout, Layout::Zengin91);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].collector_name, "キタミサキデンリヨク");
    assert_eq!((rows[0].contract_no.as_str(), rows[0].started_on), ("A-778", None));
    let fault = |bytes: &[u8], expected: &Expected| {
        let error = read(bytes, expected).unwrap_err();
        (error.line, error.fault.name())
    };
    assert_eq!(fault(&good, &expected()), (1, "no_date"));
    assert_eq!(fault(&zengin("0002", "000001", "000000008420"), &told), (2, "other_bank"));
    assert_eq!(fault(&zengin("0001", "000002", "000000008420"), &told), (3, "count"));
    assert_eq!(fault(&zengin("0001", "000001", "000000008421"), &told), (3, "record"));
    assert_eq!(fault(&good[..good.len() - 120], &told), (4, "record"));
    assert_eq!(fault(&good[..good.len() - 1], &told), (4, "record"));
}
