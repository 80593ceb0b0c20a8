//! Whether banks know our customers from a fraud that they confirmed, and what we answer them (CL-01).

use async_trait::async_trait;
use kanuki_desk::{
    case::{Case, CaseKind},
    exchange::{self, ExchangeError, Exchanging, Line, Partnered, Ports, Refused},
    outbox::Channel,
    report,
    signal::line::Call,
};
use kanuki_domain::{Ctx, bank_account::BankCode, connector::Protocol, id::CustomerId};
use kanuki_formats::identifier;
use kanuki_record::Unit;
use kanuki_wire::exchange::{Answer, Asker, Kind, Question};

use crate::{PartnerBank, Party, Wallet, WalletError};

impl From<WalletError> for ExchangeError {
    fn from(error: WalletError) -> Self {
        match error {
            WalletError::Record(error) => Self::Record(error),
            WalletError::Desk(error) => Self::Desk(error),
            other => Self::Company(Box::new(other)),
        }
    }
}

impl Wallet {
    /// What the exchange of hashed identifiers works through.
    #[must_use]
    pub fn exchanges(&self) -> Ports<'_> {
        Ports { book: &self.book, vault: &self.vault, company: self }
    }

    /// Answers a bank that has proven itself.
    pub async fn answer_exchange(
        &self,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
        question: &Question,
    ) -> Result<Answer, Refused> {
        exchange::answer(self.exchanges(), ctx, &bank.code.to_string(), question).await
    }

    /// Asks banks about those who wait for it; how many were settled. Called by the worker.
    pub async fn ask_exchange(&self, ctx: &Ctx<'_>) -> Result<usize, ExchangeError> {
        exchange::step(self.exchanges(), ctx, self).await
    }

    /// Whether a bank knows this customer from a confirmed fraud: a fact for the rules.
    pub(crate) async fn is_known_elsewhere(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
    ) -> Result<bool, WalletError> {
        Ok(exchange::is_known(&self.book, ctx.now, &id.to_string()).await?)
    }

    /// Notes that banks are to be asked about a customer who was just proven: in a unit of its own, so that
    /// what goes wrong with it keeps nobody from their wallet.
    pub(crate) async fn inquire_proven(&self, ctx: &Ctx<'_>, id: CustomerId) {
        if let Err(error) = self.note_inquiry(ctx, id).await {
            tracing::warn!(%error, "banks will not be asked about a customer");
        }
    }

    async fn note_inquiry(&self, ctx: &Ctx<'_>, id: CustomerId) -> Result<(), ExchangeError> {
        let mut unit = Unit::new();
        let of = (id.to_string(), exchange::Why::Proven);
        exchange::inquire(self.exchanges(), ctx, &mut unit, (&of.0, of.1)).await?;
        Ok(self.book.commit(unit).await?)
    }
}

#[async_trait]
impl Exchanging for Wallet {
    fn asks_as(&self) -> Asker {
        Asker::Wallet
    }

    async fn partners(&self) -> Result<Vec<Partnered>, ExchangeError> {
        let all = Self::partners(self).await?;
        // A bank of plain OAuth has no line of this kind.
        let ours = all.iter().filter(|bank| bank.protocol != Protocol::Oauth);
        Ok(ours
            .map(|bank| Partnered {
                id: bank.code.to_string(),
                name: bank.name.clone(),
                terms: bank.agreement.exchange.clone(),
            })
            .collect())
    }

    async fn identifiers(&self, person_id: &str) -> Result<Vec<(Kind, String)>, ExchangeError> {
        let Ok(id) = person_id.parse::<CustomerId>() else { return Ok(Vec::new()) };
        let known = self.known(id).await?;
        let mut all: Vec<(Kind, String)> = known
            .contacts
            .iter()
            .filter_map(|contact| match contact.channel {
                Channel::Mail => Some((Kind::Mail, identifier::mail(&contact.to)?)),
                Channel::Sms => Some((Kind::Phone, identifier::phone(&contact.to)?)),
                Channel::Post | Channel::Push => None,
            })
            .collect();
        match self.facts(id).await {
            Ok(kept) => {
                let address = identifier::address(kept.facts.address.expose());
                all.extend(address.map(|address| (Kind::Address, address)));
            }
            // Nobody has proven who they are.
            Err(WalletError::NoIdentity) => {}
            Err(error) => return Err(error.into()),
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    fn suspect<'a>(&self, case: &'a Case) -> Option<&'a str> {
        // Where a rule held, a bank knows them, or a bank's holder says that it was not they, our customer's
        // wallet may have been taken over: accounts are linked in one's own name, so that this holder is our
        // customer. Of a case that our own customer reported, they are the one who was hurt, and so is the
        // person whom a report got by being joined to such a case.
        if report::came_from(case).is_some_and(|(_, is_joined)| is_joined) {
            return None;
        }
        match case.kind {
            CaseKind::ToldByPartner | CaseKind::Rule | CaseKind::KnownElsewhere => {
                case.person_id.as_deref()
            }
            _ => None,
        }
    }
}

#[async_trait]
impl Line for Wallet {
    async fn ask(&self, ctx: &Ctx<'_>, partner: &str, question: &Question) -> Option<Answer> {
        let bank = self.partner(BankCode::parse(partner).ok()?).await.ok()?;
        let keys = self.bank_keys(ctx, bank.code).await.ok()?;
        let party = Party { bank: &bank, keys: &keys };
        let body = serde_json::to_value(question).ok()?;
        let call = Call { path: "/exchange".to_owned(), body: Some(body) };
        let (status, told) = self.banks.ask_line(ctx, party, &call).await.ok()?;
        if status == 200 { serde_json::from_value(told).ok() } else { None }
    }
}
