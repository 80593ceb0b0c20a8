//! What a partner signed when it asked (FAPI 2.0 Message Signing), kept beside the mandate.
//!
//! The request object is kept whole, because a signature over a part proves nothing. It holds what
//! the wallet said about its customer, so it is sealed: under the request's key until the holder has
//! agreed, under the holder's own from then on. A request that nobody agreed to is forgotten with
//! its key.

use std::borrow::Cow;

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{DebitApprovalId, MandateId},
};
use kanuki_record::{
    Unit, record,
    vault::{PersonKey, Sealed},
};
use kanuki_wire::{Form, OAuthError, jar, keys::Jwks, par::ResponseMode};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    approval::DebitApproval,
    holder::{Known, load},
    link::Pushed,
    mandate::Mandate,
    partner::Partner,
};

/// The request behind a mandate, as its wallet signed it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedRequest {
    /// Which mandate came of it.
    pub mandate_id: MandateId,
    /// Who signed it.
    pub client_id: String,
    /// When it was agreed to.
    pub kept_at: Timestamp,
    /// How often the holder had agreed to the mandate before.
    #[serde(default)]
    renewal: u32,
    sealed: Sealed,
}

record! { SignedRequest => "signed_request" by |r| key(r.mandate_id, r.renewal);
    many client_id = |r| Some(r.client_id.clone());
}

/// The first is named like its mandate.
fn key(mandate_id: MandateId, renewal: u32) -> String {
    if renewal == 0 { mandate_id.to_string() } else { format!("{mandate_id}|{renewal}") }
}

/// What became of a request for one debit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedFor {
    /// Its holder signed.
    #[default]
    Signed,
    /// Its holder said no, or left.
    Declined,
    /// Somebody typed another number than the wallet showed.
    WrongNumber,
}

impl AskedFor {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Declined => "declined",
            Self::WrongNumber => "wrong-number",
        }
    }
}

/// The request behind one debit that was answered, as its wallet signed it: what it asked for beside
/// what its holder agreed to, or did not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedDebit {
    /// What its holder was asked.
    pub approval_id: DebitApprovalId,
    /// Under which mandate.
    pub mandate_id: MandateId,
    /// Who signed the request.
    pub client_id: String,
    /// When it was answered.
    pub kept_at: Timestamp,
    /// How.
    #[serde(default)]
    pub became: AskedFor,
    sealed: Sealed,
}

record! { SignedDebit => "signed_debit_request" by |r| r.approval_id.to_string();
    many mandate_id = |r| Some(r.mandate_id.to_string());
    many client_id = |r| Some(r.client_id.clone());
}

const PUSHED: &str = "par|signed_request";
const KEPT: &str = "signed_request|sealed";

/// What a partner asks for, and the token in which it signed that.
pub(super) struct Asked<'a> {
    pub(super) form: Cow<'a, Form>,
    pub(super) response_mode: ResponseMode,
    token: Option<String>,
}

impl Asked<'_> {
    /// The token itself.
    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The token, sealed until the holder has agreed.
    pub(super) fn seal(
        &self,
        bank: &Bank,
        ctx: &Ctx<'_>,
        key: &PersonKey,
    ) -> Result<Option<Sealed>, BankError> {
        let seal = |token: &String| bank.vault.seal(ctx, key, PUSHED, token);
        Ok(self.token.as_ref().map(seal).transpose()?)
    }
}

impl Bank {
    /// Reads what `partner` asks for. One that agreed to sign its requests is heard in no other
    /// way, and of its form nothing counts but what it signed (RFC 9126 section 3).
    pub(super) fn asked<'a>(
        &self,
        ctx: &Ctx<'_>,
        (partner, keys): (&Partner, &Jwks),
        form: &'a Form,
    ) -> Result<Asked<'a>, OAuthError> {
        if !partner.profile.message_signing {
            let response_mode = ResponseMode::of(form)?;
            if response_mode == ResponseMode::Jwt {
                return Err(OAuthError::invalid_request("signed responses were not agreed on"));
            }
            return Ok(Asked { form: Cow::Borrowed(form), response_mode, token: None });
        }
        if form.get("request_uri").is_some() {
            return Err(OAuthError::invalid_request("request_uri must not be pushed"));
        }
        let token = form
            .get("request")
            .ok_or_else(|| OAuthError::invalid_request("a signed request object is needed"))?;
        let parties = (partner.client_id.as_str(), self.config.issuer.as_str());
        let signed = jar::verify(token, parties, keys, ctx.now)?;
        let response_mode = ResponseMode::of(&signed)?;
        Ok(Asked { form: Cow::Owned(signed), response_mode, token: Some(token.to_owned()) })
    }

    /// Adds to `unit` what the wallet signed, if it did, under the holder's key.
    pub(super) async fn keep_request(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (pushed, mandate): (&Pushed, &Mandate),
        known: &Known,
    ) -> Result<(), BankError> {
        let Some(sealed) = &pushed.signed_request else { return Ok(()) };
        let key = load::<PersonKey>(&self.book, pushed.par_id).await?;
        let token: String = self.vault.open(&key, PUSHED, sealed)?;
        unit.insert(&SignedRequest {
            mandate_id: mandate.mandate_id,
            client_id: mandate.client_id.clone(),
            kept_at: ctx.now,
            renewal: mandate.renewals,
            sealed: self.vault.seal(ctx, &known.key, KEPT, &token)?,
        });
        Ok(())
    }

    /// A request object about one debit, sealed for the holder of its mandate.
    pub(crate) async fn seal_request(
        &self,
        ctx: &Ctx<'_>,
        mandate_id: MandateId,
        token: Option<&str>,
    ) -> Result<Option<Sealed>, BankError> {
        let Some(token) = token else { return Ok(None) };
        let mandate = load::<Mandate>(&self.book, mandate_id).await?;
        let key = load::<PersonKey>(&self.book, mandate.holder_id).await?;
        Ok(Some(self.vault.seal(ctx, &key, KEPT, &token)?))
    }

    /// Adds to `unit` what the wallet signed to ask for a debit that is answered now.
    pub(crate) fn keep_debit_request(
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (approval, became): (&DebitApproval, AskedFor),
        sealed: Option<&Sealed>,
    ) {
        if let Some(sealed) = sealed {
            unit.insert(&SignedDebit {
                approval_id: approval.approval_id,
                mandate_id: approval.mandate_id,
                client_id: approval.client_id.clone(),
                kept_at: ctx.now,
                became,
                sealed: sealed.clone(),
            });
        }
    }

    /// The request objects behind the single debits of a mandate that were answered, newest first,
    /// each as its wallet signed it, if it opens.
    pub(crate) async fn debit_requests_of(
        &self,
        mandate_id: MandateId,
    ) -> Result<Vec<(SignedDebit, Option<String>)>, BankError> {
        let mandate = load::<Mandate>(&self.book, mandate_id).await?;
        let key = load::<PersonKey>(&self.book, mandate.holder_id).await?;
        let all = self.book.list::<SignedDebit>("mandate_id", &mandate_id.to_string()).await?;
        let open = |kept: SignedDebit| {
            let token = self.vault.open(&key, KEPT, &kept.sealed).ok();
            (kept, token)
        };
        Ok(all.into_iter().map(|kept| open(kept.into_inner())).collect())
    }

    /// The request object behind one debit that was answered; none for partners that do not sign.
    pub async fn signed_debit_request(
        &self,
        approval_id: DebitApprovalId,
    ) -> Result<Option<String>, BankError> {
        let Some(kept) = self.book.find::<SignedDebit>(approval_id).await? else {
            return Ok(None);
        };
        let mandate = load::<Mandate>(&self.book, kept.mandate_id).await?;
        let key = load::<PersonKey>(&self.book, mandate.holder_id).await?;
        Ok(Some(self.vault.open(&key, KEPT, &kept.sealed)?))
    }

    /// The request object behind the consent in force of a mandate, as its wallet signed it; none for partners that do not
    /// sign.
    pub async fn signed_request(&self, mandate_id: MandateId) -> Result<Option<String>, BankError> {
        let mandate = load::<Mandate>(&self.book, mandate_id).await?;
        let name = key(mandate_id, mandate.renewals);
        let Some(kept) = self.book.find::<SignedRequest>(name).await? else {
            return Ok(None);
        };
        let key = load::<PersonKey>(&self.book, mandate.holder_id).await?;
        Ok(Some(self.vault.open(&key, KEPT, &kept.sealed)?))
    }
}
