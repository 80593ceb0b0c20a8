//! Names of things. One registry, alphabetical, append-only.
//!
//! In text an id is its prefix and 26 letters of Crockford's base 32 (`wal_01jd…`). The first 48
//! bits are the millisecond it was made, so ids sort by time; the rest is random.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};

use crate::Ctx;

/// The text is not an id of the expected kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct IdError;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// 128 bits as 26 letters.
#[must_use]
pub fn encode_base32(bits: u128) -> String {
    (0..26_u32)
        .rev()
        .filter_map(|place| {
            let shifted = bits.checked_shr(place.saturating_mul(5)).unwrap_or(0);
            let index = usize::try_from(shifted & 31).unwrap_or(0);
            ALPHABET.get(index).map(|b| char::from(*b))
        })
        .collect()
}

/// What a letter of the alphabet stands for: each run of it begins at a value of its own.
const fn value_of(letter: u8) -> Option<u8> {
    let (first, value) = match letter {
        b'0'..=b'9' => (b'0', 0),
        b'a'..=b'h' => (b'a', 10),
        b'j' | b'k' => (b'j', 18),
        b'm' | b'n' => (b'm', 20),
        b'p'..=b't' => (b'p', 22),
        b'v'..=b'z' => (b'v', 27),
        _ => return None,
    };
    Some(letter.wrapping_sub(first).wrapping_add(value))
}

/// The inverse of [`encode_base32`]; lower case only, so that one id has one text.
pub fn decode_base32(text: &str) -> Result<u128, IdError> {
    if text.len() != 26 {
        return Err(IdError);
    }
    let mut bits: u128 = 0;
    for (i, byte) in text.bytes().enumerate() {
        let value = value_of(byte).ok_or(IdError)?;
        if i == 0 && value > 7 {
            return Err(IdError);
        }
        bits = (bits << 5_u32) | u128::from(value);
    }
    Ok(bits)
}

fn time_ordered(now: Timestamp, random: [u8; 10]) -> u128 {
    let millis = u128::try_from(now.as_millisecond().max(0)).unwrap_or(0) & ((1 << 48) - 1);
    let mut wide = [0; 16];
    for (to, from) in wide.iter_mut().skip(6).zip(random) {
        *to = from;
    }
    (millis << 80_u32) | u128::from_be_bytes(wide)
}

/// 128 bits that follow from `parts` alone: the same parts name the same thing for ever.
#[must_use]
pub fn derive_bits(parts: &[&str]) -> u128 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let mut first = [0; 16];
    for (to, from) in first.iter_mut().zip(hasher.finalize()) {
        *to = from;
    }
    u128::from_be_bytes(first)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// What its text begins with, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new one, unlike any other.
            pub fn generate(ctx: &Ctx<'_>) -> Self {
                Self(time_ordered(ctx.now, ctx.random()))
            }

            /// The one that follows from `parts`: a retry names the same thing.
            #[must_use]
            pub fn derive(parts: &[&str]) -> Self {
                Self(derive_bits(parts))
            }

            /// No later than any that [`generate`](Self::generate) makes at `at` or after.
            #[must_use]
            pub fn first_at(at: Timestamp) -> Self {
                Self(time_ordered(at, [0; 10]))
            }

            /// When it was made, to the millisecond: only of one that [`generate`](Self::generate) made.
            #[must_use]
            pub fn made_at(self) -> Timestamp {
                let millis = i64::try_from(self.0 >> 80_u32).unwrap_or(i64::MAX);
                Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
            }

            /// Wraps 128 bits, for stores and ledgers.
            #[must_use]
            pub const fn from_bits(bits: u128) -> Self {
                Self(bits)
            }

            /// The 128 bits.
            #[must_use]
            pub const fn bits(self) -> u128 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, encode_base32(self.0))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let rest = text.strip_prefix(concat!($prefix, "_")).ok_or(IdError)?;
                decode_base32(rest).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A request of one member of staff that another must agree to.
    ApprovalId = "apr";
    /// A failed or suspicious attempt, kept for as long as it counts.
    AttemptId = "att";
    /// A passkey, or what stands in for one.
    AuthenticatorId = "aut";
    /// A deposit account at a bank, as that bank's gateway names it.
    BankAccountId = "bac";
    /// Something a person must finish: opened by a report, closed by staff.
    CaseId = "cas";
    /// A WebAuthn ceremony that waits for its answer.
    CeremonyId = "cer";
    /// A right to debit that was made before Kanuki or outside it.
    ContractId = "con";
    /// A wallet's customer.
    CustomerId = "cus";
    /// A holder's signature over exactly one debit, asked for by a wallet.
    DebitApprovalId = "dap";
    /// One pull of money under a mandate. The wallet chooses it; the bank answers the same for ever.
    DebitId = "dbt";
    /// That somebody may look after a holder's accounts for them.
    DelegationId = "dlg";
    /// An attempt to register a passkey at the bank without having one.
    EnrolmentId = "enr";
    /// A change of a telephone number or mail address.
    ContactChangeId = "cch";
    /// The authorization server's record that tokens hang on.
    GrantId = "grt";
    /// A bank's customer.
    HolderId = "hld";
    /// A list of contracts that was taken over, or is about to be.
    ImportId = "imp";
    /// A letter about contracts that were made elsewhere.
    LetterId = "ltr";
    /// The wallet's side of "this bank account is connected".
    LinkId = "lnk";
    /// A look back over past movements.
    LookbackId = "lkb";
    /// A standing right to debit, with limits.
    MandateId = "man";
    /// A shop that takes payments.
    MerchantId = "mer";
    /// One message on its way to one person.
    MessageId = "msg";
    /// A message to a person: what happened, and the code that stops it.
    NoticeId = "ntc";
    /// A pushed authorization request (RFC 9126).
    ParId = "par";
    /// Wallet to merchant.
    PaymentId = "pay";
    /// Wallet to bank.
    PayoutId = "pot";
    /// A device to which notices are pushed.
    PushDeviceId = "psd";
    /// What a thief's wallet still holds, on its way back to the company that paid its victim.
    RecoupId = "rcp";
    /// An attempt to get back in without a passkey.
    RecoveryId = "rec";
    /// A top-up that goes back to the bank account it came from.
    RefundId = "rfd";
    /// Wallet to wallet.
    RemittanceId = "rem";
    /// A request for money, shown as a link or a QR code.
    RequestId = "req";
    /// What was written down before something was loosened.
    RiskRecordId = "rsk";
    /// That a person may be somebody on a sanctions or watch list.
    ScreeningHitId = "scr";
    /// A signed-in browser.
    SessionId = "ses";
    /// A member of staff.
    StaffId = "stf";
    /// A draft of a report of suspicious transactions.
    SuspicionId = "sus";
    /// Bank to wallet.
    TopupId = "top";
    /// A person's e-money.
    WalletId = "wal";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_exactly_one_text() {
        let id = WalletId::derive(&["a", "b"]);

        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.to_string().to_uppercase().parse::<WalletId>().is_err());
        assert!(id.to_string().replace("wal_", "top_").parse::<WalletId>().is_err());
        assert!("wal_zzzzzzzzzzzzzzzzzzzzzzzzzz".parse::<WalletId>().is_err());
    }

    #[test]
    fn every_letter_is_read_as_what_it_was_written_for_and_no_other_is_read() {
        for value in 0..32 {
            assert_eq!(decode_base32(&encode_base32(value)), Ok(value));
        }
        for byte in 0..=u8::MAX {
            let text = format!("{:0>25}{}", "", char::from(byte));
            assert_eq!(decode_base32(&text).is_ok(), ALPHABET.contains(&byte), "{byte}");
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(WalletId::derive(&["ab", "c"]), WalletId::derive(&["a", "bc"]));
    }
}
