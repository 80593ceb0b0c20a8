//! The words of the engine: what can happen, and by what it is counted.
//!
//! A rule can name nothing else. Each kind says whom it may involve, and each subject says what it
//! keeps apart, so that a rule which counts what never comes is refused before it is loaded.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// An enumeration whose values have one name each: in rules, in JSON and in logs.
macro_rules! names {
    ($(#[$doc:meta])* $enum:ident { $($(#[$about:meta])* $variant:ident => $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $enum { $($(#[$about])* $variant,)* }

        impl $enum {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in rules and records.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The one with this name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}

names! {
    /// What was attempted, or what happened.
    Kind {
        /// An enrolment was started for an account.
        EnrolmentStarted => "enrolment_started",
        /// A code from an ATM, a letter or a branch was typed wrong.
        CodeRefused => "code_refused",
        /// A stop code was typed that is none.
        StopCodeRefused => "stop_code_refused",
        /// A sign-in that was none.
        SignInRefused => "sign_in_refused",
        /// An identity card's answer that was none: no rule counts it, so that it keeps nobody out.
        CardRefused => "card_refused",
        /// A good identity card of somebody else than the holder of the account that was typed.
        CardOfAnother => "card_of_another",
        /// A wallet's customer and a holder were not the same person.
        LinkMismatch => "link_mismatch",
        /// The same, counted for the partner whose customer it was.
        PartnerMismatch => "partner_mismatch",
        /// A wallet's customer and a holder were compared.
        LinkCompared => "link_compared",
        /// Any failure that guessing leaves behind, counted over all of them.
        Failed => "failed",
        /// A debit was asked for.
        Debit => "debit",
        /// A wallet was opened.
        WalletOpened => "wallet_opened",
        /// A top-up was asked for.
        Topup => "topup",
        /// Money is to go to another wallet.
        Remittance => "remittance",
        /// Money is to go to a merchant.
        Payment => "payment",
        /// Money is to go to a bank account.
        Payout => "payout",
        /// Somebody signed in.
        SignedIn => "signed_in",
        /// A telephone number, an address or a mail address was changed.
        ContactChanged => "contact_changed",
        /// A wallet asks that an account be linked.
        LinkRequested => "link_requested",
        /// A holder agreed to a link.
        Consented => "consented",
        /// A customer or holder answered a notice: it was them, or it was not.
        NoticeAnswered => "notice_answered",
        /// A partner reported something.
        PartnerEvent => "partner_event",
        /// It became known that something was a fraud. It counts for when whoever tells it says: a company
        /// says when two people confirmed it, a study when it happened.
        FraudConfirmed => "fraud_confirmed",
        /// The engine forgot a key that was younger than a day, because too many new ones came.
        KeyFlood => "key_flood",
        /// Money of one wallet is about to reach another, sent to it or claimed by link. It says who
        /// pays whom and no more, so that both ways are counted together and each once.
        // Notes in a shared journal name a kind by its place: what is new stands last.
        Received => "received",
        /// Somebody was named by name and birth date: by an identity card at the wallet, or by a wallet
        /// that asks for a link. The person is a keyed hash of these, and nobody's id.
        PersonNamed => "person_named",
    }
}

names! {
    /// By what signals are counted.
    Subject {
        /// A bank account.
        Account => "account",
        /// A person.
        Person => "person",
        /// A wallet.
        Wallet => "wallet",
        /// A device.
        Device => "device",
        /// A network block.
        Block => "block",
        /// A partner.
        Partner => "partner",
        /// What was typed, blinded: one PIN or code walked over many accounts is one loud number.
        Secret => "secret",
        /// A network address.
        Address => "address",
        /// A telephone number.
        Phone => "phone",
        /// A mail address.
        Email => "email",
        /// The domain of a mail address.
        EmailDomain => "email_domain",
        /// A merchant.
        Merchant => "merchant",
        /// Who gets the money.
        Payee => "payee",
        /// Everything.
        Everyone => "everyone",
    }
}

impl Kind {
    /// Whom a signal of this kind may involve, beside everyone: each counts for everyone too, but of
    /// failures only those that say so.
    #[must_use]
    pub const fn subjects(self) -> &'static [Subject] {
        use Subject as S;
        match self {
            Self::EnrolmentStarted => &[S::Account, S::Person, S::Device, S::Block, S::Address],
            Self::CodeRefused | Self::StopCodeRefused => {
                &[S::Account, S::Person, S::Device, S::Block, S::Address, S::Secret]
            }
            Self::SignInRefused | Self::SignedIn => {
                &[S::Person, S::Wallet, S::Device, S::Block, S::Address]
            }
            Self::CardRefused | Self::CardOfAnother => {
                &[S::Account, S::Device, S::Block, S::Address, S::Secret]
            }
            Self::LinkMismatch | Self::LinkCompared | Self::LinkRequested | Self::Consented => &[
                S::Account,
                S::Person,
                S::Wallet,
                S::Device,
                S::Block,
                S::Address,
                S::Partner,
                S::Secret,
            ],
            Self::PartnerMismatch => &[S::Partner, S::Person],
            Self::PartnerEvent => &[S::Partner, S::Account, S::Person, S::Wallet],
            Self::Failed => &[S::Block, S::Secret, S::Everyone],
            Self::Debit | Self::Topup | Self::Payout => &[
                S::Account,
                S::Person,
                S::Wallet,
                S::Device,
                S::Block,
                S::Address,
                S::Partner,
                S::Everyone,
            ],
            Self::Remittance | Self::Payment => &[
                S::Person,
                S::Wallet,
                S::Device,
                S::Block,
                S::Address,
                S::Merchant,
                S::Payee,
                S::Everyone,
            ],
            Self::WalletOpened | Self::ContactChanged => &[
                S::Account,
                S::Person,
                S::Wallet,
                S::Device,
                S::Block,
                S::Address,
                S::Phone,
                S::Email,
                S::EmailDomain,
            ],
            // Whatever it happened to.
            Self::FraudConfirmed => S::ALL,
            Self::NoticeAnswered => &[S::Account, S::Person, S::Wallet],
            Self::KeyFlood => &[S::Everyone],
            Self::Received => &[S::Wallet, S::Payee],
            Self::PersonNamed => {
                &[S::Person, S::Wallet, S::Device, S::Block, S::Address, S::Partner]
            }
        }
    }
}

impl Kind {
    /// Its place in [`ALL`](Self::ALL).
    #[expect(clippy::as_conversions, reason = "values without fields are counted from 0")]
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl Subject {
    /// What is kept apart per key of this subject: the other things that can be counted once each.
    #[must_use]
    pub const fn counterparts(self) -> &'static [Self] {
        match self {
            Self::Account => {
                &[Self::Wallet, Self::Partner, Self::Device, Self::Block, Self::Person]
            }
            Self::Person => {
                &[Self::Wallet, Self::Account, Self::Device, Self::Partner, Self::Payee]
            }
            Self::Wallet => &[Self::Account, Self::Person, Self::Device, Self::Payee, Self::Block],
            Self::Device => &[Self::Account, Self::Wallet, Self::Person],
            Self::Block | Self::Address => {
                &[Self::Account, Self::Wallet, Self::Person, Self::Device]
            }
            Self::Partner => &[Self::Account, Self::Person],
            Self::Secret => &[Self::Account, Self::Block, Self::Device],
            Self::Phone | Self::Email | Self::EmailDomain => &[Self::Wallet, Self::Person],
            Self::Merchant => &[Self::Wallet, Self::Person, Self::Device],
            Self::Payee => &[Self::Wallet, Self::Person, Self::Block],
            Self::Everyone => &[Self::Block, Self::Account, Self::Secret],
        }
    }

    /// Whether `other` is among the [counterparts](Self::counterparts): asked of each key with every
    /// signal.
    pub(crate) fn is_kept_apart(self, other: Self) -> bool {
        let bits = APART.get(self.index()).copied().unwrap_or_default();
        bits >> other.index() & 1 != 0
    }

    /// Its place in [`ALL`](Self::ALL).
    #[expect(clippy::as_conversions, reason = "values without fields are counted from 0")]
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// The counterparts of each subject, a bit each.
static APART: LazyLock<[u32; Subject::ALL.len()]> = LazyLock::new(|| {
    let mut all = [0; Subject::ALL.len()];
    for (subject, bits) in Subject::ALL.iter().zip(&mut all) {
        *bits = subject.counterparts().iter().fold(0, |bits, one| bits | 1 << one.index());
    }
    all
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_rules_is_the_name_in_records() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("\"{}\"", kind.name()));
            assert_eq!(Kind::parse(kind.name()), Some(*kind));
            assert_eq!(Kind::ALL[kind.index()], *kind);
        }
        for subject in Subject::ALL {
            assert_eq!(serde_json::to_string(subject).unwrap(), format!("\"{}\"", subject.name()));
            assert_eq!(Subject::parse(subject.name()), Some(*subject));
        }
    }

    #[test]
    fn nothing_is_kept_apart_by_itself() {
        for subject in Subject::ALL {
            assert!(!subject.counterparts().contains(subject), "{subject:?}");
            for other in Subject::ALL {
                let is_one = subject.counterparts().contains(other);
                assert_eq!(subject.is_kept_apart(*other), is_one, "{subject:?} {other:?}");
            }
            assert_eq!(Subject::ALL[subject.index()], *subject);
        }
    }
}
