//! A code by letter, to an address that has been on file for thirty days (転送不要・本人限定受取).
//!
//! The worker writes the letters, so that asking for one takes as long for an account that does not
//! exist. No letter goes to an address that is newer, or that one came back from.

use kanuki_desk::{
    outbox::{Content, Message},
    staff::activation_hash,
};
use kanuki_domain::{Ctx, mandate::later, route::Route};
use kanuki_record::{AuditEntry, Stored, Unit};

use super::{CODE_DIGITS, Enrolment, digits};
use crate::{
    Bank, BankError,
    channel::{LetterAbout, PostedLetter},
    holder::Known,
    waiting::waiting,
};

/// Letters to one holder within the time that a letter's code is good for: a stranger who asks for
/// more fills nobody's letterbox.
const LETTERS_MAX: usize = 3;

impl Bank {
    /// Writes the letters that enrolments wait for; says how many were looked at.
    pub async fn write_enrolment_letters(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut done: usize = 0;
        for enrolment in waiting::<Enrolment>(&self.book, "letter_due", "due").await? {
            let id = enrolment.enrolment_id;
            match self.write_enrolment_letter(ctx, enrolment).await {
                Ok(()) => done = done.saturating_add(1),
                Err(error) => tracing::warn!(%error, enrolment.id = %id, "a letter waits"),
            }
        }
        Ok(done)
    }

    async fn write_enrolment_letter(
        &self,
        ctx: &Ctx<'_>,
        mut enrolment: Stored<Enrolment>,
    ) -> Result<(), BankError> {
        enrolment.edit().letter_due = false;
        let mut unit = Unit::new();
        let customer_no = enrolment.customer_no.clone().unwrap_or_default();
        if let Some(core) = self.core.find_customer(&customer_no).await? {
            let known = self.meet_holder(ctx, core).await?;
            self.add_letter(ctx, &mut unit, &mut enrolment, &known).await?;
        }
        unit.update(&enrolment);
        Ok(self.book.commit(unit).await?)
    }

    async fn add_letter(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        enrolment: &mut Stored<Enrolment>,
        known: &Known,
    ) -> Result<(), BankError> {
        let holder_id = known.holder.holder_id;
        let Some(letterbox) = known.letterbox(ctx.now) else { return Ok(()) };
        let since = later(ctx.now, Route::Post.rule().wait_secs.saturating_neg());
        let letters = self.book.list::<PostedLetter>("holder_id", &holder_id.to_string()).await?;
        if letters.iter().filter(|l| l.written_at > since).count() >= LETTERS_MAX {
            return Ok(());
        }
        let code = digits(ctx, CODE_DIGITS);
        let content = Content::new("enrol_letter")
            .with("bank", &self.config.name)
            .with("reference", grouped(enrolment.reference.as_deref().unwrap_or_default()))
            .with("code", &code);
        let letter = Message::compose(&self.vault, ctx, &known.key, &letterbox, &content)?;
        let about = LetterAbout::Enrolment { enrolment_id: enrolment.enrolment_id };
        enrolment.edit().holder_id = Some(holder_id);
        enrolment.edit().code_hash = Some(activation_hash(&self.vault, &code));
        unit.insert(&letter).insert(&PostedLetter::written(ctx, &letter, holder_id, about)).audit(
            AuditEntry::new(ctx.now, holder_id, "enrolment.letter_written", enrolment.enrolment_id),
        );
        Ok(())
    }
}

/// `1234 5678`, as the page shows it.
fn grouped(reference: &str) -> String {
    match (reference.get(..4), reference.get(4..)) {
        (Some(one), Some(two)) => format!("{one} {two}"),
        _ => reference.to_owned(),
    }
}

impl Enrolment {
    /// Its letter came back, so its code has been in other hands.
    pub(crate) fn void_code(&mut self) {
        self.code_hash = None;
    }
}
