//! A holder signs with their card what a page showed: the same text, the same digest and the same
//! evidence as with a passkey.

use kanuki_desk::authenticator::Act;
use kanuki_domain::{Ctx, id::HolderId};
use kanuki_passkey::AssertionState;
use kanuki_wire::transaction::Signed;

use super::{Brought, Errand};
use crate::{Bank, BankError, holder::sign_in::SignedIn};

/// What the signature of a text does; none for what is not signed at the bank.
pub(in crate::holder) const fn act_of(signed: &Signed) -> Option<Act> {
    match signed {
        Signed::Mandate { .. } => Some(Act::Mandate),
        Signed::Debit { .. } => Some(Act::Debit),
        Signed::RaiseCap { .. } => Some(Act::RaiseCaps),
        Signed::OpenToLinks { .. } => Some(Act::OpenToLinks),
        // To silence what a contact hears is as much as to move it.
        Signed::ChangeContact { .. } | Signed::LowerAlerts { .. } => Some(Act::ChangeContact),
        Signed::SignIn { .. } => Some(Act::SignIn),
        Signed::AddCard { .. } | Signed::AddApp { .. } => Some(Act::AddAuthenticator),
        Signed::InviteDelegate { .. } => Some(Act::InviteDelegate),
        Signed::Remittance { .. }
        | Signed::Payout { .. }
        | Signed::Topup { .. }
        | Signed::Payment { .. }
        | Signed::CloseWallet { .. }
        | Signed::KeepWallet { .. } => None,
    }
}

impl Bank {
    /// Sends a browser to have the text of the page that it sees signed by a card. What a card may not
    /// sign does not leave here.
    pub async fn start_card_signature(
        &self,
        ctx: &Ctx<'_>,
        (browser, pre_image): (&str, &str),
        resume: String,
    ) -> Result<String, BankError> {
        let signed: Signed =
            serde_json::from_str(pre_image).map_err(|_| BankError::NotAvailable)?;
        let may = |act| kanuki_desk::authenticator::Kind::IdentityCard.may(act);
        if !act_of(&signed).is_some_and(may) {
            return Err(BankError::NotAvailable);
        }
        self.set_out(ctx, Errand::Sign, (browser, pre_image, resume)).await
    }

    /// The card's signature over exactly what `asked` asked, by a card of this holder.
    pub(crate) async fn finish_card_signature(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        brought: &Brought,
        asked: &AssertionState,
    ) -> Result<SignedIn, BankError> {
        // A trip that is over, another browser's or for something else proves nothing.
        let errand = self.returned(ctx, brought).await.map_err(refused)?;
        if errand.errand != Errand::Sign || !asked.is_over(errand.request.digest()) {
            return Err(BankError::Card);
        }
        let believed = self.end_errand(ctx, errand).await.map_err(refused)?;
        let card = self.live_card(&believed, Act::SignIn).await?;
        let signed = self.by_card(ctx, card.into_inner(), believed).await?;
        if signed.holder_id == holder_id { Ok(signed) } else { Err(BankError::Card) }
    }
}

fn refused(error: BankError) -> BankError {
    match error {
        BankError::NotAvailable => BankError::Card,
        other => other,
    }
}
