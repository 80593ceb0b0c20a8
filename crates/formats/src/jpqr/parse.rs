//! A shop's code, read from whatever a camera saw.

use kanuki_domain::Yen;

use super::{
    CODE_MAX, CURRENCY, JpqrError, Part, ShopCode, ShopNumber, TEMPLATE_ID, Use,
    crc::crc16,
    objects::{Objects, read},
};

impl ShopCode {
    /// Reads a code strictly; unknown tags and templates of other schemes are passed over.
    pub fn parse(text: &str) -> Result<Self, JpqrError> {
        if text.len() > CODE_MAX {
            return Err(JpqrError::TooLong);
        }
        if !text.starts_with("000201") {
            return Err(JpqrError::NotEmv);
        }
        check_sum(text)?;
        let mut objects = read(text)?;
        if let Some(tag) = (55..=57).find(|tag| objects.contains_key(tag)) {
            return Err(JpqrError::Surcharge(tag));
        }
        if take(&mut objects, 53)? != CURRENCY {
            return Err(JpqrError::Currency);
        }
        if take(&mut objects, 58)? != "JP" {
            return Err(JpqrError::Country);
        }
        let (template, shop) = shop(&objects)?;
        let mut additional = level(&mut objects, 62)?;
        Self {
            usage: usage(objects.get(&1))?,
            template,
            shop,
            category: take(&mut objects, 52)?,
            amount: objects.remove(&54).map(|text| amount(&text)).transpose()?,
            name: take(&mut objects, 59)?,
            city: take(&mut objects, 60)?,
            postcode: objects.remove(&61),
            japanese_name: japanese_name(&mut objects)?,
            reference: additional.remove(&5),
            terminal: additional.remove(&7),
        }
        .check()
    }
}

/// The last object is 63, and its value fits all bytes up to it.
fn check_sum(text: &str) -> Result<(), JpqrError> {
    let at = text.len().checked_sub(4).ok_or(JpqrError::Checksum)?;
    let (content, sum) = text.split_at_checked(at).ok_or(JpqrError::Checksum)?;
    let fits = content.ends_with("6304") && sum == format!("{:04X}", crc16(content.as_bytes()));
    if fits { Ok(()) } else { Err(JpqrError::Checksum) }
}

fn take(objects: &mut Objects, tag: u8) -> Result<String, JpqrError> {
    objects.remove(&tag).ok_or(JpqrError::Missing(tag))
}

fn level(objects: &mut Objects, tag: u8) -> Result<Objects, JpqrError> {
    objects.remove(&tag).map_or_else(|| Ok(Objects::new()), |text| read(&text))
}

fn usage(value: Option<&String>) -> Result<Use, JpqrError> {
    match value.map(String::as_str) {
        // EMVCo makes the tag optional; a code without it is a printed one.
        None | Some("11") => Ok(Use::Static),
        Some("12") => Ok(Use::Dynamic),
        Some(_) => Err(JpqrError::Form(Part::Usage)),
    }
}

/// The one template of JPQR among those of all schemes.
fn shop(objects: &Objects) -> Result<(u8, ShopNumber), JpqrError> {
    let mut ours = objects.range(26..=51).filter_map(|(tag, value)| {
        // What other schemes put into theirs is not for us to judge.
        let inner = read(value).ok()?;
        (inner.get(&0).map(String::as_str) == Some(TEMPLATE_ID)).then_some((*tag, inner))
    });
    let (tag, mut inner) = ours.next().ok_or(JpqrError::NotJpqr)?;
    if let Some((second, _)) = ours.next() {
        return Err(JpqrError::Repeated(second));
    }
    let shop = ShopNumber {
        company: take(&mut inner, 1)?,
        brand: take(&mut inner, 2)?,
        store: take(&mut inner, 3)?,
        counter: take(&mut inner, 4)?,
    };
    Ok((tag, shop))
}

/// Digits without a point or leading zero: yen have no decimals.
fn amount(text: &str) -> Result<Yen, JpqrError> {
    let wrong = JpqrError::Form(Part::Amount);
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    if !plain {
        return Err(wrong);
    }
    text.parse().ok().and_then(|amount| Yen::new(amount).ok()).ok_or(wrong)
}

fn japanese_name(objects: &mut Objects) -> Result<Option<String>, JpqrError> {
    let mut inner = level(objects, 64)?;
    let is_japanese = inner.get(&0).is_some_and(|language| language.eq_ignore_ascii_case("JA"));
    Ok(inner.remove(&1).filter(|_| is_japanese))
}
