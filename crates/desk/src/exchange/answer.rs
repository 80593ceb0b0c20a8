//! Answering a partner: match or no match, and nothing more.

use std::collections::BTreeSet;

use kanuki_domain::{Ctx, agreement::today};
use kanuki_wire::exchange::{Answer, Asker, Hashed, Question, Verdict};

use super::{
    ExchangeError, Ports,
    count::{self, Way},
    set,
};

/// Why a question is not answered.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Nothing is agreed, or not any more: as if there were no such address.
    #[error("no agreement lets this partner ask")]
    Off,
    /// It is not whole, asks about a kind that was not agreed, or is of another month.
    #[error("the question cannot be answered as it is")]
    Malformed,
    /// So many may not be asked about in a day.
    #[error("too many for a day")]
    TooMany,
    /// We could not look.
    #[error("the set could not be looked at")]
    Failed(#[source] ExchangeError),
}

impl<E: Into<ExchangeError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Whether any partner at all may ask today; without one there is no such address.
pub async fn is_any_open(ports: Ports<'_>, ctx: &Ctx<'_>) -> Result<bool, ExchangeError> {
    let all = ports.company.partners().await?;
    Ok(all.iter().any(|partner| ports.pair(ctx, partner).is_some()))
}

const fn other(asker: Asker) -> Asker {
    match asker {
        Asker::Wallet => Asker::Bank,
        Asker::Bank => Asker::Wallet,
    }
}

/// Answers `partner`, which has proven itself. The limit is counted, durably, before anything is computed.
pub async fn answer(
    ports: Ports<'_>,
    ctx: &Ctx<'_>,
    partner: &str,
    question: &Question,
) -> Result<Answer, Refused> {
    let partner = ports.partner(partner).await?.ok_or(Refused::Off)?;
    if !partner.terms.is_in_force(today(ctx.now)) {
        return Err(Refused::Off);
    }
    let are_agreed = question.identifiers.iter().all(|one| partner.terms.kinds.contains(&one.kind));
    if question.check().is_err() || !are_agreed || !question.month.is_taken(ctx.now) {
        return Err(Refused::Malformed);
    }
    let n = u32::try_from(question.identifiers.len()).unwrap_or(u32::MAX);
    let way = (partner.id.as_str(), Way::Answered);
    if !count::take(ports.book, ctx, way, (n, count::PER_DAY)).await? {
        return Err(Refused::TooMany);
    }
    let pair = ports.pair(ctx, &partner).ok_or(Refused::Off)?;
    let key = pair.of_month(other(ports.company.asks_as()), question.month);
    let key = key.map_err(|_| Refused::Off)?;
    let known = set::live(ports, ctx.now).await?;
    let known: BTreeSet<Hashed> = known.iter().map(|(kind, text)| key.hash(*kind, text)).collect();
    let verdict =
        |one: &Hashed| if known.contains(one) { Verdict::Match } else { Verdict::NoMatch };
    let verdicts: Vec<Verdict> = question.identifiers.iter().map(verdict).collect();
    let matched = verdicts.iter().filter(|verdict| **verdict == Verdict::Match).count();
    let matched = u32::try_from(matched).unwrap_or(u32::MAX);
    // Before it is said: who was told what must be in the log.
    count::note(ports.book, ctx, way, (n, matched)).await?;
    Ok(Answer { verdicts })
}
