use jiff::civil::date;
use kanuki_domain::{
    agreement::example,
    barrier::{AttackPath, Barrier},
};
use serde_json::json;

use super::*;

const TODAY: Date = date(2026, 11, 26);

/// A bank that asks for the card's chip when linking, as its own page says, until 2027-05-01.
fn profile(id: &str, name: &str) -> String {
    json!({
        "schema": "institution-profile/v1", "kind": "bank", "id": id, "name": name,
        "name_en": "Sample Bank", "data_date": "2026-11-20", "corrections": "desk@bank.example",
        "claims": [{
            "field": "link.factors", "value": ["ic_card", "pin"],
            "source_url": "https://bank.example/linking", "source_kind": "institution",
            "quoted_date": "2026-11-01", "checked_by": "K. Ono", "confidence": "high",
            "expires": "2027-05-01"
        }]
    })
    .to_string()
}

fn requiring(least: Barrier, file: &str) -> Agreement {
    let mut agreement = example(TODAY);
    agreement.standards.of_bank.required.insert(AttackPath::Link, least);
    agreement.standards.of_bank.file = file.to_owned();
    agreement
}

fn all_gaps(agreement: &Agreement, bank: &str) -> Vec<String> {
    let bank = BankCode::parse(bank).unwrap();
    let found = agreement.gaps(TODAY).into_iter().chain(gaps(agreement, Some(bank)));
    found.map(|gap| gap.to_string()).collect()
}

#[test]
fn what_was_found_is_computed_from_the_file_with_its_hash_and_its_end() {
    let file = profile("9998", "見本銀行");
    let mut agreement = requiring(Barrier::Device, &file);
    settle(&mut agreement, TODAY);

    let found = agreement.standards.of_bank.clone();
    assert_eq!(found.found, [(AttackPath::Link, Barrier::Device)].into(), "the rest is unknown");
    assert_eq!(found.expires, Some(date(2027, 5, 1)));
    assert_eq!(found.looked_on, Some(TODAY));
    assert_eq!(found.profile, "9998 見本銀行, 2026-11-20");
    assert_eq!(found.sha256, hex(Sha256::digest(&file).into()));
    assert_eq!(all_gaps(&agreement, "9998"), Vec::<String>::new());
    assert!(!agreement.is_overdue(date(2027, 5, 1)));
    assert!(agreement.is_overdue(date(2027, 5, 2)));
}

#[test]
fn a_partner_below_what_is_required_is_refused_whatever_was_typed() {
    let mut agreement = requiring(Barrier::Bound, &profile("9998", "見本銀行"));
    let typed = &mut agreement.standards.of_bank;
    typed.found.insert(AttackPath::Link, Barrier::Bound);
    (typed.looked_on, typed.expires) = (Some(TODAY), Some(date(2027, 11, 1)));
    assert_eq!(
        all_gaps(&agreement, "9998"),
        ["FT-10: standards.of_bank.file is not what the profile comes to"],
        "what a file or a form says is computed again"
    );

    settle(&mut agreement, TODAY);
    assert_eq!(all_gaps(&agreement, "9998"), ["FT-10: standards.of_bank.found.link is not safe"]);
    assert!(agreement.is_overdue(TODAY), "and no new link opens");
}

#[test]
fn a_changed_file_is_not_what_was_found() {
    let mut agreement = requiring(Barrier::Device, &profile("9998", "見本銀行"));
    settle(&mut agreement, TODAY);
    let other = agreement.standards.of_bank.file.replace("K. Ono", "M. Abe");
    agreement.standards.of_bank.file = other;

    assert_eq!(
        all_gaps(&agreement, "9998"),
        ["FT-10: standards.of_bank.file is not what the profile comes to"]
    );
}

#[test]
fn a_profile_of_another_company_says_nothing_about_this_one() {
    let mut agreement = requiring(Barrier::Device, &profile("9998", "見本銀行"));
    settle(&mut agreement, TODAY);
    assert_eq!(
        all_gaps(&agreement, "9997"),
        ["FT-10: standards.of_bank.file is about another company"]
    );

    let of_bank = std::mem::take(&mut agreement.standards.of_bank);
    agreement.standards.of_wallet = of_bank;
    assert_eq!(
        all_gaps(&agreement, "9998"),
        ["ZG-01: standards.of_wallet.file is about another company"]
    );
}

#[test]
fn what_is_true_and_holds_stays_as_it_was_looked_at() {
    let mut agreement = requiring(Barrier::Device, &profile("9998", "見本銀行"));
    settle(&mut agreement, TODAY);
    let looked = agreement.clone();

    settle(&mut agreement, date(2027, 2, 1));
    assert_eq!(agreement, looked);

    settle(&mut agreement, date(2027, 5, 2));
    let after = &agreement.standards.of_bank;
    assert_eq!(after.looked_on, Some(date(2027, 5, 2)));
    assert!(after.found.is_empty(), "nothing is known of it any more");
}

#[test]
fn what_nobody_requires_is_not_kept() {
    let mut agreement = requiring(Barrier::Device, &profile("9998", "見本銀行"));
    agreement.standards.of_bank.required.clear();
    settle(&mut agreement, TODAY);

    assert!(agreement.standards.are_none());
}

#[test]
fn a_profile_under_another_banks_name_is_refused_by_both_names() {
    let error = read(profile("0001", "三井住友銀行").as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"id\" 0001 is みずほ銀行 in the list of 2026-08-24, and \"name\" says 三井住友銀行"
    );
    assert!(read(profile("0537", "福井銀行").as_bytes()).is_err(), "gone, and not by this name");
    for (id, name) in [("0001", "みずほ銀行"), ("0038", "住信SBIネット銀行"), ("9998", "見本")]
    {
        assert!(read(profile(id, name).as_bytes()).is_ok(), "{id} {name}");
    }

    let mut agreement = requiring(Barrier::Device, &profile("0001", "三井住友銀行"));
    settle(&mut agreement, TODAY);
    assert!(!all_gaps(&agreement, "0001").is_empty());
}

#[test]
fn a_file_of_tomorrow_or_of_a_novels_length_is_refused() {
    let mut standard = Standard::default();
    let file = profile("9998", "見本銀行");
    let early = look(&mut standard, &file, date(2026, 11, 19));
    assert!(matches!(early, Err(ProfileFault::Ahead)));
    let long = look(&mut standard, &" ".repeat(FILE_MAX + 1), TODAY);
    assert!(matches!(long, Err(ProfileFault::TooLong)));
    assert_eq!(standard, Standard::default());
}
