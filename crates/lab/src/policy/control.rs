//! The controls of `default`, each with a switch that only the lab has.
//!
//! What a wall is worth shows when it is taken away. Of some it cannot be: that passkeys sign the
//! address they are shown at, that tokens are bound to keys, that money moves as a chain in a ledger and
//! that a code waits for a second channel are how the servers are made, and nothing switches them.

/// One control that can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Control {
    IdentityToLink,
    GenuineCards,
    OwnName,
    Signature,
    AccountCaps,
    MandateCaps,
    Cooling,
    NewWallet,
    ContactWaits,
    RaiseWait,
    StepUp,
    NoOverdraft,
    BankNotices,
    WalletNotices,
    BankRisk,
    WalletRisk,
    RecoveryWait,
    PayoutWaits,
    DrainHold,
    PaymentProof,
    BankWord,
    TwoPeople,
}

impl Control {
    /// Every one, in the order of the table.
    pub(crate) const ALL: [Self; 22] = [
        Self::IdentityToLink,
        Self::GenuineCards,
        Self::OwnName,
        Self::Signature,
        Self::AccountCaps,
        Self::MandateCaps,
        Self::Cooling,
        Self::NewWallet,
        Self::ContactWaits,
        Self::RaiseWait,
        Self::StepUp,
        Self::NoOverdraft,
        Self::BankNotices,
        Self::WalletNotices,
        Self::BankRisk,
        Self::WalletRisk,
        Self::RecoveryWait,
        Self::PayoutWaits,
        Self::DrainHold,
        Self::PaymentProof,
        Self::BankWord,
        Self::TwoPeople,
    ];

    /// Those that stand behind one another: only without both it shows what they are for.
    pub(crate) const PAIRS: [(Self, Self); 13] = [
        (Self::IdentityToLink, Self::OwnName),
        (Self::GenuineCards, Self::OwnName),
        (Self::Signature, Self::OwnName),
        (Self::AccountCaps, Self::MandateCaps),
        (Self::Cooling, Self::OwnName),
        (Self::Cooling, Self::NewWallet),
        (Self::ContactWaits, Self::Cooling),
        (Self::ContactWaits, Self::RaiseWait),
        (Self::RaiseWait, Self::AccountCaps),
        (Self::BankNotices, Self::WalletNotices),
        (Self::BankRisk, Self::WalletRisk),
        (Self::GenuineCards, Self::RecoveryWait),
        (Self::PayoutWaits, Self::DrainHold),
    ];

    /// As in reports and in `docs/controls.md`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::IdentityToLink => "identity-to-link",
            Self::GenuineCards => "genuine-cards",
            Self::OwnName => "own-name",
            Self::Signature => "signature",
            Self::AccountCaps => "account-caps",
            Self::MandateCaps => "mandate-caps",
            Self::Cooling => "cooling",
            Self::NewWallet => "new-wallet",
            Self::ContactWaits => "contact-waits",
            Self::RaiseWait => "raise-wait",
            Self::StepUp => "step-up",
            Self::NoOverdraft => "no-overdraft",
            Self::BankNotices => "bank-notices",
            Self::WalletNotices => "wallet-notices",
            Self::BankRisk => "bank-risk",
            Self::WalletRisk => "wallet-risk",
            Self::RecoveryWait => "recovery-wait",
            Self::PayoutWaits => "payout-waits",
            Self::DrainHold => "drain-hold",
            Self::PaymentProof => "payment-proof",
            Self::BankWord => "bank-word",
            Self::TwoPeople => "two-people",
        }
    }

    /// What it does, in one line.
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::IdentityToLink => {
                "no link before the wallet's customer proved who they are (FT-11)"
            }
            Self::GenuineCards => "an identity card is believed only if its authority issued it",
            Self::OwnName => "the bank compares the wallet's facts with its own (FT-07)",
            Self::Signature => "a mandate that nobody signed moves nothing",
            Self::AccountCaps => "caps by account and person across all wallets",
            Self::MandateCaps => "the caps that the holder signed for one link",
            Self::Cooling => "a new link takes little until it has cooled",
            Self::NewWallet => "a new wallet takes in and gives out little",
            Self::ContactWaits => {
                "a changed contact or a new device holds new things back (FT-12, BK-03)"
            }
            Self::RaiseWait => "a higher cap waits a day",
            Self::StepUp => "the holder signs a debit that comes from a strange device",
            Self::NoOverdraft => "a debit for a wallet never borrows",
            Self::BankNotices => "the bank tells its holder, with a code that stops (FT-21)",
            Self::WalletNotices => "the wallet tells its customer",
            Self::BankRisk => "the bank's risk rules and breakers",
            Self::WalletRisk => "the wallet's risk rules",
            Self::RecoveryWait => "the recovery of a wallet waits 7 days",
            Self::PayoutWaits => "a payout to a new account waits, and is capped at both companies",
            Self::DrainHold => "more than half of a full wallet is held for a day (SG-04)",
            Self::PaymentProof => "a payment above ¥10,000 needs the passkey each time (FT-45)",
            Self::BankWord => "what one bank confirms within a week is capped",
            Self::TwoPeople => {
                "what loosens at a desk takes a second person, who is not the first one's friend"
            }
        }
    }

    /// Whether it can be put before the pages of 2020: it judges debits and accounts, whoever linked
    /// them and how.
    pub(crate) const fn fits_2020(self) -> bool {
        match self {
            Self::AccountCaps
            | Self::Cooling
            | Self::NewWallet
            | Self::NoOverdraft
            | Self::BankNotices
            | Self::WalletNotices
            | Self::BankRisk
            | Self::WalletRisk => true,
            Self::IdentityToLink
            | Self::GenuineCards
            | Self::OwnName
            | Self::Signature
            | Self::MandateCaps
            | Self::ContactWaits
            | Self::RaiseWait
            | Self::StepUp
            | Self::RecoveryWait
            | Self::PayoutWaits
            | Self::DrainHold
            | Self::PaymentProof
            | Self::BankWord
            | Self::TwoPeople => false,
        }
    }

    /// The control of this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|control| control.name() == name)
    }
}
