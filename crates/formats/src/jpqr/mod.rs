//! JPQR, the shop's side: the QR code at the counter that a customer scans (`EMVCo` MPM). The
//! customer's side, which a shop scans, is [`consumer`].
//!
//! A code is data objects of a two-digit tag, a two-digit length in *characters*, and a value. The
//! last one is a checksum over the bytes before it. JPQR adds a template with the shop's four
//! numbers, registered under `jp.or.paymentsjapan`.
//!
//! A checksum finds misprints, not forgery: anyone can print a code. The payment pages therefore
//! name the shop by its number as *we* know it, not by the name in the code.

mod build;
pub mod consumer;
mod crc;
mod objects;
mod parse;
#[cfg(test)]
mod tests;

use kanuki_domain::Yen;

/// The name under which Payments Japan registered its template.
const TEMPLATE_ID: &str = "jp.or.paymentsjapan";
/// ISO 4217 number of the yen.
const CURRENCY: &str = "392";
/// Longest code that is read, in bytes. `EMVCo` allows 512 characters, up to 3 bytes each.
const CODE_MAX: usize = 1536;

/// May the code be used once or many times?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Printed and used again (tag 01 = 11).
    Static,
    /// Shown for one payment (tag 01 = 12).
    Dynamic,
}

/// A shop's place among the four levels of JPQR, digits only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShopNumber {
    /// Company, 13 digits (法人番号 or one given out in its place).
    pub company: String,
    /// Second level, 4 digits.
    pub brand: String,
    /// Third level, 6 digits.
    pub store: String,
    /// Fourth level, 6 digits.
    pub counter: String,
}

/// What a shop's code says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopCode {
    /// Printed or shown once.
    pub usage: Use,
    /// Tag that holds the JPQR template, 26 to 51.
    pub template: u8,
    /// The shop.
    pub shop: ShopNumber,
    /// Merchant category (ISO 18245), 4 digits.
    pub category: String,
    /// Amount; none when the customer types it.
    pub amount: Option<Yen>,
    /// Name in ASCII, 1 to 25 characters.
    pub name: String,
    /// City in ASCII, 1 to 15 characters.
    pub city: String,
    /// Post code, 1 to 10 ASCII characters.
    pub postcode: Option<String>,
    /// Name in Japanese, 1 to 25 characters.
    pub japanese_name: Option<String>,
    /// The shop's reference for this payment, 1 to 25 ASCII characters (tag 62-05).
    pub reference: Option<String>,
    /// The shop's terminal, 1 to 25 ASCII characters (tag 62-07).
    pub terminal: Option<String>,
}

/// A part of a code, for errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Template tag out of 26–51.
    Template,
    /// One of the shop's four numbers.
    Shop,
    /// Printed or shown once.
    Usage,
    /// Merchant category.
    Category,
    /// Amount.
    Amount,
    /// ASCII name.
    Name,
    /// City.
    City,
    /// Post code.
    Postcode,
    /// Japanese name.
    JapaneseName,
    /// Reference or terminal.
    Additional,
}

/// Why a code cannot be read or built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JpqrError {
    /// Longer than any code may be.
    #[error("the code is too long")]
    TooLong,
    /// Tags, lengths and values do not add up.
    #[error("the code is not a sequence of data objects")]
    Malformed,
    /// The same tag twice.
    #[error("tag {0:02} occurs twice")]
    Repeated(u8),
    /// Does not begin with `000201`.
    #[error("the code does not begin with the format indicator")]
    NotEmv,
    /// No checksum at the end, or another than the content has.
    #[error("the checksum does not fit")]
    Checksum,
    /// A tag that must be there is not.
    #[error("tag {0:02} is missing")]
    Missing(u8),
    /// No template of JPQR: a code of another scheme.
    #[error("the code is not a JPQR")]
    NotJpqr,
    /// Another currency than yen.
    #[error("the currency is not yen")]
    Currency,
    /// Another country than Japan.
    #[error("the country is not Japan")]
    Country,
    /// A tip or fee (tags 55–57), which would change the amount unseen.
    #[error("tag {0:02} would change the amount")]
    Surcharge(u8),
    /// A part has a form that it must not have.
    #[error("the part {0:?} has the wrong form")]
    Form(Part),
}

impl ShopCode {
    /// Checks the form of every part; building and reading both end here.
    fn check(self) -> Result<Self, JpqrError> {
        let digits =
            |text: &str, len| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
        let ascii = |text: &str, max| {
            (1..=max).contains(&text.len()) && text.bytes().all(|b| matches!(b, b' '..=b'~'))
        };
        let optional = |text: &Option<String>, max| text.as_deref().is_none_or(|t| ascii(t, max));
        let ShopNumber { company, brand, store, counter } = &self.shop;
        let shop =
            digits(company, 13) && digits(brand, 4) && digits(store, 6) && digits(counter, 6);
        let japanese = self.japanese_name.as_deref().is_none_or(|name| {
            (1..=25).contains(&name.chars().count()) && crate::text::safe_line(name, 25) == name
        });
        let checks = [
            (Part::Template, (26..=51).contains(&self.template)),
            (Part::Shop, shop),
            (Part::Category, digits(&self.category, 4)),
            (Part::Amount, self.amount.is_none_or(is_payable)),
            (Part::Name, ascii(&self.name, 25)),
            (Part::City, ascii(&self.city, 15)),
            (Part::Postcode, optional(&self.postcode, 10)),
            (Part::JapaneseName, japanese),
            (Part::Additional, optional(&self.reference, 25) && optional(&self.terminal, 25)),
        ];
        match checks.into_iter().find(|(_, fits)| !fits) {
            Some((part, _)) => Err(JpqrError::Form(part)),
            None => Ok(self),
        }
    }
}

/// Not zero, and within the 13 digits of tag 54.
fn is_payable(amount: Yen) -> bool {
    (1..=9_999_999_999_999).contains(&amount.amount())
}
