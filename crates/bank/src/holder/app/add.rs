//! A key of the bank's app is let in: by whoever was proven a moment ago, whichever way they came, or by
//! the holder's passkey. It is worth what let it in: the same waits, the same first caps. Every contact
//! on file hears of it, with a stop code.

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
use kanuki_wire::{keys::PublicJwk, set::CredentialChange};

use super::{Asked, Brought};
use crate::{
    Bank, BankError,
    event::credential,
    holder::{
        card::Errand,
        let_in::{LetInBy, Newcomer, Permit},
    },
};

/// Telephones of one holder at a time: the one in use, and the one that takes its place.
const APPS_MAX: usize = 2;

impl Bank {
    /// What the holder signs with a passkey to let a telephone in.
    pub async fn start_app_permit(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
    ) -> Result<(String, Permit), BankError> {
        self.start_permit(ctx, holder_id, Newcomer::App).await
    }

    /// The passkey signed: sends the browser to the app.
    pub async fn finish_app_permit(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, browser, device): (HolderId, &str, &str),
        answer: (&str, &Permit),
        resume: String,
    ) -> Result<String, BankError> {
        let (route, by) = self.finish_permit(ctx, (holder_id, browser), answer).await?;
        let errand = Errand::Add { holder_id, route, by };
        self.set_out_to_add_app(ctx, errand, device, resume).await
    }

    /// Whoever was just proven lets the app in instead of a passkey.
    pub async fn start_app_after_proof(
        &self,
        ctx: &Ctx<'_>,
        (id, browser): (EnrolmentId, &str),
        resume: String,
    ) -> Result<String, BankError> {
        let (enrolment, holder_id) = self.proven(ctx, id, browser).await?;
        let (route, by) = (enrolment.proof, LetInBy::Enrolment(id));
        let errand = Errand::Add { holder_id, route, by };
        self.set_out_to_add_app(ctx, errand, browser, resume).await
    }

    async fn set_out_to_add_app(
        &self,
        ctx: &Ctx<'_>,
        errand: Errand,
        browser: &str,
        resume: String,
    ) -> Result<String, BankError> {
        let signed = self.letting_in(ctx, Newcomer::App);
        let text = signed.canonical().map_err(|_| BankError::NotAvailable)?;
        let asked = Asked { text: String::from_utf8_lossy(&text).into_owned(), shown: None };
        self.set_out_for_app(ctx, errand, (browser, &asked, resume)).await
    }

    /// The browser is back: the app can sign its holder in from now on. A key that somebody let in
    /// before, here or there, ended or not, is refused as any other.
    pub async fn finish_app_adding(
        &self,
        ctx: &Ctx<'_>,
        browser: &str,
        brought: &Brought,
    ) -> Result<(), BankError> {
        let errand = self.returned_from_app(ctx, brought).await?;
        let Errand::Add { holder_id, route, by } = errand.errand else {
            return Err(BankError::NotAvailable);
        };
        let key = self.end_app_errand(errand).await?.answered.key;
        let mut unit = Unit::new();
        let app = self.new_app(ctx, (holder_id, route), key).await?;
        let made = (browser, app.authenticator_id);
        let let_in_by = self.require_permit(ctx, &mut unit, (holder_id, by), made).await?;
        let app = Authenticator { let_in_by, ..app };
        let known = self.known(holder_id).await?;
        let id = app.authenticator_id;
        let entry = AuditEntry::new(ctx.now, holder_id, "holder.app_added", id);
        unit.insert(&app).audit(entry.with("route", route.name()));
        self.tell(&mut unit, ctx, &known, id, Content::new("app_added"))?;
        let made = credential(CredentialChange::Create, "app");
        self.tell_wallets(ctx, &mut unit, (holder_id, &format!("added|{id}")), &[made]).await?;
        match self.book.commit(unit).await {
            Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => {
                Err(BankError::App)
            }
            other => Ok(other?),
        }
    }

    async fn new_app(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, route): (HolderId, Route),
        key: PublicJwk,
    ) -> Result<Authenticator, BankError> {
        let is_known = authenticator::find_app(&self.book, &key.thumbprint()).await?.is_some();
        let live = self.authenticators(holder_id).await?;
        let apps = live.iter().filter(|a| a.kind() == Kind::BankApp).count();
        if is_known || apps >= APPS_MAX {
            return Err(BankError::App);
        }
        Ok(Authenticator::register_app(ctx, holder_id, key, route))
    }
}
