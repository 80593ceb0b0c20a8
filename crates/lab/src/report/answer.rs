//! The first lines of the report: would we have survived it? In Japanese and English, because a board
//! reads no tables.

use std::collections::BTreeMap;

use kanuki_domain::Yen;
use maud::{Markup, html};

use super::{Report, Run, Start};

/// What was played under one policy.
#[derive(Debug, Default)]
struct Played {
    runs: usize,
    kept: usize,
    lost: Yen,
    /// Where each crime that took money began, and the most that one victim lost.
    robbed: Vec<(Start, Yen)>,
    is_old: bool,
}

impl Played {
    fn add(&mut self, run: &Run) {
        self.runs = self.runs.saturating_add(1);
        self.kept = self.kept.saturating_add(usize::from(run.is_ok()));
        self.lost = self.lost.plus(run.loss.yen_lost).unwrap_or(Yen::MAX);
        self.is_old = run.policy_file.is_none() && run.policy != "default";
        if !run.loss.yen_lost.is_zero() {
            self.robbed.push((run.start, run.loss.per_victim.1));
        }
    }

    fn from(&self, start: Start) -> usize {
        self.robbed.iter().filter(|(from, _)| *from == start).count()
    }

    fn most(&self) -> Yen {
        self.robbed.iter().map(|(_, most)| *most).max().unwrap_or_default()
    }

    fn ja(&self) -> String {
        let (runs, kept) = (self.runs, self.kept);
        let (outside, inside) = (self.from(Start::Outside), self.from(Start::Inside));
        let (lost, most) = (self.lost, self.most());
        if self.is_old {
            return format!(
                "耐えられませんでした。{runs}件のうち{outside}件でお金が奪われ、合計は{lost}、1人あたり最大{most}です。"
            );
        }
        let answer = if kept == runs {
            format!("はい、試した範囲では耐えられました。{runs}件すべてで約束が守られました。")
        } else {
            let broken = runs.saturating_sub(kept);
            format!("いいえ。{runs}件のうち{broken}件で約束が守られませんでした。")
        };
        if self.robbed.is_empty() {
            return format!("{answer}だれも1円も失っていません。");
        }
        format!(
            "{answer}お金が失われたのは、外からの{outside}件と、すでに入り込まれた場合の{inside}件で、1人あたり最大{most}です。"
        )
    }

    fn en(&self) -> String {
        let (runs, kept) = (self.runs, self.kept);
        let (outside, inside) = (self.from(Start::Outside), self.from(Start::Inside));
        let (lost, most) = (self.lost, self.most());
        if self.is_old {
            return format!(
                "No. {outside} of {runs} took money: {lost} in all, at most {most} from one person."
            );
        }
        let answer = if kept == runs {
            format!("Yes, as far as it was played: all {runs} kept every promise.")
        } else {
            let broken = runs.saturating_sub(kept);
            format!("No: {broken} of {runs} broke a promise.")
        };
        if self.robbed.is_empty() {
            return format!("{answer} Nobody lost a yen.");
        }
        format!(
            "{answer} Money was lost in {outside} from outside and {inside} where the thief was \
             inside already, at most {most} from one person."
        )
    }
}

impl Report {
    /// The answer for every policy, in the order in which they were played.
    pub(super) fn answer(&self) -> Markup {
        let mut order: Vec<&str> = Vec::new();
        let mut by_policy: BTreeMap<&str, Played> = BTreeMap::new();
        for run in &self.runs {
            if !order.contains(&run.policy.as_str()) {
                order.push(&run.policy);
            }
            by_policy.entry(&run.policy).or_default().add(run);
        }
        let answers: Vec<(&str, &Played)> =
            order.iter().filter_map(|policy| Some((*policy, by_policy.get(policy)?))).collect();
        html! {
            div.answer lang="ja" {
                p { strong { "この攻撃に耐えられたでしょうか。" } }
                ul { @for (policy, played) in &answers { li { code { (policy) } " " (played.ja()) } } }
                p.small {
                    "「outside」は、名簿など外の人が手に入れられるものだけで始めた場合です。「(inside)」は、"
                    "盗まれたスマホや連携ずみの口座など、すでに入り込まれた状態から始めた場合です。"
                    "金額も人数も、実験の中のものです。"
                }
            }
            div.answer {
                ul { @for (policy, played) in &answers { li { code { (policy) } " " (played.en()) } } }
                p.small {
                    "“(inside)” means that the thief began with what others would have had to give him: \
                     a stolen telephone, a live link, a seat at a desk. Without it he began with what \
                     anybody outside can have. What may be lost then is bounded, and the bound is in \
                     each crime's bars."
                }
            }
        }
    }
}
