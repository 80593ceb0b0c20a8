//! How long a bank's gateway keeps what, and the pass that forgets it (FT-53, FT-54).
//!
//! Each kind of record has a line in [`SCHEDULE`]. A mandate goes ten years after its end, with what was
//! signed for it; a holder goes seven years after the last that tied them to the gateway, with the key
//! that everything of theirs is sealed with. Movements stay without a name, as the ledger does.

mod holder;
mod kinds;
mod mandate;

use jiff::Timestamp;
use kanuki_desk::{
    case::Case,
    notice::Notice,
    retention::{
        self, Approvals, Cases, Confirmations, Kept, Line, Messages, Need, Needs, Notices, Own,
        SHARED, Signals, Source, Suspicions, line,
    },
};
use kanuki_domain::{Ctx, id::MandateId, mandate::MandateState};
use kanuki_record::{Book, RecordError};

use self::{
    holder::{HOLDER_YEARS, Holders},
    kinds::{ENROLMENT_YEARS, EVENT_YEARS, Enrolments, Events, REPORT_YEARS, Reports},
    mandate::{MANDATE_YEARS, Mandates},
};
use crate::{
    Bank, BankError,
    contract::{Contract, StopOrder as ContractOrder},
    credit::Credit,
    debit::{Debit, DebitState},
    mandate::Mandate,
    stop::order::StopOrder,
};

/// The lines of what only a bank keeps, and of what belongs to a person here.
const OWN: [Line; 52] = [
    line("mandate", Kept::Years(MANDATE_YEARS, Source::Books)),
    line("debit_approval", Kept::With("mandate")),
    line("evidence", Kept::With("mandate")),
    line("known_device", Kept::With("mandate")),
    line("oauth_grant", Kept::With("mandate")),
    line("signed_debit_request", Kept::With("mandate")),
    line("signed_request", Kept::With("mandate")),
    line("holder", Kept::Years(HOLDER_YEARS, Source::Customers)),
    line("account_lock", Kept::With("holder")),
    line("alerts", Kept::With("holder")),
    line("authenticator", Kept::With("holder")),
    line("contact_change", Kept::With("holder")),
    line("delegation", Kept::With("holder")),
    line("field_match", Kept::With("holder")),
    line("leak_hit", Kept::With("holder")),
    line("monthly_letter", Kept::With("holder")),
    line("par", Kept::With("holder")),
    line("person_key", Kept::With("holder")),
    line("posted_letter", Kept::With("holder")),
    line("screening_hit", Kept::With("holder")),
    line("screening_hold", Kept::With("holder")),
    line("enrolment", Kept::Years(ENROLMENT_YEARS, Source::Customers)),
    line("card_proof", Kept::With("enrolment")),
    line("event", Kept::Years(EVENT_YEARS, Source::Own)),
    line("channel_report", Kept::Years(REPORT_YEARS, Source::Own)),
    line("credit", Kept::Books),
    line("debit", Kept::Books),
    line("debit_round", Kept::Books),
    line("app_errand", Kept::Soon),
    line("attempt", Kept::Soon),
    line("backchannel", Kept::Soon),
    line("backchannel_poll", Kept::Soon),
    line("card_errand", Kept::Soon),
    line("card_trip", Kept::Soon),
    line("code", Kept::Soon),
    line("debit_par", Kept::Soon),
    line("import_part", Kept::Soon),
    line("replay", Kept::Soon),
    line("token", Kept::Soon),
    line("breaker", Kept::Stands),
    line("card_list", Kept::Stands),
    // A contract that was stopped must not come back to life because a later list names it.
    line("contract", Kept::Stands),
    line("contract_letter", Kept::Stands),
    line("contract_progress", Kept::Stands),
    line("import", Kept::Stands),
    line("mailing", Kept::Stands),
    line("monthly_round", Kept::Stands),
    line("partner", Kept::Stands),
    line("partner_keys", Kept::Stands),
    line("payout_cap", Kept::Stands),
    line("server_key", Kept::Stands),
    // Its version rises with every press, so that a worker ends only what it began with.
    line("stop_order", Kept::Stands),
];

/// How long each kind of record is kept.
#[must_use]
pub fn schedule() -> Vec<Line> {
    [&SHARED[..], &OWN].concat()
}

impl Bank {
    /// Forgets what is due, as far as one pass goes; how many rows of the kinds with years went. Called by
    /// the worker; each kind goes through its rows once a day.
    pub async fn forget_due(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let (book, now) = (&self.book, ctx.now);
        if retention::rests(book, now, &schedule()).await? {
            return Ok(0);
        }
        let needs = &self.needs().await?;
        let own = self;
        let gone = [
            retention::forget(book, now, &Cases { book, now, needs, own }).await?,
            retention::forget(book, now, &Notices { now, needs, own }).await?,
            retention::forget(book, now, &Messages { now, needs }).await?,
            retention::forget(book, now, &Approvals { now, needs }).await?,
            retention::forget(book, now, &Suspicions { book, now }).await?,
            retention::forget(book, now, &Confirmations { now }).await?,
            retention::forget(book, now, &Signals { now }).await?,
            retention::forget(book, now, &Enrolments { book, now, needs }).await?,
            retention::forget(book, now, &Events { now }).await?,
            retention::forget(book, now, &Reports { now }).await?,
            retention::forget(book, now, &Mandates { book, now, needs }).await?,
            retention::forget(book, now, &Holders { bank: self, now, needs }).await?,
        ];
        Ok(gone.into_iter().fold(0, usize::saturating_add))
    }

    /// What is under way: beside what every desk has, money, orders to the core and stops.
    async fn needs(&self) -> Result<Needs, RecordError> {
        let book = &self.book;
        let mut needs = Needs::read(book).await?;
        for state in ["open", "open_item"] {
            for debit in book.every::<Debit>("progress", state).await? {
                needs.moving.insert(debit.mandate_id.to_string());
                if let DebitState::OpenItem { case_id, .. } = debit.state {
                    needs.need_case(case_id, Need::Unsettled);
                }
            }
            for credit in book.every::<Credit>("progress", state).await? {
                needs.moving.insert(credit.mandate_id.to_string());
                for case_id in [credit.case_id, credit.claim].into_iter().flatten() {
                    needs.need_case(case_id, Need::Unsettled);
                }
            }
        }
        for order in book.every::<StopOrder>("standing", "waits").await? {
            needs.stopping.insert(order.holder_id.to_string());
            needs.need_case(order.case_id, Need::Held);
        }
        for contract in book.every::<Contract>("asked", "asked").await? {
            if let Some(ContractOrder::Asked { case_id: Some(case_id), .. }) = contract.order {
                needs.need_case(case_id, Need::Held);
            }
        }
        Ok(needs)
    }
}

impl Own for Bank {
    /// A mandate that is stopped is let go on from its case.
    async fn needs_case(&self, case: &Case) -> Result<Option<Need>, RecordError> {
        let state = state_of(&self.book, &case.about).await?;
        let is_stopped = matches!(state, Some(MandateState::Suspended { .. }));
        Ok(is_stopped.then_some(Need::Live))
    }

    /// A code stops a mandate for as long as that can be used.
    async fn needs_notice(&self, notice: &Notice) -> Result<Option<Need>, RecordError> {
        let state = state_of(&self.book, &notice.stops).await?;
        Ok(state.is_some_and(MandateState::is_alive).then_some(Need::Live))
    }
}

/// Where the mandate with this name is in its life, if it names one.
async fn state_of(book: &Book, name: &str) -> Result<Option<MandateState>, RecordError> {
    let Ok(mandate_id) = name.parse::<MandateId>() else { return Ok(None) };
    Ok(book.find::<Mandate>(mandate_id).await?.map(|mandate| mandate.state))
}

/// Whether something of `at` is old enough.
fn is_before(at: Option<Timestamp>, due: Timestamp) -> bool {
    at.is_none_or(|at| at < due)
}
