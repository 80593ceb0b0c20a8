//! The few things that the engine asks of a folder, so that tests can put a bad disk in its place.

use std::{
    fmt::Debug,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A folder.
pub(crate) trait Device: Debug + Send + Sync {
    /// Opens a file for reading and writing; it is made if it is missing.
    fn open(&self, name: &str) -> io::Result<Arc<dyn Blob>>;
    /// Whether there is such a file.
    fn exists(&self, name: &str) -> io::Result<bool>;
    /// Gives a file another name, in place of what has that name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Makes names durable.
    fn sync(&self) -> io::Result<()>;
}

/// A file.
pub(crate) trait Blob: Debug + Send + Sync {
    /// Reads some bytes; 0 at the end.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all bytes, or fails with some of them written.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Makes what was written durable.
    fn sync(&self) -> io::Result<()>;
    /// How long it is.
    fn len(&self) -> io::Result<u64>;
    /// Cuts it.
    fn cut(&self, len: u64) -> io::Result<()>;
}

/// Reads until `bytes` is full or the file ends; answers how much there was.
pub(crate) fn fill(blob: &dyn Blob, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut got = 0_usize;
    while let Some(rest) = bytes.get_mut(got..).filter(|rest| !rest.is_empty()) {
        let at = offset.saturating_add(u64::try_from(got).map_err(io::Error::other)?);
        match blob.read_at(rest, at) {
            Ok(0) => break,
            Ok(n) => got = got.saturating_add(n),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

const LOCK_NAME: &str = "ledger.lock";

/// A folder of the file system, and the lock that keeps other processes out while it lives.
#[derive(Debug)]
pub(crate) struct Folder {
    dir: PathBuf,
    lock: File,
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Closing is not enough while a process that was just forked still has the file open.
        drop(self.lock.unlock());
    }
}

impl Folder {
    /// Makes the folder if it is missing, and locks it; `None` if another process has it.
    pub(crate) fn lock(dir: &Path) -> io::Result<Option<Self>> {
        fs::create_dir_all(dir)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(dir.join(LOCK_NAME))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { dir: dir.to_owned(), lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Device for Folder {
    fn open(&self, name: &str) -> io::Result<Arc<dyn Blob>> {
        let path = self.dir.join(name);
        let file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        Ok(Arc::new(file))
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.dir.join(name).try_exists()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.dir.join(from), self.dir.join(to))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }
}

impl Blob for File {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, bytes, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn cut(&self, len: u64) -> io::Result<()> {
        self.set_len(len)?;
        self.sync_all()
    }
}
