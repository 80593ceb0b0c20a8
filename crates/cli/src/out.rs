//! What commands print. Whoever reads it may have seen enough (`kanuki assess … | head`): that ends
//! nothing and says nothing, and the exit code stays the answer's. A disk that is full is an error.

use std::{
    fmt, fs,
    io::{self, Write as _},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use anyhow::Context as _;

static IS_LOST: AtomicBool = AtomicBool::new(false);

/// Prints a line on standard output, as `println!` does, but never panics.
macro_rules! out {
    () => { $crate::out::line(format_args!("")) };
    ($($words:tt)*) => { $crate::out::line(format_args!($($words)*)) };
}

pub(crate) use out;

/// Says so before the work, not after an hour of it, when one of the files where its answer shall go
/// cannot be written. What stands there stays as it is; `-` is the terminal.
pub(crate) fn require_writable<'a>(
    files: impl IntoIterator<Item = Option<&'a Path>>,
) -> anyhow::Result<()> {
    for file in files.into_iter().flatten().filter(|file| *file != Path::new("-")) {
        let was_there = file.exists();
        let opened = fs::OpenOptions::new().append(true).create(true).open(file);
        opened.with_context(|| format!("cannot write {}", file.display()))?;
        if !was_there {
            fs::remove_file(file).with_context(|| format!("cannot write {}", file.display()))?;
        }
    }
    Ok(())
}

/// The same for a folder that files go into; it is made if it is not there.
pub(crate) fn require_folder(folder: Option<&Path>) -> anyhow::Result<()> {
    let Some(folder) = folder else { return Ok(()) };
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    require_writable([Some(&*folder.join(".kanuki-was-here"))])
}

pub(crate) fn line(words: fmt::Arguments<'_>) {
    if let Err(error) = writeln!(io::stdout().lock(), "{words}")
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        IS_LOST.store(true, Ordering::Relaxed);
    }
}

/// True when something could not be written though somebody was there to read it.
pub(crate) fn is_lost() -> bool {
    IS_LOST.load(Ordering::Relaxed)
}
