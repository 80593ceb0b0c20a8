//! A clock that jumps ahead is not believed.
//!
//! One request by a clock that runs ahead gives every rolling cap back, ends every reservation and opens
//! every gate that is shut for a while, for good: time in the books only moves forward. Rows ripen and
//! are swept by it, too. So what the clock shows is held against the ones that only count, and where it
//! cannot be right, time is what those say: stops and payments go on.

use std::{
    fmt,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

/// A clock may be so far ahead of what it should show: what a machine is set right by.
const AHEAD: SignedDuration = SignedDuration::from_mins(1);

/// A clock that is brought right slowly gains a second in so many at most (500 parts per million).
const SLEW: u32 = 2_000;

/// How long ago something was, by a clock that only counts.
type Since = Box<dyn Fn() -> Duration + Send + Sync>;

/// What the clock showed once, and how long ago that is.
pub(crate) struct Steady {
    began: Timestamp,
    /// Stands still while the machine sleeps; cheap to ask.
    elapsed: Since,
    /// Counts on while the machine sleeps.
    with_sleep: Since,
    /// How long it slept, in nanoseconds, as far as that was asked.
    slept: AtomicU64,
    has_jumped: AtomicBool,
}

impl fmt::Debug for Steady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steady").field("began", &self.began).finish_non_exhaustive()
    }
}

impl Steady {
    /// From `began` on.
    pub(crate) fn new(began: Timestamp, elapsed: Since, with_sleep: Since) -> Self {
        let (slept, has_jumped) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { began, elapsed, with_sleep, slept, has_jumped }
    }

    /// The time, if the clock shows `shown`: that, or what can be at most where it cannot be right. A
    /// clock that is behind is believed: the books take the latest instant that they know.
    pub(crate) fn tell(&self, shown: Timestamp) -> Timestamp {
        if furthest(self.counted()).is_none_or(|most| shown <= self.after(most)) {
            self.has_jumped.store(false, Ordering::Relaxed);
            return shown;
        }
        let asleep = (self.with_sleep)().saturating_sub((self.elapsed)());
        let asleep = u64::try_from(asleep.as_nanos()).unwrap_or(u64::MAX);
        self.slept.fetch_max(asleep, Ordering::Relaxed);
        let counted = self.counted();
        if furthest(counted).is_none_or(|most| shown <= self.after(most)) {
            self.has_jumped.store(false, Ordering::Relaxed);
            return shown;
        }
        if !self.has_jumped.swap(true, Ordering::Relaxed) {
            tracing::error!(%shown, "the clock has jumped ahead and is not believed: set it right, or start again");
        }
        SignedDuration::try_from(counted).map_or(self.began, |since| self.after(since))
    }

    /// Whether the clock was not believed when it was asked last.
    pub(crate) fn has_jumped(&self) -> bool {
        self.has_jumped.load(Ordering::Relaxed)
    }

    fn counted(&self) -> Duration {
        let slept = Duration::from_nanos(self.slept.load(Ordering::Relaxed));
        (self.elapsed)().saturating_add(slept)
    }

    fn after(&self, since: SignedDuration) -> Timestamp {
        self.began.checked_add(since).unwrap_or(Timestamp::MAX)
    }
}

/// How far a clock may have come while `counted` passed; none: farther than can be told.
fn furthest(counted: Duration) -> Option<SignedDuration> {
    let gained = counted.checked_div(SLEW).unwrap_or_default();
    SignedDuration::try_from(counted.saturating_add(gained)).ok()?.checked_add(AHEAD)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const DAY: i64 = 86_400;

    fn at(secs: i64) -> Timestamp {
        Timestamp::new(1_800_000_000 + secs, 0).unwrap()
    }

    /// A clock that only counts, and a hand on it.
    fn counting() -> (Arc<AtomicU64>, Since) {
        let secs = Arc::new(AtomicU64::new(0));
        let read = Arc::clone(&secs);
        (secs, Box::new(move || Duration::from_secs(read.load(Ordering::SeqCst))))
    }

    #[test]
    fn a_clock_may_be_behind_slowly_brought_right_or_asleep_and_may_not_jump() {
        // Counted, the same with sleep, what the clock shows, and the time.
        for (counted, with_sleep, shown, told) in [
            (0, 0, 60, 60),
            (0, 0, 61, 0),
            (0, 0, -DAY, -DAY),
            (DAY, DAY, DAY + 60 + 43, DAY + 60 + 43),
            (DAY, DAY, DAY + 60 + 44, DAY),
            (DAY, DAY, 31 * DAY, DAY),
            (60, DAY, DAY, DAY),
            (60, DAY, 2 * DAY, DAY),
        ] {
            let [(running, elapsed), (all, asleep)] = [counting(), counting()];
            let steady = Steady::new(at(0), elapsed, asleep);
            running.store(u64::try_from(counted).unwrap(), Ordering::SeqCst);
            all.store(u64::try_from(with_sleep).unwrap(), Ordering::SeqCst);

            assert_eq!(steady.tell(at(shown)), at(told), "{counted} {with_sleep} {shown}");
            assert_eq!(steady.has_jumped(), told != shown);
        }
    }

    #[test]
    fn time_goes_on_beside_a_clock_that_jumped_and_follows_it_again_when_it_is_right() {
        let [(running, elapsed), (_, asleep)] = [counting(), counting()];
        let steady = Steady::new(at(0), elapsed, asleep);

        assert_eq!(steady.tell(at(31 * DAY)), at(0));
        running.store(3_600, Ordering::SeqCst);
        assert_eq!(steady.tell(at(31 * DAY + 3_600)), at(3_600));
        assert!(steady.has_jumped());

        assert_eq!(steady.tell(at(3_601)), at(3_601));
        assert!(!steady.has_jumped());
    }
}
