//! A card is let in: by whoever was proven by its other certificate a moment ago, or by the holder's
//! passkey. Every contact on file hears of it, with a stop code.

use kanuki_desk::{
    authenticator::{self, Authenticator, Kind},
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    id::{EnrolmentId, HolderId},
    route::Route,
};
use kanuki_record::{AuditEntry, RecordError, Unit};
use kanuki_wire::set::CredentialChange;

use super::{Brought, Errand, errand::Believed};
use crate::{
    Bank, BankError,
    event::credential,
    holder::let_in::{LetInBy, Newcomer, Permit},
};

/// Cards of one holder at a time: the plastic one, the one in a telephone, and one of each that is
/// about to be renewed.
const CARDS_MAX: usize = 4;

impl Bank {
    /// What the holder signs with a passkey to let a card in.
    pub async fn start_card_permit(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
    ) -> Result<(String, Permit), BankError> {
        self.start_permit(ctx, holder_id, Newcomer::Card).await
    }

    /// The passkey signed: sends the browser for the card. The card will be worth what the passkey is.
    pub async fn finish_card_permit(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, browser, device): (HolderId, &str, &str),
        answer: (&str, &Permit),
        resume: String,
    ) -> Result<String, BankError> {
        let (route, by) = self.finish_permit(ctx, (holder_id, browser), answer).await?;
        let errand = Errand::Add { holder_id, route, by };
        self.set_out_to_add(ctx, errand, device, resume).await
    }

    /// Whoever was just proven by the card's signature certificate lets its other certificate in,
    /// instead of a passkey.
    pub async fn start_card_after_proof(
        &self,
        ctx: &Ctx<'_>,
        (id, browser): (EnrolmentId, &str),
        resume: String,
    ) -> Result<String, BankError> {
        let (enrolment, holder_id) = self.proven(ctx, id, browser).await?;
        if enrolment.proof != Route::Jpki {
            return Err(BankError::NotAvailable);
        }
        let by = LetInBy::Enrolment(id);
        let errand = Errand::Add { holder_id, route: Route::Jpki, by };
        self.set_out_to_add(ctx, errand, browser, resume).await
    }

    async fn set_out_to_add(
        &self,
        ctx: &Ctx<'_>,
        errand: Errand,
        browser: &str,
        resume: String,
    ) -> Result<String, BankError> {
        let signed = self.letting_in(ctx, Newcomer::Card);
        let text = signed.canonical().map_err(|_| BankError::NotAvailable)?;
        let text = String::from_utf8_lossy(&text);
        self.set_out(ctx, errand, (browser, &text, resume)).await
    }

    /// The card answered: it can sign its holder in from now on. A card that somebody let in before,
    /// here or there, ended or not, is refused as any other.
    pub async fn finish_card_adding(
        &self,
        ctx: &Ctx<'_>,
        browser: &str,
        brought: &Brought,
    ) -> Result<(), BankError> {
        let errand = self.returned(ctx, brought).await?;
        let Errand::Add { holder_id, route, by } = errand.errand else {
            return Err(BankError::NotAvailable);
        };
        let believed = self.end_errand(ctx, errand).await?;
        let mut unit = Unit::new();
        let card = self.new_card(ctx, (holder_id, route), &believed).await?;
        let made = (browser, card.authenticator_id);
        let let_in_by = self.require_permit(ctx, &mut unit, (holder_id, by), made).await?;
        let card = Authenticator { let_in_by, ..card };
        let known = self.known(holder_id).await?;
        let id = card.authenticator_id;
        let entry = AuditEntry::new(ctx.now, holder_id, "holder.card_added", id);
        unit.insert(&card).audit(entry.with("route", route.name()));
        self.tell(&mut unit, ctx, &known, id, Content::new("card_added"))?;
        let made = credential(CredentialChange::Create, "x509");
        self.tell_wallets(ctx, &mut unit, (holder_id, &format!("added|{id}")), &[made]).await?;
        match self.book.commit(unit).await {
            Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => {
                Err(BankError::Card)
            }
            other => Ok(other?),
        }
    }

    async fn new_card(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, route): (HolderId, Route),
        believed: &Believed,
    ) -> Result<Authenticator, BankError> {
        let hash = &believed.certificate_hash;
        let is_known = authenticator::find_card(&self.book, hash).await?.is_some();
        let live = self.authenticators(holder_id).await?;
        let cards = live.iter().filter(|a| a.kind() == Kind::IdentityCard).count();
        if is_known || cards >= CARDS_MAX {
            return Err(BankError::Card);
        }
        Ok(Authenticator::register_card(ctx, holder_id, hash.clone(), route))
    }
}
