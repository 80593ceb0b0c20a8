//! As a decision table of zen-engine that collects every row that holds, compiled before; each event is its
//! variable already, of which a decision takes the cheap copy that its own benchmark takes.

use std::{collections::BTreeSet, hint::black_box};

use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};
use zen_engine::{Decision, Variable, model::DecisionContent};

use crate::{
    Fallible,
    work::{RULES, Test},
};

pub(crate) struct Zen {
    runtime: Runtime,
    decision: Decision,
    events: Vec<Variable>,
}

impl Zen {
    pub(crate) fn of(events: &[Value]) -> Fallible<Self> {
        let content: DecisionContent = serde_json::from_value(graph())?;
        let DecisionContent::Graph(content) = content else { return Err("no graph".into()) };
        let mut decision = Decision::from(content);
        decision.compile();
        let runtime = Builder::new_current_thread().build()?;
        Ok(Self { runtime, decision, events: events.iter().map(Variable::from).collect() })
    }

    /// The rules that hold for an event.
    pub(crate) fn hits(&self, at: usize) -> Fallible<Vec<String>> {
        let result = self.answer(at).ok_or("zen-engine does not decide")?.to_value();
        let rows = result.as_array().cloned().unwrap_or_default();
        let id = |row: &Value| row.get("id").and_then(Value::as_str).map(str::to_owned);
        Ok(rows.iter().filter_map(id).collect())
    }

    /// One decision.
    pub(crate) fn decide(&self, at: usize) {
        black_box(self.answer(at));
    }

    fn answer(&self, at: usize) -> Option<Variable> {
        let event = self.events.get(at)?.clone();
        self.runtime.block_on(self.decision.evaluate(event)).ok().map(|response| response.result)
    }
}

/// The table between what comes in and what goes out.
fn graph() -> Value {
    let fields: BTreeSet<&str> =
        RULES.iter().flat_map(|(_, tests)| tests.iter().map(|(field, _)| *field)).collect();
    let inputs: Vec<Value> =
        fields.iter().map(|field| json!({ "id": field, "name": field, "field": field })).collect();
    let row = |(id, tests): &(&str, &[(&str, Test)])| {
        let mut row = Map::new();
        row.insert("_id".into(), json!(id));
        for field in &fields {
            let of: Vec<String> = tests
                .iter()
                .filter(|(name, _)| name == field)
                .map(|(_, test)| cell(*test))
                .collect();
            row.insert((*field).into(), json!(of.join(" and ")));
        }
        row.insert("id".into(), json!(format!("\"{id}\"")));
        Value::Object(row)
    };
    let rules: Vec<Value> = RULES.iter().map(row).collect();
    json!({
        "nodes": [
            { "id": "in", "name": "in", "type": "inputNode", "content": {} },
            { "id": "table", "name": "table", "type": "decisionTableNode", "content": {
                "hitPolicy": "collect", "inputs": inputs, "rules": rules,
                "outputs": [{ "id": "id", "name": "id", "field": "id" }],
            } },
            { "id": "out", "name": "out", "type": "outputNode", "content": {} },
        ],
        "edges": [
            { "id": "e1", "sourceId": "in", "targetId": "table" },
            { "id": "e2", "sourceId": "table", "targetId": "out" },
        ],
    })
}

/// As one writes it in a table.
fn cell(test: Test) -> String {
    match test {
        Test::Is(is) => is.to_string(),
        Test::Whole(how, number) => format!("{how} {number}"),
        Test::Share(how, share) => format!("{how} {}.{:04}", share / 10_000, share % 10_000),
        Test::Word(words) => {
            words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
        }
    }
}
