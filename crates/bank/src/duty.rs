//! Which of its duties this bank kept towards the holder of a case, as its records show (SG-05).

use kanuki_desk::{case::Case, heard, notice::Notice, report};
use kanuki_domain::{
    Ctx, Yen,
    duty::{Duty, Found, Heard, Judged},
    limits::{COOLING_LINK, DAY_SECS, HOUR_SECS},
};
use kanuki_record::Book;

use crate::{
    Bank, BankError,
    debit::{Debit, DebitState},
    mandate::Mandate,
};

impl Bank {
    /// What our own records say, for whoever decides what let the thief in.
    pub async fn duties(&self, ctx: &Ctx<'_>, case: &Case) -> Result<Vec<Judged>, BankError> {
        let mandates = self.mandates_of_case(case).await?;
        let (mut told, mut cooled, mut stopped) = (Found::Unknown, Found::Unknown, Found::Unknown);
        let heard = heard::heard(&self.book, case).await?;
        for mandate in &mandates {
            let debits = self.debits_of(mandate.mandate_id).await?;
            told = told.worse(was_told(&self.book, mandate).await?.into());
            if !debits.is_empty() {
                cooled = cooled.worse(Some(has_cooled(mandate, &debits)).into());
                stopped = stopped.worse(has_stopped(&heard, &debits));
            }
        }
        let report = report::of_case(&self.book, case.case_id).await?;
        let answered = report.and_then(|report| report.answered_in_time(ctx.now));
        Ok(vec![
            Judged::of(Duty::HolderTold, told),
            Judged::of(Duty::Cooled, cooled),
            Judged::of(Duty::StoppedAtOnce, stopped),
            Judged::of(Duty::AnsweredInTime, answered),
        ])
    }
}

/// Whether a notice about the link left within the hour in which it was made.
async fn was_told(book: &Book, mandate: &Mandate) -> Result<Option<bool>, BankError> {
    let notices = book.every::<Notice>("person_id", &mandate.holder_id.to_string()).await?;
    let id = mandate.mandate_id.to_string();
    let soon = |notice: &Notice| {
        let secs = notice.at.duration_since(mandate.signed_at).as_secs();
        notice.stops == id && (0..=HOUR_SECS).contains(&secs)
    };
    Ok(Some(notices.iter().any(|notice| soon(notice))))
}

fn is_booked(debit: &Debit) -> bool {
    matches!(debit.state, DebitState::Booked { .. })
}

/// Whether what left in the first day is within what a new link may take.
fn has_cooled(mandate: &Mandate, debits: &[Debit]) -> bool {
    // Terms that were signed anew begin when they say, which is no first day.
    let began = match mandate.renewals {
        0 => mandate.signed_at.max(mandate.terms.valid_from),
        _ => mandate.signed_at,
    };
    let first_day = |debit: &&Debit| {
        is_booked(debit) && debit.asked_at.duration_since(began).as_secs() < DAY_SECS
    };
    let taken = debits.iter().filter(first_day);
    let sum = taken.fold(Yen::ZERO, |sum, debit| sum.plus(debit.amount).unwrap_or(Yen::MAX));
    sum <= COOLING_LINK
}

/// Whether nothing was booked that was asked for after it was heard that something was wrong.
fn has_stopped(heard: &Heard, debits: &[Debit]) -> Found {
    heard.stopped(debits.iter().filter(|debit| is_booked(debit)).map(|debit| debit.asked_at))
}
