//! A store that notes what it is asked, and a test whether two lists of times can be told apart:
//! for tests that whether something exists costs nobody a different amount of work.
//!
//! The calls are compared exactly, which no busy machine disturbs. Times are compared by ranks
//! (Mann and Whitney), which a few slow runs do not disturb either.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;

use crate::{AuditEntry, Order, RecordError, Records, Row, SealedEntry, Table, Write};

/// A store in front of another.
#[derive(Debug)]
pub struct Noted {
    inner: Arc<dyn Records>,
    calls: Mutex<Vec<String>>,
}

impl Noted {
    /// Notes what `inner` is asked.
    #[must_use]
    pub fn new(inner: Arc<dyn Records>) -> Self {
        Self { inner, calls: Mutex::default() }
    }

    /// Notes something else that costs time, such as a call to another system.
    pub fn note(&self, call: impl Into<String>) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call.into());
    }

    /// The calls since the last time, without ids and values: only what they cost.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Records for Noted {
    async fn fetch(&self, table: &'static Table, id: &str) -> Result<Option<Row>, RecordError> {
        self.note(format!("fetch {}", table.name));
        self.inner.fetch(table, id).await
    }

    async fn select(
        &self,
        table: &'static Table,
        key: &'static str,
        value: &str,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.note(format!("select {} by {key}", table.name));
        self.inner.select(table, key, value, order, limit).await
    }

    async fn select_after(
        &self,
        table: &'static Table,
        named: (&'static str, &str),
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.note(format!("select {} by {}", table.name, named.0));
        self.inner.select_after(table, named, after, limit).await
    }

    async fn select_unset(
        &self,
        table: &'static Table,
        key: &'static str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.note(format!("select {} without {key}", table.name));
        self.inner.select_unset(table, key, limit).await
    }

    async fn scan(
        &self,
        table: &'static Table,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.note(format!("scan {}", table.name));
        self.inner.scan(table, after, limit).await
    }

    async fn commit(&self, writes: Vec<Write>, audit: Vec<AuditEntry>) -> Result<(), RecordError> {
        let verbs = writes.iter().map(|write| match write {
            Write::Insert(table, _) => format!("insert {}", table.name),
            Write::Update(table, _) | Write::Rewrite(table, _) => format!("update {}", table.name),
            Write::Delete { table, .. } => format!("delete {}", table.name),
        });
        let acts = audit.iter().map(|entry| format!("audit {}", entry.act));
        self.note(format!("commit {}", verbs.chain(acts).collect::<Vec<_>>().join(", ")));
        self.inner.commit(writes, audit).await
    }

    async fn audit_log(
        &self,
        after_seq: i64,
        limit: usize,
    ) -> Result<Vec<SealedEntry>, RecordError> {
        self.inner.audit_log(after_seq, limit).await
    }
}

/// Whether two lists of times come from one distribution, by their ranks. True, "they differ", for
/// one pair in 50,000 that do not (|z| > 4.26): a caller who asks thrice and believes only three
/// times the same answer is wrong once in 10^14.
#[must_use]
pub fn differ(a: &[u64], b: &[u64]) -> bool {
    // Twice the ranks, so that ties, which share theirs, stay whole.
    let mut places: BTreeMap<u64, (i128, i128)> = BTreeMap::new();
    for time in a {
        places.entry(*time).or_default().0 += 1;
    }
    for time in b {
        places.entry(*time).or_default().1 += 1;
    }
    let (mut before, mut ranks): (i128, i128) = (0, 0);
    for (ours, theirs) in places.into_values() {
        let tied = ours + theirs;
        ranks += ours * (2 * before + tied + 1);
        before += tied;
    }
    let count = |times: &[u64]| i128::try_from(times.len()).unwrap_or(0);
    let (n, m) = (count(a), count(b));
    // With R the sum of our ranks: mean n(n+m+1)/2, variance nm(n+m+1)/12; 4.26² is 18.15.
    let off = ranks - n * (n + m + 1);
    off * off * 12 * 100 > 4 * n * m * (n + m + 1) * 1_815
}

/// The same by more than `least`: whether the slower of two lists still differs, and is still the
/// slower, with `least` taken off each of its times.
#[must_use]
pub fn differ_by(a: &[u64], b: &[u64], least: u64) -> bool {
    let (fast, slow) = if median(a) <= median(b) { (a, b) } else { (b, a) };
    let less: Vec<u64> = slow.iter().map(|time| time.saturating_sub(least)).collect();
    median(&less) > median(fast) && differ(&less, fast)
}

fn median(times: &[u64]) -> u64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() >> 1).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_differ_are_told_apart_and_others_are_not() {
        let even: Vec<u64> = (0..200).map(|n| 1_000 + n * 7 % 90).collect();
        let odd: Vec<u64> = (0..200).map(|n| 1_000 + n * 11 % 90).collect();
        let slower: Vec<u64> = odd.iter().map(|time| time + 30).collect();
        let mut outliers = even.clone();
        outliers.extend([900_000, 900_001]);

        assert!(!differ(&even, &odd));
        assert!(!differ(&outliers, &odd), "two slow runs are no difference");
        assert!(differ(&slower, &even) && differ(&even, &slower));
        assert!(!differ(&[5; 200], &[5; 200]));
        assert!(differ_by(&slower, &even, 10) && differ_by(&even, &slower, 10));
        assert!(!differ_by(&slower, &even, 30) && !differ_by(&even, &slower, 30));
        assert!(!differ_by(&slower, &even, 90), "what is taken off makes no difference of its own");
    }
}
