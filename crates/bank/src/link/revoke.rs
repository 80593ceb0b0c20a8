//! A partner gives a token back (RFC 7009), or asks what one is worth (RFC 7662).
//!
//! A token that is not the asking partner's looks like one that never was: neither answer tells
//! that it exists.

use jiff::Timestamp;
use kanuki_domain::{Ctx, assurance::Acr, mandate::StoppedBy};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::{
    Form, approval, mandate as details,
    token::{BOUND_TOKEN_TYPE, REFUND_SCOPE, TOKEN_TYPE},
};
use serde::Serialize;

use crate::{
    Bank, BankError,
    approval::DebitApproval,
    link::Possession,
    link::token::{Grant, Kind, Token, granted},
    mandate::Mandate,
    pace::Door,
};

/// What a token is worth to the partner that asks.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Introspection {
    /// Nothing: unknown, expired, revoked or another partner's.
    Worthless {
        /// Always false.
        active: bool,
    },
    /// It may be used.
    Good(Box<Worth>),
}

/// A token that may be used.
#[derive(Clone, Debug, Serialize)]
pub struct Worth {
    /// Always true.
    pub active: bool,
    /// Whose.
    pub client_id: String,
    /// `DPoP`.
    pub token_type: &'static str,
    /// Seconds since 1970.
    pub exp: i64,
    /// The bank that issued it.
    pub iss: String,
    /// The key it is bound to (RFC 9449 section 6.2). None for refresh tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// How the holder proved themself when it was granted (RFC 9470 section 6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<Acr>,
    /// When they did, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// The mandate, or the one debit; nothing for a partner in its own name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<Details>,
    /// What a token of a partner in its own name is good for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<&'static str>,
}

/// What a token is good for.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Details {
    /// Everything that a mandate allows.
    Mandate(Box<details::Granted>),
    /// One debit.
    Debit(approval::Granted),
}

/// The key a token is bound to.
#[derive(Clone, Debug, Serialize)]
pub struct Confirmation {
    /// Its thumbprint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
    /// The certificate's, for a token that is bound to one (RFC 8705 section 3.2).
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub x5t: Option<String>,
}

impl Confirmation {
    fn of(found: &Token) -> Self {
        Self { jkt: Some(found.jkt.clone()).filter(|jkt| !jkt.is_empty()), x5t: found.x5t.clone() }
    }
}

impl Bank {
    /// The revocation endpoint. An access token ends by itself; with a refresh token ends the
    /// mandate, because nothing could be debited under it any more and its holder is to see so.
    pub async fn revoke_token(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
        possession: Possession<'_>,
    ) -> Result<(), BankError> {
        let partner = self.authenticate(ctx, form, possession, Door::Revoke).await?;
        self.require_partner_open(ctx, &partner.client_id).await?;
        let token = form.required("token")?;
        let Some(found) = self.token_of(&partner.client_id, token).await? else { return Ok(()) };
        match found.kind {
            Kind::Access | Kind::Refunds => {
                let mut unit = Unit::new();
                unit.delete(&found).audit(AuditEntry::new(
                    ctx.now,
                    &partner.client_id,
                    "token.revoked",
                    found.grant_id,
                ));
                match self.book.commit(unit).await {
                    // Somebody else gave it back at the same moment.
                    Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
                    Err(error) => Err(error.into()),
                }
            }
            Kind::Refresh => {
                let Some(grant) = self.book.find::<Grant>(found.grant_id).await? else {
                    return Ok(());
                };
                if !grant.honours(found.generation) {
                    // It was void already: what its holder agreed to since is not given back by it.
                    return Ok(());
                }
                let mandate = crate::holder::load::<Mandate>(&self.book, grant.mandate_id).await?;
                self.end(ctx, mandate, StoppedBy::Wallet, partner.client_id.clone()).await
            }
        }
    }

    /// The introspection endpoint.
    pub async fn introspect(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
        possession: Possession<'_>,
    ) -> Result<Introspection, BankError> {
        Ok(self.introspect_for(ctx, form, possession).await?.1)
    }

    /// What a token is worth, and who asked.
    pub(super) async fn introspect_for(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
        possession: Possession<'_>,
    ) -> Result<(String, Introspection), BankError> {
        let partner = self.authenticate(ctx, form, possession, Door::Introspect).await?;
        let worth = self.worth(ctx, &partner.client_id, form.required("token")?).await?;
        Ok((partner.client_id.clone(), worth))
    }

    async fn worth(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        token: &str,
    ) -> Result<Introspection, BankError> {
        let worthless = Introspection::Worthless { active: false };
        let is_theirs = |found: &Token| found.client_id == client_id;
        let grant_of = |found: &Token| {
            (is_theirs(found) && found.kind != Kind::Refunds).then(|| found.grant_id.to_string())
        };
        let mandate_of = |grant: &Grant| Some(grant.mandate_id.to_string());
        let hash = self.vault.blind("token", token.as_bytes());
        let along =
            self.book.find_along::<Token, Grant, Mandate>(hash, grant_of, mandate_of).await?;
        let Some(found) = along.first.filter(|found| is_theirs(found)) else {
            return Ok(worthless);
        };
        if found.kind == Kind::Refunds {
            return Ok(if ctx.now < found.expires_at { self.own_worth(&found) } else { worthless });
        }
        let Some(grant) = along.second else { return Ok(worthless) };
        let mandate = along.third.ok_or(BankError::NotAvailable)?;
        let is_over = ctx.now >= found.expires_at || !grant.honours(found.generation);
        if is_over || !mandate.state.aged(ctx.now).is_alive() {
            return Ok(worthless);
        }
        let bound = matches!(found.kind, Kind::Access);
        let signed = match grant.once {
            Some(id) => self.book.find::<DebitApproval>(id).await?,
            None => None,
        };
        let signed = signed.filter(|approval| approval.is_current(&mandate));
        let signed = signed.and_then(|approval| approval.granted(&mandate));
        if signed.is_none() && grant.once.is_some() {
            return Ok(worthless);
        }
        let signed_at = signed.as_ref().map_or(mandate.agreed_at(), |signed| signed.signed_at);
        let details = match signed {
            Some(signed) => Details::Debit(signed),
            None => Details::Mandate(Box::new(granted(&mandate, &grant, ctx.now))),
        };
        Ok(Introspection::Good(Box::new(Worth {
            active: true,
            client_id: client_id.to_owned(),
            token_type: if found.x5t.is_some() { BOUND_TOKEN_TYPE } else { TOKEN_TYPE },
            exp: Timestamp::as_second(found.expires_at),
            iss: self.config.issuer.clone(),
            cnf: bound.then(|| Confirmation::of(&found)),
            acr: grant.acr,
            auth_time: grant.auth_time(signed_at),
            authorization_details: vec![details],
            scope: None,
        })))
    }

    /// What a token of a partner in its own name is worth.
    fn own_worth(&self, found: &Token) -> Introspection {
        Introspection::Good(Box::new(Worth {
            active: true,
            client_id: found.client_id.clone(),
            token_type: if found.x5t.is_some() { BOUND_TOKEN_TYPE } else { TOKEN_TYPE },
            exp: Timestamp::as_second(found.expires_at),
            iss: self.config.issuer.clone(),
            cnf: Some(Confirmation::of(found)),
            acr: None,
            auth_time: None,
            authorization_details: Vec::new(),
            scope: Some(REFUND_SCOPE),
        }))
    }

    async fn token_of(
        &self,
        client_id: &str,
        token: &str,
    ) -> Result<Option<Stored<Token>>, BankError> {
        let hash = self.vault.blind("token", token.as_bytes());
        let found = self.book.find::<Token>(&hash).await?;
        Ok(found.filter(|t| t.client_id == client_id))
    }
}
