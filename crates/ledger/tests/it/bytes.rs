//! What TigerBeetle's client brings along for bytes is not what the program uses (`src/libc_first.c`).

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const SIZE: usize = 64 * 1024;

/// The least time of many: other programs run too.
#[expect(clippy::disallowed_methods, reason = "how long the machine takes is what is asked")]
fn fastest(mut act: impl FnMut()) -> Duration {
    let once = |_| {
        let start = Instant::now();
        act();
        start.elapsed()
    };
    (0..500).map(once).min().unwrap_or(Duration::MAX)
}

#[test]
fn bytes_are_compared_and_cleared_about_as_fast_as_they_are_copied() {
    let (one, mut other) = (vec![1_u8; SIZE], vec![1_u8; SIZE]);
    let copied = fastest(|| black_box(&mut other).copy_from_slice(black_box(&one)));
    let compared = fastest(|| assert!(black_box(&one) == black_box(&other)));
    let cleared = fastest(|| black_box(&mut other).fill(black_box(0)));

    // Byte by byte it is thirty and sixteen times as long.
    assert!(compared < copied * 6, "{compared:?} beside {copied:?}");
    assert!(cleared < copied * 6, "{cleared:?} beside {copied:?}");
}
