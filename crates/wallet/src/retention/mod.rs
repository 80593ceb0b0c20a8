//! How long a wallet company keeps what, and the pass that forgets it (FT-53, FT-54).
//!
//! Each kind of record has a line in [`schedule`]. What belongs to a customer stays for as long as they are
//! one, and goes years after their wallet was closed; what was written about them for a time goes before,
//! and with a case or a draft goes its key.

mod customers;

use std::collections::BTreeSet;

use jiff::Timestamp;
use kanuki_desk::{
    case::Case,
    notice::Notice,
    retention::{
        self, Approvals, Cases, Confirmations, Keeper, Kept, Line, Messages, Need, Needs, Notices,
        Own, SHARED, Signals, Source, Suspicions, Verdict, cutoff, line,
    },
};
use kanuki_domain::{
    Ctx,
    id::{CustomerId, MessageId},
};
use kanuki_record::{RecordError, Stored, Unit};

use self::customers::{Customers, Keys};
use crate::{
    Customer, Wallet, WalletError,
    event::OutEvent,
    link::ending::Ending,
    payment::Payment,
    payout::{Payout, PayoutState},
    recoup::Recoup,
    refund::{Refund, RefundState},
    remittance::Remittance,
    topup::{Topup, TopupState},
};

/// Years of an event that a bank has.
const EVENT_YEARS: i16 = 7;

/// Years of who a customer was, with the key of all that is sealed about them, after their wallet was closed.
const FACTS_YEARS: i16 = 7;
/// Years of what is left of them for the books.
const CUSTOMER_YEARS: i16 = 10;

/// The lines of what only a wallet keeps, and of what belongs to a person here.
const OWN: [Line; 31] = [
    line("out_event", Kept::Years(EVENT_YEARS, Source::Own)),
    line("customer", Kept::Years(CUSTOMER_YEARS, Source::Books)),
    line("link", Kept::With("customer")),
    line("money_request", Kept::With("customer")),
    line("remittance", Kept::With("customer")),
    line("person_key", Kept::Years(FACTS_YEARS, Source::Customers)),
    line("authenticator", Kept::With("person_key")),
    line("alternative", Kept::With("person_key")),
    line("leak_hit", Kept::With("person_key")),
    line("push_device", Kept::With("person_key")),
    line("screening_hit", Kept::With("person_key")),
    line("screening_hold", Kept::With("person_key")),
    line("merchant", Kept::Person),
    line("account_caps", Kept::Books),
    line("payment", Kept::Books),
    line("payout", Kept::Books),
    line("recoup", Kept::Books),
    line("refund", Kept::Books),
    line("topup", Kept::Books),
    line("approving", Kept::Soon),
    line("attempt", Kept::Soon),
    line("freeze_order", Kept::Soon),
    line("identity_attempt", Kept::Soon),
    line("link_ending", Kept::Soon),
    line("linking", Kept::Soon),
    line("recovery", Kept::Soon),
    line("recovery_ask", Kept::Soon),
    line("replay", Kept::Soon),
    line("bank_key", Kept::Stands),
    line("partner_bank", Kept::Stands),
    line("switched_off", Kept::Stands),
];

/// How long each kind of record is kept.
#[must_use]
pub fn schedule() -> Vec<Line> {
    [&SHARED[..], &OWN].concat()
}

impl Wallet {
    /// Forgets what is due, as far as one pass goes; how many rows of the kinds with years went. Called by
    /// the worker; each kind goes through its rows once a day.
    pub async fn forget_due(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
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
            retention::forget(book, now, &Events { now }).await?,
            retention::forget(book, now, &Keys { book, now, needs }).await?,
            retention::forget(book, now, &Customers { book, now, needs }).await?,
        ];
        Ok(gone.into_iter().fold(0, usize::saturating_add))
    }

    /// What is under way: beside what every desk has, money, ends of links and frozen wallets.
    async fn needs(&self) -> Result<Needs, RecordError> {
        let book = &self.book;
        let mut needs = Needs::read(book).await?;
        needs.moving = self.moving().await?;
        for topup in book.every::<Topup>("state", "open_item").await? {
            if let TopupState::OpenItem { case_id } = topup.state {
                needs.need_case(case_id, Need::Unsettled);
            }
        }
        for state in ["open_item", "by_hand"] {
            for payout in book.every::<Payout>("state", state).await? {
                if let PayoutState::OpenItem { case_id } | PayoutState::ByHand { case_id } =
                    payout.state
                {
                    needs.need_case(case_id, Need::Unsettled);
                }
            }
        }
        for state in ["open", "open_item", "proposed"] {
            for refund in book.every::<Refund>("state", state).await? {
                needs.need_case(refund.case_id, Need::Unsettled);
                if let RefundState::OpenItem { case_id } = refund.state {
                    needs.need_case(case_id, Need::Unsettled);
                }
            }
            for recoup in book.every::<Recoup>("state", state).await? {
                needs.need_case(recoup.case_id, Need::Unsettled);
            }
        }
        for ending in book.every::<Ending>("standing", "waits").await? {
            if let Some(case_id) = ending.case_id {
                needs.need_case(case_id, Need::Held);
            }
        }
        for customer in book.every::<Customer>("state", "frozen").await? {
            if let Some(frozen) = &customer.frozen {
                needs.need_case(frozen.case_id, Need::Live);
            }
        }
        Ok(needs)
    }

    /// For whom money is under way.
    async fn moving(&self) -> Result<BTreeSet<String>, RecordError> {
        let book = &self.book;
        let mut moving: BTreeSet<CustomerId> = BTreeSet::new();
        for state in ["open", "open_item", "waiting", "held"] {
            moving.extend(book.every::<Topup>("state", state).await?.iter().map(|m| m.customer_id));
            moving
                .extend(book.every::<Payout>("state", state).await?.iter().map(|m| m.customer_id));
            moving
                .extend(book.every::<Refund>("state", state).await?.iter().map(|m| m.customer_id));
            moving
                .extend(book.every::<Payment>("state", state).await?.iter().map(|m| m.customer_id));
            let sent = book.every::<Remittance>("state", state).await?;
            moving.extend(sent.iter().map(|m| m.customer_id));
        }
        Ok(moving.iter().map(CustomerId::to_string).collect())
    }
}

impl Own for Wallet {
    /// What needs a case here was read before.
    async fn needs_case(&self, _: &Case) -> Result<Option<Need>, RecordError> {
        Ok(None)
    }

    /// Every act of a wallet sends another notice with another code, so that an old one is not needed.
    async fn needs_notice(&self, _: &Notice) -> Result<Option<Need>, RecordError> {
        Ok(None)
    }
}

/// Events that left. Their names say when they were made.
struct Events {
    now: Timestamp,
}

impl Keeper<OutEvent> for Events {
    async fn judge(&self, event: &Stored<OutEvent>, _: &mut Unit) -> Result<Verdict, RecordError> {
        let made = event.event_id.parse::<MessageId>().map(MessageId::made_at);
        let is_old = made.is_ok_and(|at| at < cutoff(self.now, EVENT_YEARS));
        let waits = event.due_at.is_some() || event.is_held;
        Ok(if is_old && !waits { Verdict::Due } else { Verdict::Young })
    }
}
