//! What a record of risks is weighed against: what holds now, and would be loosened.

use kanuki_domain::{
    compensation::{self, Policy as Compensation},
    settings::{Effect, Settings},
};
use kanuki_ledger::LedgerEngine;
use kanuki_record::{Book, RecordError};
use kanuki_risk::{Engine, Policy};
use kanuki_wire::jcs;

use super::Kept;
use crate::{DeskError, compensation as promised, evidence::hex, gate::Gate, policy, settings};

/// What holds now.
#[derive(Clone, Copy, Debug)]
pub enum Live<'a> {
    /// The rules of risk.
    Rules(&'a Policy),
    /// What is made good, for whom, and by when.
    Compensation(&'a Compensation),
    /// What of a company's file a looser one would change.
    Settings(&'a Settings),
    /// A kill switch, closed by its closing of this number; none where it is open.
    Switch {
        /// The switch.
        gate: &'a Gate,
        /// Which closing holds.
        closing: Option<u32>,
        /// The one partner that it is about; none: every one.
        partner: Option<&'a str>,
    },
}

impl Live<'_> {
    /// As it is kept with a record: enough to say later whether it is still the same, or still looser.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Rules(policy) => policy.text().to_owned(),
            Self::Compensation(policy) => written(policy),
            Self::Settings(settings) => serde_json::to_string(settings).unwrap_or_default(),
            Self::Switch { gate, closing, .. } => closed_by(gate, *closing),
        }
    }

    /// Whether it is still what was kept.
    pub(super) fn is(&self, before: &str) -> bool {
        match self {
            Self::Rules(policy) => Policy::digest_of(before) == policy.digest(),
            Self::Compensation(_) | Self::Settings(_) | Self::Switch { .. } => {
                self.text() == before
            }
        }
    }

    /// The one partner that it is about.
    pub(super) fn partner(&self) -> Option<String> {
        match self {
            Self::Rules(_) | Self::Compensation(_) | Self::Settings(_) => None,
            Self::Switch { partner, .. } => partner.map(str::to_owned),
        }
    }
}

fn written(policy: &Compensation) -> String {
    // Without its name: the same promise under another name is the same promise.
    let unnamed = Compensation { version: String::new(), ..policy.clone() };
    serde_json::to_string(&unnamed).unwrap_or_default()
}

fn closed_by(gate: &Gate, closing: Option<u32>) -> String {
    let number = closing.map_or_else(|| "open".to_owned(), |number| number.to_string());
    format!("{}#{number}", gate.name())
}

/// What says what holds now, at any node.
#[derive(Clone, Copy)]
pub struct Now<'a> {
    /// The rules.
    pub engine: &'a Engine,
    /// The switches.
    pub ledger: &'a dyn LedgerEngine,
}

impl std::fmt::Debug for Now<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Now")
    }
}

/// Whether what holds now is still looser in anything that the record names than what it was weighed
/// against. What cannot be read is taken for looser.
pub(super) async fn is_still_looser(
    (book, at): (&Book, jiff::Timestamp),
    now: Now<'_>,
    kept: &Kept,
) -> Result<bool, DeskError> {
    match kept.act.as_str() {
        policy::LIVE => Ok(are_rules_looser(book, now.engine, kept).await?),
        promised::LIVE => {
            let (live, _) = promised::in_force(book).await?;
            Ok(is_promise_looser(kept, &live))
        }
        settings::LOOSEN => Ok(are_settings_looser(kept, settings::in_force(book).await?.as_ref())),
        _ => match kept.before.as_deref().and_then(|text| text.rsplit_once('#')) {
            Some((name, _)) => Ok(!Gate::named(name).is_closed(now.ledger, at).await?),
            None => Ok(true),
        },
    }
}

async fn are_rules_looser(book: &Book, engine: &Engine, kept: &Kept) -> Result<bool, RecordError> {
    let live = match policy::in_force(book, engine).await {
        Ok(live) => live,
        Err(policy::Refused::Record(error)) => return Err(error),
        Err(_) => return Ok(true),
    };
    let Some(before) = &kept.before else { return Ok(live.version() == kept.subject) };
    let Ok(before) = engine.load(before) else { return Ok(true) };
    let loosened = before.loosened_by(&live);
    Ok(kept.record.loosens.iter().any(|what| loosened.contains(what)))
}

/// By the parts that the record names: scenarios are numbered anew with every version.
fn is_promise_looser(kept: &Kept, live: &Compensation) -> bool {
    let before = kept.before.as_deref().map(serde_json::from_str::<Compensation>);
    let Some(Ok(before)) = before else { return true };
    let named: Vec<&str> =
        kept.record.loosens.iter().map(|path| compensation::part(path)).collect();
    let loosened = before.loosened_by(live);
    loosened.iter().any(|path| named.contains(&compensation::part(path)))
}

fn are_settings_looser(kept: &Kept, live: Option<&settings::InForce>) -> bool {
    let before = kept.before.as_deref().map(serde_json::from_str::<Settings>);
    let (Some(Ok(before)), Some(live)) = (before, live) else { return true };
    before.changes(&live.last()).iter().any(|change| {
        // What it was not weighed against has no side here.
        change.before.is_some() && change.effect == Effect::Loosens
    })
}

/// SHA-256 over the canonical form (RFC 8785), in hex.
pub(super) fn sha256(of: &impl serde::Serialize) -> String {
    jcs::digest(of).map(hex).unwrap_or_default()
}
