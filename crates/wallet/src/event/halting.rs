//! A stop of everything, or of one bank as a whole, is told to the banks that it touches, and what they tell
//! of theirs is heard.

use std::sync::Arc;

use kanuki_desk::{
    drill,
    incident::Service,
    signal::{
        halt::{self, Halt, said},
        policy::Actions,
    },
};
use kanuki_domain::{Ctx, bank_account::BankCode, connector::Protocol};
use kanuki_record::{RecordError, Unit};
use kanuki_wire::set::{SecurityEvent, ServiceReach, ServiceWord, StopReason};

use crate::{PartnerBank, Wallet, WalletError, desk::Switch};

impl Wallet {
    /// Adds to `unit` that each bank whom this switch touches is told what it does not know yet.
    pub(crate) async fn tell_stop(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (switch, reason): (Switch, StopReason),
    ) -> Result<usize, WalletError> {
        let (gate, mut told) = (switch.gate(), 0_usize);
        for (bank, reach) in self.touched(switch).await? {
            let partner = bank.code.to_string();
            let of = said::Switch { gate: &gate, partner: &partner, reach };
            let ports = (&self.book, &*self.ledger, ctx);
            if let Some(say) = said::follow(ports, unit, of, reason).await? {
                self.say(ctx, unit, &bank, say)?;
                told = told.saturating_add(1);
            }
        }
        Ok(told)
    }

    /// Tells what banks do not know yet of any switch: that it was opened, or what a crash left untold. How
    /// many words it was.
    pub async fn tell_stops(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let (mut unit, mut told) = (Unit::new(), 0_usize);
        // Mostly everything is open, and nobody was told otherwise.
        let is_nobody_told = said::is_nobody_told(&self.book).await?;
        for (switch, _) in self.public_switches(ctx.now).await? {
            if is_nobody_told && !switch.gate().is_closed(&*self.ledger, ctx.now).await? {
                continue;
            }
            let words = self.tell_stop(ctx, &mut unit, (switch, StopReason::NotSaid)).await?;
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

    /// Adds to `unit` that each bank whom a drill would touch is told of it, as a drill.
    pub async fn tell_drill(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        told: &drill::Told,
    ) -> Result<(), WalletError> {
        let switches = self.public_switches(ctx.now).await?;
        let pressed = switches.into_iter().find(|(switch, _)| switch.name() == told.scope);
        let Some((switch, _)) = pressed else { return Ok(()) };
        for (bank, reach) in self.touched(switch).await? {
            let say = said::drilled(&self.book, (&bank.code.to_string(), reach), told).await?;
            self.say(ctx, unit, &bank, say)?;
        }
        Ok(())
    }

    fn say(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        bank: &PartnerBank,
        say: said::Say,
    ) -> Result<(), WalletError> {
        let cause = Some(say.stop.clone());
        unit.insert(&self.out_event(ctx, bank, (say.event, say.stop), cause)?);
        Ok(())
    }

    /// Whom a switch touches as a whole and that hears events: a bank of plain OAuth is called.
    async fn touched(
        &self,
        switch: Switch,
    ) -> Result<Vec<(Arc<PartnerBank>, ServiceReach)>, WalletError> {
        let all = self.partners().await?.into_iter();
        let all = all.filter(|bank| bank.protocol != Protocol::Oauth);
        Ok(match switch {
            Switch::Everything => all.map(|bank| (bank, ServiceReach::Everybody)).collect(),
            Switch::Bank(code) => {
                all.filter(|bank| bank.code == code).map(|bank| (bank, ServiceReach::You)).collect()
            }
            Switch::Link(_) | Switch::Wallet(_) => Vec::new(),
        })
    }

    /// What a bank says that it stopped, or opened again.
    pub(super) async fn take_halt(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (bank, event, word): (&PartnerBank, &SecurityEvent, &ServiceWord),
        actions: Actions,
    ) -> Result<(), WalletError> {
        let about = (&*bank.code.to_string(), event, word);
        let is_taken = halt::take(&self.book, ctx, unit, about, actions).await?;
        if is_taken { Ok(()) } else { Err(WalletError::TooMany) }
    }

    /// What each bank says now that it stopped, drills too.
    pub async fn partners_halts(
        &self,
        ctx: &Ctx<'_>,
    ) -> Result<Vec<(Arc<PartnerBank>, Vec<Halt>)>, WalletError> {
        let mut all = Vec::new();
        for bank in self.partners().await? {
            let halts = halt::standing(&self.book, ctx.now, &bank.code.to_string()).await?;
            if !halts.is_empty() {
                all.push((bank, halts));
            }
        }
        Ok(all)
    }

    /// Since when a bank says that it stopped a service, so that it is not asked for.
    pub async fn stopped_there(
        &self,
        bank: BankCode,
        service: Service,
    ) -> Result<Option<jiff::Timestamp>, WalletError> {
        Ok(halt::held_since(&self.book, &bank.to_string(), service).await?)
    }
}
