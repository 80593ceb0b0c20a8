//! Whether wallets know our holders from a fraud that they confirmed, and what we answer them (CL-01).

use async_trait::async_trait;
use kanuki_desk::{
    case::{Case, CaseKind},
    exchange::{self, ExchangeError, Exchanging, Partnered, Ports, Refused},
};
use kanuki_domain::{Ctx, id::HolderId};
use kanuki_formats::identifier;
use kanuki_wire::exchange::{Answer, Asker, Kind, Question};

use crate::{Bank, BankError, partner::Partner};

impl From<BankError> for ExchangeError {
    fn from(error: BankError) -> Self {
        match error {
            BankError::Record(error) => Self::Record(error),
            BankError::Desk(error) => Self::Desk(error),
            other => Self::Company(Box::new(other)),
        }
    }
}

impl Bank {
    /// What the exchange of hashed identifiers works through.
    #[must_use]
    pub fn exchanges(&self) -> Ports<'_> {
        Ports { book: &self.book, vault: &self.vault, company: self }
    }

    /// Answers a wallet that has proven itself.
    pub async fn answer_exchange(
        &self,
        ctx: &Ctx<'_>,
        partner: &Partner,
        question: &Question,
    ) -> Result<Answer, Refused> {
        exchange::answer(self.exchanges(), ctx, &partner.client_id, question).await
    }
}

#[async_trait]
impl Exchanging for Bank {
    fn asks_as(&self) -> Asker {
        Asker::Bank
    }

    async fn partners(&self) -> Result<Vec<Partnered>, ExchangeError> {
        let all = Self::partners(self).await?;
        Ok(all
            .iter()
            .map(|partner| Partnered {
                id: partner.client_id.clone(),
                name: partner.name.clone(),
                terms: partner.agreement.exchange.clone(),
            })
            .collect())
    }

    async fn identifiers(&self, person_id: &str) -> Result<Vec<(Kind, String)>, ExchangeError> {
        let Ok(id) = person_id.parse::<HolderId>() else { return Ok(Vec::new()) };
        let core = self.known(id).await?.core;
        let text =
            |of: &Option<kanuki_domain::Masked<String>>| of.as_ref().map(|m| m.expose().clone());
        let found = [
            (Kind::Phone, text(&core.phone).as_deref().and_then(identifier::phone)),
            (Kind::Mail, text(&core.email).as_deref().and_then(identifier::mail)),
            (Kind::Address, text(&core.address).as_deref().and_then(identifier::address)),
        ];
        Ok(found.into_iter().filter_map(|(kind, text)| Some((kind, text?))).collect())
    }

    fn suspect<'a>(&self, case: &'a Case) -> Option<&'a str> {
        // The holder of a case that somebody reported is the one who was hurt, and so is most often that
        // of a case that a rule opened: whoever took the money is the wallet's customer.
        match case.kind {
            CaseKind::Rule | CaseKind::KnownElsewhere => case.person_id.as_deref(),
            _ => None,
        }
    }
}
