//! What an account holder runs on their own machine: watch and formats, with the exit codes that
//! scripts rely on.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::running::kanuki;

const STORY: &str = "日付,摘要,出金,入金,残高\nR8.7.25,年金,,300000,400000\n\
    R8.8.31,ドコモコウザ,100000,,300000\nR8.9.1,ドコモコウザ,100000,,200000\n";

fn write(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn said(args: &[&str]) -> (Option<i32>, Value) {
    let out = kanuki(args);
    let said = serde_json::from_slice(&out.stdout);
    let said =
        said.unwrap_or_else(|_| panic!("{args:?}: {}", String::from_utf8_lossy(&out.stderr)));
    (out.status.code(), said)
}

#[test]
fn a_household_is_watched_account_by_account() {
    let folder = tempfile::tempdir().unwrap();
    let (hers, calm) = (
        write(folder.path(), "haha.csv", STORY),
        write(
            folder.path(),
            "chichi.csv",
            "日付,摘要,出金,入金,残高\nR8.7.25,年金,,300000,400000\n",
        ),
    );
    let (mother, father) = (format!("母のゆうちょ={hers}"), format!("父={calm}"));

    let (code, answer) = said(&["watch", &father, &mother, "--json"]);
    assert_eq!(code, Some(1));
    assert_eq!(answer["accounts"], json!(["父", "母のゆうちょ"]));
    let findings = answer["findings"].as_array().unwrap();
    assert!(!findings.is_empty() && findings.iter().all(|f| f["account"] == 1));
    assert_eq!(findings[0]["file"], "haha.csv");

    assert_eq!(said(&["watch", &father, "--json"]).0, Some(0));
    assert_eq!(kanuki(&["watch", "=x"]).status.code(), Some(2));
}

#[test]
fn what_is_known_is_said_with_where_it_is_known_from() {
    let out = kanuki(&["watch", "--known", "--english"]);
    let text = String::from_utf8(out.stdout).unwrap();

    assert_eq!(out.status.code(), Some(0));
    assert!(text.contains("no sample of the bank's own was seen"), "{text}");
    assert!(text.contains("docomo-koza") && text.contains("a guess"), "{text}");
}

/// In the language of whoever chose it, by its line; and a spreadsheet by what it is.
#[test]
fn a_file_that_is_refused_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let changed = write(folder.path(), "a.csv", &STORY.replace("300000\nR8.9.1", "310000\nR8.9.1"));
    let excel = write(folder.path(), "b.xlsx", "PK\u{3}\u{4}xl/");
    for (file, ja, en) in [
        (&changed, "3行目: 残高が前の行とつながりません", "Line 3: The balance does not follow"),
        (&excel, "表計算のファイル", "a spreadsheet's own file"),
    ] {
        for (args, said) in [(vec!["watch", file], ja), (vec!["watch", file, "--english"], en)] {
            let out = kanuki(&args);
            let text = String::from_utf8(out.stderr).unwrap();
            assert_eq!(out.status.code(), Some(2));
            assert!(text.contains(said), "{text}");
        }
    }
}

#[test]
fn zengin_files_go_to_json_and_back_and_a_cut_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let place = |bank| json!({"bank": bank, "bank_name": "", "branch": "001", "branch_name": ""});
    let content = json!({"kind": "91", "blocks": [{
        "header": {"client": "0000000123", "client_name": "カ）カンヌキ", "month": 11, "day": 30,
            "place": place("9901"), "account": null},
        "entries": [{"from": place("9901"), "deposit": "ordinary", "number": "9000001", "name": "ヤマダ　ハナコ",
            "amount": "3000", "new_code": 0, "customer_no": "A-1", "outcome": "no_mandate"}],
    }]});
    let json_file = write(folder.path(), "a.json", &content.to_string());
    let out = folder.path().join("a.txt");
    let out = out.to_str().unwrap();

    assert_eq!(
        kanuki(&["formats", "zengin-write", &json_file, "--out", out, "--answer"]).status.code(),
        Some(0)
    );
    let (code, read) = said(&["formats", "zengin", out, "--json"]);
    assert_eq!(code, Some(0));
    assert_eq!(read["blocks"][0]["entries"][0]["name"], "ﾔﾏﾀﾞ ﾊﾅｺ");
    let text = String::from_utf8(kanuki(&["formats", "zengin", out]).stdout).unwrap();
    assert!(text.contains("預金口座振替依頼書なし") && !text.contains("ﾔﾏﾀﾞ"), "{text}");

    let whole = fs::read(out).unwrap();
    fs::write(out, &whole[..300]).unwrap();
    let (code, refused) = said(&["formats", "zengin", out, "--json"]);
    assert_eq!((code, &refused["ok"]), (Some(1), &json!(false)));
    assert!(refused["why"].as_str().unwrap().contains("レコード3"), "{refused}");
    assert_eq!(kanuki(&["formats", "zengin", "no-such-file"]).status.code(), Some(2));
}

#[test]
fn small_questions_are_answered() {
    let found = |args: &[&str]| said(&[&["formats"], args, &["--json"]].concat());

    assert_eq!(found(&["yucho", "11940", "12345671"]).1["branch"], "198");
    assert_eq!(found(&["yucho", "198", "1234567"]).1["number"], "12345671");
    assert_eq!(found(&["bank", "shichijushichi"]).1["banks"][0]["code"], "0125");
    assert_eq!(found(&["bank", "0118"]), (Some(1), found(&["bank", "0118"]).1));
    assert_eq!(found(&["bank", "0118"]).1["retired"], true);
    assert_eq!(found(&["name", "カ）エヌ・ティ・ティ・ドコモ"]).1["name"], "ｶ)ｴﾇ ﾃｲ ﾃｲ ﾄﾞｺﾓ");
    assert_eq!(found(&["name", "山田"]).0, Some(1));
    assert_eq!(
        found(&["name", "スミス ジョン", "--same-as", "ジョン スミス"]).1["rule"],
        "WordOrder"
    );
    assert_eq!(found(&["jpqr", "hQVKUFFSYQsPBQECAwQFVwISNA=="]).0, Some(1));
    assert_eq!(found(&["jpqr", "315899000000000000"]).1["service"], "メルペイ");
}

#[test]
fn a_code_for_a_shop_is_made_and_read() {
    let make = |shop: &str| {
        let shop =
            ["--shop", shop, "--name", "KANUKI COFFEE", "--city", "TOKYO", "--amount", "1,200"];
        kanuki(&[&["formats", "jpqr-make", "--japanese-name", "閂珈琲"], &shop[..]].concat())
    };
    let code = String::from_utf8(make("9000000000001-0001-000001-000001").stdout).unwrap();
    let (status, read) = said(&["formats", "jpqr", code.trim(), "--json"]);

    assert_eq!(status, Some(0));
    assert_eq!((&read["name"], &read["amount"]), (&json!("閂珈琲"), &json!("1200")));
    assert_eq!(make("1-2-3").status.code(), Some(1));
    assert_eq!(make("1-2-3-4").status.code(), Some(1));
}

/// `kanuki assess … | head`: whoever reads may have seen enough, and the exit code stays the answer's.
#[test]
fn a_reader_who_has_seen_enough_ends_no_command_with_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let bad = write(folder.path(), "bad.csv", STORY);
    for (args, code) in [
        (vec!["assess", "--list"], 0),
        (vec!["assess", "--bank", "0168"], 0),
        (vec!["watch", "--known"], 0),
        (vec!["watch", &bad], 1),
        (vec!["formats", "bank", "0168"], 0),
        (vec!["lab", "list"], 0),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_kanuki"))
            .args(&args)
            .stdout(writer)
            .stderr(std::process::Stdio::piped())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!((run.status.code(), said.as_str()), (Some(code), ""), "{args:?}");
    }
}

/// A passbook outlives its bank.
#[test]
fn a_bank_is_found_by_the_name_that_it_had() {
    for (query, code, said) in [
        ("福邦銀行", 1, "gone; merged into 0147 福井銀行"),
        ("0537", 1, "0537 福邦銀行"),
        ("2266", 1, "merged or closed before 2016-04-17"),
        ("東京都民銀行", 0, "is now called きらぼし銀行"),
        ("みずほぎんこう", 0, "0001 みずほ銀行"),
        ("閂閂閂", 1, "nothing like it"),
    ] {
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_kanuki"))
            .args(["formats", "bank", query, "--english"])
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&run.stdout).into_owned();
        assert_eq!(run.status.code(), Some(code), "{query}: {printed}");
        assert!(printed.contains(said), "{query}: {printed}");
    }
}

/// A number that nobody tells has no unit.
#[test]
fn what_is_unknown_is_named_without_the_unit_of_a_number() {
    let out = kanuki(&["assess", "--bank", "0168"]);
    let text = String::from_utf8(out.stdout).unwrap();
    let unknown: Vec<&str> = text.lines().filter(|line| line.contains("不明: ")).collect();
    assert!(!unknown.is_empty(), "{text}");
    for line in unknown {
        assert!(!["日以内", "(時間)", "(日)"].iter().any(|unit| line.contains(unit)), "{line}");
    }
}

/// Whoever has one port to choose is not told of those of other commands; and what is read by a program
/// has no colors in it.
#[test]
fn a_taken_port_is_told_with_what_to_choose_and_without_colors() {
    let taken = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for args in [vec!["check", "--port", &port], vec!["watch", "--page", "--port", &port]] {
        let out = kanuki(&args);
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("ポート{port}は、ほかのものが使っています")), "{said}");
        let out = kanuki(&[&args[..], &["--english"]].concat());
        let said = String::from_utf8(out.stderr).unwrap();
        assert!(said.contains(&format!("port {port} is in use: choose another one with --port")));
        assert!(!said.contains("--wallet-port") && !said.contains('\u{1b}'), "{said}");
    }
}

/// Those whom the commands are for read Japanese.
#[test]
fn what_holders_use_helps_in_their_language() {
    for (command, ja, en) in [
        (&["watch"][..], "覚えのない引き落とし", "nothing leaves the machine"),
        (&["check"], "どれだけ狙われやすいか", "nothing is kept or sent"),
        (&["assess"], "何が不明か", "how old the evidence"),
        (&["formats"], "口座名義の書き方", "converted and checked"),
        (&["formats", "yucho"], "店番・口座番号に直します", "or back"),
    ] {
        let said = |more: &[&str]| {
            let out = kanuki(&[command, more].concat());
            assert_eq!(out.status.code(), Some(0), "{command:?}");
            String::from_utf8(out.stdout).unwrap()
        };
        let (ja_text, en_text) = (said(&["--help"]), said(&["--help", "--english"]));
        assert!(ja_text.contains(ja) && ja_text.contains("使い方: kanuki"), "{ja_text}");
        for word in ["Usage", "Options", "Arguments", "Commands", "Print", "default:"] {
            assert!(!ja_text.contains(word), "{word}: {ja_text}");
        }
        assert!(en_text.contains(en) && en_text.contains("Usage: "), "{en_text}");
    }
}

/// What is wrong with what was typed is told in the language of the answers, with the exit code as before.
#[test]
fn what_is_no_command_is_told_in_the_language_of_the_answers() {
    for (args, ja, en) in [
        (
            &["watch", "--htm", "x"][..],
            "「--htm」は、ここでは使えません。もしかして: --html",
            "unexpected",
        ),
        (
            &["watch", "--html"],
            "--html <ファイル> には、そのあとに書くものが要ります",
            "a value is required",
        ),
        (
            &["watch", "--page", "a.csv"],
            "--page は、[[名前=]ファイル]... といっしょには",
            "cannot be used with",
        ),
        (&["watch", "--port", "999999", "--page"], "「999999」は使えません", "not in 0..=65535"),
        (&["check", "x"], "「x」は、ここでは使えません", "unexpected argument"),
        (&["assess", "--as-of", "きのう"], "日付として読めません", "is no date"),
        (
            &["assess", "--agreement"],
            "--require <道すじ=水準> が書かれていません",
            "required arguments",
        ),
        (
            &["formats", "yucho", "10140"],
            "<番号か口座番号> が書かれていません",
            "required arguments",
        ),
        (
            &["formats", "yuucho"],
            "「yuucho」という種類はありません。もしかして: yucho",
            "unrecognized",
        ),
    ] {
        let said = |more: &[&str]| {
            let out = kanuki(&[args, more].concat());
            let text = String::from_utf8(out.stderr).unwrap();
            assert_eq!(out.status.code(), Some(2), "{args:?}: {text}");
            text
        };
        let text = said(&[]);
        assert!(text.contains(ja), "{text}");
        for english in ["error:", "Usage", "help'", "tip:"] {
            assert!(!text.contains(english), "{text}");
        }
        let text = said(&["--english"]);
        assert!(text.contains(en), "{text}");
    }
    let out = kanuki(&["formats"]);
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{text}");
    assert!(text.contains("ゆうちょの記号・番号を店番・口座番号に直します"), "{text}");
    // Companies' commands stay as they were.
    let out = kanuki(&["bank", "--nothing"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8(out.stderr).unwrap().contains("unexpected argument"));
}

/// What is quoted of a file that is refused orders the terminal nothing.
#[test]
fn a_refused_file_orders_the_terminal_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let text = "日付,摘要,出金,入金,残高\n\u{1b}]52;c;aGk=\u{7}x\u{202e},ガス,3000,,97000\n";
    let file = write(folder.path(), "a.csv", text);
    let out = kanuki(&["watch", &file]);
    let said = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{said:?}");
}

/// Files that are not there, folders, places that cannot be written, and lists with a slip.
#[test]
fn files_are_refused_in_the_language_of_the_answers() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.csv", STORY);
    let empty = write(folder.path(), "empty.csv", "");
    let own = write(folder.path(), "own.toml", "version = \"x\"\n[[service]]\nid = 1\n");
    let here = folder.path().to_str().unwrap();
    let nowhere = format!("{here}/nowhere/report.html");
    for (args, ja, en) in [
        (&["watch", "no-such.csv"][..], "no-such.csvが見つかりません", "cannot read no-such.csv"),
        (&["watch", here], "はフォルダーです", "cannot read"),
        (&["watch", &empty], "中に何もありません", "There is nothing in it"),
        (&["watch", &file, "--html", &file], "いま読んだファイルです", "is what was read"),
        (&["watch", &file, "--html", &nowhere], "そのフォルダーがありません", "cannot write"),
        (&["watch", &file, "--dictionary", &own], "3行目: 名前の一覧", "not a dictionary"),
        (&["assess", here], "はフォルダーです", "cannot read"),
        (&["assess", &empty], "中に何もありません", "EOF"),
        (&["assess", "--bank", "0168", "--html", &nowhere], "そのフォルダー", "cannot write"),
        (&["formats", "zengin", here], "はフォルダーです", "cannot read"),
    ] {
        for (more, said) in [(&[][..], ja), (&["--english"], en)] {
            let out = kanuki(&[args, more].concat());
            let text = String::from_utf8(out.stderr).unwrap();
            assert_eq!(out.status.code(), Some(2), "{args:?} {text}");
            assert!(text.contains(said), "{args:?}: {text}");
        }
    }
}

/// Files of two people are two accounts, and whatever was taken together is told with its reason.
#[test]
fn files_are_told_apart_by_what_they_say_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let head = "取引日,入出金(円),残高(円),入出金先内容\n";
    let file = |name: &str, lines: &str| write(folder.path(), name, &format!("{head}{lines}"));
    let hers = file("haha.csv", "20260701,300000,400000,給与\n20260731,-80000,320000,ヤチン\n");
    let next = file("haha2.csv", "20260731,-80000,320000,ヤチン\n20260801,-500,319500,ガス\n");
    let his = file("chichi.csv", "20260705,9000,90000,ネンキン\n20260720,-5000,85000,ガス\n");

    let answer = said(&["watch", &his, &next, &hers, "--json"]).1;
    assert_eq!(answer["account_files"], json!([["haha.csv", "haha2.csv"], ["chichi.csv"]]));
    assert_eq!(answer["lines"], 5, "the line that both have is counted once");
    let out = kanuki(&["watch", &his, &next, &hers]);
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("同じ行があるので、1つの口座としました"), "{text}");
    assert!(text.contains("母=a.csv 父=b.csv"), "{text}");
}

/// Whoever reads the answers in Japanese reads the refusals in Japanese.
#[test]
fn options_are_refused_in_the_language_of_the_answers() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.csv", STORY);
    for (args, ja, en) in [
        (&["--mine", "foo"][..], "知らないサービスです", "no such service"),
        (&["--stopped", "2026-09-10"], "と書いてください", "write DATE=WORDS"),
        (&["--stopped", "9/10=ドコモコウザ"], "日付として読めません", "is no date"),
        (
            &["--stopped", "200910=ドコモコウザ"],
            "2008年9月10日とも2020年9月10日とも",
            "10 Sep 2008 or 10 Sep 2020",
        ),
        (&["--dictionary", "no-such-file"], "が見つかりません", "cannot read"),
    ] {
        for (more, said) in [(&[][..], ja), (&["--english"], en)] {
            let out = kanuki(&[&["watch", &file], args, more].concat());
            let text = String::from_utf8(out.stderr).unwrap();
            assert_eq!(out.status.code(), Some(2), "{text}");
            assert!(text.contains(said), "{text}");
        }
    }
    for stopped in ["2026/8/31", "2026-8-31", "R8.8.31", "令和8年8月31日", "20260831"] {
        let stopped = format!("{stopped}=ドコモコウザ");
        let answer = said(&["watch", &file, "--stopped", &stopped, "--json"]).1;
        assert_eq!(answer["findings"][0]["kind"], "after_stop", "{stopped}: {answer}");
    }
    let known = said(&["watch", &file, "--mine", "ドコモ口座", "--json"]).1;
    let findings = known["findings"].as_array().unwrap();
    assert!(findings.iter().all(|f| f["kind"] != "wallet_debit"), "{known}");
}

/// The day of an option is written as people write days.
#[test]
fn a_day_behind_an_option_is_read_as_people_write_it() {
    let at = |day: &str| kanuki(&["assess", "--bank", "0168", "--as-of", day, "--json"]);
    let expected = at("2020-09-10");
    assert!(!expected.stdout.is_empty());
    for day in ["2020/9/10", "2020-9-10", "R2.9.10", "令和2年9月10日", "20200910", "2020/9/10(木)"]
    {
        assert_eq!(at(day).stdout, expected.stdout, "{day}");
    }
    let refused = at("200910");
    let text = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{text}");
    assert!(text.contains("2008年9月10日とも2020年9月10日とも"), "{text}");
}
