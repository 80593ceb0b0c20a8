//! JPQR, the customer's side: the code on a telephone that a shop scans (`EMVCo` CPM).
//!
//! Base64 of tags, lengths and values (BER-TLV): `85` says which scheme, each `61` is one way to pay
//! with the service's own number (`4F`) and the one-time number of this payment (`57`). Who holds the
//! code can be paid from: it is shown for minutes, and never printed or logged.

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// Longest code that is read, in characters.
const CODE_MAX: usize = 512;

/// Whose rules the code follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `JPQR1`
    Jpqr,
    /// `CPV01`, as wallets of other countries show it.
    Emv,
}

/// One way to pay.
#[derive(Clone, PartialEq, Eq)]
pub struct Application {
    /// Who the service is (4F): given out by Payments Japan, 5 to 16 bytes.
    pub service: Vec<u8>,
    /// The number of this payment (57), at most 19 bytes.
    pub payment: Option<Vec<u8>>,
    /// Other tags with their values, in order.
    pub others: Vec<(u16, Vec<u8>)>,
}

/// What a customer's code says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerCode {
    /// Whose rules.
    pub scheme: Scheme,
    /// One at least.
    pub applications: Vec<Application>,
}

impl std::fmt::Debug for Application {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Application(***)")
    }
}

/// Why a code cannot be read or built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsumerError {
    /// Longer than any code may be.
    #[error("the code is too long")]
    TooLong,
    /// Not Base64.
    #[error("the code is not Base64")]
    Base64,
    /// Tags, lengths and values do not add up.
    #[error("the code is not a sequence of tags, lengths and values")]
    Malformed,
    /// Does not begin with a scheme that we know.
    #[error("the code begins with neither JPQR1 nor CPV01")]
    Scheme,
    /// No way to pay in it.
    #[error("the code holds no way to pay")]
    Empty,
    /// The number of the service or of the payment is too short or too long.
    #[error("tag {0:02X} has the wrong length")]
    Length(u16),
}

const SCHEME: u16 = 0x85;
const APPLICATION: u16 = 0x61;
const SERVICE: u16 = 0x4F;
const PAYMENT: u16 = 0x57;

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8], ConsumerError> {
    let (taken, rest) = bytes.split_at_checked(count).ok_or(ConsumerError::Malformed)?;
    *bytes = rest;
    Ok(taken)
}

fn byte(bytes: &mut &[u8]) -> Result<u8, ConsumerError> {
    take(bytes, 1)?.first().copied().ok_or(ConsumerError::Malformed)
}

/// Splits one level. Lengths are of one byte, or of `81` and one.
fn objects(mut bytes: &[u8]) -> Result<Vec<(u16, &[u8])>, ConsumerError> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let first = byte(&mut bytes)?;
        // Five ones: the tag goes on in the next byte.
        let tag = if first & 0x1F == 0x1F {
            let second = byte(&mut bytes)?;
            if second & 0x80 != 0 {
                return Err(ConsumerError::Malformed);
            }
            u16::from_be_bytes([first, second])
        } else {
            u16::from(first)
        };
        let length = match byte(&mut bytes)? {
            short @ 0..=0x7F => short,
            0x81 => byte(&mut bytes)?,
            _ => return Err(ConsumerError::Malformed),
        };
        found.push((tag, take(&mut bytes, usize::from(length))?));
    }
    Ok(found)
}

fn put(out: &mut Vec<u8>, tag: u16, value: &[u8]) -> Result<(), ConsumerError> {
    let length = u8::try_from(value.len()).map_err(|_| ConsumerError::TooLong)?;
    match tag.to_be_bytes() {
        [0, low] => out.push(low),
        both => out.extend(both),
    }
    if length > 0x7F {
        out.push(0x81);
    }
    out.push(length);
    out.extend_from_slice(value);
    Ok(())
}

impl Application {
    fn read(value: &[u8]) -> Result<Self, ConsumerError> {
        let (mut service, mut payment, mut others) = (None, None, Vec::new());
        for (tag, value) in objects(value)? {
            let value = value.to_vec();
            match tag {
                SERVICE if service.is_none() => service = Some(value),
                PAYMENT if payment.is_none() => payment = Some(value),
                SERVICE | PAYMENT => return Err(ConsumerError::Malformed),
                other => others.push((other, value)),
            }
        }
        let service = service.ok_or(ConsumerError::Length(SERVICE))?;
        Self { service, payment, others }.checked()
    }

    fn checked(self) -> Result<Self, ConsumerError> {
        if !(5..=16).contains(&self.service.len()) {
            return Err(ConsumerError::Length(SERVICE));
        }
        if self.payment.as_ref().is_some_and(|payment| !(1..=19).contains(&payment.len())) {
            return Err(ConsumerError::Length(PAYMENT));
        }
        Ok(self)
    }
}

impl ConsumerCode {
    /// Reads what a shop's camera saw.
    pub fn parse(text: &str) -> Result<Self, ConsumerError> {
        if text.len() > CODE_MAX {
            return Err(ConsumerError::TooLong);
        }
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| ConsumerError::Base64)?;
        let objects = objects(&bytes)?;
        let scheme = match objects.first() {
            Some((SCHEME, b"JPQR1")) => Scheme::Jpqr,
            Some((SCHEME, b"CPV01")) => Scheme::Emv,
            _ => return Err(ConsumerError::Scheme),
        };
        let ways = objects.iter().filter(|(tag, _)| *tag == APPLICATION);
        let applications: Vec<Application> =
            ways.map(|(_, value)| Application::read(value)).collect::<Result<_, _>>()?;
        if applications.is_empty() {
            return Err(ConsumerError::Empty);
        }
        Ok(Self { scheme, applications })
    }

    /// The text of the QR code.
    pub fn build(&self) -> Result<String, ConsumerError> {
        if self.applications.is_empty() {
            return Err(ConsumerError::Empty);
        }
        let mut out = Vec::new();
        let name = match self.scheme {
            Scheme::Jpqr => b"JPQR1",
            Scheme::Emv => b"CPV01",
        };
        put(&mut out, SCHEME, name)?;
        for application in &self.applications {
            let application = application.clone().checked()?;
            let mut inner = Vec::new();
            put(&mut inner, SERVICE, &application.service)?;
            if let Some(payment) = &application.payment {
                put(&mut inner, PAYMENT, payment)?;
            }
            for (tag, value) in &application.others {
                put(&mut inner, *tag, value)?;
            }
            put(&mut out, APPLICATION, &inner)?;
        }
        let text = BASE64_STANDARD.encode(out);
        if text.len() > CODE_MAX { Err(ConsumerError::TooLong) } else { Ok(text) }
    }
}

/// First digits of the barcodes that services showed, as seen in 2020 by one person who collected
/// them; nobody publishes the list.
const BARCODES_2020: [(&str, &str); 8] = [
    ("9000818188", "PayPay"),
    ("9000000000", "LINE Pay"),
    ("90000002", "d払い"),
    ("31589900", "メルペイ"),
    ("31589921", "au PAY"),
    ("31589995", "pring"),
    ("3158993", "ゆうちょPay"),
    ("900001", "楽天ペイ"),
];

/// Whose barcode it most likely is: a guess by what was seen in 2020.
#[must_use]
pub fn barcode_of(digits: &str) -> Option<&'static str> {
    let is_code = (16..=24).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let found = BARCODES_2020.iter().find(|(start, _)| digits.starts_with(start));
    found.filter(|_| is_code).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code() -> ConsumerCode {
        let application = Application {
            service: vec![0xA0, 0, 0, 0, 1],
            payment: Some(vec![0x12, 0x34]),
            others: vec![(0x63, b"abc".to_vec()), (0x9F08, vec![1, 2])],
        };
        ConsumerCode { scheme: Scheme::Jpqr, applications: vec![application] }
    }

    #[test]
    fn codes_begin_as_those_of_telephones_do_and_are_read_back() {
        let text = code().build().unwrap();
        assert!(text.starts_with("hQVKUFFS"), "{text}");
        assert_eq!(ConsumerCode::parse(&text), Ok(code()));
        let emv = ConsumerCode { scheme: Scheme::Emv, ..code() };
        assert!(emv.build().unwrap().starts_with("hQVDUFY"));
        assert_eq!(ConsumerCode::parse(&emv.build().unwrap()), Ok(emv));
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let parsed = |bytes: &[u8]| ConsumerCode::parse(&BASE64_STANDARD.encode(bytes));

        assert_eq!(ConsumerCode::parse("00020101021"), Err(ConsumerError::Base64));
        assert_eq!(ConsumerCode::parse(&"A".repeat(600)), Err(ConsumerError::TooLong));
        assert_eq!(parsed(b"\x85\x05JPQR2"), Err(ConsumerError::Scheme));
        assert_eq!(parsed(b"\x85\x05JPQR1"), Err(ConsumerError::Empty));
        assert_eq!(parsed(b"\x85\x09JPQR1"), Err(ConsumerError::Malformed));
        let short = parsed(b"\x85\x05JPQR1\x61\x04\x4F\x02\x01\x02");
        assert_eq!(short, Err(ConsumerError::Length(SERVICE)));
        let twice = parsed(
            b"\x85\x05JPQR1\x61\x0E\x4F\x05\x01\x02\x03\x04\x05\x4F\x05\x01\x02\x03\x04\x05",
        );
        assert_eq!(twice, Err(ConsumerError::Malformed));
        let long = Application { payment: Some(vec![0; 20]), ..code().applications.remove(0) };
        let long = ConsumerCode { applications: vec![long], ..code() };
        assert_eq!(long.build(), Err(ConsumerError::Length(PAYMENT)));
    }

    #[test]
    fn a_barcode_is_guessed_by_what_was_seen() {
        assert_eq!(barcode_of("315899000000000000"), Some("メルペイ"));
        assert_eq!(barcode_of("900001000000000000"), Some("楽天ペイ"));
        assert_eq!(barcode_of("31589900"), None, "too short for any");
        assert_eq!(barcode_of("490123456789012345"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "[A-Za-z0-9+/=]{0,120}", bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = ConsumerCode::parse(&text);
            let _ = ConsumerCode::parse(&BASE64_STANDARD.encode([b"\x85\x05JPQR1".as_slice(), &bytes].concat()));
        }

        #[test]
        fn what_is_built_is_read_as_the_same(
            service in proptest::collection::vec(any::<u8>(), 5..17),
            payment in proptest::option::of(proptest::collection::vec(any::<u8>(), 1..20)),
            free in proptest::collection::vec(any::<u8>(), 0..140),
        ) {
            let application = Application { service, payment, others: vec![(0x99, free)] };
            let code = ConsumerCode { scheme: Scheme::Jpqr, applications: vec![application] };
            prop_assert_eq!(ConsumerCode::parse(&code.build().unwrap()), Ok(code));
        }
    }
}
