//! What a profile comes to for somebody who requires something of it (FT-10, FT-16, ZG-01): how far
//! each way keeps an attacker, and until when that stands.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kanuki_domain::barrier::{AttackPath, Barrier};

use super::{Assessment, CLAIM_DAYS_MAX, Holds, Profile};

/// What was found on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// How far each way keeps an attacker; the unknown is left out.
    pub found: BTreeMap<AttackPath, Barrier>,
    /// The last day on which every way keeps them as far: on the day after it a claim ends, or
    /// begins, and some way keeps them less.
    pub expires: Date,
}

impl Level {
    /// Looks at a profile as of `on`; only the ways in `of` count for its end.
    #[must_use]
    pub fn of(profile: &Profile, on: Date, of: &[AttackPath]) -> Self {
        let now = Assessment::of(profile, on);
        let known = AttackPath::ALL.map(|path| (path, now.barrier(path)));
        let found = known.into_iter().filter(|(_, barrier)| *barrier != Barrier::Unknown).collect();
        let is_less = |day: &Date| {
            let then = Assessment::of(profile, *day);
            of.iter().any(|path| then.barrier(*path) < now.barrier(*path))
        };
        let less = turns(profile, on).into_iter().find(is_less);
        let longest = on.saturating_add(jiff::Span::new().days(CLAIM_DAYS_MAX));
        let last = less.and_then(|day| day.yesterday().ok());
        Self { found, expires: last.unwrap_or(longest).min(longest) }
    }
}

/// The days after `on` on which a claim begins, or holds no more.
fn turns(profile: &Profile, on: Date) -> Vec<Date> {
    let mut days = Vec::new();
    for claim in &profile.claims {
        let (Holds::Expires(end) | Holds::Until(end)) = claim.holds;
        days.push(claim.since);
        days.extend(end.tomorrow());
    }
    days.retain(|day| *day > on);
    days.sort_unstable();
    days.dedup();
    days
}
