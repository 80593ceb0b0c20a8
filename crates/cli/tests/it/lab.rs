//! The lab as its users see it: against a pair that is running, with policies from files, and with
//! nothing to do.

use crate::running::{Running, kanuki};

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn thieves_gain_nothing_over_the_network_and_the_books_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = Running::start(folder.path());
    let at = |offset: u16| format!("http://localhost:{}", up.port + offset);
    let (wallet, banks) = (format!("wallet={}", at(0)), [at(1), at(2), at(3)]);
    let data = folder.path().to_str().unwrap();
    let mut args = vec!["lab", "run", "name-harvest", "docomo-2020", "insider", "--json", "-"];
    args.extend(["--data", data, "--seed", "7", "--target", &wallet]);
    args.extend(banks.iter().flat_map(|bank| ["--bank", bank.as_str()]));

    let played = kanuki(&args);

    let said_json = said(&played.stdout);
    assert_eq!(played.status.code(), Some(0), "{said_json}{}", said(&played.stderr));
    let report: serde_json::Value = serde_json::from_str(&said_json).unwrap();
    let forays = report["played"].as_array().unwrap();
    assert_eq!(forays.len(), 2);
    for foray in forays {
        assert_eq!(foray["taken"], "0", "{foray}");
        let met = foray["met"].as_array().unwrap();
        let is_met =
            |route: &str| met.iter().any(|row| row[0].as_str().unwrap().starts_with(route));
        // He got as far as a wallet of his own, the bank's doors, and their answers.
        assert!(is_met("GET / 200") && is_met("POST /enrol 303"), "{foray}");
        assert!(!foray["refused"].as_array().unwrap().is_empty());
    }
    assert_eq!(report["not_played"][0]["playbook"], "insider");
    assert!(folder.path().join("wallet").exists());
    // By a name that the companies do not know, or the one for the other, nobody sets out.
    let by_number = format!("wallet=http://127.0.0.1:{}", up.port);
    let swapped = format!("wallet={}", at(1));
    for (wallet, bank, words) in [
        (by_number.as_str(), at(1), format!("write it as http://localhost:{}", up.port)),
        (swapped.as_str(), at(0), "it is not the wallet of `kanuki up`".to_owned()),
        (wallet.as_str(), at(0), "it is not the bank of `kanuki up`".to_owned()),
        (wallet.as_str(), "http://localhost:1".to_owned(), "nothing answers at".to_owned()),
    ] {
        let answer =
            kanuki(&["lab", "run", "name-harvest", "--target", wallet, "--bank", bank.as_str()]);
        assert_eq!(answer.status.code(), Some(2), "{wallet} {bank}: {}", said(&answer.stdout));
        assert!(said(&answer.stderr).contains(&words), "{}", said(&answer.stderr));
    }
    assert_eq!(up.signal("-INT"), 0);
}

#[tokio::test]
async fn the_rows_that_strangers_can_see_are_looked_at_over_the_network_and_the_rest_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = Running::start(folder.path());
    let at = |offset: u16| format!("http://localhost:{}", up.port + offset);
    let page = folder.path().join("page.html");
    let (wallet, banks) = (at(0), [at(1), at(2), at(3)]);
    let mut args = vec!["conformance", "--json", "--report", "--wallet", &wallet];
    args.extend(banks.iter().flat_map(|bank| ["--bank", bank.as_str()]));
    args.extend(["--html", page.to_str().unwrap()]);

    let looked = kanuki(&args);

    let said_json = said(&looked.stdout);
    assert_eq!(looked.status.code(), Some(0), "{said_json}{}", said(&looked.stderr));
    let report: serde_json::Value = serde_json::from_str(&said_json).unwrap();
    let state = |id: &str| {
        let rows = report["rows"].as_array().unwrap();
        rows.iter().find(|row| row["id"] == id).unwrap()["state"].clone()
    };
    // Compensation read, a report left, accounts that exist told from none, and what needs days.
    for (id, expected) in
        [("FT-27", "pass"), ("BK-08", "pass"), ("INC-10", "pass"), ("FT-35", "not_run")]
    {
        assert_eq!(state(id), expected, "{id}: {said_json}");
    }
    assert!(report["at"][0].as_str().unwrap().contains(&up.port.to_string()));
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("Not run: it cannot be seen from outside"), "{page}");
    let elsewhere = ["conformance", "--wallet", "https://wallet.example.jp", "--bank", &banks[0]];
    assert_eq!(kanuki(&elsewhere).status.code(), Some(2));
    assert_eq!(up.signal("-INT"), 0);
}

#[test]
fn somebody_elses_companies_are_not_attacked() {
    let at = ["--target", "wallet=https://wallet.example.jp", "--bank", "https://bank.example.jp"];
    let mut args = vec!["lab", "run", "all"];
    args.extend(at);

    let refused = kanuki(&args);

    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused.stderr).contains("--i-own wallet.example.jp"));
}

#[test]
fn policies_are_read_from_files_and_their_faults_told_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ours.toml");
    let name = file.to_str().unwrap();
    std::fs::write(&file, "name = \"ours\"\nabout = \"x\"\nfrom = \"defualt\"\n").unwrap();
    let wrong = kanuki(&["lab", "run", "relink", "--policy", name]);
    assert_eq!(wrong.status.code(), Some(2));
    let told = "line 3: no policy is called defualt; did you mean `default`?";
    assert!(said(&wrong.stderr).contains(told), "{}", said(&wrong.stderr));
    let checked = kanuki(&["lab", "check", "--policy", name]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(said(&checked.stdout).contains(told));

    std::fs::write(&file, "name = \"ours\"\nabout = \"x\"\nfrom = \"default\"\n").unwrap();
    let played = kanuki(&[
        "lab",
        "run",
        "reset-takeover",
        "--policy",
        name,
        "--customers",
        "4",
        "--days",
        "3",
        "--json",
        "-",
    ]);
    let report: serde_json::Value = serde_json::from_str(&said(&played.stdout)).unwrap();
    assert_eq!(report["runs"][0]["policy"], "ours");
    assert_eq!(report["runs"][0]["policy_file"]["file"], name);
    assert_eq!(report["runs"][0]["yen_lost"], "0");
}

#[test]
fn nothing_to_do_is_no_success_and_names_are_helped() {
    for nothing in [
        vec!["lab", "hunt", "--runs", "0"],
        vec!["risk", "bench", "--decisions", "0"],
        vec!["lab", "run", "legacy-link", "--policy", "2020-after"],
        vec!["lab", "run", "relink", "--answers", "101"],
    ] {
        let answer = kanuki(&nothing);
        assert_eq!(answer.status.code(), Some(2), "{nothing:?}: {}", said(&answer.stdout));
    }
    let near = [
        (["lab", "run", "relnk"], "did you mean `relink`?"),
        (["lab", "ablate", "--off=step-upp"], "did you mean `step-up`?"),
    ];
    for (args, hint) in near {
        let answer = kanuki(&args);
        assert_eq!(answer.status.code(), Some(2));
        assert!(said(&answer.stderr).contains(hint), "{}", said(&answer.stderr));
    }
}

#[test]
fn a_place_that_cannot_be_written_is_told_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("not/there.html");
    let nowhere = nowhere.to_str().unwrap();
    let small = ["--customers", "4", "--days", "3", "--json", "-"];
    let run = ["lab", "run", "reset-takeover", "--trace", nowhere];
    let ablate = ["lab", "ablate", "relink", "--off=step-up", "--html", nowhere];
    for args in [&run[..], &ablate[..]] {
        let answer = kanuki(&[args, &small[..]].concat());
        assert_eq!(answer.status.code(), Some(2), "{args:?}");
        assert!(said(&answer.stderr).contains("cannot write"), "{}", said(&answer.stderr));
        // Nothing was played: its report would have come first.
        assert_eq!(said(&answer.stdout), "");
    }

    let kept = folder.path().join("report.html");
    std::fs::write(&kept, "yesterday's").unwrap();
    let near = kanuki(&["lab", "run", "relnk", "--html", kept.to_str().unwrap()]);
    assert_eq!(near.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "yesterday's");
}
