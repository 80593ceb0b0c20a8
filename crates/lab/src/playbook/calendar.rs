//! When a run begins, where the month's edge is, and when it is over.

use jiff::{Timestamp, civil::datetime};
use kanuki_domain::mandate::later;

use crate::{policy::Halt, sim::clock::instant};

const DAY_SECS: i64 = 86_400;
/// Days from the month's edge to the halt of new links: 1 to 10 September, as in 2020.
const HALT_DAYS: i64 = 9;
/// Days from the halt until the thief is done with what was linked before it.
const TAIL_DAYS: i64 = 2;
/// Days after the attack at which the loss is counted.
const COUNT_DAYS: i64 = 30;

/// Days after the honest are done, until everything has come to rest.
const REST_DAYS: i64 = 9;

/// The instants that a run turns on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calendar {
    /// The first instant.
    pub(crate) start: Timestamp,
    /// Until when honest people are about.
    pub(crate) honest_until: Timestamp,
    /// Midnight of the first of the month.
    pub(crate) edge: Timestamp,
    /// When new links are halted.
    pub(crate) halt: Halt,
    /// When the thief is done.
    pub(crate) attack_end: Timestamp,
    /// When the loss is counted.
    pub(crate) end: Timestamp,
}

impl Calendar {
    /// The calendar of a run whose honest people are about for `days`: two fifths of them before
    /// the month's edge, and all within the month before it.
    pub(crate) fn of(days: u32) -> Self {
        let days = i64::from(days);
        let before = days.saturating_mul(2).checked_div(5).unwrap_or(0).clamp(3, 28);
        let edge = instant(datetime(2026, 9, 1, 0, 0, 0, 0));
        let start = later(edge, before.saturating_mul(-DAY_SECS));
        let halt_at = later(edge, HALT_DAYS * DAY_SECS);
        let attack_end = later(halt_at, TAIL_DAYS * DAY_SECS);
        Self {
            start,
            honest_until: later(start, days.saturating_mul(DAY_SECS)),
            edge,
            halt: Halt { at: halt_at },
            attack_end,
            // What is sent on the last day and never claimed is back a week later.
            end: later(attack_end, COUNT_DAYS * DAY_SECS)
                .max(later(start, days.saturating_add(REST_DAYS).saturating_mul(DAY_SECS))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::clock::japan;

    #[test]
    fn every_run_crosses_the_edge_of_the_month_and_the_halt() {
        for days in [3, 40, 365] {
            let calendar = Calendar::of(days);

            assert_eq!(japan(calendar.edge).to_string(), "2026-09-01T00:00:00");
            assert_eq!(japan(calendar.start).date().month(), 8);
            assert!(calendar.start < calendar.edge && calendar.edge < calendar.halt.at);
            assert!(calendar.attack_end < calendar.end);
            assert!(later(calendar.honest_until, 8 * DAY_SECS) < calendar.end, "{days}");
        }
    }
}
