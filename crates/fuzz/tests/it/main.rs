//! A short run of every target: the good inputs, and some thousand changes to each.
#![cfg(test)]

use kanuki_fuzz::{
    TARGETS,
    mutate::{Stream, mutated},
};

const CHANGES: usize = 2_000;

#[test]
fn every_target_answers_good_input_and_thousands_of_changes_to_it() {
    for target in TARGETS {
        let mut stream = Stream::new(20_200_910);
        for seed in target.seeds {
            (target.run)(seed.as_bytes());
            let mut bytes = seed.as_bytes().to_vec();
            for turn in 0..CHANGES {
                // Every so often from the beginning again, else further away.
                let from = if turn % 8 == 0 { seed.as_bytes() } else { &bytes };
                bytes = mutated(from, &mut stream);
                bytes.truncate(8_192);
                (target.run)(&bytes);
            }
        }
    }
}

#[test]
fn every_target_has_a_name_of_its_own_and_a_binary() {
    let manifest = include_str!("../../../../fuzz/Cargo.toml");
    for target in TARGETS {
        let bin = format!("name = \"{}\"\n", target.name);
        assert_eq!(manifest.matches(&bin).count(), 1, "{}", target.name);
        assert!(!target.seeds.is_empty());
        assert!(target.seeds.iter().all(|seed| seed.len() <= target.longest), "{}", target.name);
    }
}
