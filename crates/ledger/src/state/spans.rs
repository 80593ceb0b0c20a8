//! Between which ids all used ones lie: an id outside of every span is new, and nobody looks further.
//!
//! Callers who want speed make ids that rise with time, so nearly every new id lies above those that
//! were there before: that is seen by one comparison instead of a look into tables that no cache
//! holds. Spans may cover ids that were never used, never the other way round; ids in no order at all
//! cost one comparison more than without spans.

use crate::model::TransferId;

/// The most spans. More would be looked through by everybody for the sake of few.
const MOST: usize = 32;
/// How much wider than itself a span may become by one id. A stray id far away gets its own instead.
const STRETCH: u128 = 64;

/// From one used id to another, with both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: u128,
    pub(crate) to: u128,
}

/// Disjoint and rising; all ids that were ever used lie within one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spans {
    all: Vec<Span>,
    /// The one that grew last: ids that rise are compared with it alone.
    last: usize,
}

impl Spans {
    /// For books of which nobody knows any more what was used.
    pub(crate) fn everything() -> Self {
        Self { all: vec![Span { from: 0, to: u128::MAX }], last: 0 }
    }

    /// Those of a snapshot; `None` if they are not disjoint and rising.
    pub(crate) fn restore(all: Vec<Span>) -> Option<Self> {
        let is_sound = all.iter().all(|span| span.from <= span.to)
            && all.is_sorted_by(|a, b| a.to < b.from)
            && all.len() <= MOST;
        is_sound.then_some(Self { all, last: 0 })
    }

    /// A copy without new memory.
    pub(crate) fn become_like(&mut self, other: &Self) {
        self.all.clear();
        self.all.extend_from_slice(&other.all);
        self.last = other.last;
    }

    pub(crate) fn all(&self) -> &[Span] {
        &self.all
    }

    /// Whether `id` may have been used.
    pub(crate) fn has(&self, id: TransferId) -> bool {
        let bits = id.bits();
        if self.is_just_above(bits) {
            return false;
        }
        let place = self.all.partition_point(|span| span.to < bits);
        self.all.get(place).is_some_and(|span| span.from <= bits)
    }

    /// Above the span that grew last and below the next one.
    fn is_just_above(&self, bits: u128) -> bool {
        let next = self.last.checked_add(1).and_then(|next| self.all.get(next));
        self.all.get(self.last).is_some_and(|span| span.to < bits)
            && next.is_none_or(|span| bits < span.from)
    }

    /// `id` is used.
    pub(crate) fn insert(&mut self, id: TransferId) {
        let bits = id.bits();
        if self.is_just_above(bits)
            && let Some(span) = self.all.get_mut(self.last)
            && bits.wrapping_sub(span.to) <= span.to.wrapping_sub(span.from).saturating_mul(STRETCH)
        {
            span.to = bits;
            return;
        }
        let place = self.all.partition_point(|span| span.to < bits);
        if self.all.get(place).is_none_or(|span| bits < span.from) {
            self.all.insert(place, Span { from: bits, to: bits });
            self.last = place;
            if self.all.len() > MOST {
                self.join();
            }
        }
    }

    /// Joins those with the least between them, at least every second.
    fn join(&mut self) {
        let above = |pair: &[Span]| match pair {
            [low, high] => high.from.saturating_sub(low.to),
            _ => u128::MAX,
        };
        let mut gaps: Vec<u128> = self.all.windows(2).map(above).collect();
        gaps.sort_unstable();
        let widest = gaps.get(gaps.len() >> 1).copied().unwrap_or(u128::MAX);
        let newest = self.all.get(self.last).map_or(0, |span| span.to);
        self.all.dedup_by(|high, low| {
            let is_close = high.from.saturating_sub(low.to) <= widest;
            if is_close {
                low.to = high.to;
            }
            is_close
        });
        self.last = self.all.partition_point(|span| span.to < newest);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rising(n: u128) -> TransferId {
        TransferId((n << 64) | (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) & u128::from(u64::MAX)))
    }

    #[test]
    fn rising_ids_are_new_without_a_look_also_beside_strays() {
        let mut spans = Spans::default();
        for n in 0..10_000_u128 {
            spans.insert(TransferId((1 << 120) | n));
        }
        spans.insert(TransferId(u128::MAX - 1));
        let mut looks = 0;
        for n in 1..100_000 {
            looks += u32::from(spans.has(rising(n)));
            spans.insert(rising(n));
        }

        assert_eq!(looks, 0);
        assert!(spans.all().len() <= MOST);
    }

    proptest! {
        #[test]
        fn no_used_id_is_ever_called_new(
            ids in proptest::collection::vec((any::<u128>(), 0_u32..128), 1..400),
        ) {
            let mut spans = Spans::default();
            for (id, shift) in &ids {
                spans.insert(TransferId(id >> shift));
                prop_assert!(spans.has(TransferId(id >> shift)));
            }
            for (id, shift) in &ids {
                prop_assert!(spans.has(TransferId(id >> shift)));
            }
            prop_assert_eq!(
                Spans::restore(spans.all().to_vec()).map(|s| s.all().to_vec()),
                Some(spans.all().to_vec())
            );
        }
    }
}
