//! What a raised cap waits for, a signature over one debit waits for too: it goes past the same
//! terms, and it lets a device in for good.

use kanuki_desk::authenticator::Authenticator;
use kanuki_domain::{Ctx, limits::RECOVERY_WAIT_SECS, mandate::later};

use crate::{Bank, BankError, approval::DebitApproval, holder::Known, mandate::Mandate};

impl Bank {
    /// Refuses with [`BankError::Waits`] a passkey that came by a code while it is new, and what goes
    /// beyond the mandate's terms or comes from a strange device while a changed contact has not
    /// settled (FT-12, BK-03): whoever talked a code out of the holder must not take past an old
    /// link's terms within minutes, nor have their own device known to it.
    pub(super) async fn require_ripe(
        &self,
        ctx: &Ctx<'_>,
        (approval, mandate): (&DebitApproval, &Mandate),
        (known, authenticator): (&Known, &Authenticator),
        goes_beyond: bool,
    ) -> Result<(), BankError> {
        if authenticator.route.rests_on_a_code() {
            let until = later(authenticator.created_at, RECOVERY_WAIT_SECS);
            if ctx.now < until {
                return Err(BankError::Waits { until });
            }
        }
        let device = approval.device.as_deref();
        if goes_beyond || self.is_unknown_device(mandate, device).await? {
            self.require_settled(ctx, known, Some(authenticator)).await?;
        }
        Ok(())
    }
}
