//! What another text would change, as it is understood and not as it looks.
//!
//! Two people agree to a policy by reading it. Comments, line ends and the order of lines say
//! nothing to the engine, so they are not in here; what is not in here is not in force.

use super::Policy;

/// A rule, list, declared fact or baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// What it is and what it is called: `rule rapid-drain`.
    pub(super) name: String,
    /// Its words, one space apart.
    pub(super) text: String,
}

/// One statement that two policies do not share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is and what it is called: `rule rapid-drain`.
    pub name: String,
    /// How it reads in the one; none: it is added.
    pub before: Option<String>,
    /// How it reads in the other; none: it is taken away.
    pub after: Option<String>,
}

impl Policy {
    /// What `other` takes away or says differently, in the order of this one, and then what it adds.
    #[must_use]
    pub fn changes_to(&self, other: &Self) -> Vec<Change> {
        let text_in = |policy: &Self, name: &str| {
            let found = policy.statements.iter().find(|statement| statement.name == name);
            found.map(|statement| statement.text.clone())
        };
        let added = other.statements.iter().filter(|new| text_in(self, &new.name).is_none());
        let names = self.statements.iter().chain(added).map(|statement| &statement.name);
        names
            .map(|name| Change {
                name: name.clone(),
                before: text_in(self, name),
                after: text_in(other, name),
            })
            .filter(|change| change.before != change.after)
            .collect()
    }
}
