//! The one place that turns a wallet's refusal into HTTP.

use http::StatusCode;
use kanuki_desk::registry::RegistryError;
use kanuki_ledger::ChainError;
use kanuki_site::Problem;
use kanuki_wallet::WalletError;

/// A refusal as a browser or a script gets it. What must not be told apart shares a code; the
/// words for people are `error-{code}` in the catalog.
pub(crate) fn problem(error: WalletError) -> Problem {
    match error {
        WalletError::NotAvailable | WalletError::OtherBrowser => Problem::not_found(),
        WalletError::NotAccepted => Problem::forbidden("not_accepted"),
        WalletError::Locked { .. } => Problem::new(StatusCode::TOO_MANY_REQUESTS, "locked"),
        WalletError::NoIdentity => Problem::forbidden("no_identity"),
        WalletError::NoConsent => Problem::unprocessable("no_consent"),
        WalletError::Identity(reason) => {
            tracing::info!(%reason, "a proof of identity was refused");
            Problem::forbidden("identity_refused")
        }
        WalletError::SecondWallet => Problem::conflict("second_wallet"),
        WalletError::Profile(_) => Problem::unprocessable("profile"),
        WalletError::Amount => Problem::unprocessable("amount"),
        WalletError::BalanceFull => Problem::conflict("balance_full"),
        WalletError::Different => Problem::conflict("different_request"),
        WalletError::Closing => Problem::conflict("closing"),
        WalletError::NoAccount => Problem::conflict("no_account"),
        WalletError::Stopped => Problem::conflict("stopped"),
        WalletError::TooMany => Problem::too_many(),
        WalletError::ClaimWaits => Problem::conflict("claim_waits"),
        WalletError::TooEarly { .. } => Problem::conflict("too_early"),
        WalletError::Bank(reason) => {
            tracing::warn!(code = reason.code.as_str(), "a bank refused");
            Problem::conflict("bank_refused")
        }
        WalletError::BankSilent => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "bank_silent"),
        WalletError::Desk(error) => kanuki_desk_http::refused::problem(error),
        WalletError::Registry(error) => registry(error),
        WalletError::Chain(error) => chain(error),
        WalletError::Ledger(error) => {
            tracing::error!(%error, "the ledger does not answer");
            Problem::unavailable()
        }
        WalletError::Record(error) => error.into(),
        WalletError::Key(what) => {
            tracing::error!(what, "a key could not be used");
            Problem::internal()
        }
    }
}

fn chain(error: ChainError) -> Problem {
    match error {
        ChainError::Ledger(error) => {
            tracing::error!(%error, "the ledger does not answer");
            Problem::unavailable()
        }
        ChainError::Refused { .. } | ChainError::Torn { .. } => {
            tracing::error!(%error, "the ledger refused what it must take");
            Problem::internal()
        }
    }
}

fn registry(error: RegistryError) -> Problem {
    match error {
        RegistryError::Absent => Problem::not_found(),
        RegistryError::Subject => Problem::unprocessable("bad_form"),
        RegistryError::Unchanged => Problem::unprocessable("version_unchanged"),
        RegistryError::Waiting => Problem::conflict("version_waiting"),
        RegistryError::Decided => Problem::conflict("decided"),
        RegistryError::Stale => Problem::conflict("version_stale"),
        RegistryError::Gaps(_) | RegistryError::Loosens(_) => Problem::conflict("version_gaps"),
        RegistryError::ProposerLeft => Problem::conflict("asker_left"),
        RegistryError::SamePerson | RegistryError::NobodyProposes => {
            Problem::conflict("second_person")
        }
        RegistryError::NoReason => Problem::unprocessable("reason_needed"),
        RegistryError::TooMany => Problem::too_many(),
        RegistryError::InUse(why) => Problem::conflict(why.code()),
        RegistryError::Passkey(_) => Problem::forbidden("not_accepted"),
        RegistryError::Record(error) => error.into(),
    }
}
