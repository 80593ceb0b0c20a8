//! Why a wallet's use case did not happen.

use jiff::Timestamp;
use kanuki_desk::DeskError;
use kanuki_ledger::{ChainError, LedgerError};
use kanuki_passkey::PasskeyError;
use kanuki_record::RecordError;
use kanuki_wire::OAuthError;

/// Refusals are few on purpose: what must not be told apart is one variant.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// Not there, not yours, expired or used: one answer for all of them.
    #[error("not available")]
    NotAvailable,
    /// A passkey, a printed key or a one-time code was not accepted.
    #[error("the proof was not accepted")]
    NotAccepted,
    /// Too many failures; nothing is looked at until then.
    #[error("locked for a while")]
    Locked {
        /// Until when.
        until: Timestamp,
    },
    /// This needs a proven identity.
    #[error("identity is not proven yet")]
    NoIdentity,
    /// The customer did not agree to what this needs.
    #[error("consent is missing")]
    NoConsent,
    /// The proof of identity was refused; why is counted, not told.
    #[error("the proof of identity was refused")]
    Identity(#[source] kanuki_jpki::JpkiError),
    /// The answer came in another browser than the one that asked.
    #[error("the answer came in another browser")]
    OtherBrowser,
    /// This person has a wallet already: one person, one wallet.
    #[error("this person already has a wallet")]
    SecondWallet,
    /// A name or contact that cannot be used.
    #[error("{0} cannot be used")]
    Profile(&'static str),
    /// An amount of zero, or above what one movement may be.
    #[error("this amount is not possible")]
    Amount,
    /// A wallet would hold more than it may.
    #[error("the wallet would hold too much")]
    BalanceFull,
    /// The same name was used for another movement.
    #[error("this request was made before with other contents")]
    Different,
    /// The wallet is being closed: money only leaves.
    #[error("the wallet is being closed")]
    Closing,
    /// No connected account can take what is in the wallet.
    #[error("no account can take the rest")]
    NoAccount,
    /// A kill switch is closed, or the wallet is frozen.
    #[error("stopped for the time being")]
    Stopped,
    /// The risk engine refuses: why is for staff.
    #[error("too many for now")]
    TooMany,
    /// Money by link waits where it is: why is for staff.
    #[error("the money by link waits")]
    ClaimWaits,
    /// Possible later.
    #[error("this is possible later")]
    TooEarly {
        /// From when on.
        from: Timestamp,
    },
    /// The bank refused, in the words of OAuth.
    #[error("the bank refused")]
    Bank(#[source] OAuthError),
    /// The bank gave no answer: what it did is not known.
    #[error("the bank gave no answer")]
    BankSilent,
    /// The registry of banks refused.
    #[error("the registry could not do it")]
    Registry(#[from] kanuki_desk::registry::RegistryError),
    /// The desk refused.
    #[error("the desk could not do it")]
    Desk(#[from] DeskError),
    /// The ledger refused what it never should, or did not answer.
    #[error("the ledger could not do it")]
    Chain(#[from] ChainError),
    /// The ledger does not answer.
    #[error("the ledger is not available")]
    Ledger(#[from] LedgerError),
    /// The store does not answer, or somebody was faster.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
    /// A key or token could not be made: a damaged key store.
    #[error("a key could not be used: {0}")]
    Key(&'static str),
}

/// Does it again, up to five times, while somebody else writes the same rows: who stops something
/// must not lose to a thief who keeps it busy.
macro_rules! insist {
    ($once:expr) => {{
        let mut left = 5_u8;
        loop {
            match $once {
                Err($crate::WalletError::Record(kanuki_record::RecordError::Conflict {
                    ..
                })) if left > 0 => left = left.saturating_sub(1),
                done => break done,
            }
        }
    }};
}
pub(crate) use insist;

impl From<PasskeyError> for WalletError {
    /// Which check failed is for counting; the person hears one answer.
    fn from(error: PasskeyError) -> Self {
        tracing::info!(reason = %error, "passkey refused");
        Self::NotAccepted
    }
}

impl From<kanuki_desk::policy::Refused> for WalletError {
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
