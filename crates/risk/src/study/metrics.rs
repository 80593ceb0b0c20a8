//! How good scores are, by the Fraud Detection Handbook's three measures.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::model::number::many;

/// One judged payment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The higher, the worse.
    pub score: f64,
    /// Whose card.
    pub card: u32,
    /// On which day of the test.
    pub day: u16,
    /// What it was.
    pub is_fraud: bool,
}

/// How good they are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// The area below the ROC curve.
    pub auc: f64,
    /// The area below precision and recall, by steps.
    pub average_precision: f64,
    /// Of the `k` cards with the highest score of a day, those that were defrauded on it; the mean
    /// over the days, where a card that was found is looked at no more.
    pub card_precision_at_k: BTreeMap<usize, f64>,
}

impl Quality {
    /// Of these, with `k` cards looked at a day.
    #[must_use]
    pub fn of(judged: &[Judged], k: &[usize]) -> Self {
        let mut falling: Vec<(f64, bool)> =
            judged.iter().map(|one| (one.score, one.is_fraud)).collect();
        falling.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (auc, average_precision) = areas(&falling);
        let at_k = k.iter().map(|k| (*k, card_precision(judged, *k)));
        Self { auc, average_precision, card_precision_at_k: at_k.collect() }
    }
}

/// Both areas, where equal scores are one step.
fn areas(falling: &[(f64, bool)]) -> (f64, f64) {
    let frauds = many(falling.iter().filter(|(_, is_fraud)| *is_fraud).count());
    let honest = many(falling.len()) - frauds;
    let (mut found, mut bothered) = (0.0, 0.0);
    let (mut roc, mut precision) = (0.0, 0.0);
    for step in falling.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let here = many(step.iter().filter(|(_, is_fraud)| *is_fraud).count());
        let wrong = many(step.len()) - here;
        roc += wrong * (found + here / 2.0);
        found += here;
        bothered += wrong;
        precision += here * found / (found + bothered);
    }
    let auc = if frauds > 0.0 && honest > 0.0 { roc / (frauds * honest) } else { 0.5 };
    (auc, if frauds > 0.0 { precision / frauds } else { 0.0 })
}

fn card_precision(judged: &[Judged], k: usize) -> f64 {
    let days: BTreeSet<u16> = judged.iter().map(|one| one.day).collect();
    let mut found = BTreeSet::new();
    let mut sum = 0.0;
    for day in &days {
        let mut cards: BTreeMap<u32, (f64, bool)> = BTreeMap::new();
        for one in judged.iter().filter(|one| one.day == *day && !found.contains(&one.card)) {
            let card = cards.entry(one.card).or_insert((f64::NEG_INFINITY, false));
            *card = (card.0.max(one.score), card.1 || one.is_fraud);
        }
        let mut worst: Vec<(u32, (f64, bool))> = cards.into_iter().collect();
        worst.sort_by(|a, b| b.1.0.total_cmp(&a.1.0));
        let looked_at = worst.into_iter().take(k);
        let hit: Vec<u32> =
            looked_at.filter(|(_, (_, is_fraud))| *is_fraud).map(|(card, _)| card).collect();
        sum += many(hit.len()) / many(k.max(1));
        found.extend(hit);
    }
    sum / many(days.len().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(score: f64, card: u32, day: u16, is_fraud: bool) -> Judged {
        Judged { score, card, day, is_fraud }
    }

    #[test]
    fn areas_are_those_of_a_small_case_done_by_hand() {
        // 0.8 and 0.4 are frauds, 0.5 and 0.1 are not: three of four pairs stand right.
        let all = [
            judged(0.8, 1, 0, true),
            judged(0.5, 2, 0, false),
            judged(0.4, 3, 0, true),
            judged(0.1, 4, 0, false),
        ];
        let quality = Quality::of(&all, &[1, 2]);
        assert!((quality.auc - 0.75).abs() < 1e-12);
        assert!((quality.average_precision - f64::midpoint(1.0, 2.0 / 3.0)).abs() < 1e-12);
        assert_eq!(quality.card_precision_at_k, BTreeMap::from([(1, 1.0), (2, 0.5)]));

        let even: Vec<Judged> = all.iter().map(|one| Judged { score: 0.3, ..*one }).collect();
        let quality = Quality::of(&even, &[4]);
        assert!((quality.auc - 0.5).abs() < 1e-12, "equal scores say nothing");
        assert!((quality.average_precision - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_card_that_was_found_takes_no_place_on_a_later_day() {
        let all = [
            judged(0.9, 1, 0, true),
            judged(0.2, 2, 0, false),
            judged(0.9, 1, 1, true),
            judged(0.8, 3, 1, true),
        ];
        assert!(Quality::of(&all, &[1]).card_precision_at_k[&1] > 0.99);
    }
}
