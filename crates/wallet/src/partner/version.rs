//! Taking a bank on, and changing what was agreed: proposed by one, signed by another.
//!
//! The ledger's accounts are made first, which is repeatable; then one unit holds the signature,
//! the version, the end of the one before and the row that everything else reads. A crash in between
//! leaves a version that still waits.

use kanuki_desk::registry::{self, Origin, RegistryError, Signing, Version};
use kanuki_domain::{
    Ctx,
    agreement::today,
    bank_account::BankCode,
    id::{StaffId, encode_base32},
};
use kanuki_record::{AuditEntry, RecordError, Unit};
use kanuki_wire::jcs;

use super::PartnerBank;
use crate::{Wallet, WalletError, chart};

impl Wallet {
    /// Takes over a bank of the configuration file, unless staff have decided about it. What
    /// is not complete, or loosens what counts, is refused. What a file brings after the first start
    /// waits at the desk, unless it only tightens.
    pub async fn import_bank(
        &self,
        ctx: &Ctx<'_>,
        bank: PartnerBank,
        signers: &[String],
    ) -> Result<(), WalletError> {
        let imported = registry::import(&self.book, ctx.now, bank.clone(), signers).await?;
        if matches!(imported, registry::Imported::New(..)) {
            self.prepare_bank(ctx, bank.code).await?;
        }
        let (mut unit, code) = (Unit::new(), bank.code);
        if imported.keep(&mut unit, ctx.now) {
            let changes_word = self.changes_word(&bank).await?;
            if changes_word {
                self.carry_word(ctx, &bank).await?;
            }
            self.keep_bank(&mut unit, bank.clone()).await?;
            self.book.commit(unit).await?;
            if changes_word {
                self.carry_word(ctx, &bank).await?;
            }
        } else if unit.writes() > 0 {
            self.book.commit(unit).await?;
            // The bank needs to see our keys before it can take us on.
            self.bank_keys(ctx, code).await?;
            tracing::warn!(%code, "what the file says of a bank waits for two people at the desk");
        }
        Ok(())
    }

    /// One member of staff proposes. One version of a bank waits at a time.
    pub async fn propose_bank(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut bank: PartnerBank,
        reason: &str,
    ) -> Result<Version<PartnerBank>, WalletError> {
        registry::profile::settle(&mut bank.agreement, today(ctx.now));
        let origin = Origin::Staff { by };
        let code = bank.code;
        let version = registry::draft(&self.book, ctx.now, origin, bank, reason).await?;
        let mut unit = Unit::new();
        unit.insert(&version).audit(
            AuditEntry::new(ctx.now, by, "partner.proposed", &version.subject)
                .with("version", version.number)
                .with("reason", &version.reason),
        );
        match self.book.commit(unit).await {
            Ok(()) => {
                // The bank needs to see our keys before it can take us on.
                self.bank_keys(ctx, code).await?;
                Ok(version)
            }
            Err(RecordError::Duplicate { .. }) => Err(RegistryError::Waiting.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// What a member of staff signs to let a version count.
    pub async fn start_bank_signature(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        code: BankCode,
        number: u32,
    ) -> Result<(String, Signing), WalletError> {
        let version =
            registry::version::<PartnerBank>(&self.book, &code.to_string(), number).await?;
        let counts = registry::live::<PartnerBank>(&self.book, &code.to_string()).await?;
        registry::require_signable(&self.book, &version, counts.as_deref(), by, ctx.now).await?;
        let nonce = encode_base32(u128::from_be_bytes(ctx.random()));
        let (canonical, challenge) = self.signed_text(&version, &nonce)?;
        let signed = (canonical, challenge, nonce);
        Ok(registry::start((&self.book, &self.rp), by, &version, signed).await?)
    }

    fn signed_text(
        &self,
        version: &Version<PartnerBank>,
        nonce: &str,
    ) -> Result<(String, [u8; 32]), WalletError> {
        let image = registry::pre_image(version, &self.config.issuer, nonce);
        let canonical = jcs::canonical(&image).map_err(|_| WalletError::Key("version"))?;
        let challenge = jcs::digest(&image).map_err(|_| WalletError::Key("version"))?;
        Ok((String::from_utf8_lossy(&canonical).into_owned(), challenge))
    }

    /// The version counts, if that is what was signed, and nothing came in between.
    pub async fn finish_bank_signature(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (response, signing): (&str, &Signing),
    ) -> Result<(), WalletError> {
        let code = signing.subject.as_str();
        let mut version =
            registry::version::<PartnerBank>(&self.book, code, signing.number).await?;
        let counts = registry::live::<PartnerBank>(&self.book, code).await?;
        registry::require_signable(&self.book, &version, counts.as_deref(), by, ctx.now).await?;
        let (canonical, _) = self.signed_text(&version, &signing.nonce)?;
        let mut unit = Unit::new();
        let ceremony = (&self.book, &*self.rp);
        let answer = (response, signing);
        let signature =
            registry::finish(ceremony, &mut unit, (by, ctx.now), answer, &canonical).await?;
        self.prepare_bank(ctx, version.content.code).await?;
        registry::go_live(&mut unit, &mut version, counts, signature);
        let changes_word = self.changes_word(&version.content).await?;
        if changes_word {
            self.carry_word(ctx, &version.content).await?;
        }
        self.keep_bank(&mut unit, version.content.clone()).await?;
        match self.book.commit(unit).await {
            Ok(()) if changes_word => self.carry_word(ctx, &version.content).await,
            Ok(()) => Ok(()),
            // Somebody signed, declined or imported at the same moment.
            Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => {
                Err(RegistryError::Decided.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What counts here and is not what was signed or imported: a reason not to start.
    pub async fn registry_faults(&self) -> Result<Vec<String>, WalletError> {
        Ok(registry::faults::<PartnerBank>(&self.book, Some(&*self.rp), None).await?)
    }

    /// Anybody takes a waiting version off the table.
    pub async fn decline_bank(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        code: BankCode,
        number: u32,
    ) -> Result<(), WalletError> {
        let version =
            registry::version::<PartnerBank>(&self.book, &code.to_string(), number).await?;
        let mut unit = Unit::new();
        registry::decline(&mut unit, version, by, ctx.now)?;
        Ok(self.book.commit(unit).await?)
    }

    /// Adds to `unit` the row that everything else reads.
    async fn keep_bank(&self, unit: &mut Unit, bank: PartnerBank) -> Result<(), WalletError> {
        match self.book.find::<PartnerBank>(bank.code).await? {
            Some(mut known) => {
                let since = known.since;
                *known.edit() = PartnerBank { since, ..bank };
                unit.update(&known);
            }
            None => {
                unit.insert(&bank);
            }
        }
        Ok(())
    }

    /// What a bank needs before the first link: its ledger accounts and our keys for it. Doing it
    /// twice is fine.
    pub(crate) async fn prepare_bank(
        &self,
        ctx: &Ctx<'_>,
        code: BankCode,
    ) -> Result<(), WalletError> {
        chart::open_bank(&*self.ledger, code, ctx.now).await?;
        self.bank_keys(ctx, code).await?;
        Ok(())
    }
}
