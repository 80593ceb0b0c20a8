//! Which of its duties this wallet company kept towards the victim of a case, as its records show
//! (SG-05).

use crate::{
    Wallet, WalletError,
    topup::{Topup, TopupState},
};
use kanuki_desk::{case::Case, heard, report};
use kanuki_domain::{
    Ctx,
    assurance::Identity,
    duty::{Duty, Found, Judged},
    id::CustomerId,
};

impl Wallet {
    /// What our own records say, for whoever decides what let the thief in.
    pub async fn duties(&self, ctx: &Ctx<'_>, case: &Case) -> Result<Vec<Judged>, WalletError> {
        let person = case.person_id.as_deref().and_then(|id| id.parse::<CustomerId>().ok());
        let (mut proven, mut stopped) = (None, Found::Unknown);
        if let Some(id) = person {
            proven = Some(self.customer(id).await?.identity == Identity::Jpki);
            let topups = self.book.every::<Topup>("customer_id", &id.to_string()).await?;
            if !topups.is_empty() {
                let posted =
                    topups.iter().filter(|one| matches!(one.state, TopupState::Posted { .. }));
                let heard = heard::heard(&self.book, case).await?;
                stopped = heard.stopped(posted.map(|topup| topup.requested_at));
            }
        }
        let report = report::of_case(&self.book, case.case_id).await?;
        let answered = report.and_then(|report| report.answered_in_time(ctx.now));
        Ok(vec![
            Judged::of(Duty::IdentityProven, proven),
            Judged::of(Duty::StoppedAtOnce, stopped),
            Judged::of(Duty::AnsweredInTime, answered),
        ])
    }
}
