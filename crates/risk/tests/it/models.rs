//! Models: grown here, read from files, taken over.
#![expect(
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "statistics: no yen is counted here"
)]

use kanuki_risk::model::{Growth, Leaning, Model, ModelError, Samples};

use crate::support::Dice;

const GROWTH: Growth = Growth {
    trees: 40,
    depth: 4,
    rate: 0.2,
    l2: 1.0,
    weight_min: 1.0,
    rows: 0.8,
    columns: 1.0,
    seed: 7,
};

/// Fraud above 220, and where a share is high; the age is not always known and says nothing.
fn samples() -> Samples {
    let names = ["amount", "share", "age"].map(str::to_owned).to_vec();
    let mut samples = Samples::new(names);
    let mut dice = Dice::new(9);
    for _ in 0..3_000 {
        let mut draw = |below: u64| f32::from(u16::try_from(dice.roll(below)).unwrap());
        let (amount, share, age) = (draw(300), draw(100) / 100.0, draw(50));
        let age = if age < 10.0 { f32::NAN } else { age };
        let is_fraud = amount > 220.0 || (share > 0.8 && draw(10) > 2.0);
        samples.add(&[amount, share, age], is_fraud);
    }
    samples
}

fn grown() -> Model {
    samples().grow(&GROWTH, &[Leaning::Up, Leaning::Up])
}

#[test]
fn a_hard_edge_is_found_to_the_value() {
    let model = grown();
    let (at, above) = (model.score(&[220.0, 0.1, 20.0]), model.score(&[221.0, 0.1, 20.0]));
    assert!(at < 100 && above > 900, "{at} {above}");
    assert!(model.score(&[10.0, 0.95, 20.0]) > 500);
    assert_eq!(grown(), model, "the same dice grow the same trees");
}

#[test]
fn more_of_what_only_raises_a_score_never_lowers_it() {
    let model = grown();
    for share in [0.0_f32, 0.3, 0.79, 0.9] {
        let scores: Vec<f64> = (0..300_u16)
            .map(|amount| model.margin(&[f32::from(amount), share, f32::NAN]))
            .collect();
        assert!(scores.is_sorted(), "at {share}");
    }
}

#[test]
fn reasons_add_up_to_the_score_and_the_strongest_comes_first() {
    let model = grown();
    let row = [250.0, 0.1, 20.0];
    let scored = model.explain(&row, 3);
    assert_eq!(scored.score, model.score(&row));
    assert_eq!(scored.reasons[0].0, "amount");
    assert!(scored.reasons[0].1 > 1.0, "{scored:?}");
    assert!(model.explain(&row, 1).reasons.len() == 1);
}

#[test]
fn a_model_is_the_same_after_it_was_written_down() {
    let model = grown();
    let text = model.to_text().unwrap();
    let read = Model::from_text(&text).unwrap();
    assert_eq!(read, model);
    assert_eq!(read.version(), model.version());
}

#[test]
fn a_model_that_was_cut_changed_or_made_by_another_version_is_refused_by_name() {
    let text = grown().to_text().unwrap();
    for cut in [0, 10, 60, text.len() >> 1, text.len() - 1] {
        let refused = Model::from_text(text.get(..cut).unwrap()).unwrap_err();
        let is_clear = matches!(refused, ModelError::NoModel | ModelError::Damaged);
        assert!(is_clear, "{cut}: {refused}");
    }
    assert_eq!(Model::from_text(&text.replacen("0.", "1.", 1)), Err(ModelError::Damaged));
    let other = text.replacen("kanuki-model-1", "kanuki-model-2", 1);
    let refused = Model::from_text(&other).unwrap_err();
    assert!(refused.to_string().contains("kanuki-model-2"), "{refused}");
    assert_eq!(Model::from_text("{}"), Err(ModelError::NoModel));
}

fn fixture() -> serde_json::Value {
    serde_json::from_str(include_str!("xgboost.json")).unwrap()
}

#[test]
fn a_model_of_xgboosts_says_what_xgboost_says() {
    let fixture = fixture();
    let model = Model::from_xgboost(&fixture["model"].to_string()).unwrap();
    assert_eq!(model.features(), ["amount", "age", "count"]);
    let rows = fixture["rows"].as_array().unwrap();
    let single = |cell: &serde_json::Value| {
        if cell.is_null() { f32::NAN } else { cell.to_string().parse().unwrap() }
    };
    let mut unknown = 0;
    for row in rows {
        let cells: Vec<f32> = row.as_array().unwrap().iter().map(single).collect();
        let (features, expected) = cells.split_at(3);
        unknown += usize::from(features[1].is_nan());
        let margin = model.margin(features);
        assert!((margin - f64::from(expected[0])).abs() < 1e-5, "{margin} {expected:?}");
        assert_eq!(model.explain(features, 3).score, model.score(features));
    }
    assert!(rows.len() == 40 && unknown > 2);
    let again = Model::from_text(&model.to_text().unwrap()).unwrap();
    assert_eq!(again, model);
}

#[test]
fn what_xgboost_can_and_we_cannot_is_refused_by_name() {
    let refused = |path: &str, value: serde_json::Value| {
        let mut model = fixture()["model"].clone();
        *model.pointer_mut(path).unwrap() = value;
        Model::from_xgboost(&model.to_string()).unwrap_err().to_string()
    };
    let objective = refused("/learner/objective/name", "multi:softprob".into());
    assert!(objective.contains("multi:softprob"), "{objective}");
    let booster = refused("/learner/gradient_booster/name", "gblinear".into());
    assert!(booster.contains("gblinear"), "{booster}");
    let trees = "/learner/gradient_booster/model/trees/0";
    refused(&format!("{trees}/left_children/1"), 0.into());
    refused(&format!("{trees}/split_conditions"), serde_json::json!([]));
    refused(&format!("{trees}/split_indices/0"), 70_000.into());
    refused("/learner/learner_model_param/base_score", "7".into());
    assert!(Model::from_xgboost("{\"learner\":{").is_err());
}
