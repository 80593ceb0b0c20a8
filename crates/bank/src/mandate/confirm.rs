//! A link that rests on a code moves nothing until its letter's code is typed by the signed-in
//! holder. Silence never activates: unanswered, it lapses.

use kanuki_desk::{
    outbox::{Content, Message},
    staff::activation_hash,
};
use kanuki_domain::{
    Ctx,
    id::{HolderId, MandateId},
};
use kanuki_record::{AuditEntry, Unit};
use kanuki_wire::set::LinkStatus;

use crate::{
    Bank, BankError,
    channel::{LetterAbout, PostedLetter},
    event::Event,
    holder::Known,
    mandate::Mandate,
};

/// How often the letter's code may be typed wrong.
const ATTEMPTS_MAX: u32 = 5;

/// A code as it is printed in the letter, and what is kept of it.
pub(crate) fn letter_code(bank: &Bank, ctx: &Ctx<'_>) -> (String, String) {
    let letters = kanuki_domain::id::encode_base32(u128::from_be_bytes(ctx.random()));
    let code: String = letters.chars().rev().take(10).collect::<String>().to_uppercase();
    let hash = activation_hash(&bank.vault, &code);
    (code, hash)
}

impl Mandate {
    /// Its letter came back, so its code has been in other hands.
    pub(crate) fn void_letter_code(&mut self) {
        self.confirm_hash = None;
    }
}

impl Bank {
    /// Writes the letter whose code confirms `mandate`, to the address on file.
    pub(crate) fn write_letter(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        known: &Known,
        mandate: &Mandate,
        code: &str,
    ) -> Result<(), BankError> {
        let Some(letterbox) = known.letterbox() else { return Ok(()) };
        let content = Content::new("confirm_letter")
            .with("bank", &self.config.name)
            .with("partner", &mandate.partner_name)
            .with("code", code);
        let letter = Message::compose(&self.vault, ctx, &known.key, &letterbox, &content)?;
        let about = LetterAbout::Mandate { mandate_id: mandate.mandate_id };
        unit.insert(&letter).insert(&PostedLetter::written(&letter, mandate.holder_id, about));
        Ok(())
    }

    /// The holder types the code of the letter that went to the address on file.
    pub async fn confirm_mandate(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        mandate_id: MandateId,
        code: &str,
    ) -> Result<(), BankError> {
        let mut mandate = self.mandate_of(holder_id, mandate_id).await?;
        if mandate.confirm_attempts >= ATTEMPTS_MAX {
            return Err(BankError::TooMany);
        }
        let typed = activation_hash(&self.vault, code);
        let mut unit = Unit::new();
        if mandate.confirm_hash.as_deref() != Some(&typed) {
            let attempts = mandate.confirm_attempts.saturating_add(1);
            mandate.edit().confirm_attempts = attempts;
            unit.update(&mandate).audit(AuditEntry::new(
                ctx.now,
                holder_id,
                "mandate.confirm_refused",
                mandate_id,
            ));
            self.book.commit(unit).await?;
            return Err(BankError::NotAvailable);
        }
        let state = mandate.state.aged(ctx.now).confirm(ctx.now, &self.rules.cooling())?;
        mandate.edit().state = state;
        mandate.edit().confirm_hash = None;
        unit.update(&mandate);
        unit.insert(&Event::link_status(ctx, &mandate, LinkStatus::Released, None));
        unit.audit(AuditEntry::new(ctx.now, holder_id, "mandate.confirmed", mandate_id));
        Ok(self.book.commit(unit).await?)
    }

    /// Ends what was never confirmed. Called by the worker; calling it twice is fine.
    pub async fn lapse(&self, ctx: &Ctx<'_>, mandate_id: MandateId) -> Result<(), BankError> {
        let mut mandate = crate::holder::load::<Mandate>(&self.book, mandate_id).await?;
        let aged = mandate.state.aged(ctx.now);
        if aged == mandate.state {
            return Ok(());
        }
        mandate.edit().state = aged;
        let mut unit = Unit::new();
        unit.update(&mandate);
        unit.insert(&Event::link_status(ctx, &mandate, LinkStatus::Revoked, None));
        unit.audit(AuditEntry::new(ctx.now, "system", "mandate.lapsed", mandate_id));
        Ok(self.book.commit(unit).await?)
    }
}
