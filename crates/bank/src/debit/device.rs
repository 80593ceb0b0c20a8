//! The customer's devices that a mandate knows: the one it was made from, and those that its holder
//! let in since by a signature.

use jiff::Timestamp;
use kanuki_domain::{Ctx, id::MandateId};
use kanuki_record::{AuditEntry, RecordError, Unit, record};
use kanuki_wire::authn::AuthnEvidence;
use serde::{Deserialize, Serialize};

use crate::{Bank, BankError, mandate::Mandate};

/// A device that debits under a mandate may come from. Its name is the wallet's and means nothing
/// anywhere else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KnownDevice {
    /// Which mandate.
    pub mandate_id: MandateId,
    /// The wallet's name of it.
    pub device: String,
    /// Since when.
    pub since: Timestamp,
}

record! { KnownDevice => "known_device" by |d| key(d.mandate_id, &d.device);
    many mandate_id = |d| Some(d.mandate_id.to_string());
}

fn key(mandate_id: MandateId, device: &str) -> String {
    format!("{mandate_id}|{device}")
}

impl Bank {
    /// Adds to `unit` that the mandate knows `device`, if one was named, from now on. Once is enough.
    pub(crate) async fn bind_device(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        mandate_id: MandateId,
        device: Option<&str>,
    ) -> Result<(), BankError> {
        let Some(device) = device else { return Ok(()) };
        if self.book.find::<KnownDevice>(key(mandate_id, device)).await?.is_none() {
            let known = KnownDevice { mandate_id, device: device.to_owned(), since: ctx.now };
            unit.insert(&known).audit(AuditEntry::new(
                ctx.now,
                "system",
                "mandate.device_known",
                mandate_id,
            ));
        }
        Ok(())
    }

    /// Whether a device was named that the mandate does not know.
    pub(crate) async fn is_new_device(
        &self,
        mandate: &Mandate,
        device: Option<&str>,
    ) -> Result<bool, BankError> {
        let Some(device) = device else { return Ok(false) };
        Ok(self.book.find::<KnownDevice>(key(mandate.mandate_id, device)).await?.is_none())
    }

    /// The same, or none was named although the mandate knows some.
    pub(crate) async fn is_unknown_device(
        &self,
        mandate: &Mandate,
        device: Option<&str>,
    ) -> Result<bool, BankError> {
        let mandate_id = mandate.mandate_id.to_string();
        let known = self.book.list::<KnownDevice>("mandate_id", &mandate_id).await?;
        Ok(match device {
            Some(device) => !known.iter().any(|one| one.device == device),
            None => !known.is_empty(),
        })
    }

    /// Whether a debit comes from a device that the mandate does not know, or from none that is
    /// named although it knows some.
    ///
    /// A mandate that knows none learns the first one that is named while it still cools, when
    /// little can be lost; not where its partner has agreed since to name one with each link, because then
    /// its holder lets the first one in. One that was made by a wallet that names none never asks.
    pub(crate) async fn is_strange(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
        evidence: Option<&AuthnEvidence>,
    ) -> Result<bool, BankError> {
        let mandate_id = mandate.mandate_id.to_string();
        let known = self.book.list::<KnownDevice>("mandate_id", &mandate_id).await?;
        let Some(evidence) = evidence else { return Ok(!known.is_empty()) };
        if known.iter().any(|one| one.device == evidence.device) {
            return Ok(false);
        }
        let is_first = known.is_empty() && mandate.state.cooling_until(ctx.now).is_some();
        if !is_first || self.known_partner(&mandate.client_id).await?.profile.authn_evidence {
            return Ok(true);
        }
        let mut unit = Unit::new();
        let device = Some(evidence.device.as_str());
        self.bind_device(ctx, &mut unit, mandate.mandate_id, device).await?;
        match self.book.commit(unit).await {
            // Another debit from the same device was faster.
            Ok(()) | Err(RecordError::Duplicate { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
