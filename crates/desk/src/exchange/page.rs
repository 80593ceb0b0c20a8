//! What staff see of the exchange; that they looked is written down.

use std::collections::BTreeMap;

use kanuki_domain::{
    Ctx,
    agreement::{Exchange, today},
    id::StaffId,
};
use kanuki_record::{AuditEntry, Unit};
use kanuki_wire::exchange::Kind;

use super::{
    Confirmed, ExchangeError, Ports, Standing,
    count::{self, Way},
    day, set,
};

/// The counts of one month with one partner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// How many identifiers we asked about, and how many of them matched.
    pub asked: (u64, u64),
    /// How many the partner asked about, and how many of them matched.
    pub answered: (u64, u64),
    /// How many identifiers were over a limit, ours and the partner's.
    pub refused: u64,
}

/// One partner.
#[derive(Clone, Debug)]
pub struct PartnerLine {
    /// Its name.
    pub name: String,
    /// What was agreed.
    pub terms: Exchange,
    /// Whether questions go and are answered.
    pub is_open: bool,
    /// Whether the agreement is in force: if it is and the line is not open, its keys do not fit.
    pub is_in_force: bool,
    /// Our public key for it.
    pub our_key: String,
    /// Of this month and those before, newest first.
    pub months: Vec<(String, Row)>,
    /// Whether the partner came to its limit today.
    pub is_over: bool,
}

/// The whole page.
#[derive(Clone, Debug)]
pub struct View {
    /// Every partner.
    pub partners: Vec<PartnerLine>,
    /// Every confirmation; what waits for somebody is with the identifiers that it is about.
    pub confirmed: Vec<(Confirmed, Vec<(Kind, String)>)>,
    /// How many are answered about.
    pub live: usize,
}

/// What staff see.
pub async fn view(ports: Ports<'_>, ctx: &Ctx<'_>, by: StaffId) -> Result<View, ExchangeError> {
    let mut unit = Unit::new();
    unit.audit(AuditEntry::new(ctx.now, by, "exchange.listed", "all"));
    ports.book.commit(unit).await?;
    let mut partners = Vec::new();
    for partner in ports.company.partners().await? {
        let tallies = count::of(ports.book, &partner.id).await?;
        let mut months: BTreeMap<String, Row> = BTreeMap::new();
        let mut is_over = false;
        for tally in &tallies {
            let month = tally.day.get(..7).unwrap_or_default().to_owned();
            let row = months.entry(month).or_default();
            let sums = match tally.way {
                Way::Asked => &mut row.asked,
                Way::Answered => &mut row.answered,
            };
            sums.0 = sums.0.saturating_add(tally.hashes.into());
            sums.1 = sums.1.saturating_add(tally.matched.into());
            row.refused = row.refused.saturating_add(tally.refused.into());
            is_over |= tally.refused > 0 && tally.day == day(ctx.now);
        }
        partners.push(PartnerLine {
            is_open: ports.pair(ctx, &partner).is_some(),
            is_in_force: partner.terms.is_in_force(today(ctx.now)),
            our_key: ports.public_key(&partner.id).unwrap_or_default(),
            name: partner.name,
            terms: partner.terms,
            months: months.into_iter().rev().collect(),
            is_over,
        });
    }
    let all = set::all(ports.book).await?;
    let live = all.iter().filter(|row| row.is_told()).count();
    let mut confirmed = Vec::new();
    for row in all {
        // Whoever decides has to see about whom; nobody else has.
        let names = match row.standing {
            Standing::Asked => set::confirm_names(ports, ctx, by, &row).await?,
            Standing::Live { .. } | Standing::Doubted { .. } => Vec::new(),
        };
        confirmed.push((row, names));
    }
    Ok(View { partners, confirmed, live })
}
