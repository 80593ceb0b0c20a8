//! JPQR codes: what one says, and one for a shop.

use anyhow::Result;
use kanuki_domain::Yen;
use kanuki_formats::jpqr::{
    ShopCode, ShopNumber, Use,
    consumer::{ConsumerCode, Scheme, barcode_of},
};
use kanuki_watch::Lang;
use serde_json::json;

use super::{
    args::{JpqrMake, JpqrQuery},
    refused,
    words::Reason as _,
};
use crate::{Outcome, out::out};

/// Reads a code.
pub(super) fn read(args: &JpqrQuery) -> Result<Outcome> {
    let (lang, is_json) = (args.how.lang(), args.how.json);
    let code = args.code.trim();
    if code.is_empty() {
        let why = lang.pick(
            "コードがありません。読み取った文字を、引用符で囲んで書いてください",
            "there is no code: write what the camera saw, in quotation marks",
        );
        return refused(lang, is_json, why);
    }
    if code.starts_with("000201") {
        return match ShopCode::parse(code) {
            Err(error) => refused(lang, is_json, &error.say(lang)),
            Ok(shop) => Ok(say_shop(args, &shop)),
        };
    }
    if let Some(service) = barcode_of(code) {
        match (is_json, lang) {
            (true, _) => {
                out!("{}", json!({"side": "barcode", "service": service, "known_from": "2020"}));
            }
            (_, Lang::Ja) => out!("お客さまのバーコードです。おそらく{service}(2020年に見たもの)"),
            (_, Lang::En) => {
                out!("a customer's barcode, most likely of {service} (as seen in 2020)");
            }
        }
        return Ok(Outcome::Well);
    }
    match ConsumerCode::parse(code) {
        Err(error) => refused(lang, is_json, &error.say(lang)),
        Ok(code) => Ok(say_customer(args, &code)),
    }
}

fn say_shop(args: &JpqrQuery, shop: &ShopCode) -> Outcome {
    let lang = args.how.lang();
    let ShopNumber { company, brand, store, counter } = &shop.shop;
    let number = format!("{company}-{brand}-{store}-{counter}");
    let name = shop.japanese_name.as_ref().unwrap_or(&shop.name);
    if args.how.json {
        let amount = shop.amount;
        out!("{}", json!({"side": "shop", "shop": number, "name": name, "amount": amount}));
        return Outcome::Well;
    }
    out!("{name} ({number})");
    match shop.amount {
        Some(amount) => out!("  {amount}"),
        None => {
            out!("  {}", lang.pick("金額はお客さまが入れます", "the customer types the amount"));
        }
    }
    out!(
        "  {}",
        lang.pick(
            "チェックサムで分かるのは読みまちがいだけで、にせ物は分かりません。名前がお店と同じか見てください",
            "a checksum finds misprints, not forgery: compare the name with the shop"
        )
    );
    Outcome::Well
}

fn say_customer(args: &JpqrQuery, code: &ConsumerCode) -> Outcome {
    let (lang, ways) = (args.how.lang(), code.applications.len());
    if args.how.json {
        let scheme = format!("{:?}", code.scheme);
        out!("{}", json!({"side": "customer", "scheme": scheme, "ways": ways}));
        return Outcome::Well;
    }
    let scheme = match code.scheme {
        Scheme::Jpqr => "JPQR",
        Scheme::Emv => "EMV",
    };
    match lang {
        Lang::Ja => out!("お客さまのコードです({scheme}の決まり、支払い方法{ways})"),
        Lang::En => out!("a customer's code by the rules of {scheme}, ways to pay: {ways}"),
    }
    out!(
        "  {}",
        lang.pick(
            "これを持つ人は、ここから支払いを受けられます。お店のレジのほかには見せないでください",
            "whoever has it can be paid from it: give it to nobody but a till"
        )
    );
    Outcome::Well
}

/// Writes a shop's code.
pub(super) fn make(args: &JpqrMake) -> Result<Outcome> {
    let lang = args.tongue.lang();
    let numbers: Vec<&str> = args.shop.split('-').collect();
    let [company, brand, store, counter] = numbers.as_slice() else {
        let why = lang.pick(
            "--shop は、13けた、4けた、6けた、6けたの数字をハイフンでつないでください",
            "--shop: write 13, 4, 6 and 6 digits with hyphens between",
        );
        return refused(lang, false, why);
    };
    let amount = args.amount.as_deref().map(Yen::parse_input).transpose();
    let amount = amount.map_err(|error| anyhow::anyhow!("--amount: {}", error.say(lang)))?;
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
        Err(error) => refused(lang, false, &error.say(lang)),
        Ok(text) => {
            out!("{text}");
            Ok(Outcome::Well)
        }
    }
}
