//! The messages in memory, and the file that outlives the process.

use std::{
    collections::{BTreeSet, VecDeque},
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, Write as _},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{MESSAGES_MAX, Message};

/// Oldest first, behind one lock with the file, so that both have the same order.
#[derive(Debug, Default)]
pub(super) struct Store(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    messages: VecDeque<Message>,
    file: Option<File>,
}

impl Held {
    fn remember(&mut self, message: Message) {
        if self.messages.len() >= MESSAGES_MAX {
            self.messages.pop_front();
        }
        self.messages.push_back(message);
    }

    fn write(&mut self, message: &Message) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        file.write_all(&line)
    }
}

impl Store {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut held = Held::default();
        let mut is_cut = false;
        for line in BufReader::new(&file).split(b'\n') {
            let line = line?;
            match serde_json::from_slice(&line) {
                Ok(message) => held.remember(message),
                Err(_) => is_cut = is_cut || !line.is_empty(),
            }
        }
        if is_cut {
            // The next message must not be glued to half a line.
            file.write_all(b"\n")?;
        }
        held.file = Some(file);
        Ok(Self(Mutex::new(held)))
    }

    pub(super) fn add(&self, message: Message) {
        let mut held = self.lock();
        if let Err(error) = held.write(&message) {
            tracing::warn!(error = %error, "the demo inbox could not write a message to its file");
        }
        held.remember(message);
    }

    pub(super) fn list(&self, person: Option<&str>) -> Vec<Message> {
        let held = self.lock();
        let wanted = held.messages.iter().rev();
        wanted.filter(|m| person.is_none_or(|name| m.person == name)).cloned().collect()
    }

    pub(super) fn people(&self) -> Vec<String> {
        let held = self.lock();
        let names: BTreeSet<&String> = held.messages.iter().map(|m| &m.person).collect();
        names.into_iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
