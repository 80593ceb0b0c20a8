//! 128-bit names, chosen by the caller.

use std::fmt;

use jiff::Timestamp;
use kanuki_domain::id::derive_bits;
use serde::{Deserialize, Serialize};

/// Reserved values can be written by hand, but are never derived.
const fn usable(bits: u128) -> u128 {
    if bits == 0 || bits == u128::MAX { 1 } else { bits }
}

/// 128 bits in JSON: 32 hexadecimal digits, because a JSON number would lose them.
pub(crate) mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(bits: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{bits:032x}"))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<u128, D::Error> {
        let text = String::deserialize(d)?;
        let plain =
            text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !plain {
            return Err(D::Error::custom("not 32 hexadecimal digits"));
        }
        u128::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(#[serde(with = "hex")] pub u128);

        impl $name {
            /// The one that follows from `parts` alone: a retry names the same thing. Never a
            /// reserved value (0 or all ones).
            #[must_use]
            pub fn derive(parts: &[&str]) -> Self {
                Self(usable(derive_bits(parts)))
            }

            /// The same for what began at `at`, which the caller keeps: 48 bits of milliseconds come
            /// first, so ids of what begins later are greater, as an engine is asked fastest (and
            /// TigerBeetle recommends). Instants before 1970 count as 1970.
            #[must_use]
            pub fn timed(at: Timestamp, parts: &[&str]) -> Self {
                let millis = u128::try_from(at.as_millisecond()).unwrap_or(0);
                Self(usable((millis << 80) | (derive_bits(parts) >> 48)))
            }

            /// The 128 bits.
            #[must_use]
            pub const fn bits(self) -> u128 {
                self.0
            }

            /// True for 0, which means "none".
            #[must_use]
            pub const fn is_none(self) -> bool {
                self.0 == 0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:032x})"), self.0)
            }
        }
    )*};
}

ids! {
    /// An account of the ledger. 0 means "none", all ones is reserved.
    AccountId;
    /// A transfer, and the idempotency key of making it. 0 means "none", all ones is reserved.
    TransferId;
}

impl AccountId {
    /// No account: a post or a void takes the accounts of the transfer that it settles.
    pub const NONE: Self = Self(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_values_are_never_derived() {
        assert_eq!([usable(0), usable(u128::MAX), usable(7)], [1, 1, 7]);
        assert_eq!(AccountId::derive(&["a", "b"]), AccountId::derive(&["a", "b"]));
        assert_ne!(AccountId::derive(&["a", "b"]), AccountId::derive(&["ab"]));
    }

    #[test]
    fn ids_keep_all_their_bits_in_json() {
        let id = TransferId(u128::MAX - 1);

        let text = serde_json::to_string(&id).unwrap();

        assert_eq!(text, "\"fffffffffffffffffffffffffffffffe\"");
        assert_eq!(serde_json::from_str::<TransferId>(&text).unwrap(), id);
        assert!(serde_json::from_str::<TransferId>("\"+f\"").is_err());
    }
}
