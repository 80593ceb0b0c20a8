//! `kanuki conformance`: the rows of the rules, checked against a pair that it starts, or, as far as
//! strangers can see, against one that is running.

use std::sync::Arc;

use anyhow::{Context as _, Result};

use kanuki_lab::{Running, Target};
use kanuki_site::Transport;

use crate::{
    Outcome,
    args::Conformance,
    foray::{Roads, any_seed},
    out::{out, require_writable},
};

/// Checks every row and says what became of it.
pub(crate) fn run(args: &Conformance) -> Result<Outcome> {
    require_writable([args.html.as_deref()])?;
    let report = match &args.wallet {
        None => kanuki_lab::check()?,
        Some(wallet) => {
            let target = Target::of(wallet, &args.banks, &args.owned)?;
            let roads: Arc<dyn Transport> = Arc::new(Roads::to(&target)?);
            let running = Running { target: &target, seed: any_seed(), may_report: args.report };
            kanuki_lab::check_at(&running, &roads)?
        }
    };
    if let Some(file) = &args.html {
        std::fs::write(file, report.to_html())
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    if args.json {
        out!("{}", report.to_json());
    } else {
        out!("{}", report.to_text());
    }
    Ok(if report.is_ok() { Outcome::Well } else { Outcome::Bad })
}
