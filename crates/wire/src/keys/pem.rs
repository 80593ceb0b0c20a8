//! PKCS#8 in PEM armor (RFC 7468), as `openssl` writes it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

use super::KeyError;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// `der` in armor, 64 letters a line.
pub(super) fn armor(der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(BASE64_STANDARD.encode(der));
    let mut text = Zeroizing::new(String::with_capacity(body.len() * 2));
    text.push_str(BEGIN);
    for (i, letter) in body.chars().enumerate() {
        if i.is_multiple_of(64) {
            text.push('\n');
        }
        text.push(letter);
    }
    text.push('\n');
    text.push_str(END);
    text.push('\n');
    text
}

/// The DER inside the armor.
pub(super) fn unarmor(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let body = text
        .trim()
        .strip_prefix(BEGIN)
        .and_then(|t| t.strip_suffix(END))
        .ok_or(KeyError::Unusable)?;
    let letters: Zeroizing<String> =
        Zeroizing::new(body.chars().filter(|c| !c.is_ascii_whitespace()).collect());
    BASE64_STANDARD.decode(letters.as_bytes()).map(Zeroizing::new).map_err(|_| KeyError::Unusable)
}
