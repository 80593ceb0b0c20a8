//! Where messages end up: everyone's mailbox, telephone and letterbox.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use jiff::Timestamp;
use kanuki_domain::mandate::later;
use kanuki_site::{
    Clock as _,
    courier::{Channel, Courier, CourierError, Letter},
};

use super::tamper::Spoil;
use crate::sim::clock::SimClock;

/// How long a letter on paper takes.
const PAPER_SECS: i64 = 2 * 86_400;

/// A message and when it can be read.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// When it arrived.
    pub(crate) at: Timestamp,
    /// What it says.
    pub(crate) letter: Letter,
}

/// Every message by its address.
#[derive(Debug)]
pub(crate) struct Post {
    clock: Arc<SimClock>,
    spoils: Option<Spoil>,
    boxes: Mutex<BTreeMap<String, Vec<Received>>>,
}

impl Post {
    pub(crate) const fn new(clock: Arc<SimClock>, spoils: Option<Spoil>) -> Self {
        Self { clock, spoils, boxes: Mutex::new(BTreeMap::new()) }
    }

    /// What has arrived at `to`, oldest first.
    pub(crate) fn read(&self, to: &str) -> Vec<Received> {
        let boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let all = boxes.get(to).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(|received| received.at <= now).cloned().collect()
    }
}

#[async_trait]
impl Courier for Post {
    async fn deliver(&self, letter: Letter) -> Result<(), CourierError> {
        let letter = match self.spoils {
            Some(spoil) => spoil(letter),
            None => letter,
        };
        let takes_secs = match letter.channel {
            Channel::Mail | Channel::Sms | Channel::Push => 0,
            Channel::Post => PAPER_SECS,
        };
        let at = later(self.clock.now(), takes_secs);
        let mut boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        boxes.entry(letter.to.clone()).or_default().push(Received { at, letter });
        Ok(())
    }
}
