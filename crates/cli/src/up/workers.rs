//! What happens without a request: recovery, events, messages, what time does, and forgetting.

use std::{pin::Pin, time::Duration};

use tokio::task::JoinHandle;

use crate::serve::Stop;

/// How often a company's workers look for what is due.
const EVERY_MS: u64 = 250;
/// How often they look whether a partner is to be asked for a word.
const ASK_EVERY_MS: u64 = 30_000;
/// How often they sweep what has expired.
const SWEEP_EVERY_MS: u64 = 600_000;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One pass of something.
pub(crate) type Pass = Box<dyn Fn() -> Work + Send + Sync>;

/// What is done with `state` in each pass.
pub(crate) fn pass<S, F>(state: &S, act: impl Fn(S) -> F + Send + Sync + 'static) -> Pass
where
    S: Clone + Send + Sync + 'static,
    F: Future + Send + 'static,
{
    let state = state.clone();
    Box::new(move || {
        let work = act(state.clone());
        Box::pin(async move {
            work.await;
        })
    })
}

/// What a company's workers do. Each goes on for itself: a mail server, a core or a partner
/// that is silent holds up nothing else.
pub(crate) struct Workers {
    /// What is due now.
    pub(crate) tick: Pass,
    /// What partners are owed: events, and words that a decision was made.
    pub(crate) tell: Pass,
    /// People beside lists that came.
    pub(crate) compare: Pass,
    /// Messages that leave.
    pub(crate) post: Pass,
    /// Whether partners' lines live.
    pub(crate) ask: Pass,
    /// What can be forgotten: expired sessions, ceremonies, replay notes.
    pub(crate) sweep: Pass,
}

/// Runs them again and again until told to stop; a pass that began is finished.
pub(crate) fn run(workers: Workers, stop: Stop) -> JoinHandle<()> {
    let Workers { tick, tell, compare, post, ask, sweep } = workers;
    let each = |pass, every_ms| again_and_again(pass, every_ms, stop.clone());
    let (driving, comparing) = (each(tick, EVERY_MS), each(compare, EVERY_MS));
    let (telling, posting) = (each(tell, EVERY_MS), each(post, EVERY_MS));
    let (asking, sweeping) = (each(ask, ASK_EVERY_MS), each(sweep, SWEEP_EVERY_MS));
    tokio::spawn(async move {
        tokio::join!(driving, telling, comparing, posting, asking, sweeping);
    })
}

async fn again_and_again(pass: Pass, every_ms: u64, mut stop: Stop) {
    loop {
        pass().await;
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(every_ms)) => {}
            _ = stop.wait_for(|is_stopping| *is_stopping) => return,
        }
    }
}
