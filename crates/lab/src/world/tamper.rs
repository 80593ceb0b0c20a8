//! What can be wrong with a world on purpose, so that what looks at it can be shown to notice.

use axum::Router;
use kanuki_site::courier::Letter;

/// Changes what a company answers, or what it is asked.
pub(crate) type Around = fn(Router) -> Router;
/// Changes a message on its way.
pub(crate) type Spoil = fn(Letter) -> Letter;

/// What is wrong; nothing by default.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tamper {
    /// Stands before every company's server.
    pub(crate) servers: Option<Around>,
    /// Stands between the companies and everybody's mailbox.
    pub(crate) letters: Option<Spoil>,
    /// Teller machines hand out what only branches do.
    pub(crate) machines_are_branches: bool,
    /// Every company makes every pass, although nothing can come of it: slower, and nothing else.
    pub(crate) wakes_everybody: bool,
}

impl Tamper {
    /// The server with what stands before it.
    pub(super) fn around(self, server: Router) -> Router {
        match self.servers {
            Some(around) => around(server),
            None => server,
        }
    }
}
