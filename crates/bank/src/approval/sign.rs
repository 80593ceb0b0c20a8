//! The holder sees one debit and signs exactly it, or says no.

use jiff::Timestamp;
use kanuki_desk::{
    evidence::{Answer, Content as Answered, Shown, Signature},
    outbox::Content,
};
use kanuki_domain::{
    Ctx, Yen,
    assurance::Acr,
    id::{DebitApprovalId, HolderId, encode_base32},
    mandate::Terms,
};
use kanuki_passkey::AssertionState;
use kanuki_record::{AuditEntry, Stored, Unit, vault::PersonKey};
use kanuki_wire::transaction::Signed;
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    approval::{ApprovalState, DebitApproval},
    debit::judge,
    holder::load,
    link::token::Grant,
    mandate::Mandate,
};

/// What the page shows, all of it from what is signed or from the mandate it is compared with.
#[derive(Clone, Debug)]
pub struct ApprovalPage {
    /// Who will debit: the name in the registry.
    pub partner_name: String,
    /// From which account.
    pub account_mask: String,
    /// How much.
    pub amount: Yen,
    /// What the holder had agreed to.
    pub terms: Terms,
    /// When they had.
    pub agreed_at: Timestamp,
    /// It is above that.
    pub beyond_terms: bool,
    /// It comes from a device that was not used under this mandate before.
    pub new_device: bool,
    /// Until when it can be signed.
    pub expires_at: Timestamp,
}

/// What must come back with the signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Signing {
    approval_id: DebitApprovalId,
    pre_image: String,
    assertion: AssertionState,
    shown: Option<Shown>,
    /// The text says that it goes beyond what was agreed.
    #[serde(default)]
    beyond_terms: bool,
    /// How often the mandate's caps had changed when the page compared with them.
    #[serde(default)]
    seen: u32,
}

impl Signing {
    /// Notes what the page showed, to be kept with the answer.
    pub fn showing(&mut self, shown: Shown) {
        self.shown = Some(shown);
    }

    fn answered(&self, assertion: Option<Signature>) -> Answered {
        Answered { shown: self.shown.clone(), pre_image: self.pre_image.clone(), assertion }
    }

    /// What is being signed.
    #[must_use]
    pub const fn approval_id(&self) -> DebitApprovalId {
        self.approval_id
    }
}

impl Bank {
    /// The approval, if `holder_id` can decide about it now: nobody but the mandate's holder can.
    pub async fn open_approval(
        &self,
        ctx: &Ctx<'_>,
        approval_id: DebitApprovalId,
        holder_id: HolderId,
    ) -> Result<(Stored<DebitApproval>, Mandate), BankError> {
        let approval = load::<DebitApproval>(&self.book, approval_id).await?;
        let mandate = load::<Mandate>(&self.book, approval.mandate_id).await?.into_inner();
        if mandate.holder_id != holder_id {
            return Err(BankError::NotTheSamePerson);
        }
        let is_current = mandate.grant_id == approval.standing;
        if !is_current || !approval.is_open(ctx.now) {
            return Err(BankError::NotAvailable);
        }
        judge::is_usable(&mandate, None, ctx.now).map_err(|_| BankError::NotAvailable)?;
        Ok((approval, mandate))
    }

    /// Prepares the page and the challenge of its signature.
    pub async fn start_approval(
        &self,
        ctx: &Ctx<'_>,
        approval_id: DebitApprovalId,
        holder_id: HolderId,
    ) -> Result<(ApprovalPage, String, Signing), BankError> {
        let (approval, mandate) = self.open_approval(ctx, approval_id, holder_id).await?;
        let partner = self.known_partner(&approval.client_id).await?;
        let beyond_terms = self.is_beyond_terms(ctx, &mandate, approval.amount).await?;
        let new_device = self.is_new_device(&mandate, approval.device.as_deref()).await?;
        let signed = Signed::Debit {
            wallet_name: partner.name.clone(),
            mandate_id: mandate.mandate_id,
            debit_id: approval.debit_id,
            account_mask: mandate.account_mask.clone(),
            amount: approval.amount,
            beyond_terms,
            new_device,
            nonce: encode_base32(u128::from_be_bytes(ctx.random())),
        };
        let challenge = signed.challenge().map_err(|_| BankError::Amounts)?;
        let canonical = signed.canonical().map_err(|_| BankError::Amounts)?;
        let (options, assertion) = self.start_signature(holder_id, challenge).await?;
        let agreed_at = mandate.agreed_at();
        let page = ApprovalPage {
            partner_name: partner.name.clone(),
            account_mask: mandate.account_mask,
            amount: approval.amount,
            terms: mandate.terms,
            agreed_at,
            beyond_terms,
            new_device,
            expires_at: approval.expires_at,
        };
        let pre_image = String::from_utf8_lossy(&canonical).into_owned();
        let (shown, seen) = (None, mandate.cap_generation);
        let signing = Signing { approval_id, pre_image, assertion, shown, beyond_terms, seen };
        Ok((page, options, signing))
    }

    /// The holder signed: adds to `unit` the evidence, the grant of a token for this one debit, the
    /// device that is known from now on and the notice. Who commits it adds what their way needs.
    /// A signature of a weaker class than `least` is [`BankError::App`].
    pub async fn sign_approval(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (holder_id, browser): (HolderId, &str),
        (signing, response, least): (&Signing, &str, Option<Acr>),
    ) -> Result<DebitApproval, BankError> {
        let (mut approval, mandate) =
            self.open_approval(ctx, signing.approval_id, holder_id).await?;
        if signing.seen != mandate.cap_generation {
            return Err(BankError::NotAvailable);
        }
        let signed = self.finish_signature(ctx, holder_id, response, &signing.assertion).await?;
        let known = self.known(holder_id).await?;
        // It may be another passkey than the one that signed in, and a contact may have changed.
        let whose = (&known, &signed.authenticator);
        let acr = signed.authenticator.kind().rule().acr;
        // Whoever asked for a stronger class is not given a weaker one.
        if least.is_some_and(|least| !acr.satisfies(least)) {
            return Err(BankError::App);
        }
        self.require_ripe(ctx, (&approval, &mandate), whose, signing.beyond_terms).await?;
        let from = (mandate.mandate_id.to_string(), browser, Answer::Signed);
        let answered = signing.answered(Some(signed.signature));
        let answer = self.keep_answer(ctx, unit, &known.key, from, &answered)?;
        let edit = approval.edit();
        edit.state = ApprovalState::Signed { at: ctx.now, answer };
        edit.beyond_terms = signing.beyond_terms;
        edit.cap_generation = Some(signing.seen);
        unit.update(&approval).insert(&Grant::once(&approval, acr)).audit(
            AuditEntry::new(ctx.now, holder_id, "debit.approved", approval.approval_id)
                .with("mandate", approval.mandate_id)
                .with("debit", approval.debit_id)
                .with("amount", approval.amount.amount()),
        );
        self.bind_device(ctx, unit, mandate.mandate_id, approval.device.as_deref()).await?;
        let content = Content::new("debit_approved")
            .with("partner", &mandate.partner_name)
            .with("account", &mandate.account_mask)
            .with("amount", approval.amount);
        self.tell(unit, ctx, &known, mandate.mandate_id, content)?;
        Ok(approval.into_inner())
    }

    /// The holder said no; it is kept, and it ends it. Deciding twice is [`BankError::NotAvailable`].
    ///
    /// With `asked` they said it to the page, and it is bound to exactly what that showed. Without it
    /// they left before anything was shown.
    pub async fn decline_approval(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (approval_id, browser): (DebitApprovalId, &str),
        asked: Option<(HolderId, &Signing)>,
    ) -> Result<DebitApproval, BankError> {
        let mut approval = load::<DebitApproval>(&self.book, approval_id).await?;
        if !matches!(approval.state, ApprovalState::Asked) {
            return Err(BankError::NotAvailable);
        }
        let mut answer = None;
        if let Some((holder_id, signing)) = asked {
            if signing.approval_id != approval_id {
                return Err(BankError::NotAvailable);
            }
            let key = load::<PersonKey>(&self.book, holder_id).await?;
            let from = (approval.mandate_id.to_string(), browser, Answer::Refused);
            let kept = self.keep_answer(ctx, unit, &key, from, &signing.answered(None))?;
            answer = Some(kept);
        }
        approval.edit().state = ApprovalState::Declined { at: ctx.now, answer };
        unit.update(&approval).audit(
            AuditEntry::new(ctx.now, "holder", "debit.approval_declined", approval_id)
                .with("mandate", approval.mandate_id)
                .with("debit", approval.debit_id),
        );
        Ok(approval.into_inner())
    }
}
