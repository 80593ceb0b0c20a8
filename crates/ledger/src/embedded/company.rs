//! Who else is coming: many callers share one wait for the disk only if the thread waits for them.
//!
//! The first of many who were just answered would otherwise ask for the next thing, be written alone,
//! and have all the others wait for the disk twice.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{
    Shared,
    writer::{GROUP_MAX, Job},
};

/// How long the thread waits at most for those who are on their way: about what a sync takes.
const LONGEST: Duration = Duration::from_micros(200);

/// How long it waits at least, so that it learns when waiting is worth it again.
const SHORTEST: Duration = Duration::from_micros(5);

/// The queue, and how long whoever may be on their way to it is waited for.
pub(super) struct Company {
    queue: mpsc::Receiver<Job>,
    patience: Duration,
    /// Since when somebody is waited for, in this group.
    since: Option<Instant>,
    /// How many there were then.
    before: usize,
}

impl Company {
    pub(super) const fn new(queue: mpsc::Receiver<Job>) -> Self {
        Self { queue, patience: LONGEST, since: None, before: 0 }
    }

    /// Waits for somebody; false when nobody can come any more.
    pub(super) fn wait(&mut self, jobs: &mut Vec<Job>) -> bool {
        self.queue.blocking_recv_many(jobs, GROUP_MAX) > 0
    }

    /// A new group.
    pub(super) const fn begin(&mut self) {
        self.since = None;
    }

    /// Whoever is there already, if the group has so many.
    pub(super) fn take(&mut self, jobs: &mut Vec<Job>, group: usize) {
        while jobs.len().saturating_add(group) < GROUP_MAX
            && let Ok(job) = self.queue.try_recv()
        {
            jobs.push(job);
        }
    }

    /// Whether to look again before the group of so many `jobs`, of them `writes`, is written.
    ///
    /// Whoever was answered and has not run since still has a wish, so there is somebody to wait for
    /// exactly while there are more wishes than writes in hand. The thread gives its processor away
    /// meanwhile. Where nobody came it waits half as long the next time, so that one who never does
    /// holds nobody up.
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a thread waits is no time of the books"
    )]
    pub(super) fn is_coming(&mut self, shared: &Shared, jobs: usize, writes: usize) -> bool {
        let has_more = shared.wishes.load(Ordering::SeqCst) > writes;
        let since = match self.since {
            None if !has_more || jobs >= GROUP_MAX => return false,
            None => {
                self.before = jobs;
                *self.since.insert(Instant::now())
            }
            Some(since) => since,
        };
        let is_late = since.elapsed() >= self.patience;
        if has_more && jobs < GROUP_MAX && !is_late {
            std::thread::yield_now();
            return true;
        }
        let is_in_vain = is_late && jobs == self.before;
        let half = self.patience.checked_div(2).unwrap_or(SHORTEST);
        self.patience = if is_in_vain { half.max(SHORTEST) } else { LONGEST };
        false
    }
}
