//! `kanuki formats` as people type it: in Japanese unless they ask for English, whatever keyboard
//! their figures come from.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::running::kanuki;

/// Exit code and everything that was said.
fn formats(args: &[&str]) -> (Option<i32>, String) {
    let out = kanuki(&[&["formats"], args].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (out.status.code(), text(out.stdout) + &text(out.stderr))
}

fn answer(args: &[&str]) -> Value {
    let (_, said) = formats(&[args, &["--json"]].concat());
    serde_json::from_str(&said).unwrap_or_else(|_| panic!("{args:?}: {said}"))
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let file = folder.join(name);
    fs::write(&file, bytes).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Every subcommand, what it finds and what it refuses.
#[test]
fn every_answer_is_in_japanese_or_in_english() {
    let folder = tempfile::tempdir().unwrap();
    let zengin = write(folder.path(), "a.txt", b"1910");
    let text = write(folder.path(), "b.txt", "山田".as_bytes());
    let gone = folder.path().join("gone").to_str().unwrap().to_owned();
    let out = folder.path().join("out").to_str().unwrap().to_owned();
    let shop = ["--name", "KANUKI COFFEE", "--city", "TOKYO"];
    let make = |shop_no: &'static str| [&["jpqr-make", "--shop", shop_no], &shop[..]].concat();
    let table: &[(Vec<&str>, i32, &str, &str)] = &[
        (vec!["bank", "0005"], 0, "年8月24日の一覧)", "(list of 2026-08-24)"),
        (vec!["bank", "福邦銀行"], 1, "0147 福井銀行に合併しました", "merged into 0147 福井銀行"),
        (vec!["bank", "東京都民銀行"], 0, "いまの名前はきらぼし銀行", "is now called きらぼし銀行"),
        (vec!["bank", "2266"], 1, "2266: 2016年4月17日より前", "2266 merged or closed before"),
        (vec!["bank", "閂閂閂"], 1, "一覧にありません", "nothing like it"),
        (vec!["branch", "0001", "閂閂閂"], 1, "新しい支店は", "a new branch may be missing"),
        (vec!["branch", "閂閂閂", "本店"], 2, "一覧にありません", "no such bank"),
        (vec!["name", "ヤマダ・ジョー"], 0, "小さいカナを大きく", "small kana became large"),
        (vec!["name", "㈱ヤマダ"], 1, "前なら「ｶ)」、後なら「(ｶ」", "is written ｶ) before"),
        (vec!["name", "医療法人ヤマダ"], 1, "前なら「ｲ)」", "(ｲ behind it"),
        (vec!["name", "オ'ハラ"], 1, "書けない文字です: '", "account name: '"),
        (vec!["name", "山田"], 1, "1文字目は、口座名義には書けない", "letter 1 of it cannot"),
        (
            vec!["name", "山田", "--same-as", "ヤマダ"],
            1,
            "書けない文字です: 山",
            "account name: 山",
        ),
        (vec!["name", "オオノ", "--same-as", "オーノ"], 0, "長音の書き方だけ", "a long vowel"),
        (vec!["name", "オオノ", "--same-as", "ヤマダ"], 1, "別の名義です", "different"),
        (vec!["yucho", "11940", "12345671"], 0, "店番 198 普通 口座番号", "account number"),
        (vec!["yucho", "11940", "12345672"], 1, "通帳の番号は8けたまで", "the number does not"),
        (vec!["zengin", &zengin], 1, "レコード1: ", "refused: record 1"),
        (vec!["zengin", &text], 1, "ヘッダーではじまっていません", "does not begin with a header"),
        (vec!["zengin", &gone], 2, "が見つかりません", "cannot read"),
        (vec!["zengin-write", &text, "--out", &out], 2, "が出す形ではありません", "is not what"),
        (vec!["jpqr", ""], 1, "コードがありません", "there is no code"),
        (vec!["yucho", "10140", "01"], 1, "番号が0だけです", "nothing but zeros"),
        (vec!["bank", ""], 2, "名前か番号を書いて", "name a bank"),
        (vec!["branch", "0001", " "], 2, "名前か番号を書いて", "name a bank and a branch"),
        (vec!["jpqr", "?"], 1, "バーコードでもありません", "not Base64"),
        (vec!["jpqr", "315899000000000000"], 0, "お客さまのバーコード", "a customer's barcode"),
        (make("1-2-3"), 1, "ハイフンでつないで", "with hyphens between"),
        (make("1-2-3-4"), 1, "お店の番号(13けた", "the part Shop"),
        (
            [&make("1-2-3-4")[..], &["--amount", "x"]].concat(),
            2,
            "金額ではありません",
            "not an amount",
        ),
    ];
    for (args, code, ja, en) in table {
        for (args, words) in [(args.clone(), ja), ([&args[..], &["--english"]].concat(), en)] {
            let (exit, said) = formats(&args);
            assert!(said.contains(words), "{args:?}: {said}");
            assert_eq!(exit, Some(*code), "{args:?}: {said}");
        }
    }
}

#[test]
fn a_bank_and_its_branch_are_named_as_people_name_them() {
    let first = |args: &[&str], list: &str| answer(args)[list][0]["code"].clone();
    for query in ["5", "５", "0005", "０００５"] {
        assert_eq!(first(&["bank", query], "banks"), "0005", "{query}");
    }
    for query in ["2266", "２２６６"] {
        assert_eq!(answer(&["bank", query])["retired"], true, "{query}");
    }
    for bank in ["みずほ", "みずほ銀行", "mizuho", "0001", "1", "０００１"] {
        let found = answer(&["branch", bank, "本店"]);
        assert_eq!(found["bank"], json!({"code": "0001", "name": "みずほ銀行"}), "{bank}");
        assert_eq!(found["branches"][0]["name"], "本店", "{bank}");
    }
    for branch in ["018", "０１８", "〇一八", "〇一八店"] {
        assert_eq!(first(&["branch", "ゆうちょ", branch], "branches"), "018", "{branch}");
        assert_eq!(answer(&["yucho", branch, "１２３４５６７"])["symbol"], "101□0", "{branch}");
    }
    assert_eq!(answer(&["yucho", "１１９４０", "１２３４５６７１"])["branch"], "198");
}

/// Something to choose from, never an answer.
#[test]
fn what_is_not_found_or_is_several_is_answered_with_what_may_be_meant() {
    let (code, said) = formats(&["bank", "千葉興行銀行"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("近い名前(違うかもしれません):\n  0135 千葉興業銀行"), "{said}");
    assert_eq!(answer(&["bank", "千葉興行銀行"])["close"][0]["code"], "0135");
    assert_eq!(answer(&["bank", "みずほ"])["close"], json!([]));

    let (code, said) = formats(&["branch", "千葉興行銀行", "本店"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("近い名前: 0135 千葉興業銀行"), "{said}");
    let (code, said) = formats(&["branch", "さくら", "本店"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("番号で選んでください: "), "{said}");
    let (code, said) = formats(&["branch", "0001", "新宿南口x"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("近い名前(違うかもしれません):"), "{said}");
}

#[test]
fn corrections_are_read_with_a_mark_before_them_and_refused_by_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name, bytes: &[u8]| write(folder.path(), name, bytes);
    let marked = file("a.tsv", "\u{feff}0001\tあたらしい\tアタラシイ\n".as_bytes());
    let wrong = file("b.tsv", "# 見本\n9998\t見本\n".as_bytes());
    let other = file("c.tsv", b"9998\t\x8c\xa9\x96\x7b\t\x83~\n");

    let (code, said) = formats(&["bank", "あたらしい銀行", "--corrections", &marked]);
    assert_eq!(code, Some(0), "{said}");
    for (file, words) in
        [(&wrong, "2行目が直し方の決まりに合いません"), (&other, "UTF-8で保存し直して")]
    {
        let (code, said) = formats(&["bank", "あたらしい銀行", "--corrections", file]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

/// Whoever has a passbook of a bank that merged asks for its branch, and is told where both went.
#[test]
fn a_branch_of_a_bank_that_is_gone_is_looked_for_where_it_went() {
    for bank in ["福邦銀行", "ふくほう", "0537"] {
        let found = answer(&["branch", bank, "本店"]);
        assert_eq!(found["bank"], json!({"code": "0147", "name": "福井銀行"}), "{bank}");
        assert_eq!(found["former"]["code"], "0537", "{bank}");
        let (code, said) = formats(&["branch", bank, "本店"]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("福邦銀行") && said.contains("福井銀行に合併しました"), "{said}");
        assert!(
            said.contains("0147 福井銀行") && said.contains("銀行に確かめてください"),
            "{said}"
        );
    }
    for (bank, branch, ja, en) in [
        (
            "福邦銀行",
            "大野中央支店",
            "170 大野中央支店 (オオノチユウオウ): いまは0147の170 大野中央支店です",
            "is now 170 大野中央支店 of 0147",
        ),
        ("十八銀行", "県庁", "0181に同じ名前の133 県庁支店があります", "had it before: it may be"),
        ("大正銀行", "守口", "いまの一覧にはありません(2021年5月9日の一覧まで)", "2021-05-09"),
        (
            "長野銀行",
            "佐久",
            "いまどの支店かは、一覧からは分かりません",
            "the lists do not say which",
        ),
        (
            "しんきん信託銀行",
            "本店",
            "どこに移ったかは、一覧からは分かりません",
            "do not say where to",
        ),
        ("福邦銀行", "大野中央x", "近い名前", "close to it"),
    ] {
        for (args, words) in
            [(&["branch", bank, branch][..], ja), (&["branch", bank, branch, "--english"], en)]
        {
            let (code, said) = formats(args);
            assert_eq!(code, Some(1), "{said}");
            assert!(said.contains(words), "{words}: {said}");
        }
    }
    let was = answer(&["branch", "0537", "大野中央"])["former_branches"][0].clone();
    assert_eq!((&was["fate"], &was["branch"]["code"]), (&json!("now"), &json!("170")), "{was}");
    let was = answer(&["branch", "0555", "守口"])["former_branches"][0].clone();
    assert_eq!(
        (&was["fate"], &was["branch"], &was["listed_until"]),
        (&json!("gone"), &Value::Null, &json!("2021-05-09"))
    );
    assert_eq!(answer(&["branch", "0001", "本店"])["former_branches"], json!([]));
    // Another name of the same bank; one that nobody's list names.
    let (code, said) = formats(&["branch", "東京都民銀行", "本店"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = formats(&["branch", "2266", "本店"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("名前の残る一覧がありません"), "{said}");
    let (_, said) = formats(&["bank", "新銀行東京"]);
    assert!(said.contains("新銀行東京 (") && !said.contains("新銀行東京銀行"), "{said}");
}
