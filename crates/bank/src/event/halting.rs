//! A stop of everything, or of one wallet as a whole, is told to the wallets that it touches, and what they
//! tell of theirs is heard.

use std::sync::Arc;

use kanuki_desk::{
    drill,
    incident::Service,
    signal::{
        halt::{self, Halt, said},
        policy::Actions,
    },
};
use kanuki_domain::Ctx;
use kanuki_record::{RecordError, Unit};
use kanuki_wire::set::{SecurityEvent, ServiceReach, ServiceWord, StopReason};

use super::Event;
use crate::{Bank, BankError, desk::Scope, partner::Partner};

fn tell(ctx: &Ctx<'_>, unit: &mut Unit, partner: &Partner, say: &said::Say) {
    let about = (partner.client_id.as_str(), say.stop.as_str());
    unit.insert(&Event::about_person(ctx, about, (&say.event, say.stop.clone())));
}

impl Bank {
    /// Adds to `unit` that each wallet whom this switch touches is told what it does not know yet.
    pub(crate) async fn tell_stop(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (scope, reason): (&Scope, StopReason),
    ) -> Result<usize, BankError> {
        let (gate, mut told) = (scope.gate(), 0_usize);
        for (partner, reach) in self.touched(scope).await? {
            let switch = said::Switch { gate: &gate, partner: &partner.client_id, reach };
            let ports = (&self.book, &*self.ledger, ctx);
            if let Some(say) = said::follow(ports, unit, switch, reason).await? {
                tell(ctx, unit, &partner, &say);
                told = told.saturating_add(1);
            }
        }
        Ok(told)
    }

    /// Tells what partners do not know yet of any switch: that it was opened, or what a crash left untold. How
    /// many words it was.
    pub async fn tell_stops(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let (mut unit, mut told) = (Unit::new(), 0_usize);
        // Mostly everything is open, and nobody was told otherwise.
        let is_nobody_told = said::is_nobody_told(&self.book).await?;
        for (scope, _) in self.public_switches(ctx.now).await? {
            if is_nobody_told && !scope.gate().is_closed(&*self.ledger, ctx.now).await? {
                continue;
            }
            let words = self.tell_stop(ctx, &mut unit, (&scope, StopReason::NotSaid)).await?;
            told = told.saturating_add(words);
        }
        if told == 0 {
            return Ok(0);
        }
        match self.book.commit(unit).await {
            Ok(()) => Ok(told),
            // Somebody pressed at this moment, or another node was faster.
            Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds to `unit` that each wallet whom a drill would touch is told of it, as a drill.
    pub async fn tell_drill(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        told: &drill::Told,
    ) -> Result<(), BankError> {
        let Some(scope) = Scope::parse(&told.scope) else { return Ok(()) };
        for (partner, reach) in self.touched(&scope).await? {
            let say = said::drilled(&self.book, (&partner.client_id, reach), told).await?;
            tell(ctx, unit, &partner, &say);
        }
        Ok(())
    }

    /// Whom a switch touches as a whole; a person's, an account's and a link's have words of their own.
    async fn touched(&self, scope: &Scope) -> Result<Vec<(Arc<Partner>, ServiceReach)>, BankError> {
        let all = self.partners().await?.into_iter();
        Ok(match scope {
            Scope::Everything => all.map(|one| (one, ServiceReach::Everybody)).collect(),
            Scope::Partner(id) => {
                all.filter(|one| one.client_id == *id).map(|one| (one, ServiceReach::You)).collect()
            }
            Scope::Person(_) | Scope::Account(_) | Scope::Mandate(_) => Vec::new(),
        })
    }

    /// What a wallet says that it stopped, or opened again.
    pub(super) async fn take_halt(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        about: (&str, &SecurityEvent, &ServiceWord),
        actions: Actions,
    ) -> Result<(), BankError> {
        let is_taken = halt::take(&self.book, ctx, unit, about, actions).await?;
        if is_taken { Ok(()) } else { Err(BankError::TooMany) }
    }

    /// What each wallet says now that it stopped, drills too.
    pub async fn partners_halts(
        &self,
        ctx: &Ctx<'_>,
    ) -> Result<Vec<(Arc<Partner>, Vec<Halt>)>, BankError> {
        let mut all = Vec::new();
        for partner in self.partners().await? {
            let halts = halt::standing(&self.book, ctx.now, &partner.client_id).await?;
            if !halts.is_empty() {
                all.push((partner, halts));
            }
        }
        Ok(all)
    }

    /// Whether a wallet says that it stopped new links, so that nobody of it asks for one.
    pub(crate) async fn has_stopped_links(&self, client_id: &str) -> Result<bool, BankError> {
        Ok(halt::held_since(&self.book, client_id, Service::NewLinks).await?.is_some())
    }
}
