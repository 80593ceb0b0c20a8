//! A disk for trials: it forgets what was not made durable, tears writes, fills up, refuses.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::disk::{Blob, Device};

/// What survives of something that was written and not made durable when the power went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Survives {
    /// Nothing.
    Nothing,
    /// Everything.
    Everything,
    /// Some sectors, chosen by this seed.
    Some(u64),
}

const SECTOR: usize = 512;

#[derive(Clone, Debug, Default)]
struct Content {
    durable: Vec<u8>,
    now: Vec<u8>,
}

impl Content {
    /// What is there after the power comes back.
    fn after(&self, survives: Survives) -> Vec<u8> {
        let seed = match survives {
            Survives::Nothing => return self.durable.clone(),
            Survives::Everything => return self.now.clone(),
            Survives::Some(seed) => seed,
        };
        let mut left = self.durable.clone();
        left.resize(self.now.len().max(left.len()), 0);
        let sectors = left.chunks_mut(SECTOR).zip(self.now.chunks(SECTOR));
        for (place, (old, new)) in sectors.enumerate() {
            let place = u64::try_from(place).unwrap();
            let dice = (place ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17);
            if dice.wrapping_mul(0xa409_3822_299f_31d1) >> 63 == 1 {
                old[..new.len()].copy_from_slice(new);
            }
        }
        left
    }
}

/// The disk.
#[derive(Debug, Default)]
pub(super) struct Trial {
    files: Mutex<BTreeMap<u64, Content>>,
    names: Mutex<BTreeMap<String, u64>>,
    durable_names: Mutex<BTreeMap<String, u64>>,
    /// Writes to files since [`Trial::full_after`].
    pub(super) writes: AtomicU64,
    room: Mutex<Option<u64>>,
    /// Writes, syncs, cuts and renames so far.
    pub(super) steps: AtomicU64,
    /// The step at which the power goes.
    power: Mutex<Option<u64>>,
    read_only: Mutex<bool>,
    short: Mutex<BTreeSet<u64>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Trial {
    /// From now on there is room for so many writes.
    pub(super) fn full_after(&self, writes: u64) {
        self.writes.store(0, Ordering::SeqCst);
        *locked(&self.room) = Some(writes);
    }

    /// The power goes at this step, in the middle of it.
    pub(super) fn power_goes_at(&self, step: u64) {
        *locked(&self.power) = Some(step);
    }

    pub(super) fn make_read_only(&self) {
        *locked(&self.read_only) = true;
    }

    /// The disk after the power came back.
    pub(super) fn after_power_cut(&self, survives: Survives) -> Self {
        let before = locked(&self.files).clone();
        let files = before.iter().map(|(id, content)| {
            let left = content.after(survives);
            (*id, Content { durable: left.clone(), now: left })
        });
        let names = match survives {
            Survives::Nothing | Survives::Some(_) => locked(&self.durable_names).clone(),
            Survives::Everything => locked(&self.names).clone(),
        };
        Self {
            files: Mutex::new(files.collect()),
            durable_names: Mutex::new(names.clone()),
            names: Mutex::new(names),
            ..Self::default()
        }
    }

    /// A file's bytes.
    pub(super) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let id = *locked(&self.names).get(name)?;
        locked(&self.files).get(&id).map(|content| content.now.clone())
    }

    /// Gives a file other bytes, durably.
    pub(super) fn put(&self, name: &str, bytes: Vec<u8>) {
        let id = locked(&self.names)[name];
        locked(&self.files).insert(id, Content { durable: bytes.clone(), now: bytes });
    }

    /// Flips a bit of a file.
    pub(super) fn flip(&self, name: &str, byte: usize, bit: u8) {
        let id = locked(&self.names)[name];
        let mut files = locked(&self.files);
        files.get_mut(&id).unwrap().now[byte] ^= 1 << bit;
    }

    /// One more step; an error once the power is gone. `true`: it goes in the middle of this one.
    fn step(&self) -> io::Result<bool> {
        if *locked(&self.read_only) {
            return Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem));
        }
        let step = self.steps.fetch_add(1, Ordering::SeqCst);
        match *locked(&self.power) {
            Some(end) if step > end => Err(io::Error::other("the power is gone")),
            Some(end) => Ok(step == end),
            None => Ok(false),
        }
    }
}

#[derive(Debug)]
struct TrialFile {
    disk: Arc<Trial>,
    id: u64,
}

impl Device for Arc<Trial> {
    fn open(&self, name: &str) -> io::Result<Arc<dyn Blob>> {
        let mut names = locked(&self.names);
        let next = u64::try_from(locked(&self.files).len()).unwrap();
        let id = *names.entry(name.to_owned()).or_insert(next);
        locked(&self.files).entry(id).or_default();
        Ok(Arc::new(TrialFile { disk: Self::clone(self), id }))
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        Ok(locked(&self.names).contains_key(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let dies = self.step()?;
        let mut names = locked(&self.names);
        let id = names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        names.insert(to.to_owned(), id);
        if dies { Err(io::Error::other("the power went")) } else { Ok(()) }
    }

    fn sync(&self) -> io::Result<()> {
        let dies = self.step()?;
        if dies {
            return Err(io::Error::other("the power went"));
        }
        *locked(&self.durable_names) = locked(&self.names).clone();
        Ok(())
    }
}

impl Blob for TrialFile {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let files = locked(&self.disk.files);
        let from = usize::try_from(offset).unwrap();
        let rest = files[&self.id].now.get(from..).unwrap_or_default();
        // Reads are short now and then: nobody promised otherwise.
        let is_short = !locked(&self.disk.short).insert(offset);
        let most = if is_short { rest.len().min(bytes.len()) } else { rest.len().min(100) };
        let n = most.min(bytes.len());
        bytes[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let dies = self.disk.step()?;
        let room = *locked(&self.disk.room);
        let is_full = room.is_some_and(|room| self.disk.writes.load(Ordering::SeqCst) >= room);
        // Both a full disk and a power cut leave some of it.
        let done = if dies || is_full { bytes.len() >> 1 } else { bytes.len() };
        let mut files = locked(&self.disk.files);
        let now = &mut files.get_mut(&self.id).unwrap().now;
        let from = usize::try_from(offset).unwrap();
        now.resize(now.len().max(from + done), 0);
        now[from..from + done].copy_from_slice(&bytes[..done]);
        if is_full {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        self.disk.writes.fetch_add(1, Ordering::SeqCst);
        if dies { Err(io::Error::other("the power went")) } else { Ok(()) }
    }

    fn sync(&self) -> io::Result<()> {
        if self.disk.step()? {
            return Err(io::Error::other("the power went"));
        }
        let mut files = locked(&self.disk.files);
        let content = files.get_mut(&self.id).unwrap();
        content.durable = content.now.clone();
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(u64::try_from(locked(&self.disk.files)[&self.id].now.len()).unwrap())
    }

    fn cut(&self, len: u64) -> io::Result<()> {
        if self.disk.step()? {
            return Err(io::Error::other("the power went"));
        }
        let mut files = locked(&self.disk.files);
        let content = files.get_mut(&self.id).unwrap();
        content.now.resize(usize::try_from(len).unwrap(), 0);
        content.durable = content.now.clone();
        Ok(())
    }
}
