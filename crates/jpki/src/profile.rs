//! The numbers of the certificate profile, as configuration.

use serde::{Deserialize, Serialize};

/// Object identifiers that the JPKI profile assigns.
///
/// The values here come from public implementations that read J-LIS's profile specification 3.2
/// and real test cards, not from the specification itself, which goes to registered verifiers.
/// They are data so that an operator can correct them without a release; check them against the
/// specification before production.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Certificate policies that mean "for signatures"; a certificate may hold no other.
    pub signing_policies: Vec<String>,
    /// Certificate policies that mean "for user authentication"; a certificate may hold no other.
    pub authentication_policies: Vec<String>,
    /// Name (氏名).
    pub name: String,
    /// Where the name holds substitute characters, one digit per character.
    pub name_substitutes: String,
    /// Sex, one digit of JIS X 0303.
    pub sex: String,
    /// Birth date, `EYYYYMMDD`: a digit for the era, then the Gregorian date.
    pub born_on: String,
    /// Address (住所).
    pub address: String,
    /// Where the address holds substitute characters, one digit per character.
    pub address_substitutes: String,
}

/// The policy of user-authentication certificates, which prove a log-in and no identity.
pub(crate) const AUTHENTICATION_POLICY: &str = "1.2.392.200149.8.5.1.3.30";

/// The signature policy of the JPKI test environment, which demo cards carry too.
pub(crate) const TEST_SIGNING_POLICY: &str = "1.2.392.200149.8.5.1.0.20";

impl Profile {
    /// Cards of real people.
    pub fn production() -> Self {
        Self::with_policy("1.2.392.200149.8.5.1.1.20")
    }

    /// Cards of the JPKI test environment and of [`demo`](crate::demo).
    pub fn test_environment() -> Self {
        Self::with_policy(TEST_SIGNING_POLICY)
    }

    fn with_policy(policy: &str) -> Self {
        let fact = |number: u8| format!("1.2.392.200149.8.5.5.{number}");
        Self {
            signing_policies: vec![policy.to_owned()],
            authentication_policies: vec![AUTHENTICATION_POLICY.to_owned()],
            name: fact(1),
            name_substitutes: fact(2),
            sex: fact(3),
            born_on: fact(4),
            address: fact(5),
            address_substitutes: fact(6),
        }
    }
}
