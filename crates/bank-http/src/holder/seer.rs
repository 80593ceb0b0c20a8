//! Who looks at a holder's pages that show or tighten: the holder, with whatever proof, or a delegate.

use kanuki_bank::{BankError, delegate::DelegateAct};
use kanuki_domain::id::{CaseId, DelegationId, HolderId};
use kanuki_site::{
    Problem, Visit,
    ui::{self, Tone},
};
use maud::{Markup, html};

use crate::{BankState, refusal::problem};

/// Whose pages, and who looks at them for somebody else.
#[derive(Clone, Copy)]
pub(super) struct Seer {
    pub(super) holder_id: HolderId,
    pub(super) delegate: Option<DelegationId>,
}

impl Seer {
    pub(super) const fn is_delegate(self) -> bool {
        self.delegate.is_some()
    }
}

/// The holder, or whoever looks after their accounts as long as that holds; or the way to sign in.
pub(super) async fn require(state: &BankState, visit: &Visit) -> Result<Seer, Problem> {
    let Some(id) = visit.delegate_id() else {
        return Ok(Seer { holder_id: visit.require_looker()?, delegate: None });
    };
    match state.bank.delegation(&visit.ctx(), id).await {
        Ok(found) => Ok(Seer { holder_id: found.holder_id, delegate: Some(id) }),
        Err(BankError::NotAvailable) => Err(visit.sign_in_first("/delegate/sign-in")),
        Err(error) => Err(problem(error)),
    }
}

/// A delegate acts, which is noted and told.
pub(super) async fn act(
    state: &BankState,
    visit: &Visit,
    (id, act): (DelegationId, &DelegateAct),
) -> Result<Option<CaseId>, Problem> {
    state.bank.act_as_delegate(&visit.ctx(), id, act).await.map_err(problem)
}

/// What a page says to somebody who may only look and tighten, and to nobody else.
pub(super) fn banner(visit: &Visit) -> Markup {
    let (title, what) = match (visit.is_looking(), visit.delegate_id()) {
        (true, _) => ("look-banner", "look-banner-what"),
        (false, Some(_)) => ("delegate-banner", "delegate-banner-what"),
        (false, None) => return html! {},
    };
    ui::notice(Tone::Info, &visit.t(title), html! { p { (visit.t(what)) } })
}
