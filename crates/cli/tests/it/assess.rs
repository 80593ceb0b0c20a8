//! `kanuki assess`: exit codes and JSON that scripts rely on, words that people do.

use std::process::Command;

use kanuki_domain::agreement::Agreement;

use crate::running::KANUKI;

fn assess(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(KANUKI).arg("assess").args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn an_attacker_of_2020_needed_a_number_and_a_pin_and_today_nobody_says() {
    let (code, then, _) =
        assess(&["--bank", "0125", "--as-of", "2020-09-08", "--english", "--require", "link=code"]);
    assert_eq!(code, 1, "a way asked for less than required");
    assert!(then.contains("Linking the account: what others can learn is enough"), "{then}");
    assert!(then.contains("the four-digit PIN"), "{then}");
    assert!(then.contains("! Less than was required: Linking the account"), "{then}");

    let (code, now, _) = assess(&["--bank", "0125", "--wallet", "docomo-koza", "--json"]);
    assert_eq!(code, 0, "{now}");
    let now: serde_json::Value = serde_json::from_str(&now).unwrap();
    let both = now["institutions"].as_array().unwrap();
    assert_eq!(both.len(), 2);
    for institution in both {
        for path in institution["paths"].as_array().unwrap() {
            assert_eq!(path["barrier"], "unknown");
        }
    }
    assert_eq!(both[0]["paths"][0]["past"], serde_json::json!([0]));
    assert_eq!(both[0]["profile"]["claims"][0]["field"], "link.factors");
}

#[test]
fn files_are_compared_and_what_got_worse_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let profile = |proof: &str, day: &str| {
        format!(
            r#"{{"schema":"institution-profile/v1","kind":"bank","id":"9901","name":"見本銀行",
            "name_en":"Sample Bank","data_date":"{day}","corrections":"a@bank.example","claims":[
            {{"field":"login.factors","value":["{proof}"],"source_url":"https://bank.example/",
            "source_kind":"institution","quoted_date":"{day}","checked_by":"A. Reader",
            "confidence":"high","expires":"2026-12-31"}}]}}"#
        )
    };
    let (old, new, page) = (path("old.json"), path("new.json"), path("page.html"));
    std::fs::write(&old, profile("passkey", "2026-03-01")).unwrap();
    std::fs::write(&new, profile("password", "2026-11-01")).unwrap();
    let day = ["--as-of", "2026-11-26", "--english"];

    let (code, said, _) =
        assess(&[&[new.as_str(), "--since", &old, "--html", &page][..], &day[..]].concat());
    assert_eq!(code, 1);
    assert!(said.contains("! Signing in as you: a proof that cannot be phished → "), "{said}");
    assert!(std::fs::read_to_string(&page).unwrap().contains("Sample Bank"));

    let (code, _, _) = assess(&[&[old.as_str()][..], &day[..]].concat());
    assert_eq!(code, 0);
    let (code, said, _) = assess(&[old.as_str(), "--as-of", "2027-01-01", "--english"]);
    assert_eq!(code, 1, "evidence expired");
    assert!(said.contains("expired on 31 Dec 2026"), "{said}");
    let (code, said, _) = assess(&[&[old.as_str(), "--since", &old][..], &day[..]].concat());
    assert_eq!(code, 0);
    assert!(said.contains("Nothing changed since 1 Mar 2026"), "{said}");
    let (_, said, _) = assess(&[&old, "--since", &old, "--as-of", "2026-11-26"]);
    assert!(said.contains("2026年3月1日から変わったことはありません"), "{said}");
    let (code, _, why) = assess(&[&old, "--since", &new, "--english"]);
    assert_eq!(code, 2);
    assert!(why.contains("it is newer than the file that is looked at"), "{why}");
}

/// What it prints is what both desks compute again, and a file of an agreement as it is.
#[test]
fn a_profile_fills_in_its_part_of_an_agreement_with_its_file_and_hash() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("9901.json");
    let text = r#"{"schema":"institution-profile/v1","kind":"bank","id":"9901","name":"見本銀行",
        "name_en":"Sample Bank","data_date":"2026-11-20","corrections":"a@bank.example","claims":[
        {"field":"link.factors","value":["ic_card"],"source_url":"https://bank.example/",
        "source_kind":"institution","quoted_date":"2026-11-01","checked_by":"K. Ono",
        "confidence":"high","expires":"2027-05-01"}]}"#;
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let day = ["--as-of", "2026-11-26", "--agreement", "--require"];

    let (code, part, _) = assess(&[&[file][..], &day[..], &["link=device"]].concat());
    assert_eq!(code, 0);
    let part: Agreement = toml::from_str(&part).unwrap();
    let standard = &part.standards.of_bank;
    assert_eq!(standard.file, text);
    assert_eq!(standard.expires, Some(jiff::civil::date(2027, 5, 1)));
    assert_eq!(kanuki_desk::registry::profile::gaps(&part, None), []);

    let (code, part, _) = assess(&[&[file][..], &day[..], &["link=bound"]].concat());
    assert_eq!(code, 1, "less than is required: {part}");
}

#[test]
fn what_cannot_be_looked_at_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, "{\"schema\":\"institution-profile/v1\"").unwrap();
    let broken = broken.to_str().unwrap();
    let misnamed = folder.path().join("misnamed.json");
    std::fs::write(
        &misnamed,
        r#"{"schema":"institution-profile/v1","kind":"bank","id":"0001","name":"三井住友銀行",
        "name_en":"SMBC","data_date":"2026-11-01","corrections":"a@bank.example"}"#,
    )
    .unwrap();
    let misnamed = misnamed.to_str().unwrap();
    for (args, expected) in [
        (&[][..], "no profile: name files, or --bank CODE"),
        (&["--bank", "168"][..], "--bank 168: write the bank's code of four digits; perhaps 0168 "),
        (&["--bank", "中国銀行"][..], "digits; perhaps 0168 中国銀行"),
        (&["--bank", "千葉興行銀行"][..], "digits; perhaps 0135 千葉興業銀行"),
        (&["--bank", "閂"][..], "digits; `kanuki formats bank` finds it"),
        (
            &["--bank", "0033"][..],
            "no profile comes with Kanuki, so everything about it is unknown",
        ),
        (
            &["--bank", "0554"][..],
            "(関西アーバン銀行): this bank has merged or closed, into 0159 関西みらい銀行",
        ),
        (&["--bank", "9876"][..], "no such bank in the list of "),
        (&["--wallet", "7pay"][..], "no profile of this name; there are 0001, "),
        (&["--bank", "0001", "--bank", "0001"][..], "0001 is named twice"),
        (
            &["--bank", "0001", "--require", "link=unknown"][..],
            "write PATH=BARRIER, with link, sign_in, contact_change, transfer, recovery and nothing,",
        ),
        (&["no-such-file.json"][..], "cannot read no-such-file.json"),
        (
            &[misnamed][..],
            "\"id\" 0001 is みずほ銀行 in the list of 2026-08-24, and \"name\" says 三井住友銀行",
        ),
        (&[broken, "--agreement"][..], "--require"),
        (&[broken, "--agreement", "--require", "link=code"][..], "was refused, nothing of it"),
        (&[broken][..], "was refused, nothing of it was used: not an institution profile: EOF"),
    ] {
        let (code, out, why) = assess(&[args, &["--english"]].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(why.contains(expected), "{args:?}: {why}");
    }
    for (args, expected) in [
        (&[][..], "だれを見るかがありません"),
        (&["--bank", "168"][..], "4けたで書いてください。もしかして: 0168 中国銀行"),
        (&["--bank", "0033"][..], "すべて不明です"),
        (&["--bank", "0554"][..], "いまは0159 関西みらい銀行です"),
        (&["--wallet", "7pay"][..], "この名前の記録はありません"),
        (&["--bank", "0001", "--bank", "0001"][..], "0001が2回あります"),
        (&["--bank", "0001", "--require", "x"][..], "道すじ=水準 と書いて"),
        (&[broken][..], "は使えません。中身は何も使っていません"),
    ] {
        let (code, out, why) = assess(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(why.contains(expected), "{args:?}: {why}");
    }
    let (code, list, _) = assess(&["--list", "--english"]);
    assert_eq!(code, 0);
    assert!(list.contains("9900  Japan Post Bank (1 claims, 2 incidents)"), "{list}");
}

/// Two banks may be called the same: then their codes are beside their names, on the page as in the table.
#[test]
fn institutions_of_one_name_are_told_apart_by_their_codes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let file = |id: &str, bytes: &dyn Fn(String) -> Vec<u8>| {
        let file = path(&format!("{id}.json"));
        let text = format!(
            "{{\"schema\":\"institution-profile/v1\",\n\"kind\":\"bank\",\"id\":\"{id}\",\"name\":\"見本銀行\",\
             \"name_en\":\"Sample Bank\",\"data_date\":\"2026-11-01\",\"corrections\":\"a@bank.example\"}}"
        );
        std::fs::write(&file, bytes(text)).unwrap();
        file
    };
    let marked = file("9901", &|text| format!("\u{feff}{text}").into_bytes());
    let (plain, page) = (file("9902", &String::into_bytes), path("page.html"));

    let (code, table, why) = assess(&[&marked, &plain, "--html", &page]);
    assert_eq!(code, 0, "a mark before the text is no part of it: {why}");
    let page = std::fs::read_to_string(page).unwrap();
    for id in ["9901", "9902"] {
        assert!(table.contains(&format!("■ 見本銀行 ({id})")), "{table}");
        // At the head, on each of five ways, at the incidents and at the sources.
        assert_eq!(page.matches(&format!("見本銀行 ({id})")).count(), 8, "{id}");
    }
    assert_eq!(page.matches("見本銀行").count(), 16);

    let shift_jis = file("9903", &|text| {
        let name: &[u8] = b"\x8c\xa9\x96\x7b";
        let (before, after) = text.split_once("見本").unwrap();
        [before.as_bytes(), name, after.as_bytes()].concat()
    });
    for (args, said) in [
        (vec![shift_jis.as_str(), "--english"], "line 2 is not UTF-8 (Shift_JIS?): save the file"),
        (vec![shift_jis.as_str()], "2行目がUTF-8ではありません(Shift_JISかもしれません)。"),
    ] {
        let (code, _, why) = assess(&args);
        assert_eq!(code, 2);
        assert!(why.contains(said), "{why}");
    }
}
