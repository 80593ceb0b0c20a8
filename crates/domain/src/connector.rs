//! What a bank's connector declares about itself, and how much a wallet may take through it.
//!
//! Banks differ in how they make sure that their own customer is there. What a connector declares is
//! data; the caps follow from it by the table below, and from nothing else. Proof that is knowledge alone
//! (account number, PIN, birth date, balance) is one class of factor and is refused: that was 2020
//! (INC-02, FT-10, BK-01).

use serde::{Deserialize, Serialize};

use crate::{
    Yen,
    limits::{
        APP_PER_DAY, APP_PER_MONTH, BANK_PER_DAY, BANK_PER_MONTH, CODE_PER_DAY, CODE_PER_MONTH,
        UNTOLD_PER_DAY, UNTOLD_PER_MONTH,
    },
};

/// How the bank makes sure that the holder is there, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderProof {
    /// Account number and the PIN of the cash card.
    Pin,
    /// The same with birth date, telephone number or balance: more of one class.
    PinAndFacts,
    /// A code to the telephone number that was on file before.
    OneTimeCode,
    /// The bank's app on a device that it knows.
    App,
    /// A passkey, or a certificate of the identity card (JPKI).
    Passkey,
}

impl HolderProof {
    /// All of them, weakest first.
    pub const ALL: [Self; 5] =
        [Self::Pin, Self::PinAndFacts, Self::OneTimeCode, Self::App, Self::Passkey];

    /// As written in a configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::PinAndFacts => "pin_and_facts",
            Self::OneTimeCode => "one_time_code",
            Self::App => "app",
            Self::Passkey => "passkey",
        }
    }

    /// The inverse of [`name`](Self::name).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proof| proof.name() == text)
    }

    /// Only what a person knows, and others can learn.
    #[must_use]
    pub const fn is_knowledge_alone(self) -> bool {
        match self {
            Self::Pin | Self::PinAndFacts => true,
            Self::OneTimeCode | Self::App | Self::Passkey => false,
        }
    }
}

/// What a connector speaks with a bank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// FAPI 2.0 with our mandate type: terms and facts are pushed first, tokens are bound to a key.
    #[default]
    Fapi,
    /// Plain OAuth 2.0: code and PKCE, a client assertion, bearer tokens; terms and facts afterwards.
    Oauth,
}

impl Protocol {
    /// As written in a configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fapi => "fapi",
            Self::Oauth => "oauth",
        }
    }

    /// Whether it is what every bank of the first days spoke.
    #[must_use]
    pub const fn is_fapi(&self) -> bool {
        match self {
            Self::Fapi => true,
            Self::Oauth => false,
        }
    }
}

/// What a connector declares about one bank.
#[expect(clippy::struct_excessive_bools, reason = "each is a question that a bank answers")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assurance {
    /// How the bank proves the holder when an account is linked.
    pub proof: HolderProof,
    /// It compares the wallet's verified facts with its own (FT-07).
    pub matches_facts: bool,
    /// It tells its customer, at the contact it had before, when an account is linked (BK-04).
    pub tells_customer: bool,
    /// A mandate can be ended by either side at any time.
    pub is_revocable: bool,
    /// It reports stops and ended mandates to the wallet.
    pub reports_stops: bool,
    /// Its tokens are good for whoever finds them: they are bound to no key of ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bearer_tokens: bool,
}

impl Assurance {
    /// What a bank that speaks FAPI with our mandate type does: the connector of the first days.
    #[must_use]
    pub const fn fapi() -> Self {
        Self {
            proof: HolderProof::Passkey,
            matches_facts: true,
            tells_customer: true,
            is_revocable: true,
            reports_stops: true,
            bearer_tokens: false,
        }
    }

    /// How much may be taken through it, or the requirement that it misses.
    pub fn caps(&self) -> Result<ConnectorCaps, AssuranceError> {
        if self.proof.is_knowledge_alone() {
            return Err(AssuranceError::KnowledgeAlone);
        }
        if !self.matches_facts {
            return Err(AssuranceError::NoMatch);
        }
        if !self.is_revocable {
            return Err(AssuranceError::NotRevocable);
        }
        let (per_day, per_month) = match self.proof {
            HolderProof::Passkey => (BANK_PER_DAY, BANK_PER_MONTH),
            HolderProof::App => (APP_PER_DAY, APP_PER_MONTH),
            HolderProof::OneTimeCode | HolderProof::PinAndFacts | HolderProof::Pin => {
                (CODE_PER_DAY, CODE_PER_MONTH)
            }
        };
        let caps = ConnectorCaps { per_day, per_month };
        // A theft that nobody is told of, or a stop that never arrives, lasts longer; and a token that
        // whoever finds it can use is stolen more easily.
        if self.tells_customer && self.reports_stops && !self.bearer_tokens {
            return Ok(caps);
        }
        Ok(ConnectorCaps {
            per_day: caps.per_day.min(UNTOLD_PER_DAY),
            per_month: caps.per_month.min(UNTOLD_PER_MONTH),
        })
    }
}

/// The most that a wallet takes from one account of such a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectorCaps {
    /// Within 24 hours.
    pub per_day: Yen,
    /// Within 30 days.
    pub per_month: Yen,
}

/// Why no account of such a bank may be linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssuranceError {
    /// One class of factor.
    #[error(
        "{}: the bank proves its customer by knowledge alone (account number, PIN, birth date, balance); \
         required: a code to the number on file, the bank's app, a passkey or JPKI",
        self.requirement()
    )]
    KnowledgeAlone,
    /// Nobody compares.
    #[error(
        "{}: the bank does not compare the wallet's verified facts with its own; required: it answers \
         match or no match before a mandate is made",
        self.requirement()
    )]
    NoMatch,
    /// It could not be stopped.
    #[error(
        "{}: a mandate there cannot be ended by wallet or holder at any time; required: it can",
        self.requirement()
    )]
    NotRevocable,
}

impl AssuranceError {
    /// The requirements that are missed.
    #[must_use]
    pub const fn requirement(self) -> &'static str {
        match self {
            Self::KnowledgeAlone => "FT-10, BK-01, INC-02",
            Self::NoMatch => "FT-07",
            Self::NotRevocable => "FT-14, INC-12",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(proof: HolderProof) -> Assurance {
        Assurance { proof, ..Assurance::fapi() }
    }

    #[test]
    fn knowledge_alone_is_refused_whatever_else_is_declared() {
        for proof in HolderProof::ALL {
            let caps = declared(proof).caps();
            assert_eq!(caps.is_err(), proof.is_knowledge_alone(), "{proof:?}");
        }
        let refused = declared(HolderProof::PinAndFacts).caps().unwrap_err();
        assert!(refused.to_string().starts_with("FT-10"), "{refused}");
    }

    #[test]
    fn what_cannot_be_stopped_or_compared_is_refused() {
        let fapi = Assurance::fapi();
        let unmatched = Assurance { matches_facts: false, ..fapi }.caps();
        let endless = Assurance { is_revocable: false, ..fapi }.caps();

        assert_eq!(unmatched, Err(AssuranceError::NoMatch));
        assert_eq!(endless, Err(AssuranceError::NotRevocable));
    }

    #[test]
    fn weaker_declarations_never_allow_more() {
        let caps = |assurance: Assurance| assurance.caps().unwrap();
        let ladder = [HolderProof::OneTimeCode, HolderProof::App, HolderProof::Passkey];
        let ladder = ladder.map(|proof| caps(declared(proof)));
        assert!(ladder.windows(2).all(|pair| pair[0].per_day < pair[1].per_day));
        for proof in [HolderProof::OneTimeCode, HolderProof::App, HolderProof::Passkey] {
            let whole = declared(proof);
            for less in [
                Assurance { tells_customer: false, ..whole },
                Assurance { reports_stops: false, ..whole },
                Assurance { bearer_tokens: true, ..whole },
            ] {
                assert!(caps(less).per_day < caps(whole).per_day);
                assert!(caps(less).per_month < caps(whole).per_month);
            }
        }
    }

    #[test]
    fn documented_numbers_are_these() {
        let page = include_str!("../../../docs/defaults.md");
        let untold = Assurance { tells_customer: false, ..Assurance::fapi() };
        let bearer = Assurance { bearer_tokens: true, ..Assurance::fapi() };
        assert_eq!(bearer.caps(), untold.caps());
        for (what, assurance) in [
            ("a bank that proves its customer by passkey or JPKI", Assurance::fapi()),
            ("by its app", declared(HolderProof::App)),
            ("by a code to the number on file", declared(HolderProof::OneTimeCode)),
            ("in any way, but tells nobody or reports no stops", untold),
        ] {
            let caps = assurance.caps().unwrap();
            let row = format!("| {what} | {} / 24 h, {} / 30 d |", caps.per_day, caps.per_month);
            assert!(page.contains(&row), "docs/defaults.md lacks: {row}");
        }
    }
}
