//! What changed since a profile was last looked at.
//!
//! The older file is read as of its own day, so that evidence which has expired since is a change:
//! what was known then is unknown now.

use jiff::civil::Date;
use kanuki_domain::barrier::{AttackPath, Barrier};
use serde::Serialize;

use super::{Assessment, Claim, Incident, Profile, words};
use crate::words::Lang;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// An attacker meets something else than before.
    Barrier {
        /// On which way.
        path: AttackPath,
        /// What was met.
        before: Barrier,
        /// What is met now.
        after: Barrier,
    },
    /// Something is said that was not.
    Said {
        /// Of what.
        field: &'static str,
        /// What.
        value: super::Value,
    },
    /// Something that held is said otherwise.
    SaidOtherwise {
        /// Of what.
        field: &'static str,
        /// What was said.
        before: super::Value,
        /// What is said.
        after: super::Value,
    },
    /// What held does not hold any more: expired, ended or taken back.
    Gone {
        /// Of what.
        field: &'static str,
        /// What was said.
        value: super::Value,
    },
    /// An incident is new, or more is known of it.
    Incident {
        /// Its name.
        id: String,
        /// Whether it was not there before.
        is_new: bool,
    },
    /// An incident was in the older file and is in this one no more.
    IncidentGone {
        /// Its name.
        id: String,
    },
}

impl Change {
    /// Whether an attacker needs less than before, or less is known of it.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        match self {
            Self::Barrier { before, after, .. } => after < before,
            Self::Incident { is_new, .. } => *is_new,
            Self::IncidentGone { .. } => true,
            Self::Said { .. } | Self::SaidOtherwise { .. } | Self::Gone { .. } => false,
        }
    }

    /// In words.
    #[must_use]
    pub fn say(&self, profile: &Profile, lang: Lang) -> String {
        let title = |id: &str| {
            let found = profile.incidents.iter().find(|incident| incident.id == id);
            found.map_or_else(|| id.to_owned(), |i| lang.pick(&i.title, &i.title_en).to_owned())
        };
        match self {
            Self::Barrier { path, before, after } => {
                let name = words::path(*path).pick(lang);
                let (before, after) =
                    (words::barrier(*before).pick(lang), words::barrier(*after).pick(lang));
                format!("{name}: {before} → {after}")
            }
            Self::Said { field, value } => {
                said(field, lang, lang.pick("新しい情報", "new"), &show(field, value, lang))
            }
            Self::SaidOtherwise { field, before, after } => {
                let change =
                    format!("{} → {}", show(field, before, lang), show(field, after, lang));
                said(field, lang, lang.pick("変更", "changed"), &change)
            }
            Self::Gone { field, value } => said(
                field,
                lang,
                lang.pick("今は確かでない", "does not hold any more"),
                &show(field, value, lang),
            ),
            Self::Incident { id, is_new: true } => {
                format!("{}: {}", lang.pick("新しい事件の記録", "a new incident"), title(id))
            }
            Self::Incident { id, is_new: false } => {
                format!("{}: {}", lang.pick("事件の記録の更新", "more on an incident"), title(id))
            }
            Self::IncidentGone { id } => {
                format!("{}: {id}", lang.pick("事件の記録が消えた", "an incident is gone"))
            }
        }
    }
}

fn said(field: &str, lang: Lang, what: &str, value: &str) -> String {
    let label = super::field::find(field).map_or("", |field| field.label.pick(lang));
    match lang {
        Lang::Ja => format!("「{label}」{what}: {value}"),
        Lang::En => format!("{label}, {what}: {value}"),
    }
}

fn show(field: &str, value: &super::Value, lang: Lang) -> String {
    super::field::find(field).map(|field| value.show(field, lang)).unwrap_or_default()
}

/// What changed from `before` (as of its own day) to `after` (as of `on`).
#[must_use]
pub fn changes(before: &Profile, after: &Profile, on: Date) -> Vec<Change> {
    let (then, now) = (Assessment::of(before, before.data_date), Assessment::of(after, on));
    let mut changes = Vec::new();
    for path in AttackPath::ALL {
        let (before, after) = (then.barrier(path), now.barrier(path));
        if before != after {
            changes.push(Change::Barrier { path, before, after });
        }
    }
    for field in &super::field::FIELDS {
        let old = before.current(field, before.data_date);
        let new = after.current(field, on);
        claims(field.name, &old, &new, &mut changes);
    }
    incidents(before, after, &mut changes);
    changes
}

fn claims(
    field: &'static str,
    old: &[(usize, &Claim)],
    new: &[(usize, &Claim)],
    changes: &mut Vec<Change>,
) {
    let lost = values(old, new);
    let gained = values(new, old);
    match (lost.as_slice(), gained.as_slice()) {
        ([before], [after]) => changes.push(Change::SaidOtherwise {
            field,
            before: before.value.clone(),
            after: after.value.clone(),
        }),
        (lost, gained) => {
            let gone = lost.iter().map(|c| Change::Gone { field, value: c.value.clone() });
            let said = gained.iter().map(|c| Change::Said { field, value: c.value.clone() });
            changes.extend(gone.chain(said));
        }
    }
}

/// The claims whose value is not among `others`, each value once.
fn values<'a>(of: &[(usize, &'a Claim)], others: &[(usize, &Claim)]) -> Vec<&'a Claim> {
    let mut out: Vec<&Claim> = Vec::new();
    for (_, claim) in of {
        let is_among = others.iter().any(|(_, other)| other.value == claim.value);
        if !is_among && out.iter().all(|other| other.value != claim.value) {
            out.push(claim);
        }
    }
    out
}

fn incidents(before: &Profile, after: &Profile, changes: &mut Vec<Change>) {
    let find = |profile: &'_ Profile, id: &str| -> Option<Incident> {
        profile.incidents.iter().find(|incident| incident.id == id).cloned()
    };
    for incident in &after.incidents {
        match find(before, &incident.id) {
            None => changes.push(Change::Incident { id: incident.id.clone(), is_new: true }),
            Some(old) if old != *incident => {
                changes.push(Change::Incident { id: incident.id.clone(), is_new: false });
            }
            Some(_) => {}
        }
    }
    for incident in &before.incidents {
        if find(after, &incident.id).is_none() {
            changes.push(Change::IncidentGone { id: incident.id.clone() });
        }
    }
}
