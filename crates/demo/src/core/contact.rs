//! Contacts that a customer changed since the core was started.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use kanuki_domain::Masked;
use serde::Deserialize;

use super::{Core, CoreCustomer};

/// Which contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    /// The telephone number.
    Phone,
    /// The mail address.
    Email,
}

type Key = (String, ContactKind);

/// What each became, since when, and by which order.
#[derive(Debug, Default)]
pub(super) struct Contacts(Mutex<BTreeMap<Key, (String, Timestamp, String)>>);

impl Contacts {
    fn inner(&self) -> MutexGuard<'_, BTreeMap<Key, (String, Timestamp, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    /// Changes a contact; the same order again changes nothing. False without such a customer.
    pub fn change_contact(&self, id: &str, no: &str, (kind, to): (ContactKind, &str)) -> bool {
        if !self.customers.contains_key(no) {
            return false;
        }
        let key = (no.to_owned(), kind);
        let mut contacts = self.contacts.inner();
        let is_known = contacts.get(&key).is_some_and(|(_, _, by)| by == id);
        if !is_known {
            contacts.insert(key, (to.to_owned(), self.clock.now(), id.to_owned()));
        }
        true
    }

    /// A contact as it is now, and since when.
    pub(super) fn contact_now(
        &self,
        customer: &CoreCustomer,
        kind: ContactKind,
    ) -> (Masked<String>, Timestamp) {
        let key = (customer.customer_no.clone(), kind);
        if let Some((value, since, _)) = self.contacts.inner().get(&key) {
            return (Masked::new(value.clone()), *since);
        }
        let value = match kind {
            ContactKind::Phone => &customer.phone,
            ContactKind::Email => &customer.email,
        };
        (value.clone(), customer.on_file_since)
    }
}
