//! A partner comes in its own name, to give back what it took.
//!
//! A link ends, is stopped or runs out, and its tokens with it; the money that was taken under it may
//! have to come home all the same. So a partner that proves itself gets a token of its own, bound to
//! its key like any other, that opens one thing: `/credits` with `refund_of`. What may come back, and
//! to which account, follows from the debit alone.

use kanuki_domain::{Ctx, Masked, id::GrantId, mandate::later};
use kanuki_record::Unit;
use kanuki_wire::token::{Issued, REFUND_SCOPE, RefundToken};

use crate::{
    Bank, BankError,
    link::{
        Possession,
        possession::Bound,
        token::{Authorized, Kind, Token, secret},
        uses::Uses,
    },
};

/// How long such a token lives, in seconds.
const REFUND_SECS: i64 = 300;

/// Whose money comes in at `/credits`.
#[derive(Clone, Debug)]
pub enum Payer {
    /// A wallet under the mandate of its token.
    Mandate(Authorized),
    /// A partner that gives back what it took, under whichever mandate.
    Partner {
        /// The partner.
        client_id: String,
    },
}

/// What the tokens of a partner in its own name hang on: no mandate and no grant.
fn own_name(client_id: &str) -> GrantId {
    GrantId::derive(&["refunds", client_id])
}

impl Bank {
    /// A token for a partner that has proven itself.
    pub(super) async fn issue_refunds(
        &self,
        ctx: &Ctx<'_>,
        (client_id, bound): (&str, &Bound),
        uses: &mut Uses,
    ) -> Result<Issued, BankError> {
        let access = secret(ctx);
        let mut unit = Unit::new();
        unit.insert(&Token {
            token_hash: self.vault.blind("token", access.as_bytes()),
            kind: Kind::Refunds,
            grant_id: own_name(client_id),
            client_id: client_id.to_owned(),
            jkt: bound.jkt().to_owned(),
            x5t: bound.x5t().map(str::to_owned),
            expires_at: later(ctx.now, REFUND_SECS),
            generation: 0,
        });
        uses.commit(&self.book, unit).await?;
        Ok(Issued::Refunds(RefundToken {
            access_token: Masked::new(access),
            token_type: bound.token_type().to_owned(),
            expires_in: u32::try_from(REFUND_SECS).unwrap_or(0),
            scope: REFUND_SCOPE.to_owned(),
        }))
    }

    /// Checks a token at `/credits`, and that its sender holds what it is bound to.
    pub async fn authorize_payer(
        &self,
        ctx: &Ctx<'_>,
        token: &str,
        possession: Possession<'_>,
        request: (&str, &str),
    ) -> Result<Payer, BankError> {
        match self.find_token(ctx, token, Kind::Refunds).await {
            Ok(found) => {
                self.require_possession(ctx, (token, &found), possession, request).await?;
                Ok(Payer::Partner { client_id: found.client_id })
            }
            Err(BankError::OAuth(_)) => {
                Ok(Payer::Mandate(self.authorize(ctx, token, possession, request).await?))
            }
            Err(error) => Err(error),
        }
    }
}
