//! Typed records, the unit of work that changes them, and the port that keeps them.
//!
//! A use case loads what it needs, computes everything that can fail, then commits one [`Unit`]:
//! all of its rows and its audit entries are written together or not at all. Every row has a
//! version; a unit that was computed from an older one is refused with
//! [`RecordError::Conflict`], so two requests can never overwrite each other's decision.
//!
//! **Invariant:** a store keeps; it decides nothing.

pub mod audit;
pub mod conformance;
pub mod memory;
pub mod noted;
mod opened;
mod parsed;
mod port;
pub mod registry;
mod typed;
pub mod vault;

pub use audit::{AuditEntry, SealedEntry};
pub use memory::MemoryRecords;
pub use opened::Opened;
pub use port::{Key, Order, PAGE_MAX, Records, Row, Table, Then, Write};
pub use typed::{Along, Book, Record, Stored, Unit, Unread, UnreadRow};

/// Why a record could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Somebody else changed it since it was read: read again and decide again.
    #[error("{table} {id} was changed by another request")]
    Conflict {
        /// Which table.
        table: &'static str,
        /// Which row.
        id: String,
    },
    /// The row, or a value that must be unique, is already there.
    #[error("{table} already holds this {key}")]
    Duplicate {
        /// Which table.
        table: &'static str,
        /// Which key, or `id`.
        key: &'static str,
    },
    /// No such row.
    #[error("{table} has no such row")]
    Absent {
        /// Which table.
        table: &'static str,
    },
    /// A row that cannot be a valid value: a bug or a damaged store.
    #[error("{table} {id} is not readable")]
    Corrupt {
        /// Which table.
        table: &'static str,
        /// Which row.
        id: String,
    },
    /// A sealed value does not open with the key at hand.
    #[error("a sealed value does not open")]
    Sealed,
    /// The store does not answer.
    #[error("the store is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
