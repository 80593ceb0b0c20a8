//! "It wasn't me": a stop code from a notice, typed by anyone, stops everything at once.
//!
//! A code can only tighten. Releasing takes two people of staff.

mod authenticator;
mod late;
mod link;
pub mod order;

use jiff::Timestamp;
use kanuki_desk::{
    authenticator::{Authenticator, Kind},
    case::{Case, CaseKind},
    notice::{self, Notice},
    stop_code::StopCode,
};
use kanuki_domain::{
    Ctx,
    id::{BankAccountId, CaseId, DelegationId, EnrolmentId, LetterId, MandateId, NoticeId},
};
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_risk::Kind as Signal;
use kanuki_wire::set;

use crate::{
    Bank, BankError,
    attempt::Failure,
    delegate::{Delegation, EndedBy},
    holder::{enrol::Enrolment, load},
    mandate::Mandate,
    stop::order::{Ordered, StopOrder, is_raced},
};

/// How often a stop begins again because something else changed the same records meanwhile.
const TRIES_MAX: u32 = 5;

/// What a stop code is about, in words that tell a stranger nothing they could use.
#[derive(Clone, Debug)]
pub enum Stoppable {
    /// A mandate.
    Mandate {
        /// Which partner debits.
        partner_name: String,
        /// How the account is shown.
        account_mask: String,
        /// How many links of that partner to that account stop: it, and those beside it.
        links: usize,
        /// It is stopped already.
        is_stopped: bool,
    },
    /// Contracts made elsewhere that a letter was about.
    Contracts {
        /// Who debits, as the list gives their names.
        collectors: Vec<String>,
        /// They are stopped already.
        is_stopped: bool,
    },
    /// An account that is, or is about to be, open to new links again.
    Account,
    /// A code that a branch handed out, and nothing came of it yet.
    HandedOut {
        /// It is void already.
        is_stopped: bool,
    },
    /// Somebody who looks after the holder's accounts, or was invited to.
    Delegate {
        /// It is over already.
        is_stopped: bool,
    },
    /// A passkey that was registered.
    Passkey {
        /// It was ended already.
        is_stopped: bool,
    },
    /// An identity card that was let in.
    Card {
        /// It was ended already.
        is_stopped: bool,
    },
    /// A key of the bank's app that was let in.
    App {
        /// It was ended already.
        is_stopped: bool,
    },
}

impl Bank {
    /// What a press will stop. Changes nothing.
    pub async fn preview_stop(&self, ctx: &Ctx<'_>, typed: &str) -> Result<Stoppable, BankError> {
        let notice = self.notice_of(ctx, typed).await?;
        if let Ok(id) = notice.stops.parse::<MandateId>() {
            let links = self.links_stopped_with(id, ctx.now).await?;
            let mandate = load::<Mandate>(&self.book, id).await?;
            return Ok(Stoppable::Mandate {
                partner_name: mandate.partner_name.clone(),
                account_mask: mandate.account_mask.clone(),
                links: links.len(),
                is_stopped: links.iter().all(|one| !one.state.is_active()),
            });
        }
        if let Ok(id) = notice.stops.parse::<LetterId>() {
            let contracts = self.contracts_in(id).await?;
            return Ok(Stoppable::Contracts {
                collectors: contracts.iter().map(|c| c.collector_name.clone()).collect(),
                is_stopped: contracts.iter().all(|c| !c.standing.is_open()),
            });
        }
        if notice.stops.parse::<BankAccountId>().is_ok() {
            return Ok(Stoppable::Account);
        }
        if let Ok(id) = notice.stops.parse::<DelegationId>() {
            let delegation = load::<Delegation>(&self.book, id).await?;
            return Ok(Stoppable::Delegate { is_stopped: !delegation.standing.is_open(ctx.now) });
        }
        let id = match notice.stops.parse::<EnrolmentId>() {
            Ok(id) => {
                let enrolment = load::<Enrolment>(&self.book, id).await?;
                let is_stopped = enrolment.expires_at <= ctx.now;
                let Some(made) = enrolment.made else {
                    return Ok(Stoppable::HandedOut { is_stopped });
                };
                made
            }
            Err(_) => notice.stops.parse().map_err(|_| BankError::NotAvailable)?,
        };
        let authenticator = load::<Authenticator>(&self.book, id).await?;
        let is_stopped = authenticator.revoked_at.is_some();
        Ok(match authenticator.kind() {
            Kind::Passkey => Stoppable::Passkey { is_stopped },
            Kind::IdentityCard => Stoppable::Card { is_stopped },
            Kind::BankApp => Stoppable::App { is_stopped },
        })
    }

    /// Stops it: the mandate is suspended with the others of that partner on that account, the wallet is
    /// told at once so that it freezes what is left, and a case is open on both sides. Pressing twice answers with the same case.
    ///
    /// The gate is closed first, which needs no core; then the case, that the code was used and the
    /// order of the rest are one unit. While the core is silent the answer is
    /// [`BankError::StoppedInPart`] with the case, and a worker does the rest ([`order`]).
    pub async fn stop(&self, ctx: &Ctx<'_>, typed: &str) -> Result<CaseId, BankError> {
        let notice = self.notice_of(ctx, typed).await?;
        if let Ok(id) = notice.stops.parse::<MandateId>() {
            self.close_links(ctx, id).await?;
        }
        let holder = Some(notice.person_id.clone());
        // One for all tries.
        let fresh = Case::open(ctx, CaseKind::NotMe, &notice.stops, holder);
        let mut tries = 1;
        let ordered = loop {
            match self.order_by_code(ctx, notice.notice_id, &fresh).await {
                Err(error) if is_raced(&error) && tries < TRIES_MAX => tries += 1,
                other => break other,
            }
        };
        Ok(self.carry_out_stop(ctx, &ordered?).await?.case_id)
    }

    /// The case, that the code was used, and what is to be done, in one unit.
    async fn order_by_code(
        &self,
        ctx: &Ctx<'_>,
        notice_id: NoticeId,
        fresh: &Case,
    ) -> Result<StopOrder, BankError> {
        let mut notice = load::<Notice>(&self.book, notice_id).await?;
        let open = self.book.find_by::<Case>("about", &notice.stops).await?;
        let open = open.filter(|case| case.closed_at.is_none()).map(Stored::into_inner);
        let is_new = open.is_none();
        let case = open.unwrap_or_else(|| fresh.clone());
        let mut unit = Unit::new();
        if is_new {
            unit.insert(&case);
        }
        let is_first = is_new || notice.stopped_at.is_none();
        if is_first {
            notice.edit().stopped_at = Some(ctx.now);
            self.note_not_me(ctx, &mut unit, &notice.person_id).await?;
            let act = if is_new { "case.opened" } else { "case.stopped_again" };
            unit.update(&notice).audit(
                AuditEntry::new(ctx.now, "stop_code", act, case.case_id).with("about", &case.about),
            );
        }
        let holder_id = notice.person_id.parse().map_err(|_| BankError::NotAvailable)?;
        if is_first {
            // Whoever is signed in has to sign in again: the pages end every session.
            let why = case.case_id.to_string();
            let ended = [set::Event::SessionRevoked {}];
            self.tell_wallets(ctx, &mut unit, (holder_id, &why), &ended).await?;
        }
        let order = StopOrder {
            holder_id,
            what: Ordered::Notice { notice_id },
            case_id: case.case_id,
            asked_at: ctx.now,
            tells: None,
            done_at: None,
        };
        self.order_stop(ctx, &mut unit, (&order, "stop_code".to_owned())).await?;
        self.book.commit(unit).await?;
        Ok(order)
    }

    /// Stops what the code of this notice stops. An open case says nothing about now: two people may
    /// have released since. It can be repeated.
    async fn stop_what_it_names(
        &self,
        ctx: &Ctx<'_>,
        notice_id: NoticeId,
        (case_id, asked_at): (CaseId, Timestamp),
    ) -> Result<(), BankError> {
        let notice = load::<Notice>(&self.book, notice_id).await?;
        if let Ok(id) = notice.stops.parse::<MandateId>() {
            self.suspend_links(ctx, id, (case_id, asked_at)).await
        } else if let Ok(id) = notice.stops.parse::<LetterId>() {
            self.stop_letter(ctx, id).await
        } else if let Ok(id) = notice.stops.parse::<BankAccountId>() {
            self.relock(ctx, id).await
        } else if let Ok(id) = notice.stops.parse::<DelegationId>() {
            self.end_as(ctx, id, EndedBy::StopCode, "stop_code".to_owned()).await
        } else if let Ok(id) = notice.stops.parse::<EnrolmentId>() {
            self.stop_enrolment(ctx, id, case_id).await
        } else {
            let id = notice.stops.parse().map_err(|_| BankError::NotAvailable)?;
            self.stop_authenticator(ctx, id, case_id).await?;
            self.disown_contacts(ctx, id, case_id).await
        }
    }

    /// What staff handed out is void; a passkey that was made with it ends.
    async fn stop_enrolment(
        &self,
        ctx: &Ctx<'_>,
        id: EnrolmentId,
        case_id: CaseId,
    ) -> Result<(), BankError> {
        let mut enrolment = load::<Enrolment>(&self.book, id).await?;
        if let Some(made) = enrolment.made {
            self.stop_authenticator(ctx, made, case_id).await?;
            return self.disown_contacts(ctx, made, case_id).await;
        }
        enrolment.edit().end(ctx.now);
        let mut unit = Unit::new();
        unit.update(&enrolment);
        Ok(self.book.commit(unit).await?)
    }

    async fn notice_of(&self, ctx: &Ctx<'_>, typed: &str) -> Result<Stored<Notice>, BankError> {
        // A right code is never limited: a stranger's guesses must not keep anyone from stopping.
        if let Some(found) = notice::find_by_code(&self.book, &self.vault, typed).await? {
            return Ok(found);
        }
        self.require_few(ctx, Signal::StopCodeRefused, Vec::new()).await?;
        let failure = Failure::new(Signal::StopCodeRefused, Vec::new());
        let is_whole = StopCode::parse(typed).is_some();
        self.failed(ctx, failure.typed("stop", typed, is_whole)).await?;
        Err(BankError::NotAvailable)
    }
}
