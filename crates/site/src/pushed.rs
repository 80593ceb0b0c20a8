//! Event tokens that anybody may push to us, counted by where they come from for as long as they prove
//! nothing.
//!
//! Only a token's signature says whose it is: its key's name and its issuer can be copied. So what proves
//! nothing is counted, and never what a partner signed: behind one address both may stand.

use kanuki_domain::limits::DAY_SECS;

use crate::{Site, caller::Caller};

/// So many tokens of one address that proved nothing are each told why, in a minute.
pub const TOLD_PER_MINUTE: u32 = 60;
/// So many of them are looked at: each costs a signature to check. Where a partner has proven itself within
/// the day, all are, and what is not proven is still refused unheard.
pub const LOOKED_AT_PER_MINUTE: u32 = 600;
/// So many times as much may come from a whole network: most of it are neighbors.
const NETWORK_TIMES: u32 = 10;

/// What follows from one more token that proved nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// Its sender is told what was wrong with it.
    Told,
    /// Its sender is told to come again after so many seconds.
    Closed {
        /// After how many.
        secs: u32,
        /// The first one of this minute: people are to hear of it.
        is_first: bool,
    },
}

fn known(caller: &Caller) -> String {
    format!("pushed-proven|{}", caller.line)
}

/// By what a token that proves nothing is counted, and how many times as much it may be.
fn counted(caller: &Caller) -> [(String, u32); 2] {
    let of = |name: &str| format!("pushed-unproven|{name}");
    [(of(&caller.line), 1), (of(&caller.address_block), NETWORK_TIMES)]
}

/// For how many seconds no token from here is looked at; nothing where one is.
#[must_use]
pub fn unheard_for(site: &Site, caller: &Caller) -> Option<u32> {
    let (rates, now) = (&site.rates, site.world.now());
    if rates.closed_for(now, &known(caller), 1).is_some() {
        return None;
    }
    counted(caller).into_iter().find_map(|(key, times)| {
        rates.closed_for(now, &key, LOOKED_AT_PER_MINUTE.saturating_mul(times))
    })
}

/// Notes that a partner's signature came from here.
pub fn proven(site: &Site, caller: &Caller) {
    let _noted = site.rates.allow(site.world.now(), &known(caller), 1, DAY_SECS);
}

/// Counts a token that proved nothing.
#[must_use]
pub fn unproven(site: &Site, caller: &Caller) -> Unproven {
    let (rates, now) = (&site.rates, site.world.now());
    let mut answer = Unproven::Told;
    for (key, times) in counted(caller) {
        let most = TOLD_PER_MINUTE.saturating_mul(times);
        if let Some(secs) = rates.closed_for(now, &key, most) {
            let is_first = rates.closed_for(now, &key, most.saturating_add(1)).is_none();
            answer = match answer {
                Unproven::Closed { secs: before, is_first: was_first } => {
                    Unproven::Closed { secs: secs.max(before), is_first: is_first || was_first }
                }
                Unproven::Told => Unproven::Closed { secs, is_first },
            };
        }
        let _counted = rates.allow(now, &key, most, 60);
    }
    answer
}
