//! What a list's row does to what is known: the rules of an import, without its machinery.

use jiff::{Timestamp, civil::Date};
use kanuki_formats::register::{Layout, Row};

use super::{Contract, Standing, StopOrder};
use crate::ContractVerb;

/// What a row changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The first list that names it.
    Fresh,
    /// Nothing but the day it was last seen.
    Same,
    /// The collector's name, or when it began.
    Described,
    /// It is over, says the list.
    Ended,
    /// It had been missing or over, and is there again.
    Back,
    /// Stopped here and answered as stopped, and yet listed as going on: it is ordered to stop again.
    Contradicted,
    /// The list is older than what is known.
    Older,
}

/// What `row` of a list of `as_of` changes about `known`.
pub(super) fn change(known: &Contract, row: &Row, as_of: Date) -> Change {
    if known.listed_on > as_of {
        return Change::Older;
    }
    match (known.standing, row.is_ended) {
        (Standing::Listed | Standing::Unlisted { .. }, true) => Change::Ended,
        // What is held does not forget that it is over, or would go on when it is let go.
        (Standing::Held { .. }, true) if !known.was_over() => Change::Ended,
        (Standing::Held { .. }, false) if known.was_over() => Change::Back,
        (Standing::Unlisted { .. } | Standing::Ended { .. }, false) => Change::Back,
        (Standing::Stopped { .. } | Standing::Replaced { .. }, false)
            if was_stopped_before(known.order, as_of) =>
        {
            Change::Contradicted
        }
        (
            Standing::Listed
            | Standing::Ended { .. }
            | Standing::Stopped { .. }
            | Standing::Held { .. }
            | Standing::Replaced { .. },
            _,
        ) => {
            let is_same = known.collector_name == row.collector_name
                && known.started_on == row.started_on.or(known.started_on);
            if is_same { Change::Same } else { Change::Described }
        }
    }
}

/// A list of the day of the answer may have been written before it.
fn was_stopped_before(order: Option<StopOrder>, as_of: Date) -> bool {
    match order {
        Some(StopOrder::Done { at }) => {
            at.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(9))).date() < as_of
        }
        Some(StopOrder::Asked { .. } | StopOrder::ByHand { .. }) | None => false,
    }
}

/// Applies `change`. A stop stays a stop, whatever a list says.
pub(super) fn apply(known: &mut Contract, row: &Row, change: Change, now: Timestamp) {
    known.collector_name.clone_from(&row.collector_name);
    known.started_on = row.started_on.or(known.started_on);
    match change {
        Change::Ended => known.now_listed_as(Standing::Ended { on: row.ended_on }),
        Change::Back => known.now_listed_as(Standing::Listed),
        Change::Contradicted => known.tell_core(now, ContractVerb::Stop),
        Change::Fresh | Change::Same | Change::Described | Change::Older => {}
    }
}

/// Whether a list of this layout tells by its silence: one that is not whole does not.
pub(super) const fn tells_by_silence(layout: Layout) -> bool {
    match layout {
        Layout::Csv => true,
        Layout::Zengin91 => false,
    }
}

impl Contract {
    /// Has the system that keeps it told, from now on.
    pub(super) fn tell_core(&mut self, now: Timestamp, verb: ContractVerb) {
        self.verb = verb;
        self.orders = self.orders.saturating_add(1);
        self.order = Some(StopOrder::Asked { at: now, next_at: now, tries: 0, case_id: None });
    }
}
