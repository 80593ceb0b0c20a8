//! `kanuki formats`: what Japanese banks exchange, converted and checked on one's own machine.

pub(crate) mod args;
mod directory;
mod jpqr;
mod lookup;
mod words;
mod zengin;

use std::{io, path::Path};

use anyhow::Result;
use kanuki_watch::Lang;
use serde::Serialize;

use crate::{Outcome, bounded, out::out};

use args::Formats;

/// Does one of them.
pub(crate) fn run(command: &Formats) -> Result<Outcome> {
    match command {
        Formats::Zengin(args) => zengin::check(args),
        Formats::ZenginWrite(args) => zengin::write(args),
        Formats::Bank(args) => directory::bank(args),
        Formats::Branch(args) => directory::branch(args),
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
        eprintln!("{}{why}", lang.pick("このままでは使えません: ", "refused: "));
    }
    Ok(Outcome::Bad)
}

/// A file of at most `mega` MB, or why it cannot be read.
fn bytes(lang: Lang, file: &Path, mega: u64) -> Result<Vec<u8>> {
    let read = bounded::read(file, mega.saturating_mul(1 << 20));
    read.map_err(|error| {
        let name = file.display();
        match (lang, error.root_cause().downcast_ref::<io::Error>()) {
            (Lang::En, _) => error,
            (Lang::Ja, Some(why)) if why.kind() == io::ErrorKind::NotFound => {
                anyhow::anyhow!("{name}が見つかりません。ファイルの名前と場所を確かめてください")
            }
            (Lang::Ja, Some(why)) => anyhow::anyhow!("{name}を読めません({why})"),
            (Lang::Ja, None) => {
                anyhow::anyhow!("{name}は{mega}MBより大きく、この種類のファイルではありません")
            }
        }
    })
}
