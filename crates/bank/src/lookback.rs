//! Looking back over debits and requests to link, and telling the holders who were hit (RQ-04).

use async_trait::async_trait;
use kanuki_desk::{
    lookback::{LookHit, LookbackError, Movement, Movements, Ports},
    outbox::Content,
};
use kanuki_domain::{Ctx, Yen, id::HolderId};
use kanuki_record::Unit;
use kanuki_risk::Kind;

use crate::{
    Bank, BankError,
    debit::{Debit, DebitState},
    mandate::Mandate,
};

impl From<BankError> for LookbackError {
    fn from(error: BankError) -> Self {
        match error {
            BankError::Record(error) => Self::Record(error),
            BankError::Desk(error) => Self::Desk(error),
            other => Self::Company(Box::new(other)),
        }
    }
}

impl Bank {
    /// What the desk's look-backs work through.
    #[must_use]
    pub fn lookbacks(&self) -> Ports<'_> {
        Ports { book: &self.book, engine: &self.risk, looking: &self.looking, company: self }
    }
}

#[async_trait]
impl Movements for Bank {
    fn keeps(&self) -> &'static [Kind] {
        &[Kind::Debit, Kind::LinkRequested]
    }

    async fn movement(&self, hit: &LookHit) -> Result<Option<Movement>, LookbackError> {
        if hit.kind != Kind::Debit {
            return Ok(None);
        }
        let debit = self.book.find::<Debit>(&hit.about).await?;
        let Some(debit) = debit.filter(|debit| !debit.stepped_aside) else { return Ok(None) };
        let Some(mandate) = self.book.find::<Mandate>(debit.mandate_id).await? else {
            return Ok(None);
        };
        let moved = match debit.state {
            DebitState::Booked { .. } => debit.amount,
            DebitState::Open | DebitState::Refused { .. } | DebitState::OpenItem { .. } => {
                Yen::ZERO
            }
        };
        Ok(Some(Movement {
            at: debit.asked_at,
            amount: debit.amount,
            lost: moved.minus_or_zero(debit.refunded),
            refunded: debit.refunded,
            company: mandate.partner_name.clone(),
            stops: mandate.mandate_id.to_string(),
        }))
    }

    async fn tell(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        person_id: &str,
        moved: &[(LookHit, Movement)],
    ) -> Result<(), LookbackError> {
        let holder_id: HolderId = person_id.parse().map_err(|_| BankError::NotAvailable)?;
        let Some((_, first)) = moved.first() else { return Ok(()) };
        let known = self.known(holder_id).await?;
        let sum = |sum: Yen, (_, one): &(LookHit, Movement)| sum.plus(one.lost).unwrap_or(Yen::MAX);
        let content = Content::new("lookback")
            .with("partner", &first.company)
            .with("amount", first.amount)
            .with("at", first.at)
            .with("count", moved.len())
            .with("sum", moved.iter().fold(Yen::ZERO, sum));
        Ok(self.tell(unit, ctx, &known, &first.stops, content)?)
    }
}
