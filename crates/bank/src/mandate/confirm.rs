//! A link that rests on a code moves nothing until a second channel confirms it: one that the bank
//! already held, and not the one that the passkey came by. Silence never activates: unanswered, it
//! lapses.

use jiff::Timestamp;
use kanuki_desk::{
    outbox::{Content, Message},
    staff::activation_hash,
};
use kanuki_domain::{
    Ctx,
    id::{HolderId, MandateId},
    limits::DAY_SECS,
    mandate::{MandateState, later},
    route::SecondChannel,
};
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_risk::{Key, Kind};
use kanuki_wire::set::LinkStatus;

use crate::{
    Bank, BankError,
    attempt::Failure,
    channel::{LetterAbout, LetterFate, PostedLetter},
    event::Event,
    holder::{
        Known,
        enrol::{Enrolment, LETTER_UNDER_WAY_SECS as UNDER_WAY_SECS, Progress, Purpose},
    },
    mandate::Mandate,
};

/// How often a code may be typed wrong until a second channel is asked for again.
pub const ATTEMPTS_MAX: u32 = 5;
/// How often a second channel can be asked for in a day; it is what bounds the codes that can be tried.
pub const STARTS_MAX: u32 = 6;
/// How long that day is.
const STARTS_SECS: i64 = DAY_SECS;
/// How long a page waits for the call, the machine or the counter.
const WAIT_SECS: i64 = DAY_SECS;

/// What keeps a link that waits from being confirmed now, through whichever channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Its account takes no new link.
    Locked,
    /// A contact changed of late.
    Waits {
        /// Until when.
        until: Timestamp,
    },
}

impl From<Held> for BankError {
    fn from(held: Held) -> Self {
        match held {
            Held::Locked => Self::Locked,
            Held::Waits { until } => Self::Waits { until },
        }
    }
}

/// A code as it is printed in the letter, and what is kept of it.
pub(crate) fn letter_code(bank: &Bank, ctx: &Ctx<'_>) -> (String, String) {
    let letters = kanuki_domain::id::encode_base32(u128::from_be_bytes(ctx.random()));
    let code: String = letters.chars().rev().take(10).collect::<String>().to_uppercase();
    let hash = activation_hash(&bank.vault, &code);
    (code, hash)
}

impl Mandate {
    /// Counts that a second channel was asked for, and lets codes be typed again. The count begins anew
    /// after a day: nobody who only looked at every way is left without one.
    fn count_start(&mut self, now: Timestamp) -> Result<(), BankError> {
        let ends = self.confirm_starts_since.map(|since| later(since, STARTS_SECS));
        if ends.is_none_or(|ends| ends <= now) {
            self.confirm_starts_since = Some(now);
            self.confirm_starts = 0;
        }
        if self.confirm_starts >= STARTS_MAX {
            return Err(BankError::TooMany);
        }
        self.confirm_starts = self.confirm_starts.saturating_add(1);
        self.confirm_attempts = 0;
        Ok(())
    }

    /// Its letter came back, so its code has been in other hands.
    pub(crate) fn void_letter_code(&mut self) {
        self.confirm_hash = None;
    }
}

impl Bank {
    /// What keeps `mandate` from being confirmed now. Whoever looks at it signed in is told before they
    /// call or go anywhere.
    pub async fn confirmation_held(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
    ) -> Result<Option<Held>, BankError> {
        if self.is_locked(ctx, (mandate.account_id, mandate.holder_id)).await? {
            return Ok(Some(Held::Locked));
        }
        let known = self.known(mandate.holder_id).await?;
        match self.require_settled(ctx, &known, None).await {
            Err(BankError::Waits { until }) => Ok(Some(Held::Waits { until })),
            settled => settled.map(|()| None),
        }
    }

    /// Until when the letter that confirms `mandate` counts as under way: no second is written before,
    /// because it would void the first while that is in the post. None where a letter may be written.
    pub async fn letter_under_way_until(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
    ) -> Result<Option<Timestamp>, BankError> {
        let letter = self.letter_about(mandate.mandate_id).await?;
        let is_good = |letter: &PostedLetter| {
            mandate.confirm_hash.is_some() && !matches!(letter.fate, LetterFate::Returned { .. })
        };
        let until = letter.filter(is_good).map(|letter| later(letter.written_at, UNDER_WAY_SECS));
        Ok(until.filter(|until| ctx.now < *until))
    }

    /// The second channels that can be asked for to confirm `mandate` now: none that it came by, none
    /// that is too new, and no letter while one is under way. Empty when it does not wait.
    pub async fn second_channels(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
    ) -> Result<Vec<SecondChannel>, BankError> {
        if !matches!(mandate.state.aged(ctx.now), MandateState::Unconfirmed { .. }) {
            return Ok(Vec::new());
        }
        let known = self.known(mandate.holder_id).await?;
        let has_letter = self.letter_under_way_until(ctx, mandate).await?.is_some();
        let is_open = |second: &SecondChannel| match second {
            SecondChannel::Letter => !has_letter && known.letterbox(ctx.now).is_some(),
            SecondChannel::Call => known.line(ctx.now).is_some(),
            SecondChannel::Atm | SecondChannel::Branch => true,
        };
        let all = mandate.route.rule().confirmed_by;
        Ok(all.iter().copied().filter(is_open).collect())
    }

    /// What waits for a call, a machine or the counter to confirm this mandate, newest first.
    pub async fn confirmations(
        &self,
        ctx: &Ctx<'_>,
        mandate_id: MandateId,
    ) -> Result<Vec<Enrolment>, BankError> {
        let all = self.book.list::<Enrolment>("confirms", &mandate_id.to_string()).await?;
        let waits = |e: &Enrolment| e.progress == Progress::Waiting && ctx.now < e.expires_at;
        Ok(all.into_iter().map(Stored::into_inner).filter(waits).collect())
    }

    /// The holder chooses the second channel: a letter is written, or the page shows a reference for
    /// the telephone, the machine or the counter. Chosen again while it waits, nothing changes: the
    /// reference on the page stays good, and nothing is used up.
    pub async fn start_confirmation(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        mandate_id: MandateId,
        second: SecondChannel,
    ) -> Result<(), BankError> {
        let mut mandate = self.mandate_of(holder_id, mandate_id).await?;
        if !self.second_channels(ctx, &mandate).await?.contains(&second) {
            return Err(BankError::NotAvailable);
        }
        if let Some(held) = self.confirmation_held(ctx, &mandate).await? {
            return Err(held.into());
        }
        let waiting = self.confirmations(ctx, mandate_id).await?;
        let is_waiting = waiting.iter().any(|asked| asked.proof == second.route());
        if is_waiting && mandate.confirm_attempts < ATTEMPTS_MAX {
            return Ok(());
        }
        mandate.edit().count_start(ctx.now)?;
        let known = self.known(holder_id).await?;
        let mut unit = Unit::new();
        if second == SecondChannel::Letter {
            let (code, hash) = letter_code(self, ctx);
            mandate.edit().confirm_hash = Some(hash);
            self.write_letter(ctx, &mut unit, &known, &mandate, &code)?;
        } else if !is_waiting {
            let until = later(ctx.now, WAIT_SECS);
            unit.insert(&Enrolment::confirming(ctx, &known, (mandate_id, second), until));
        }
        unit.update(&mandate).audit(
            AuditEntry::new(ctx.now, holder_id, "mandate.confirm_started", mandate_id)
                .with("by", second.route().name()),
        );
        Ok(self.book.commit(unit).await?)
    }

    /// Writes the letter whose code confirms `mandate`, to the address on file.
    pub(crate) fn write_letter(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        known: &Known,
        mandate: &Mandate,
        code: &str,
    ) -> Result<(), BankError> {
        let Some(letterbox) = known.letterbox(ctx.now) else { return Ok(()) };
        let content = Content::new("confirm_letter")
            .with("bank", &self.config.name)
            .with("partner", &mandate.partner_name)
            .with("code", code);
        let letter = Message::compose(&self.vault, ctx, &known.key, &letterbox, &content)?;
        let about = LetterAbout::Mandate { mandate_id: mandate.mandate_id };
        let posted = PostedLetter::written(ctx, &letter, mandate.holder_id, about);
        unit.insert(&letter).insert(&posted);
        Ok(())
    }

    /// The signed-in holder types the code of a letter, a machine's slip or the counter.
    pub async fn confirm_mandate(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        mandate_id: MandateId,
        code: &str,
    ) -> Result<(), BankError> {
        let mut mandate = self.mandate_of(holder_id, mandate_id).await?;
        if mandate.confirm_attempts >= ATTEMPTS_MAX {
            return Err(BankError::TooMany);
        }
        let mut unit = Unit::new();
        if let Some(second) = self.typed(ctx, &mut unit, &mandate, code).await? {
            self.confirm_by(ctx, &mut unit, mandate, second).await?;
            return Ok(self.book.commit(unit).await?);
        }
        let attempts = mandate.confirm_attempts.saturating_add(1);
        mandate.edit().confirm_attempts = attempts;
        unit.update(&mandate).audit(AuditEntry::new(
            ctx.now,
            holder_id,
            "mandate.confirm_refused",
            mandate_id,
        ));
        self.book.commit(unit).await?;
        let account = mandate.account_id.to_string();
        let failure = Failure::new(Kind::CodeRefused, vec![Key::Account(account)]);
        let printed = self.confirmations(ctx, mandate_id).await?;
        let is_issued = mandate.confirm_hash.is_some() || printed.iter().any(Enrolment::has_code);
        let failure = failure.against(is_issued);
        self.failed(ctx, failure.typed("letter", code, code.len() >= 8)).await?;
        Err(BankError::NotAvailable)
    }

    /// The channel that `code` came by, if it is one for this mandate. Keyed hashes are compared,
    /// so that comparing tells nothing about a code.
    async fn typed(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        mandate: &Mandate,
        code: &str,
    ) -> Result<Option<SecondChannel>, BankError> {
        let typed = activation_hash(&self.vault, code);
        if mandate.confirm_hash.as_deref() == Some(&typed) {
            return Ok(Some(SecondChannel::Letter));
        }
        let Some(mut slip) = self.book.find_by::<Enrolment>("code_hash", &typed).await? else {
            return Ok(None);
        };
        let is_for_this = slip.purpose == Purpose::Confirm { mandate_id: mandate.mandate_id };
        let is_due = slip.progress == Progress::Waiting && ctx.now < slip.expires_at;
        let second = SecondChannel::ALL.into_iter().find(|s| s.route() == slip.proof);
        let Some(second) = second.filter(|_| is_for_this && is_due) else { return Ok(None) };
        slip.edit().progress = Progress::Done;
        unit.update(&slip);
        Ok(Some(second))
    }

    /// A second channel confirmed `mandate`, as part of `unit`; the holder is told. From here on it
    /// moves money: a contact that changed meanwhile holds it back like any new link.
    pub(crate) async fn confirm_by(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        mut mandate: Stored<Mandate>,
        second: SecondChannel,
    ) -> Result<(), BankError> {
        if !mandate.route.is_confirmed_by(second) {
            return Err(BankError::NotAvailable);
        }
        let known = self.known(mandate.holder_id).await?;
        self.require_settled(ctx, &known, None).await?;
        let partner = self.known_partner(&mandate.client_id).await?;
        let from = (ctx.now, mandate.terms.valid_from);
        let state = mandate.state.aged(ctx.now).confirm(from, &self.rules.cooling())?;
        // Until here it moved nothing, so for whoever locked the account it is a new link. The lock's
        // row is written as by a grant: of a lock and a confirmation, one is always first.
        self.pass_lock(ctx, unit, (mandate.account_id, mandate.holder_id)).await?;
        mandate.edit().state = state;
        mandate.edit().confirm_hash = None;
        unit.update(&mandate);
        self.replace_contracts(ctx, unit, &mandate, &partner.profile.collector_codes).await?;
        unit.insert(&Event::link_status(ctx, &mandate, LinkStatus::Released, None));
        let (id, holder_id) = (mandate.mandate_id, mandate.holder_id);
        unit.audit(
            AuditEntry::new(ctx.now, holder_id, "mandate.confirmed", id)
                .with("by", second.route().name()),
        );
        let content = Content::new("mandate_confirmed")
            .with("partner", &mandate.partner_name)
            .with("account", &mandate.account_mask);
        self.tell(unit, ctx, &known, id, content)
    }

    /// Ends what was never confirmed, and says so to whoever let the time pass: somebody who did not ask for
    /// it should know that it was tried. Called by the worker; calling it twice is fine.
    pub async fn lapse(&self, ctx: &Ctx<'_>, mandate_id: MandateId) -> Result<(), BankError> {
        let mut mandate = crate::holder::load::<Mandate>(&self.book, mandate_id).await?;
        let aged = mandate.state.aged(ctx.now);
        if aged == mandate.state {
            return Ok(());
        }
        mandate.edit().state = aged;
        let mut unit = Unit::new();
        unit.update(&mandate);
        unit.insert(&Event::link_status(ctx, &mandate, LinkStatus::Revoked, None));
        unit.audit(AuditEntry::new(ctx.now, "system", "mandate.lapsed", mandate_id));
        match self.known(mandate.holder_id).await {
            Ok(known) => {
                let content = Content::new("mandate_lapsed")
                    .with("partner", &mandate.partner_name)
                    .with("account", &mandate.account_mask);
                self.tell(&mut unit, ctx, &known, mandate_id, content)?;
            }
            // Nobody's customer any more: there is nobody to tell.
            Err(BankError::NotAvailable) => {}
            Err(error) => return Err(error),
        }
        Ok(self.book.commit(unit).await?)
    }
}
