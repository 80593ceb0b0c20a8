//! Something new that a holder signs in with is let in: an identity card, or a key of the bank's app.
//!
//! By whoever was proven a moment ago, or beside a passkey by that passkey's signature. What is let in
//! is worth what let it in, and ends with the passkey that did.

use kanuki_desk::{
    DeskError,
    authenticator::Act,
    evidence::{Answer, Content as Answered, Shown},
};
use kanuki_domain::{
    Ctx,
    id::{AuthenticatorId, EnrolmentId, HolderId, encode_base32},
    limits::RECOVERY_WAIT_SECS,
    mandate::later,
    route::Route,
};
use kanuki_passkey::AssertionState;
use kanuki_record::Unit;
use kanuki_wire::transaction::Signed;
use serde::{Deserialize, Serialize};

use crate::{Bank, BankError, holder::enrol::Progress};

/// What is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newcomer {
    /// An identity card.
    Card,
    /// A key of the bank's app.
    App,
}

/// What lets it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetInBy {
    /// An enrolment that was proven.
    Enrolment(EnrolmentId),
    /// A passkey of the holder's.
    Passkey(AuthenticatorId),
}

/// What must come back with the passkey's signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Permit {
    pre_image: String,
    assertion: AssertionState,
    shown: Option<Shown>,
}

impl Permit {
    /// Notes what the page showed, to be kept with the answer.
    pub fn showing(&mut self, shown: Shown) {
        self.shown = Some(shown);
    }
}

impl Bank {
    /// The text that a newcomer is let in by, with a nonce of its own.
    pub(super) fn letting_in(&self, ctx: &Ctx<'_>, newcomer: Newcomer) -> Signed {
        let nonce = encode_base32(u128::from_be_bytes(ctx.random()));
        let bank = self.config.name.clone();
        match newcomer {
            Newcomer::Card => Signed::AddCard { bank, nonce },
            Newcomer::App => Signed::AddApp { bank, nonce },
        }
    }

    /// What the holder signs with a passkey to let it in.
    pub async fn start_permit(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        newcomer: Newcomer,
    ) -> Result<(String, Permit), BankError> {
        let is_taken = match newcomer {
            Newcomer::Card => self.takes_cards(),
            Newcomer::App => self.takes_app(),
        };
        if !is_taken {
            return Err(BankError::NotAvailable);
        }
        let signed = self.letting_in(ctx, newcomer);
        let challenge = signed.challenge().map_err(|_| BankError::NotAvailable)?;
        let canonical = signed.canonical().map_err(|_| BankError::NotAvailable)?;
        let (options, assertion) = self.start_signature(holder_id, challenge).await?;
        let pre_image = String::from_utf8_lossy(&canonical).into_owned();
        Ok((options, Permit { pre_image, assertion, shown: None }))
    }

    /// The passkey signed: what is let in will be worth what it is.
    pub(super) async fn finish_permit(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, browser): (HolderId, &str),
        (response, permit): (&str, &Permit),
    ) -> Result<(Route, LetInBy), BankError> {
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
        Ok((passkey.route, LetInBy::Passkey(passkey.authenticator_id)))
    }

    /// Asked again when it comes: since the first half, somebody may have stopped the passkey or used
    /// the proof.
    pub(super) async fn require_permit(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (holder_id, by): (HolderId, LetInBy),
        (browser, made): (&str, AuthenticatorId),
    ) -> Result<Option<AuthenticatorId>, BankError> {
        match by {
            LetInBy::Enrolment(id) => {
                let (mut enrolment, _) = self.proven(ctx, id, browser).await?;
                enrolment.edit().progress = Progress::Done;
                enrolment.edit().made = Some(made);
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
}
