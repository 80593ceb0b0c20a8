//! Bytes on their way to the disk while the next ones are made.
//!
//! A large batch is handed over in parts. Another thread gives each cell its checksum and writes it,
//! so that only the disk is left to wait for when the last transfer is made. Nothing of it counts
//! before the heads of its batches are there, and they are written last. A part is not made durable
//! alone: where others use the disk as well, more syncs cost more than what they take off the last.

use std::{
    io,
    sync::{Arc, mpsc},
    thread::JoinHandle,
};

use super::{
    cell::{CELL, CELL_U64, seal_all},
    disk::Blob,
};

/// Something to be done, in this order.
#[derive(Debug)]
enum Load {
    /// Cells without checksums, and the number of the first.
    Cells(Vec<u8>, u64),
    /// Makes everything durable and answers.
    Commit,
}

/// What became of everything since the last answer, and the room that it came in.
type Done = (io::Result<()>, Vec<Vec<u8>>);

/// The thread that brings cells to the disk.
#[derive(Debug)]
pub(super) struct Courier {
    loads: Option<mpsc::Sender<Load>>,
    done: mpsc::Receiver<Done>,
    thread: Option<JoinHandle<()>>,
    /// Room that came back, to be filled again: new memory costs more than what is put in.
    room: Vec<Vec<u8>>,
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.loads = None;
        if let Some(thread) = self.thread.take() {
            // If it panicked, the commit that waited for it failed.
            drop(thread.join());
        }
    }
}

fn gone() -> io::Error {
    io::Error::other("the ledger's thread for the disk is gone")
}

impl Courier {
    /// Starts it.
    pub(super) fn start(blob: Arc<dyn Blob>) -> io::Result<Self> {
        let (loads, todo) = mpsc::channel();
        let (tell, done) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("kanuki-disk".to_owned())
            .spawn(move || run(&*blob, &todo, &tell))?;
        Ok(Self { loads: Some(loads), done, thread: Some(thread), room: Vec::new() })
    }

    fn give(&self, load: Load) -> io::Result<()> {
        let loads = self.loads.as_ref().ok_or_else(gone)?;
        loads.send(load).map_err(|_| gone())
    }

    /// Takes `cells`, which have no checksums yet and of which `first` is the number of the first, and
    /// leaves empty room behind.
    pub(super) fn take(&mut self, cells: &mut Vec<u8>, first: u64) -> io::Result<()> {
        let empty = self.room.pop().unwrap_or_default();
        self.give(Load::Cells(std::mem::replace(cells, empty), first))
    }

    /// Begins to make everything durable that was taken; [`Self::wait`] tells what became of it.
    pub(super) fn commit(&self) -> io::Result<()> {
        self.give(Load::Commit)
    }

    /// Waits until it is.
    pub(super) fn wait(&mut self) -> io::Result<()> {
        let (result, room) = self.done.recv().map_err(|_| gone())?;
        self.room.extend(room);
        result
    }
}

fn run(blob: &dyn Blob, todo: &mpsc::Receiver<Load>, tell: &mpsc::Sender<Done>) {
    let mut result = Ok(());
    let mut room = Vec::new();
    while let Ok(load) = todo.recv() {
        // Behind a failure nothing is written: nobody knows what the disk holds.
        match load {
            Load::Cells(mut cells, first) => {
                result = result.and_then(|()| write(blob, &mut cells, first));
                // A head alone is no room worth keeping.
                if cells.len() > CELL {
                    cells.clear();
                    room.push(cells);
                }
            }
            Load::Commit => {
                let made = std::mem::replace(&mut result, Ok(())).and_then(|()| blob.sync());
                if tell.send((made, std::mem::take(&mut room))).is_err() {
                    return;
                }
            }
        }
    }
}

fn write(blob: &dyn Blob, cells: &mut [u8], first: u64) -> io::Result<()> {
    seal_all(cells, first);
    blob.write_at(cells, first.saturating_mul(CELL_U64))
}
