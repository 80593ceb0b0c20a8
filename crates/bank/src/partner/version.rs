//! Taking a partner on, and changing what was agreed: proposed by one, signed by another.
//!
//! The ledger's accounts are made first, which is repeatable; then one unit holds the signature,
//! the version, the end of the one before and the row that every request reads. A crash in between
//! leaves a version that still waits.

use kanuki_desk::registry::{self, Origin, RegistryError, Signing, Version};
use kanuki_domain::{
    Ctx,
    agreement::today,
    id::{StaffId, encode_base32},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::jcs;

use super::{Partner, PartnerKeys};
use crate::{Bank, BankError, chart};

impl Bank {
    /// Takes over a partner of the configuration file, unless staff have decided about it. What
    /// is not complete, or loosens what counts, is refused. What a file brings after the first start
    /// waits at the desk, unless it only tightens.
    pub async fn import_partner(
        &self,
        ctx: &Ctx<'_>,
        partner: Partner,
        signers: &[String],
    ) -> Result<(), BankError> {
        chart::open(&*self.ledger, ctx.now).await?;
        let imported = registry::import(&self.book, ctx.now, partner.clone(), signers).await?;
        if matches!(imported, registry::Imported::New(..)) {
            chart::open_partner(&*self.ledger, &partner.client_id, ctx.now).await?;
        }
        let client_id = partner.client_id.clone();
        if matches!(imported, registry::Imported::Waits(_)) {
            tracing::warn!(
                client_id,
                "what the file says of a partner waits for two people at the desk"
            );
        }
        let mut unit = Unit::new();
        if imported.keep(&mut unit, ctx.now) {
            self.keep_partner(ctx, &mut unit, partner).await?;
            self.book.commit(unit).await?;
            self.carry_on(ctx, &client_id).await;
        } else if unit.writes() > 0 {
            self.book.commit(unit).await?;
        }
        Ok(())
    }

    /// One member of staff proposes. One version of a partner waits at a time.
    pub async fn propose_partner(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut partner: Partner,
        reason: &str,
    ) -> Result<Version<Partner>, BankError> {
        registry::profile::settle(&mut partner.agreement, today(ctx.now));
        let origin = Origin::Staff { by };
        let version = registry::draft(&self.book, ctx.now, origin, partner, reason).await?;
        let mut unit = Unit::new();
        unit.insert(&version).audit(
            AuditEntry::new(ctx.now, by, "partner.proposed", &version.subject)
                .with("version", version.number)
                .with("reason", &version.reason),
        );
        match self.book.commit(unit).await {
            Ok(()) => Ok(version),
            Err(RecordError::Duplicate { .. }) => Err(RegistryError::Waiting.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// What a member of staff signs to let a version count.
    pub async fn start_partner_signature(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        client_id: &str,
        number: u32,
    ) -> Result<(String, Signing), BankError> {
        let version = registry::version::<Partner>(&self.book, client_id, number).await?;
        let counts = registry::live::<Partner>(&self.book, client_id).await?;
        registry::require_signable(&self.book, &version, counts.as_deref(), by, ctx.now).await?;
        let nonce = encode_base32(u128::from_be_bytes(ctx.random()));
        let (canonical, challenge) = self.signed_text(&version, &nonce)?;
        let signed = (canonical, challenge, nonce);
        Ok(registry::start((&self.book, &self.rp), by, &version, signed).await?)
    }

    fn signed_text(
        &self,
        version: &Version<Partner>,
        nonce: &str,
    ) -> Result<(String, [u8; 32]), BankError> {
        let image = registry::pre_image(version, &self.config.issuer, nonce);
        let canonical = jcs::canonical(&image).map_err(|_| BankError::Amounts)?;
        let challenge = jcs::digest(&image).map_err(|_| BankError::Amounts)?;
        Ok((String::from_utf8_lossy(&canonical).into_owned(), challenge))
    }

    /// The version counts, if that is what was signed, and nothing came in between.
    pub async fn finish_partner_signature(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (response, signing): (&str, &Signing),
    ) -> Result<(), BankError> {
        let client_id = signing.subject.as_str();
        let mut version =
            registry::version::<Partner>(&self.book, client_id, signing.number).await?;
        let counts = registry::live::<Partner>(&self.book, client_id).await?;
        registry::require_signable(&self.book, &version, counts.as_deref(), by, ctx.now).await?;
        let (canonical, _) = self.signed_text(&version, &signing.nonce)?;
        let mut unit = Unit::new();
        let ceremony = (&self.book, &*self.rp);
        let answer = (response, signing);
        let signature =
            registry::finish(ceremony, &mut unit, (by, ctx.now), answer, &canonical).await?;
        chart::open(&*self.ledger, ctx.now).await?;
        chart::open_partner(&*self.ledger, client_id, ctx.now).await?;
        registry::go_live(&mut unit, &mut version, counts, signature);
        self.keep_partner(ctx, &mut unit, version.content.clone()).await?;
        match self.book.commit(unit).await {
            Ok(()) => {
                self.carry_on(ctx, client_id).await;
                Ok(())
            }
            // Somebody signed, declined or imported at the same moment.
            Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => {
                Err(RegistryError::Decided.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Anybody takes a waiting version off the table.
    pub async fn decline_partner(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        client_id: &str,
        number: u32,
    ) -> Result<(), BankError> {
        let version = registry::version::<Partner>(&self.book, client_id, number).await?;
        let mut unit = Unit::new();
        registry::decline(&mut unit, version, by, ctx.now)?;
        Ok(self.book.commit(unit).await?)
    }

    /// What counts here and is not what was signed or imported: a reason not to start.
    pub async fn registry_faults(&self) -> Result<Vec<String>, BankError> {
        Ok(registry::faults::<Partner>(&self.book, Some(&*self.rp), None).await?)
    }

    /// Adds to `unit` the row that every request reads. Keys that were fetched from another place
    /// than is agreed now are forgotten.
    async fn keep_partner(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        partner: Partner,
    ) -> Result<(), BankError> {
        let Some(mut known) = self.book.find::<Partner>(&partner.client_id).await? else {
            unit.insert(&partner);
            return Ok(());
        };
        self.keep_payout_cap(ctx, unit, (&known, &partner)).await?;
        if known.profile.jwks_uri != partner.profile.jwks_uri
            && let Some(keys) = self.fetched_keys(&partner.client_id).await?
        {
            unit.delete(&keys);
        }
        let since = known.since;
        *known.edit() = Partner { since, ..partner };
        unit.update(&known);
        Ok(())
    }

    /// What a version that counts changes in the ledger; the worker goes on if this cannot.
    async fn carry_on(&self, ctx: &Ctx<'_>, client_id: &str) {
        if let Err(error) = self.move_payout_cap(ctx, client_id).await {
            tracing::warn!(%error, client_id, "a cap on payouts waits");
        }
    }

    pub(super) async fn fetched_keys(
        &self,
        client_id: &str,
    ) -> Result<Option<Stored<PartnerKeys>>, BankError> {
        Ok(self.book.find::<PartnerKeys>(client_id).await?)
    }
}
