//! The shapes of the API's answers, as they are sent and as they are described.

use jiff::Timestamp;
use kanuki_domain::{
    Yen,
    id::{CaseId, LinkId, PaymentId, TopupId, WalletId},
};
use kanuki_wallet::{
    customer::Overview,
    link::{Link, LinkState},
    payment::{Payment, PaymentState},
    statement::Line,
    topup::{Topup, TopupState},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(crate) use kanuki_desk_http::schema::{EventRefusal, OAuthError, Problem};

/// A wallet at a glance.
#[derive(Serialize, ToSchema)]
pub(crate) struct WalletAnswer {
    #[schema(value_type = String)]
    wallet_id: WalletId,
    nickname: String,
    /// What can be spent now.
    #[schema(value_type = String, pattern = "^[0-9]{1,17}$")]
    available: Yen,
    /// What is reserved for movements under way.
    #[schema(value_type = String, pattern = "^[0-9]{1,17}$")]
    reserved: Yen,
    /// What is coming in and not there yet.
    #[schema(value_type = String, pattern = "^[0-9]{1,17}$")]
    incoming: Yen,
    is_frozen: bool,
    /// Its owner has asked that it be closed: money only leaves.
    is_closing: bool,
}

impl From<&Overview> for WalletAnswer {
    fn from(overview: &Overview) -> Self {
        Self {
            wallet_id: overview.customer.wallet_id,
            nickname: overview.customer.nickname.clone(),
            available: overview.available,
            reserved: overview.reserved,
            incoming: overview.incoming,
            is_frozen: overview.customer.frozen.is_some(),
            is_closing: overview.customer.closure.asked().is_some(),
        }
    }
}

/// A connected bank account.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinkAnswer {
    #[schema(value_type = String)]
    link_id: LinkId,
    #[schema(pattern = "^[0-9]{4}$")]
    bank: String,
    bank_name: String,
    /// The last digits alone.
    account: String,
    #[schema(pattern = "^(active|suspended|ended)$")]
    state: &'static str,
    #[schema(value_type = String, pattern = "^[0-9]{1,17}$")]
    max_per_topup: Yen,
    #[schema(value_type = String, format = DateTime)]
    connected_at: Timestamp,
}

impl LinkAnswer {
    pub(crate) fn new(link: &Link, bank_name: String) -> Self {
        Self {
            link_id: link.link_id,
            bank: link.bank.to_string(),
            bank_name,
            account: link.account_mask.clone(),
            state: match link.state {
                LinkState::Active => "active",
                LinkState::Suspended { .. } => "suspended",
                LinkState::Ended { .. } => "ended",
            },
            max_per_topup: link.terms.max_individual,
            connected_at: link.connected_at,
        }
    }
}

/// Every account that was ever connected, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinksAnswer {
    pub(crate) links: Vec<LinkAnswer>,
}

/// One line of a statement.
#[derive(Serialize, ToSchema)]
pub(crate) struct LineAnswer {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    #[schema(pattern = "^(topup|sent|received|payment|payout|refund|recouped|other)$")]
    kind: &'static str,
    is_in: bool,
    /// Bank, shop or nickname; empty when there is none.
    counterparty: String,
    #[schema(value_type = String, pattern = "^[0-9]{1,17}$")]
    amount: Yen,
    /// What was there afterwards.
    #[schema(value_type = String, pattern = "^[0-9]{1,17}$")]
    balance: Yen,
    reference: String,
}

impl From<Line> for LineAnswer {
    fn from(line: Line) -> Self {
        Self {
            at: line.at,
            kind: line.kind.name(),
            is_in: line.is_in,
            counterparty: line.counterparty,
            amount: line.amount,
            balance: line.balance,
            reference: line.reference,
        }
    }
}

/// Lines, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatementAnswer {
    pub(crate) lines: Vec<LineAnswer>,
}

/// Body of `POST /api/v1/topups`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TopupRequest {
    #[schema(value_type = String, pattern = "^lnk_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    pub(crate) link_id: LinkId,
    #[schema(value_type = String, pattern = "^[1-9][0-9]{0,15}$")]
    pub(crate) amount: Yen,
}

/// A top-up.
#[derive(Serialize, ToSchema)]
pub(crate) struct TopupAnswer {
    #[schema(value_type = String)]
    topup_id: TopupId,
    #[schema(value_type = String)]
    link_id: LinkId,
    #[schema(value_type = String, pattern = "^[1-9][0-9]{0,15}$")]
    amount: Yen,
    #[schema(pattern = "^(pending|needs_approval|posted|refused|open_item)$")]
    state: &'static str,
    /// With `refused`.
    #[schema(
        pattern = "^(over_limit|not_enough_money|stopped|not_active|try_later|not_approved)$"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// With `needs_approval`: the page from which the customer goes to their bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    approve_at: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
}

impl From<&Topup> for TopupAnswer {
    fn from(topup: &Topup) -> Self {
        let reason = match topup.state {
            TopupState::Refused { reason, .. } => Some(reason.name()),
            TopupState::Requested
            | TopupState::Asking
            | TopupState::NeedsApproval { .. }
            | TopupState::Approved { .. }
            | TopupState::Withdrawing { .. }
            | TopupState::Posted { .. }
            | TopupState::OpenItem { .. } => None,
        };
        Self {
            topup_id: topup.topup_id,
            link_id: topup.link_id,
            amount: topup.amount,
            state: topup.state_name(),
            reason,
            approve_at: matches!(topup.state, TopupState::NeedsApproval { .. })
                .then(|| format!("/topup/{}", topup.topup_id)),
            requested_at: topup.requested_at,
        }
    }
}

/// Body of `POST /api/v1/payments`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaymentRequest {
    /// The text of the shop's QR code.
    pub(crate) code: String,
    /// Where the code says none.
    #[schema(value_type = Option<String>, pattern = "^[1-9][0-9]{0,15}$")]
    pub(crate) amount: Option<Yen>,
}

/// A payment.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaymentAnswer {
    #[schema(value_type = String)]
    payment_id: PaymentId,
    merchant: String,
    #[schema(value_type = String, pattern = "^[1-9][0-9]{0,15}$")]
    amount: Yen,
    #[schema(pattern = "^(pending|posted|refused)$")]
    state: &'static str,
    /// With `refused`.
    #[schema(pattern = "^(over_limit|not_enough_money|stopped|not_active|try_later)$")]
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
}

impl From<&Payment> for PaymentAnswer {
    fn from(payment: &Payment) -> Self {
        let reason = match payment.state {
            PaymentState::Refused { reason, .. } => Some(reason.name()),
            PaymentState::Requested | PaymentState::Posted { .. } => None,
        };
        Self {
            payment_id: payment.payment_id,
            merchant: payment.merchant_name.clone(),
            amount: payment.amount,
            state: payment.state_name(),
            reason,
            requested_at: payment.requested_at,
        }
    }
}

/// The case that was opened with a freeze.
#[derive(Serialize, ToSchema)]
pub(crate) struct FreezeAnswer {
    #[schema(value_type = String)]
    pub(crate) case_id: CaseId,
    /// The same as people say it: ten digits in two groups.
    pub(crate) case_number: String,
}

/// What a bank says of a request that was decided (CIBA Core section 10.2).
#[derive(Serialize, ToSchema)]
pub(crate) struct Ping {
    auth_req_id: String,
}

/// One frame of a camera.
#[derive(Serialize, ToSchema)]
pub(crate) struct Frame {
    /// JPEG or PNG.
    #[schema(value_type = String, format = Binary)]
    file: String,
}

/// What a frame shows.
#[derive(Serialize, ToSchema)]
pub(crate) struct FrameAnswer {
    /// The text of the QR code, if there is one.
    text: Option<String>,
}
