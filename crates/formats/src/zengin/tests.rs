use jiff::civil::date;
use kanuki_domain::{Yen, bank_account::BankCode};
use proptest::prelude::*;

use super::*;

fn place(bank: &str, branch: &str) -> Place {
    Place {
        bank: BankCode::parse(bank).unwrap(),
        bank_name: "ﾊﾅﾐｽﾞｷ".into(),
        branch: branch.into(),
        branch_name: String::new(),
    }
}

fn header() -> Header {
    Header {
        client: "0000000123".into(),
        client_name: "ｶ)ｶﾝﾇｷ".into(),
        month: 11,
        day: 30,
        place: place("9901", "001"),
        account: Some((Deposit::Ordinary, "9000001".into())),
    }
}

fn transfer() -> Transfer {
    Transfer {
        to: place("9902", "007"),
        deposit: Deposit::Savings,
        number: "9200018".into(),
        name: "ｻﾄｳ ｹﾝ".into(),
        amount: Yen::of(120_000),
        new_code: 1,
        edi: Edi::Text("ｵｼﾊﾗｲ 11ｶﾞﾂﾌﾞﾝ".into()),
        is_by_letter: false,
    }
}

fn debit(outcome: Outcome) -> Debit {
    Debit {
        from: place("9901", "001"),
        deposit: Deposit::Ordinary,
        number: "9000001".into(),
        name: "ﾔﾏﾀﾞ ﾊﾅｺ".into(),
        amount: Yen::of(3_000),
        new_code: 0,
        customer_no: "A-0001".into(),
        outcome,
    }
}

fn debits(outcomes: &[Outcome]) -> Vec<Block<Debit>> {
    let entries = outcomes.iter().map(|outcome| debit(*outcome)).collect();
    vec![Block { header: header(), entries }]
}

fn fault<T: std::fmt::Debug>(result: Result<T, ZenginError>) -> (usize, Fault) {
    let error = result.unwrap_err();
    (error.record, error.fault)
}

/// A file as a bank's guide draws it, byte by byte.
fn golden() -> Vec<u8> {
    let words = |text: &str, length: usize| {
        let (bytes, ..) = encoding_rs::SHIFT_JIS.encode(text);
        let mut bytes = bytes.into_owned();
        bytes.resize(length, b' ');
        bytes
    };
    let bank = || [b"9901".to_vec(), words("ﾊﾅﾐｽﾞｷ", 15), b"001".to_vec(), words("", 15)].concat();
    let header = [
        b"1910".to_vec(),
        b"0000000123".to_vec(),
        words("ｶ)ｶﾝﾇｷ", 40),
        b"1130".to_vec(),
        bank(),
        b"19000001".to_vec(),
        words("", 17),
    ];
    let data = [
        b"2".to_vec(),
        bank(),
        words("", 4),
        b"19000001".to_vec(),
        words("ﾔﾏﾀﾞ ﾊﾅｺ", 30),
        b"0000003000".to_vec(),
        b"0".to_vec(),
        words("A-0001", 20),
        b"4".to_vec(),
        words("", 8),
    ];
    let trailer = [
        b"8".to_vec(),
        b"000001000000003000".to_vec(),
        b"000000000000000000".to_vec(),
        b"000001000000003000".to_vec(),
        words("", 65),
    ];
    [header.concat(), data.concat(), trailer.concat(), words("9", 120)].concat()
}

#[test]
fn an_answer_of_kind_91_is_written_as_the_guides_draw_it_and_read_back() {
    let blocks = debits(&[Outcome::NoMandate]);
    let written = write(&blocks, LineEnds::None, true).unwrap();

    assert_eq!(written, golden());
    assert_eq!(written.len(), 480);
    assert_eq!(read::<Debit>(&written).unwrap(), blocks);
    let with_ends = write(&blocks, LineEnds::CrLf, true).unwrap();
    assert_eq!(with_ends.len(), 488);
    assert_eq!(read::<Debit>(&with_ends).unwrap(), blocks);
    assert_eq!(Outcome::NoMandate.japanese(), "預金口座振替依頼書なし");
}

#[test]
fn transfers_are_written_and_read_back_whatever_the_payee_is_told() {
    for edi in [transfer().edi, Edi::Codes("0000000042".into(), String::new())] {
        let blocks =
            vec![Block { header: header(), entries: vec![Transfer { edi, ..transfer() }] }];
        let written = write(&blocks, LineEnds::None, false).unwrap();
        assert_eq!(written.len(), 480);
        assert_eq!(kind(&written), Some("21"));
        assert_eq!(read::<Transfer>(&written).unwrap(), blocks);
        assert_eq!(fault(read::<Debit>(&written)), (1, Fault::Kind("91")));
    }
}

#[test]
fn names_are_folded_and_never_cut() {
    let named = |name: &str| {
        let entries = vec![Transfer { name: name.into(), ..transfer() }];
        write(&[Block { header: header(), entries }], LineEnds::None, false)
    };
    let back = |name: &str| {
        let blocks = read::<Transfer>(&named(name).unwrap()).unwrap();
        blocks.first().unwrap().entries.first().unwrap().name.clone()
    };
    let refused = |name: &str| fault(named(name));
    let letter = |letter| Fault::Letter { field: Field::Name, letter };

    assert_eq!(back("カ）エヌ・ティ・ティ・ドコモ"), "ｶ)ｴﾇ ﾃｲ ﾃｲ ﾄﾞｺﾓ");
    assert_eq!(refused("佐藤"), (2, letter('佐')));
    assert_eq!(refused("サトウ😀"), (2, letter('😀')));
    assert_eq!(refused("ヲサム"), (2, letter('ヲ')));
    assert_eq!(refused(" "), (2, Fault::Field(Field::Name)));
    let long = Fault::Long { field: Field::Name, bytes: 31, room: 30 };
    assert_eq!(refused(&"ア".repeat(31)), (2, long));
    assert_eq!(back(&"ア".repeat(30)).chars().count(), 30);
}

#[test]
fn what_a_bank_would_send_back_is_not_written() {
    let with = |change: fn(&mut Header, &mut Transfer)| {
        let (mut header, mut entry) = (header(), transfer());
        change(&mut header, &mut entry);
        fault(write(&[Block { header, entries: vec![entry] }], LineEnds::None, false))
    };
    let field = |record, field| (record, Fault::Field(field));

    assert_eq!(with(|_, t| t.amount = Yen::ZERO), field(2, Field::Amount));
    let too_much = with(|_, t| t.amount = Yen::new(12_000_000_000).unwrap());
    assert_eq!(too_much, (2, Fault::Long { field: Field::Amount, bytes: 11, room: 10 }));
    assert_eq!(with(|_, t| t.number = "123".into()), field(2, Field::Number));
    assert_eq!(with(|_, t| t.deposit = Deposit::TaxReserve), field(2, Field::Deposit));
    assert_eq!(with(|_, t| t.new_code = 3), field(2, Field::New));
    assert_eq!(with(|h, _| h.month = 13), field(1, Field::Day));
    assert_eq!(with(|h, _| (h.month, h.day) = (2, 30)), field(1, Field::Day));
    assert_eq!(with(|h, _| h.client = "12".into()), field(1, Field::Client));
    // 〜 has no byte of its own: the usual encoder would write eight others in its place.
    let wave = with(|_, t| t.edi = Edi::Text("〜".into()));
    assert_eq!(wave, (2, Fault::Letter { field: Field::Reference, letter: '〜' }));
    let empty = write::<Transfer>(&[], LineEnds::None, false);
    assert_eq!(fault(empty), (1, Fault::Empty));
}

#[test]
fn what_does_not_add_up_is_not_read() {
    let good = golden();
    let with = |at: usize, text: &[u8]| {
        let mut bytes = good.clone();
        bytes[at..at + text.len()].copy_from_slice(text);
        fault(read::<Debit>(&bytes))
    };

    assert_eq!(with(3, b"1"), (1, Fault::Ebcdic));
    assert_eq!(with(54, b"0230"), (1, Fault::Field(Field::Day)));
    assert_eq!(with(120 + 80, b"0000004000"), (3, Fault::Sum { said: 3_000, found: 4_000 }));
    assert_eq!(with(240 + 1, b"000002"), (3, Fault::Count { said: 2, found: 1 }));
    assert_eq!(with(240 + 19, b"000001000000003000"), (3, Fault::Count { said: 1, found: 0 }));
    assert_eq!(with(120 + 111, b"7"), (2, Fault::Field(Field::Outcome)));
    assert_eq!(with(120, b"8"), (2, Fault::Field(Field::Amount)), "data posing as a trailer");
    assert_eq!(with(360, b"2"), (4, Fault::Order('2')));
    assert_eq!(with(120 + 50, "ﾔ".as_bytes()), (2, Fault::Encoding), "UTF-8 in disguise");
    assert_eq!(fault(read::<Debit>(&good[..470])), (4, Fault::Short(120)));
    assert_eq!(fault(read::<Debit>(&good[..360])), (4, Fault::Short(120)));
    assert_eq!(fault(read::<Debit>(b"")), (1, Fault::Kind("91")));
}

#[test]
fn a_leap_day_may_be_ordered_in_any_year_because_the_file_has_none() {
    let header = Header { month: 2, day: 29, ..header() };
    let blocks = vec![Block { header, entries: vec![transfer()] }];
    assert_eq!(read(&write(&blocks, LineEnds::None, false).unwrap()).unwrap(), blocks);
}

/// 200 bytes out of fields and their widths.
fn record(fields: &[(&str, usize)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (text, width) in fields {
        let (text, ..) = encoding_rs::SHIFT_JIS.encode(text);
        let end = bytes.len() + width;
        bytes.extend_from_slice(&text);
        bytes.resize(end, b' ');
    }
    assert_eq!(bytes.len(), 200);
    bytes
}

fn statement(day: &str, after: &str) -> Vec<u8> {
    let movement = |direction: &str, amount: &str, text: &str| {
        record(&[
            ("2", 1),
            ("00000001", 8),
            (day, 6),
            (day, 6),
            (direction, 1),
            ("11", 2),
            (amount, 12),
            ("000000000000", 12),
            ("000000", 6),
            ("000000", 6),
            ("0", 1),
            ("0000000", 7),
            ("000", 3),
            ("0000000000", 10),
            ("", 48),
            ("", 15),
            ("", 15),
            (text, 20),
            ("", 20),
            ("", 1),
        ])
    };
    [
        record(&[
            ("1030", 4),
            (day, 6),
            (day, 6),
            (day, 6),
            ("9901", 4),
            ("ﾊﾅﾐｽﾞｷ", 15),
            ("001", 3),
            ("", 15),
            ("000", 3),
            ("1", 1),
            ("0009000001", 10),
            ("ﾔﾏﾀﾞ ﾊﾅｺ", 40),
            ("1", 1),
            ("1", 1),
            ("00000000100000", 14),
            ("", 71),
        ]),
        movement("1", "000000030000", "ｷﾕｳﾖ"),
        movement("2", "000000300000", "ﾄﾞｺﾓｺｳｻﾞ"),
        record(&[
            ("8", 1),
            ("000001", 6),
            ("0000000030000", 13),
            ("000001", 6),
            ("0000000300000", 13),
            ("2", 1),
            (after, 14),
            ("0000002", 7),
            ("", 139),
        ]),
        record(&[("9", 200)]),
    ]
    .concat()
}

#[test]
fn movements_are_read_and_their_balance_is_proven() {
    let report = Report::read(&statement("080901", "00000000170000"), date(2026, 9, 2)).unwrap();

    assert_eq!(report.balances, Some((100_000, -170_000)));
    assert_eq!(report.movements.iter().map(|m| m.change).collect::<Vec<_>>(), [30_000, -300_000]);
    assert_eq!(report.movements.last().unwrap().text, "ﾄﾞｺﾓｺｳｻﾞ");
    assert_eq!((report.span.0, report.number.as_str()), (date(2026, 9, 1), "0009000001"));

    let wrong = Report::read(&statement("080901", "00000000160000"), date(2026, 9, 2));
    assert_eq!(fault(wrong), (4, Fault::Field(Field::Balance)));
}

#[test]
fn a_japanese_year_without_its_era_is_the_latest_that_can_be_meant() {
    let day = |text: &str, as_of| {
        Report::read(&statement(text, "00000000170000"), as_of).map(|r| r.made_on)
    };

    assert_eq!(day("280503", date(2017, 1, 1)), Ok(date(2016, 5, 3)));
    assert_eq!(day("280503", date(2026, 11, 26)), Ok(date(2016, 5, 3)));
    assert_eq!(day("080901", date(2026, 8, 31)), Ok(date(1996, 9, 1)), "令和8年9月 is not yet");
    assert_eq!(day("310501", date(2026, 1, 1)), Ok(date(2019, 5, 1)));
    assert_eq!(fault(day("000101", date(2026, 1, 1))), (1, Fault::Field(Field::Day)));
}

#[test]
fn incoming_transfers_are_read_with_those_that_were_taken_back() {
    let incoming = |cancelled: &str| {
        record(&[
            ("2", 1),
            ("000001", 6),
            ("080901", 6),
            ("080901", 6),
            ("0000030000", 10),
            ("0000000000", 10),
            ("0000000042", 10),
            ("ｶ)ｶﾝﾇｷ", 48),
            ("ﾐﾅﾄ", 15),
            ("ﾎﾝﾃﾝ", 15),
            (cancelled, 1),
            ("", 20),
            ("", 52),
        ])
    };
    let file = [
        record(&[
            ("1010", 4),
            ("080901", 6),
            ("080901", 6),
            ("080901", 6),
            ("9901", 4),
            ("ﾊﾅﾐｽﾞｷ", 15),
            ("001", 3),
            ("", 15),
            ("1", 1),
            ("9000001", 7),
            ("ﾔﾏﾀﾞ ﾊﾅｺ", 40),
            ("", 93),
        ]),
        incoming("0"),
        incoming("1"),
        record(&[
            ("8", 1),
            ("000001", 6),
            ("000000030000", 12),
            ("000001", 6),
            ("000000030000", 12),
            ("", 163),
        ]),
        record(&[("9", 200)]),
    ]
    .concat();

    let report = Report::read(&file, date(2026, 9, 2)).unwrap();
    assert_eq!(report.movements.iter().map(|m| m.change).collect::<Vec<_>>(), [30_000, -30_000]);
    assert_eq!(report.movements.first().unwrap().other, "ｶ)ｶﾝﾇｷ");
    assert_eq!(report.balances, None);
    assert_eq!(fault(Report::read(&file[..800], date(2026, 9, 2))).0, 3);
    assert_eq!(fault(Report::read(b"191", date(2026, 9, 2))), (1, Fault::Kind("01, 03")));
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_as_the_same(
        name in "[ｱ-ｵｶ-ｺﾊ-ﾎA-Z0-9().-]{1,30}",
        amount in 1_u32..,
        number in "[0-9]{7}",
        customer_no in "[A-Z0-9-]{0,20}",
        count in 1_usize..5,
    ) {
        let entry = Debit { name, amount: Yen::of(amount), number, customer_no, ..debit(Outcome::Other) };
        let blocks = vec![Block { header: header(), entries: vec![entry; count] }];
        let written = write(&blocks, LineEnds::CrLf, true).unwrap();
        prop_assert_eq!(read::<Debit>(&written).unwrap(), blocks);
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let _ = read::<Debit>(&bytes);
        let _ = read::<Transfer>(&[b"1210".as_slice(), &bytes].concat());
        let _ = Report::read(&[b"1030".as_slice(), &bytes].concat(), date(2026, 1, 1));
    }

    /// A file with one byte changed is refused, or still adds up to what its trailer says.
    #[test]
    fn a_flipped_byte_moves_no_other_sum(place in 0_usize..480, byte in 0x20_u8..0x7F) {
        let mut bytes = golden();
        bytes[place] = byte;
        if let Ok(blocks) = read::<Debit>(&bytes) {
            let sum: u64 = blocks.iter().flat_map(|b| &b.entries).map(|e| e.amount.amount()).sum();
            prop_assert_eq!(sum, 3_000);
        }
    }
}
