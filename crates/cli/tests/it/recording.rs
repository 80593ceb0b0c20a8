//! `kanuki bank recording`: what a bank kept comes out as the file that back-tests and training read.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};

use kanuki_desk::{
    case::{Case, CaseKind},
    past::Past,
};
use kanuki_domain::{Ctx, Yen, id::AttemptId, limits::DAY_SECS, mandate::later};
use kanuki_record::{Book, Unit};
use kanuki_risk::{Facts, Key, Kind, Outcome, Signal};
use kanuki_store::SqliteRecords;

use crate::running::kanuki;

const SETTINGS: &str = r#"
code = "0001"

[server]
data = "DATA/bank"
port = 1
name = "Bank"
issuer = "https://api.bank.example"
pages = "https://id.bank.example"

[core]
url = "http://127.0.0.1:1"
secret_file = "DATA/secret"

[courier]
url = "https://messages.bank.example"
secret_file = "DATA/secret"
"#;

/// Bytes that follow one another.
#[derive(Debug, Default)]
struct Counting(std::sync::atomic::AtomicU64);

impl kanuki_domain::Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        for (to, from) in bytes.iter_mut().zip(next.to_le_bytes().into_iter().cycle()) {
            *to = from;
        }
    }
}

/// Forty days of four debits each; those above ¥45,000 from a new device were a thief's, as their
/// people said the day after.
async fn keep(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let file = folder.join("records.sqlite");
    let records = SqliteRecords::open(&file, &kanuki_bank_http::tables()).unwrap();
    let (book, entropy) = (Book::new(Arc::new(records)), Counting::default());
    let mut unit = Unit::new();
    for n in 0..160_i64 {
        let at =
            jiff::Timestamp::from_second(1_780_300_800 + (n * DAY_SECS).div_euclid(4)).unwrap();
        let ctx = Ctx { now: at, entropy: &entropy, address_block: "", address: "" };
        let (amount, is_new) = ((n * 7_919).rem_euclid(60_000), n % 2 == 0);
        let person = format!("hol_{n}");
        let keys = vec![Key::Account(format!("bac_{n}")), Key::Person(person.clone())];
        let facts = Facts { new_device: Some(is_new), ..Facts::default() };
        let signal =
            Signal::new(Kind::Debit, at, keys).with_amount(Yen::of(u32::try_from(amount).unwrap()));
        unit.insert(&Past {
            attempt_id: AttemptId::generate(&ctx),
            about: format!("wallet|{n}"),
            signal: signal.with_facts(facts),
            outcome: Outcome::Approve,
            version: "1".to_owned(),
            forget_on: "2030-01-01".to_owned(),
        });
        if is_new && amount > 45_000 {
            let ctx = Ctx { now: later(at, DAY_SECS), ..ctx };
            unit.insert(&Case::open(&ctx, CaseKind::NotMe, "man_1", Some(person)));
        }
    }
    book.commit(unit).await.unwrap();
}

#[tokio::test]
async fn what_a_bank_kept_is_recorded_back_tested_and_learned_from() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (secret, settings) = (path("secret"), path("bank.toml"));
    fs::write(&secret, "0123456789abcdef0123").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&settings, SETTINGS.replace("DATA", folder.path().to_str().unwrap())).unwrap();
    let (file, page, model) = (path("recorded.jsonl"), path("page.html"), path("mine.model"));
    let record = ["bank", "recording", "--config", &settings, "--save", &file, "--json"];
    let days = ["--from", "2026-06-01", "--to", "2026-07-15"];
    let none = kanuki(&[&record[..], &days].concat());
    assert_eq!(none.status.code(), Some(2));
    let said = String::from_utf8_lossy(&none.stderr).into_owned();
    assert!(said.contains("holds no records"), "{said}");

    keep(&folder.path().join("bank")).await;
    let ran = kanuki(&[&record[..], &days].concat());
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    let said: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!((&said["events"], &said["movements"]), (&160.into(), &159.into()), "{said}");
    let frauds = said["frauds"].as_u64().unwrap();
    assert!(frauds > 10, "{said}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(&file).unwrap().contains("hol_"));

    let tested = kanuki(&[
        "risk", "backtest", "--events", &file, "--policy", "bank", "--html", &page, "--json",
    ]);
    let report: serde_json::Value = serde_json::from_slice(&tested.stdout).unwrap();
    assert_eq!(report["policies"][0]["outcomes"]["approve"]["frauds"], frauds, "{report}");
    assert!(fs::read_to_string(&page).unwrap().contains("<svg"));
    let mine = path("mine.rules");
    let rules = "policy \"mine\" version \"1\" baseline approve rule large on debit \
        when amount > ¥58,000 and new_device then decline as large";
    fs::write(&mine, rules).unwrap();
    let learned = kanuki(&[
        "risk",
        "train",
        "--events",
        &file,
        "--policy",
        &mine,
        "--on",
        "debit",
        "--train-from",
        "2026-06-02",
        "--train-days",
        "24",
        "--test-days",
        "8",
        "--delay-days",
        "2",
        "--save",
        &model,
    ]);
    let error = String::from_utf8_lossy(&learned.stderr).into_owned();
    assert_eq!(learned.status.code(), Some(0), "{error}");
    assert!(Path::new(&model).exists());

    let audit = kanuki(&["audit", "verify", "--data", &path("bank")]);
    assert_eq!(audit.status.code(), Some(0), "{}", String::from_utf8_lossy(&audit.stdout));
    let backwards = ["--from", "2026-07-15", "--to", "2026-07-14"];
    assert_eq!(kanuki(&[&record[..], &backwards].concat()).status.code(), Some(2));
}
