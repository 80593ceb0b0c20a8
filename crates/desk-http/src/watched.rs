//! Whom somebody means who types a number to be watched: the key by which the rules know them. A list that can
//! match nothing watches nobody, and nobody would see that.

use std::net::IpAddr;

use kanuki_desk::named;
use kanuki_record::vault::Vault;
use kanuki_risk::{Key, Subject};
use kanuki_site::caller::{address_block, address_line};

/// How long a keyed hash of ours is: 32 bytes in base 64 without padding.
const HASH_LEN: usize = 43;
/// How long the name of a device may be, a partner's for its bank included.
const DEVICE_LEN: std::ops::RangeInclusive<usize> = 16..=64;

/// The key of what no company has a register of, as it was typed: an address or a network as it is written
/// everywhere, everything else as the desk's pages show it. Nothing where it is not written so.
#[must_use]
pub fn unregistered(vault: &Vault, subject: Subject, typed: &str) -> Option<Key> {
    let value = match subject {
        Subject::Address => match typed.parse::<IpAddr>() {
            // Rules see it by its keyed hash, and so does the list: the address itself is not kept.
            Ok(address) => Some(named::address(vault, &address_line(address))),
            Err(_) => is_hash(typed).then(|| typed.to_owned()),
        },
        Subject::Block => network(typed),
        Subject::Device => {
            let is_name = DEVICE_LEN.contains(&typed.len());
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"+/-_".contains(&b);
            (is_name && typed.bytes().all(is_plain)).then(|| typed.to_owned())
        }
        Subject::Person
        | Subject::Secret
        | Subject::Phone
        | Subject::Email
        | Subject::EmailDomain => is_hash(typed).then(|| typed.to_owned()),
        Subject::Account
        | Subject::Wallet
        | Subject::Partner
        | Subject::Merchant
        | Subject::Payee
        | Subject::Everyone => None,
    };
    value.map(|value| Key::of(subject, value))
}

fn is_hash(typed: &str) -> bool {
    typed.len() == HASH_LEN
        && typed.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

/// The network that an address is counted with; a network of another size is none that anybody is counted with.
fn network(typed: &str) -> Option<String> {
    let start = typed.split_once('/').map(|(start, _)| start);
    let block = address_block(start.unwrap_or(typed).parse().ok()?);
    (start.is_none() || block == typed).then_some(block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_one_that_people_are_counted_with() {
        for (typed, block) in [
            ("203.0.113.9", Some("203.0.113.0/24")),
            ("203.0.113.0/24", Some("203.0.113.0/24")),
            ("203.0.113.0/25", None),
            ("203.0.0.0/16", None),
            ("2001:db8:1::/48", Some("2001:db8:1::/48")),
            ("2001:db8:1::3", Some("2001:db8:1::/48")),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(network(typed).as_deref(), block, "{typed}");
        }
    }
}
