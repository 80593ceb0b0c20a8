//! Every record has a table: a store refuses what it was not told of, and one in memory takes it.

use std::{fs, path::PathBuf};

fn sources(dir: PathBuf) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(path));
        } else {
            found.push(fs::read_to_string(path).unwrap());
        }
    }
    found
}

#[test]
fn every_record_of_this_crate_is_in_the_list_of_tables() {
    let tables: Vec<&str> = kanuki_bank::tables().iter().map(|table| table.name).collect();
    let mut seen = 0;
    for source in sources(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")) {
        for declared in source.split("record! {").skip(1) {
            let (_, rest) = declared.split_once("=> \"").unwrap();
            let (name, _) = rest.split_once('"').unwrap();
            assert!(tables.contains(&name), "{name} is in no list: a store knows nothing of it");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen} records were found");
}
