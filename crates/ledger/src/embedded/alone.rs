//! Who may write where it stands, instead of handing its batch to the writer's thread.
//!
//! Handing over costs two wake-ups of a thread, which on a busy machine is most of what a single
//! transfer takes. So a caller who is alone applies, appends and syncs itself. It holds up one of the
//! runtime's threads for one `fdatasync`, so the runtime must have others, and everybody who wants to
//! write at the same time must have had the chance to say so: many callers share one wait for the
//! disk, which is worth more than any hand-over.

use std::sync::{
    MutexGuard,
    atomic::{AtomicUsize, Ordering},
};

use tokio::runtime::{Handle, RuntimeFlavor};

use super::{EmbeddedEngine, writer::Writer};

/// A caller who wants to write.
#[derive(Debug)]
pub(super) struct Wish<'a>(&'a AtomicUsize);

impl<'a> Wish<'a> {
    pub(super) fn new(wishes: &'a AtomicUsize) -> Self {
        wishes.fetch_add(1, Ordering::SeqCst);
        Self(wishes)
    }

    fn is_only_one(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 1
    }
}

impl Drop for Wish<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether the runtime has other threads for those who do not write.
fn has_other_threads() -> bool {
    Handle::try_current().is_ok_and(|runtime| {
        runtime.runtime_flavor() == RuntimeFlavor::MultiThread
            && runtime.metrics().num_workers() > 1
    })
}

impl EmbeddedEngine {
    /// The pen, if whoever has `wish` may write where it stands.
    pub(super) async fn pen_of(&self, wish: &Wish<'_>) -> Option<MutexGuard<'_, Option<Writer>>> {
        if !wish.is_only_one() || !has_other_threads() {
            return None;
        }
        // Whoever is ready to write as well says so now.
        tokio::task::yield_now().await;
        let is_alone = wish.is_only_one() && self.shared.under_way.load(Ordering::SeqCst) == 0;
        // If somebody else has it, or panicked with it, the thread deals with that.
        if is_alone { self.pen.try_lock().ok() } else { None }
    }
}
