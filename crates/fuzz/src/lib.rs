//! What takes bytes from strangers, as functions that a fuzzer calls.
//!
//! Each [`Target`] has some good inputs to start from. `cargo test` runs every target over seeded
//! mutations of them; `fuzz/` runs them under libFuzzer for as long as somebody waits.
//!
//! **Invariant:** a target answers any bytes. A refusal is an answer; a panic is a finding.

mod answers;
mod der;
mod desks;
mod files;
mod formats;
mod identity;
mod linking;
pub mod mutate;
mod tokens;

/// One parser.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, also that of its libFuzzer binary.
    pub name: &'static str,
    /// Calls it; whatever it answers is fine.
    pub run: fn(&[u8]),
    /// So many bytes say all that it can be asked; more of them are more of the same, and slower.
    pub longest: usize,
    /// Good inputs, for mutation.
    pub seeds: &'static [&'static str],
}

/// Every parser of bytes that come from another company, a browser or a person.
pub const TARGETS: [Target; 23] = [
    linking::FORM,
    linking::AUTHORIZE,
    linking::DETAILS,
    linking::CALLBACK,
    linking::METADATA,
    linking::JWKS,
    tokens::JOSE,
    tokens::CLAIMS,
    tokens::CERTIFICATE,
    formats::QR,
    formats::STATEMENT,
    formats::DATES_AND_AMOUNTS,
    linking::DEBIT_DETAILS,
    answers::MESSAGES,
    identity::IDENTITY,
    tokens::BACKCHANNEL,
    formats::REGISTER,
    desks::SIGNALS,
    desks::BOOKS,
    files::ZENGIN,
    files::PROFILE,
    identity::REVOCATION,
    desks::STREAMS,
];
