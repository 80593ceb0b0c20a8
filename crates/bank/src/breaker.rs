//! A breaker pauses what guessing needs, for a while, and never what honest people have already.
//!
//! What pauses is enrolment by codes and the first link of somebody whose passkey rests on one and
//! is new. Whoever has linked before, whose passkey was made at a branch or has stood for a week
//! goes on; debits, stops and the portal are never touched. One network is refused by itself first,
//! and counts bank-wide only a few times an hour, and only where there was something to guess, so
//! that it takes many networks and real codes to pause the bank. What opened a breaker does not open
//! it again: it closes by itself, and it takes as many new failures as before, from networks that
//! were not there before.
//!
//! A partner whose customers and our holders are too often different people is throttled in the
//! same way: some are still compared, so that its honest customers get through in time.

use jiff::Timestamp;
use kanuki_desk::{
    case::{Case, CaseKind},
    counts,
};
use kanuki_domain::{
    Ctx,
    id::{AttemptId, CaseId, HolderId},
    limits::RECOVERY_WAIT_SECS,
    mandate::later,
    route::Route,
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, record};
use kanuki_risk::{Key, Kind, Reason, Signal};
use serde::{Deserialize, Serialize};

use crate::{Bank, BankError, holder::load};

/// The breaker of routes that rest on codes.
pub(crate) const NEW_LINKS: &str = "new-links";

/// The throttle of one partner.
pub(crate) fn partner_breaker(client_id: &str) -> String {
    format!("partner|{client_id}")
}

/// One breaker; absent until it opened for the first time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Breaker {
    /// `new-links`, or `partner|` and a client id.
    pub breaker_id: String,
    /// When it opened last.
    pub opened_at: Timestamp,
    /// When it closes, or closed, by itself.
    pub closes_at: Timestamp,
    /// The rule that opened it.
    pub rule: String,
    /// How often it has opened.
    pub times: u32,
    /// The case that was opened about it.
    pub case_id: CaseId,
}

record! { Breaker => "breaker" by |b| b.breaker_id.clone();
    many all = |_| Some("all".to_owned());
}

impl Breaker {
    /// True while it holds things up.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.closes_at
    }
}

impl Bank {
    /// Every breaker that ever opened, for the desk.
    pub async fn breakers(&self) -> Result<Vec<Breaker>, BankError> {
        let all = self.book.list::<Breaker>("all", "all").await?;
        Ok(all.into_iter().map(Stored::into_inner).collect())
    }

    async fn is_breaker_open(&self, ctx: &Ctx<'_>, id: &str) -> Result<bool, BankError> {
        let found = self.book.find::<Breaker>(id).await?;
        Ok(found.is_some_and(|breaker| breaker.is_open(ctx.now)))
    }

    /// Since when failures count towards opening it again.
    pub(crate) async fn breaker_ended_at(&self, id: &str) -> Result<Option<Timestamp>, BankError> {
        Ok(self.book.find::<Breaker>(id).await?.map(|breaker| breaker.closes_at))
    }

    /// Opens it and a case about it. One that is open stays as it is.
    pub(crate) async fn open_breaker(
        &self,
        ctx: &Ctx<'_>,
        id: &str,
        reason: &Reason,
        secs: i64,
    ) -> Result<(), BankError> {
        let found = self.book.find::<Breaker>(id).await?;
        if found.as_ref().is_some_and(|breaker| breaker.is_open(ctx.now)) {
            return Ok(());
        }
        let closes_at = later(ctx.now, secs);
        let mut unit = Unit::new();
        let case_id = self.note_guessing(ctx, &mut unit, id, (reason, closes_at)).await?;
        let mut breaker = Breaker {
            breaker_id: id.to_owned(),
            opened_at: ctx.now,
            closes_at,
            rule: reason.rule.to_string(),
            times: 1,
            case_id,
        };
        match found {
            Some(mut kept) => {
                breaker.times = kept.times.saturating_add(1);
                *kept.edit() = breaker;
                unit.update(&kept);
            }
            None => {
                unit.insert(&breaker);
            }
        }
        unit.audit(
            AuditEntry::new(ctx.now, "system", "breaker.opened", id)
                .with("rule", &reason.rule)
                .with("value", reason.value)
                .with("closes_at", closes_at)
                .with("case", case_id),
        );
        match self.book.commit(unit).await {
            // Somebody else's failure was one too many at the same moment.
            Ok(()) | Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        tracing::warn!(breaker = id, rule = reason.rule.as_str(), "a breaker opened");
        Ok(())
    }

    /// The open case about a breaker gets a line, or there is a new one.
    async fn note_guessing(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        id: &str,
        (reason, closes_at): (&Reason, Timestamp),
    ) -> Result<CaseId, BankError> {
        let about = format!("breaker|{id}");
        let text = format!("=breaker_opened|{} = {} {closes_at}", reason.rule, reason.value);
        let open = self.book.find_by::<Case>("about", &about).await?;
        if let Some(mut case) = open.filter(|case| case.closed_at.is_none()) {
            case.edit().note(ctx.now, "system", text);
            unit.update(&case);
            return Ok(case.case_id);
        }
        let kind = if id == NEW_LINKS { CaseKind::Guessing } else { CaseKind::PartnerMismatch };
        let mut case = Case::open(ctx, kind, about, None);
        case.note(ctx.now, "system", text);
        unit.insert(&case).audit(AuditEntry::new(ctx.now, "system", "case.opened", case.case_id));
        Ok(case.case_id)
    }

    /// Refuses, before anything is looked at, to begin what rests on a code: while this network
    /// fails too often, or while the breaker is open. The same for every account.
    pub(crate) async fn require_code_routes(&self, ctx: &Ctx<'_>) -> Result<(), BankError> {
        if !self.rules.listens_to_risk() {
            return Ok(());
        }
        self.require_few(ctx, Kind::Failed, Vec::new()).await?;
        if self.is_breaker_open(ctx, NEW_LINKS).await? {
            return Err(BankError::Paused);
        }
        Ok(())
    }

    /// The same for a link, if it is its holder's first and their passkey rests on a code and is new.
    pub(crate) async fn require_link_route(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, route): (HolderId, Route),
    ) -> Result<(), BankError> {
        if !route.rests_on_a_code() || !self.mandates_of(holder_id).await?.is_empty() {
            return Ok(());
        }
        // What guessing brought about now is no week old, and its owner was told of it then.
        let is_old = |made: Timestamp| later(made, RECOVERY_WAIT_SECS) <= ctx.now;
        if self.passkeys(holder_id).await?.iter().all(|passkey| is_old(passkey.created_at)) {
            return Ok(());
        }
        self.require_code_routes(ctx).await
    }

    /// While a partner is throttled, few of its customers are compared.
    pub(crate) async fn require_partner_calm(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
    ) -> Result<(), BankError> {
        let keys = vec![Key::Partner(client_id.to_owned())];
        let asked = Signal::new(Kind::LinkCompared, ctx.now, keys);
        if !self.is_breaker_open(ctx, &partner_breaker(client_id)).await?
            || !self.rules.listens_to_risk()
        {
            return Ok(());
        }
        let attempt = AttemptId::generate(ctx).bits();
        let decision = counts::decide(&self.risk, attempt, &asked).await;
        if decision.is_approved() { Ok(()) } else { Err(BankError::Paused) }
    }

    /// One breaker, for the desk and tests.
    pub async fn breaker(&self, id: &str) -> Result<Breaker, BankError> {
        Ok(load::<Breaker>(&self.book, id).await?.into_inner())
    }
}
