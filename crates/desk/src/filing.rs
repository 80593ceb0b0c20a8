//! Rows that were written before they could be found by a key.

use kanuki_record::{Book, Record, RecordError, Unit};

/// So many rows are filed between two looks at the table.
const FILED_AT_ONCE: usize = 500;

/// Lets every row from before be found by `key`, which each of them has; how many could not. Called before
/// the first request: what nobody finds waits for ever.
pub(crate) async fn file<T: Record>(book: &Book, key: &'static str) -> Result<usize, RecordError> {
    let (mut filed, mut after) = (0_usize, String::new());
    if book.unfiled::<T>(key, 1).await?.is_empty() {
        return Ok(0);
    }
    loop {
        let page = book.scan_some::<T>(&after, FILED_AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(filed) };
        after = last.id();
        for row in page.iter().filter(|one| one.is_misfiled()) {
            let mut unit = Unit::new();
            unit.update(row);
            match book.commit(unit).await {
                Ok(()) => filed = filed.saturating_add(1),
                // Somebody changed it at this moment, which filed it.
                Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
