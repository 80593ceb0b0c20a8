//! What holders signed and refused, kept for disputes and proven again when somebody asks.

use kanuki_desk::{
    authenticator,
    evidence::{Answer, CardSignature, Content, Fault, Given, Judges, Kept, Proven, Signature},
};
use kanuki_domain::{
    Ctx,
    id::{CaseId, HolderId, MandateId, StaffId},
};
use kanuki_record::{AuditEntry, Stored, Unit, vault::PersonKey};

use crate::{Bank, BankError, holder::load, link::SignedDebit};

/// One answer, opened and proven again.
#[derive(Debug)]
pub struct Verified {
    /// When, from where, about what.
    pub kept: Kept,
    /// What was shown, answered and signed, if it opens.
    pub content: Option<Content>,
    /// What it still proves: a signature for a consent, nothing for a refusal; or what is wrong.
    pub verdict: Result<Option<Proven>, Fault>,
}

impl Bank {
    /// Adds a holder's answer to `unit`, sealed; returns the hash of what was answered.
    pub(crate) fn keep_answer(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        person: &PersonKey,
        (about, browser, answer): (String, &str, Answer),
        content: &Content,
    ) -> Result<String, BankError> {
        let given = Given { person, about, browser, answer, content };
        let kept = Kept::seal(&self.vault, ctx, given)?;
        unit.insert(&kept);
        Ok(kept.hash)
    }

    /// What a holder said no to, newest first.
    pub async fn refusals_of(&self, holder_id: HolderId) -> Result<Vec<Verified>, BankError> {
        let all = self.book.list::<Kept>("person_id", &holder_id.to_string()).await?;
        let refused = all.into_iter().filter(|kept| kept.answer == Answer::Refused);
        self.verified(holder_id, refused.map(Stored::into_inner)).await
    }

    /// What a holder signed for one of their own mandates, newest first.
    pub async fn answers_of(
        &self,
        holder_id: HolderId,
        mandate_id: MandateId,
    ) -> Result<Vec<Verified>, BankError> {
        self.mandate_of(holder_id, mandate_id).await?;
        let all = self.book.list::<Kept>("about", &mandate_id.to_string()).await?;
        self.verified(holder_id, all.into_iter().map(Stored::into_inner)).await
    }

    /// The evidence behind one mandate of a case, proven again. That it was read is written down:
    /// nobody reads a holder without a case.
    pub async fn evidence_of_case(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, mandate_id): (CaseId, MandateId),
    ) -> Result<Vec<Verified>, BankError> {
        let case = self.read_case(ctx, by, case_id).await?;
        let mandates = self.mandates_of_case(&case).await?;
        let mandate = mandates.into_iter().find(|mandate| mandate.mandate_id == mandate_id);
        let holder_id = mandate.ok_or(BankError::NotAvailable)?.holder_id;
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(ctx.now, by, "evidence.read", mandate_id).with("case", case_id));
        self.book.commit(unit).await?;
        self.answers_of(holder_id, mandate_id).await
    }

    /// What the wallet signed to ask for single debits under one mandate of a case, whatever became of
    /// them. Reading it is written down with the rest of the evidence.
    pub async fn debit_requests_of_case(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, mandate_id): (CaseId, MandateId),
    ) -> Result<Vec<(SignedDebit, Option<String>)>, BankError> {
        let case = self.read_case(ctx, by, case_id).await?;
        let mandates = self.mandates_of_case(&case).await?;
        if !mandates.iter().any(|mandate| mandate.mandate_id == mandate_id) {
            return Err(BankError::NotAvailable);
        }
        self.debit_requests_of(mandate_id).await
    }

    async fn verified(
        &self,
        holder_id: HolderId,
        kept: impl Iterator<Item = Kept>,
    ) -> Result<Vec<Verified>, BankError> {
        let key = load::<PersonKey>(&self.book, holder_id).await?;
        let mut all = Vec::new();
        for kept in kept {
            let content = kept.open(&self.vault, &key).ok();
            let verdict = match &content {
                Some(content) => self.judge(holder_id, &kept, content).await?,
                None => Err(Fault::Unreadable),
            };
            all.push(Verified { kept, content, verdict });
        }
        Ok(all)
    }

    /// Proves one answer again. A card's or an app's signature holds only for one that this holder let
    /// in, ended ones too: neither names anybody itself.
    async fn judge(
        &self,
        holder_id: HolderId,
        kept: &Kept,
        content: &Content,
    ) -> Result<Result<Option<Proven>, Fault>, BankError> {
        let list = match &content.assertion {
            Some(Signature::Card(CardSignature { list, .. })) => Some(self.kept_list(list).await?),
            Some(Signature::Passkey(_) | Signature::App(_)) | None => None,
        };
        let anchors = self.card_authentication().map(|reading| &reading.anchors);
        let app_issuer = Some(self.config.issuer.as_str());
        let judges = Judges { rp: &self.rp, cards: anchors.zip(list.as_ref()), app_issuer };
        let verdict = kept.verify(content, judges);
        if let Ok(Some(Proven::Card(card))) = &verdict {
            let hash = self.card_hash(card.certificate_fingerprint);
            let card = authenticator::find_card(&self.book, &hash).await?;
            if card.is_none_or(|card| card.owner_id != holder_id.to_string()) {
                return Ok(Err(Fault::OtherCard));
            }
        }
        if let Ok(Some(Proven::App(thumbprint))) = &verdict {
            let app = authenticator::find_app(&self.book, thumbprint).await?;
            if app.is_none_or(|app| app.owner_id != holder_id.to_string()) {
                return Ok(Err(Fault::OtherApp));
            }
        }
        Ok(verdict)
    }
}
