use proptest::prelude::*;

use super::{crc::crc16, *};

fn shop_code() -> ShopCode {
    ShopCode {
        usage: Use::Static,
        template: 26,
        shop: ShopNumber {
            company: "0000000000001".to_owned(),
            brand: "0001".to_owned(),
            store: "000001".to_owned(),
            counter: "000001".to_owned(),
        },
        category: "5812".to_owned(),
        amount: None,
        name: "HONPO SHOKUDO".to_owned(),
        city: "TOKYO".to_owned(),
        postcode: Some("1000005".to_owned()),
        japanese_name: Some("本舗食堂".to_owned()),
        reference: None,
        terminal: None,
    }
}

/// `content` with the checksum that it ought to have.
fn sealed(content: &str) -> String {
    let content = format!("{content}6304");
    format!("{content}{:04X}", crc16(content.as_bytes()))
}

/// The sample without its checksum, changed, and sealed again.
fn resealed(from: &str, to: &str) -> String {
    let code = ShopCode { amount: Some(Yen::of(500)), ..shop_code() }.build().unwrap();
    let (content, _) = code.rsplit_once("6304").unwrap();
    assert!(content.contains(from), "{from} is in the sample");
    sealed(&content.replacen(from, to, 1))
}

#[test]
fn printed_code_is_as_the_norm_lays_it_out() {
    let code = shop_code().build().unwrap();

    let expected = sealed(
        "000201010211\
         26680019jp.or.paymentsjapan0113000000000000102040001030600000104060000015204581253033925802JP\
         5913HONPO SHOKUDO6005TOKYO6107100000564140002JA0104本舗食堂",
    );
    assert_eq!(code, expected);
}

#[test]
fn codes_that_do_not_mean_yen_in_japan_are_refused() {
    let table = [
        ("5303392", "5303840", JpqrError::Currency),
        ("5802JP", "5802US", JpqrError::Country),
        ("5403500", "54055.000", JpqrError::Form(Part::Amount)),
        ("5403500", "5403050", JpqrError::Form(Part::Amount)),
        ("5403500", "54010", JpqrError::Form(Part::Amount)),
        ("5403500", "5403-50", JpqrError::Form(Part::Amount)),
        ("5403500", "541499999999999999", JpqrError::Form(Part::Amount)),
        ("5403500", "5403500550201", JpqrError::Surcharge(55)),
        ("5403500", "54035005403900", JpqrError::Repeated(54)),
        ("jp.or.paymentsjapan", "jp.or.paymentsjapam", JpqrError::NotJpqr),
        ("52045812", "", JpqrError::Missing(52)),
        ("52045812", "5204581A", JpqrError::Form(Part::Category)),
        ("010211", "010213", JpqrError::Form(Part::Usage)),
        ("本舗食堂", "本舗\u{202E}堂", JpqrError::Form(Part::JapaneseName)),
        ("5913HONPO", "5999HONPO", JpqrError::Malformed),
        ("000201", "000202", JpqrError::NotEmv),
    ];
    for (from, to, error) in table {
        assert_eq!(ShopCode::parse(&resealed(from, to)), Err(error), "{from} → {to}");
    }
}

#[test]
fn amount_in_the_code_is_the_amount_paid() {
    let read = ShopCode::parse(&resealed("5403500", "5403501")).unwrap();

    assert_eq!(read.amount, Some(Yen::of(501)));
}

#[test]
fn templates_of_other_schemes_are_passed_over() {
    let read = ShopCode::parse(&resealed("5204", "4409not tags!5204")).unwrap();

    assert_eq!(read.shop, shop_code().shop);
}

#[test]
fn second_shop_in_one_code_is_refused() {
    let template = "26680019jp.or.paymentsjapan011300000000000010204000103060000010406000001";
    let twice = format!("{template}{}", template.replacen("26", "27", 1));

    let read = ShopCode::parse(&resealed(template, &twice));

    assert_eq!(read, Err(JpqrError::Repeated(27)));
}

#[test]
fn parts_of_the_wrong_form_are_not_built() {
    let long = "あ".repeat(26);
    let table = [
        (ShopCode { template: 25, ..shop_code() }, Part::Template),
        (ShopCode { category: "581".to_owned(), ..shop_code() }, Part::Category),
        (ShopCode { amount: Some(Yen::ZERO), ..shop_code() }, Part::Amount),
        (ShopCode { amount: Some(Yen::MAX), ..shop_code() }, Part::Amount),
        (ShopCode { name: "本舗".to_owned(), ..shop_code() }, Part::Name),
        (ShopCode { city: String::new(), ..shop_code() }, Part::City),
        (ShopCode { japanese_name: Some(long), ..shop_code() }, Part::JapaneseName),
        (ShopCode { terminal: Some(String::new()), ..shop_code() }, Part::Additional),
    ];
    for (code, part) in table {
        assert_eq!(code.build(), Err(JpqrError::Form(part)), "{code:?}");
    }
}

prop_compose! {
    fn any_shop()(company in "[0-9]{13}", brand in "[0-9]{4}", store in "[0-9]{6}", counter in "[0-9]{6}") -> ShopNumber {
        ShopNumber { company, brand, store, counter }
    }
}

prop_compose! {
    fn any_code()(
        shop in any_shop(),
        is_static in any::<bool>(),
        template in 26_u8..=51,
        category in "[0-9]{4}",
        amount in prop::option::of(1_u64..=9_999_999_999_999),
        name in "[ -~]{1,25}",
        city in "[ -~]{1,15}",
        texts in (
            prop::option::of("[ -~]{1,10}"),
            prop::option::of("[一-龠ぁ-んァ-ヶa-z0-9]{1,25}"),
            prop::option::of("[ -~]{1,25}"),
            prop::option::of("[ -~]{1,25}"),
        ),
    ) -> ShopCode {
        let (postcode, japanese_name, reference, terminal) = texts;
        let usage = if is_static { Use::Static } else { Use::Dynamic };
        let amount = amount.map(|amount| Yen::new(amount).unwrap());
        ShopCode { usage, template, shop, category, amount, name, city, postcode, japanese_name, reference, terminal }
    }
}

proptest! {
    /// What is built is read back as it was.
    #[test]
    fn codes_survive_the_way_to_paper_and_back(code in any_code()) {
        let built = code.build().unwrap();

        prop_assert_eq!(ShopCode::parse(&built), Ok(code));
    }

    /// One wrong letter anywhere is noticed.
    #[test]
    fn misprints_are_noticed(code in any_code(), at in any::<prop::sample::Index>(), letter in "[!-~]") {
        let built = code.build().unwrap();
        let mut letters: Vec<String> = built.chars().map(String::from).collect();
        let place = at.index(letters.len());
        prop_assume!(letters[place] != letter);
        letters[place] = letter;

        prop_assert!(ShopCode::parse(&letters.concat()).is_err());
    }

    /// Whatever a camera saw, there is an answer.
    #[test]
    fn anything_is_answered(text in any::<String>(), digits in "000201[0-9本]{0,80}") {
        prop_assert!(ShopCode::parse(&text).is_err());
        prop_assert!(ShopCode::parse(&sealed(&digits)).is_err());
    }
}
