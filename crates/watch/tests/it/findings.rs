//! What is found in the story of the files, and what is not.

use std::fmt::Write as _;

use jiff::civil::date;
use kanuki_watch::{
    Confidence, Finding, Household, Kind, Lang, Statement,
    descriptor::Dictionary,
    finding::{self, Knowledge},
    report::Report,
};

use super::files::{FILES, file, read, read_text};

fn find(statements: Vec<Statement>, known: &Knowledge) -> Vec<Finding> {
    finding::find(&Household::apart(statements), &Dictionary::built_in().unwrap(), known)
}

fn kinds(findings: &[Finding]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = findings.iter().map(|f| f.kind).collect();
    kinds.dedup();
    kinds
}

#[test]
fn the_crime_of_2020_is_found_in_every_layout() {
    for (id, text) in FILES {
        let findings = find(vec![read_text(text).unwrap()], &Knowledge::default());
        let wallets: Vec<&Finding> =
            findings.iter().filter(|f| f.kind == Kind::WalletDebit).collect();
        assert_eq!(wallets.len(), 4, "{id}");
        assert!(wallets.iter().all(|f| f.confidence == Confidence::High), "{id}");
        for kind in [Kind::MonthEdge, Kind::Burst, Kind::FirstTime, Kind::Overdraft] {
            assert!(kinds(&findings).contains(&kind), "{id}: {kind:?} in {findings:?}");
        }
        let edge = findings.iter().find(|f| f.kind == Kind::MonthEdge).unwrap();
        assert_eq!(edge.amount.yen(), -400_000, "{id}");
    }
}

#[test]
fn what_people_do_themselves_is_not_found() {
    let text = "日付,摘要,出金,入金,残高\nR8.5.1,くりこし,,100000,100000\n\
        R8.6.10,ATM,10000,,90000\nR8.6.10,ATM,10000,,80000\nR8.6.10,ATM,10000,,70000\n\
        R8.6.30,振込 タナカ,20000,,50000\nR8.7.1,振込 タナカ,20000,,30000\nR8.7.2,手数料,220,,29780\n";

    assert_eq!(find(vec![read_text(text).unwrap()], &Knowledge::default()), []);
}

#[test]
fn services_of_ones_own_are_no_findings() {
    let text = "日付,摘要,出金,入金,残高\nR8.5.1,くりこし,,100000,100000\n\
        R8.6.10,RTK ペイペイ,3000,,97000\nR8.7.10,RTK ペイペイ,3000,,94000\n";
    let mine = Knowledge { mine: vec!["paypay".into()], ..Knowledge::default() };

    assert_eq!(find(vec![read_text(text).unwrap()], &mine), []);
    assert!(!find(vec![read_text(text).unwrap()], &Knowledge::default()).is_empty());
}

#[test]
fn a_debit_after_a_stop_comes_first() {
    let stopped = vec![(date(2026, 8, 31), "ドコモコウザ".to_owned())];
    let known = Knowledge { stopped, lang: Lang::En, ..Knowledge::default() };
    let findings = find(vec![read_text(file("mufg")).unwrap()], &known);

    let first = findings.first().unwrap();
    assert_eq!((first.kind, first.line, first.date), (Kind::AfterStop, 7, date(2026, 9, 1)));
    assert_eq!(findings.iter().filter(|f| f.kind == Kind::AfterStop).count(), 1);
}

/// Whoever stopped it says its name as people do, and a statement as a bank does: nothing found would be
/// taken for nothing taken.
#[test]
fn what_was_stopped_is_found_by_any_of_its_names_or_said_to_be_on_no_line() {
    let text = "日付,摘要,出金,入金,残高\nR8.8.1,給料,,300000,300000\n\
        R8.8.2,ドコモ コウザ,100000,,200000\nR8.8.3,RTK ペイペイ,5000,,195000\n\
        R8.8.4,RTK ナントカ,5000,,190000\n";
    let statement = || vec![read_text(text).unwrap()];
    let of = |said: &str| {
        let stopped = vec![(date(2026, 8, 1), said.to_owned())];
        let known = Knowledge { stopped, ..Knowledge::default() };
        let household = Household::apart(statement());
        let dictionary = Dictionary::built_in().unwrap();
        let found = finding::find(&household, &dictionary, &known);
        let lines = found.iter().filter(|f| f.kind == Kind::AfterStop).map(|f| f.line).collect();
        let unseen = finding::unseen(&household, &dictionary, &known);
        (lines, unseen.into_iter().map(str::to_owned).collect())
    };
    for said in ["ドコモ口座", "ドコモコウザ", "ドコモ コウザ", "ﾄﾞｺﾓｺｳｻﾞ", "docomo-koza"]
    {
        assert_eq!(of(said), (vec![3], Vec::<String>::new()), "{said}");
    }
    for said in ["PayPay", "ＰａｙＰａｙ", "ペイ　ペイ", "RTK ペイペイ"] {
        assert_eq!(of(said), (vec![4], Vec::new()), "{said}");
    }
    assert_eq!(
        of("RTK ナントカ"),
        (vec![5], Vec::new()),
        "not whoever the same company collects for"
    );
    assert_eq!(of("存在しない"), (Vec::new(), vec!["存在しない".to_owned()]));
}

#[test]
fn files_of_one_account_must_meet_and_may_overlap() {
    let part = |lines: &[&str]| {
        let text = format!("日付,摘要,出金,入金,残高\n{}\n", lines.join("\n"));
        read("part.csv", text.as_bytes()).unwrap()
    };
    let (a, b, c) = ("R8.7.1,あ,,1000,1000", "R8.7.2,ガス,200,,800", "R8.7.3,みず,300,,500");
    let count = |statements| {
        let household = Household::one(statements);
        let gaps = household.accounts[0].gaps.clone();
        (household.line_count(), gaps)
    };

    assert_eq!(count(vec![part(&[a, b]), part(&[c])]), (3, vec![]));
    assert_eq!(count(vec![part(&[b, c]), part(&[a, b])]), (3, vec![]), "shared days count once");
    let (lines, gaps) = count(vec![part(&[c]), part(&[a])]);
    assert_eq!((lines, gaps.len()), (2, 1));
    assert_eq!(gaps[0].difference.unwrap().yen(), -200);
}

/// A son downloads the year, and his mother had saved the month.
#[test]
fn a_file_that_lies_within_another_counts_once_and_is_no_gap() {
    let part = |lines: &[&str]| {
        let text = format!("日付,摘要,出金,入金,残高\n{}\n", lines.join("\n"));
        read("part.csv", text.as_bytes()).unwrap()
    };
    let (a, b, c, d) = (
        "R8.7.1,あ,,1000,1000",
        "R8.7.2,ガス,200,,800",
        "R8.7.3,みず,300,,500",
        "R8.7.4,みず,300,,200",
    );
    for files in [
        vec![part(&[a, b, c]), part(&[b])],
        vec![part(&[b]), part(&[a, b, c]), part(&[a])],
        vec![part(&[a, b, c]), part(&[b]), part(&[c]), part(&[a, b, c])],
    ] {
        let household = Household::one(files);
        assert_eq!((household.line_count(), household.accounts[0].gaps.len()), (3, 0));
        assert!(household.accounts[0].is_proven());
    }

    let after = Household::one(vec![part(&[a, b, c]), part(&[b]), part(&[c, d])]);
    assert_eq!((after.line_count(), after.accounts[0].gaps.len()), (4, 0));
    let missing = Household::one(vec![part(&[a, b]), part(&[a]), part(&[d])]);
    assert_eq!((missing.line_count(), missing.accounts[0].gaps.len()), (3, 1));
}

/// Without names, files are one account; somebody forgot to say that these are two.
#[test]
fn files_of_two_banks_that_do_not_meet_are_said_to_be_perhaps_two_accounts() {
    let lines = "日付,摘要,出金,入金,残高\nR8.10.1,みず,100,,77\n";
    let statements = vec![read_text(file("mufg")).unwrap(), read_text(lines).unwrap()];

    let household = Household::one(statements);
    let dictionary = Dictionary::built_in().unwrap();
    let findings = finding::find(&household, &dictionary, &Knowledge::default());

    let gap = findings.iter().find(|f| f.kind == Kind::Gap).unwrap();
    assert!(gap.why.contains("別の口座のものなら"), "{}", gap.why);
    assert_eq!(gap.confidence, Confidence::Low);
}

#[test]
fn the_picture_is_dotted_where_lines_are_missing() {
    let part = |lines: &[&str]| {
        let text = format!("日付,摘要,出金,入金,残高\n{}\n", lines.join("\n"));
        read("part.csv", text.as_bytes()).unwrap()
    };
    let page = |statements| {
        let household = Household::one(statements);
        let dictionary = Dictionary::built_in().unwrap();
        let findings = finding::find(&household, &dictionary, &Knowledge::default());
        let version = dictionary.version();
        let today = date(2026, 9, 2);
        let (household, findings) = (&household, &findings[..]);
        let unseen_stops = Vec::new();
        let (dictionary, unjudged) = (version, &[]);
        let lang = Lang::Ja;
        Report { household, findings, unseen_stops, unjudged, dictionary, today, lang }.page()
    };
    let july = ["R8.7.1,あ,,1000,1000", "R8.7.2,ガス,200,,800"];
    let september = ["R8.9.3,みず,300,,100", "R8.9.4,みず,50,,50"];

    let whole = page(vec![part(&july)]);
    assert_eq!((whole.matches("class=\"hole\"").count(), whole.contains("点線")), (0, false));
    let broken = page(vec![part(&july), part(&september)]);
    assert_eq!((broken.matches("class=\"hole\"").count(), broken.contains("点線")), (1, true));
    assert!(broken.contains("この間に残高が¥400減っています"), "{broken}");
}

#[test]
fn a_household_keeps_the_accounts_of_each_person_apart_and_the_files_of_one_together() {
    let part = |line: &str| read_text(&format!("日付,摘要,出金,入金,残高\n{line}\n")).unwrap();
    let household = Household::named(vec![
        ("母のゆうちょ".into(), part("R8.7.2,ガス,200,,800")),
        ("父の信金".into(), part("R8.7.1,あ,,1000,1000")),
        ("母のゆうちょ".into(), part("R8.7.1,あ,,1000,1000")),
    ]);

    let shown: Vec<(&str, usize, usize)> = household
        .accounts
        .iter()
        .map(|a| (a.name.as_str(), a.statements.len(), a.gaps.len()))
        .collect();
    assert_eq!(shown, [("母のゆうちょ", 2, 0), ("父の信金", 1, 0)]);
}

#[test]
fn each_bank_gets_a_letter_about_its_own_account_only() {
    let other = file("mufg").replace("ドコモコウザ", "ＲＴＫ　ペイペイ");
    let household = Household::named(vec![
        ("母".into(), read_text(file("mufg")).unwrap()),
        ("父".into(), read_text(&other).unwrap()),
    ]);
    let dictionary = Dictionary::built_in().unwrap();
    let findings = finding::find(&household, &dictionary, &Knowledge::default());
    let today = date(2026, 9, 2);
    let version = dictionary.version();
    let report = Report {
        unseen_stops: Vec::new(),
        unjudged: &[],
        household: &household,
        findings: &findings,
        dictionary: version,
        today,
        lang: Lang::Ja,
    };
    let page = report.page();
    let letters: Vec<&str> = page.split("class=\"letter\"").skip(1).collect();

    assert_eq!(letters.len(), 2);
    assert!(letters[0].contains("ドコモコウザ") && !letters[0].contains("ペイペイ"));
    assert!(letters[1].contains("ペイペイ") && !letters[1].contains("ドコモコウザ"));
}

#[test]
fn the_report_is_one_page_that_calls_nobody_and_escapes_what_a_statement_says() {
    let hostile = "日付,摘要,出金,入金,残高\nR8.5.1,くりこし,,100000,100000\n\
        R8.6.10,口座振替 <script>alert(1)</script>,3000,,97000\n";
    for lang in [Lang::Ja, Lang::En] {
        let household =
            Household::apart(vec![read_text(file("mufg")).unwrap(), read_text(hostile).unwrap()]);
        let dictionary = Dictionary::built_in().unwrap();
        let known = Knowledge { lang, ..Knowledge::default() };
        let findings = finding::find(&household, &dictionary, &known);
        let today = date(2026, 9, 2);
        let page = Report {
            unseen_stops: Vec::new(),
            unjudged: &[],
            household: &household,
            findings: &findings,
            dictionary: dictionary.version(),
            today,
            lang,
        }
        .page();

        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{lang:?}");
        assert!(!page.contains("http"), "{lang:?}: no address in it");
        assert!(page.contains("−¥80,000") && page.contains("¥400,000"), "{lang:?}");
        assert!(page.contains("<svg") && page.contains("¥0</text>"), "{lang:?}");
    }
}

#[test]
fn a_line_out_of_order_is_found_and_the_account_is_not_proven() {
    let moved = file("rakuten").replace("20260727,-80000", "20260724,-80000");
    let household = Household::one(vec![read_text(&moved).unwrap()]);
    let findings =
        finding::find(&household, &Dictionary::built_in().unwrap(), &Knowledge::default());
    let found: Vec<&Finding> = findings.iter().filter(|f| f.kind == Kind::Order).collect();

    assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [3]);
    assert!(!household.accounts[0].is_proven());
}

/// A passbook that nobody can read in one place is no reason to look at none of it, nor to pass it over.
#[test]
fn lines_that_name_nobody_are_read_counted_and_named() {
    let text = "日付,摘要,出金,入金,残高\nR8.5.1,くりこし,,500000,500000\n\
        R8.6.10,??,100000,,400000\nR8.6.11,,50000,,350000\nR8.6.12,口座振替,30000,,320000\n\
        R8.6.13,ド??ザ,10000,,310000\nR8.6.14,,,5000,315000\nR8.6.15,ATM,5000,,310000\n";
    let findings = find(vec![read_text(text).unwrap()], &Knowledge::default());

    let [found] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!((found.kind, found.line, found.amount.yen()), (Kind::Unnamed, 3, -190_000));
    for said in ["4行に", "3行目 2026年6月10日 ¥100,000", "4行目", "5行目", "6行目"] {
        assert!(found.why.contains(said), "{said}: {}", found.why);
    }
    assert!(!found.why.contains("7行目") && !found.why.contains("8行目"), "{}", found.why);

    let many: String = (1..=12).map(|_| "R8.6.16,,10,,\n").collect();
    let findings = find(vec![read_text(&format!("{text}{many}")).unwrap()], &Knowledge::default());
    let unnamed = findings.iter().find(|f| f.kind == Kind::Unnamed).unwrap();
    assert!(unnamed.why.contains("、ほか6行"), "{}", unnamed.why);
}

/// Whoever opens the letter at the bank must see what is known, what is guessed, and what was stopped when.
#[test]
fn the_letter_says_what_was_stopped_and_keeps_guesses_apart() {
    let text = "日付,摘要,出金,入金,残高\nR8.5.1,くりこし,,900000,900000\n\
        R8.8.2,ドコモコウザ,100000,,800000\nR8.8.3,サンプルドウ,5000,,795000\nR8.8.4,??,4000,,791000\n\
        R8.9.20,ドコモコウザ,100000,,691000\n";
    let household = Household::apart(vec![read_text(text).unwrap()]);
    let dictionary = Dictionary::built_in().unwrap();
    let page = |lang| {
        let stopped = vec![(date(2026, 9, 10), "ドコモ口座".to_owned())];
        let known = Knowledge { stopped, lang, ..Knowledge::default() };
        let findings = finding::find(&household, &dictionary, &known);
        let page = Report {
            household: &household,
            findings: &findings,
            unseen_stops: Vec::new(),
            unjudged: &[],
            dictionary: dictionary.version(),
            today: date(2026, 11, 2),
            lang,
        }
        .page();
        page.split_once("class=\"letter\"").unwrap().1.to_owned()
    };
    let letter = page(Lang::Ja);
    let parts: Vec<&str> = letter.split("<table>").collect();
    assert_eq!(parts.len(), 5, "{letter}");
    for (part, said) in [
        (0, "止めるようにお願いしたあとに"),
        (1, "2026年9月20日"),
        (1, "ドコモ口座、2026年9月10日"),
        (1, "次の引き落としに覚えがありません"),
        (2, "2026年8月2日"),
        (2, "はっきりしません"),
        (3, "サンプルドウ"),
        (3, "相手の名前がありません"),
        (4, "¥4,000"),
        (4, "止まらなかった理由"),
    ] {
        assert!(parts[part].contains(said), "{part} {said}: {letter}");
    }
    assert!(!parts[2].contains("サンプルドウ") && !parts[1].contains("8月2日"));
    assert!(page(Lang::En).contains("ドコモ口座, 10 Sep 2026"));
}

fn letter(household: &Household) -> String {
    let dictionary = Dictionary::built_in().unwrap();
    let findings = &finding::find(household, &dictionary, &Knowledge::default())[..];
    let (dictionary, today, lang) = (dictionary.version(), date(2026, 11, 2), Lang::Ja);
    let unseen_stops = Vec::new();
    let unjudged = &[];
    let page =
        Report { household, findings, unseen_stops, unjudged, dictionary, today, lang }.page();
    page.split_once("class=\"letter\"").unwrap().1.to_owned()
}

/// Whoever takes small sums first hides no large one behind them.
#[test]
fn a_letter_shows_the_largest_lines_and_says_how_many_it_leaves_away() {
    for words in ["ドコモコウザ", "??"] {
        let mut text = "日付,摘要,出金,入金,残高\n".to_owned();
        for day in 1..=24 {
            writeln!(text, "R8.7.{day},{words},10,,").unwrap();
        }
        writeln!(text, "R8.7.25,{words},100000,,").unwrap();
        let household = Household::apart(vec![read_text(&text).unwrap()]);
        let letter = letter(&household);
        assert!(letter.contains("ほかに5件あります") && letter.contains("¥100,000"), "{letter}");
        let (first, large) = (letter.find("2026年7月1日"), letter.find("¥100,000"));
        assert!(first < large && !letter.contains("2026年7月20日"), "{letter}");
        let findings =
            finding::find(&household, &Dictionary::built_in().unwrap(), &Knowledge::default());
        let unnamed = findings.iter().find(|f| f.kind == Kind::Unnamed);
        assert!(unnamed.is_none_or(|f| f.why.contains("¥100,000")), "{unnamed:?}");
    }
}

/// Banks call every month's file the same.
#[test]
fn a_letter_asks_about_every_line_of_files_that_have_one_name() {
    let month = |month: u8, words: &str, out: u32, left: u32| {
        let text = format!(
            "日付,摘要,出金,入金,残高\nR8.{month}.1,ガス,1000,,{}\nR8.{month}.3,{words},{out},,{left}\n",
            left + out
        );
        read_text(&text).unwrap()
    };
    for words in ["ドコモコウザ", "??"] {
        let files = vec![month(7, words, 10_000, 900_000), month(8, words, 98_765, 800_235)];
        let letter = letter(&Household::one(files));
        for said in ["2026年7月3日", "¥10,000", "2026年8月3日", "¥98,765"] {
            assert!(letter.contains(said), "{said}: {letter}");
        }
    }
}

/// Some banks write OFX without line ends.
#[test]
fn a_letter_asks_about_every_movement_of_one_line() {
    let text = file("ofx").replace('\n', "").replace("OFXSGML", "OFXSGML\n");
    let text = text.replace("<NAME>ヤチン", "<NAME>??");
    let letter = letter(&Household::apart(vec![read_text(&text).unwrap()]));
    assert_eq!(letter.matches("¥100,000").count(), 4, "{letter}");
    assert!(letter.contains("¥80,000"), "{letter}");
}

/// A merchant chooses what a statement says of it: that must not make the rest of it unreadable.
#[test]
fn words_that_cannot_be_read_are_asked_about_and_refuse_no_file() {
    for words in ["ABC ???", "？？？", "?????", "RTK ???"] {
        for (text, line) in [
            (file("shinsei").replacen("ヤチン", words, 1), 3),
            (file("ofx").replacen("<NAME>ヤチン", &format!("<NAME>{words}"), 1), 6),
            (file("ofx").replacen("<NAME>ヤチン", &format!("<NAME>ヤチン<MEMO>{words}"), 1), 6),
        ] {
            let findings = find(vec![read_text(&text).unwrap()], &Knowledge::default());
            // The first letters of a collection service still tell that one took it.
            let is_collected = words.starts_with("RTK");
            let kind = if is_collected { Kind::WalletDebit } else { Kind::Unnamed };
            let is_asked = findings.iter().any(|f| (f.kind, f.line) == (kind, line));
            assert!(is_asked, "{words}: {findings:?}");
            assert!(findings.iter().any(|f| f.kind == Kind::WalletDebit), "{findings:?}");
        }
    }
}

/// One month is what most banks hand out: nothing found in it is no all-clear.
#[test]
fn a_month_says_that_nobody_can_tell_who_is_new_and_names_who_was_paid() {
    let month = "日付,摘要,出金,入金,残高\nR8.8.1,くりこし,,500000,500000\n\
        R8.8.10,ATM,10000,,490000\nR8.8.25,口座振替 サクラペイ,100000,,390000\n\
        R8.8.26,口座振替 サクラペイ,100000,,290000\n";
    let long = month.replace("R8.8.1,", "R8.7.1,");
    let dictionary = Dictionary::built_in().unwrap();
    let known = Knowledge::default();
    let look = |text: &str| {
        let household = Household::apart(vec![read_text(text).unwrap()]);
        let unjudged = finding::unjudged(&household, &dictionary, &known);
        (finding::find(&household, &dictionary, &known), unjudged, household)
    };

    let (findings, unjudged, household) = look(month);
    let paid: Vec<_> =
        unjudged[0].payees.iter().map(|p| (p.text.as_str(), p.count, p.amount.yen())).collect();
    assert_eq!((findings.len(), paid), (0, vec![("口座振替 サクラペイ", 2, -200_000)]));
    let page = Report {
        household: &household,
        findings: &findings,
        unseen_stops: Vec::new(),
        unjudged: &unjudged,
        dictionary: dictionary.version(),
        today: date(2026, 9, 2),
        lang: Lang::Ja,
    }
    .page();
    assert!(
        page.contains("2か月分に足りない") && page.contains("「口座振替 サクラペイ」 2回 ¥200,000")
    );

    let (findings, unjudged, _) = look(&long);
    assert_eq!((kinds(&findings), unjudged), (vec![Kind::FirstTime], Vec::new()));
}

/// Most banks do not print who pulled.
#[test]
fn what_may_have_been_pulled_below_zero_is_said_each_time_and_what_people_do_once() {
    let text = "日付,摘要,出金,入金,残高\nR8.7.25,年金,,300000,▲1000\nR8.7.27,ヤチン,80000,,▲81000\n\
        R8.7.28,ATM,1000,,▲82000\nR8.7.29,口座振替 ガス,1000,,▲83000\n";
    let findings = find(vec![read_text(text).unwrap()], &Knowledge::default());
    let below = findings.iter().filter(|f| f.kind == Kind::Overdraft);
    let said: Vec<_> = below.map(|f| (f.line, f.confidence)).collect();

    assert_eq!(said, [(5, Confidence::High), (3, Confidence::Medium)]);
}

#[test]
fn the_report_has_one_card_for_one_movement_in_the_order_of_days() {
    let household = Household::apart(vec![read_text(file("mufg")).unwrap()]);
    let dictionary = Dictionary::built_in().unwrap();
    let findings = finding::find(&household, &dictionary, &Knowledge::default());
    let page = Report {
        household: &household,
        findings: &findings,
        unseen_stops: Vec::new(),
        unjudged: &[],
        dictionary: dictionary.version(),
        today: date(2026, 9, 2),
        lang: Lang::Ja,
    }
    .page();
    let cards: Vec<&str> = page.split("<article").skip(1).collect();
    let days: Vec<&str> =
        cards.iter().map(|card| card.split('"').nth(5).unwrap_or_default()).collect();

    assert_eq!(cards.len(), 4, "four debits by one wallet: {findings:?}");
    assert!(days.is_sorted() && page.contains("確かめていただきたいものが4件あります"), "{days:?}");
    assert!(cards[0].contains("同じ日に何度も") && cards[0].contains("初めての相手"));
}
