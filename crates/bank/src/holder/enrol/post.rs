//! A code by letter, to an address that has been on file for thirty days (転送不要・本人限定受取).
//!
//! The worker writes the letters, so that asking for one takes as long for an account that does not
//! exist. No letter goes to an address that is newer, or that one came back from.
//!
//! A stranger who asks again and again must neither fill a letterbox nor use up what its owner may
//! ask for. So there is one letter under way to a person at a time, and whichever page of theirs its
//! code is typed on first is proven by it: what a stranger made the bank send is as good to its
//! reader as what they asked for themself. What came by a letter moves nothing until another channel
//! confirms it, whoever typed the code.

use jiff::Timestamp;
use kanuki_desk::{
    outbox::{Content, Message},
    staff::activation_hash,
};
use kanuki_domain::{Ctx, id::HolderId, limits::DAY_SECS, mandate::later, route::Route};
use kanuki_record::{AuditEntry, Stored, Unit};

use super::{CODE_DIGITS, Enrolment, Progress, Purpose, digits};
use crate::{
    Bank, BankError,
    channel::{LetterAbout, PostedLetter},
    holder::{Known, load},
    waiting::waiting,
};

/// How long a letter counts as under way. After it, whoever still needs one may ask again; its code
/// stays good as long as the page that asked for it waits.
pub(crate) const UNDER_WAY_SECS: i64 = 7 * DAY_SECS;

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
        if self.is_letter_under_way(ctx, holder_id, enrolment.purpose).await? {
            return Ok(());
        }
        let code = digits(ctx, CODE_DIGITS);
        let kind = match enrolment.purpose {
            Purpose::Look => "look_letter",
            Purpose::Enrol | Purpose::Confirm { .. } => "enrol_letter",
        };
        let content = Content::new(kind).with("bank", &self.config.name).with("code", &code);
        let letter = Message::compose(&self.vault, ctx, &known.key, &letterbox, &content)?;
        let about = LetterAbout::Enrolment { enrolment_id: enrolment.enrolment_id };
        enrolment.edit().holder_id = Some(holder_id);
        enrolment.edit().code_hash = Some(activation_hash(&self.vault, &code));
        unit.insert(&letter).insert(&PostedLetter::written(ctx, &letter, holder_id, about)).audit(
            AuditEntry::new(ctx.now, holder_id, "enrolment.letter_written", enrolment.enrolment_id),
        );
        Ok(())
    }

    /// Whether a letter that proves such a page of this holder was written lately and waits to be
    /// used. What strangers ask for to look keeps no holder from the letter for a passkey.
    async fn is_letter_under_way(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        purpose: Purpose,
    ) -> Result<bool, BankError> {
        let since = later(ctx.now, UNDER_WAY_SECS.saturating_neg());
        let letters = self.book.list::<PostedLetter>("holder_id", &holder_id.to_string()).await?;
        for letter in letters.iter().filter(|letter| letter.written_at > since) {
            let LetterAbout::Enrolment { enrolment_id } = letter.about else { continue };
            let asked = load::<Enrolment>(&self.book, enrolment_id).await?;
            if asked.purpose == purpose && asked.has_live_code(ctx.now) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The page that `typed` was written to the same person for; looked for alike whether or not
    /// there is such a person.
    pub(super) async fn letter_with(
        &self,
        ctx: &Ctx<'_>,
        enrolment: &Enrolment,
        typed: &str,
    ) -> Result<Option<Stored<Enrolment>>, BankError> {
        let found = self.book.find_by::<Enrolment>("code_hash", typed).await?;
        let is_theirs = |asked: &Stored<Enrolment>| {
            asked.proof == Route::Post
                && asked.purpose == enrolment.purpose
                && asked.has_live_code(ctx.now)
                && asked.customer_no.is_some()
                && asked.customer_no == enrolment.customer_no
        };
        Ok(found.filter(is_theirs))
    }
}

impl Enrolment {
    /// Its code can be typed.
    fn has_live_code(&self, now: Timestamp) -> bool {
        self.has_code() && self.progress == Progress::Waiting && now < self.expires_at
    }

    /// Its letter came back, so that its code has been in other hands; or it was used.
    pub(crate) fn void_code(&mut self) {
        self.code_hash = None;
    }
}
