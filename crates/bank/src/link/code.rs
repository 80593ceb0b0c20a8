//! Authorization codes: good once, within a minute, for the client, the address and the key that they
//! were asked for with.

use jiff::Timestamp;
use kanuki_domain::{Ctx, id::GrantId, mandate::later};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, record};
use kanuki_wire::{pkce, token::Issued};
use serde::{Deserialize, Serialize};

use super::{
    ReturnTo,
    grant::{Grant, revoke_all},
    possession::Bound,
    token::{invalid_grant, secret},
    uses::Uses,
};
use crate::{Bank, BankError, sweep::forget_on};

/// FAPI 2.0 section 5.3.2.1-11: at most a minute.
const CODE_SECS: i64 = 60;

/// An authorization code, by its hash.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Code {
    code_hash: String,
    grant_id: GrantId,
    client_id: String,
    redirect_uri: String,
    code_challenge: String,
    dpop_jkt: String,
    expires_at: Timestamp,
    used_at: Option<Timestamp>,
    /// As [`Grant::generation`] when it was issued.
    #[serde(default)]
    generation: u32,
}

record! { Code => "code" by |c| c.code_hash.clone();
    loose forget_on = |c| Some(forget_on(c.expires_at));
}

impl Code {
    /// Whether a token for this code may be bound so. A code that was asked for under a certificate
    /// is bound to its client alone.
    fn is_for(&self, bound: &Bound) -> bool {
        self.dpop_jkt.is_empty() || self.dpop_jkt == bound.jkt()
    }

    /// A new code and its row.
    pub(crate) fn issue(
        bank: &Bank,
        ctx: &Ctx<'_>,
        to: &ReturnTo,
        (grant_id, generation): (GrantId, u32),
    ) -> (String, Self) {
        let code = secret(ctx);
        let row = Self {
            code_hash: bank.vault.blind("code", code.as_bytes()),
            grant_id,
            client_id: to.client_id.clone(),
            redirect_uri: to.redirect_uri.clone(),
            code_challenge: to.code_challenge.clone(),
            dpop_jkt: to.dpop_jkt.clone(),
            expires_at: later(ctx.now, CODE_SECS),
            used_at: None,
            generation,
        };
        (code, row)
    }
}

impl Bank {
    /// Tokens for a code that is shown with its address and verifier.
    pub(super) async fn use_code(
        &self,
        ctx: &Ctx<'_>,
        (client_id, bound): (&str, &Bound),
        (code, (redirect_uri, verifier)): (&str, (&str, &str)),
        uses: &mut Uses,
    ) -> Result<Issued, BankError> {
        let code = self.usable(ctx, client_id, code, uses).await?;
        let is_bound = code.redirect_uri == redirect_uri && code.is_for(bound);
        if !is_bound || pkce::verify(verifier, &code.code_challenge).is_err() {
            return self.burn(&code, uses).await;
        }
        self.redeem(ctx, &code, (client_id, bound), uses).await
    }

    /// Tokens for a code, in the commit that uses it up. Of two at once one gets them, and the other's use
    /// is the second.
    async fn redeem(
        &self,
        ctx: &Ctx<'_>,
        code: &Stored<Code>,
        (client_id, bound): (&str, &Bound),
        uses: &mut Uses,
    ) -> Result<Issued, BankError> {
        let of = (code.grant_id, code.generation);
        let (issued, mut unit) = match self.issue(ctx, of, (client_id, bound, true)).await {
            Ok(made) => made,
            // Whatever it was good for is over: it is not good for that later either.
            Err(BankError::OAuth(_)) => return self.burn(code, uses).await,
            Err(error) => return Err(error),
        };
        unit.update(code);
        match uses.commit(&self.book, unit).await {
            Ok(()) => Ok(issued),
            Err(RecordError::Conflict { .. }) => {
                self.reused(ctx, (client_id, code.grant_id), uses).await?;
                Err(invalid_grant())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Somebody used a code again, so that one of the two may be a thief: what it gave ends (RFC 6749
    /// section 4.1.2). A request that is sent again as it was is refused for its assertion, and ends
    /// nothing.
    async fn reused(
        &self,
        ctx: &Ctx<'_>,
        (client_id, grant_id): (&str, GrantId),
        uses: &mut Uses,
    ) -> Result<(), BankError> {
        uses.note(&self.book).await?;
        let mut unit = Unit::new();
        revoke_all(&self.book, &mut unit, grant_id, ctx.now).await?;
        unit.audit(AuditEntry::new(ctx.now, client_id, "code.reused", grant_id));
        match self.book.commit(unit).await {
            // Another use of it ended all of it at this moment.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Uses a code up that buys nothing.
    async fn burn<T>(&self, code: &Stored<Code>, uses: &mut Uses) -> Result<T, BankError> {
        let mut unit = Unit::new();
        unit.update(code);
        match uses.commit(&self.book, unit).await {
            Ok(()) | Err(RecordError::Conflict { .. }) => Err(invalid_grant()),
            Err(error) => Err(error.into()),
        }
    }

    /// A code that can still be used, marked as used; whoever uses it writes that. A second use
    /// revokes what the first one was given.
    async fn usable(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        code: &str,
        uses: &mut Uses,
    ) -> Result<Stored<Code>, BankError> {
        let hash = self.vault.blind("code", code.as_bytes());
        let mut found = self.book.find::<Code>(&hash).await?.ok_or_else(invalid_grant)?;
        if found.client_id != client_id {
            return Err(invalid_grant());
        }
        let grant = self.book.find::<Grant>(found.grant_id).await?.ok_or_else(invalid_grant)?;
        if grant.generation != found.generation {
            // What it was good for has ended since; what its holder agreed to anew has not.
            return Err(invalid_grant());
        }
        if found.used_at.is_some() {
            self.reused(ctx, (client_id, found.grant_id), uses).await?;
            return Err(invalid_grant());
        }
        if ctx.now >= found.expires_at {
            return Err(invalid_grant());
        }
        found.edit().used_at = Some(ctx.now);
        Ok(found)
    }
}
