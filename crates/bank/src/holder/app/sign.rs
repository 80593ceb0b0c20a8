//! A holder signs with the bank's app what a page showed: the same text, the same digest and the same
//! evidence as with a passkey.

use kanuki_desk::{authenticator::Kind, evidence::challenge};
use kanuki_domain::{Ctx, id::HolderId};
use kanuki_passkey::AssertionState;
use kanuki_wire::transaction::Signed;

use super::{Asked, Brought};
use crate::{
    Bank, BankError,
    holder::{card::Errand, card::act_of, sign_in::SignedIn},
};

impl Bank {
    /// Sends a browser to have the text of the page that it sees signed by the app. What the app may not
    /// sign does not leave here.
    pub async fn start_app_signature(
        &self,
        ctx: &Ctx<'_>,
        (browser, asked): (&str, &Asked),
        resume: String,
    ) -> Result<String, BankError> {
        let signed: Signed =
            serde_json::from_str(&asked.text).map_err(|_| BankError::NotAvailable)?;
        if !act_of(&signed).is_some_and(|act| Kind::BankApp.may(act)) {
            return Err(BankError::NotAvailable);
        }
        self.set_out_for_app(ctx, Errand::Sign, (browser, asked, resume)).await
    }

    /// The app's signature over exactly what `asked` asked, by a key of this holder.
    pub(crate) async fn finish_app_signature(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        brought: &Brought,
        asked: &AssertionState,
    ) -> Result<SignedIn, BankError> {
        // A trip that is over, another browser's or for something else proves nothing.
        let errand = self.returned_from_app(ctx, brought).await.map_err(refused)?;
        if errand.errand != Errand::Sign {
            return Err(BankError::App);
        }
        let believed = self.end_app_errand(errand).await.map_err(refused)?;
        if !asked.is_over(challenge(&believed.text)) {
            return Err(BankError::App);
        }
        let signed = self.by_app(believed).await?;
        if signed.holder_id == holder_id { Ok(signed) } else { Err(BankError::App) }
    }
}

fn refused(error: BankError) -> BankError {
    match error {
        BankError::NotAvailable => BankError::App,
        other => other,
    }
}
