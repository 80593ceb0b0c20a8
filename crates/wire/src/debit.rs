//! The bodies of `POST /debits` and `POST /credits`, and their answers.
//!
//! The caller's id is the idempotency key: for the same id the bank answers the same for ever.

use jiff::Timestamp;
use kanuki_domain::{
    Yen,
    id::{DebitId, PayoutId},
    mandate::Interaction,
};
use serde::{Deserialize, Serialize};

use crate::authn::AuthnEvidence;

/// Pull `amount` under the mandate of the access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DebitRequest {
    /// Chosen by the wallet; a retry sends it again.
    pub debit_id: DebitId,
    /// How much.
    pub amount: Yen,
    /// Whether the customer is there; they are, unless it is said that they are not.
    #[serde(default)]
    pub interaction: Interaction,
    /// The device and sign-in behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authn_evidence: Option<AuthnEvidence>,
}

/// Pay `amount` out to the account of the access token's mandate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditRequest {
    /// Chosen by the wallet; a retry sends it again.
    pub payout_id: PayoutId,
    /// How much.
    pub amount: Yen,
    /// The debit that this gives back, wholly or in part; none for a payout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_of: Option<DebitId>,
}

/// What became of a debit or a credit.
///
/// Anything else that a caller hears (no answer, a status that is none of these, JSON that does
/// not parse) means that it does not know: the reservation stays and it asks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Done, and final.
    Booked {
        /// When the bank's books have it.
        booked_at: Timestamp,
    },
    /// Not done, and never will be under this id.
    Refused {
        /// In classes, so that a wallet learns nothing about the account's balance or owner that
        /// it does not need.
        reason: RefusalReason,
    },
    /// Under way, or waiting for a person; ask again.
    Pending,
}

/// Why a debit or credit was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// Above a cap of the mandate, the account or the person, or off-session where the holder
    /// agreed to debits in session only.
    OverLimit,
    /// The account does not have it, overdraft room left out.
    NotEnoughMoney,
    /// A stop is on: the holder's, the bank's or everyone's.
    Stopped,
    /// The mandate has ended, or has not begun.
    NotActive,
    /// Nothing wrong with the request: send a new one later.
    TryLater,
    /// Its holder was asked to sign it and said no, which is for good.
    Declined,
}

/// The answer to a [`DebitRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebitAnswer {
    /// As in the request; a caller checks that it is its own.
    pub debit_id: DebitId,
    /// What became of it.
    #[serde(rename = "result")]
    pub outcome: Outcome,
}

/// The answer to a [`CreditRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditAnswer {
    /// As in the request; a caller checks that it is its own.
    pub payout_id: PayoutId,
    /// What became of it.
    #[serde(rename = "result")]
    pub outcome: Outcome,
}

impl Outcome {
    /// The HTTP status that goes with it. A refusal is an answer, not an error of HTTP's.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Booked { .. } => 201,
            Self::Refused { .. } => 200,
            Self::Pending => 202,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn answers_have_a_fixed_form() {
        let debit_id = DebitId::from_bits(1);
        for (outcome, text) in [
            (
                Outcome::Booked { booked_at: Timestamp::UNIX_EPOCH },
                r#""outcome":"booked","booked_at":"1970-01-01T00:00:00Z""#,
            ),
            (
                Outcome::Refused { reason: RefusalReason::NotEnoughMoney },
                r#""outcome":"refused","reason":"not_enough_money""#,
            ),
            (Outcome::Pending, r#""outcome":"pending""#),
        ] {
            let answer = DebitAnswer { debit_id, outcome };
            let body = serde_json::to_string(&answer).unwrap();
            assert_eq!(body, format!(r#"{{"debit_id":"{debit_id}","result":{{{text}}}}}"#));
            assert_eq!(json::read::<DebitAnswer>(body.as_bytes()), Ok(answer));
        }
    }

    #[test]
    fn a_request_is_an_id_and_whole_yen() {
        let debit_id = DebitId::from_bits(1);
        let good = format!(r#"{{"debit_id":"{debit_id}","amount":"5000"}}"#);
        assert!(json::read::<DebitRequest>(good.as_bytes()).is_ok());

        for bad in [
            good.replace(r#""5000""#, "5000"),
            good.replace("5000", "50.00"),
            good.replace("5000", "-5000"),
            good.replace("5000", "05000"),
            good.replace("5000", ""),
            good.replace("dbt_", "pot_"),
            good.replace('}', r#","interaction":"asleep"}"#),
            good.replace('}', r#","currency":"USD"}"#),
            good.replace('}', r#","amount":"1"}"#),
            good.replace('}', r#","authn_evidence":{"device":"0123456789abcdef"}}"#),
        ] {
            assert!(json::read::<DebitRequest>(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_answer_without_a_known_outcome_is_no_answer() {
        let payout_id = PayoutId::from_bits(1);
        for tail in [
            r#""outcome":"done""#,
            r#""outcome":"refused""#,
            r#""outcome":"refused","reason":"bad_mood""#,
            r#""outcome":"booked""#,
        ] {
            let body = format!(r#"{{"payout_id":"{payout_id}","result":{{{tail}}}}}"#);
            assert!(json::read::<CreditAnswer>(body.as_bytes()).is_err(), "{body}");
        }
    }
}
