//! What the bank's own channels report: the telephone exchange, the machines, the branches' terminals
//! and the letter house.
//!
//! They are the second channels that the bank already held, so each of them is believed only about
//! what it alone can know: whose line called, whose card was read, who stood at the counter, which
//! letter came back. Each report carries an id of its channel's making. The same report again gets
//! the same answer, also after a lost answer or a crash; the same id for something else is refused.

mod answer;
mod letter;
mod report;

use kanuki_domain::{Ctx, bank_account::AccountNumber};
use kanuki_record::Unit;

pub use answer::{ChannelAnswer, ChannelReport};
pub use letter::{LetterAbout, LetterFate, LetterOutcome, PostedLetter};
pub use report::{Channel, Name, NotPlain, Reference, ReportId};

use crate::{Bank, BankError};

/// Why a report was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// Its id was used for another report.
    #[error("this id was used for another report")]
    Different,
    /// The bank could not do it; report it again.
    #[error("the report was not taken")]
    Bank(#[from] BankError),
}

impl From<kanuki_record::RecordError> for ChannelError {
    fn from(error: kanuki_record::RecordError) -> Self {
        Self::Bank(error.into())
    }
}

/// What the machine or the counter gives to the person.
#[derive(Debug, PartialEq, Eq)]
pub struct Handed {
    /// The code.
    pub code: String,
    /// Until when it can be used, where that is longer than the page waits.
    pub until: Option<jiff::Timestamp>,
    /// Which company's link it confirms, for staff to ask about; none for a passkey.
    pub confirms_link_of: Option<String>,
}

impl Bank {
    /// The telephone exchange took a call. `from` is the caller's number as the network gives it,
    /// none if it was withheld. True if somebody proved something by it.
    pub async fn report_call(
        &self,
        ctx: &Ctx<'_>,
        id: &ReportId,
        (from, reference): (Option<&str>, &Reference),
    ) -> Result<bool, ChannelError> {
        let from = from.unwrap_or_default();
        let report = self.channel_report(Channel::Telephone, id, &[from, reference.as_str()]);
        if let Some(answer) = self.answered(&report).await? {
            return Ok(answer == ChannelAnswer::Proven);
        }
        let mut unit = Unit::new();
        let is_proven = self.prove_by_call(ctx, &mut unit, from, reference.as_str()).await?;
        let answer = if is_proven { ChannelAnswer::Proven } else { ChannelAnswer::Nothing };
        let answer = self.answer_with(ctx, unit, report, answer).await?;
        Ok(answer == ChannelAnswer::Proven)
    }

    /// A machine, after card and PIN, asks for a code for the page whose `reference` was typed.
    pub async fn report_card(
        &self,
        ctx: &Ctx<'_>,
        id: &ReportId,
        (account, reference): (&AccountNumber, &Reference),
    ) -> Result<Option<Handed>, ChannelError> {
        let said = [account.branch(), account.number(), reference.as_str()];
        let report = self.channel_report(Channel::Atm, id, &said);
        if let Some(answer) = self.answered(&report).await? {
            return self.handed(answer).await;
        }
        let mut unit = Unit::new();
        let answer = match self.print_code(ctx, &mut unit, account, reference.as_str()).await? {
            Some(slip) => self.seal_code(ctx, &slip.key, (&slip.code, None, None))?,
            None => ChannelAnswer::Nothing,
        };
        let answer = self.answer_with(ctx, unit, report, answer).await?;
        self.handed(answer).await
    }

    /// A member of staff saw the holder of `account` and their papers: the code to hand out, for a
    /// passkey, or to confirm the link whose `reference` the person brought.
    pub async fn report_visit(
        &self,
        ctx: &Ctx<'_>,
        id: &ReportId,
        (account, staff, reference): (&AccountNumber, &Name, Option<&Reference>),
    ) -> Result<Option<Handed>, ChannelError> {
        let typed = reference.map(Reference::as_str).unwrap_or_default();
        let said = [account.branch(), account.number(), staff.as_str(), typed];
        let report = self.channel_report(Channel::Branch, id, &said);
        if let Some(answer) = self.answered(&report).await? {
            return self.handed(answer).await;
        }
        let mut unit = Unit::new();
        let staff = staff.as_str();
        let made = if reference.is_some() {
            self.make_confirmation(ctx, &mut unit, (account, typed), staff).await?
        } else {
            self.make_activation(ctx, &mut unit, account, staff).await?
        };
        let answer = match made {
            Some(made) => {
                let code = (made.code.as_str(), Some(made.until), made.partner);
                self.seal_code(ctx, &made.key, code)?
            }
            None => ChannelAnswer::Nothing,
        };
        let answer = self.answer_with(ctx, unit, report, answer).await?;
        self.handed(answer).await
    }
}
