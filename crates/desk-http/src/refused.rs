//! The one place that turns a refusal of the desk into HTTP, for both companies.

use kanuki_desk::DeskError;
use kanuki_site::Problem;

/// A refusal as a browser gets it; its words are `error-{code}` in the catalogue.
#[must_use]
pub fn problem(error: DeskError) -> Problem {
    match error {
        DeskError::Ledger(error) => {
            tracing::error!(%error, "the ledger does not answer");
            Problem::unavailable()
        }
        DeskError::Refused(reason) => {
            tracing::error!(reason, "the ledger refused a control account");
            Problem::internal()
        }
        DeskError::Record(error) => error.into(),
        DeskError::SamePerson => Problem::conflict("second_person"),
        DeskError::TooEarly => Problem::conflict("too_early"),
        DeskError::HasLeft => Problem::conflict("asker_left"),
        DeskError::NeedsOfficer => Problem::conflict("officer_needed"),
        DeskError::TooFew => Problem::conflict("too_few_staff"),
        DeskError::Decided => Problem::conflict("decided"),
        DeskError::NeedsOutcome => Problem::conflict("outcome_needed"),
        DeskError::StillLooser => Problem::conflict("still_looser"),
        DeskError::NeedsReview => Problem::conflict("review_needed"),
        DeskError::NeedsRiskRecord => Problem::conflict("risk_record_needed"),
        DeskError::NotShown => Problem::conflict("evidence_not_shown"),
        DeskError::NotNamed => Problem::unprocessable("evidence_unnamed"),
        DeskError::JoinFirst => Problem::conflict("join_first"),
        DeskError::SecondLook => Problem::conflict("second_look"),
        DeskError::Claimed => Problem::conflict("claimed"),
        DeskError::PaidThere => Problem::conflict("paid_there"),
        DeskError::ClaimOpen => Problem::conflict("claim_open"),
        DeskError::Claim(_) => Problem::conflict("claim_state"),
        DeskError::NotAccepted => Problem::forbidden("not_accepted"),
    }
}

/// The same, where whatever is not there is not found.
#[must_use]
pub fn hidden(error: DeskError) -> Problem {
    match error {
        DeskError::NotAccepted => Problem::not_found(),
        other => problem(other),
    }
}
