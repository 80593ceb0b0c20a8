//! An event acts once: under its name, and under no other's.

use std::sync::Arc;

use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, RecordError, Unit};
use kanuki_wire::set::{self, SecurityEvent};

use super::Received;
use crate::{PartnerBank, Wallet, WalletError, replay::Replay};

impl Wallet {
    /// An event that we have no word for does nothing, and is on record, once.
    pub(super) async fn note_unknown(
        &self,
        ctx: &Ctx<'_>,
        banks: &[Arc<PartnerBank>],
        token: &str,
    ) -> Result<(), WalletError> {
        let named = |bank: &Arc<PartnerBank>| {
            set::name_of(token, &bank.event_keys).map(|(jti, uri)| (Arc::clone(bank), jti, uri))
        };
        let Some((bank, jti, uri)) = banks.iter().find_map(named) else { return Ok(()) };
        let mut unit = Unit::new();
        unit.insert(&Replay::of_event(ctx.now, (&bank.issuer, &jti), uri.clone()));
        unit.audit(AuditEntry::new(ctx.now, bank.code, "event.unknown", &jti).with("event", uri));
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Duplicate { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// An event whose name is known: the same one is fine. Another one is not acted on, and is on record, once:
    /// in silence, an alarm would be lost to its sender's mistake, or to whoever used up its name before.
    pub(super) async fn told_again(
        &self,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
        (event, used): (&SecurityEvent, &Replay),
    ) -> Result<Received, WalletError> {
        if used.said.as_ref().is_none_or(|said| *said == event.digest()) {
            return Ok(Received::Taken);
        }
        let mut unit = Unit::new();
        let entry = AuditEntry::new(ctx.now, bank.code, "event.reused", &event.jti);
        unit.insert(&Replay::of_reuse(ctx.now, &bank.issuer, &event.jti));
        unit.audit(entry.with("event", event.event.uri()));
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Duplicate { .. }) => Ok(Received::Reused),
            Err(error) => Err(error.into()),
        }
    }
}
