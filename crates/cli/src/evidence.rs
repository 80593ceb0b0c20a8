//! `kanuki evidence verify`: proves an evidence pack, JSON or PDF, by published keys, without a
//! network and without the company that made it.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use kanuki_desk::pack::{Pack, Reader, verify, verify_pdf};
use kanuki_wire::keys::fetched;

use crate::{Outcome, out::out};

/// `kanuki evidence`.
#[derive(Debug, Subcommand)]
pub(crate) enum Evidence {
    /// Prove an evidence pack by the keys that its company has published. Exit code 1 when it does
    /// not hold.
    Verify(Verify),
}

/// `kanuki evidence verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The pack: a JSON file, or a PDF with one inside.
    pub(crate) file: PathBuf,
    /// The company's published keys: what a bank's `/ssf/jwks` or a wallet's `/.well-known/jwks.json`
    /// answers. A pack's first page says where, and which of the keys signed it.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Says whether the pack holds, and what it is about.
pub(crate) fn run(Evidence::Verify(args): &Evidence) -> Result<Outcome> {
    let read = |path: &PathBuf| {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let (file, keys) = (read(&args.file)?, read(&args.keys)?);
    let keys = fetched::read(&keys).context("--keys is no set of public keys")?;
    let is_pdf = file.starts_with(b"%PDF-");
    let proven = if is_pdf { verify_pdf(&file, &keys) } else { verify(&file, &keys) };
    match proven {
        Ok(pack) => say(args, &pack),
        Err(error) if args.json => {
            out!("{}", serde_json::json!({ "ok": false, "problem": error.to_string() }));
            Ok(Outcome::Bad)
        }
        Err(error) => {
            out!("not proven: {error}");
            Ok(Outcome::Bad)
        }
    }
}

fn say(args: &Verify, pack: &Pack) -> Result<Outcome> {
    let unproven = pack.answers.iter().filter(|answer| !answer.holds).count();
    if args.json {
        let said = serde_json::json!({
            "ok": true,
            "company": pack.company.name,
            "issuer": pack.company.issuer,
            "case": pack.case.number,
            "made_at": pack.made_at,
            "answers": pack.answers.len(),
            "answers_not_proven": unproven,
            "movements": pack.movements.len(),
            "messages": pack.told.len(),
            "events": pack.signals.len(),
        });
        out!("{}", serde_json::to_string(&said)?);
        return Ok(Outcome::Well);
    }
    let reader = match &pack.made_for {
        Reader::Person => "the person",
        Reader::Partner { id } => id,
        Reader::Police => "the police",
    };
    out!("proven: made by {} ({}) at {}", pack.company.name, pack.company.issuer, pack.made_at);
    out!("case {} for {reader}", pack.case.number);
    let links = pack.links.len();
    let (moved, answers) = (pack.movements.len(), pack.answers.len());
    out!("{links} links, {moved} movements, {answers} answers");
    out!("{} messages, {} events between the companies", pack.told.len(), pack.signals.len());
    if unproven > 0 {
        out!("{unproven} answers could not be proven when the pack was made");
    }
    Ok(Outcome::Well)
}
