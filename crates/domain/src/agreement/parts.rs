//! The parts of an agreement.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Defines enums whose every value is known, as kept and as part of a text key.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $value:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$each])* #[serde(rename = $word)] $value,)* }

        impl $name {
            /// Every one there is.
            pub const ALL: &'static [Self] = &[$(Self::$value,)*];

            /// As it is kept.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$value => $word,)* }
            }
        }
    )*};
}

words! {
    /// One of the two companies, or both.
    Side {
        /// The wallet.
        Wallet = "wallet",
        /// The bank.
        Bank = "bank",
        /// Each for itself.
        Both = "both",
    }

    /// What every joint assessment has to think through: what happened in 2020 and since.
    Threat {
        /// Somebody opens a wallet as somebody else.
        FalseIdentity = "false_identity",
        /// The bank's proof can be guessed, walked through or bought.
        WeakBankProof = "weak_bank_proof",
        /// A holder is talked out of a code, or a page stands in between.
        Phishing = "phishing",
        /// A telephone number or address that proofs rest on is taken over.
        ContactTakeover = "contact_takeover",
        /// The other company's keys or staff are in the wrong hands.
        PartnerCompromise = "partner_compromise",
        /// Links that were made before go on draining after new ones stopped.
        OldLinks = "old_links",
    }

    /// What somebody must be responsible for, by name and at known hours.
    Task {
        /// Who the wallet's customer is.
        IdentityProofing = "identity_proofing",
        /// That the holder agrees to a link.
        HolderAuthentication = "holder_authentication",
        /// Watching over movements.
        Monitoring = "monitoring",
        /// Telling people what happened.
        Notice = "notice",
        /// Listening to people who lost money.
        ContactDesk = "contact_desk",
        /// Stopping the service or a part of it (FT-14).
        Suspension = "suspension",
    }

    /// How the wallet proves who its customer is.
    IdentityProof {
        /// Something else than what follows.
        Other = "other",
        /// The chip of an identity document.
        IcChip = "ic_chip",
        /// The signature certificate of the Individual Number Card (公的個人認証).
        Jpki = "jpki",
    }

    /// What of a person is compared between the companies.
    Fact {
        /// Name.
        Name = "name",
        /// Date of birth.
        BirthDate = "birth_date",
        /// Address.
        Address = "address",
        /// Telephone number.
        Phone = "phone",
    }

    /// What the two may ask each other about, as a keyed hash (CL-01).
    Identifier {
        /// Telephone number.
        Phone = "phone",
        /// Mail address.
        Mail = "mail",
        /// Postal address.
        Address = "address",
    }

    /// A class of proof that the bank asks its holder for.
    Factor {
        /// Something known.
        Knowledge = "knowledge",
        /// Something held.
        Possession = "possession",
        /// Something that one is.
        Inherence = "inherence",
    }
}

/// The joint assessment of the whole linked service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Assessment {
    /// When both looked at it together.
    pub assessed_on: Option<Date>,
    /// By when they look again.
    pub review_by: Option<Date>,
    /// What was thought through, what was found and what is done about it.
    pub threats: BTreeMap<Threat, Finding>,
    /// Who signs for the wallet.
    pub wallet: SignOff,
    /// Who signs for the bank.
    pub bank: SignOff,
}

/// What came of looking at one threat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Finding {
    /// What was found.
    pub finding: String,
    /// What is done about it.
    pub measure: String,
}

/// A person of one company who stands for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignOff {
    /// Who.
    pub name: String,
    /// As what.
    pub role: String,
    /// When.
    pub on: Option<Date>,
}

/// One row of the matrix of responsibilities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Duty {
    /// Whose it is.
    pub side: Option<Side>,
    /// The person or office to ask for.
    pub contact: String,
    /// How to reach them.
    pub reach: String,
    /// When they can be reached.
    pub hours: String,
}

/// How each side makes sure, and that the two do not rest on the same thing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Safeguards {
    /// How the wallet proves who its customer is (FT-08).
    pub identity: Option<IdentityProof>,
    /// What is compared between the two (FT-07, FT-09).
    pub matched: BTreeSet<Fact>,
    /// What the bank asks its holder for (FT-10).
    pub factors: BTreeSet<Factor>,
    /// What the wallet's own proof rests on (FT-11).
    pub wallet_measure: String,
    /// What the bank's rests on; something else.
    pub bank_measure: String,
    /// For how many days no link can rest on a contact that was changed (FT-12).
    pub contact_change_days: Option<u16>,
    /// The bank has verified its customers and keeps the record (FT-15).
    pub bank_verified: bool,
    /// It is made sure that the wallet's user is the account's holder (FT-15).
    pub same_person: bool,
}

/// What was looked at before the contract, and what the contract says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Contract {
    /// When the partner was looked at against the criteria (FT-16).
    pub evaluated_on: Option<Date>,
    /// By which criteria, with what result.
    pub evaluation: String,
    /// When the contract was made: after that.
    pub concluded_on: Option<Date>,
    /// What it says of proving identities and of who does it (FT-17).
    pub identity_tasks: String,
    /// What it says of supervision (FT-17).
    pub supervision: String,
}

/// Who pays a victim, and how: the least that must be said (FT-26 a to e).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Compensation {
    /// (a) In which cases what is paid under which conditions.
    pub cases: String,
    /// (b) How.
    pub procedure: String,
    /// (c) Who pays first, without waiting for the split.
    pub pays_first: Option<Side>,
    /// (c) How the two split it afterwards, by cause.
    pub split: Shares,
    /// (d) Where to ask.
    pub contact: String,
    /// (e) When a fraud is made public.
    pub publication: String,
    /// Holders who are nobody's wallet customer are paid as well.
    pub non_customers: bool,
}

/// The wallet's part of a loss in percent, by what caused it; the bank bears the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shares {
    /// The wallet let a wrong person in.
    pub wallet_cause: Option<u8>,
    /// The bank let a wrong person agree.
    pub bank_cause: Option<u8>,
    /// Both, or neither.
    pub other_cause: Option<u8>,
}
