//! One queue that owns every wake-up.
//!
//! An actor is a future that sleeps on simulated time. The schedule takes the earliest wake-up,
//! sets the clock and polls that one actor until it sleeps again or ends; then the next. Two
//! wake-ups of one instant run in the order in which they were asked for. So however long a run
//! takes on the machine, its order is the same.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::Poll,
};

use jiff::Timestamp;
use kanuki_domain::mandate::later;
use kanuki_site::Clock as _;

use super::clock::SimClock;

type Actor = Pin<Box<dyn Future<Output = ()>>>;

/// The companies' own workers: what happens without anyone asking.
pub(crate) trait Workers {
    /// When they next have something to do.
    fn due_at(&self) -> Timestamp;

    /// Lets them do it.
    async fn tick(&self);
}

/// How an actor sleeps, and how actors are added while the world runs.
#[derive(Clone)]
pub(crate) struct Bed {
    clock: Arc<SimClock>,
    asleep_until: Rc<Cell<Option<Timestamp>>>,
    newborn: Rc<RefCell<Vec<(Timestamp, Actor)>>>,
}

impl std::fmt::Debug for Bed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bed")
    }
}

impl Bed {
    /// Sleeps until `at`; not at all if that is past.
    pub(crate) async fn until(&self, at: Timestamp) {
        if at <= self.clock.now() {
            return;
        }
        let mut was_polled = false;
        poll_fn(|_| {
            if was_polled {
                return Poll::Ready(());
            }
            was_polled = true;
            self.asleep_until.set(Some(at));
            Poll::Pending
        })
        .await;
    }

    /// Sleeps for `secs` seconds.
    pub(crate) async fn secs(&self, secs: i64) {
        self.until(later(self.clock.now(), secs)).await;
    }

    /// Adds an actor that first runs at `at`.
    pub(crate) fn spawn(&self, at: Timestamp, actor: impl Future<Output = ()> + 'static) {
        self.newborn.borrow_mut().push((at, Box::pin(actor)));
    }
}

/// Everyone who has something to do later.
pub(crate) struct Schedule {
    clock: Arc<SimClock>,
    queue: BTreeMap<(Timestamp, u64), Actor>,
    asked: u64,
    bed: Bed,
}

impl std::fmt::Debug for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Schedule").field("waiting", &self.queue.len()).finish_non_exhaustive()
    }
}

impl Schedule {
    pub(crate) fn new(clock: Arc<SimClock>) -> Self {
        let bed = Bed {
            clock: Arc::clone(&clock),
            asleep_until: Rc::new(Cell::new(None)),
            newborn: Rc::new(RefCell::new(Vec::new())),
        };
        Self { clock, queue: BTreeMap::new(), asked: 0, bed }
    }

    pub(crate) fn bed(&self) -> Bed {
        self.bed.clone()
    }

    /// Runs everything that happens before `end`, then sets the clock to it.
    pub(crate) async fn run(&mut self, end: Timestamp, workers: &impl Workers) {
        loop {
            self.admit();
            let due_at = workers.due_at().max(self.clock.now());
            let next = self.queue.first_key_value().map(|((at, _), _)| *at);
            let is_workers_turn = next.is_none_or(|at| due_at <= at);
            let at = if is_workers_turn { due_at } else { next.unwrap_or(end) };
            if at >= end {
                break;
            }
            self.clock.advance(at);
            if is_workers_turn {
                workers.tick().await;
            } else if let Some((_, actor)) = self.queue.pop_first() {
                self.step(actor).await;
            }
        }
        self.clock.advance(end);
    }

    /// Lets one actor run until it sleeps or ends. Any other waiting is for the machine, not for
    /// simulated time, and stops the world until it is over.
    async fn step(&mut self, mut actor: Actor) {
        let sleeps = &self.bed.asleep_until;
        let wakes_at = poll_fn(|cx| match actor.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => sleeps.take().map_or(Poll::Pending, |at| Poll::Ready(Some(at))),
        })
        .await;
        if let Some(at) = wakes_at {
            self.insert(at, actor);
        }
    }

    fn admit(&mut self) {
        let newborn = std::mem::take(&mut *self.bed.newborn.borrow_mut());
        for (at, actor) in newborn {
            self.insert(at, actor);
        }
    }

    fn insert(&mut self, at: Timestamp, actor: Actor) {
        self.asked = self.asked.saturating_add(1);
        self.queue.insert((at, self.asked), actor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Idle(Timestamp);

    impl Workers for Idle {
        fn due_at(&self) -> Timestamp {
            self.0
        }

        async fn tick(&self) {}
    }

    #[test]
    fn actors_take_turns_by_time_and_then_by_who_asked_first() {
        let start = Timestamp::UNIX_EPOCH;
        let clock = Arc::new(SimClock::starting(start));
        let mut schedule = Schedule::new(Arc::clone(&clock));
        let bed = schedule.bed();
        let told = Rc::new(RefCell::new(Vec::new()));
        for (name, pause) in [("a", 2), ("b", 3), ("c", 2)] {
            let (bed_of, told) = (bed.clone(), Rc::clone(&told));
            bed.spawn(start, async move {
                for _ in 0..3 {
                    bed_of.secs(pause).await;
                    told.borrow_mut().push(name);
                }
            });
        }

        let end = later(start, 60);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(schedule.run(end, &Idle(end)));

        assert_eq!(told.borrow().concat(), "acbacbacb");
        assert_eq!(clock.now(), end);
    }
}
