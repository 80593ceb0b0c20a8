//! Studies: what was known when, who is tested, and what came of it.
#![expect(
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "statistics: no yen is counted here"
)]

use kanuki_risk::study::{
    Export, Map, Payment, Split, StudyError, World, features, generate, rows,
};

const DAY: i64 = 86_400;
/// The first second of April 2018.
const BEGIN: i64 = 1_522_540_800;

fn small() -> Export {
    let world =
        World { customers: 60, terminals: 500, days: 100, terminals_a_day: 3, cards_a_day: 1 };
    generate(&world, 5)
}

/// The same numbers, worked out from the whole list as if there were no stream.
fn batch(all: &[Payment], this: usize, delay: i64) -> Vec<f64> {
    let (now, before) = (&all[this], &all[..=this]);
    let within =
        |one: &&Payment, from: i64, to: i64| one.at > now.at - from && one.at <= now.at - to;
    let mean = |those: &[&Payment]| {
        let sum: u64 = those.iter().map(|one| one.amount).sum();
        let count = those.len();
        (count > 0).then(|| {
            f64::from(u32::try_from(sum).unwrap())
                / f64::from(u32::try_from(count).unwrap())
                / 100.0
        })
    };
    let real = |count: usize| f64::from(u32::try_from(count).unwrap());
    let card = |from: i64, to: i64| -> Vec<&Payment> {
        before.iter().filter(|one| one.card == now.card && within(one, from, to)).collect()
    };
    let place = |days: i64| -> Vec<&Payment> {
        let from = days * DAY + delay;
        before.iter().filter(|one| one.place == now.place && within(one, from, delay)).collect()
    };
    let frauds = |days: i64| -> Vec<&Payment> {
        place(days).into_iter().filter(|one| one.is_fraud).collect()
    };
    let risk = |days: i64| match place(days).len() {
        0 => 0.0,
        count => real(frauds(days).len()) / real(count),
    };
    let amount = f64::from(u32::try_from(now.amount).unwrap()) / 100.0;
    let day = (now.at - BEGIN).div_euclid(DAY);
    let hour = (now.at - BEGIN).rem_euclid(DAY).div_euclid(3_600);
    let flag = |is: bool| f64::from(u8::from(is));
    // The 1st of April 2018 is a Sunday.
    let mut row = vec![amount, flag(day % 7 == 0 || day % 7 == 6), flag(hour <= 6)];
    for days in [1, 7, 30] {
        let those = card(days * DAY, 0);
        row.extend([real(those.len()), mean(&those).unwrap_or(0.0)]);
    }
    for days in [1, 7, 30] {
        row.extend([real(place(days).len()), risk(days)]);
    }
    let others = |days: i64| -> Vec<&Payment> {
        let mut those = card(days * DAY, 0);
        those.pop();
        those
    };
    let usual = mean(&card(90 * DAY, 14 * DAY));
    let to = |mean: Option<f64>, value: f64| mean.map_or(f64::NAN, |mean| value / mean);
    row.extend([to(mean(&others(30)), amount), to(mean(&others(90)), amount), to(usual, amount)]);
    for days in [1, 7] {
        row.push(to(usual, mean(&card(days * DAY, 0)).unwrap()));
    }
    let ago = |one: &&Payment| f64::from(u32::try_from(now.at - one.at).unwrap());
    row.push(others(90).last().map_or(f64::NAN, ago));
    row.extend([risk(14), risk(21), real(frauds(7).len()), real(frauds(21).len())]);
    row.push(real(frauds(30).len() - frauds(21).len()));
    match frauds(30).last() {
        None => row.extend([f64::NAN; 3]),
        Some(last) => {
            let since = place(90).iter().filter(|one| one.at > last.at).count();
            row.extend([ago(last), real(since), mean(&frauds(30)).unwrap()]);
        }
    }
    row
}

#[test]
fn streamed_features_are_those_of_a_batch_over_the_whole_list() {
    let export = small();
    let delay = 7 * DAY;
    let (mut at, mut compared, mut with_fraud) = (0, 0, 0);
    features::stream(&export, delay, i64::MAX, |payment, row| {
        assert_eq!(*payment, export.payments[at]);
        if at % 20 == 0 {
            let expected = batch(&export.payments, at, delay);
            assert_eq!(expected.len(), row.len());
            for ((name, _), (ours, theirs)) in features::NAMES.iter().zip(row.iter().zip(expected))
            {
                let is_same = ours.is_nan() && theirs.is_nan() || (ours - theirs).abs() < 1e-9;
                assert!(is_same, "{name} of payment {at}: {ours} {theirs}");
            }
            with_fraud += usize::from(row[26].is_finite());
            compared += 1;
        }
        at += 1;
    });
    assert!(compared > 250 && with_fraud > 25, "{compared} {with_fraud}");
}

#[test]
fn a_fraud_is_not_known_before_its_time() {
    let pay = |day: i64, is_fraud| Payment {
        at: BEGIN + day * DAY,
        amount: 100,
        card: 0,
        place: 0,
        is_fraud,
    };
    let payments = vec![pay(0, true), pay(6, false), pay(7, false)];
    let export = Export { payments, cards: vec!["c".to_owned()], places: vec!["p".to_owned()] };
    let mut risks = Vec::new();
    features::stream(&export, 7 * DAY, i64::MAX, |_, row| risks.push(row[14]));
    assert_eq!(risks, [0.0, 0.0, 1.0]);
}

#[test]
fn cards_whose_fraud_was_heard_of_are_not_tested() {
    // Training on day 0 and 1, two days of delay, test on days 4 and 5.
    let pay = |card: u32, day: i64, is_fraud| Payment {
        at: BEGIN + day * DAY + 60,
        amount: 1_000,
        card,
        place: 0,
        is_fraud,
    };
    let payments = vec![
        pay(1, 0, true),
        pay(2, 1, false),
        pay(3, 2, true),
        pay(4, 3, true),
        pay(1, 4, false),
        pay(3, 4, false),
        pay(4, 4, true),
        pay(3, 5, false),
        pay(4, 5, false),
        pay(2, 5, false),
        pay(2, 6, true),
    ];
    let cards = (0..5).map(|n| n.to_string()).collect();
    let export = Export { payments, cards, places: vec!["p".to_owned()] };
    let split =
        Split { from: "2018-04-01".parse().unwrap(), train_days: 2, delay_days: 2, test_days: 2 };
    let rows = rows(&export, &split).unwrap();
    assert_eq!((rows.train.len(), rows.train_frauds()), (2, 1));
    let tested: Vec<(u16, u32)> = rows.test.iter().map(|(_, one)| (one.day, one.card)).collect();
    // Card 3's fraud of day 2 is heard of on day 5, card 4's of day 3 after the test.
    assert_eq!(tested, [(0, 3), (0, 4), (1, 4), (1, 2)]);

    let none = Split { from: "2019-04-01".parse().unwrap(), ..split };
    assert!(matches!(
        kanuki_risk::study::rows(&export, &none),
        Err(StudyError::TooFew { rows: 0, .. })
    ));
    let long = Split { delay_days: 61, ..split };
    assert!(matches!(kanuki_risk::study::rows(&export, &long), Err(StudyError::Days(_))));
}

#[test]
fn made_payments_go_wrong_as_they_are_described() {
    let export = small();
    assert!(export.payments.is_sorted_by_key(|payment| payment.at));
    let above = export.payments.iter().filter(|payment| payment.amount > 22_000);
    assert!(above.clone().count() > 10 && above.clone().all(|payment| payment.is_fraud));
    assert_eq!(
        generate(
            &World { customers: 60, terminals: 500, days: 100, terminals_a_day: 3, cards_a_day: 1 },
            5
        ),
        export
    );
    let honest = generate(
        &World { customers: 60, terminals: 500, days: 30, terminals_a_day: 0, cards_a_day: 0 },
        5,
    );
    assert!(honest.payments.iter().all(|one| one.is_fraud == (one.amount > 22_000)));
}

#[test]
fn an_export_is_read_as_it_was_written_and_a_wrong_cell_is_named() {
    let export = small();
    let csv = export.to_csv();
    let read = Export::read(csv.as_bytes(), &Map::handbook()).unwrap();
    assert_eq!(read.payments.len(), export.payments.len());
    let of = |export: &Export| -> Vec<(i64, u64, String, String, bool)> {
        let name = |all: &[String], at: u32| all[usize::try_from(at).unwrap()].clone();
        let one = |p: &Payment| {
            (p.at, p.amount, name(&export.cards, p.card), name(&export.places, p.place), p.is_fraud)
        };
        export.payments.iter().map(one).collect()
    };
    assert_eq!(of(&read), of(&export));

    let map = Map::handbook();
    let read = |text: &str| Export::read(text.as_bytes(), &map);
    let head = csv.lines().next().unwrap();
    let good =
        read(&format!("{head}\n0,2018-04-01T00:00:31Z,\"a,1\",t,285.79999999999995,1")).unwrap();
    assert_eq!((good.payments[0].amount, good.cards[0].as_str()), (28_580, "a,1"));
    assert!(matches!(read(""), Err(StudyError::Empty)));
    assert!(matches!(read("a,b\n"), Err(StudyError::NoColumn(..))));
    for (cells, what) in [
        ("0,yesterday,a,t,1,0", "time"),
        ("0,99999999999999,a,t,1,0", "time"),
        ("0,5,,t,1,0", "account"),
        ("0,5,a,,1,0", "counterparty"),
        ("0,5,a,t,-1,0", "amount"),
        ("0,5,a,t,1,maybe", "label"),
    ] {
        let error = read(&format!("{head}\n{cells}\n")).unwrap_err().to_string();
        assert!(error.starts_with("line 2") && error.ends_with(what), "{error}");
    }
}

#[test]
fn a_small_study_finds_what_is_there() {
    let split =
        Split { from: "2018-06-01".parse().unwrap(), train_days: 14, delay_days: 7, test_days: 7 };
    let rows = rows(&small(), &split).unwrap();
    let growth = kanuki_risk::model::Growth { trees: 30, ..kanuki_risk::study::FROZEN };
    let (study, model) = kanuki_risk::study::study(&rows, &growth);
    let base = f64::from(u32::try_from(study.test_frauds).unwrap())
        / f64::from(u32::try_from(study.test_rows).unwrap());
    assert!(study.quality.average_precision > 3.0 * base, "{study:?} {base}");
    assert_eq!(model.trees(), 30);
    let counted: usize = study.calibration.iter().map(|tenth| tenth.rows).sum();
    assert_eq!(counted, study.test_rows);
}
