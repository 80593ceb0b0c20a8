//! Files of strangers: read as far as one of their kind can be long, whatever their size.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use kanuki_watch::Lang;

/// The bytes of `file`, unless it is longer than `most`: then it is refused before it fills the memory.
pub(crate) fn read(file: &Path, most: u64) -> Result<Vec<u8>> {
    let cannot = || format!("cannot read {}", file.display());
    let mut bytes = Vec::new();
    let open = File::open(file).with_context(cannot)?;
    open.take(most.saturating_add(1)).read_to_end(&mut bytes).with_context(cannot)?;
    if u64::try_from(bytes.len()).is_ok_and(|size| size > most) {
        let most = most.checked_div(1 << 20).unwrap_or(0);
        bail!("{} is bigger than {most} MB: no file of its kind is", file.display());
    }
    Ok(bytes)
}

/// The same, refused in the reader's language.
pub(crate) fn read_for(lang: Lang, file: &Path, mega: u64) -> Result<Vec<u8>> {
    read(file, mega.saturating_mul(1 << 20)).map_err(|error| {
        let why = error.root_cause().downcast_ref::<io::Error>();
        match (lang, why) {
            (Lang::En, _) => error,
            (Lang::Ja, Some(why)) => unreadable(lang, file, why),
            (Lang::Ja, None) => anyhow::anyhow!(
                "{}は{mega}MBより大きく、この種類のファイルではありません",
                file.display()
            ),
        }
    })
}

/// That a file cannot be read, and why.
pub(crate) fn unreadable(lang: Lang, file: &Path, why: &io::Error) -> anyhow::Error {
    let name = file.display();
    match (lang, why.kind()) {
        (Lang::En, _) => anyhow::anyhow!("cannot read {name}: {why}"),
        (Lang::Ja, io::ErrorKind::NotFound) => {
            anyhow::anyhow!("{name}が見つかりません。ファイルの名前と場所を確かめてください")
        }
        (Lang::Ja, io::ErrorKind::PermissionDenied) => {
            anyhow::anyhow!("{name}を読む許可がありません。だれのファイルか確かめてください")
        }
        (Lang::Ja, io::ErrorKind::IsADirectory) => {
            anyhow::anyhow!("{name}はフォルダーです。中のファイルを選んでください")
        }
        (Lang::Ja, _) => anyhow::anyhow!("{name}を読めません({why})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_long_is_not_read_to_its_end() {
        // Endless: only a bound ends this.
        let endless = Path::new("/dev/zero");
        assert!(read(endless, 1 << 20).unwrap_err().to_string().contains("1 MB"));
        assert!(read(Path::new("/dev/null"), 1).unwrap().is_empty());
        assert!(read(Path::new("/nowhere"), 1).unwrap_err().to_string().contains("cannot read"));
    }
}
