//! Which rules of the companies' risk engines held, when, and of how much money.

use std::collections::BTreeMap;

use kanuki_risk::Record;

use super::World;
use crate::report::RuleFired;

/// What one line of the report is about: company, rule, kind of attempt, what followed.
type Line = (String, String, String, String);

impl World {
    /// Of every company, oldest first.
    pub(crate) async fn rules_that_held(&self) -> anyhow::Result<Vec<RuleFired>> {
        let mut lines: BTreeMap<Line, RuleFired> = BTreeMap::new();
        for wallet in self.wallets() {
            for record in wallet.state.wallet.every_decision().await? {
                self.count(&mut lines, wallet.company.told, &record);
            }
        }
        for bank in &self.banks {
            for record in bank.state.bank.every_decision().await? {
                self.count(&mut lines, &bank.code.to_string(), &record);
            }
        }
        let mut all: Vec<RuleFired> = lines.into_values().collect();
        all.sort_by(|a, b| {
            (a.first_at, &a.company, &a.rule).cmp(&(b.first_at, &b.company, &b.rule))
        });
        Ok(all)
    }

    fn count(&self, lines: &mut BTreeMap<Line, RuleFired>, company: &str, record: &Record) {
        let obeyed = if self.policy.is_old() { "not obeyed" } else { record.outcome.name() };
        let held = record.reasons.iter().map(|reason| (reason, obeyed));
        let shadow = record.shadow.iter().map(|reason| (reason, "shadow"));
        for (reason, outcome) in held.chain(shadow) {
            let on = record.signal.kind.name();
            let line =
                (company.to_owned(), reason.rule.to_string(), on.to_owned(), outcome.to_owned());
            let fired = lines.entry(line).or_insert_with(|| RuleFired {
                company: company.to_owned(),
                rule: reason.rule.to_string(),
                code: reason.code.to_string(),
                on: on.to_owned(),
                outcome: outcome.to_owned(),
                times: 0,
                first_at: record.at,
                last_at: record.at,
                yen: kanuki_domain::Yen::ZERO,
            });
            fired.times = fired.times.saturating_add(1);
            fired.first_at = fired.first_at.min(record.at);
            fired.last_at = fired.last_at.max(record.at);
            fired.yen = fired.yen.plus(record.signal.amount).unwrap_or(kanuki_domain::Yen::MAX);
        }
    }
}
