//! One folder and two processes; a folder on a disk that cannot be written.

use std::{
    path::Path,
    process::{Command, Output},
};

use crate::running::{KANUKI, Running, free_ports, kanuki};

/// The arguments of a start, as one that must end by itself.
fn start(data: &Path) -> Vec<String> {
    let port = free_ports();
    let (wallet, bank) = (port.to_string(), (port + 1).to_string());
    let data = data.to_str().unwrap();
    let args = [KANUKI, "up", "--data", data, "--wallet-port", &wallet, "--bank-port", &bank];
    ["timeout", "100"].into_iter().chain(args).map(str::to_owned).collect()
}

fn run(args: &[String]) -> Output {
    Command::new(&args[0]).args(&args[1..]).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn counted(data: &Path) -> serde_json::Value {
    let checked = kanuki(&["ledger", "verify", "--data", data.to_str().unwrap(), "--json"]);
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
    serde_json::from_slice(&checked.stdout).unwrap()
}

/// `args` where `folder` cannot be written. Root may write whatever the permissions say, so it looks
/// at the folder as a file system of its own, if it may make one.
fn read_only(folder: &Path, args: &[String]) -> Option<Output> {
    let id = Command::new("id").arg("-u").output().unwrap();
    let path = folder.to_str().unwrap();
    if id.stdout.trim_ascii() != b"0" {
        let chmod = |mode: &str| run(&["chmod", "-R", mode, path].map(str::to_owned));
        chmod("a-w");
        let output = run(args);
        chmod("u+w");
        return Some(output);
    }
    let script = "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$@\"";
    let there = |args: &[String]| {
        let prefix = ["unshare", "--mount", "sh", "-c", script, path].map(str::to_owned);
        run(&[&prefix, args].concat())
    };
    if !there(&["true".to_owned()]).status.success() {
        eprintln!("NO READ-ONLY DISK: root may not mount one here, so it was not tested.");
        return None;
    }
    Some(there(args))
}

#[tokio::test]
async fn second_process_on_one_folder_is_refused_by_name_and_the_first_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut first = Running::start(&data);
    let before = counted(&data);

    let second = run(&start(&data));

    assert_eq!(second.status.code(), Some(2), "{}", said(&second));
    assert!(said(&second).contains("in use by another process"), "{}", said(&second));
    assert!(said(&second).contains(data.to_str().unwrap()), "{}", said(&second));
    assert_eq!(first.get(0, "/readyz").await.0, 200);
    assert_eq!(counted(&data), before);
    assert_eq!(first.signal("-TERM"), 0);
}

#[test]
fn disk_that_cannot_be_written_is_refused_by_name_and_can_still_be_counted() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert_eq!(Running::start(&data).signal("-TERM"), 0);
    let before = counted(&data);

    let Some(refused) = read_only(&data, &start(&data)) else { return };

    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(said(&refused).contains(data.to_str().unwrap()), "{}", said(&refused));
    assert!(said(&refused).contains("it must be writable"), "{}", said(&refused));
    let verify = [KANUKI, "ledger", "verify", "--data", data.to_str().unwrap(), "--json"];
    let looked = read_only(&data, &verify.map(str::to_owned)).unwrap();
    assert_eq!(looked.status.code(), Some(0), "{}", said(&looked));
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&looked.stdout).unwrap(), before);
    assert_eq!(counted(&data), before);
}
