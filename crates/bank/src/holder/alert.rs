//! What a holder is told of besides what they are always told of.
//!
//! Links, stops, locks, contacts and passkeys are told to every contact whatever is set here. Of debits
//! the holder may leave out small ones, or hear at one contact alone, and they may ask to hear of
//! attempts that were refused. Hearing more begins at once by a press; hearing less takes a fresh
//! passkey over exactly that, and is told to every contact, because it is what a thief would do first
//! (FT-12).

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_desk::{
    evidence::{Answer, Content as Answered, Shown},
    outbox::Content,
};
use kanuki_domain::{
    Ctx, Yen,
    id::{HolderId, encode_base32},
    limits::{ALERT_FROM_MAX, LOCK_NOTICE_SECS},
    mandate::later,
};
use kanuki_passkey::AssertionState;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, record};
use kanuki_wire::transaction::{ContactKind, Signed};
use serde::{Deserialize, Serialize};

use super::quiet::Quiet;
use crate::{Bank, BankError, holder::Known};

/// What a holder wishes to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Debits of this much and more; zero is each.
    pub debits_from: Yen,
    /// Attempts that were refused, once a day.
    pub attempts: bool,
    /// The one contact that hears of debits; none for all of them.
    #[serde(default)]
    pub debits_only_to: Option<ContactKind>,
}

impl Wish {
    /// How it is before a holder says otherwise.
    pub const USUAL: Self = Self { debits_from: Yen::ZERO, attempts: false, debits_only_to: None };

    /// Whether it is less than `now`, in anything.
    #[must_use]
    pub fn is_less_than(self, now: Self) -> bool {
        let is_told_elsewhere_less =
            self.debits_only_to.is_some() && self.debits_only_to != now.debits_only_to;
        self.debits_from > now.debits_from
            || (now.attempts && !self.attempts)
            || is_told_elsewhere_less
    }
}

/// What one holder set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Alerts {
    holder_id: HolderId,
    pub(super) wish: Wish,
    /// When they last chose to hear less.
    lowered_at: Option<Timestamp>,
    attempt_told_at: Option<Timestamp>,
    /// What was booked under each mandate and not told, until it adds up to what is.
    #[serde(default)]
    pub(super) quiet: BTreeMap<String, Quiet>,
}

record! { Alerts => "alerts" by |a| a.holder_id.to_string(); }

/// What must come back with the signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AlertState {
    wish: Wish,
    pre_image: String,
    assertion: AssertionState,
    shown: Option<Shown>,
}

impl AlertState {
    /// Notes what the page shows beside the button.
    pub fn showing(&mut self, shown: Shown) {
        self.shown = Some(shown);
    }
}

impl Bank {
    /// What a holder is told now.
    pub async fn alerts_of(&self, holder_id: HolderId) -> Result<Wish, BankError> {
        let found = self.book.find::<Alerts>(holder_id).await?;
        Ok(found.map_or(Wish::USUAL, |alerts| alerts.wish))
    }

    /// The holder wants to hear more, or as much: at once. `Amounts` where it is less in anything.
    pub async fn raise_alerts(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        wish: Wish,
    ) -> Result<(), BankError> {
        if wish.is_less_than(self.alerts_of(holder_id).await?) {
            return Err(BankError::Amounts);
        }
        let mut unit = Unit::new();
        self.write_alerts(&mut unit, holder_id, |alerts| alerts.wish = wish).await?;
        unit.audit(alert_entry(ctx, holder_id, "alerts.raised", wish));
        Ok(self.book.commit(unit).await?)
    }

    /// What the holder signs to hear less.
    pub async fn start_lowering_alerts(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        wish: Wish,
    ) -> Result<(String, AlertState), BankError> {
        if wish.debits_from > ALERT_FROM_MAX {
            return Err(BankError::Amounts);
        }
        let nonce = encode_base32(u128::from_be_bytes(ctx.random()));
        let Wish { debits_from, attempts, debits_only_to } = wish;
        let signed = Signed::LowerAlerts { debits_from, attempts, debits_only_to, nonce };
        let challenge = signed.challenge().map_err(|_| BankError::Amounts)?;
        let canonical = signed.canonical().map_err(|_| BankError::Amounts)?;
        let (options, assertion) = self.start_signature(holder_id, challenge).await?;
        let pre_image = String::from_utf8_lossy(&canonical).into_owned();
        Ok((options, AlertState { wish, pre_image, assertion, shown: None }))
    }

    /// The holder signed. A passkey that is new, or came by a code lately, silences nothing.
    pub async fn finish_lowering_alerts(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, browser): (HolderId, &str),
        (response, state): (&str, &AlertState),
    ) -> Result<(), BankError> {
        let signed = self.finish_signature(ctx, holder_id, response, &state.assertion).await?;
        let known = self.known(holder_id).await?;
        let until = self.settled_from(&known, &signed.authenticator).await?;
        if ctx.now < until {
            return Err(BankError::Waits { until });
        }
        let answered = Answered {
            shown: state.shown.clone(),
            pre_image: state.pre_image.clone(),
            assertion: Some(signed.signature),
        };
        let mut unit = Unit::new();
        let from = (holder_id.to_string(), browser, Answer::Signed);
        self.keep_answer(ctx, &mut unit, &known.key, from, &answered)?;
        self.write_alerts(&mut unit, holder_id, |alerts| {
            alerts.wish = state.wish;
            alerts.lowered_at = Some(ctx.now);
        })
        .await?;
        unit.audit(alert_entry(ctx, holder_id, "alerts.lowered", state.wish));
        // The code of the notice ends what signed this, and with it the silence.
        let stops = signed.authenticator.authenticator_id;
        self.tell(&mut unit, ctx, &known, stops, Content::new("alerts_lowered"))?;
        Ok(self.book.commit(unit).await?)
    }

    /// A stop code about a passkey that was registered at `since`: whatever was silenced since then is
    /// told again.
    pub(crate) async fn unsilence(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        since: Timestamp,
    ) -> Result<(), BankError> {
        let Some(mut alerts) = self.book.find::<Alerts>(holder_id).await? else { return Ok(()) };
        if alerts.lowered_at.is_none_or(|at| at < since) {
            return Ok(());
        }
        let row = alerts.edit();
        row.wish = Wish { attempts: true, ..Wish::USUAL };
        row.lowered_at = None;
        let mut unit = Unit::new();
        unit.update(&alerts).audit(AuditEntry::new(
            ctx.now,
            "stop_code",
            "alerts.raised",
            holder_id,
        ));
        Ok(self.book.commit(unit).await?)
    }

    /// Tells a holder who wished it that an attempt was refused, once a day. What fails here fails
    /// nothing else: the attempt is in the list of who asked.
    pub(crate) async fn tell_attempt(&self, ctx: &Ctx<'_>, known: &Known, partner_name: &str) {
        if let Err(error) = self.try_to_tell_attempt(ctx, known, partner_name).await {
            tracing::warn!(%error, "a refused attempt is not told");
        }
    }

    async fn try_to_tell_attempt(
        &self,
        ctx: &Ctx<'_>,
        known: &Known,
        partner_name: &str,
    ) -> Result<(), BankError> {
        let holder_id = known.holder.holder_id;
        let Some(mut alerts) = self.book.find::<Alerts>(holder_id).await? else { return Ok(()) };
        let was_told =
            alerts.attempt_told_at.is_some_and(|at| ctx.now < later(at, LOCK_NOTICE_SECS));
        if !alerts.wish.attempts || was_told {
            return Ok(());
        }
        alerts.edit().attempt_told_at = Some(ctx.now);
        let mut unit = Unit::new();
        unit.update(&alerts);
        let content = Content::new("attempt_refused").with("partner", partner_name);
        self.tell_without_code(&mut unit, ctx, known, &content)?;
        match self.book.commit(unit).await {
            // Told by another request at this moment.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn write_alerts(
        &self,
        unit: &mut Unit,
        holder_id: HolderId,
        change: impl FnOnce(&mut Alerts) + Send,
    ) -> Result<(), BankError> {
        let found: Option<Stored<Alerts>> = self.book.find(holder_id).await?;
        if let Some(mut kept) = found {
            change(kept.edit());
            unit.update(&kept);
        } else {
            let mut fresh = Alerts {
                holder_id,
                wish: Wish::USUAL,
                lowered_at: None,
                attempt_told_at: None,
                quiet: BTreeMap::new(),
            };
            change(&mut fresh);
            unit.insert(&fresh);
        }
        Ok(())
    }
}

fn alert_entry(ctx: &Ctx<'_>, holder_id: HolderId, act: &'static str, wish: Wish) -> AuditEntry {
    AuditEntry::new(ctx.now, holder_id, act, holder_id)
        .with("debits_from", wish.debits_from.amount())
        .with("attempts", wish.attempts)
        .with("debits_only_to", wish.debits_only_to.map_or("every", ContactKind::name))
}
