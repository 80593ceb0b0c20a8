//! A bank from its configuration file: its own channels report to it, as docs/operators.md shows.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use jiff::Timestamp;
use kanuki_demo::{
    core::{self, Core, CoreConfig, CoreFaults},
    people,
};
use kanuki_domain::Masked;
use kanuki_ledger::MemoryEngine;
use kanuki_site::Clock;
use serde_json::Value;

use crate::running::KANUKI;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        "2026-11-26T03:00:00Z".parse().unwrap()
    }
}

struct Bank(Child);

impl Drop for Bank {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn keep_secret(folder: &Path, name: &str) {
    let file = folder.join(format!("{name}.secret"));
    fs::write(&file, format!("{name}-0123456789abcdef")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// The bank's core system, on a port of its own.
async fn start_core() -> SocketAddr {
    let config = CoreConfig {
        secret: Masked::new("core-0123456789abcdef".to_owned()),
        customers: people::customers_of("9901").unwrap(),
        partner_text: String::new(),
        pin_tries_max: Some(3),
    };
    let (ledger, faults) = (Arc::new(MemoryEngine::default()), Arc::new(CoreFaults::new()));
    let core = Core::open(config, ledger, Arc::new(Noon), faults).await.unwrap();
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, core::router(core)).await });
    address
}

fn start_bank(folder: &Path, core: SocketAddr, pages: u16, channels: u16) -> Bank {
    let at = folder.to_str().unwrap();
    for name in ["core", "courier", "telephone", "atm", "branch", "letters"] {
        keep_secret(folder, name);
    }
    let section = include_str!("../../../../docs/operators.md");
    let section = between(section, "[channels]", "[[partner]]");
    let text = format!(
        "code = \"0001\"\n[server]\ndata = \"{at}/data\"\nport = {pages}\nname = \"Bank\"\n\
         issuer = \"http://localhost:{pages}\"\npages = \"http://bank.localhost:{pages}\"\n\
         [core]\nurl = \"http://{core}\"\nsecret_file = \"{at}/core.secret\"\n\
         [courier]\nurl = \"http://localhost:1\"\nsecret_file = \"{at}/courier.secret\"\n\
         [channels]{}",
        section
            .replace("127.0.0.1:8091", &format!("127.0.0.1:{channels}"))
            .replace("/etc/kanuki", at)
    );
    let file = folder.join("bank.toml");
    fs::write(&file, text).unwrap();
    let mut child = Command::new(KANUKI)
        .args(["bank", "--config", file.to_str().unwrap()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let bank = Bank(child);
    assert_eq!(lines.next().unwrap().unwrap(), format!("ready port={pages}"));
    bank
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).unwrap().1.split_once(to).unwrap().0
}

/// A `curl` of the docs: the channel whose secret it reads, its path, its body, its answer.
struct Example {
    channel: String,
    path: String,
    body: String,
    answer: Value,
}

/// The examples under "Channels", each followed by a line `# answer`.
fn examples() -> Vec<Example> {
    let docs = include_str!("../../../../docs/operators.md");
    let parts = docs.split("    curl ").skip(1);
    let example = |part: &str| Example {
        channel: between(part, "$(cat /etc/kanuki/", ".secret)").to_owned(),
        path: between(part, "http://127.0.0.1:8091", " ").to_owned(),
        body: between(part, "-d '", "'").to_owned(),
        answer: serde_json::from_str(between(part, "    # ", "\n")).unwrap(),
    };
    parts.map(example).collect()
}

async fn run(example: &Example, port: u16, secret: &str) -> (u16, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client
        .post(format!("http://127.0.0.1:{port}{}", example.path))
        .header("authorization", format!("Bearer {secret}"))
        .header("content-type", "application/json")
        .body(example.body.clone())
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

/// The documented answer, where a code and a time differ each time.
fn alike(documented: &Value, given: &Value) -> bool {
    let (Some(documented), Some(given)) = (documented.as_object(), given.as_object()) else {
        return false;
    };
    documented.keys().eq(given.keys())
        && documented.iter().all(|(key, value)| value.is_string() || given.get(key) == Some(value))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_the_docs_work_on_a_bank_served_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let core = start_core().await;
    let (pages, port) = (free_port(), free_port());
    let _bank = start_bank(folder.path(), core, pages, port);
    let examples = examples();
    assert_eq!(examples.len(), 4, "one for each channel");

    for example in &examples {
        let secret = format!("{}-0123456789abcdef", example.channel);
        let (status, said) = run(example, port, &secret).await;
        assert_eq!(status, 200, "{}: {said}", example.path);
        assert!(
            alike(&example.answer, &said),
            "{}: {} is not {said}",
            example.path,
            example.answer
        );
        assert_eq!(run(example, port, &secret).await, (200, said), "the same again");
        assert_eq!(run(example, port, "another-0123456789abcdef").await.0, 401);
        let public = run(example, pages, &secret).await.0;
        assert!(matches!(public, 404 | 421), "on the public port: {public}");
    }
}
