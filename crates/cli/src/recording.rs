//! `kanuki bank recording` and `kanuki wallet recording`: what was kept of attempts, as the file that
//! `kanuki risk backtest` and `kanuki risk train` read.
//!
//! It reads beside a running server. The file comes into its place whole, or not at all.

use std::{
    io::{BufWriter, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use jiff::{
    Timestamp,
    civil::Date,
    tz::{self, TimeZone},
};
use kanuki_desk::recording::{Recorded, RecordingError, Span};
use kanuki_domain::Ctx;
use kanuki_record::{Book, Table, vault::Vault};
use tempfile::NamedTempFile;

use crate::{Outcome, args::Recording, company, out::out, serve::real_world};

/// Who takes it, for the audit log.
pub(crate) const OPERATOR: &str = "operator";

/// What a company keeps, and how it is opened.
pub(crate) struct Kept<'a> {
    /// Where.
    pub(crate) folder: &'a Path,
    /// Its master key.
    pub(crate) master: [u8; 32],
    /// Its name.
    pub(crate) issuer: &'a str,
}

/// Where a recording goes to until it is whole.
pub(crate) type Draft = BufWriter<NamedTempFile>;

/// Writes the recording by `write`, which is the company's own, and says what is in it.
pub(crate) fn run<W>(
    args: &Recording,
    kept: &Kept<'_>,
    tables: &[&'static Table],
    write: W,
) -> Result<Outcome>
where
    W: AsyncFnOnce((&Book, &Vault), &Ctx<'_>, Span, &mut Draft) -> Result<Recorded, RecordingError>,
{
    if args.to < args.from {
        bail!("--to is before --from");
    }
    if !kept.folder.join("records.sqlite").exists() {
        bail!("{} holds no records: is it this company's?", kept.folder.display());
    }
    let span = Span { from: begin(args.from)?, until: begin(args.to.tomorrow()?)? };
    let cannot = || format!("cannot write {}", args.save.display());
    let folder = args.save.parent().filter(|folder| !folder.as_os_str().is_empty());
    let draft = NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).with_context(cannot)?;
    let mut draft = BufWriter::new(draft);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let recorded = runtime.block_on(async {
        let world = real_world(kept.issuer)?;
        let book = company::records(kept.folder, tables)?;
        let vault = Vault::new(kept.master);
        let moment = world.moment("");
        anyhow::Ok(write((&book, &vault), &moment.ctx(), span, &mut draft).await?)
    })?;
    draft.flush().with_context(cannot)?;
    let draft =
        draft.into_inner().map_err(std::io::IntoInnerError::into_error).with_context(cannot)?;
    draft.persist(&args.save).map_err(|error| error.error).with_context(cannot)?;
    if args.json {
        out!("{}", serde_json::to_string(&recorded)?);
    } else {
        print(&recorded, args);
    }
    Ok(Outcome::Well)
}

/// When a day begins in Tokyo.
fn begin(day: Date) -> Result<Timestamp> {
    Ok(day.to_zoned(TimeZone::fixed(tz::offset(9)))?.timestamp())
}

fn print(recorded: &Recorded, args: &Recording) {
    let Recorded { events, movements, frauds, fraud_yen, first, last } = recorded;
    out!(
        "{}: {events} events, {movements} of them movements, {frauds} of those frauds ({fraud_yen})",
        args.save.display(),
    );
    if let (Some(first), Some(last)) = (first, last) {
        out!("the first of {first}, the last of {last}");
    }
    out!(
        "movements are kept for sixteen months, other attempts for as long as they count; a fraud that \
         nobody reported yet passes for honest"
    );
}
