//! The sums of two accounts after an amount moved, if they fit.

use kanuki_domain::{Yen, YenError};

use super::Standing;
use crate::result::CreateTransferResult as R;

/// Both accounts with `amount` added to what is pending or posted.
///
/// All overflows of TigerBeetle are told apart, in its order: pending, posted, both together.
#[inline]
pub(super) fn moved(
    debit: &Standing,
    credit: &Standing,
    amount: Yen,
    is_pending: bool,
) -> Result<(Standing, Standing), R> {
    let or = |sum: Result<Yen, YenError>, reason: R| sum.map_err(|_| reason);
    let (mut debit, mut credit) = (*debit, *credit);
    if is_pending {
        debit.debits_pending = or(debit.debits_pending.plus(amount), R::OverflowsDebitsPending)?;
        credit.credits_pending =
            or(credit.credits_pending.plus(amount), R::OverflowsCreditsPending)?;
        or(debit.debits_posted.plus(amount), R::OverflowsDebitsPosted)?;
        or(credit.credits_posted.plus(amount), R::OverflowsCreditsPosted)?;
    } else {
        debit.debits_posted = or(debit.debits_posted.plus(amount), R::OverflowsDebitsPosted)?;
        credit.credits_posted = or(credit.credits_posted.plus(amount), R::OverflowsCreditsPosted)?;
    }
    or(debit.debits_pending.plus(debit.debits_posted), R::OverflowsDebits)?;
    or(credit.credits_pending.plus(credit.credits_posted), R::OverflowsCredits)?;
    Ok((debit, credit))
}

/// Both accounts with the reservation of `amount` taken back.
pub(super) fn released(debit: &Standing, credit: &Standing, amount: Yen) -> (Standing, Standing) {
    assert!(debit.debits_pending >= amount, "a reservation is part of the debits pending");
    assert!(credit.credits_pending >= amount, "a reservation is part of the credits pending");
    (
        Standing { debits_pending: debit.debits_pending.minus_or_zero(amount), ..*debit },
        Standing { credits_pending: credit.credits_pending.minus_or_zero(amount), ..*credit },
    )
}
