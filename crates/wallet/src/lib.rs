//! What a wallet does; each file reads as the story of one thing that a person does.
//!
//! ```text
//!  customer ─ proves ─▶ identity ─▶ link ─ at the bank ─▶ topup ─▶ remittance, payment, payout
//!                                    │                      │
//!        bank ─ tells ─▶ event ──────┴──▶ freeze ◀── stop ──┴── ledger (gates, caps, money)
//! ```
//!
//! Money moves the same way everywhere: the row first, then a ledger chain whose ids derive from
//! the row's id, then the bank, then the end in the ledger and in the row. `drive` brings a row from
//! wherever it is to where it should be; a request and the recovery worker call the same one.
//!
//! **Invariant:** nothing here knows HTTP, a clock or a database; those are arguments and ports.

pub mod bank;
pub mod chart;
pub mod claim;
pub mod close;
pub mod customer;
pub mod desk;
mod duty;
mod error;
pub mod event;
mod exchange;
pub mod freeze;
pub mod identity;
pub mod journal;
pub mod leak;
pub mod link;
mod lookback;
mod movement;
pub mod outgoing;
pub mod pack;
pub mod partner;
pub mod payment;
pub mod payout;
pub mod proof;
pub mod push;
pub mod reconcile;
pub mod recoup;
pub mod refund;
pub mod remittance;
mod replay;
pub mod retention;
mod risk;
pub mod rules;
pub mod screening;
pub mod statement;
mod taken;
pub mod topup;
pub mod worker;

use std::sync::Arc;

use kanuki_domain::Ctx;
use kanuki_jpki::TrustAnchors;
use kanuki_ledger::LedgerEngine;
use kanuki_passkey::RelyingParty;
use kanuki_record::{Book, Opened, Record, Table, vault::Vault};
use kanuki_wire::keys::{Jwks, SetSigningKey, Signer as _};

pub use crate::{
    bank::{BankGateway, BankKeys, GatewayError, Party, after_push},
    customer::{Customer, Profile},
    error::WalletError,
    identity::IdentityPort,
    movement::Refusal,
    partner::PartnerBank,
    proof::Seen,
    risk::{Browser, write_recording},
    rules::{Limit, Rules, StandardRules},
};

/// What a wallet is configured with.
#[derive(Clone, Debug)]
pub struct WalletConfig {
    /// Its name, as people know it.
    pub name: String,
    /// The origin of its pages, without a slash at the end.
    pub public_url: String,
    /// Its name in event tokens: the origin of the back channel, without a slash at the end.
    pub issuer: String,
    /// The authorities whose identity certificates are believed.
    pub anchors: TrustAnchors,
    /// The platform operator's page that reads the card.
    pub operator_url: String,
    /// What is done here on what banks tell.
    pub signals: kanuki_desk::signal::policy::Table,
    /// How notices are pushed to devices, if they are.
    pub push: Option<push::Offer>,
}

/// One wallet company: its rules, its keys and the ports it works through. Cheap to clone.
#[derive(Clone)]
pub struct Wallet {
    /// Its configuration.
    pub config: Arc<WalletConfig>,
    /// Its records.
    pub book: Book,
    /// Its ledger.
    pub ledger: Arc<dyn LedgerEngine>,
    /// Its master key.
    pub vault: Vault,
    /// Its side of passkeys.
    pub rp: Arc<RelyingParty>,
    /// The way to the banks.
    pub banks: Arc<dyn BankGateway>,
    /// The way to the platform operator.
    pub identity: Arc<dyn IdentityPort>,
    /// Its policy.
    pub rules: Arc<dyn Rules>,
    /// Its risk engine.
    pub risk: Arc<kanuki_risk::Engine>,
    /// The key that signs event tokens, apart from every other key.
    pub set_key: Arc<SetSigningKey>,
    /// How far a look back over the past is, at this node.
    pub looking: Arc<kanuki_desk::lookback::Looking>,
    /// Up to where this node has looked at what waits for each bank.
    pub turns: Arc<worker::Turns>,
    /// The keys for each bank, as they were opened of late.
    pub opened: Arc<Opened<BankKeys>>,
}

impl std::fmt::Debug for Wallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wallet").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Wallet {
    /// Makes what must exist before the first request: ledger accounts and one pair of keys per
    /// bank. Doing it at every start is right.
    pub async fn prepare(&self, ctx: &Ctx<'_>) -> Result<(), WalletError> {
        chart::open(&*self.ledger, ctx.now).await?;
        for bank in self.partners().await? {
            self.prepare_bank(ctx, bank.code).await?;
        }
        Ok(())
    }

    /// The public key that event tokens are checked with.
    #[must_use]
    pub fn event_jwks(&self) -> Jwks {
        Jwks::of([self.set_key.public_jwk()])
    }

    /// Every public key, for `/.well-known/jwks.json`.
    pub async fn jwks(&self, ctx: &Ctx<'_>) -> Result<Jwks, WalletError> {
        let mut all = self.event_jwks();
        for bank in self.partners().await? {
            all.keys.extend(self.client_jwks(ctx, bank.code).await?.keys);
        }
        Ok(all)
    }
}

/// Every table a wallet keeps, for its store.
#[must_use]
pub fn tables() -> Vec<&'static Table> {
    let own = [
        <recoup::Recoup as Record>::TABLE,
        <risk::Attempt as Record>::TABLE,
        <risk::FreezeOrder as Record>::TABLE,
        <bank::BankKey as Record>::TABLE,
        <Customer as Record>::TABLE,
        <customer::alternative::Alternative as Record>::TABLE,
        <customer::recovery::Recovery as Record>::TABLE,
        <customer::recovery::RecoveryAsk as Record>::TABLE,
        <desk::SwitchedOff as Record>::TABLE,
        <event::OutEvent as Record>::TABLE,
        <identity::IdentityAttempt as Record>::TABLE,
        <link::Link as Record>::TABLE,
        <link::Linking as Record>::TABLE,
        <link::ending::Ending as Record>::TABLE,
        <PartnerBank as Record>::TABLE,
        <kanuki_desk::registry::Version<PartnerBank> as Record>::TABLE,
        <payment::Merchant as Record>::TABLE,
        <payment::Payment as Record>::TABLE,
        <payout::Payout as Record>::TABLE,
        <refund::Refund as Record>::TABLE,
        <kanuki_desk::push::Device as Record>::TABLE,
        <remittance::Remittance as Record>::TABLE,
        <remittance::Request as Record>::TABLE,
        <replay::Replay as Record>::TABLE,
        <topup::AccountCaps as Record>::TABLE,
        <topup::Approving as Record>::TABLE,
        <topup::Topup as Record>::TABLE,
    ];
    shared_tables().into_iter().chain(own).collect()
}

/// Those that a bank keeps too.
fn shared_tables() -> Vec<&'static Table> {
    vec![
        <kanuki_record::vault::PersonKey as Record>::TABLE,
        <kanuki_desk::approval::Approval as Record>::TABLE,
        <kanuki_desk::authenticator::Authenticator as Record>::TABLE,
        <kanuki_desk::case::Case as Record>::TABLE,
        <kanuki_desk::drill::Drill as Record>::TABLE,
        <kanuki_desk::drift::DriftDay as Record>::TABLE,
        <kanuki_desk::incident::Words as Record>::TABLE,
        <kanuki_desk::claim::Claim as Record>::TABLE,
        <kanuki_desk::claim::ToldPaid as Record>::TABLE,
        <kanuki_desk::compensation::Version as Record>::TABLE,
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
