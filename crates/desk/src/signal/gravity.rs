//! Which events go first, and what a receiver has no room for.
//!
//! Anybody can ask for a recovery at a company, and each is told to its partners. So what such words are
//! about must stand before no alarm: not in the queue, not in what is fetched, and not in what a receiver
//! takes of one partner in an hour.

use kanuki_wire::set::uri;

use super::queue::Heard;

/// Refused so often, an event goes after all others: it may be one that its receiver cannot take. Silence and
/// no room are not counted: they say nothing of the event, and would put an alarm after what anybody can ask
/// for.
const TIRED_AFTER: u32 = 10;

/// How much hangs on an event, gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// The company stopped what it does with the receiver, or opened it again: a few words in a year, and all
    /// others are read in their light.
    Halt,
    /// It stops money, or says what became of a link.
    Stop,
    /// It stops a link because somebody else may know what opens it. Lists of that are long, and whoever
    /// presses stop must not wait behind one.
    Leak,
    /// It may hold money until somebody signs.
    Hold,
    /// It is about a case that both companies have, or the line itself.
    Word,
    /// It calls for care, or is only on record.
    Care,
}

impl Gravity {
    /// How much hangs on an event of this kind.
    #[must_use]
    pub fn of(kind: &str) -> Self {
        match kind {
            uri::SERVICE_STATUS_CHANGED => Self::Halt,
            uri::LINK_STATUS_CHANGED | uri::DEBIT_DISPUTED | uri::ACCOUNT_DISABLED => Self::Stop,
            uri::CREDENTIAL_COMPROMISE => Self::Leak,
            uri::IDENTIFIER_RECYCLED | uri::RISK_LEVEL_CHANGE => Self::Hold,
            uri::CASE_SHARED | uri::VERIFICATION | uri::STREAM_UPDATED => Self::Word,
            _ => Self::Care,
        }
    }

    /// Where an event stands that was tried and refused so often: least first. What is as grave and was tried
    /// as often goes by its time.
    #[must_use]
    pub const fn place(self, attempts: u32, refusals: u32) -> (bool, Self, u32) {
        (refusals >= TIRED_AFTER, self, attempts)
    }
}

/// What a receiver had no room for in this turn: no more of it is pushed, and everything else is.
#[derive(Clone, Debug, Default)]
pub struct Full {
    of: Vec<Gravity>,
}

impl Full {
    /// Whether it has no room for what is as grave as this.
    #[must_use]
    pub fn is_for(&self, gravity: Gravity) -> bool {
        self.of.contains(&gravity)
    }

    /// Notes what came of a push.
    pub fn note(&mut self, gravity: Gravity, heard: Heard) {
        if heard == Heard::Later && !self.is_for(gravity) {
            self.of.push(gravity);
        }
    }
}
