//! What became of a letter: it went out, or it came back.
//!
//! A letter that came back has been in other hands, and its code is void at once. The holder hears
//! of it through what else is on file. An address where the holder is unknown gets no more letters;
//! one where nobody collected does, and so does one that a visitor had a letter sent to: whoever
//! knows an account number could close somebody's letterbox otherwise.

use jiff::Timestamp;
use kanuki_desk::outbox::{Content, Message};
use kanuki_domain::{
    Ctx,
    id::{EnrolmentId, HolderId, MandateId, MessageId},
};
use kanuki_record::{AuditEntry, Unit, record};
use serde::{Deserialize, Serialize};

use super::{Channel, ChannelAnswer, ChannelError, ReportId};
use crate::{
    Bank, BankError,
    holder::{Holder, enrol::Enrolment, load},
    mandate::Mandate,
};

/// What a letter's code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum LetterAbout {
    /// It confirms a link.
    Mandate {
        /// Which.
        mandate_id: MandateId,
    },
    /// It proves an enrolment.
    Enrolment {
        /// Which.
        enrolment_id: EnrolmentId,
    },
}

/// Where a letter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fate", rename_all = "snake_case")]
pub enum LetterFate {
    /// Handed to the letter house, or on its way there.
    Written,
    /// It went out (転送不要: not forwarded).
    Posted {
        /// When.
        at: Timestamp,
    },
    /// It came back.
    Returned {
        /// When.
        at: Timestamp,
    },
}

impl LetterFate {
    /// As the record calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Posted { .. } => "posted",
            Self::Returned { .. } => "returned",
        }
    }
}

/// What the letter house says of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterOutcome {
    /// It went out.
    Posted,
    /// It came back because nobody collected it in time.
    Uncollected,
    /// It came back because nobody of that name lives there.
    Undeliverable,
}

impl LetterOutcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::Uncollected => "uncollected",
            Self::Undeliverable => "returned",
        }
    }
}

/// A letter whose code somebody may type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PostedLetter {
    /// The message that it is.
    pub message_id: MessageId,
    /// Whose.
    pub holder_id: HolderId,
    /// What its code is for.
    pub about: LetterAbout,
    /// When it was written.
    pub written_at: Timestamp,
    /// Where it is.
    pub fate: LetterFate,
}

record! { PostedLetter => "posted_letter" by |l| l.message_id.to_string();
    many about = |l| Some(match l.about {
        LetterAbout::Mandate { mandate_id } => mandate_id.to_string(),
        LetterAbout::Enrolment { enrolment_id } => enrolment_id.to_string(),
    });
    many holder_id = |l| Some(l.holder_id.to_string());
}

impl PostedLetter {
    /// A letter that was just written.
    pub(crate) const fn written(
        ctx: &Ctx<'_>,
        message: &Message,
        holder_id: HolderId,
        about: LetterAbout,
    ) -> Self {
        let message_id = message.message_id;
        Self { message_id, holder_id, about, written_at: ctx.now, fate: LetterFate::Written }
    }
}

impl Bank {
    /// The letter house says what became of a letter. What came back stays back.
    pub async fn report_letter(
        &self,
        ctx: &Ctx<'_>,
        id: &ReportId,
        (message_id, outcome): (MessageId, LetterOutcome),
    ) -> Result<bool, ChannelError> {
        let letter = message_id.to_string();
        let came_back = outcome != LetterOutcome::Posted;
        let said = [letter.as_str(), outcome.name()];
        let report = self.channel_report(Channel::Letters, id, &said);
        if let Some(answer) = self.answered(&report).await? {
            return Ok(answer == ChannelAnswer::Noted);
        }
        let Some(mut letter) = self.book.find::<PostedLetter>(message_id).await? else {
            let mut unit = Unit::new();
            let said = (message_id, came_back);
            let is_unknown = outcome == LetterOutcome::Undeliverable;
            let said_of_month = (message_id, came_back, is_unknown);
            let is_ours = self.contract_letter_reported(ctx, &mut unit, said).await?
                || self.monthly_letter_reported(ctx, &mut unit, said_of_month).await?;
            let answer = if is_ours { ChannelAnswer::Noted } else { ChannelAnswer::Nothing };
            let answer = self.answer_with(ctx, unit, report, answer).await?;
            return Ok(answer == ChannelAnswer::Noted);
        };
        let mut unit = Unit::new();
        match (letter.fate, came_back) {
            (LetterFate::Returned { .. }, _) | (LetterFate::Posted { .. }, false) => {}
            (LetterFate::Written, false) => {
                letter.edit().fate = LetterFate::Posted { at: ctx.now };
                unit.update(&letter);
            }
            (LetterFate::Written | LetterFate::Posted { .. }, true) => {
                letter.edit().fate = LetterFate::Returned { at: ctx.now };
                unit.update(&letter);
                self.void_letter(ctx, &mut unit, (&letter, outcome)).await?;
            }
        }
        let answer = self.answer_with(ctx, unit, report, ChannelAnswer::Noted).await?;
        Ok(answer == ChannelAnswer::Noted)
    }

    async fn void_letter(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (letter, outcome): (&PostedLetter, LetterOutcome),
    ) -> Result<(), BankError> {
        let holder_id = letter.holder_id;
        let known = self.known(holder_id).await?;
        unit.audit(
            AuditEntry::new(ctx.now, "letters", "letter.returned", holder_id)
                .with("outcome", outcome.name()),
        );
        match letter.about {
            LetterAbout::Mandate { mandate_id } => {
                let mut mandate = load::<Mandate>(&self.book, mandate_id).await?;
                mandate.edit().void_letter_code();
                unit.update(&mandate);
                if outcome == LetterOutcome::Undeliverable {
                    let mut holder = load::<Holder>(&self.book, holder_id).await?;
                    holder.edit().letter_returned_at = Some(ctx.now);
                    unit.update(&holder);
                }
                let content =
                    Content::new("letter_returned").with("partner", &mandate.partner_name);
                self.tell(unit, ctx, &known, mandate_id, content)
            }
            // Nobody is told of an enrolment that a stranger may have asked for: it ends here.
            LetterAbout::Enrolment { enrolment_id } => {
                let mut enrolment = load::<Enrolment>(&self.book, enrolment_id).await?;
                enrolment.edit().void_code();
                unit.update(&enrolment);
                Ok(())
            }
        }
    }

    /// The newest letter about a mandate.
    pub async fn letter_about(
        &self,
        mandate_id: MandateId,
    ) -> Result<Option<PostedLetter>, BankError> {
        let about = mandate_id.to_string();
        let found = self.book.find_by::<PostedLetter>("about", &about).await?;
        Ok(found.map(kanuki_record::Stored::into_inner))
    }
}
