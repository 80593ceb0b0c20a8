//! What a record loosens, in words. Kept it is as the rules, the policy and the switches name it, because
//! records are compared by that.

use super::{Partner, name_of};
use crate::{Visit, settings};

/// One of the things, for people: `rule rapid-drain` in the reader's language. What has no word of its
/// own (a place in the compensation policy's file) stays as it is.
#[must_use]
pub fn named(visit: &Visit, what: &str, partners: &[Partner]) -> String {
    if let "baseline" | "model" | "switch everything" = what {
        return visit.t(&format!("loosened-{}", what.replace(' ', "-")));
    }
    match what.split_once(' ') {
        Some(("setting", name)) => settings::named(visit, name),
        Some((kind @ ("rule" | "list" | "switch"), name)) => {
            // The switch of a partner is called by its kind and the partner's id.
            let name = name.split_once('|').map_or(name, |(_, id)| name_of(id, partners));
            visit.t_args(&format!("loosened-{kind}"), &[("name", name.into())])
        }
        _ => what.to_owned(),
    }
}

/// All of them, in one line.
#[must_use]
pub fn in_a_line(visit: &Visit, all: &[String], partners: &[Partner]) -> String {
    let named: Vec<String> = all.iter().map(|what| named(visit, what, partners)).collect();
    named.join(&visit.t("loosened-and"))
}
