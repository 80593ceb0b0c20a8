//! One way to the holder: the wallet pushes, the browser goes to the bank and comes back with a
//! code (RFC 9126, RFC 9470).

use jiff::Timestamp;
use kanuki_domain::{
    Ctx, Masked,
    assurance::Acr,
    id::{DebitApprovalId, HolderId, ParId, encode_base32},
};
use kanuki_record::{Stored, Unit, record, vault::Sealed};
use kanuki_risk::{Key, Kind};
use kanuki_wire::{
    ErrorCode, OAuthError, approval, callback,
    par::{self, AuthorizationRequest},
};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    approval::{ApprovalPage, DebitApproval, Signing},
    attempt::Failure,
    holder::{load, sign_in::SignedIn},
    link::{AskedFor, ReturnTo, push::Taken, token::Code},
    sweep::forget_on,
};

/// A pushed request for one debit, and how far its holder has come with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PushedDebit {
    /// Its id.
    pub par_id: ParId,
    handle_hash: String,
    /// Where the answer goes.
    pub to: ReturnTo,
    /// What is to be signed.
    pub approval_id: DebitApprovalId,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// The browser that came with it first, blinded: another one is refused.
    pub browser: Option<String>,
    /// The holder who signed in with it: the mandate's.
    pub holder: Option<HolderId>,
    /// It was answered; it cannot be used again.
    pub finished_at: Option<Timestamp>,
    /// What the wallet signed to ask for it, sealed for the holder.
    #[serde(default)]
    signed_request: Option<Sealed>,
    /// The weakest class of signature that the wallet asked for (RFC 9470).
    #[serde(default)]
    least_acr: Option<Acr>,
}

record! { PushedDebit => "debit_par" by |p| p.par_id.to_string();
    unique handle_hash = |p| Some(p.handle_hash.clone());
    loose forget_on = |p| Some(forget_on(p.expires_at));
}

impl PushedDebit {
    /// Whether a signature of this class is what the wallet asked for.
    #[must_use]
    pub fn is_met_by(&self, shown: Acr) -> bool {
        self.least_acr.is_none_or(|least| shown.satisfies(least))
    }
}

/// What a browser came for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// To link an account.
    Link(ParId),
    /// To sign one debit.
    Debit(ParId),
}

impl Bank {
    /// Takes a pushed request whose client, key and address were checked.
    pub(crate) async fn push_debit(
        &self,
        ctx: &Ctx<'_>,
        to: ReturnTo,
        (request, asked): (&approval::Request, &AuthorizationRequest),
        signed: Option<&str>,
    ) -> Result<Taken, BankError> {
        asked.wish.check(|acr| self.reaches(acr))?;
        let evidence = asked.wish.evidence.clone();
        let approval = self.ask_approval(ctx, &to.client_id, request, evidence).await?;
        let handle = encode_base32(u128::from_be_bytes(ctx.random()));
        let pushed = PushedDebit {
            par_id: ParId::generate(ctx),
            handle_hash: self.vault.blind("par", handle.as_bytes()),
            to,
            approval_id: approval.approval_id,
            expires_at: approval.expires_at,
            browser: None,
            holder: None,
            finished_at: None,
            signed_request: self.seal_request(ctx, approval.mandate_id, signed).await?,
            least_acr: asked.wish.least(),
        };
        let mut unit = Unit::new();
        unit.insert(&pushed);
        self.book.commit(unit).await?;
        let left = approval.expires_at.duration_since(ctx.now).as_secs();
        let answer = par::Pushed {
            request_uri: format!("{}{handle}", par::REQUEST_URI_PREFIX),
            expires_in: u32::try_from(left).unwrap_or(0).min(par::EXPIRES_IN),
        };
        Ok(Taken { answer, par_id: pushed.par_id, until: pushed.expires_at })
    }

    /// First or repeated visit of one browser with a `request_uri`, whatever was pushed under it.
    pub async fn arrive_with(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        request_uri: &str,
        browser: &str,
    ) -> Result<Arrival, BankError> {
        match self.visit(ctx, client_id, request_uri, browser).await {
            Err(BankError::NotAvailable) => {
                let par_id = self.visit_debit(ctx, client_id, request_uri, browser).await?;
                Ok(Arrival::Debit(par_id))
            }
            linking => linking.map(Arrival::Link),
        }
    }

    async fn visit_debit(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        request_uri: &str,
        browser: &str,
    ) -> Result<ParId, BankError> {
        let handle =
            request_uri.strip_prefix(par::REQUEST_URI_PREFIX).ok_or(BankError::NotAvailable)?;
        let hash = self.vault.blind("par", handle.as_bytes());
        let found = self.book.find_by::<PushedDebit>("handle_hash", &hash).await?;
        let mut pushed = found
            .filter(|p| p.to.client_id == client_id)
            .filter(|p| p.finished_at.is_none() && ctx.now < p.expires_at)
            .ok_or(BankError::NotAvailable)?;
        match pushed.browser.as_deref() {
            Some(known) if known == browser => {}
            Some(_) => return Err(BankError::NotAvailable),
            None => {
                pushed.edit().browser = Some(browser.to_owned());
                let mut unit = Unit::new();
                unit.update(&pushed);
                self.book.commit(unit).await?;
            }
        }
        Ok(pushed.par_id)
    }

    /// The request for one debit that this browser is in the middle of.
    pub async fn visiting_debit(
        &self,
        ctx: &Ctx<'_>,
        par_id: ParId,
        browser: &str,
    ) -> Result<Stored<PushedDebit>, BankError> {
        let pushed = load::<PushedDebit>(&self.book, par_id).await?;
        let is_here = pushed.browser.as_deref() == Some(browser);
        if is_here && pushed.finished_at.is_none() && ctx.now < pushed.expires_at {
            Ok(pushed)
        } else {
            Err(BankError::NotAvailable)
        }
    }

    /// Somebody signed in for this request. Anybody but the mandate's holder is
    /// [`BankError::NotTheSamePerson`], and is counted; whom a wait holds back sees no page to sign.
    pub async fn arrive_debit(
        &self,
        ctx: &Ctx<'_>,
        par_id: ParId,
        browser: &str,
        signed_in: &SignedIn,
    ) -> Result<(), BankError> {
        let mut pushed = self.visiting_debit(ctx, par_id, browser).await?;
        let holder_id = signed_in.holder_id;
        let opened = self.open_approval(ctx, pushed.approval_id, holder_id).await;
        let (approval, mandate) = match opened {
            Err(BankError::NotTheSamePerson) => {
                let keys =
                    vec![Key::Person(holder_id.to_string()), Key::Device(browser.to_owned())];
                self.failed(ctx, Failure::new(Kind::LinkMismatch, keys)).await?;
                return Err(BankError::NotTheSamePerson);
            }
            other => other?,
        };
        let known = self.known(holder_id).await?;
        let signer = (&known, &signed_in.authenticator);
        let goes_beyond = self.is_beyond_terms(ctx, &mandate, approval.amount).await?;
        self.require_ripe(ctx, (&approval, &mandate), signer, goes_beyond).await?;
        pushed.edit().holder = Some(holder_id);
        let mut unit = Unit::new();
        unit.update(&pushed);
        Ok(self.book.commit(unit).await?)
    }

    /// The page for the holder who signed in with this request.
    pub async fn start_debit_page(
        &self,
        ctx: &Ctx<'_>,
        par_id: ParId,
        browser: &str,
    ) -> Result<(ApprovalPage, String, Signing), BankError> {
        let pushed = self.visiting_debit(ctx, par_id, browser).await?;
        let holder_id = pushed.holder.ok_or(BankError::NotAvailable)?;
        self.start_approval(ctx, pushed.approval_id, holder_id).await
    }

    /// The holder signed: one unit holds the evidence, the grant and the code. Answers with where the
    /// browser goes.
    pub async fn finish_debit_page(
        &self,
        ctx: &Ctx<'_>,
        (par_id, browser): (ParId, &str),
        signing: &Signing,
        response: &str,
    ) -> Result<String, BankError> {
        let mut pushed = self.visiting_debit(ctx, par_id, browser).await?;
        let holder_id = pushed.holder.ok_or(BankError::NotAvailable)?;
        if signing.approval_id() != pushed.approval_id {
            return Err(BankError::NotAvailable);
        }
        let signed = (signing, response, pushed.least_acr);
        let mut unit = Unit::new();
        let approval: DebitApproval =
            self.sign_approval(ctx, &mut unit, (holder_id, browser), signed).await?;
        let kept = (&approval, AskedFor::Signed);
        Self::keep_debit_request(ctx, &mut unit, kept, pushed.signed_request.as_ref());
        let (code, row) = Code::issue(self, ctx, &pushed.to, (approval.grant_id(), 0));
        pushed.edit().finished_at = Some(ctx.now);
        unit.update(&pushed).insert(&row);
        self.book.commit(unit).await?;
        self.pace.answered(&pushed.to.client_id, par_id);
        self.callback(ctx, &pushed.to, callback::Answer::Code(Masked::new(code))).await
    }

    /// The holder said no, before or after signing in: the wallet is told so, and nothing else.
    pub async fn decline_debit_page(
        &self,
        ctx: &Ctx<'_>,
        (par_id, browser): (ParId, &str),
        asked: Option<&Signing>,
    ) -> Result<String, BankError> {
        let mut pushed = self.visiting_debit(ctx, par_id, browser).await?;
        let asked = pushed.holder.zip(asked);
        pushed.edit().finished_at = Some(ctx.now);
        let mut unit = Unit::new();
        unit.update(&pushed);
        let declined =
            self.decline_approval(ctx, &mut unit, (pushed.approval_id, browser), asked).await?;
        let kept = (&declined, AskedFor::Declined);
        Self::keep_debit_request(ctx, &mut unit, kept, pushed.signed_request.as_ref());
        self.book.commit(unit).await?;
        self.pace.answered(&pushed.to.client_id, par_id);
        let denied = OAuthError::new(ErrorCode::AccessDenied, "the holder did not agree");
        self.callback(ctx, &pushed.to, callback::Answer::Refused(denied)).await
    }
}
