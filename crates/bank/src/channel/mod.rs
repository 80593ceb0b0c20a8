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
use serde::{Deserialize, Serialize};

pub use answer::{ChannelAnswer, ChannelReport};
pub use letter::{LetterAbout, LetterFate, LetterOutcome, PostedLetter};
pub use report::{Channel, Name, NotPlain, Reference, ReportId};

use crate::{Bank, BankError, mandate::Mandate};

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

/// Which link would be confirmed. Whoever stands there is told, because nobody else will tell them:
/// somebody may have talked them into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirms {
    /// Which company's.
    pub link_of: String,
    /// How the account is shown.
    pub account_mask: String,
}

impl Confirms {
    pub(crate) fn of(mandate: &Mandate) -> Self {
        let (link_of, account_mask) = (mandate.partner_name.clone(), mandate.account_mask.clone());
        Self { link_of, account_mask }
    }
}

/// What the machine or the counter gives to the person.
#[derive(Debug, PartialEq, Eq)]
pub struct Handed {
    /// The code.
    pub code: String,
    /// Until when it can be used, where that is longer than the page waits.
    pub until: Option<jiff::Timestamp>,
    /// Which link it confirms; none for a passkey.
    pub confirms: Option<Confirms>,
}

/// How a call was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// Nothing came of it. Why is not told.
    Nothing,
    /// It would confirm this link: the voice says whose it is, and asks.
    Asks(Confirms),
    /// Somebody proved something by it.
    Proven,
}

impl Bank {
    /// The telephone exchange took a call. `from` is the caller's number as the network gives it,
    /// none if it was withheld. No link is confirmed before the caller heard whose it is and agreed.
    pub async fn report_call(
        &self,
        ctx: &Ctx<'_>,
        id: &ReportId,
        (from, reference, has_agreed): (Option<&str>, &Reference, bool),
    ) -> Result<Called, ChannelError> {
        let from = from.unwrap_or_default();
        let mut said = vec![from, reference.as_str()];
        said.extend(has_agreed.then_some("agreed"));
        let report = self.channel_report(Channel::Telephone, id, &said);
        if let Some(answer) = self.answered(&report).await? {
            return Ok(answer.into());
        }
        let mut unit = Unit::new();
        let call = (from, reference.as_str(), has_agreed);
        let answer = match self.prove_by_call(ctx, &mut unit, call).await? {
            Called::Nothing => ChannelAnswer::Nothing,
            Called::Asks(confirms) => ChannelAnswer::Asks { confirms },
            Called::Proven => ChannelAnswer::Proven,
        };
        Ok(self.answer_with(ctx, unit, report, answer).await?.into())
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
            Some(slip) => self.seal_code(ctx, &slip.key, (&slip.code, None, slip.confirms))?,
            None => ChannelAnswer::Nothing,
        };
        let answer = self.answer_with(ctx, unit, report, answer).await?;
        self.handed(answer).await
    }

    /// A member of staff saw the holder of `account` and their papers: the code to hand out for the
    /// page whose `reference` the person brought, for a passkey or to confirm a link.
    pub async fn report_visit(
        &self,
        ctx: &Ctx<'_>,
        id: &ReportId,
        (account, staff, reference): (&AccountNumber, &Name, &Reference),
    ) -> Result<Option<Handed>, ChannelError> {
        let (staff, typed) = (staff.as_str(), reference.as_str());
        let said = [account.branch(), account.number(), staff, typed];
        let report = self.channel_report(Channel::Branch, id, &said);
        if let Some(answer) = self.answered(&report).await? {
            return self.handed(answer).await;
        }
        let mut unit = Unit::new();
        let answer = match self.hand_out(ctx, &mut unit, (account, typed), staff).await? {
            Some(made) => {
                let code = (made.code.as_str(), Some(made.until), made.confirms);
                self.seal_code(ctx, &made.key, code)?
            }
            None => ChannelAnswer::Nothing,
        };
        let answer = self.answer_with(ctx, unit, report, answer).await?;
        self.handed(answer).await
    }
}
