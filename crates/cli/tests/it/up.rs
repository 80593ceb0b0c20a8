use crate::running::{Running, kanuki};

#[tokio::test]
async fn it_starts_answers_and_stops_cleanly_twice_on_the_same_data() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("kanuki-data");
    for signal in ["-INT", "-TERM"] {
        let mut up = Running::start(&data);
        for offset in 0..4 {
            assert_eq!(up.get(offset, "/healthz").await.0, 200);
            assert_eq!(up.get(offset, "/readyz").await.0, 200);
            assert_eq!(up.get(offset, "/openapi.json").await.0, 200);
        }
        let (_, metadata) = up.get(1, "/.well-known/oauth-authorization-server").await;
        assert!(metadata.contains("\"require_pushed_authorization_requests\":true"), "{metadata}");

        assert_eq!(up.signal(signal), 0);
    }

    let data = data.to_str().unwrap();
    for verify in [["ledger", "verify"], ["audit", "verify"]] {
        let checked = kanuki(&[verify[0], verify[1], "--data", data, "--json"]);
        let report: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
        assert_eq!(checked.status.code(), Some(0), "{report}");
        assert_eq!(report["ok"], true);
        assert!(report["checked"].as_u64().unwrap() > 0);
    }
}

#[tokio::test]
async fn nothing_of_2020_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = Running::start(folder.path());
    for path in kanuki_lab::PATHS_2020 {
        for offset in 0..4 {
            let (status, _) = up.get(offset, path).await;
            assert_eq!(status, 404, "{path}");
        }
    }
    assert_eq!(up.signal("-INT"), 0);
}

#[test]
fn a_missing_folder_is_said_so() {
    let checked = kanuki(&["ledger", "verify", "--data", "no-such-folder"]);

    assert_eq!(checked.status.code(), Some(2));
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(said.contains("no-such-folder"), "{said}");
}
