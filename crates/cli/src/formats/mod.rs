//! `kanuki formats`: what Japanese banks exchange, converted and checked on one's own machine.

pub(crate) mod args;
mod branch;
mod directory;
mod jpqr;
mod lookup;
mod words;
mod zengin;

use anyhow::Result;
use kanuki_watch::Lang;
use serde::Serialize;

use crate::{
    Outcome,
    out::{harmless, out},
};

use args::Formats;

/// Does one of them.
pub(crate) fn run(command: &Formats) -> Result<Outcome> {
    match command {
        Formats::Zengin(args) => zengin::check(args),
        Formats::ZenginWrite(args) => zengin::write(args),
        Formats::Bank(args) => directory::bank(args),
        Formats::Branch(args) => branch::branch(args),
        Formats::Name(args) => lookup::name(args),
        Formats::Yucho(args) => lookup::yucho(args),
        Formats::Jpqr(args) => jpqr::read(args),
        Formats::JpqrMake(args) => jpqr::make(args),
    }
}

/// Why something was refused.
#[derive(Debug, Serialize)]
struct Refused<'a> {
    ok: bool,
    why: &'a str,
}

/// Says why something is refused: on the terminal, or as JSON.
fn refused(lang: Lang, is_json: bool, why: &str) -> Result<Outcome> {
    if is_json {
        out!("{}", serde_json::to_string(&Refused { ok: false, why })?);
    } else {
        let before = lang.pick("このままでは使えません: ", "refused: ");
        eprintln!("{}", harmless(format_args!("{before}{why}")));
    }
    Ok(Outcome::Bad)
}
