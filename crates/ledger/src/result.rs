//! What the ledger answers, by TigerBeetle's names.
//!
//! The variants are in the order of precedence: when several apply, the first is answered. They
//! are those of TigerBeetle 0.17 but for `reserved_field` and `reserved_flag`, which no caller of a
//! typed interface can earn, and those of the shorter user data, which this model does not have.
//!
//! An id that failed for a passing reason (see [`CreateTransferResult::is_transient`]) is
//! remembered and answers `id_already_failed` for ever: a caller that lost the answer and asks again
//! must not be told another one, because capacity returned meanwhile. Who wants to try again later
//! tries with a new id.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! results {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// Every one of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name, in `snake_case`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// True when what was asked for is in the ledger, now or already.
            #[must_use]
            pub const fn is_done(self) -> bool {
                matches!(self, Self::Created | Self::Exists)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

results! {
    /// The answer to one account of `create_accounts`.
    CreateAccountResult {
        /// It was made.
        Created = "created",
        /// Another account of its chain was refused, so this one was not made either.
        LinkedEventFailed = "linked_event_failed",
        /// The batch ends within a chain.
        LinkedEventChainOpen = "linked_event_chain_open",
        /// The batch began with an imported account, and this one is not.
        ImportedEventExpected = "imported_event_expected",
        /// The batch began with an account that is not imported, and this one is.
        ImportedEventNotExpected = "imported_event_not_expected",
        /// The ledger sets the timestamp.
        TimestampMustBeZero = "timestamp_must_be_zero",
        /// An imported account needs the instant at which it was made.
        ImportedEventTimestampOutOfRange = "imported_event_timestamp_out_of_range",
        /// Nothing is imported from the future.
        ImportedEventTimestampMustNotAdvance = "imported_event_timestamp_must_not_advance",
        /// 0 means "none".
        IdMustNotBeZero = "id_must_not_be_zero",
        /// All ones is reserved.
        IdMustNotBeIntMax = "id_must_not_be_int_max",
        /// The id is taken, with other flags; or the account was closed since it was made.
        ExistsWithDifferentFlags = "exists_with_different_flags",
        /// The id is taken, with another reference.
        ExistsWithDifferentUserData = "exists_with_different_user_data_128",
        /// The id is taken, in another ledger.
        ExistsWithDifferentLedger = "exists_with_different_ledger",
        /// The id is taken, with another code.
        ExistsWithDifferentCode = "exists_with_different_code",
        /// The same account was made before: a retry.
        Exists = "exists",
        /// Both overdraft flags at once.
        FlagsAreMutuallyExclusive = "flags_are_mutually_exclusive",
        /// A new account has no reserved debits.
        DebitsPendingMustBeZero = "debits_pending_must_be_zero",
        /// A new account has no debits.
        DebitsPostedMustBeZero = "debits_posted_must_be_zero",
        /// A new account has no reserved credits.
        CreditsPendingMustBeZero = "credits_pending_must_be_zero",
        /// A new account has no credits.
        CreditsPostedMustBeZero = "credits_posted_must_be_zero",
        /// Ledger 0 does not exist.
        LedgerMustNotBeZero = "ledger_must_not_be_zero",
        /// Code 0 does not exist.
        CodeMustNotBeZero = "code_must_not_be_zero",
        /// Accounts are imported in the order in which they were made, before later transfers.
        ImportedEventTimestampMustNotRegress = "imported_event_timestamp_must_not_regress",
    }
}

results! {
    /// The answer to one transfer of `create_transfers`.
    CreateTransferResult {
        /// It was made.
        Created = "created",
        /// Another transfer of its chain was refused, so this one was not made either.
        LinkedEventFailed = "linked_event_failed",
        /// The batch ends within a chain.
        LinkedEventChainOpen = "linked_event_chain_open",
        /// The batch began with an imported transfer, and this one is not.
        ImportedEventExpected = "imported_event_expected",
        /// The batch began with a transfer that is not imported, and this one is.
        ImportedEventNotExpected = "imported_event_not_expected",
        /// The ledger sets the timestamp.
        TimestampMustBeZero = "timestamp_must_be_zero",
        /// An imported transfer needs the instant at which it happened.
        ImportedEventTimestampOutOfRange = "imported_event_timestamp_out_of_range",
        /// Nothing is imported from the future.
        ImportedEventTimestampMustNotAdvance = "imported_event_timestamp_must_not_advance",
        /// 0 means "none".
        IdMustNotBeZero = "id_must_not_be_zero",
        /// All ones is reserved.
        IdMustNotBeIntMax = "id_must_not_be_int_max",
        /// The id is taken, with other flags.
        ExistsWithDifferentFlags = "exists_with_different_flags",
        /// The id is taken, by the settling of another transfer.
        ExistsWithDifferentPendingId = "exists_with_different_pending_id",
        /// The id is taken, with another timeout.
        ExistsWithDifferentTimeout = "exists_with_different_timeout",
        /// The id is taken, with another debit account.
        ExistsWithDifferentDebitAccountId = "exists_with_different_debit_account_id",
        /// The id is taken, with another credit account.
        ExistsWithDifferentCreditAccountId = "exists_with_different_credit_account_id",
        /// The id is taken, with another amount.
        ExistsWithDifferentAmount = "exists_with_different_amount",
        /// The id is taken, with another reference.
        ExistsWithDifferentUserData = "exists_with_different_user_data_128",
        /// The id is taken, in another ledger.
        ExistsWithDifferentLedger = "exists_with_different_ledger",
        /// The id is taken, with another code.
        ExistsWithDifferentCode = "exists_with_different_code",
        /// The same transfer was made before: a retry.
        Exists = "exists",
        /// The id was refused before, for a reason that passes; it is never made any more.
        IdAlreadyFailed = "id_already_failed",
        /// Flags that contradict each other.
        FlagsAreMutuallyExclusive = "flags_are_mutually_exclusive",
        /// A debit account is needed.
        DebitAccountIdMustNotBeZero = "debit_account_id_must_not_be_zero",
        /// All ones is reserved.
        DebitAccountIdMustNotBeIntMax = "debit_account_id_must_not_be_int_max",
        /// A credit account is needed.
        CreditAccountIdMustNotBeZero = "credit_account_id_must_not_be_zero",
        /// All ones is reserved.
        CreditAccountIdMustNotBeIntMax = "credit_account_id_must_not_be_int_max",
        /// An account cannot trade with itself.
        AccountsMustBeDifferent = "accounts_must_be_different",
        /// Only a post or a void names a pending transfer.
        PendingIdMustBeZero = "pending_id_must_be_zero",
        /// A post or a void must name a pending transfer.
        PendingIdMustNotBeZero = "pending_id_must_not_be_zero",
        /// All ones is reserved.
        PendingIdMustNotBeIntMax = "pending_id_must_not_be_int_max",
        /// A transfer cannot settle itself.
        PendingIdMustBeDifferent = "pending_id_must_be_different",
        /// Only a pending transfer times out.
        TimeoutReservedForPendingTransfer = "timeout_reserved_for_pending_transfer",
        /// Only a pending transfer closes an account, so that voiding it opens it again.
        ClosingTransferMustBePending = "closing_transfer_must_be_pending",
        /// Ledger 0 does not exist.
        LedgerMustNotBeZero = "ledger_must_not_be_zero",
        /// Code 0 does not exist.
        CodeMustNotBeZero = "code_must_not_be_zero",
        /// No such debit account.
        DebitAccountNotFound = "debit_account_not_found",
        /// No such credit account.
        CreditAccountNotFound = "credit_account_not_found",
        /// Two kinds of money cannot mix.
        AccountsMustHaveTheSameLedger = "accounts_must_have_the_same_ledger",
        /// The transfer names another ledger than its accounts.
        TransferMustHaveTheSameLedgerAsAccounts = "transfer_must_have_the_same_ledger_as_accounts",
        /// No such pending transfer.
        PendingTransferNotFound = "pending_transfer_not_found",
        /// The transfer to be settled was not a pending one.
        PendingTransferNotPending = "pending_transfer_not_pending",
        /// The pending transfer has another debit account.
        PendingTransferHasDifferentDebitAccountId = "pending_transfer_has_different_debit_account_id",
        /// The pending transfer has another credit account.
        PendingTransferHasDifferentCreditAccountId = "pending_transfer_has_different_credit_account_id",
        /// The pending transfer is in another ledger.
        PendingTransferHasDifferentLedger = "pending_transfer_has_different_ledger",
        /// The pending transfer has another code.
        PendingTransferHasDifferentCode = "pending_transfer_has_different_code",
        /// More would be settled than was reserved.
        ExceedsPendingTransferAmount = "exceeds_pending_transfer_amount",
        /// A void gives everything back.
        PendingTransferHasDifferentAmount = "pending_transfer_has_different_amount",
        /// It was posted before.
        PendingTransferAlreadyPosted = "pending_transfer_already_posted",
        /// It was voided before.
        PendingTransferAlreadyVoided = "pending_transfer_already_voided",
        /// Its timeout released it before.
        PendingTransferExpired = "pending_transfer_expired",
        /// Transfers are imported in the order in which they happened.
        ImportedEventTimestampMustNotRegress = "imported_event_timestamp_must_not_regress",
        /// The debit account was made later.
        ImportedEventTimestampMustPostdateDebitAccount = "imported_event_timestamp_must_postdate_debit_account",
        /// The credit account was made later.
        ImportedEventTimestampMustPostdateCreditAccount = "imported_event_timestamp_must_postdate_credit_account",
        /// What is imported as pending waits until it is settled.
        ImportedEventTimeoutMustBeZero = "imported_event_timeout_must_be_zero",
        /// The debit account is closed.
        DebitAccountAlreadyClosed = "debit_account_already_closed",
        /// The credit account is closed.
        CreditAccountAlreadyClosed = "credit_account_already_closed",
        /// Reserved debits would pass what an account can hold.
        OverflowsDebitsPending = "overflows_debits_pending",
        /// Reserved credits would pass what an account can hold.
        OverflowsCreditsPending = "overflows_credits_pending",
        /// Debits would pass what an account can hold.
        OverflowsDebitsPosted = "overflows_debits_posted",
        /// Credits would pass what an account can hold.
        OverflowsCreditsPosted = "overflows_credits_posted",
        /// All debits would pass what an account can hold.
        OverflowsDebits = "overflows_debits",
        /// All credits would pass what an account can hold.
        OverflowsCredits = "overflows_credits",
        /// The timeout lies beyond the end of time.
        OverflowsTimeout = "overflows_timeout",
        /// The debit account would be overdrawn.
        ExceedsCredits = "exceeds_credits",
        /// The credit account's credits would pass its debits.
        ExceedsDebits = "exceeds_debits",
    }
}

impl CreateTransferResult {
    /// True for a refusal that rests on something that may pass: the same request could have been
    /// made at another moment. Its id is burnt all the same.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(
            self,
            Self::DebitAccountNotFound
                | Self::CreditAccountNotFound
                | Self::PendingTransferNotFound
                | Self::ExceedsCredits
                | Self::ExceedsDebits
                | Self::DebitAccountAlreadyClosed
                | Self::CreditAccountAlreadyClosed
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_written_by_their_names() {
        let text = serde_json::to_string(&CreateTransferResult::ExceedsCredits).unwrap();

        assert_eq!(text, "\"exceeds_credits\"");
        assert_eq!(CreateTransferResult::ExceedsCredits.to_string(), "exceeds_credits");
    }
}
