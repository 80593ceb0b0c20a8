//! Records of risks at the desk: who has a say in them, who looks at them, and what happens when nobody
//! looked again in time (FT-01, FT-05, FT-13).

use kanuki_desk::{
    approval::Approval,
    risk_record::{
        self, Kept, Now, Weighed,
        review::{self, Joint, Looked, Refused},
    },
    settings::{self, NotAsked},
};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, RiskRecordId, StaffId},
    risk_record::RiskRecord,
};
use kanuki_record::{RecordError, Stored, Unit};

use crate::{Bank, BankError, partner::Partner};

impl Bank {
    /// The partners that have a say in what this company loosens, by their ids in the registry.
    pub async fn asked_partners(&self) -> Result<Vec<String>, RecordError> {
        let mut all = self.book.list_shared::<Partner>("all", "all").await?;
        all.reverse();
        Ok(all.iter().map(|partner| partner.client_id.clone()).collect())
    }

    /// What says what is in force.
    fn in_force(&self) -> Now<'_> {
        Now { engine: &self.risk, ledger: &*self.ledger }
    }

    /// Every record of risks, newest first.
    pub async fn risk_records(&self) -> Result<Vec<Kept>, BankError> {
        let all = risk_record::all(&self.book).await?;
        Ok(all.into_iter().map(Stored::into_inner).collect())
    }

    /// One record of risks; that somebody read it is written down.
    pub async fn read_risk_record(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        record_id: RiskRecordId,
    ) -> Result<Option<Kept>, BankError> {
        Ok(risk_record::read(&self.book, ctx, by, record_id).await?)
    }

    /// The record of risks that waits with an act that somebody asked for.
    pub async fn waiting_risk_record(
        &self,
        act: &str,
        subject: &str,
    ) -> Result<Option<Kept>, BankError> {
        let waiting = risk_record::waiting(&self.book, act, subject).await?;
        Ok(waiting.map(Stored::into_inner))
    }

    /// Records whose day of review has come or comes soon.
    pub async fn due_risk_records(&self, ctx: &Ctx<'_>) -> Result<Vec<Kept>, BankError> {
        let due = review::due(&self.book, ctx.now).await?;
        Ok(due.into_iter().map(Stored::into_inner).collect())
    }

    /// One person has looked at a record again, and says what they found and, where it goes on, what each
    /// partner says to it now.
    pub async fn ask_review(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        record_id: RiskRecordId,
        looked: Looked,
    ) -> Result<ApprovalId, Refused> {
        let partners = self.asked_partners().await?;
        review::ask((&self.book, ctx), by, self.in_force(), record_id, looked, &partners).await
    }

    /// A second person agrees that an assessment was looked at again, or somebody declines it.
    pub(super) async fn decide_review(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        if agrees {
            approval.edit().approve(by, ctx.now)?;
        } else {
            approval.edit().decline(by, ctx.now)?;
        }
        unit.update(&approval);
        let about = (by, &*approval);
        let partners = self.asked_partners().await?;
        let rules = (self.in_force(), &*partners);
        review::decide((&self.book, ctx), &mut unit, about, rules, agrees).await?;
        Ok(self.book.commit(unit).await?)
    }

    /// One person asks that a start from a looser file may count, with a record of the risks.
    pub async fn ask_settings(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        about: (&str, &str),
        record: Option<RiskRecord>,
    ) -> Result<ApprovalId, NotAsked> {
        let weighed = Weighed { record, partners: self.asked_partners().await? };
        settings::ask((&self.book, ctx), by, about, &weighed).await
    }

    /// A second person agrees that it may, or somebody declines it.
    pub(super) async fn decide_settings(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        if agrees {
            approval.edit().approve(by, ctx.now)?;
        } else {
            approval.edit().decline(by, ctx.now)?;
        }
        let mut unit = Unit::new();
        unit.update(&approval);
        let partners = self.asked_partners().await?;
        let about = (by, &*approval);
        settings::decide((&self.book, ctx), &mut unit, about, &partners, agrees).await?;
        Ok(self.book.commit(unit).await?)
    }

    /// Opens a case for each assessment that nobody looked at again in time: records of risks, and what
    /// was assessed together with each partner. Called by the worker; how many were opened.
    pub async fn open_review_cases(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let partners = self.partners().await?;
        let joint: Vec<Joint> = partners
            .iter()
            .map(|partner| Joint {
                subject: partner.client_id.clone(),
                review_by: partner.agreement.assessment.review_by,
            })
            .collect();
        Ok(review::open_cases(&self.book, ctx, &joint).await?)
    }
}
