use super::*;

fn code(text: &str) -> BankCode {
    BankCode::parse(text).unwrap()
}

fn first(query: &str) -> String {
    let found = Directory::get().search(query, 1);
    found.first().map(|i| i.code.to_string()).unwrap_or_default()
}

#[test]
fn banks_are_found_however_they_are_typed() {
    let table = [
        ("みずほ", "0001"),
        ("みずほ銀行", "0001"),
        ("ミズホ", "0001"),
        ("ﾐｽﾞﾎ", "0001"),
        ("mizuho", "0001"),
        ("Mizuho Bank", "0001"),
        ("ミズホ銀行", "0001"),
        ("みずほぎんこう", "0001"),
        ("mizuho ginko", "0001"),
        ("とうほう銀行", "0126"),
        ("しちじゅうしち銀行", "0125"),
        ("きょうと信用金庫", "1610"),
        ("きょうとしんようきんこ", "1610"),
        ("0001", "0001"),
        ("０００１", "0001"),
        ("三菱UFJ銀行", "0005"),
        ("みつびしゆーえふじぇい", "0005"),
        ("mufg", "0005"),
        ("smbc", "0009"),
        ("paypay", "0033"),
        ("ジャパンネット銀行", "0033"),
        ("ローソン", "0042"),
        ("ろーそん銀行", "0042"),
        ("住信SBI", "0038"),
        ("北国銀行", "0146"),
        ("ゆうちょ", "9900"),
        ("ゆうちよ", "9900"),
        ("yucho", "9900"),
        ("郵便局", "9900"),
        ("hokkaido", "0116"),
        ("kyoto", "0158"),
        ("北海道信用金庫", "1001"),
        ("きらぼし", "0137"),
        ("77", "0125"),
        ("77銀行", "0125"),
        ("７７銀行", "0125"),
        ("16銀行", "0153"),
        ("114銀行", "0173"),
        ("105銀行", "0155"),
        ("18親和銀行", "0181"),
        ("5", "0005"),
        ("０５", "0005"),
        ("125", "0125"),
        ("JA東京中央", "5094"),
        ("ＪＡ　東京中央", "5094"),
        ("ja東京中央農協", "5094"),
        ("JAバンク東京中央", "5094"),
        ("ジェイエー東京中央", "5094"),
        ("JAとうきょうちゅうおう", "5094"),
        ("東京中央農協", "5094"),
        ("JFしまね", "9481"),
        ("ジェイエフしまね", "9481"),
        ("三菱ＵＦＪぎんこう", "0005"),
        ("みつびしUFJ銀行", "0005"),
        ("ﾐﾂﾋﾞｼufj", "0288"),
        ("三井すみとも", "0009"),
        ("SBIしんせい", "0397"),
        ("ちば興業", "0135"),
        ("楽天BANK", "0036"),
        ("ラクテンBank", "0036"),
        ("mizuho銀行", "0001"),
        ("第四北越ぎんこう", "0140"),
        ("きょうと信金", "1610"),
        ("ちゅうおうろうきん", "2963"),
    ];
    for (query, found) in table {
        assert_eq!(first(query), found, "{query}");
    }
}

/// In the order in which English pages write them.
#[test]
fn banks_are_found_by_their_english_names() {
    for (query, found) in [
        ("Sumitomo Mitsui", "0009"),
        ("Sumitomo Mitsui Bank", "0009"),
        ("SBI Shinsei Bank", "0397"),
        ("Bank of Yokohama", "0138"),
        ("The Bank of Fukuoka", "0177"),
    ] {
        assert_eq!(first(query), found, "{query}");
    }
}

/// As they stand on paper, and on paper that is older than the list.
#[test]
fn banks_are_found_behind_their_form_and_by_names_of_before() {
    let table = [
        ("㈱三井住友銀行", "0009"),
        ("株式会社みずほ銀行", "0001"),
        ("(株)りそな銀行", "0010"),
        ("りそな銀行㈱", "0010"),
        ("カ）リソナギンコウ", "0010"),
        ("富士銀行", "0001"),
        ("三和銀行", "0005"),
        ("北海道拓殖銀行", "0501"),
        ("ゆうびんきょく", "9900"),
        ("信金中金", "1000"),
    ];
    for (query, found) in table {
        assert_eq!(first(query), found, "{query}");
    }
}

#[test]
fn a_name_is_somebodys_or_asked_about() {
    let directory = Directory::get();
    let one = |query| match directory.meant(query) {
        Meant::One(institution) => Some(institution.code.to_string()),
        Meant::Several(_) | Meant::Nobody => None,
    };

    for (query, meant) in [
        ("0005", Some("0005")),
        ("5", Some("0005")),
        ("三菱UFJ", Some("0005")),
        ("みずほぎんこう", Some("0001")),
        ("JA東京中央", Some("5094")),
        ("みずほ信託", Some("0289")),
        ("信用金庫", None),
        ("99", None),
        ("みずぽ銀行", None),
        ("", None),
    ] {
        assert_eq!(one(query).as_deref(), meant, "{query}");
    }
    // Went to two; and a word that many names have belongs to none of them.
    for query in ["あさひ銀行", "富士", "さくら", "東海", "株式会社"] {
        assert_eq!(one(query), None, "{query}");
    }
    assert!(matches!(directory.meant("信用金庫"), Meant::Several(all) if all.len() > 200));
    assert_eq!(directory.meant("みずぽ銀行"), Meant::Nobody);
}

#[test]
fn a_name_that_nobody_has_is_close_to_somebodys() {
    let directory = Directory::get();
    let close = |query: &str| -> Vec<String> {
        directory.close(query, 3).iter().map(|found| found.display_name()).collect()
    };

    assert_eq!(close("みずぽ銀行"), ["みずほ銀行"]);
    assert_eq!(close("千葉興行銀行"), ["千葉興業銀行"]);
    assert_eq!(close("mizhuo"), ["みずほ銀行"]);
    assert_eq!(close("閂閂閂"), Vec::<String>::new());
    assert_eq!(close("9999"), Vec::<String>::new(), "a code is right or wrong");
    let branches = directory.close_branches(code("0001"), "丸の中中央", 5);
    assert!(branches.iter().any(|branch| branch.name.contains("丸の内中央")), "{branches:?}");
}

#[test]
fn all_of_a_group_are_listed_under_its_name() {
    for (query, kind) in
        [("ＪＡ", Kind::Agricultural), ("JAバンク", Kind::Agricultural), ("jf", Kind::Fishery)]
    {
        let found = Directory::get().search(query, 20);
        assert!(!found.is_empty() && found.iter().all(|one| one.kind == kind), "{query}");
    }
}

#[test]
fn branches_of_the_post_are_found_by_figures_however_they_are_written() {
    let (directory, yucho) = (Directory::get(), code("9900"));
    for query in [
        "018",
        "０１８",
        "18",
        "〇一八",
        "零一八",
        "○一八",
        "〇一八店",
        "０１８支店",
        "ゼロイチハチ",
        "ぜろいちはち",
    ] {
        let found = directory.search_branches(yucho, query, 1);
        assert_eq!(found.first().map(|b| b.code.as_str()), Some("018"), "{query}");
    }
}

#[test]
fn equal_comes_before_beginning_before_containing() {
    let codes = |query| -> Vec<String> {
        Directory::get().search(query, 3).iter().map(|i| i.code.to_string()).collect()
    };

    assert_eq!(codes("りそな"), ["0010", "0017"]);
    // GMOあおぞらネット has the smallest code of the three.
    assert_eq!(codes("あおぞら"), ["0398", "9338", "0310"]);
}

#[test]
fn part_of_a_code_lists_that_range_in_order() {
    let found: Vec<_> = Directory::get().search("000", 9).iter().map(|i| i.code).collect();

    assert_eq!(found, [code("0001"), code("0005"), code("0009")]);
}

#[test]
fn nothing_typed_finds_nothing() {
    for query in ["", " ", "ー", "閂閂閂", "zzzz"] {
        assert!(Directory::get().search(query, 10).is_empty(), "{query}");
    }
    assert!(Directory::get().search(&"みずほ".repeat(100_000), 10).is_empty());
}

#[test]
fn every_institution_is_found_by_its_own_name_and_reading() {
    let directory = Directory::get();
    for institution in directory.institutions() {
        for query in [&institution.name, &institution.kana, &institution.display_name()] {
            let found = directory.search(query, 20);
            assert!(found.contains(&institution), "{query}");
        }
    }
}

#[test]
fn pinned_data_says_its_date_and_who_is_gone() {
    let directory = Directory::get();

    assert_eq!(directory.as_of().to_string(), "2026-08-24");
    assert_eq!(directory.len(), 1_146);
    assert!(directory.is_retired(code("0118")));
    assert!(!directory.is_retired(code("0001")));
    assert!(!directory.is_retired(code("9999")), "never given out");
}

#[test]
fn kinds_follow_the_ranges_of_codes() {
    let count = |kind| Directory::get().institutions().filter(|i| i.kind == kind).count();

    assert_eq!(count(Kind::City), 5);
    assert_eq!(count(Kind::JapanPost), 1);
    assert_eq!(count(Kind::FundsTransfer), 1);
    assert_eq!(count(Kind::Other), 0);
    assert_eq!(Directory::get().find(code("1001")).map(|i| i.kind), Some(Kind::Shinkin));
    assert_eq!(Directory::get().find(code("9486")).map(|i| i.kind), Some(Kind::Fishery));
}

/// 築地 is ツキヂ on the list, and つきじ on a map.
#[test]
fn branches_are_found_as_they_are_heard_and_in_old_kanji() {
    let directory = Directory::get();
    for (query, name) in [
        ("つきじ", "築地"),
        ("ﾂｷｼﾞ", "築地"),
        ("ツキヂ", "築地"),
        ("麴町", "麹町"),
        ("市ケ谷", "市ヶ谷"),
        ("四ッ谷", "四谷"),
        ("澁谷", "渋谷"),
    ] {
        let found = directory.search_branches(code("0001"), query, 1);
        assert_eq!(found.first().map(|b| b.name.as_str()), Some(name), "{query}");
    }
}

#[test]
fn branches_are_found_by_code_name_and_reading() {
    let (directory, bank) = (Directory::get(), code("0005"));

    assert_eq!(directory.find_branch(bank, "001").unwrap().display_name(), "本店");
    assert_eq!(directory.find_branch(bank, "002").unwrap().display_name(), "丸の内支店");
    assert_eq!(directory.find_branch(bank, "000"), None);
    for query in ["丸の内", "丸の内支店", "まるのうち", "marunouchi", "002"] {
        let found = directory.search_branches(bank, query, 1);
        assert_eq!(found.first().map(|b| b.code.as_str()), Some("002"), "{query}");
    }
    assert!(directory.branches(code("9999")).is_empty());
}

#[test]
fn banks_of_a_demo_stand_beside_the_real_ones() {
    let demo = Institution::new(code("9901"), "かんぬき第一銀行", "カンヌキダイイチ");
    let head = Branch { code: "001".into(), name: "本店".into(), kana: "ホンテン".into() };

    let directory =
        Directory::with(vec![demo.clone()]).with_branches(demo.code, vec![head.clone()]);

    assert_eq!(directory.find(demo.code), Some(&demo));
    assert_eq!(directory.search("kannuki", 5), [&demo]);
    assert_eq!(directory.search("かんぬき", 5), [&demo]);
    assert_eq!(directory.branches(demo.code), [head]);
    assert_eq!(directory.len(), Directory::get().len() + 1);
    assert_eq!(Directory::get().find(demo.code), None);
}
