//! How fast one partner may ask, and how many of its pushed requests may wait for a browser at once
//! (RFC 9126 section 2.3).
//!
//! Counted only for who has proven to be the partner: a stranger who could count would shut it out.
//! For the same reason a request that somebody sends again takes nothing from what its sender may ask.
//!
//! In memory of one node: with several nodes the limits multiply. They are about what a partner costs,
//! never about money, which is counted in the ledger.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use kanuki_domain::{
    id::ParId,
    limits::{PARTNER_PUSHES_PER_MINUTE, PARTNER_REQUESTS_PER_MINUTE, PARTNER_UNFINISHED_MAX},
};

use crate::BankError;

/// How long a window is, in seconds.
const WINDOW_SECS: i64 = 60;

/// What a partner asks at; each is counted by itself, so that one which is asked too often closes no
/// other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// `/par`.
    Push,
    /// `/token`.
    Token,
    /// `/bc-authorize`.
    Decoupled,
    /// `/revoke`.
    Revoke,
    /// `/introspect`.
    Introspect,
    /// `/debits`, to take and to ask.
    Debits,
    /// `/credits`, to pay and to ask.
    Credits,
    /// `/grants`, and whatever else a token opens.
    Grants,
}

/// How many doors there are.
const DOORS: usize = 8;

impl Door {
    /// The door at `path`.
    pub(crate) fn of(path: &str) -> Self {
        match path.trim_start_matches('/').split('/').next() {
            Some("par") => Self::Push,
            Some("token") => Self::Token,
            Some("bc-authorize") => Self::Decoupled,
            Some("revoke") => Self::Revoke,
            Some("introspect") => Self::Introspect,
            Some("debits") => Self::Debits,
            Some("credits") => Self::Credits,
            Some(_) | None => Self::Grants,
        }
    }

    const fn place(self) -> usize {
        match self {
            Self::Push => 0,
            Self::Token => 1,
            Self::Decoupled => 2,
            Self::Revoke => 3,
            Self::Introspect => 4,
            Self::Debits => 5,
            Self::Credits => 6,
            Self::Grants => 7,
        }
    }
}

/// What each partner may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pushed requests and decoupled ones in a minute, each: they leave rows that nobody may ever come
    /// for.
    pub pushes_per_minute: u32,
    /// Requests in a minute at any other one endpoint.
    pub requests_per_minute: u32,
    /// Pushed requests that are neither answered nor over.
    pub unfinished: usize,
}

impl Limits {
    /// The default ones.
    pub const STANDARD: Self = Self {
        pushes_per_minute: PARTNER_PUSHES_PER_MINUTE,
        requests_per_minute: PARTNER_REQUESTS_PER_MINUTE,
        unfinished: PARTNER_UNFINISHED_MAX,
    };

    const fn at(&self, door: Door) -> u32 {
        match door {
            Door::Push | Door::Decoupled => self.pushes_per_minute,
            Door::Token
            | Door::Revoke
            | Door::Introspect
            | Door::Debits
            | Door::Credits
            | Door::Grants => self.requests_per_minute,
        }
    }
}

/// The minute that is counted, by the second in which it ends.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    ends_at: i64,
    count: u32,
}

/// What one partner has asked.
#[derive(Debug, Default)]
struct Asking {
    windows: [Window; DOORS],
    /// Pushed requests that nobody has answered, by when they are over; and when each of them is.
    open: BTreeSet<(i64, u128)>,
    until: HashMap<u128, i64>,
    /// Places for requests that are being looked at.
    held: usize,
}

impl Asking {
    /// Forgets what is over by itself.
    fn age(&mut self, now: i64) {
        while self.open.first().is_some_and(|(until, _)| *until <= now) {
            if let Some((_, name)) = self.open.pop_first() {
                self.until.remove(&name);
            }
        }
    }

    /// Keeps a request until then.
    fn keep(&mut self, name: u128, until: i64) {
        self.forget(name);
        self.open.insert((until, name));
        self.until.insert(name, until);
    }

    /// True if it was there.
    fn forget(&mut self, name: u128) -> bool {
        let known = self.until.remove(&name);
        known.is_some_and(|until| self.open.remove(&(until, name)))
    }
}

/// The counts of this node.
pub struct Pace {
    limits: Limits,
    partners: Mutex<HashMap<String, Asking>>,
}

impl Default for Pace {
    fn default() -> Self {
        Self::new(Limits::STANDARD)
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// One request that was counted.
#[derive(Debug)]
pub(crate) struct Counted {
    pace: Arc<Pace>,
    client_id: String,
    door: Door,
    ends_at: i64,
}

impl Counted {
    /// Somebody sent again what its sender had sent: it is not the sender's.
    pub(crate) fn take_back(self) {
        let mut partners = self.pace.lock();
        let asking = partners.get_mut(&self.client_id);
        let window = asking.and_then(|asking| asking.windows.get_mut(self.door.place()));
        if let Some(window) = window.filter(|window| window.ends_at == self.ends_at) {
            window.count = window.count.saturating_sub(1);
        }
    }
}

/// A place for a pushed request that is being looked at; given back where nothing comes of it.
#[derive(Debug)]
pub(crate) struct Place {
    pace: Arc<Pace>,
    client_id: String,
}

impl Place {
    /// The request was taken: it has the place until it is answered or over.
    pub(crate) fn taken(self, par_id: ParId, until: Timestamp) {
        let mut partners = self.pace.lock();
        if let Some(asking) = partners.get_mut(&self.client_id) {
            asking.keep(par_id.bits(), until.as_second());
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(asking) = self.pace.lock().get_mut(&self.client_id) {
            asking.held = asking.held.saturating_sub(1);
        }
    }
}

/// The refusal until `second`.
fn busy(now: i64, second: i64) -> BankError {
    let secs = second.saturating_sub(now).clamp(1, WINDOW_SECS);
    BankError::Busy { secs: u32::try_from(secs).unwrap_or(1) }
}

impl Pace {
    /// Counts by `limits`, from nothing.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, partners: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Asking>> {
        self.partners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one request of a partner that has proven itself; refuses it, and counts nothing, where
    /// that is too many.
    pub(crate) fn ask(
        self: &Arc<Self>,
        now: Timestamp,
        client_id: &str,
        door: Door,
    ) -> Result<Counted, BankError> {
        let now = now.as_second();
        let mut partners = self.lock();
        let asking = of(&mut partners, client_id);
        let Some(window) = asking.windows.get_mut(door.place()) else {
            return Err(busy(now, now));
        };
        if now >= window.ends_at {
            *window = Window { ends_at: now.saturating_add(WINDOW_SECS), count: 0 };
        }
        if window.count >= self.limits.at(door) {
            return Err(busy(now, window.ends_at));
        }
        window.count = window.count.saturating_add(1);
        let (client_id, ends_at) = (client_id.to_owned(), window.ends_at);
        Ok(Counted { pace: Arc::clone(self), client_id, door, ends_at })
    }

    /// A place for one more pushed request.
    pub(crate) fn place(
        self: &Arc<Self>,
        now: Timestamp,
        client_id: &str,
    ) -> Result<Place, BankError> {
        let now = now.as_second();
        let mut partners = self.lock();
        let asking = of(&mut partners, client_id);
        asking.age(now);
        if asking.open.len().saturating_add(asking.held) >= self.limits.unfinished {
            let first = asking.open.first().map_or(now, |(until, _)| *until);
            return Err(busy(now, first));
        }
        asking.held = asking.held.saturating_add(1);
        Ok(Place { pace: Arc::clone(self), client_id: client_id.to_owned() })
    }

    /// A browser came with a pushed request, which has until then to be answered.
    pub(crate) fn came(&self, client_id: &str, par_id: ParId, until: Timestamp) {
        let mut partners = self.lock();
        let Some(asking) = partners.get_mut(client_id) else { return };
        if asking.forget(par_id.bits()) {
            asking.keep(par_id.bits(), until.as_second());
        }
    }

    /// A pushed request was answered: another may come.
    pub(crate) fn answered(&self, client_id: &str, par_id: ParId) {
        if let Some(asking) = self.lock().get_mut(client_id) {
            asking.forget(par_id.bits());
        }
    }
}

/// What this partner has asked. There are as many names as there are partners.
fn of<'a>(partners: &'a mut HashMap<String, Asking>, client_id: &str) -> &'a mut Asking {
    partners.entry(client_id.to_owned()).or_default()
}

#[cfg(test)]
mod tests {
    use kanuki_domain::mandate::later;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn pace(pushes_per_minute: u32, unfinished: usize) -> Arc<Pace> {
        Arc::new(Pace::new(Limits { pushes_per_minute, requests_per_minute: 2, unfinished }))
    }

    fn secs(refused: BankError) -> u32 {
        let BankError::Busy { secs } = refused else { panic!("{refused:?}") };
        secs
    }

    #[test]
    fn a_minute_is_used_up_for_one_partner_at_one_door() {
        let pace = pace(2, 9);
        let ask = |secs, who: &str, door| pace.ask(later(START, secs), who, door);
        for _ in 0..2 {
            assert!(ask(0, "a", Door::Push).is_ok());
        }

        assert_eq!(secs(ask(50, "a", Door::Push).unwrap_err()), 10);
        assert!(ask(50, "a", Door::Token).is_ok());
        assert!(ask(50, "b", Door::Push).is_ok());
        assert!(ask(60, "a", Door::Push).is_ok());
    }

    #[test]
    fn what_was_sent_again_is_given_back_to_its_minute_only() {
        let pace = pace(1, 9);
        let first = pace.ask(START, "a", Door::Push).unwrap();
        first.take_back();
        let late = pace.ask(START, "a", Door::Push).unwrap();
        let next = later(START, 60);
        assert!(pace.ask(next, "a", Door::Push).is_ok());
        late.take_back();

        assert!(pace.ask(next, "a", Door::Push).is_err());
    }

    #[test]
    fn open_requests_have_an_end_and_what_comes_to_nothing_has_no_place() {
        let pace = pace(9, 2);
        let (one, two) = (ParId::from_bits(1), ParId::from_bits(2));
        let until = later(START, 300);
        pace.place(START, "a").unwrap().taken(one, until);
        let held = pace.place(START, "a").unwrap();
        assert_eq!(secs(pace.place(START, "a").unwrap_err()), 60);
        drop(held);
        pace.place(START, "a").unwrap().taken(two, until);

        assert!(pace.place(START, "a").is_err());
        assert!(pace.place(START, "b").is_ok());
        pace.came("a", two, later(until, 60));
        pace.answered("a", one);
        let other = pace.place(START, "a").unwrap();
        other.taken(ParId::from_bits(3), until);
        assert!(pace.place(later(until, -1), "a").is_err());
        let held = pace.place(until, "a").unwrap();
        assert!(pace.place(until, "a").is_err(), "one has longer since a browser came with it");
        drop(held);
        pace.came("a", one, later(until, 900));
        assert!(pace.place(until, "a").is_ok(), "what was answered does not come again");
    }

    #[test]
    fn every_door_has_a_place_of_its_own() {
        let paths = ["/par", "/token", "/bc-authorize", "/revoke", "/introspect", "/debits"];
        let more = ["/debits/dbt_1", "/credits", "/grants/grt_1"];
        let doors: Vec<Door> = paths.iter().chain(&more).map(|path| Door::of(path)).collect();
        let places: BTreeSet<usize> = doors.iter().map(|door| door.place()).collect();

        assert_eq!(doors[5], doors[6]);
        assert_eq!(places, (0..DOORS).collect());
    }
}
