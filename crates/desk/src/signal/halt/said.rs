//! What partners were told of our own stops: one row for each switch and partner, so that what is said
//! follows the gates, also after a crash, and for a partner that came later.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{derive_bits, encode_base32},
};
use kanuki_ledger::LedgerEngine;
use kanuki_record::{Book, RecordError, Unit, record};
use kanuki_wire::set::{Event, ServiceReach, ServiceScope, ServiceStatus, ServiceWord, StopReason};
use serde::{Deserialize, Serialize};

use crate::{DeskError, compensation, drill, gate::Gate};

/// One stop as one partner was told of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SaidStop {
    /// `partner|gate`.
    pub said_id: String,
    /// The stop's name there.
    pub stop: String,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: StopReason,
    /// When the partner was told that it goes on.
    pub over_at: Option<Timestamp>,
}

record! { SaidStop => "signal_said_stop" by |s| s.said_id.clone(); }

/// A switch, and a partner whom it touches.
#[derive(Clone, Copy, Debug)]
pub struct Switch<'a> {
    /// The gate in the ledger.
    pub gate: &'a Gate,
    /// Who is told.
    pub partner: &'a str,
    /// For whom it stops.
    pub reach: ServiceReach,
}

/// What is to be told to a partner now.
#[derive(Clone, Debug)]
pub struct Say {
    /// The stop's name there: the subject.
    pub stop: String,
    /// The word.
    pub event: Event,
}

/// Whom to call, as everybody may know it: the desk of the policy in force.
pub async fn call(book: &Book) -> Result<Option<String>, DeskError> {
    let (policy, _) = compensation::in_force(book).await?;
    let phone = policy.contact.phone;
    Ok((!phone.is_empty()).then_some(phone))
}

/// Whether no partner was ever told of a stop: then nothing has to be told of a switch that is open.
pub async fn is_nobody_told(book: &Book) -> Result<bool, RecordError> {
    Ok(book.scan_unread::<SaidStop>("", 1).await?.len() == 0)
}

/// Adds to `unit` that a partner is told what it does not know yet of a switch: that it is closed, or that
/// it is open again. Nothing where it knows.
pub async fn follow(
    (book, ledger, ctx): (&Book, &dyn LedgerEngine, &Ctx<'_>),
    unit: &mut Unit,
    switch: Switch<'_>,
    reason: StopReason,
) -> Result<Option<Say>, DeskError> {
    let closed = switch.gate.closed_since(ledger, ctx.now).await?;
    let said_id = format!("{}|{}", switch.partner, switch.gate.name());
    let known = book.find::<SaidStop>(&said_id).await?;
    let stands = known.as_ref().is_some_and(|said| said.over_at.is_none());
    let said = match (closed, known) {
        (Some(since), known) if !stands => {
            let stop = encode_base32(u128::from_be_bytes(ctx.random()));
            let said = SaidStop { said_id, stop, since, reason, over_at: None };
            match known {
                Some(mut known) => {
                    *known.edit() = said.clone();
                    unit.update(&known);
                }
                None => {
                    unit.insert(&said);
                }
            }
            said
        }
        (None, Some(mut known)) if stands => {
            known.edit().over_at = Some(ctx.now);
            unit.update(&known);
            known.into_inner()
        }
        // Closed anew before anybody looked: the partner knows that it stands still.
        (Some(_) | None, _) => return Ok(None),
    };
    let status =
        if said.over_at.is_none() { ServiceStatus::Stopped } else { ServiceStatus::Reopened };
    let word = ServiceWord {
        status,
        scope: ServiceScope::Everything,
        reach: switch.reach,
        since: said.since,
        reason: said.reason,
        call: call(book).await?,
    };
    Ok(Some(Say { stop: said.stop, event: Event::ServiceStatusChanged(word) }))
}

/// The same of a drill, whose step `told` is. The drill's name is not said: two partners cannot compare it.
pub async fn drilled(
    book: &Book,
    (partner, reach): (&str, ServiceReach),
    told: &drill::Told,
) -> Result<Say, DeskError> {
    let stop = encode_base32(derive_bits(&["drill", partner, &told.drill_id]));
    let status = if told.is_over { ServiceStatus::DrillOver } else { ServiceStatus::Drill };
    let (scope, reason) = (ServiceScope::Everything, StopReason::NotSaid);
    let call = call(book).await?;
    let word = ServiceWord { status, scope, reach, since: told.since, reason, call };
    Ok(Say { stop, event: Event::ServiceStatusChanged(word) })
}
