//! A link that rests on a code moves nothing until a second channel confirms it: one that the bank
//! already held, and not the one that the passkey came by. Silence never activates: unanswered, it
//! lapses.

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
    channel::{LetterAbout, PostedLetter},
    event::Event,
    holder::{
        Known,
        enrol::{Enrolment, Progress, Purpose},
    },
    mandate::Mandate,
};

/// How often a code may be typed wrong until a second channel is asked for again.
const ATTEMPTS_MAX: u32 = 5;
/// How often a second channel can be asked for.
const STARTS_MAX: u32 = 6;
/// How long a page waits for the call, the machine or the counter.
const WAIT_SECS: i64 = DAY_SECS;

/// A code as it is printed in the letter, and what is kept of it.
pub(crate) fn letter_code(bank: &Bank, ctx: &Ctx<'_>) -> (String, String) {
    let letters = kanuki_domain::id::encode_base32(u128::from_be_bytes(ctx.random()));
    let code: String = letters.chars().rev().take(10).collect::<String>().to_uppercase();
    let hash = activation_hash(&bank.vault, &code);
    (code, hash)
}

impl Mandate {
    /// Its letter came back, so its code has been in other hands.
    pub(crate) fn void_letter_code(&mut self) {
        self.confirm_hash = None;
    }
}

impl Bank {
    /// The second channels that can confirm `mandate` now: none that it came by, and none that is
    /// too new. Empty when it does not wait.
    pub async fn second_channels(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
    ) -> Result<Vec<SecondChannel>, BankError> {
        if !matches!(mandate.state.aged(ctx.now), MandateState::Unconfirmed { .. }) {
            return Ok(Vec::new());
        }
        let known = self.known(mandate.holder_id).await?;
        let is_open = |second: &SecondChannel| match second {
            SecondChannel::Letter => known.letterbox(ctx.now).is_some(),
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
    /// the telephone, the machine or the counter.
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
        if mandate.confirm_starts >= STARTS_MAX {
            return Err(BankError::TooMany);
        }
        let known = self.known(holder_id).await?;
        let starts = mandate.confirm_starts.saturating_add(1);
        mandate.edit().confirm_starts = starts;
        mandate.edit().confirm_attempts = 0;
        let mut unit = Unit::new();
        if second == SecondChannel::Letter {
            let (code, hash) = letter_code(self, ctx);
            mandate.edit().confirm_hash = Some(hash);
            self.write_letter(ctx, &mut unit, &known, &mandate, &code)?;
        } else {
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
        let partner = self.partner(&mandate.client_id).await?;
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

    /// Ends what was never confirmed. Called by the worker; calling it twice is fine.
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
        Ok(self.book.commit(unit).await?)
    }
}
