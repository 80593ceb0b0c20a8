//! The three fixed CBOR shapes that a registration needs (RFC 8949, CTAP2 canonical form).

use p256::ecdsa::SigningKey;

use super::SoftError;

/// An authenticator model that says nothing about itself.
const AAGUID: [u8; 16] = [0; 16];

/// `{"fmt": "none", "attStmt": {}, "authData": data}`.
pub(super) fn attestation_object(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0xa3];
    text(&mut out, "fmt");
    text(&mut out, "none");
    text(&mut out, "attStmt");
    out.push(0xa0);
    text(&mut out, "authData");
    bytes(&mut out, data);
    out
}

/// `aaguid || length || id || COSE key` (`WebAuthn` Level 3, 6.5.2).
pub(super) fn attested_credential(id: &[u8], key: &SigningKey) -> Result<Vec<u8>, SoftError> {
    let length = u16::try_from(id.len()).map_err(|_| SoftError::Key)?;
    let mut out = AAGUID.to_vec();
    out.extend(length.to_be_bytes());
    out.extend(id);

    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = point.x().zip(point.y()).ok_or(SoftError::Key)?;
    // RFC 9053, 7.1.1: kty 2 (EC2), alg -7 (ES256), crv 1 (P-256), x, y.
    out.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]);
    bytes(&mut out, x);
    out.push(0x22);
    bytes(&mut out, y);
    Ok(out)
}

fn text(out: &mut Vec<u8>, value: &str) {
    head(out, 0x60, value.len());
    out.extend(value.as_bytes());
}

fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    head(out, 0x40, value.len());
    out.extend(value);
}

/// Type and length in the shortest form.
fn head(out: &mut Vec<u8>, kind: u8, length: usize) {
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length), _) if length < 24 => out.push(kind | length),
        (Ok(length), _) => out.extend([kind | 0x18, length]),
        (_, Ok(length)) => {
            out.push(kind | 0x19);
            out.extend(length.to_be_bytes());
        }
        (Err(_), Err(_)) => {
            out.push(kind | 0x1b);
            out.extend(u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes());
        }
    }
}
