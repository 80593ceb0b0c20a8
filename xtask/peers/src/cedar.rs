//! As twenty policies of cedar-policy that forbid and one that permits: whatever forbids is named in the
//! answer. Requests are built before; shares are whole numbers of ten thousandths, which is the cheapest way
//! to have them there.

use std::{hint::black_box, str::FromStr as _};

use cedar_policy::{
    Authorizer, Context, Entities, EntityUid, Policy, PolicyId, PolicySet, Request,
    RestrictedExpression,
};
use serde_json::Value;

use crate::{
    Fallible,
    work::{RULES, Test},
};

pub(crate) struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    requests: Vec<Request>,
}

impl Cedar {
    pub(crate) fn of(events: &[Value]) -> Fallible<Self> {
        let mut policies = PolicySet::new();
        policies.add(Policy::parse(
            Some(PolicyId::new("permit")),
            "permit(principal, action, resource);",
        )?)?;
        for (id, tests) in RULES {
            let when: Vec<String> =
                tests.iter().map(|(field, test)| clause(field, *test)).collect();
            let text =
                format!("forbid(principal, action, resource) when {{ {} }};", when.join(" && "));
            policies.add(Policy::parse(Some(PolicyId::new(id)), text)?)?;
        }
        let requests = events.iter().map(request).collect::<Fallible<_>>()?;
        let (authorizer, entities) = (Authorizer::new(), Entities::empty());
        Ok(Self { authorizer, policies, entities, requests })
    }

    /// The rules that hold for an event.
    pub(crate) fn hits(&self, at: usize) -> Fallible<Vec<String>> {
        let request = self.requests.get(at).ok_or("no such event")?;
        let response = self.authorizer.is_authorized(request, &self.policies, &self.entities);
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(error.to_string().into());
        }
        let named = response.diagnostics().reason().map(ToString::to_string);
        let mut hits: Vec<String> = named.filter(|id| id != "permit").collect();
        hits.sort();
        Ok(hits)
    }

    /// One decision.
    pub(crate) fn decide(&self, at: usize) {
        if let Some(request) = self.requests.get(at) {
            black_box(self.authorizer.is_authorized(request, &self.policies, &self.entities));
        }
    }
}

fn clause(field: &str, test: Test) -> String {
    match test {
        Test::Is(true) => format!("context.{field}"),
        Test::Is(false) => format!("!context.{field}"),
        Test::Whole(how, number) | Test::Share(how, number) => {
            format!("context.{field} {how} {number}")
        }
        Test::Word([word]) => format!("context.{field} == \"{word}\""),
        Test::Word(words) => format!("{words:?}.contains(context.{field})"),
    }
}

fn request(event: &Value) -> Fallible<Request> {
    let mut pairs = Vec::new();
    for (name, value) in event.as_object().ok_or("an event is an object")? {
        let value = match value {
            Value::Bool(is) => RestrictedExpression::new_bool(*is),
            Value::String(word) => RestrictedExpression::new_string(word.clone()),
            other => RestrictedExpression::new_long(number(name, other)?),
        };
        pairs.push((name.clone(), value));
    }
    let of = |text: &str| EntityUid::from_str(text);
    let (who, act, what) = (of("Wallet::\"w\"")?, of("Action::\"topup\"")?, of("Bank::\"b\"")?);
    Ok(Request::new(who, act, what, Context::from_pairs(pairs)?, None)?)
}

/// A whole number as it is; a share, which is written with a point or is 0 or 1, in ten thousandths.
fn number(name: &str, value: &Value) -> Fallible<i64> {
    let is_share = |(field, test): &(&str, Test)| *field == name && matches!(test, Test::Share(..));
    if !RULES.iter().any(|(_, tests)| tests.iter().any(|one| is_share(one))) {
        return Ok(value.as_i64().ok_or("a count is a whole number")?);
    }
    Ok((value.as_f64().ok_or("a share is a number")? * 10_000.0).round() as i64)
}
