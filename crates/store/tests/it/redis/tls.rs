//! A server that is reached by TLS: believed by its certificate, and by nothing else.

use std::{path::Path, process::Command, sync::Arc, time::Duration};

use kanuki_store::{RedisConfig, RedisJournal};

use super::{
    COMPANY, Server, alone, outcome,
    server::{PATIENCE, free_port},
};

const TEST: &str = "redis::tls::a_server_is_believed_by_its_certificate_and_by_nothing_else";
/// In the child: the server's address. Whom it trusts is in `SSL_CERT_FILE`, as on a company's machine.
const CHILD: &str = "KANUKI_REDIS_TLS_TEST_CHILD";

/// A certificate of this machine with its key, in two files.
fn certificate(folder: &Path, name: &str) -> [String; 2] {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let [certificate, key] = ["crt", "key"].map(|ending| folder.join(format!("{name}.{ending}")));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    [certificate, key].map(|path| path.display().to_string())
}

/// In a process of its own that trusts `trusted`: what becomes of an attempt.
fn asked(url: &str, trusted: &str) -> String {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "--test-threads=1", TEST])
        .env(CHILD, url)
        .env("SSL_CERT_FILE", trusted)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let told = String::from_utf8(child.stdout).unwrap();
    let (_, rest) = told.split_once("became ").unwrap_or_else(|| panic!("{told}"));
    rest.lines().next().unwrap().to_owned()
}

async fn ask(url: &str) {
    let config = RedisConfig::new(url, None, 0, COMPANY).unwrap();
    let journal = RedisJournal::new(config.with_patience(PATIENCE.min(Duration::from_secs(20))));
    let engine = alone().with_journal(Arc::new(journal));
    if let Ok(Some(recall)) = kanuki_desk::counts::Recall::begin(&engine).await {
        recall.end().await.unwrap();
    }
    println!("became {}", outcome(&engine, 1, 1).await.name());
}

#[tokio::test]
async fn a_server_is_believed_by_its_certificate_and_by_nothing_else() {
    if let Some(url) = std::env::var_os(CHILD) {
        return ask(url.to_str().unwrap()).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let [theirs, key] = certificate(folder.path(), "theirs");
    let [other, _] = certificate(folder.path(), "other");
    let port = free_port().to_string();
    let more = [
        "--tls-port",
        &port,
        "--tls-cert-file",
        &theirs,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &theirs,
        "--tls-auth-clients",
        "no",
    ];
    let Some(_server) = Server::start(&more) else { return };
    let url = format!("rediss://localhost:{port}");

    assert_eq!(asked(&url, &other), "decline", "somebody else's certificate");
    assert_eq!(asked(&url, &theirs), "approve");
    let by_number = format!("rediss://127.0.0.1:{port}");
    assert_eq!(asked(&by_number, &theirs), "decline", "it is for another name");
}
