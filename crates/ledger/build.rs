//! Where TigerBeetle's client is linked, the C library's `memset` and `memcmp` come before those that it
//! brings along (`src/libc_first.c`). With musl there are no names with a version, and its own stay.

use std::env;

fn main() {
    let is = |key: &str, values: &[&str]| {
        env::var_os(key).is_some_and(|found| values.iter().any(|value| found == *value))
    };
    let is_glibc = is("CARGO_CFG_TARGET_OS", &["linux"]) && is("CARGO_CFG_TARGET_ENV", &["gnu"]);
    let is_known = is("CARGO_CFG_TARGET_ARCH", &["x86_64", "aarch64"]);
    if env::var_os("CARGO_FEATURE_TIGERBEETLE").is_some() && is_glibc && is_known {
        cc::Build::new()
            .file("src/libc_first.c")
            // Otherwise a compiler may see a `memset` in what only passes one on.
            .flag("-fno-builtin")
            .opt_level(2)
            .compile("kanuki_libc_first");
    }
}
