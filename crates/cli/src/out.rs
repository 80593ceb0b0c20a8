//! What commands print. Whoever reads it may have seen enough (`kanuki assess … | head`): that ends
//! nothing and says nothing, and the exit code stays the answer's. A disk that is full is an error.

use std::{
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use anyhow::Context as _;
use kanuki_watch::Lang;

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

/// Why an answer was not written; its `Display` is English.
#[derive(Debug)]
pub(crate) enum WriteFault {
    /// It would stand in the place of what it was made from.
    IsRead(PathBuf),
    /// The place cannot be written.
    Cannot(PathBuf, io::Error),
}

impl fmt::Display for WriteFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IsRead(file) => {
                write!(f, "{} is what was read: name another file for the answer", file.display())
            }
            Self::Cannot(file, why) => write!(f, "cannot write {}: {why}", file.display()),
        }
    }
}

impl std::error::Error for WriteFault {}

impl WriteFault {
    /// For whoever asked, in their language.
    pub(crate) fn told(self, lang: Lang) -> anyhow::Error {
        match (lang, &self) {
            (Lang::En, _) => self.into(),
            (Lang::Ja, Self::IsRead(file)) => anyhow::anyhow!(
                "{}は、いま読んだファイルです。結果には別の名前を付けてください",
                file.display()
            ),
            (Lang::Ja, Self::Cannot(file, why)) => {
                let name = file.display();
                let why = match why.kind() {
                    io::ErrorKind::NotFound => "そのフォルダーがありません".to_owned(),
                    io::ErrorKind::PermissionDenied => "書く許可がありません".to_owned(),
                    io::ErrorKind::IsADirectory => "フォルダーです".to_owned(),
                    io::ErrorKind::StorageFull => "ディスクがいっぱいです".to_owned(),
                    _ => why.to_string(),
                };
                anyhow::anyhow!("{name}に書けません({why})")
            }
        }
    }
}

/// Writes an answer that only its owner can read, whole or not at all, in the place of what stood there:
/// a link is replaced and not followed. What the answer was made from (`read`) is never written over.
pub(crate) fn write_private<'a>(
    file: &Path,
    bytes: &[u8],
    read: impl IntoIterator<Item = &'a Path>,
) -> Result<(), WriteFault> {
    let place = |path: &Path| fs::canonicalize(path).ok();
    let is_there = place(file);
    if read.into_iter().any(|other| is_there.is_some() && place(other) == is_there) {
        return Err(WriteFault::IsRead(file.to_owned()));
    }
    let cannot = |why: io::Error| WriteFault::Cannot(file.to_owned(), why);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut draft =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(cannot)?;
    draft.write_all(bytes).map_err(cannot)?;
    draft.persist(file).map_err(|error| cannot(error.error))?;
    Ok(())
}

/// The same for a folder that files go into; it is made if it is not there.
pub(crate) fn require_folder(folder: Option<&Path>) -> anyhow::Result<()> {
    let Some(folder) = folder else { return Ok(()) };
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    require_writable([Some(&*folder.join(".kanuki-was-here"))])
}

pub(crate) fn line(words: fmt::Arguments<'_>) {
    if let Err(error) = writeln!(io::stdout().lock(), "{}", harmless(words))
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        IS_LOST.store(true, Ordering::Relaxed);
    }
}

/// Words without what a terminal obeys or turns round: strangers write statements and file names.
pub(crate) fn harmless(words: fmt::Arguments<'_>) -> String {
    let obeyed = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    words.to_string().replace(obeyed, "\u{fffd}")
}

/// True when something could not be written though somebody was there to read it.
pub(crate) fn is_lost() -> bool {
    IS_LOST.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_a_stranger_wrote_orders_the_terminal_nothing() {
        let shown = harmless(format_args!("摘要\u{1b}]52;c;cHdu\u{7}\u{202e}\n次"));

        assert_eq!(shown, "摘要\u{fffd}]52;c;cHdu\u{fffd}\u{fffd}\n次");
    }

    #[test]
    fn an_answer_takes_no_place_of_what_it_was_made_from_and_is_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let [statement, report, other] =
            ["statement.csv", "report.html", "other"].map(|name| folder.path().join(name));
        fs::write(&statement, "lines").unwrap();
        fs::write(&other, "theirs").unwrap();
        std::os::unix::fs::symlink(&other, &report).unwrap();
        let read = || [statement.as_path()];

        write_private(&statement, b"page", read()).unwrap_err();
        write_private(&folder.path().join(".").join("statement.csv"), b"page", read()).unwrap_err();
        write_private(&report, b"page", read()).unwrap();

        assert_eq!(fs::read(&statement).unwrap(), b"lines");
        assert_eq!(fs::read(&other).unwrap(), b"theirs");
        assert_eq!(fs::read(&report).unwrap(), b"page");
        assert_eq!(fs::symlink_metadata(&report).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
