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
        ("[courier]", "[caps]\nper_day = \"60000\"\nper_month = \"1\"\n[courier]", "caps above"),
        ("[courier]", "[channels]\nlisten = \"0.0.0.0:9\"\nCHANNEL[courier]", "channels.listen"),
        ("[courier]", "[channels]\nlisten = \"127.0.0.1:1\"\nCHANNEL[courier]", "of the pages"),
        ("[courier]", "[channels]\nlisten = \"127.0.0.1:9\"\n[courier]", "no secret_file"),
        (
            "[courier]",
            "[channels]\nlisten = \"10.0.0.1:9\"\nbranch_secret_file = \"DATA/secret\"\nCHANNEL[courier]",
            "the same secret",
        ),
        ("code = \"0001\"", "code = \"0001\"\npin_only = true", "pin_only"),
        ("code = \"0001\"", "code = \"0001\"\npolicy = \"2020\"", "policy"),
    ] {
        let said = refusal(folder.path(), &GOOD.replace(from, to));
        assert!(said.contains(named), "{to}: {said}");
    }

    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    let said = refusal(folder.path(), GOOD);
    assert!(said.contains("others can read"), "{said}");
}
