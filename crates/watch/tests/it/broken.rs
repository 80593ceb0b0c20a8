//! Files that were cut, mixed, re-saved or never a statement: refused with the line.

use kanuki_watch::{Lang, OtherFile, ReadError, household::Household, refusal, statement::Proof};

use super::files::{file, read, read_text, shift_jis};

#[test]
fn a_file_that_does_not_add_up_is_refused_with_the_line() {
    let lines: Vec<&str> = file("rakuten").lines().collect();
    let without = |gone: usize| -> String {
        let kept = lines.iter().enumerate().filter(|(place, _)| *place != gone);
        kept.flat_map(|(_, line)| [*line, "\n"]).collect()
    };
    // The line after the one that is gone.
    for gone in 2..=5 {
        let refused = read_text(&without(gone));
        let at = u32::try_from(gone).unwrap() + 1;
        assert!(
            matches!(refused, Err(ReadError::Balance(line)) if line == at),
            "{gone}: {refused:?}"
        );
    }
    let changed = file("rakuten").replace("-80000,320000", "-8000,320000");
    assert!(matches!(read_text(&changed), Err(ReadError::Balance(3))));
}

#[test]
fn a_cut_file_is_refused() {
    let text = file("smbc");
    let cut =
        text.trim_end().trim_end_matches(',').trim_end_matches("-80000").trim_end_matches(',');

    assert!(matches!(read_text(cut), Err(ReadError::Cut(7))), "{:?}", read_text(cut));
}

#[test]
fn empty_cells_that_a_spreadsheet_left_away_are_not_missed() {
    let text = file("smbc");
    let saved: String = text.lines().flat_map(|line| [line.trim_end_matches(','), "\n"]).collect();
    assert_ne!(saved, text);

    let (found, expected) = (read_text(&saved).unwrap(), read_text(text).unwrap());

    assert_eq!(found.lines, expected.lines);
}

/// Wherever the last line ends too early, also behind its balance, where every balance still fits.
#[test]
fn a_last_line_that_was_cut_behind_its_balance_is_refused() {
    for (id, until) in [
        ("mufg", "\"-80,000\""),
        ("smbc", "ドコモコウザ,-80000"),
        ("mizuho", "▲80000"),
        ("mizuho", "▲80000,"),
        ("rakuten", "-80000"),
        ("rakuten", "-80000,"),
        ("shinsei", "-80000"),
        ("anser", "-80000,口座振替,,ハナミズキ,ホンテン,"),
    ] {
        let text = file(id);
        let cut = text.get(..text.rfind(until).unwrap() + until.len()).unwrap();
        assert!(matches!(read_text(cut), Err(ReadError::Cut(_))), "{id}: {:?}", read_text(cut));
    }
    // In the middle of its date.
    for (id, until) in [("rakuten", "202609"), ("shinsei", "2026/0")] {
        let text = file(id);
        let cut = text.get(..text.rfind(until).unwrap() + until.len()).unwrap();
        assert!(
            matches!(read_text(cut), Err(ReadError::Date { .. })),
            "{id}: {:?}",
            read_text(cut)
        );
    }
    // A whole last line needs no line end.
    for (id, text) in super::files::FILES {
        assert_eq!(read_text(text.trim_end()).map(|s| s.lines.len()).unwrap(), 6, "{id}");
    }
}

/// What stands behind the last cell that is read may be cut as well.
#[test]
fn a_file_that_ends_in_an_open_quotation_mark_half_a_letter_or_a_bare_sign_is_refused() {
    let text = file("smbc").trim_end();
    let whole = shift_jis(text);
    assert!(text.ends_with(",,"), "the last two cells are empty: {text}");
    let mut half = whole.clone();
    half.push(0x8e);
    let mut open = whole.clone();
    open.extend(b"\"\x8e\x78");
    for cut in [half, open] {
        assert!(matches!(read("f.csv", &cut), Err(ReadError::Cut(7))), "{:?}", read("f.csv", &cut));
    }
    let quoted = text.strip_suffix("-80000,,").unwrap();
    for sign in ["-", "▲"] {
        let cut = format!("{quoted}{sign},,");
        assert!(matches!(read_text(&cut), Err(ReadError::Cut(7))), "{sign}");
    }
}

/// A minus in the column of what left would make income of it.
#[test]
fn an_amount_below_zero_is_no_income() {
    for (id, from, to, line) in [
        ("shinsei", "100000,,220000", "-100000,,420000", 4),
        ("shinsei", "100000,,220000", "▲100000,,420000", 4),
        ("shinsei", "100000,,220000", ",-100000,220000", 4),
        ("passbook", "80000,,320000", "-80000,,480000", 3),
    ] {
        let error = read_text(&file(id).replace(from, to)).unwrap_err();
        assert!(matches!(error, ReadError::Negative { line: at, .. } if at == line), "{error:?}");
        let words = refusal(Lang::Ja, &error, 0);
        assert!(words.contains("−¥") && words.contains("入金に、そのまま"), "{words}");
    }
}

/// Balances that fit prove nothing about lines whose days run both ways.
#[test]
fn lines_out_of_the_order_of_their_days_are_never_proven() {
    let moved = file("rakuten").replace("20260901,-100000", "20260801,-100000");
    let statement = read_text(&moved).unwrap();
    assert_eq!(statement.proof, Proof::Disorder(7));

    let lines: Vec<&str> = moved.lines().collect();
    let newest_first: Vec<&str> =
        [lines[0]].into_iter().chain(lines[1..].iter().rev().copied()).collect();
    assert_eq!(read_text(&newest_first.join("\n")).unwrap().proof, Proof::Disorder(2));

    // Balances in one direction and days in the other.
    let days = ["20260901", "20260831", "20260727"];
    let text = format!(
        "取引日,入出金(円),残高(円),入出金先内容\n{},5,105,a\n{},5,110,b\n{},5,115,c\n",
        days[0], days[1], days[2]
    );
    assert!(matches!(read_text(&text).unwrap().proof, Proof::Disorder(_)));

    let typed = file("passbook").replace("R8.9.1", "R8.8.1");
    assert!(matches!(read_text(&typed), Err(ReadError::Order(7))), "{:?}", read_text(&typed));
}

#[test]
fn two_encodings_in_one_file_are_refused() {
    let mut bytes = shift_jis(file("shinsei"));
    bytes.extend("2026/09/02,ヤチン,10000,,-90000,\n".as_bytes());
    let refused = read("x", bytes.as_slice());
    assert!(matches!(refused, Err(ReadError::Encoding(8))), "{refused:?}");

    let mut bytes = file("shinsei").as_bytes().to_vec();
    bytes.extend(shift_jis("2026/09/02,ヤチン,10000,,-90000,\n"));
    let refused = read("x", bytes.as_slice());
    assert!(matches!(refused, Err(ReadError::Encoding(8))), "{refused:?}");
}

#[test]
fn formulas_and_words_where_amounts_belong_are_refused() {
    for (from, to) in [("100000,,220000", "=A1,,220000"), ("100000,,220000", "いっぱい,,220000")]
    {
        let text = file("shinsei").replace(from, to);
        assert!(matches!(read_text(&text), Err(ReadError::Amount { line: 4, .. })));
    }
    let both = file("shinsei").replace("100000,,220000", "100000,5,220000");
    assert!(matches!(read_text(&both), Err(ReadError::Direction(4))));
    let day = file("shinsei").replace("2026/07/27", "7/27");
    assert!(matches!(read_text(&day), Err(ReadError::Date { line: 3, .. })));
}

#[test]
fn what_is_no_statement_is_refused_soon_and_small() {
    assert!(matches!(read_text(""), Err(ReadError::Layout(_))));
    assert!(matches!(read_text("hello\n"), Err(ReadError::Layout(_))));
    assert!(matches!(read_text("日付,摘要,出金,入金,残高\n"), Err(ReadError::Empty)));
    let noise = "ordinary,text\n".repeat(1_000);
    assert!(matches!(read_text(&noise), Err(ReadError::Layout(_))));
    let endless = format!("日付,摘要,出金,入金,残高\nR8.7.25,\"給料{}", "あ".repeat(100_000));
    assert!(matches!(read_text(&endless), Err(ReadError::TooLong(2))));
    let words = "ア".repeat(4_000);
    let line = |n: u32| ["20260725,-1,,", &words, &n.to_string(), "\n"].concat();
    let many: String = (0..6_000).map(line).collect();
    let many = read_text(&format!("取引日,入出金(円),残高(円),入出金先内容\n{many}"));
    assert!(matches!(many, Err(ReadError::TooManyTexts)));
    let cut = file("ofx").split("<NAME>ヤチン").next().unwrap().to_owned();
    assert!(matches!(read_text(&cut), Err(ReadError::Ofx { .. })));
}

/// What people have of their bank and no program can add up: said by its kind, not as broken bytes.
#[test]
fn a_spreadsheet_a_pdf_a_page_and_a_photograph_are_named() {
    let others: [(&[u8], OtherFile); 12] = [
        (b"PK\x03\x04\x14\x00\xff\xfe[Content_Types].xml", OtherFile::Spreadsheet),
        (b"PK\x03\x04\x14\x00\xff\xfemimetypeapplication/vnd.oasis", OtherFile::Spreadsheet),
        // As ゆうちょ hands files out.
        (b"PK\x03\x04\x14\x00\xff\xfe202607_01.csv", OtherFile::Archive),
        (b"\x1f\x8b\x08\x00aaaa", OtherFile::Archive),
        // 取引日 in EUC-JP, and in ISO-2022-JP; UTF-16 without its mark.
        (b"\xbc\xe8\xb0\xfa\xc6\xfc,\xc6\xfe\xbd\xd0\xb6\xe2\n", OtherFile::Letters),
        (b"\x1b$B<h0zF|\x1b(B,x\n", OtherFile::Letters),
        (b"\xd6\x53\x15\x5f\xe5\x65,\x00\n\x00", OtherFile::Letters),
        (&[0xD0, 0xCF, 0x11, 0xE0, 0xA1], OtherFile::Spreadsheet),
        (b"%PDF-1.7\n%\xe2\xe3", OtherFile::Pdf),
        (b"\n <!doctype html><title>x</title>", OtherFile::WebPage),
        (b"\x89PNG\r\n", OtherFile::Picture),
        (&[0xFF, 0xD8, 0xFF, 0xE0], OtherFile::Picture),
    ];
    for (bytes, kind) in others {
        let refused = read("x", bytes);
        assert!(matches!(refused, Err(ReadError::Other(found)) if found == kind), "{refused:?}");
    }
}

/// Whoever takes money chooses their name: a quotation mark at its beginning must not hide what follows, at the
/// end of a file too, where no balance is left to miss it.
#[test]
fn a_name_that_begins_with_a_quotation_mark_hides_no_line() {
    for id in ["rakuten", "smbc", "shinsei", "aeon", "passbook"] {
        let text = file(id).replacen("ヤチン", "\"ヤチン", 1);
        let bytes = if id == "passbook" { text.into_bytes() } else { shift_jis(&text) };
        let refused = read(id, bytes.as_slice()).unwrap_err();
        assert!(matches!(refused, ReadError::Quote(3)), "{id}: {refused:?}");
        let words = refusal(Lang::Ja, &refused, 0);
        assert!(words.starts_with("3行目: 引用符") && words.contains("何も調べていません"));
    }
    // On the last line it hides nothing; and a bank that quotes may break a line within a cell.
    let last =
        file("rakuten").trim_end().rsplit_once("ドコモ").unwrap().0.to_owned() + "\"ドコモコウザ\n";
    assert_eq!(read_text(&last).unwrap().lines.len(), 6);
    let broken = file("mufg").replacen("ヤチン", "ヤ\r\nチン", 1);
    assert_eq!(read_text(&broken).unwrap().lines.len(), 6);
}

#[test]
fn a_zip_that_is_called_a_spreadsheet_is_one() {
    let zip = b"PK\x03\x04\x14\x00\xff\xfe".as_slice();
    for (name, kind) in [
        ("meisai.xlsx", OtherFile::Spreadsheet),
        ("MEISAI.XLSX", OtherFile::Spreadsheet),
        ("meisai.zip", OtherFile::Archive),
    ] {
        assert!(matches!(read(name, zip), Err(ReadError::Other(found)) if found == kind), "{name}");
    }
}

/// A spreadsheet that opened and saved the file changed dates and amounts into its own.
#[test]
fn a_file_that_a_spreadsheet_saved_is_refused_by_line_in_the_readers_words() {
    let saved = file("smbc").replace("2026/7/27", "46230");
    let error = read_text(&saved).unwrap_err();
    let words = refusal(Lang::Ja, &error, 0);
    assert!(words.starts_with("3行目: 日付が読めません"), "{words}");
    assert!(words.contains("46230。Excelが日付を数えた番号で、ふつうは2026年7月27日"), "{words}");
    assert!(refusal(Lang::Ja, &error, 1).starts_with("2行目"), "less what stands above it");

    let saved = file("smbc").replacen("100000", "1E+05", 1);
    let error = read_text(&saved).unwrap_err();
    assert!(matches!(error, ReadError::Amount { line: 4, .. }), "{error:?}");
    let words = refusal(Lang::En, &error, 0);
    assert!(words.starts_with("Line 4: ") && words.contains("1E+05"), "{words}");
    assert!(!refusal(Lang::Ja, &error, 0).contains("line"), "one language");
}

proptest::proptest! {
    /// Whatever bytes come, the answer is a statement or an error.
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
        let _ = read("any", bytes.as_slice());
    }

    /// A good file with one byte changed is read or refused; if it is read, it still adds up.
    #[test]
    fn a_flipped_byte_never_goes_through_unproven(place in 0_usize..400, byte in 0_u8..=255) {
        let mut bytes = file("rakuten").as_bytes().to_vec();
        let place = place % bytes.len();
        bytes[place] = byte;
        if let Ok(statement) = read("flipped", bytes.as_slice()) {
            let mut balance = statement.opening();
            for line in &statement.lines {
                balance = balance.map(|b| b.plus(line.change));
                if line.balance.is_some() {
                    proptest::prop_assert_eq!(balance, line.balance);
                }
            }
        }
    }
}

/// Balances prove only what lies between two of them.
#[test]
fn lines_before_the_first_and_behind_the_last_balance_are_not_called_proven() {
    let text = file("rakuten");
    let proof = |text: &str| read_text(text).unwrap().proof;
    assert_eq!(proof(text), Proof::Balances);

    let lines: Vec<&str> = text.lines().collect();
    let without = |place: usize| -> String {
        let bare = |line: &str| -> String {
            let cells: Vec<&str> = line.split(',').collect();
            let [day, moved, _, rest @ ..] = &cells[..] else { panic!("{line}") };
            [*day, *moved, ""].iter().chain(rest).copied().collect::<Vec<_>>().join(",")
        };
        let kept = lines.iter().enumerate();
        let kept = kept.map(|(n, line)| if n == place { bare(line) } else { (*line).to_owned() });
        kept.flat_map(|line| [line, "\n".to_owned()]).collect()
    };
    assert_eq!(proof(&without(1)), Proof::None);
    assert_eq!(proof(&without(lines.len() - 1)), Proof::None);
    assert_eq!(proof(&without(2)), Proof::Balances);
    let one = format!("{}\n{}\n", lines[0], lines[1]);
    let alone = Household::one(vec![read_text(&one).unwrap()]);
    assert!(!alone.accounts[0].is_proven(), "there is nothing to compare");
}

#[test]
fn what_an_unknown_file_begins_with_is_shown_to_whoever_wants_to_add_it() {
    let error =
        read_text("お取引年月日,お引落し,お取引後残高\n2026/7/25,3000,400000\n").unwrap_err();

    let told = refusal(Lang::Ja, &error, 0);
    assert!(told.contains("お取引年月日,お引落し,お取引後残高"), "{told}");
}

#[test]
fn a_typed_day_that_has_not_come_is_refused_with_its_year_too() {
    let typed =
        "日付,摘要,出金,入金,残高\nR8.7.25,給料,,300000,400000\nR38.7.26,ガス,3000,,397000\n";

    assert!(matches!(read_text(typed), Err(ReadError::Future { line: 3, .. })));
}

/// A year that was changed makes the newest line of a file; a bank's line of next Monday does not.
#[test]
fn a_day_far_ahead_in_a_banks_file_is_refused_with_its_line() {
    let text = file("rakuten");
    let refused = read_text(&text.replace("20260901", "20270901")).unwrap_err();
    assert!(matches!(refused, ReadError::Ahead { line: 7, .. }), "{refused:?}");
    let words = refusal(Lang::Ja, &refused, 0);
    assert!(words.contains("このパソコンの日付") && words.contains("20270901"), "{words}");
    assert!(read_text(&text.replace("20260901", "20261130")).is_ok());
}

/// A program that saves again may part the cells otherwise, and end lines as an old Macintosh did.
#[test]
fn semicolons_lone_returns_and_decimals_are_read_and_lines_keep_their_numbers() {
    let text = "日付,摘要,出金,入金,残高\n2026/8/30,ガス,3000,,97000\n2026/8/31,ドコモコウザ,80000,,17000\n";
    let expected = read_text(text).unwrap().lines;

    assert_eq!(read_text(&text.replace(',', ";")).unwrap().lines, expected);
    assert_eq!(read_text(&text.replace("000,", "000.00,")).unwrap().lines, expected);
    assert_eq!(read_text(&text.replace('\n', "\r")).unwrap().lines, expected);
    assert_eq!(read_text(&text.replace('\n', "\r\n")).unwrap().lines, expected);

    let wrong = text.replace("17000", "18000").replace('\n', "\r");
    assert!(matches!(read_text(&wrong), Err(ReadError::Balance(3))), "{:?}", read_text(&wrong));
}

/// An amount that a program wrote with a separator and without quotation marks is two cells.
#[test]
fn an_amount_in_two_cells_is_never_taken_for_its_first_part() {
    let text = file("rakuten").replacen("-80000,", "-80,000,", 1);
    let refused = read_text(&text);
    let is_told = matches!(
        &refused,
        Err(ReadError::Separator { text, is_typed: false, .. }) if text == "-80,000"
    );
    assert!(is_told, "{refused:?}");
}

/// Whoever took the money cannot be told from such words, and they must not pass as somebody unknown.
#[test]
fn words_that_another_program_destroyed_are_refused_with_their_line() {
    for words in ["#NAME?", "#REF!", "繝峨さ繝｢繧ｳ繧ｦ繧ｶ"] {
        let text = file("shinsei").replacen("ヤチン", words, 1);
        let refused = read_text(&text).unwrap_err();
        assert!(matches!(refused, ReadError::Wrecked { line: 3, .. }), "{words}: {refused:?}");
        for of in ["<NAME>ヤチン", "<NAME>ヤチン<MEMO>"] {
            let ofx = file("ofx").replacen("<NAME>ヤチン", &of.replace("ヤチン", words), 1);
            let refused = read_text(&ofx).unwrap_err();
            assert!(matches!(refused, ReadError::Wrecked { line: 6, .. }), "{words}: {refused:?}");
        }
    }
    let memo = file("ofx").replacen("<NAME>ヤチン", "<NAME>ヤチン<MEMO>#NAME?", 1);
    assert!(matches!(read_text(&memo), Err(ReadError::Wrecked { line: 6, .. })));
    // A spreadsheet's and a decoder's faults are nobody's handwriting.
    for words in ["#NAME?", "繝峨さ繝｢繧ｳ繧ｦ繧ｶ"] {
        let text = file("passbook").replacen("ヤチン", words, 1);
        assert!(matches!(read_text(&text), Err(ReadError::Wrecked { line: 3, .. })), "{words}");
    }
    for words in ["レストラン?", "繧", "ヤチン"] {
        let text = format!("日付,摘要,出金,入金,残高\nR8.8.1,{words},,300000,300000\n");
        assert!(read_text(&text).is_ok(), "{words}");
    }
}

/// A program that lost the letters lost them everywhere.
#[test]
fn a_file_that_lost_its_letters_is_refused_as_a_whole() {
    let movement = |day: u8, name: &str| {
        format!("<STMTTRN><DTPOSTED>202608{day}<TRNAMT>-500<NAME>{name}</STMTTRN>\n")
    };
    let of = |names: [&str; 4]| {
        let lines: String = (10..).zip(names).map(|(day, name)| movement(day, name)).collect();
        read_text(&format!("<OFX>\n{lines}</OFX>"))
    };
    let wrecked = of(["ATM", "??", "?????", "RTK ????"]);
    assert!(matches!(wrecked, Err(ReadError::Wrecked { line: 3, .. })), "{wrecked:?}");
    assert!(of(["ATM", "RTK ????", "RTK ????", "RTK ????"]).is_ok());
}

#[test]
fn ofx_that_is_cut_or_in_other_money_is_refused() {
    let movement = "<STMTTRN><DTPOSTED>20260831<TRNAMT>-5000<FITID>2<NAME>ガス</STMTTRN>\n";
    let of = |text: String| read_text(&format!("<OFX>\n{text}"));
    let cut = of(format!("{movement}{movement}"));
    assert!(matches!(cut, Err(ReadError::Ofx { line: 3, .. })), "{cut:?}");
    let dollars = of(format!("<STMTRS><CURDEF>USD\n{movement}</OFX>"));
    assert!(matches!(dollars, Err(ReadError::Currency { line: 2, .. })), "{dollars:?}");
    assert!(of(format!("<STMTRS><CURDEF>JPY\n{movement}</OFX>")).is_ok());
    // Put behind a whole one, a file that was cut.
    let behind = of(format!("{movement}</OFX>\n<OFX>\n{movement}"));
    assert!(matches!(behind, Err(ReadError::Ofx { line: 5, .. })), "{behind:?}");
    assert!(of(format!("{movement}</OFX>\n<OFX>\n{movement}</OFX>")).is_ok());
    // Put in front of a whole one; and one behind it whose beginning is missing.
    let before = of(format!("{movement}<OFX>\n{movement}</OFX>"));
    assert!(matches!(before, Err(ReadError::Ofx { line: 3, .. })), "{before:?}");
    let within = of(format!("<STMTTRN><TRNAMT>-5\n<OFX>\n{movement}</OFX>"));
    assert!(matches!(within, Err(ReadError::Ofx { line: 3, .. })), "{within:?}");
    let headless = of(format!("{movement}</OFX>\n{movement}</OFX>"));
    assert!(matches!(headless, Err(ReadError::Ofx { line: 4, .. })), "{headless:?}");
    let spaced = format!("OFXHEADER\n<OFX xmlns=\"a\">\n{movement}</OFX>");
    assert!(read_text(&spaced).is_ok());
}

/// A Japanese keyboard writes wide commas, and a careful hand quotes whole lines.
#[test]
fn lines_that_are_one_cell_are_told_as_that() {
    let text = file("passbook");
    let wide = text.replace(',', "，");
    let quoted: String = text.lines().flat_map(|line| ["\"", line, "\"\n"]).collect();
    for text in [wide, quoted, file("passbook").replace(',', "、")] {
        let refused = read_text(&text).unwrap_err();
        assert!(matches!(refused, ReadError::Joined(1)), "{refused:?}");
        assert!(refusal(Lang::Ja, &refused, 0).contains("半角(,)に直し"));
    }
}
