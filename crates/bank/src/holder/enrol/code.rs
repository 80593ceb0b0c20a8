//! A code that came through a channel the bank already held is typed on the page that waits for it.

use kanuki_desk::staff::activation_hash;
use kanuki_domain::{Ctx, id::EnrolmentId, route::Route};
use kanuki_record::{AuditEntry, Unit};
use kanuki_risk::{Key, Kind};

use super::{ATTEMPTS_MAX, CODE_DIGITS, Progress, Purpose};
use crate::{Bank, BankError, attempt::Failure};

impl Bank {
    /// The code from a machine, a counter or a letter is typed on the page. Wrong codes are counted, and five
    /// end it.
    pub async fn enter_code(
        &self,
        ctx: &Ctx<'_>,
        id: EnrolmentId,
        browser: &str,
        code: &str,
    ) -> Result<(), BankError> {
        let mut enrolment = self.enrolment(ctx, id, browser).await?;
        let has_code = match enrolment.proof {
            Route::Atm | Route::Branch | Route::Post => true,
            Route::Passkey | Route::Jpki | Route::Call => false,
        };
        if enrolment.progress != Progress::Waiting
            || !has_code
            || matches!(enrolment.purpose, Purpose::Confirm { .. })
        {
            return Err(BankError::NotAvailable);
        }
        if enrolment.attempts >= ATTEMPTS_MAX {
            return Err(BankError::TooMany);
        }
        let typed = activation_hash(&self.vault, code);
        let mut unit = Unit::new();
        // Both sides are keyed hashes, so comparing them tells nothing about the code.
        let mut is_right = enrolment.code_hash.as_deref() == Some(&typed);
        if !is_right
            && enrolment.proof == Route::Post
            && let Some(mut asked) = self.letter_with(ctx, &enrolment, &typed).await?
        {
            is_right = true;
            enrolment.edit().holder_id = asked.holder_id;
            asked.edit().void_code();
            unit.update(&asked);
        }
        // Only wrong codes are limited, and alike for accounts that do not exist: a stranger can
        // neither lock a holder out nor learn anything.
        let mut answer = Ok(());
        if is_right {
            enrolment.edit().progress = Progress::Proven;
        } else {
            let account = Key::Account(enrolment.typed_account.clone());
            let keys = vec![account, Key::Device(browser.to_owned())];
            let few = self.require_few(ctx, Kind::CodeRefused, keys.clone()).await;
            answer = few.and(Err(BankError::NotAvailable));
            let attempts = enrolment.attempts.saturating_add(1);
            enrolment.edit().attempts = attempts;
            let failure = Failure::new(Kind::CodeRefused, keys);
            let failure = failure.against(enrolment.code_hash.is_some());
            self.failed(ctx, failure.typed("code", code, code.len() == CODE_DIGITS)).await?;
        }
        unit.update(&enrolment);
        let act = if is_right { "enrolment.code_accepted" } else { "enrolment.code_refused" };
        unit.audit(AuditEntry::new(ctx.now, "visitor", act, id));
        self.book.commit(unit).await?;
        answer
    }
}
