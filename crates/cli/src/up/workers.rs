//! What happens without a request: recovery, events, messages, what time does, and forgetting.

use std::{pin::Pin, time::Duration};

use tokio::task::JoinHandle;

use crate::serve::Stop;

/// How often a company's workers look for what is due.
const EVERY_MS: u64 = 250;
/// How many passes lie between two sweeps of what has expired: about ten minutes.
const SWEEP_EVERY: u64 = 2_400;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One pass of something.
pub(crate) type Pass = Box<dyn Fn() -> Work + Send + Sync>;

/// What a company's workers do.
pub(crate) struct Workers {
    /// What is due now.
    pub(crate) tick: Pass,
    /// What can be forgotten: expired sessions, ceremonies, replay notes.
    pub(crate) sweep: Pass,
}

/// Runs them again and again until told to stop; a pass that began is finished.
pub(crate) fn run(workers: Workers, mut stop: Stop) -> JoinHandle<()> {
    tokio::spawn(async move {
        for pass in (0..SWEEP_EVERY).cycle() {
            if pass == 0 {
                (workers.sweep)().await;
            }
            (workers.tick)().await;
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(EVERY_MS)) => {}
                _ = stop.wait_for(|is_stopping| *is_stopping) => return,
            }
        }
    })
}
