//! JPQR codes: what one says, and one for a shop.

use anyhow::{Context as _, Result};
use kanuki_domain::Yen;
use kanuki_formats::jpqr::{
    ShopCode, ShopNumber, Use,
    consumer::{ConsumerCode, barcode_of},
};
use serde_json::json;

use super::{
    args::{JpqrMake, JpqrQuery},
    refused,
};
use crate::{Outcome, out::out};

/// Reads a code.
pub(super) fn read(args: &JpqrQuery) -> Result<Outcome> {
    if args.code.starts_with("000201") {
        return match ShopCode::parse(&args.code) {
            Err(error) => refused(args.json, &error),
            Ok(shop) => {
                let number = &shop.shop;
                let number = format!(
                    "{}-{}-{}-{}",
                    number.company, number.brand, number.store, number.counter
                );
                let name = shop.japanese_name.as_ref().unwrap_or(&shop.name);
                if args.json {
                    out!(
                        "{}",
                        json!({"side": "shop", "shop": number, "name": name, "amount": shop.amount})
                    );
                } else {
                    out!("{name} ({number})");
                    match shop.amount {
                        Some(amount) => out!("  {amount}"),
                        None => out!("  the customer types the amount"),
                    }
                    out!(
                        "  a checksum finds misprints, not forgery: compare the name with the shop"
                    );
                }
                Ok(Outcome::Well)
            }
        };
    }
    if let Some(service) = barcode_of(&args.code) {
        if args.json {
            out!("{}", json!({"side": "barcode", "service": service, "known_from": "2020"}));
        } else {
            out!("a customer's barcode, most likely of {service} (as seen in 2020)");
        }
        return Ok(Outcome::Well);
    }
    match ConsumerCode::parse(&args.code) {
        Err(error) => refused(args.json, &error),
        Ok(code) => {
            let ways = code.applications.len();
            let scheme = format!("{:?}", code.scheme);
            if args.json {
                out!("{}", json!({"side": "customer", "scheme": scheme, "ways": ways}));
            } else {
                out!("a customer's code by the rules of {scheme}, with {ways} ways to pay");
                out!("  whoever has it can be paid from it: give it to nobody but a till");
            }
            Ok(Outcome::Well)
        }
    }
}

/// Writes a shop's code.
pub(super) fn make(args: &JpqrMake) -> Result<Outcome> {
    let numbers: Vec<&str> = args.shop.split('-').collect();
    let [company, brand, store, counter] = numbers.as_slice() else {
        return refused(false, &"--shop: write 13, 4, 6 and 6 digits with hyphens between");
    };
    let amount = args.amount.as_deref().map(Yen::parse_input).transpose().context("--amount")?;
    let shop = ShopNumber {
        company: (*company).to_owned(),
        brand: (*brand).to_owned(),
        store: (*store).to_owned(),
        counter: (*counter).to_owned(),
    };
    let code = ShopCode {
        usage: if amount.is_some() { Use::Dynamic } else { Use::Static },
        template: args.template,
        shop,
        category: args.category.clone(),
        amount,
        name: args.name.clone(),
        city: args.city.clone(),
        postcode: None,
        japanese_name: args.japanese_name.clone(),
        reference: None,
        terminal: None,
    };
    match code.build() {
        Err(error) => refused(false, &error),
        Ok(text) => {
            out!("{text}");
            Ok(Outcome::Well)
        }
    }
}
