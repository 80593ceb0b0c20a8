use std::num::NonZeroU32;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::limits::DAY_SECS;

fn good() -> Terms {
    serde_json::from_value(shape()).unwrap()
}

fn shape() -> Value {
    json!({
        "max_individual": "30000",
        "periodic": [
            {"period": "day", "alignment": "rolling", "amount": "50000", "max_debits": 5},
            {"period": "month", "alignment": "calendar", "tz": "Asia/Tokyo", "amount": "300000", "max_debits": 50},
            {"period": "month", "alignment": "consent", "tz": "Asia/Tokyo", "amount": "300000"},
        ],
        "max_debits": 100,
        "valid_from": "2026-12-01T00:00:00Z", "valid_to": "2027-12-01T00:00:00Z",
        "interaction": ["in_session", "off_session"],
    })
}

#[test]
fn terms_read_back_as_they_were_written() {
    assert_eq!(serde_json::to_value(good()).unwrap(), shape());
    assert_eq!(good().validate(), Ok(()));
}

#[test]
fn what_a_row_of_before_said_is_still_read() {
    #[derive(Debug, Deserialize)]
    struct Row {
        #[serde(deserialize_with = "terms::stored")]
        terms: Terms,
    }
    let old = json!({"terms": {
        "max_individual": "20000", "max_per_day": "50000", "max_per_month": "300000",
        "valid_from": "2026-12-01T00:00:00Z", "valid_to": "2027-12-01T00:00:00Z",
    }});

    let read: Row = serde_json::from_value(old.clone()).unwrap();

    assert_eq!(read.terms.max_individual, Yen::of(20_000));
    assert_eq!(
        read.terms.periodic,
        [
            PeriodicCap::rolling(Period::Day, Yen::of(50_000)),
            PeriodicCap::rolling(Period::Month, Yen::of(300_000)),
        ]
    );
    assert_eq!(read.terms.interaction, [Interaction::InSession]);
    let new: Row = serde_json::from_value(json!({"terms": shape()})).unwrap();
    assert_eq!(new.terms, good());
    assert!(serde_json::from_value::<Terms>(old["terms"].clone()).is_err(), "not on the wire");
    for missing in ["periodic", "interaction", "max_individual"] {
        let mut none = json!({"terms": shape()});
        none["terms"].as_object_mut().unwrap().remove(missing);
        assert!(serde_json::from_value::<Row>(none).is_err(), "without {missing}");
    }
}

#[test]
fn terms_that_make_no_sense_are_refused() {
    for (at, value, why) in [
        ("/max_individual", json!("0"), TermsError::Amounts),
        ("/max_individual", json!("50001"), TermsError::Amounts),
        ("/periodic/0/amount", json!("300001"), TermsError::Amounts),
        ("/periodic/0/max_debits", json!(101), TermsError::Debits),
        ("/periodic/1/max_debits", json!(4), TermsError::Debits),
        ("/periodic/1/alignment", json!("consent"), TermsError::Twice),
        ("/periodic", json!([]), TermsError::Count),
        ("/interaction", json!([]), TermsError::Interaction),
        ("/interaction", json!(["in_session", "in_session"]), TermsError::Interaction),
        ("/valid_to", json!("2026-12-01T23:59:59Z"), TermsError::Validity),
        ("/valid_to", json!("2027-12-03T00:00:00Z"), TermsError::Validity),
    ] {
        let mut terms = shape();
        *terms.pointer_mut(at).unwrap() = value.clone();
        let terms: Terms = serde_json::from_value(terms).unwrap();
        assert_eq!(terms.validate(), Err(why), "{at}: {value}");
    }
    let mut many = good();
    many.periodic = Period::ALL
        .into_iter()
        .chain([Period::Day])
        .map(|period| PeriodicCap::rolling(period, Yen::of(50_000)))
        .collect();
    assert_eq!(many.validate(), Err(TermsError::Count));
    let mut zones = good();
    let paris = Zone::parse("Europe/Paris").unwrap();
    zones.periodic.push(PeriodicCap::calendar(Period::Month, paris, Yen::of(300_000)));
    assert_eq!(zones.validate(), Err(TermsError::Twice), "one month in two time zones");
}

#[test]
fn caps_that_no_clock_can_follow_do_not_parse() {
    for (at, value) in [
        (
            "/periodic/0",
            json!({"period": "day", "alignment": "rolling", "tz": "Asia/Tokyo", "amount": "1"}),
        ),
        ("/periodic/0", json!({"period": "day", "alignment": "calendar", "amount": "1"})),
        ("/periodic/0", json!({"period": "day", "alignment": "consent", "amount": "1"})),
        ("/periodic/0", json!({"period": "day", "amount": "1"})),
        ("/periodic/0/period", json!("hour")),
        ("/periodic/0/alignment", json!("lunar")),
        ("/periodic/0/max_debits", json!(0)),
        ("/periodic/0/max_debits", json!(1.5)),
        ("/periodic/1/tz", json!("Asia/Edo")),
        ("/periodic/1/amount", json!(300_000)),
        ("/max_debits", json!("100")),
        ("/interaction/0", json!("asleep")),
    ] {
        let mut terms = shape();
        *terms.pointer_mut(at).unwrap() = value.clone();
        assert!(serde_json::from_value::<Terms>(terms).is_err(), "{at}: {value}");
    }
    for at in ["", "/periodic/0"] {
        let mut terms = shape();
        terms.pointer_mut(at).unwrap()["unknown"] = json!("x");
        assert!(serde_json::from_value::<Terms>(terms).is_err(), "{at}");
    }
}

#[test]
fn edges_that_moved_are_wider_even_with_the_same_amounts() {
    let asked = good();
    let mut later = asked.clone();
    later.valid_from = "2026-12-15T00:00:00Z".parse().unwrap();

    assert!(
        !later.is_within(&asked),
        "a month from the 15th holds two months' amounts from the 1st"
    );
    later.periodic.retain(|cap| !matches!(cap.alignment, Alignment::Consent(_)));
    let mut rolling = asked.clone();
    rolling.periodic.retain(|cap| !matches!(cap.alignment, Alignment::Consent(_)));
    assert!(later.is_within(&rolling));
    assert!(!rolling.is_within(&asked), "a cap that is missing is wider");
}

#[test]
fn a_debit_must_be_of_a_kind_that_was_agreed() {
    let state = MandateState::Active { cooling_until: Timestamp::MIN };
    let mut terms = good();
    terms.interaction = vec![Interaction::InSession];
    let now = terms.valid_from;
    let ask = |terms: &Terms, how| authorize_debit(state, terms, (Yen::of(1), how), now);

    assert_eq!(ask(&terms, Interaction::InSession), Ok(()));
    assert_eq!(ask(&terms, Interaction::OffSession), Err(MandateError::NotAgreed));
    assert_eq!(ask(&good(), Interaction::OffSession), Ok(()));
}

fn any_cap() -> impl Strategy<Value = PeriodicCap> {
    let zone = || Zone::parse("Asia/Tokyo").unwrap();
    let alignment = prop_oneof![
        Just(Alignment::Rolling),
        Just(Alignment::Calendar(zone())),
        Just(Alignment::Consent(zone())),
    ];
    let period = proptest::sample::select(&Period::ALL[..]);
    (period, alignment, 1_u32..9, any_count()).prop_map(
        |(period, alignment, amount, max_debits)| PeriodicCap {
            period,
            alignment,
            amount: Yen::of(amount.saturating_mul(10_000)),
            max_debits,
        },
    )
}

fn any_count() -> impl Strategy<Value = Option<NonZeroU32>> {
    (0_u32..6).prop_map(NonZeroU32::new)
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let interaction = proptest::sample::select(vec![
        vec![Interaction::InSession],
        vec![Interaction::OffSession],
        vec![Interaction::InSession, Interaction::OffSession],
    ]);
    let caps = prop::collection::vec(any_cap(), 1..5);
    (1_u32..9, caps, any_count(), 0_i64..3, 1_i64..300, interaction).prop_map(
        |(each, periodic, max_debits, from, days, interaction)| {
            let valid_from = later(Timestamp::UNIX_EPOCH, from.saturating_mul(DAY_SECS));
            Terms {
                max_individual: Yen::of(each.saturating_mul(10_000)),
                periodic,
                max_debits,
                valid_from,
                valid_to: later(valid_from, days.saturating_mul(DAY_SECS)),
                interaction,
            }
        },
    )
}

/// What a book of debits may hold under these terms, found by counting, not by comparing terms.
fn allows(terms: &Terms, debits: &[(i64, u32, Interaction)]) -> bool {
    let at = |hours: i64| later(Timestamp::UNIX_EPOCH, hours.saturating_mul(3_600));
    let is_counted_with = |cap: &PeriodicCap, earlier: Timestamp, now: Timestamp| match cap
        .window(terms.valid_from, now)
    {
        Window::Rolling { secs } => later(earlier, secs) > now,
        Window::Aligned { from, .. } => earlier >= from,
    };
    debits.iter().enumerate().all(|(n, (hours, amount, how))| {
        let now = at(*hours);
        let so_far = debits.get(..=n).unwrap_or_default();
        let state = MandateState::Active { cooling_until: Timestamp::MIN };
        authorize_debit(state, terms, (Yen::of(*amount), *how), now).is_ok()
            && terms.max_debits.is_none_or(|most| usize::try_from(most.get()).unwrap() > n)
            && terms.periodic.iter().all(|cap| {
                let counted: Vec<u32> = so_far
                    .iter()
                    .filter(|(hours, ..)| is_counted_with(cap, at(*hours), now))
                    .map(|(_, amount, _)| *amount)
                    .collect();
                Yen::of(counted.iter().sum()) <= cap.amount
                    && cap
                        .max_debits
                        .is_none_or(|most| usize::try_from(most.get()).unwrap() >= counted.len())
            })
    })
}

fn any_debits() -> impl Strategy<Value = Vec<(i64, u32, Interaction)>> {
    let how = prop_oneof![Just(Interaction::InSession), Just(Interaction::OffSession)];
    prop::collection::vec((0_i64..400, 1_u32..9, how), 0..6).prop_map(|debits| {
        let mut at = 24_i64;
        debits
            .into_iter()
            .map(|(after, amount, how)| {
                at = at.saturating_add(after);
                (at, amount.saturating_mul(5_000), how)
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn narrowing_never_widens_and_the_grant_check_takes_it(
        terms in any_terms(),
        (day, month) in (1_u32..9, 1_u32..9),
    ) {
        let (day, month) = (Yen::of(day.saturating_mul(10_000)), Yen::of(month.saturating_mul(10_000)));
        let narrowed = terms.narrowed(day, month.max(day));

        prop_assert!(narrowed.is_within(&terms));
        prop_assert!(narrowed.max_individual <= day);
        prop_assert_eq!(narrowed.narrowed(day, month.max(day)), narrowed.clone(), "once is enough");
        if terms.validate().is_ok() {
            prop_assert_eq!(narrowed.validate(), Ok(()));
        }
    }

    #[test]
    fn whatever_narrower_terms_allow_the_wider_ones_do(
        wider in any_terms(),
        other in any_terms(),
        debits in any_debits(),
    ) {
        for terms in [wider.narrowed(Yen::of(20_000), Yen::of(40_000)), other.clone(), wider.meanwhile(&other)] {
            if terms.is_within(&wider) && allows(&terms, &debits) {
                prop_assert!(allows(&wider, &debits), "{terms:?}");
            }
        }
    }

    #[test]
    fn what_waits_to_be_raised_is_within_old_and_new(
        old in any_terms(),
        next in any_terms(),
        debits in any_debits(),
    ) {
        let meanwhile = old.meanwhile(&next);

        prop_assert!(meanwhile.is_within(&next));
        if old.valid_from == next.valid_from {
            prop_assert!(meanwhile.allows_no_more_than(&old));
        }
        let long = Terms { valid_from: old.valid_from, valid_to: Timestamp::MAX, ..old.clone() };
        let rolls = |terms: &Terms| {
            terms.periodic.iter().all(|cap| !matches!(cap.alignment, Alignment::Consent(_)))
        };
        if rolls(&old) && next.valid_from >= old.valid_from && allows(&meanwhile, &debits) {
            prop_assert!(allows(&long, &debits));
        }
    }
}
