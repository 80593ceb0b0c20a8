//! What the table says of a partner's word is done: a stop, or care for a week, and people who look.

use kanuki_desk::{
    outbox::Content,
    signal::{
        caution, flood, noted,
        order::Word,
        policy::{Actions, Measure},
    },
};
use kanuki_domain::{Ctx, id::CaseId};
use kanuki_record::{RecordError, Stored, Unit};
use kanuki_wire::set;

use crate::{
    Bank, BankError,
    mandate::{Mandate, wallet_name},
};

impl Bank {
    /// Does what the table says of an event about a person or a debit. Told of somebody whom we do not
    /// know, nothing is done.
    pub(super) async fn tighten(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (client_id, told): (&str, &set::SecurityEvent),
        (actions, case_id): (Actions, Option<CaseId>),
    ) -> Result<(), BankError> {
        if actions.measure == Measure::Log && !actions.notifies {
            return Ok(());
        }
        match actions.measure {
            Measure::Suspend if matches!(told.event, set::Event::CredentialCompromise { .. }) => {
                self.admit_leak(ctx, client_id).await?;
            }
            Measure::Suspend => self.admit_stop(ctx, client_id).await?,
            Measure::Log | Measure::LowerCaps | Measure::Hold => {
                self.admit_care(ctx, client_id, actions.measure).await?;
            }
        }
        for mandate in self.mandates_told(client_id, told).await? {
            match actions.measure {
                Measure::Suspend => {
                    self.stop_told(ctx, (client_id, told), &mandate, case_id).await?;
                }
                Measure::LowerCaps | Measure::Hold => {
                    let told = (client_id, told);
                    self.take_care(ctx, unit, told, (&mandate, actions.measure)).await?;
                }
                Measure::Log => {}
            }
            // A case that both companies have is looked into as it is.
            if actions.notifies && case_id.is_none() {
                let (about, person) =
                    (mandate.mandate_id.to_string(), Some(mandate.holder_id.to_string()));
                noted::notify(&self.book, ctx, unit, told, (&about, person)).await?;
            }
        }
        Ok(())
    }

    /// The living mandates that an event is about.
    async fn mandates_told(
        &self,
        client_id: &str,
        told: &set::SecurityEvent,
    ) -> Result<Vec<Stored<Mandate>>, BankError> {
        if let set::Event::DebitDisputed { mandate_id, .. } = &told.event {
            return Ok(vec![self.mandate_of_partner(client_id, *mandate_id).await?]);
        }
        let wallet = wallet_name(client_id, &told.subject);
        let mut all = self.book.every::<Mandate>("wallet", &wallet).await?;
        all.retain(|mandate| {
            let is_theirs = mandate.client_id == client_id && mandate.account_ref == told.subject;
            is_theirs && mandate.state.is_alive()
        });
        Ok(all)
    }

    async fn stop_told(
        &self,
        ctx: &Ctx<'_>,
        (client_id, told): (&str, &set::SecurityEvent),
        mandate: &Mandate,
        case_id: Option<CaseId>,
    ) -> Result<(), BankError> {
        // News however late it comes: no release takes it back.
        if matches!(told.event, set::Event::DebitDisputed { .. }) {
            return self.partner_suspends(ctx, client_id, mandate.mandate_id, case_id).await;
        }
        let mut unit = Unit::new();
        let word = (client_id, told, mandate.mandate_id);
        self.hear(ctx, &mut unit, word, Word::Stopped).await?;
        self.partner_suspends(ctx, client_id, mandate.mandate_id, case_id).await?;
        match self.book.commit(unit).await {
            // Somebody else noted a word at this moment; what is stopped is stopped.
            Ok(()) | Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The link goes on with care, and its holder is told the first time.
    async fn take_care(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (client_id, told): (&str, &set::SecurityEvent),
        (mandate, measure): (&Mandate, Measure),
    ) -> Result<(), BankError> {
        let link = (&*mandate.mandate_id.to_string(), measure);
        if !caution::take(&self.book, ctx, unit, (client_id, told), link).await? {
            return Ok(());
        }
        let kind = if measure == Measure::Hold { "mandate_held" } else { "mandate_lowered" };
        let content = Content::new(kind)
            .with("partner", &mandate.partner_name)
            .with("account", &mandate.account_mask);
        let known = self.known(mandate.holder_id).await?;
        self.tell(unit, ctx, &known, mandate.mandate_id, content)
    }

    /// Counts one event that stops something because a list has somebody; beyond what an hour has, it waits at
    /// its sender.
    async fn admit_leak(&self, ctx: &Ctx<'_>, client_id: &str) -> Result<(), BankError> {
        let is_admitted = flood::admit_leak(&self.book, ctx, client_id).await?;
        if is_admitted { Ok(()) } else { Err(BankError::TooMany) }
    }

    /// Counts one event that calls for care; beyond what an hour has, it waits at its sender.
    pub(super) async fn admit_care(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        measure: Measure,
    ) -> Result<(), BankError> {
        let is_admitted = flood::admit_care(&self.book, ctx, (client_id, measure)).await?;
        if is_admitted { Ok(()) } else { Err(BankError::TooMany) }
    }
}
