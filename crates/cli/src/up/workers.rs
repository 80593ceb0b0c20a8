//! What happens without a request: recovery, events, messages, what time does.

use std::{pin::Pin, time::Duration};

use tokio::task::JoinHandle;

use crate::serve::Stop;

/// How often a company's workers look for what is due.
const EVERY_MS: u64 = 250;

/// One pass of a company's workers.
pub(crate) type Pass = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Runs `pass` again and again until told to stop; a pass that began is finished.
pub(crate) fn run(pass: Pass, mut stop: Stop) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            pass().await;
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(EVERY_MS)) => {}
                _ = stop.wait_for(|is_stopping| *is_stopping) => return,
            }
        }
    })
}
