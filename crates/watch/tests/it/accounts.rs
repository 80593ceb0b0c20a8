//! Which files are of one account, and that what two of them share is counted once.

use jiff::civil::date;
use kanuki_watch::{
    Finding, Household, Kind, Lang, ReadError, Statement, Together,
    descriptor::Dictionary,
    finding::{self, Knowledge},
};

use super::files::{file, read, read_text};

const RAKUTEN: &str = "取引日,入出金(円),残高(円),入出金先内容\n";

/// Lines of 楽天's layout, which says nothing of its account.
fn rakuten(name: &str, lines: &str) -> Statement {
    read(name, format!("{RAKUTEN}{lines}").as_bytes()).unwrap()
}

fn ofx(name: &str, account: &str, movements: &[(&str, i64, &str)], balance: i64) -> Statement {
    let lines = movements.iter().map(|(day, amount, mark)| {
        format!(
            "<STMTTRN><DTPOSTED>{day}<TRNAMT>{amount}<FITID>{mark}<NAME>ドコモコウザ</STMTTRN>\n"
        )
    });
    let text = format!(
        "OFXHEADER:100\n\n<OFX><BANKACCTFROM><BANKID>9901<ACCTID>{account}</BANKACCTFROM>\n{}\
         <LEDGERBAL><BALAMT>{balance}</LEDGERBAL></OFX>\n",
        lines.collect::<String>()
    );
    read(name, text.as_bytes()).unwrap()
}

/// The files of each account, with what holds them together.
fn accounts(files: Vec<Statement>) -> Vec<(Together, Vec<String>)> {
    let household = Household::sorted(files);
    let names = |account: &kanuki_watch::Account| {
        (account.together, account.file_names().into_iter().map(str::to_owned).collect())
    };
    household.accounts.iter().map(names).collect()
}

fn one(why: Together, names: &[&str]) -> (Together, Vec<String>) {
    (why, names.iter().map(|name| (*name).to_owned()).collect())
}

fn kinds(household: &Household) -> Vec<Kind> {
    let dictionary = Dictionary::built_in().unwrap();
    let found = finding::find(household, &dictionary, &Knowledge::default());
    found.iter().map(|finding| finding.kind).collect()
}

const JULY: &str = "20260701,300000,400000,給与\n20260731,-80000,320000,ヤチン\n";

#[test]
fn two_people_at_one_bank_are_two_accounts() {
    let hers = rakuten("meisai.csv", JULY);
    let his =
        rakuten("meisai (1).csv", "20260705,100000,900000,ネンキン\n20260720,-5000,895000,ガス\n");

    let apart = [one(Together::Alone, &["meisai.csv"]), one(Together::Alone, &["meisai (1).csv"])];
    assert_eq!(accounts(vec![his, hers]), apart, "the same days, and no line in common");

    let later = "20260905,100000,900000,ネンキン\n20260920,-5000,895000,ガス\n";
    let apart = [one(Together::Alone, &["haha.csv"]), one(Together::Alone, &["chichi.csv"])];
    let files = vec![rakuten("haha.csv", JULY), rakuten("chichi.csv", later)];
    assert_eq!(accounts(files), apart, "other days, and other names");
}

#[test]
fn files_of_one_account_are_told_by_lines_balances_and_names() {
    let july = || rakuten("meisai_202607.csv", JULY);
    let shared = rakuten("a.csv", "20260731,-80000,320000,ヤチン\n20260801,-1000,319000,ガス\n");
    let goes_on = rakuten("b.csv", "20260801,-1000,319000,ガス\n");
    let much_later = rakuten("meisai_202611.csv", "20261101,-1000,5000,ガス\n");

    for (other, why) in
        [(shared, Together::Lines), (goes_on, Together::Balances), (much_later, Together::FileName)]
    {
        let names = ["meisai_202607.csv", &other.name.clone()];
        assert_eq!(accounts(vec![other, july()]), [one(why, &names)]);
    }
}

#[test]
fn two_banks_are_never_one_account_unless_both_say_its_number() {
    let files = vec![rakuten("a.csv", JULY), read("b.csv", file("smbc").as_bytes()).unwrap()];
    assert_eq!(accounts(files).len(), 2);

    let csv = || read("a.csv", file("mizuho").as_bytes()).unwrap();
    let same = ofx("b.ofx", "9000001", &[("20261001", -1_000, "1")], -81_000);
    assert_eq!(accounts(vec![csv(), same]), [one(Together::Number, &["a.csv", "b.ofx"])]);
    let other = ofx("b.ofx", "9000002", &[("20261001", -1_000, "1")], -81_000);
    assert_eq!(accounts(vec![csv(), other]).len(), 2);
}

/// Two accounts of one bank may go on with each other's balance by chance.
#[test]
fn what_a_file_says_above_its_header_parts_what_seems_to_go_on() {
    let of = |name: &str, number: &str, line: &str| {
        let text = format!(
            "口座情報,普通 {number}\n明細通番,日付,お引出金額,お預入金額,残高,お取引内容\n{line}\n"
        );
        read(name, text.as_bytes()).unwrap()
    };
    let july = || of("a.csv", "9000001", "1,2026.07.25,,1000,1000,給料");
    let same = of("b.csv", "9000001", "2,2026.09.25,,1000,9000,給料");
    let other = of("b.csv", "9000002", "2,2026.09.25,,1000,2000,給料");

    assert_eq!(accounts(vec![july(), same]), [one(Together::Number, &["a.csv", "b.csv"])]);
    assert_eq!(accounts(vec![july(), other]).len(), 2);
}

#[test]
fn a_movement_that_two_ofx_files_have_is_counted_once() {
    let all = [
        ("20260831", -100_000, "1"),
        ("20260831", -100_000, "2"),
        ("20260831", -100_000, "3"),
        ("20260901", -100_000, "4"),
    ];
    let a = || ofx("a.ofx", "9000001", &all[..3], 400_000);
    let b = || ofx("b.ofx", "9000001", &all[1..], 300_000);

    let household = Household::sorted(vec![b(), a()]);
    assert_eq!((household.accounts.len(), household.line_count()), (1, 4));
    assert!(household.accounts[0].gaps.is_empty(), "{:?}", household.accounts[0].gaps);
    let pulls = kinds(&household).into_iter().filter(|kind| *kind == Kind::WalletDebit);
    assert_eq!(pulls.count(), 4);

    // A bank that counts anew in each file: another day or amount is another movement.
    let next = ofx("c.ofx", "9000001", &[("20260901", -5_000, "1")], 295_000);
    assert_eq!(Household::sorted(vec![a(), next]).line_count(), 4);
    // The same mark, day and amount, and another payee: two movements.
    let other = "<OFX><BANKACCTFROM><BANKID>9901<ACCTID>9000001</BANKACCTFROM>\n\
         <STMTTRN><DTPOSTED>20260831<TRNAMT>-100000<FITID>1<NAME>ペイペイ</STMTTRN></OFX>\n";
    let other = read("e.ofx", other.as_bytes()).unwrap();
    assert_eq!(Household::sorted(vec![a(), other]).line_count(), 4);
    // Twice in one file is twice.
    let twice =
        ofx("d.ofx", "9000001", &[("20260831", -100_000, "1"), ("20260831", -100_000, "1")], 0);
    assert_eq!(twice.lines.len(), 2);
}

#[test]
fn three_files_that_lie_like_tiles_share_no_line_twice() {
    let lines: Vec<String> = (1..=20_i64)
        .map(|day| format!("202607{day:02},-100,{},ガス\n", 10_000 - day * 100))
        .collect();
    let part = |from: usize, to: usize| rakuten(&format!("{from}.csv"), &lines[from..to].concat());

    let household = Household::sorted(vec![part(7, 20), part(0, 10), part(4, 15)]);

    assert_eq!((household.accounts.len(), household.line_count()), (1, 20));
    assert!(household.accounts[0].is_proven());
}

#[test]
fn files_that_do_not_agree_are_told_as_that_and_not_as_a_gap_that_runs_backwards() {
    let hers = rakuten("haha.csv", JULY);
    let his =
        rakuten("chichi.csv", "20260705,100000,900000,ネンキン\n20260720,-5000,895000,ガス\n");
    let household = Household::one(vec![hers, his]);
    let dictionary = Dictionary::built_in().unwrap();
    for (lang, said) in [
        (Lang::Ja, "2026年7月5日から2026年7月20日までのことを両方で言っています"),
        (Lang::En, "tell of 5 Jul 2026 to 20 Jul 2026, and do not agree"),
    ] {
        let known = Knowledge { lang, ..Knowledge::default() };
        let found = finding::find(&household, &dictionary, &known);
        let clash = found.iter().find(|f| f.kind == Kind::Clash).unwrap();
        assert!(clash.why.contains(said), "{}", clash.why);
        assert!(found.iter().all(|f| f.kind != Kind::Gap), "{found:?}");
    }
    assert!(!household.accounts[0].is_proven());
}

/// Both are the day's; what stands in both counts once, and the rest is told as what it is.
#[test]
fn files_that_disagree_about_the_day_on_which_they_meet_are_no_gap() {
    let first = "20260730,-1000,401000,ガス\n20260731,-1000,400000,ヤチン\n";
    let a = || rakuten("a.csv", &format!("{first}20260731,-5000,395000,ミズ\n"));
    let shared = "20260731,-1000,400000,ヤチン\n";
    for (b, lines) in [
        // Another line behind the shared one.
        (format!("{shared}20260731,-90000,310000,ドコモコウザ\n20260801,-10,309990,ガス\n"), 5),
        // Nothing behind it on that day.
        (format!("{shared}20260801,-90000,310000,ドコモコウザ\n"), 4),
        // A line before it.
        (format!("20260731,-50,401000,デンキ\n{shared}20260802,-5,399995,ガス\n"), 5),
        // None of it is shared, and the balances do not meet.
        ("20260731,-90000,310000,ドコモコウザ\n".to_owned(), 4),
    ] {
        for sorted in [true, false] {
            let files = vec![a(), rakuten("a (1).csv", &b)];
            let household = if sorted { Household::sorted(files) } else { Household::one(files) };
            assert_eq!((household.accounts.len(), household.line_count()), (1, lines), "{b}");
            assert_eq!(kinds(&household).iter().filter(|k| **k == Kind::Clash).count(), 1, "{b}");
            assert!(!kinds(&household).contains(&Kind::Gap), "{b}");
            let gap = household.accounts[0].gaps[0];
            let day = date(2026, 7, 31);
            assert_eq!((gap.from, gap.to, gap.difference), (day, day, None), "{b}");
            assert!(!household.accounts[0].is_proven());
        }
    }
}

/// A file that somebody changed has most of its lines in common with the bank's.
#[test]
fn a_changed_file_is_of_the_same_account_and_its_days_are_told() {
    let first = "20260701,300000,400000,給与\n20260705,-1000,399000,ガス\n";
    let a = rakuten(
        "a.csv",
        &format!("{first}20260710,-90000,309000,ドコモコウザ\n20260720,-9,308991,ミズ\n"),
    );
    let b = rakuten(
        "b.csv",
        &format!("{first}20260710,-80000,319000,ヤチン\n20260720,-10009,308991,ミズ\n"),
    );

    let household = Household::sorted(vec![a, b]);

    assert_eq!((household.accounts.len(), household.line_count()), (1, 6));
    let gap = household.accounts[0].gaps[0];
    let days = [gap.to, gap.from].map(|day| day.to_string());
    assert_eq!((gap.is_clash, days), (true, ["2026-07-10".into(), "2026-07-20".into()]));
}

/// The bank's own word of the balance shows what was cut off, where every line left still fits.
#[test]
fn the_present_balance_above_the_lines_proves_that_none_is_missing_behind_them() {
    let whole = Household::one(vec![read_text(file("yucho")).unwrap()]);
    assert!(whole.accounts[0].is_proven() && whole.accounts[0].is_to_its_end());

    let cut = file("yucho").split("20260901").next().unwrap();
    let cut = Household::one(vec![read_text(cut).unwrap()]);
    assert!(!cut.accounts[0].is_proven() && !cut.accounts[0].is_to_its_end());
    assert!(kinds(&cut).contains(&Kind::Gap));

    let unknown = file("yucho").replace("現在高,-80000\n", "");
    let unknown = Household::one(vec![read_text(&unknown).unwrap()]);
    assert!(unknown.accounts[0].is_proven() && !unknown.accounts[0].is_to_its_end());

    // A later file has what the earlier one lacks.
    let later = file("yucho").replace("20260725,1,300000,,給与,カブシキガイシヤマル,400000,\n", "");
    let earlier = file("yucho").split("20260831,4").next().unwrap();
    let both =
        vec![read("a.csv", earlier.as_bytes()).unwrap(), read("b.csv", later.as_bytes()).unwrap()];
    let both = Household::one(both);
    assert!(both.accounts[0].is_to_its_end(), "{:?}", both.accounts[0].gaps);
}

/// The lines of a file that was cut may all be in one that begins before it: what its bank said of the balance
/// must not be forgotten with them.
#[test]
fn a_present_balance_is_compared_though_an_older_file_has_every_line() {
    let older = file("yucho").split("20260901").next().unwrap().replace("現在高,-80000\n", "");
    let head = "20260725,1,300000,,給与,カブシキガイシヤマル,400000,\n";
    let cut = file("yucho").split("20260901").next().unwrap().replace(head, "");
    let both =
        vec![read("a.csv", older.as_bytes()).unwrap(), read("b.csv", cut.as_bytes()).unwrap()];
    let both = Household::one(both);

    assert!(both.accounts[0].statements[1].lines.is_empty());
    assert!(!both.accounts[0].is_proven() && !both.accounts[0].is_to_its_end());
    let (dictionary, known) = (Dictionary::built_in().unwrap(), Knowledge::default());
    let findings = finding::find(&both, &dictionary, &known);
    let gaps: Vec<&Finding> = findings.iter().filter(|f| f.kind == Kind::Gap).collect();
    let [gap] = gaps[..] else { panic!("{findings:?}") };
    assert_eq!((gap.statement, gap.file.as_str()), (1, "b.csv"));
    assert!(gap.amount.is_negative() && gap.date == date(2026, 8, 31), "{gap:?}");

    // What the older file goes on to say may be what is stated.
    let whole = file("yucho").replace("現在高,-80000\n", "");
    let told =
        vec![read("a.csv", whole.as_bytes()).unwrap(), read("b.csv", cut.as_bytes()).unwrap()];
    let told = Household::one(told);
    assert!(told.accounts[0].is_proven() && !kinds(&told).contains(&Kind::Gap));
}

/// One file of two accounts would be one account's movements.
#[test]
fn a_file_in_which_the_account_changes_is_refused_with_the_line() {
    let text = file("anser").replacen("普通9000001,4", "普通9000002,4", 1);
    assert!(matches!(read_text(&text), Err(ReadError::OtherAccount(4))), "{:?}", read_text(&text));

    let statement = |number: &str| {
        format!(
            "<BANKACCTFROM><BANKID>9901<ACCTID>{number}</BANKACCTFROM>\n\
             <STMTTRN><DTPOSTED>20260831<TRNAMT>5</STMTTRN>\n"
        )
    };
    let two = format!("<OFX>\n{}{}</OFX>", statement("9000001"), statement("9000002"));
    assert!(matches!(read_text(&two), Err(ReadError::OtherAccount(4))), "{:?}", read_text(&two));
    let same = format!("<OFX>\n{}{}</OFX>", statement("9000001"), statement("9000001"));
    assert_eq!(read_text(&same).unwrap().lines.len(), 2);
}

/// Cells of a fixed width: blanks, zeros and wide blanks are no part of what they say.
#[test]
fn cells_of_anser_that_are_padded_are_read_as_without() {
    let expected = read_text(file("anser")).unwrap();
    let padded: String = file("anser")
        .lines()
        .flat_map(|line| {
            let cells = line.split(',').enumerate().map(|(place, cell)| match place {
                17 | 18 | 20 if cell.starts_with('-') => cell.replace('-', "-000000"),
                17 | 18 | 20 => format!("{cell:0>12}"),
                0..=12 => cell.to_owned(),
                _ if cell.is_ascii() => format!("  {cell:<9}"),
                _ => format!("{cell}　　 "),
            });
            [cells.collect::<Vec<_>>().join(","), ",,\n".to_owned()]
        })
        .collect();

    let found = read_text(&padded).unwrap();
    assert_eq!(found.lines, expected.lines);
    let words = |s: &Statement| s.lines.iter().map(|l| s.text(l).to_owned()).collect::<Vec<_>>();
    assert_eq!(words(&found), words(&expected));
    assert_eq!(found.identity, expected.identity);
}
