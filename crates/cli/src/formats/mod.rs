//! `kanuki formats`: what Japanese banks exchange, converted and checked on one's own machine.

pub(crate) mod args;
mod jpqr;
mod lookup;
mod zengin;

use anyhow::Result;
use serde::Serialize;

use crate::{Outcome, out::out};

use args::Formats;

/// Does one of them.
pub(crate) fn run(command: &Formats) -> Result<Outcome> {
    match command {
        Formats::Zengin(args) => zengin::check(args),
        Formats::ZenginWrite(args) => zengin::write(args),
        Formats::Bank(args) => lookup::bank(args),
        Formats::Branch(args) => lookup::branch(args),
        Formats::Name(args) => lookup::name(args),
        Formats::Yucho(args) => lookup::yucho(args),
        Formats::Jpqr(args) => jpqr::read(args),
        Formats::JpqrMake(args) => jpqr::make(args),
    }
}

/// Why something was refused.
#[derive(Debug, Serialize)]
struct Refused {
    ok: bool,
    why: String,
}

/// Says why something is refused: on the terminal, or as JSON.
fn refused(is_json: bool, why: &impl std::fmt::Display) -> Result<Outcome> {
    let why = why.to_string();
    if is_json {
        out!("{}", serde_json::to_string(&Refused { ok: false, why })?);
    } else {
        eprintln!("refused: {why}");
    }
    Ok(Outcome::Bad)
}
