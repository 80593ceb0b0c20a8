//! One answer per report, kept in the same unit as what the report did.

use jiff::Timestamp;
use kanuki_domain::Ctx;
use kanuki_record::{
    RecordError, Unit, record,
    vault::{PersonKey, Sealed},
};
use serde::{Deserialize, Serialize};

use super::{Called, Channel, ChannelError, Confirms, Handed, ReportId};
use crate::{Bank, BankError};

/// What a channel was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum ChannelAnswer {
    /// The call proved something.
    Proven,
    /// The call would confirm a link; the caller is asked.
    Asks {
        /// Which.
        confirms: Confirms,
    },
    /// Nothing came of it. Why is not told.
    Nothing,
    /// A code, sealed for the person it is for.
    Code {
        /// Whose key opens it.
        person_id: String,
        /// The code.
        code: Sealed,
        /// Until when it can be used.
        until: Option<Timestamp>,
        /// Which company's link it confirms.
        partner: Option<String>,
        /// How that link's account is shown.
        #[serde(default)]
        account: Option<String>,
    },
    /// It was noted.
    Noted,
}

impl From<ChannelAnswer> for Called {
    fn from(answer: ChannelAnswer) -> Self {
        match answer {
            ChannelAnswer::Proven => Self::Proven,
            ChannelAnswer::Asks { confirms } => Self::Asks(confirms),
            ChannelAnswer::Nothing | ChannelAnswer::Code { .. } | ChannelAnswer::Noted => {
                Self::Nothing
            }
        }
    }
}

/// A report that was answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChannelReport {
    /// Its channel and the id that the channel gave it.
    pub report_id: String,
    /// What it said, as a keyed hash: account and telephone numbers are not kept here.
    said: String,
    /// When it came first.
    pub at: Timestamp,
    /// What it was answered.
    pub answer: ChannelAnswer,
}

record! { ChannelReport => "channel_report" by |r| r.report_id.clone(); }

/// A report that came in.
pub(super) struct Incoming {
    report_id: String,
    said: String,
}

impl Bank {
    pub(super) fn channel_report(
        &self,
        channel: Channel,
        id: &ReportId,
        said: &[&str],
    ) -> Incoming {
        Incoming {
            report_id: format!("{}|{}", channel.name(), id.as_str()),
            // No value of a report holds a control character, so the parts cannot be shifted.
            said: self.vault.blind("channel_report", said.join("\u{1f}").as_bytes()),
        }
    }

    /// What the same report was answered before.
    pub(super) async fn answered(
        &self,
        report: &Incoming,
    ) -> Result<Option<ChannelAnswer>, ChannelError> {
        match self.book.find::<ChannelReport>(&report.report_id).await? {
            Some(kept) if kept.said == report.said => Ok(Some(kept.into_inner().answer)),
            Some(_) => Err(ChannelError::Different),
            None => Ok(None),
        }
    }

    /// Commits `unit` with the answer to its report; the answer that holds is given back. Where the
    /// same report came twice at once, one of them is committed and answers for both.
    pub(super) async fn answer_with(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        report: Incoming,
        answer: ChannelAnswer,
    ) -> Result<ChannelAnswer, ChannelError> {
        let Incoming { report_id, said } = report;
        unit.insert(&ChannelReport {
            report_id: report_id.clone(),
            said: said.clone(),
            at: ctx.now,
            answer: answer.clone(),
        });
        let refused = match self.book.commit(unit).await {
            Ok(()) => return Ok(answer),
            Err(error @ (RecordError::Duplicate { .. } | RecordError::Conflict { .. })) => error,
            Err(error) => return Err(error.into()),
        };
        let kept = self.answered(&Incoming { report_id, said }).await?;
        kept.ok_or_else(|| ChannelError::Bank(refused.into()))
    }

    /// A code as an answer, readable by nobody who only has the records.
    pub(super) fn seal_code(
        &self,
        ctx: &Ctx<'_>,
        key: &PersonKey,
        (code, until, confirms): (&str, Option<Timestamp>, Option<Confirms>),
    ) -> Result<ChannelAnswer, BankError> {
        let code = self.vault.seal(ctx, key, "channel_report|code", &code)?;
        let person_id = key.person_id.clone();
        let (partner, account) = confirms.map(|link| (link.link_of, link.account_mask)).unzip();
        Ok(ChannelAnswer::Code { person_id, code, until, partner, account })
    }

    /// What an answer hands to the person.
    pub(super) async fn handed(
        &self,
        answer: ChannelAnswer,
    ) -> Result<Option<Handed>, ChannelError> {
        let ChannelAnswer::Code { person_id, code, until, partner, account } = answer else {
            return Ok(None);
        };
        let key = self.book.load::<PersonKey>(person_id).await?;
        let code = self.vault.open(&key, "channel_report|code", &code)?;
        let confirms =
            partner.map(|link_of| Confirms { link_of, account_mask: account.unwrap_or_default() });
        Ok(Some(Handed { code, until, confirms }))
    }
}
