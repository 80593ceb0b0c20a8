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
    /// Messages that leave: apart, so that a silent mail server holds up nothing else.
    pub(crate) post: Pass,
    /// What can be forgotten: expired sessions, ceremonies, replay notes.
    pub(crate) sweep: Pass,
}

/// Runs them again and again until told to stop; a pass that began is finished.
pub(crate) fn run(workers: Workers, stop: Stop) -> JoinHandle<()> {
    let Workers { tick, post, sweep } = workers;
    let posting = again_and_again(post, stop.clone());
    let driving = drive(tick, sweep, stop);
    tokio::spawn(async move {
        tokio::join!(posting, driving);
    })
}

async fn again_and_again(pass: Pass, mut stop: Stop) {
    loop {
        pass().await;
        if is_over(&mut stop).await {
            return;
        }
    }
}

async fn drive(tick: Pass, sweep: Pass, mut stop: Stop) {
    for pass in (0..SWEEP_EVERY).cycle() {
        if pass == 0 {
            sweep().await;
        }
        tick().await;
        if is_over(&mut stop).await {
            return;
        }
    }
}

/// Waits for the next pass; true if there is none.
async fn is_over(stop: &mut Stop) -> bool {
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(EVERY_MS)) => false,
        _ = stop.wait_for(|is_stopping| *is_stopping) => true,
    }
}
