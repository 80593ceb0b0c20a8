//! A holder without a browser is on the telephone: staff do for them what they could do themself
//! behind a weak proof: stop, stop everything, lock, lower, hear more. Nothing that loosens.
//!
//! Two acts let somebody go on who may look and stop: to invite a delegate, and another year for one.
//! The first takes more than the caller's word: the code goes by letter to an address that has long
//! been on file, never to staff. The second is possible only when the year is about to end.
//!
//! One member of staff is enough, because all of it tightens. Each act belongs to a case that says
//! how the caller was believed, what was read back and who did it; that somebody looked in, and each
//! act, is told to every contact on file.

use kanuki_desk::case::{Case, CaseKind};
use kanuki_domain::{
    Ctx, Yen,
    bank_account::AccountNumber,
    id::{CaseId, ContractId, DelegationId, HolderId, MandateId, StaffId},
    mandate::StoppedBy,
};
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_wire::transaction::ContactKind;

use crate::{
    Bank, BankError,
    delegate::EndedBy,
    holder::{alert::Wish, load},
    lock::LockedBy,
    stop::order::Ordered,
};

/// How a caller was believed to be the holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Believed {
    /// Staff called back the number that was on file before.
    CalledBack,
    /// They stand at a counter of the bank, and staff there have seen them.
    AtCounter,
}

impl Believed {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::CalledBack, Self::AtCounter];

    /// As it is kept, typed and part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CalledBack => "called_back",
            Self::AtCounter => "at_counter",
        }
    }

    /// The inverse of [`name`](Self::name).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|believed| believed.name() == text)
    }
}

/// What staff do for a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhoneAct {
    /// Everything stops, and every account is locked.
    StopAll,
    /// One mandate stops.
    Stop(MandateId),
    /// One contract that was made elsewhere stops, ordinary 口座振替 too.
    StopContract(ContractId),
    /// Every account is locked against new links.
    Lock,
    /// The caps of one mandate go down to these amounts, in the order of its terms.
    Lower(MandateId, Vec<Yen>),
    /// The holder hears of more from now on; never of less.
    RaiseAlerts(Wish),
    /// Somebody is asked to look after the accounts; the code goes by letter.
    InviteDelegate(String),
    /// Somebody who looks after the accounts does so for another year.
    RenewDelegate(DelegationId),
    /// Nobody looks after the accounts any more.
    EndDelegates,
}

impl PhoneAct {
    const fn name(&self) -> &'static str {
        match self {
            Self::StopAll => "stop_all",
            Self::Stop(_) => "stop",
            Self::StopContract(_) => "stop_contract",
            Self::Lock => "lock",
            Self::Lower(..) => "lower",
            Self::RaiseAlerts(_) => "raise_alerts",
            Self::InviteDelegate(_) => "invite_delegate",
            Self::RenewDelegate(_) => "renew_delegate",
            Self::EndDelegates => "end_delegates",
        }
    }

    /// What it is about, as the case notes it.
    fn about(&self) -> String {
        match self {
            Self::Stop(id) | Self::Lower(id, _) => id.to_string(),
            Self::StopContract(id) => id.to_string(),
            Self::RenewDelegate(id) => id.to_string(),
            Self::RaiseAlerts(wish) => format!(
                "debits_from={} attempts={} debits_to={}",
                wish.debits_from.amount(),
                wish.attempts,
                wish.debits_only_to.map_or("every", ContactKind::name),
            ),
            Self::StopAll | Self::Lock | Self::InviteDelegate(_) | Self::EndDelegates => {
                String::new()
            }
        }
    }
}

impl Bank {
    /// Staff believe a caller to be the holder of `account`: a case is open, under which they may
    /// look and act. An account of nobody is said so, because staff must not act on a wrong number.
    pub async fn open_for_caller(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        account: &AccountNumber,
        believed: Believed,
    ) -> Result<CaseId, BankError> {
        let core = self.core.find_by_account(account).await?.ok_or(BankError::NotAvailable)?;
        let holder_id = self.meet_holder(ctx, core).await?.holder.holder_id;
        let about = holder_id.to_string();
        let all = self.book.list::<Case>("about", &about).await?;
        let mut unit = Unit::new();
        let note = format!("=phone_{}|", believed.name());
        let open = all.into_iter().find(|case| case.closed_at.is_none());
        let case_id = if let Some(mut open) = open {
            open.edit().note(ctx.now, by, note);
            open.edit().call = Some(believed.name().to_owned());
            unit.update(&open);
            open.case_id
        } else {
            let mut case = Case::open(ctx, CaseKind::NotMe, &about, Some(about.clone()));
            case.note(ctx.now, by, note);
            case.call = Some(believed.name().to_owned());
            unit.insert(&case);
            case.case_id
        };
        unit.audit(
            AuditEntry::new(ctx.now, by, "phone.taken", case_id).with("believed", believed.name()),
        );
        // The holder hears of it where the bank has them on file: staff may have been talked into it.
        self.tell_looked_in(ctx, &mut unit, holder_id).await?;
        self.book.commit(unit).await?;
        Ok(case_id)
    }

    /// Staff do `act` for the holder of an open case, having read it back. What the holder's own
    /// page would refuse is refused here.
    pub async fn act_for_caller(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        act: &PhoneAct,
    ) -> Result<(), BankError> {
        let (holder_id, believed) = self.caller_of(case_id).await?;
        let in_part = self.do_for_caller(ctx, (by, believed), (holder_id, case_id), act).await?;
        let mut case: Stored<Case> = load(&self.book, case_id).await?;
        let line = format!("=phone_{}|{}", act.name(), act.about());
        case.edit().note(ctx.now, by, line);
        let mut unit = Unit::new();
        unit.update(&case).audit(
            AuditEntry::new(ctx.now, by, "phone.acted", case_id)
                .with("act", act.name())
                .with("holder", holder_id),
        );
        self.book.commit(unit).await?;
        in_part.map_or(Ok(()), Err)
    }

    /// Does it; what is returned says that the core's silence cut it short.
    async fn do_for_caller(
        &self,
        ctx: &Ctx<'_>,
        (by, believed): (StaffId, Believed),
        (holder_id, case_id): (HolderId, CaseId),
        act: &PhoneAct,
    ) -> Result<Option<BankError>, BankError> {
        let under = || (holder_id, case_id, by.to_string());
        match act {
            PhoneAct::StopAll => {
                let whose = (holder_id, StoppedBy::Holder);
                let told = (by.to_string(), Some("phone_stopped_all"));
                return in_part_of(self.stop_everything_as(ctx, whose, told).await);
            }
            PhoneAct::Stop(id) => {
                let mandate = self.mandate_of(holder_id, *id).await?;
                let under = (StoppedBy::Holder, case_id, by.to_string());
                return in_part_of(self.stop_mandate(ctx, &mandate, under).await);
            }
            PhoneAct::StopContract(id) => {
                return in_part_of(self.stop_contract_for_caller(ctx, under(), *id).await);
            }
            PhoneAct::Lock => {
                let what = Ordered::Lock { account_id: None, by: LockedBy::Holder };
                let told = (what, Some("phone_locked"));
                return in_part_of(self.order_for_caller(ctx, under(), told).await);
            }
            PhoneAct::Lower(id, amounts) => {
                self.lower_caps(ctx, holder_id, *id, amounts).await?;
                let told = (Ordered::Lowered { mandate_id: *id }, Some("phone_lowered"));
                return in_part_of(self.order_for_caller(ctx, under(), told).await);
            }
            PhoneAct::RaiseAlerts(wish) => {
                self.raise_alerts(ctx, holder_id, *wish).await?;
                let told = (Ordered::Alerted, Some("phone_alerts"));
                return in_part_of(self.order_for_caller(ctx, under(), told).await);
            }
            PhoneAct::InviteDelegate(label) => {
                let staff = (by, believed);
                self.invite_for_caller(ctx, (holder_id, case_id), staff, label).await?;
            }
            PhoneAct::RenewDelegate(id) => {
                let staff = (by, believed);
                self.renew_for_caller(ctx, (holder_id, case_id), staff, *id).await?;
            }
            PhoneAct::EndDelegates => {
                for one in self.delegates_of(holder_id).await? {
                    let id = one.delegation.delegation_id;
                    self.end_as(ctx, id, EndedBy::Staff, by.to_string()).await?;
                }
            }
        }
        Ok(None)
    }

    /// The holder of an open case that a call was taken for; of no other case, so that nobody acts
    /// on a person whom nobody called for.
    async fn caller_of(&self, case_id: CaseId) -> Result<(HolderId, Believed), BankError> {
        let case = load::<Case>(&self.book, case_id).await?;
        let believed = believed(&case).filter(|_| case.closed_at.is_none());
        let believed = believed.ok_or(BankError::NotAvailable)?;
        Ok((case.about.parse().map_err(|_| BankError::NotAvailable)?, believed))
    }
}

/// What is said at the end of a stop that the core's silence cut short: the case tells of it too.
fn in_part_of<T>(stopped: Result<T, BankError>) -> Result<Option<BankError>, BankError> {
    match stopped {
        Ok(_) => Ok(None),
        Err(error @ BankError::StoppedInPart(_)) => Ok(Some(error)),
        Err(error) => Err(error),
    }
}

/// Whether a call was taken under this case.
#[must_use]
pub fn is_for_caller(case: &Case) -> bool {
    case.about.parse::<HolderId>().is_ok() && believed(case).is_some()
}

/// How the last caller of this case was believed: by what was kept when the call was taken, and not by
/// what anybody noted in the case.
fn believed(case: &Case) -> Option<Believed> {
    case.call.as_deref().and_then(Believed::parse)
}
