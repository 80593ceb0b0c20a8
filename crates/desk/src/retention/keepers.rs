//! How the kinds that both companies have are judged.

use jiff::Timestamp;
use kanuki_record::{Book, RecordError, Stored, Unit, vault::PersonKey};

use super::{Keeper, Need, Needs, Verdict, cutoff, with_one, with_prefix};
use crate::{
    approval::{Approval, ApprovalState},
    case::Case,
    claim::{Claim, ToldPaid},
    exchange::{Confirmed, EXCHANGE_YEARS},
    notice::Notice,
    outbox::Message,
    quality::Finding,
    report::Report,
    score::CaseScore,
    signal::noted::Taken,
    suspicion::{Standing, Suspicion},
};

/// Years of a case, with its report, its claim and the key of who reported.
pub const CASE_YEARS: i16 = 10;
/// Years of a notice and its stop code.
pub const NOTICE_YEARS: i16 = 7;
/// Years of a message; its text went when it left.
pub const MESSAGE_YEARS: i16 = 7;
/// Years of an event that a partner told.
pub const SIGNAL_YEARS: i16 = 7;
/// Years of what two people decided.
pub const APPROVAL_YEARS: i16 = 10;
/// Years of a draft of a report of a suspicious transaction, with its key.
pub const SUSPICION_YEARS: i16 = 7;

/// What of the judgment is a company's own.
pub trait Own: Sync {
    /// What needs a case that is closed.
    fn needs_case(
        &self,
        case: &Case,
    ) -> impl Future<Output = Result<Option<Need>, RecordError>> + Send;

    /// What needs a notice: its code stops something that is there still.
    fn needs_notice(
        &self,
        notice: &Notice,
    ) -> impl Future<Output = Result<Option<Need>, RecordError>> + Send;
}

/// Cases, with all that was written under them.
#[derive(Debug)]
pub struct Cases<'a, O> {
    /// The records.
    pub book: &'a Book,
    /// The time.
    pub now: Timestamp,
    /// What is under way.
    pub needs: &'a Needs,
    /// The company's own questions.
    pub own: &'a O,
}

impl<O: Own> Keeper<Case> for Cases<'_, O> {
    async fn judge(&self, case: &Stored<Case>, unit: &mut Unit) -> Result<Verdict, RecordError> {
        let due = cutoff(self.now, CASE_YEARS);
        // Ids of cases do not tell when they were opened: a partner and a worker name some.
        if case.closed_at.is_none_or(|at| at >= due) {
            return Ok(Verdict::Young);
        }
        let needed = match self.needs.of_case(case.case_id) {
            None => self.own.needs_case(case).await?,
            needed => needed,
        };
        if let Some(need) = needed {
            return Ok(Verdict::Needed(need));
        }
        let id = case.case_id.to_string();
        with_one::<Report>(self.book, unit, &id).await?;
        with_one::<PersonKey>(self.book, unit, &id).await?;
        with_one::<Claim>(self.book, unit, &id).await?;
        with_one::<Finding>(self.book, unit, &id).await?;
        with_one::<CaseScore>(self.book, unit, &id).await?;
        let more = with_prefix::<ToldPaid>(self.book, unit, &format!("{id}|")).await?;
        Ok(if more { Verdict::Partly } else { Verdict::Due })
    }
}

/// Notices, with the codes that stop.
#[derive(Debug)]
pub struct Notices<'a, O> {
    /// The time.
    pub now: Timestamp,
    /// What is under way.
    pub needs: &'a Needs,
    /// The company's own questions.
    pub own: &'a O,
}

impl<O: Own> Keeper<Notice> for Notices<'_, O> {
    async fn judge(&self, notice: &Stored<Notice>, _: &mut Unit) -> Result<Verdict, RecordError> {
        let due = cutoff(self.now, NOTICE_YEARS);
        if notice.at >= due {
            return Ok(Verdict::TooNew);
        }
        if notice.stopped_at.is_some_and(|at| at >= due) {
            return Ok(Verdict::Young);
        }
        let ids = [&*notice.notice_id.to_string(), &notice.stops, &notice.person_id];
        if let Some(need) = self.needs.of(&ids) {
            return Ok(Verdict::Needed(need));
        }
        let need = self.own.needs_notice(notice).await?;
        Ok(need.map_or(Verdict::Due, Verdict::Needed))
    }
}

/// Messages that left or were given up.
#[derive(Debug)]
pub struct Messages<'a> {
    /// The time.
    pub now: Timestamp,
    /// What is under way.
    pub needs: &'a Needs,
}

impl Keeper<Message> for Messages<'_> {
    async fn judge(&self, message: &Stored<Message>, _: &mut Unit) -> Result<Verdict, RecordError> {
        let due = cutoff(self.now, MESSAGE_YEARS);
        if message.since.is_some_and(|at| at >= due) {
            return Ok(Verdict::TooNew);
        }
        let tried = message.tries.iter().map(|tried| tried.at).max();
        let over = tried.max(message.given_up_at).max(message.since);
        if message.due_at.is_some() || over.is_none_or(|at| at >= due) {
            return Ok(Verdict::Young);
        }
        let need = self.needs.of(&[&message.person_id, &message.message_id.to_string()]);
        Ok(need.map_or(Verdict::Due, Verdict::Needed))
    }
}

/// Acts that two people decided.
#[derive(Debug)]
pub struct Approvals<'a> {
    /// The time.
    pub now: Timestamp,
    /// What is under way.
    pub needs: &'a Needs,
}

impl Keeper<Approval> for Approvals<'_> {
    async fn judge(&self, one: &Stored<Approval>, _: &mut Unit) -> Result<Verdict, RecordError> {
        let due = cutoff(self.now, APPROVAL_YEARS);
        if one.asked_at >= due {
            return Ok(Verdict::TooNew);
        }
        match one.state {
            ApprovalState::Approved { at, .. } | ApprovalState::Declined { at, .. } if at < due => {
                Ok(self.needs.of(&[&one.subject]).map_or(Verdict::Due, Verdict::Needed))
            }
            ApprovalState::Waiting
            | ApprovalState::Approved { .. }
            | ApprovalState::Declined { .. } => Ok(Verdict::Young),
        }
    }
}

/// Drafts of reports of suspicious transactions, with the key of what they say.
#[derive(Debug)]
pub struct Suspicions<'a> {
    /// The records.
    pub book: &'a Book,
    /// The time.
    pub now: Timestamp,
}

impl Keeper<Suspicion> for Suspicions<'_> {
    async fn judge(
        &self,
        one: &Stored<Suspicion>,
        unit: &mut Unit,
    ) -> Result<Verdict, RecordError> {
        let due = cutoff(self.now, SUSPICION_YEARS);
        if one.begun_at >= due {
            return Ok(Verdict::TooNew);
        }
        match one.standing {
            Standing::Filed { at, .. } | Standing::Dropped { at, .. } if at < due => {
                with_one::<PersonKey>(self.book, unit, &one.suspicion_id.to_string()).await?;
                Ok(Verdict::Due)
            }
            Standing::Working
            | Standing::Checked { .. }
            | Standing::Filed { .. }
            | Standing::Dropped { .. } => Ok(Verdict::Young),
        }
    }
}

/// People whom the desk confirmed to have committed a fraud, with what partners are answered about.
#[derive(Debug)]
pub struct Confirmations {
    /// The time.
    pub now: Timestamp,
}

impl Keeper<Confirmed> for Confirmations {
    async fn judge(&self, one: &Stored<Confirmed>, _: &mut Unit) -> Result<Verdict, RecordError> {
        let due = cutoff(self.now, EXCHANGE_YEARS);
        // Rows come by the id of a case, which may be much older than that it was confirmed: none after it
        // is known to be too new.
        Ok(if one.confirmed_at() < due { Verdict::Due } else { Verdict::Young })
    }
}

/// Events that partners told.
#[derive(Debug)]
pub struct Signals {
    /// The time.
    pub now: Timestamp,
}

impl Keeper<Taken> for Signals {
    async fn judge(&self, one: &Stored<Taken>, _: &mut Unit) -> Result<Verdict, RecordError> {
        // Rows come by their sender's names for them, which do not tell the time.
        let is_due = one.taken_at < cutoff(self.now, SIGNAL_YEARS);
        Ok(if is_due { Verdict::Due } else { Verdict::Young })
    }
}
