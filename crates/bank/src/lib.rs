//! What a bank does for linking and debits; each file reads as the story of one thing.
//!
//! ```text
//! partner ─ pushes ─▶ link ─ the holder signs ─▶ mandate ◀─ stop, lower, raise ─ holder
//!                                                  │
//!                     partner ─ asks ─▶ debit ─────┴─▶ ledger (gates, caps, clearing) ─▶ core
//! ```
//!
//! **Invariant:** nothing here knows HTTP, a clock or a database; those are arguments and ports.

pub mod approval;
pub mod asked;
mod attempt;
mod borne;
pub mod breaker;
pub mod channel;
pub mod chart;
pub mod claim;
pub mod contract;
pub mod core;
pub mod credit;
pub mod debit;
pub mod delegate;
pub mod desk;
mod duty;
mod error;
pub mod event;
mod evidence;
mod exchange;
pub mod holder;
pub mod journal;
pub mod leak;
pub mod link;
pub mod lock;
mod lookback;
pub mod mandate;
pub mod monthly;
pub mod open_item;
pub mod outgoing;
pub mod pace;
pub mod pack;
pub mod partner;
pub mod reconcile;
pub mod replay;
pub mod retention;
mod risk;
pub mod rules;
pub mod screening;
pub mod stop;
mod sweep;

use std::sync::Arc;

use kanuki_desk::waiting;
use kanuki_domain::bank_account::BankCode;
use kanuki_ledger::LedgerEngine;
use kanuki_passkey::RelyingParty;
use kanuki_record::{Book, Opened, Table, vault::Vault};
use kanuki_wire::keys::{SetSigningKey, SigningKey};

pub use crate::{
    attempt::write_recording,
    core::{
        Booking, CancelAnswer, ContractAnswer, ContractOrder, ContractVerb, CoreAccount,
        CoreAnswer, CoreBanking, CoreCustomer, CoreError, OnFile, WithdrawAnswer,
    },
    error::BankError,
    evidence::Verified,
    rules::{Rules, StandardRules},
};

/// What a bank is configured with.
#[derive(Clone, Debug)]
pub struct BankConfig {
    /// Its institution code.
    pub code: BankCode,
    /// Its name, as people know it.
    pub name: String,
    /// The issuer identifier: the origin of back-channel calls, without a slash at the end.
    pub issuer: String,
    /// The origin of its pages, without a slash at the end.
    pub public_url: String,
    /// Whether the proxy in front may be believed about the certificates of clients (RFC 9440): it
    /// must take such a header away from every request that brings one.
    pub takes_client_certificates: bool,
    /// Where the bank's own app is opened on a telephone (an app link); none at a bank whose app does
    /// not sign.
    pub app_url: Option<String>,
    /// What is done here on what partners tell.
    pub signals: kanuki_desk::signal::policy::Table,
}

/// One bank: its rules, its keys and the ports it works through. Cheap to clone.
#[derive(Clone)]
pub struct Bank {
    /// Its configuration.
    pub config: Arc<BankConfig>,
    /// Its records.
    pub book: Book,
    /// Its ledger.
    pub ledger: Arc<dyn LedgerEngine>,
    /// Its core banking system.
    pub core: Arc<dyn CoreBanking>,
    /// Its master key.
    pub vault: Vault,
    /// Its side of passkeys.
    pub rp: Arc<RelyingParty>,
    /// Its policy.
    pub rules: Arc<dyn Rules>,
    /// Its risk engine.
    pub risk: Arc<kanuki_risk::Engine>,
    /// How it reads identity cards; none if it has no platform operator.
    pub cards: Option<Arc<holder::enrol::card::CardReading>>,
    /// The key that signs event tokens, apart from every other key.
    pub set_key: Arc<SetSigningKey>,
    /// How far a look back over the past is, at this node.
    pub looking: Arc<kanuki_desk::lookback::Looking>,
    /// The names of tokens that this node saw of late.
    pub names: Arc<replay::Names>,
    /// What each partner asked of this node of late.
    pub pace: Arc<pace::Pace>,
    /// The debits that are being asked for at this node.
    pub asking: Arc<debit::asking::Asking>,
    /// The key that answers are signed with, as it was opened of late.
    pub opened: Arc<Opened<SigningKey>>,
}

impl std::fmt::Debug for Bank {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bank").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Every table a bank keeps, for its store.
#[must_use]
pub fn tables() -> Vec<&'static Table> {
    use kanuki_record::Record;
    let mut all = desk_tables();
    all.extend([
        <channel::ChannelReport as Record>::TABLE,
        <channel::PostedLetter as Record>::TABLE,
        <approval::decoupled::Backchannel as Record>::TABLE,
        <approval::polled::Polled as Record>::TABLE,
        <approval::DebitApproval as Record>::TABLE,
        <approval::redirect::PushedDebit as Record>::TABLE,
        <contract::Contract as Record>::TABLE,
        <contract::import::Import as Record>::TABLE,
        <contract::letter::ContractLetter as Record>::TABLE,
        <contract::letter::Mailing as Record>::TABLE,
        <contract::progress::Progress as Record>::TABLE,
        <contract::upload::Part as Record>::TABLE,
        <attempt::Attempt as Record>::TABLE,
        <breaker::Breaker as Record>::TABLE,
        <credit::Credit as Record>::TABLE,
        <debit::Debit as Record>::TABLE,
        <debit::DebitRound as Record>::TABLE,
        <debit::device::KnownDevice as Record>::TABLE,
        <delegate::Delegation as Record>::TABLE,
        <event::Event as Record>::TABLE,
        <holder::Holder as Record>::TABLE,
        <holder::alert::Alerts as Record>::TABLE,
        <holder::app::AppErrand as Record>::TABLE,
        <holder::card::CardErrand as Record>::TABLE,
        <holder::card::CardList as Record>::TABLE,
        <holder::contact::ContactChange as Record>::TABLE,
        <holder::enrol::Enrolment as Record>::TABLE,
        <holder::enrol::card::CardProof as Record>::TABLE,
        <holder::enrol::card::CardTrip as Record>::TABLE,
        <link::Pushed as Record>::TABLE,
        <link::ServerKey as Record>::TABLE,
        <link::SignedDebit as Record>::TABLE,
        <link::SignedRequest as Record>::TABLE,
        <link::matching::FieldMatch as Record>::TABLE,
        <link::token::Code as Record>::TABLE,
        <link::token::Grant as Record>::TABLE,
        <link::token::Token as Record>::TABLE,
        <lock::AccountLock as Record>::TABLE,
        <mandate::Mandate as Record>::TABLE,
        <monthly::MonthlyLetter as Record>::TABLE,
        <monthly::Round as Record>::TABLE,
        <partner::Partner as Record>::TABLE,
        <partner::PartnerKeys as Record>::TABLE,
        <partner::PayoutCap as Record>::TABLE,
        <kanuki_desk::registry::Version<partner::Partner> as Record>::TABLE,
        <replay::Replay as Record>::TABLE,
        <stop::order::StopOrder as Record>::TABLE,
    ]);
    all
}

/// Those of its desk.
fn desk_tables() -> Vec<&'static Table> {
    use kanuki_record::Record;
    vec![
        <kanuki_record::vault::PersonKey as Record>::TABLE,
        <kanuki_desk::approval::Approval as Record>::TABLE,
        <kanuki_desk::authenticator::Authenticator as Record>::TABLE,
        <kanuki_desk::case::Case as Record>::TABLE,
        <kanuki_desk::claim::Claim as Record>::TABLE,
        <kanuki_desk::claim::ToldPaid as Record>::TABLE,
        <kanuki_desk::compensation::Version as Record>::TABLE,
        <kanuki_desk::evidence::Kept as Record>::TABLE,
        <kanuki_desk::drill::Drill as Record>::TABLE,
        <kanuki_desk::drift::DriftDay as Record>::TABLE,
        <kanuki_desk::incident::Words as Record>::TABLE,
        <kanuki_desk::exchange::Confirmed as Record>::TABLE,
        <kanuki_desk::exchange::Inquiry as Record>::TABLE,
        <kanuki_desk::exchange::Known as Record>::TABLE,
        <kanuki_desk::exchange::Tally as Record>::TABLE,
        <kanuki_desk::leak::Hit as Record>::TABLE,
        <kanuki_desk::leak::Loaded as Record>::TABLE,
        <kanuki_desk::leak::Part as Record>::TABLE,
        <kanuki_desk::lookback::Lookback as Record>::TABLE,
        <kanuki_desk::lookback::LookHit as Record>::TABLE,
        <kanuki_desk::notice::Notice as Record>::TABLE,
        <kanuki_desk::outbox::Message as Record>::TABLE,
        <kanuki_desk::past::Past as Record>::TABLE,
        <kanuki_desk::policy::Version as Record>::TABLE,
        <kanuki_desk::quality::Finding as Record>::TABLE,
        <kanuki_desk::score::CaseScore as Record>::TABLE,
        <kanuki_desk::report::Report as Record>::TABLE,
        <kanuki_desk::retention::Progress as Record>::TABLE,
        <kanuki_desk::risk_record::Kept as Record>::TABLE,
        <kanuki_desk::screening::Hit as Record>::TABLE,
        <kanuki_desk::screening::Hold as Record>::TABLE,
        <kanuki_desk::screening::Loaded as Record>::TABLE,
        <kanuki_desk::screening::Part as Record>::TABLE,
        <kanuki_desk::watch::Watched as Record>::TABLE,
        <kanuki_desk::settings::InForce as Record>::TABLE,
        <kanuki_desk::settings::Coming as Record>::TABLE,
        <kanuki_desk::signal::MutedSubject as Record>::TABLE,
        <kanuki_desk::signal::queue::Pause as Record>::TABLE,
        <kanuki_desk::signal::order::LinkWord as Record>::TABLE,
        <kanuki_desk::signal::flood::Surge as Record>::TABLE,
        <kanuki_desk::signal::caution::Caution as Record>::TABLE,
        <kanuki_desk::signal::halt::Halt as Record>::TABLE,
        <kanuki_desk::signal::halt::said::SaidStop as Record>::TABLE,
        <kanuki_desk::signal::Stream as Record>::TABLE,
        <kanuki_desk::signal::noted::Taken as Record>::TABLE,
        <kanuki_desk::signal::line::LineWatch as Record>::TABLE,
        <kanuki_desk::staff::Staff as Record>::TABLE,
        <kanuki_desk::suspicion::Suspicion as Record>::TABLE,
        <kanuki_desk::tally::Tally as Record>::TABLE,
    ]
}
