//! People by what they are called, as rules of risk see them: a keyed hash of name and birth date. The
//! same of addresses.
//!
//! A bank puts people who were made up where lists are stolen from: into a form of a page that phishes, a
//! file of customers. Whoever is called so later has such a list, and is told to the rules by the same hash.

use jiff::civil::Date;
use kanuki_domain::Masked;
use kanuki_formats::identifier;
use kanuki_record::vault::Vault;
use kanuki_risk::Key;
use serde::Deserialize;

/// Somebody who was made up, and whom nobody is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeUp {
    /// The name, as an identity card would have it.
    pub name: Masked<String>,
    /// The birth date.
    pub born_on: Masked<Date>,
}

impl MadeUp {
    /// Whether that is a name at all.
    #[must_use]
    pub fn is_named(&self) -> bool {
        identifier::person(self.name.expose(), *self.born_on.expose()).is_some()
    }

    /// By what rules know them.
    #[must_use]
    pub fn key(&self, vault: &Vault) -> Key {
        key(vault, self.name.expose(), *self.born_on.expose())
    }
}

/// By what rules know whoever is called so: of somebody without a name, nobody's key.
#[must_use]
pub fn key(vault: &Vault, name: &str, born_on: Date) -> Key {
    let person = identifier::person(name, born_on);
    Key::Person(person.map_or_else(String::new, |text| vault.blind("named", text.as_bytes())))
}

/// By what rules know a network address: a keyed hash; nothing where there is none.
#[must_use]
pub fn address(vault: &Vault, address: &str) -> String {
    if address.is_empty() { String::new() } else { vault.blind("address", address.as_bytes()) }
}
