//! The log of books that are served, batch by batch, for whoever makes them again elsewhere meanwhile.

use std::{path::Path, sync::Arc};

use super::{
    cell::CELL_U64,
    chapters::{chapter, read},
    disk::Blob,
    log::FIRST,
    open::{OpenError, look, to_read},
    scan::{Scan, Step},
};
use crate::chapter::{Chapter, after};

/// Of so many batches the place of one is kept.
const STRETCH: usize = 1_024;

/// A place between two batches of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogPlace(u64);

impl LogPlace {
    /// Before the first.
    pub const START: Self = Self(FIRST);
}

/// The batches of books that another process may be writing.
#[derive(Debug)]
pub struct Following {
    log: Arc<dyn Blob>,
    scan: Scan,
    is_at_end: bool,
    /// How many were handed out, and where each first of a stretch is.
    len: usize,
    places: Vec<LogPlace>,
}

impl Following {
    /// From the first batch of the books in `dir`.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        Self::on(to_read(dir)?)
    }

    fn on(log: Arc<dyn Blob>) -> Result<Self, OpenError> {
        let scan = look(Arc::clone(&log))?;
        Ok(Self { log, scan, is_at_end: false, len: 0, places: Vec::new() })
    }

    /// Whether what was handed out last was all that there was.
    #[must_use]
    pub const fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// Behind the last batch that was handed out.
    #[must_use]
    pub const fn place(&self) -> LogPlace {
        LogPlace(self.scan.next)
    }

    /// What was handed out from `from` on, once more.
    pub fn again(
        &self,
        from: LogPlace,
    ) -> impl Iterator<Item = Result<Chapter, OpenError>> + use<> {
        read(Scan::new(Arc::clone(&self.log), from.0), self.scan.next)
    }

    /// What was handed out behind the first so many batches, once more.
    pub fn after(
        &self,
        batches: usize,
    ) -> impl Iterator<Item = Result<Chapter, OpenError>> + use<> {
        let stretch = batches.checked_div(STRETCH).unwrap_or(0);
        let place = self.places.get(stretch).copied().unwrap_or(self.place());
        after(self.again(place), batches.saturating_sub(stretch.saturating_mul(STRETCH)))
    }

    /// The next batches, of `events` or a few more; none if there are no others yet.
    ///
    /// What is read may be in the machine's memory alone, and a power cut would take it from these books
    /// and not from the others. So it is made durable before it is handed out.
    pub fn batches(&mut self, events: usize) -> Result<Vec<Chapter>, OpenError> {
        self.scan.look_again();
        self.is_at_end = false;
        let (mut some, mut len) = (Vec::new(), 0_usize);
        while len < events {
            let place = self.place();
            match self.scan.step_beside_a_writer()? {
                Step::Frame(frame) => {
                    if self.len.is_multiple_of(STRETCH) {
                        self.places.push(place);
                    }
                    self.len = self.len.saturating_add(1);
                    let chapter = chapter(&frame);
                    len = len.saturating_add(chapter.len()).saturating_add(1);
                    some.push(chapter);
                }
                // The rest of it is on its way, or it never comes and is cut.
                Step::End | Step::Torn { .. } => {
                    self.is_at_end = true;
                    break;
                }
                Step::Damaged { cell } => {
                    return Err(OpenError::Damaged { offset: cell.saturating_mul(CELL_U64) });
                }
            }
        }
        if !some.is_empty() {
            self.log.sync()?;
        }
        Ok(some)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::atomic::{AtomicBool, AtomicU64, Ordering},
    };

    use jiff::Timestamp;

    use super::*;
    use crate::embedded::{
        cell::{Cell, Kind, file_head},
        log::FIRST,
    };

    /// A log whose end is seen bit by bit, on a disk that may refuse.
    #[derive(Debug)]
    struct Served {
        bytes: Vec<u8>,
        seen: AtomicU64,
        synced: AtomicU64,
        refuses: AtomicBool,
    }

    impl Blob for Served {
        fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
            let seen = usize::try_from(self.seen.load(Ordering::SeqCst)).unwrap();
            let rest = self.bytes[..seen].get(usize::try_from(offset).unwrap()..);
            let rest = rest.unwrap_or_default();
            let n = rest.len().min(bytes.len());
            bytes[..n].copy_from_slice(&rest[..n]);
            Ok(n)
        }

        fn write_at(&self, _: &[u8], _: u64) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn sync(&self) -> io::Result<()> {
            if self.refuses.load(Ordering::SeqCst) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.synced.store(self.seen.load(Ordering::SeqCst), Ordering::SeqCst);
            Ok(())
        }

        fn len(&self) -> io::Result<u64> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn cut(&self, _: u64) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    /// Batches that only let time pass, of which the file's head alone is seen.
    fn served(batches: u64) -> Arc<Served> {
        let mut bytes = file_head().to_vec();
        for cell in FIRST..=batches {
            let now = Timestamp::from_second(i64::try_from(cell).unwrap()).unwrap();
            Cell::Head { kind: Kind::Tick, rows: 0, group: cell, now }.write(cell, &mut bytes);
        }
        Arc::new(Served {
            bytes,
            seen: AtomicU64::new(CELL_U64),
            synced: AtomicU64::new(0),
            refuses: AtomicBool::new(false),
        })
    }

    fn instants(batches: &[Chapter]) -> Vec<i64> {
        batches.iter().map(|batch| batch.now.as_second()).collect()
    }

    #[test]
    fn what_comes_behind_so_many_is_handed_out_again() {
        let log = served(2_100);
        log.seen.store(2_101 * CELL_U64, Ordering::SeqCst);
        let mut following = Following::on(log).unwrap();
        while !following.is_at_end() {
            following.batches(500).unwrap();
        }

        for (skipped, wanted) in [
            (0, (1, 2_100)),
            (1, (2, 2_099)),
            (1_023, (1_024, 1_077)),
            (1_024, (1_025, 1_076)),
            (2_099, (2_100, 1)),
        ] {
            let rest: Vec<Chapter> = following.after(skipped).map(Result::unwrap).collect();
            assert_eq!((instants(&rest)[0], rest.len()), wanted);
        }
        assert_eq!((following.after(2_100).count(), following.after(9_999).count()), (0, 0));
    }

    #[test]
    fn each_batch_is_followed_once_when_it_is_whole_and_durable() {
        let log = served(3);
        let mut following = Following::on(log.clone()).unwrap();
        let mut seen = |cells: u64, bytes: u64| {
            log.seen.store(cells * CELL_U64 + bytes, Ordering::SeqCst);
            let seen = instants(&following.batches(2).unwrap());
            (seen, following.place(), following.is_at_end())
        };

        assert_eq!(seen(1, 0), (vec![], LogPlace::START, true));
        let (first, second, _) = seen(2, 0);
        assert_eq!(first, [1]);
        assert_eq!(seen(2, 60), (vec![], second, true), "half of one is none");
        let (rest, _, is_at_end) = seen(4, 0);
        assert_eq!((rest, is_at_end), (vec![2, 3], false), "so many were asked for");
        let (none, _, is_at_end) = seen(4, 0);
        assert_eq!((none, is_at_end), (vec![], true));
        let again: Vec<Chapter> = following.again(second).map(Result::unwrap).collect();
        assert_eq!(instants(&again), [2, 3]);
        let all = following.again(LogPlace::START).map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(instants(&all), [1, 2, 3]);
        assert_eq!(log.synced.load(Ordering::SeqCst), 4 * CELL_U64);
    }

    #[test]
    fn what_the_disk_may_lose_is_not_handed_out() {
        let log = served(3);
        let mut following = Following::on(log.clone()).unwrap();
        log.seen.store(4 * CELL_U64, Ordering::SeqCst);
        log.refuses.store(true, Ordering::SeqCst);

        assert!(matches!(following.batches(1), Err(OpenError::Io(_))));
    }
}
