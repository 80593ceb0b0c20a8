//! A shop's code, written.

use super::{CURRENCY, JpqrError, ShopCode, TEMPLATE_ID, Use, crc::crc16, objects::write};

impl ShopCode {
    /// The text to put into the QR code.
    pub fn build(&self) -> Result<String, JpqrError> {
        let code = self.clone().check()?;
        let mut out = String::new();
        write(&mut out, 0, "01")?;
        write(
            &mut out,
            1,
            match code.usage {
                Use::Static => "11",
                Use::Dynamic => "12",
            },
        )?;
        write(&mut out, code.template, &code.template_value()?)?;
        write(&mut out, 52, &code.category)?;
        write(&mut out, 53, CURRENCY)?;
        if let Some(amount) = code.amount {
            write(&mut out, 54, &amount.amount().to_string())?;
        }
        write(&mut out, 58, "JP")?;
        write(&mut out, 59, &code.name)?;
        write(&mut out, 60, &code.city)?;
        if let Some(postcode) = &code.postcode {
            write(&mut out, 61, postcode)?;
        }
        if code.reference.is_some() || code.terminal.is_some() {
            write(&mut out, 62, &code.additional_value()?)?;
        }
        if let Some(name) = &code.japanese_name {
            let mut value = String::new();
            write(&mut value, 0, "JA")?;
            write(&mut value, 1, name)?;
            write(&mut out, 64, &value)?;
        }
        out.push_str("6304");
        let checksum = crc16(out.as_bytes());
        Ok(format!("{out}{checksum:04X}"))
    }

    fn template_value(&self) -> Result<String, JpqrError> {
        let mut value = String::new();
        write(&mut value, 0, TEMPLATE_ID)?;
        write(&mut value, 1, &self.shop.company)?;
        write(&mut value, 2, &self.shop.brand)?;
        write(&mut value, 3, &self.shop.store)?;
        write(&mut value, 4, &self.shop.counter)?;
        Ok(value)
    }

    fn additional_value(&self) -> Result<String, JpqrError> {
        let mut value = String::new();
        if let Some(reference) = &self.reference {
            write(&mut value, 5, reference)?;
        }
        if let Some(terminal) = &self.terminal {
            write(&mut value, 7, terminal)?;
        }
        Ok(value)
    }
}
