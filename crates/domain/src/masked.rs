//! Values that must not appear in a log by accident.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Personal data or a secret whose `Debug` prints `***`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Masked<T>(T);

impl<T> Masked<T> {
    /// Masks `value`.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself; the caller now answers for where it goes.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself, by move.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
