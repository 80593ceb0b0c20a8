//! Where a company's nodes share their counts of risk.

use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use kanuki_risk::Engine;
use kanuki_site::Ready;
use kanuki_store::{RedisConfig, RedisJournal};

/// The engine, with the journal that it shares, and what says whether that is heard.
pub(crate) fn shared(
    engine: Engine,
    place: Option<RedisConfig>,
) -> (Engine, Option<Arc<dyn Ready>>) {
    let Some(config) = place else { return (engine, None) };
    let journal = Arc::new(RedisJournal::new(config));
    (engine.with_journal(journal.clone()), Some(Arc::new(Counts(journal))))
}

/// How many attempts were recalled at the start. A company whose journal is silent starts all the
/// same, because its pages and stops must be reached; its workers try again.
pub(crate) fn recalled<E>(result: Result<usize, E>, is_shared: bool) -> Result<usize, E>
where
    E: Error,
{
    match result {
        Err(error) if is_shared => {
            tracing::error!(%error, "counts of risk are not known yet: what hangs on them is declined");
            Ok(0)
        }
        result => result,
    }
}

struct Counts(Arc<RedisJournal>);

#[async_trait]
impl Ready for Counts {
    fn name(&self) -> &'static str {
        "risk counts"
    }

    /// Always: pages, sign-in and stops work without them, and must be reached.
    async fn is_ready(&self) -> bool {
        true
    }

    async fn is_damaged(&self) -> bool {
        let failure = self.0.failure();
        if let Some(why) = &failure {
            tracing::error!(why, "what hangs on a count of risk is declined");
        }
        failure.is_some()
    }
}
