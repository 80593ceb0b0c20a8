//! What waits for a worker, so that no crowd of newer or stuck rows can starve the rest.

use std::collections::BTreeSet;

use kanuki_record::{Book, Order, PAGE_MAX, Record, RecordError, Stored};

/// Rows whose `key` has `value`: the oldest first, and, when there are more than one page, the
/// newest too, so that a page full of rows that cannot move does not hold up everything.
pub async fn waiting<T: Record>(
    book: &Book,
    key: &'static str,
    value: &str,
) -> Result<Vec<Stored<T>>, RecordError> {
    let mut rows = book.page::<T>(key, value, Order::OldestFirst, PAGE_MAX).await?;
    if rows.len() >= PAGE_MAX {
        let seen: BTreeSet<String> = rows.iter().map(|row| row.id()).collect();
        let newest = book.page::<T>(key, value, Order::NewestFirst, PAGE_MAX).await?;
        rows.extend(newest.into_iter().filter(|row| !seen.contains(&row.id())));
    }
    Ok(rows)
}
