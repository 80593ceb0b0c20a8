//! Attempts to register, events that were told, reports of the bank's own channels.

use jiff::Timestamp;
use kanuki_desk::retention::{Keeper, Needs, Verdict, cutoff, with, with_one};
use kanuki_record::{Book, RecordError, Stored, Unit, vault::PersonKey};

use crate::{
    channel::{ChannelReport, PostedLetter},
    event::Event,
    holder::enrol::{Enrolment, card::CardProof},
};

/// Years of an attempt to register, with what proved it.
pub(super) const ENROLMENT_YEARS: i16 = 7;
/// Years of an event that a partner has.
pub(super) const EVENT_YEARS: i16 = 7;
/// Years of what a channel of the bank reported.
pub(super) const REPORT_YEARS: i16 = 7;

/// Attempts to register.
pub(super) struct Enrolments<'a> {
    pub(super) book: &'a Book,
    pub(super) now: Timestamp,
    pub(super) needs: &'a Needs,
}

impl Keeper<Enrolment> for Enrolments<'_> {
    async fn judge(
        &self,
        one: &Stored<Enrolment>,
        unit: &mut Unit,
    ) -> Result<Verdict, RecordError> {
        let due = cutoff(self.now, ENROLMENT_YEARS);
        if one.started_at.is_some_and(|at| at >= due) {
            return Ok(Verdict::TooNew);
        }
        if one.expires_at >= due {
            return Ok(Verdict::Young);
        }
        let (id, holder) = (one.enrolment_id.to_string(), one.holder_id.map(|id| id.to_string()));
        if let Some(need) = self.needs.of(&[&id, holder.as_deref().unwrap_or_default()]) {
            return Ok(Verdict::Needed(need));
        }
        with_one::<CardProof>(self.book, unit, &id).await?;
        with_one::<PersonKey>(self.book, unit, &id).await?;
        let more = with::<PostedLetter>(self.book, unit, ("about", &id)).await?;
        Ok(if more { Verdict::Partly } else { Verdict::Due })
    }
}

/// Events that left.
pub(super) struct Events {
    pub(super) now: Timestamp,
}

impl Keeper<Event> for Events {
    async fn judge(&self, event: &Stored<Event>, _: &mut Unit) -> Result<Verdict, RecordError> {
        let waits = event.due_at.is_some() || event.is_held;
        let is_due = !waits && event.at < cutoff(self.now, EVENT_YEARS);
        Ok(if is_due { Verdict::Due } else { Verdict::Young })
    }
}

/// What the bank's own channels reported.
pub(super) struct Reports {
    pub(super) now: Timestamp,
}

impl Keeper<ChannelReport> for Reports {
    async fn judge(
        &self,
        report: &Stored<ChannelReport>,
        _: &mut Unit,
    ) -> Result<Verdict, RecordError> {
        let is_due = report.at < cutoff(self.now, REPORT_YEARS);
        Ok(if is_due { Verdict::Due } else { Verdict::Young })
    }
}
