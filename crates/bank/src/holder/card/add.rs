//! A card is let in: by whoever was proven by its other certificate a moment ago, or by the holder's
//! passkey. Every contact on file hears of it, with a stop code.

use kanuki_desk::{
    DeskError,
    authenticator::{self, Act, Authenticator, Kind},
    evidence::{Answer, Content as Answered, Shown},
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    id::{AuthenticatorId, EnrolmentId, HolderId, encode_base32},
    limits::RECOVERY_WAIT_SECS,
    mandate::later,
    route::Route,
};
use kanuki_passkey::AssertionState;
use kanuki_record::{AuditEntry, RecordError, Unit};
use kanuki_wire::transaction::Signed;
use serde::{Deserialize, Serialize};

use super::{
    Brought, Errand,
    errand::{Believed, LetInBy},
};
use crate::{Bank, BankError, holder::enrol::Progress};

/// Cards of one holder at a time: the plastic one, the one in a telephone, and one of each that is
/// about to be renewed.
const CARDS_MAX: usize = 4;

/// What must come back with the passkey's signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CardPermit {
    pre_image: String,
    assertion: AssertionState,
    shown: Option<Shown>,
}

impl CardPermit {
    /// Notes what the page showed, to be kept with the answer.
    pub fn showing(&mut self, shown: Shown) {
        self.shown = Some(shown);
    }
}

impl Bank {
    /// What the holder signs with a passkey to let a card in.
    pub async fn start_card_permit(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
    ) -> Result<(String, CardPermit), BankError> {
        if !self.takes_cards() {
            return Err(BankError::NotAvailable);
        }
        let nonce = encode_base32(u128::from_be_bytes(ctx.random()));
        let signed = Signed::AddCard { bank: self.config.name.clone(), nonce };
        let challenge = signed.challenge().map_err(|_| BankError::NotAvailable)?;
        let canonical = signed.canonical().map_err(|_| BankError::NotAvailable)?;
        let (options, assertion) = self.start_signature(holder_id, challenge).await?;
        let pre_image = String::from_utf8_lossy(&canonical).into_owned();
        Ok((options, CardPermit { pre_image, assertion, shown: None }))
    }

    /// The passkey signed: sends the browser for the card. The card will be worth what the passkey is.
    pub async fn finish_card_permit(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, browser, device): (HolderId, &str, &str),
        (response, permit): (&str, &CardPermit),
        resume: String,
    ) -> Result<String, BankError> {
        let signed = self.finish_signature(ctx, holder_id, response, &permit.assertion).await?;
        let passkey = &signed.authenticator;
        if !passkey.kind().may(Act::AddAuthenticator) {
            return Err(BankError::Card);
        }
        // A code can be talked out of anyone: what it let in lets nothing else in while it is new.
        let settled = later(passkey.created_at, RECOVERY_WAIT_SECS);
        if passkey.route.rests_on_a_code() && ctx.now < settled {
            return Err(BankError::Desk(DeskError::TooEarly));
        }
        let known = self.known(holder_id).await?;
        let answered = Answered {
            shown: permit.shown.clone(),
            pre_image: permit.pre_image.clone(),
            assertion: Some(signed.signature),
        };
        let mut unit = Unit::new();
        let from = (passkey.authenticator_id.to_string(), browser, Answer::Signed);
        self.keep_answer(ctx, &mut unit, &known.key, from, &answered)?;
        self.book.commit(unit).await?;
        let by = LetInBy::Passkey(passkey.authenticator_id);
        let errand = Errand::Add { holder_id, route: passkey.route, by };
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
        let nonce = encode_base32(u128::from_be_bytes(ctx.random()));
        let signed = Signed::AddCard { bank: self.config.name.clone(), nonce };
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
        match self.book.commit(unit).await {
            Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => {
                Err(BankError::Card)
            }
            other => Ok(other?),
        }
    }

    /// Asked again: since the first half, somebody may have stopped the passkey or used the proof.
    async fn require_permit(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (holder_id, by): (HolderId, LetInBy),
        (browser, card_id): (&str, AuthenticatorId),
    ) -> Result<Option<AuthenticatorId>, BankError> {
        match by {
            LetInBy::Enrolment(id) => {
                let (mut enrolment, _) = self.proven(ctx, id, browser).await?;
                enrolment.edit().progress = Progress::Done;
                enrolment.edit().made = Some(card_id);
                unit.update(&enrolment);
                Ok(None)
            }
            LetInBy::Passkey(id) => {
                let live = self.authenticators(holder_id).await?;
                let passkey = live.into_iter().find(|a| a.authenticator_id == id);
                // Its row is touched, so that a stop in between wins.
                let mut passkey = passkey.ok_or(BankError::NotAvailable)?;
                let label = passkey.label.clone();
                passkey.edit().label = label;
                unit.update(&passkey);
                Ok(Some(id))
            }
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
