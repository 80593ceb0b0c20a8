//! Why a bank's use case did not happen.

use kanuki_desk::DeskError;
use kanuki_domain::mandate::MandateError;
use kanuki_passkey::PasskeyError;
use kanuki_record::RecordError;
use kanuki_wire::OAuthError;

/// Refusals are few on purpose: what must not be told apart is one variant.
#[derive(Debug, thiserror::Error)]
pub enum BankError {
    /// Not there, not yours, expired or used: one answer for all of them.
    #[error("not available")]
    NotAvailable,
    /// The proof was not accepted.
    #[error("the passkey was not accepted")]
    Passkey(#[from] PasskeyError),
    /// The card's answer was not accepted. Why is not told: unknown, ended, revoked or not a card's.
    #[error("the card was not accepted")]
    Card,
    /// The app's answer was not accepted. Why is not told: unknown, ended, over another text, or by
    /// somebody else's key.
    #[error("the app was not accepted")]
    App,
    /// Tried too often.
    #[error("too many attempts")]
    TooMany,
    /// A partner asks more than it may, or the same twice at once; nothing was done for this one.
    #[error("asked too often; again in {secs} s")]
    Busy {
        /// After how many seconds it may ask again.
        secs: u32,
    },
    /// This account and that wallet do not go together. Why is not told.
    #[error("this account cannot be linked to that wallet")]
    NotTheSamePerson,
    /// A contact changed, or a passkey is new: what is new waits.
    #[error("not before {until}")]
    Waits {
        /// Until when.
        until: jiff::Timestamp,
    },
    /// The account is locked against new links. Told to its signed-in holder alone.
    #[error("the account is locked against new links")]
    Locked,
    /// A breaker is open: what rests on codes waits.
    #[error("paused while somebody guesses")]
    Paused,
    /// What can stop without the core has stopped; a worker does the rest when the core answers.
    #[error("stopped as far as is possible without the core, under case {0}")]
    StoppedInPart(kanuki_domain::id::CaseId),
    /// A kill switch is closed.
    #[error("stopped for the time being")]
    Stopped,
    /// The amounts cannot be.
    #[error("these amounts are not possible")]
    Amounts,
    /// The mandate is not in a state for it.
    #[error("the mandate does not allow this")]
    Mandate(#[from] MandateError),
    /// The holder must sign this debit first (RFC 9470).
    #[error("the holder must sign this debit")]
    MustBeSigned(crate::debit::judge::Why),
    /// The partner's request is refused in the words of OAuth.
    #[error("the request was refused")]
    OAuth(#[from] OAuthError),
    /// The desk refused.
    #[error("the desk could not do it")]
    Desk(#[from] DeskError),
    /// The registry of partners refused.
    #[error("the registry could not do it")]
    Registry(#[from] kanuki_desk::registry::RegistryError),
    /// The store does not answer, or somebody was faster.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
    /// The core gave no answer.
    #[error("the core system gave no answer")]
    Core(#[from] crate::CoreError),
}

impl From<kanuki_desk::policy::Refused> for BankError {
    /// A text that is none was refused when it was proposed; here it is as good as not there.
    fn from(refused: kanuki_desk::policy::Refused) -> Self {
        use kanuki_desk::{policy::Refused, risk_record::Unsigned};
        match refused {
            Refused::Desk(error) => Self::Desk(error),
            Refused::Record(error) | Refused::Unsigned(Unsigned::Record(error)) => {
                Self::Record(error)
            }
            Refused::Unsigned(Unsigned::Lacks(_) | Unsigned::Uncovered(_)) => {
                Self::Desk(DeskError::NeedsRiskRecord)
            }
            Refused::TooLong
            | Refused::Mistakes(_)
            | Refused::OtherName { .. }
            | Refused::SameName
            | Refused::Known => Self::NotAvailable,
        }
    }
}
