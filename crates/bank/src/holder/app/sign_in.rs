//! A holder signs in with the bank's app.

use kanuki_desk::{
    authenticator::{Act, Authenticator},
    evidence::{AppSignature, Signature},
};
use kanuki_domain::{Ctx, id::encode_base32};
use kanuki_record::{AuditEntry, Unit};
use kanuki_risk::Kind;
use kanuki_wire::transaction::Signed;

use super::{
    Asked, Brought,
    errand::{Answered, Believed},
};
use crate::{
    Bank, BankError,
    attempt::Failure,
    holder::{card::Errand, sign_in::SignedIn},
};

impl Bank {
    /// Sends a browser to sign in with the app; answers with the trip's reference.
    pub async fn start_app_sign_in(
        &self,
        ctx: &Ctx<'_>,
        browser: &str,
        resume: String,
    ) -> Result<String, BankError> {
        let nonce = encode_base32(u128::from_be_bytes(ctx.random()));
        let signed = Signed::SignIn { bank: self.config.name.clone(), nonce };
        let text = signed.canonical().map_err(|_| BankError::NotAvailable)?;
        let asked = Asked { text: String::from_utf8_lossy(&text).into_owned(), shown: None };
        self.set_out_for_app(ctx, Errand::SignIn, (browser, &asked, resume)).await
    }

    /// Checks a sign-in by the app. A key that has ended since it answered is refused and counted as
    /// any other.
    pub async fn finish_app_sign_in(
        &self,
        ctx: &Ctx<'_>,
        brought: &Brought,
    ) -> Result<SignedIn, BankError> {
        let done = self.check_app_sign_in(ctx, brought).await;
        if let Err(BankError::App) = &done {
            self.require_few(ctx, Kind::SignInRefused, Vec::new()).await?;
            self.failed(ctx, Failure::new(Kind::SignInRefused, Vec::new())).await?;
        }
        done
    }

    async fn check_app_sign_in(
        &self,
        ctx: &Ctx<'_>,
        brought: &Brought,
    ) -> Result<SignedIn, BankError> {
        let errand = self.returned_from_app(ctx, brought).await?;
        if errand.errand != Errand::SignIn {
            return Err(BankError::NotAvailable);
        }
        let believed = self.end_app_errand(errand).await?;
        let signed_in = self.by_app(believed).await?;
        let id = signed_in.authenticator.authenticator_id;
        let mut unit = Unit::new();
        self.note_done(ctx, &mut unit, (Kind::SignedIn, signed_in.holder_id)).await?;
        unit.audit(AuditEntry::new(ctx.now, signed_in.holder_id, "holder.signed_in", id));
        self.book.commit(unit).await?;
        Ok(signed_in)
    }

    /// Who signed, and with what: by a key that is still one.
    pub(super) async fn by_app(&self, believed: Believed) -> Result<SignedIn, BankError> {
        let Answered { key, token, .. } = believed.answered;
        let app = self.live_app(&key.thumbprint()).await?;
        if !app.kind().may(Act::SignIn) {
            return Err(BankError::App);
        }
        let authenticator: Authenticator = app.into_inner();
        let holder_id = authenticator.owner_id.parse().map_err(|_| BankError::App)?;
        let signature = Signature::App(AppSignature { app_key: key, token });
        Ok(SignedIn { holder_id, authenticator, signature })
    }
}
