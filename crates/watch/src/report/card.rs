//! What is to be checked, in the order of its days: one card for one movement, with every reason why.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::{
    finding::{Finding, Kind},
    words::Lang,
};

/// Everything that was found about one line.
pub(super) struct Card<'a> {
    first: &'a Finding,
    reasons: Vec<&'a Finding>,
}

/// How many cards there are.
pub(super) fn count(findings: &[Finding]) -> usize {
    of(&findings.iter().collect::<Vec<_>>()).len()
}

/// The cards, oldest first.
pub(super) fn of<'a>(findings: &[&'a Finding]) -> Vec<Card<'a>> {
    let mut cards: Vec<Card<'a>> = Vec::new();
    let mut places: BTreeMap<(usize, usize, usize), usize> = BTreeMap::new();
    for finding in findings {
        let new = cards.len();
        let place = match finding.kind {
            // What is missing between files is no movement.
            Kind::Gap | Kind::Clash => new,
            _ => *places.entry((finding.account, finding.statement, finding.at)).or_insert(new),
        };
        match cards.get_mut(place) {
            Some(card) => card.reasons.push(finding),
            None => cards.push(Card { first: finding, reasons: vec![finding] }),
        }
    }
    cards.sort_by_key(|card| (card.first.account, card.first.date, card.first.line));
    cards
}

impl Card<'_> {
    pub(super) fn shown(&self, lang: Lang) -> Markup {
        // Several movements together are told by their sum: that is no amount of this one.
        let is_own = |f: &&&Finding| !matches!(f.kind, Kind::Burst | Kind::MonthEdge);
        let told = self.reasons.iter().find(is_own).map_or(self.first, |finding| *finding);
        html! {
            article.card {
                h3.what {
                    time datetime=(told.date) { (lang.date(told.date)) }
                    @if !told.text.is_empty() { " 「" (told.text) "」" }
                    @if told.has_amount() { " " b.amount { (told.amount) } }
                }
                @for reason in &self.reasons {
                    p { b { (lang.kind(reason.kind)) } " " span.small { "(" (lang.confidence(reason.confidence)) ")" } br; (reason.why) }
                }
                p.small {
                    (told.file) " "
                    @match lang {
                        Lang::Ja => { (told.line) "行目" }
                        Lang::En => { "line " (told.line) }
                    }
                }
            }
        }
    }
}
