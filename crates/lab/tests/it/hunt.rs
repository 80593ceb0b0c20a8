//! The hunt for a loss, small; and every story that a hunt ever found, played again.

use kanuki_lab::{HuntOptions, Story, hunt, replay};

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/stories");

#[test]
fn a_short_hunt_finds_nothing_and_thinks_of_the_same_stories_twice() {
    let options = HuntOptions { runs: 40, seed: 1, faults: false };

    let one = hunt(&options, &mut |_| ()).unwrap();

    let found: Vec<String> =
        one.found.iter().map(|f| format!("{}: {:?}", f.story.line(), f.broken)).collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(one.kept > 20 && one.answers > 200, "{one:?}");
    assert_eq!(hunt(&options, &mut |_| ()).unwrap(), one);
}

#[test]
fn stories_that_once_broke_a_promise_break_none_any_more() {
    let mut kept: Vec<_> = std::fs::read_dir(KEPT).unwrap().map(|f| f.unwrap().path()).collect();
    kept.sort();
    assert!(!kept.is_empty());
    for file in kept {
        let story = Story::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();

        assert_eq!(replay(&story).unwrap(), Vec::<String>::new(), "{}", file.display());
    }
}
