//! Forgetting what came to nothing: five an hour and network may be asked for, for contacts of nobody too.

use kanuki_domain::{Ctx, limits::DAY_SECS, mandate::later};
use kanuki_record::{Record as _, RecordError, Unit, vault::PersonKey};

use super::{OPEN_SECS, Recovery, RecoveryState};
use crate::{Wallet, WalletError};

impl Recovery {
    /// True a day after its time is over: its code is answered like one that never was, and so is that
    /// of a contact that nobody has. One that led to a passkey stays.
    fn is_forgotten(&self, ctx: &Ctx<'_>) -> bool {
        let over = later(self.ready_at, OPEN_SECS.saturating_add(DAY_SECS));
        self.state != RecoveryState::Done && ctx.now >= over
    }
}

impl Wallet {
    /// Forgets the recoveries that can lead nowhere any more, with the key of what a card said for one.
    /// The audit log keeps that each was asked for. Called by the worker; says how many.
    pub(crate) async fn forget_recoveries(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let (mut gone, mut after) = (0_usize, String::new());
        loop {
            let page = self.book.scan::<Recovery>(&after).await?;
            let Some(last) = page.last() else { return Ok(gone) };
            after = last.id();
            for recovery in page.iter().filter(|recovery| recovery.is_forgotten(ctx)) {
                let mut unit = Unit::new();
                unit.delete(recovery);
                if let Some(key) = self.book.find::<PersonKey>(recovery.recovery_id).await? {
                    unit.delete(&key);
                }
                match self.book.commit(unit).await {
                    Ok(()) => gone = gone.saturating_add(1),
                    // Another node was faster.
                    Err(RecordError::Conflict { .. } | RecordError::Absent { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
}
