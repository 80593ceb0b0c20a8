//! What has to come to its end before a wallet can.

use kanuki_desk::{
    approval::Approval, case::Case, claim::Claim, gate::Gate, screening::gate as screening_gate,
};
use kanuki_domain::{
    Ctx, Yen,
    bank_account::BankCode,
    id::{CaseId, CustomerId},
};
use kanuki_record::{Stored, Unit};
use kanuki_risk::{Key, Kind};

use crate::{
    Customer, Wallet, WalletError, chart,
    customer::wallet_switch,
    event::OutEvent,
    link::{Link, ending::Ending},
    payment::{Payment, PaymentState},
    payout::{Payout, PayoutState},
    recoup::Recoup,
    refund::{Refund, RefundState},
    remittance::{Remittance, RemittanceState, Way},
    topup::{Topup, TopupState},
};

/// Something that is not over yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenEnd {
    /// Money is in the wallet.
    Balance(Yen),
    /// Money comes in from a bank, or nobody knows yet whether it did.
    Topup,
    /// Money is on its way to a bank, or waits out a hold.
    Payout,
    /// A payment is not written down to its end.
    Payment,
    /// Money to or from somebody waits out a hold.
    Held,
    /// Money by link that nobody claimed yet.
    SentByLink,
    /// A top-up is about to go back.
    Refund,
    /// Somebody who showed the right card is about to get back into the wallet. One that was only asked for
    /// is waited for by nobody: whoever knows a mail address can ask.
    Recovery,
    /// Something is stopped or looked into, whatever it is: who asks must not be able to tell a case from
    /// screening, or one's own from somebody else's word.
    Checking,
}

impl OpenEnd {
    /// As part of text keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Balance(_) => "balance",
            Self::Topup => "topup",
            Self::Payout => "payout",
            Self::Payment => "payment",
            Self::Held => "held",
            Self::SentByLink => "by-link",
            Self::Refund => "refund",
            Self::Recovery => "recovery",
            Self::Checking => "checking",
        }
    }
}

impl Wallet {
    /// Everything that has to be over before the wallet of `customer` can be.
    pub async fn open_ends(
        &self,
        ctx: &Ctx<'_>,
        customer: &Customer,
    ) -> Result<Vec<OpenEnd>, WalletError> {
        let mut ends = self.money_ends(ctx, customer).await?;
        ends.extend(self.sent_ends(customer).await?);
        let recoveries = self.waiting_recoveries(ctx, customer.customer_id).await?;
        if recoveries.iter().any(|recovery| recovery.is_proven(ctx.now)) {
            ends.push(OpenEnd::Recovery);
        }
        if self.is_checked(ctx, customer).await? {
            ends.push(OpenEnd::Checking);
        }
        Ok(ends)
    }

    async fn money_ends(
        &self,
        ctx: &Ctx<'_>,
        customer: &Customer,
    ) -> Result<Vec<OpenEnd>, WalletError> {
        let mut ends = Vec::new();
        let account = chart::customer(customer.wallet_id);
        let found = self.ledger.find_account(account, ctx.now).await?;
        let left = found.as_ref().map_or(Yen::ZERO, kanuki_ledger::Account::credit_balance);
        if !left.is_zero() {
            ends.push(OpenEnd::Balance(left));
        }
        let key = customer.customer_id.to_string();
        let topups = self.book.every::<Topup>("customer_id", &key).await?;
        let is_coming = found.is_some_and(|account| !account.credits_pending.is_zero());
        if is_coming || topups.iter().any(|topup| is_open_topup(topup)) {
            ends.push(OpenEnd::Topup);
        }
        let payouts = self.book.every::<Payout>("customer_id", &key).await?;
        if payouts.iter().any(|payout| is_open_payout(payout)) {
            ends.push(OpenEnd::Payout);
        }
        let payments = self.book.every::<Payment>("customer_id", &key).await?;
        if payments.iter().any(|payment| payment.state == PaymentState::Requested) {
            ends.push(OpenEnd::Payment);
        }
        let refunds = self.book.every::<Refund>("customer_id", &key).await?;
        if refunds.iter().any(|refund| is_open_refund(refund)) {
            ends.push(OpenEnd::Refund);
        }
        Ok(ends)
    }

    /// Money that this customer sent, or that somebody sends them, and that is not there yet.
    async fn sent_ends(&self, customer: &Customer) -> Result<Vec<OpenEnd>, WalletError> {
        let id = customer.customer_id;
        let sent = self.book.every::<Remittance>("customer_id", &id.to_string()).await?;
        let is_held =
            |state| matches!(state, RemittanceState::Requested | RemittanceState::Held { .. });
        let mut ends = Vec::new();
        let coming = self.book.every::<Remittance>("state", "open").await?;
        let is_theirs =
            |way: &Way| matches!(way, Way::Direct { to_customer, .. } if *to_customer == id);
        if sent.iter().any(|one| is_held(one.state)) || coming.iter().any(|one| is_theirs(&one.way))
        {
            ends.push(OpenEnd::Held);
        }
        if sent.iter().any(|one| one.state == RemittanceState::Waiting) {
            ends.push(OpenEnd::SentByLink);
        }
        Ok(ends)
    }

    /// Whether something stops the wallet, or people look into it. Why is nobody's business here.
    async fn is_checked(&self, ctx: &Ctx<'_>, customer: &Customer) -> Result<bool, WalletError> {
        let (id, wallet_id) = (customer.customer_id, customer.wallet_id);
        let gates = [Gate::everything(), wallet_switch(wallet_id), screening_gate(wallet_id)];
        let keys = vec![Key::Wallet(wallet_id.to_string()), Key::Person(id.to_string())];
        if customer.frozen.is_some()
            || !self.are_open(ctx, &gates).await?
            || self.is_watched(Kind::Payout, keys, ctx.now)
        {
            return Ok(true);
        }
        let own = customer.closure.asked().and_then(super::Closing::case_id);
        if self.has_open_case(customer, own).await? || self.has_open_recoup(id).await? {
            return Ok(true);
        }
        let waiting = self.book.every::<Approval>("state", "waiting").await?;
        Ok(waiting.iter().any(|approval| approval.subject == wallet_id.to_string()))
    }

    /// Whether a case or a claim about this customer is open, other than that their closing takes so long.
    async fn has_open_case(
        &self,
        customer: &Customer,
        own: Option<CaseId>,
    ) -> Result<bool, WalletError> {
        let (id, wallet) = (customer.customer_id.to_string(), customer.wallet_id.to_string());
        let is_theirs = |case: &Case| {
            case.person_id.as_ref() == Some(&id) || case.about == id || case.about == wallet
        };
        let open = self.book.every::<Case>("state", "open").await?;
        if open.iter().any(|case| own != Some(case.case_id) && is_theirs(case)) {
            return Ok(true);
        }
        for state in ["open", "paying"] {
            for claim in self.book.every::<Claim>("progress", state).await? {
                let case = self.book.find::<Case>(claim.case_id).await?;
                if case.is_some_and(|case| is_theirs(&case)) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    async fn has_open_recoup(&self, id: CustomerId) -> Result<bool, WalletError> {
        for state in ["open", "proposed"] {
            let all = self.book.every::<Recoup>("state", state).await?;
            if all.iter().any(|recoup| recoup.customer_id == id) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The banks that have not said yet that a mandate of this customer has ended there.
    pub async fn banks_to_hear(&self, id: CustomerId) -> Result<Vec<BankCode>, WalletError> {
        let mut banks: Vec<BankCode> = Vec::new();
        for link in self.links(id).await? {
            let due = self.unpushed_events(link.bank).await?;
            let is_asked = self.book.find::<Ending>(link.link_id).await?.is_some();
            let is_told = |event: &Stored<OutEvent>| is_of(event, &link);
            if is_asked || due.iter().any(is_told) {
                banks.push(link.bank);
            }
        }
        banks.sort_unstable();
        banks.dedup();
        Ok(banks)
    }

    /// Ends the case that a closing took so long, in `unit`.
    pub(crate) async fn end_case(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (case_id, why): (Option<CaseId>, &str),
    ) -> Result<(), WalletError> {
        let Some(case_id) = case_id else { return Ok(()) };
        let found = self.book.find::<Case>(case_id).await?;
        if let Some(mut case) = found.filter(|case| case.closed_at.is_none()) {
            case.edit().close(ctx.now, "system", why);
            unit.update(&case);
        }
        Ok(())
    }
}

const fn is_open_topup(topup: &Topup) -> bool {
    match topup.state {
        TopupState::Requested
        | TopupState::Asking
        | TopupState::NeedsApproval { .. }
        | TopupState::Approved { .. }
        | TopupState::Withdrawing { .. }
        | TopupState::OpenItem { .. } => true,
        TopupState::Posted { .. } | TopupState::Refused { .. } => false,
    }
}

const fn is_open_refund(refund: &Refund) -> bool {
    match refund.state {
        RefundState::Proposed
        | RefundState::Requested
        | RefundState::Asking
        | RefundState::GivingUp { .. }
        | RefundState::OpenItem { .. } => true,
        RefundState::Declined { .. } | RefundState::Posted { .. } | RefundState::Refused { .. } => {
            false
        }
    }
}

const fn is_open_payout(payout: &Payout) -> bool {
    match payout.state {
        PayoutState::Requested
        | PayoutState::Held { .. }
        | PayoutState::Asking
        | PayoutState::GivingUp { .. }
        | PayoutState::ByHand { .. }
        | PayoutState::OpenItem { .. } => true,
        PayoutState::Posted { .. }
        | PayoutState::Refused { .. }
        | PayoutState::Cancelled { .. } => false,
    }
}

/// What its bank fetches by itself, whenever that may be, is not waited for: it was asked directly too.
fn is_of(event: &OutEvent, link: &Link) -> bool {
    event.bank == link.bank && event.subject == link.account_ref
}
