//! A holder signs in with their card.

use kanuki_desk::authenticator::{self, Act, Authenticator};
use kanuki_desk::evidence::{CardSignature, Signature};
use kanuki_domain::{Ctx, id::encode_base32};
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_risk::Kind;
use kanuki_wire::transaction::Signed;

use super::{Brought, Errand, errand::Believed};
use crate::{Bank, BankError, attempt::Failure, holder::sign_in::SignedIn};

impl Bank {
    /// Sends a browser to sign in with a card. Who it will be is not known yet.
    pub async fn start_card_sign_in(
        &self,
        ctx: &Ctx<'_>,
        browser: &str,
        resume: String,
    ) -> Result<String, BankError> {
        let nonce = encode_base32(u128::from_be_bytes(ctx.random()));
        let signed = Signed::SignIn { bank: self.config.name.clone(), nonce };
        let text = signed.canonical().map_err(|_| BankError::NotAvailable)?;
        let text = String::from_utf8_lossy(&text);
        self.set_out(ctx, Errand::SignIn, (browser, &text, resume)).await
    }

    /// Checks a sign-in by a card. A card that nobody let in is refused in the words of any other, and
    /// counted for its network as any other.
    pub async fn finish_card_sign_in(
        &self,
        ctx: &Ctx<'_>,
        brought: &Brought,
    ) -> Result<SignedIn, BankError> {
        let done = self.check_card_sign_in(ctx, brought).await;
        if let Err(BankError::Card) = &done {
            self.require_few(ctx, Kind::SignInRefused, Vec::new()).await?;
            self.failed(ctx, Failure::new(Kind::SignInRefused, Vec::new())).await?;
        }
        done
    }

    async fn check_card_sign_in(
        &self,
        ctx: &Ctx<'_>,
        brought: &Brought,
    ) -> Result<SignedIn, BankError> {
        let errand = self.returned(ctx, brought).await?;
        if errand.errand != Errand::SignIn {
            return Err(BankError::NotAvailable);
        }
        let believed = self.end_errand(ctx, errand).await?;
        let card = self.live_card(&believed, Act::SignIn).await?;
        let signed_in = self.by_card(ctx, card.into_inner(), believed).await?;
        let id = signed_in.authenticator.authenticator_id;
        let mut unit = Unit::new();
        self.note_done(ctx, &mut unit, (Kind::SignedIn, signed_in.holder_id)).await?;
        unit.audit(AuditEntry::new(ctx.now, signed_in.holder_id, "holder.signed_in", id));
        self.book.commit(unit).await?;
        Ok(signed_in)
    }

    /// The card that answered, if it was let in, has not ended and may be used for this.
    pub(super) async fn live_card(
        &self,
        believed: &Believed,
        act: Act,
    ) -> Result<Stored<Authenticator>, BankError> {
        let found = authenticator::find_card(&self.book, &believed.certificate_hash).await?;
        let live = found.filter(|card| card.revoked_at.is_none() && card.kind().may(act));
        live.ok_or(BankError::Card)
    }

    /// Who signed, and with what. The list goes where the evidence finds it.
    pub(super) async fn by_card(
        &self,
        ctx: &Ctx<'_>,
        authenticator: Authenticator,
        believed: Believed,
    ) -> Result<SignedIn, BankError> {
        let holder_id = authenticator.owner_id.parse().map_err(|_| BankError::Card)?;
        let list = self.keep_list(ctx, &believed.list).await?;
        let signature = Signature::Card(CardSignature {
            request: believed.request,
            answer: believed.answer,
            list,
        });
        Ok(SignedIn { holder_id, authenticator, signature })
    }
}
