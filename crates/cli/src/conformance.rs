//! `kanuki conformance`: the rows of the rules, checked against a pair that it starts.

use anyhow::{Context as _, Result};

use crate::{
    Outcome,
    args::Conformance,
    out::{out, require_writable},
};

/// Checks every row and says what became of it.
pub(crate) fn run(args: &Conformance) -> Result<Outcome> {
    require_writable([args.html.as_deref()])?;
    let report = kanuki_lab::check()?;
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
