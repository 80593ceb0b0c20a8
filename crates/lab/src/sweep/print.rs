//! What many worlds came to, for a terminal, for programs and for `docs/attacks.md`.

use std::fmt::Write as _;

use kanuki_domain::Yen;
use serde_json::{Value, json};

use super::{Sweep, Swept};

impl Sweep {
    /// The table as it stands in the docs.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let rates: Vec<u32> = self.rates();
        let mut text = "| crime | from | may lose |".to_owned();
        for rate in &rates {
            let _infallible = write!(text, " {rate} % act on a notice |");
        }
        text.push_str(" worlds | came as far as every wall |\n|---|---|---|");
        text.push_str(&"---|".repeat(rates.len().saturating_add(2)));
        for ((playbook, start), row) in &self.rows {
            let may = row.bound;
            let _infallible = write!(text, "\n| `{playbook}` | {} | {may} |", start.name());
            for rate in &rates {
                let _infallible = write!(text, " {} |", row.at(*rate));
            }
            let reached = row.worlds.saturating_sub(row.short);
            let _infallible = write!(text, " {} | {reached} |", row.worlds);
        }
        text.push('\n');
        text
    }

    fn rates(&self) -> Vec<u32> {
        let first = self.rows.values().next();
        first.map(|row| row.most.keys().copied().collect()).unwrap_or_default()
    }

    /// For a terminal: the table, what honest people met, and what was broken.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = self.to_markdown();
        for (rate, (friction, bars)) in &self.honest {
            let requests = friction.requests;
            let _infallible = writeln!(text, "\nhonest people, {rate} %: {requests} requests");
            for bar in bars {
                let kept = if bar.is_met { "kept" } else { "BROKEN" };
                let _infallible = writeln!(text, "  {}: {} ({kept})", bar.wanted, bar.measured);
            }
        }
        for ((playbook, start), row) in &self.rows {
            for broken in &row.broken {
                let _infallible = writeln!(text, "BROKEN {playbook}, {}: {broken}", start.name());
            }
        }
        text
    }

    /// For programs; amounts are strings of digits.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let row = |((playbook, start), row): (&(String, crate::report::Start), &Swept)| {
            let most = row.most.iter().map(|(rate, yen)| (rate.to_string(), json!(yen)));
            json!({
                "playbook": playbook, "start": start.name(), "bound": row.bound,
                "most": most.collect::<serde_json::Map<_, _>>(), "worlds": row.worlds,
                "short": row.short, "broken": row.broken,
            })
        };
        let honest = self.honest.iter().map(|(rate, (friction, bars))| {
            let bars = bars.iter().map(|bar| {
                json!({ "wanted": bar.wanted, "measured": bar.measured, "is_met": bar.is_met })
            });
            json!({
                "answers": rate, "requests": friction.requests, "declined": friction.declined,
                "challenged": friction.challenged, "held": friction.held,
                "waited": friction.waited, "held_s_p50": friction.held_s_p50,
                "people": friction.people, "people_hindered": friction.people_hindered,
                "by_kind": friction.by_kind, "by_route": friction.by_route,
                "bars": bars.collect::<Vec<_>>(),
            })
        });
        json!({
            "seeds": [self.seeds.0, self.seeds.1], "customers": self.customers, "days": self.days,
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
            "honest": honest.collect::<Vec<_>>(),
        })
    }
}

impl Swept {
    fn at(&self, rate: u32) -> Yen {
        self.most.get(&rate).copied().unwrap_or_default()
    }
}
