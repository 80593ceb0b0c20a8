//! Opening a locked account again: with a passkey, after a wait, and told at once.

use jiff::Timestamp;
use kanuki_desk::{
    evidence::{Answer, Content as Answered, Shown},
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    id::{BankAccountId, HolderId, encode_base32},
    limits::{RECOVERY_WAIT_SECS, UNLOCK_WAIT_SECS},
    mandate::later,
};
use kanuki_passkey::AssertionState;
use kanuki_record::{AuditEntry, Unit};
use kanuki_wire::transaction::Signed;
use serde::{Deserialize, Serialize};

use super::LockState;
use crate::{Bank, BankError};

/// What is shown before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningTerms {
    /// How the account is shown.
    pub account_mask: String,
    /// How long it waits, in seconds.
    pub wait_secs: i64,
}

/// What must come back with the signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpeningState {
    account_id: BankAccountId,
    pre_image: String,
    assertion: AssertionState,
    shown: Option<Shown>,
}

impl OpeningState {
    /// Notes what the page shows beside the button.
    pub fn showing(&mut self, shown: Shown) {
        self.shown = Some(shown);
    }
}

impl Bank {
    /// What the holder signs to open an account to new links.
    pub async fn start_opening(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        account_id: BankAccountId,
    ) -> Result<(OpeningTerms, String, OpeningState), BankError> {
        let known = self.require_own(holder_id, account_id).await?;
        let account_mask = self.mask_of(&known, account_id);
        let nonce = encode_base32(u128::from_be_bytes(ctx.random()));
        let signed = Signed::OpenToLinks { account_mask: account_mask.clone(), nonce };
        let challenge = signed.challenge().map_err(|_| BankError::NotAvailable)?;
        let canonical = signed.canonical().map_err(|_| BankError::NotAvailable)?;
        let (options, assertion) = self.start_signature(holder_id, challenge).await?;
        let pre_image = String::from_utf8_lossy(&canonical).into_owned();
        let terms = OpeningTerms { account_mask, wait_secs: UNLOCK_WAIT_SECS };
        Ok((terms, options, OpeningState { account_id, pre_image, assertion, shown: None }))
    }

    /// The holder signed: it opens after the wait. Returns when.
    pub async fn finish_opening_account(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, browser): (HolderId, &str),
        asked: OpeningState,
        response: &str,
    ) -> Result<Timestamp, BankError> {
        let signed = self.finish_signature(ctx, holder_id, response, &asked.assertion).await?;
        let account_id = asked.account_id;
        let known = self.require_own(holder_id, account_id).await?;
        let found = self.find_lock(ctx, (account_id, holder_id)).await?;
        let since = match found.lock().state {
            LockState::Locked { since, .. } => since,
            // Asked twice: the first one's time stands.
            LockState::Opening { opens_at, .. } => return Ok(opens_at),
            LockState::Open => return Ok(ctx.now),
        };
        let mut opens_at = later(ctx.now, UNLOCK_WAIT_SECS);
        if signed.authenticator.route.rests_on_a_code() {
            // Whoever talked a code out of the holder must not open what they locked.
            opens_at = opens_at.max(later(signed.authenticator.created_at, RECOVERY_WAIT_SECS));
        }
        let answered = Answered {
            shown: asked.shown,
            pre_image: asked.pre_image,
            assertion: Some(signed.signature),
        };
        let mut unit = Unit::new();
        found.write(&mut unit, |lock| {
            lock.state = LockState::Opening { since, opens_at };
            lock.before_leak = None;
        });
        self.leak_proven(ctx, &mut unit, (account_id, opens_at)).await?;
        let from = (account_id.to_string(), browser, Answer::Signed);
        self.keep_answer(ctx, &mut unit, &known.key, from, &answered)?;
        unit.audit(
            AuditEntry::new(ctx.now, holder_id, "account.opening", account_id)
                .with("opens_at", opens_at),
        );
        let notice = Content::new("lock_opening")
            .with("account", self.mask_of(&known, account_id))
            .with("opens_at", opens_at);
        self.tell(&mut unit, ctx, &known, account_id, notice)?;
        self.book.commit(unit).await?;
        Ok(opens_at)
    }
}
