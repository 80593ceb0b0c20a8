//! What was made of sealed values that many requests need, kept beside the bytes that it was made of.
//!
//! To prove that some bytes are a key costs more than to sign with it, and every call to a partner is
//! signed. The row is read every time: what was kept counts only while the very same bytes stand in it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::vault::Sealed;

/// How many values are kept; it begins anew when it is full.
const VALUES_MAX: usize = 256;

/// What was opened so far, by name.
pub struct Opened<T>(Mutex<BTreeMap<String, (Sealed, T)>>);

impl<T> Default for Opened<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> fmt::Debug for Opened<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened(***)")
    }
}

impl<T: Clone> Opened<T> {
    fn values(&self) -> MutexGuard<'_, BTreeMap<String, (Sealed, T)>> {
        // Whoever panicked has put in a whole entry or none.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was made of exactly these bytes under this name.
    pub fn of(&self, name: &str, sealed: &Sealed) -> Option<T> {
        let values = self.values();
        let (known, made) = values.get(name)?;
        (known == sealed).then(|| made.clone())
    }

    /// Keeps what was made of `sealed`, in place of what bore that name before.
    pub fn keep(&self, name: &str, sealed: &Sealed, made: &T) {
        let mut values = self.values();
        if values.len() >= VALUES_MAX {
            values.clear();
        }
        values.insert(name.to_owned(), (sealed.clone(), made.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(text: &str) -> Sealed {
        serde_json::from_value(serde_json::Value::String(text.to_owned())).unwrap()
    }

    #[test]
    fn what_was_opened_counts_only_for_the_same_bytes() {
        let opened = Opened::default();
        opened.keep("bank", &sealed("one"), &1);

        assert_eq!(opened.of("bank", &sealed("one")), Some(1));
        assert_eq!(opened.of("bank", &sealed("two")), None);
        assert_eq!(opened.of("other", &sealed("one")), None);

        opened.keep("bank", &sealed("two"), &2);

        assert_eq!(opened.of("bank", &sealed("one")), None, "a key that was changed is gone");
        assert_eq!(opened.of("bank", &sealed("two")), Some(2));
    }
}
