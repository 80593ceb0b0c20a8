//! Files of strangers: read as far as one of their kind can be long, whatever their size.

use std::{fs::File, io::Read as _, path::Path};

use anyhow::{Context as _, Result, bail};

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
