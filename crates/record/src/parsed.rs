//! Values of rows that are read far more often than they change, parsed once per change.
//!
//! The store is asked every time, so this knows nothing that another process could have changed: a
//! value is handed out only beside a row that is the same, byte for byte, as when it was parsed.

use std::{
    any::Any,
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{Row, Table};

/// How many rows of one table are kept; it begins anew when it is full.
const ROWS_MAX: usize = 64;

/// Rows by table and id, each with what it was parsed to.
type Kept = BTreeMap<&'static str, BTreeMap<String, (Row, Arc<dyn Any + Send + Sync>)>>;

/// What was parsed so far.
#[derive(Default)]
pub(crate) struct Parsed(Mutex<Kept>);

impl fmt::Debug for Parsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parsed").finish_non_exhaustive()
    }
}

impl Parsed {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Whoever panicked has put in a whole entry or none.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What exactly this `row` was parsed to before.
    pub(crate) fn of<T: Send + Sync + 'static>(
        &self,
        table: &'static Table,
        row: &Row,
    ) -> Option<Arc<T>> {
        let kept = self.kept();
        let (known, value) = kept.get(table.name)?.get(&row.id)?;
        let value = (known == row).then(|| Arc::clone(value))?;
        drop(kept);
        value.downcast().ok()
    }

    /// Keeps what `row` was parsed to, in place of what it was before.
    pub(crate) fn keep<T: Send + Sync + 'static>(
        &self,
        table: &'static Table,
        row: Row,
        value: Arc<T>,
    ) {
        let mut kept = self.kept();
        let rows = kept.entry(table.name).or_default();
        if rows.len() >= ROWS_MAX {
            rows.clear();
        }
        rows.insert(row.id.clone(), (row, value));
    }
}
