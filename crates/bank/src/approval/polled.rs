//! How often a wallet that waits has asked (CIBA Core section 11: `slow_down`).
//!
//! It stands apart from the request: a wallet asks every few seconds, and whatever it changed in the row
//! that the holder decides on would throw back a signature that comes at the same moment.

use jiff::Timestamp;
use kanuki_domain::{Ctx, mandate::later};
use kanuki_record::{RecordError, Unit, record};
use kanuki_wire::{ErrorCode, ciba::INTERVAL_SECS};
use serde::{Deserialize, Serialize};

use crate::{Bank, BankError, link::possession::refuse, sweep::forget_on};

/// The last time that a wallet asked for one request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Polled {
    auth_req_hash: String,
    at: Timestamp,
    interval: u32,
    expires_at: Timestamp,
}

record! { Polled => "backchannel_poll" by |p| p.auth_req_hash.clone();
    loose forget_on = |p| Some(forget_on(p.expires_at));
}

impl Bank {
    /// Nobody decided yet. Who polls too soon waits five seconds longer from then on.
    pub(super) async fn not_yet(
        &self,
        ctx: &Ctx<'_>,
        (auth_req_hash, expires_at): (&str, Timestamp),
    ) -> Result<BankError, BankError> {
        let mut unit = Unit::new();
        let mut is_soon = false;
        if let Some(mut row) = self.book.find::<Polled>(auth_req_hash).await? {
            is_soon = ctx.now < later(row.at, i64::from(row.interval));
            let edit = row.edit();
            edit.at = ctx.now;
            if is_soon {
                edit.interval = edit.interval.saturating_add(INTERVAL_SECS);
            }
            unit.update(&row);
        } else {
            unit.insert(&Polled {
                auth_req_hash: auth_req_hash.to_owned(),
                at: ctx.now,
                interval: INTERVAL_SECS,
                expires_at,
            });
        }
        match self.book.commit(unit).await {
            // Asked for at this very moment by another: that one is counted.
            Ok(()) | Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(if is_soon {
            refuse(ErrorCode::SlowDown, "wait longer between polls")
        } else {
            refuse(ErrorCode::AuthorizationPending, "the holder has not decided")
        })
    }
}
