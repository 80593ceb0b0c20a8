use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use crate::running::kanuki;

const GOOD: &str = r#"
code = "0001"

[server]
data = "DATA"
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

fn refusal(folder: &Path, text: &str) -> String {
    let file = folder.join("bank.toml");
    let text = text.replace("CHANNEL", "atm_secret_file = \"DATA/secret\"\n");
    fs::write(&file, text.replace("DATA", folder.to_str().unwrap())).unwrap();
    let ran = kanuki(&["bank", "--config", file.to_str().unwrap()]);
    assert_eq!(ran.status.code(), Some(2));
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

#[test]
fn unsafe_settings_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "0123456789abcdef0123").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    for (from, to, named) in [
        ("https://api.bank", "http://api.bank", "server.issuer"),
        ("https://id.bank", "http://id.bank", "server.pages"),
        ("https://id.bank.example", "https://api.bank.example", "same origin"),
        ("https://messages", "http://messages", "courier.url"),
        ("https://messages", "https://user:sesame@messages", "secret_file"),
        ("http://127.0.0.1:1", "http://sesame@127.0.0.1:1", "core.url has a name or a password"),
        ("https://messages", "messages?sesame", "courier.url is not a URL"),
        (
            "[courier]",
            "[mail]\nhost = \"smtp.bank.example\"\nencryption = \"none\"\nfrom = \"a@b.example\"\n[courier]",
            "mail.encryption",
        ),
        (
            "[courier]",
            "[mail]\nhost = \"localhost\"\nfrom = \"no address\"\n[courier]",
            "mail.from",
        ),
        (
            "[courier]",
            "[mail]\nhost = \"localhost\"\nfrom = \"a@b.example\"\nuser = \"u\"\n[courier]",
            "come together",
        ),
        ("[courier]", "[caps]\nper_day = \"60000\"\nper_month = \"1\"\n[courier]", "caps above"),
        ("[courier]", "[channels]\nlisten = \"0.0.0.0:9\"\nCHANNEL[courier]", "channels.listen"),
        ("[courier]", "[channels]\nlisten = \"127.0.0.1:1\"\nCHANNEL[courier]", "of the pages"),
        ("[courier]", "[channels]\nlisten = \"127.0.0.1:9\"\n[courier]", "no secret_file"),
        (
            "[courier]",
            "[channels]\nlisten = \"10.0.0.1:9\"\nbranch_secret_file = \"DATA/secret\"\nCHANNEL[courier]",
            "the same secret",
        ),
        ("code = \"0001\"", "code = \"0001\"\nmodels = [\"DATA/no.model\"]", "no.model"),
        ("code = \"0001\"", "code = \"0001\"\nmodels = [\"DATA/secret\"]", "this is no model"),
        ("code = \"0001\"", "code = \"0001\"\npin_only = true", "pin_only"),
        (
            "code = \"0001\"",
            "code = \"0001\"\ncanary_people = [{ name = \" \", born_on = \"1990-01-01\" }]",
            "canary_people",
        ),
        ("code = \"0001\"", "code = \"0001\"\npolicy = \"2020\"", "policy"),
    ] {
        let said = refusal(folder.path(), &GOOD.replace(from, to));
        assert!(said.contains(named), "{to}: {said}");
        assert!(!said.contains("sesame"), "{to}: {said}");
    }

    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    let said = refusal(folder.path(), GOOD);
    assert!(said.contains("others can read"), "{said}");
}

const WALLET: &str = r#"
[server]
data = "DATA"
port = 1
name = "Wallet"
issuer = "https://api.wallet.example"
pages = "https://wallet.example"

[identity]
operator_url = "https://operator.example/card"
revocation_url = "https://operator.example/crl"
anchors_file = "DATA/anchors.pem"

[courier]
url = "https://messages.wallet.example"
secret_file = "DATA/secret"

[[bank]]
code = "0001"
name = "Bank"
issuer = "https://api.bank.example"
authorize_url = "https://id.bank.example/authorize"
client_id = "wallet"
event_jwks_file = "DATA/events.jwks"
agreement_file = "DATA/agreement.toml"

[bank.assurance]
proof = "pin_and_facts"
matches_facts = true
tells_customer = true
is_revocable = true
reports_stops = true
"#;

#[test]
fn a_bank_that_proves_its_customer_by_knowledge_alone_refuses_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let said = |text: &str| {
        let file = folder.path().join("wallet.toml");
        fs::write(&file, text.replace("DATA", folder.path().to_str().unwrap())).unwrap();
        let ran = kanuki(&["wallet", "--config", file.to_str().unwrap()]);
        assert_eq!(ran.status.code(), Some(2));
        String::from_utf8_lossy(&ran.stderr).into_owned()
    };

    let refused = said(WALLET);
    assert!(refused.contains("FT-10") && refused.contains("0001"), "{refused}");
    let endless = WALLET
        .replace("pin_and_facts", "app")
        .replace("is_revocable = true", "is_revocable = false");
    assert!(said(&endless).contains("FT-14"));
    let taken = said(&WALLET.replace("pin_and_facts", "app"));
    assert!(!taken.contains("assurance"), "only the missing files are named: {taken}");
}

#[test]
fn a_list_is_taken_over_by_command_and_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "0123456789abcdef0123").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(at("bank.toml"), GOOD.replace("DATA", folder.path().to_str().unwrap())).unwrap();
    let list = "KANUKI-REGISTER,1,web-kofuri,0001,2026-11-20,1\n\
        contract_no,collector_code,collector_name,branch,account_type,account_number,started_on,status,ended_on\n\
        W-1,0000012345,WALLET,001,1,0123456,R1.10.2,active,\n";
    fs::write(at("good.csv"), list).unwrap();
    fs::write(at("wrong.csv"), list.replace("0123456", "123456")).unwrap();
    let import = |file: &str, more: &[&str]| {
        let (config, file) = (at("bank.toml"), at(file));
        let mut all = vec!["bank", "import", "--config", &config, "--register", &file];
        all.extend(["--kind", "web-kofuri", "--json"]);
        all.extend(more);
        let ran = kanuki(&all);
        let json: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap_or_default();
        (ran.status.code(), json, String::from_utf8_lossy(&ran.stderr).into_owned())
    };

    let (code, json, said) = import("wrong.csv", &[]);
    assert_eq!((code, &json["problem"]["line"]), (Some(1), &3.into()), "{json} {said}");
    let (code, json, _) = import("good.csv", &["--dry-run"]);
    assert_eq!((code, &json["changes"]["fresh"]), (Some(0), &1.into()), "{json}");
    let (code, first, _) = import("good.csv", &[]);
    assert_eq!((code, &first["changes"]["fresh"]), (Some(0), &1.into()), "{first}");
    let (code, again, _) = import("good.csv", &[]);
    assert_eq!((code, &again["import"]), (Some(0), &first["import"]), "{again}");
    let (code, json, _) = import("good.csv", &["--dry-run"]);
    assert_eq!((code, &json["changes"]["same"]), (Some(0), &1.into()), "{json}");
}

/// The agreement that the operators' page shows is one that may count.
#[test]
fn the_example_agreement_has_no_gaps_on_its_day() {
    let text = include_str!("../../../../docs/operators/agreement.example.toml");
    let agreed: kanuki_domain::agreement::Agreement = toml::from_str(text).unwrap();
    let day = agreed.assessment.assessed_on.unwrap();

    assert_eq!(agreed.gaps(day), []);
}

#[test]
fn a_partner_without_an_agreement_is_refused_by_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "0123456789abcdef0123").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(folder.path().join("keys.jwks"), r#"{"keys":[]}"#).unwrap();
    let agreed = include_str!("../../../../docs/operators/agreement.example.toml");
    let agreed = agreed.replace("pays_first = \"wallet\"\n", "");
    fs::write(folder.path().join("agreement.toml"), agreed).unwrap();
    let partner = r#"
[[partner]]
client_id = "wallet-one"
name = "Wallet One"
redirect_uris = ["https://wallet.example/callback/0001"]
jwks_file = "DATA/keys.jwks"
event_jwks_file = "DATA/keys.jwks"
issuer = "https://api.wallet.example"
events_url = "https://api.wallet.example/ssf/events"
agreement_file = "DATA/agreement.toml"
"#;
    let good = GOOD.replace("port = 1\n", "port = 0\n");

    let said = refusal(folder.path(), &format!("{good}{partner}"));
    for named in ["wallet-one", "FT-26: agreement.compensation.pays_first is missing", "FAPI: jwks"]
    {
        assert!(said.contains(named), "{said}");
    }
}
