//! Acting on what a bank tells us.

use std::sync::Arc;

use kanuki_desk::{
    case::{Case, CaseKind},
    shared,
    signal::{
        flood, line, noted,
        order::{self, News, Said, Word},
        policy::{Actions, Measure},
    },
};
use kanuki_domain::{
    Ctx,
    id::{CaseId, MandateId},
    limits::COOLING,
    mandate::{StoppedBy, later},
};
use kanuki_record::{RecordError, Stored, Unit};
use kanuki_wire::{
    jws::JwsError,
    mandate::Standing,
    set::{self, CaseStage, Event, LinkStatus, SecurityEvent, SetError},
};

use crate::{
    PartnerBank, Wallet, WalletError,
    error::insist,
    freeze::Stopping,
    link::{Link, LinkState},
    replay::{EVENT_MAX_SECS, Replay, event_name},
};

/// What the receiver answers (RFC 8935 section 2.3 and 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// Taken, now or before: 202.
    Taken,
    /// Taken, and of a kind that we have no word for: nothing was done.
    Unknown,
    /// Another event had its name before: 400. The sender is to give it one of its own.
    Reused,
    /// Refused with this code: 400.
    Refused(&'static str),
    /// The same, and no partner signed it.
    Unproven(&'static str),
}

impl Received {
    /// The code that the sender is refused with, if it is.
    #[must_use]
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::Taken | Self::Unknown => None,
            Self::Reused => Some("invalid_request"),
            Self::Refused(code) | Self::Unproven(code) => Some(code),
        }
    }
}

impl Wallet {
    /// Takes an event token from any of the partner banks. The same token acts once.
    pub async fn receive_event(&self, ctx: &Ctx<'_>, token: &str) -> Result<Received, WalletError> {
        let banks = self.partners().await?;
        let (bank, event) = match self.verify_event(ctx, &banks, token) {
            Ok(found) => found,
            Err(refusal) => {
                let Some(code) = refusal.delivery_code() else {
                    self.note_unknown(ctx, &banks, token).await?;
                    return Ok(Received::Unknown);
                };
                return Ok(if refusal.is_signed() {
                    Received::Refused(code)
                } else {
                    Received::Unproven(code)
                });
            }
        };
        if ctx.now.duration_since(event.issued_at).as_secs() > EVENT_MAX_SECS {
            return Ok(Received::Refused("invalid_request"));
        }
        // Before anything is done: what closes a gate in the ledger does so before its row is refused.
        let name = event_name(&bank.issuer, &event.jti);
        if let Some(used) = self.book.find::<Replay>(&name).await? {
            return self.told_again(ctx, bank, (&event, &used)).await;
        }
        match insist!(self.act_once(ctx, bank, &event).await) {
            Err(WalletError::Record(RecordError::Duplicate {
                table: "replay" | "signal_taken",
                ..
            })) => Ok(Received::Taken),
            other => other.map(|()| Received::Taken),
        }
    }

    async fn act_once(
        &self,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
        event: &SecurityEvent,
    ) -> Result<(), WalletError> {
        let mut unit = Unit::new();
        let name = (&*bank.issuer, &*event.jti);
        unit.insert(&Replay::of_event(ctx.now, name, event.digest()));
        self.weigh_event(ctx, &mut unit, bank.code).await?;
        self.act_on(ctx, unit, bank, event).await
    }

    fn verify_event<'a>(
        &self,
        ctx: &Ctx<'_>,
        banks: &'a [Arc<PartnerBank>],
        token: &str,
    ) -> Result<(&'a PartnerBank, SecurityEvent), SetError> {
        let mut refusal = SetError::Token(JwsError::UnknownKey);
        for bank in banks {
            let audience = &self.config.issuer;
            match set::verify(token, &bank.issuer, audience, &bank.event_keys, ctx.now) {
                Ok(event) => return Ok((bank, event)),
                Err(SetError::Token(JwsError::UnknownKey | JwsError::Signature)) => {}
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    /// What an event about a mandate does. An event about a mandate we do not have does nothing.
    async fn act_on(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        bank: &PartnerBank,
        event: &SecurityEvent,
    ) -> Result<(), WalletError> {
        let actions = self.config.signals.on(&event.event);
        if !matches!(event.event, Event::Verification { .. }) {
            noted::taken(ctx, &mut unit, &bank.code.to_string(), (event, actions));
        }
        let link = self.link_told(ctx, &mut unit, (bank, event), actions).await?;
        let Some(mut link) = link else { return Ok(self.book.commit(unit).await?) };
        let case_id = event.txn.as_deref().and_then(|txn| txn.parse::<CaseId>().ok());
        match &event.event {
            Event::LinkStatusChanged { status, reason, .. } => {
                let is_news =
                    self.is_news(ctx, &mut unit, (bank, event), (&*link, *status)).await?;
                // An alarm is never late: a release that was said before it was heard must not hide it.
                let alarms =
                    *status != LinkStatus::Released && (is_alarm(reason) || case_id.is_some());
                if !is_news && !alarms {
                    return Ok(self.book.commit(unit).await?);
                }
                if alarms {
                    self.admit(ctx, bank).await?;
                }
                if *status == LinkStatus::Released || !is_alarm(reason) {
                    self.follow(ctx, &mut unit, &mut link, *status).await?;
                    return Ok(self.book.commit(unit).await?);
                }
                self.contain(ctx, unit, vec![link], (Contained::There, case_id)).await
            }
            // News however late it comes: no release takes it back.
            Event::DebitDisputed { .. } => {
                self.admit(ctx, bank).await?;
                self.contain(ctx, unit, vec![link], (Contained::Alone, case_id)).await
            }
            Event::AccountDisabled { .. } if actions.measure == Measure::Suspend => {
                let word = (&*link, LinkStatus::Suspended);
                self.is_news(ctx, &mut unit, (bank, event), word).await?;
                self.admit(ctx, bank).await?;
                self.contain(ctx, unit, vec![link], (Contained::Here, case_id)).await
            }
            _ if actions.measure == Measure::Suspend => {
                if matches!(event.event, Event::CredentialCompromise { .. }) {
                    self.admit_leak(ctx, bank).await?;
                } else {
                    self.admit(ctx, bank).await?;
                }
                let links = self.links_by_subject(bank, &event.subject).await?;
                self.contain(ctx, unit, links, (Contained::Alone, case_id)).await
            }
            _ => {
                self.take_care(ctx, &mut unit, (bank, event), actions).await?;
                Ok(self.book.commit(unit).await?)
            }
        }
    }

    /// The link that an event is about. What is about none is done at once, in `unit`.
    async fn link_told(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (bank, event): (&PartnerBank, &SecurityEvent),
        actions: Actions,
    ) -> Result<Option<Stored<Link>>, WalletError> {
        let code = bank.code.to_string();
        match &event.event {
            Event::CaseShared { case_id, stage } => {
                shared::take(&self.book, ctx, unit, (*case_id, &code, *stage)).await?;
                if matches!(stage, CaseStage::Paid { .. }) {
                    self.open_for_word(ctx, unit, (*case_id, &code)).await?;
                }
                Ok(None)
            }
            // The line works, and that is all.
            Event::Verification { state } => {
                line::heard(&self.book, ctx, unit, (&code, state.as_deref())).await?;
                Ok(None)
            }
            Event::ServiceStatusChanged(word) => {
                self.take_halt(ctx, unit, (bank, event, word), actions).await?;
                Ok(None)
            }
            Event::StreamUpdated { .. } => {
                if actions.notifies {
                    self.admit_care(ctx, bank, actions.measure).await?;
                    let about = (&*format!("stream|{code}"), None);
                    noted::notify(&self.book, ctx, unit, event, about).await?;
                }
                Ok(None)
            }
            Event::LinkStatusChanged { mandate_id, .. }
            | Event::DebitDisputed { mandate_id, .. } => {
                self.link_by_mandate(bank, *mandate_id).await
            }
            Event::AccountDisabled { .. }
            | Event::CredentialCompromise { .. }
            | Event::IdentifierChanged {}
            | Event::IdentifierRecycled {}
            | Event::RecoveryActivated {}
            | Event::SessionRevoked {}
            | Event::CredentialChange { .. }
            | Event::AssuranceLevelChange { .. }
            | Event::RiskLevelChange { .. } => self.link_by_subject(bank, &event.subject).await,
        }
    }

    /// Whether what a bank says of a link is still news, noted in `unit`. That it ended there is, at
    /// any time.
    async fn is_news(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (bank, event): (&PartnerBank, &SecurityEvent),
        (link, status): (&Link, LinkStatus),
    ) -> Result<bool, WalletError> {
        let word = match status {
            LinkStatus::Revoked => return Ok(true),
            LinkStatus::Suspended => Word::Stopped,
            LinkStatus::Released => Word::Released,
        };
        let (partner, link) = (bank.code.to_string(), link.mandate_id.to_string());
        // A clock that is ahead must not make later words older than its own.
        let (jti, at) = (event.jti.as_str(), event.issued_at.min(ctx.now));
        let said = Said { partner: &partner, jti, link: &link, word, at };
        Ok(order::hear(&self.book, ctx.now, unit, said).await? == News::Fresh)
    }

    /// Counts one event that stops something; beyond what an hour has, it waits at its sender.
    async fn admit(&self, ctx: &Ctx<'_>, bank: &PartnerBank) -> Result<(), WalletError> {
        let is_admitted = flood::admit(&self.book, ctx, &bank.code.to_string()).await?;
        if is_admitted { Ok(()) } else { Err(WalletError::TooMany) }
    }

    /// The same of an event that stops something because a list has somebody.
    async fn admit_leak(&self, ctx: &Ctx<'_>, bank: &PartnerBank) -> Result<(), WalletError> {
        let is_admitted = flood::admit_leak(&self.book, ctx, &bank.code.to_string()).await?;
        if is_admitted { Ok(()) } else { Err(WalletError::TooMany) }
    }

    /// A mandate changed at the bank without alarm: the link follows.
    async fn follow(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        link: &mut Stored<Link>,
        status: LinkStatus,
    ) -> Result<(), WalletError> {
        match status {
            LinkStatus::Released => {
                if link.waits_until().is_some() {
                    // Confirmed by its letter. The bank's next answer may name an earlier hour.
                    let cooling_until = Some(later(ctx.now, COOLING.code_secs));
                    link.edit().standing = Some(Standing::Active { cooling_until });
                    unit.update(link);
                    self.tell_of_link(ctx, unit, ("linked", link)).await?;
                }
                // A wallet that is frozen stays so: its own two people release it.
                if self.customer(link.customer_id).await?.frozen.is_none() {
                    self.release_link(ctx, unit, link).await?;
                } else if link.is_alive() && !link.is_active() {
                    link.edit().bank_released_at = Some(ctx.now);
                    unit.update(link);
                }
            }
            LinkStatus::Revoked => {
                if !link.is_alive() {
                    return Ok(());
                }
                link.gate().close(&*self.ledger, ctx.now).await?;
                link.edit().state = LinkState::Ended { at: ctx.now };
                unit.update(link);
                let what = if link.has_lapsed() { "link_lapsed" } else { "unlinked_there" };
                self.tell_of_link(ctx, unit, (what, link)).await?;
            }
            LinkStatus::Suspended => {
                self.suspend_link(ctx, unit, link, StoppedBy::Bank).await?;
            }
        }
        Ok(())
    }

    /// Somebody at the bank says that this was not them: stop the links, freeze the wallet that used
    /// them, which holds what is left, and open a case under the number that both companies share.
    ///
    async fn contain(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        mut links: Vec<Stored<Link>>,
        (by, case_id): (Contained, Option<CaseId>),
    ) -> Result<(), WalletError> {
        for link in &mut links {
            self.suspend_link(ctx, &mut unit, link, by.stopped_by()).await?;
        }
        let Some(link) = links.first() else { return Ok(self.book.commit(unit).await?) };
        let id = link.customer_id;
        let known = match case_id {
            Some(case_id) => self.book.find::<Case>(case_id).await?,
            None => None,
        };
        let is_new = known.is_none();
        let is_unnamed =
            |case: &Stored<Case>| shared::is_about_nobody(case, &link.bank.to_string());
        let named = known.filter(is_unnamed);
        let is_shared = case_id.is_some() && (is_new || named.is_some());
        let number = case_id.filter(|_| is_shared).unwrap_or_else(|| CaseId::generate(ctx));
        let person = id.to_string();
        let mut case = if let Some(kept) = &named {
            let mut case = Case::clone(kept);
            shared::name(ctx, &mut case, (link.mandate_id, &person));
            case
        } else {
            let kind = CaseKind::ToldByPartner;
            Case::open_as(number, ctx, kind, link.mandate_id, Some(person))
        };
        case.note(ctx.now, "system", format!("=told_by_bank|{}", link.bank));
        // What the bank names is one matter with what its customer stopped here themselves.
        let joins = match &named {
            Some(_) => self.own_stop(&id.to_string()).await?,
            None => None,
        };
        if let Some(own) = joins {
            shared::join_one(ctx, &mut case, own);
        }
        let (except, is_alone) = (Some(link.link_id), by == Contained::Alone);
        let stopping = Stopping {
            by: "bank",
            case,
            named,
            joins,
            is_shared,
            except,
            is_alone,
            in_front: None,
        };
        self.freeze_in(ctx, unit, id, stopping).await?;
        Ok(())
    }

    /// The open case of what `person` stopped here themselves.
    async fn own_stop(&self, person: &str) -> Result<Option<CaseId>, WalletError> {
        let all = self.book.list::<Case>("person", person).await?;
        Ok(all.iter().find(|one| shared::is_own_stop(one, person)).map(|one| one.case_id))
    }

    async fn link_by_mandate(
        &self,
        bank: &PartnerBank,
        mandate_id: MandateId,
    ) -> Result<Option<Stored<Link>>, WalletError> {
        let key = format!("{}|{mandate_id}", bank.code);
        Ok(self.book.find_by::<Link>("mandate", &key).await?)
    }

    /// The newest live link of the person whom this bank knows by `subject`.
    async fn link_by_subject(
        &self,
        bank: &PartnerBank,
        subject: &str,
    ) -> Result<Option<Stored<Link>>, WalletError> {
        Ok(self.links_by_subject(bank, subject).await?.into_iter().next())
    }

    /// Every live link of the person whom this bank knows by `subject`, newest first. Names are made per
    /// bank, so only that bank's own customers can be named.
    async fn links_by_subject(
        &self,
        bank: &PartnerBank,
        subject: &str,
    ) -> Result<Vec<Stored<Link>>, WalletError> {
        let mut links = self.book.list::<Link>("account_ref", subject).await?;
        links.retain(|link| link.bank == bank.code && link.is_alive());
        Ok(links)
    }
}

/// How a bank's alarm stops a link here, and what else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contained {
    /// The bank stopped its side and releases it; the customer's other links stop too.
    There,
    /// The same, where the bank stopped nothing of its own and so releases nothing: two people here let the
    /// link go on with the wallet.
    Here,
    /// The same of that bank's links alone: nothing is said to other banks, because nobody said that the
    /// wallet was taken over.
    Alone,
}

impl Contained {
    const fn stopped_by(self) -> StoppedBy {
        match self {
            Self::There => StoppedBy::Holder,
            Self::Here | Self::Alone => StoppedBy::Wallet,
        }
    }
}

/// Whether a changed mandate means that somebody was robbed, rather than that somebody tidied up.
fn is_alarm(reason: &str) -> bool {
    matches!(reason, "report" | "stop_code" | "not_me" | "hijacking")
}
